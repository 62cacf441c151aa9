#!/bin/sh
# The conformance programs of the console on a terminal: a small one that follows the cursor and answers where it is.
. "$SRCDIR/tests/e2e/lib.inc"

terminal='
import os, pty, re, select, struct, sys, fcntl, termios, time

# Runs a program on a terminal of 24 rows and 80 columns; its output goes to the file, what it draws nowhere.
pid, tty = pty.fork()
if pid == 0:
    fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(fd, 1)
    os.execv(sys.argv[2], sys.argv[2:])
fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
row = column = 1
saved = (1, 1)
left = b""
end = time.time() + 60
while time.time() < end:
    if not select.select([tty], [], [], 1)[0]:
        continue
    try:
        data = os.read(tty, 4096)
    except OSError:
        break
    if not data:
        break
    left += data
    while left:
        match = re.match(rb"\x1b\[([0-9;?]*)([A-Za-z])|\x1b([78])|\x1b\][^\x07]*\x07", left)
        if match:
            numbers = (match.group(1) or b"").split(b";")
            if match.group(2) == b"H":
                row, column = int(numbers[0] or 1), int(numbers[-1] or 1)
            elif match.group(2) == b"n":
                os.write(tty, b"\x1b[%d;%dR" % (row, column))
            elif match.group(3) == b"7":
                saved = (row, column)
            elif match.group(3) == b"8":
                row, column = saved
            left = left[match.end():]
        elif left[0] == 27:
            break
        else:
            if left[0] == 13:
                column = 1
            elif left[0] == 10:
                row = min(row + 1, 24)
            elif left[0] >= 32:
                column += 1
            left = left[1:]
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
'

on_terminal() {
    python3 -c "$terminal" out.txt "$RUN" "$BUILD/tests/$1/$2/console.exe" || { cat out.txt; return 1; }
    ! grep -v '^elsewhere without' out.txt | grep -q -e '^skip' -e '^elsewhere' || { cat out.txt; return 1; }
}

for arch in x86_64 i686; do
    for dll in kernelbase msvcrt ucrtbase; do
        if [ -f "$BUILD/tests/$arch/$dll/console.exe" ]; then
            t "console_${dll}_$arch" on_terminal $arch $dll
        fi
    done
done
finish
