# How a program starts and ends: output, arguments, exit status, environment, nothing left behind.
. "$SRCDIR/tests/e2e/lib.inc"
cc=x86_64-w64-mingw32-gcc

build() { # name: compiles standard input
    cat >"$1.c" && $cc -O1 -o "$1.exe" "$1.c"
}

output_is_exact() {
    printf '#include <windows.h>\nvoid start(void){DWORD n;WriteFile(GetStdHandle(STD_OUTPUT_HANDLE),"a\\nb\\r\\n\\0c",7,&n,0);ExitProcess(7);}' >raw.c
    $cc -O1 -nostdlib -e start -o raw.exe raw.c -lkernel32
    status 7 "$RUN" raw.exe >out
    printf 'a\nb\r\n\0c' | cmp - out
}

arguments() {
    build args <<'C'
#include <stdio.h>
int main(int argc, char **argv) { for (int i = 1; i < argc; i++) printf("[%s]", argv[i]); return argc; }
C
    status 7 "$RUN" args.exe one 'two words' '' 'quo"te' 'back\slash\' '\"' >out
    same '[one][two words][][quo"te][back\slash\][\"]' "$(cat out)"
}

exit_status_is_the_low_byte() {
    build code <<'C'
#include <stdlib.h>
int main(int argc, char **argv) { return atoi(argv[1]); }
C
    status 0 "$RUN" code.exe 0
    status 42 "$RUN" code.exe 42
    status 44 "$RUN" code.exe 300
}

input_reaches_the_program() {
    build cat <<'C'
#include <stdio.h>
#include <io.h>
#include <fcntl.h>
int main(void) { int c; _setmode(0, _O_BINARY); _setmode(1, _O_BINARY); while ((c = getchar()) != EOF) putchar(c); return 0; }
C
    seq 1 50000 >in
    "$RUN" cat.exe <in >out
    cmp in out
    seq 1 50000 | "$RUN" cat.exe | cmp in -
}

environment_is_inherited() {
    build env <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) { const char *v = getenv(argv[1]); printf("%s", v ? v : "(none)"); return 0; }
C
    same "hello wörld" "$(GASTWIRT_TEST='hello wörld' "$RUN" env.exe GASTWIRT_TEST | iconv -f CP1252 -t UTF-8 2>/dev/null)" ||
        same "hello wörld" "$(GASTWIRT_TEST='hello wörld' "$RUN" env.exe GASTWIRT_TEST)"
    same 'C:\windows' "$("$RUN" env.exe SystemRoot)"
    same "(none)" "$("$RUN" env.exe LD_PRELOAD)"
}

writes_nothing_unasked() {
    build quiet <<'C'
#include <stdio.h>
int main(void) { puts("quiet"); return 0; }
C
    mkdir home
    HOME=$PWD/home XDG_DATA_HOME=$PWD/home/data XDG_RUNTIME_DIR=$PWD/home/run "$RUN" quiet.exe
    same "" "$(find home -mindepth 1)"
}

closed_standard_streams() {
    build quiet <<'C'
#include <stdio.h>
int main(void) { puts("quiet"); return 0; }
C
    "$RUN" quiet.exe <&- >out
    same quiet "$(tr -d '\r' <out)"
    "$RUN" quiet.exe >&- 2>&- || :
}

missing_function_is_named() {
    cat >lib.def <<'D'
LIBRARY kernel32.dll
EXPORTS
NoSuchFunctionAnywhere
D
    x86_64-w64-mingw32-dlltool -d lib.def -l liblib.a
    cat >missing.c <<'C'
#include <stdio.h>
__declspec(dllimport) int NoSuchFunctionAnywhere(void);
int main(int argc, char **argv) { printf("started\n"); fflush(stdout); return argc > 1 ? NoSuchFunctionAnywhere() : 0; }
C
    $cc -o missing.exe missing.c -L. -llib
    "$RUN" missing.exe >out
    same started "$(tr -d '\r' <out)"
    code=0
    "$RUN" missing.exe x >out 2>err || code=$?
    [ "$code" != 0 ]
    grep -q 'kernel32.NoSuchFunctionAnywhere is not implemented (called from missing.exe+0x' err
    code=0
    "$RUN" --check missing.exe >report || code=$?
    [ "$code" = 1 ]
    grep -q NoSuchFunctionAnywhere report
    "$RUN" --check --json missing.exe | python3 -c 'import json, sys; json.load(sys.stdin)'
}

crash_is_reported() {
    build crash <<'C'
int main(void) { *(volatile int *)0x10 = 1; return 0; }
C
    code=0
    "$RUN" crash.exe 2>err || code=$?
    [ "$code" != 0 ]
    grep -qi c0000005 err
    grep -q 'crash.exe+0x' err
}

# A program that calls what GetProcAddress has not found: the report names it.
null_function_is_named() {
    build null <<'C'
#include <windows.h>
int main(void)
{
    HMODULE kernel = GetModuleHandleA("kernel32");
    void (*call)(void) = (void (*)(void))GetProcAddress(kernel, "NoSuchFunctionAnywhere");
    call();
    return 0;
}
C
    code=0
    "$RUN" null.exe 2>err || code=$?
    same 5 "$code"
    grep -qi 'not found: NoSuchFunctionAnywhere of kernel32.dll' err
}

trace_names_calls() {
    printf '#include <windows.h>\nvoid start(void){CreateFileA("no such file",GENERIC_READ,0,0,OPEN_EXISTING,0,0);ExitProcess(3);}' >traced.c
    $cc -O1 -nostdlib -e start -o traced.exe traced.c -lkernel32
    status 3 "$RUN" --trace traced.exe 2>trace
    grep -q 'NtCreateFile(FileHandle=0x.*no such file.*) = 0xc0000034' trace
    grep -q 'NtTerminateProcess(ProcessHandle=0xffffffffffffffff, ExitStatus=0x3)' trace
    status 3 "$RUN" traced.exe 2>silent
    same 0 "$(wc -c <silent)"
}

# A Unix program that a program starts has nothing of its parents: no ignored or blocked signals, and standard
# descriptors even where there are none. What cannot be started leaves no process.
children_begin_afresh() {
    build starter <<'C'
#include <windows.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    DWORD code = 99;
    (void)argc;
    if (!CreateProcessA(NULL, argv[1], NULL, NULL, FALSE, 0, NULL, NULL, &start, &child)) {
        printf("error %lu\n", GetLastError());
        return 1;
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
C
    (trap '' HUP USR1 TERM; "$RUN" starter.exe 'Z:\usr\bin\env grep -E ^Sig(Blk|Ign) /proc/self/status') >out
    cat out
    same 2 "$(grep -c '0000000[0-1][08]0000000' out)" # 32 and 33 are libc's own, which it may leave ignored
    (trap '' INT; "$RUN" starter.exe 'Z:\usr\bin\env grep SigIgn /proc/self/status') >out
    grep -q '0000000[0-1][08]0000002' out
    "$RUN" starter.exe 'Z:\usr\bin\env sh -c ": <&0 && exec test -e /proc/self/fd/0"' <&- >out
    printf '#!/nonexistent/interpreter\n' >broken
    chmod +x broken
    status 1 "$RUN" starter.exe broken >out
    grep -q '^error ' out

    # What cannot be read cannot be found through its parent's number in /proc.
    place=$(mktemp -d /tmp/gastwirt-test.XXXXXX)
    system=$(dirname "$(readlink -f "$RUN")")/build/system
    mkdir -p "$place/build/system/x86_64"
    for dll in ntdll kernelbase kernel32 msvcrt; do
        cp "$system/x86_64/$dll.dll" "$place/build/system/x86_64"
    done
    cp "$system"/*.txt "$system/registry.mdb" "$place/build/system"
    cp starter.exe "$RUN" "$place"
    chmod -R a+rX "$place"
    chmod 111 "$place/run"
    as=
    [ "$(id -u)" != 0 ] || as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    (cd "$place" && unset XDG_DATA_HOME XDG_RUNTIME_DIR && TMPDIR=/tmp HOME=$place \
        $as ./run --ephemeral starter.exe 'starter.exe nothing') >out || true
    rm -rf "$place"
    same "error 2" "$(tr -d '\r' <out)"
}

t output_is_exact output_is_exact
t arguments arguments
t exit_status_is_the_low_byte exit_status_is_the_low_byte
t input_reaches_the_program input_reaches_the_program
t environment_is_inherited environment_is_inherited
t writes_nothing_unasked writes_nothing_unasked
t closed_standard_streams closed_standard_streams
t missing_function_is_named missing_function_is_named
t crash_is_reported crash_is_reported
t null_function_is_named null_function_is_named
t trace_names_calls trace_names_calls
t children_begin_afresh children_begin_afresh
finish
