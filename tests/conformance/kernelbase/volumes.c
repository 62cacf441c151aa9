/*
 * Drives and volumes: types, names, sizes, mount points, DOS devices.
 */
#include "../harness.h"

TEST(drive_types)
{
    WCHAR windows[] = L"C:\\";

    CHECK_EQ(GetDriveTypeW(windows), DRIVE_FIXED);
    CHECK_EQ(GetDriveTypeA("C:\\"), DRIVE_FIXED);
    CHECK_EQ(GetDriveTypeW(L"C:\\windows\\"), DRIVE_FIXED);
    CHECK_EQ(GetDriveTypeW(L"C:\\no such folder\\"), DRIVE_NO_ROOT_DIR);
    CHECK_EQ(GetDriveTypeW(L"Q:\\"), DRIVE_NO_ROOT_DIR);
    CHECK_EQ(GetDriveTypeW(L""), DRIVE_NO_ROOT_DIR);
    CHECK_EQ(GetDriveTypeA(""), DRIVE_NO_ROOT_DIR);
    CHECK(GetDriveTypeW(NULL) >= DRIVE_REMOVABLE);
}

TEST(drive_strings)
{
    WCHAR wide[128], *p = wide;
    char ansi[128];
    DWORD mask = GetLogicalDrives(), seen = 0, n = GetLogicalDriveStringsW(128, wide);

    CHECK(mask & 1 << 2);
    for (; *p; p += 4) {
        CHECK_WSTR(p + 1, L":\\");
        seen |= 1u << ((p[0] | 0x20) - 'a');
    }
    CHECK_EQ(seen, mask);
    CHECK_EQ(p - wide, n);
    CHECK_EQ(GetLogicalDriveStringsW(n, wide), n + 1);
    CHECK_EQ(GetLogicalDriveStringsW(0, NULL), n + 1);
    CHECK_EQ(GetLogicalDriveStringsA(128, ansi), n);
    CHECK_EQ(GetLogicalDriveStringsA(n, ansi), n + 1);
    CHECK_EQ(ansi[n], 0);
    CHECK_EQ(ansi[n - 1], 0);
    CHECK_EQ(ansi[n - 2], '\\');
}

TEST(information)
{
    ORACLE_DIFFERS("FILE_UNICODE_ON_DISK, ERROR_MORE_DATA and ERROR_INVALID_NAME");

    WCHAR label[MAX_PATH], system[MAX_PATH];
    DWORD serial = 0, component = 0, flags = 0, other = 0;

    CHECK(GetVolumeInformationW(L"C:\\", label, MAX_PATH, &serial, &component, &flags, system, MAX_PATH));
    CHECK_EQ(component, 255);
    CHECK(flags & FILE_CASE_PRESERVED_NAMES);
    CHECK(flags & FILE_UNICODE_ON_DISK);
    CHECK_WSTR(system, L"NTFS");
    CHECK(GetVolumeInformationW(L"C:\\", NULL, 0, &other, NULL, NULL, NULL, 0));
    CHECK_EQ(other, serial);
    CHECK_ERROR(GetVolumeInformationW(L"C:\\", NULL, 0, NULL, NULL, NULL, system, 2), ERROR_MORE_DATA);
    CHECK_ERROR(GetVolumeInformationW(L"C:\\windows\\", NULL, 0, NULL, NULL, NULL, NULL, 0),
                ERROR_DIR_NOT_ROOT);
    CHECK_ERROR(GetVolumeInformationW(L"", NULL, 0, NULL, NULL, NULL, NULL, 0), ERROR_INVALID_NAME);
    CHECK_ERROR(GetVolumeInformationW(L"Q:\\", NULL, 0, NULL, NULL, NULL, NULL, 0), ERROR_PATH_NOT_FOUND);

    HANDLE file = CreateFileW(L"C:\\windows", 0, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    other = 0;
    CHECK(GetVolumeInformationByHandleW(file, label, MAX_PATH, &other, &component, &flags, system, MAX_PATH));
    CHECK_EQ(component, 255);
    CHECK_WSTR(system, L"NTFS");
    BY_HANDLE_FILE_INFORMATION info;
    CHECK(GetFileInformationByHandle(file, &info));
    CHECK_EQ(info.dwVolumeSerialNumber, other);
    CloseHandle(file);
    CHECK_ERROR(
        GetVolumeInformationByHandleW(INVALID_HANDLE_VALUE, NULL, 0, NULL, NULL, NULL, system, MAX_PATH),
        ERROR_INVALID_HANDLE);
}

TEST(free_space)
{
    ULARGE_INTEGER available, total, all_free;
    DWORD sectors, bytes, clusters_free, clusters, sectors_a, bytes_a, free_a, clusters_a;

    CHECK(GetDiskFreeSpaceExW(L"C:\\", &available, &total, &all_free));
    CHECK(total.QuadPart > 0);
    CHECK(all_free.QuadPart <= total.QuadPart);
    CHECK(available.QuadPart <= all_free.QuadPart);
    CHECK(GetDiskFreeSpaceExW(NULL, &available, NULL, NULL));
    CHECK(GetDiskFreeSpaceExW(L"C:\\windows", NULL, NULL, NULL));
    CHECK_ERROR(GetDiskFreeSpaceExW(L"C:\\no such folder\\", &available, NULL, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetDiskFreeSpaceExW(L"Q:\\", &available, NULL, NULL), ERROR_PATH_NOT_FOUND);
    CHECK(GetDiskFreeSpaceW(L"C:\\", &sectors, &bytes, &clusters_free, &clusters));
    CHECK_EQ(bytes & (bytes - 1), 0);
    CHECK(bytes >= 512);
    CHECK(sectors >= 1);
    CHECK(clusters_free <= clusters);
    CHECK(GetDiskFreeSpaceA("C:\\", &sectors_a, &bytes_a, &free_a, &clusters_a));
    CHECK_EQ(sectors_a, sectors);
    CHECK_EQ(bytes_a, bytes);
    CHECK_EQ(clusters_a, clusters);
    CHECK_ERROR(GetDiskFreeSpaceW(L"Q:\\", &sectors, &bytes, NULL, NULL), ERROR_PATH_NOT_FOUND);
}

TEST(volume_path_names)
{
    ORACLE_DIFFERS("a buffer that is too small is ERROR_FILENAME_EXCED_RANGE");

    WCHAR wide[MAX_PATH];
    char ansi[MAX_PATH];

    CHECK(GetVolumePathNameW(L"C:\\windows\\system32", wide, MAX_PATH));
    CHECK_WSTR(wide, L"C:\\");
    CHECK(GetVolumePathNameW(L"C:\\windows\\no such folder\\x", wide, 4));
    CHECK_WSTR(wide, L"C:\\");
    CHECK(GetVolumePathNameA("C:\\windows", ansi, MAX_PATH));
    CHECK_STR(ansi, "C:\\");
    CHECK_ERROR(GetVolumePathNameW(L"C:\\windows", wide, 3), ERROR_FILENAME_EXCED_RANGE);
    CHECK_ERROR(GetVolumePathNameW(L"", wide, MAX_PATH), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetVolumePathNameW(NULL, wide, MAX_PATH), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetVolumePathNameW(L"C:\\windows", NULL, 0), ERROR_INVALID_PARAMETER);
}

TEST(volume_names)
{
    WCHAR name[MAX_PATH], other[MAX_PATH], paths[MAX_PATH];
    char ansi[MAX_PATH];
    DWORD size = 0;

    CHECK(GetVolumeNameForVolumeMountPointW(L"C:\\", name, MAX_PATH));
    CHECK_EQ(lstrlenW(name), 49);
    CHECK_EQ(wcsncmp(name, L"\\\\?\\Volume{", 11), 0);
    CHECK_WSTR(name + 47, L"}\\");
    CHECK(GetVolumeNameForVolumeMountPointA("C:\\", ansi, MAX_PATH));
    CHECK_EQ(strlen(ansi), 49);
    CHECK_ERROR(GetVolumeNameForVolumeMountPointW(L"C:\\", other, 49), ERROR_FILENAME_EXCED_RANGE);
    CHECK_ERROR(GetVolumeNameForVolumeMountPointW(L"C:", other, MAX_PATH), ERROR_INVALID_NAME);
    CHECK_ERROR(GetVolumeNameForVolumeMountPointW(L"Q:\\", other, MAX_PATH), ERROR_FILE_NOT_FOUND);
    CHECK(GetVolumePathNamesForVolumeNameW(name, paths, MAX_PATH, &size));
    CHECK_WSTR(paths, L"C:\\");
    CHECK_EQ(size, 5);
    CHECK_EQ(paths[4], 0);
    size = 0;
    CHECK_ERROR(GetVolumePathNamesForVolumeNameW(name, paths, 4, &size), ERROR_MORE_DATA);
    CHECK_EQ(size, 5);
    CHECK_ERROR(GetVolumePathNamesForVolumeNameW(L"\\\\?\\Volume{00000000-00dd-0000-0000-000000000000}\\",
                                                 paths, MAX_PATH, &size),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetVolumePathNamesForVolumeNameW(NULL, paths, MAX_PATH, &size), ERROR_INVALID_NAME);
    CHECK_ERROR(GetVolumePathNamesForVolumeNameW(L"nonsense", paths, MAX_PATH, &size), ERROR_INVALID_NAME);
    CHECK_ERROR(GetVolumePathNamesForVolumeNameW(L"C:\\", paths, MAX_PATH, &size), ERROR_INVALID_NAME);
}

TEST(enumerating_volumes)
{
    ORACLE_CRASHES("reads behind INVALID_HANDLE_VALUE");

    WCHAR name[MAX_PATH], mine[MAX_PATH];
    int found = 0, count = 0;

    CHECK(GetVolumeNameForVolumeMountPointW(L"C:\\", mine, MAX_PATH));
    HANDLE find = FindFirstVolumeW(name, MAX_PATH);
    CHECK(find != INVALID_HANDLE_VALUE);
    do {
        CHECK_EQ(lstrlenW(name), 49);
        found += !lstrcmpiW(name, mine);
        count++;
    } while (FindNextVolumeW(find, name, MAX_PATH) && count < 100);
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK_EQ(found, 1);
    CHECK(FindVolumeClose(find));
    CHECK_HANDLE_ERROR(FindFirstVolumeW(name, 10), ERROR_FILENAME_EXCED_RANGE);
    CHECK_ERROR(FindVolumeClose(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FindNextVolumeW(INVALID_HANDLE_VALUE, name, MAX_PATH), ERROR_INVALID_HANDLE);
}

TEST(dos_devices)
{
    WCHAR wide[4096];
    char ansi[4096];
    int found = 0;
    DWORD n = QueryDosDeviceW(L"C:", wide, ARRAYSIZE(wide));

    CHECK(n > 10);
    CHECK_EQ(wcsncmp(wide, L"\\Device\\", 8), 0);
    CHECK_EQ(n, lstrlenW(wide) + 2);
    CHECK_EQ(wide[n - 1], 0);
    CHECK_EQ(QueryDosDeviceA("C:", ansi, sizeof ansi), n);
    CHECK_EQ(strncmp(ansi, "\\Device\\", 8), 0);
    CHECK_ERROR(QueryDosDeviceW(L"C:", wide, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(QueryDosDeviceA("C:", ansi, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(QueryDosDeviceW(L"no such device", wide, 4096), ERROR_FILE_NOT_FOUND);
    n = QueryDosDeviceW(L"NUL", wide, ARRAYSIZE(wide));
    CHECK_WSTR(wide, L"\\Device\\Null");
    CHECK_EQ(n, 14);
    n = QueryDosDeviceW(NULL, wide, ARRAYSIZE(wide));
    CHECK(n > 4);
    for (WCHAR *p = wide; *p; p += lstrlenW(p) + 1)
        found += !lstrcmpiW(p, L"C:");
    CHECK_EQ(found, 1);
    CHECK_ERROR(QueryDosDeviceW(NULL, wide, 3), ERROR_INSUFFICIENT_BUFFER);
}
