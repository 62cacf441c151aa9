/*
 * Calling a DLL's host module (include/gastwirt/host_module.h) from guest code. The DLL's host.h has the
 * name, the version, the function numbers and the argument blocks.
 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include <gastwirt/host_module.h>
#include <nt/syscalls.h>

/* A guest pointer in an argument block. */
static inline uint64_t host_pointer(const void *pointer)
{
    return (ULONG_PTR)pointer;
}

/* One for each DLL, in one of its files. */
struct host_module_reference {
    const char *name; /* the DLL's, without ".dll" */
    ULONG version;
    LONG number; /* of the loaded module, plus one; 0 before the first call */
};

/* Calls a function of the module, which is loaded first where need be: the function's status, or
 * STATUS_DLL_NOT_FOUND and the other errors of GwHostModule. */
static inline NTSTATUS host_call(struct host_module_reference *module, ULONG function, void *arguments,
                                 ULONG size)
{
    LONG number = __atomic_load_n(&module->number, __ATOMIC_RELAXED);

    if (!number) {
        ULONG loaded = 0, length = 0;
        while (module->name[length])
            length++;
        NTSTATUS status = GwHostModule(module->name, length, module->version, &loaded);
        if (status)
            return status;
        number = (LONG)loaded + 1;
        __atomic_store_n(&module->number, number, __ATOMIC_RELAXED);
    }
    return GwHostCall((ULONG)number - 1, function, arguments, size);
}

#endif
