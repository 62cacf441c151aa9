# What processes of a session tell each other of their open files: a record is of one file, not of whatever gets its
# number later, and nothing of the table stays behind.
. "$SRCDIR/tests/e2e/lib.inc"
cc=x86_64-w64-mingw32-gcc
own_session
folder=$XDG_RUNTIME_DIR/gastwirt

cat >hold.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* hold NAME [server]: has it open for deletion, alone, until there is a file "go"; open NAME: can it be opened so? */
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 3)
        CreateMutexA(NULL, FALSE, "e2e sharing");
    HANDLE file = CreateFileA(argv[2], DELETE, 0, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return (int)GetLastError();
    if (!strcmp(argv[1], "hold")) {
        puts("held");
        for (int i = 0; i < 3000 && GetFileAttributesA("go") == INVALID_FILE_ATTRIBUTES; i++)
            Sleep(20);
    }
    return 0;
}
C
$cc -O1 -o hold.exe hold.c

# Shared memory segments that the program made; what is in the sessions' folder.
segments() {
    awk -v pid="$1" '$5 == pid' /proc/sysvipc/shm
}
left() {
    [ ! -e "$folder" ] || find "$folder"
}

held_alone() {
    mkdir held
    "$RUN" "$base/hold.exe" hold held >out &
    pid=$!
    wait_until 30 grep -q held out
    status 32 "$RUN" "$base/hold.exe" open held
    kill -9 $pid
    wait $pid || true
    status 0 "$RUN" "$base/hold.exe" open held
}

# A file that was removed under a handle leaves its number to another one, which nobody has open.
number_used_again() {
    >old
    number=$(stat -c %i old)
    "$RUN" "$base/hold.exe" hold old >out &
    pid=$!
    wait_until 30 grep -q held out
    rm old
    again=
    for i in 0 1 2 3 4 5 6 7 8 9; do
        >new$i
        [ "$(stat -c %i new$i)" != "$number" ] || again=new$i
    done
    [ -z "$again" ] || status 0 "$RUN" "$base/hold.exe" open $again
    kill -9 $pid
    wait $pid || true
    [ -n "$again" ] || echo "the number was not used again" >>"$base/unused"
}

# Programs and the server are killed in whatever order: nothing is left, at once.
killed() { # WHO in which order
    mkdir killed
    "$RUN" --state "$PWD/state" "$base/hold.exe" hold killed $2 >out &
    pid=$!
    wait_until 30 grep -q held out
    [ -n "$(segments $pid)" ]
    server=$(servers)
    [ -z "$2" ] || [ -n "$server" ]
    case $1 in
    program) kill -9 $pid ;;
    both) kill -9 $pid $server ;;
    server) kill -9 $server && sleep 0.1 && kill -9 $pid ;;
    esac
    wait $pid || true
    [ $1 != program ] || [ -z "$2" ] || wait_until 5 no_server
    wait_until 2 no_segments $pid # somebody may just be looking at the process in /proc
    same "" "$(left)"
}
no_segments() { [ -z "$(segments "$1")" ]; }
no_server() { [ -z "$(servers)" ]; }
servers() { processes "--server .*$folder"; } # of this test's sessions

# What was to be deleted with its program is: by the server, by another program, or by the next one of any session.
cat >doomed.c <<'C'
#include <stdio.h>
#include <windows.h>
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 2)
        CreateMutexA(NULL, FALSE, "e2e doomed");
    HANDLE file = CreateFileA(argv[1], GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS,
                              FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 1;
    puts("held");
    Sleep(60000);
    return 0;
}
C
$cc -O1 -o doomed.exe doomed.c
doomed() {
    >other
    "$RUN" --state "$PWD/state" "$base/doomed.exe" doomed $2 >out &
    pid=$!
    wait_until 30 grep -q held out
    [ -e doomed ]
    case $1 in
    other)
        "$RUN" --state "$PWD/state" "$base/hold.exe" hold other >out2 &
        other=$!
        wait_until 30 grep -q held out2
        ;;
    esac
    kill -9 $pid
    wait $pid || true
    case $1 in
    server) wait_until 5 no_server ;;
    other)
        >go
        status 0 wait $other
        ;;
    next) status 0 "$RUN" "$base/hold.exe" open other ;;
    list) status 0 "$RUN" --list ;;
    esac
    [ ! -e doomed ]
    same "" "$(left)"
}

# Twenty programs at once, the first of a session, have one table: only one of them gets the file.
one_table() {
    for round in 1 2 3 4 5; do
        rm -f won.*
        >alone
        for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
            (timeout 60 "$RUN" --state "$PWD/state$round" "$base/hold.exe" hold alone >won.$i; true) &
        done
        wait_until 60 losers_are_gone
        same 1 "$(cat won.* | grep -c held)"
        "$RUN" --state "$PWD/state$round" --kill all
        wait
    done
    same "" "$(left)"
}
losers_are_gone() { [ "$("$RUN" --state "$PWD/state$round" --list | wc -l)" = 1 ] && [ -s "$(ls -S won.* | head -1)" ]; }

# A state that is thrown away is, even if its program is killed: by whoever comes next.
ephemeral() {
    TMPDIR=$PWD/tmp
    export TMPDIR
    mkdir "$TMPDIR"
    status 0 "$RUN" --ephemeral "$base/writes.exe"
    same "" "$(ls "$TMPDIR")"
    "$RUN" --ephemeral "$base/writes.exe" waits >out &
    pid=$!
    wait_until 30 grep -q written out
    [ -e "$TMPDIR/gastwirt-$(id -u)-$pid/registry" ] || [ -n "$(ls "$TMPDIR/gastwirt-$(id -u)-$pid")" ]
    status 0 "$RUN" --list # nothing of the living
    [ -n "$(ls "$TMPDIR/gastwirt-$(id -u)-$pid")" ]
    kill -9 $pid
    wait $pid || true
    status 0 "$RUN" "$base/hold.exe" open out
    same "" "$(ls "$TMPDIR")"
    same "" "$(left)"
    # Or by the server.
    "$RUN" --ephemeral "$base/writes.exe" waits names >out &
    pid=$!
    wait_until 30 grep -q written out
    kill -9 $pid
    wait $pid || true
    wait_until 5 no_server
    same "" "$(ls "$TMPDIR")"
    same "" "$(left)"
}
cat >writes.c <<'C'
#include <stdio.h>
#include <windows.h>
int main(int argc, char **argv)
{
    HKEY key;
    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\ephemeral", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL))
        return 1;
    RegSetValueExA(key, "value", 0, REG_SZ, (const BYTE *)"x", 2);
    if (argc > 2)
        CreateMutexA(NULL, FALSE, "e2e ephemeral");
    puts("written");
    fflush(stdout);
    if (argc > 1)
        Sleep(30000);
    return 0;
}
C
$cc -O1 -o writes.exe writes.c -ladvapi32

t "a folder is held until its holder is killed" held_alone
t "a number that is used again is another file" number_used_again
t "a killed program leaves nothing" killed program
t "a killed program leaves nothing when its server does" killed program server
t "all killed at once leave nothing" killed both server
t "killed one after the other they leave nothing" killed server server
t "the server deletes what was to be deleted" doomed server server
t "the next program deletes it" doomed next
t "so does the list of programs" doomed list
t "another program deletes it" doomed other
t "a state that is thrown away goes with a killed program" ephemeral
t "programs that start at once have one table" one_table
finish
