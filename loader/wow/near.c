/*
 * The short ways of i386 code (near.h): the memory they share with the host, and what signal handlers do
 * about one that they interrupt.
 */
#include "wow/near.h"
#include "ke/lock.h"
#include "ke/trace.h"
#include "ob/internal.h"
#include "wow/wow.h"
#include <gastwirt/door.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS      (NEAR_OBJECTS_SIZE / NEAR_SLOT)
#define TABLE_SIZE (NEAR_HANDLES * sizeof(struct ob_entry))
#define SHORT_JUMP 0xeb

_Static_assert(sizeof(struct ob_entry) == 16 && NEAR_TABLE + TABLE_SIZE == NEAR_OBJECTS, "near32.S");
_Static_assert(sizeof(struct ke_mutant) <= NEAR_SLOT && sizeof(struct ke_semaphore) <= NEAR_SLOT, "a slot");
_Static_assert(sizeof(struct ke_lock_page) == NEAR_TABLE - NEAR_LOCK, "one page");

/* near32.S; the code's and the table's numbers are offsets from near_code. */
extern const uint8_t near_code[], near_code_end[], near_far[], near_calls[];
extern const struct way {
    uint32_t begin, exchanged, locked, commit, unlock, failed, door, end, number;
} near_ways[], near_ways_end[];

/* Free slots hold the number of the next free one plus one, where used ones have their type. */
static struct {
    bool active;
    unsigned used; /* slots below this have been in use */
    uint64_t free;
} near;

/* A second way to what the host has at `to`, for as long as the process lives. */
static bool alias(uint64_t address, size_t size, void *to)
{
    memcpy((void *)address, to, size);
    return mremap((void *)address, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;
}

static bool map(void)
{
    void *area = mmap((void *)NEAR_BASE, NEAR_SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (area == MAP_FAILED)
        return false;
    if (area != (void *)NEAR_BASE) {
        munmap(area, NEAR_SIZE);
        return false;
    }
    size_t used = ob_table.used * sizeof(struct ob_entry);
    if (used > TABLE_SIZE)
        return false;
    memcpy((void *)NEAR_TABLE, ob_table.entries, used);
    return mremap((void *)NEAR_TABLE, 0, TABLE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, ob_table.entries) !=
               MAP_FAILED &&
           alias(NEAR_LOCK, sizeof ke_dispatcher, &ke_dispatcher);
}

void near_initialize(void)
{
    uint8_t *page = (uint8_t *)DOOR_ENTRY32;
    memcpy(page, near_code, (size_t)(near_code_end - near_code));
    uint32_t *calls = (uint32_t *)(page + (near_calls - near_code));
    for (unsigned i = 0; i < NEAR_CALLS; i++)
        calls[i] += DOOR_ENTRY32;
    near.active = !ke_tracing && map();
    if (!near.active) {
        page[0] = SHORT_JUMP;
        page[1] = (uint8_t)(near_far - near_code - 2);
    }
}

static struct ob_object *slot_address(uint64_t slot)
{
    return (struct ob_object *)(NEAR_OBJECTS + slot * NEAR_SLOT);
}

void *near_allocate(size_t size)
{
    if (!near.active || size > NEAR_SLOT)
        return NULL;
    struct ob_object *object = NULL;
    ke_lock();
    if (near.free) {
        object = slot_address(near.free - 1);
        near.free = (uint64_t)object->type;
    } else if (near.used < SLOTS) {
        object = slot_address(near.used++);
    }
    ke_unlock();
    return object ? memset(object, 0, NEAR_SLOT) : NULL;
}

bool near_free(void *pointer)
{
    struct ob_object *object = pointer;
    uint64_t offset = (uint64_t)object - NEAR_OBJECTS;
    if (offset >= NEAR_OBJECTS_SIZE)
        return false;
    ke_lock();
    object->type = (const struct ob_type *)near.free;
    near.free = offset / NEAR_SLOT + 1;
    ke_unlock();
    return true;
}

void near_bind(struct ke_thread *thread)
{
    if (near.active)
        *(uint64_t *)((uint8_t *)wow_teb(thread->teb) + NEAR_TEB_OWNER) = (uint64_t)thread->wait;
}

struct ke_mutant *near_owned_mutant(const struct ke_wait_state *owner)
{
    for (unsigned slot = 0; slot < near.used; slot++) {
        struct ke_mutant *mutant = (struct ke_mutant *)slot_address(slot);
        if (mutant->header.object.type == &ke_mutant_type && mutant->owner == owner && !mutant->previous)
            return mutant;
    }
    return NULL;
}

/* What is left to do after `commit`: the owner agrees with the signal state. EDX is the object's offset. */
static void finish(const struct ke_thread *thread, uint32_t offset)
{
    struct ke_mutant *mutant = (struct ke_mutant *)(uint64_t)(NEAR_OBJECTS + offset);
    if (mutant->header.kind == KE_MUTANT)
        mutant->owner = mutant->header.signal > 0 ? NULL : thread->wait;
}

bool near_leave(const struct ke_thread *thread, ucontext_t *signal)
{
    greg_t *registers = signal->uc_mcontext.gregs;
    uint64_t at = (uint64_t)registers[REG_RIP] - DOOR_ENTRY32;
    if (!near.active || !thread || at >= (uint64_t)(near_code_end - near_code))
        return false;
    /* On the way in, with the number in EAX: a short way would not look at what is pending. */
    if (at < (uint64_t)(near_far - near_code) && at != DOOR_RETURN32 - DOOR_ENTRY32) {
        registers[REG_RIP] = DOOR_ENTRY32 + (near_far - near_code);
        return true;
    }
    for (const struct way *way = near_ways; way < near_ways_end; way++) {
        if (at < way->begin || at >= way->end)
            continue;
        bool held = at >= way->locked ? at <= way->unlock || at == way->failed
                                      : at >= way->exchanged && (uint32_t)registers[REG_RDX] == 0;
        bool done = at > way->commit && at < way->failed;
        if (done && at < way->unlock)
            finish(thread, (uint32_t)registers[REG_RDX]);
        if (held)
            ke_unlock();
        if (!done)
            registers[REG_RAX] = (greg_t)way->number;
        registers[REG_RIP] = done ? DOOR_RETURN32 : DOOR_ENTRY32 + (near_far - near_code);
        return true;
    }
    return false;
}
