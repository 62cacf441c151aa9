/*
 * Odds and ends: version, processor features, pointer encoding, pseudo-random numbers, CRCs.
 */
#include <nt/kuser.h>
#include <nt/rtl.h>

#define shared_data ((const KUSER_SHARED_DATA *)0x7ffe0000)

NTSTATUS NTAPI RtlGetVersion(RTL_OSVERSIONINFOW *info)
{
    PPEB peb = rtl_peb();

    if (info->dwOSVersionInfoSize != sizeof(RTL_OSVERSIONINFOW) &&
        info->dwOSVersionInfoSize != sizeof(RTL_OSVERSIONINFOEXW))
        return STATUS_INVALID_PARAMETER;
    info->dwMajorVersion = peb->OSMajorVersion;
    info->dwMinorVersion = peb->OSMinorVersion;
    info->dwBuildNumber = peb->OSBuildNumber;
    info->dwPlatformId = peb->OSPlatformId;
    info->szCSDVersion[0] = 0;
    if (info->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        RTL_OSVERSIONINFOEXW *more = (void *)info;
        more->wServicePackMajor = more->wServicePackMinor = 0;
        more->wSuiteMask = VER_SUITE_SINGLEUSERTS;
        more->wProductType = VER_NT_WORKSTATION;
        more->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

void NTAPI RtlGetNtVersionNumbers(PULONG major, PULONG minor, PULONG build)
{
    PPEB peb = rtl_peb();

    if (major)
        *major = peb->OSMajorVersion;
    if (minor)
        *minor = peb->OSMinorVersion;
    if (build)
        *build = 0xf0000000u | peb->OSBuildNumber;
}

static BOOLEAN holds(ULONG actual, ULONG wanted, unsigned condition)
{
    switch (condition) {
    case VER_EQUAL: return actual == wanted;
    case VER_GREATER: return actual > wanted;
    case VER_GREATER_EQUAL: return actual >= wanted;
    case VER_LESS: return actual < wanted;
    case VER_LESS_EQUAL: return actual <= wanted;
    }
    return FALSE;
}

/* Version parts compare like the digits of one number: the condition of the first part named
 * decides, and a later part counts only while the earlier ones are equal. */
NTSTATUS NTAPI RtlVerifyVersionInfo(const RTL_OSVERSIONINFOEXW *info, ULONG mask, ULONGLONG conditions)
{
    static const ULONG parts[] = {VER_MAJORVERSION, VER_MINORVERSION, VER_SERVICEPACKMAJOR,
                                  VER_SERVICEPACKMINOR};
    RTL_OSVERSIONINFOEXW ours = {.dwOSVersionInfoSize = sizeof ours};
#define CONDITION(type) ((unsigned)(conditions >> (__builtin_ctz(type) * 3)) & 7)

    if (!mask || !conditions)
        return STATUS_INVALID_PARAMETER;
    RtlGetVersion((RTL_OSVERSIONINFOW *)&ours);
    if (mask & VER_PRODUCT_TYPE && !holds(ours.wProductType, info->wProductType, CONDITION(VER_PRODUCT_TYPE)))
        return STATUS_REVISION_MISMATCH;
    if (mask & VER_SUITENAME) {
        unsigned condition = CONDITION(VER_SUITENAME);
        if (condition == VER_AND  ? (ours.wSuiteMask & info->wSuiteMask) != info->wSuiteMask
            : condition == VER_OR ? info->wSuiteMask && !(ours.wSuiteMask & info->wSuiteMask)
                                  : TRUE)
            return condition == VER_AND || condition == VER_OR ? STATUS_REVISION_MISMATCH
                                                               : STATUS_INVALID_PARAMETER;
    }
    if (mask & VER_PLATFORMID && !holds(ours.dwPlatformId, info->dwPlatformId, CONDITION(VER_PLATFORMID)))
        return STATUS_REVISION_MISMATCH;
    if (mask & VER_BUILDNUMBER && !holds(ours.dwBuildNumber, info->dwBuildNumber, CONDITION(VER_BUILDNUMBER)))
        return STATUS_REVISION_MISMATCH;

    const ULONG have[] = {ours.dwMajorVersion, ours.dwMinorVersion, ours.wServicePackMajor,
                          ours.wServicePackMinor};
    const ULONG want[] = {info->dwMajorVersion, info->dwMinorVersion, info->wServicePackMajor,
                          info->wServicePackMinor};
    unsigned condition = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (!(mask & parts[i]))
            continue;
        if (!condition)
            condition = CONDITION(parts[i]);
        if (have[i] == want[i])
            continue;
        return holds(have[i], want[i], condition) ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
    }
    return !condition || holds(0, 0, condition) ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
}

BOOLEAN NTAPI RtlIsProcessorFeaturePresent(ULONG feature)
{
    return feature < 64 && shared_data->ProcessorFeatures[feature];
}

BOOLEAN NTAPI RtlGetProductInfo(DWORD major, DWORD minor, DWORD sp_major, DWORD sp_minor, PDWORD type)
{
    (void)minor, (void)sp_major, (void)sp_minor;
    if (!type)
        return FALSE;
    *type = major < 6 ? PRODUCT_UNDEFINED : PRODUCT_PROFESSIONAL;
    return major >= 6;
}

BOOLEAN NTAPI RtlGetNtProductType(PULONG type)
{
    *type = VER_NT_WORKSTATION;
    return TRUE;
}

ULONG NTAPI RtlGetSuiteMask(void)
{
    return VER_SUITE_SINGLEUSERTS;
}
BOOLEAN NTAPI RtlIsMultiSessionSku(void)
{
    return FALSE;
}
BOOLEAN NTAPI RtlIsStateSeparationEnabled(void)
{
    return FALSE;
}
ULONG NTAPI RtlGetActiveConsoleId(void)
{
    return 1;
}
PWSTR NTAPI RtlGetNtSystemRoot(void)
{
    return (PWSTR)shared_data->NtSystemRoot;
}
ULONG NTAPI RtlGetCurrentServiceSessionId(void)
{
    return 0;
}

/* ---- pointers ---- */

static ULONG_PTR process_cookie(void)
{
    static ULONG_PTR cookie;
    ULONG_PTR fresh, expected = 0;

    if (cookie)
        return cookie;
    LARGE_INTEGER counter;
    NtQueryPerformanceCounter(&counter, NULL);
    fresh = ((ULONG_PTR)counter.QuadPart * (ULONG_PTR)0x9e3779b97f4a7c15ull ^ (ULONG_PTR)rtl_teb() ^
             (ULONG_PTR)__builtin_ia32_rdtsc() << 17) |
            1;
    __atomic_compare_exchange_n(&cookie, &expected, fresh, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return cookie;
}

#define BITS (sizeof(ULONG_PTR) * 8)

PVOID NTAPI RtlEncodePointer(PVOID pointer)
{
    ULONG_PTR cookie = process_cookie(), value = (ULONG_PTR)pointer ^ cookie;
    unsigned shift = cookie % (BITS - 1) + 1;

    return (PVOID)(value >> shift | value << (BITS - shift));
}

PVOID NTAPI RtlDecodePointer(PVOID pointer)
{
    ULONG_PTR cookie = process_cookie(), value = (ULONG_PTR)pointer;
    unsigned shift = cookie % (BITS - 1) + 1;

    return (PVOID)((value << shift | value >> (BITS - shift)) ^ cookie);
}

PVOID NTAPI RtlEncodeSystemPointer(PVOID pointer)
{
    return (PVOID)((ULONG_PTR)pointer ^ (ULONG_PTR)shared_data->Cookie * (ULONG_PTR)0x9e3779b97f4a7c15ull);
}

PVOID NTAPI RtlDecodeSystemPointer(PVOID pointer)
{
    return RtlEncodeSystemPointer(pointer);
}

/* ---- pseudo-random numbers ---- */

/* The documented linear congruential generator, seed * 0x7fffffed + 0x7fffffc3 modulo 2^31 - 1. */
ULONG NTAPI RtlUniform(PULONG seed)
{
    return *seed = (ULONG)(((ULONGLONG)*seed * 0x7fffffed + 0x7fffffc3) % 0x7fffffff);
}

/* A table of 128 values, shuffled as it is drawn from (MacLaren and Marsaglia). */
ULONG NTAPI RtlRandom(PULONG seed)
{
    static ULONG table[128];
    static LONG filled;

    if (!filled) {
        ULONG start = 0x6ed9eba1;
        for (unsigned i = 0; i < 128; i++)
            table[i] = RtlUniform(&start);
        __atomic_store_n(&filled, 1, __ATOMIC_RELEASE);
    }
    ULONG place = RtlUniform(seed) & 127;
    ULONG fresh = RtlUniform(seed);
    return __atomic_exchange_n(&table[place], fresh, __ATOMIC_RELAXED);
}

ULONG NTAPI RtlRandomEx(PULONG seed)
{
    return RtlRandom(seed);
}

/* ---- CRC: reflected, polynomials 0xedb88320 and that of ECMA-182 ---- */

DWORD NTAPI RtlCrc32(const void *data, size_t size, DWORD initial)
{
    static ULONG table[256];
    const UCHAR *p = data;
    ULONG crc = ~initial;

    if (!table[255])
        for (ULONG i = 0; i < 256; i++) {
            ULONG c = i;
            for (int k = 0; k < 8; k++)
                c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
            table[i] = c;
        }
    while (size--)
        crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
    return ~crc;
}

ULONG NTAPI RtlComputeCrc32(ULONG initial, const void *data, ULONG size)
{
    return RtlCrc32(data, size, initial);
}

ULONGLONG NTAPI RtlCrc64(const void *data, size_t size, ULONGLONG initial)
{
    static ULONGLONG table[256];
    const UCHAR *p = data;
    ULONGLONG crc = ~initial;

    if (!table[255])
        for (ULONG i = 0; i < 256; i++) {
            ULONGLONG c = i;
            for (int k = 0; k < 8; k++)
                c = c & 1 ? c >> 1 ^ 0x9a6c9329ac4bc9b5ull : c >> 1;
            table[i] = c;
        }
    while (size--)
        crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
    return ~crc;
}

/* ---- 64-bit integers ---- */

ULONGLONG NTAPI RtlUlonglongByteSwap(ULONGLONG value)
{
    return __builtin_bswap64(value);
}
ULONG NTAPI RtlUlongByteSwap(ULONG value)
{
    return __builtin_bswap32(value);
}
USHORT NTAPI RtlUshortByteSwap(USHORT value)
{
    return __builtin_bswap16(value);
}

void NTAPI RtlCopyLuid(LUID *to, const LUID *from)
{
    *to = *from;
}
BOOLEAN NTAPI RtlEqualLuid(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

void NTAPI RtlCopyLuidAndAttributesArray(ULONG count, const LUID_AND_ATTRIBUTES *from,
                                         LUID_AND_ATTRIBUTES *to)
{
    memcpy(to, from, count * sizeof *to);
}

NTSTATUS NTAPI RtlDelayExecution(BOOLEAN alertable, LARGE_INTEGER *interval)
{
    return NtDelayExecution(alertable, interval);
}

BOOLEAN NTAPI RtlFlushSecureMemoryCache(PVOID memory, SIZE_T size)
{
    (void)memory, (void)size;
    return FALSE; /* nobody has registered a callback that could have secured it */
}

/* Each type of the mask has its own three bits of conditions. */
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG conditions, DWORD types, BYTE condition)
{
    if (!types)
        return 0;
    for (unsigned bit = 0; bit < 8; bit++)
        if (types >> bit & 1)
            conditions |= (ULONGLONG)(condition & 7) << bit * 3;
    return conditions | 1ull << 63;
}
