/*
 * MD4, MD5 and SHA-1 as ntdll has them for others (RFC 1320, RFC 1321, FIPS 180-4), with the contexts' public
 * layouts. They are computed here, not by the library that bcrypt calls: that would load a host module for
 * each program that takes an MD5 of its settings, and ntdll is below all that have one.
 */
#include <nt/rtl.h>
#include <string.h>

typedef struct {
    ULONG state[4], bits[2];
    UCHAR block[64], digest[16];
} MD4_CTX;
typedef struct {
    ULONG bits[2], state[4];
    UCHAR block[64], digest[16];
} MD5_CTX;
typedef struct {
    ULONG unknown[6], state[5], bits[2]; /* the count's high half first */
    UCHAR block[64];
} A_SHA_CTX;

VOID NTAPI MD4Init(MD4_CTX *context);
VOID NTAPI MD4Update(MD4_CTX *context, const UCHAR *data, ULONG length);
VOID NTAPI MD4Final(MD4_CTX *context);
VOID NTAPI MD5Init(MD5_CTX *context);
VOID NTAPI MD5Update(MD5_CTX *context, const UCHAR *data, ULONG length);
VOID NTAPI MD5Final(MD5_CTX *context);
VOID NTAPI A_SHAInit(A_SHA_CTX *context);
VOID NTAPI A_SHAUpdate(A_SHA_CTX *context, const UCHAR *data, ULONG length);
VOID NTAPI A_SHAFinal(A_SHA_CTX *context, UCHAR *digest);

static ULONG rotate(ULONG value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static void md4_block(ULONG state[4], const UCHAR *block)
{
    static const UCHAR shifts[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const UCHAR third[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
    ULONG x[16], a = state[0], b = state[1], c = state[2], d = state[3];

    memcpy(x, block, sizeof x);
    for (unsigned i = 0; i < 48; i++) {
        unsigned round = i / 16, n = i % 16;
        ULONG f = round == 0   ? ((b & c) | (~b & d))
                  : round == 1 ? ((b & c) | (b & d) | (c & d)) + 0x5a827999
                               : (b ^ c ^ d) + 0x6ed9eba1;
        ULONG word = x[round == 0 ? n : round == 1 ? n / 4 + n % 4 * 4 : third[n]];
        ULONG next = rotate(a + f + word, shifts[round][n % 4]);
        a = d, d = c, c = b, b = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

/* floor(2^32 * |sin(i + 1)|) */
static const ULONG sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static void md5_block(ULONG state[4], const UCHAR *block)
{
    static const UCHAR shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    ULONG x[16], a = state[0], b = state[1], c = state[2], d = state[3];

    memcpy(x, block, sizeof x);
    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        ULONG f = round == 0   ? ((b & c) | (~b & d))
                  : round == 1 ? ((d & b) | (~d & c))
                  : round == 2 ? (b ^ c ^ d)
                               : (c ^ (b | ~d));
        unsigned word = (round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i) % 16;
        ULONG next = b + rotate(a + f + sines[i] + x[word], shifts[round][i % 4]);
        a = d, d = c, c = b, b = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

static void sha_block(ULONG state[5], const UCHAR *block)
{
    ULONG w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (unsigned i = 0; i < 16; i++)
        w[i] = (ULONG)block[4 * i] << 24 | (ULONG)block[4 * i + 1] << 16 | (ULONG)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (unsigned i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (unsigned i = 0; i < 80; i++) {
        ULONG f = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                  : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                  : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                           : (b ^ c ^ d) + 0xca62c1d6;
        ULONG next = rotate(a, 5) + f + e + w[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* Data through the block buffer; `low` and `high` are the count of bits. */
static void update(void (*work)(ULONG *, const UCHAR *), ULONG *state, ULONG *low, ULONG *high, UCHAR *block,
                   const UCHAR *data, ULONG length)
{
    ULONG used = *low >> 3 & 63, before = *low;

    *low += length << 3;
    *high += (length >> 29) + (*low < before);
    while (length) {
        ULONG n = 64 - used < length ? 64 - used : length;
        memcpy(block + used, data, n);
        used += n;
        data += n;
        length -= n;
        if (used == 64) {
            work(state, block);
            used = 0;
        }
    }
}

/* The end: a one bit, zeros, the count in the last eight bytes. */
static void pad(void (*work)(ULONG *, const UCHAR *), ULONG *state, ULONG low, ULONG high, UCHAR *block,
                BOOLEAN big_endian)
{
    ULONG used = low >> 3 & 63;

    block[used++] = 0x80;
    if (used > 56) {
        memset(block + used, 0, 64 - used);
        work(state, block);
        used = 0;
    }
    memset(block + used, 0, 56 - used);
    if (big_endian) {
        ULONG count[2] = {__builtin_bswap32(high), __builtin_bswap32(low)};
        memcpy(block + 56, count, 8);
    } else {
        ULONG count[2] = {low, high};
        memcpy(block + 56, count, 8);
    }
    work(state, block);
}

static const ULONG start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

VOID NTAPI MD4Init(MD4_CTX *context)
{
    context->bits[0] = context->bits[1] = 0;
    memcpy(context->state, start, sizeof context->state);
}

VOID NTAPI MD4Update(MD4_CTX *context, const UCHAR *data, ULONG length)
{
    update(md4_block, context->state, &context->bits[0], &context->bits[1], context->block, data, length);
}

VOID NTAPI MD4Final(MD4_CTX *context)
{
    pad(md4_block, context->state, context->bits[0], context->bits[1], context->block, FALSE);
    memcpy(context->digest, context->state, 16);
}

VOID NTAPI MD5Init(MD5_CTX *context)
{
    context->bits[0] = context->bits[1] = 0;
    memcpy(context->state, start, sizeof context->state);
}

VOID NTAPI MD5Update(MD5_CTX *context, const UCHAR *data, ULONG length)
{
    update(md5_block, context->state, &context->bits[0], &context->bits[1], context->block, data, length);
}

VOID NTAPI MD5Final(MD5_CTX *context)
{
    pad(md5_block, context->state, context->bits[0], context->bits[1], context->block, FALSE);
    memcpy(context->digest, context->state, 16);
}

VOID NTAPI A_SHAInit(A_SHA_CTX *context)
{
    context->bits[0] = context->bits[1] = 0;
    memcpy(context->state, start, sizeof context->state);
}

VOID NTAPI A_SHAUpdate(A_SHA_CTX *context, const UCHAR *data, ULONG length)
{
    update(sha_block, context->state, &context->bits[1], &context->bits[0], context->block, data, length);
}

/* The context is ready for the next text. */
VOID NTAPI A_SHAFinal(A_SHA_CTX *context, UCHAR *digest)
{
    pad(sha_block, context->state, context->bits[1], context->bits[0], context->block, TRUE);
    for (int i = 0; i < 5; i++) {
        ULONG word = __builtin_bswap32(context->state[i]);
        memcpy(digest + 4 * i, &word, 4);
    }
    A_SHAInit(context);
}
