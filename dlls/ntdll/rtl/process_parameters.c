/*
 * Process parameters: one block with all strings and the environment behind the structure. Normalized, the
 * strings' buffers are pointers; else offsets from the block's start.
 */
#include <nt/rtl.h>

#define NORMALIZED     1
#define DIRECTORY_ROOM (260 * sizeof(WCHAR)) /* a current directory's buffer holds any other */

static void strings_of(RTL_USER_PROCESS_PARAMETERS *parameters, UNICODE_STRING *strings[8])
{
    strings[0] = &parameters->CurrentDirectory.DosPath;
    strings[1] = &parameters->DllPath;
    strings[2] = &parameters->ImagePathName;
    strings[3] = &parameters->CommandLine;
    strings[4] = &parameters->WindowTitle;
    strings[5] = &parameters->DesktopInfo;
    strings[6] = &parameters->ShellInfo;
    strings[7] = &parameters->RuntimeData;
}

RTL_USER_PROCESS_PARAMETERS *NTAPI RtlNormalizeProcessParams(RTL_USER_PROCESS_PARAMETERS *parameters)
{
    UNICODE_STRING *strings[8];

    if (!parameters || parameters->Flags & NORMALIZED)
        return parameters;
    strings_of(parameters, strings);
    for (ULONG i = 0; i < RTL_NUMBER_OF(strings); i++)
        if (strings[i]->Buffer)
            strings[i]->Buffer = (PWSTR)((ULONG_PTR)strings[i]->Buffer + (ULONG_PTR)parameters);
    parameters->Flags |= NORMALIZED;
    return parameters;
}

RTL_USER_PROCESS_PARAMETERS *NTAPI RtlDeNormalizeProcessParams(RTL_USER_PROCESS_PARAMETERS *parameters)
{
    UNICODE_STRING *strings[8];

    if (!parameters || !(parameters->Flags & NORMALIZED))
        return parameters;
    strings_of(parameters, strings);
    for (ULONG i = 0; i < RTL_NUMBER_OF(strings); i++)
        if (strings[i]->Buffer)
            strings[i]->Buffer = (PWSTR)((ULONG_PTR)strings[i]->Buffer - (ULONG_PTR)parameters);
    parameters->Flags &= ~(ULONG)NORMALIZED;
    return parameters;
}

/* Bytes of an environment block with its end. */
static SIZE_T environment_size(PCWSTR environment)
{
    PCWSTR end = environment;

    while (*end) {
        while (*end)
            end++;
        end++;
    }
    return (SIZE_T)((const UCHAR *)(end + 1) - (const UCHAR *)environment);
}

static SIZE_T room(USHORT bytes)
{
    return (bytes + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

static void place(UNICODE_STRING *to, const UNICODE_STRING *from, UCHAR **at)
{
    *to = *from;
    if (!from->MaximumLength)
        return;
    to->Buffer = (PWSTR)*at;
    RtlCopyMemory(to->Buffer, from->Buffer, from->Length);
    *at += room(from->MaximumLength);
}

/* What is not given: the image's name is the command line, the directory, the search path and the environment
 * are this process's, the other strings are empty. */
NTSTATUS NTAPI RtlCreateProcessParametersEx(RTL_USER_PROCESS_PARAMETERS **ret_parameters,
                                            const UNICODE_STRING *image, const UNICODE_STRING *dll_path,
                                            const UNICODE_STRING *directory,
                                            const UNICODE_STRING *command_line, PVOID environment,
                                            const UNICODE_STRING *title, const UNICODE_STRING *desktop,
                                            const UNICODE_STRING *shell, const UNICODE_STRING *runtime,
                                            ULONG flags)
{
    static const UNICODE_STRING empty = {0, sizeof(WCHAR), (PWSTR)L""}, none = {0, 0, NULL};
    const RTL_USER_PROCESS_PARAMETERS *own = rtl_peb()->ProcessParameters;
    const UNICODE_STRING *given[8];
    UNICODE_STRING *strings[8], longer;
    RTL_USER_PROCESS_PARAMETERS *parameters;
    SIZE_T size = sizeof *parameters, variables;
    UCHAR *at;

    RtlAcquirePebLock();
    given[0] = directory ? directory : &own->CurrentDirectory.DosPath;
    given[1] = dll_path ? dll_path : &own->DllPath;
    given[2] = image;
    given[3] = command_line ? command_line : image;
    given[4] = title ? title : &empty;
    given[5] = desktop ? desktop : &empty;
    given[6] = shell ? shell : &empty;
    given[7] = runtime ? runtime : &none;
    if (!environment)
        environment = own->Environment;
    variables = environment_size(environment);
    for (ULONG i = 0; i < RTL_NUMBER_OF(given); i++)
        size += room(given[i]->MaximumLength);
    longer = *given[0];
    longer.MaximumLength = DIRECTORY_ROOM;
    if (longer.MaximumLength > given[0]->MaximumLength) {
        size += room(longer.MaximumLength) - room(given[0]->MaximumLength);
        given[0] = &longer;
    }
    parameters = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size + variables);
    if (!parameters) {
        RtlReleasePebLock();
        return STATUS_NO_MEMORY;
    }
    parameters->MaximumLength = parameters->Length = (ULONG)size;
    parameters->Flags = NORMALIZED;
    parameters->ConsoleFlags = own->ConsoleFlags;
    at = (UCHAR *)(parameters + 1);
    strings_of(parameters, strings);
    for (ULONG i = 0; i < RTL_NUMBER_OF(strings); i++)
        place(strings[i], given[i], &at);
    parameters->Environment = (PWSTR)at;
    parameters->EnvironmentSize = variables;
    RtlCopyMemory(at, environment, variables);
    RtlReleasePebLock();
    *ret_parameters = flags & NORMALIZED ? parameters : RtlDeNormalizeProcessParams(parameters);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateProcessParameters(RTL_USER_PROCESS_PARAMETERS **ret_parameters,
                                          const UNICODE_STRING *image, const UNICODE_STRING *dll_path,
                                          const UNICODE_STRING *directory, const UNICODE_STRING *command_line,
                                          PVOID environment, const UNICODE_STRING *title,
                                          const UNICODE_STRING *desktop, const UNICODE_STRING *shell,
                                          const UNICODE_STRING *runtime)
{
    return RtlCreateProcessParametersEx(ret_parameters, image, dll_path, directory, command_line, environment,
                                        title, desktop, shell, runtime, 0);
}

NTSTATUS NTAPI RtlDestroyProcessParameters(RTL_USER_PROCESS_PARAMETERS *parameters)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, parameters);
    return STATUS_SUCCESS;
}

/* A thread of this or another process; handle and id may be NULL. */
NTSTATUS NTAPI RtlCreateUserThread(HANDLE process, PVOID security, BOOLEAN suspended, ULONG zero_bits,
                                   SIZE_T reserve, SIZE_T commit, PVOID routine, PVOID argument,
                                   HANDLE *ret_thread, CLIENT_ID *ret_id)
{
    struct {
        SIZE_T total;
        struct {
            ULONG_PTR attribute;
            SIZE_T size;
            PVOID value;
            SIZE_T *returned;
        } id;
    } list;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, 0, security, NULL};
    CLIENT_ID id;
    HANDLE thread;
    NTSTATUS status;

    list.total = sizeof list;
    list.id.attribute = 0x10003; /* PS_ATTRIBUTE_CLIENT_ID */
    list.id.size = sizeof id;
    list.id.value = &id;
    list.id.returned = NULL;
    status = NtCreateThreadEx(&thread, 0x1fffff, &attributes, process, routine, argument, suspended ? 1 : 0,
                              zero_bits, commit, reserve, &list);
    if (!NT_SUCCESS(status))
        return status;
    if (ret_id)
        *ret_id = id;
    if (ret_thread)
        *ret_thread = thread;
    else
        NtClose(thread);
    return STATUS_SUCCESS;
}
