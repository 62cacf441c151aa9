#!/usr/bin/env python3
"""Makes docs/performance.md from the benchmark suite's output.

  performance.py NATIVE.tsv WINE.tsv TARGETS.tsv [SCALE.tsv] >docs/performance.md
  performance.py --scale SCALE.tsv      the section "Scale" alone

NATIVE.tsv and WINE.tsv are what compare.sh prints for (run, native) and (run, wine): metric, our value,
the other's value, unit, ratio of costs (above 1: ours is slower). TARGETS.tsv has, by metric, the ratio to
native that is aimed at. SCALE.tsv is what `make scale` leaves in build: what, N, milliseconds, 2N, milliseconds.
"""
import csv
import sys


def read_ratios(path):
    rows = {}
    with open(path) as file:
        for fields in csv.reader(file, delimiter="\t"):
            if len(fields) >= 5:
                rows[fields[0]] = fields[1:5]
    return rows


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def print_scale(path):
    print("## Scale\n")
    print("What N of a kind cost, and 2N (`make scale`, `tests/scale/scale.c`): handles are made, duplicated and closed;")
    print("named objects made, opened and closed again; threads woken 200 times through one of their 64 objects each;")
    print("processes started, all alive at once, and ended.\n")
    print("| what | N | ms | 2N | ms | cost of 2N / cost of N |")
    print("|---|---|---|---|---|---|")
    with open(path) as file:
        for what, count, cost, double, double_cost in csv.reader(file, delimiter="\t"):
            print(f"| {what} | {count} | {cost} | {double} | {double_cost} | {float(double_cost) / float(cost):.2f} |")


def main():
    if sys.argv[1] == "--scale":
        print_scale(sys.argv[2])
        return
    native, wine = read_ratios(sys.argv[1]), read_ratios(sys.argv[2])
    targets = {}
    with open(sys.argv[3]) as file:
        for fields in csv.DictReader(file, delimiter="\t"):
            targets[fields["metric"]] = fields
    lines, met, judged, slower = [], 0, 0, []
    for metric, (ours, theirs, unit, ratio) in native.items():
        target = targets.get(metric)
        if not target:
            continue
        rate = unit.endswith("/s")
        goal, cost, value = number(target["target/native"]), number(ratio), number(ours)
        if goal and rate:
            goal = 1 / goal if goal < 1 else goal
        good = False
        if cost is not None and goal is not None:
            good = cost <= goal * 1.005
        if not good and value is not None:
            absolute = number(target["target"])
            good = value >= absolute if rate else value <= absolute
        judged += 1
        met += good
        against = wine.get(metric, ["-"] * 4)[3]
        if number(against) is not None and number(against) > 1.05:
            slower.append(metric)
        lines.append(f"| {metric} | {unit} | {ours} | {theirs} | {ratio} | {target['target/native']} | "
                     f"{'yes' if good else 'no'} | {against} |")
    print("# Performance\n")
    print("Ratios from one run each against the native twins and against Debian's wine, on a virtual machine with two")
    print("processors; a ratio above 1 says that ours costs more. Absolute values vary with the machine. Made with\n")
    print("    ROUNDS=2 compare.sh ./run native cpu calls memory except except_seh except_cxx fileio sync registry spawn >native.tsv")
    print("    ROUNDS=4 compare.sh ./run wine calls memory >wine.tsv")
    print("    ROUNDS=2 compare.sh ./run wine cpu except except_seh except_cxx fileio sync registry spawn >>wine.tsv")
    print("    tools/performance.py native.tsv wine.tsv targets.tsv build/scale.tsv >docs/performance.md\n")
    print(f"{met} of {judged} metrics meet their target. Slower than wine in this run: "
          f"{', '.join(slower) if slower else 'none'}.\n")
    print("| metric | unit | ours | native | ours/native | target/native | met | ours/wine |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(lines))
    if len(sys.argv) > 4:
        print()
        print_scale(sys.argv[4])


if __name__ == "__main__":
    main()
