/*
 * Files by descriptor: opening modes, text and binary, seeking, errors; directories, searching, attributes.
 */
#include "crt.h"
#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>

#define open_file          CRT(int, _open, (const char *, int, ...))
#define close_file         CRT(int, _close, (int))
#define read_file          CRT(int, _read, (int, void *, unsigned))
#define write_file         CRT(int, _write, (int, const void *, unsigned))
#define seek_file          CRT(long, _lseek, (int, long, int))
#define FAILS(call, error) CHECK_ERRNO(call, -1, error)
#define remove_it          CRT(int, remove, (const char *))

static void __cdecl ignore_parameter(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                                     unsigned line, uintptr_t reserved)
{
}

TEST(open_modes)
{
    char text[16];
    int file = open_file("a.bin", _O_CREAT | _O_EXCL | _O_RDWR | _O_BINARY, _S_IREAD | _S_IWRITE);

    CHECK(file > 2);
    CHECK_EQ(write_file(file, "hello\r\n", 7), 7);
    CHECK_EQ(CRT(long, _tell, (int))(file), 7);
    CHECK_EQ(seek_file(file, -2, SEEK_END), 5);
    CHECK_EQ(read_file(file, text, 16), 2);
    CHECK_EQ(CRT(int, _eof, (int))(file), 1);
    CHECK_EQ(read_file(file, text, 16), 0);
    CHECK_EQ(seek_file(file, 1, SEEK_SET), 1);
    CHECK_EQ(CRT(int, _eof, (int))(file), 0);
    CHECK_EQ(CRT(long, _filelength, (int))(file), 7);
    CHECK_EQ(CRT(int, _chsize, (int, long))(file, 3), 0);
    CHECK_EQ(CRT(long, _filelength, (int))(file), 3);
    CHECK_EQ(CRT(int, _commit, (int))(file), 0);
    CHECK_EQ(CRT(int, _isatty, (int))(file), 0);
    CHECK_EQ(close_file(file), 0);

    FAILS(open_file("a.bin", _O_CREAT | _O_EXCL | _O_RDWR, _S_IREAD), EEXIST);
    FAILS(open_file("none.bin", _O_RDONLY), ENOENT);
    FAILS(open_file("none\\none.bin", _O_RDONLY), ENOENT);
    file = open_file("a.bin", _O_WRONLY | _O_APPEND | _O_BINARY);
    CHECK_EQ(seek_file(file, 0, SEEK_SET), 0);
    CHECK_EQ(write_file(file, "end", 3), 3);
    CHECK_EQ(CRT(long, _filelength, (int))(file), 6);
    FAILS(read_file(file, text, 1), EBADF);
    close_file(file);
    file = open_file("a.bin", _O_RDONLY);
    FAILS(write_file(file, "x", 1), EBADF);
    FAILS(seek_file(file, -5, SEEK_SET), EINVAL);
    close_file(file);
    file = open_file("a.bin", _O_RDWR | _O_TRUNC);
    CHECK_EQ(CRT(long, _filelength, (int))(file), 0);
    close_file(file);
    CHECK_EQ(remove_it("a.bin"), 0);
    FAILS(remove_it("a.bin"), ENOENT);
}

TEST(text_mode)
{
    char text[32];
    int file = open_file("t.txt", _O_CREAT | _O_RDWR | _O_TEXT, _S_IREAD | _S_IWRITE);

    CHECK_EQ(write_file(file, "a\nb\n", 4), 4);
    CHECK_EQ(CRT(long, _filelength, (int))(file), 6);
    CHECK_EQ(seek_file(file, 0, SEEK_SET), 0);
    CHECK_EQ(read_file(file, text, 32), 4);
    CHECK(memcmp(text, "a\nb\n", 4) == 0);
    CHECK_EQ(CRT(int, _setmode, (int, int))(file, _O_BINARY), _O_TEXT);
    CHECK_EQ(seek_file(file, 0, SEEK_SET), 0);
    CHECK_EQ(read_file(file, text, 32), 6);
    CHECK_EQ(write_file(file, "x\x1ay", 3), 3);
    CHECK_EQ(CRT(int, _setmode, (int, int))(file, _O_TEXT), _O_BINARY);
    CHECK_EQ(seek_file(file, 0, SEEK_SET), 0);
    CHECK_EQ(read_file(file, text, 32), 5); /* Ctrl-Z ends a text */
    close_file(file);
    remove_it("t.txt");
}

TEST(descriptors)
{
    int ends[2], copy;
    char text[8];
    int file = open_file("d.bin", _O_CREAT | _O_RDWR | _O_BINARY | _O_TEMPORARY, _S_IREAD | _S_IWRITE);

    copy = CRT(int, _dup, (int))(file);
    CHECK(copy > file);
    CHECK_EQ(write_file(copy, "abc", 3), 3);
    CHECK_EQ(CRT(long, _tell, (int))(file), 3); /* one position */
    CHECK_EQ(CRT(int, _dup2, (int, int))(file, copy), 0);
    CHECK(CRT(intptr_t, _get_osfhandle, (int))(file) != -1);
    close_file(copy);
    close_file(file);
    FAILS(CRT(int, _access, (const char *, int))("d.bin", 0), ENOENT); /* temporary */

    CHECK_EQ(CRT(int, _pipe, (int *, unsigned, int))(ends, 256, _O_BINARY), 0);
    CHECK_EQ(write_file(ends[1], "pipe", 4), 4);
    CHECK_EQ(read_file(ends[0], text, 8), 4);
    close_file(ends[1]);
    CHECK_EQ(read_file(ends[0], text, 8), 0);
    close_file(ends[0]);
}

TEST(directories)
{
    char folder[300], name[300];

    CHECK(CRT(char *, _getcwd, (char *, int))(folder, 300) == folder);
    CRT_ERRNO = 0;
    CHECK(CRT(char *, _getcwd, (char *, int))(name, 2) == NULL);
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CHECK_EQ(CRT(int, _mkdir, (const char *))("sub"), 0);
    FAILS(CRT(int, _mkdir, (const char *))("sub"), EEXIST);
    FAILS(CRT(int, _mkdir, (const char *))("no\\sub"), ENOENT);
    CHECK_EQ(CRT(int, _chdir, (const char *))("sub"), 0);
    FAILS(CRT(int, _chdir, (const char *))("sub"), ENOENT);
    CHECK_EQ(CRT(int, _chdir, (const char *))(".."), 0);
    CRT(char *, _getcwd, (char *, int))(name, 300);
    CHECK_STR(name, folder);
    close_file(open_file("sub\\f", _O_CREAT | _O_WRONLY, _S_IREAD | _S_IWRITE));
    FAILS(CRT(int, _rmdir, (const char *))("sub"), ENOTEMPTY);
    CHECK_EQ(CRT(int, rename, (const char *, const char *))("sub\\f", "sub\\g"), 0);
    FAILS(CRT(int, rename, (const char *, const char *))("sub\\f", "sub\\h"), ENOENT);
    CHECK_EQ(CRT(int, _unlink, (const char *))("sub\\g"), 0);
    CHECK_EQ(CRT(int, _rmdir, (const char *))("sub"), 0);
    FAILS(CRT(int, _rmdir, (const char *))("sub"), ENOENT);
    CHECK(CRT(int, _getdrive, (void))() >= 1);
}

TEST(attributes_and_times)
{
    struct _stat64 info;
    int file = open_file("s.bin", _O_CREAT | _O_WRONLY | _O_BINARY, _S_IREAD | _S_IWRITE);

    write_file(file, "12345", 5);
    CHECK_EQ(CRT(int, _fstat64, (int, struct _stat64 *))(file, &info), 0);
    CHECK_EQ(info.st_size, 5);
    CHECK(info.st_mode & _S_IFREG);
    close_file(file);
    /* A descriptor that is not open is an invalid parameter, which ends the program unless a handler returns.
     */
    if (IS_UCRT)
        CRT(void *, _set_invalid_parameter_handler, (void *))((void *)ignore_parameter);
    if (!harness_is_wine()) /* leaves errno alone */
        FAILS(CRT(int, _fstat64, (int, struct _stat64 *))(file, &info), EBADF);
    FAILS(close_file(file), EBADF);
    if (IS_UCRT)
        CRT(void *, _set_invalid_parameter_handler, (void *))(NULL);
    CHECK_EQ(CRT(int, _stat64, (const char *, struct _stat64 *))("s.bin", &info), 0);
    CHECK_EQ(info.st_size, 5);
    CHECK(info.st_mode & _S_IWRITE);
    CHECK(info.st_mtime > 1600000000);
    FAILS(CRT(int, _stat64, (const char *, struct _stat64 *))("none", &info), ENOENT);
    CHECK_EQ(CRT(int, _stat64, (const char *, struct _stat64 *))(".", &info), 0);
    CHECK(info.st_mode & _S_IFDIR);

    CHECK_EQ(CRT(int, _chmod, (const char *, int))("s.bin", _S_IREAD), 0);
    FAILS(CRT(int, _access, (const char *, int))("s.bin", 2), EACCES);
    CHECK_EQ(CRT(int, _access, (const char *, int))("s.bin", 4), 0);
    if (!harness_is_wine()) /* knows no read-only files as root */
        FAILS(open_file("s.bin", _O_WRONLY), EACCES);
    CHECK_EQ(CRT(int, _chmod, (const char *, int))("s.bin", _S_IREAD | _S_IWRITE), 0);
    FAILS(CRT(int, _chmod, (const char *, int))("none", _S_IREAD), ENOENT);
    remove_it("s.bin");
}

TEST(searching)
{
    struct __finddata64_t found;
    unsigned seen = 0;

    for (int i = 0; i < 3; i++) {
        char name[] = "find0.tmp";
        name[4] += i;
        close_file(open_file(name, _O_CREAT | _O_WRONLY, _S_IREAD | _S_IWRITE));
    }
    intptr_t search = CRT(intptr_t, _findfirst64, (const char *, struct __finddata64_t *))("find?.tmp",
                                                                                           &found);
    CHECK(search != -1);
    if (search != -1) {
        do {
            CHECK(strlen(found.name) == 9);
            CHECK(!(found.attrib & _A_SUBDIR));
            seen |= 1 << (found.name[4] - '0');
        } while (CRT(int, _findnext64, (intptr_t, struct __finddata64_t *))(search, &found) == 0);
        CHECK_EQ(CRT_ERRNO, ENOENT);
        CHECK_EQ(seen, 7);
        CHECK_EQ(CRT(int, _findclose, (intptr_t))(search), 0);
    }
    FAILS(CRT(intptr_t, _findfirst64, (const char *, struct __finddata64_t *))("none*", &found), ENOENT);
    remove_it("find0.tmp");
    remove_it("find1.tmp");
    remove_it("find2.tmp");
}
