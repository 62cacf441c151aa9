/*
 * Making threads: their stacks, TEBs and objects. A stack that never grew serves again.
 */
#include "ke/lock.h"
#include "mm/guest.h"
#include "mm/mm.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <nt/syscalls.h>

enum { CACHED_STACKS = 8 };

uint64_t ps_stack_reserve, ps_stack_commit;

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

void ps_thread_release_memory(struct ps_thread *thread)
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
    ps_thread_release_memory(thread);
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
    ps_thread_link_locked(thread);
    ke_unlock();
    fill_teb(thread, teb_flags);
    if (!ps_thread_start(thread)) {
        ke_lock();
        ps_thread_unlink_locked(thread);
        thread->ended = thread->wait.ended = true;
        ke_unlock();
        ps_thread_release_memory(thread);
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
    ps_thread_link_locked(thread);
    ke_unlock();
    ps_current_process->main_thread_id = thread->id;
    fill_teb(thread, TEB_INITIAL_THREAD);
    *ret_peb = peb;
    *ret_thread = thread;
    return STATUS_SUCCESS;
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
