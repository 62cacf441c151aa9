/*
 * Where PEB and TEBs lie: blocks of guest memory, 64K each, cut into pieces of two pages. The first
 * piece of the first block is the PEB.
 */
#include "mm/mm.h"
#include "ps/thread.h"
#include <pthread.h>
#include <string.h>

enum { TEB_SIZE = 0x2000, BLOCK_SIZE = 0x10000 };

/* Guards the free list, which is linked through the first pointer of free pieces. Rank: outside mm. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void **free_pieces;
static PEB *process_peb;

TEB *ps_teb_allocate(PEB **ret_peb)
{
    pthread_mutex_lock(&lock);
    if (!free_pieces) {
        void *block = NULL;
        size_t size = BLOCK_SIZE;
        if (!NT_SUCCESS(mm_allocate(&block, &size, 0x3000 /* MEM_COMMIT | MEM_RESERVE */,
                                    4 /* PAGE_READWRITE */, 0, 0, 0))) {
            pthread_mutex_unlock(&lock);
            return NULL;
        }
        size_t first = 0;
        if (!process_peb) {
            process_peb = block;
            first = TEB_SIZE;
        }
        for (size_t at = BLOCK_SIZE - TEB_SIZE; at >= first && at < BLOCK_SIZE; at -= TEB_SIZE) {
            void **piece = (void **)((uint8_t *)block + at);
            *piece = free_pieces;
            free_pieces = piece;
        }
    }
    void **piece = free_pieces;
    free_pieces = *piece;
    pthread_mutex_unlock(&lock);

    TEB *teb = (TEB *)piece;
    memset(teb, 0, sizeof *teb);
    teb->NtTib.Self = (NT_TIB *)teb;
    teb->NtTib.FiberData = (PVOID)0x1e00; /* Version: Windows leaves this here */
    teb->ProcessEnvironmentBlock = process_peb;
    teb->StaticUnicodeString.MaximumLength = sizeof teb->StaticUnicodeBuffer;
    teb->StaticUnicodeString.Buffer = teb->StaticUnicodeBuffer;
    teb->CurrentLocale = 0x409;
    if (ret_peb)
        *ret_peb = process_peb;
    return teb;
}

void ps_teb_free(TEB *teb)
{
    void **piece = (void **)teb;
    pthread_mutex_lock(&lock);
    *piece = free_pieces;
    free_pieces = piece;
    pthread_mutex_unlock(&lock);
}
