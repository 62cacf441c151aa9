# Odd places to start from: a program works there, or one line says why it does not; and nothing of it stays
# behind to hold its caller's pipes. The probe uses what a session offers: names, a child, files, the registry.
. "$SRCDIR/tests/e2e/lib.inc"
own_session

cat >probe.c <<'C'
#include <stdio.h>
#include <string.h>
#include <windows.h>
static int start_child(void)
{
    char path[MAX_PATH], line[MAX_PATH + 16];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD code = 99;
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" child", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process))
        return 20;
    WaitForSingleObject(process.hProcess, 20000);
    GetExitCodeProcess(process.hProcess, &code);
    return code == 33 ? 0 : 21;
}
/* cmd, with two children of its own and a pipe between them, whose output comes through a pipe of ours. */
static int use_cmd(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE from, to;
    char line[] = "cmd /c \"echo piped| more\"", text[512] = "";
    PROCESS_INFORMATION process;
    DWORD got, size = 0, code = 99;
    if (!CreatePipe(&from, &to, &inherit, 0))
        return 70;
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = to, .hStdError = to};
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process))
        return 71;
    CloseHandle(to);
    while (size < sizeof text - 1 && ReadFile(from, text + size, sizeof text - 1 - size, &got, NULL) && got)
        size += got;
    if (WaitForSingleObject(process.hProcess, 20000) != WAIT_OBJECT_0)
        return 72;
    GetExitCodeProcess(process.hProcess, &code);
    if (code)
        fputs(text, stderr); /* why */
    return code ? 73 : strncmp(text, "piped", 5) ? 74 : 0;
}
/* A named event that a child sets, and a section that it has written before. */
static int use_event(void)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "environment event");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, "environment section");
    volatile LONG *view = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
    char path[MAX_PATH], line[MAX_PATH + 16];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    if (!event || !view)
        return 80;
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" signal", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process))
        return 81;
    HANDLE both[2] = {event, process.hProcess};
    if (WaitForMultipleObjects(2, both, TRUE, 20000) != WAIT_OBJECT_0)
        return 82;
    return *view == 44 ? 0 : 83;
}
static int signal_event(void)
{
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, "environment event");
    HANDLE section = OpenFileMappingA(FILE_MAP_WRITE, FALSE, "environment section");
    volatile LONG *view = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    if (!event || !view)
        return 1;
    *view = 44;
    return SetEvent(event) ? 0 : 2;
}
static int use_registry(void)
{
    HKEY key;
    char value[8];
    DWORD size = sizeof value;
    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, "Software\\Microsoft\\Windows NT\\CurrentVersion", 0, KEY_READ, &key))
        return 30;
    if (RegQueryValueExA(key, "CurrentVersion", NULL, NULL, (BYTE *)value, &size))
        return 31;
    return 0;
}
static int write_registry(void)
{
    HKEY key;
    DWORD value = 1;
    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\probe", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL))
        return 40;
    return RegSetValueExA(key, "value", 0, REG_DWORD, (BYTE *)&value, sizeof value) ? 41 : 0;
}
static int use_temporary(void)
{
    char folder[MAX_PATH], name[MAX_PATH];
    DWORD got;
    GetTempPathA(sizeof folder, folder);
    if (!GetTempFileNameA(folder, "prb", 0, name))
        return 50;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    return WriteFile(file, "x", 1, &got, NULL) ? 0 : 51;
}
static HANDLE mutex;
static int use_names(void)
{
    mutex = CreateMutexA(NULL, FALSE, "environment probe");
    return mutex && WaitForSingleObject(mutex, 10000) == WAIT_OBJECT_0 && ReleaseMutex(mutex) ? 0 : 10;
}
int main(int argc, char **argv)
{
    char line[64];
    int code = 0;
    for (int i = 1; i < argc && !code; i++) {
        if (!strcmp(argv[i], "child"))
            return use_names() ? 34 : 33;
        if (!strcmp(argv[i], "signal"))
            return signal_event();
        if (!strcmp(argv[i], "names"))
            code = use_names();
        else if (!strcmp(argv[i], "cmd"))
            code = use_cmd();
        else if (!strcmp(argv[i], "event"))
            code = use_event();
        else if (!strcmp(argv[i], "start"))
            code = start_child();
        else if (!strcmp(argv[i], "registry"))
            code = use_registry();
        else if (!strcmp(argv[i], "write"))
            code = write_registry();
        else if (!strcmp(argv[i], "temporary"))
            code = use_temporary();
        else if (!strcmp(argv[i], "sleep"))
            Sleep(10000);
        else if (!strcmp(argv[i], "input")) {
            while (fgets(line, sizeof line, stdin))
                fputs(line, stdout);
        } else if (!strcmp(argv[i], "memory")) {
            char *block = VirtualAlloc(NULL, 64 << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
            code = block ? (memset(block, 1, 1 << 20), 0) : 60;
        }
    }
    if (!code)
        puts("works");
    return code;
}
C
x86_64-w64-mingw32-gcc -O1 -o probe64.exe probe.c -ladvapi32
i686-w64-mingw32-gcc -O1 -o probe32.exe probe.c -ladvapi32
all="names start registry temporary cmd event"

# works COMMAND...: with each kind of program as its last words; all of it must work.
works() {
    for bits in 64 32; do
        code=0
        # shellcheck disable=SC2086
        timeout -k 5 60 "$@" "$RUN" "$base/probe$bits.exe" $all >out.$bits 2>err.$bits || code=$?
        [ "$code" = 0 ] && same works "$(tr -d '\r' <out.$bits)" && continue
        echo "$bits bits: status $code"
        cat out.$bits err.$bits
        return 1
    done
}

# The same, or one plain line on stderr and a status that is not 0: no crash, no hang.
works_or_says() {
    for bits in 64 32; do
        code=0
        # shellcheck disable=SC2086
        timeout -k 5 60 "$@" "$RUN" "$base/probe$bits.exe" $all >out.$bits 2>err.$bits || code=$?
        [ "$code" = 0 ] && same works "$(tr -d '\r' <out.$bits)" && continue
        [ "$code" != 0 ] && [ "$code" -lt 128 ] && [ "$code" != 124 ] && same 1 "$(wc -l <err.$bits)" && grep -q '^run: ' err.$bits && continue
        echo "$bits bits: status $code"
        cat out.$bits err.$bits
        return 1
    done
}

under_timeout() {
    for bits in 64 32; do
        status 0 timeout 60 "$RUN" "$base/probe$bits.exe" $all
        status 124 timeout 0.5 "$RUN" "$base/probe$bits.exe" names start sleep
        status 137 timeout -s KILL 0.5 "$RUN" "$base/probe$bits.exe" names start sleep
    done
}

# What ends it by a signal shows as such.
signals() {
    for bits in 64 32; do
        for signal in 15 9 1; do
            "$RUN" "$base/probe$bits.exe" names start sleep &
            pid=$!
            sleep 0.3
            kill -$signal $pid
            code=0
            wait $pid || code=$?
            same $((128 + signal)) $code
        done
    done
}

pipeline() {
    seq 1 20000 >in
    "$RUN" "$base/probe64.exe" names start input <in | "$RUN" "$base/probe32.exe" names start input | grep -v works |
        tr -d '\r' >out
    cmp in out
    # A reader that has enough.
    for bits in 64 32; do
        timeout 30 "$RUN" "$base/probe$bits.exe" names start input <in | head -3 >out
        same 3 "$(wc -l <out)"
    done
}

# Its server stays for a moment: it must not keep the pipe open.
pipe_is_released() {
    for bits in 64 32; do
        begin=$(date +%s%N)
        # shellcheck disable=SC2086
        same works "$("$RUN" "$base/probe$bits.exe" $all | tr -d '\r')"
        [ $((($(date +%s%N) - begin) / 1000000)) -lt 5000 ]
        rm -f pipe
        mkfifo pipe
        "$RUN" "$base/probe$bits.exe" names start >pipe &
        timeout 20 cat pipe >out
        wait $!
        same works "$(tr -d '\r' <out)"
    done
}

closed_streams() {
    for closed in 0 1 2 01 02 12 012; do
        set --
        for fd in 0 1 2; do
            case $closed in *$fd*) set -- "$@" "$fd>&-" ;; esac
        done
        echo "closed: $closed"
        code=0
        [ "${closed#*2}" != "$closed" ] || set -- "$@" "2>err"
        [ "${closed#*1}" != "$closed" ] || set -- "$@" ">out"
        [ "${closed#*0}" != "$closed" ] || set -- "$@" "</dev/null"
        # A program whose output goes nowhere may say so with its status, but not by a signal.
        for bits in 64 32; do
            eval "timeout 60 \"\$RUN\" \"\$base/probe$bits.exe\" $all $*" || code=$?
            same 0 $code
            case $closed in *1*) ;; *) same works "$(tr -d '\r' <out)" ;; esac
        done
    done
}

read_only_home() {
    rm -rf home
    mkdir home
    chmod 555 home
    if touch home/x 2>/dev/null; then # the superuser: it takes a file system
        rm home/x
        if ! unshare -r -m true 2>/dev/null; then
            echo "no user namespaces"
            return 0
        fi
        echo 'mount --bind home home && mount -o remount,bind,ro home && exec "$@"' >inner
        HOME=$PWD/home works_without_temporary unshare -r -m sh ./inner
        code=0
        HOME=$PWD/home timeout 60 unshare -r -m sh ./inner "$RUN" "$base/probe64.exe" write >out 2>err || code=$?
    else
        HOME=$PWD/home works_without_temporary env
        code=0
        HOME=$PWD/home timeout 60 "$RUN" "$base/probe64.exe" write >out 2>err || code=$?
    fi
    # Writing the registry fails as a call.
    same 40 $code
}

no_home() {
    works_without_temporary env -u HOME
    works_without_temporary env HOME=
    works_without_temporary env HOME=/proc/no/such/folder
}

no_runtime_folder() {
    works env -u XDG_RUNTIME_DIR
    works env XDG_RUNTIME_DIR=/proc/no/such/folder
    works env XDG_RUNTIME_DIR=
    works_without_temporary env -i
}

# Paths that leave little room for names, or none.
long_paths() {
    long=$PWD
    while [ ${#long} -lt 3500 ]; do
        long=$long/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
    done
    works_or_says env XDG_DATA_HOME="$long"
    works_or_says env XDG_RUNTIME_DIR="$long"
    works_or_says env TMPDIR="$long"
    mkdir -p "${long%????????????????????????????????????????????????????????????????????????????????????????????????*}"
    works_or_says env HOME="$long"
    short=$PWD/short
    while [ ${#short} -lt 900 ]; do
        short=$short/0123456789012345678901234567890123456789012345678901234567890123456789
    done
    mkdir -p -m 700 "$short"
    works env XDG_RUNTIME_DIR="$short"
    works env HOME="$short"
}

# Its folder was removed, or it may not look at it.
no_folder() {
    echo 'mkdir gone && cd gone && rmdir ../gone && exec "$@"' >inner
    works sh ./inner
}

few_descriptors() {
    echo 'ulimit -n 64; exec "$@"' >inner
    works sh ./inner
    sh -c 'ulimit -n 64; exec "$@"' - "$RUN" "$base/probe64.exe" names
    echo 'ulimit -n 12; exec "$@"' >inner # a program that is told that it cannot have more says so itself
    all="names start registry temporary"
    works_or_says sh ./inner
}

little_memory() {
    for size in 4000000 400000 140000 100000 40000; do
        echo "ulimit -v $size"
        echo "ulimit -v $size; exec \"\$@\"" >inner
        works_or_says sh ./inner
    done
}

# What takes namespaces of its own.
in_namespace() { # SCRIPT, run as the superuser of a namespace; "$@" starts the program
    export BASE="$base"
    echo "$1" >inner
    shift
    unshare -r -m -p -f true 2>/dev/null || { echo "there are no namespaces here"; return 77; }
    "$@" unshare -r -m -p -f sh ./inner
}

first_process() { in_namespace 'exec "$@"' works; }
no_shm() { in_namespace 'umount -l /dev/shm 2>/dev/null; mount -t tmpfs -o ro none /dev/shm; exec "$@"' works; }
# Over /tmp, in which the test itself may be, and the tree that is tested.
TREE=$(dirname "$RUN")
export TREE
keep='mount -t tmpfs none /mnt && mkdir /mnt/test /mnt/tree && cp "$BASE"/probe*.exe /mnt/test && mount --rbind "$TREE" /mnt/tree'
back='mkdir -p "$BASE" "$TREE" && mount --bind /mnt/test "$BASE" && mount --rbind /mnt/tree "$TREE" && cd "$BASE"'
read_only_tmp() { in_namespace "$keep && mount -t tmpfs none /tmp && $back && mount -o remount,ro,bind /tmp && exec \"\$@\"" works_without_temporary; }
full_tmp() { in_namespace "$keep && mount -t tmpfs -o size=64k none /tmp && $back; dd if=/dev/zero of=/tmp/fill bs=1k 2>/dev/null; exec \"\$@\"" works_without_temporary; }
full_runtime() { in_namespace 'mkdir -m 700 /mnt/full 2>/dev/null; mount -t tmpfs -o size=64k,mode=700 none /mnt && dd if=/dev/zero of=/mnt/fill bs=1k 2>/dev/null; export XDG_RUNTIME_DIR=/mnt; exec "$@"' works; }
read_only_runtime() { in_namespace 'mount -t tmpfs -o ro,mode=700 none /mnt; export XDG_RUNTIME_DIR=/mnt; exec "$@"' works; }
no_proc() { in_namespace 'umount -l /proc 2>/dev/null || mount -t tmpfs none /proc; exec "$@"' works_or_says; }

works_without_temporary() {
    saved=$all
    all="names start registry cmd event"
    works "$@"
    all=$saved
}

for one in under_timeout signals pipeline pipe_is_released closed_streams read_only_home no_home no_runtime_folder \
    long_paths no_folder few_descriptors little_memory; do
    t $one $one
done
if unshare -r -m -p -f true 2>/dev/null; then
    for one in first_process no_shm read_only_tmp full_tmp full_runtime read_only_runtime no_proc; do
        t $one $one
    done
    # Without /proc a server has a name; it ended with its namespace, and this is who comes next.
    "$RUN" --list
else
    skip namespaces "this machine does not let us make any"
fi
finish
