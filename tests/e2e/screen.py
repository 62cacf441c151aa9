#!/usr/bin/env python3
"""A terminal for tests/conformance/kernel32/terminal.h: runs the command on a pseudo-terminal of 80 by 25, keeps the
screen as a terminal would (an implementation of its own, to compare with), answers where the cursor is, and does
what the program asks for with "OSC 777": keys to be typed, rows and the title to be as it says.

  screen.py COMMAND...   prints what the tests print; exit status of the command, or 1 if a comparison failed
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

WIDTH, HEIGHT, TIMEOUT = 80, 25, 90


class Terminal:
    def __init__(self, fd):
        self.fd, self.x, self.y, self.pending, self.title, self.failed = fd, 0, 0, "", "", []
        self.rows = [[" "] * WIDTH for _ in range(HEIGHT)]
        self.saved, self.wrap, self.log = (0, 0), False, ""

    def line_feed(self):
        if self.y == HEIGHT - 1:
            self.rows = self.rows[1:] + [[" "] * WIDTH]
        else:
            self.y += 1

    def character(self, c):
        if c == "\r":
            self.x, self.wrap = 0, False
        elif c == "\n":
            self.line_feed()
            self.wrap = False
        elif c == "\b":
            self.x, self.wrap = max(self.x - 1, 0), False
        elif c == "\t":
            self.x, self.wrap = min(self.x // 8 * 8 + 8, WIDTH - 1), False
        elif c >= " ":
            if self.wrap:
                self.x = 0
                self.line_feed()
            self.rows[self.y][self.x] = c
            self.wrap = self.x == WIDTH - 1
            self.x += not self.wrap

    def csi(self, parameters, final):
        if parameters == "?1049" and final in "hl":
            if final == "h":
                self.other = (self.rows, self.x, self.y)
                self.rows = [[" "] * WIDTH for _ in range(HEIGHT)]
            else:
                self.rows, self.x, self.y = self.other
            return
        if parameters.startswith("?") or final == "m":
            return
        numbers = [int(n or 0) for n in parameters.split(";")]
        first = max(numbers[0], 1)
        if final != "n":
            self.wrap = False
        if final == "H":
            second = max(numbers[1], 1) if len(numbers) > 1 else 1
            self.y, self.x = min(first, HEIGHT) - 1, min(second, WIDTH) - 1
        elif final == "K" and numbers[0] == 0:
            self.rows[self.y][self.x:] = [" "] * (WIDTH - self.x)
        elif final == "J" and numbers[0] == 0:
            self.rows[self.y][self.x:] = [" "] * (WIDTH - self.x)
            self.rows[self.y + 1:] = [[" "] * WIDTH for _ in range(HEIGHT - self.y - 1)]
        elif final == "J" and numbers[0] == 2:
            self.rows = [[" "] * WIDTH for _ in range(HEIGHT)]
        elif final in "AB":
            self.y = min(max(self.y + (-first if final == "A" else first), 0), HEIGHT - 1)
        elif final in "CD":
            self.x = min(max(self.x + (-first if final == "D" else first), 0), WIDTH - 1)
        elif final == "n" and numbers[0] == 6:
            os.write(self.fd, f"\x1b[{self.y + 1};{self.x + 1}R".encode())
        else:
            self.failed.append(f"CSI {parameters}{final} is new to this terminal")

    def command(self, text):
        words = text.split(";", 3)
        if words[0] in ("0", "2"):
            self.title = text.split(";", 1)[1]
        elif words[:2] == ["777", "keys"]:
            keys = text.split(";", 2)[2]
            time.sleep(0.15)  # until the program reads, in the mode that it reads in
            os.write(self.fd, re.sub(r"\\(x..|u....|.)", lambda m: {"r": "\r", "t": "\t"}.get(m[1]) or
                                     chr(int(m[1][1:], 16)), keys).encode())
        elif words[:2] == ["777", "row"]:
            row = "".join(self.rows[int(words[2])]).rstrip()
            if row != words[3].rstrip():
                self.failed.append(f"row {words[2]} is {row!r}, not {words[3]!r}")
        elif words[:2] == ["777", "title"] and self.title != text.split(";", 2)[2]:
            self.failed.append(f"the title is {self.title!r}")

    def feed(self, text):
        self.pending += text
        while self.pending:
            match = re.match(r"\x1b\[([?>=]?[0-9;]*)([@-~])|\x1b\]([^\a\x1b]*)(?:\a|\x1b\\)|\x1b([78])|([^\x1b])", self.pending)
            if not match:
                return
            self.pending = self.pending[match.end():]
            if match[2]:
                self.csi(match[1], match[2])
            elif match[3] is not None:
                self.command(match[3])
            elif match[4] == "7":
                self.saved = (self.x, self.y, self.wrap)
            elif match[4] == "8":
                self.x, self.y, self.wrap = self.saved
            else:
                self.log += match[5]
                self.character(match[5])


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["GASTWIRT_TEST_TERMINAL"] = "1"
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        os.execvp(sys.argv[1], sys.argv[1:])
    terminal, end, rest = Terminal(fd), time.time() + TIMEOUT, b""
    while time.time() < end:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        rest += data
        text = rest.decode("utf-8", "ignore") if len(rest) > 65536 else None
        try:
            text = rest.decode("utf-8")
        except UnicodeDecodeError as error:
            text = rest[:error.start].decode("utf-8")
        rest = rest[len(text.encode()):]
        terminal.feed(text)
    else:
        os.kill(pid, signal.SIGKILL)
        terminal.failed.append("no end")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(terminal.log.replace("\r", ""))
    for line in terminal.failed:
        print(line)
    return status or (1 if terminal.failed else 0)


if __name__ == "__main__":
    sys.exit(main())
