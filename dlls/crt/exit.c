/*
 * The runtime's end: initializers, functions registered for the exit, and the ways to go.
 */
#include "crt.h"

void _initterm(_PVFV *begin, _PVFV *end)
{
    for (; begin < end; begin++)
        if (*begin)
            (*begin)();
}

int _initterm_e(_PIFV *begin, _PIFV *end)
{
    int result = 0;

    for (; begin < end && !result; begin++)
        if (*begin)
            result = (*begin)();
    return result;
}

struct onexit_table {
    _onexit_t *first, *last, *end;
};

static struct onexit_table at_exit, at_quick_exit;

static int table_add(struct onexit_table *table, _onexit_t function)
{
    int result = 0;

    _lock(CRT_LOCK_EXIT);
    if (table->last == table->end) {
        size_t count = table->end - table->first, room = count ? count * 2 : 32;
        _onexit_t *block = realloc(table->first, room * sizeof *block);
        if (!block) {
            result = -1;
        } else {
            table->first = block;
            table->last = block + count;
            table->end = block + room;
        }
    }
    if (!result)
        *table->last++ = function;
    _unlock(CRT_LOCK_EXIT);
    return result;
}

/* Last in, first out; functions may register more while it runs. */
static void table_run(struct onexit_table *table)
{
    for (;;) {
        _lock(CRT_LOCK_EXIT);
        if (table->last == table->first) {
            _onexit_t *block = table->first;
            table->first = table->last = table->end = NULL;
            _unlock(CRT_LOCK_EXIT);
            free(block);
            return;
        }
        _onexit_t function = *--table->last;
        _unlock(CRT_LOCK_EXIT);
        if (function)
            function();
    }
}

_onexit_t _onexit(_onexit_t function)
{
    return table_add(&at_exit, function) ? NULL : function;
}
int atexit(_PVFV function)
{
    return table_add(&at_exit, (_onexit_t)function);
}
int _crt_atexit(_PVFV function)
{
    return table_add(&at_exit, (_onexit_t)function);
}
int _crt_at_quick_exit(_PVFV function)
{
    return table_add(&at_quick_exit, (_onexit_t)function);
}

/* The table of a DLL that links the runtime dynamically; the DLL keeps begin and end. */
_onexit_t __dllonexit(_onexit_t function, _PVFV **begin, _PVFV **end)
{
    _lock(CRT_LOCK_EXIT);
    size_t count = *begin ? *end - *begin : 0;
    _PVFV *block = realloc(*begin, (count + 1) * sizeof *block);
    if (block) {
        block[count] = (_PVFV)function;
        *begin = block;
        *end = block + count + 1;
    } else {
        function = NULL;
    }
    _unlock(CRT_LOCK_EXIT);
    return function;
}

#if CRT_UCRT
int _initialize_onexit_table(struct onexit_table *table)
{
    if (!table)
        return -1;
    if (table->first == table->end)
        table->first = table->last = table->end = NULL;
    return 0;
}
int _register_onexit_function(struct onexit_table *table, _onexit_t function)
{
    return table ? table_add(table, function) : -1;
}
int _execute_onexit_table(struct onexit_table *table)
{
    if (!table)
        return -1;
    table_run(table);
    return 0;
}
void _register_thread_local_exe_atexit_callback(void *callback)
{
    crt_thread()->thread_atexit = callback;
}
#endif

/* ---------------------------------------------------------------- exit */

static volatile LONG exit_depth;

/* C's termination: registered functions, then streams; once, whoever calls. */
static void terminate_c(bool full)
{
    if (InterlockedIncrement(&exit_depth) == 1) {
        if (full) {
            struct crt_thread *thread = crt_thread();
            typedef void(NTAPI * callback)(void *, DWORD, void *);
            void *at_thread_exit = thread->thread_atexit;
            thread->thread_atexit = NULL;
            if (at_thread_exit)
                ((callback)at_thread_exit)(NULL, DLL_PROCESS_DETACH, NULL);
            table_run(&at_exit);
        }
        crt_stdio_exit();
    }
    InterlockedDecrement(&exit_depth);
}

void _cexit(void)
{
    terminate_c(true);
}
void _c_exit(void)
{
    crt_stdio_exit();
}

void _exit(int code)
{
    ExitProcess(code);
    __builtin_unreachable();
}

void exit(int code)
{
    terminate_c(true);
    _exit(code);
}

void _Exit(int code)
{
    _exit(code);
}

void quick_exit(int code)
{
    table_run(&at_quick_exit);
    _exit(code);
}

static unsigned int abort_behavior = 3; /* write the message, report the fault */

unsigned int _set_abort_behavior(unsigned int flags, unsigned int mask)
{
    unsigned int old = abort_behavior;

    abort_behavior = (abort_behavior & ~mask) | (flags & mask);
    return old;
}

crt_signal_handler crt_abort_handler(void);

void abort(void)
{
    if (crt_abort_handler())
        raise(22);
    else if (!CRT_UCRT && abort_behavior & 1)
        crt_report("\r\nabnormal program termination\r\n");
#if CRT_UCRT
    if (abort_behavior & 2)
        __asm__ volatile("int $0x29" : : "c"(7)); /* FAST_FAIL_FATAL_APP_EXIT */
#endif
    _exit(3);
}
