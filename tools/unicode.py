#!/usr/bin/env python3
"""Writes the Unicode tables of ntdll and kernelbase from Debian's unicode-data: OUT/unicode_*.bin and
the assembly that includes them.

  unicode.py casing UNICODE_DIR OUT

casing: unicode_upcase.bin, unicode_downcase.bin: USHORT[256], the block of each high byte; then blocks of 256
USHORT, what to add to the character.
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


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    command, folder, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    globals()[command](folder, out)


if __name__ == "__main__":
    main()
