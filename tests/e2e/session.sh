# The session server: started once, leaves, holds nothing of its caller, survives and cleans up behind kills.
. "$SRCDIR/tests/e2e/lib.inc"
cc=x86_64-w64-mingw32-gcc
own_session

cat >share.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
int main(int argc, char **argv)
{
    const char *what = argv[1];
    HANDLE mutex = CreateMutexA(NULL, FALSE, "e2e mutex");
    int existed = GetLastError() == ERROR_ALREADY_EXISTS;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!mutex)
        return 9;
    if (!strcmp(what, "exists"))
        return existed ? 1 : 0;
    if (!strcmp(what, "count")) { /* adds one to a number in a file, under the mutex */
        int number = 0;
        if (WaitForSingleObject(mutex, 60000) != WAIT_OBJECT_0)
            return 8;
        FILE *file = fopen("number", "r");
        if (file && fscanf(file, "%d", &number) == 1)
            fclose(file);
        file = fopen("number", "w");
        fprintf(file, "%d", number + 1);
        fclose(file);
        ReleaseMutex(mutex);
        return 0;
    }
    if (!strcmp(what, "own")) {
        WaitForSingleObject(mutex, INFINITE);
        puts("owned");
        Sleep(atoi(argv[2]));
        return 7;
    }
    if (!strcmp(what, "wait")) {
        HANDLE event = CreateEventA(NULL, FALSE, FALSE, "e2e event");
        puts("waiting");
        DWORD result = WaitForSingleObject(event, 20000);
        if (result == WAIT_FAILED)
            printf("failed %lu\n", GetLastError());
        else
            printf("%lu\n", result);
        HANDLE again = CreateEventA(NULL, FALSE, TRUE, "e2e event");
        printf("again %lu\n", WaitForSingleObject(again, 0));
        return 0;
    }
    return 5;
}
C
$cc -O1 -o share.exe share.c
printf '#include <windows.h>\nint main(void){HANDLE e=CreateEventA(0,0,1,0);return WaitForSingleObject(e,0);}' >alone.c
$cc -O1 -o alone.exe alone.c

folder=$XDG_RUNTIME_DIR/gastwirt

# Servers of this run, by id: their socket's folder is in their command line. (The brackets keep grep from finding
# itself.)
server_ids() {
    for file in $(grep -la -e '[-]-server' /proc/[0-9]*/cmdline 2>/dev/null); do
        file=$(grep -la -e "$folder" "$file" 2>/dev/null) || continue
        file=${file#/proc/}
        echo "${file%/cmdline}"
    done
}

servers() {
    server_ids | wc -l
}

no_servers() {
    [ "$(servers)" = 0 ]
}

find_server() {
    server=$(server_ids | head -1)
    [ -n "$server" ]
}

until_gone() {
    for i in $(seq 60); do
        [ ! -e "$folder" ] && [ "$(servers)" = 0 ] && return 0
        sleep 0.1
    done
    ls "$folder"
    return 1
}

sharing_nothing_starts_none() {
    status 0 "$RUN" "$base/alone.exe"
    same 0 "$(servers)"
    [ ! -e "$folder" ]
}

leaves_a_second_after_its_last_client() {
    status 0 "$RUN" "$base/share.exe" exists
    same 1 "$(servers)"
    [ ! -e "$folder" ]
    until_gone
}

# A machine that gives out no shared memory segments: the server is found by name.
no_segments='echo 0 >/proc/sys/kernel/shmmni && exec "$@"'
without_segments() {
    unshare -r -i sh -c "$no_segments" - "$RUN" "$base/share.exe" own 1500 >out 2>err &
    pid=$!
    wait_until 30 grep -q owned out
    same 1 "$(servers)"
    same 700 "$(stat -c %a "$folder")"
    find_server
    kill -9 "$server"
    wait_until 5 test ! -e "$folder" # its client saw its end
    wait $pid || true
    # All at once: the socket stays until somebody comes.
    unshare -r -i sh -c "$no_segments" - "$RUN" "$base/share.exe" own 30000 >out 2>err &
    pid=$!
    wait_until 30 grep -q owned out
    find_server
    kill -9 $pid "$server"
    wait $pid || true
    wait_until 5 no_servers
    ls "$folder"/*.socket
    status 0 "$RUN" --list
    [ ! -e "$folder" ]
}

many_at_once_start_one() {
    for i in $(seq 60); do
        "$RUN" "$base/share.exe" count &
    done
    sleep 0.3
    [ "$(servers)" -le 1 ] || { echo "$(servers) servers"; return 1; }
    wait
    same 60 "$(cat number)"
    until_gone
}

holds_no_pipe_of_its_caller() {
    # cat ends when the last writer is gone; the server lives a second longer than the program.
    begin=$(date +%s%N)
    "$RUN" "$base/share.exe" exists | cat
    end=$(date +%s%N)
    [ $(((end - begin) / 1000000)) -lt 900 ]
    same 1 "$(servers)"
    until_gone
}

works_with_closed_streams() {
    status 0 "$RUN" "$base/share.exe" exists <&- >&- 2>&-
    until_gone
}

killed_owner_abandons() {
    "$RUN" "$base/share.exe" own 60000 >out &
    pid=$!
    wait_until 30 grep -q owned out
    kill -9 $pid
    status 7 timeout 10 "$RUN" "$base/share.exe" own 0 >out2
    grep -q owned out2
    until_gone
}

# A program that was stopped while it waits, and one that was stopped anywhere, are in nobody's way.
stopped_programs_hinder_nobody() {
    "$RUN" "$base/share.exe" own 1500 >out &
    owner=$!
    wait_until 30 grep -q owned out
    "$RUN" "$base/share.exe" own 0 >out2 &
    waiter=$!
    "$RUN" "$base/share.exe" wait >out3 &
    other=$!
    wait_until 30 grep -q waiting out3
    sleep 0.3
    kill -STOP $waiter $other
    status 7 wait $owner
    for i in 1 2 3 4 5; do
        status 7 timeout 10 "$RUN" "$base/share.exe" own 0 >out4
    done
    [ ! -s out2 ]
    status 0 "$RUN" --list
    kill -CONT $waiter
    status 7 wait $waiter
    grep -q owned out2
    kill -9 $other
    wait $other || true
    until_gone
}

other_state_is_another_session() {
    "$RUN" "$base/share.exe" own 30000 >out &
    wait_until 30 grep -q owned out
    status 1 "$RUN" "$base/share.exe" exists
    status 0 "$RUN" --state "$PWD/other" "$base/share.exe" exists
    status 0 "$RUN" --ephemeral "$base/share.exe" exists
    same 1 "$("$RUN" --list | grep -c share.exe)"
    same 0 "$("$RUN" --state "$PWD/other" --list | grep -c share.exe)"
    "$RUN" --kill all
    wait
    until_gone
}

list_and_kill() {
    "$RUN" "$base/share.exe" own 60000 >out &
    pid=$!
    wait_until 30 grep -q owned out
    "$RUN" --list | grep -q "^ *$pid  .*share.exe"
    status 1 "$RUN" --kill 1
    status 2 "$RUN" --kill x
    status 0 "$RUN" --kill $pid
    wait $pid || true
    same "" "$("$RUN" --list)"
    status 0 "$RUN" --kill all
    until_gone
}

killed_server_hangs_nobody() {
    timeout 20 "$RUN" "$base/share.exe" wait >out &
    pid=$!
    wait_until 30 grep -q waiting out
    find_server
    kill -9 "$server"
    wait $pid
    same "waiting
failed 6
again 0" "$(tr -d '\r' <out)"
    # The dead server's socket is in nobody's way.
    status 0 "$RUN" "$base/share.exe" exists
    until_gone
}

inheritance_outlives_the_server() {
    cat >inherit.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    if (argc > 1) {
        int *view = MapViewOfFile((HANDLE)(ULONG_PTR)strtoull(argv[1], NULL, 16), FILE_MAP_READ, 0, 0, 0);
        return view ? *view : 99;
    }
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, 4096, NULL);
    int *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    for (int i = 0; i < 2; i++) {
        STARTUPINFOA info = {.cb = sizeof info};
        PROCESS_INFORMATION process;
        DWORD code;
        char line[300];
        *view = 20 + i;
        sprintf(line, "\"%s\" %llx", argv[0], (unsigned long long)(ULONG_PTR)section);
        if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process))
            return 50 + i;
        WaitForSingleObject(process.hProcess, 10000);
        GetExitCodeProcess(process.hProcess, &code);
        if (code != 20u + i)
            return 60 + i;
        if (!i) {
            puts("once");
            fflush(stdout);
            for (int wait = 0; wait < 3000 && GetFileAttributesA("killed") == INVALID_FILE_ATTRIBUTES; wait++)
                Sleep(10);
        }
    }
    return 0;
}
C
    $cc -O1 -o inherit.exe inherit.c
    "$RUN" inherit.exe >out &
    pid=$!
    wait_until 30 grep -q once out
    find_server
    kill -9 "$server"
    >killed
    status 0 wait $pid
    until_gone
}

names_outlive_the_server() {
    cat >names.c <<'C'
#include <stdio.h>
#include <string.h>
#include <windows.h>
#define PIPE "\\\\.\\pipe\\e2e "
#define SLOT "\\\\.\\mailslot\\e2e slot"
static HANDLE make(const char *name, DWORD flags)
{
    return CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | flags, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 2, 0, 0,
                            7000, NULL);
}
/* Answers what one client says. */
static int serve(HANDLE pipe, int again)
{
    char text[16];
    DWORD n;
    if (!ConnectNamedPipe(pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
        return 50;
    if (!ReadFile(pipe, text, sizeof text, &n, NULL) || !WriteFile(pipe, text, n, &n, NULL))
        return 51;
    FlushFileBuffers(pipe);
    DisconnectNamedPipe(pipe);
    return again ? serve(pipe, 0) : 0;
}
static DWORD WINAPI serve_thread(void *pipe)
{
    return (DWORD)serve(pipe, 1);
}
static int ask(const char *name)
{
    char answer[16];
    DWORD n;
    for (int i = 0; i < 500; i++) { /* one name after the other is made known again */
        if (CallNamedPipeA(name, "hello", 5, answer, sizeof answer, &n, 10000))
            return n == 5 && !memcmp(answer, "hello", 5) ? 0 : -1;
        if (GetLastError() != ERROR_FILE_NOT_FOUND)
            break;
        Sleep(20);
    }
    return (int)GetLastError();
}
int main(int argc, char **argv)
{
    char text[16];
    DWORD n;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && !strcmp(argv[1], "mail")) {
        HANDLE slot = CreateFileA(SLOT, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        return WriteFile(slot, "letter", 6, &n, NULL) ? 0 : (int)GetLastError();
    }
    if (argc > 1)
        return ask(argv[1]);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    HANDLE waited = make(PIPE "waited", 0), pending = make(PIPE "pending", FILE_FLAG_OVERLAPPED),
           idle = make(PIPE "idle", 0), used = make(PIPE "used", 0);
    HANDLE client = CreateFileA(PIPE "used", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE slot = CreateMailslotA(SLOT, 0, 15000, NULL);
    HANDLE thread = CreateThread(NULL, 0, serve_thread, waited, 0, NULL);
    ConnectNamedPipe(pending, &overlapped);
    puts("ready");
    if (!ReadFile(slot, text, sizeof text, &n, NULL) || n != 6) /* which comes through the next server */
        return 1;
    if (ask(PIPE "waited") || ask(PIPE "waited") || WaitForSingleObject(thread, 10000) != WAIT_OBJECT_0)
        return 2;
    /* the old connection goes on; its instance counts as one that is busy */
    if (!WriteFile(client, "x", 1, &n, NULL) || !ReadFile(used, text, sizeof text, &n, NULL) || n != 1)
        return 3;
    if (CreateFileA(PIPE "used", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) != INVALID_HANDLE_VALUE ||
        GetLastError() != ERROR_PIPE_BUSY)
        return 4;
    DisconnectNamedPipe(used);
    thread = CreateThread(NULL, 0, serve_thread, used, 0, NULL);
    if (ask(PIPE "used") || ask(PIPE "used") || WaitForSingleObject(thread, 10000) != WAIT_OBJECT_0)
        return 5;
    HANDLE other = CreateFileA(PIPE "pending", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (other == INVALID_HANDLE_VALUE || WaitForSingleObject(overlapped.hEvent, 10000) != WAIT_OBJECT_0 ||
        overlapped.Internal)
        return 6;
    puts("idle");
    return serve(idle, 0);
}
C
    $cc -O1 -o names.exe names.c
    timeout 60 "$RUN" names.exe >out &
    pid=$!
    wait_until 30 grep -q ready out
    find_server
    kill -9 "$server"
    wait_until 10 status 0 "$RUN" names.exe mail
    wait_until 20 grep -q idle out
    status 0 "$RUN" names.exe '\\.\pipe\e2e idle'
    status 0 wait $pid
    until_gone
}

jobs_outlive_the_server() {
    cat >jobs.c <<'C'
#include <stdio.h>
#include <string.h>
#include <windows.h>
static HANDLE start(const char *self, const char *what)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[400];
    sprintf(line, "\"%s\" %s", self, what);
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process))
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}
static DWORD active(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION usage = {0};
    QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &usage, sizeof usage, NULL);
    return usage.ActiveProcesses;
}
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1) { /* a member, and what it starts */
        if (!strcmp(argv[1], "member"))
            start(argv[0], "inner");
        Sleep(60000);
        return 0;
    }
    HANDLE job = CreateJobObjectA(NULL, NULL), port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1), members[2];
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation = {
        .LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_ACTIVE_PROCESS, .ActiveProcessLimit = 4}};
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT messages = {(void *)7, port};
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits) ||
        !SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &messages, sizeof messages))
        return 1;
    for (int i = 0; i < 2; i++)
        if (!(members[i] = start(argv[0], "member")) || !AssignProcessToJobObject(job, members[i]))
            return 2;
    for (int i = 0; i < 1000 && active(job) < 4; i++)
        Sleep(10);
    if (active(job) != 4)
        return 3;
    puts("ready");
    for (int i = 0; i < 3000 && GetFileAttributesA("killed") == INVALID_FILE_ATTRIBUTES; i++)
        Sleep(10);
    for (int i = 0; i < 500 && active(job) < 4; i++)
        Sleep(10);
    if (active(job) != 4)
        return 4;
    memset(&limits, 0, sizeof limits);
    if (!QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL) ||
        limits.BasicLimitInformation.ActiveProcessLimit != 4)
        return 5;
    HANDLE one_more = start(argv[0], "alone");
    if (AssignProcessToJobObject(job, one_more))
        return 6;
    TerminateProcess(one_more, 0);
    TerminateProcess(members[0], 5);
    for (;;) {
        DWORD message;
        ULONG_PTR key;
        OVERLAPPED *pid;
        if (!GetQueuedCompletionStatus(port, &message, &key, &pid, 10000) || key != 7)
            return 7;
        if (message == JOB_OBJECT_MSG_EXIT_PROCESS && (DWORD)(ULONG_PTR)pid == GetProcessId(members[0]))
            break;
    }
    CloseHandle(job);
    if (WaitForSingleObject(members[1], 10000) != WAIT_OBJECT_0)
        return 8;
    puts("closed");
    return 0;
}
C
    $cc -O1 -o jobs.exe jobs.c
    timeout 60 "$RUN" jobs.exe >out &
    pid=$!
    wait_until 30 grep -q ready out
    find_server
    kill -9 "$server"
    sleep 0.3
    >killed
    status 0 wait $pid
    grep -q closed out
    wait_until 10 no_members
    until_gone
}

no_members() { [ -z "$(processes 'jobs.exe.*(member|inner)')" ] && [ -z "$("$RUN" --list | grep jobs.exe)" ]; }

open_folder_is_refused() {
    mkdir -m 755 "$folder"
    chmod 755 "$folder"
    status 9 "$RUN" "$base/share.exe" exists 2>err
    grep -q "cannot share objects" err
    rmdir "$folder"
}

# Not through the server's descriptor, which they may not look at; nor if somebody lets them reach the socket.
other_users_cannot_connect() {
    "$RUN" "$base/share.exe" own 30000 >out &
    pid=$!
    wait_until 30 grep -q owned out
    find_server
    python=/usr/bin/python3 # one that the other user may run
    [ -x $python ] || python=$(command -v python3)
    status 0 $python -c '
import os, socket, sys
name = "/proc/%s/fd/4" % sys.argv[1]
os.chmod(name, 0o777)
own = os.open(name, os.O_PATH)
os.setgroups([])
os.setuid(12345)
def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(path)
    s.settimeout(5)
    return s.recv(100)
try:
    connect(name)
    sys.exit("connected")
except PermissionError:
    pass
try:
    if connect("/proc/self/fd/%d" % own) != b"":
        sys.exit("served")
except ConnectionError:
    pass' "$server"
    status 1 "$RUN" "$base/share.exe" exists
    kill $pid
    wait $pid || true
    until_gone
}

t "a program that shares nothing starts no server" sharing_nothing_starts_none
t "the server leaves after its last client" leaves_a_second_after_its_last_client
if unshare -r -i sh -c "$no_segments" - true 2>/dev/null; then
    t "sharing without shared memory segments" without_segments
else
    skip "sharing without shared memory segments" "this machine does not let us take them away"
fi
t "many programs at once start one server" many_at_once_start_one
t "the server holds no pipe of its caller" holds_no_pipe_of_its_caller
t "closed standard streams" works_with_closed_streams
t "a killed owner abandons its mutex" killed_owner_abandons
t "stopped programs hinder nobody" stopped_programs_hinder_nobody
t "another state is another session" other_state_is_another_session
t "list and kill" list_and_kill
t "a killed server hangs nobody" killed_server_hangs_nobody
t "handles are inherited after the server died" inheritance_outlives_the_server
t "names of pipes and mailslots outlive the server" names_outlive_the_server
t "jobs outlive the server" jobs_outlive_the_server
t "a folder that others can enter is refused" open_folder_is_refused
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    t "other users cannot connect" other_users_cannot_connect
else
    skip "other users cannot connect" "needs root and setpriv"
fi
finish
