# Which exception handlers an i386 image may have: any, those in its table, none; and what lies outside of images.
. "$SRCDIR/tests/e2e/lib.inc"
cc=i686-w64-mingw32-gcc

cat >handlers.c <<'C'
#include <windows.h>
#include <stdio.h>
IMAGE_LOAD_CONFIG_DIRECTORY32 configuration = {sizeof configuration};
DWORD handlers[1] = {1};
static const char *ran = "no handler ran";

EXCEPTION_DISPOSITION listed(EXCEPTION_RECORD *record, void *frame, CONTEXT *context, void *more)
{
    ran = "listed";
    context->Eip++;
    return ExceptionContinueExecution;
}

EXCEPTION_DISPOSITION unlisted(EXCEPTION_RECORD *record, void *frame, CONTEXT *context, void *more)
{
    ran = "unlisted";
    context->Eip++;
    return ExceptionContinueExecution;
}

static void guarded(void *handler)
{
    struct { void *next, *handler; } frame;
    frame.handler = handler;
    __asm__ volatile("movl %%fs:0, %%eax; movl %%eax, (%0); movl %0, %%fs:0\n\thlt\n\tmovl (%0), %%eax; movl %%eax, %%fs:0"
                     : : "r"(&frame) : "eax", "memory");
    puts(ran);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    void *handler = strcmp(argv[1], "listed") ? unlisted : listed;
    if (!strcmp(argv[1], "memory")) { /* jmp listed, in memory of no image */
        unsigned char *code = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
        code[0] = 0xe9;
        *(DWORD *)(code + 1) = (DWORD)listed - (DWORD)code - 5;
        handler = code;
    }
    guarded(handler);
    return 0;
}
C
$cc -O1 -w -Wl,--disable-dynamicbase -o any.exe handlers.c || exit 1

# with_table IN OUT FLAGS: the load configuration gets its directory entry, `listed` its place in the table
cat >with_table.py <<'PY'
import struct, subprocess, sys
symbols = {}
for line in subprocess.run(["i686-w64-mingw32-nm", sys.argv[1]], capture_output=True, text=True).stdout.splitlines():
    parts = line.split()
    if len(parts) == 3:
        symbols[parts[2]] = int(parts[0], 16)
data = bytearray(open(sys.argv[1], "rb").read())
pe = struct.unpack_from("<I", data, 0x3c)[0]
base, = struct.unpack_from("<I", data, pe + 24 + 28)
count, optional = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
def raw(address):
    for i in range(count):
        size, at, length, offset = struct.unpack_from("<IIII", data, pe + 24 + optional + 40 * i + 8)
        if at <= address - base < at + length:
            return address - base - at + offset
if sys.argv[3] == "table":
    struct.pack_into("<II", data, pe + 24 + 96 + 80, symbols["_configuration"] - base, 0x48)
    struct.pack_into("<II", data, raw(symbols["_configuration"]) + 0x40, symbols["_handlers"], 1)
    struct.pack_into("<I", data, raw(symbols["_handlers"]), symbols["_listed"] - base)
else:
    flags, = struct.unpack_from("<H", data, pe + 24 + 70)
    struct.pack_into("<H", data, pe + 24 + 70, flags | 0x400)  # IMAGE_DLLCHARACTERISTICS_NO_SEH
open(sys.argv[2], "wb").write(data)
PY
python3 with_table.py any.exe table.exe table || exit 1
python3 with_table.py any.exe none.exe none || exit 1

allowed() { # FILE WHICH WHAT
    status 0 "$RUN" "$base/$1" "$2" >out
    same "$3" "$(tr -d '\r' <out)"
}

# The exception is then nobody's: its code ends the process (privileged instruction, 0xc0000096).
refused() { # FILE WHICH
    status 150 "$RUN" "$base/$1" "$2" >out 2>report
    same "" "$(cat out)"
    grep -q 0xc0000096 report
}

t any_listed allowed any.exe listed listed
t any_unlisted allowed any.exe unlisted unlisted
t any_memory allowed any.exe memory listed
t table_listed allowed table.exe listed listed
t table_unlisted refused table.exe unlisted
t table_memory allowed table.exe memory listed
t none_listed refused none.exe listed
t none_memory allowed none.exe memory listed
finish
