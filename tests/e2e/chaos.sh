# Programs of both kinds that share mutexes, events, semaphores, sections, pipes, files, registry keys and jobs, and start
# cmd, are killed at any moment, and so is the session server. Nobody may hang, no lock may stay taken, what a mutex
# guards is whole unless its owner was killed, every registry value that was written is there, and no process, socket,
# shared memory segment or file is left behind; what fails because the server was killed fails as documented.
# CHAOS_SECONDS says how long (8), CHAOS_PROGRAMS how many (20; make chaos: 40).
if [ -z "${CHAOS_ALONE:-}" ] && unshare -i true 2>/dev/null; then # where all shared memory segments are our own
    CHAOS_ALONE=1 exec unshare -i sh "$0"
fi
. "$SRCDIR/tests/e2e/lib.inc"
seconds=${CHAOS_SECONDS:-8}
programs=${CHAOS_PROGRAMS:-20}
own_session
CHAOS_MARK=chaos-$$
export CHAOS_MARK
folder=$XDG_RUNTIME_DIR/gastwirt

cat >chaos.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
enum { SLOTS = 4, PATIENCE = 15000 };
static HANDLE mutexes[SLOTS], section, event, semaphore;
static volatile LONG *view;
static int number; /* which of the programs it is */

static void open_all(void)
{
    char name[32];
    for (int i = 0; i < SLOTS; i++) {
        sprintf(name, "chaos mutex %d", i);
        mutexes[i] = CreateMutexA(NULL, FALSE, name);
    }
    event = CreateEventA(NULL, FALSE, FALSE, "chaos event");
    semaphore = CreateSemaphoreA(NULL, 3, 3, "chaos semaphore");
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, "chaos section");
    view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
}
static void close_all(void)
{
    for (int i = 0; i < SLOTS; i++)
        CloseHandle(mutexes[i]);
    CloseHandle(event);
    CloseHandle(semaphore);
    if (view)
        UnmapViewOfFile((void *)view);
    CloseHandle(section);
    view = NULL;
}
static void fail(int code, const char *what)
{
    printf("%s: error %lu\n", what, GetLastError());
    fflush(stdout);
    ExitProcess(code);
}

/* Two numbers in shared memory that are equal but while a mutex is held. */
static void use_mutex(void)
{
    int i = rand() % SLOTS;
    HANDLE both[2] = {mutexes[i], semaphore};
    int all = rand() % 8 == 0;
    /* As long as anybody lives it cannot take that long: longer is a hang. */
    DWORD result = all ? WaitForMultipleObjects(2, both, TRUE, PATIENCE) : WaitForSingleObject(mutexes[i], PATIENCE);
    if (result == WAIT_TIMEOUT && all)
        return; /* permits of killed programs are lost, as they should be */
    if (result == WAIT_TIMEOUT)
        fail(11, "a mutex stays taken");
    if (result == WAIT_FAILED || !view) { /* the server was killed */
        if (result == WAIT_FAILED && GetLastError() != ERROR_INVALID_HANDLE)
            fail(13, "a wait fails in another way");
        close_all();
        open_all();
        return;
    }
    if (result == WAIT_ABANDONED_0) {
        view[2 * i] = view[2 * i + 1];
        puts("abandoned");
        fflush(stdout);
    }
    if (view[2 * i] != view[2 * i + 1])
        fail(12, "what a mutex guards is torn");
    view[2 * i]++;
    if (rand() % 16 == 0)
        Sleep(2); /* some are killed here */
    view[2 * i + 1]++;
    if (all)
        ReleaseSemaphore(semaphore, 1, NULL);
    ReleaseMutex(mutexes[i]);
    if (rand() % 4 == 0)
        SetEvent(event);
    if (rand() % 4 == 0)
        WaitForSingleObject(event, 2);
}

/* Each program counts in a value of its own. What it has told to be written must be there ever after. */
static void use_registry(void)
{
    static DWORD last;
    HKEY key;
    char name[16], line[32];
    DWORD got = 0, size = sizeof got, written;
    sprintf(name, "count%d", number);
    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\chaos", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL))
        fail(21, "no key");
    if (!RegQueryValueExA(key, name, NULL, NULL, (BYTE *)&got, &size) && size != sizeof got)
        fail(22, "a value is torn");
    if (got < last)
        fail(23, "a written value is gone");
    got++;
    if (RegSetValueExA(key, name, 0, REG_DWORD, (BYTE *)&got, sizeof got))
        fail(24, "no value");
    RegCloseKey(key);
    last = got;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    sprintf(line, "%-12lu", got);
    WriteFile(file, line, 12, &written, NULL);
    CloseHandle(file);
}

/* A file that one may have open at a time, and ranges of another one that one may have locked at a time. */
static void use_files(void)
{
    OVERLAPPED range = {.Offset = (DWORD)(rand() % SLOTS) * 16};
    DWORD end = GetTickCount() + PATIENCE;
    HANDLE file;
    LONG pair[2] = {0, 0};
    DWORD got;
    while ((file = CreateFileA("exclusive", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL)) == INVALID_HANDLE_VALUE) {
        if (GetLastError() != ERROR_SHARING_VIOLATION || (LONG)(end - GetTickCount()) < 0)
            fail(31, "a file stays open");
        Sleep(1);
    }
    CloseHandle(file);
    file = CreateFileA("ranges", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0,
                       NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail(32, "no file");
    while (!LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 16, 0, &range)) {
        if (GetLastError() != ERROR_LOCK_VIOLATION || (LONG)(end - GetTickCount()) < 0)
            fail(33, "a range stays locked");
        Sleep(1);
    }
    SetFilePointer(file, (LONG)range.Offset, NULL, FILE_BEGIN);
    ReadFile(file, pair, sizeof pair, &got, NULL);
    pair[0]++;
    pair[1] = pair[0];
    SetFilePointer(file, (LONG)range.Offset, NULL, FILE_BEGIN);
    WriteFile(file, pair, sizeof pair, &got, NULL);
    UnlockFileEx(file, 0, 16, 0, &range);
    CloseHandle(file);
}

/* A child in a job that ends with its last handle: closed here, or by the program's end. Without the server there is
 * no job: then the child is ended otherwise. */
static void use_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char path[MAX_PATH], line[MAX_PATH + 32];
    HANDLE job = CreateJobObjectA(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" member", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &info, &process)) {
        CloseHandle(job);
        return;
    }
    BOOL inside = AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    Sleep((DWORD)rand() % 10);
    CloseHandle(job);
    if (!inside || WaitForSingleObject(process.hProcess, 1000) == WAIT_TIMEOUT)
        TerminateProcess(process.hProcess, 1);
    if (WaitForSingleObject(process.hProcess, PATIENCE) != WAIT_OBJECT_0)
        fail(41, "a process does not end");
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

/* Every program answers on an instance of one pipe, from a thread of its own. */
static DWORD WINAPI serve_pipe(void *unused)
{
    for (;;) {
        HANDLE pipe = CreateNamedPipeA("\\\\.\\pipe\\chaos", PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE,
                                       PIPE_UNLIMITED_INSTANCES, 64, 64, 0, NULL);
        DWORD question, got;
        if (pipe == INVALID_HANDLE_VALUE) { /* no server */
            Sleep(10);
            continue;
        }
        for (int i = 0; i < 20 && (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED); i++) {
            if (ReadFile(pipe, &question, sizeof question, &got, NULL) && got == sizeof question) {
                question++;
                WriteFile(pipe, &question, sizeof question, &got, NULL);
                FlushFileBuffers(pipe);
            }
            DisconnectNamedPipe(pipe);
        }
        CloseHandle(pipe);
    }
}
static void use_pipe(void)
{
    DWORD question = (DWORD)rand(), answer = 0, got, begin = GetTickCount();
    BOOL good = CallNamedPipeA("\\\\.\\pipe\\chaos", &question, sizeof question, &answer, sizeof answer, &got, 100);
    if (good && (got != sizeof answer || answer != question + 1))
        fail(51, "another one's answer");
    if (GetTickCount() - begin > PATIENCE)
        fail(52, "a pipe hangs");
    switch (good ? 0 : GetLastError()) {
    case 0:
    case ERROR_FILE_NOT_FOUND: /* who made it is gone, or the server */
    case ERROR_SEM_TIMEOUT:
    case ERROR_PIPE_BUSY:
    case ERROR_BAD_PIPE:
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_INVALID_HANDLE: break; /* the server was killed in the middle of it */
    default: fail(53, "a pipe fails in another way");
    }
}

/* A file that goes with its handle, or with the program; it is looked at afterwards. */
static void use_temporary(void)
{
    char name[40];
    DWORD got;
    sprintf(name, "%lu-%d.tmp", GetCurrentProcessId(), rand());
    HANDLE file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail(61, "no temporary file");
    WriteFile(file, name, sizeof name, &got, NULL);
    if (rand() % 4 == 0)
        Sleep(5);
    CloseHandle(file);
    if (GetFileAttributesA(name) != INVALID_FILE_ATTRIBUTES)
        fail(62, "a temporary file stays");
}

/* cmd, with a pipe between two children of its own. */
static void use_cmd(void)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[] = "cmd /c \"echo chaos | more >nul & exit 7\"";
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process))
        return;
    if (WaitForSingleObject(process.hProcess, PATIENCE) != WAIT_OBJECT_0)
        fail(71, "cmd does not end");
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

/* A job that all know by name: who is in it is ended with it. */
static void use_named_job(void)
{
    HANDLE job = CreateJobObjectA(NULL, "chaos job");
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION usage;
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char path[MAX_PATH], line[MAX_PATH + 32];
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" member", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &info, &process)) {
        CloseHandle(job);
        return;
    }
    BOOL inside = job && AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &usage, sizeof usage, NULL);
    if (!inside || !TerminateJobObject(job, 3) || WaitForSingleObject(process.hProcess, 2000) == WAIT_TIMEOUT)
        TerminateProcess(process.hProcess, 1); /* the server was killed: the name is a new job's */
    if (WaitForSingleObject(process.hProcess, PATIENCE) != WAIT_OBJECT_0)
        fail(42, "a member does not end");
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(job);
}

/* What is shared, and how often: one in that many turns. */
static const struct {
    void (*use)(void);
    int every;
} uses[] = {{use_mutex, 1}, {use_registry, 16}, {use_files, 24},       {use_pipe, 32},
            {use_temporary, 32}, {use_job, 400},      {use_named_job, 400}, {use_cmd, 800}};

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "member")) {
        Sleep(3000);
        return 0;
    }
    srand(GetTickCount() * 31 + GetCurrentProcessId());
    DWORD end = GetTickCount() + (argc > 1 ? atoi(argv[1]) : 1000);
    number = argc > 2 ? atoi(argv[2]) : 0;
    open_all();
    CreateThread(NULL, 0, serve_pipe, NULL, 0, NULL);
    while ((LONG)(end - GetTickCount()) > 0)
        for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
            if (rand() % uses[i].every == 0)
                uses[i].use();
    return 0;
}
C
x86_64-w64-mingw32-gcc -O1 -o chaos64.exe chaos.c -ladvapi32
i686-w64-mingw32-gcc -O1 -o chaos32.exe chaos.c -ladvapi32

# Prints each program's counter as the registry has it.
cat >counts.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
int main(int argc, char **argv)
{
    for (int i = 1; i <= atoi(argv[1]); i++) {
        char name[16];
        DWORD value = 0, size = sizeof value;
        sprintf(name, "count%d", i);
        RegGetValueA(HKEY_CURRENT_USER, "Software\\chaos", name, RRF_RT_REG_DWORD, NULL, &value, &size);
        printf("%lu\n", value);
    }
    return 0;
}
C
x86_64-w64-mingw32-gcc -O1 -o counts.exe counts.c -ladvapi32

# Servers of this session. (The brackets keep grep from finding itself.)
servers() {
    for file in $(grep -la -e '[-]-server' /proc/[0-9]*/cmdline 2>/dev/null); do
        file=$(grep -la -e "$folder" "$file" 2>/dev/null) || continue
        file=${file#/proc/}
        echo "${file%/cmdline}"
    done
}

# Programs that are still there, in a session or not.
programs_left() {
    for file in $(grep -la -e "CHAOS_MARK=$CHAOS_MARK" /proc/[0-9]*/environ 2>/dev/null); do
        program=$(readlink "${file%environ}exe" 2>/dev/null) || continue
        file=${file%/environ}
        [ "$program" != "$(readlink -f "$RUN")" ] || echo "${file#/proc/}"
    done
}

none_left() { [ -z "$(programs_left)" ]; }

chaos() {
    end=$(($(date +%s) + seconds))
    : >failures
    for i in $(seq "$programs"); do
        (
            while [ "$(date +%s)" -lt $end ]; do
                code=0
                timeout -s KILL 60 "$RUN" "$base/chaos$((32 + 32 * (i % 2))).exe" $((200 + $$ % 7 * 100 + i * 20)) $i >out.$i 2>&1 || code=$?
                ! grep -q abandoned out.$i || echo $i >>abandoned
                case $code in 0 | 137) ;; *) echo "$i: status $code: $(cat out.$i)" >>failures ;; esac
            done
        ) &
    done
    round=0
    : >abandoned
    while [ "$(date +%s)" -lt $end ]; do
        round=$((round + 1))
        victims=$("$RUN" --list | awk '{print $1}' | shuf -n 3)
        [ $((round % 10)) != 0 ] || victims="$victims $(servers)"
        for victim in $victims; do
            kill -9 "$victim" 2>/dev/null || true
        done
        sleep 0.1
    done
    wait
    same "" "$(cat failures)"
    wc -l abandoned
    [ -s abandoned ] # owners were killed, and those who waited were told
    wait_until 20 none_left
    same "" "$("$RUN" --list)"
}

nothing_stays_taken() {
    status 0 timeout 60 "$RUN" "$base/chaos64.exe" 500 0
    status 0 timeout 60 "$RUN" "$base/chaos32.exe" 500 0
}

# A killed program may have written one more than it has told.
written_values_are_there() {
    timeout 60 "$RUN" "$base/counts.exe" "$programs" | tr -d '\r' >counts
    for i in $(seq "$programs"); do
        told=$(tr -d ' \r' <"$base/killing at random/count$i" 2>/dev/null) || told=0
        have=$(sed -n "${i}p" counts)
        [ "$have" -ge "${told:-0}" ] || { echo "program $i: $have, not $told"; return 1; }
    done
}

# The last program has ended: the kernel has taken the table back, the server goes by itself.
no_servers() { [ -z "$(servers)" ]; }
no_segments() { [ -z "${CHAOS_ALONE:-}" ] || [ -z "$(tail -n +2 /proc/sysvipc/shm)" ]; }
# Files that a program had made, but not yet as its own when it was killed, are empty.
temporary_files() { find "$base" -name '*.tmp' -size +0; }
nothing_is_there() {
    same "" "$(find "$XDG_RUNTIME_DIR" -mindepth 1 -maxdepth 1 ! -name home ! -name 'ccache*')"
    wait_until 2 no_segments # who was killed goes through a good deal of memory
    same "" "$(temporary_files)"
}
nothing_is_left() {
    wait_until 5 none_left
    wait_until 5 no_servers
    nothing_is_there
}

# All of them and the server by one command, again and again. What only they knew to be temporary is deleted by the
# next one, here the list of programs; there is nothing else.
killed_at_once() {
    for round in 1 2 3 4 5 6; do
        for i in 1 2 3 4 5 6 7 8; do
            "$RUN" "$base/chaos$((32 + 32 * (i % 2))).exe" 20000 $i >/dev/null 2>&1 &
        done
        sleep 0.$((round + 3))
        victims="$(programs_left) $(servers)"
        # shellcheck disable=SC2086
        kill -9 $victims || true
        wait
        kill -9 $(programs_left) $(servers) 2>/dev/null || true # whom they were just starting
        wait_until 5 none_left
        wait_until 2 no_segments
        same "" "$(find "$XDG_RUNTIME_DIR" -mindepth 1 ! -path "$HOME*" ! -path '*/ccache*' ! -name gastwirt ! -name '*.doomed')"
        same "" "$("$RUN" --list)"
        nothing_is_there
    done
}

t "killing at random" chaos
t "nothing stays taken" nothing_stays_taken
t "written values are there" written_values_are_there
t "nothing is left" nothing_is_left
t "all killed at once leave nothing" killed_at_once
finish
