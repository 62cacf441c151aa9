# Programs that talk over named pipes, in turn as server and as client, and through children that inherited an end,
# are killed at any moment, and so is the session server. What is read is what was written, nobody waits for somebody
# who is gone, and nothing is left behind. CHAOS_SECONDS says how long (8).
. "$SRCDIR/tests/e2e/lib.inc"
seconds=${CHAOS_SECONDS:-8}
programs=${CHAOS_PROGRAMS:-12}
own_session
folder=$XDG_RUNTIME_DIR/gastwirt

cat >pipes.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
enum { PIPES = 3, LARGEST = 300000 };
static volatile LONG progress;
static const char *doing = "starting";
static char data[LARGEST], back[LARGEST];

/* Nothing here takes that long unless somebody waits for what never comes. */
static DWORD CALLBACK watchdog(void *unused)
{
    LONG last = -1;
    (void)unused;
    while (last != progress) {
        last = progress;
        Sleep(20000);
    }
    printf("stuck while %s\n", doing);
    fflush(stdout);
    ExitProcess(11);
}

static void name_of(char *name, int *ret_messages)
{
    int which = rand() % PIPES;
    *ret_messages = which & 1;
    sprintf(name, "\\\\.\\pipe\\chaos %d", which);
}

/* A message says its length; 0: the other side is gone, -1: it is wrong. */
static int receive(HANDLE pipe, char *buffer, int messages)
{
    DWORD n, at = 0, length;
    if (messages) {
        if (!ReadFile(pipe, buffer, LARGEST, &n, NULL))
            return 0;
        memcpy(&length, buffer, 4);
        return n >= 4 && length == n ? (int)n : -1;
    }
    while (at < 4) {
        if (!ReadFile(pipe, buffer + at, 4 - at, &n, NULL))
            return 0;
        at += n;
    }
    memcpy(&length, buffer, 4);
    if (length < 4 || length > LARGEST)
        return -1;
    while (at < length) {
        if (!ReadFile(pipe, buffer + at, length - at, &n, NULL))
            return 0;
        at += n;
    }
    return (int)length;
}

static void serve(void)
{
    char name[64];
    int messages, length;
    DWORD n;
    name_of(name, &messages);
    doing = "serving";
    HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                   messages ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : 0,
                                   PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    BOOL connected = ConnectNamedPipe(pipe, &overlapped) || GetLastError() == ERROR_PIPE_CONNECTED;
    if (!connected && GetLastError() == ERROR_IO_PENDING) {
        if (WaitForSingleObject(overlapped.hEvent, 200) == WAIT_TIMEOUT)
            CancelIoEx(pipe, &overlapped);
        connected = GetOverlappedResult(pipe, &overlapped, &n, TRUE);
    }
    while (connected) {
        DWORD at = 0;
        progress++;
        do {
            ResetEvent(overlapped.hEvent);
            if (!ReadFile(pipe, back + at, LARGEST - at, NULL, &overlapped) && GetLastError() != ERROR_IO_PENDING)
                break;
            if (!GetOverlappedResult(pipe, &overlapped, &n, TRUE))
                break;
            at += n;
            length = 0;
            if (at >= 4)
                memcpy(&length, back, 4);
        } while (!messages && at < (DWORD)length);
        if (at < 4 || at != (DWORD)length)
            break;
        ResetEvent(overlapped.hEvent);
        if (!WriteFile(pipe, back, at, NULL, &overlapped) && GetLastError() != ERROR_IO_PENDING)
            break;
        if (!GetOverlappedResult(pipe, &overlapped, &n, TRUE))
            break;
    }
    if (rand() % 2)
        DisconnectNamedPipe(pipe);
    CloseHandle(pipe);
    CloseHandle(overlapped.hEvent);
}

static int ask(void)
{
    char name[64];
    int messages;
    DWORD n, mode = PIPE_READMODE_MESSAGE;
    name_of(name, &messages);
    doing = "asking";
    if (rand() % 2)
        WaitNamedPipeA(name, 100);
    HANDLE pipe = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return 0;
    if (messages)
        SetNamedPipeHandleState(pipe, &mode, NULL, NULL);
    for (int i = rand() % 50; i >= 0; i--) {
        DWORD length = 4 + rand() % (rand() % 8 ? 200 : LARGEST - 4);
        memset(data, rand(), length);
        memcpy(data, &length, 4);
        if (!WriteFile(pipe, data, length, &n, NULL))
            break;
        int got = receive(pipe, back, messages);
        if (got && ((DWORD)got != length || memcmp(data, back, length) != 0)) {
            printf("sent %lu bytes over a pipe of %s, got %d others\n", length, messages ? "messages" : "bytes", got);
            CloseHandle(pipe);
            return 12;
        }
        if (!got)
            break;
        progress++;
    }
    CloseHandle(pipe);
    return 0;
}

/* A child copies what it gets, and is sometimes ended on the way. */
static int copy_through_child(const char *self)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    char name[64], line[512];
    DWORD n;
    doing = "copying";
    sprintf(name, "\\\\.\\pipe\\copy %lu", GetCurrentProcessId());
    HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, 0, 1, 65536, 65536, 0, NULL);
    HANDLE end = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE || end == INVALID_HANDLE_VALUE) {
        if (pipe != INVALID_HANDLE_VALUE)
            CloseHandle(pipe);
        return 0;
    }
    info.hStdInput = info.hStdOutput = end;
    info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    sprintf(line, "\"%s\" copy", self);
    BOOL started = CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process);
    CloseHandle(end);
    if (started) {
        int kill = rand() % 20;
        for (int i = 0; i < 20; i++) {
            if (i == kill)
                TerminateProcess(process.hProcess, 9);
            if (!WriteFile(pipe, "0123456789", 10, &n, NULL))
                break;
            DWORD at = 0;
            while (at < 10 && ReadFile(pipe, back + at, 10 - at, &n, NULL))
                at += n;
            if (at < 10)
                break;
            if (memcmp(back, "0123456789", 10) != 0)
                return 13;
            progress++;
        }
        TerminateProcess(process.hProcess, 9);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    }
    CloseHandle(pipe);
    progress++;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "copy") == 0) {
        HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE);
        DWORD n;
        while (ReadFile(in, data, 10, &n, NULL) && WriteFile(out, data, n, &n, NULL))
            ;
        return 0;
    }
    srand(GetTickCount() * 31 + GetCurrentProcessId());
    CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
    DWORD end = GetTickCount() + (argc > 1 ? atoi(argv[1]) : 1000);
    int result = 0;
    while ((LONG)(end - GetTickCount()) > 0 && !result) {
        int what = rand() % 16;
        progress++;
        if (what < 7)
            serve();
        else if (what < 15)
            result = ask();
        else
            result = copy_through_child(argv[0]);
    }
    return result;
}
C
x86_64-w64-mingw32-gcc -O1 -Wall -o pipes.exe pipes.c

chaos() {
    end=$(($(date +%s) + seconds))
    : >failures
    for i in $(seq "$programs"); do
        (
            while [ "$(date +%s)" -lt $end ]; do
                code=0
                timeout -s KILL 60 "$RUN" "$base/pipes.exe" $((200 + $$ % 7 * 100 + i * 20)) >out.$i 2>&1 || code=$?
                case $code in 0 | 137) ;; *) echo "$i: status $code: $(cat out.$i)" >>failures ;; esac
            done
        ) &
    done
    round=0
    while [ "$(date +%s)" -lt $end ]; do
        round=$((round + 1))
        victims=$("$RUN" --list | awk '{print $1}' | shuf -n 2)
        # shellcheck disable=SC2086
        [ -z "$victims" ] || kill -9 $victims 2>/dev/null || true
        if [ $((round % 15)) = 0 ]; then
            for file in /proc/[0-9]*/cmdline; do
                if tr '\0' ' ' <"$file" 2>/dev/null | grep -q -- "--server .*$folder"; then
                    file=${file#/proc/}
                    kill -9 "${file%/cmdline}" 2>/dev/null || true
                fi
            done
        fi
        sleep 0.1
    done
    wait
    same "" "$(cat failures)"
    same "" "$("$RUN" --list)"
    status 0 timeout 30 "$RUN" "$base/pipes.exe" 200
    for i in $(seq 60); do
        [ ! -e "$folder" ] && return 0
        sleep 0.1
    done
    ls "$folder"
    return 1
}

t "killing at random" chaos
finish
