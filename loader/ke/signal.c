/*
 * CPU traps and the kick as Unix signals. Handlers run on the thread's signal stack, behind its
 * thread block; a trap of guest code becomes a Windows exception, one of our own code ends the
 * process. Relies on door.S's labels for what may be interrupted where.
 */
#include "dbgk/dbgk.h"
#include "ex/cpuid.h"
#include "ex/ex.h"
#include "ke/breakpoint.h"
#include "ke/lock.h"
#include "ke/signal.h"
#include "io/io.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "wow/near.h"
#include "wow/wow.h"
#include <asm/prctl.h>
#include <errno.h>
#include <gastwirt/door.h>
#include <link.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1
#endif

__thread struct ke_thread *ke_self __attribute__((tls_model("local-exec")));
struct ke_xsave_component ke_xsave_components[8];
uint64_t ke_xsave_known;
bool ke_xsave_compact;

/* signal_return.S; all its system calls are allowed whatever the selector says. */
extern char ke_signal_restorer[], ke_signal_allowed_end[];
long ke_signal_syscall(long number, long a1, long a2, long a3, long a4, long a5);
_Noreturn void ke_signal_leave(void);

struct kernel_action { /* what rt_sigaction takes */
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

/* mm/guest_copy.S */
extern char guest_copy_begin[], guest_copy_end[], guest_copy_fault[];

extern char __executable_start[], etext[];

#define KICK_SIGNAL      34 /* the first one that glibc does not use itself */
#define SA_RESTORER_FLAG 0x04000000
#define TRAP_DEBUG       1
#define TRAP_PAGE        14
#define EFLAGS_TF        0x100
#define CODE_SELECTOR_64 0x33

static const int trap_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
static void (*other_handlers[65])(int number, const siginfo_t *info);
static uint64_t vdso_start, vdso_end;

static bool within(uint64_t address, const char *begin, const char *end)
{
    return address - (uint64_t)begin < (uint64_t)(end - begin);
}

/* What a handler found, for its end. */
struct interruption {
    ucontext_t *signal;
    uint64_t rip, fs;
};

/* The handler's thread; every handler begins with it and uses no thread-local variable before. i386 code
 * has its own FS base, and a low one: the thread block is then found by the alignment of the signal
 * stack. NULL for a host thread that runs no guest code. */
static struct ke_thread *find_thread(ucontext_t *signal, struct interruption *ret)
{
    struct ke_thread *thread;
    ret->signal = signal;
    ret->rip = (uint64_t)signal->uc_mcontext.gregs[REG_RIP];
    ret->fs = UINT64_MAX;
    if (!wow_active)
        return ke_self;
    __asm__ volatile("rdfsbase %0" : "=r"(ret->fs) : : "memory");
    if (ret->fs >> 32) {
        __asm__ volatile("movq %%fs:ke_self@tpoff, %0" : "=r"(thread) : : "memory");
        return thread;
    }
    uint64_t here = (uint64_t)__builtin_frame_address(0);
    thread = (struct ke_thread *)(here & ~(uint64_t)(KE_BLOCK_SIZE - 1));
    __asm__ volatile("wrfsbase %0" : : "r"(thread->host_fs) : "memory");
    return thread;
}

/* Nobody sees the thread within a short way (wow/near.h). True if it was in one, and now goes on elsewhere.
 */
static bool leave_short_way(const struct ke_thread *thread, struct interruption *interruption)
{
    if (!wow_active || !near_leave(thread, interruption->signal))
        return false;
    interruption->rip = (uint64_t)interruption->signal->uc_mcontext.gregs[REG_RIP];
    return true;
}

/* The last thing of a handler that returns: what was interrupted, and goes on, has its FS base back. */
static void finish(const struct interruption *interruption)
{
    if (!(interruption->fs >> 32) &&
        interruption->rip == (uint64_t)interruption->signal->uc_mcontext.gregs[REG_RIP])
        __asm__ volatile("wrfsbase %0" : : "r"(interruption->fs) : "memory");
}

/* Guest code, or a host function that guest code called directly, was interrupted, as opposed to
 * the door and to a handler that has not yet set the selector. `selector` is its value at that time. */
static bool in_guest(const struct ke_thread *thread, uint8_t selector, uint64_t rip, uint64_t rsp)
{
    return selector == SELECTOR_BLOCK && !within(rip, ke_door, ke_door_end) &&
           !within(rip, wow_door, wow_door_end) && !within(rip, wow_exit, wow_exit_end) &&
           !(wow_active && rip - DOOR_PAGE < MM_PAGE && rip != DOOR_RETURN32) &&
           (rsp & ~(uint64_t)(KE_BLOCK_SIZE - 1)) != (uint64_t)thread;
}

/* From here on the interrupted context runs host code. */
static void set_host_code(ucontext_t *signal)
{
    greg_t *segments = &signal->uc_mcontext.gregs[REG_CSGSFS];
    *segments = (*segments & ~(greg_t)0xffff) | CODE_SELECTOR_64;
}

/* Takes the guest context that a signal interrupted, as the thread's full context. */
static void capture(struct ke_thread *thread, const ucontext_t *signal)
{
    ke_context_from_signal(signal, &thread->context);
    thread->xstate_mask = ke_xsave_from_signal(signal, thread->xsave);
    thread->full_context = 1;
}

/* Leaves the signal for the door's code at `rip`, on the host stack. */
static void divert(ucontext_t *signal, struct ke_thread *thread, const char *rip, uint64_t rax)
{
    set_host_code(signal);
    signal->uc_mcontext.gregs[REG_RIP] = (greg_t)rip;
    signal->uc_mcontext.gregs[REG_RSP] = (greg_t)thread->host_stack;
    signal->uc_mcontext.gregs[REG_RAX] = (greg_t)rax;
    signal->uc_mcontext.gregs[REG_RCX] = (greg_t)thread;
    signal->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)EFLAGS_TF;
}

/* A system call by RIP behind `syscall` or int 2e: enters the door as if by a stub. */
static void enter_door(ucontext_t *signal, struct ke_thread *thread, uint64_t rip)
{
    thread->frame.rip = rip;
    thread->frame.rsp = (uint64_t)signal->uc_mcontext.gregs[REG_RSP];
    if (thread->wow) { /* EDX points to the arguments */
        set_host_code(signal);
        signal->uc_mcontext.gregs[REG_R10] = (greg_t)(uint32_t)signal->uc_mcontext.gregs[REG_RDX];
        signal->uc_mcontext.gregs[REG_RIP] = (greg_t)wow_door_entered;
        thread->frame.r12 = 0; /* no return address is on the stack: see wow_exit */
    } else {
        signal->uc_mcontext.gregs[REG_RIP] = (greg_t)ke_door_entered;
    }
    signal->uc_mcontext.gregs[REG_RCX] = (greg_t)thread;
}

static _Noreturn void default_action(int number)
{
    struct kernel_action action = {0}; /* SIG_DFL */
    ke_signal_syscall(SYS_rt_sigaction, number, (long)&action, 0, 8, 0);
    ke_signal_syscall(SYS_tgkill, getpid(), gettid(), number, 0, 0);
    for (;;)
        _exit(128 + number);
}

static void guest_trap(struct ke_thread *thread, int number, const siginfo_t *info, ucontext_t *signal)
{
    const greg_t *registers = signal->uc_mcontext.gregs;
    uint64_t trap = ke_is_breakpoint(number, info) ? TRAP_DEBUG : (uint64_t)registers[REG_TRAPNO];
    struct exception_frame frame;

    ke_context_from_signal(signal, &frame.context);
    switch (ke_classify_trap(number, trap, (uint64_t)registers[REG_ERR], (uint64_t)registers[REG_CR2],
                             &frame.context, &frame.record)) {
    case KE_TRAP_RETRY: thread->selector = SELECTOR_BLOCK; return;
    case KE_TRAP_SYSCALL: enter_door(signal, thread, frame.context.Rip); return;
    case KE_TRAP_RAISE: break;
    }
    if (thread->breakpoints && trap == TRAP_DEBUG)
        ke_breakpoint_hit(thread, info, &frame.context);
    if (dbgk_is_debugged()) { /* who is to know of it first, from outside of this handler */
        capture(thread, signal);
        thread->context = frame.context;
        thread->thread->exception = frame.record;
        __atomic_or_fetch(&thread->pending, KE_PENDING_EXCEPTION, __ATOMIC_RELEASE);
        divert(signal, thread, ke_exit, 0);
        return;
    }
    ke_raise_frame(&frame, ke_xsave_from_signal(signal, thread->xsave));
    ke_signal_leave();
}

/* A trap in our own code: allowed where guest memory is touched on the guest's behalf. */
static void host_trap(struct ke_thread *thread, uint8_t selector, int number, const siginfo_t *info,
                      ucontext_t *signal)
{
    greg_t *registers = signal->uc_mcontext.gregs;
    uint64_t rip = (uint64_t)registers[REG_RIP];
    if (ke_is_breakpoint(number, info)) { /* what the system does with a program's memory is no hit */
        if (thread)
            thread->selector = selector;
        return;
    }
    if (number == SIGTRAP && registers[REG_TRAPNO] == TRAP_DEBUG && thread) {
        /* A guest that single-steps into the door: the kernel is not stepped through. */
        registers[REG_EFL] &= ~(greg_t)EFLAGS_TF;
        thread->single_step = 1;
        __atomic_or_fetch(&thread->pending, KE_PENDING_CONTEXT, __ATOMIC_RELAXED);
        thread->selector = selector;
        return;
    }
    bool memory = registers[REG_TRAPNO] == TRAP_PAGE || number == SIGSEGV || number == SIGBUS;
    if (memory && within(rip, guest_copy_begin, guest_copy_end)) {
        uint64_t address = (uint64_t)registers[REG_CR2], error = (uint64_t)registers[REG_ERR];
        if (number == SIGSEGV && registers[REG_TRAPNO] == TRAP_PAGE) {
            EXCEPTION_RECORD record;
            CONTEXT context;
            memset(&context, 0, sizeof context);
            context.Rsp = thread && thread->teb ? thread->frame.rsp : 0;
            if (ke_classify_trap(number, TRAP_PAGE, error, address, &context, &record) == KE_TRAP_RETRY)
                return;
        }
        registers[REG_RIP] = (greg_t)guest_copy_fault;
        return;
    }
    if (within(rip, (const char *)wow_int80, wow_int80_end)) { /* no such gate: the prober's answer */
        registers[REG_RIP] = (greg_t)wow_int80_failed;
        return;
    }
    if (memory && thread && rip == (uint64_t)wow_door) {
        registers[REG_RIP] = (greg_t)wow_door_lost;
        thread->selector = selector;
        return;
    }
    if (memory && thread &&
        (within(rip, ke_door, ke_door_entered) || within(rip, wow_door, wow_door_entered))) {
        thread->selector = SELECTOR_BLOCK;
        guest_trap(thread, number, info, signal); /* a stub called with a bad stack pointer */
        return;
    }
    bool in_door32 = within(rip, wow_door_entered, wow_door_called);
    if (memory && thread && (within(rip, ke_door_entered, ke_door_called) || in_door32)) {
        EXCEPTION_RECORD record;
        CONTEXT context;
        memset(&context, 0, sizeof context);
        context.Rsp = thread->frame.rsp;
        if (registers[REG_TRAPNO] == TRAP_PAGE &&
            ke_classify_trap(number, TRAP_PAGE, (uint64_t)registers[REG_ERR], (uint64_t)registers[REG_CR2],
                             &context, &record) == KE_TRAP_RETRY)
            return;
        registers[REG_RIP] = (greg_t)(in_door32 ? wow_door_return : ke_door_return);
        registers[REG_RAX] = (greg_t)(ULONG)STATUS_ACCESS_VIOLATION;
        return;
    }
    /* The target of iretq or of the last jump is the guest's: it faults there, except for a
     * non-canonical RIP or RSP, which faults at the instruction itself. */
    if (thread && (within(rip, ke_exit_full, ke_exit_end) || within(rip, wow_exit_full, wow_exit_end))) {
        EXCEPTION_RECORD record = {0};
        record.ExceptionCode = (DWORD)STATUS_ACCESS_VIOLATION;
        record.ExceptionAddress = (PVOID)thread->context.Rip;
        record.NumberParameters = 2;
        record.ExceptionInformation[1] = ~(ULONG_PTR)0;
        CONTEXT context = thread->context;
        ke_raise_exception(&record, &context, 0);
        ke_signal_leave();
    }
    ke_internal_error(number, info, signal);
}

static void on_trap(int number, siginfo_t *info, void *data)
{
    ucontext_t *signal = data;
    struct interruption interruption;
    struct ke_thread *thread = find_thread(signal, &interruption);
    uint8_t selector = SELECTOR_ALLOW;
    if (leave_short_way(thread, &interruption) && number != SIGTRAP) {
        finish(&interruption);
        return;
    }
    if (thread) {
        selector = thread->selector;
        thread->selector = SELECTOR_ALLOW;
    }
    if (info->si_code <= 0 && number != SIGTRAP) /* sent by kill */
        default_action(number);
    if (thread && in_guest(thread, selector, (uint64_t)signal->uc_mcontext.gregs[REG_RIP],
                           (uint64_t)signal->uc_mcontext.gregs[REG_RSP]))
        guest_trap(thread, number, info, signal);
    else
        host_trap(thread, selector, number, info, signal);
    finish(&interruption);
}

/* A guest's own `syscall` instruction (or int 80). */
static void on_system_call(int number, siginfo_t *info, void *data)
{
    ucontext_t *signal = data;
    greg_t *registers = signal->uc_mcontext.gregs;
    struct interruption interruption;
    struct ke_thread *thread = find_thread(signal, &interruption);
    uint64_t rip = (uint64_t)registers[REG_RIP];
    if (rip == (uint64_t)wow_int80_end) { /* a seccomp filter */
        registers[REG_RIP] = (greg_t)wow_int80_failed;
        return;
    }
    if (!thread)
        default_action(number);
    thread->selector = SELECTOR_ALLOW;
    if (rip - vdso_start < vdso_end - vdso_start || within(rip, __executable_start, etext)) {
        /* A host function that guest code called directly. */
        registers[REG_RAX] = ke_signal_syscall(registers[REG_RAX], registers[REG_RDI], registers[REG_RSI],
                                               registers[REG_RDX], registers[REG_R10], registers[REG_R8]);
        thread->selector = SELECTOR_BLOCK;
        return;
    }
#ifdef __x86_64__
    if (info->si_arch == 0x40000003) { /* AUDIT_ARCH_I386: no such gate on Windows */
        EXCEPTION_RECORD record = {0};
        CONTEXT context;
        ke_context_from_signal(signal, &context);
        context.Rip -= 2;
        record.ExceptionCode = (DWORD)STATUS_ACCESS_VIOLATION;
        record.ExceptionAddress = (PVOID)context.Rip;
        record.NumberParameters = 2;
        record.ExceptionInformation[1] = ~(ULONG_PTR)0;
        ke_raise_exception(&record, &context, ke_xsave_from_signal(signal, thread->xsave));
        ke_signal_leave();
    }
#endif
    enter_door(signal, thread, rip);
}

/* Something is pending. In guest code: go to the door's exit with everything saved. On the way out
 * there: look again. In other host code the interrupted call or the exit sees it. */
static void on_kick(int number, siginfo_t *info, void *data)
{
    ucontext_t *signal = data;
    struct interruption interruption;
    struct ke_thread *thread = find_thread(signal, &interruption);
    (void)number, (void)info;
    if (!thread)
        return;
    __atomic_store_n(&thread->kicked, 0, __ATOMIC_SEQ_CST);
    leave_short_way(thread, &interruption);
    uint64_t rip = (uint64_t)signal->uc_mcontext.gregs[REG_RIP];
    uint8_t selector = thread->selector;
    if (!__atomic_load_n(&thread->pending, __ATOMIC_ACQUIRE)) {
        finish(&interruption);
        return;
    }
    if (within(rip, ke_exit, ke_exit_end) || within(rip, wow_exit, wow_exit_end)) {
        if (within(rip, ke_exit_full, ke_exit_end) || within(rip, wow_exit_full, wow_exit_end))
            thread->full_context = 1;
        thread->selector = SELECTOR_ALLOW;
        divert(signal, thread, ke_exit, (uint64_t)signal->uc_mcontext.gregs[REG_RAX]);
    } else if (within(rip, io_interruptible_begin, io_interruptible_end)) {
        signal->uc_mcontext.gregs[REG_RIP] = (greg_t)io_interruptible_out;
    } else if (in_guest(thread, selector, rip, (uint64_t)signal->uc_mcontext.gregs[REG_RSP])) {
        thread->selector = SELECTOR_ALLOW;
        capture(thread, signal);
        divert(signal, thread, ke_exit, 0);
    }
    finish(&interruption);
}

static void on_other(int number, siginfo_t *info, void *data)
{
    struct interruption interruption;
    struct ke_thread *thread = find_thread(data, &interruption);
    uint8_t selector = thread ? thread->selector : SELECTOR_ALLOW;
    int saved_errno = errno;
    leave_short_way(thread, &interruption);
    if (thread)
        thread->selector = SELECTOR_ALLOW;
    other_handlers[number](number, info);
    errno = saved_errno;
    if (thread)
        thread->selector = selector;
    finish(&interruption);
}

/* The code whose system calls the kernel lets pass without a look at the selector, which saves it a read of
 * user memory each time: libc's, if its own way back from signal handlers lies there too, else only ours. */
static struct {
    uint64_t start, size;
    void *restorer;
} allowed;

static int is_libc(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && part->p_flags & PF_X && (uint64_t)data - start < part->p_memsz) {
            allowed.start = start;
            allowed.size = part->p_memsz;
            return 1;
        }
    }
    return 0;
}

static void find_allowed(void)
{
    struct kernel_action now = {0};
    struct sigaction probe = {.sa_handler = SIG_IGN}, before;
    if (sigaction(KICK_SIGNAL, &probe, &before) == 0)
        syscall(SYS_rt_sigaction, KICK_SIGNAL, NULL, &now, 8);
    dl_iterate_phdr(is_libc, (void *)syscall);
    allowed.restorer = now.restorer;
    if (!allowed.size || (uint64_t)now.restorer - allowed.start >= allowed.size) {
        allowed.start = (uint64_t)ke_signal_restorer;
        allowed.size = (uint64_t)(ke_signal_allowed_end - ke_signal_restorer);
        allowed.restorer = ke_signal_restorer;
    }
}

static void install(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct kernel_action action = {handler, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER_FLAG,
                                   allowed.restorer, 0};
    if (number == KICK_SIGNAL)
        action.flags &= ~(unsigned long)SA_NODEFER;
    else if (handler == on_other) /* a kick meanwhile is for what was interrupted, not for the handler */
        action.mask = 1ull << (KICK_SIGNAL - 1);
    syscall(SYS_rt_sigaction, number, &action, NULL, 8);
}

void ke_set_signal_handler(int number, void (*handler)(int number, const siginfo_t *info))
{
    other_handlers[number] = handler;
    install(number, on_other);
}

uint64_t ke_find_xsave_layout(void)
{
    uint32_t eax, ebx, ecx, edx, low = 0, high;
    uint64_t mask = 0;
    if (ex_cpuid(1).ecx & bit_OSXSAVE)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    ke_xsave_compact = ex_cpuid(0xd).eax & 2;
    for (unsigned i = 2; i < 8; i++) {
        if (!(XSTATE_CARRIED >> i & 1) || !(low >> i & 1))
            continue;
        if (i == 2) /* AVX: architectural */
            eax = 256, ebx = 576;
        else
            __cpuid_count(0xd, i, eax, ebx, ecx, edx);
        if (eax && ebx + eax <= KE_XSAVE_SIZE) {
            ke_xsave_components[i].size = eax;
            ke_xsave_components[i].offset = ebx;
            mask |= 1ull << i;
        }
    }
    __atomic_store_n(&ke_xsave_known, mask + 1, __ATOMIC_RELEASE); /* whoever else is here finds the same */
    return mask;
}

static void map_door(void)
{
    void *door = mmap((void *)DOOR_PAGE, MM_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (door == MAP_FAILED) {
        perror("run: cannot map the door");
        exit(126);
    }
    *(uint64_t *)DOOR_ENTRY = (uint64_t)ke_door;
    mprotect(door, MM_PAGE, PROT_READ);
}

void ke_initialize(void)
{
    find_allowed();
    ex_user_shared_data_initialize();
    map_door();
    vdso_start = getauxval(AT_SYSINFO_EHDR);
    vdso_end = vdso_start ? vdso_start + 4 * MM_PAGE : 0;
    for (size_t i = 0; i < sizeof trap_signals / sizeof *trap_signals; i++)
        install(trap_signals[i], on_trap);
    install(SIGSYS, on_system_call);
    install(KICK_SIGNAL, on_kick);
}

/* Syscall User Dispatch in some sandboxes is not to be had: stubs work all the same, only guests
 * that make system calls by themselves do not. */
struct ke_thread *ke_thread_attach(TEB *teb)
{
    uint8_t *area = mmap(NULL, 2 * KE_BLOCK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED)
        return NULL;
    uint8_t *block = (uint8_t *)(((uint64_t)area + KE_BLOCK_SIZE - 1) & ~(uint64_t)(KE_BLOCK_SIZE - 1));
    if (ke_dispatcher
            .multithreaded) { /* the first thread's may keep what is left over: starting is faster so */
        if (block != area)
            munmap(area, (size_t)(block - area));
        munmap(block + KE_BLOCK_SIZE, (size_t)(area + KE_BLOCK_SIZE - block));
    }

    struct ke_thread *thread = (struct ke_thread *)block;
    size_t head = (sizeof *thread + 63) & ~(size_t)63;
    thread->selector = SELECTOR_ALLOW;
    thread->teb = teb;
    thread->pthread = pthread_self();
    thread->tid = gettid();
    thread->signal_stack = block + head;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(thread->host_fs));
    stack_t stack = {.ss_sp = thread->signal_stack, .ss_size = KE_BLOCK_SIZE - head};
    sigaltstack(&stack, NULL);
    syscall(SYS_arch_prctl, ARCH_SET_GS, teb);
    prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, allowed.start, allowed.size, &thread->selector);
    ke_self = thread;
    if (wow_active && !wow_thread_attach(thread)) {
        ke_thread_detach();
        return NULL;
    }
    return thread;
}

void ke_thread_detach(void)
{
    struct ke_thread *thread = ke_self;
    stack_t stack = {.ss_flags = SS_DISABLE};
    prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0);
    sigaltstack(&stack, NULL);
    if (thread->wow)
        wow_thread_detach(thread);
    ke_self = NULL;
    munmap(thread, KE_BLOCK_SIZE);
}

void ke_kick(struct ke_thread *thread)
{
    /* One on its way is enough: they would nest on the signal stack. */
    if (!__atomic_exchange_n(&thread->kicked, 1, __ATOMIC_SEQ_CST))
        syscall(SYS_tgkill, getpid(), thread->tid, KICK_SIGNAL);
}
