@echo off
rem Every kind of for.
setlocal
md t\a\b t\c
echo one>t\one.txt
echo two>t\two.txt
echo three>t\a\three.txt
echo four>t\a\b\four.log
echo == words
for %%i in (one "two three" four,five;six=seven) do echo %%i [%%~i]
for %%i in () do echo no
for %%i in (1 2) do @for %%j in (a b) do @echo %%i%%j
for %%i in (outer) do (
    for %%i in (inner) do echo %%i
    echo %%i
)
for %%a in (x) do for %%A in (y) do echo %%a%%A
for %%i in (a b) do echo one & echo two
for %%1 in (digit) do echo %%1
for %%# in (sign) do echo %%#
echo == files
for %%f in (t\*.txt) do echo %%f %%~nf %%~xf
for %%f in (t\*.none) do echo no
for %%f in (t\*.txt plain *.none) do echo %%f
for /d %%d in (t\*) do echo %%d
for /r t %%f in (*.txt *.log) do echo %%~nxf
for /r t %%f in (name) do echo %%~nxf
for /r t\a %%d in (.) do echo %%~nxd.
for /d /r t %%d in (b*) do echo %%~nd
echo == count
for /l %%n in (1,1,3) do echo %%n
for /l %%n in (5,-2,0) do echo %%n
for /l %%n in (1 2 5) do echo %%n
for /l %%n in (3,1,1) do echo no
for /l %%n in (-1,1,1) do echo %%n
for /l %%n in (0x8,4,020) do echo %%n
echo == tokens
for /f "tokens=1-3,5*" %%a in ("1 2 3 4 5 6 7") do echo %%a%%b%%c-%%d-%%e
for /f "tokens=3,1" %%a in ("x y z") do echo %%a %%b
for /f "tokens=1*" %%a in ("first   the rest ") do echo %%a[%%b]
for /f "tokens=*" %%a in ("   blanks") do echo [%%a]
for /f "delims=" %%a in ("   kept") do echo [%%a]
for /f "tokens=2 delims=,; " %%a in ("a,;b c") do echo %%a
for /f "tokens=1,2 delims=x" %%a in ("1x2X3") do echo %%a %%b
for /f "tokens=1,4" %%a in ("only two") do echo %%a[%%b]
for /f "tokens=3" %%a in ("only two") do echo no
for /f tokens^=1^,2^ delims^=^" %%a in ("a"b"c") do echo %%a %%b
for /f "tokens=1,2 delims==" %%a in ("name=value") do echo %%a is %%b
for /f "tokens=1-26" %%a in ("a b c d e f g h i j k l m n o p q r s t u v w x y z") do echo %%z%%m%%a
echo == lines
(
    echo ;comment
    echo #other
    echo.
    echo   first line
    echo second,line
)>lines.txt
for /f %%a in (lines.txt) do echo %%a
for /f "eol=#" %%a in (lines.txt) do echo %%a
for /f "skip=3 tokens=2 delims=, " %%a in (lines.txt) do echo %%a
for /f "usebackq delims=" %%a in ("lines.txt") do echo [%%a]
for /f "usebackq" %%a in ('a literal') do echo %%a
for /f "usebackq tokens=2" %%a in (`echo from a command`) do echo %%a
for /f "delims=" %%a in ('type lines.txt ^| find "line"') do echo {%%a}
for /f %%a in ('echo one^&echo two') do echo %%a
for /f "delims=" %%a in ('^(echo x^&echo y^)') do echo %%a
for /f "delims=" %%a in ('"echo "quoted""') do echo %%a
for /f %%a in (none.txt) do echo no
(for /f %%a in ("") do echo no) || echo nothing was run
for /f "tokens=1,2 delims=:" %%a in ('find /n "line" lines.txt') do echo %%a
echo == modifiers
for %%f in (t\one.txt) do echo %%~nxf %%~zf %%~af
for %%f in ("C:\no such\folder\file.ext.more") do echo %%~df %%~pf %%~nf %%~xf %%~nxf %%~dpnxf
for %%n in (t\two.txt) do echo %%~nn %%~nxn
for %%f in (cmd.exe) do echo %%~nx$PATH:f
for %%f in (no_such_program.exe) do echo [%%~$PATH:f]
for %%f in ("a" b) do echo %%~f
echo == order and scope
for %%i in (1 2 3) do if %%i==2 (goto out) else echo %%i
:out
echo left the loop
for %%i in (1 2 3) do call :sub %%i
goto past
:sub
if %1==2 exit /b
echo sub %1 %%i
for %%j in (x) do echo inner %%i%%j
goto :eof
:past
set n=0
for /l %%i in (1,1,10) do set /a n+=%%i
echo %n%
for %%i in (%%i) do echo %%i
rd /s /q t
del lines.txt
