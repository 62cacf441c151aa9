/*
 * Guest threads: creation on host threads (which are kept for reuse), the list of them, their end.
 */
#include "dbgk/dbgk.h"
#include "ps/share.h"
#include "ps/thread.h"
#include "io/io.h"
#include "cm/cm.h"
#include "ke/breakpoint.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "ps/child.h"
#include "ps/ntdll.h"
#include "ps/remote.h"
#include "wow/near.h"
#include "wow/wow.h"
#include <asm/prctl.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma weak io_thread_exit
#pragma weak cm_thread_exit

enum { IDLE_WORKERS = 32, CACHED_STACKS = 8, HASH_SIZE = 256 };

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

/* All guarded by the dispatcher lock. */
struct ps_thread *ps_threads;
static struct ps_thread **threads_end = &ps_threads;
static struct ps_thread *hash[HASH_SIZE];
static unsigned thread_count;
static uint32_t last_id;
static struct worker *idle_workers;
static unsigned idle_count;
static struct worker *ended_worker; /* the last that ended with a stack of ours; waits to be joined */

static __thread struct worker *own_worker; /* NULL in the first thread */
uint64_t ps_stack_reserve, ps_stack_commit;

static void destroy(void *object)
{
    struct ps_thread *thread = object;
    free(thread->name);
    if (thread->impersonation)
        ob_dereference(thread->impersonation);
    if (thread->process)
        ob_dereference(thread->process);
}

const struct ob_type ps_thread_type = {
    .name = "Thread",
    .size = sizeof(struct ps_thread),
    .generic_read = READ_CONTROL | 0x48,
    .generic_write = READ_CONTROL | 0x437,
    .generic_execute = READ_CONTROL | SYNCHRONIZE | 0x840,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xffff,
    .waitable = true,
    .destroy = destroy,
    .share = &ps_thread_share,
};

/* ---------------------------------------------------------------- the list */

struct ps_thread *ps_find_thread_locked(uint32_t id)
{
    struct ps_thread *thread = hash[id / 4 % HASH_SIZE];
    while (thread && thread->id != id)
        thread = thread->hash_next;
    return thread;
}

struct ps_thread *ps_find_thread(uint32_t id)
{
    ke_lock();
    struct ps_thread *thread = ps_find_thread_locked(id);
    if (thread)
        ob_reference(thread);
    ke_unlock();
    return thread;
}

unsigned ps_thread_count(void)
{
    return thread_count;
}

/* Gives the thread its id and enters it in list and hash; under the lock. */
static void link_thread(struct ps_thread *thread)
{
    if (!last_id)
        last_id = ps_current_process->id;
    do
        last_id += 4;
    while (ps_find_thread_locked(last_id) || last_id == ps_current_process->id);
    thread->id = last_id;
    thread->frozen = ps_frozen;
    struct ps_thread **bucket = &hash[thread->id / 4 % HASH_SIZE];
    thread->hash_next = *bucket;
    *bucket = thread;
    *threads_end = thread;
    threads_end = &thread->next;
    thread_count++;
}

static void unlink_thread(struct ps_thread *thread)
{
    struct ps_thread **place = &ps_threads;
    while (*place != thread)
        place = &(*place)->next;
    *place = thread->next;
    if (!thread->next)
        threads_end = place;
    place = &hash[thread->id / 4 % HASH_SIZE];
    while (*place != thread)
        place = &(*place)->hash_next;
    *place = thread->hash_next;
    thread_count--;
}

struct ps_thread *ps_thread_object(struct ps_process *process, uint32_t id)
{
    struct ps_thread *thread = ob_create(&ps_thread_type);
    if (!thread)
        return NULL;
    ke_dispatcher_object_initialize(&thread->header, KE_NOTIFICATION_EVENT, 0);
    ke_wait_state_initialize(&thread->wait, NULL);
    ob_reference(process);
    thread->process = process;
    thread->id = id;
    thread->exit_status = STATUS_PENDING;
    thread->base_priority = 8;
    thread->create_time = ps_now();
    return thread;
}

/* ---------------------------------------------------------------- running */

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
    ke_lock();
    ke->thread = thread;
    thread->ke = ke;
    if (thread->suspend_count || thread->frozen)
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

static bool start_host_thread(struct ps_thread *thread)
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

/* ---------------------------------------------------------------- creation */

/* Stacks of ended threads that never grew, for new threads of the same sizes; guarded by the
 * dispatcher lock. */
static struct stack {
    void *allocation, *limit, *base;
    size_t reserve, commit;
} cached_stacks[CACHED_STACKS];
static unsigned cached_stack_count;

static bool take_cached_stack(struct stack *stack)
{
    bool found = false;
    ke_lock();
    for (unsigned i = cached_stack_count; i-- > 0 && !found;) {
        if (cached_stacks[i].reserve == stack->reserve && cached_stacks[i].commit == stack->commit) {
            *stack = cached_stacks[i];
            cached_stacks[i] = cached_stacks[--cached_stack_count];
            found = true;
        }
    }
    ke_unlock();
    return found;
}

static bool cache_stack(const struct ps_thread *thread)
{
    struct ps_stack_bounds bounds = ps_teb_stack(thread->teb);
    bool kept = false;
    if (bounds.limit != (uint64_t)thread->stack_limit || bounds.base != (uint64_t)thread->stack_base ||
        bounds.allocation != (uint64_t)thread->stack)
        return false;
    ke_lock();
    if (cached_stack_count < CACHED_STACKS) {
        cached_stacks[cached_stack_count++] = (struct stack){thread->stack, thread->stack_limit,
                                                             thread->stack_base, thread->stack_reserve,
                                                             thread->stack_commit};
        kept = true;
    }
    ke_unlock();
    return kept;
}

static NTSTATUS set_up_stack(struct ps_thread *thread, size_t reserve, size_t commit)
{
    struct stack stack = {.reserve = reserve, .commit = commit};
    if (!take_cached_stack(&stack)) {
        NTSTATUS status = mm_create_stack(reserve, commit, &stack.allocation, &stack.limit, &stack.base);
        if (!NT_SUCCESS(status))
            return status;
    }
    void *limit = thread->stack_limit = stack.limit, *base = thread->stack_base = stack.base;
    thread->stack = stack.allocation;
    thread->stack_reserve = reserve;
    thread->stack_commit = commit;
    ps_teb_set_stack(thread->teb, (uint64_t)base, (uint64_t)limit, (uint64_t)thread->stack);
    return STATUS_SUCCESS;
}

static void fill_teb(struct ps_thread *thread, ULONG flags)
{
    TEB *teb = thread->teb;
    teb->ClientId.UniqueProcess = (HANDLE)(uintptr_t)ps_current_process->id;
    teb->ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
    teb->RealClientId = teb->ClientId;
    teb->SameTebFlags = (USHORT)flags;
    if (wow_active)
        wow_fill_teb(teb);
}

static void release_memory(struct ps_thread *thread)
{
    if (thread->stack && !(thread->teb && cache_stack(thread))) {
        size_t size = 0;
        void *base = thread->stack;
        mm_free(&base, &size, 0x8000 /* MEM_RELEASE */);
    }
    thread->stack = NULL;
    if (thread->teb) {
        ps_teb_free(thread->teb);
        thread->teb = NULL;
    }
}

static struct ps_thread *new_thread(void *start, void *argument, size_t reserve, size_t commit, PEB **ret_peb,
                                    NTSTATUS *ret_status)
{
    struct ps_thread *thread = ps_thread_object(ps_current_process, 0);
    *ret_status = STATUS_NO_MEMORY;
    if (!thread)
        return NULL;
    thread->start_address = start;
    thread->argument = argument;
    thread->teb = ps_teb_allocate(ret_peb);
    if (thread->teb)
        *ret_status = set_up_stack(thread, reserve, commit);
    if (NT_SUCCESS(*ret_status))
        return thread;
    release_memory(thread);
    ob_dereference(thread);
    return NULL;
}

NTSTATUS ps_create_thread(void *start, void *argument, size_t stack_reserve, size_t stack_commit,
                          uint32_t suspend_count, ULONG teb_flags, struct ps_thread **ret_thread)
{
    NTSTATUS status;
    struct ps_thread *thread = new_thread(start, argument, stack_reserve ? stack_reserve : ps_stack_reserve,
                                          stack_commit ? stack_commit : ps_stack_commit, NULL, &status);
    if (!thread)
        return status;
    ke_become_multithreaded();
    thread->suspend_count = suspend_count;
    ob_reference(thread); /* the running thread's own */
    ke_lock();
    link_thread(thread);
    ke_unlock();
    fill_teb(thread, teb_flags);
    if (!start_host_thread(thread)) {
        ke_lock();
        unlink_thread(thread);
        thread->ended = thread->wait.ended = true;
        ke_unlock();
        release_memory(thread);
        ob_dereference(thread);
        ob_dereference(thread);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_thread = thread;
    return STATUS_SUCCESS;
}

NTSTATUS ps_create_first_thread(uint64_t stack_reserve, uint64_t stack_commit, void *entry, PEB **ret_peb,
                                struct ps_thread **ret_thread)
{
    NTSTATUS status;
    PEB *peb;
    if (!ps_current_process && !ps_process_create_current())
        return STATUS_NO_MEMORY;
    ps_stack_reserve = stack_reserve;
    ps_stack_commit = stack_commit;
    struct ps_thread *thread = new_thread(entry, NULL, stack_reserve, stack_commit, &peb, &status);
    if (!thread)
        return status;
    thread->argument = wow_active ? (void *)wow_peb(peb) : peb;
    ke_lock();
    link_thread(thread);
    ke_unlock();
    ps_current_process->main_thread_id = thread->id;
    fill_teb(thread, TEB_INITIAL_THREAD);
    *ret_peb = peb;
    *ret_thread = thread;
    return STATUS_SUCCESS;
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
    release_memory(thread);
    ke_lock();
    thread->exit_status = thread->terminate_status;
    thread->ended = true;
    if (thread->ke) {
        thread->ke->thread = NULL;
        thread->ke->wait = NULL;
        thread->ke = NULL;
    }
    thread->wait.thread = NULL;
    unlink_thread(thread);
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
    if (thread->remote_watch)
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
    bool last = thread_count == 1;
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

static void terminate_locked(struct ps_thread *thread, NTSTATUS status)
{
    if (thread->terminating || thread->ended)
        return;
    thread->terminating = true;
    thread->terminate_status = status;
    if (thread->ke) {
        __atomic_or_fetch(&thread->ke->pending, KE_PENDING_TERMINATE, __ATOMIC_RELEASE);
        __atomic_add_fetch(&thread->stop_word, 1, __ATOMIC_RELEASE);
        ke_futex_wake(&thread->stop_word, 64);
        if (__atomic_load_n(&thread->alert_word, __ATOMIC_ACQUIRE))
            ke_futex_wake(&thread->alert_word, 64);
        ke_interrupt_locked(thread->ke);
    }
}

void ps_terminate_thread(struct ps_thread *thread, NTSTATUS status)
{
    ke_lock();
    terminate_locked(thread, status);
    ke_unlock();
}

void ps_terminate_other_threads(NTSTATUS status)
{
    struct ps_thread *self = ke_self->thread;
    for (unsigned round = 0;; round++) {
        unsigned running = 0;
        ke_lock();
        for (struct ps_thread *thread = ps_threads; thread; thread = thread->next) {
            if (thread == self)
                continue;
            terminate_locked(thread, status);
            /* In host code it cannot come back to the guest any more: that is enough, after a while. */
            if (!thread->ke || __atomic_load_n(&thread->ke->selector, __ATOMIC_ACQUIRE) != 0 || round < 4)
                running++;
        }
        ke_unlock();
        if (!running)
            break;
        if (round < 20) {
            sched_yield();
        } else {
            struct timespec pause = {0, 100000};
            nanosleep(&pause, NULL);
        }
        if (round > 20000) /* two seconds */
            break;
    }
}

NTSTATUS NtTerminateThread(HANDLE ThreadHandle, NTSTATUS ExitStatus)
{
    void *object;
    if (!ThreadHandle) {
        /* The calling thread, unless it is the last one. */
        if (thread_count == 1)
            return STATUS_CANT_TERMINATE_SELF;
        ps_exit_thread(ExitStatus);
    }
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, THREAD_TERMINATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (thread == ke_self->thread) {
        ob_dereference(object);
        ps_exit_thread(ExitStatus);
    }
    if (thread->process != ps_current_process) {
        struct ps_remote message = {.operation = PS_REMOTE_TERMINATE_THREAD,
                                    .value = {thread->id, (uint32_t)ExitStatus}};
        status = ps_remote_call(thread->process, &message, NULL, 0, NULL, NULL);
    } else {
        ps_terminate_thread(thread, ExitStatus);
    }
    ob_dereference(object);
    return status;
}

/* ---------------------------------------------------------------- the system calls */

struct attribute {
    ULONG_PTR Attribute;
    SIZE_T Size;
    ULONG_PTR Value;
    SIZE_T *ReturnLength;
};
enum { ATTRIBUTE_CLIENT_ID = 0x10003, ATTRIBUTE_TEB_ADDRESS = 0x10004 };

static NTSTATUS report(const struct attribute *attribute, const void *value, SIZE_T size)
{
    NTSTATUS status = guest_copy((void *)attribute->Value, value, size);
    return NT_SUCCESS(status) && attribute->ReturnLength ? guest_write(attribute->ReturnLength, size)
                                                         : status;
}

static NTSTATUS report_attributes(uint8_t *guest_list, const struct ps_thread *thread)
{
    SIZE_T total;
    NTSTATUS status = guest_copy(&total, guest_list, sizeof total);
    for (size_t at = sizeof total; NT_SUCCESS(status) && at + sizeof(struct attribute) <= total;
         at += sizeof(struct attribute)) {
        struct attribute attribute;
        status = guest_copy(&attribute, guest_list + at, sizeof attribute);
        if (NT_SUCCESS(status) && attribute.Attribute == ATTRIBUTE_CLIENT_ID &&
            attribute.Size >= sizeof(CLIENT_ID)) {
            CLIENT_ID id = {(HANDLE)(uintptr_t)thread->process->id, (HANDLE)(uintptr_t)thread->id};
            status = report(&attribute, &id, sizeof id);
        } else if (NT_SUCCESS(status) && attribute.Attribute == ATTRIBUTE_TEB_ADDRESS &&
                   attribute.Size >= sizeof(void *)) {
            status = report(&attribute, &thread->teb, sizeof thread->teb);
        }
    }
    return status;
}

NTSTATUS NtCreateThreadEx(HANDLE *ThreadHandle, ACCESS_MASK DesiredAccess,
                          OBJECT_ATTRIBUTES *ObjectAttributes, HANDLE ProcessHandle, PVOID StartRoutine,
                          PVOID Argument, ULONG CreateFlags, SIZE_T ZeroBits, SIZE_T StackSize,
                          SIZE_T MaximumStackSize, void *AttributeList)
{
    enum { CREATE_SUSPENDED = 1, SKIP_THREAD_ATTACH = 2, HIDE_FROM_DEBUGGER = 4, LOADER_WORKER = 0x10 };
    struct ps_thread *thread;
    void *process;
    (void)ZeroBits;
    if (CreateFlags & ~0xffu)
        return STATUS_INVALID_PARAMETER_7;
    NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 2 /* PROCESS_CREATE_THREAD */,
                                       &process);
    if (!NT_SUCCESS(status))
        return status;
    if (process != ps_current_process) {
        status = ps_remote_create_thread(process, StartRoutine, Argument, MaximumStackSize, StackSize,
                                         CreateFlags, &thread);
        ob_dereference(process);
        if (NT_SUCCESS(status) && AttributeList)
            status = report_attributes(AttributeList, thread);
        return NT_SUCCESS(status) ? ob_insert(thread, ObjectAttributes, DesiredAccess, ThreadHandle) : status;
    }
    ob_dereference(process);

    ULONG flags = (CreateFlags & SKIP_THREAD_ATTACH ? TEB_SKIP_THREAD_ATTACH : 0u) |
                  (CreateFlags & LOADER_WORKER ? TEB_LOADER_WORKER : 0u);
    status = ps_create_thread(StartRoutine, Argument, MaximumStackSize, StackSize,
                              CreateFlags & CREATE_SUSPENDED ? 1 : 0, flags, &thread);
    if (!NT_SUCCESS(status))
        return status;
    thread->hidden = CreateFlags & HIDE_FROM_DEBUGGER;
    if (AttributeList)
        status = report_attributes(AttributeList, thread);
    if (NT_SUCCESS(status))
        return ob_insert(thread, ObjectAttributes, DesiredAccess, ThreadHandle);
    ob_dereference(thread);
    return status;
}
