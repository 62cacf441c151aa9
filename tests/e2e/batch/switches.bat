@echo off
rem cmd's own switches and quoting, and the settings commands.
setlocal
echo == switches
cmd /c echo plain
cmd /c "echo quoted"
cmd /c "echo a & echo b"
cmd /s /c "echo "inner""
cmd /c ""cmd" /c echo "two words""
cmd /q /c "for %%i in (1 2) do echo %%i"
cmd /v:on /c "set v=1&echo !v!"
cmd /v /c echo !os!
cmd /v:off /c echo !os!
cmd /e:off /c "if defined path echo no" 2>nul || echo no extensions
cmd /d /c echo d
cmd /a /c echo ansi
cmd /u /c echo u>u.txt
for %%f in (u.txt) do echo %%~zf
del u.txt
cmd /c exit 7
echo %errorlevel%
cmd /c "exit /b 8"
echo %errorlevel%
echo exit 9| cmd >nul
echo %errorlevel%
(echo @echo off& echo echo from input)| cmd /q | find "from"
cmd /k "echo k & exit"
echo %cmdcmdline% | find "switches" >nul && echo command line
%comspec% /c echo comspec
echo == echo
echo
echo on > nul
@echo off
echo.
echo:
echo(
echo;x
echo,x
echo=x
echo/x
echo\x
echo[x
echo]x
echo+x
echo.x
echo(x
echo  two blanks
echo on it
echo off it
echo.text
echo == settings
title a title
ver | find "Version" >nul && echo ver
verify on
verify
verify off
verify
verify wrong
color 0a
color 11 || echo same colors
date /t | find "/" >nul && echo date
time /t | find ":" >nul && echo time
vol c: | find "Serial" >nul && echo vol
path | find /i "windows" >nul && echo path
set saved=%path%
path c:\only
path
path ;
path
set path=%saved%
prompt x
echo %prompt%
prompt
if not defined prompt echo no prompt
assoc .gw_test=gw_file
assoc .gw_test
ftype gw_file="c:\x.exe" "%%1" %%*
ftype gw_file
assoc .gw_none
ftype gw_none
assoc .gw_test=
assoc .gw_test
break
echo x| pause
cls >cls.txt
for %%f in (cls.txt) do echo %%~zf
del cls.txt
echo == dynamic
if not "%date%"=="" echo date
if not "%time%"=="" echo time
if "%cd%"=="%__cd__:~0,-1%" echo cd
if %random% lss 32768 echo random
echo %cmdextversion% %errorlevel%
set random=fixed
echo %random%
set random=
set cd=fixed
echo %cd%
set cd=
if defined random echo random again
echo == start
start /wait /b cmd /c exit 4
echo %errorlevel%
start "title" /b /wait cmd /c echo started
start /wait /b cmd /c "echo quoted & echo two"
start /b /wait /d \ cmd /c cd | find ":\" >nul && echo folder
start no_such_program
echo %errorlevel%
exit /b 0
