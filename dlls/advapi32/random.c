/*
 * Random bytes: SystemFunction036 (RtlGenRandom).
 */
#include <nt/rtl.h>

BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG size)
{
    return NT_SUCCESS(GwRandom(buffer, size));
}
