/*
 * i386 programs in this 64-bit process (docs/architecture.md, "32-bit programs"). A process is either
 * all 64-bit or all i386: wow_active says which, before its first thread exists.
 */
#ifndef WOW_WOW_H
#define WOW_WOW_H

#include "ke/ke.h"
#include "ke/syscall_table.h"
#include "wow/selectors.h"
#include <nt/peb.h>
#include <nt/wow64.h>

/* TEB and 32-bit TEB, PEB and 32-bit PEB lie in one piece: at these distances. */
#define WOW_TEB_OFFSET 0x2000
#define WOW_PEB_OFFSET 0x1000
#define WOW_PIECE_SIZE 0x3000

extern bool wow_active;

static inline TEB32 *wow_teb(TEB *teb)
{
    return (TEB32 *)((uint8_t *)teb + WOW_TEB_OFFSET);
}

static inline PEB32 *wow_peb(PEB *peb)
{
    return (PEB32 *)((uint8_t *)peb + WOW_PEB_OFFSET);
}

/* A 64-bit exception record in the guest's width (exception.c); a debug event for the guest (debug_event.c).
 */
void wow_narrow_record(const EXCEPTION_RECORD *from, EXCEPTION_RECORD32 *to);
struct _DBGUI_WAIT_STATE_CHANGE;
NTSTATUS wow_write_debug_event(void *guest, const struct _DBGUI_WAIT_STATE_CHANGE *state);

/* A guest pointer from its 32-bit word; a handle is sign-extended instead. */
static inline void *wow_pointer(uint32_t word)
{
    return (void *)(uint64_t)word;
}

static inline HANDLE wow_handle(uint32_t word)
{
    return (HANDLE)(int64_t)(int32_t)word;
}

/* Makes this process one for i386 code, in which addresses end at `limit`. NULL, or why this system
 * cannot run it. After ke_initialize, before anything is allocated for the guest. */
const char *wow_initialize(bool large_address_aware);

/* Prepares the calling host thread's segments for its thread block's TEB (segments.c). */
bool wow_thread_attach(struct ke_thread *thread);
void wow_thread_detach(struct ke_thread *thread);

/* host_stack.c: a stack for a host thread whose FS base serves both modes while it runs the TEB's thread. */
struct wow_host_stack {
    void *memory;
    size_t size, top; /* of the mapping; where the stack ends in it */
};
bool wow_host_stack_create(TEB *teb, size_t size, struct wow_host_stack *ret);
void wow_host_stack_set(const struct wow_host_stack *stack, pthread_attr_t *attributes);
void wow_host_stack_free(const struct wow_host_stack *stack);

/* Whether the host thread's FS base serves the TEB's thread. */
bool wow_matches(const struct ke_thread *thread, TEB *teb);

/* Runs the process's first thread on such a host thread, with the calling one parked; on the calling one if
 * that cannot be had. Returns what run returns when the start has failed. */
const char *wow_run_first_thread(TEB *teb, size_t stack_size, const char *(*run)(void *), void *argument);

/* The 32-bit blocks: what Windows sets in them, from the 64-bit ones. */
void wow_reset_teb(TEB *teb);
void wow_fill_teb(TEB *teb);
void wow_fill_peb(PEB *peb, const RTL_USER_PROCESS_PARAMETERS *parameters);

/* Puts PROCESSOR_ARCHITECTURE, ProgramFiles and the like right for this process, in a malloc'ed block of
 * *length WCHARs. */
void wow_adjust_environment(WCHAR **block, size_t *length);

/* The registers of an i386 CONTEXT from and into a full context; the parts that its flags name.
 * i386_context.c, which depends on nothing. */
void wow_context_get(const CONTEXT *full, CONTEXT32 *context);
void wow_context_set(CONTEXT *full, const CONTEXT32 *context);

/* An i386 thread's context from or into a guest's i386 CONTEXT, also of and for 64-bit code. */
struct ps_thread;
NTSTATUS wow_access_context(struct ps_thread *thread, void *guest, ULONG length, bool set);

/* A new thread's registers: RtlUserThreadStart with EAX the routine and EBX its argument. */
void wow_initial_context(CONTEXT *context, const void *routine, const void *argument, uint64_t stack_base);

/* Lays the initial context on the thread's stack and makes LdrInitializeThunk its first code. */
NTSTATUS wow_start_context(struct ke_thread *thread, const CONTEXT *initial);

/* exception.c: what ke/context.c hands on for i386 threads. */
void wow_raise_frame(const EXCEPTION_RECORD *record, const CONTEXT *context, uint64_t xstate_mask);
NTSTATUS wow_deliver_apc(void *routine, void *a1, void *a2, void *a3, uint64_t rax);
void wow_raise_user_exception(NTSTATUS status);

/* The thunks (generated, and the files here), which get the guest's argument words. */
extern const struct ke_syscall wow_syscalls[KE_SYSCALL_COUNT];
void wow_trace_call(const struct ke_syscall *call, const uint32_t *arguments);

/* door32.S */
extern char wow_door[], wow_door_lost[], wow_door_hosted[], wow_door_entered[], wow_door_called[],
    wow_door_return[], wow_door_end[], wow_exit[], wow_exit_full[], wow_exit_end[], wow_int80_end[],
    wow_int80_failed[];
long wow_int80(long number, uint32_t argument);
void wow_load_segments(unsigned fs, uint64_t host_fs);

#endif
