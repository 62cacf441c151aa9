@echo off
rem What each phase of a line sees: percent signs, carets, quotes, operators, delayed expansion.
setlocal
echo == percent
set v=value
echo %v% %%v%% %v %undefined%x 100%
echo %v:~1,2%%v:a=A%%v:*a=%
echo [%undefined:~0,3%] [%undefined:a=b%]
echo %v:~-2% %v:~,2% %v:~9%.
set p=%%
echo [%p%]
echo == argument modifiers
call :show "a b\c.txt" plain "quoted plain"
goto shown
:show
echo %1 %~1 %~2 %~3 %~nx1 %~x1 [%4] [%~4]
echo %*
shift /2
echo %1 %2 [%3]
echo %*
exit /b
:shown
echo == carets
echo a^b ^^ ^& ^| ^< ^> ^( ^) ^" "^"
echo one ^
two ^
three
echo "in ^quotes" ^"outside"
echo ^
next line
set c=a^^b
echo %c%
set "c=a^^b"
echo "%c%"
echo == quotes
echo "a & b" 'c' "d
echo a "b" c "d & e
set q="quoted"
echo %q% %q:"=%
set "q=in"side"
echo %q%
set q="left"right
echo %q%
echo == operators
echo a&echo b & echo c
echo a&&echo b||echo c
(echo a)&(echo b)
(echo nested & (echo deeper)) & echo after
cmd /c exit 1 && echo no || echo yes
cmd /c exit 0 && echo yes || echo no
cmd /c exit 1 || echo first || echo second
cmd /c exit 0 && cmd /c exit 1 || echo chain
@echo at & @echo at
echo == comments
rem echo no & echo no
rem
rem ^
rem.
:: echo no
:label echo no
echo a & rem b & echo no
echo a & :: b
(
    rem in a block )
    echo after rem
    :: label in a block
    echo after label
)
) echo a lone parenthesis is a comment
echo == delayed
setlocal enabledelayedexpansion
set d=delayed
echo !d! %d% !d:e=E! !d:~2,3! [!undefined!] [!undefined:~1!]
echo one ! mark
echo two !! marks
echo caret ^^ without, caret ^^ with !d!
echo "quoted ^ caret !d!"
echo ^^!d^^! ^!d^!
set "special=a&b|c>d<e^f"
echo !special!
set index=2
set item2=second
echo !item%index%! 
for %%n in (2) do echo !item%%n!
for %%v in ("with!mark" plain) do echo %%~v
set "d=changed" & echo %d% !d!
if "!d!"=="changed" (echo compared) else echo not
for /f "tokens=1,2" %%a in ("!d! !index!") do echo %%a %%b
endlocal
echo !d!
echo == linefeed
setlocal enabledelayedexpansion
set LF=^


echo a!LF!b
for /f "delims=" %%l in ("one!LF!two") do echo [%%l]
endlocal
echo == lines
(echo a
echo b)
if 1==1 (
    if 2==2 (
        echo deep
    ) else (
        echo no
    )
) else (
    echo no
)
for %%a in (
    first
    second,third
    "fourth and" fifth
) do (
    echo %%~a
)
echo == call
set name=v
call echo %%%name%%%
call set copied=%%%name%%%
echo %copied%
call echo "caret ^ doubled" caret ^^ not
call :echo "a^b" c^^d
call if 1==1 echo no 2>nul
call (echo no) 2>nul
echo %errorlevel%
goto end
:echo
echo [%1] [%2]
goto :eof
:end
