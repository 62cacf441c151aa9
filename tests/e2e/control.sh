# Control events on a terminal: Ctrl-C and Ctrl-\ (Ctrl-Break) that are typed, process groups, who ignores them,
# the order of handlers, a terminal that hangs up.
. "$SRCDIR/tests/e2e/lib.inc"

cat >control.c <<'C'
#include <stdio.h>
#include <string.h>
#include <windows.h>

static const char *who;
static HANDLE log_file;

static void say(const char *what, int number)
{
    char line[128];
    DWORD n;
    sprintf(line, "%s %s %d\n", who, what, number);
    WriteFile(log_file, line, (DWORD)strlen(line), &n, NULL);
}

static BOOL WINAPI first(DWORD event)
{
    say("first", (int)event);
    return TRUE;
}

static BOOL WINAPI second(DWORD event)
{
    say("second", (int)event);
    return event == CTRL_BREAK_EVENT;
}

static BOOL WINAPI stays(DWORD event)
{
    say("stays", (int)event);
    Sleep(event == CTRL_C_EVENT ? 60000 : 0);
    return TRUE;
}

/* control LOG NAME WHAT...: what it does, one after the other */
int main(int argc, char **argv)
{
    char path[MAX_PATH], line[2 * MAX_PATH];
    STARTUPINFOA info = {sizeof info};
    PROCESS_INFORMATION process = {0};
    log_file = CreateFileA(argv[1], FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    who = argv[2];
    GetModuleFileNameA(NULL, path, sizeof path);
    for (int i = 3; i < argc; i++) {
        char *what = argv[i];
        DWORD flags = 0;
        if (!strcmp(what, "handlers")) {
            SetConsoleCtrlHandler(first, TRUE);
            SetConsoleCtrlHandler(second, TRUE);
        } else if (!strcmp(what, "stays")) {
            SetConsoleCtrlHandler(stays, TRUE);
        } else if (!strcmp(what, "ignore")) {
            SetConsoleCtrlHandler(NULL, TRUE);
        } else if (!strcmp(what, "enable")) {
            SetConsoleCtrlHandler(NULL, FALSE);
        } else if (!strncmp(what, "child", 5) || !strncmp(what, "group", 5) || !strncmp(what, "detached", 8)) {
            flags = *what == 'g' ? CREATE_NEW_PROCESS_GROUP : *what == 'd' ? DETACHED_PROCESS : 0;
            sprintf(line, "\"%s\" %s %s", path, argv[1], strchr(what, ':') + 1);
            for (char *p = line; *p; p++)
                if (*p == ',')
                    *p = ' ';
            CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, &info, &process);
        } else if (!strcmp(what, "ready")) {
            say("ready", 0);
        } else if (!strncmp(what, "sleep", 5)) {
            Sleep(atoi(what + 5));
        } else if (!strcmp(what, "wait")) {
            DWORD code = 0;
            WaitForSingleObject(process.hProcess, 20000);
            GetExitCodeProcess(process.hProcess, &code);
            say("child ended", (int)code);
        } else if (!strcmp(what, "detached?")) {
            say("console", GetConsoleCP() != 0);
        }
    }
    say("end", 0);
    return 7;
}
C
if ! x86_64-w64-mingw32-gcc -w -o control.exe control.c; then
    skip control "no compiler"
    finish
    exit
fi

cat >drive.py <<'P'
# drive.py LOG KEYS COMMAND...: runs the command on a terminal; each time the log has a "ready" more than before the
# next key is typed: c, b (Ctrl-\), or h (hangs up). Prints how the command ended.
import os, pty, sys, time
log, keys, command = sys.argv[1], sys.argv[2], sys.argv[3:]
pid, tty = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
os.set_blocking(tty, False)
needed, typed, end, status = 0, 0, time.monotonic() + 25, None
while time.monotonic() < end:
    if tty is not None:
        try:
            os.read(tty, 4096)
        except OSError:
            pass
    try:
        text = open(log).read()
    except OSError:
        text = ""
    for key in keys[typed:typed + 1]:
        need, what = int(key in "cbh"), key
        if text.count(" ready ") > typed:
            time.sleep(0.1)
            if what == "h":
                os.close(tty)
                tty = None
            else:
                os.write(tty, {"c": b"\x03", "b": b"\x1c"}[what])
            typed += 1
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    time.sleep(0.02)
else:
    os.kill(pid, 9)
    print("hangs")
    sys.exit(1)
time.sleep(0.3)
print("status", os.waitstatus_to_exitcode(status))
P
here=$(pwd)

# scenario KEYS WHAT...: the log, sorted
scenario() {
    keys=$1
    shift
    rm -f log.txt
    python3 "$here/drive.py" log.txt "$keys" "$RUN" "$here/control.exe" log.txt a "$@" >status.txt
    sort log.txt | tee sorted.txt
    cat status.txt
}

typed_keys() {
    # Handlers are asked latest first until one takes the event; a program goes on after that.
    scenario cb handlers ready sleep700 ready sleep700
    cat log.txt
    printf 'a ready 0\na second 0\na first 0\na ready 0\na second 1\na end 0\n' | cmp - log.txt
    grep -x 'status 7' status.txt
}

without_handlers() {
    scenario c ready sleep5000
    ! grep end log.txt
    ! grep -x 'status 7' status.txt
    scenario b ready sleep5000
    ! grep end log.txt
}

a_handler_that_stays() {
    scenario cb stays ready sleep700 ready sleep700
    printf 'a ready 0\na stays 0\na ready 0\na stays 1\na end 0\n' | cmp - log.txt
}

groups() {
    # A child of the same group is told as well; one of a new group only of Ctrl-Break, or if it asks for Ctrl-C.
    scenario c handlers child:b,handlers,ready,sleep900 wait
    grep -x 'a first 0' log.txt && grep -x 'b first 0' log.txt
    scenario c handlers group:b,handlers,ready,sleep900 wait
    grep -x 'a first 0' log.txt
    ! grep 'b first' log.txt
    scenario b handlers group:b,handlers,ready,sleep900 wait
    grep -x 'a second 1' log.txt && grep -x 'b second 1' log.txt
    scenario c handlers group:b,enable,handlers,ready,sleep900 wait
    grep -x 'b first 0' log.txt
}

ignored() {
    # Ignoring Ctrl-C is inherited; Ctrl-Break is not ignored.
    scenario c ignore child:b,handlers,ready,sleep900 wait
    ! grep first log.txt
    grep -x 'a child ended 7' log.txt
    scenario b ignore handlers ready sleep700
    grep -x 'a second 1' log.txt
}

detached() {
    scenario c handlers "detached:b,handlers,ready,sleep900" wait
    grep -x 'a first 0' log.txt
    ! grep 'b first' log.txt
    grep -x 'a child ended 7' log.txt
}

hang_up() {
    scenario h handlers ready sleep8000
    grep -x 'a second 2' log.txt && grep -x 'a first 2' log.txt
    ! grep end log.txt
    scenario h stays ready sleep8000
    grep -x 'a stays 2' log.txt
    ! grep end log.txt
}

# What one program makes an alias, another on the same terminal reads; both keep theirs.
aliases() {
    cat >alias.c <<'C'
#include <stdio.h>
#include <windows.h>
int main(int argc, char **argv)
{
    char text[200] = "";
    if (argc > 2)
        return !AddConsoleAliasA(argv[1], argv[2], "cmd.exe");
    GetConsoleAliasA(argv[1], text, sizeof text, "cmd.exe");
    printf("[%s]\n", text);
    return 0;
}
C
    x86_64-w64-mingw32-gcc -w -o alias.exe alias.c
    PROMPT='$G' python3 "$SRCDIR/tests/e2e/typing.py" "$RUN" cmd.exe <<'S'
expect >
send alias.exe hi "echo aliased $2 $1"\r
expect \n>
send hi one two\r
expect \naliased two one
expect >
send alias.exe there "echo second $*"\r
expect \n>
send there a b\r
expect \nsecond a b
expect >
send hi three four\r
expect \naliased four three
expect >
send alias.exe hi\r
expect \[echo aliased \$2 \$1\]
expect >
send alias.exe hi ""\r
expect \n>
send alias.exe hi\r
expect \n\[\]
expect >
send exit 4\r
end 4
S
}

for test in aliases typed_keys without_handlers a_handler_that_stays groups ignored detached hang_up; do
    t control_$test $test
done
finish
