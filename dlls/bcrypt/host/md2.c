/*
 * MD2 (RFC 1319), which libcrypto is built without. The substitution table is made from the digits of pi as
 * the RFC's errata describe: a shuffle whose random numbers are those digits.
 */
#include "crypto.h"

static uint8_t table[256];
static bool table_ready;

static const char digits[] = /* of pi, without the 3's point; 722 are used */
    "31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679821"
    "48086513282306647093844609550582231725359408128481117450284102701938521105559644622948954930381964428810"
    "97566593344612847564823378678316527120190914564856692346034861045432664821339360726024914127372458700660"
    "63155881748815209209628292540917153643678925903600113305305488204665213841469519415116094330572703657595"
    "91953092186117381932611793105118548074462379962749567351885752724891227938183011949129833673362440656643"
    "08602139494639522473719070217986094370277053921717629317675238467481846766940513200056812714526356082778"
    "57713427577896091736371787214684409012249534301465495853710507922796892589235420199561121290219608640344"
    "1815981362977477130996051870721134999999837297804995105973173281609631859502445945534690830264252230825"
    "3";

/* A random number from 0 to n - 1: as many digits as n - 1 has, rejected when too large. */
static unsigned next_number(unsigned n, unsigned *position)
{
    unsigned x = (unsigned)(digits[(*position)++] - '0'), y = 10;

    if (n > 10)
        x = x * 10 + (unsigned)(digits[(*position)++] - '0'), y = 100;
    if (n > 100)
        x = x * 10 + (unsigned)(digits[(*position)++] - '0'), y = 1000;
    return x < n * (y / n) ? x % n : next_number(n, position);
}

static void make_table(void)
{
    unsigned position = 0;

    for (unsigned i = 0; i < 256; i++)
        table[i] = (uint8_t)i;
    for (unsigned i = 2; i <= 256; i++) {
        unsigned j = next_number(i, &position);
        uint8_t kept = table[j];
        table[j] = table[i - 1];
        table[i - 1] = kept;
    }
    __atomic_store_n(&table_ready, true, __ATOMIC_RELEASE);
}

void md2_init(struct md2 *md2)
{
    if (!__atomic_load_n(&table_ready, __ATOMIC_ACQUIRE))
        make_table();
    memset(md2, 0, sizeof *md2);
}

static void block(struct md2 *md2, const uint8_t *data)
{
    uint8_t x[48], t = 0, last = md2->checksum[15];

    for (int i = 0; i < 16; i++) {
        x[i] = md2->state[i];
        x[16 + i] = data[i];
        x[32 + i] = data[i] ^ md2->state[i];
        last = md2->checksum[i] ^= table[data[i] ^ last];
    }
    for (int round = 0; round < 18; round++) {
        for (int i = 0; i < 48; i++)
            t = x[i] ^= table[t];
        t = (uint8_t)(t + round);
    }
    memcpy(md2->state, x, 16);
}

void md2_update(struct md2 *md2, const uint8_t *data, size_t size)
{
    while (size--) {
        md2->buffer[md2->used++] = *data++;
        if (md2->used == 16) {
            block(md2, md2->buffer);
            md2->used = 0;
        }
    }
}

void md2_finish(struct md2 *md2, uint8_t digest[16])
{
    uint8_t padding = (uint8_t)(16 - md2->used), checksum[16];

    for (int i = padding; i; i--)
        md2_update(md2, &padding, 1);
    memcpy(checksum, md2->checksum, 16);
    block(md2, checksum);
    memcpy(digest, md2->state, 16);
}
