# Programs that share mutexes, events, semaphores, sections, files and registry keys are killed at any moment, and so is
# the session server. Nobody may hang, no lock may stay taken, what a mutex guards is whole unless its owner was
# killed, and nothing is left behind. CHAOS_SECONDS says how long (8).
. "$SRCDIR/tests/e2e/lib.inc"
seconds=${CHAOS_SECONDS:-8}
programs=${CHAOS_PROGRAMS:-20}
XDG_RUNTIME_DIR=$(mktemp -d)
HOME=$XDG_RUNTIME_DIR/home
export XDG_RUNTIME_DIR HOME
trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
unset XDG_DATA_HOME
mkdir "$HOME"
folder=$XDG_RUNTIME_DIR/gastwirt

cat >chaos.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
enum { SLOTS = 4 };
static HANDLE mutexes[SLOTS], section, event, semaphore;
static volatile LONG *view;
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
static void use_registry(int value)
{
    HKEY key;
    DWORD got, size = sizeof got;
    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\chaos", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL))
        exit(21);
    if (RegSetValueExA(key, "value", 0, REG_DWORD, (BYTE *)&value, sizeof value))
        exit(22);
    if (RegQueryValueExA(key, "value", NULL, NULL, (BYTE *)&got, &size) || size != sizeof got)
        exit(23);
    RegCloseKey(key);
}
int main(int argc, char **argv)
{
    srand(GetTickCount() * 31 + GetCurrentProcessId());
    DWORD end = GetTickCount() + (argc > 1 ? atoi(argv[1]) : 1000);
    open_all();
    while ((LONG)(end - GetTickCount()) > 0) {
        int i = rand() % SLOTS;
        HANDLE both[2] = {mutexes[i], semaphore};
        int all = rand() % 8 == 0;
        /* As long as anybody lives it cannot take that long: longer is a hang. */
        DWORD result = all ? WaitForMultipleObjects(2, both, TRUE, 15000) : WaitForSingleObject(mutexes[i], 15000);
        if (result == WAIT_TIMEOUT && all)
            continue; /* permits of killed programs are lost, as they should be */
        if (result == WAIT_TIMEOUT) {
            printf("mutex %d stays taken\n", i);
            return 11;
        }
        if (result == WAIT_FAILED || !view) {
            close_all();
            open_all();
            continue;
        }
        if (result == WAIT_ABANDONED_0)
            view[2 * i] = view[2 * i + 1];
        if (view[2 * i] != view[2 * i + 1]) {
            printf("slot %d: %ld and %ld\n", i, view[2 * i], view[2 * i + 1]);
            return 12;
        }
        view[2 * i]++;
        if (rand() % 16 == 0)
            use_registry(rand());
        view[2 * i + 1]++;
        if (all)
            ReleaseSemaphore(semaphore, 1, NULL);
        ReleaseMutex(mutexes[i]);
        if (rand() % 4 == 0)
            SetEvent(event);
        if (rand() % 4 == 0)
            WaitForSingleObject(event, 2);
    }
    return 0;
}
C
x86_64-w64-mingw32-gcc -O1 -o chaos.exe chaos.c -ladvapi32

chaos() {
    end=$(($(date +%s) + seconds))
    : >failures
    for i in $(seq "$programs"); do
        (
            while [ "$(date +%s)" -lt $end ]; do
                code=0
                timeout -s KILL 60 "$RUN" "$base/chaos.exe" $((200 + $$ % 7 * 100 + i * 20)) >out.$i 2>&1 || code=$?
                case $code in 0 | 137) ;; *) echo "$i: status $code: $(cat out.$i)" >>failures ;; esac
            done
        ) &
    done
    round=0
    while [ "$(date +%s)" -lt $end ]; do
        round=$((round + 1))
        victims=$("$RUN" --list | awk '{print $1}' | shuf -n 3)
        # shellcheck disable=SC2086
        [ -z "$victims" ] || kill -9 $victims 2>/dev/null || true
        if [ $((round % 10)) = 0 ]; then
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
    status 0 timeout 30 "$RUN" "$base/chaos.exe" 200
    for i in $(seq 60); do
        [ ! -e "$folder" ] && return 0
        sleep 0.1
    done
    ls "$folder"
    return 1
}

t "killing at random" chaos
finish
