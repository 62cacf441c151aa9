#!/usr/bin/env python3
"""Types at a program on a pseudo-terminal of 80 by 25.

  typing.py COMMAND... <SCRIPT

A line of the script is "send TEXT" (Python's escapes) once a line is edited, "feed TEXT" at once, "expect REGEX" (in
what was not matched yet) or "end STATUS".
Exit status 1, and what was seen, if something expected does not come within 20 seconds, if the command ends
otherwise, or if it leaves the terminal in another state than it found it in.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE = 20


def main():
    script = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.environ["TERM"] = "xterm"
        os.closerange(3, 100)
        os.execvp(sys.argv[1], sys.argv[1:])
    seen, at = "", 0

    def read_some():
        nonlocal seen
        if select.select([master], [], [], 0.05)[0]:
            try:
                seen += os.read(master, 4096).decode("utf-8", "replace")
            except OSError:
                time.sleep(0.05)

    def fail(why):
        print(f"{why}; what came so far:\n{seen!r}")
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        sys.exit(1)

    for line in script:
        word, _, rest = line.partition(" ")
        end = time.monotonic() + PATIENCE
        if word == "send":
            while termios.tcgetattr(slave)[3] & termios.ICANON:
                if time.monotonic() > end:
                    fail("no line is edited")
                read_some()
        if word in ("send", "feed"):
            os.write(master, rest.encode().decode("unicode_escape").encode("latin-1"))
        elif word == "expect":
            while not (match := re.compile(rest).search(seen, at)):
                if time.monotonic() > end:
                    fail(f"{rest} does not come")
                read_some()
            at = match.end()
        elif word == "end":
            done = 0
            while not done:
                if time.monotonic() > end:
                    fail("the program does not end")
                read_some()
                done, status = os.waitpid(pid, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status)
            if code != int(rest):
                print(f"exit status {code}, not {rest}; what came:\n{seen!r}")
                sys.exit(1)
    if termios.tcgetattr(slave) != before:
        print("the terminal is not as it was")
        sys.exit(1)


main()
