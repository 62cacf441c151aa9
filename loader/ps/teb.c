/*
 * Where PEB and TEBs lie: blocks of guest memory, 64K each, cut into pieces of two pages (of three
 * where there are 32-bit ones beside). The first piece of the first block is the PEB.
 */
#include "mm/mm.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <pthread.h>
#include <string.h>

enum { TEB_SIZE = 0x2000, BLOCK_SIZE = 0x10000 };

/* Guards the free list, which is linked through the first pointer of free pieces. Rank: outside mm. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void **free_pieces;
static uint8_t *fresh,
    *fresh_end; /* pieces of the last block that were never used: nothing is written there */
static PEB *process_peb;

TEB *ps_teb_allocate(PEB **ret_peb)
{
    const size_t piece_size = wow_active ? WOW_PIECE_SIZE : TEB_SIZE;
    pthread_mutex_lock(&lock);
    void **piece = free_pieces;
    if (piece) {
        free_pieces = *piece;
    } else {
        if (fresh == fresh_end) {
            void *block = NULL;
            size_t size = BLOCK_SIZE;
            if (!NT_SUCCESS(mm_allocate(&block, &size, 0x3000 /* MEM_COMMIT | MEM_RESERVE */,
                                        4 /* PAGE_READWRITE */, 0, 0, 0))) {
                pthread_mutex_unlock(&lock);
                return NULL;
            }
            fresh = block;
            fresh_end = fresh + BLOCK_SIZE / piece_size * piece_size;
            if (!process_peb) {
                process_peb = block;
                fresh += piece_size;
            }
        }
        piece = (void **)fresh;
        fresh += piece_size;
    }
    pthread_mutex_unlock(&lock);

    TEB *teb = (TEB *)piece;
    memset(teb, 0, sizeof *teb);
    teb->NtTib.Self = (NT_TIB *)teb;
    teb->NtTib.FiberData = (PVOID)0x1e00; /* Version: Windows leaves this here */
    teb->ProcessEnvironmentBlock = process_peb;
    teb->StaticUnicodeString.MaximumLength = sizeof teb->StaticUnicodeBuffer;
    teb->StaticUnicodeString.Buffer = teb->StaticUnicodeBuffer;
    teb->CurrentLocale = 0x409;
    if (wow_active)
        wow_reset_teb(teb);
    if (ret_peb)
        *ret_peb = process_peb;
    return teb;
}

struct ps_stack_bounds ps_teb_stack(const TEB *teb)
{
    const TEB32 *narrow = wow_teb((TEB *)teb);
    if (wow_active)
        return (struct ps_stack_bounds){narrow->StackBase, narrow->StackLimit, narrow->DeallocationStack,
                                        narrow->GuaranteedStackBytes};
    return (struct ps_stack_bounds){(uint64_t)teb->NtTib.StackBase, (uint64_t)teb->NtTib.StackLimit,
                                    (uint64_t)teb->DeallocationStack, teb->GuaranteedStackBytes};
}

void ps_teb_set_stack(TEB *teb, uint64_t base, uint64_t limit, uint64_t allocation)
{
    teb->NtTib.StackBase = (PVOID)base;
    teb->NtTib.StackLimit = (PVOID)limit;
    teb->DeallocationStack = (PVOID)allocation;
    if (wow_active) {
        wow_teb(teb)->StackBase = (uint32_t)base;
        wow_teb(teb)->StackLimit = (uint32_t)limit;
        /* cppcheck-suppress AssignmentIntegerToAddress ; no pointer: the 32-bit block's */
        wow_teb(teb)->DeallocationStack = (uint32_t)allocation;
    }
}

void ps_teb_set_stack_limit(TEB *teb, uint64_t limit)
{
    if (wow_active)
        wow_teb(teb)->StackLimit = (uint32_t)limit;
    else
        teb->NtTib.StackLimit = (PVOID)limit;
}

void ps_teb_free(TEB *teb)
{
    void **piece = (void **)teb;
    pthread_mutex_lock(&lock);
    *piece = free_pieces;
    free_pieces = piece;
    pthread_mutex_unlock(&lock);
}
