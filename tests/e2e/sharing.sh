# What processes of a session tell each other of their open files: a record is of one file, not of whatever gets its
# number later, and nothing of the table stays behind.
. "$SRCDIR/tests/e2e/lib.inc"
cc=x86_64-w64-mingw32-gcc
XDG_RUNTIME_DIR=$(mktemp -d)
HOME=$XDG_RUNTIME_DIR/home
export XDG_RUNTIME_DIR HOME
trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
unset XDG_DATA_HOME
mkdir "$HOME"
folder=$XDG_RUNTIME_DIR/gastwirt

cat >hold.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* hold NAME [server]: has it open for deletion, alone, until it is killed; open NAME: can it be opened so? */
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
        Sleep(60000);
    }
    return 0;
}
C
$cc -O1 -o hold.exe hold.c

# table PID: the file of the table that the program has mapped
table() {
    readlink /proc/"$1"/fd/* | grep '\.table$'
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

# The last program is killed: the server, which leaves a second later, takes the table along.
table_goes_with_the_server() {
    mkdir last
    "$RUN" --state "$PWD/state" "$base/hold.exe" hold last server >out &
    pid=$!
    wait_until 30 grep -q held out
    table=$(table $pid)
    [ -e "$table" ]
    kill -9 $pid
    wait $pid || true
    wait_until 10 test ! -e "$folder"
    [ ! -e "$table" ]
}

# All of its programs are killed and there was no server: whoever comes next, to whatever session, takes the table.
table_goes_with_the_next_one() {
    mkdir last
    "$RUN" --state "$PWD/state" "$base/hold.exe" hold last >out &
    pid=$!
    wait_until 30 grep -q held out
    table=$(table $pid)
    [ -e "$table" ]
    kill -9 $pid
    wait $pid || true
    status 0 "$RUN" --state "$PWD/other" "$base/hold.exe" open last
    [ ! -e "$table" ]
}

t "a folder is held until its holder is killed" held_alone
t "a number that is used again is another file" number_used_again
t "the table goes with the server" table_goes_with_the_server
t "the table goes with the next program" table_goes_with_the_next_one
finish
