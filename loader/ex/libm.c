/*
 * The host's libm for 64-bit guests: a table of function addresses in the order of libm.def. The
 * library is loaded when the first program asks; guests then call it without a system call.
 */
#include <dlfcn.h>
#include <pthread.h>

#include <mm/guest.h>
#include <nt/syscalls.h>

static const char *const names[] = {
#define LIBM(name, kind) #name,
#include <gastwirt/libm.def>
#undef LIBM
};

static void *table[sizeof names / sizeof names[0]];
static bool loaded;

static void load(void)
{
    void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!(table[i] = dlsym(library, names[i])))
            return;
    loaded = true;
}

/* Gives the table's address; it stays valid. */
NTSTATUS GwLibm(void *Table)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    if (!loaded)
        return STATUS_DLL_NOT_FOUND;
    void *const *address = table;
    return guest_copy(Table, &address, sizeof address);
}
