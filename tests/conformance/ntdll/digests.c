/* ntdll's MD4, MD5 and SHA-1, by the published test values. */
#include "harness.h"

struct md {
    ULONG words[6];
    UCHAR block[64], digest[16];
    ULONG room[16];
};
struct sha {
    ULONG words[13];
    UCHAR block[64];
    ULONG room[16];
};

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static void check(const UCHAR *digest, int size, const char *expected)
{
    char text[64];

    for (int i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", digest[i]);
    CHECK_STR(text, expected);
}

static void check_md(const char *kind, const char *of_abc, const char *of_nothing, const char *of_many)
{
    char name[16];
    struct md context;
    UCHAR as[1000];

    sprintf(name, "%sInit", kind);
    void(NTAPI * init)(void *) = found(name);
    sprintf(name, "%sUpdate", kind);
    void(NTAPI * update)(void *, const void *, ULONG) = found(name);
    sprintf(name, "%sFinal", kind);
    void(NTAPI * final)(void *) = found(name);
    init(&context);
    update(&context, "abc", 3);
    final(&context);
    check(context.digest, 16, of_abc);
    init(&context);
    final(&context);
    check(context.digest, 16, of_nothing);
    init(&context); /* a million of them, by odd pieces */
    memset(as, 'a', sizeof as);
    for (int left = 1000000, piece = 1; left > 0; left -= piece, piece = piece % 997 + 3) {
        if (piece > left)
            piece = left;
        update(&context, as, piece);
    }
    final(&context);
    check(context.digest, 16, of_many);
}

TEST(md4)
{
    CHECK(found("MD4Init") && found("MD4Update") && found("MD4Final"));
    check_md("MD4", "a448017aaf21d8525fc10ae87aa6729d", "31d6cfe0d16ae931b73c59d7e0c089c0",
             "bbce80cc6bb65e5c6745e30d4eeca9a4");
}

TEST(md5)
{
    CHECK(found("MD5Init") && found("MD5Update") && found("MD5Final"));
    check_md("MD5", "900150983cd24fb0d6963f7d28e17f72", "d41d8cd98f00b204e9800998ecf8427e",
             "7707d6ae4e027c70eea2a935c2296f21");
}

TEST(sha1)
{
    void(NTAPI * init)(void *) = found("A_SHAInit");
    void(NTAPI * update)(void *, const void *, ULONG) = found("A_SHAUpdate");
    void(NTAPI * final)(void *, UCHAR *) = found("A_SHAFinal");
    struct sha context;
    UCHAR digest[20];

    init(&context);
    update(&context, "abc", 3);
    final(&context, digest);
    check(digest, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
    init(&context);
    update(&context, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmno", 48);
    update(&context, "mnopnopq", 8);
    final(&context, digest);
    check(digest, 20, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}
