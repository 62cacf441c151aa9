/*
 * Host modules (include/gastwirt/host_module.h): loaded on first use from the folder host/ beside the
 * system's DLLs. A module's number is its place in a table that only grows, so that calls need no lock.
 */
#include <dlfcn.h>
#include <gastwirt/host_module.h>
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <io/system.h>
#include <mm/guest.h>
#include <nt/syscalls.h>

enum { MODULES_MAX = 32, DEFAULT_MXCSR = 0x1f80, DEFAULT_X87 = 0x37f };

struct module {
    char name[HOST_MODULE_NAME_MAX + 1];
    const struct host_module *module; /* NULL: cannot be loaded, which has been said */
};

static struct {
    pthread_mutex_t lock; /* guards adding to the table; outermost rank */
    uint32_t count;
    struct module modules[MODULES_MAX];
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
            return false;
    return length > 0;
}

static const struct host_module *load(const char *name)
{
    char file[HOST_MODULE_NAME_MAX + 16], path[4400];

    snprintf(file, sizeof file, "host/%s.so", name);
    snprintf(path, sizeof path, "%s", io_system_file(file));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct host_module *module = library ? dlsym(library, "gastwirt_host_module") : NULL;
    if (!module)
        fprintf(stderr, "run: %s.dll cannot load its host module: %s\n", name, dlerror());
    return module;
}

/* The module's number, or -1 when the table is full. */
static int find_or_load(const char *name)
{
    uint32_t i, count = __atomic_load_n(&table.count, __ATOMIC_ACQUIRE);

    for (i = 0; i < count; i++)
        if (strcmp(table.modules[i].name, name) == 0)
            return (int)i;
    pthread_mutex_lock(&table.lock);
    for (; i < table.count; i++)
        if (strcmp(table.modules[i].name, name) == 0)
            break;
    if (i == table.count && i < MODULES_MAX) {
        strcpy(table.modules[i].name, name);
        table.modules[i].module = load(name);
        __atomic_store_n(&table.count, i + 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&table.lock);
    return i < MODULES_MAX ? (int)i : -1;
}

/* Loads the module of the DLL Name (NameLength characters, without ".dll") once and gives its number.
 * STATUS_DLL_NOT_FOUND when it or a library it needs is not installed; the reason goes to stderr once. */
NTSTATUS GwHostModule(const char *Name, ULONG NameLength, ULONG Version, ULONG *Module)
{
    char name[HOST_MODULE_NAME_MAX + 1] = {0};

    if (NameLength > HOST_MODULE_NAME_MAX)
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS status = guest_copy(name, Name, NameLength);
    if (status)
        return status;
    if (!is_name(name, NameLength))
        return STATUS_OBJECT_NAME_INVALID;
    int index = find_or_load(name);
    if (index < 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    const struct host_module *module = table.modules[index].module;
    if (!module)
        return STATUS_DLL_NOT_FOUND;
    if (module->version != Version)
        return STATUS_REVISION_MISMATCH;
    ULONG number = (ULONG)index;
    return guest_write(Module, number);
}

/* Calls a module's function with its argument block, which is copied in and out. The function runs
 * with the host's floating-point defaults, whatever the guest has set. */
NTSTATUS GwHostCall(ULONG Module, ULONG Function, void *Arguments, ULONG Size)
{
    _Alignas(16) uint8_t arguments[HOST_MODULE_ARGUMENTS_MAX];

    if (Module >= __atomic_load_n(&table.count, __ATOMIC_ACQUIRE) || !table.modules[Module].module)
        return STATUS_INVALID_HANDLE;
    const struct host_module *module = table.modules[Module].module;
    if (Function >= module->count || !module->functions[Function].call)
        return STATUS_PROCEDURE_NOT_FOUND;
    if (Size != module->functions[Function].size || Size > sizeof arguments)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(arguments, Arguments, Size);
    if (status)
        return status;

    uint32_t mxcsr = _mm_getcsr();
    uint16_t x87, host_x87 = DEFAULT_X87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    _mm_setcsr(DEFAULT_MXCSR);
    __asm__ volatile("fldcw %0" : : "m"(host_x87));
    status = module->functions[Function].call(arguments);
    __asm__ volatile("fldcw %0" : : "m"(x87));
    _mm_setcsr(mxcsr);

    NTSTATUS copied = guest_copy(Arguments, arguments, Size);
    return copied ? copied : status;
}
