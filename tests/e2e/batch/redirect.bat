@echo off
rem Redirection of handles, pipes, and input.
setlocal
echo == output
echo one>o.txt
echo two>>o.txt
type o.txt
>o.txt echo in front
type o.txt
echo 1>o.txt
type o.txt
echo a2>o.txt
type o.txt
echo a 2>o.txt
type o.txt
echo "a>b">o.txt
type o.txt
echo a>o.txt b
type o.txt
(echo x& echo y)>o.txt
type o.txt
>o.txt (
    echo block
    echo of two
)
type o.txt
for %%i in (1 2) do echo %%i>>o.txt
type o.txt
echo gone>nul
echo == handles
(echo out& echo err>&2)>o.txt 2>e.txt
type o.txt e.txt 2>nul
(echo out& echo err>&2)>o.txt 2>&1
type o.txt
(echo out& echo err>&2) 2>&1 >o.txt
type o.txt
echo err 1>&2 2>e.txt
type e.txt
(echo three>&3) 3>o.txt
type o.txt
type none 2>nul
type none 2>e.txt
for %%f in (e.txt) do if %%~zf gtr 0 echo message
echo == input
(echo first& echo second)>i.txt
set /p line=<i.txt
echo %line%
(set /p a=& set /p b=)<i.txt
echo %a% %b%
<i.txt (set /p a=Prompt: & set /p b="Quoted: ")
echo %a%%b%
set /p a=<nul
echo %a% %errorlevel%
find "second" <i.txt
sort /r <i.txt
<nul set /p "=no line end "
echo here
echo == pipes
echo piped| find "piped"
echo a b c| findstr "b" >nul && echo found
(echo c& echo a& echo b)| sort
(echo c& echo a& echo b)| sort | find "b"
echo x| (find "x" & echo after)
echo text| cmd /c more
type i.txt | find /c "s"
echo yes| find "no" || echo not found
echo %%v%% | find "v" >nul && echo percent
for /f %%a in ('echo b^| find "b"') do echo %%a
(for %%i in (3 1 2) do @echo %%i)| sort
if 1==1 (echo in if| find "in")
call :emit | find "2"
echo a & echo b | find "b"
cmd /c "echo 1& echo 2" | find "2"
setlocal enabledelayedexpansion
set d=delayed
echo !d!| find "d"
endlocal
break | echo break
goto done
:emit
echo 1
echo 2
exit /b
:done
del o.txt e.txt i.txt
