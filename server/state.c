/*
 * The shared page of an object that processes synchronise on. Clients do that among themselves; the
 * server makes the page and cleans up behind clients that died.
 */
#include "server.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often a word that others keep changing is tried; then it is overwritten. */
enum { PATIENCE = 1000 };

bool server_state_create(struct server_object *object, int32_t count, uint32_t owner)
{
    int fd = memfd_create("gastwirt-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return false;
    /* Sealed: a client that made it shorter would make the server fault. */
    if (ftruncate(fd, GW_STATE_SIZE) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        close(fd);
        return false;
    }
    void *page = mmap(NULL, GW_STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        close(fd);
        return false;
    }
    object->memory = fd;
    object->state = page;
    object->state->state = gw_state_make(count, owner);
    return true;
}

void server_state_destroy(struct server_object *object)
{
    if (object->state)
        munmap(object->state, GW_STATE_SIZE);
    object->state = NULL;
}

static void wake(struct gw_state *state)
{
    __atomic_add_fetch(&state->sequence, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&state->waiters, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &state->sequence, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Changes the word by a function until nobody interferes. */
static void change(struct gw_state *state, bool (*function)(uint64_t old, uint32_t number, uint64_t *ret_new),
                   uint32_t number)
{
    uint64_t old = __atomic_load_n(&state->state, __ATOMIC_SEQ_CST), new;
    for (int i = 0; i < PATIENCE; i++) {
        if (!function(old, number, &new))
            return;
        if (__atomic_compare_exchange_n(&state->state, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return;
    }
    if (function(old, number, &new))
        __atomic_store_n(&state->state, new, __ATOMIC_SEQ_CST);
}

static bool set_signalled(uint64_t old, uint32_t number, uint64_t *ret_new)
{
    (void)number;
    *ret_new = (old & ~0xffffffffull) | 1;
    return true;
}

void server_state_signal(struct server_object *object)
{
    change(object->state, set_signalled, 0);
    wake(object->state);
}

/* Takes away what the client holds: the lock. */
static bool unlock(uint64_t old, uint32_t number, uint64_t *ret_new)
{
    if (!(old & GW_STATE_LOCKED) || gw_state_client(old) != number)
        return false;
    *ret_new = gw_state_make(gw_state_count(old), 0) | (old & GW_STATE_ABANDONED);
    return true;
}

/* ... and the mutant itself. */
static bool abandon(uint64_t old, uint32_t number, uint64_t *ret_new)
{
    if (gw_state_client(old) != number)
        return false;
    if (gw_state_count(old) == 1) { /* locked only */
        *ret_new = gw_state_make(1, 0) | (old & GW_STATE_ABANDONED);
        return old & GW_STATE_LOCKED;
    }
    *ret_new = gw_state_make(1, 0) | GW_STATE_ABANDONED;
    return true;
}

void server_state_client_died(struct server_object *object, uint32_t number)
{
    change(object->state, object->type == GW_TYPE_MUTANT ? abandon : unlock, number);
    wake(object->state); /* it may have died between a change and the wake that belongs to it */
}
