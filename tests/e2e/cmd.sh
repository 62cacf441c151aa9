# The command interpreter: batch language, pipes, redirection, programs.
. "$SRCDIR/tests/e2e/lib.inc"

batch() { # the rest of the arguments go to the batch file on standard input
    sed 's/$/\r/' >t.bat
    code=0
    "$RUN" cmd.exe /c t.bat "$@" >out 2>err || code=$?
    tr -d '\r' <out >plain
}

variables_and_blocks() {
    batch <<'B'
@echo off
setlocal enabledelayedexpansion
set /a x=6*7, y=(1+2)*3, z=0x10^|1
echo %x% %y% %z%
set s=hello world
echo %s:world=there%,%s:~0,5%,%s:~-5%,%s:~1,-2%
for %%i in (a b c) do (
  echo it-%%i
  set l=%%i
)
echo L=!l!
if /i HELLO==hello (echo ieq) else (echo no)
if 10 gtr 9 echo numeric
if not exist nowhere echo none
exit /b 5
B
    same 5 "$code"
    same '42 9 17
hello there,hello,world,ello wor
it-a
it-b
it-c
L=c
ieq
numeric
none' "$(cat plain)"
}

calls_and_labels() {
    batch first "second one" <<'B'
@echo off
echo %1 %~2 %*
call :sub %2 x
echo back %errorlevel%
goto end
echo not here
:sub
echo sub %~1 %2 %~nx0
exit /b 3
:end
for /l %%n in (1,2,5) do echo n=%%n
for /f "tokens=1,3 delims=," %%a in ("p,q,r") do echo %%a-%%b
B
    same 'first second one first "second one"
sub second one x t.bat
back 3
n=1
n=3
n=5
p-r' "$(cat plain)"
}

files_and_pipes() {
    batch <<'B'
@echo off
mkdir d\e
echo text> d\e\f.txt
echo more>> d\e\f.txt
copy d\e\f.txt d\g.txt >nul
ren d\g.txt h.txt
dir /b d
type d\h.txt
del d\h.txt
if exist d\h.txt echo still there
rd /s /q d
if not exist d echo gone
for /f %%i in ('echo output') do echo got %%i
echo pipe me| cmd /c sort_me_not 2>nul || echo failed as it should
B
    same 'e
h.txt
text
more
gone
got output
failed as it should' "$(cat plain)"
}

starts_programs() {
    cp "$BUILD/tests/x86_64/smoke/hello.exe" hello.exe
    batch <<'B'
@echo off
hello
echo %errorlevel%
nothing_of_this_name
echo %errorlevel%
B
    same '9009' "$(tail -1 plain)"
    grep -q 'ok hello' plain
}

# Launchers pass the option and its command as one argument, which is quoted on the way.
one_quoted_argument() {
    "$RUN" cmd.exe '/c echo hi there>one.txt'
    same 'hi there' "$(tr -d '\r' <one.txt)"
    same 'hi there"' "$("$RUN" cmd.exe '/c echo hi there' | tr -d '\r')"
}

# Programs of the host get Unix paths for the DOS paths among their arguments; nothing else is touched.
unix_programs() {
    printf '#!/bin/sh\nprintf "[%%s]\\n" "$@"\nexit 300\n' >show
    chmod +x show
    touch here
    dos=Z:$(pwd | tr / '\\')
    code=0
    "$RUN" cmd.exe /c "$dos\show" "$dos\here" "-I$dos" "--out=$dos\new" "-Wl,-Map,$dos\map,--x" "@$dos\here" \
        'Z:\gone\folder\x' http://a/b C:x -DA=b:/c 'two words' >out || code=$?
    same $((300 % 256)) $code
    same "[$PWD/here]
[-I$PWD]
[--out=$PWD/new]
[-Wl,-Map,$PWD/map,--x]
[@$PWD/here]
[Z:\gone\folder\x]
[http://a/b]
[C:x]
[-DA=b:/c]
[two words]" "$(cat out)"
}

# mklink in its three forms, and programs that say what the host is called.
links_and_names() {
    mkdir folder
    echo text >folder/file
    "$RUN" cmd.exe /c 'mklink soft folder\file && mklink /h hard folder\file && mklink /j junction folder' >out
    same text "$(cat soft)"
    same text "$(cat hard)"
    same text "$(cat junction/file)"
    same 3 "$(grep -c '<<===>>' out)"
    code=0
    "$RUN" cmd.exe /c 'mklink soft' >out 2>&1 || code=$?
    same 1 $code
    same "$(hostname | cut -d. -f1 | tr A-Z a-z)" "$("$RUN" hostname.exe | tr -d '\r' | tr A-Z a-z)"
    "$RUN" mountvol.exe C: /L | grep -q 'Volume{'
}

# Quotes keep a ";" together in PATH and an empty place is none; the program sees its name as the folder has it.
searches_path() {
    mkdir 'a;b' c
    printf '@echo first\r\n' >'a;b/tool.cmd'
    printf '@echo second\r\n' >c/tool.cmd
    cat >t.bat <<'B'
@echo off
set path=%cd%\c;"%cd%\a;b"
call tool
set path=;;"%cd%\a;b";%cd%\c
call tool.CMD
set path="%cd%\a";b;%cd%\c
call tool
B
    "$RUN" cmd.exe /c t.bat | tr -d '\r' >out
    same 'second
first
second' "$(cat out)"
}

# At a terminal: keys reach the programs that cmd starts, and Ctrl-C in a batch file asks what to do.
at_a_terminal() {
    printf '@echo off\r\nchoice /c xyz\r\necho level %%errorlevel%%\r\n' >keys.bat
    printf '@echo off\r\nping -n 30 127.0.0.1 >nul\r\necho after\r\n' >wait.bat
    cat >terminal.py <<'P'
import os, pty, select, sys, time

def talk(script, *command):
    """Types each text once the one before it is on the screen; what was shown."""
    pid, fd = pty.fork()
    if not pid:
        os.execv(command[0], command)
    shown, end = b"", time.time() + 20
    for awaited, typed in script + [(None, b"")]:
        while time.time() < end and (awaited is None or awaited not in shown):
            if select.select([fd], [], [], 0.1)[0]:
                try:
                    more = os.read(fd, 4096)
                except OSError:
                    more = b""
                if not more:
                    break
                shown += more
        os.write(fd, typed)
    os.waitpid(pid, 0)
    return shown.replace(b"\r", b"").decode()

run = os.environ["RUN"]
shown = talk([(b"[X,Y,Z]?", b"y")], run, "cmd.exe", "/c", "keys.bat")
assert "level 2" in shown, shown
for answer, goes_on in (b"n\r", True), (b"y\r", False):
    pid, fd = pty.fork()
    if not pid:
        os.execv(run, [run, "cmd.exe", "/c", "wait.bat"])
    time.sleep(1.5)
    os.write(fd, b"\x03")
    shown, end = b"", time.time() + 20
    while time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                shown += os.read(fd, 4096) or b""
            except OSError:
                break
        if answer and b"(Y/N)? " in shown:
            os.write(fd, answer)
            answer = b""
    os.waitpid(pid, 0)
    assert b"Terminate batch job (Y/N)? " in shown, shown
    assert (b"after" in shown) == goes_on, shown
P
    RUN="$RUN" python3 terminal.py
}

# What follows /c is one command, with its quotes as they stand.
one_command_with_quotes() {
    same '"a b" & c' "$("$RUN" cmd.exe /c 'echo "a b" ^& c' | tr -d '\r')"
    same 'x"y' "$("$RUN" cmd.exe /c 'echo x"y' | tr -d '\r')"
    mkdir 'a b'
    printf '@echo %%1-%%2\r\n' >'a b/t.bat'
    same '"c d"-e' "$("$RUN" cmd.exe /c '"a b\t.bat" "c d" e' | tr -d '\r')"
}

# Subroutines may call themselves a thousand times; without an end they are stopped, not the interpreter.
recursion() {
    batch <<'B'
@echo off
call :deeper 0
echo back %errorlevel%
exit /b
:deeper
set /a depth=%1+1
if %depth% gtr 1000 (echo at %1& exit /b 5)
for %%i in (1) do if 1==1 (call :deeper %depth%)
exit /b %errorlevel%
B
    same 'at 1000
back 5' "$(cat plain)"
    batch <<'B'
@echo off
:again
call :again
B
    grep -q 'R E C U R S I O N' err
    batch <<'B'
@echo off
set /a count+=1
if %count% gtr 2000 (echo %count%& exit /b)
t.bat
B
    same 2001 "$(cat plain)"
}

t recursion recursion
t at_a_terminal at_a_terminal
t one_command_with_quotes one_command_with_quotes
t searches_path searches_path
# A file's list: shown, changed in canonical order, handed down, saved and put back.
icacls_changes_lists() {
    mkdir folder
    echo text >file
    echo text >folder/below
    chmod 644 file
    "$RUN" icacls.exe file | tr -d '\r' >out
    grep -q 'Everyone:(RX)$' out
    grep -q '^Successfully processed 1 files; Failed processing 0 files$' out
    "$RUN" icacls.exe file /grant 'Users:(OI)M' /deny Everyone:W /remove:g Everyone >out
    "$RUN" icacls.exe file | tr -d '\r' >out
    same 'file Everyone:(DENY)(W)' "$(head -1 out)"
    grep -q 'BUILTIN\\Users:(M)$' out
    ! grep -q 'Everyone:(RX)' out
    "$RUN" icacls.exe file /grant:r 'Users:(RD,RA)' '*S-1-5-11:RX' /q >out
    same '' "$(cat out)"
    "$RUN" icacls.exe file | tr -d '\r' >out
    grep -q 'BUILTIN\\Users:(S,RD,RA)$' out
    grep -q 'NT AUTHORITY\\Authenticated Users:(RX)$' out
    "$RUN" icacls.exe '*' /save lists /t >out
    "$RUN" icacls.exe folder /grant 'Users:(OI)(CI)F' >out
    "$RUN" icacls.exe folder\\below /reset >out
    "$RUN" icacls.exe folder\\below | grep -q 'BUILTIN.Users:(I)(F)'
    "$RUN" icacls.exe folder /findsid Users | grep -q '^SID Found: folder'
    "$RUN" icacls.exe folder\\below /inheritance:d >out
    "$RUN" icacls.exe folder\\below | grep -q 'BUILTIN.Users:(F)'
    "$RUN" icacls.exe folder\\below /setintegritylevel L >out
    "$RUN" icacls.exe folder\\below | grep -q 'Low Mandatory Level:(NW)'
    "$RUN" icacls.exe . /restore lists >out
    "$RUN" icacls.exe folder\\below | grep -q 'Everyone:(RX)'
    "$RUN" icacls.exe file /verify | grep -q '^Successfully processed 1 '
    for wrong in 'missing' 'file /grant nobody_here:F' 'file /grant Users:Z' 'file /what' 'file /grant'; do
        code=0
        # shellcheck disable=SC2086
        "$RUN" icacls.exe $wrong >out 2>&1 || code=$?
        [ $code != 0 ] || { echo "succeeds: $wrong"; return 1; }
    done
}

t icacls_changes_lists icacls_changes_lists
t links_and_names links_and_names
t unix_programs unix_programs
t variables_and_blocks variables_and_blocks
t calls_and_labels calls_and_labels
t files_and_pipes files_and_pipes
t starts_programs starts_programs
t one_quoted_argument one_quoted_argument
finish
