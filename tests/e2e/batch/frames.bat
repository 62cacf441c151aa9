@echo off
rem call, goto, labels, shift, setlocal, exit, %0 and what a called file leaves.
setlocal
echo == call
call :one a "b c" d
call :two
echo back
call :recurse 3
call:attached x
call :with.dots
call :args a,b;c=d "e,f"
goto over
:one
echo %0 %1 %2 %~2 %3 [%4] %*
exit /b
:two
call :three
echo two
goto :eof
:three
echo three
goto :eof
echo no
:recurse
if %1 leq 0 exit /b
set /a n=%1-1
echo depth %1
call :recurse %n%
echo up %1
exit /b
:attached
echo %1
exit /b
:with.dots
echo dots
exit /b
:args
echo [%1][%2][%3][%4][%5]
exit /b
:over
echo == labels
goto plain
:plain
goto :colon
:colon
goto with blanks
:with
goto UPPER
:upper
goto:tight
  :tight text
echo tight
goto  two  words
:two_words
echo no
:twox
echo no
:two  and more
echo == shift
call :shifts 1 2 3 4 5 6 7 8 9 10 11 12
goto shifted
:shifts
echo %1 %9
shift
echo %0 %1 %9
shift
shift
echo %1 %9 %*
shift /3
echo %1 %2 %3 %4
:more
if "%~1"=="" exit /b
set last=%1
shift
goto more
:shifted
echo %last%
echo == setlocal
set a=1
setlocal
set a=2
setlocal
set a=3
echo %a%
endlocal
echo %a%
endlocal
echo %a%
call :local
echo %a% [%inside%]
setlocal
set "a=inner"
endlocal & set "b=%a%"
echo %b%
setlocal enabledelayedexpansion
echo !a!
setlocal disabledelayedexpansion
echo !a!
endlocal
echo !a!
endlocal
echo !a!
md sub
setlocal
cd sub
endlocal
if exist sub echo folder is back
rd sub
goto locals
:local
setlocal
set a=local
set inside=1
echo %a%
exit /b
:locals
echo == files
(echo @echo off
echo echo child %%1 %%~nx0
echo set from_child=yes
echo setlocal
echo set lost=yes
echo exit /b 3)>child.bat
call child.bat x
echo %errorlevel% %from_child% [%lost%]
call child y
cmd /c child z
call child.bat "a b" | find "a b"
(echo @echo chained %%1)>chain.bat
call :chains
echo after chain
(echo @echo off
echo (goto^) 2^>nul ^& echo still runs ^& set popped=1)>pop.bat
call pop.bat
echo %popped%
(echo @echo off
echo echo one
echo echo @echo appended^>^>self.bat
echo echo two)>self.bat
call self.bat
(echo @echo off
echo del self.bat
echo echo no)>self.bat
call self.bat
echo %errorlevel%
exit /b
:chains
chain.bat arg
echo no
