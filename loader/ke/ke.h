/*
 * The thread block and the door. One struct ke_thread per guest thread, at a fixed place relative
 * to its signal stack, so that a signal handler finds it whatever FS says.
 * Offsets used by assembly are generated from this header (ke/offsets.c).
 */
#ifndef KE_KE_H
#define KE_KE_H

#include <nt/base.h>
#include <nt/context.h>
#include <nt/peb.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

/* Guest registers at the door: the non-volatile ones and where to return to. While a thread is in
 * host code this, with volatile registers unknown, is its context. */
struct ke_frame {
    uint64_t rip, rsp, rbx, rbp, rsi, rdi, r12, r13, r14, r15;
    _Alignas(16) uint8_t xmm[10][16]; /* xmm6 to xmm15 */
};

/* The standard XSAVE format up to AVX-512: legacy, header, components. */
#define KE_XSAVE_SIZE 0xa80

/* Bits of ke_thread.pending: work to do before guest code runs again. */
enum {
    KE_PENDING_SUSPEND = 1,    /* suspend_count > 0 */
    KE_PENDING_TERMINATE = 2,  /* end the thread */
    KE_PENDING_APC = 4,        /* a user APC is to be delivered */
    KE_PENDING_CONTEXT = 8,    /* `context` replaces the frame on the way out */
    KE_PENDING_EXCEPTION = 32, /* ps_thread.exception is to be raised (only with a debugger) */
    KE_PENDING_CANCEL_IO = 16, /* NtCancelSynchronousIoFile; cleared by the blocked call */
};

struct ke_thread {
    uint8_t selector;     /* Syscall User Dispatch: SELECTOR_ALLOW in host code, _BLOCK in guest code */
    uint8_t single_step;  /* the guest stepped into the door: goes on stepping behind it */
    uint8_t full_context; /* leave through `context` (all registers) rather than `frame` */
    uint8_t wow;          /* runs i386 code (loader/wow); door.S tests both bytes at once */
    uint32_t pending;     /* atomic, KE_PENDING_* */
    uint32_t kicked;      /* atomic: a kick is on its way */
    void *host_stack;     /* where the door puts RSP */
    uint64_t host_fs;     /* FS base of the host thread */
    TEB *teb;
    uint32_t syscall_number;
    struct ke_frame frame;
    CONTEXT context;          /* full context to continue with, or as captured while suspended */
    uint64_t xstate_mask;     /* XSAVE components above SSE that `xsave` holds for `context` */
    struct ps_thread *thread; /* the thread object */
    pthread_t pthread;
    int tid; /* Linux thread id */
    void *signal_stack;
    struct ke_wait_state *wait;
    struct ke_breakpoints *breakpoints; /* debug registers; NULL: never set */
    uint64_t wow_fs_base;    /* FS base of i386 code: host_fs if its lower half is that TEB, else the TEB */
    uint32_t wow_teb;        /* the 32-bit TEB */
    uint16_t wow_fs;         /* its selector */
    bool wow_no_redirection; /* Wow64DisableWow64FsRedirection */
    struct {
        uint32_t eip;
        uint16_t cs;
    } wow_target;                              /* operand of the far jump to i386 code */
    _Alignas(64) uint8_t xsave[KE_XSAVE_SIZE]; /* standard format; its legacy part is not used */
};

/* A thread block and the signal stack behind it: one block, aligned to its size. */
#define KE_BLOCK_SIZE 0x10000

extern __thread struct ke_thread *ke_self __attribute__((tls_model("local-exec")));

/* Leave for guest code with all registers from ke_self->context, dropping the host stack (door.S).
 * ke_start is a thread's first entry: the door's host stack begins at the caller's. */
_Noreturn void ke_continue(void);
_Noreturn void ke_start(void);

/* door.S: where stubs jump to, and the places whose interruption is special (see there). */
extern char ke_door[], ke_door_entered[], ke_door_called[], ke_door_return[], ke_exit[], ke_exit_full[],
    ke_exit_end[], ke_door_end[];

/* Called on the way back to the guest while `pending` is not 0: suspends, ends the thread, delivers
 * an APC (changing frame or context). Returns what RAX shall be. */
uint64_t ke_exit_pending(uint64_t rax);

/* Installs the process's signal handlers, KUSER_SHARED_DATA and the door page. */
void ke_initialize(void);

/* Prepares the calling host thread to run guest code: signal stack, GS, Syscall User Dispatch.
 * *thread lives in memory this allocates together with the signal stack. */
struct ke_thread *ke_thread_attach(TEB *teb);

/* Gives back what ke_thread_attach allocated; the calling host thread, which ends now, owns it. */
void ke_thread_detach(void);

/* A handler for a Unix signal that may arrive in guest code (SIGINT, SIGWINCH ...). It runs on the
 * signal stack and may make system calls; it must not touch guest memory or take locks. */
void ke_set_signal_handler(int number, void (*handler)(int number, const siginfo_t *info));

/* Wakes a thread out of guest code or an interruptible host call to look at `pending`. */
void ke_kick(struct ke_thread *thread);

/* A thread's guest context: of the calling thread at the door, or of one that is parked in
 * ke_exit_pending or anywhere in host code. Reads and writes the parts that ContextFlags names;
 * volatile registers of a thread in a system call read as 0. Host pointers. (ke/context.c) */
void ke_get_context(const struct ke_thread *thread, CONTEXT *context);
void ke_set_context(struct ke_thread *thread, const CONTEXT *context);

/* Makes the thread's `context` (and xsave) the full one: what the frame says becomes its content,
 * RAX the given value, full_context is set. */
void ke_make_full_context(struct ke_thread *thread, uint64_t rax);

/* Lays the record and the thread's current context on its guest stack and makes the thread continue
 * in KiUserExceptionDispatcher on its way out. The calling thread only. If that cannot be done the
 * process ends with the exception's code. */
void ke_raise_exception(const EXCEPTION_RECORD *record, const CONTEXT *context, uint64_t xstate_mask);

/* NtRaiseException with host copies: the debugger first, then the guest. */
NTSTATUS ke_raise_from_call(EXCEPTION_RECORD *record, const CONTEXT *context, bool first_chance);

/* Makes the calling thread run routine(a1, a2, a3) through KiUserApcDispatcher on its way out and then
 * go on where it is now, with RAX the given value. STATUS_ACCESS_VIOLATION (nothing changed) if the guest
 * stack cannot take the frame. */
NTSTATUS ke_deliver_apc(void *routine, void *a1, void *a2, void *a3, uint64_t rax);

/* The calling thread's call returns status and raises it as an exception (KiRaiseUserExceptionDispatcher). */
void ke_raise_user_exception(NTSTATUS status);

#endif
