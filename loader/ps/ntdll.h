/*
 * The guest's ntdll as the host sees it: where it is mapped and the entry points that the host
 * sends threads to. Filled by ps/start.c before any guest code runs.
 */
#ifndef PS_NTDLL_H
#define PS_NTDLL_H

#include <nt/types.h>

struct ps_ntdll {
    void *base;
    void *LdrInitializeThunk; /* every thread's first instruction: (CONTEXT *) in RCX */
    void *RtlUserThreadStart; /* (start routine, argument) in RCX, RDX */
    void *KiUserExceptionDispatcher;
    void *KiUserApcDispatcher;
    void *KiUserCallbackDispatcher;
    void *DbgUiRemoteBreakin; /* where a thread begins that another process breaks in with */
    void *KiRaiseUserExceptionDispatcher;
};

extern struct ps_ntdll ps_ntdll;

#endif
