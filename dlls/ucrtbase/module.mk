# The C runtime core as the universal runtime, which also holds what vcruntime140 forwards to.
ucrtbase_SRCS = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/dlls/crt/*.c $(srcdir)/dlls/crt/*/*.c $(srcdir)/dlls/crt/*/*.S))
ucrtbase_CFLAGS = -fno-builtin -DCRT_UCRT=1
$(foreach arch,$(ARCHES),build/$(arch)/ucrtbase/dlls/crt/memory.o build/$(arch)/ucrtbase/dlls/crt/string.o): GUEST_CFLAGS += -fno-tree-loop-distribute-patterns
