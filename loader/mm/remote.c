/*
 * The calls on another process's memory: arguments in and out of this guest, the work is done over there
 * (ps/remote.h).
 */
#include "mm/area.h"
#include "mm/guest.h"
#include "ob/ob.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <stdlib.h>

enum {
    PROCESS_VM_OPERATION = 0x0008,
    PROCESS_VM_READ = 0x0010,
    PROCESS_VM_WRITE = 0x0020,
    PROCESS_QUERY_INFORMATION = 0x0400,
    PROCESS_QUERY_LIMITED_INFORMATION = 0x1000,
};

static NTSTATUS call(HANDLE handle, ACCESS_MASK access, struct ps_remote *message, const void *in,
                     size_t in_size, void *out, size_t *ret_size)
{
    void *process;
    NTSTATUS status = ob_handle_lookup(handle, &ps_process_type, access, &process);
    if (!NT_SUCCESS(status))
        return status;
    status = ps_remote_call(process, message, in, in_size, out, ret_size);
    ob_dereference(process);
    return status;
}

static NTSTATUS give_region(PVOID *guest_base, SIZE_T *guest_size, const struct ps_remote *reply)
{
    PVOID base = (PVOID)reply->value[0];
    SIZE_T size = reply->value[1];
    NTSTATUS status = guest_write(guest_base, base);
    return status ? status : guest_write(guest_size, size);
}

NTSTATUS mm_remote_region(HANDLE process, enum ps_remote_operation operation, PVOID *guest_base,
                          SIZE_T *guest_size, uint64_t zero_bits, ULONG type, ULONG protect, ULONG *guest_old)
{
    PVOID base;
    SIZE_T size;
    NTSTATUS status = guest_read(&base, guest_base);
    if (!status)
        status = guest_read(&size, guest_size);
    if (status)
        return status;
    struct ps_remote message = {.operation = operation, .value = {(uint64_t)base}};
    if (operation == PS_REMOTE_ALLOCATE) {
        /* What it returns must be something that the caller can name. */
        message.value[1] = wow_active && !zero_bits ? INT32_MAX : zero_bits;
        message.value[2] = size;
        message.value[3] = type;
        message.value[4] = protect;
    } else {
        message.value[1] = size;
        message.value[2] = operation == PS_REMOTE_FREE ? type : protect;
    }
    status = call(process, PROCESS_VM_OPERATION, &message, NULL, 0, NULL, NULL);
    if (status)
        return status;
    ULONG old = (ULONG)message.value[2];
    if (guest_old)
        status = guest_write(guest_old, old);
    return status ? status : give_region(guest_base, guest_size, &message);
}

NTSTATUS mm_remote_query(HANDLE process, PVOID address, ULONG class, void *guest, SIZE_T length,
                         SIZE_T *guest_length)
{
    uint8_t *data = malloc(PS_REMOTE_DATA);
    size_t size = PS_REMOTE_DATA;
    struct ps_remote message = {
        .operation = PS_REMOTE_QUERY,
        .value = {(uint64_t)address, class, length < PS_REMOTE_DATA ? length : PS_REMOTE_DATA},
    };
    if (!data)
        return STATUS_NO_MEMORY;
    NTSTATUS status = call(process, PROCESS_QUERY_INFORMATION, &message, NULL, 0, data, &size);
    if (status == STATUS_ACCESS_DENIED) {
        size = PS_REMOTE_DATA;
        status = call(process, PROCESS_QUERY_LIMITED_INFORMATION, &message, NULL, 0, data, &size);
    }
    SIZE_T got = message.value[0];
    if (!status && class == MemoryMappedFilenameInformationClass && size >= sizeof(UNICODE_STRING)) {
        UNICODE_STRING *string = (UNICODE_STRING *)data;
        string->Buffer = (PWSTR)((uint8_t *)guest + ((uint64_t)string->Buffer - message.value[1]));
    }
    if (!status)
        status = guest_copy(guest, data, size);
    if (guest_length && (!status || status == STATUS_BUFFER_OVERFLOW)) {
        NTSTATUS written = guest_write(guest_length, got);
        status = written ? written : status;
    }
    free(data);
    return status;
}

NTSTATUS mm_remote_transfer(HANDLE handle, uint8_t *theirs, uint8_t *guest, SIZE_T size, bool write,
                            SIZE_T *ret_done)
{
    void *process;
    NTSTATUS status = ob_handle_lookup(handle, &ps_process_type, write ? PROCESS_VM_WRITE : PROCESS_VM_READ,
                                       &process);
    SIZE_T done = 0;
    if (status)
        return status;
    uint8_t *buffer = malloc(PS_REMOTE_DATA);
    if (!buffer)
        status = STATUS_NO_MEMORY;
    while (!status && done < size) {
        size_t step = size - done < PS_REMOTE_DATA ? size - done : PS_REMOTE_DATA, got = 0;
        struct ps_remote message = {.operation = write ? PS_REMOTE_WRITE : PS_REMOTE_READ,
                                    .value = {(uint64_t)theirs + done, step}};
        if (write) {
            status = guest_copy(buffer, guest + done, step);
            if (!status)
                status = ps_remote_call(process, &message, buffer, step, NULL, NULL);
            got = status == STATUS_PARTIAL_COPY || !status ? message.value[0] : 0;
        } else {
            got = PS_REMOTE_DATA;
            status = ps_remote_call(process, &message, NULL, 0, buffer, &got);
            if (status && status != STATUS_PARTIAL_COPY)
                got = 0;
            NTSTATUS fault = guest_copy(guest + done, buffer, got);
            if (fault) {
                status = fault;
                got = 0;
            }
        }
        done += got;
    }
    free(buffer);
    ob_dereference(process);
    *ret_done = done;
    return status;
}
