# Where images lie: several that want the same address, one that must have its own, one that has no relocations.
. "$SRCDIR/tests/e2e/lib.inc"
here=$PWD

cat >part.c <<'C'
static int value = NUMBER;
static int *volatile pointer = &value; /* wants a relocation */
__declspec(dllexport) int part(void) { return *pointer; }
int __stdcall start(void *base, unsigned reason, void *reserved) { return 1; }
C
cat >main.c <<'C'
#include <windows.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    HMODULE seen[8];
    for (int i = 1; i < argc; i++) {
        HMODULE module = seen[i] = LoadLibraryA(argv[i]);
        int (*part)(void) = (int (*)(void))(void *)GetProcAddress(module, "part");
        if (!part) {
            printf("%s: error %lu\n", argv[i], GetLastError());
            continue;
        }
        for (int j = 1; j < i; j++)
            if (seen[j] == module)
                printf("%s lies where %s does\n", argv[i], argv[j]);
        printf("%d%s ", part(), (ULONG_PTR)module == BASE ? " at its base" : "");
    }
    printf("program at %p\n", (void *)GetModuleHandleA(NULL));
    return 0;
}
C

same_base() { # ARCH BASE
    for number in 1 2 3; do
        "$1-w64-mingw32-gcc" -DNUMBER=$number -nostdlib -shared -Wl,--image-base,"$2" \
            -Wl,-e,"$([ "$1" = i686 ] && echo _start@12 || echo start)" -o "part$number.dll" "$here/part.c"
    done
    "$1-w64-mingw32-gcc" -DBASE="$2" -o main.exe "$here/main.c"
    "$RUN" main.exe part1.dll part2.dll part3.dll >out
    grep -q '^1 at its base 2 3 program at ' out || { cat out; return 1; }
}

# A program without relocations has its address, and what wants the same moves.
fixed_program() { # ARCH BASE
    "$1-w64-mingw32-gcc" -DNUMBER=7 -nostdlib -shared -Wl,--image-base,"$2" \
        -Wl,-e,"$([ "$1" = i686 ] && echo _start@12 || echo start)" -o part7.dll "$here/part.c"
    "$1-w64-mingw32-gcc" -DBASE="$2" -Wl,--image-base,"$2" -Wl,--disable-dynamicbase -Wl,--disable-reloc-section \
        -o fixed.exe "$here/main.c"
    "$RUN" fixed.exe part7.dll | tr -d "\r" >out
    grep -qi "^7 program at 0*${2#0x}\$" out || { cat out; return 1; }
}

# Our own DLLs are bound to each other when they are built. The program takes kernelbase's base away: all that is
# bound to it is bound anew, through forwarders as well.
bound_to_a_moved_dll() { # ARCH BASE
    cat >moved.c <<'C'
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void)
{
    char path[MAX_PATH], *copy = malloc(100);
    HMODULE module = GetModuleHandleA("kernelbase.dll");
    IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)module;
    IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)((char *)module + dos->e_lfanew);
    char *sleep = (char *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "Sleep");
    strcpy(copy, "ok");
    puts((ULONG_PTR)module == BASE ? "kernelbase lies at its base" : "moved");
    puts(GetModuleFileNameA(module, path, sizeof path) && GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES
             ? copy : "no path");
    puts(sleep >= (char *)module && sleep < (char *)module + nt->OptionalHeader.SizeOfImage ? "inside" : "outside");
    Sleep(1);
    return 0;
}
C
    "$1-w64-mingw32-gcc" -DBASE="$2" -Wl,--image-base,"$2" -Wl,--disable-dynamicbase \
        -Wl,--disable-reloc-section -o moved.exe moved.c
    same "moved ok inside" "$("$RUN" moved.exe | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
    "$1-w64-mingw32-gcc" -DBASE="$2" -o usual.exe moved.c
    same "kernelbase lies at its base ok inside" "$("$RUN" usual.exe | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
}

# The import tables in the files have their addresses, and what they were bound to is known by its stamp: one that
# is another is bound to as usual.
bound_to_another_dll() { # ARCH
    system=$(dirname "$(readlink -f "$RUN")")/build/system
    mkdir -p copy/build/system
    cp "$RUN" copy/run
    cp -r "$system/$1" "$system"/*.txt "$system"/registry.mdb copy/build/system/
    for dll in kernelbase msvcrt ws2_32; do
        "$1-w64-mingw32-objdump" -p "copy/build/system/$1/$dll.dll" >"$dll.txt"
        grep -Eq 'ffffffff .*(ntdll|kernelbase)|ffffffff 00000000' "$dll.txt" || { echo "$dll is not bound"; return 1; }
    done
    cat >hello.c <<'C'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
C
    "$1-w64-mingw32-gcc" -o hello.exe hello.c
    same hello "$(copy/run hello.exe | tr -d '\r')"
    # Wrong addresses under a right stamp would crash; under a wrong one they are not even looked at.
    python3 - "copy/build/system/$1" <<'P'
import struct, sys
def edit(name, change):
    path = f"{sys.argv[1]}/{name}"
    data = bytearray(open(path, "rb").read())
    nt = struct.unpack_from("<I", data, 0x3C)[0]
    wide = struct.unpack_from("<H", data, nt + 24)[0] == 0x20B
    change(data, nt, nt + 24 + (112 if wide else 96), 8 if wide else 4)
    open(path, "wb").write(data)
def stamp(data, nt, directories, size):
    struct.pack_into("<I", data, nt + 8, 0x12345678)
def break_table(data, nt, directories, size):
    rva, length = struct.unpack_from("<II", data, directories + 8 * 12) # of all addresses
    for i in range(struct.unpack_from("<H", data, nt + 6)[0]):
        at = nt + 24 + struct.unpack_from("<H", data, nt + 20)[0] + 40 * i
        start, raw, offset = (struct.unpack_from("<I", data, at + n)[0] for n in (12, 16, 20))
        if start <= rva < start + raw:
            data[offset + rva - start : offset + rva - start + length] = b"\x11" * length
edit("ntdll.dll", stamp)
edit("kernelbase.dll", break_table)
P
    same hello "$(copy/run hello.exe | tr -d '\r')"
}

t same_base same_base x86_64 0x6a0000000
t same_base_i386 same_base i686 0x10000000
t fixed_program fixed_program x86_64 0x140000000
t fixed_program_i386 fixed_program i686 0x400000
t bound_to_a_moved_dll bound_to_a_moved_dll x86_64 0x6f0002000000
t bound_to_a_moved_dll_i386 bound_to_a_moved_dll i686 0x70800000
t bound_to_another_dll bound_to_another_dll x86_64
t bound_to_another_dll_i386 bound_to_another_dll i686
finish
