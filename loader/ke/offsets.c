/*
 * Compiled to assembly only: its "->NAME value" lines become ke_offsets.h, the structure offsets
 * that assembly uses.
 */
#include "ke/dispatcher.h"
#include "ke/ke.h"
#include "ke/lock.h"
#include "ke/syscall_table.h"
#include "ob/internal.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %c0" : : "i"(value))

void ke_offsets(void);
void ke_offsets(void)
{
    DEFINE(THREAD_SELECTOR, offsetof(struct ke_thread, selector));
    DEFINE(THREAD_FULL_CONTEXT, offsetof(struct ke_thread, full_context));
    DEFINE(THREAD_WOW, offsetof(struct ke_thread, wow));
    DEFINE(THREAD_WOW_FS_BASE, offsetof(struct ke_thread, wow_fs_base));
    DEFINE(THREAD_WOW_FS, offsetof(struct ke_thread, wow_fs));
    DEFINE(THREAD_WOW_TARGET, offsetof(struct ke_thread, wow_target));
    DEFINE(THREAD_HOST_FS, offsetof(struct ke_thread, host_fs));
    DEFINE(THREAD_PENDING, offsetof(struct ke_thread, pending));
    DEFINE(THREAD_HOST_STACK, offsetof(struct ke_thread, host_stack));
    DEFINE(THREAD_SYSCALL_NUMBER, offsetof(struct ke_thread, syscall_number));
    DEFINE(THREAD_CONTEXT, offsetof(struct ke_thread, context));
    DEFINE(THREAD_XSTATE_MASK, offsetof(struct ke_thread, xstate_mask));
    DEFINE(THREAD_XSAVE, offsetof(struct ke_thread, xsave));
    DEFINE(FRAME_RIP, offsetof(struct ke_thread, frame.rip));
    DEFINE(FRAME_RSP, offsetof(struct ke_thread, frame.rsp));
    DEFINE(FRAME_RBX, offsetof(struct ke_thread, frame.rbx));
    DEFINE(FRAME_RBP, offsetof(struct ke_thread, frame.rbp));
    DEFINE(FRAME_RSI, offsetof(struct ke_thread, frame.rsi));
    DEFINE(FRAME_RDI, offsetof(struct ke_thread, frame.rdi));
    DEFINE(FRAME_R12, offsetof(struct ke_thread, frame.r12));
    DEFINE(FRAME_R13, offsetof(struct ke_thread, frame.r13));
    DEFINE(FRAME_R14, offsetof(struct ke_thread, frame.r14));
    DEFINE(FRAME_R15, offsetof(struct ke_thread, frame.r15));
    DEFINE(FRAME_XMM, offsetof(struct ke_thread, frame.xmm));
    DEFINE(SYSCALL_NT_COUNT, KE_SYSCALL_NT_COUNT);
    DEFINE(SYSCALL_OWN_BASE, KE_SYSCALL_OWN_BASE);
    DEFINE(SYSCALL_OWN_COUNT, KE_SYSCALL_OWN_COUNT);
    DEFINE(SYSCALL_FUNCTION, offsetof(struct ke_syscall, function));
    DEFINE(SYSCALL_ARGUMENTS, offsetof(struct ke_syscall, arguments));
    DEFINE(LOCK_MULTITHREADED, offsetof(struct ke_lock_page, multithreaded));
    DEFINE(ENTRY_ACCESS, offsetof(struct ob_entry, access));
    DEFINE(OBJECT_KIND, offsetof(struct ke_dispatcher_object, kind));
    DEFINE(OBJECT_SIGNAL, offsetof(struct ke_dispatcher_object, signal));
    DEFINE(OBJECT_WAITERS, offsetof(struct ke_dispatcher_object, waiters));
    DEFINE(OBJECT_SYNC, offsetof(struct ke_dispatcher_object, sync));
    DEFINE(MUTANT_OWNER, offsetof(struct ke_mutant, owner));
    DEFINE(MUTANT_ABANDONED, offsetof(struct ke_mutant, abandoned));
    DEFINE(MUTANT_PREVIOUS, offsetof(struct ke_mutant, previous));
    DEFINE(SEMAPHORE_LIMIT, offsetof(struct ke_semaphore, limit));
    DEFINE(KIND_SYNCHRONIZATION_EVENT, KE_SYNCHRONIZATION_EVENT);
    DEFINE(KIND_MUTANT, KE_MUTANT);
    DEFINE(KIND_SEMAPHORE, KE_SEMAPHORE);
    DEFINE(CONTEXT_EFLAGS, offsetof(CONTEXT, EFlags));
    DEFINE(CONTEXT_CS, offsetof(CONTEXT, SegCs));
    DEFINE(CONTEXT_SS, offsetof(CONTEXT, SegSs));
    DEFINE(CONTEXT_RAX, offsetof(CONTEXT, Rax));
    DEFINE(CONTEXT_RCX, offsetof(CONTEXT, Rcx));
    DEFINE(CONTEXT_RDX, offsetof(CONTEXT, Rdx));
    DEFINE(CONTEXT_RBX, offsetof(CONTEXT, Rbx));
    DEFINE(CONTEXT_RSP, offsetof(CONTEXT, Rsp));
    DEFINE(CONTEXT_RBP, offsetof(CONTEXT, Rbp));
    DEFINE(CONTEXT_RSI, offsetof(CONTEXT, Rsi));
    DEFINE(CONTEXT_RDI, offsetof(CONTEXT, Rdi));
    DEFINE(CONTEXT_R8, offsetof(CONTEXT, R8));
    DEFINE(CONTEXT_R9, offsetof(CONTEXT, R9));
    DEFINE(CONTEXT_R10, offsetof(CONTEXT, R10));
    DEFINE(CONTEXT_R11, offsetof(CONTEXT, R11));
    DEFINE(CONTEXT_R12, offsetof(CONTEXT, R12));
    DEFINE(CONTEXT_R13, offsetof(CONTEXT, R13));
    DEFINE(CONTEXT_R14, offsetof(CONTEXT, R14));
    DEFINE(CONTEXT_R15, offsetof(CONTEXT, R15));
    DEFINE(CONTEXT_RIP, offsetof(CONTEXT, Rip));
    DEFINE(CONTEXT_FLTSAVE, offsetof(CONTEXT, FltSave));
}
