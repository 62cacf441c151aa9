/*
 * Streams: opening in every way, characters and words, narrow and wide, positions, buffers, states, temporary
 * files, and the forms without lock.
 */
#include "crt.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <sys/stat.h>

typedef struct stream stream;
#define S(result, name, ...) CRT(result, name, (__VA_ARGS__))
#define OPEN(path, mode)     S(stream *, fopen, const char *, const char *)(path, mode)
#define CLOSE(f)             S(int, fclose, stream *)(f)
#define WRITE(data, n, f)    S(size_t, fwrite, const void *, size_t, size_t, stream *)(data, 1, n, f)
#define READ(data, n, f)     S(size_t, fread, void *, size_t, size_t, stream *)(data, 1, n, f)
#define REWIND(f)            S(void, rewind, stream *)(f)

static const char name[] = "crt_streams.tmp";
static const wchar_t wide_name[] = L"crt_streams.tmp";

static void make(const char *text)
{
    stream *f = OPEN(name, "wb");

    WRITE(text, strlen(text), f);
    CLOSE(f);
}

static void check_content(const char *expected)
{
    char text[200] = "";
    stream *f = OPEN(name, "rb");

    CHECK(f != NULL);
    if (!f)
        return;
    text[READ(text, 199, f)] = 0;
    CLOSE(f);
    CHECK_STR(text, expected);
}

CRT_TEST(opening)
{
    stream *f, *g;

    ORACLE_DIFFERS("the failures are those of the documentation");
    CHECK_EQ(S(int, fopen_s, stream **, const char *, const char *)(&f, name, "w"), 0);
    CHECK(f != NULL);
    /* Opened by a secure function a file is not shared for writing. */
    CHECK_ERRNO(OPEN(name, "w") == NULL, 1, EACCES);
    CHECK_EQ(CLOSE(f), 0);
    CHECK_ERRNO(S(int, fopen_s, stream **, const char *, const char *)(&f, "none", "r"), ENOENT, ENOENT);
    CHECK(f == NULL);
    CHECK_INVALID(S(int, fopen_s, stream **, const char *, const char *)(NULL, name, "r"), EINVAL, EINVAL);
    CHECK_INVALID(S(int, fopen_s, stream **, const char *, const char *)(&f, NULL, "r"), EINVAL, EINVAL);
    CHECK_INVALID(S(int, fopen_s, stream **, const char *, const char *)(&f, name, NULL), EINVAL, EINVAL);
    CHECK_INVALID(OPEN(NULL, "r") == NULL, 1, EINVAL);
    CHECK_INVALID(OPEN(name, NULL) == NULL, 1, EINVAL);
    CHECK_INVALID(OPEN(name, "q") == NULL, 1, EINVAL);
    CHECK_EQ(S(int, _wfopen_s, stream **, const wchar_t *, const wchar_t *)(&f, wide_name, L"r"), 0);
    CLOSE(f);
    f = S(stream *, _wfopen, const wchar_t *, const wchar_t *)(wide_name, L"r");
    CHECK(f != NULL);
    CLOSE(f);
    CHECK_ERRNO(S(stream *, _wfopen, const wchar_t *, const wchar_t *)(L"none", L"r") == NULL, 1, ENOENT);

    /* Sharing. */
    f = S(stream *, _fsopen, const char *, const char *, int)(name, "r", _SH_DENYWR);
    g = OPEN(name, "r");
    CHECK(f != NULL && g != NULL);
    CHECK_ERRNO(OPEN(name, "r+") == NULL, 1, EACCES);
    CLOSE(f);
    CLOSE(g);
    f = S(stream *, _wfsopen, const wchar_t *, const wchar_t *, int)(wide_name, L"r", _SH_DENYRW);
    CHECK_ERRNO(OPEN(name, "r") == NULL, 1, EACCES);
    CLOSE(f);
    CHECK_INVALID(S(stream *, _fsopen, const char *, const char *, int)(name, "r", 0x77) == NULL, 1, EINVAL);

    /* From a descriptor. */
    int fd = S(int, _open, const char *, int, ...)(name, _O_RDWR | _O_BINARY);
    f = S(stream *, _fdopen, int, const char *)(fd, "w");
    CHECK(f != NULL);
    CHECK_EQ(S(int, _fileno, stream *)(f), fd);
    WRITE("fd", 2, f);
    CLOSE(f);
    check_content("fd");
    fd = S(int, _wopen, const wchar_t *, int, ...)(wide_name, _O_RDONLY);
    f = S(stream *, _wfdopen, int, const wchar_t *)(fd, L"r");
    CHECK(f != NULL && S(int, getc, stream *)(f) == 'f');
    CLOSE(f);
    CHECK_INVALID(S(stream *, _fdopen, int, const char *)(fd, "q") == NULL, 1, EBADF);
    CHECK_INVALID(S(stream *, _fdopen, int, const char *)(fd, NULL) == NULL, 1, EINVAL);

    /* Again on the same stream. */
    make("first");
    f = OPEN(name, "r");
    CHECK(S(stream *, freopen, const char *, const char *, stream *)(name, "a", f) == f);
    WRITE("+", 1, f);
    CHECK_EQ(S(int, freopen_s, stream **, const char *, const char *, stream *)(&g, name, "r", f), 0);
    CHECK(g == f);
    CHECK_EQ(S(int, getc, stream *)(f), 'f');
    CHECK(S(stream *, _wfreopen, const wchar_t *, const wchar_t *, stream *)(wide_name, L"r", f) == f);
    CHECK_EQ(
        S(int, _wfreopen_s, stream **, const wchar_t *, const wchar_t *, stream *)(&g, wide_name, L"r", f),
        0);
    CHECK(g == f);
    CHECK_INVALID(S(int, freopen_s, stream **, const char *, const char *, stream *)(NULL, name, "r", f),
                  EINVAL, EINVAL);
    CHECK_EQ(S(int, freopen_s, stream **, const char *, const char *, stream *)(&g, "none", "r", f), ENOENT);
    CHECK(g == NULL);
    check_content("first+");
    CHECK_INVALID(CLOSE(NULL), EOF, EINVAL);
    CHECK_EQ(DeleteFileA(name), TRUE);
}

CRT_TEST(characters)
{
    char line[20];
    int c;
    stream *f = OPEN(name, "w+b");

    CHECK_EQ(S(int, fputc, int, stream *)('a', f), 'a');
    CHECK_EQ(S(int, putc, int, stream *)(0xfe, f), 0xfe);
    CHECK_EQ(S(int, _fputc_nolock, int, stream *)('c', f), 'c');
#ifdef UCRT
    CHECK_EQ(S(int, _putc_nolock, int, stream *)('d', f), 'd');
#endif
    CHECK_EQ(S(int, fputs, const char *, stream *)("xyz\n", f), 0);
    CHECK_EQ(S(int, _putw, int, stream *)(0x64636261, f), 0x64636261);
    CHECK_EQ(S(size_t, _fwrite_nolock, const void *, size_t, size_t, stream *)("12345", 2, 2, f), 2);
    REWIND(f);
    CHECK_EQ(S(int, fgetc, stream *)(f), 'a');
    CHECK_EQ(S(int, getc, stream *)(f), 0xfe);
    CHECK_EQ(S(int, ungetc, int, stream *)('Q', f), 'Q');
#ifdef UCRT
    CHECK_EQ(S(int, _fgetc_nolock, stream *)(f), 'Q');
    CHECK_EQ(S(int, _ungetc_nolock, int, stream *)('R', f), 'R');
    CHECK_EQ(S(int, _getc_nolock, stream *)(f), 'R');
    CHECK_EQ(S(int, _getc_nolock, stream *)(f), 'c');
    CHECK_EQ(S(int, _fgetc_nolock, stream *)(f), 'd');
#else
    CHECK_EQ(S(int, _fgetc_nolock, stream *)(f), 'Q');
    CHECK_EQ(S(int, _getc_nolock, stream *)(f), 'c');
#endif
    CHECK(S(char *, fgets, char *, int, stream *)(line, 3, f) == line);
    CHECK_STR(line, "xy");
    CHECK(S(char *, fgets, char *, int, stream *)(line, 20, f) == line);
    CHECK_STR(line, "z\n");
    CHECK_EQ(S(int, _getw, stream *)(f), 0x64636261);
    CHECK_EQ(S(size_t, _fread_nolock, void *, size_t, size_t, stream *)(line, 1, 2, f), 2);
    CHECK_BYTES(line, "12", 2);
    CHECK_EQ(S(int, feof, stream *)(f), 0);
    CHECK_EQ(S(size_t, fread_s, void *, size_t, size_t, size_t, stream *)(line, 20, 1, 9, f), 2);
    CHECK_BYTES(line, "34", 2);
    CHECK(S(int, feof, stream *)(f) != 0);
    CHECK_EQ(S(int, getc, stream *)(f), EOF);
    CHECK_EQ(S(int, ungetc, int, stream *)('z', f), 'z'); /* takes the end back */
    CHECK_EQ(S(int, feof, stream *)(f), 0);
    CHECK_EQ(S(int, getc, stream *)(f), 'z');
    CHECK_EQ(S(int, ungetc, int, stream *)(EOF, f), EOF);
    CHECK(S(char *, fgets, char *, int, stream *)(line, 20, f) == NULL);
    CLOSE(f);

    f = OPEN(name, "r");
    CHECK_ERRNO(S(int, fputc, int, stream *)('x', f), EOF, EBADF);
    CHECK(S(int, ferror, stream *)(f) != 0);
    S(void, clearerr, stream *)(f);
    CHECK_EQ(S(int, ferror, stream *)(f), 0);
    S(int, fputc, int, stream *)('x', f);
    CHECK_EQ(S(int, clearerr_s, stream *)(f), 0);
    CHECK_EQ(S(int, ferror, stream *)(f), 0);
    CHECK_INVALID(S(int, clearerr_s, stream *)(NULL), EINVAL, EINVAL);
    CHECK_INVALID(S(size_t, fread_s, void *, size_t, size_t, size_t, stream *)(line, 2, 1, 9, f), 0, ERANGE);
    CHECK_INVALID(S(size_t, fread_s, void *, size_t, size_t, size_t, stream *)(NULL, 2, 1, 9, f), 0, EINVAL);
#ifdef UCRT
    CHECK_EQ(S(size_t, _fread_nolock_s, void *, size_t, size_t, size_t, stream *)(line, 20, 1, 1, f), 1);
    CHECK_EQ(line[0], 'a');
#endif
    CLOSE(f);
    for (c = 0; c < 6; c++) { /* every one wants a stream */
        static const char *const names[] = {"fgetc", "feof", "ferror", "_fileno", "getc", "fclose"};
        static const int results[] = {EOF, 0, 0, -1, EOF, EOF};
        CHECK_INVALID(((int(__cdecl *)(stream *))crt_function(names[c]))(NULL), results[c], EINVAL);
    }
    DeleteFileA(name);
}

CRT_TEST(wide_characters)
{
    wchar_t line[20];
    char bytes[20];
    stream *f = OPEN(name, "w+b"); /* binary: characters as they are */

    CHECK_EQ(S(wint_t, fputwc, wchar_t, stream *)(L'a', f), 'a');
    CHECK_EQ(S(wint_t, putwc, wchar_t, stream *)(0x20ac, f), 0x20ac);
    CHECK_EQ(S(int, fputws, const wchar_t *, stream *)(L"bc\n", f), 0);
#ifdef UCRT
    CHECK_EQ(S(wint_t, _fputwc_nolock, wchar_t, stream *)(L'd', f), 'd');
    S(int, _fseek_nolock, stream *, long, int)(f, -2, SEEK_CUR);
    CHECK_EQ(S(wint_t, _putwc_nolock, wchar_t, stream *)(L'd', f), 'd');
#else
    S(wint_t, fputwc, wchar_t, stream *)(L'd', f);
#endif
    REWIND(f);
    CHECK_EQ(READ(bytes, 20, f), 12);
    CHECK_BYTES(bytes,
                "a\0\xac\x20"
                "b\0c\0\n\0d\0",
                12);
    REWIND(f);
    CHECK_EQ(S(wint_t, fgetwc, stream *)(f), 'a');
    CHECK_EQ(S(wint_t, getwc, stream *)(f), 0x20ac);
    CHECK_EQ(S(wint_t, ungetwc, wint_t, stream *)(0x416, f), 0x416);
    CHECK_EQ(S(wint_t, fgetwc, stream *)(f), 0x416);
    CHECK(S(wchar_t *, fgetws, wchar_t *, int, stream *)(line, 20, f) == line);
    CHECK_WSTR(line, L"bc\n");
#ifdef UCRT
    CHECK_EQ(S(wint_t, _fgetwc_nolock, stream *)(f), 'd');
    CHECK_EQ(S(wint_t, _ungetwc_nolock, wint_t, stream *)('e', f), 'e');
    CHECK_EQ(S(wint_t, _getwc_nolock, stream *)(f), 'e');
#else
    CHECK_EQ(S(wint_t, fgetwc, stream *)(f), 'd');
#endif
    CHECK_EQ(S(wint_t, fgetwc, stream *)(f), WEOF);
    CHECK_EQ(S(wint_t, ungetwc, wint_t, stream *)(WEOF, f), WEOF);
    CHECK(S(wchar_t *, fgetws, wchar_t *, int, stream *)(line, 20, f) == NULL);
    CLOSE(f);
    f = OPEN(name, "w"); /* text: as bytes of the locale */
    CHECK_EQ(S(int, fputws, const wchar_t *, stream *)(L"ab\n", f), 0);
    CHECK_ERRNO(S(wint_t, fputwc, wchar_t, stream *)(0x20ac, f), WEOF, EILSEQ);
    CLOSE(f);
    check_content("ab\r\n");
    DeleteFileA(name);
}

CRT_TEST(positions)
{
    long long position = 0;
    stream *f = OPEN(name, "w+b");

    WRITE("0123456789", 10, f);
    CHECK_EQ(S(int, fgetpos, stream *, long long *)(f, &position), 0);
    CHECK_EQ(position, 10);
    CHECK_EQ(S(int, _fseeki64, stream *, long long, int)(f, -4, SEEK_END), 0);
    CHECK_EQ(S(long long, _ftelli64, stream *)(f), 6);
    CHECK_EQ(S(int, getc, stream *)(f), '6');
    CHECK_EQ(S(int, _fseeki64, stream *, long long, int)(f, 1, SEEK_CUR), 0);
    CHECK_EQ(S(int, getc, stream *)(f), '8');
    position = 2;
    CHECK_EQ(S(int, fsetpos, stream *, const long long *)(f, &position), 0);
    CHECK_EQ(S(int, getc, stream *)(f), '2');
    /* Beyond 4 GB, without writing there. */
    CHECK_EQ(S(int, _fseeki64, stream *, long long, int)(f, 5000000000ll, SEEK_SET), 0);
    CHECK_EQ(S(long long, _ftelli64, stream *)(f), 5000000000ll);
    CHECK_ERRNO(S(long, ftell, stream *)(f), -1, EINVAL);
    CHECK_EQ(S(int, getc, stream *)(f), EOF);
#ifdef UCRT
    CHECK_EQ(S(int, _fseeki64_nolock, stream *, long long, int)(f, 3, SEEK_SET), 0);
    CHECK_EQ(S(long long, _ftelli64_nolock, stream *)(f), 3);
    CHECK_EQ(S(int, _fseek_nolock, stream *, long, int)(f, 4, SEEK_SET), 0);
    CHECK_EQ(S(long, _ftell_nolock, stream *)(f), 4);
    CHECK_EQ(S(int, _fflush_nolock, stream *)(f), 0);
#endif
    CHECK_ERRNO(S(int, _fseeki64, stream *, long long, int)(f, -1, SEEK_SET), -1, EINVAL);
    CHECK_INVALID(S(int, fseek, stream *, long, int)(f, 0, 3), -1, EINVAL);
    CHECK_INVALID(S(int, fseek, stream *, long, int)(NULL, 0, 0), -1, EINVAL);
    CHECK_INVALID(S(int, fgetpos, stream *, long long *)(f, NULL), -1, EINVAL);
    CHECK_INVALID(S(int, fsetpos, stream *, const long long *)(f, NULL), -1, EINVAL);
    CHECK_INVALID(S(long, ftell, stream *)(NULL), -1, EINVAL);
#ifdef UCRT
    CHECK_EQ(S(int, _fclose_nolock, stream *)(f), 0);
#else
    CLOSE(f);
#endif
    DeleteFileA(name);
}

CRT_TEST(buffers)
{
    static char buffer[512];
    stream *f = OPEN(name, "wb");

    S(void, setbuf, stream *, char *)(f, buffer);
    WRITE("kept", 4, f);
    CHECK_BYTES(buffer, "kept", 4);
    check_content("");
    CHECK_EQ(S(int, fflush, stream *)(f), 0);
    check_content("kept");
    S(void, setbuf, stream *, char *)(f, NULL); /* no buffer: at once */
    WRITE("!", 1, f);
    check_content("kept!");
    CHECK_EQ(S(int, setvbuf, stream *, char *, int, size_t)(f, NULL, _IOFBF, 1024), 0);
    WRITE("more", 4, f);
    check_content("kept!");
    CHECK(S(int, _flushall, void)() >= 4); /* the standard three and this one */
    check_content("kept!more");
#ifdef UCRT
    char **base, **next;
    int *count;
    CHECK_EQ(
        S(int, _get_stream_buffer_pointers, stream *, char ***, char ***, int **)(f, &base, &next, &count),
        0);
    CHECK(base && next && count && *base && *next == *base);
    CHECK_INVALID(
        S(int, _get_stream_buffer_pointers, stream *, char ***, char ***, int **)(NULL, &base, &next, &count),
        EINVAL, EINVAL);
#else
    char **base, **next;
    int *count;
    if (crt_has("_get_stream_buffer_pointers")) {
        CHECK_EQ(S(int, _get_stream_buffer_pointers, stream *, char ***, char ***, int **)(f, &base, &next,
                                                                                           &count),
                 0);
        CHECK(*base && *next == *base);
    }
#endif
    CHECK_INVALID(S(int, setvbuf, stream *, char *, int, size_t)(f, NULL, 99, 1024), -1, EINVAL);
    CHECK_INVALID(S(int, setvbuf, stream *, char *, int, size_t)(f, NULL, _IOFBF, 1), -1, EINVAL);
    CHECK_INVALID(S(int, setvbuf, stream *, char *, int, size_t)(NULL, NULL, _IOFBF, 10), -1, EINVAL);
    S(void, _lock_file, stream *)(f);
    WRITE("x", 1, f); /* the lock may be taken again by its owner */
    S(void, _unlock_file, stream *)(f);
    CLOSE(f);
    DeleteFileA(name);
}

CRT_TEST(limits)
{
    stream *f, *open[3];

    CHECK_EQ(S(int, _getmaxstdio, void)(), 512);
    CHECK_EQ(S(int, _setmaxstdio, int)(1000), 1000);
    CHECK_EQ(S(int, _getmaxstdio, void)(), 1000);
    CHECK_INVALID(S(int, _setmaxstdio, int)(5), -1, EINVAL);
    CHECK_INVALID(S(int, _setmaxstdio, int)(100000), -1, EINVAL);
    CHECK_EQ(S(int, _setmaxstdio, int)(512), 512);
    make("");
    for (int i = 0; i < 3; i++)
        open[i] = OPEN(name, "r");
    f = S(stream *, tmpfile, void)();
    CHECK(open[2] != NULL && f != NULL);
    WRITE("t", 1, f);
    REWIND(f);
    CHECK_EQ(S(int, getc, stream *)(f), 't');
    CHECK_EQ(S(int, tmpfile_s, stream **)(&f), 0);
    CHECK(f != NULL);
    CHECK_INVALID(S(int, tmpfile_s, stream **)(NULL), EINVAL, EINVAL);
    CHECK_EQ(S(int, _rmtmp, void)(), 2);
    CHECK_EQ(S(int, _fcloseall, void)(), 3);
    CHECK_EQ(S(int, _fcloseall, void)(), 0);
    DeleteFileA(name);
}

/* Standard streams, in a child whose input and output are files. */
CHILD(standard)
{
    char line[20];
    wchar_t wide[20];

    if (S(int, getchar, void)() != '1' || S(int, _fgetchar, void)() != '2')
        return 1;
    if (S(wint_t, getwchar, void)() != '3' || S(wint_t, _fgetwchar, void)() != '4')
        return 2;
    if (!S(char *, gets_s, char *, size_t)(line, 20) || strcmp(line, "five"))
        return 3;
    if (!S(wchar_t *, _getws_s, wchar_t *, size_t)(wide, 20) || lstrcmpW(wide, L"six"))
        return 4;
#ifndef UCRT
    if (!S(wchar_t *, _getws, wchar_t *)(wide) || lstrcmpW(wide, L"seven"))
        return 5;
    if (!S(char *, gets, char *)(line) || strcmp(line, "eight"))
        return 6;
#else
    S(char *, gets_s, char *, size_t)(line, 20);
    S(char *, gets_s, char *, size_t)(line, 20);
#endif
    crt_allow_invalid();
    if (S(char *, gets_s, char *, size_t)(line, 3) || line[0] || CRT_ERRNO != ERANGE) /* "nine" is too long */
        return 7;
    if (S(char *, gets_s, char *, size_t)(line, 20))
        return 8;
    if (S(int, putchar, int)('a') != 'a' || S(int, _fputchar, int)('b') != 'b')
        return 9;
    if (S(wint_t, putwchar, wchar_t)('c') != 'c' || S(wint_t, _fputwchar, wchar_t)('d') != 'd')
        return 10;
    S(int, puts, const char *)("-puts");
    S(int, _putws, const wchar_t *)(L"-putws");
    CRT_ERRNO = ENOENT;
    S(void, perror, const char *)("narrow");
    CRT_ERRNO = ENOENT;
    S(void, _wperror, const wchar_t *)(L"wide");
    CRT_ERRNO = ENOENT;
    S(void, perror, const char *)(NULL);
#ifdef UCRT
    stream *standard = S(stream *, __acrt_iob_func, unsigned)(1);
    if (S(int, _fileno, stream *)(standard) != 1)
        return 11;
#else
    char *table = S(char *, __iob_func, void)();
    if (table != S(char *, __p__iob, void)())
        return 11;
#endif
    S(int, fflush, stream *)(NULL);
    return 0;
}

CRT_TEST(standard_streams)
{
    char program[MAX_PATH], command[MAX_PATH + 40], text[400] = "";
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    DWORD code = 99, got;

    ORACLE_DIFFERS("texts of errors");
    make("1234five\r\nsix\r\nseven\r\neight\r\nnine\r\n");
    GetModuleFileNameA(NULL, program, MAX_PATH);
    snprintf(command, sizeof command, "\"%s\" --child standard", program);
    HANDLE in = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, &inherit, OPEN_EXISTING, 0, NULL);
    HANDLE out = CreateFileA("crt_out.tmp", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, &inherit,
                             CREATE_ALWAYS, 0, NULL);
    startup.hStdInput = in;
    startup.hStdOutput = startup.hStdError = out;
    CHECK(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    WaitForSingleObject(process.hProcess, 20000);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CHECK_EQ(code, 0);
    SetFilePointer(out, 0, NULL, FILE_BEGIN);
    ReadFile(out, text, sizeof text - 1, &got, NULL);
    CHECK(strstr(text, "abcd-puts\r\n-putws\r\n") != NULL);
    CHECK(strstr(text, "narrow: No such file or directory\r\n") != NULL);
    CHECK(strstr(text, "wide: No such file or directory\r\n") != NULL);
    CHECK(strstr(text, "\nNo such file or directory\r\n") != NULL);
    CloseHandle(in);
    CloseHandle(out);
    DeleteFileA("crt_out.tmp");
    DeleteFileA(name);
}

#ifndef UCRT
/* What the macros of old headers call. */
struct old_stream {
    char *ptr;
    int count;
    char *base;
    int flag, file, charbuf, size;
    char *name;
};
CRT_TEST(macros)
{
    struct old_stream *f;

    make("abc");
    f = (struct old_stream *)OPEN(name, "rb");
    CHECK_EQ(S(int, _filbuf, stream *)((stream *)f), 'a');
    CHECK_EQ(f->count, 2);
    CHECK_EQ(*f->ptr, 'b');
    CLOSE((stream *)f);
    f = (struct old_stream *)OPEN(name, "wb");
    CHECK_EQ(S(int, _flsbuf, int, stream *)('x', (stream *)f), 'x');
    CHECK(f->count > 0);
    *f->ptr++ = 'y';
    f->count--;
    CLOSE((stream *)f);
    check_content("xy");
    f = (struct old_stream *)OPEN(name, "wb");
    CHECK_EQ(S(int, _flswbuf, int, stream *)(0x4142, (stream *)f), 0x4142);
    CLOSE((stream *)f);
    check_content("BA");
    f = (struct old_stream *)OPEN(name, "rb");
    CHECK_EQ(S(int, _filwbuf, stream *)((stream *)f), 0x4142);
    CLOSE((stream *)f);
    DeleteFileA(name);
}
#endif
