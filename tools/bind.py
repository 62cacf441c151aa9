#!/usr/bin/env python3
"""bind.py DLL...: binds our DLLs of one architecture to each other, in place.

Every DLL has a base of its own, so the addresses that its imports will have are known: they are written into its
import table, and the directory of bound imports says, as in Windows' format, which DLLs with which stamps they
hold for. A stamp there is the DLL's own, a checksum of all that it exports and where, plus its base in pages. The
loader takes the addresses over if each of these DLLs is the one that was meant and lies at its base; else it binds
as usual.
"""
import os
import struct
import sys
import zlib

PAGE = 4096


def round_up(n):
    return (n + PAGE - 1) & ~(PAGE - 1)


class Image:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).lower()
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.old = bytes(self.data)
        self.nt = self.u32(0x3C)
        self.optional = self.nt + 24
        self.wide = self.u16(self.optional) == 0x20B
        self.base = self.u64(self.optional + 24) if self.wide else self.u32(self.optional + 28)
        self.directories = self.optional + (112 if self.wide else 96)
        self.section_table = self.optional + self.u16(self.nt + 20)
        self.section_count = self.u16(self.nt + 6)
        self.sections = []
        for i in range(self.section_count):
            at = self.section_table + 40 * i
            self.sections.append((self.u32(at + 12), self.u32(at + 8), self.u32(at + 16), self.u32(at + 20)))
        self.fill_pages()
        self.read_exports()

    def u16(self, at):
        return struct.unpack_from("<H", self.data, at)[0]

    def u32(self, at):
        return struct.unpack_from("<I", self.data, at)[0]

    def u64(self, at):
        return struct.unpack_from("<Q", self.data, at)[0]

    def offset(self, rva):
        for start, size, raw, offset in self.sections:
            if start <= rva < start + max(size, raw):
                return offset + rva - start
        return rva

    def text(self, rva):
        at = self.offset(rva)
        return self.data[at : self.data.index(0, at)].decode("ascii")

    def fill_pages(self):
        """The file has whole pages; a section whose header says so is mapped without a look at the last one."""
        for i, (_, _, raw, offset) in enumerate(self.sections):
            end = offset + round_up(raw)
            if raw and not offset % PAGE and raw % PAGE and end <= len(self.data):
                if not any(self.data[offset + raw : end]):
                    struct.pack_into("<I", self.data, self.section_table + 40 * i + 16, round_up(raw))

    def read_exports(self):
        self.by_name, self.by_ordinal, stamp = {}, {}, 0
        rva, size = struct.unpack_from("<II", self.data, self.directories)
        if rva:
            at = self.offset(rva)
            base, count, names, functions, name_table, ordinals = struct.unpack_from("<6I", self.data, at + 16)
            for i in range(count):
                target = self.u32(self.offset(functions) + 4 * i)
                if rva <= target < rva + size:
                    target = self.text(target)
                self.by_ordinal[base + i] = target
            for i in range(names):
                name = self.text(self.u32(self.offset(name_table) + 4 * i))
                self.by_name[name] = self.by_ordinal[base + self.u16(self.offset(ordinals) + 2 * i)]
            stamp = zlib.crc32(repr((self.base, self.by_ordinal, self.by_name)).encode())
        self.stamp = stamp or 1
        struct.pack_into("<I", self.data, self.nt + 8, self.stamp)


def resolve(images, image, name, ordinal, through):
    """The address, and in `through` the names of the DLLs that forwarders led to; None."""
    target = image.by_ordinal.get(ordinal) if name is None else image.by_name.get(name)
    if not target:
        return None
    if isinstance(target, int):
        return image.base + target
    dll, _, function = target.rpartition(".")
    dll = dll.lower() + ".dll"
    if dll not in images or len(through) > 8:
        return None
    if dll not in through:
        through.append(dll)
    if function.startswith("#"):
        return resolve(images, images[dll], None, int(function[1:]), through)
    return resolve(images, images[dll], function, 0, through)


def bind_descriptor(images, image, at):
    """The DLLs that the descriptor's addresses depend on, or None: they cannot be told."""
    lookup, _, _, name, table = struct.unpack_from("<5I", image.data, at)
    dll = image.text(name).lower()
    if dll not in images or not lookup:
        return None
    size, kind = (8, "<Q") if image.wide else (4, "<I")
    by_ordinal = 1 << (size * 8 - 1)
    through, addresses = [dll], []
    while True:
        entry = struct.unpack_from(kind, image.data, image.offset(lookup) + size * len(addresses))[0]
        if not entry:
            break
        found = (
            resolve(images, images[dll], None, entry & 0xFFFF, through)
            if entry & by_ordinal
            else resolve(images, images[dll], image.text(entry + 2), 0, through)
        )
        if found is None:
            return None
        addresses.append(found)
    for i, address in enumerate(addresses):
        struct.pack_into(kind, image.data, image.offset(table) + size * i, address)
    return through


def bind(images, image):
    rva = image.u32(image.directories + 8)
    if not rva:
        return
    bound = []
    at = image.offset(rva)
    while image.u32(at + 12):
        through = bind_descriptor(images, image, at)
        struct.pack_into("<I", image.data, at + 4, 0xFFFFFFFF if through else 0)
        if through:
            bound.append(through)
        at += 20
    # Behind the section table: the references, then the names.
    entries = sum(len(through) for through in bound) + 1
    names = b"".join(name.encode() + b"\0" for name in sorted({n for through in bound for n in through}))
    start = (image.section_table + 40 * image.section_count + 7) & ~7
    first = min(offset for _, _, raw, offset in image.sections if raw)
    size = 8 * entries + len(names)
    if start + size > first:
        sys.exit(f"bind.py: {image.path}: no room for bound imports")
    block = bytearray()
    for through in bound:
        for i, name in enumerate(through):
            place = 8 * entries + names.index(name.encode() + b"\0")
            stamp = (images[name].stamp + (images[name].base >> 12)) & 0xFFFFFFFF or 1
            block += struct.pack("<IHH", stamp, place, 0 if i else len(through) - 1)
    block += bytes(8) + names
    image.data[start:first] = block + bytes(first - start - len(block))
    struct.pack_into("<II", image.data, image.directories + 8 * 11, start if bound else 0, len(block) if bound else 0)


def main():
    images = {image.name: image for image in map(Image, sys.argv[1:])}
    for image in images.values():
        bind(images, image)
        if image.data != image.old:
            with open(image.path + ".new", "wb") as file:
                file.write(image.data)
            os.chmod(image.path + ".new", os.stat(image.path).st_mode)
            os.replace(image.path + ".new", image.path)


main()
