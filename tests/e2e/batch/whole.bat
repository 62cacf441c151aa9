@echo off
rem The batch language, one topic a section. What each line prints is what is documented.
setlocal enableextensions
echo == echo
echo plain text
echo.
echo(
echo.with a dot
echo ;semicolon
echo   leading blanks stay
echo trailing stays & echo second
echo quoted "a & b" text
echo caret ^& ampersand ^| bar ^< less ^> greater ^^ caret
echo long ^
line
echo on or off?
echo on & echo off
@echo off
echo == set
set plain=value
echo %plain%
set spaced = with blanks
echo [%spaced %]
set "quoted=a b c"
echo [%quoted%]
set empty=
echo [%empty%]
if defined plain echo plain is defined
if not defined empty echo empty is not
set pre_one=1
set pre_two=2
set pre_
set nothing_like_this 2>nul || echo no such variables
set amp="a & b"
echo %amp%
set a=%plain%%plain%
echo %a%
echo %undefined_name%x
echo 100%%
echo == substrings
set s=0123456789
echo %s:~0,3% %s:~3% %s:~-3% %s:~-5,2% %s:~2,-2% %s:~5,0%x
echo %s:~20%y
set t=the quick brown fox
echo %t:quick=slow%
echo %t:o=0%
echo %t:*quick =%
echo %t: =%
echo %t:QUICK=case%
echo == arithmetic
set /a n=1+2*3
echo %n%
set /a n=(1+2)*3
echo %n%
set /a n=7/2, m=7%%3, k=-7/2
echo %n% %m% %k%
set /a n=1^<^<4, m=256^>^>2
echo %n% %m%
set /a n=6^&3, m=6^|3, k=6^^3
echo %n% %m% %k%
set /a n=~5, m=!5, k=!0
echo %n% %m% %k%
set /a n=0x1F, m=010
echo %n% %m%
set /a n+=5
echo %n%
set /a n*=2
set /a n-=2
set /a n/=7
echo %n%
set /a m=n=9
echo %m% %n%
set /a undefined_counter+=1
echo %undefined_counter%
set /a x=2147483647+1
echo %x%
set /a "y=(3 & 2) | 8"
echo %y%
set /a 1/0 2>nul
if errorlevel 1 echo division failed
set /a q=5,r=q*2
echo %r%
echo == if
if a==a echo equal
if a==A (echo bad) else echo differs by case
if /i a==A echo equal without case
if not a==b echo not equal
if 5 lss 10 echo 5 lss 10
if 10 gtr 9 echo 10 gtr 9
if "5" gtr "10" echo text compare
if 3 equ 3 if 3 neq 4 echo nested
if 3 leq 3 echo leq
if 3 geq 4 (echo bad) else (echo not geq)
if abc lss abd echo abc lss abd
if "%plain%"=="value" (
    echo in a block
    echo second line
) else (
    echo never
)
if exist "%~f0" echo this file exists
if not exist no_such_file echo missing file
if exist . echo folder
if cmdextversion 1 echo extensions
if 1==1 (if 2==3 (echo bad) else echo inner else) else echo outer else
if 1==2 echo never & echo never either
if 1==1 echo the rest of the line& echo is one command
if 1==2 (echo never) & echo nor this
for %%i in (1 2) do echo body& echo of two
echo after if
if "" == "" echo empty strings
if x == x echo with blanks
echo == for
for %%i in (one two three) do echo %%i
for %%i in (a,b;c=d) do echo %%i
for %%i in ("a b" c) do echo %%i %%~i
for /l %%i in (1,1,3) do echo %%i
for /l %%i in (10,-3,1) do echo %%i
for /l %%i in (5,1,4) do echo never
for %%i in (1 2) do for %%j in (a b) do echo %%i%%j
for %%i in (1 2 3) do (
    if %%i==2 (echo two) else echo other %%i
)
for %%I in (Upper) do echo %%I %%i
for /f %%i in ("first second") do echo %%i
for /f "tokens=2" %%i in ("first second") do echo %%i
for /f "tokens=1,3" %%i in ("a b c") do echo %%i %%j
for /f "tokens=1,*" %%i in ("a b c d") do echo %%i [%%j]
for /f "tokens=2-4" %%i in ("a b c d e") do echo %%i %%j %%k
for /f "delims=," %%i in ("x,y") do echo %%i
for /f "tokens=2 delims=,;" %%i in ("x;y,z") do echo %%i
for /f "tokens=*" %%i in ("   indented") do echo [%%i]
for /f "delims=" %%i in ("   whole line") do echo [%%i]
for /f "usebackq" %%i in (`echo from command`) do echo %%i
for /f "tokens=1-3 delims=." %%a in ('echo 1.2.3') do echo %%a-%%b-%%c
(echo line one& echo line two& echo ;comment& echo line three)>lines.txt
for /f "tokens=2" %%i in (lines.txt) do echo %%i
for /f "skip=1 tokens=2" %%i in (lines.txt) do echo %%i
for /f "eol=l" %%i in (lines.txt) do echo %%i
for /f "usebackq tokens=2" %%i in ("lines.txt") do echo %%i
for %%i in (*.txt) do echo found %%i
for %%i in (no_such_*.xyz) do echo never
for %%f in ("C:\folder\name.ext") do echo %%~nf %%~xf %%~df %%~pf %%~nxf
echo == modifiers
call :modifiers "C:\dir one\file.name.txt" second
goto after_modifiers
:modifiers
echo %1
echo %~1
echo %~n1 %~x1 %~d1 %~p1
echo %~nx1 %~dp1
echo %2 [%3]
exit /b 0
:after_modifiers
echo == call and goto
call :sub one "two three" four
echo back, level %errorlevel%
call :level 7
echo level %errorlevel%
call :recursive 3
goto skip
echo never
:skip
goto :also skipped text
echo never
:also
echo label with a colon
call :shift_test a b c
goto after_subs
:sub
echo sub %1 %2 %3 all %*
goto :eof
:level
exit /b %1
:recursive
if %1==0 goto :eof
echo depth %1
set /a deeper=%1-1
call :recursive %deeper%
goto :eof
:shift_test
echo %0 %1 %2
shift
echo %1 %2 [%3]
shift /1
echo %1 [%2]
exit /b
:after_subs
echo == delayed expansion
set v=outside
setlocal enabledelayedexpansion
set v=before
(
    set v=inside
    echo percent %v% bang !v!
)
for %%i in (1 2 3) do (
    set /a sum+=%%i
    echo !sum!
)
set name=v
echo !%name%!
echo !v:~0,2! !v:in=out!
set bang=a^^!b
echo !bang!
echo no bang^^!
endlocal
echo %v% [%sum%]
echo == setlocal
set keep=outer
setlocal
set keep=inner
echo %keep%
setlocal
set keep=innermost
echo %keep%
endlocal
echo %keep%
endlocal
echo %keep%
echo == operators
echo one && echo two
call :level 1 && echo never
call :level 1 || echo failed then
call :level 0 && echo worked || echo never
call :level 2 & echo both %errorlevel%
(call :level 3 && echo never) || echo group failed
echo a& echo b& echo c
echo == redirection
echo first>out.txt
echo second>>out.txt
type out.txt
echo no digit 1>out.txt
type out.txt
echo digit kept^2>out.txt
type out.txt
(
    echo block one
    echo block two
)>out.txt
type out.txt
>out.txt echo in front
type out.txt
type no_such_file.txt 2>nul || echo type failed
echo to error 1>&2 2>nul
echo hidden >nul
echo piped| find "piped"
echo a b c| findstr b >nul && echo found b
(echo z& echo a& echo m)| sort
echo many|find /c "many"
(echo Alpha 1& echo beta 2& echo alpha 3)>words.txt
find /i "alpha" <words.txt
find /n "beta" <words.txt
find "none" <words.txt || echo find found nothing
findstr /i "^alpha" words.txt
findstr /r "[23]$" words.txt
findstr /v /c:"a 2" words.txt
findstr none words.txt || echo findstr found nothing
sort /r words.txt
set /p line=<out.txt
echo [%line%]
echo == files
mkdir dir\sub
if exist dir\sub echo made
echo x>dir\a.txt
copy dir\a.txt dir\b.txt >nul && echo copied
if exist dir\b.txt echo b is there
ren dir\b.txt c.txt
if exist dir\c.txt echo renamed
move dir\c.txt dir\sub >nul
if exist dir\sub\c.txt echo moved
del dir\a.txt
if not exist dir\a.txt echo deleted
dir /b dir
pushd dir
if exist sub echo inside
popd
if exist dir echo outside
rmdir dir 2>nul || echo not empty
rmdir /s /q dir
if not exist dir echo removed
cd . && echo cd worked
echo == quoting and special characters
echo "percent %% in quotes"
set "p=a^b"
echo "%p%"
echo ^"not quoted ^& text
echo tab	inside
echo (parentheses) outside
if 1==1 (echo ^(inside^))
echo a,b;c=d
rem echo never & echo never
:: echo never
echo after comments
echo %%i %%%%
echo == environment
set PROMPT_TEST=%COMSPEC:~0,0%x
echo %PROMPT_TEST%
if defined PATH echo PATH is there
if defined COMSPEC echo COMSPEC is there
if "%CD%"=="" (echo bad) else echo CD is there
if %RANDOM% geq 0 echo RANDOM is a number
if "%DATE%"=="" (echo bad) else echo DATE is there
echo %ERRORLEVEL%
set ERRORLEVEL_TEST=1
echo == errorlevel
call :level 5
if errorlevel 5 echo at least 5
if errorlevel 6 (echo bad) else echo below 6
if %errorlevel% equ 5 echo exactly
cmd /c exit 9
echo %errorlevel%
cmd /c "exit /b 4" & echo after cmd
verify >nul
echo == nested cmd
cmd /c echo child
cmd /v:on /c "set z=1& echo !z!"
cmd /q /c "echo a & echo b"
for /f %%i in ('cmd /c echo nested') do echo %%i
echo == case and odd spellings
ECHO upper case
Set Mixed=case
echo %MIXED%
@echo with at
 echo leading blank
echo;semicolon
echo,comma
IF 1==1 ECHO if
FOR %%x IN (1) DO ECHO for
call echo called %%plain%%
goto:end
echo never
:end
echo the end
endlocal
exit /b 3
