# The C runtime core as the system's msvcrt. No built-ins: these are the functions themselves.
msvcrt_SRCS = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/dlls/crt/*.c $(srcdir)/dlls/crt/*.S))
msvcrt_CFLAGS = -fno-builtin -DCRT_UCRT=0
build/x86_64/msvcrt/dlls/crt/memory.o build/x86_64/msvcrt/dlls/crt/string.o: GUEST_CFLAGS += -fno-tree-loop-distribute-patterns
