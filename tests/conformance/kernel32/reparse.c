/*
 * Reparse points: tags that the system knows nothing about are kept; links are read back as they were given.
 */
#include "harness.h"
#include <winioctl.h>

#define FOREIGN_TAG 0x9913

/* What FSCTL_GET_REPARSE_POINT gives for links, and FSCTL_SET_REPARSE_POINT takes. */
struct link_data {
    DWORD tag;
    WORD size, reserved, target_offset, target_length, shown_offset, shown_length;
    union {
        WCHAR junction[500];
        struct {
            DWORD flags;
            WCHAR symbolic[498];
        };
    };
};

static const GUID guid = {0x1bf6205f, 0x46ae, 0x4527, {0xb1, 0x0c, 0xc5, 0x09, 0xb7, 0x55, 0x22, 0x80}};

static HANDLE open_point(const WCHAR *name, DWORD access)
{
    return CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static void keeps_foreign_tag(const WCHAR *name)
{
    union {
        REPARSE_GUID_DATA_BUFFER header;
        BYTE room[64];
    } data = {0}, back = {0};
    WIN32_FIND_DATAW found;
    DWORD size;
    HANDLE point = open_point(name, GENERIC_READ | GENERIC_WRITE);

    CHECK(point != INVALID_HANDLE_VALUE);
    CHECK_ERROR(DeviceIoControl(point, FSCTL_GET_REPARSE_POINT, NULL, 0, &back, sizeof back, &size, NULL),
                ERROR_NOT_A_REPARSE_POINT);
    data.header.ReparseTag = FOREIGN_TAG;
    data.header.ReparseGuid = guid;
    data.header.ReparseDataLength = 4;
    memcpy(data.header.GenericReparseBuffer.DataBuffer, "abcd", 4);
    size = REPARSE_GUID_DATA_BUFFER_HEADER_SIZE + 4;
    CHECK_ERROR(DeviceIoControl(point, FSCTL_SET_REPARSE_POINT, &data, size - 1, NULL, 0, &size, NULL),
                ERROR_INVALID_REPARSE_DATA);
    size = REPARSE_GUID_DATA_BUFFER_HEADER_SIZE + 4;
    CHECK(DeviceIoControl(point, FSCTL_SET_REPARSE_POINT, &data, size, NULL, 0, &size, NULL));
    CHECK(DeviceIoControl(point, FSCTL_GET_REPARSE_POINT, NULL, 0, &back, sizeof back, &size, NULL));
    CHECK_EQ(size, REPARSE_GUID_DATA_BUFFER_HEADER_SIZE + 4);
    CHECK(!memcmp(&data, &back, size));
    CHECK_ERROR(DeviceIoControl(point, FSCTL_GET_REPARSE_POINT, NULL, 0, &back,
                                REPARSE_GUID_DATA_BUFFER_HEADER_SIZE + 1, &size, NULL),
                ERROR_MORE_DATA);
    data.header.ReparseTag++;
    size = REPARSE_GUID_DATA_BUFFER_HEADER_SIZE + 4;
    CHECK_ERROR(DeviceIoControl(point, FSCTL_SET_REPARSE_POINT, &data, size, NULL, 0, &size, NULL),
                ERROR_REPARSE_TAG_MISMATCH);
    data.header.ReparseTag--;
    CHECK(GetFileAttributesW(name) & FILE_ATTRIBUTE_REPARSE_POINT);
    CHECK(SetFileAttributesW(name, FILE_ATTRIBUTE_HIDDEN));
    CHECK_EQ(GetFileAttributesW(name) & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_HIDDEN),
             FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_HIDDEN);
    HANDLE find = FindFirstFileW(name, &found);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK(found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    CHECK_EQ(found.dwReserved0, FOREIGN_TAG);
    FindClose(find);
    CHECK_ERROR(CreateFileW(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL) ==
                        INVALID_HANDLE_VALUE
                    ? 0
                    : 1,
                ERROR_CANT_ACCESS_FILE);
    data.header.ReparseDataLength = 0;
    data.header.ReparseGuid.Data1++;
    CHECK_ERROR(DeviceIoControl(point, FSCTL_DELETE_REPARSE_POINT, &data,
                                REPARSE_GUID_DATA_BUFFER_HEADER_SIZE, NULL, 0, &size, NULL),
                ERROR_REPARSE_ATTRIBUTE_CONFLICT);
    data.header.ReparseGuid.Data1--;
    CHECK(DeviceIoControl(point, FSCTL_DELETE_REPARSE_POINT, &data, REPARSE_GUID_DATA_BUFFER_HEADER_SIZE,
                          NULL, 0, &size, NULL));
    CHECK(!(GetFileAttributesW(name) & FILE_ATTRIBUTE_REPARSE_POINT));
    CHECK(SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL));
    CloseHandle(point);
}

TEST(foreign_tags)
{
    ORACLE_DIFFERS("wine keeps no such tags");
    CloseHandle(CreateFileW(L"point", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    keeps_foreign_tag(L"point");
    CHECK(DeleteFileW(L"point"));
    CHECK(CreateDirectoryW(L"folder", NULL));
    keeps_foreign_tag(L"folder");
    CHECK(RemoveDirectoryW(L"folder"));
}

static void read_back(const WCHAR *name, struct link_data *data)
{
    DWORD size;
    HANDLE link = open_point(name, 0);

    memset(data, 0, sizeof *data);
    CHECK(link != INVALID_HANDLE_VALUE);
    CHECK(DeviceIoControl(link, FSCTL_GET_REPARSE_POINT, NULL, 0, data, sizeof *data, &size, NULL));
    CloseHandle(link);
}

/* Separators at the end stay, and links from the root of a drive are still that. */
TEST(links_as_given)
{
    ORACLE_DIFFERS("wine makes no links by default");
    WCHAR target[MAX_PATH], text[MAX_PATH + 8];
    struct link_data data = {.tag = IO_REPARSE_TAG_MOUNT_POINT};
    DWORD size, length;

    CHECK(CreateDirectoryW(L"target", NULL));
    CHECK(GetFullPathNameW(L"target\\", MAX_PATH, target, NULL));
    length = (DWORD)wcslen(target);
    CHECK(target[length - 1] == '\\');
    CHECK(CreateDirectoryW(L"junction", NULL));
    wcscpy(text, L"\\??\\");
    wcscat(text, target);
    data.target_length = (WORD)(2 * (length + 4));
    data.shown_offset = data.target_length + 2;
    data.shown_length = (WORD)(2 * length);
    wcscpy(data.junction, text);
    wcscpy(data.junction + length + 5, target);
    data.size = (WORD)(8 + 2 * (2 * length + 6));
    HANDLE folder = open_point(L"junction", GENERIC_WRITE);
    CHECK(DeviceIoControl(folder, FSCTL_SET_REPARSE_POINT, &data, data.size + 8u, NULL, 0, &size, NULL));
    CloseHandle(folder);
    read_back(L"junction", &data);
    CHECK_EQ(data.tag, IO_REPARSE_TAG_MOUNT_POINT);
    CHECK_EQ(data.target_length, 2 * (length + 4));
    CHECK(!memcmp(data.junction, text, 2 * (length + 4)));
    CHECK(CloseHandle(CreateFileW(L"junction\\inside", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL)));
    CHECK(DeleteFileW(L"target\\inside"));
    CHECK(RemoveDirectoryW(L"junction"));

    CHECK(CreateSymbolicLinkW(L"absolute", target, SYMBOLIC_LINK_FLAG_DIRECTORY | 2));
    read_back(L"absolute", &data);
    CHECK_EQ(data.tag, IO_REPARSE_TAG_SYMLINK);
    CHECK_EQ(data.flags, 0);
    CHECK_EQ(data.shown_length, 2 * length);
    CHECK(!memcmp((BYTE *)data.symbolic + data.shown_offset, target, 2 * length));
    CHECK(GetFileAttributesW(L"absolute\\.") & FILE_ATTRIBUTE_DIRECTORY);
    CHECK(RemoveDirectoryW(L"absolute"));

    CHECK(CreateSymbolicLinkW(L"rooted", target + 2, SYMBOLIC_LINK_FLAG_DIRECTORY | 2));
    read_back(L"rooted", &data);
    CHECK_EQ(data.flags, 1); /* relative */
    CHECK_EQ(data.shown_length, 2 * (length - 2));
    CHECK(!memcmp((BYTE *)data.symbolic + data.shown_offset, target + 2, 2 * (length - 2)));
    CHECK(CloseHandle(CreateFileW(L"rooted\\inside", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL)));
    CHECK(DeleteFileW(L"target\\inside"));
    CHECK(RemoveDirectoryW(L"rooted"));

    CHECK(CreateSymbolicLinkW(L"top", L"\\", SYMBOLIC_LINK_FLAG_DIRECTORY | 2));
    read_back(L"top", &data);
    CHECK_EQ(data.flags, 1);
    CHECK_EQ(data.shown_length, 2);
    CHECK_EQ(data.symbolic[data.shown_offset / 2], '\\');
    CHECK(RemoveDirectoryW(L"top"));
    CHECK(RemoveDirectoryW(L"target"));
}

static void final_name(const WCHAR *name, DWORD flags, const WCHAR *expected)
{
    WCHAR path[MAX_PATH] = L"";
    HANDLE file = CreateFileW(name, 0, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | flags, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(GetFinalPathNameByHandleW(file, path, MAX_PATH, VOLUME_NAME_DOS));
    CHECK_WSTR(path + 4, expected);
    CloseHandle(file);
}

/* A file's name is the one behind all links, unless it is the link that was opened. */
TEST(final_names)
{
    ORACLE_DIFFERS("wine makes no links by default");
    WCHAR real[MAX_PATH], link[MAX_PATH];

    CHECK(CreateDirectoryW(L"there", NULL));
    CloseHandle(CreateFileW(L"there\\file", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    CHECK(CreateSymbolicLinkW(L"here", L"there", SYMBOLIC_LINK_FLAG_DIRECTORY | 2));
    CHECK(CreateSymbolicLinkW(L"there\\alias", L"file", 2));
    CHECK(GetFullPathNameW(L"there\\file", MAX_PATH, real, NULL));
    CHECK(GetFullPathNameW(L"there\\alias", MAX_PATH, link, NULL));
    final_name(L"there\\file", 0, real);
    final_name(L"here\\file", 0, real);
    final_name(L"here\\alias", 0, real);
    final_name(L"here\\alias", FILE_FLAG_OPEN_REPARSE_POINT, link);
    CHECK(DeleteFileW(L"there\\alias"));
    CHECK(DeleteFileW(L"there\\file"));
    CHECK(RemoveDirectoryW(L"here"));
    CHECK(RemoveDirectoryW(L"there"));
}
