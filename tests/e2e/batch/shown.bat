@prompt $G
rem What echo on shows before each command.
echo plain
echo plain>nul
@echo at
if 1==1 echo yes
if 1==2 (echo no) else (echo else)
if not exist none echo not
if /i a equ A echo equ
for %%i in (a b) do echo %%i
for %%i in (a b) do @echo %%i
for /l %%n in (1,1,2) do (
    echo %%n
    echo again
)
(
    echo one
    @echo two
)
set x=%PROMPT%
echo a & echo b && echo c || echo d
echo piped | find "p"
call :sub arg
goto end
:sub
echo %1
exit /b
:end
set y=1& echo %y%
rem comment & more
:: not shown
echo off
echo on
@echo off
echo hidden
for %%i in (a) do echo %%i
