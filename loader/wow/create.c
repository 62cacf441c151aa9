/*
 * Thunks that start threads and processes: attribute lists and process parameters.
 */
#include "wow/thunk.h"
#include <stdlib.h>
#include <string.h>

enum {
    ATTRIBUTES_MAXIMUM = 32,
    HANDLES_MAXIMUM = 0x10000,
    ATTRIBUTE_NUMBER = 0xffff,
    CLIENT_ID_NUMBER = 3,
    TEB_ADDRESS_NUMBER = 4,
    HANDLE_LIST_NUMBER = 11,
    JOB_LIST_NUMBER = 19,
};

struct attribute32 {
    ULONG attribute, size, value, return_length;
};

struct attribute {
    ULONG_PTR attribute;
    SIZE_T size;
    ULONG_PTR value;
    SIZE_T *return_length;
};

/* An attribute list in both widths, with room for what the attributes point to. */
struct attributes {
    uint32_t count;
    struct attribute32 narrow[ATTRIBUTES_MAXIMUM];
    struct {
        SIZE_T total;
        struct attribute list[ATTRIBUTES_MAXIMUM];
    } wide;
    CLIENT_ID client_id;
    PVOID teb;
    HANDLE *handles, *jobs; /* malloc'ed; NULL: there is no such list */
};

static NTSTATUS widen_attribute(struct attributes *attributes, const struct attribute32 *narrow,
                                struct attribute *wide)
{
    *wide = (struct attribute){narrow->attribute, narrow->size, narrow->value, NULL};
    switch (narrow->attribute & ATTRIBUTE_NUMBER) {
    case CLIENT_ID_NUMBER:
        wide->size = sizeof attributes->client_id;
        wide->value = (ULONG_PTR)&attributes->client_id;
        break;
    case TEB_ADDRESS_NUMBER:
        wide->size = sizeof attributes->teb;
        wide->value = (ULONG_PTR)&attributes->teb;
        break;
    case JOB_LIST_NUMBER:
    case HANDLE_LIST_NUMBER: {
        bool jobs = (narrow->attribute & ATTRIBUTE_NUMBER) == JOB_LIST_NUMBER;
        HANDLE **handles = jobs ? &attributes->jobs : &attributes->handles;
        uint32_t count = narrow->size / sizeof(uint32_t);
        if (*handles || count > HANDLES_MAXIMUM)
            return STATUS_INVALID_PARAMETER;
        *handles = malloc(count * sizeof(HANDLE) + 1);
        if (!*handles)
            return STATUS_NO_MEMORY;
        /* Read to the list's lower half and widened from its end. */
        uint32_t *words = (uint32_t *)*handles;
        NTSTATUS status = guest_copy(words, wow_pointer(narrow->value), count * sizeof *words);
        for (uint32_t i = count; i-- && NT_SUCCESS(status);)
            (*handles)[i] = wow_handle(words[i]);
        wide->size = count * sizeof(HANDLE);
        wide->value = (ULONG_PTR)*handles;
        return status;
    }
    }
    return STATUS_SUCCESS;
}

static NTSTATUS read_attributes(struct attributes *attributes, uint32_t guest)
{
    uint32_t total;
    attributes->count = 0;
    NTSTATUS status = guest_copy(&total, wow_pointer(guest), sizeof total);
    if (!NT_SUCCESS(status))
        return status;
    if (total < sizeof total || (total - sizeof total) / sizeof(struct attribute32) > ATTRIBUTES_MAXIMUM)
        return STATUS_INVALID_PARAMETER;
    attributes->count = (uint32_t)((total - sizeof total) / sizeof(struct attribute32));
    status = guest_copy(attributes->narrow, wow_pointer(guest + (uint32_t)sizeof total),
                        attributes->count * sizeof(struct attribute32));
    for (uint32_t i = 0; i < attributes->count && NT_SUCCESS(status); i++)
        status = widen_attribute(attributes, &attributes->narrow[i], &attributes->wide.list[i]);
    attributes->wide.total = sizeof(SIZE_T) + attributes->count * sizeof(struct attribute);
    return status;
}

static void free_attributes(struct attributes *attributes)
{
    free(attributes->handles);
    free(attributes->jobs);
}

static NTSTATUS answer(const struct attribute32 *narrow, const void *value, ULONG size)
{
    if (narrow->size < size)
        return STATUS_SUCCESS;
    NTSTATUS status = guest_copy(wow_pointer(narrow->value), value, size);
    return NT_SUCCESS(status) && narrow->return_length
               ? guest_copy(wow_pointer(narrow->return_length), &size, sizeof size)
               : status;
}

/* What the call has answered through the list. */
static NTSTATUS write_attributes(const struct attributes *attributes)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (uint32_t i = 0; i < attributes->count && NT_SUCCESS(status); i++) {
        const struct attribute32 *narrow = &attributes->narrow[i];
        switch (narrow->attribute & ATTRIBUTE_NUMBER) {
        case CLIENT_ID_NUMBER: {
            CLIENT_ID32 id = {(PTR32)(uint64_t)attributes->client_id.UniqueProcess,
                              (PTR32)(uint64_t)attributes->client_id.UniqueThread};
            status = answer(narrow, &id, sizeof id);
            break;
        }
        case TEB_ADDRESS_NUMBER: {
            PTR32 teb = attributes->teb ? (PTR32)(uint64_t)wow_teb(attributes->teb) : 0;
            status = answer(narrow, &teb, sizeof teb);
            break;
        }
        }
    }
    return status;
}

NTSTATUS wow_NtCreateThreadEx(const uint32_t *a)
{
    struct attributes attributes = {0};
    struct wow_attributes storage;
    OBJECT_ATTRIBUTES *object;
    struct wow_word handle;
    NTSTATUS status = wow_read_attributes(a[2], &storage, &object);
    if (NT_SUCCESS(status) && a[10])
        status = read_attributes(&attributes, a[10]);
    if (!NT_SUCCESS(status)) {
        free_attributes(&attributes);
        return status;
    }
    status = NtCreateThreadEx(wow_out_word(&handle, a[0]), a[1], object, wow_handle(a[3]), wow_pointer(a[4]),
                              wow_pointer(a[5]), a[6], a[7], a[8], a[9], a[10] ? &attributes.wide : NULL);
    status = wow_write_handle(&handle, status);
    if (NT_SUCCESS(status) && a[10])
        status = write_attributes(&attributes);
    free_attributes(&attributes);
    return status;
}

static UNICODE_STRING widen_string(const UNICODE_STRING32 *string)
{
    return (UNICODE_STRING){string->Length, string->MaximumLength, wow_pointer(string->Buffer)};
}

static void widen_parameters(const RTL_USER_PROCESS_PARAMETERS32 *from, RTL_USER_PROCESS_PARAMETERS *to)
{
    memset(to, 0, sizeof *to);
    to->MaximumLength = from->MaximumLength;
    to->Length = from->Length;
    to->Flags = from->Flags;
    to->DebugFlags = from->DebugFlags;
    to->ConsoleHandle = wow_handle(from->ConsoleHandle);
    to->ConsoleFlags = from->ConsoleFlags;
    to->StandardInput = wow_handle(from->StandardInput);
    to->StandardOutput = wow_handle(from->StandardOutput);
    to->StandardError = wow_handle(from->StandardError);
    to->CurrentDirectory.DosPath = widen_string(&from->CurrentDirectory.DosPath);
    to->CurrentDirectory.Handle = wow_handle(from->CurrentDirectory.Handle);
    to->DllPath = widen_string(&from->DllPath);
    to->ImagePathName = widen_string(&from->ImagePathName);
    to->CommandLine = widen_string(&from->CommandLine);
    to->Environment = wow_pointer(from->Environment);
    to->EnvironmentSize = from->EnvironmentSize;
    to->StartingX = from->StartingX;
    to->StartingY = from->StartingY;
    to->CountX = from->CountX;
    to->CountY = from->CountY;
    to->CountCharsX = from->CountCharsX;
    to->CountCharsY = from->CountCharsY;
    to->FillAttribute = from->FillAttribute;
    to->WindowFlags = from->WindowFlags;
    to->ShowWindowFlags = from->ShowWindowFlags;
    to->WindowTitle = widen_string(&from->WindowTitle);
    to->DesktopInfo = widen_string(&from->DesktopInfo);
    to->ShellInfo = widen_string(&from->ShellInfo);
    to->RuntimeData = widen_string(&from->RuntimeData);
    to->ProcessGroupId = from->ProcessGroupId;
}

NTSTATUS wow_NtCreateUserProcess(const uint32_t *a)
{
    struct attributes attributes = {0};
    struct wow_attributes process_storage, thread_storage;
    OBJECT_ATTRIBUTES *process_attributes, *thread_attributes;
    RTL_USER_PROCESS_PARAMETERS32 narrow;
    RTL_USER_PROCESS_PARAMETERS parameters;
    struct wow_word process, thread;
    NTSTATUS status = wow_read_attributes(a[4], &process_storage, &process_attributes);
    if (NT_SUCCESS(status))
        status = wow_read_attributes(a[5], &thread_storage, &thread_attributes);
    if (NT_SUCCESS(status))
        status = guest_copy(&narrow, wow_pointer(a[8]), sizeof narrow);
    if (NT_SUCCESS(status))
        status = read_attributes(&attributes, a[10]);
    if (!NT_SUCCESS(status)) {
        free_attributes(&attributes);
        return status;
    }
    widen_parameters(&narrow, &parameters);
    status = NtCreateUserProcess(wow_out_word(&process, a[0]), wow_out_word(&thread, a[1]), a[2], a[3],
                                 process_attributes, thread_attributes, a[6], a[7], &parameters,
                                 wow_pointer(a[9]), &attributes.wide);
    status = wow_write_handle(&process, status);
    status = wow_write_handle(&thread, status);
    if (NT_SUCCESS(status))
        status = write_attributes(&attributes);
    free_attributes(&attributes);
    return status;
}
