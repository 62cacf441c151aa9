#!/usr/bin/env python3
"""Writes the sort weights of CompareString and LCMapString from CLDR's root collation.

  collation.py CLDR_COMMON_DIR UNICODE_DIR OUT

OUT/sort_weights.bin: USHORT[256], the block of each high byte, then blocks of 256 ULONG: primary << 16 |
diacritic << 8 | case. Primary 0: ignorable, or (with a diacritic) a mark that belongs to the character before;
0xffff: case is the low part of an index (diacritic << 8 | case) into sort_expansions.bin: ULONG count, then weights.
Han ideographs and Hangul syllables are not in the table: sort_constants.h says where their primaries begin.

The primaries of ASCII punctuation follow the order that Windows documents (Excel's sort order): hyphen and
apostrophe first, which word sort passes over; then punctuation, symbols, digits, letters.
"""
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unicode as unicode_tables  # noqa: E402

FIRST = "'-\u00ad\u2010\u2011\uff07\uff0d\ufe63" + " !\"#$%&()*,./:;?@[\\]^_`{|}~+<=>"
ELEMENT = re.compile(r"\[([.*])([0-9A-F]+)\.([0-9A-F]+)\.([0-9A-F]+)\]")
LIGATURE = 0x118  # the secondary weight that tells a ligature from its letters
WIDE, KATAKANA, UPPER = 2, 4, 1  # bits of the case weight; the variant's number follows


def is_han(code):
    return 0x3400 <= code <= 0x4dbf or 0x4e00 <= code <= 0x9fff


def read_keys(path):
    keys = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line[0] in "#@\n":
                continue
            left, _, right = line.partition(";")
            codes = left.split()
            if len(codes) != 1 or int(codes[0], 16) > 0xffff:
                continue
            keys[int(codes[0], 16)] = [(int(p, 16), int(s, 16), int(t, 16)) for _, p, s, t in
                                       ELEMENT.findall(right.split("#")[0])]
    return keys


def case_weight(code, tertiary, characters):
    fields = characters.get(code)
    weight = 0
    if fields and (fields[2] in ("Lu", "Lt") or tertiary in (8, 9, 10, 11, 12)):
        weight |= UPPER
    if fields and fields[5].startswith("<wide>") or 0xff01 <= code <= 0xff5e:
        weight |= WIDE
    elif fields and fields[5].startswith("<narrow>"):
        weight |= 0
    elif tertiary not in (2, 8, 0xe, 0x11, 0xd, 0xf, 0x10, 0x12, 0x13):
        weight |= tertiary << 3
    if fields and "KATAKANA" in fields[1]:
        weight |= KATAKANA
    return weight & 0xff


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    cldr, folder, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    characters = unicode_tables.read_unicode_data(folder)
    keys = read_keys(os.path.join(cldr, "uca", "allkeys_CLDR.txt"))

    # Secondary weights in order, as small numbers; 2 is none.
    seconds = sorted({s for elements in keys.values() for p, s, t in elements if s > 0x20})
    diacritic = {s: 3 + n * 250 // max(len(seconds), 250) for n, s in enumerate(seconds)}
    diacritic[0x20] = 2
    diacritic[0] = 0

    # Primary weights: the documented start, then the rest in CLDR's order.
    primaries, position = {}, 1
    own = {}
    for text in FIRST:
        elements = keys.get(ord(text), [])
        own[ord(text)] = position
        if elements and elements[0][0] and elements[0][0] not in primaries:
            primaries[elements[0][0]] = position
        position += 1
    ordered = sorted({p for elements in keys.values() for p, s, t in elements if p} - set(primaries))
    digit = keys[ord("0")][0][0]
    letter = keys[ord("a")][0][0]
    hangul_jamo = keys[0x1100][0][0]
    constants = {}
    implicit = 0xfb00
    for p in ordered:
        if p >= implicit:
            continue
        if p == hangul_jamo:
            constants["SORT_HANGUL"] = position
            position += 0xd7a4 - 0xac00
        if p == digit:
            constants["SORT_DIGITS"] = position
        if p == letter:
            constants["SORT_LETTERS"] = position
        primaries[p] = position
        position += 1
    constants["SORT_HAN"] = position
    position += 0xa000 - 0x4e00 + 0x4dc0 - 0x3400
    constants["SORT_OTHER"] = position
    if position > 0xf7ff:
        sys.exit(f"collation.py: {position} primary weights are too many")

    table, expansions, known = [0] * 0x10000, [], {}

    def han(code):
        return constants["SORT_HAN"] + (code - 0x4e00 if code >= 0x4e00 else 0xa000 - 0x4e00 + code - 0x3400)

    def reduce(code, elements):
        """Collation elements as a list of (primary, diacritic, case); marks join what is before."""
        result = []
        for n, (p, s, t) in enumerate(elements):
            if p >= implicit:
                continue  # Han: handled by decomposition below
            case = case_weight(code, t, characters)
            if p:
                result.append([primaries[p], diacritic[s], case])
            elif s == LIGATURE:
                continue  # between the letters of a ligature, which equals them
            elif s and result:
                result[-1][1] = min(255, result[-1][1] + diacritic[s] - 2)
                result[-1][2] |= 0
            elif s:
                result.append([0, diacritic[s], 0])
        if len(result) > 1:
            for weights in result:
                weights[2] &= UPPER | KATAKANA
        return result

    for code in range(0x10000):
        if is_han(code) or 0xac00 <= code <= 0xd7a3 or 0xd800 <= code <= 0xdfff:
            continue
        fields = characters.get(code)
        if code in own:
            table[code] = own[code] << 16 | 2 << 8 | case_weight(code, 2, characters)
            continue
        elements = keys.get(code)
        if not elements:
            if fields and fields[5] and not fields[5].startswith("<"):
                target = int(fields[5].split()[0], 16)
                if is_han(target):
                    table[code] = han(target) << 16 | 2 << 8 | 8
            continue
        weights = reduce(code, elements)
        if not weights:
            if fields and fields[5]:  # compatibility ideographs and radicals
                parts = [int(p, 16) for p in fields[5].split() if not p.startswith("<")]
                if len(parts) == 1 and is_han(parts[0]):
                    table[code] = han(parts[0]) << 16 | 2 << 8 | 8
            continue
        if len(weights) == 1:
            p, s, t = weights[0]
            table[code] = p << 16 | s << 8 | t
        else:
            entry = tuple(p << 16 | s << 8 | t for p, s, t in weights)
            if entry not in known:
                known[entry] = len(expansions)
                expansions.extend((len(entry),) + entry)
            table[code] = 0xffff << 16 | known[entry]
    if len(expansions) > 0xffff:
        sys.exit("collation.py: too many expansions")
    unicode_tables.write(out, "sort_weights.bin", unicode_tables.two_stage(table, "I"))
    unicode_tables.write(out, "sort_expansions.bin", struct.pack(f"<{len(expansions)}I", *expansions))
    unicode_tables.assembly(out, "sort_weights", ["sort_weights", "sort_expansions"])
    with open(os.path.join(out, "sort_constants.h"), "w", encoding="ascii") as file:
        file.write("/* Generated by tools/collation.py. */\n")
        for name, value in sorted(constants.items()):
            file.write(f"#define {name} {value}\n")


if __name__ == "__main__":
    main()
