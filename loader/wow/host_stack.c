/*
 * Host threads that keep one FS base on both sides of the door. Compatibility mode ignores the upper half of
 * a segment's base: a host thread whose thread pointer is N * 4 GB + the address of its 32-bit TEB has the
 * right base for host code and for i386 code at once. Its stack, with libc's control block on top, is
 * therefore placed by the TEB. All of it is for speed only: where it fails, the door swaps the base.
 */
#include "mm/mm.h"
#include "wow/wow.h"
#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>

#define WINDOW        0x100000000ull
#define FIRST_WINDOW  0x4000 /* at 64 TB: below where Linux places programs and libraries */
#define WINDOW_COUNT  256
#define GUARD         MM_PAGE
#define CONTROL_BLOCK (2 * MM_PAGE) /* room for libc's control block, above the thread pointer */

/* How far the thread pointer lies below the top of a stack that the caller supplies; 0: not known. libc says
 * it to thread debuggers. */
static size_t control_block_size(void)
{
    const uint32_t *size = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
    return size && *size <= CONTROL_BLOCK && *size % 64 == 0 ? *size : 0;
}

bool wow_host_stack_create(TEB *teb, size_t size, struct wow_host_stack *ret)
{
    uint64_t pointer = (uint64_t)wow_teb(teb);
    size_t control = control_block_size();
    if (!control)
        return false;
    ret->size = GUARD + size + CONTROL_BLOCK;
    ret->top = size + control + GUARD;
    /* Stacks of neighbouring TEBs overlap in one window: begin with different ones. */
    for (unsigned i = 0; i < WINDOW_COUNT; i++) {
        uint64_t window = (FIRST_WINDOW + (pointer / WOW_PIECE_SIZE + i) % WINDOW_COUNT) * WINDOW;
        void *wanted = (void *)(window + pointer - size - GUARD);
        void *got = mmap(wanted, ret->size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_FIXED_NOREPLACE, -1,
                         0);
        if (got == MAP_FAILED)
            continue;
        ret->memory = got;
        if (got == wanted) {
            mprotect(got, GUARD, PROT_NONE);
            return true;
        }
        munmap(got, ret->size);
    }
    return false;
}

void wow_host_stack_set(const struct wow_host_stack *stack, pthread_attr_t *attributes)
{
    pthread_attr_setstack(attributes, (uint8_t *)stack->memory + GUARD, stack->top - GUARD);
}

void wow_host_stack_free(const struct wow_host_stack *stack)
{
    munmap(stack->memory, stack->size);
}

bool wow_matches(const struct ke_thread *thread, TEB *teb)
{
    return (uint32_t)thread->host_fs == (uint32_t)(uint64_t)wow_teb(teb);
}

const char *wow_run_first_thread(TEB *teb, size_t stack_size, const char *(*run)(void *), void *argument)
{
    struct wow_host_stack stack;
    pthread_attr_t attributes;
    pthread_t id;
    sigset_t all, before;
    void *why;
    if (!wow_host_stack_create(teb, stack_size, &stack))
        return run(argument);
    pthread_attr_init(&attributes);
    wow_host_stack_set(&stack, &attributes);
    /* The process's signals are for the thread that runs the program. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_attr_setsigmask_np(&attributes, &before);
    int error = pthread_create(&id, &attributes, (void *(*)(void *))(void *)run, argument);
    pthread_attr_destroy(&attributes);
    if (error) {
        wow_host_stack_free(&stack);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return run(argument);
    }
    pthread_join(id, &why); /* comes back if the start failed */
    return why;
}
