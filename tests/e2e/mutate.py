"""mutate.py RUN PROGRAM SEED COUNT headers|directories: runs mutants of a program. Each must be declined in one line
or start; run must never crash, never hang before the program has started, and never touch memory that the program
does not need, whatever sizes its header claims."""
import random
import resource
import struct
import subprocess
import sys

MEMORY = 64 * 1024  # KB, several times what the programs need
WORDS = (0, 1, 0x1000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff)


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.pe, = struct.unpack_from("<I", self.data, 60)
        count, = struct.unpack_from("<H", self.data, self.pe + 6)
        optional, = struct.unpack_from("<H", self.data, self.pe + 20)
        table = self.pe + 24 + optional
        self.header_end = table + 40 * count
        self.sections = [struct.unpack_from("<4I", self.data, table + 40 * i + 8) for i in range(count)]
        self.directories = self.pe + 24 + (112 if struct.unpack_from("<H", self.data, self.pe + 24)[0] == 0x20b else 96)

    def offset(self, rva):
        for size, start, raw_size, raw in self.sections:
            if start <= rva < start + max(size, raw_size):
                return rva - start + raw
        return None

    def ranges(self):
        """Where the directories that the loader reads lie in the file."""
        for index in (0, 1, 2, 3, 5, 9, 10, 11, 12, 13):
            rva, size = struct.unpack_from("<2I", self.data, self.directories + 8 * index)
            at = self.offset(rva) if rva and size else None
            if at is not None:
                yield at, min(at + size, at + 400, len(self.data) - 4)

    def mutant(self, directories):
        copy = bytearray(self.data)
        for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
            if directories and random.random() < 0.7:
                start, end = random.choice(directories)
            else:
                start, end = self.pe if random.random() < 0.9 else 0, self.header_end - 4
            if start >= end:
                continue
            at = random.randrange(start, end)
            kind = random.randrange(4)
            if kind == 0:
                copy[at] = random.randrange(256)
            elif kind == 1:
                copy[at] ^= 1 << random.randrange(8)
            else:
                struct.pack_into("<I", copy, at, random.choice(WORDS + (random.getrandbits(32), random.getrandbits(16))))
        return copy


def main():
    run, program, seed, count, what = sys.argv[1:]
    image = Image(program)
    directories = list(image.ranges()) if what == "directories" else []
    random.seed(int(seed))
    for number in range(int(count)):
        with open("mutant.exe", "wb") as file:
            file.write(image.mutant(directories))
        process = subprocess.Popen([run, "mutant.exe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            _, errors = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            # The C runtime waits for its start-up lock when .bss is not zero: such a program has been
            # started (its last import is mapped) and hangs by itself, on Windows too. The loader must not.
            with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
                started = "msvcrt.dll" in maps.read()
            process.kill()
            process.communicate()
            if not started:
                sys.exit(f"mutant {number} hangs in the loader")
            continue
        if process.returncode < 0 or b"internal error" in errors:
            sys.exit(f"mutant {number}: {process.returncode} {errors[:300]}")
        if process.returncode == 126 and errors.count(b"\n") != 1:
            sys.exit(f"mutant {number}: not one line: {errors[:300]}")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if most > MEMORY:
        sys.exit(f"a mutant used {most} KB")


main()
