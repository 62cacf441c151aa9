/*
 * Drives and volumes.
 */
#include "file.h"

static const WCHAR volume_prefix[] = L"\\\\?\\Volume{47617374-7769-7274-0000-0000000000";

/* Opens a drive's root folder; the path may be anything below it. */
static NTSTATUS open_root(PCWSTR root, HANDLE *ret)
{
    return open_dos_path(root ? root : L"\\", FILE_READ_ATTRIBUTES, SHARE_ALL,
                         FILE_DIRECTORY_FILE | FILE_OPEN_FOR_BACKUP_INTENT, ret);
}

static BOOL drive_exists(int index)
{
    WCHAR root[] = L"A:\\";
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    FILE_BASIC_INFORMATION info;
    root[0] = (WCHAR)('A' + index);
    if (!NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(root, &nt, NULL, NULL)))
        return FALSE;
    name_attributes(&attributes, &nt);
    NTSTATUS status = NtQueryAttributesFile(&attributes, &info);
    RtlFreeUnicodeString(&nt);
    return NT_SUCCESS(status);
}

DWORD WINAPI GetLogicalDrives(void)
{
    DWORD mask = 0;
    for (int i = 0; i < 26; i++)
        if (drive_exists(i))
            mask |= 1u << i;
    return mask;
}

DWORD WINAPI GetLogicalDriveStringsW(DWORD size, PWSTR buffer)
{
    DWORD mask = GetLogicalDrives(), need = 1;
    for (int i = 0; i < 26; i++)
        need += mask >> i & 1 ? 4 : 0;
    if (size < need)
        return need;
    for (int i = 0; i < 26; i++)
        if (mask >> i & 1) {
            *buffer++ = (WCHAR)('A' + i);
            *buffer++ = ':';
            *buffer++ = '\\';
            *buffer++ = 0;
        }
    *buffer = 0;
    return need - 1;
}

DWORD WINAPI GetLogicalDriveStringsA(DWORD size, PSTR buffer)
{
    WCHAR wide[110];
    DWORD n = GetLogicalDriveStringsW(110, wide);
    if (size < n + 1)
        return n + 1;
    for (DWORD i = 0; i <= n; i++)
        buffer[i] = (char)wide[i];
    return n;
}

UINT WINAPI GetDriveTypeW(PCWSTR root)
{
    HANDLE handle;
    if (root && !*root)
        return DRIVE_NO_ROOT_DIR;
    if (root) {
        DWORD n = (DWORD)lstrlenW(root);
        BOOL drive = n >= 2 && n <= 3 && root[1] == ':';
        if (!drive && root[n - 1] != '\\' && root[n - 1] != '/')
            return DRIVE_NO_ROOT_DIR;
    }
    if (!NT_SUCCESS(open_root(root, &handle)))
        return DRIVE_NO_ROOT_DIR;
    NtClose(handle);
    return DRIVE_FIXED;
}

UINT WINAPI GetDriveTypeA(PCSTR root)
{
    WITH_WIDE(root, wide, DRIVE_NO_ROOT_DIR, GetDriveTypeW(wide));
}

static BOOL volume_of(HANDLE handle, PWSTR label, DWORD label_size, DWORD *serial, DWORD *component,
                      DWORD *flags, PWSTR system, DWORD system_size)
{
    IO_STATUS_BLOCK iosb;
    union {
        FILE_FS_VOLUME_INFORMATION volume;
        FILE_FS_ATTRIBUTE_INFORMATION attributes;
        char bytes[128];
    } info;
    if (!set_status(NtQueryVolumeInformationFile(handle, &iosb, &info, sizeof info, FileFsVolumeInformation)))
        return FALSE;
    if (serial)
        *serial = info.volume.VolumeSerialNumber;
    if (label && label_size) {
        DWORD n = info.volume.VolumeLabelLength / sizeof(WCHAR);
        if (n + 1 > label_size) {
            SetLastError(ERROR_MORE_DATA);
            return FALSE;
        }
        for (DWORD i = 0; i < n; i++)
            label[i] = info.volume.VolumeLabel[i];
        label[n] = 0;
    }
    if (!set_status(
            NtQueryVolumeInformationFile(handle, &iosb, &info, sizeof info, FileFsAttributeInformation)))
        return FALSE;
    if (component)
        *component = (DWORD)info.attributes.MaximumComponentNameLength;
    if (flags)
        *flags = info.attributes.FileSystemAttributes;
    if (system && system_size) {
        DWORD n = info.attributes.FileSystemNameLength / sizeof(WCHAR);
        if (n + 1 > system_size) {
            SetLastError(ERROR_MORE_DATA);
            return FALSE;
        }
        for (DWORD i = 0; i < n; i++)
            system[i] = info.attributes.FileSystemName[i];
        system[n] = 0;
    }
    return TRUE;
}

BOOL WINAPI GetVolumeInformationW(PCWSTR root, PWSTR label, DWORD label_size, DWORD *serial, DWORD *component,
                                  DWORD *flags, PWSTR system, DWORD system_size)
{
    HANDLE handle;
    if (root) {
        DWORD n = (DWORD)lstrlenW(root);
        if (!n || (root[n - 1] != '\\' && !(n == 2 && root[1] == ':'))) {
            SetLastError(ERROR_INVALID_NAME);
            return FALSE;
        }
        if (n > 3 && root[1] == ':') {
            SetLastError(ERROR_DIR_NOT_ROOT);
            return FALSE;
        }
    }
    if (!set_status(open_root(root, &handle)))
        return FALSE;
    BOOL result = volume_of(handle, label, label_size, serial, component, flags, system, system_size);
    NtClose(handle);
    return result;
}

BOOL WINAPI GetVolumeInformationByHandleW(HANDLE file, PWSTR label, DWORD label_size, DWORD *serial,
                                          DWORD *component, DWORD *flags, PWSTR system, DWORD system_size)
{
    return volume_of(file, label, label_size, serial, component, flags, system, system_size);
}

BOOL WINAPI GetVolumeInformationA(PCSTR root, PSTR label, DWORD label_size, DWORD *serial, DWORD *component,
                                  DWORD *flags, PSTR system, DWORD system_size)
{
    WCHAR *wide, wide_label[MAX_PATH + 1], wide_system[MAX_PATH + 1];
    if (!name_to_wide(root, &wide))
        return FALSE;
    BOOL result = GetVolumeInformationW(wide, wide_label, MAX_PATH + 1, serial, component, flags, wide_system,
                                        MAX_PATH + 1);
    free_wide(wide);
    if (result && ((label && name_to_ansi(wide_label, -1, label, label_size) > label_size) ||
                   (system && name_to_ansi(wide_system, -1, system, system_size) > system_size))) {
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
    }
    return result;
}

BOOL WINAPI GetDiskFreeSpaceExW(PCWSTR folder, ULARGE_INTEGER *available, ULARGE_INTEGER *total,
                                ULARGE_INTEGER *ret_free)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_FS_FULL_SIZE_INFORMATION info;
    if (!set_status(open_root(folder, &handle)))
        return FALSE;
    NTSTATUS status = NtQueryVolumeInformationFile(handle, &iosb, &info, sizeof info,
                                                   FileFsFullSizeInformation);
    NtClose(handle);
    if (!set_status(status))
        return FALSE;
    ULONGLONG unit = (ULONGLONG)info.SectorsPerAllocationUnit * info.BytesPerSector;
    if (available)
        available->QuadPart = (ULONGLONG)info.CallerAvailableAllocationUnits.QuadPart * unit;
    if (total)
        total->QuadPart = (ULONGLONG)info.TotalAllocationUnits.QuadPart * unit;
    if (ret_free)
        ret_free->QuadPart = (ULONGLONG)info.ActualAvailableAllocationUnits.QuadPart * unit;
    return TRUE;
}

BOOL WINAPI GetDiskFreeSpaceExA(PCSTR folder, ULARGE_INTEGER *available, ULARGE_INTEGER *total,
                                ULARGE_INTEGER *ret_free)
{
    WITH_WIDE(folder, wide, FALSE, GetDiskFreeSpaceExW(wide, available, total, ret_free));
}

BOOL WINAPI GetDiskFreeSpaceW(PCWSTR root, DWORD *sectors, DWORD *bytes, DWORD *free_clusters,
                              DWORD *clusters)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_FS_SIZE_INFORMATION info;
    if (!set_status(open_root(root, &handle)))
        return FALSE;
    NTSTATUS status = NtQueryVolumeInformationFile(handle, &iosb, &info, sizeof info, FileFsSizeInformation);
    NtClose(handle);
    if (!set_status(status))
        return FALSE;
    if (sectors)
        *sectors = info.SectorsPerAllocationUnit;
    if (bytes)
        *bytes = info.BytesPerSector;
    if (free_clusters)
        *free_clusters = info.AvailableAllocationUnits.HighPart ? 0xffffffff
                                                                : info.AvailableAllocationUnits.LowPart;
    if (clusters)
        *clusters = info.TotalAllocationUnits.HighPart ? 0xffffffff : info.TotalAllocationUnits.LowPart;
    return TRUE;
}

BOOL WINAPI GetDiskFreeSpaceA(PCSTR root, DWORD *sectors, DWORD *bytes, DWORD *free_clusters, DWORD *clusters)
{
    WITH_WIDE(root, wide, FALSE, GetDiskFreeSpaceW(wide, sectors, bytes, free_clusters, clusters));
}

/* ---- names of volumes ---- */

BOOL WINAPI GetVolumePathNameW(PCWSTR name, PWSTR buffer, DWORD size)
{
    WCHAR full[MAX_PATH + 1];
    DWORD n;
    if (!name || !*name || !buffer) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    WCHAR *big = NULL, *path = full;
    n = GetFullPathNameW(name, MAX_PATH + 1, full, NULL);
    if (n > MAX_PATH) {
        path = big = RtlAllocateHeap(process_heap(), 0, (n + 1) * sizeof(WCHAR));
        n = big ? GetFullPathNameW(name, n, big, NULL) : 0;
    }
    DWORD skip = n > 4 && path[0] == '\\' && path[1] == '\\' && path[2] == '?' && path[3] == '\\' ? 4 : 0;
    BOOL good = n >= skip + 2 && path[skip + 1] == ':';
    if (good && size < skip + 4) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        good = FALSE;
    } else if (good) {
        DWORD i;
        for (i = 0; i < skip + 2; i++)
            buffer[i] = path[i];
        buffer[i++] = '\\';
        buffer[i] = 0;
    } else
        SetLastError(ERROR_INVALID_NAME);
    free_wide(big);
    return good;
}

BOOL WINAPI GetVolumePathNameA(PCSTR name, PSTR buffer, DWORD size)
{
    WCHAR *wide, result[16];
    if (!name_to_wide(name, &wide))
        return FALSE;
    BOOL good = GetVolumePathNameW(wide, result, 16);
    free_wide(wide);
    if (good && name_to_ansi(result, -1, buffer, size) > size) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    return good;
}

static void volume_name(int letter, PWSTR out)
{
    lstrcpyW(out, volume_prefix);
    out += lstrlenW(out);
    *out++ = L"0123456789abcdef"[letter >> 4];
    *out++ = L"0123456789abcdef"[letter & 15];
    lstrcpyW(out, L"}\\");
}

BOOL WINAPI GetVolumeNameForVolumeMountPointW(PCWSTR name, PWSTR buffer, DWORD size)
{
    DWORD n = name ? (DWORD)lstrlenW(name) : 0;
    int letter = n ? name[0] & ~0x20 : 0;
    if (n != 3 || name[1] != ':' || name[2] != '\\' || letter < 'A' || letter > 'Z') {
        SetLastError(n && name[n - 1] != '\\' ? ERROR_INVALID_NAME : ERROR_NOT_A_REPARSE_POINT);
        return FALSE;
    }
    if (!drive_exists(letter - 'A')) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return FALSE;
    }
    if (size < 50) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    volume_name(letter, buffer);
    return TRUE;
}

BOOL WINAPI GetVolumeNameForVolumeMountPointA(PCSTR name, PSTR buffer, DWORD size)
{
    WCHAR *wide, result[64];
    if (!name_to_wide(name, &wide))
        return FALSE;
    BOOL good = GetVolumeNameForVolumeMountPointW(wide, result, 64);
    free_wide(wide);
    if (good && name_to_ansi(result, -1, buffer, size) > size) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    return good;
}

/* "\\\\?\\Volume{GUID}\\", whether or not there is one of that name. */
static BOOL is_volume_name(PCWSTR name)
{
    static const WCHAR form[] = L"\\\\?\\Volume{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    int i;

    for (i = 0; form[i]; i++) {
        WCHAR c = name[i], lower = c | 0x20;
        if (form[i] == 'x' ? !((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f')) : c != form[i])
            return FALSE;
    }
    return !name[i] || (name[i] == '\\' && !name[i + 1]);
}

static int letter_of_volume(PCWSTR name)
{
    int n = lstrlenW(volume_prefix), letter = 0;
    for (int i = 0; i < n; i++)
        if (name[i] != volume_prefix[i])
            return 0;
    for (int i = 0; i < 2; i++) {
        WCHAR c = name[n + i];
        letter = letter * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return letter >= 'A' && letter <= 'Z' ? letter : 0;
}

BOOL WINAPI GetVolumePathNamesForVolumeNameW(PCWSTR name, PWSTR buffer, DWORD size, DWORD *ret_size)
{
    if (!name || !is_volume_name(name)) {
        SetLastError(ERROR_INVALID_NAME);
        return FALSE;
    }
    int letter = letter_of_volume(name);
    if (!letter || !drive_exists(letter - 'A')) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return FALSE;
    }
    if (ret_size)
        *ret_size = 5;
    if (size < 5) {
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
    }
    buffer[0] = (WCHAR)letter;
    buffer[1] = ':';
    buffer[2] = '\\';
    buffer[3] = buffer[4] = 0;
    return TRUE;
}

/* The handle is the next drive's number, on the heap. */
static BOOL next_volume(int *index, PWSTR buffer, DWORD size)
{
    while (*index < 26 && !drive_exists(*index))
        ++*index;
    if (*index >= 26) {
        SetLastError(ERROR_NO_MORE_FILES);
        return FALSE;
    }
    if (size < 50) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    volume_name('A' + *index, buffer);
    ++*index;
    return TRUE;
}

HANDLE WINAPI FindFirstVolumeW(PWSTR buffer, DWORD size)
{
    int *index = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof *index);
    if (!index) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    if (next_volume(index, buffer, size))
        return index;
    RtlFreeHeap(process_heap(), 0, index);
    return INVALID_HANDLE_VALUE;
}

BOOL WINAPI FindNextVolumeW(HANDLE handle, PWSTR buffer, DWORD size)
{
    if (!handle || handle == INVALID_HANDLE_VALUE) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return next_volume(handle, buffer, size);
}

BOOL WINAPI FindVolumeClose(HANDLE handle)
{
    if (!handle || handle == INVALID_HANDLE_VALUE) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return RtlFreeHeap(process_heap(), 0, handle);
}

DWORD WINAPI QueryDosDeviceW(PCWSTR name, PWSTR buffer, DWORD size)
{
    static const WCHAR prefix[] = L"\\Device\\HarddiskVolume";
    if (!name) {
        DWORD used = 0;
        for (int i = 0; i < 26; i++)
            if (drive_exists(i)) {
                if (used + 4 > size) {
                    SetLastError(ERROR_INSUFFICIENT_BUFFER);
                    return 0;
                }
                buffer[used++] = (WCHAR)('A' + i);
                buffer[used++] = ':';
                buffer[used++] = 0;
            }
        buffer[used++] = 0;
        return used;
    }
    int letter = name[0] & ~0x20;
    WCHAR text[40];
    if (letter >= 'A' && letter <= 'Z' && name[1] == ':' && !name[2] && drive_exists(letter - 'A')) {
        int number = letter - 'A' + 1;
        lstrcpyW(text, prefix);
        WCHAR *out = text + lstrlenW(text);
        if (number >= 10)
            *out++ = (WCHAR)('0' + number / 10);
        *out++ = (WCHAR)('0' + number % 10);
        *out = 0;
    } else if (lstrcmpiW(name, L"NUL") == 0) {
        lstrcpyW(text, L"\\Device\\Null");
    } else {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return 0;
    }
    DWORD n = (DWORD)lstrlenW(text);
    if (size < n + 2) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    lstrcpyW(buffer, text);
    buffer[n + 1] = 0;
    return n + 2;
}

DWORD WINAPI QueryDosDeviceA(PCSTR name, PSTR buffer, DWORD size)
{
    WCHAR *wide, result[256];
    if (!name_to_wide(name, &wide))
        return 0;
    DWORD n = QueryDosDeviceW(wide, result, 256);
    free_wide(wide);
    if (n > size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    for (DWORD i = 0; i < n; i++)
        buffer[i] = (char)result[i];
    return n;
}

/* The label is the host's file system's: NtSetVolumeInformationFile says what can be done about it. */
BOOL WINAPI SetVolumeLabelW(PCWSTR root, PCWSTR label)
{
    struct {
        ULONG length;
        WCHAR text[34];
    } info;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    ULONG length = label ? (ULONG)lstrlenW(label) : 0;

    if (length > 32) {
        SetLastError(ERROR_LABEL_TOO_LONG);
        return FALSE;
    }
    NTSTATUS status = open_root(root, &handle);
    if (!set_status(status))
        return FALSE;
    info.length = length * sizeof(WCHAR);
    for (ULONG i = 0; i < length; i++)
        info.text[i] = label[i];
    status = NtSetVolumeInformationFile(handle, &iosb, &info, sizeof info.length + info.length,
                                        2 /* FileFsLabelInformation */);
    NtClose(handle);
    return set_status(status);
}

BOOL WINAPI SetVolumeLabelA(PCSTR root, PCSTR label)
{
    WCHAR wide_root[MAX_PATH], wide_label[64];
    if ((root && !MultiByteToWideChar(CP_ACP, 0, root, -1, wide_root, MAX_PATH)) ||
        (label && !MultiByteToWideChar(CP_ACP, 0, label, -1, wide_label, 64))) {
        SetLastError(label ? ERROR_LABEL_TOO_LONG : ERROR_INVALID_NAME);
        return FALSE;
    }
    return SetVolumeLabelW(root ? wide_root : NULL, label ? wide_label : NULL);
}
