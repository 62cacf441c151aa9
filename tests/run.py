#!/usr/bin/env python3
"""Runs the tests and sums them up; the last line is "N passed, N failed, N skipped".

  run.py --build DIR --srcdir DIR --runner COMMAND [--oracle] [--smoke] [--unit] [TOPIC...]

TOPIC is dll/topic, dll, or unit/NAME, e2e/NAME. Without one everything runs: unit tests, conformance programs
(each under the runner, in a folder of its own), and the end-to-end scripts tests/e2e/*.sh.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

TIMEOUT = 120
PATIENCE = 8  # seconds until what a test has left must be gone: the session's server leaves after one
ORACLE_TIMEOUT = 60
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)


class Result:
    def __init__(self, name, passed, failed, skipped, text):
        self.name, self.passed, self.failed, self.skipped, self.text = name, passed, failed, skipped, text
        self.place = None  # what is left of it, in time


def processes(place):
    """The processes of a test: those that were started with its folder in their environment, whoever their parent is
    by now, and servers, which have an empty environment but work in that folder."""
    found = {}
    for path in glob.glob("/proc/[0-9]*"):
        try:
            with open(path + "/environ", "rb") as file:
                ours = any(place.encode() in item for item in file.read().split(b"\0") if item.startswith(MARK))
            with open(path + "/cmdline", "rb") as file:
                words = file.read().decode("utf-8", "replace").split("\0")
            if ours or ("--server" in words and any(word.startswith(place) for word in words)):
                with open(path + "/stat", "rb") as file:
                    if file.read().rpartition(b") ")[2][:1] not in b"ZX":
                        found[int(path[6:])] = " ".join(words)[:100]
        except OSError:
            pass
    return found


MARK = b"GASTWIRT_TEST="


def kill_all(place):
    for pid in processes(place):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


class Place:
    """Where one test lives: folders of its own for everything that programs might leave."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gastwirt-test-")
        for name in ("cwd", "tmp", "runtime"):
            os.mkdir(os.path.join(self.path, name), 0o700)
        self.cwd = os.path.join(self.path, "cwd")
        self.env = dict(os.environ, GASTWIRT_TEST=self.path, TMPDIR=os.path.join(self.path, "tmp"),
                        XDG_DATA_HOME=os.path.join(self.path, "data"), XDG_RUNTIME_DIR=os.path.join(self.path, "runtime"))

    def files(self):
        """What is left, but for the compilers' own: a cache where sessions have their folder, forgotten temporary files."""
        left = [os.path.join(name, entry) for name in ("tmp", "runtime") for entry in os.listdir(os.path.join(self.path, name))]
        return [name for name in left if not re.match(r"runtime/ccache|tmp/cc\w{6}(\.\w+)?$", name)]

    def leftovers(self):
        """Waits until nothing is left, but not long; says what is. The folder goes."""
        end = time.monotonic() + PATIENCE
        while (processes(self.path) or self.files()) and time.monotonic() < end:
            time.sleep(0.2)
        left = [f"left running: {pid} {words}" for pid, words in processes(self.path).items()]
        left += [f"left behind: {name}" for name in sorted(self.files())]
        kill_all(self.path)
        shutil.rmtree(self.path, ignore_errors=True)
        return left


# Tests are looked after while others run.
AFTERWARDS = concurrent.futures.ThreadPoolExecutor(32)


def without_leftovers(result):
    """A test that leaves something has one more failure."""
    left = result.place.result() if result.place else []
    for line in left:
        result.text = f"{result.text.rstrip()}\n  {line}\n"
    if left:
        result.text += f"FAIL {result.name}: leaves something behind\n"
        result.failed += 1
    return result


def run(command, cwd, env, timeout=TIMEOUT):
    """Runs a command in a session of its own; returns (status or None on a time-out, output). The output goes to a
    file, so that nobody who outlives the command can make us wait for the end of a pipe."""
    env = dict(env, GASTWIRT_TEST=f"{env.get('GASTWIRT_TEST', '')}:{uuid.uuid4()}")
    with tempfile.TemporaryFile() as file:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kill_all(env["GASTWIRT_TEST"])
            status = None
        file.seek(0)
        output = file.read()
    return status, output.decode("utf-8", "replace").replace("\r\n", "\n")


def summarised(name, status, output, timeout=TIMEOUT):
    """A program that prints the summary line counts by it; one that does not, or dies, failed once more."""
    matches = SUMMARY.findall(output)
    passed, failed, skipped = (int(n or 0) for n in matches[-1]) if matches else (0, 0, 0)
    if status is None:
        output += f"\n  {name}: no end after {timeout} s\n"
        failed += 1
    elif not matches or (status != 0 and not failed):
        output += f"\n  {name}: exit status {status}\n"
        failed += 1
    return Result(name, passed, failed, skipped, output)


def run_tests(command, name, cwd, env, timeout):
    """A conformance program. Where a test kills or hangs it, that test has failed, and another run does the tests
    behind it."""
    total, text, rest = [0, 0, 0], "", []
    while True:
        status, output = run(command + rest, cwd, env, timeout)
        if SUMMARY.search(output):
            result = summarised(name, status, output, timeout)
            return Result(name, total[0] + result.passed, total[1] + result.failed, total[2] + result.skipped,
                          text + result.text)
        done = {word: len(re.findall(rf"^{word} \w+", output, re.M)) for word in ("ok", "FAIL", "skip", "differs", "elsewhere")}
        total = [total[0] + done["ok"], total[1] + done["FAIL"] + 1, total[2] + done["skip"] + done["differs"]]
        if not rest:
            listed, tests = run(command + ["--list"], cwd, env, timeout)
            rest = tests.split() if listed == 0 else []
        culprit, rest = (rest[sum(done.values())], rest[sum(done.values()) + 1:]) if rest[sum(done.values()):] else (name, [])
        end = f"no end after {timeout} s" if status is None else f"exit status {status}"
        text += f"{output.rstrip()}\nFAIL {culprit}: {end}\n"
        if not rest:
            return Result(name, *total, text)


def oracle_environment():
    return dict(os.environ, WINEDEBUG="-all",
                WINEDLLOVERRIDES="winedbg.exe=d;mscoree=d;mshtml=d;winemenubuilder.exe=d",
                WINEPREFIX=os.environ.get("WINEPREFIX", os.path.join(tempfile.gettempdir(), "gastwirt-oracle")))


def start_oracle(options):
    """Wine's server and services, started beforehand with no output: a test's would stay open in them.
    Returns the architectures that this wine runs."""
    env = oracle_environment()
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env, "timeout": TIMEOUT, "check": False}
    if shutil.which("wineserver"):
        subprocess.run(["wineserver", "-p60"], stdout=subprocess.DEVNULL, **quiet)
    ready = os.path.join(env["WINEPREFIX"], "set-up-for-gastwirt")
    if not os.path.exists(ready):
        subprocess.run(options.runner.split() + ["wineboot", "-u"], stdout=subprocess.DEVNULL, **quiet)
        open(ready, "w").close()
    arches = []
    for arch in options.arches.split():
        hello = os.path.join(options.build, "tests", arch, "smoke", "hello.exe")
        with tempfile.TemporaryFile() as output:
            subprocess.run(options.runner.split() + [hello], stdout=output, **quiet)
            output.seek(0)
            if b" passed" in output.read():
                arches.append(arch)
            else:
                print(f"{options.runner} does not run {arch} programs here: left out")
    return " ".join(arches)


def in_a_place(test):
    place = Place()
    result = test(place)
    result.place = AFTERWARDS.submit(place.leftovers)
    return result


def conformance(exe, name, options):
    command = options.runner.split() + [exe]
    if not options.oracle:
        return in_a_place(lambda place: run_tests(command, name, place.cwd, place.env, TIMEOUT))
    work = tempfile.mkdtemp(prefix="gastwirt-test-")
    try:
        return run_tests(command, name, work, oracle_environment(), ORACLE_TIMEOUT)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def unit(path, name):
    def test(place):
        status, output = run([path], os.getcwd(), place.env)
        match = re.search(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", output, re.M)
        if match and status is not None:
            bad = int(match.group(2)) + int(match.group(3))
            return Result(name, int(match.group(1)) - bad, bad or (1 if status else 0), 0, output)
        return summarised(name, status, output)
    return in_a_place(test)


def script(path, name, options):
    def test(place):
        env = dict(place.env, RUN=os.path.abspath("run"), BUILD=os.path.abspath(options.build),
                   SRCDIR=os.path.abspath(options.srcdir))
        status, output = run(["sh", path], place.cwd, env, timeout=900)
        return summarised(name, status, output)
    return in_a_place(test)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--srcdir", default=".")
    parser.add_argument("--arches", default="x86_64 i686")
    parser.add_argument("--runner")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("topics", nargs="*")
    options = parser.parse_args()
    if options.runner and "/" in options.runner.split()[0]:
        words = options.runner.split()
        options.runner = " ".join([os.path.abspath(words[0])] + words[1:])

    jobs = []
    if options.oracle:
        options.arches = start_oracle(options)
    if options.runner:
        for arch in options.arches.split():
            root = os.path.join(options.build, "tests", arch)
            for exe in sorted(glob.glob(os.path.join(root, "*", "*.exe"))):
                topic = os.path.relpath(exe, root)[:-4]
                source = os.path.join(options.srcdir, "tests", "conformance", topic)
                if os.path.exists(source + ".c") or os.path.exists(source + ".cpp"):
                    jobs.append((topic, f"{topic} ({arch})", lambda e=exe, n=f"{topic} ({arch})":
                                 conformance(os.path.abspath(e), n, options)))
    if not options.oracle and not options.smoke:
        for source in sorted(glob.glob(os.path.join(options.srcdir, "tests", "unit", "*.c"))):
            name = os.path.basename(source)[:-2]
            path = os.path.join(options.build, "tests", "unit", name)
            jobs.append((f"unit/{name}", f"unit/{name}", lambda p=path, n=f"unit/{name}": unit(os.path.abspath(p), n)))
    if options.runner and not options.oracle and not options.unit and not options.smoke:
        for path in sorted(glob.glob(os.path.join(options.srcdir, "tests", "e2e", "*.sh"))):
            name = os.path.basename(path)[:-3]
            jobs.append((f"e2e/{name}", f"e2e/{name}", lambda p=path, n=f"e2e/{name}": script(os.path.abspath(p), n, options)))
    if options.smoke:
        options.topics = ["smoke"]
    if options.topics:
        jobs = [j for j in jobs if any(j[0] == t or j[0].startswith(t + "/") for t in options.topics)]

    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for result in map(without_leftovers, pool.map(lambda job: job[2](), jobs)):
            total = [total[0] + result.passed, total[1] + result.failed, total[2] + result.skipped]
            if result.failed or options.topics:
                print(f"---- {result.name}")
                print(result.text.rstrip())
            else:
                print(f"ok {result.name}: {result.passed} passed" + (f", {result.skipped} skipped" if result.skipped else ""))
                for line in re.findall(r"^(?:skip|differs) .*", result.text, re.M):
                    print(f"  {line}")
            sys.stdout.flush()
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not sum(total) else 0


if __name__ == "__main__":
    sys.exit(main())
