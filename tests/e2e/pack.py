#!/usr/bin/env python3
"""Packs a PE32 program as old packers do: what it was is data that a stub unpacks over empty sections.

  pack.py plain|resources|tls|odd IN OUT

plain      one empty writable section where the program was, the stub and the packed bytes behind it
resources  the resource directory stays where it was: in memory that is zero until the stub has run
tls        the stub is a TLS callback, the entry point is the unpacked program's own
odd        sections without names that overlap in the file, odd alignments of raw data, sizes beyond the file's end
"""
import os
import struct
import subprocess
import sys
import tempfile

# ESI packed bytes, EDI where to, ECX how many; then the program's imports by its own directory, by hand.
STUB = """
    .intel_syntax noprefix
    .text
stub:
    {prologue}
    pushad
    cmp byte ptr [{done}], 0
    jne away
    inc byte ptr [{done}]
    mov esi, {packed}
    mov edi, {target}
    mov ecx, {size}
    mov bl, {key}
1:  lodsb
    xor al, bl
    add bl, al
    stosb
    loop 1b
    mov ebx, {imports}
2:  mov eax, [ebx + 12]
    test eax, eax
    je away
    add eax, {base}
    push eax
    call dword ptr [{load_library}]
    mov ebp, eax
    mov esi, [ebx]
    mov edi, [ebx + 16]
    test esi, esi
    jne 3f
    mov esi, edi
3:  add esi, {base}
    add edi, {base}
4:  lodsd
    test eax, eax
    je 6f
    js 5f
    add eax, {base} + 2
5:  and eax, 0x7fffffff
    push eax
    push ebp
    call dword ptr [{get_address}]
    stosd
    jmp 4b
6:  add ebx, 20
    jmp 2b
away:
    popad
    {epilogue}
"""


def align(number, unit):
    return (number + unit - 1) // unit * unit


def assemble(text):
    with tempfile.TemporaryDirectory() as folder:
        source, output, raw = (os.path.join(folder, name) for name in ("s.s", "s.o", "s.bin"))
        with open(source, "w", encoding="ascii") as file:
            file.write(text)
        subprocess.run(["i686-w64-mingw32-as", "-o", output, source], check=True)
        subprocess.run(["i686-w64-mingw32-objcopy", "-O", "binary", "-j", ".text", output, raw], check=True)
        with open(raw, "rb") as file:
            return file.read().rstrip(b"\0")


def own_imports(rva):
    """An import directory of the two functions that the stub needs; returns it and the RVA of its table."""
    names = rva + 40 + 12 + 12
    hints = [b"\0\0LoadLibraryA\0\0", b"\0\0GetProcAddress\0\0"]
    library = b"KERNEL32.DLL\0\0"
    first, second = names + len(library), names + len(library) + len(hints[0])
    table = struct.pack("<III", first, second, 0)
    directory = struct.pack("<IIIII", rva + 40, 0, 0, names, rva + 52) + bytes(20)
    return directory + table + table + library + b"".join(hints), rva + 52


def main():
    kind, source, target = sys.argv[1:]
    with open(source, "rb") as file:
        data = file.read()
    pe = struct.unpack_from("<I", data, 0x3c)[0]
    count, optional_size = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
    optional = pe + 24
    entry, = struct.unpack_from("<I", data, optional + 16)
    base, section_unit, file_unit = struct.unpack_from("<III", data, optional + 28)
    size, = struct.unpack_from("<I", data, optional + 56)
    directories = optional + 96
    imports, = struct.unpack_from("<I", data, directories + 8)
    resources = data[directories + 16:directories + 24]

    image = bytearray(size)
    for i in range(count):
        at = optional + optional_size + 40 * i
        virtual_size, rva, raw_size, raw = struct.unpack_from("<IIII", data, at + 8)
        part = data[raw:raw + min(raw_size, virtual_size or raw_size)]
        image[rva:rva + len(part)] = part
    plain, key, packed = image[section_unit:], 0x5a, bytearray()
    for byte in plain:
        packed.append(byte ^ key)
        key = key + byte & 0xff

    # Behind the empty section: the stub's imports, TLS directory, the stub, the packed bytes.
    start = size
    import_block, table = own_imports(start)
    tls = start + align(len(import_block), 16)
    # its fields, the index, the callbacks, the flag that the stub has run
    index, callbacks, done, code = tls + 24, tls + 32, tls + 44, tls + 64
    values = {"done": base + done, "target": base + section_unit, "size": len(plain), "key": 0x5a, "base": base,
              "imports": base + imports, "load_library": base + table, "get_address": base + table + 4,
              "prologue": "cmp dword ptr [esp + 8], 1\n jne over" if kind == "tls" else "",
              "epilogue": "over: ret 12" if kind == "tls" else f"push {base + entry}\n ret"}
    length = len(assemble(STUB.format(packed=0x7fffffff, **values)))
    packed_at = code + align(length + 16, 16)
    stub = assemble(STUB.format(packed=base + packed_at, **values))
    tls_block = struct.pack("<IIIIII", base + index, base + index, base + index, base + callbacks, 0, 0)
    tls_block += bytes(8) + struct.pack("<II", base + code, 0)
    block = bytearray(align(packed_at - start + len(packed), 16))
    block[:len(import_block)] = import_block
    block[tls - start:tls - start + len(tls_block)] = tls_block
    block[code - start:code - start + len(stub)] = stub
    block[packed_at - start:packed_at - start + len(packed)] = packed

    raw = align(optional + optional_size + 120, file_unit)
    header = bytearray(data[:optional + optional_size]) + bytes(raw - optional - optional_size)
    struct.pack_into("<H", header, pe + 6, 2)
    characteristics, = struct.unpack_from("<H", header, pe + 22)
    struct.pack_into("<H", header, pe + 22, characteristics | 1)  # no relocations
    struct.pack_into("<I", header, optional + 16, entry if kind == "tls" else code)
    struct.pack_into("<II", header, optional + 56, align(start + len(block), section_unit), raw)
    struct.pack_into("<I", header, optional + 64, 0)  # checksum
    struct.pack_into("<H", header, optional + 70, 0)  # no DYNAMIC_BASE, no NX_COMPAT
    for i in range(16):
        struct.pack_into("<II", header, directories + 8 * i, 0, 0)
    struct.pack_into("<II", header, directories + 8, start, 40)
    if kind == "resources":
        header[directories + 16:directories + 24] = resources
    if kind == "tls":
        struct.pack_into("<II", header, directories + 72, tls, 24)
    sections = [(b"UPX0", start - section_unit, section_unit, 0, raw if kind == "odd" else 0),
                (b"UPX1", len(block), start, len(block), raw)]
    if kind == "odd":
        # The first has raw data of another's, the second's size in the file is too large and its offset odd (rounded
        # down to 512); their names are not even text.
        sections = [(b"\xff\xfe\0\1", start - section_unit, section_unit, 0x10, raw),
                    (b"", len(block), start, align(len(block), file_unit) + 0x4000, raw + 0x11)]
    for i, (name, virtual_size, rva, raw_size, raw_at) in enumerate(sections):
        struct.pack_into("<8sIIII", header, optional + optional_size + 40 * i, name, virtual_size, rva, raw_size, raw_at)
        struct.pack_into("<IIHHI", header, optional + optional_size + 40 * i + 24, 0, 0, 0, 0, 0xe0000060)
    with open(target, "wb") as file:
        file.write(header + block)
    os.chmod(target, 0o755)


main()
