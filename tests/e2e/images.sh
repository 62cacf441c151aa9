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

t same_base same_base x86_64 0x6a0000000
t same_base_i386 same_base i686 0x10000000
t fixed_program fixed_program x86_64 0x140000000
t fixed_program_i386 fixed_program i686 0x400000
finish
