# Packed i386 programs: code that is written before it runs, imports found by hand, resources and TLS callbacks in
# memory that is empty at first, sections as no linker makes them.
. "$SRCDIR/tests/e2e/lib.inc"
cc=i686-w64-mingw32-gcc

# A program without a C library that prints its arguments' end, a resource and what its data says.
cat >sample.c <<'C'
#include <windows.h>
static char counter[3] = "ab";
static int zeros[1000];
static void print(const char *text)
{
    DWORD n;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, lstrlenA(text), &n, NULL);
}
void start(void)
{
    char text[80];
    const char *last = GetCommandLineA();
    for (const char *c = last; *c; c++)
        if (*c == ' ')
            last = c + 1;
    HRSRC found = FindResourceA(NULL, "NOTE", MAKEINTRESOURCEA(10));
    const char *note = found ? LockResource(LoadResource(NULL, found)) : "none";
    counter[1]++;
    zeros[999] += 5;
    wsprintfA(text, "%s %d %s %s\n", counter, zeros[999], last, note);
    print(text);
    ExitProcess(zeros[999] + 2);
}
C
echo '<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"/>' >sample.manifest
printf 'NOTE RCDATA { "a note\\0" }\n1 24 "sample.manifest"\n' >sample.rc
i686-w64-mingw32-windres sample.rc sample_rc.o || exit 1
$cc -O1 -nostdlib -e _start -Wl,--disable-dynamicbase,--image-base,0x400000 -o sample.exe sample.c sample_rc.o \
    -lkernel32 -luser32 || exit 1
sample=$base/sample.exe

runs() { # FILE NOTE
    status 7 "$RUN" "$1" last >out
    same "ac 5 last $2" "$(cat out)"
}

packed() { # KIND NOTE
    python3 "$SRCDIR/tests/e2e/pack.py" "$1" "$sample" packed.exe
    runs packed.exe "$2"
    "$RUN" --check packed.exe >check 2>&1 || { cat check; return 1; }
}

# As a child, by a 64-bit parent too.
packed_child() {
    python3 "$SRCDIR/tests/e2e/pack.py" resources "$sample" packed.exe
    status 7 "$RUN" cmd /c packed.exe last >out
    same "ac 5 last a note" "$(cat out)"
}

# The program that has only its import directory of old: by hints, no names of its own (no original table).
bound() {
    python3 - "$sample" bound.exe <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
pe = struct.unpack_from("<I", data, 0x3c)[0]
rva = struct.unpack_from("<I", data, pe + 24 + 96 + 8)[0]
count, optional = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
def raw(rva):
    for i in range(count):
        size, at, length, offset = struct.unpack_from("<IIII", data, pe + 24 + optional + 40 * i + 8)
        if at <= rva < at + max(size, length):
            return rva - at + offset
at = raw(rva)
while struct.unpack_from("<I", data, at + 12)[0]:
    struct.pack_into("<I", data, at + 4, 0x3b7d8475)  # bound long ago, to another kernel32
    thunks = raw(struct.unpack_from("<I", data, at + 16)[0])
    i = 0
    while struct.unpack_from("<I", data, thunks + 4 * i)[0]:
        struct.pack_into("<I", data, thunks + 4 * i, 0x77e80000 + i)
        i += 1
    at += 20
open(sys.argv[2], "wb").write(data)
PY
    runs bound.exe "a note"
}

t unpacked runs "$sample" "a note"
t plain packed plain none
t resources packed resources "a note"
t tls packed tls none
t odd packed odd none
t packed_child packed_child
t bound bound
finish
