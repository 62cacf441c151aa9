/*
 * Bitmaps: bits of ULONGs, numbered from the lowest of the first.
 */
#include <nt/rtl.h>

static inline BOOLEAN get(PRTL_BITMAP map, ULONG bit)
{
    return map->Buffer[bit / 32] >> bit % 32 & 1;
}

/* The first bit at or after `from` (below `end`) that is `value`; `end` if there is none. */
static ULONG next(PRTL_BITMAP map, ULONG from, ULONG end, BOOLEAN value)
{
    while (from < end) {
        ULONG word = map->Buffer[from / 32] ^ (value ? 0 : ~0u);
        word &= ~0u << from % 32;
        if (word) {
            ULONG found = (from & ~31u) + (ULONG)__builtin_ctz(word);
            return found < end ? found : end;
        }
        from = (from & ~31u) + 32;
    }
    return end;
}

static void fill(PRTL_BITMAP map, ULONG start, ULONG count, BOOLEAN value)
{
    if (start >= map->SizeOfBitMap || count > map->SizeOfBitMap - start)
        return;
    while (count) {
        ULONG shift = start % 32, some = 32 - shift < count ? 32 - shift : count;
        ULONG mask = (some == 32 ? ~0u : (1u << some) - 1) << shift;
        if (value)
            map->Buffer[start / 32] |= mask;
        else
            map->Buffer[start / 32] &= ~mask;
        start += some;
        count -= some;
    }
}

static BOOLEAN all(PRTL_BITMAP map, ULONG start, ULONG count, BOOLEAN value)
{
    if (start >= map->SizeOfBitMap || !count || count > map->SizeOfBitMap - start)
        return FALSE;
    return next(map, start, start + count, !value) == start + count;
}

/* A run of `count` bits in [from, to), or -1. */
static ULONG find_in(PRTL_BITMAP map, ULONG count, ULONG from, ULONG to, BOOLEAN value)
{
    while (from < to) {
        ULONG start = next(map, from, to, value);
        if (to - start < count)
            break;
        ULONG end = next(map, start, start + count, !value);
        if (end == start + count)
            return start;
        from = end + 1;
    }
    return ~0u;
}

static ULONG find(PRTL_BITMAP map, ULONG count, ULONG hint, BOOLEAN value)
{
    ULONG size = map->SizeOfBitMap;

    if (hint >= size)
        hint = 0;
    if (!count)
        return hint & ~7u;
    if (count > size)
        return ~0u;
    ULONG found = find_in(map, count, hint, size, value);
    if (found == ~0u && hint)
        found = find_in(map, count, 0, hint + count - 1 < size ? hint + count - 1 : size, value);
    return found;
}

void NTAPI RtlInitializeBitMap(PRTL_BITMAP map, PULONG buffer, ULONG size)
{
    map->SizeOfBitMap = size;
    map->Buffer = buffer;
}

void NTAPI RtlClearBit(PRTL_BITMAP map, ULONG bit)
{
    map->Buffer[bit / 32] &= ~(1u << bit % 32);
}
void NTAPI RtlSetBit(PRTL_BITMAP map, ULONG bit)
{
    map->Buffer[bit / 32] |= 1u << bit % 32;
}
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP map, ULONG bit)
{
    return get(map, bit);
}
void NTAPI RtlClearAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0, (map->SizeOfBitMap + 31) / 32 * 4);
}
void NTAPI RtlSetAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0xff, (map->SizeOfBitMap + 31) / 32 * 4);
}
void NTAPI RtlClearBits(PRTL_BITMAP map, ULONG start, ULONG count)
{
    fill(map, start, count, FALSE);
}
void NTAPI RtlSetBits(PRTL_BITMAP map, ULONG start, ULONG count)
{
    fill(map, start, count, TRUE);
}
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP map, ULONG start, ULONG count)
{
    return all(map, start, count, FALSE);
}
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP map, ULONG start, ULONG count)
{
    return all(map, start, count, TRUE);
}
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, FALSE);
}
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, TRUE);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    ULONG found = find(map, count, hint, FALSE);
    if (found != ~0u)
        fill(map, found, count, TRUE);
    return found;
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    ULONG found = find(map, count, hint, TRUE);
    if (found != ~0u)
        fill(map, found, count, FALSE);
    return found;
}

ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP map, ULONG from, PULONG ret_start)
{
    ULONG start = next(map, from, map->SizeOfBitMap, FALSE);

    *ret_start = start;
    return start < map->SizeOfBitMap ? next(map, start, map->SizeOfBitMap, TRUE) - start : 0;
}

ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP map, ULONG from, PULONG ret_start)
{
    LONG end = (LONG)from;

    while (end >= 0 && get(map, (ULONG)end))
        end--;
    LONG start = end;
    while (start > 0 && !get(map, (ULONG)start - 1))
        start--;
    *ret_start = end < 0 ? 0 : (ULONG)start;
    return end < 0 ? 0 : (ULONG)(end - start + 1);
}

ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP map, PULONG ret_start)
{
    ULONG best = 0, start = 0, length;

    for (ULONG from = 0, at; (length = RtlFindNextForwardRunClear(map, from, &at)); from = at + length)
        if (length > best) {
            best = length;
            start = at;
        }
    if (ret_start)
        *ret_start = start;
    return best;
}

/* Longest first if so asked, else in order. */
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP map, PRTL_BITMAP_RUN runs, ULONG count, BOOLEAN longest)
{
    ULONG used = 0, length, at;

    for (ULONG from = 0; (length = RtlFindNextForwardRunClear(map, from, &at)); from = at + length) {
        ULONG place = used;
        if (longest)
            for (place = 0; place < used && runs[place].NumberOfBits >= length; place++)
                ;
        if (place >= count) {
            if (!longest)
                break;
            continue;
        }
        if (used < count)
            used++;
        for (ULONG i = used - 1; i > place; i--)
            runs[i] = runs[i - 1];
        runs[place] = (RTL_BITMAP_RUN){at, length};
    }
    return used;
}

ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP map, PULONG start)
{
    return RtlFindNextForwardRunClear(map, 0, start);
}

ULONG NTAPI RtlNumberOfSetBitsInRange(PRTL_BITMAP map, ULONG start, ULONG count)
{
    ULONG total = 0, end = start + count;

    if (end > map->SizeOfBitMap || end < start)
        return 0;
    for (ULONG bit = start; bit < end;) {
        if (bit % 32 == 0 && end - bit >= 32) {
            total += (ULONG)__builtin_popcount(map->Buffer[bit / 32]);
            bit += 32;
        } else
            total += get(map, bit++);
    }
    return total;
}

ULONG NTAPI RtlNumberOfClearBitsInRange(PRTL_BITMAP map, ULONG start, ULONG count)
{
    return count - RtlNumberOfSetBitsInRange(map, start, count);
}

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP map)
{
    return RtlNumberOfSetBitsInRange(map, 0, map->SizeOfBitMap);
}
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP map)
{
    return map->SizeOfBitMap - RtlNumberOfSetBits(map);
}
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG set)
{
    return set ? (CCHAR)(63 - __builtin_clzll(set)) : -1;
}
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG set)
{
    return set ? (CCHAR)__builtin_ctzll(set) : -1;
}
ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR target)
{
    return (ULONG)__builtin_popcountll(target);
}

void NTAPI RtlCopyBitMap(PRTL_BITMAP source, PRTL_BITMAP destination, ULONG to)
{
    for (ULONG i = 0; i < source->SizeOfBitMap && to + i < destination->SizeOfBitMap; i++)
        fill(destination, to + i, 1, get(source, i));
}

void NTAPI RtlExtractBitMap(PRTL_BITMAP source, PRTL_BITMAP destination, ULONG from, ULONG count)
{
    for (ULONG i = 0; i < count && from + i < source->SizeOfBitMap && i < destination->SizeOfBitMap; i++)
        fill(destination, i, 1, get(source, from + i));
}
