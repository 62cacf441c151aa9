/*
 * Host threads that run guest threads, one after another: how a guest thread begins and how it ends.
 */
#include "cm/cm.h"
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "ke/breakpoint.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/child.h"
#include "ps/ntdll.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "wow/near.h"
#include "wow/wow.h"
#include <asm/prctl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma weak io_thread_exit
#pragma weak cm_thread_exit

enum { IDLE_WORKERS = 32 };

/* A host thread that runs one guest thread after another. */
struct worker {
    struct worker *next;
    struct ps_thread *thread; /* to run; owned reference */
    uint32_t word;            /* futex: 1 when `thread` is set */
    struct ke_thread *ke;
    void *base[5];               /* __builtin_setjmp */
    pthread_t pthread;           /* set, and the thread joinable, if `stack` is ours */
    struct wow_host_stack stack; /* of i386 code */
};

/* Guarded by the dispatcher lock. */
static struct worker *idle_workers;
static unsigned idle_count;

static struct worker *ended_worker;        /* the last that ended with a stack of ours; waits to be joined */
static __thread struct worker *own_worker; /* NULL in the first thread */

/* The context a thread begins with once ntdll has initialized it. */
static void initial_context(struct ps_thread *thread, CONTEXT *context)
{
    if (wow_active) {
        wow_initial_context(context, thread->start_address, thread->argument, ps_teb_stack(thread->teb).base);
        return;
    }
    memset(context, 0, sizeof *context);
    context->ContextFlags = CONTEXT_FULL;
    context->SegCs = 0x33;
    context->SegDs = context->SegEs = context->SegGs = context->SegSs = 0x2b;
    context->SegFs = 0x53;
    context->EFlags = 0x200;
    context->MxCsr = context->FltSave.MxCsr = 0x1f80;
    context->FltSave.MxCsr_Mask = 0xffff;
    context->FltSave.ControlWord = 0x27f;
    context->Rip = (DWORD64)ps_ntdll.RtlUserThreadStart;
    context->Rcx = (DWORD64)thread->start_address;
    context->Rdx = (DWORD64)thread->argument;
    context->Rsp = (DWORD64)thread->teb->NtTib.StackBase - 0x28;
}

/* The thread object is this host thread's from now on. */
static void bind(struct ke_thread *ke, struct ps_thread *thread)
{
    ke->wait = &thread->wait;
    near_bind(ke);
    thread->wait.thread = ke;
    thread->unix_tid = ke->tid;
    struct ke_deadline end;
    ke_lock();
    ke->thread = thread;
    thread->ke = ke;
    if (thread->suspend_count || thread->frozen || ps_is_paused_locked(&end))
        ke->pending |= KE_PENDING_SUSPEND;
    if (thread->terminating)
        ke->pending |= KE_PENDING_TERMINATE;
    if (thread->wait.special_apcs)
        ke->pending |= KE_PENDING_APC;
    ke_unlock();
}

static _Noreturn void run_guest(struct ps_thread *thread)
{
    struct ke_thread *ke = ke_self;
    initial_context(thread, &ke->context);
    ke->full_context = 1;
    bind(ke, thread);
    if (!own_worker) {
        __atomic_store_n(&thread->park_word, 1, __ATOMIC_RELEASE); /* as if suspended, for its parent */
        ps_child_started(thread);
        __atomic_store_n(&thread->park_word, 0, __ATOMIC_RELEASE);
    }
    /* Suspended from the start: the context others see and change is the one after initialization. */
    while (__atomic_load_n(&ke->pending, __ATOMIC_ACQUIRE) & KE_PENDING_SUSPEND &&
           !(ke->pending & KE_PENDING_TERMINATE))
        ke_park();
    if (ke->pending & KE_PENDING_TERMINATE)
        ps_exit_thread(thread->terminate_status);

    if (wow_active) {
        CONTEXT context = ke->context;
        if (!NT_SUCCESS(wow_start_context(ke, &context)))
            ps_exit_thread(STATUS_ACCESS_VIOLATION);
        dbgk_thread_started();
        ke_breakpoints_apply(ke);
        ke_start();
    }
    uint64_t top = (uint64_t)thread->teb->NtTib.StackBase;
    CONTEXT *initial = (CONTEXT *)((top - 0x100 - sizeof(CONTEXT)) & ~63ull);
    if (!NT_SUCCESS(guest_copy(initial, &ke->context, sizeof *initial)))
        ps_exit_thread(STATUS_ACCESS_VIOLATION);
    ke->context.ContextFlags = CONTEXT_FULL;
    ke->context.Rip = (DWORD64)ps_ntdll.LdrInitializeThunk;
    ke->context.Rcx = (DWORD64)initial;
    ke->context.Rdx = (DWORD64)ps_ntdll.base;
    ke->context.Rsp = (DWORD64)initial - 0x28;
    ke->context.EFlags = 0x200;
    dbgk_thread_started();
    ke_breakpoints_apply(ke);
    ke_start();
}

/* A host thread ends: who follows releases its stack. */
static void end_worker(struct worker *worker)
{
    if (!worker->stack.memory) {
        free(worker);
        return;
    }
    worker->pthread = pthread_self();
    struct worker *last = __atomic_exchange_n(&ended_worker, worker, __ATOMIC_ACQ_REL);
    if (last) {
        pthread_join(last->pthread, NULL);
        wow_host_stack_free(&last->stack);
        free(last);
    }
}

/* Puts what a host thread keeps of its last guest thread back to the beginning. */
static void prepare_worker(struct worker *worker, TEB *teb)
{
    struct ke_thread *ke = worker->ke;
    if (!ke) {
        worker->ke = ke_thread_attach(teb);
        return;
    }
    ke->teb = teb;
    ke->pending = 0;
    ke->full_context = 0;
    ke->xstate_mask = 0;
    ke->wow_no_redirection = false;
    ke_breakpoints_free(ke);
    syscall(SYS_arch_prctl, ARCH_SET_GS, teb);
    if (wow_active)
        wow_thread_attach(ke);
}

static void run_one(struct worker *worker)
{
    if (__builtin_setjmp(worker->base) == 0)
        run_guest(worker->thread);
}

static void end_thread(struct ps_thread *thread, struct worker *worker);

static void *worker_main(void *argument)
{
    struct worker *worker = own_worker = argument;
    sigset_t none;
    sigemptyset(&none); /* a helper for another process, which takes no signals, may have started it */
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    for (;;) {
        struct ps_thread *thread = worker->thread;
        prepare_worker(worker, thread->teb);
        if (worker->ke) {
            run_one(worker);
        } else {
            thread->terminate_status = STATUS_NO_MEMORY;
            end_thread(thread, NULL);
            end_worker(worker);
            return NULL;
        }
        /* end_thread has put this worker on the idle list, or not. */
        while (__atomic_load_n(&worker->word, __ATOMIC_ACQUIRE) == 0)
            ke_futex_wait(&worker->word, 0, NULL);
        if (__atomic_exchange_n(&worker->word, 0, __ATOMIC_ACQ_REL) == 2)
            break;
    }
    ke_thread_detach();
    end_worker(worker);
    return NULL;
}

/* An idle host thread, for i386 code one that need not change its FS base; NULL: there is none. */
static struct worker *take_worker_locked(TEB *teb)
{
    struct worker **place = &idle_workers, *worker;
    if (wow_active)
        while (*place && (*place)->stack.memory && !wow_matches((*place)->ke, teb))
            place = &(*place)->next;
    worker = *place;
    if (worker) {
        *place = worker->next;
        idle_count--;
    }
    return worker;
}

bool ps_thread_start(struct ps_thread *thread)
{
    ke_become_multithreaded();
    ke_lock();
    struct worker *worker = take_worker_locked(thread->teb);
    ke_unlock();
    if (worker) {
        worker->thread = thread;
        __atomic_store_n(&worker->word, 1, __ATOMIC_RELEASE);
        ke_futex_wake(&worker->word, 1);
        return true;
    }
    worker = calloc(1, sizeof *worker);
    if (!worker)
        return false;
    worker->thread = thread;
    pthread_attr_t attributes;
    pthread_t id;
    pthread_attr_init(&attributes);
    if (wow_active && wow_host_stack_create(thread->teb, PS_HOST_STACK_SIZE, &worker->stack)) {
        wow_host_stack_set(&worker->stack, &attributes);
    } else {
        pthread_attr_setstacksize(&attributes, PS_HOST_STACK_SIZE);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    }
    int error = pthread_create(&id, &attributes, worker_main, worker);
    pthread_attr_destroy(&attributes);
    if (error) {
        if (worker->stack.memory)
            wow_host_stack_free(&worker->stack);
        free(worker);
    }
    return error == 0;
}

void ps_run_first_thread(struct ps_thread *thread)
{
    if (ke_thread_attach(thread->teb))
        run_guest(thread);
}

/* ---------------------------------------------------------------- the end */

static uint64_t ticks(struct timeval time)
{
    return (uint64_t)time.tv_sec * 10000000 + (uint64_t)time.tv_usec * 10;
}

/* The last things of a guest thread; from here on its object says that it has ended. */
static void end_thread(struct ps_thread *thread, struct worker *worker)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct rusage usage;
    ke_wait_state_end(&thread->wait);
    getrusage(RUSAGE_THREAD, &usage);
    thread->user_time = ticks(usage.ru_utime);
    thread->kernel_time = ticks(usage.ru_stime);
    thread->exit_time = ps_now();
    ps_thread_release_memory(thread);
    ke_lock();
    thread->exit_status = thread->terminate_status;
    thread->ended = true;
    if (thread->ke) {
        thread->ke->thread = NULL;
        thread->ke->wait = NULL;
        thread->ke = NULL;
    }
    thread->wait.thread = NULL;
    ps_thread_unlink_locked(thread);
    if (worker) {
        if (idle_count < IDLE_WORKERS) {
            worker->next = idle_workers;
            idle_workers = worker;
            idle_count++;
        } else {
            worker->word = 2;
        }
    }
    ke_signal_locked(&thread->header, 1, &wake);
    ke_unlock_and_wake(&wake);
    if (thread->watches)
        ps_remote_thread_ended(thread);
    ob_dereference(thread);
}

/* A debugger's thread gives up its debug object: what it debugged ends or is let go. */
static void close_debug_object(struct ps_thread *thread)
{
    uint64_t handle = 0;
    if (!thread->teb)
        return;
    if (wow_active)
        guest_copy(&handle, &wow_teb(thread->teb)->DbgSsReserved[1], sizeof(PTR32));
    else
        guest_copy(&handle, &thread->teb->DbgSsReserved[1], sizeof handle);
    if (handle)
        ob_handle_close((HANDLE)handle);
}

void ps_exit_thread(NTSTATUS status)
{
    struct ps_thread *thread = ke_self->thread;
    ke_lock();
    bool last = ps_thread_count() == 1;
    thread->terminate_status = status;
    ke_unlock();
    if (last)
        ps_exit_process(status);
    struct worker *worker = own_worker;
    dbgk_thread_ended(status);
    close_debug_object(thread);
    if (io_thread_exit)
        io_thread_exit();
    if (cm_thread_exit)
        cm_thread_exit();
    end_thread(thread, worker);
    if (worker)
        __builtin_longjmp(worker->base, 1);
    /* The process's first host thread cannot end before the process. */
    for (;;)
        pause();
}
