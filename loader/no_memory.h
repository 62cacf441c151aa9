/*
 * For what cannot be done without memory at start: one plain line instead of a crash.
 */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include <unistd.h>

static inline _Noreturn void die_without_memory(void)
{
    static const char text[] = "run: not enough memory or address space\n";
    if (write(2, text, sizeof text - 1) < 0)
        _exit(126);
    _exit(126);
}

#endif
