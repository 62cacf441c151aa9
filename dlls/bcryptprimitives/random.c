/*
 * ProcessPrng: never fails, as documented; the bytes are the kernel's.
 */
#include <nt/rtl.h>

BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size)
{
    GwRandom(buffer, size);
    return TRUE;
}
