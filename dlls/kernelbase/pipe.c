/*
 * Anonymous and named pipes, and the standard handles.
 */
#include "file.h"

BOOL WINAPI CreatePipe(HANDLE *ret_read, HANDLE *ret_write, SECURITY_ATTRIBUTES *security, DWORD size)
{
    return set_status(
        GwCreatePipe(ret_read, ret_write, security && security->bInheritHandle ? OBJ_INHERIT : 0, size));
}

static HANDLE *standard_handle(DWORD which)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
    switch (which) {
    case STD_INPUT_HANDLE: return &parameters->StandardInput;
    case STD_OUTPUT_HANDLE: return &parameters->StandardOutput;
    case STD_ERROR_HANDLE: return &parameters->StandardError;
    default: SetLastError(ERROR_INVALID_HANDLE); return NULL;
    }
}

HANDLE WINAPI GetStdHandle(DWORD which)
{
    HANDLE *handle = standard_handle(which);
    return handle ? *handle : INVALID_HANDLE_VALUE;
}

BOOL WINAPI SetStdHandle(DWORD which, HANDLE handle)
{
    HANDLE *place = standard_handle(which);
    if (place)
        *place = handle;
    return place != NULL;
}

BOOL WINAPI SetStdHandleEx(DWORD which, HANDLE handle, HANDLE *previous)
{
    HANDLE *place = standard_handle(which);
    if (!place)
        return FALSE;
    if (previous)
        *previous = *place;
    *place = handle;
    return TRUE;
}

/* ---- named pipes ---- */

HANDLE WINAPI CreateNamedPipeW(PCWSTR name, DWORD open_mode, DWORD pipe_mode, DWORD instances, DWORD out_size,
                               DWORD in_size, DWORD timeout, SECURITY_ATTRIBUTES *security)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER time;
    HANDLE handle;
    ULONG sharing = 0, options = 0, access = open_mode & (WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY);

    if (!name || !instances || instances > PIPE_UNLIMITED_INSTANCES || !(open_mode & 3) ||
        (pipe_mode &
         ~(DWORD)(PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_NOWAIT | PIPE_REJECT_REMOTE_CLIENTS)) ||
        ((pipe_mode & PIPE_READMODE_MESSAGE) && !(pipe_mode & PIPE_TYPE_MESSAGE))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (!dos_to_nt(name, &nt))
        return INVALID_HANDLE_VALUE;
    if (open_mode & PIPE_ACCESS_INBOUND) {
        sharing |= FILE_SHARE_WRITE;
        access |= GENERIC_READ;
    }
    if (open_mode & PIPE_ACCESS_OUTBOUND) {
        sharing |= FILE_SHARE_READ;
        access |= GENERIC_WRITE;
    }
    if (open_mode & FILE_FLAG_WRITE_THROUGH)
        options |= FILE_WRITE_THROUGH;
    if (!(open_mode & FILE_FLAG_OVERLAPPED))
        options |= FILE_SYNCHRONOUS_IO_NONALERT;
    name_attributes(&attributes, &nt);
    if (security) {
        if (security->bInheritHandle)
            attributes.Attributes |= OBJ_INHERIT;
        attributes.SecurityDescriptor = security->lpSecurityDescriptor;
    }
    time.QuadPart = (timeout ? timeout : 50) * -10000ll;
    NTSTATUS status = NtCreateNamedPipeFile(
        &handle, access | SYNCHRONIZE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, &attributes, &iosb,
        sharing, open_mode & FILE_FLAG_FIRST_PIPE_INSTANCE ? FILE_CREATE : FILE_OPEN_IF, options,
        pipe_mode & PIPE_TYPE_MESSAGE ? FILE_PIPE_MESSAGE_TYPE : 0,
        pipe_mode & PIPE_READMODE_MESSAGE ? FILE_PIPE_MESSAGE_MODE : 0,
        pipe_mode & PIPE_NOWAIT ? FILE_PIPE_COMPLETE_OPERATION : 0,
        instances == PIPE_UNLIMITED_INSTANCES ? ~0u : instances, in_size, out_size, &time);
    RtlFreeUnicodeString(&nt);
    if (NT_SUCCESS(status)) {
        SetLastError(iosb.Information == FILE_OPENED ? ERROR_ALREADY_EXISTS : 0);
        return handle;
    }
    if (status == STATUS_OBJECT_NAME_COLLISION)
        status = STATUS_ACCESS_DENIED;
    else if (status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND)
        status = STATUS_OBJECT_NAME_INVALID;
    set_status(status);
    return INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateNamedPipeA(PCSTR name, DWORD open_mode, DWORD pipe_mode, DWORD instances, DWORD out_size,
                               DWORD in_size, DWORD timeout, SECURITY_ATTRIBUTES *security)
{
    WITH_WIDE(name, wide, INVALID_HANDLE_VALUE,
              CreateNamedPipeW(wide, open_mode, pipe_mode, instances, out_size, in_size, timeout, security));
}

/* A pipe control, overlapped or not. */
static BOOL control(HANDLE pipe, ULONG code, const void *in, DWORD in_size, void *out, DWORD out_size,
                    DWORD *ret_bytes, OVERLAPPED *overlapped)
{
    IO_STATUS_BLOCK local = {.Information = 0}, *iosb = overlapped ? (IO_STATUS_BLOCK *)overlapped : &local;
    HANDLE event = overlapped ? (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1) : NULL;
    void *context = overlapped && !((ULONG_PTR)overlapped->hEvent & 1) ? overlapped : NULL;
    if (overlapped)
        overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    NTSTATUS status = NtFsControlFile(pipe, event, NULL, context, iosb, code, (void *)in, in_size, out,
                                      out_size);
    if (status == STATUS_PENDING && !overlapped) {
        NtWaitForSingleObject(pipe, FALSE, NULL);
        status = local.Status;
    }
    if (ret_bytes && !NT_ERROR(status) && status != STATUS_PENDING)
        *ret_bytes = (DWORD)iosb->Information;
    if (status == STATUS_PENDING) {
        SetLastError(ERROR_IO_PENDING);
        return FALSE;
    }
    return set_status(status);
}

BOOL WINAPI ConnectNamedPipe(HANDLE pipe, OVERLAPPED *overlapped)
{
    return control(pipe, FSCTL_PIPE_LISTEN, NULL, 0, NULL, 0, NULL, overlapped);
}

BOOL WINAPI DisconnectNamedPipe(HANDLE pipe)
{
    return control(pipe, FSCTL_PIPE_DISCONNECT, NULL, 0, NULL, 0, NULL, NULL);
}

BOOL WINAPI TransactNamedPipe(HANDLE pipe, void *in, DWORD in_size, void *out, DWORD out_size,
                              DWORD *ret_read, OVERLAPPED *overlapped)
{
    if (ret_read)
        *ret_read = 0;
    return control(pipe, FSCTL_PIPE_TRANSCEIVE, in, in_size, out, out_size, ret_read, overlapped);
}

BOOL WINAPI PeekNamedPipe(HANDLE pipe, void *buffer, DWORD size, DWORD *ret_read, DWORD *ret_available,
                          DWORD *ret_left)
{
    IO_STATUS_BLOCK iosb;
    union {
        FILE_PIPE_PEEK_BUFFER peek;
        char bytes[1024];
    } fixed;
    FILE_PIPE_PEEK_BUFFER *peek = &fixed.peek;
    ULONG head = offsetof(FILE_PIPE_PEEK_BUFFER, Data), bytes = head + (buffer ? size : 0);
    if (bytes > sizeof fixed && !(peek = RtlAllocateHeap(process_heap(), 0, bytes))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    NTSTATUS status = NtFsControlFile(pipe, NULL, NULL, NULL, &iosb, FSCTL_PIPE_PEEK, NULL, 0, peek, bytes);
    if (status == STATUS_BUFFER_OVERFLOW)
        status = STATUS_SUCCESS;
    if (NT_SUCCESS(status)) {
        ULONG got = (ULONG)iosb.Information - head;
        if (buffer)
            RtlCopyMemory(buffer, peek->Data, got);
        if (ret_read)
            *ret_read = buffer ? got : 0;
        if (ret_available)
            *ret_available = peek->ReadDataAvailable;
        if (ret_left)
            *ret_left = peek->MessageLength > got ? peek->MessageLength - got : 0;
    }
    if (peek != &fixed.peek)
        RtlFreeHeap(process_heap(), 0, peek);
    return set_status(status);
}

BOOL WINAPI SetNamedPipeHandleState(HANDLE pipe, DWORD *mode, DWORD *max_collection, DWORD *timeout)
{
    IO_STATUS_BLOCK iosb;
    if (max_collection || timeout) { /* for clients on other computers only */
        FILE_PIPE_LOCAL_INFORMATION local;
        if (set_status(NtQueryInformationFile(pipe, &iosb, &local, sizeof local, FilePipeLocalInformation)))
            SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!mode)
        return TRUE;
    if (*mode & ~(DWORD)(PIPE_READMODE_MESSAGE | PIPE_NOWAIT)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    FILE_PIPE_INFORMATION info = {*mode & PIPE_READMODE_MESSAGE ? FILE_PIPE_MESSAGE_MODE : 0,
                                  *mode & PIPE_NOWAIT ? FILE_PIPE_COMPLETE_OPERATION : 0};
    return set_status(NtSetInformationFile(pipe, &iosb, &info, sizeof info, FilePipeInformation));
}

BOOL WINAPI GetNamedPipeInfo(HANDLE pipe, DWORD *flags, DWORD *out_size, DWORD *in_size, DWORD *instances)
{
    IO_STATUS_BLOCK iosb;
    FILE_PIPE_LOCAL_INFORMATION info;
    if (!set_status(NtQueryInformationFile(pipe, &iosb, &info, sizeof info, FilePipeLocalInformation)))
        return FALSE;
    if (flags)
        *flags = (info.NamedPipeType & FILE_PIPE_MESSAGE_TYPE ? PIPE_TYPE_MESSAGE : 0) |
                 (info.NamedPipeEnd == FILE_PIPE_SERVER_END ? PIPE_SERVER_END : 0);
    if (out_size)
        *out_size = info.OutboundQuota;
    if (in_size)
        *in_size = info.InboundQuota;
    if (instances)
        *instances = info.MaximumInstances > PIPE_UNLIMITED_INSTANCES ? PIPE_UNLIMITED_INSTANCES
                                                                      : info.MaximumInstances;
    return TRUE;
}

/* Everything but the user. */
static BOOL get_state(HANDLE pipe, DWORD *state, DWORD *instances, DWORD *max_collection, DWORD *timeout)
{
    IO_STATUS_BLOCK iosb;
    FILE_PIPE_INFORMATION info;
    FILE_PIPE_LOCAL_INFORMATION local;
    if (!set_status(NtQueryInformationFile(pipe, &iosb, &info, sizeof info, FilePipeInformation)) ||
        !set_status(NtQueryInformationFile(pipe, &iosb, &local, sizeof local, FilePipeLocalInformation)))
        return FALSE;
    if (max_collection || timeout) { /* they are of clients on other computers */
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (state)
        *state = (info.ReadMode ? PIPE_READMODE_MESSAGE : 0) | (info.CompletionMode ? PIPE_NOWAIT : 0);
    if (instances)
        *instances = local.CurrentInstances;
    return TRUE;
}

/* The client's, which is known once something was read. */
static BOOL get_user(HANDLE pipe, WCHAR *user, ULONG bytes)
{
    IO_STATUS_BLOCK iosb;
    static const char attribute[] = "ClientUserName";
    return set_status(NtFsControlFile(pipe, NULL, NULL, NULL, &iosb, FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE,
                                      (void *)attribute, sizeof attribute, user, bytes));
}

BOOL WINAPI GetNamedPipeHandleStateW(HANDLE pipe, DWORD *state, DWORD *instances, DWORD *max_collection,
                                     DWORD *timeout, PWSTR user, DWORD user_size)
{
    return get_state(pipe, state, instances, max_collection, timeout) &&
           (!user || get_user(pipe, user, user_size * sizeof(WCHAR)));
}

BOOL WINAPI GetNamedPipeHandleStateA(HANDLE pipe, DWORD *state, DWORD *instances, DWORD *max_collection,
                                     DWORD *timeout, PSTR user, DWORD user_size)
{
    WCHAR wide[128];
    if (!get_state(pipe, state, instances, max_collection, timeout))
        return FALSE;
    if (!user)
        return TRUE;
    if (!get_user(pipe, wide, sizeof wide))
        return FALSE;
    if (!WideCharToMultiByte(CP_ACP, 0, wide, -1, user, (int)user_size, NULL, NULL)) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    return TRUE;
}

/* Where a pipe's name begins in an NT path, "\??\PIPE\name" or "\??\UNC\computer\pipe\name"; NULL: it is
 * none. */
static WCHAR *pipe_name(const UNICODE_STRING *nt)
{
    static const WCHAR share[] = L"pipe\\", unc[] = L"UNC\\";
    WCHAR *at = nt->Buffer + 4, *end = nt->Buffer + nt->Length / sizeof(WCHAR);
    if (end - at > 4 && RtlCompareUnicodeStrings(at, 4, unc, 4, TRUE) == 0) {
        for (at += 4; at < end && *at != '\\'; at++)
            ;
        at += at < end;
    }
    if (end - at <= 5 || RtlCompareUnicodeStrings(at, 5, share, 5, TRUE) != 0)
        return NULL;
    return at + 5;
}

BOOL WINAPI WaitNamedPipeW(PCWSTR name, DWORD timeout)
{
    static const WCHAR device[] = L"\\Device\\NamedPipe\\";
    UNICODE_STRING nt, root;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    BOOL result = FALSE;

    if (!dos_to_nt(name, &nt))
        return FALSE;
    WCHAR *begin = pipe_name(&nt);
    if (!begin) {
        RtlFreeUnicodeString(&nt);
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    ULONG bytes = nt.Length - (ULONG)((char *)begin - (char *)nt.Buffer),
          size = (ULONG)offsetof(FILE_PIPE_WAIT_FOR_BUFFER, Name) + bytes;
    FILE_PIPE_WAIT_FOR_BUFFER *wait = RtlAllocateHeap(process_heap(), 0, size + 8);
    RtlInitUnicodeString(&root, device);
    name_attributes(&attributes, &root);
    NTSTATUS status = wait ? NtOpenFile(&handle, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &iosb,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT)
                           : STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        wait->TimeoutSpecified = timeout != NMPWAIT_USE_DEFAULT_WAIT;
        wait->Timeout.QuadPart = timeout == NMPWAIT_WAIT_FOREVER ? (LONGLONG)1 << 63 : timeout * -10000ll;
        wait->NameLength = bytes;
        RtlCopyMemory(wait->Name, begin, bytes);
        status = NtFsControlFile(handle, NULL, NULL, NULL, &iosb, FSCTL_PIPE_WAIT, wait, size, NULL, 0);
        NtClose(handle);
        result = set_status(status == STATUS_IO_TIMEOUT ? STATUS_IO_TIMEOUT : status);
    } else
        set_status(status);
    RtlFreeHeap(process_heap(), 0, wait);
    RtlFreeUnicodeString(&nt);
    return result;
}

BOOL WINAPI WaitNamedPipeA(PCSTR name, DWORD timeout)
{
    WITH_WIDE(name, wide, FALSE, WaitNamedPipeW(wide, timeout));
}

BOOL WINAPI CallNamedPipeW(PCWSTR name, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *ret_read,
                           DWORD timeout)
{
    DWORD mode = PIPE_READMODE_MESSAGE;
    for (;;) {
        HANDLE pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (pipe != INVALID_HANDLE_VALUE) {
            BOOL result = SetNamedPipeHandleState(pipe, &mode, NULL, NULL) &&
                          TransactNamedPipe(pipe, in, in_size, out, out_size, ret_read, NULL);
            DWORD error = GetLastError();
            NtClose(pipe);
            SetLastError(error);
            return result;
        }
        if (GetLastError() != ERROR_PIPE_BUSY || timeout == NMPWAIT_NOWAIT || !WaitNamedPipeW(name, timeout))
            return FALSE;
    }
}

BOOL WINAPI CallNamedPipeA(PCSTR name, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *ret_read,
                           DWORD timeout)
{
    WITH_WIDE(name, wide, FALSE, CallNamedPipeW(wide, in, in_size, out, out_size, ret_read, timeout));
}
