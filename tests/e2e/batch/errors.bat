@echo off
rem What commands say when they fail, what errorlevel becomes, and what && and || see.
setlocal
echo == unknown
no_such_command
echo %errorlevel%
no_such_command && echo no || echo or
"no such" arg
echo %errorlevel%
call no_such_command
echo %errorlevel%
.\no\such\path.exe
echo %errorlevel%
echo == set /a
set /a 1/0
echo %errorlevel%
set /a 1%%0
echo %errorlevel%
set /a (1
echo %errorlevel%
set /a 1+
echo %errorlevel%
set /a 1 2
echo %errorlevel%
set /a 09
echo %errorlevel%
set /a 2147483648
echo %errorlevel%
set /a
echo %errorlevel%
echo == files
cmd /c exit 0
type none.txt
echo %errorlevel%
copy none.txt x.txt
echo %errorlevel%
move none.txt x.txt
echo %errorlevel%
ren none.txt x.txt
echo %errorlevel%
del none.txt 2>nul
echo %errorlevel%
cd none
echo %errorlevel%
pushd none
echo %errorlevel%
md made
md made
echo %errorlevel%
echo x>made\x
cmd /c exit 0
rd made || echo not empty
echo %errorlevel%
rd none || echo not there
echo %errorlevel%
cmd /c exit 0
rd none
echo %errorlevel%
dir none >nul
echo %errorlevel%
ren made\x a\b
echo %errorlevel%
rd /s /q made
echo == variables
set no_such_variable
echo %errorlevel%
set =x
echo %errorlevel%
set known=1
echo %errorlevel%
echo == call and goto
call :nowhere
echo %errorlevel%
cmd /c exit 5
call :clean
echo %errorlevel%
(call)
echo %errorlevel%
(call )
echo %errorlevel%
popd
echo %errorlevel%
echo == keeping
cmd /c exit 3
echo kept>nul
echo %errorlevel%
set x=1
echo %errorlevel%
if 1==1 echo in if %errorlevel%
for %%i in (1) do echo in for %errorlevel%
endlocal
echo %errorlevel%
title x
echo %errorlevel%
ver >nul
echo %errorlevel%
cmd /c exit 3
setlocal
echo %errorlevel%
cmd /c exit 3
cd .
echo %errorlevel%
cmd /c exit -1
echo %errorlevel% %=ExitCode%
if errorlevel 0 (echo no) else echo negative
cmd /c exit 65
echo %=ExitCode%
echo == redirection
type none.txt 2>nul || echo hidden
echo x>no\such\folder\file || echo no folder
sort<none.txt || echo no input
echo x 1>&7
echo == exit codes
call :level 4 && echo no || echo level 4
call :level 0 && echo level 0
cmd /c "exit /b 6"
echo %errorlevel%
cmd /c nothing_here 2>nul
echo %errorlevel%
(echo @exit /b 9)>level.bat
call level.bat
echo %errorlevel%
cmd /c level.bat
echo %errorlevel%
(echo @cmd /c exit 2& echo @set y=1)>keeps.bat
copy keeps.bat clears.cmd >nul
call keeps.bat
echo %errorlevel%
call clears.cmd
echo %errorlevel%
del level.bat keeps.bat clears.cmd
echo == syntax
cmd /c "echo a &"
cmd /c "& echo b"
cmd /c "echo a | | echo b"
cmd /c "if a==a"
cmd /c "if a== echo"
cmd /c "if a b c echo x"
cmd /c "for %%i (a) do echo x"
cmd /c "for %%i in (a) echo x"
cmd /c "echo a >"
cmd /c "(echo a"
cmd /c "( )"
echo %errorlevel%
(echo echo before& echo if a=b=c echo x& echo echo after)>bad.bat
cmd /q /c bad.bat
echo %errorlevel%
(echo call :sub& echo echo not reached& echo exit /b& echo :sub& echo for in)>bad.bat
cmd /q /c bad.bat
del bad.bat
goto end
:clean
exit /b 0
:level
exit /b %1
:end
goto missing_label
