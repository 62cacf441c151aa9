# The C runtime core as the system's msvcrt. No built-ins: these are the functions themselves.
msvcrt_SRCS = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/dlls/crt/*.c $(srcdir)/dlls/crt/*/*.c $(srcdir)/dlls/crt/*/*.S))
msvcrt_CFLAGS = -fno-builtin -DCRT_UCRT=0
$(foreach arch,$(ARCHES),build/$(arch)/msvcrt/dlls/crt/memory.o build/$(arch)/msvcrt/dlls/crt/string.o): GUEST_CFLAGS += -fno-tree-loop-distribute-patterns
