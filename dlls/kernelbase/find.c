/*
 * FindFirstFile and its relatives: patterns, directory scans, change notifications.
 */
#include "file.h"

enum { BUFFER_SIZE = 32768, MAGIC = 0x46696e64 };

struct find {
    ULONG magic;
    HANDLE directory;
    ULONG used, at; /* of buffer */
    BOOL device;    /* a device name: one answer */
    FINDEX_SEARCH_OPS operation;
    RTL_CRITICAL_SECTION lock;
    union {
        char buffer[BUFFER_SIZE];
        ULONGLONG align;
    };
};

static FILETIME filetime(LARGE_INTEGER time)
{
    return (FILETIME){time.LowPart, (DWORD)time.HighPart};
}

static void fill_data(const FILE_BOTH_DIR_INFORMATION *entry, WIN32_FIND_DATAW *data)
{
    ULONG units = entry->FileNameLength / sizeof(WCHAR);
    data->dwFileAttributes = entry->FileAttributes;
    data->ftCreationTime = filetime(entry->CreationTime);
    data->ftLastAccessTime = filetime(entry->LastAccessTime);
    data->ftLastWriteTime = filetime(entry->LastWriteTime);
    data->nFileSizeHigh = (DWORD)entry->EndOfFile.HighPart;
    data->nFileSizeLow = entry->EndOfFile.LowPart;
    data->dwReserved0 = entry->FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT ? entry->EaSize : 0;
    data->dwReserved1 = 0;
    if (units > MAX_PATH - 1)
        units = MAX_PATH - 1;
    for (ULONG i = 0; i < units; i++)
        data->cFileName[i] = entry->FileName[i];
    data->cFileName[units] = 0;
    for (ULONG i = 0; i < entry->ShortNameLength / sizeof(WCHAR); i++)
        data->cAlternateFileName[i] = entry->ShortName[i];
    data->cAlternateFileName[entry->ShortNameLength / sizeof(WCHAR)] = 0;
}

/* Win32 wildcards as the file system takes them: "*.*" is everything, '?' also matches nothing before
 * a dot or the end, "*." only names without a dot. */
static void translate(WCHAR *pattern, ULONG *length, BOOL trailing_dot)
{
    ULONG n = *length;
    if (n == 3 && pattern[0] == '*' && pattern[1] == '.' && pattern[2] == '*') {
        *length = 1;
        return;
    }
    if (trailing_dot && n && pattern[n - 1] == '*') {
        pattern[n - 1] = '<';
        if (n == 1)
            return;
    }
    for (ULONG i = 0; i < n; i++) {
        if (pattern[i] == '?')
            pattern[i] = '>';
        else if (pattern[i] == '.' && i + 1 < n && (pattern[i + 1] == '?' || pattern[i + 1] == '*'))
            pattern[i] = '"';
        else if (pattern[i] == '*' && i + 1 < n && pattern[i + 1] == '.')
            pattern[i] = '<';
    }
}

static NTSTATUS refill(struct find *find, UNICODE_STRING *pattern)
{
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = NtQueryDirectoryFile(find->directory, NULL, NULL, NULL, &iosb, find->buffer,
                                           sizeof find->buffer, FileBothDirectoryInformation, FALSE, pattern,
                                           FALSE);
    find->at = 0;
    find->used = NT_SUCCESS(status) ? (ULONG)iosb.Information : 0;
    return status;
}

static const FILE_BOTH_DIR_INFORMATION *take(struct find *find)
{
    const FILE_BOTH_DIR_INFORMATION *entry = (void *)(find->buffer + find->at);
    if (entry->NextEntryOffset)
        find->at += entry->NextEntryOffset;
    else
        find->used = 0;
    return entry;
}

static struct find *create_find(void)
{
    struct find *find = RtlAllocateHeap(process_heap(), 0, sizeof *find);
    if (!find) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    find->magic = MAGIC;
    find->directory = NULL;
    find->used = find->at = 0;
    find->device = FALSE;
    RtlInitializeCriticalSection(&find->lock);
    return find;
}

static void destroy_find(struct find *find)
{
    find->magic = 0;
    if (find->directory)
        NtClose(find->directory);
    RtlDeleteCriticalSection(&find->lock);
    RtlFreeHeap(process_heap(), 0, find);
}

HANDLE WINAPI FindFirstFileExW(PCWSTR name, FINDEX_INFO_LEVELS level, void *ret, FINDEX_SEARCH_OPS operation,
                               void *filter, DWORD flags)
{
    WIN32_FIND_DATAW *data = ret;
    UNICODE_STRING nt, pattern;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    struct find *find;
    WCHAR *part;
    NTSTATUS status;

    /* FIND_FIRST_EX_CASE_SENSITIVE has no effect where the object manager ignores case (ObCaseInsensitive),
     * which is so unless it is switched off in the registry; LARGE_FETCH is a hint. */
    if (filter || flags & ~(DWORD)(FIND_FIRST_EX_CASE_SENSITIVE | FIND_FIRST_EX_LARGE_FETCH |
                                   4 /* FIND_FIRST_EX_ON_DISK_ENTRIES_ONLY */)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (!name || !ret) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    if (level > FindExInfoBasic || operation > FindExSearchLimitToDirectories) {
        SetLastError(operation > FindExSearchLimitToDirectories && operation == FindExSearchLimitToDevices
                         ? ERROR_NOT_SUPPORTED
                         : ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    ULONG device = RtlIsDosDeviceName_U(name);
    if (device) {
        find = create_find();
        if (!find)
            return INVALID_HANDLE_VALUE;
        RtlZeroMemory(data, sizeof *data);
        data->dwFileAttributes = FILE_ATTRIBUTE_ARCHIVE;
        for (ULONG i = 0; i < (device & 0xffff) / 2; i++)
            data->cFileName[i] = name[(device >> 17) + i];
        find->device = TRUE;
        return find;
    }
    status = RtlDosPathNameToNtPathName_U_WithStatus(name, &nt, &part, NULL);
    if (!NT_SUCCESS(status)) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    if (!part || !*part) {
        RtlFreeUnicodeString(&nt);
        SetLastError(ERROR_FILE_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    ULONG total = nt.Length / sizeof(WCHAR), start = (ULONG)(part - nt.Buffer), length = total - start;
    ULONG n = (ULONG)lstrlenW(name);
    while (n && name[n - 1] == ' ')
        n--;
    translate(part, &length, n && name[n - 1] == '.' && n > 1 && name[n - 2] == '*');
    pattern.Buffer = part;
    pattern.Length = pattern.MaximumLength = (USHORT)(length * sizeof(WCHAR));

    find = create_find();
    if (!find) {
        RtlFreeUnicodeString(&nt);
        return INVALID_HANDLE_VALUE;
    }
    find->operation = operation;
    UNICODE_STRING folder = {(USHORT)(start * sizeof(WCHAR)), (USHORT)(start * sizeof(WCHAR)), nt.Buffer};
    if (start > 7 || (start > 5 && nt.Buffer[start - 2] != ':'))
        folder.Length -= sizeof(WCHAR); /* not a root: without its backslash */
    name_attributes(&attributes, &folder);
    status = NtOpenFile(&find->directory, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &iosb, SHARE_ALL,
                        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_FOR_BACKUP_INTENT);
    if (!NT_SUCCESS(status)) {
        find->directory = NULL;
        SetLastError(status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND
                         ? ERROR_PATH_NOT_FOUND
                     : status == STATUS_NOT_A_DIRECTORY ? ERROR_DIRECTORY
                                                        : RtlNtStatusToDosError(status));
    } else {
        status = refill(find, &pattern);
        if (status == STATUS_NO_SUCH_FILE || status == STATUS_NO_MORE_FILES)
            SetLastError(ERROR_FILE_NOT_FOUND);
        else
            set_status(status);
    }
    RtlFreeUnicodeString(&nt);
    if (!NT_SUCCESS(status)) {
        destroy_find(find);
        return INVALID_HANDLE_VALUE;
    }
    fill_data(take(find), data);
    if (level == FindExInfoBasic)
        data->cAlternateFileName[0] = 0;
    return find;
}

BOOL WINAPI FindNextFileW(HANDLE handle, WIN32_FIND_DATAW *data)
{
    struct find *find = handle;
    if (!find || handle == INVALID_HANDLE_VALUE || find->magic != MAGIC) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (find->device) {
        SetLastError(ERROR_NO_MORE_FILES);
        return FALSE;
    }
    RtlEnterCriticalSection(&find->lock);
    NTSTATUS status = find->used ? STATUS_SUCCESS : refill(find, NULL);
    if (NT_SUCCESS(status))
        fill_data(take(find), data);
    RtlLeaveCriticalSection(&find->lock);
    if (status == STATUS_NO_MORE_FILES || status == STATUS_NO_SUCH_FILE) {
        SetLastError(ERROR_NO_MORE_FILES);
        return FALSE;
    }
    return set_status(status);
}

BOOL WINAPI FindClose(HANDLE handle)
{
    struct find *find = handle;
    if (!find || handle == INVALID_HANDLE_VALUE || find->magic != MAGIC) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    destroy_find(find);
    return TRUE;
}

HANDLE WINAPI FindFirstFileW(PCWSTR name, WIN32_FIND_DATAW *data)
{
    return FindFirstFileExW(name, FindExInfoStandard, data, FindExSearchNameMatch, NULL, 0);
}

static void data_to_ansi(const WIN32_FIND_DATAW *wide, WIN32_FIND_DATAA *data)
{
    ULONG bytes;
    RtlCopyMemory(data, wide, offsetof(WIN32_FIND_DATAW, cFileName));
    RtlUnicodeToMultiByteN(data->cFileName, sizeof data->cFileName - 1, &bytes, wide->cFileName,
                           (ULONG)lstrlenW(wide->cFileName) * sizeof(WCHAR));
    data->cFileName[bytes] = 0;
    RtlUnicodeToMultiByteN(data->cAlternateFileName, sizeof data->cAlternateFileName - 1, &bytes,
                           wide->cAlternateFileName,
                           (ULONG)lstrlenW(wide->cAlternateFileName) * sizeof(WCHAR));
    data->cAlternateFileName[bytes] = 0;
}

HANDLE WINAPI FindFirstFileExA(PCSTR name, FINDEX_INFO_LEVELS level, void *ret, FINDEX_SEARCH_OPS operation,
                               void *filter, DWORD flags)
{
    WIN32_FIND_DATAW data;
    WCHAR *wide;
    if (!name_to_wide(name, &wide))
        return INVALID_HANDLE_VALUE;
    HANDLE handle = FindFirstFileExW(wide, level, &data, operation, filter, flags);
    free_wide(wide);
    if (handle != INVALID_HANDLE_VALUE)
        data_to_ansi(&data, ret);
    return handle;
}

HANDLE WINAPI FindFirstFileA(PCSTR name, WIN32_FIND_DATAA *data)
{
    return FindFirstFileExA(name, FindExInfoStandard, data, FindExSearchNameMatch, NULL, 0);
}

BOOL WINAPI FindNextFileA(HANDLE handle, WIN32_FIND_DATAA *data)
{
    WIN32_FIND_DATAW wide;
    if (!FindNextFileW(handle, &wide))
        return FALSE;
    data_to_ansi(&wide, data);
    return TRUE;
}

/* ---- streams: only the unnamed one ---- */

HANDLE WINAPI FindFirstStreamW(PCWSTR name, STREAM_INFO_LEVELS level, void *ret, DWORD flags)
{
    WIN32_FILE_ATTRIBUTE_DATA info;
    WIN32_FIND_STREAM_DATA *data = ret;
    if (level != FindStreamInfoStandard || flags) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (!GetFileAttributesExW(name, GetFileExInfoStandard, &info))
        return INVALID_HANDLE_VALUE;
    if (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        SetLastError(ERROR_HANDLE_EOF);
        return INVALID_HANDLE_VALUE;
    }
    struct find *find = create_find();
    if (!find)
        return INVALID_HANDLE_VALUE;
    find->device = TRUE;
    data->StreamSize.LowPart = info.nFileSizeLow;
    data->StreamSize.HighPart = (LONG)info.nFileSizeHigh;
    lstrcpyW(data->cStreamName, L"::$DATA");
    return find;
}

BOOL WINAPI FindNextStreamW(HANDLE handle, void *data)
{
    struct find *find = handle;
    (void)data;
    SetLastError(find && handle != INVALID_HANDLE_VALUE && find->magic == MAGIC ? ERROR_HANDLE_EOF
                                                                                : ERROR_INVALID_HANDLE);
    return FALSE;
}

/* ---- changes ---- */

BOOL WINAPI ReadDirectoryChangesW(HANDLE directory, void *buffer, DWORD size, BOOL tree, DWORD filter,
                                  DWORD *ret_bytes, OVERLAPPED *overlapped,
                                  LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    IO_STATUS_BLOCK local, *iosb = overlapped ? (IO_STATUS_BLOCK *)overlapped : &local;
    void *context = routine                                              ? (void *)routine
                    : overlapped && !((ULONG_PTR)overlapped->hEvent & 1) ? overlapped
                                                                         : NULL;
    extern void CALLBACK directory_apc(void *context, IO_STATUS_BLOCK *iosb, ULONG reserved);
    HANDLE event = overlapped && !routine ? (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1) : NULL;
    if (overlapped)
        overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    NTSTATUS status = NtNotifyChangeDirectoryFile(directory, event,
                                                  routine ? (PIO_APC_ROUTINE)directory_apc : NULL, context,
                                                  iosb, buffer, size, filter, (BOOLEAN)tree);
    if (status == STATUS_PENDING) {
        if (overlapped)
            return TRUE; /* has begun */
        NtWaitForSingleObject(directory, FALSE, NULL);
        status = local.Status;
    }
    if (status == STATUS_NOTIFY_ENUM_DIR) { /* too much has changed to say what */
        if (ret_bytes)
            *ret_bytes = 0;
        if (overlapped)
            return TRUE;
        SetLastError(ERROR_NOTIFY_ENUM_DIR);
        return TRUE;
    }
    if (!overlapped && ret_bytes && NT_SUCCESS(status))
        *ret_bytes = (DWORD)iosb->Information;
    return set_status(status);
}

void CALLBACK directory_apc(void *context, IO_STATUS_BLOCK *iosb, ULONG reserved)
{
    (void)reserved;
    ((LPOVERLAPPED_COMPLETION_ROUTINE)context)(RtlNtStatusToDosError(iosb->Status), (DWORD)iosb->Information,
                                               (OVERLAPPED *)iosb);
}

/* A change handle is the directory's, opened for overlapped I/O: it is signalled when the request
 * that is always pending on it ends. The status block outlives it: it may be written late. */
static IO_STATUS_BLOCK change_status;

HANDLE WINAPI FindFirstChangeNotificationW(PCWSTR name, BOOL tree, DWORD filter)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    if (!dos_to_nt(name, &nt))
        return INVALID_HANDLE_VALUE;
    name_attributes(&attributes, &nt);
    NTSTATUS status = NtOpenFile(&handle, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &iosb, SHARE_ALL,
                                 FILE_DIRECTORY_FILE | FILE_OPEN_FOR_BACKUP_INTENT);
    RtlFreeUnicodeString(&nt);
    if (NT_SUCCESS(status)) {
        status = NtNotifyChangeDirectoryFile(handle, NULL, NULL, NULL, &change_status, NULL, 0, filter,
                                             (BOOLEAN)tree);
        if (!NT_SUCCESS(status))
            NtClose(handle);
    }
    return set_status(status) ? handle : INVALID_HANDLE_VALUE;
}

HANDLE WINAPI FindFirstChangeNotificationA(PCSTR name, BOOL tree, DWORD filter)
{
    WITH_WIDE(name, wide, INVALID_HANDLE_VALUE, FindFirstChangeNotificationW(wide, tree, filter));
}

BOOL WINAPI FindNextChangeNotification(HANDLE handle)
{
    /* The filter and tree of the first request stay. */
    NTSTATUS status = NtNotifyChangeDirectoryFile(handle, NULL, NULL, NULL, &change_status, NULL, 0, 0xfff,
                                                  FALSE);
    return set_status(status == STATUS_NOTIFY_ENUM_DIR ? STATUS_SUCCESS : status);
}

BOOL WINAPI FindCloseChangeNotification(HANDLE handle)
{
    return set_status(NtClose(handle));
}
