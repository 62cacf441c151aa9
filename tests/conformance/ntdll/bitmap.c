/* Rtl's bitmaps: single bits, ranges, searching, runs, counting. */
#include "../harness.h"

typedef struct {
    ULONG size;
    ULONG *bits;
} BITMAP_HEADER;

typedef struct {
    ULONG start, count;
} RUN;

VOID NTAPI RtlInitializeBitMap(BITMAP_HEADER *, ULONG *, ULONG);
VOID NTAPI RtlSetBit(BITMAP_HEADER *, ULONG);
VOID NTAPI RtlClearBit(BITMAP_HEADER *, ULONG);
BOOLEAN NTAPI RtlTestBit(BITMAP_HEADER *, ULONG);
VOID NTAPI RtlSetAllBits(BITMAP_HEADER *);
VOID NTAPI RtlClearAllBits(BITMAP_HEADER *);
VOID NTAPI RtlSetBits(BITMAP_HEADER *, ULONG, ULONG);
VOID NTAPI RtlClearBits(BITMAP_HEADER *, ULONG, ULONG);
BOOLEAN NTAPI RtlAreBitsSet(BITMAP_HEADER *, ULONG, ULONG);
BOOLEAN NTAPI RtlAreBitsClear(BITMAP_HEADER *, ULONG, ULONG);
ULONG NTAPI RtlFindClearBits(BITMAP_HEADER *, ULONG, ULONG);
ULONG NTAPI RtlFindSetBits(BITMAP_HEADER *, ULONG, ULONG);
ULONG NTAPI RtlFindClearBitsAndSet(BITMAP_HEADER *, ULONG, ULONG);
ULONG NTAPI RtlFindSetBitsAndClear(BITMAP_HEADER *, ULONG, ULONG);
ULONG NTAPI RtlFindNextForwardRunClear(BITMAP_HEADER *, ULONG, ULONG *);
ULONG NTAPI RtlFindLastBackwardRunClear(BITMAP_HEADER *, ULONG, ULONG *);
ULONG NTAPI RtlFindLongestRunClear(BITMAP_HEADER *, ULONG *);
ULONG NTAPI RtlFindClearRuns(BITMAP_HEADER *, RUN *, ULONG, BOOLEAN);
ULONG NTAPI RtlNumberOfSetBits(BITMAP_HEADER *);
ULONG NTAPI RtlNumberOfClearBits(BITMAP_HEADER *);
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG);
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG);

static ULONG bits[4];
static BITMAP_HEADER map;

/* 100 bits in 4 words, all clear; what lies behind them is set and must stay. */
static void begin(void)
{
    bits[0] = bits[1] = bits[2] = 0;
    bits[3] = 0xfffffff0;
    RtlInitializeBitMap(&map, bits, 100);
    CHECK_EQ(map.size, 100);
    CHECK_EQ((ULONG_PTR)map.bits, (ULONG_PTR)bits);
}

TEST(single_bits)
{
    ORACLE_CRASHES("RtlSetBit is missing");
    begin();
    RtlSetBit(&map, 0);
    RtlSetBit(&map, 33);
    RtlSetBit(&map, 99);
    CHECK_EQ(bits[0], 1);
    CHECK_EQ(bits[1], 2);
    CHECK_EQ(bits[3], 0xfffffff8);
    CHECK(RtlTestBit(&map, 33));
    CHECK(!RtlTestBit(&map, 34));
    RtlClearBit(&map, 33);
    CHECK_EQ(bits[1], 0);
    CHECK_EQ(RtlNumberOfSetBits(&map), 2);
    CHECK_EQ(RtlNumberOfClearBits(&map), 98);
}

TEST(ranges)
{
    begin();
    RtlSetBits(&map, 30, 5);
    CHECK_EQ(bits[0], 0xc0000000);
    CHECK_EQ(bits[1], 7);
    CHECK(RtlAreBitsSet(&map, 30, 5));
    CHECK(!RtlAreBitsSet(&map, 29, 5));
    CHECK(!RtlAreBitsSet(&map, 31, 5));
    CHECK(RtlAreBitsClear(&map, 35, 65));
    CHECK(!RtlAreBitsClear(&map, 34, 65));
    CHECK(!RtlAreBitsSet(&map, 30, 0));
    CHECK(!RtlAreBitsClear(&map, 90, 11));
    CHECK(!RtlAreBitsClear(&map, 100, 1));
    RtlClearBits(&map, 31, 3);
    CHECK_EQ(bits[0], 0x40000000);
    CHECK_EQ(bits[1], 4);
    RtlSetBits(&map, 10, 64);
    CHECK_EQ(RtlNumberOfSetBits(&map), 64);
    RtlSetBits(&map, 50, 0);
    CHECK_EQ(RtlNumberOfSetBits(&map), 64);
    RtlSetAllBits(&map);
    CHECK_EQ(RtlNumberOfSetBits(&map), 100);
    RtlClearAllBits(&map);
    CHECK_EQ(RtlNumberOfSetBits(&map), 0);
    CHECK(RtlAreBitsClear(&map, 0, 100));
}

TEST(searching)
{
    begin();
    RtlSetAllBits(&map);
    CHECK_EQ(RtlFindClearBits(&map, 1, 0), ~0u);
    RtlClearBits(&map, 20, 4);
    RtlClearBits(&map, 60, 8);
    CHECK_EQ(RtlFindClearBits(&map, 4, 0), 20);
    CHECK_EQ(RtlFindClearBits(&map, 5, 0), 60);
    CHECK_EQ(RtlFindClearBits(&map, 4, 30), 60);
    CHECK_EQ(RtlFindClearBits(&map, 4, 80), 20); /* around the end */
    CHECK_EQ(RtlFindClearBits(&map, 9, 0), ~0u);
    CHECK_EQ(RtlFindClearBits(&map, 1, 1000), 20);
    CHECK_EQ(RtlFindClearBits(&map, 101, 0), ~0u);
    CHECK_EQ(RtlFindClearBitsAndSet(&map, 3, 0), 20);
    CHECK(RtlAreBitsSet(&map, 20, 3));
    CHECK(!RtlAreBitsSet(&map, 23, 1));
    CHECK_EQ(RtlFindClearBitsAndSet(&map, 30, 0), ~0u);
    begin();
    RtlSetBits(&map, 31, 3);
    CHECK_EQ(RtlFindSetBits(&map, 3, 0), 31);
    CHECK_EQ(RtlFindSetBits(&map, 4, 0), ~0u);
    CHECK_EQ(RtlFindSetBitsAndClear(&map, 2, 0), 31);
    CHECK_EQ(RtlNumberOfSetBits(&map), 1);
    CHECK(RtlAreBitsSet(&map, 33, 1));
    CHECK_EQ(RtlFindSetBitsAndClear(&map, 2, 0), ~0u);
}

TEST(runs)
{
    ORACLE_DIFFERS("RtlFindLastBackwardRunClear finds nothing");
    ULONG start = 77;
    RUN found[4];

    begin();
    RtlSetAllBits(&map);
    CHECK_EQ(RtlFindNextForwardRunClear(&map, 0, &start), 0);
    CHECK_EQ(RtlFindLongestRunClear(&map, &start), 0);
    RtlClearBits(&map, 5, 2);
    RtlClearBits(&map, 30, 10);
    RtlClearBits(&map, 95, 5);
    CHECK_EQ(RtlFindNextForwardRunClear(&map, 0, &start), 2);
    CHECK_EQ(start, 5);
    CHECK_EQ(RtlFindNextForwardRunClear(&map, 35, &start), 5);
    CHECK_EQ(start, 35);
    CHECK_EQ(RtlFindNextForwardRunClear(&map, 40, &start), 5);
    CHECK_EQ(start, 95);
    CHECK_EQ(RtlFindLastBackwardRunClear(&map, 94, &start), 10);
    CHECK_EQ(start, 30);
    CHECK_EQ(RtlFindLastBackwardRunClear(&map, 97, &start), 3);
    CHECK_EQ(start, 95);
    CHECK_EQ(RtlFindLastBackwardRunClear(&map, 4, &start), 0);
    CHECK_EQ(RtlFindLongestRunClear(&map, &start), 10);
    CHECK_EQ(start, 30);
    CHECK_EQ(RtlFindClearRuns(&map, found, 4, FALSE), 3);
    CHECK_EQ(found[0].start, 5);
    CHECK_EQ(found[0].count, 2);
    CHECK_EQ(found[2].start, 95);
    CHECK_EQ(found[2].count, 5);
    CHECK_EQ(RtlFindClearRuns(&map, found, 2, TRUE), 2);
    CHECK_EQ(found[0].start, 30);
    CHECK_EQ(found[0].count, 10);
    CHECK_EQ(found[1].start, 95);
    CHECK_EQ(found[1].count, 5);
    CHECK_EQ(RtlFindClearRuns(&map, found, 1, FALSE), 1);
    CHECK_EQ(found[0].start, 5);
}

TEST(significant_bits)
{
    CHECK_EQ(RtlFindMostSignificantBit(0), -1);
    CHECK_EQ(RtlFindMostSignificantBit(1), 0);
    CHECK_EQ(RtlFindMostSignificantBit(0x8000000000000000ull), 63);
    CHECK_EQ(RtlFindMostSignificantBit(0x17fffffffull), 32);
    CHECK_EQ(RtlFindLeastSignificantBit(0), -1);
    CHECK_EQ(RtlFindLeastSignificantBit(0x8000000000000000ull), 63);
    CHECK_EQ(RtlFindLeastSignificantBit(0x100000000ull), 32);
    CHECK_EQ(RtlFindLeastSignificantBit(6), 1);
}

/* Exports that mingw's import library does not know. */
TEST(newer_functions)
{
    ORACLE_CRASHES("some of them are missing");
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    ULONG(NTAPI * set_in_range)
    (BITMAP_HEADER *, ULONG, ULONG) = (void *)GetProcAddress(ntdll, "RtlNumberOfSetBitsInRange");
    ULONG(NTAPI * clear_in_range)
    (BITMAP_HEADER *, ULONG, ULONG) = (void *)GetProcAddress(ntdll, "RtlNumberOfClearBitsInRange");
    ULONG(NTAPI * set_in_pointer)(ULONG_PTR) = (void *)GetProcAddress(ntdll, "RtlNumberOfSetBitsUlongPtr");
    VOID(NTAPI * copy)
    (BITMAP_HEADER *, BITMAP_HEADER *, ULONG) = (void *)GetProcAddress(ntdll, "RtlCopyBitMap");
    VOID(NTAPI * extract)
    (BITMAP_HEADER *, BITMAP_HEADER *, ULONG, ULONG) = (void *)GetProcAddress(ntdll, "RtlExtractBitMap");

    if (!set_in_range || !clear_in_range || !set_in_pointer || !copy || !extract) {
        FAIL("an export is missing");
        return;
    }
    begin();
    RtlSetBits(&map, 30, 40);
    CHECK_EQ(set_in_range(&map, 0, 100), 40);
    CHECK_EQ(set_in_range(&map, 31, 33), 33);
    CHECK_EQ(clear_in_range(&map, 20, 12), 10);
    CHECK_EQ(set_in_pointer(0xf0f0), 8);
    CHECK_EQ(set_in_pointer(0), 0);
    ULONG small_bits[1] = {0x5};
    BITMAP_HEADER small_map;
    RtlInitializeBitMap(&small_map, small_bits, 8);
    begin();
    RtlSetAllBits(&map);
    copy(&small_map, &map, 40);
    CHECK_EQ(RtlNumberOfSetBits(&map), 94);
    CHECK(RtlTestBit(&map, 40) && !RtlTestBit(&map, 41) && RtlTestBit(&map, 42) && !RtlTestBit(&map, 47));
    CHECK(RtlTestBit(&map, 48));
    small_bits[0] = 0;
    extract(&map, &small_map, 40, 8);
    CHECK_EQ(small_bits[0], 5);
}
