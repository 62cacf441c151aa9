#!/usr/bin/env python3
"""Compares what tests/e2e/batch/*.out expect with what another interpreter prints, wine's by default.

    oracle.py [--show] [TOPIC...]      RUNNER="wine cmd" in the environment is the default

The output is cut at the lines "== section". Each section that differs must stand in TOPIC.wine with the reason
("section: reason"), and each that stands there must differ. --show prints the differences.
"""
import difflib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def sections(text):
    found, name = {"start": []}, "start"
    for line in text.splitlines():
        if line.startswith("== "):
            name = line[3:].strip()
        found.setdefault(name, []).append(line.rstrip("\r\f"))
    return found


def run(topic):
    runner = shlex.split(os.environ.get("RUNNER", "wine cmd"))
    with tempfile.TemporaryDirectory() as folder:
        source = (HERE / f"{topic}.bat").read_text()
        (pathlib.Path(folder) / f"{topic}.bat").write_text(source.replace("\n", "\r\n"), newline="")
        command = runner + ["/c", f"{topic}.bat"]
        try:
            done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=15, env={**os.environ, "WINEDEBUG": "-all"},
                                  check=False)
            output, status = done.stdout, f"exit status {done.returncode}"
        except subprocess.TimeoutExpired as late:  # some loops never end there
            output, status = late.stdout or b"", "no end"
    return output.decode("utf-8", "replace").replace("\r", "")[:100000] + status + "\n"


def check(topic, show):
    expected = sections((HERE / f"{topic}.out").read_text())
    actual = sections(run(topic))
    reasons = {}
    notes = HERE / f"{topic}.wine"
    if notes.exists():
        for line in notes.read_text().splitlines():
            name, _, reason = line.partition(": ")
            reasons[name] = reason
    good = True
    for name in expected:
        same = expected[name] == actual.get(name, [])
        if same == (name in reasons):
            good = False
            print(f"{topic}: section {name}: {'is explained and does not differ' if same else 'differs unexplained'}")
        if not same and (show or name not in reasons):
            sys.stdout.writelines(f"    {line}\n" for line in difflib.unified_diff(
                expected[name], actual.get(name, []), "documented", "there", lineterm="", n=0))
    return good


def main():
    arguments = sys.argv[1:]
    show = "--show" in arguments
    topics = [a for a in arguments if a != "--show"] or sorted(p.stem for p in HERE.glob("*.bat"))
    results = [check(topic, show) for topic in topics]
    print(f"{sum(results)} topics agree or are explained, {len(results) - sum(results)} do not")
    sys.exit(0 if all(results) else 1)


main()
