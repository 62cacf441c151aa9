#!/usr/bin/env python3
"""Lists implemented exports whose name no conformance test mentions: what is built and not yet checked.

  untested.py [--srcdir DIR] [--count] [DLL...]

Exits with 1 if there are any: `make lint` runs it.

A forwarder counts where the function lives. Names that share one implementation count once, under the first. A name
that several DLLs implement counts only in tests of the DLL's own folder. "syscalls" are ntdll's system calls. Names
that a test's macros paste together are found by the preprocessor.
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

# What no program calls, or nothing that Windows documents; each is what everything else stands on.
EXCEPT = {
    r"Gw\w+": "calls between Gastwirt's own parts; the documented functions on top of them are tested",
    r"__gastwirt_\w+": "the same",
    r"KiUser\w+Dispatcher|KiRaiseUserExceptionDispatcher": "entered by the kernel with a stack of its making: at every "
                                                           "exception, APC and callback",
    r"LdrInitializeThunk": "entered by the kernel at the start of every thread",
}

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api  # noqa: E402
import syscalls  # noqa: E402


def read(path):
    """A test's text without its comments."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return re.sub(r"/\*.*?\*/|//[^\n]*", " ", file.read(), flags=re.S)


def preprocessed(path):
    """What the preprocessor makes of the tests' own files, adjacent strings joined."""
    tests = os.path.join(os.path.dirname(path), "..")
    text = subprocess.run(["x86_64-w64-mingw32-gcc", "-std=gnu11", "-E", "-D_WIN32_WINNT=0x0A00", "-I" + tests,
                           "-I" + os.path.join(tests, "..", "..", "include"), path],
                          capture_output=True, text=True, check=True).stdout
    ours, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            ours = "conformance" in marker.group(1)
        elif ours:
            lines.append(line)
    return re.sub(r'"\s*"', "", "\n".join(lines))


def code_of(path, seen=()):
    """A test's text with that of the tests it includes."""
    text = read(path)
    pasted = "##" in text and not path.endswith("crt.h") or "CRT_JOIN(" in text
    for name in re.findall(r'#include "([^"]+\.(?:c|h))"', text):
        other = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if other not in seen and os.path.exists(other):
            included = code_of(other, (*seen, path))
            text += included
            pasted = pasted or "##" in included
    return text + preprocessed(path) if pasted and path.endswith(".c") and not seen else text


def mentioned_words(srcdir):
    """The words of the tests in each folder of tests/conformance."""
    paths = glob.glob(os.path.join(srcdir, "tests", "conformance", "*", "*.[ch]*"))
    found = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code in zip(paths, pool.map(code_of, paths)):
            found.setdefault(os.path.basename(os.path.dirname(path)), set()).update(re.findall(r"\w+", code))
    return found


def implemented(path):
    """Symbol to all its names, without what is missing, forwarded or data."""
    by_symbol = {}
    for export in api.Api(path).exports:
        if not (export.missing or export.forward or export.data) and re.fullmatch(r"\w+", export.name):
            by_symbol.setdefault(export.symbol, set()).add(export.name)
    return by_symbol


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--srcdir", default=".")
    parser.add_argument("--count", action="store_true", help="the numbers only")
    parser.add_argument("dlls", nargs="*")
    options = parser.parse_args()
    words = mentioned_words(options.srcdir)
    anywhere = set().union(*words.values())
    modules = {os.path.basename(path)[:-len(".api")]: implemented(path)
               for path in sorted(glob.glob(os.path.join(options.srcdir, "dlls", "*", "*.api")))}
    calls = syscalls.read(os.path.join(options.srcdir, "include", "gastwirt", "syscalls.def"))
    modules["syscalls"] = {call.name: set(call.names) for call in calls if not call.missing}
    times = collections.Counter(name for functions in modules.values() for names in functions.values() for name in names)
    all_functions = all_untested = 0
    for dll, functions in modules.items():
        if not functions or (options.dlls and dll not in options.dlls):
            continue
        own = words.get(dll, set())
        untested = sorted(min(names) for names in functions.values()
                          if not re.fullmatch("|".join(EXCEPT), min(names)) and not any(name in (anywhere if times[name] == 1 else own) for name in names))
        all_functions += len(functions)
        all_untested += len(untested)
        print(f"{dll}: {len(functions)} implemented, {len(untested)} in no test")
        if not options.count:
            for name in untested:
                print(f"  {name}")
    print(f"{all_functions} implemented, {all_untested} in no test")
    return 1 if all_untested else 0


if __name__ == "__main__":
    sys.exit(main())
