@echo off
rem if in all forms, and what counts as a number.
setlocal
echo == equal
if a==a echo yes
if a==A (echo no) else echo case counts
if /i a==A echo without case
if not a==b echo not
if "a b"=="a b" echo quoted
if ""=="" echo empty
if a==a if b==b echo both
if [%undefined%]==[] echo undefined
if a == a echo blanks
echo == compare
if 10 gtr 9 echo gtr
if 9 lss 10 echo lss
if "10" lss "9" echo as text
if 010 equ 8 echo octal
if 0x10 equ 16 echo hexadecimal
if -1 lss 0 echo negative
if abc lss abd echo text
if a lss B echo locale
if /i ABC equ abc echo equ
if abc neq abd echo neq
if 5 leq 5 if 5 geq 5 echo leq geq
if 1x neq 1 echo no number
if 2147483647 gtr 2147483646 echo large
echo == tests
if defined path echo defined
if not defined no_such_thing echo not defined
set empty=
if defined empty echo no
if exist "%~f0" echo exist
if exist *.bat echo pattern
if not exist none*.* echo no pattern
if exist . echo folder
if exist .\ echo folder with backslash
if exist c:\windows\nul echo device
if exist "c:\windows\system32\cmd.exe" echo quoted
if cmdextversion 2 echo version 2
if not cmdextversion 3 echo not version 3
cmd /c exit 2
if errorlevel 1 echo at least 1
if errorlevel 3 (echo no) else echo less than 3
if not errorlevel 3 echo not 3
if %errorlevel%==2 echo is 2
echo == else
if a==b (echo no) else (echo else)
if a==b (
    echo no
) else if a==a (
    echo else if
) else (
    echo no
)
if a==b (echo no) else if b==c (echo no) else echo last
if a==a (echo then & echo two) else echo no
if a==b echo no & echo no
if a==a (if a==b (echo no) else echo inner) else echo no
if a==a (echo ^(escaped^)) else echo no
if a==b (echo no) & echo no
if a==b (echo no) else echo one & echo two
echo == body
if a==a set x=1& set y=2
echo %x%%y%
if a==a (echo redirected>out.txt)
type out.txt
if a==a echo redirected too>out.txt
type out.txt
if a==a (echo a & echo b)>out.txt
type out.txt
del out.txt
if a==a @echo silent
if a==a echo piped| find "piped"
