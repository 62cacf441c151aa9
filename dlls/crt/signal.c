/*
 * Signals: raised by the program, by the console's control events, and by hardware exceptions through
 * the filter that the program's start-up code puts around main.
 */
#include "crt.h"

#ifndef EXCEPTION_EXECUTE_HANDLER
#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#endif

#define SIGINT         2
#define SIGILL         4
#define SIGABRT_COMPAT 6
#define SIGFPE         8
#define SIGSEGV        11
#define SIGTERM        15
#define SIGBREAK       21
#define SIGABRT        22
#define SIG_DFL        ((crt_signal_handler)0)
#define SIG_IGN        ((crt_signal_handler)1)
#define SIG_GET        ((crt_signal_handler)2)
#define SIG_SGE        ((crt_signal_handler)3)
#define SIG_ACK        ((crt_signal_handler)4)
#define SIG_ERR        ((crt_signal_handler)-1)

#define FPE_INVALID       0x81
#define FPE_DENORMAL      0x82
#define FPE_ZERODIVIDE    0x83
#define FPE_OVERFLOW      0x84
#define FPE_UNDERFLOW     0x85
#define FPE_INEXACT       0x86
#define FPE_STACKOVERFLOW 0x8a
#define FPE_EXPLICITGEN   0x8c

static crt_signal_handler volatile handlers[4]; /* of SIGINT, SIGBREAK, SIGABRT, SIGTERM */
static bool console_handler_set;

static const struct crt_xcpt_action default_actions[] = {
    {STATUS_ACCESS_VIOLATION, SIGSEGV, SIG_DFL},       {STATUS_ILLEGAL_INSTRUCTION, SIGILL, SIG_DFL},
    {STATUS_PRIVILEGED_INSTRUCTION, SIGILL, SIG_DFL},  {STATUS_FLOAT_DENORMAL_OPERAND, SIGFPE, SIG_DFL},
    {STATUS_FLOAT_DIVIDE_BY_ZERO, SIGFPE, SIG_DFL},    {STATUS_FLOAT_INEXACT_RESULT, SIGFPE, SIG_DFL},
    {STATUS_FLOAT_INVALID_OPERATION, SIGFPE, SIG_DFL}, {STATUS_FLOAT_OVERFLOW, SIGFPE, SIG_DFL},
    {STATUS_FLOAT_STACK_CHECK, SIGFPE, SIG_DFL},       {STATUS_FLOAT_UNDERFLOW, SIGFPE, SIG_DFL},
    {STATUS_FLOAT_MULTIPLE_FAULTS, SIGFPE, SIG_DFL},   {STATUS_FLOAT_MULTIPLE_TRAPS, SIGFPE, SIG_DFL},
};
_Static_assert(ARRAY_LENGTH(default_actions) == CRT_XCPT_ACTIONS, "crt_thread holds one of each");

static struct crt_xcpt_action *actions_of(struct crt_thread *thread)
{
    if (!thread->xcpt_actions_set) {
        memcpy(thread->xcpt_actions, default_actions, sizeof default_actions);
        thread->xcpt_actions_set = true;
    }
    return thread->xcpt_actions;
}

static crt_signal_handler volatile *global_slot(int number)
{
    switch (number) {
    case SIGINT: return &handlers[0];
    case SIGBREAK: return &handlers[1];
    case SIGABRT:
    case SIGABRT_COMPAT: return &handlers[2];
    case SIGTERM: return &handlers[3];
    }
    return NULL;
}

crt_signal_handler crt_abort_handler(void);
crt_signal_handler crt_abort_handler(void)
{
    return handlers[2];
}

static BOOL WINAPI console_event(DWORD event)
{
    int number = event == CTRL_C_EVENT ? SIGINT : SIGBREAK;

    _lock(CRT_LOCK_SIGNAL);
    crt_signal_handler handler = *global_slot(number);
    if (handler != SIG_DFL && handler != SIG_IGN)
        *global_slot(number) = SIG_DFL;
    _unlock(CRT_LOCK_SIGNAL);
    if (handler == SIG_DFL)
        return FALSE;
    if (handler != SIG_IGN)
        handler(number);
    return TRUE;
}

crt_signal_handler signal(int number, crt_signal_handler handler)
{
    crt_signal_handler old = SIG_ERR;

    if (handler == SIG_SGE || handler == SIG_ACK) {
        errno = EINVAL;
        return SIG_ERR;
    }
    crt_signal_handler volatile *slot = global_slot(number);
    if (slot) {
        _lock(CRT_LOCK_SIGNAL);
        if ((number == SIGINT || number == SIGBREAK) && !console_handler_set) {
            if (!SetConsoleCtrlHandler(console_event, TRUE)) {
                crt_thread()->doserror = GetLastError();
                _unlock(CRT_LOCK_SIGNAL);
                return SIG_ERR;
            }
            console_handler_set = true;
        }
        old = *slot;
        if (handler != SIG_GET)
            *slot = handler;
        _unlock(CRT_LOCK_SIGNAL);
        return old;
    }
    if (number == SIGFPE || number == SIGILL || number == SIGSEGV) {
        struct crt_xcpt_action *actions = actions_of(crt_thread());
        for (int i = 0; i < CRT_XCPT_ACTIONS; i++)
            if (actions[i].signal == number) {
                old = actions[i].handler;
                if (handler != SIG_GET)
                    actions[i].handler = handler;
            }
        return old;
    }
    errno = EINVAL;
    return SIG_ERR;
}

int raise(int number)
{
    crt_signal_handler handler;
    crt_signal_handler volatile *slot = global_slot(number);
    struct crt_thread *thread = crt_thread();
    struct crt_xcpt_action *actions = NULL;

    if (slot) {
        handler = *slot;
        if (handler != SIG_IGN && handler != SIG_DFL)
            *slot = SIG_DFL;
    } else if (number == SIGFPE || number == SIGILL || number == SIGSEGV) {
        actions = actions_of(thread);
        handler = SIG_DFL;
        for (int i = 0; i < CRT_XCPT_ACTIONS; i++)
            if (actions[i].signal == number)
                handler = actions[i].handler;
    } else {
        CRT_CHECK(false, EINVAL, -1);
    }
    if (handler == SIG_IGN)
        return 0;
    if (handler == SIG_DFL)
        _exit(3);
    EXCEPTION_POINTERS *old_pointers = thread->exception_pointers;
    int old_code = thread->fpecode;
    if (actions) {
        thread->exception_pointers = NULL;
        for (int i = 0; i < CRT_XCPT_ACTIONS; i++)
            if (actions[i].signal == number)
                actions[i].handler = SIG_DFL;
    }
    if (number == SIGFPE) {
        thread->fpecode = FPE_EXPLICITGEN;
        ((void (*)(int, int))(void *)handler)(SIGFPE, FPE_EXPLICITGEN);
        thread->fpecode = old_code;
    } else {
        handler(number);
    }
    thread->exception_pointers = old_pointers;
    return 0;
}

static int fpe_code(unsigned long code)
{
    switch (code) {
    case STATUS_FLOAT_DIVIDE_BY_ZERO: return FPE_ZERODIVIDE;
    case STATUS_FLOAT_INVALID_OPERATION: return FPE_INVALID;
    case STATUS_FLOAT_OVERFLOW: return FPE_OVERFLOW;
    case STATUS_FLOAT_UNDERFLOW: return FPE_UNDERFLOW;
    case STATUS_FLOAT_DENORMAL_OPERAND: return FPE_DENORMAL;
    case STATUS_FLOAT_INEXACT_RESULT: return FPE_INEXACT;
    case STATUS_FLOAT_STACK_CHECK: return FPE_STACKOVERFLOW;
    }
    return 0;
}

/* The exception filter around main: turns hardware exceptions into signals. */
int _XcptFilter(unsigned long code, EXCEPTION_POINTERS *pointers)
{
    struct crt_thread *thread = crt_thread();
    struct crt_xcpt_action *actions = actions_of(thread), *found = NULL;

    for (int i = 0; i < CRT_XCPT_ACTIONS && !found; i++)
        if (actions[i].code == code)
            found = &actions[i];
    if (!found || found->handler == SIG_DFL)
        return EXCEPTION_CONTINUE_SEARCH;
    crt_signal_handler handler = found->handler;
    if (handler == (crt_signal_handler)5) {
        found->handler = SIG_DFL;
        return EXCEPTION_EXECUTE_HANDLER;
    }
    if (handler == SIG_IGN)
        return EXCEPTION_CONTINUE_EXECUTION;
    EXCEPTION_POINTERS *old = thread->exception_pointers;
    thread->exception_pointers = pointers;
    int number = found->signal;
    for (int i = 0; i < CRT_XCPT_ACTIONS; i++)
        if (actions[i].signal == number)
            actions[i].handler = SIG_DFL;
    if (number == SIGFPE) {
        int old_code = thread->fpecode;
        thread->fpecode = fpe_code(code);
        ((void (*)(int, int))(void *)handler)(SIGFPE, thread->fpecode);
        thread->fpecode = old_code;
    } else {
        handler(number);
    }
    thread->exception_pointers = old;
    return EXCEPTION_CONTINUE_EXECUTION;
}

int __CppXcptFilter(unsigned long code, EXCEPTION_POINTERS *pointers)
{
    return code == 0xe06d7363 ? _XcptFilter(code, pointers) : EXCEPTION_CONTINUE_SEARCH;
}
int _seh_filter_exe(unsigned long code, EXCEPTION_POINTERS *pointers)
{
    return _XcptFilter(code, pointers);
}
int _seh_filter_dll(unsigned long code, EXCEPTION_POINTERS *pointers)
{
    return code == 0xe06d7363 ? _XcptFilter(code, pointers) : EXCEPTION_CONTINUE_SEARCH;
}
void **__pxcptinfoptrs(void)
{
    return (void **)&crt_thread()->exception_pointers;
}
int *__fpecode(void)
{
    return &crt_thread()->fpecode;
}
crt_signal_handler *__get_sigabrt(void)
{
    return (crt_signal_handler *)&handlers[2];
}
