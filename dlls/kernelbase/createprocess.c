/*
 * CreateProcess: the parameters of a new process; NtCreateUserProcess does it.
 */
#include "attribute_list.h"
#include "process_start.h"
#include <nt/dbgui.h>
#include <nt/nls.h>

enum {
    PS_ATTRIBUTE_PARENT_PROCESS = 0x60000,
    PS_ATTRIBUTE_DEBUG_OBJECT = 0x60001,
    PS_ATTRIBUTE_CLIENT_ID = 0x10003,
    PS_ATTRIBUTE_IMAGE_NAME = 0x20005,
    PS_ATTRIBUTE_HANDLE_LIST = 0x2000b,
    PS_ATTRIBUTE_PRIORITY_CLASS = 0x20008,
    PS_ATTRIBUTE_ERROR_MODE = 0x20009,
    PS_ATTRIBUTE_JOB_LIST = 0x20013
};
enum {
    PROCESS_CREATE_FLAGS_BREAKAWAY = 1,
    PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT = 2,
    PROCESS_CREATE_FLAGS_INHERIT_HANDLES = 4,
    THREAD_CREATE_FLAGS_CREATE_SUSPENDED = 1
};

typedef struct {
    ULONG_PTR Attribute;
    SIZE_T Size;
    const void *Value;
    SIZE_T *ReturnLength;
} PS_ATTRIBUTE;

static BOOL set_directory(struct start *start, const WCHAR *directory)
{
    if (!directory) {
        const UNICODE_STRING *own = &current_peb()->ProcessParameters->CurrentDirectory.DosPath;
        RtlAcquirePebLock();
        start->directory = copy_text(own->Buffer, own->Length / sizeof(WCHAR), 1);
        RtlReleasePebLock();
    } else {
        DWORD attributes = GetFileAttributesW(directory);
        if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY))
            return fail(ERROR_DIRECTORY);
        start->directory = start_full_path(directory);
    }
    if (!start->directory)
        return FALSE;
    SIZE_T length = length_of(start->directory);
    if (length && start->directory[length - 1] != '\\')
        append_text(start->directory, L"\\");
    return TRUE;
}

static BOOL set_environment(struct start *start, const void *environment, DWORD flags)
{
    SIZE_T units = 0;
    if (!environment) {
        RtlAcquirePebLock();
        const WCHAR *own = current_peb()->ProcessParameters->Environment;
        while (own[units])
            units += length_of(own + units) + 1;
        start->environment = copy_text(own, units, 1);
        RtlReleasePebLock();
    } else if (flags & CREATE_UNICODE_ENVIRONMENT) {
        const WCHAR *given = environment;
        while (given[units])
            units += length_of(given + units) + 1;
        start->environment = copy_text(given, units, 1);
    } else {
        const char *given = environment;
        SIZE_T bytes = 0;
        while (given[bytes])
            bytes += (SIZE_T)lstrlenA(given + bytes) + 1;
        ULONG written = 0;
        start->environment = allocate((bytes + 2) * sizeof(WCHAR));
        if (start->environment && bytes)
            RtlMultiByteToUnicodeN(start->environment, (ULONG)(bytes * sizeof(WCHAR)), &written, (PCHAR)given,
                                   (ULONG)bytes);
        units = written / sizeof(WCHAR);
    }
    if (!start->environment)
        return FALSE;
    start->environment[units] = start->environment[units + 1] = 0;
    start->environment_size = (units + (units ? 1 : 2)) * sizeof(WCHAR);
    return TRUE;
}

static void string(UNICODE_STRING *to, const WCHAR *text)
{
    SIZE_T bytes = text ? length_of(text) * sizeof *text : 0;
    to->Length = (USHORT)bytes;
    to->MaximumLength = (USHORT)(bytes + sizeof *text);
    to->Buffer = (WCHAR *)text;
}

static void fill_parameters(RTL_USER_PROCESS_PARAMETERS *parameters, const struct start *start,
                            const STARTUPINFOW *info, DWORD flags)
{
    const RTL_USER_PROCESS_PARAMETERS *own = current_peb()->ProcessParameters;
    RtlFillMemory(parameters, sizeof *parameters, 0);
    parameters->MaximumLength = parameters->Length = sizeof *parameters;
    parameters->Flags = 1; /* normalized */
    string(&parameters->ImagePathName, start->path);
    string(&parameters->CommandLine, start->command);
    string(&parameters->CurrentDirectory.DosPath, start->directory);
    string(&parameters->WindowTitle, info->lpTitle ? info->lpTitle : start->path);
    string(&parameters->DesktopInfo, info->lpDesktop);
    parameters->Environment = start->environment;
    parameters->EnvironmentSize = start->environment_size;
    parameters->StartingX = info->dwX;
    parameters->StartingY = info->dwY;
    parameters->CountX = info->dwXSize;
    parameters->CountY = info->dwYSize;
    parameters->CountCharsX = info->dwXCountChars;
    parameters->CountCharsY = info->dwYCountChars;
    parameters->FillAttribute = info->dwFillAttribute;
    parameters->WindowFlags = info->dwFlags;
    parameters->ShowWindowFlags = info->wShowWindow;
    if (info->cbReserved2 && info->lpReserved2) {
        parameters->RuntimeData.Length = parameters->RuntimeData.MaximumLength = info->cbReserved2;
        parameters->RuntimeData.Buffer = (WCHAR *)info->lpReserved2;
    }
    if (info->dwFlags & STARTF_USESTDHANDLES) {
        parameters->StandardInput = info->hStdInput;
        parameters->StandardOutput = info->hStdOutput;
        parameters->StandardError = info->hStdError;
    } else if (!(flags & (DETACHED_PROCESS | CREATE_NEW_CONSOLE))) {
        parameters->StandardInput = own->StandardInput;
        parameters->StandardOutput = own->StandardOutput;
        parameters->StandardError = own->StandardError;
    }
    if (!(flags & CREATE_NEW_PROCESS_GROUP))
        parameters->ProcessGroupId = own->ProcessGroupId;
}

/* \??\ and the path, or \??\UNC\ and what follows the backslashes. */
static WCHAR *native_path(const WCHAR *path)
{
    WCHAR *native = allocate((length_of(path) + 10) * sizeof *native);
    if (!native)
        return NULL;
    native[0] = 0;
    if (path[0] == '\\' && path[1] == '\\' && (path[2] == '?' || path[2] == '.') && path[3] == '\\') {
        append_text(native, L"\\??\\");
        append_text(native, path + 4);
    } else if (path[0] == '\\' && path[1] == '\\') {
        append_text(native, L"\\??\\UNC\\");
        append_text(native, path + 2);
    } else {
        append_text(native, L"\\??\\");
        append_text(native, path);
    }
    return native;
}

/* As the system counts them; 0: none is asked for. */
static ULONG_PTR priority_number(DWORD flags)
{
    static const DWORD classes[] = {IDLE_PRIORITY_CLASS,         NORMAL_PRIORITY_CLASS,
                                    HIGH_PRIORITY_CLASS,         REALTIME_PRIORITY_CLASS,
                                    BELOW_NORMAL_PRIORITY_CLASS, ABOVE_NORMAL_PRIORITY_CLASS};
    for (ULONG_PTR i = 0; i < RTL_NUMBER_OF(classes); i++)
        if (flags & classes[i])
            return i + 1;
    return 0;
}

static BOOL start_process(const struct start *start, const STARTUPINFOW *info,
                          const SECURITY_ATTRIBUTES *process_security,
                          const SECURITY_ATTRIBUTES *thread_security, BOOL inherit, DWORD flags,
                          PROCESS_INFORMATION *ret)
{
    struct {
        SIZE_T TotalLength;
        PS_ATTRIBUTE Attributes[8];
    } list;
    RTL_USER_PROCESS_PARAMETERS parameters;
    OBJECT_ATTRIBUTES process_attributes, thread_attributes;
    UNICODE_STRING unused;
    CLIENT_ID id;
    HANDLE process, thread;
    unsigned count = 2;

    WCHAR *image = native_path(start->path);
    if (!image)
        return FALSE;
    list.Attributes[0] = (PS_ATTRIBUTE){PS_ATTRIBUTE_IMAGE_NAME, length_of(image) * sizeof *image, image,
                                        NULL};
    list.Attributes[1] = (PS_ATTRIBUTE){PS_ATTRIBUTE_CLIENT_ID, sizeof id, &id, NULL};
    if (flags & EXTENDED_STARTUPINFO_PRESENT) {
        const struct attribute_list *attributes =
            (struct attribute_list *)((const STARTUPINFOEXW *)info)->lpAttributeList;
        const struct attribute *handles = find_attribute(attributes, PROC_THREAD_ATTRIBUTE_HANDLE_LIST);
        if (handles && !inherit) {
            release(image);
            return fail(ERROR_INVALID_PARAMETER);
        }
        if (handles)
            list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_HANDLE_LIST, handles->size, handles->value,
                                                      NULL};
        const struct attribute *parent = find_attribute(attributes, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS);
        if (parent)
            list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_PARENT_PROCESS, sizeof(HANDLE),
                                                      *(HANDLE *)parent->value, NULL};
        const struct attribute *jobs = find_attribute(attributes, PROC_THREAD_ATTRIBUTE_JOB_LIST);
        if (jobs)
            list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_JOB_LIST, jobs->size, jobs->value, NULL};
    }
    if (flags & CREATE_DEFAULT_ERROR_MODE)
        list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_ERROR_MODE, sizeof(ULONG), (void *)1, NULL};
    if (flags & (DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS)) {
        if (!set_status(DbgUiConnectToDbg())) {
            release(image);
            return FALSE;
        }
        list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_DEBUG_OBJECT, sizeof(HANDLE),
                                                  DbgUiGetThreadDebugObject(), NULL};
    }
    ULONG_PTR class = priority_number(flags);
    if (class)
        list.Attributes[count++] = (PS_ATTRIBUTE){PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(UCHAR), (void *)class,
                                                  NULL};
    list.TotalLength = sizeof list.TotalLength + count * sizeof *list.Attributes;
    fill_parameters(&parameters, start, info, flags);
    object_attributes(&process_attributes, &unused, NULL, process_security, 0);
    object_attributes(&thread_attributes, &unused, NULL, thread_security, 0);
    NTSTATUS status = NtCreateUserProcess(
        &process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, &process_attributes, &thread_attributes,
        (inherit ? PROCESS_CREATE_FLAGS_INHERIT_HANDLES : 0) |
            (flags & DEBUG_ONLY_THIS_PROCESS ? PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT : 0) |
            (flags & CREATE_BREAKAWAY_FROM_JOB ? PROCESS_CREATE_FLAGS_BREAKAWAY : 0),
        flags & CREATE_SUSPENDED ? THREAD_CREATE_FLAGS_CREATE_SUSPENDED : 0, &parameters, NULL, &list);
    release(image);
    if (status == STATUS_INVALID_IMAGE_FORMAT || status == STATUS_INVALID_IMAGE_NOT_MZ ||
        status == STATUS_INVALID_IMAGE_NE_FORMAT)
        return fail(ERROR_BAD_EXE_FORMAT);
    if (!set_status(status))
        return FALSE;
    ret->hProcess = process;
    ret->hThread = thread;
    ret->dwProcessId = (DWORD)(ULONG_PTR)id.UniqueProcess;
    ret->dwThreadId = (DWORD)(ULONG_PTR)id.UniqueThread;
    return TRUE;
}

BOOL WINAPI CreateProcessW(const WCHAR *application, WCHAR *command, SECURITY_ATTRIBUTES *process_security,
                           SECURITY_ATTRIBUTES *thread_security, BOOL inherit, DWORD flags, void *environment,
                           const WCHAR *directory, STARTUPINFOW *info, PROCESS_INFORMATION *ret)
{
    struct start start = {0};
    if ((flags & CREATE_NEW_CONSOLE && flags & DETACHED_PROCESS) || !info || !ret ||
        (flags & EXTENDED_STARTUPINFO_PRESENT && info->cb != sizeof(STARTUPINFOEXW)))
        return fail(ERROR_INVALID_PARAMETER);
    BOOL good = start_find_program(&start, application, command) && set_directory(&start, directory) &&
                set_environment(&start, environment, flags) &&
                start_process(&start, info, process_security, thread_security, inherit, flags, ret);
    release(start.path);
    release(start.command);
    release(start.directory);
    release(start.environment);
    return good;
}

BOOL WINAPI CreateProcessA(const char *application, char *command, SECURITY_ATTRIBUTES *process_security,
                           SECURITY_ATTRIBUTES *thread_security, BOOL inherit, DWORD flags, void *environment,
                           const char *directory, STARTUPINFOA *info, PROCESS_INFORMATION *ret)
{
    WCHAR *wide_application = NULL, *wide_command = NULL, *wide_directory = NULL, *title = NULL,
          *desktop = NULL;
    STARTUPINFOEXW wide;
    BOOL good = FALSE;
    if (!info || !ret)
        return fail(ERROR_INVALID_PARAMETER);
    RtlCopyMemory(&wide, info,
                  flags & EXTENDED_STARTUPINFO_PRESENT && info->cb == sizeof wide ? sizeof wide
                                                                                  : sizeof wide.StartupInfo);
    if (ansi_to_wide(application, &wide_application) && ansi_to_wide(command, &wide_command) &&
        ansi_to_wide(directory, &wide_directory) && ansi_to_wide(info->lpTitle, &title) &&
        ansi_to_wide(info->lpDesktop, &desktop)) {
        wide.StartupInfo.lpReserved = NULL;
        wide.StartupInfo.lpTitle = title;
        wide.StartupInfo.lpDesktop = desktop;
        good = CreateProcessW(wide_application, wide_command, process_security, thread_security, inherit,
                              flags, environment, wide_directory, &wide.StartupInfo, ret);
    }
    free_wide(wide_application);
    free_wide(wide_command);
    free_wide(wide_directory);
    free_wide(title);
    free_wide(desktop);
    return good;
}

/* Every token here is the one user's. */
BOOL WINAPI CreateProcessAsUserW(HANDLE token, const WCHAR *application, WCHAR *command,
                                 SECURITY_ATTRIBUTES *process_security, SECURITY_ATTRIBUTES *thread_security,
                                 BOOL inherit, DWORD flags, void *environment, const WCHAR *directory,
                                 STARTUPINFOW *info, PROCESS_INFORMATION *ret)
{
    ULONG type, length;
    if (token && !set_status(NtQueryInformationToken(token, TokenType, &type, sizeof type, &length)))
        return FALSE;
    return CreateProcessW(application, command, process_security, thread_security, inherit, flags,
                          environment, directory, info, ret);
}

BOOL WINAPI CreateProcessAsUserA(HANDLE token, const char *application, char *command,
                                 SECURITY_ATTRIBUTES *process_security, SECURITY_ATTRIBUTES *thread_security,
                                 BOOL inherit, DWORD flags, void *environment, const char *directory,
                                 STARTUPINFOA *info, PROCESS_INFORMATION *ret)
{
    ULONG type, length;
    if (token && !set_status(NtQueryInformationToken(token, TokenType, &type, sizeof type, &length)))
        return FALSE;
    return CreateProcessA(application, command, process_security, thread_security, inherit, flags,
                          environment, directory, info, ret);
}
