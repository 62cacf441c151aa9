#!/usr/bin/env python3
"""Lists implemented exports whose name no conformance test mentions: what is built and not yet checked.

  untested.py [--srcdir DIR] [--count] [DLL...]

A forwarder counts where the function lives. Names that share one implementation count once, under the first.
"""
import argparse
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api  # noqa: E402


def mentioned_words(srcdir):
    found = set()
    for path in glob.glob(os.path.join(srcdir, "tests", "conformance", "*", "*.[ch]*")):
        with open(path, encoding="utf-8", errors="replace") as file:
            found.update(re.findall(r"\w+", file.read()))
    return found


def implemented(path):
    """Name to all names of the same symbol, without what is missing, forwarded or data."""
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
    mentioned = mentioned_words(options.srcdir)
    all_functions = all_untested = 0
    for path in sorted(glob.glob(os.path.join(options.srcdir, "dlls", "*", "*.api"))):
        dll = os.path.basename(path)[:-len(".api")]
        if options.dlls and dll not in options.dlls:
            continue
        functions = implemented(path)
        untested = sorted(min(names) for names in functions.values() if not names & mentioned)
        all_functions += len(functions)
        all_untested += len(untested)
        if functions:
            print(f"{dll}: {len(functions)} implemented, {len(untested)} in no test")
        if not options.count:
            for name in untested:
                print(f"  {name}")
    print(f"{all_functions} implemented, {all_untested} in no test")


if __name__ == "__main__":
    main()
