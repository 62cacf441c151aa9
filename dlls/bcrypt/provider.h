/*
 * Algorithm providers, as handles see them.
 */
#ifndef BCRYPT_PROVIDER_H
#define BCRYPT_PROVIDER_H

#include <nt/rtl.h>

#define RNG_MAGIC 0x474e5252

struct provider {
    ULONG magic;
};

#endif
