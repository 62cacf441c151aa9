/*
 * The file system: stat, find, access, times, names and their parts, narrow and wide, in all sizes.
 */
#include "crt.h"

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <sys/utime.h>

static const char name[] = "crt_files.exe";
static const wchar_t wide_name[] = L"crt_files.exe";

static void make(const char *path, int size)
{
    DWORD count;
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    WriteFile(file, "0123456789", size, &count, NULL);
    CloseHandle(file);
}

/* The names that are pasted below, for those who look for them: _stat32 _stat32i64 _stat64i32 _stati64
 * _fstat32 _fstat32i64 _fstat64i32 _fstati64 _wstat _wstat32 _wstat32i64 _wstat64 _wstat64i32 _wstati64
 * _findfirst32 _findfirst32i64 _findfirst64i32 _findfirsti64 _findnext32 _findnext32i64 _findnext64i32
 * _findnexti64 _wfindfirst _wfindfirst32 _wfindfirst32i64 _wfindfirst64 _wfindfirst64i32 _wfindfirsti64
 * _wfindnext _wfindnext32 _wfindnext32i64 _wfindnext64 _wfindnext64i32 _wfindnexti64
 */
/* The layouts differ in the width of sizes and times only. */
#define STAT(suffix, T)                                                                                      \
    do {                                                                                                     \
        struct T s;                                                                                          \
        memset(&s, 0xee, sizeof s);                                                                          \
        CHECK_EQ(CRT(int, _stat##suffix, (const char *, struct T *))(name, &s), 0);                          \
        CHECK_EQ(s.st_size, 7);                                                                              \
        CHECK_EQ(s.st_mode, _S_IFREG | 0777); /* the name says that it can be executed */                    \
        CHECK_EQ(s.st_nlink, 1);                                                                             \
        CHECK_EQ(s.st_mtime, 1600000000);                                                                    \
        CHECK_EQ(s.st_dev, s.st_rdev);                                                                       \
        memset(&s, 0xee, sizeof s);                                                                          \
        CHECK_EQ(CRT(int, _wstat##suffix, (const wchar_t *, struct T *))(wide_name, &s), 0);                 \
        CHECK_EQ(s.st_size, 7);                                                                              \
        CHECK_EQ(s.st_mtime, 1600000000);                                                                    \
        int fd = CRT(int, _open, (const char *, int, ...))(name, _O_RDONLY);                                 \
        CHECK_EQ(CRT(int, _fstat##suffix, (int, struct T *))(fd, &s), 0);                                    \
        CHECK_EQ(s.st_size, 7);                                                                              \
        CHECK_EQ(s.st_mode &_S_IFMT, _S_IFREG);                                                              \
        CHECK_EQ(s.st_mtime, 1600000000);                                                                    \
        CRT(int, _close, (int))(fd);                                                                         \
        CHECK_ERRNO(CRT(int, _stat##suffix, (const char *, struct T *))("none", &s), -1, ENOENT);            \
        CHECK_ERRNO(CRT(int, _wstat##suffix, (const wchar_t *, struct T *))(L"a*", &s), -1, ENOENT);         \
        CHECK_INVALID(CRT(int, _stat##suffix, (const char *, struct T *))(NULL, &s), -1, EINVAL);            \
        CHECK_INVALID(CRT(int, _wstat##suffix, (const wchar_t *, struct T *))(L"x", NULL), -1, EINVAL);      \
        CHECK_INVALID(CRT(int, _fstat##suffix, (int, struct T *))(0, NULL), -1, EINVAL);                     \
        CHECK_EQ(CRT(int, _stat##suffix, (const char *, struct T *))(".", &s), 0);                           \
        CHECK_EQ(s.st_mode &_S_IFMT, _S_IFDIR);                                                              \
        CHECK_EQ(CRT(int, _stat##suffix, (const char *, struct T *))("C:\\", &s), 0);                        \
        CHECK_EQ(s.st_mode &_S_IFMT, _S_IFDIR);                                                              \
        CHECK_EQ(s.st_dev, 2);                                                                               \
    } while (0)

CRT_TEST(stat)
{
    struct _utimbuf times = {1500000000, 1600000000};

    ORACLE_DIFFERS("NULL is an invalid parameter");
    make(name, 7);
    CHECK_EQ(FN(_utime64)(name, (struct __utimbuf64 *)&(struct __utimbuf64){times.actime, times.modtime}), 0);
#ifdef UCRT
    STAT(32, _stat32);
    STAT(32i64, _stat32i64);
    STAT(64i32, _stat64i32);
    STAT(64, _stat64);
#else
    STAT(32, _stat32);
    STAT(32i64, _stat32i64);
    STAT(64i32, _stat64i32);
    STAT(64, _stat64);
/* The plain names follow the pointer's width. */
#ifdef _WIN64
    STAT(, _stat64i32);
    STAT(i64, _stat64);
#else
    STAT(, _stat32);
    STAT(i64, _stat32i64);
#endif
#endif
    CRT(int, remove, (const char *))(name);
}

CRT_TEST(times)
{
    struct __utimbuf64 times64 = {1500000000, 1600000000};
    struct __utimbuf32 times32 = {1500000001, 1600000001};
    struct _stat64 s;
    int fd;

    make(name, 3);
#define TIMES(access, write)                                                                                 \
    CHECK_EQ(CRT(int, _stat64, (const char *, struct _stat64 *))(name, &s), 0);                              \
    CHECK_EQ(s.st_atime, access);                                                                            \
    CHECK_EQ(s.st_mtime, write)
    CHECK_EQ(FN(_utime64)(name, &times64), 0);
    TIMES(1500000000, 1600000000);
    CHECK_EQ(FN(_utime32)(name, &times32), 0);
    TIMES(1500000001, 1600000001);
    times64.modtime++;
    CHECK_EQ(FN(_wutime64)(wide_name, &times64), 0);
    TIMES(1500000000, 1600000001);
    times32.modtime++;
    CHECK_EQ(FN(_wutime32)(wide_name, &times32), 0);
    TIMES(1500000001, 1600000002);
    fd = CRT(int, _open, (const char *, int, ...))(name, _O_RDWR);
    CHECK_EQ(FN(_futime64)(fd, &times64), 0);
    TIMES(1500000000, 1600000001);
    CHECK_EQ(FN(_futime32)(fd, &times32), 0);
    TIMES(1500000001, 1600000002);
#ifndef UCRT
#ifdef _WIN64
#define PLAIN struct __utimbuf64
#else
#define PLAIN struct __utimbuf32
#endif
    PLAIN plain = {1400000000, 1400000007};
    CHECK_EQ(CRT(int, _utime, (const char *, PLAIN *))(name, &plain), 0);
    TIMES(1400000000, 1400000007);
    plain.modtime++;
    CHECK_EQ(CRT(int, _wutime, (const wchar_t *, PLAIN *))(wide_name, &plain), 0);
    TIMES(1400000000, 1400000008);
    plain.modtime++;
    CHECK_EQ(CRT(int, _futime, (int, PLAIN *))(fd, &plain), 0);
    TIMES(1400000000, 1400000009);
#endif
    CRT(int, _close, (int))(fd);
    CHECK_EQ(FN(_utime64)(name, NULL), 0); /* now */
    CRT(int, _stat64, (const char *, struct _stat64 *))(name, &s);
    CHECK(s.st_mtime > 1700000000);
    CHECK_ERRNO(FN(_utime64)("none", &times64), -1, ENOENT);
    CHECK_INVALID(FN(_utime64)(NULL, &times64), -1, EINVAL);
    CHECK_INVALID(FN(_futime64)(-1, &times64), -1, EBADF);
    CRT(int, remove, (const char *))(name);
}

#define FIND(suffix, T)                                                                                      \
    do {                                                                                                     \
        struct T found;                                                                                      \
        intptr_t h = CRT(intptr_t, _findfirst##suffix, (const char *, struct T *))("crt_find*.t?p", &found); \
        CHECK(h != -1);                                                                                      \
        int seen = 0, sizes = 0;                                                                             \
        do {                                                                                                 \
            seen++;                                                                                          \
            sizes += (int)found.size;                                                                        \
            CHECK(strncmp(found.name, "crt_find", 8) == 0);                                                  \
            CHECK_EQ(found.time_write, 1600000000);                                                          \
        } while (!CRT(int, _findnext##suffix, (intptr_t, struct T *))(h, &found));                           \
        CHECK_EQ(CRT_ERRNO, ENOENT);                                                                         \
        CHECK_EQ(seen, 3);                                                                                   \
        CHECK_EQ(sizes, 1 + 2 + 3);                                                                          \
        CHECK_EQ(CRT(int, _findclose, (intptr_t))(h), 0);                                                    \
        CHECK_ERRNO(CRT(intptr_t, _findfirst##suffix, (const char *, struct T *))("crt_none*", &found), -1,  \
                    ENOENT);                                                                                 \
        CHECK_INVALID(CRT(intptr_t, _findfirst##suffix, (const char *, struct T *))(NULL, &found), -1,       \
                      EINVAL);                                                                               \
        CHECK_INVALID(CRT(intptr_t, _findfirst##suffix, (const char *, struct T *))("x", NULL), -1, EINVAL); \
        CHECK_INVALID(CRT(int, _findnext##suffix, (intptr_t, struct T *))(-1, &found), -1, EINVAL);          \
    } while (0)
#define WIDE_FIND(suffix, T)                                                                                 \
    do {                                                                                                     \
        struct T found;                                                                                      \
        intptr_t h = CRT(intptr_t, _wfindfirst##suffix, (const wchar_t *, struct T *))(L"crt_find1.*",       \
                                                                                       &found);              \
        CHECK(h != -1);                                                                                      \
        CHECK_WSTR(found.name, L"crt_find1.tmp");                                                            \
        CHECK_EQ(found.size, 2);                                                                             \
        CHECK_EQ(found.time_write, 1600000000);                                                              \
        CHECK_EQ(found.attrib &_A_SUBDIR, 0);                                                                \
        CHECK_ERRNO(CRT(int, _wfindnext##suffix, (intptr_t, struct T *))(h, &found), -1, ENOENT);            \
        CHECK_EQ(CRT(int, _findclose, (intptr_t))(h), 0);                                                    \
        CHECK_ERRNO(CRT(intptr_t, _wfindfirst##suffix, (const wchar_t *, struct T *))(L"crt_none*", &found), \
                    -1, ENOENT);                                                                             \
        CHECK_INVALID(CRT(intptr_t, _wfindfirst##suffix, (const wchar_t *, struct T *))(NULL, &found), -1,   \
                      EINVAL);                                                                               \
    } while (0)

CRT_TEST(find)
{
    struct __utimbuf64 times = {1500000000, 1600000000};
    char path[] = "crt_find0.tmp";

    ORACLE_CRASHES("NULL is an invalid parameter");
    for (int i = 0; i < 3; i++) {
        path[8] = (char)('0' + i);
        make(path, i + 1);
        FN(_utime64)(path, &times);
    }
    FIND(32, _finddata32_t);
    FIND(32i64, _finddata32i64_t);
    FIND(64i32, _finddata64i32_t);
    FIND(64, __finddata64_t);
    WIDE_FIND(32, _wfinddata32_t);
    WIDE_FIND(32i64, _wfinddata32i64_t);
    WIDE_FIND(64i32, _wfinddata64i32_t);
    WIDE_FIND(64, _wfinddata64_t);
#ifndef UCRT
#ifdef _WIN64
    FIND(, _finddata64i32_t);
    FIND(i64, __finddata64_t);
    WIDE_FIND(, _wfinddata64i32_t);
    WIDE_FIND(i64, _wfinddata64_t);
#else
    FIND(, _finddata32_t);
    FIND(i64, _finddata32i64_t);
    WIDE_FIND(, _wfinddata32_t);
    WIDE_FIND(i64, _wfinddata32i64_t);
#endif
#endif
    for (int i = 0; i < 3; i++) {
        path[8] = (char)('0' + i);
        CHECK_EQ(CRT(int, remove, (const char *))(path), 0);
    }
    CHECK_ERRNO(CRT(int, _findclose, (intptr_t))(-1), -1, EINVAL);
}

CRT_TEST(access_and_names)
{
    make(name, 1);
    CHECK_EQ(FN(_access)(name, 0), 0);
    CHECK_EQ(FN(_access_s)(name, 6), 0);
    CHECK_EQ(FN(_waccess)(wide_name, 2), 0);
    CHECK_EQ(FN(_waccess_s)(wide_name, 4), 0);
    CHECK_EQ(FN(_wchmod)(wide_name, _S_IREAD), 0);
    CHECK_ERRNO(FN(_access)(name, 2), -1, EACCES);
    CHECK_ERRNO(FN(_access_s)(name, 2), EACCES, EACCES);
    CHECK_ERRNO(FN(_waccess)(wide_name, 6), -1, EACCES);
    CHECK_EQ(FN(_waccess_s)(wide_name, 4), 0);
    CHECK_EQ(FN(_wchmod)(wide_name, _S_IREAD | _S_IWRITE), 0);
    CHECK_EQ(FN(_access_s)("none", 0), ENOENT);
    CHECK_EQ(FN(_waccess_s)(L"none\\none", 0), ENOENT);
    CHECK_INVALID(FN(_access)(NULL, 0), -1, EINVAL);
    CHECK_INVALID(FN(_access)(name, 1), -1, EINVAL);
    CHECK_INVALID(FN(_waccess_s)(wide_name, 8), EINVAL, EINVAL);
    CHECK_ERRNO(FN(_wchmod)(L"none", _S_IREAD), -1, ENOENT);

    CHECK_EQ(FN(_wrename)(wide_name, L"crt_renamed"), 0);
    CHECK_ERRNO(FN(_wrename)(wide_name, L"crt_other"), -1, ENOENT);
    make(name, 1);
    CHECK_ERRNO(FN(_wrename)(wide_name, L"crt_renamed"), -1, EEXIST);
    CHECK_ERRNO(CRT(int, rename, (const char *, const char *))(name, "crt_renamed"), -1, EEXIST);
    CHECK_EQ(FN(_wremove)(L"crt_renamed"), 0);
    CHECK_EQ(FN(_wunlink)(wide_name), 0);
    CHECK_ERRNO(FN(_wunlink)(wide_name), -1, ENOENT);
    CHECK_ERRNO(FN(_wremove)(wide_name), -1, ENOENT);
    CHECK_EQ(FN(_wmkdir)(L"crt_folder"), 0);
    CHECK_ERRNO(FN(_wmkdir)(L"crt_folder"), -1, EEXIST);
    CHECK_ERRNO(FN(_wunlink)(L"crt_folder"), -1, EACCES);
    CHECK_EQ(FN(_wchdir)(L"crt_folder"), 0);
    wchar_t here[MAX_PATH];
    CHECK(FN(_wgetcwd)(here, MAX_PATH) == here);
    CHECK_WSTR(wcsrchr(here, '\\'), L"\\crt_folder");
    CHECK_EQ(FN(_wchdir)(L".."), 0);
    CHECK_EQ(FN(_wrmdir)(L"crt_folder"), 0);
    CHECK_ERRNO(FN(_wrmdir)(L"crt_folder"), -1, ENOENT);
    CHECK_ERRNO(FN(_wchdir)(L"crt_folder"), -1, ENOENT);
}

CRT_TEST(folders_and_drives)
{
    ORACLE_DIFFERS("every failure sets errno");
    char buffer[MAX_PATH], *memory;
    wchar_t wide[MAX_PATH], *wide_memory;
    int drive = CRT(int, _getdrive, (void))();
    struct _diskfree_t space;

    CHECK(drive >= 1 && drive <= 26);
    CHECK(FN(_getdcwd)(drive, buffer, MAX_PATH) == buffer);
    CHECK_EQ((buffer[0] | 32) - 'a' + 1, drive);
    memory = FN(_getcwd)(NULL, 0);
    CHECK_STR(memory, buffer);
    FN(free)(memory);
    CHECK(FN(_wgetdcwd)(0, wide, MAX_PATH) == wide);
    wide_memory = FN(_wgetcwd)(NULL, 500);
    CHECK_WSTR(wide_memory, wide);
    FN(free)(wide_memory);
    CHECK_ERRNO(FN(_wgetcwd)(wide, 2) == NULL, 1, ERANGE);
    CHECK_ERRNO(FN(_getdcwd)(drive, buffer, 1) == NULL, 1, ERANGE);
    CHECK_EQ(CRT(unsigned long, _getdrives, (void))(), GetLogicalDrives());
    CHECK_EQ(CRT(int, _chdrive, (int))(drive), 0);
    CHECK_ERRNO(CRT(int, _chdrive, (int))(27), -1, EACCES);
    CHECK_EQ(CRT(unsigned, _getdiskfree, (unsigned, struct _diskfree_t *))(3, &space), 0);
    CHECK(space.bytes_per_sector >= 512 && space.total_clusters >= space.avail_clusters);
    CHECK_INVALID(CRT(unsigned, _getdiskfree, (unsigned, struct _diskfree_t *))(27, &space),
                  ERROR_INVALID_PARAMETER, EINVAL);

    CHECK(FN(_fullpath)(buffer, "C:\\a\\..\\b\\.\\c.txt", MAX_PATH) == buffer);
    CHECK_STR(buffer, "C:\\b\\c.txt");
    CHECK(FN(_wfullpath)(wide, L"C:/x/y/../z", MAX_PATH) == wide);
    CHECK_WSTR(wide, L"C:\\x\\z");
    memory = FN(_fullpath)(NULL, "C:\\q", 0);
    CHECK_STR(memory, "C:\\q");
    FN(free)(memory);
    wide_memory = FN(_wfullpath)(NULL, L"", 0); /* the working directory */
    FN(_wgetcwd)(wide, MAX_PATH);
    CHECK_WSTR(wide_memory, wide);
    FN(free)(wide_memory);
    CHECK_ERRNO(FN(_fullpath)(buffer, "C:\\abcdef", 5) == NULL, 1, ERANGE);
    CHECK_ERRNO(FN(_wfullpath)(wide, L"C:\\abcdef", 5) == NULL, 1, ERANGE);
}

static const struct {
    const char *path, *drive, *folder, *file, *extension;
} parts[] = {
    {"C:\\dir\\sub\\file.ext", "C:", "\\dir\\sub\\", "file", ".ext"},
    {"file", "", "", "file", ""},
    {".ext", "", "", "", ".ext"},
    {"d:rel/f.a.b", "d:", "rel/", "f.a", ".b"},
    {"\\\\server\\share\\x", "", "\\\\server\\share\\", "x", ""},
    {"dir.x\\file", "", "dir.x\\", "file", ""},
    {"C:\\", "C:", "\\", "", ""},
    {"", "", "", "", ""},
};

CRT_TEST(parts_of_paths)
{
    char drive[_MAX_DRIVE], folder[_MAX_DIR], file[_MAX_FNAME], extension[_MAX_EXT], path[_MAX_PATH];
    wchar_t wdrive[_MAX_DRIVE], wfolder[_MAX_DIR], wfile[_MAX_FNAME], wextension[_MAX_EXT], wpath[_MAX_PATH];
    wchar_t expected[_MAX_PATH], in[_MAX_PATH];

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        FN(_splitpath)(parts[i].path, drive, folder, file, extension);
#define PARTS()                                                                                              \
    CHECK_STR(drive, parts[i].drive);                                                                        \
    CHECK_STR(folder, parts[i].folder);                                                                      \
    CHECK_STR(file, parts[i].file);                                                                          \
    CHECK_STR(extension, parts[i].extension)
        PARTS();
        CHECK_EQ(FN(_splitpath_s)(parts[i].path, drive, sizeof drive, folder, sizeof folder, file,
                                  sizeof file, extension, sizeof extension),
                 0);
        PARTS();
        FN(_makepath)(path, drive, folder, file, extension);
        CHECK_STR(path, parts[i].path);
        CHECK_EQ(FN(_makepath_s)(path, sizeof path, drive, folder, file, extension), 0);
        CHECK_STR(path, parts[i].path);
        MultiByteToWideChar(CP_ACP, 0, parts[i].path, -1, in, _MAX_PATH);
        FN(_wsplitpath)(in, wdrive, wfolder, wfile, wextension);
        MultiByteToWideChar(CP_ACP, 0, parts[i].file, -1, expected, _MAX_PATH);
        CHECK_WSTR(wfile, expected);
        MultiByteToWideChar(CP_ACP, 0, parts[i].folder, -1, expected, _MAX_PATH);
        CHECK_WSTR(wfolder, expected);
        CHECK_EQ(FN(_wsplitpath_s)(in, wdrive, _MAX_DRIVE, wfolder, _MAX_DIR, wfile, _MAX_FNAME, wextension,
                                   _MAX_EXT),
                 0);
        FN(_wmakepath)(wpath, wdrive, wfolder, wfile, wextension);
        CHECK_WSTR(wpath, in);
        CHECK_EQ(FN(_wmakepath_s)(wpath, _MAX_PATH, wdrive, wfolder, wfile, wextension), 0);
        CHECK_WSTR(wpath, in);
    }
    FN(_makepath)(path, "x", "dir", "f", "e"); /* what is missing between them is put there */
    CHECK_STR(path, "x:dir\\f.e");
    FN(_splitpath)("C:\\a\\b.c", NULL, NULL, file, NULL);
    CHECK_STR(file, "b");
    CHECK_EQ(FN(_splitpath_s)("C:\\a\\b.c", NULL, 0, NULL, 0, NULL, 0, extension, sizeof extension), 0);
    CHECK_STR(extension, ".c");
    CHECK_INVALID(FN(_splitpath_s)(NULL, drive, 3, folder, 9, file, 9, extension, 9), EINVAL, EINVAL);
    CHECK_INVALID(FN(_splitpath_s)("C:\\a", drive, 0, folder, 9, file, 9, extension, 9), EINVAL, EINVAL);
    CHECK_EQ(FN(_splitpath_s)("C:\\folder\\a", drive, 3, folder, 4, file, 9, extension, 9), ERANGE);
    CHECK_EQ(folder[0], 0);
    CHECK_EQ(FN(_wsplitpath_s)(L"longname", wdrive, 3, wfolder, 4, wfile, 4, wextension, 9), ERANGE);
    CHECK_INVALID(FN(_makepath_s)(NULL, 10, "c", NULL, NULL, NULL), EINVAL, EINVAL);
    CHECK_ERRNO(FN(_makepath_s)(path, 5, "c", "folder", "f", "e"), ERANGE, ERANGE);
    CHECK_EQ(path[0], 0);
    CHECK_ERRNO(FN(_wmakepath_s)(wpath, 5, L"c", L"folder", L"f", L"e"), ERANGE, ERANGE);
}

CRT_TEST(temporary_names)
{
    ORACLE_DIFFERS("the first letter is a");
    char pattern[] = "fnXXXXXX", again[] = "fnXXXXXX", bad[] = "fnXXXXX", checked[] = "fsXXXXXX";
    wchar_t wide[] = L"fwXXXXXX", wide_checked[] = L"fvXXXXXX", wide_buffer[MAX_PATH], *wide_memory;
    char buffer[MAX_PATH], other[MAX_PATH], *memory;

    CHECK(FN(_mktemp)(pattern) == pattern);
    CHECK_EQ(pattern[2], 'a'); /* a letter, and five digits */
    CHECK_EQ(strspn(pattern + 3, "0123456789"), 5);
    make(pattern, 1);
    CHECK(FN(_mktemp)(again) == again);
    CHECK_EQ(again[2], 'b');
    DeleteFileA(pattern);
    CHECK_EQ(FN(_mktemp_s)(checked, sizeof checked), 0);
    CHECK_EQ(checked[2], 'a');
    CHECK(FN(_wmktemp)(wide) == wide && wide[2] == 'a');
    CHECK_EQ(FN(_wmktemp_s)(wide_checked, 9), 0);
    CHECK_EQ(wide_checked[2], 'a');
    CHECK_INVALID(FN(_mktemp)(bad) == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_mktemp_s)(NULL, 9), EINVAL, EINVAL);
    strcpy(checked, "fsXXXXXX");
    CHECK_INVALID(FN(_mktemp_s)(checked, 8), EINVAL, EINVAL);       /* not terminated in the buffer */
    CHECK_INVALID(FN(_wmktemp_s)(wide_checked, 9), EINVAL, EINVAL); /* no X left */

    CHECK(FN(tmpnam)(buffer) == buffer);
    CHECK(FN(tmpnam)(other) == other);
    CHECK(strcmp(buffer, other) != 0);
    CHECK(FN(tmpnam)(NULL) != NULL);
    CHECK(FN(_wtmpnam)(wide_buffer) == wide_buffer && wide_buffer[0]);
    CHECK_EQ(CRT(int, tmpnam_s, (char *, size_t))(buffer, sizeof buffer), 0);
    CHECK_EQ(FN(_wtmpnam_s)(wide_buffer, MAX_PATH), 0);
    CHECK_INVALID(CRT(int, tmpnam_s, (char *, size_t))(NULL, 5), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, tmpnam_s, (char *, size_t))(buffer, 2), ERANGE, ERANGE);
    CHECK_INVALID(FN(_wtmpnam_s)(wide_buffer, 2), ERANGE, ERANGE);
    memory = FN(_tempnam)("C:\\windows", "pre");
    CHECK(memory && strstr(memory, "pre") && GetFileAttributesA(memory) == INVALID_FILE_ATTRIBUTES);
    FN(free)(memory);
    wide_memory = FN(_wtempnam)(L"C:\\windows", L"pre");
    CHECK(wide_memory && wcsstr(wide_memory, L"pre"));
    FN(free)(wide_memory);
}

CRT_TEST(search_paths)
{
    char buffer[MAX_PATH];
    wchar_t wide[MAX_PATH];

    CreateDirectoryA("crt_path", NULL);
    make("crt_path\\crt_searched.x", 1);
    CRT(int, _putenv, (const char *))("CRT_SEARCH=C:\\none;crt_path");
    FN(_searchenv)("crt_searched.x", "CRT_SEARCH", buffer);
    CHECK(strstr(buffer, "crt_path\\crt_searched.x") != NULL);
    CHECK_EQ(FN(_searchenv_s)("crt_searched.x", "CRT_SEARCH", buffer, sizeof buffer), 0);
    CHECK(strstr(buffer, "crt_path\\crt_searched.x") != NULL);
    FN(_wsearchenv)(L"crt_searched.x", L"CRT_SEARCH", wide);
    CHECK(wcsstr(wide, L"crt_path\\crt_searched.x") != NULL);
    CHECK_EQ(FN(_wsearchenv_s)(L"crt_searched.x", L"CRT_SEARCH", wide, MAX_PATH), 0);
    FN(_searchenv)("crt_nowhere.x", "CRT_SEARCH", buffer);
    CHECK_STR(buffer, "");
    CHECK_ERRNO(FN(_searchenv_s)("crt_nowhere.x", "CRT_SEARCH", buffer, sizeof buffer), ENOENT, ENOENT);
    CHECK_ERRNO(FN(_searchenv_s)("crt_searched.x", "CRT_NO_VARIABLE", buffer, sizeof buffer), ENOENT, ENOENT);
    CHECK_INVALID(FN(_searchenv_s)("x", "CRT_SEARCH", NULL, 5), EINVAL, EINVAL);
    CHECK_ERRNO(FN(_searchenv_s)("crt_searched.x", "CRT_SEARCH", buffer, 5), ERANGE, ERANGE);
    CRT(int, _putenv, (const char *))("CRT_SEARCH=");
    DeleteFileA("crt_path\\crt_searched.x");
    RemoveDirectoryA("crt_path");
}
