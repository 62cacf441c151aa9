/*
 * DOS paths to full paths and NT paths, the current directory, searching.
 */
#include <nt/io.h>
#include <nt/path.h>
#include <nt/rtl.h>

static BOOLEAN is_slash(WCHAR c)
{
    return c == '\\' || c == '/';
}

static SIZE_T length_of(PCWSTR text)
{
    SIZE_T n = 0;
    while (text[n])
        n++;
    return n;
}

static WCHAR upper(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? (WCHAR)(c - 0x20) : c;
}

static RTL_PATH_TYPE path_type(PCWSTR name, SIZE_T length)
{
    if (length && is_slash(name[0])) {
        if (length < 2 || !is_slash(name[1]))
            return RtlPathTypeRooted;
        if (length < 3 || (name[2] != '.' && name[2] != '?'))
            return RtlPathTypeUncAbsolute;
        if (length > 3 && is_slash(name[3]))
            return RtlPathTypeLocalDevice;
        return length == 3 ? RtlPathTypeRootLocalDevice : RtlPathTypeUncAbsolute;
    }
    if (length < 2 || name[1] != ':')
        return RtlPathTypeRelative;
    return length > 2 && is_slash(name[2]) ? RtlPathTypeDriveAbsolute : RtlPathTypeDriveRelative;
}

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR Name)
{
    return path_type(Name, length_of(Name));
}

static BOOLEAN equals(PCWSTR text, SIZE_T length, const char *word)
{
    for (SIZE_T i = 0; i < length; i++)
        if (!word[i] || upper(text[i]) != (WCHAR)word[i])
            return FALSE;
    return !word[length];
}

static ULONG device_name(PCWSTR name, SIZE_T length)
{
    RTL_PATH_TYPE type = path_type(name, length);
    SIZE_T start, end = length;

    if (type == RtlPathTypeLocalDevice || type == RtlPathTypeRootLocalDevice ||
        type == RtlPathTypeUncAbsolute)
        return 0;
    if (end && name[end - 1] == ':')
        end--;
    while (end && (name[end - 1] == ' ' || name[end - 1] == '.'))
        end--;
    for (start = end; start && !is_slash(name[start - 1]) && !(start == 2 && name[1] == ':'); start--)
        ;
    SIZE_T n = 0;
    while (start + n < end && name[start + n] != '.' && name[start + n] != ':')
        n++;
    while (n && name[start + n - 1] == ' ')
        n--;
    BOOLEAN device = FALSE;
    if (n == 3)
        device = equals(name + start, 3, "NUL") || equals(name + start, 3, "CON") ||
                 equals(name + start, 3, "PRN") || equals(name + start, 3, "AUX");
    else if (n == 4)
        device = (equals(name + start, 3, "COM") || equals(name + start, 3, "LPT")) &&
                 name[start + 3] >= '1' && name[start + 3] <= '9';
    else if (start == 0 && end == length && (n == 6 || n == 7))
        device = equals(name, n, "CONIN$") || equals(name, n, "CONOUT$");
    return device ? (ULONG)(start * sizeof *name) << 16 | (ULONG)(n * sizeof *name) : 0;
}

ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR Name)
{
    return device_name(Name, length_of(Name));
}

/* ---- full paths ---- */

/* Appends the components of text to out[0..used), which keeps its first `root` units (they end in a
 * backslash or are a whole root). Returns the new length. */
static SIZE_T append_components(WCHAR *out, SIZE_T used, SIZE_T root, PCWSTR text, SIZE_T length)
{
    SIZE_T i = 0;
    while (i < length) {
        SIZE_T n = 0;
        while (i + n < length && !is_slash(text[i + n]))
            n++;
        BOOLEAN last = i + n >= length;
        PCWSTR component = text + i;
        i += n + (last ? 0 : 1);
        if (n == 0)
            continue;
        if (n == 1 && component[0] == '.')
            continue;
        if (n == 2 && component[0] == '.' && component[1] == '.') {
            if (used > root && out[used - 1] == '\\')
                used--;
            while (used > root && out[used - 1] != '\\')
                used--;
            continue;
        }
        if (last) {
            while (n && (component[n - 1] == '.' || component[n - 1] == ' '))
                n--;
        } else if (component[n - 1] == '.' && n > 1 && component[n - 2] != '.') {
            n--;
        }
        if (n == 0)
            continue;
        if (used && out[used - 1] != '\\')
            out[used++] = '\\';
        for (SIZE_T k = 0; k < n; k++)
            out[used++] = component[k];
        if (!last)
            out[used++] = '\\';
    }
    return used;
}

static SIZE_T copy_text(WCHAR *out, PCWSTR text, SIZE_T length)
{
    for (SIZE_T i = 0; i < length; i++)
        out[i] = is_slash(text[i]) ? '\\' : text[i];
    return length;
}

/* Units of the root of a full path: "C:\" or "\\server\share\" (as much of it as there is). */
static SIZE_T root_length(const WCHAR *path, SIZE_T length)
{
    if (length >= 2 && path[1] == ':')
        return 3;
    SIZE_T n = 2;
    for (int parts = 0; parts < 2 && n < length; parts++) {
        while (n < length && !is_slash(path[n]))
            n++;
        if (n < length)
            n++;
    }
    return n;
}

/* The current directory of a drive, from the environment's "=C:"; units, 0 if there is none. */
static SIZE_T drive_directory(WCHAR drive, WCHAR *out, SIZE_T room)
{
    WCHAR variable[] = {'=', upper(drive), ':', 0};
    SIZE_T length = 0;
    if (!NT_SUCCESS(RtlQueryEnvironmentVariable(NULL, variable, 3, out, room, &length)))
        return 0;
    return length < room ? length : 0;
}

/* The full form of a path into out, which has room for the current directory (or 300 units) and length
 * + 16 units. Returns its length in units; 0 if the name is not one. */
static SIZE_T full_path(PCWSTR name, SIZE_T length, WCHAR *out)
{
    UNICODE_STRING *current = &rtl_peb()->ProcessParameters->CurrentDirectory.DosPath;
    SIZE_T used, root;
    ULONG device;

    while (length && name[length - 1] == ' ')
        length--;
    if (!length)
        return 0;
    device = device_name(name, length);
    if (device) {
        used = copy_text(out, L"\\\\.\\", 4);
        return used + copy_text(out + used, name + (device >> 16) / 2, (device & 0xffff) / 2);
    }
    switch (path_type(name, length)) {
    case RtlPathTypeDriveAbsolute:
        out[0] = name[0];
        out[1] = ':';
        out[2] = '\\';
        return append_components(out, 3, 3, name + 3, length - 3);
    case RtlPathTypeDriveRelative:
        if (upper(current->Buffer[0]) == upper(name[0]) && current->Buffer[1] == ':') {
            used = copy_text(out, current->Buffer, current->Length / sizeof(WCHAR));
        } else {
            used = drive_directory(name[0], out, 300);
            if (!used) {
                out[0] = name[0];
                out[1] = ':';
                out[2] = '\\';
                used = 3;
            }
        }
        return append_components(out, used, 3, name + 2, length - 2);
    case RtlPathTypeRooted:
        root = root_length(current->Buffer, current->Length / sizeof(WCHAR));
        used = copy_text(out, current->Buffer, root);
        return append_components(out, used, root, name + 1, length - 1);
    case RtlPathTypeRelative:
        root = root_length(current->Buffer, current->Length / sizeof(WCHAR));
        used = copy_text(out, current->Buffer, current->Length / sizeof(WCHAR));
        used = append_components(out, used, root, name, length);
        /* "." of "C:\a\" is "C:\a". */
        if (used > root && out[used - 1] == '\\' && !is_slash(name[length - 1]))
            used--;
        return used;
    case RtlPathTypeUncAbsolute:
        root = root_length(name, length);
        used = copy_text(out, name, root);
        return append_components(out, used, root, name + root, length - root);
    case RtlPathTypeLocalDevice:
        used = copy_text(out, name, 4);
        root = length > 6 && name[5] == ':' && is_slash(name[6]) ? 7 : 4;
        if (root == 7)
            used += copy_text(out + 4, name + 4, 3);
        return append_components(out, used, root, name + root, length - root);
    case RtlPathTypeRootLocalDevice:
        used = copy_text(out, name, 3);
        out[used++] = '\\';
        return used;
    default: return 0;
    }
}

/* A ".." at the end leaves a backslash that the full form does not have. */
static SIZE_T trim(PCWSTR name, SIZE_T name_length, WCHAR *out, SIZE_T used)
{
    SIZE_T end = name_length;
    while (end && name[end - 1] == ' ')
        end--;
    BOOLEAN dots = end && name[end - 1] == '.';
    if (dots && used > 3 && out[used - 1] == '\\' && !(used == 7 && out[1] == '\\' && out[5] == ':')) {
        SIZE_T root = root_length(out, used);
        if (used > root)
            used--;
    }
    return used;
}

struct work {
    WCHAR fixed[640];
    WCHAR *buffer;
};

/* full_path with a buffer of enough room, which end_work gives back. */
static SIZE_T begin_work(struct work *work, PCWSTR name, SIZE_T length)
{
    RtlAcquirePebLock();
    SIZE_T current = rtl_peb()->ProcessParameters->CurrentDirectory.DosPath.Length / sizeof(WCHAR);
    SIZE_T room = length + (current > 300 ? current : 300) + 16;
    work->buffer = work->fixed;
    if (room > sizeof work->fixed / sizeof *work->fixed)
        work->buffer = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, room * sizeof(WCHAR));
    SIZE_T used = work->buffer ? full_path(name, length, work->buffer) : 0;
    RtlReleasePebLock();
    return used ? trim(name, length, work->buffer, used) : 0;
}

static void end_work(struct work *work)
{
    if (work->buffer && work->buffer != work->fixed)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, work->buffer);
}

static PWSTR file_part(PWSTR path, SIZE_T length)
{
    SIZE_T n = length;
    while (n && path[n - 1] != '\\')
        n--;
    return n < length ? path + n : NULL;
}

NTSTATUS NTAPI RtlGetFullPathName_UEx(PCWSTR Name, ULONG Size, PWSTR Buffer, PWSTR *FilePart,
                                      ULONG *ReturnedSize)
{
    struct work work;
    NTSTATUS status = STATUS_SUCCESS;
    if (FilePart)
        *FilePart = NULL;
    *ReturnedSize = 0;
    if (!Name || !*Name)
        return STATUS_OBJECT_NAME_INVALID;
    SIZE_T used = begin_work(&work, Name, length_of(Name));
    if (!used) {
        status = work.buffer ? STATUS_OBJECT_NAME_INVALID : STATUS_NO_MEMORY;
    } else if (used > 0x7ffe) {
        status = STATUS_NAME_TOO_LONG;
    } else if ((used + 1) * sizeof(WCHAR) > Size) {
        *ReturnedSize = (ULONG)((used + 1) * sizeof(WCHAR));
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        for (SIZE_T i = 0; i < used; i++)
            Buffer[i] = work.buffer[i];
        Buffer[used] = 0;
        *ReturnedSize = (ULONG)(used * sizeof(WCHAR));
        if (FilePart)
            *FilePart = path_type(Buffer, used) == RtlPathTypeLocalDevice && used < 7
                            ? NULL
                            : file_part(Buffer, used);
    }
    end_work(&work);
    return status;
}

ULONG NTAPI RtlGetFullPathName_U(PCWSTR Name, ULONG Size, PWSTR Buffer, PWSTR *FilePart)
{
    ULONG returned;
    NTSTATUS status = RtlGetFullPathName_UEx(Name, Size, Buffer, FilePart, &returned);
    return NT_SUCCESS(status) || status == STATUS_BUFFER_TOO_SMALL ? returned : 0;
}

/* ---- NT paths ---- */

NTSTATUS NTAPI RtlDosPathNameToNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                                       RTL_RELATIVE_NAME_U *Relative)
{
    struct work work = {.buffer = NULL};
    PCWSTR rest;
    SIZE_T length, used, extra = 0;
    NTSTATUS status = STATUS_SUCCESS;
    static const WCHAR prefix[] = L"\\??\\";

    if (Relative) {
        RtlInitUnicodeString(&Relative->RelativeName, NULL);
        Relative->ContainingDirectory = NULL;
        Relative->CurDirRef = NULL;
    }
    if (FilePart)
        *FilePart = NULL;
    if (!Name || !*Name)
        return STATUS_OBJECT_NAME_INVALID;
    length = length_of(Name);
    if (length >= 4 && Name[0] == '\\' && (Name[1] == '\\' || Name[1] == '?') && Name[2] == '?' &&
        Name[3] == '\\') {
        rest = Name + 4; /* taken as it is */
        used = length - 4;
        if (Name[1] == '\\' && used == 0)
            return STATUS_OBJECT_NAME_INVALID;
    } else {
        used = begin_work(&work, Name, length);
        if (!used)
            return work.buffer ? STATUS_OBJECT_NAME_INVALID : STATUS_NO_MEMORY;
        rest = work.buffer;
        switch (path_type(rest, used)) {
        case RtlPathTypeLocalDevice:
        case RtlPathTypeRootLocalDevice:
            rest += 4;
            used -= 4;
            break;
        case RtlPathTypeUncAbsolute:
            rest += 2;
            used -= 2;
            extra = 4;
            break;
        default: break;
        }
    }
    SIZE_T bytes = (used + extra + 4) * sizeof(WCHAR);
    if (bytes + sizeof(WCHAR) > 0xfffe) {
        status = STATUS_NAME_TOO_LONG;
    } else {
        WCHAR *buffer = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, bytes + sizeof(WCHAR)), *out = buffer;
        if (!buffer) {
            status = STATUS_NO_MEMORY;
        } else {
            for (int i = 0; i < 4; i++)
                *out++ = prefix[i];
            for (SIZE_T i = 0; i < extra; i++)
                *out++ = L"UNC\\"[i];
            for (SIZE_T i = 0; i < used; i++)
                *out++ = rest[i];
            *out = 0;
            NtName->Buffer = buffer;
            NtName->Length = (USHORT)bytes;
            NtName->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
            if (FilePart)
                *FilePart = file_part(buffer, bytes / sizeof(WCHAR));
        }
    }
    end_work(&work);
    return status;
}

BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                           RTL_RELATIVE_NAME_U *Relative)
{
    return NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(Name, NtName, FilePart, Relative));
}

/* No directory handle is used: the full path is as good, and the relative name stays empty. */
NTSTATUS NTAPI RtlDosPathNameToRelativeNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                               PWSTR *FilePart, RTL_RELATIVE_NAME_U *Relative)
{
    return RtlDosPathNameToNtPathName_U_WithStatus(Name, NtName, FilePart, Relative);
}

BOOLEAN NTAPI RtlDosPathNameToRelativeNtPathName_U(PCWSTR Name, UNICODE_STRING *NtName, PWSTR *FilePart,
                                                   RTL_RELATIVE_NAME_U *Relative)
{
    return NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(Name, NtName, FilePart, Relative));
}

NTSTATUS NTAPI RtlDosLongPathNameToNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                           PWSTR *FilePart, RTL_RELATIVE_NAME_U *Relative)
{
    return RtlDosPathNameToNtPathName_U_WithStatus(Name, NtName, FilePart, Relative);
}

NTSTATUS NTAPI RtlDosLongPathNameToRelativeNtPathName_U_WithStatus(PCWSTR Name, UNICODE_STRING *NtName,
                                                                   PWSTR *FilePart,
                                                                   RTL_RELATIVE_NAME_U *Relative)
{
    return RtlDosPathNameToNtPathName_U_WithStatus(Name, NtName, FilePart, Relative);
}

void NTAPI RtlReleaseRelativeName(RTL_RELATIVE_NAME_U *Relative)
{
    (void)Relative; /* nothing was referenced */
}

ULONG NTAPI RtlGetLongestNtPathLength(void)
{
    return 277; /* MAX_PATH and the longest prefix, "\??\UNC\" and so on */
}

/* ---- the current directory ---- */

ULONG NTAPI RtlGetCurrentDirectory_U(ULONG Size, PWSTR Buffer)
{
    RtlAcquirePebLock();
    UNICODE_STRING *current = &rtl_peb()->ProcessParameters->CurrentDirectory.DosPath;
    ULONG units = current->Length / sizeof(WCHAR), result;
    if (units > 3 && current->Buffer[units - 1] == '\\')
        units--;
    if ((units + 1) * sizeof(WCHAR) > Size) {
        result = (units + 1) * sizeof(WCHAR);
    } else {
        memcpy(Buffer, current->Buffer, units * sizeof(WCHAR));
        Buffer[units] = 0;
        result = units * sizeof(WCHAR);
    }
    RtlReleasePebLock();
    return result;
}

/* The handle keeps others from removing the folder, as on Windows. */
static NTSTATUS open_directory(PCWSTR name, HANDLE *ret_handle)
{
    UNICODE_STRING nt;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(name, &nt, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &nt, OBJ_CASE_INSENSITIVE, NULL, NULL};
    status = NtOpenFile(ret_handle, FILE_TRAVERSE | SYNCHRONIZE, &attributes, &iosb,
                        FILE_SHARE_READ | FILE_SHARE_WRITE,
                        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    RtlFreeUnicodeString(&nt);
    return status;
}

/* For programs that take the handle from the process parameters. There is none if the folder is gone. */
void rtl_open_current_directory(void)
{
    CURDIR *current = &rtl_peb()->ProcessParameters->CurrentDirectory;
    if (current->DosPath.Length && !NT_SUCCESS(open_directory(current->DosPath.Buffer, &current->Handle)))
        current->Handle = NULL;
}

NTSTATUS NTAPI RtlSetCurrentDirectory_U(UNICODE_STRING *Path)
{
    CURDIR *current = &rtl_peb()->ProcessParameters->CurrentDirectory;
    HANDLE handle, old;
    struct work work;
    WCHAR *name;
    SIZE_T length = Path->Length / sizeof(WCHAR);
    NTSTATUS status;

    /* Terminated, for the functions that want it so. */
    name = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, (length + 1) * sizeof(WCHAR));
    if (!name)
        return STATUS_NO_MEMORY;
    for (SIZE_T i = 0; i < length; i++)
        name[i] = Path->Buffer[i];
    name[length] = 0;
    status = open_directory(name, &handle);
    if (!NT_SUCCESS(status)) {
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, name);
        return status;
    }
    SIZE_T used = begin_work(&work, name, length);
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, name);
    RtlAcquirePebLock();
    if (!used || (used + 2) * sizeof(WCHAR) > current->DosPath.MaximumLength) {
        RtlReleasePebLock();
        NtClose(handle);
        end_work(&work);
        return used ? STATUS_NAME_TOO_LONG : STATUS_NO_MEMORY;
    }
    for (SIZE_T i = 0; i < used; i++)
        current->DosPath.Buffer[i] = work.buffer[i];
    if (current->DosPath.Buffer[used - 1] != '\\')
        current->DosPath.Buffer[used++] = '\\';
    current->DosPath.Buffer[used] = 0;
    current->DosPath.Length = (USHORT)(used * sizeof(WCHAR));
    old = current->Handle;
    current->Handle = handle;
    RtlReleasePebLock();
    end_work(&work);
    if (old)
        NtClose(old);
    return STATUS_SUCCESS;
}

/* ---- looking for files ---- */

BOOLEAN NTAPI RtlDoesFileExists_U(PCWSTR Name)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    FILE_BASIC_INFORMATION info;
    if (!NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(Name, &nt, NULL, NULL)))
        return FALSE;
    attributes = (OBJECT_ATTRIBUTES){sizeof attributes, NULL, &nt, OBJ_CASE_INSENSITIVE, NULL, NULL};
    NTSTATUS status = NtQueryAttributesFile(&attributes, &info);
    RtlFreeUnicodeString(&nt);
    return NT_SUCCESS(status) || status == STATUS_SHARING_VIOLATION || status == STATUS_ACCESS_DENIED;
}

ULONG NTAPI RtlDosSearchPath_U(PCWSTR Path, PCWSTR Name, PCWSTR Extension, ULONG Size, PWSTR Buffer,
                               PWSTR *FilePart)
{
    SIZE_T name_length = length_of(Name), extension = Extension ? length_of(Extension) : 0, path_length;
    BOOLEAN has_dot = FALSE, plain = path_type(Name, name_length) == RtlPathTypeRelative;

    for (SIZE_T i = 0; i < name_length; i++) {
        if (is_slash(Name[i]))
            has_dot = FALSE;
        else if (Name[i] == '.')
            has_dot = TRUE;
    }
    if (plain && Name[0] == '.' && (is_slash(Name[1]) || (Name[1] == '.' && is_slash(Name[2]))))
        plain = FALSE;
    if (has_dot)
        extension = 0;
    path_length = plain ? length_of(Path) : 0;
    WCHAR *work = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0,
                                  (path_length + name_length + extension + 3) * sizeof(WCHAR));
    if (!work)
        return 0;
    ULONG result = 0;
    do {
        SIZE_T used = 0;
        if (plain) {
            while (*Path && *Path != ';')
                work[used++] = *Path++;
            if (*Path == ';')
                Path++;
            if (used && !is_slash(work[used - 1]))
                work[used++] = '\\';
        }
        for (SIZE_T i = 0; i < name_length; i++)
            work[used++] = Name[i];
        for (SIZE_T i = 0; i < extension; i++)
            work[used++] = Extension[i];
        work[used] = 0;
        if (RtlDoesFileExists_U(work)) {
            result = RtlGetFullPathName_U(work, Size, Buffer, FilePart);
            break;
        }
    } while (plain && *Path);
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, work);
    return result;
}
