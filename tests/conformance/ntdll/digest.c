/*
 * MD4, MD5 and SHA-1 of ntdll and advapi32: the examples of RFC 1320, RFC 1321 and FIPS 180, in pieces.
 */
#include "harness.h"

static union {
    ULONG words[64];
    UCHAR bytes[256];
} context;

static void hex(const UCHAR *digest, int length, char *text)
{
    for (int i = 0; i < length; i++)
        sprintf(text + 2 * i, "%02x", digest[i]);
}

static void digest(const char *dll, const char *name, const char *data, int step, int at, int length,
                   char *text)
{
    char full[32];
    HMODULE module = LoadLibraryA(dll);
    sprintf(full, "%sInit", name);
    VOID(WINAPI * init)(void *) = (void *)GetProcAddress(module, full);
    sprintf(full, "%sUpdate", name);
    VOID(WINAPI * update)(void *, const char *, ULONG) = (void *)GetProcAddress(module, full);
    sprintf(full, "%sFinal", name);
    VOID(WINAPI * final)(void *, UCHAR *) = (void *)GetProcAddress(module, full);
    VOID(WINAPI * final_inside)(void *) = (void *) final;
    UCHAR result[20];
    int size = (int)strlen(data);
    *text = 0;
    CHECK(init && update && final);
    if (!init || !update || !final)
        return;
    init(&context);
    for (int i = 0; i < size; i += step)
        update(&context, data + i, (ULONG)(size - i < step ? size - i : step));
    if (at) {
        final_inside(&context);
        memcpy(result, context.bytes + at, (size_t)length);
    } else {
        final(&context, result);
    }
    hex(result, length, text);
}

#define DIGITS "12345678901234567890123456789012345678901234567890123456789012345678901234567890"

TEST(examples)
{
    static const char *const dlls[] = {"ntdll.dll", "advapi32.dll"};
    char text[64];
    for (int i = 0; i < 2; i++) {
        digest(dlls[i], "MD4", "", 64, 88, 16, text);
        CHECK_STR(text, "31d6cfe0d16ae931b73c59d7e0c089c0");
        digest(dlls[i], "MD4", "abc", 64, 88, 16, text);
        CHECK_STR(text, "a448017aaf21d8525fc10ae87aa6729d");
        digest(dlls[i], "MD4", DIGITS, 7, 88, 16, text);
        CHECK_STR(text, "e33b4ddc9c38f2199c3e7b164fcc0536");
        digest(dlls[i], "MD5", "", 64, 88, 16, text);
        CHECK_STR(text, "d41d8cd98f00b204e9800998ecf8427e");
        digest(dlls[i], "MD5", "message digest", 3, 88, 16, text);
        CHECK_STR(text, "f96b697d7cb7938d525a2f31aaf161d0");
        digest(dlls[i], "MD5", DIGITS, 80, 88, 16, text);
        CHECK_STR(text, "57edf4a22be3c955ac49da2e2107b67a");
        digest(dlls[i], "A_SHA", "abc", 64, 0, 20, text);
        CHECK_STR(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
        digest(dlls[i], "A_SHA", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 9, 0, 20, text);
        CHECK_STR(text, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    }
}
