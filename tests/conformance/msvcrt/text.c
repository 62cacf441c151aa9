/*
 * Strings, narrow and wide from one text: copying, searching, comparing, case, filling and the checked forms
 * with what they leave in the buffer.
 */
#include "crt.h"

#include <errno.h>

/* Exported, and not declared by mingw-w64. */
char *__cdecl _strlwr_l(char *text, _locale_t locale);
unsigned long __cdecl _lrotl(unsigned long value, int count);
unsigned long __cdecl _lrotr(unsigned long value, int count);

#define NAMED(name)             narrow_##name
#define T                       char
#define X(text)                 text
#define PICK(narrow, wide)      FN(narrow)
#define CHECK_TEXT(value, text) CHECK_STR(value, text)
#include "text_template.h"

#define WIDE
#undef NAMED
#undef T
#undef X
#undef PICK
#undef CHECK_TEXT
#define NAMED(name)             wide_##name
#define T                       wchar_t
#define X(text)                 L##text
#define PICK(narrow, wide)      FN(wide)
#define CHECK_TEXT(value, text) CHECK_WSTR(value, text)
#include "text_template.h"

/* Only in one width. */
CRT_TEST(memory)
{
    char block[16] = "0123456789abcde";
    wchar_t wide[8] = L"0123456";

    CHECK_EQ((char *)FN(_memccpy)(block, "xy!z", '!', 4) - block, 3);
    CHECK_STR(block, "xy!3456789abcde");
    CHECK(FN(_memccpy)(block, "xyz", '!', 3) == NULL);
    CHECK_EQ(FN(_memicmp)("AbC1", "aBc2", 3), 0);
    CHECK(FN(_memicmp)("AbC1", "aBc2", 4) < 0);
    CHECK(FN(_memicmp)("b", "A", 1) > 0);
    CHECK_EQ(FN(_memicmp)(NULL, NULL, 0), 0);
    CHECK_INVALID(FN(_memicmp)(NULL, "a", 1), _NLSCMPERROR, EINVAL);
    CHECK_EQ(FN(_memicmp_l)("AbC1", "aBc2", 3, NULL), 0);

    strcpy(block, "0123456789abcde");
    CHECK_EQ(FN(memcpy_s)(block, 16, "xyz", 3), 0);
    CHECK_STR(block, "xyz3456789abcde");
    CHECK_EQ(FN(memcpy_s)(block, 16, "xyz", 0), 0);
    CHECK_EQ(FN(memcpy_s)(NULL, 0, NULL, 0), 0);
    CHECK_INVALID(FN(memcpy_s)(NULL, 16, "a", 1), EINVAL, EINVAL);
    CHECK_INVALID(FN(memcpy_s)(block, 4, "abcdefg", 5), ERANGE, ERANGE); /* clears the destination */
    CHECK_BYTES(block,
                "\0\0\0\0"
                "456789abcde",
                16);
    CHECK_INVALID(FN(memcpy_s)(block, 16, NULL, 1), EINVAL, EINVAL);
    CHECK_EQ(block[10], 0);

    strcpy(block, "0123456789abcde");
    CHECK_EQ(FN(memmove_s)(block + 2, 14, block, 8), 0);
    CHECK_STR(block, "0101234567abcde");
    CHECK_INVALID(FN(memmove_s)(block, 4, "abcdefg", 5), ERANGE, ERANGE); /* touches nothing */
    CHECK_STR(block, "0101234567abcde");
    CHECK_INVALID(FN(memmove_s)(NULL, 4, "a", 1), EINVAL, EINVAL);
    CHECK_INVALID(FN(memmove_s)(block, 4, NULL, 1), EINVAL, EINVAL);
    CHECK_STR(block, "0101234567abcde");

    CHECK_EQ(CRT(int, wmemcpy_s, (wchar_t *, size_t, const wchar_t *, size_t))(wide, 8, L"ab", 2), 0);
    CHECK_WSTR(wide, L"ab23456");
    CHECK_INVALID(CRT(int, wmemcpy_s, (wchar_t *, size_t, const wchar_t *, size_t))(wide, 3, L"abcd", 4),
                  ERANGE, ERANGE);
    CHECK_BYTES(wide,
                L"\0\0\0"
                L"3456",
                16);
    CHECK_EQ(CRT(int, wmemmove_s, (wchar_t *, size_t, const wchar_t *, size_t))(wide, 7, wide + 3, 4), 0);
    CHECK_WSTR(wide, L"3456456");
    CHECK_INVALID(CRT(int, wmemmove_s, (wchar_t *, size_t, const wchar_t *, size_t))(wide, 3, L"abcd", 4),
                  ERANGE, ERANGE);

    char odd[] = "abcdefg", even[8] = "-------";
    FN(_swab)(odd, even, 7); /* the last odd byte stays behind */
    CHECK_STR(even, "badcfe-");
}

CRT_TEST(rotation)
{
    CHECK_EQ(FN(_rotl)(0x80000001u, 4), 0x18);
    CHECK_EQ(FN(_rotr)(0x80000001u, 4), 0x18000000);
    CHECK_EQ(FN(_lrotl)(0x80000001u, 33), 3);
    CHECK_EQ(FN(_lrotr)(0x80000001u, 33), 0xc0000000u);
    CHECK_EQ(FN(_rotl64)(0x8000000000000001ull, 4), 0x18);
    CHECK_EQ(FN(_rotr64)(0x8000000000000001ull, 68), 0x1800000000000000ull);
#ifdef UCRT
    CHECK_EQ(FN(_byteswap_ushort)(0x1234), 0x3412);
    CHECK_EQ(FN(_byteswap_ulong)(0x12345678), 0x78563412);
    CHECK_EQ(FN(_byteswap_uint64)(0x123456789abcdef0ull), 0xf0debc9a78563412ull);
#endif
}

CRT_TEST(error_texts)
{
    ORACLE_DIFFERS("its texts are others");
    static const struct {
        int number;
        const char *text;
    } errors[] = {{0, "No error"},
                  {EPERM, "Operation not permitted"},
                  {ENOENT, "No such file or directory"},
                  {E2BIG, "Arg list too long"},
                  {EBADF, "Bad file descriptor"},
                  {ENOMEM, "Not enough space"},
                  {EACCES, "Permission denied"},
                  {EEXIST, "File exists"},
                  {EINVAL, "Invalid argument"},
                  {EMFILE, "Too many open files"},
                  {ENOSPC, "No space left on device"},
                  {EDOM, "Domain error"},
                  {EILSEQ, "Illegal byte sequence"}};
    char buffer[100];
    wchar_t wide[100], expected[100];

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        CHECK_STR(FN(strerror)(errors[i].number), errors[i].text);
        CHECK_EQ(FN(strerror_s)(buffer, sizeof buffer, errors[i].number), 0);
        CHECK_STR(buffer, errors[i].text);
        MultiByteToWideChar(CP_ACP, 0, errors[i].text, -1, expected, 100);
        CHECK_WSTR(FN(_wcserror)(errors[i].number), expected);
        CHECK_EQ(FN(_wcserror_s)(wide, 100, errors[i].number), 0);
        CHECK_WSTR(wide, expected);
        CRT_ERRNO = errors[i].number;
        CHECK_STR(FN(_strerror)(NULL) + strlen(errors[i].text), "\n");
        CRT_ERRNO = errors[i].number;
        const char *with_message = FN(_strerror)("context");
        CHECK(strncmp(with_message, "context: ", 9) == 0);
        CHECK(strncmp(with_message + 9, errors[i].text, strlen(errors[i].text)) == 0);
    }
    CHECK_STR(FN(strerror)(9999), "Unknown error");
    CHECK_STR(FN(strerror)(-1), "Unknown error");
    CHECK_EQ(FN(strerror_s)(buffer, 5, ENOENT), 0); /* truncates */
    CHECK_STR(buffer, "No s");
    CHECK_EQ(FN(_wcserror_s)(wide, 5, ENOENT), 0);
    CHECK_WSTR(wide, L"No s");
    CHECK_INVALID(FN(strerror_s)(NULL, 5, 1), EINVAL, EINVAL);
    CHECK_INVALID(FN(strerror_s)(buffer, 0, 1), EINVAL, EINVAL);
    CHECK_INVALID(FN(_wcserror_s)(NULL, 5, 1), EINVAL, EINVAL);
    CRT_ERRNO = ENOENT;
    CHECK_EQ(FN(_strerror_s)(buffer, sizeof buffer, "what"), 0);
    CHECK_STR(buffer, "what: No such file or directory\n");
    CRT_ERRNO = ENOENT;
    CHECK_EQ(FN(__wcserror_s)(wide, 100, L"what"), 0);
    CHECK_WSTR(wide, L"what: No such file or directory\n");
    CRT_ERRNO = ENOENT;
    CHECK_WSTR(CRT(wchar_t *, __wcserror, (const wchar_t *))(L"what"), L"what: No such file or directory\n");
    CHECK_INVALID(FN(_strerror_s)(NULL, 3, "a"), EINVAL, EINVAL);
#ifdef UCRT
    int *count = CRT(int *, __sys_nerr, (void))();
    char **list = CRT(char **, __sys_errlist, (void))();
    CHECK(*count >= 42);
    CHECK_STR(list[ENOENT], "No such file or directory");
#endif
}
