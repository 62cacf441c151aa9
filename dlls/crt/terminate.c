/*
 * terminate, unexpected and their handlers, kept per thread; what a thread leaves behind.
 */
#include "crt.h"

typedef void (*handler)(void);

void crt_cxx_thread_free(struct crt_thread *thread)
{
    (void)thread;
}

void *set_terminate(void *function)
{
    struct crt_thread *thread = crt_thread();
    void *old = thread->terminate_handler;

    thread->terminate_handler = function;
    return old ? old : (void *)abort;
}
void *_get_terminate(void)
{
    void *function = crt_thread()->terminate_handler;
    return function ? function : (void *)abort;
}
void *set_unexpected(void *function)
{
    struct crt_thread *thread = crt_thread();
    void *old = thread->unexpected_handler;

    thread->unexpected_handler = function;
    return old ? old : (void *)terminate;
}
void *_get_unexpected(void)
{
    void *function = crt_thread()->unexpected_handler;
    return function ? function : (void *)terminate;
}
void terminate(void)
{
    handler function = (handler)crt_thread()->terminate_handler;

    if (function)
        function();
    abort();
}
void unexpected(void)
{
    handler function = (handler)crt_thread()->unexpected_handler;

    if (function)
        function();
    terminate();
}
