/*
 * The end of threads and of the process: detach calls, TLS, and who is the last one.
 */
#include "private.h"
#include <nt/sxs.h>

BOOLEAN ldr_shutting_down;

VOID NTAPI LdrShutdownThread(VOID)
{
    if (ldr_shutting_down)
        return;
    RtlEnterCriticalSection(&ldr_lock);
    rtl_thread_detach();
    ldr_call_threads(DLL_THREAD_DETACH);
    RtlFreeThreadActivationContextStack();
    ldr_tls_thread_free();
    RtlLeaveCriticalSection(&ldr_lock);
    rtl_heap_thread_detach();
}

/* DLL_PROCESS_DETACH in reverse order of initialization; the other threads have ended. */
VOID NTAPI LdrShutdownProcess(VOID)
{
    PEB_LDR_DATA *list = ldr_peb()->Ldr;
    LIST_ENTRY *head = &list->InInitializationOrderModuleList;

    if (ldr_shutting_down)
        return;
    ldr_shutting_down = TRUE;
    list->ShutdownInProgress = TRUE;
    list->ShutdownThreadId = ldr_teb()->ClientId.UniqueThread;
    rtl_thread_detach();
    if (ldr_exe)
        ldr_tls_callbacks(ldr_exe, DLL_PROCESS_DETACH, (void *)1);
    for (LIST_ENTRY *link = head->Blink; link && link != head; link = link->Blink) {
        struct ldr_module *module = CONTAINING_RECORD(link, struct ldr_module,
                                                      entry.InInitializationOrderLinks);
        ldr_detach(module, (void *)1);
    }
}

DECLSPEC_NORETURN VOID NTAPI RtlExitUserProcess(NTSTATUS status)
{
    /* The loader lock first: no other thread may die while it holds it. */
    RtlEnterCriticalSection(&ldr_lock);
    RtlEnterCriticalSection(ldr_peb()->FastPebLock);
    NtTerminateProcess(NULL, status); /* the others */
    RtlLeaveCriticalSection(ldr_peb()->FastPebLock);
    RtlLeaveCriticalSection(&ldr_lock);
    LdrShutdownProcess();
    for (;;)
        NtTerminateProcess(NtCurrentProcess(), status);
}

DECLSPEC_NORETURN VOID NTAPI RtlExitUserThread(NTSTATUS status)
{
    ULONG last = 0;
    /* ThreadAmILastThread: the process ends with its last thread, with that thread's code. */
    if (!ldr_shutting_down &&
        NT_SUCCESS(NtQueryInformationThread(NtCurrentThread(), 12, &last, sizeof last, NULL)) && last)
        RtlExitUserProcess(status);
    LdrShutdownThread();
    for (;;)
        NtTerminateThread(NtCurrentThread(), status);
}

BOOLEAN NTAPI RtlDllShutdownInProgress(VOID);
BOOLEAN NTAPI RtlDllShutdownInProgress(VOID)
{
    return ldr_shutting_down;
}
