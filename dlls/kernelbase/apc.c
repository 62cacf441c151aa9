/*
 * Asynchronous procedure calls.
 */
#include "kernelbase.h"

static void NTAPI dispatch(void *routine, void *data, void *unused)
{
    (void)unused;
    ((PAPCFUNC)(ULONG_PTR)routine)((ULONG_PTR)data);
}

DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR data)
{
    return (DWORD)set_status(
        NtQueueApcThread(thread, (void *)dispatch, (void *)(ULONG_PTR)routine, (void *)data, NULL));
}

/* The flags are QUEUE_USER_APC_FLAGS: 1 runs the routine at once, not only when the thread is alertable. */
BOOL WINAPI QueueUserAPC2(PAPCFUNC routine, HANDLE thread, ULONG_PTR data, DWORD flags)
{
    return set_status(NtQueueApcThreadEx2(thread, NULL, flags, (void *)dispatch, (void *)(ULONG_PTR)routine,
                                          (void *)data, NULL));
}
