#!/usr/bin/env python3
"""Writes the Unicode tables of ntdll and kernelbase from Debian's unicode-data: OUT/unicode_*.bin and
the assembly that includes them.

  unicode.py casing|classes|normalization UNICODE_DIR OUT

casing: unicode_upcase.bin, unicode_downcase.bin: USHORT[256], the block of each high byte; then blocks of 256
USHORT, what to add to the character.
classes: unicode_classes.bin: USHORT[256], then blocks of 256 UCHAR, the number of a class;
unicode_class_types.bin: what GetStringType reports for each class, three USHORT.
normalization: unicode_decompositions.bin and others, read by dlls/ntdll/nls/normalize.c (see there).
"""
import os
import struct
import sys


def blocks(values, form):
    """A two-stage table of 0x10000 values: (index, blocks) as lists; identical blocks are shared."""
    index, known, data = [], {}, []
    for high in range(256):
        block = struct.pack("<256" + form, *values[high * 256:high * 256 + 256])
        if block not in known:
            known[block] = len(known)
            data.append(block)
        index.append(known[block])
    return index, data


def two_stage(values, form="H"):
    index, data = blocks(values, form)
    return struct.pack("<256H", *index) + b"".join(data)


def read_unicode_data(folder):
    """{code: fields} of UnicodeData.txt, with its ranges expanded."""
    characters, first = {}, None
    with open(os.path.join(folder, "UnicodeData.txt"), encoding="ascii") as file:
        for line in file:
            fields = line.rstrip("\n").split(";")
            code = int(fields[0], 16)
            if fields[1].endswith(", First>"):
                first = code
            elif fields[1].endswith(", Last>"):
                for c in range(first, code + 1):
                    characters[c] = fields
            else:
                characters[code] = fields
    return characters


def write(out, name, data):
    with open(os.path.join(out, name), "wb") as file:
        file.write(data)


def assembly(out, name, symbols):
    """OUT/NAME.S: read-only symbols that hold OUT/SYMBOL.bin."""
    with open(os.path.join(out, name + ".S"), "w", encoding="ascii") as file:
        file.write("/* Generated. */\n#ifdef __x86_64__\n#define SYMBOL(name) name\n#else\n"
                   "#define SYMBOL(name) _##name\n#endif\n    .section .rdata, \"dr\"\n")
        for symbol in symbols:
            file.write(f"    .globl SYMBOL({symbol})\n    .balign 16\nSYMBOL({symbol}):\n"
                       f"    .incbin \"{out}/{symbol}.bin\"\n")


def casing(folder, out):
    characters = read_unicode_data(folder)
    upper, lower = {}, {}
    for code, fields in characters.items():
        if code < 0x10000:
            if fields[12]:
                upper[code] = int(fields[12], 16)
            if fields[13]:
                lower[code] = int(fields[13], 16)
    # Windows maps to upper case only what comes back from there, the final sigma and the title-case
    # digraphs excepted: the dotless i, the long s, the micro sign and the like are their own.
    keep = {0x3c2, 0x1c5, 0x1c8, 0x1cb, 0x1f2}
    up = [0] * 0x10000
    for code, target in upper.items():
        if target < 0x10000 and (lower.get(target) == code or code in keep):
            up[code] = (target - code) & 0xffff
    down = [0] * 0x10000
    for code, target in lower.items():
        if target < 0x10000 and (upper.get(target) == code):
            down[code] = (target - code) & 0xffff
    write(out, "unicode_upcase.bin", two_stage(up))
    write(out, "unicode_downcase.bin", two_stage(down))
    assembly(out, "unicode_casing", ["unicode_upcase", "unicode_downcase"])


C1 = {"Lu": 0x101, "Ll": 0x102, "Lt": 0x103, "Lm": 0x100, "Lo": 0x100, "Nl": 0x100, "Nd": 0x4, "No": 0x10,
      "Mn": 0x0, "Mc": 0x0, "Me": 0x0, "Zs": 0x48, "Zl": 0x8, "Zp": 0x8, "Cc": 0x20, "Cf": 0x20}
C2 = {"L": 1, "R": 2, "AL": 2, "EN": 3, "ES": 4, "ET": 5, "AN": 6, "CS": 7, "B": 8, "S": 9, "WS": 10, "ON": 11}
NONSPACING, DIACRITIC, VOWELMARK, SYMBOL, KATAKANA, HIRAGANA, HALFWIDTH, FULLWIDTH, IDEOGRAPH, KASHIDA, LEXICAL, \
    HIGH, LOW, ALPHA = [1 << n for n in range(13)] + [0x8000]


def read_property(path, column=1):
    """{code: value} of a property file."""
    values = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = [f.strip() for f in line.split("#")[0].split(";")]
            if fields[0] and len(fields) > column:
                ends = fields[0].split("..")
                for code in range(int(ends[0], 16), int(ends[-1], 16) + 1):
                    values.setdefault(code, []).append(fields[column])
    return values


def classes(folder, out):
    characters = read_unicode_data(folder)
    properties = read_property(os.path.join(folder, "PropList.txt"))
    widths = read_property(os.path.join(folder, "EastAsianWidth.txt"))
    numbers, types, values = {}, [], []
    for code in range(0x10000):
        fields = characters.get(code)
        one = two = three = 0
        if fields:
            category, bidi = fields[2], fields[4]
            mine = properties.get(code, [])
            one = 0x200 | C1.get(category, 0x10 if category[0] in "PS" else 0)
            if category[0] == "C" and code in (9, 10, 11, 12, 13):
                one |= 0x8
            if code == 9:
                one |= 0x40
            if code == 0x85:
                one |= 0x8
            if code in (0xb2, 0xb3, 0xb9):
                one |= 0x14
            if category == "No" and 0xbc <= code <= 0xbe:
                one = 0x210
            if category == "Lo" and code in (0xaa, 0xba):
                one |= 0x2 | 0x10
            if chr(code) in "0123456789abcdefABCDEF" or 0xff10 <= code <= 0xff19 or 0xff21 <= code <= 0xff26 or 0xff41 <= code <= 0xff46:
                one |= 0x80
            two = C2.get(bidi, 0)
            if category in ("Mn", "Me"):
                three |= NONSPACING
                if 0x300 <= code <= 0x36f or 0x20d0 <= code <= 0x20ff or "Diacritic" in mine:
                    three |= DIACRITIC
                if 0x5b0 <= code <= 0x5c7 or 0x64b <= code <= 0x652 or 0x670 == code:
                    three |= VOWELMARK
            elif "Diacritic" in mine and category != "Lo" or code in (0xa8, 0xaf, 0xb4, 0xb8):
                three |= DIACRITIC
            if category[0] in "PS":
                three |= SYMBOL
            if category[0] == "L" or category == "Nl":
                three |= ALPHA
            name = fields[1]
            if "KATAKANA" in name:
                three |= KATAKANA
            if "HIRAGANA" in name:
                three |= HIRAGANA
            if "Ideographic" in mine or 0xf900 <= code <= 0xfaff:
                three |= IDEOGRAPH
            width = widths.get(code, ["N"])[0]
            if width in ("F", "W"):
                three |= FULLWIDTH
            elif width in ("H", "Na"):
                three |= HALFWIDTH
            if code == 0x640:
                three |= KASHIDA
            if code in (0x27, 0x2d, 0xad) or category == "Pd":
                three |= LEXICAL
            if category == "Cc" and code < 0x20 and code not in range(9, 14):
                pass
        if 0xd800 <= code <= 0xdbff:
            three = HIGH
        elif 0xdc00 <= code <= 0xdfff:
            three = LOW
        elif 0xe000 <= code <= 0xf8ff:
            one = 0x200
        key = one, two, three
        if key not in numbers:
            numbers[key] = len(types)
            types.append(key)
        values.append(numbers[key])
    if len(types) > 256:
        sys.exit("unicode.py: more than 256 classes of characters")
    index, data = blocks(values, "B")
    write(out, "unicode_classes.bin", struct.pack("<256H", *index) + b"".join(data))
    write(out, "unicode_class_types.bin", b"".join(struct.pack("<3H", *t) for t in types))
    assembly(out, "unicode_classes", ["unicode_classes", "unicode_class_types"])


def normalization(folder, out):
    """Sorted tables, searched by bisection.

    unicode_decompositions.bin: ULONG code << 11 | length << 1 | compatibility, then USHORT offset, interleaved as
    ULONG pairs; unicode_decomposed.bin: UTF-16 text, full decompositions (for codes with both kinds, two entries:
    canonical first); unicode_compositions.bin: ULONG first, second, composed, sorted; unicode_combining.bin: ULONG
    code << 8 | class, sorted."""
    characters = read_unicode_data(folder)
    excluded = set(read_property(os.path.join(folder, "CompositionExclusions.txt"), 0))
    canonical, compatible = {}, {}
    for code, fields in characters.items():
        parts = fields[5].split()
        if parts and not (0xac00 <= code <= 0xd7a3):
            if parts[0].startswith("<"):
                compatible[code] = [int(p, 16) for p in parts[1:]]
            else:
                canonical[code] = [int(p, 16) for p in parts]

    def expand(code, compat):
        parts = canonical.get(code) or (compatible.get(code) if compat else None)
        return [x for p in parts for x in expand(p, compat)] if parts else [code]

    classes_of = {c: int(f[3]) for c, f in characters.items() if f[3] != "0"}

    def ordered(codes):
        codes = list(codes)
        for i in range(1, len(codes)):
            j = i
            while j > 0 and classes_of.get(codes[j], 0) and classes_of.get(codes[j - 1], 0) > classes_of[codes[j]]:
                codes[j - 1], codes[j] = codes[j], codes[j - 1]
                j -= 1
        return codes

    text, entries, known = b"", [], {}

    def add(code, codes, compat):
        nonlocal text
        data = "".join(map(chr, ordered(codes))).encode("utf-16-le")
        if data not in known:
            known[data] = len(text) // 2
            text += data
        entries.append((code << 11 | len(data) // 2 << 1 | compat, known[data]))

    for code in sorted(set(canonical) | set(compatible)):
        if code in canonical:
            add(code, expand(code, False), 0)
        if code in compatible or expand(code, True) != expand(code, False):
            add(code, expand(code, True), 1)
    compositions = sorted((parts[0], parts[1], code) for code, parts in canonical.items()
                          if len(parts) == 2 and code not in excluded and not classes_of.get(code)
                          and not classes_of.get(parts[0]))
    write(out, "unicode_decompositions.bin", struct.pack("<I", len(entries)) +
          b"".join(struct.pack("<II", *e) for e in entries))
    write(out, "unicode_decomposed.bin", text)
    write(out, "unicode_compositions.bin", struct.pack("<I", len(compositions)) +
          b"".join(struct.pack("<III", *c) for c in compositions))
    combining = sorted(classes_of.items())
    write(out, "unicode_combining.bin", struct.pack("<I", len(combining)) +
          b"".join(struct.pack("<I", c << 8 | n) for c, n in combining))
    write(out, "unicode_assigned.bin", assigned_ranges(characters))
    assembly(out, "unicode_normalization", ["unicode_decompositions", "unicode_decomposed", "unicode_compositions",
                                            "unicode_combining", "unicode_assigned"])


def assigned_ranges(characters):
    """ULONG count, then first and last code of each run of assigned characters."""
    runs = []
    for code in sorted(characters):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return struct.pack("<I", len(runs)) + b"".join(struct.pack("<II", *r) for r in runs)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    command, folder, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    globals()[command](folder, out)


if __name__ == "__main__":
    main()
