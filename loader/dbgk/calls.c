/*
 * The NT calls on debug objects.
 */
#include "dbgk/object.h"
#include "io/io.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESS_SET_PORT = 0x0800, PROCESS_EVERYTHING = 0x1fffff, THREAD_EVERYTHING = 0x1fffff };

NTSTATUS NtCreateDebugObject(HANDLE *DebugObjectHandle, ACCESS_MASK DesiredAccess,
                             OBJECT_ATTRIBUTES *ObjectAttributes, ULONG Flags)
{
    if (Flags & ~(ULONG)DEBUG_KILL_ON_CLOSE)
        return STATUS_INVALID_PARAMETER;
    struct dbgk_object *object = dbgk_object_create(Flags & DEBUG_KILL_ON_CLOSE);
    return object ? ob_insert(object, ObjectAttributes, DesiredAccess, DebugObjectHandle) : STATUS_NO_MEMORY;
}

static NTSTATUS look_up(HANDLE process_handle, HANDLE debug_handle, void **ret_process, void **ret_object)
{
    NTSTATUS status = ob_handle_lookup(process_handle, &ps_process_type, PROCESS_SET_PORT, ret_process);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(debug_handle, &dbgk_object_type, DEBUG_PROCESS_ASSIGN, ret_object);
    if (!NT_SUCCESS(status))
        ob_dereference(*ret_process);
    return status;
}

NTSTATUS NtDebugActiveProcess(HANDLE ProcessHandle, HANDLE DebugObjectHandle)
{
    void *process, *object;
    NTSTATUS status = look_up(ProcessHandle, DebugObjectHandle, &process, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = dbgk_attach(object, process);
    if (NT_SUCCESS(status) && wow_active && !((struct ps_process *)process)->wow) {
        dbgk_detach(object, process); /* a 64-bit one has addresses that its debugger cannot have */
        status = STATUS_NOT_SUPPORTED;
    }
    ob_dereference(object);
    ob_dereference(process);
    return status;
}

NTSTATUS NtRemoveProcessDebug(HANDLE ProcessHandle, HANDLE DebugObjectHandle)
{
    void *process, *object;
    NTSTATUS status = look_up(ProcessHandle, DebugObjectHandle, &process, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = dbgk_detach(object, process);
    ob_dereference(object);
    ob_dereference(process);
    return status;
}

NTSTATUS NtDebugContinue(HANDLE DebugObjectHandle, CLIENT_ID *ClientId, NTSTATUS ContinueStatus)
{
    CLIENT_ID id;
    void *object;
    switch (ContinueStatus) {
    case DBG_EXCEPTION_HANDLED:
    case DBG_EXCEPTION_NOT_HANDLED:
    case DBG_CONTINUE:
    case DBG_REPLY_LATER:
    case DBG_TERMINATE_THREAD:
    case DBG_TERMINATE_PROCESS: break;
    default: return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = guest_read(&id, ClientId);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(DebugObjectHandle, &dbgk_object_type, DEBUG_READ_EVENT, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = dbgk_continue(object, (uint32_t)(uintptr_t)id.UniqueProcess,
                           (uint32_t)(uintptr_t)id.UniqueThread, ContinueStatus);
    ob_dereference(object);
    return status;
}

NTSTATUS NtSetInformationDebugObject(HANDLE DebugObjectHandle, ULONG DebugObjectInformationClass,
                                     void *DebugInformation, ULONG DebugInformationLength,
                                     ULONG *ReturnLength)
{
    ULONG flags, needed = sizeof flags;
    void *object;
    NTSTATUS status = STATUS_SUCCESS;
    if (ReturnLength)
        status = guest_write(ReturnLength, needed);
    if (!NT_SUCCESS(status))
        return status;
    if (DebugObjectInformationClass != DebugObjectKillProcessOnExitInformation)
        return STATUS_INVALID_PARAMETER;
    if (DebugInformationLength != sizeof flags)
        return STATUS_INFO_LENGTH_MISMATCH;
    status = guest_copy(&flags, DebugInformation, sizeof flags);
    if (NT_SUCCESS(status) && flags & ~(ULONG)DEBUG_KILL_ON_CLOSE)
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(DebugObjectHandle, &dbgk_object_type, DEBUG_SET_INFORMATION, &object);
    if (!NT_SUCCESS(status))
        return status;
    dbgk_set_kill_on_close(object, flags & DEBUG_KILL_ON_CLOSE);
    ob_dereference(object);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- waiting */

/* A handle to the image's file, opened for reading; NULL. Consumes the descriptor. */
static HANDLE file_handle(int fd)
{
    char link[64], path[4096];
    HANDLE handle = NULL;
    if (fd < 0)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    const struct io_inherit file = {
        .fd = fd,
        .plain = -1,
        .kind = IO_DISK,
        .access = 0x120089 /* FILE_GENERIC_READ */,
        .options = 0x60 /* FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE */,
        .path = length > 0 ? strndup(path, (size_t)length) : NULL,
    };
    if (!NT_SUCCESS(io_file_import(&file, 0, &handle)))
        handle = NULL;
    free(file.path);
    return handle;
}

static HANDLE object_handle(void *object, ACCESS_MASK access)
{
    HANDLE handle;
    return object && NT_SUCCESS(ob_handle_create(object, access, 0, &handle)) ? handle : NULL;
}

/* Breakpoints and steps have states of their own; 64-bit debuggers see which code they are of. */
static void describe_exception(const struct dbgk_packet *packet, DBGUI_WAIT_STATE_CHANGE *state)
{
    EXCEPTION_RECORD *record = &state->StateInfo.Exception.ExceptionRecord;
    *record = packet->record;
    state->StateInfo.Exception.FirstChance = packet->first_chance;
    bool other_kind = packet->wow == DBGK_I386 && !wow_active;
    state->NewState = DbgExceptionStateChange;
    if (record->ExceptionCode == (DWORD)STATUS_BREAKPOINT) {
        state->NewState = DbgBreakpointStateChange;
        if (other_kind)
            record->ExceptionCode = (DWORD)STATUS_WX86_BREAKPOINT;
    } else if (record->ExceptionCode == (DWORD)STATUS_SINGLE_STEP) {
        state->NewState = DbgSingleStepStateChange;
        if (other_kind)
            record->ExceptionCode = (DWORD)STATUS_WX86_SINGLE_STEP;
    }
}

static void describe(const struct dbgk_event *event, DBGUI_WAIT_STATE_CHANGE *state)
{
    const struct dbgk_packet *packet = &event->packet;
    memset(state, 0, sizeof *state);
    state->AppClientId.UniqueProcess = (HANDLE)(uintptr_t)event->process->id;
    state->AppClientId.UniqueThread = (HANDLE)(uintptr_t)packet->thread;
    switch (packet->kind) {
    case DBGK_EXCEPTION: describe_exception(packet, state); break;
    case DBGK_CREATE_THREAD:
        state->NewState = DbgCreateThreadStateChange;
        state->StateInfo.CreateThread.HandleToThread = object_handle(event->thread, THREAD_EVERYTHING);
        state->StateInfo.CreateThread.NewThread.StartAddress = (PVOID)packet->start;
        break;
    case DBGK_CREATE_PROCESS: {
        DBGKM_CREATE_PROCESS *process = &state->StateInfo.CreateProcessInfo.NewProcess;
        state->NewState = DbgCreateProcessStateChange;
        state->StateInfo.CreateProcessInfo.HandleToProcess = object_handle(event->process,
                                                                           PROCESS_EVERYTHING);
        state->StateInfo.CreateProcessInfo.HandleToThread = object_handle(event->thread, THREAD_EVERYTHING);
        process->FileHandle = file_handle(event->fds[0]);
        process->BaseOfImage = (PVOID)packet->base;
        process->DebugInfoFileOffset = packet->debug_offset;
        process->DebugInfoFileSize = packet->debug_size;
        process->InitialThread.StartAddress = (PVOID)packet->start;
        break;
    }
    case DBGK_EXIT_THREAD:
        state->NewState = DbgExitThreadStateChange;
        state->StateInfo.ExitThread.ExitStatus = packet->status;
        break;
    case DBGK_EXIT_PROCESS:
        state->NewState = DbgExitProcessStateChange;
        state->StateInfo.ExitProcess.ExitStatus = packet->status;
        break;
    case DBGK_LOAD_DLL:
        state->NewState = DbgLoadDllStateChange;
        state->StateInfo.LoadDll.FileHandle = file_handle(event->fds[0]);
        state->StateInfo.LoadDll.BaseOfDll = (PVOID)packet->base;
        state->StateInfo.LoadDll.DebugInfoFileOffset = packet->debug_offset;
        state->StateInfo.LoadDll.DebugInfoFileSize = packet->debug_size;
        state->StateInfo.LoadDll.NamePointer = (PVOID)packet->name;
        break;
    case DBGK_UNLOAD_DLL:
        state->NewState = DbgUnloadDllStateChange;
        state->StateInfo.UnloadDll.BaseAddress = (PVOID)packet->base;
        break;
    }
    if (event->fds[1] >= 0)
        close(event->fds[1]);
    if (event->fds[0] >= 0 && packet->kind != DBGK_CREATE_PROCESS && packet->kind != DBGK_LOAD_DLL)
        close(event->fds[0]);
    ob_dereference(event->process);
    if (event->thread)
        ob_dereference(event->thread);
}

static void close_handles(const DBGUI_WAIT_STATE_CHANGE *state)
{
    HANDLE handles[3] = {0};
    if (state->NewState == DbgCreateThreadStateChange) {
        handles[0] = state->StateInfo.CreateThread.HandleToThread;
    } else if (state->NewState == DbgCreateProcessStateChange) {
        handles[0] = state->StateInfo.CreateProcessInfo.HandleToProcess;
        handles[1] = state->StateInfo.CreateProcessInfo.HandleToThread;
        handles[2] = state->StateInfo.CreateProcessInfo.NewProcess.FileHandle;
    } else if (state->NewState == DbgLoadDllStateChange) {
        handles[0] = state->StateInfo.LoadDll.FileHandle;
    }
    for (unsigned i = 0; i < 3; i++)
        if (handles[i])
            ob_handle_close(handles[i]);
}

static NTSTATUS wait_for_event(struct dbgk_object *object, bool alertable, const LARGE_INTEGER *timeout,
                               struct dbgk_event *ret_event)
{
    struct ke_dispatcher_object *header = (struct ke_dispatcher_object *)object;
    LARGE_INTEGER left = {.QuadPart = 0};
    int64_t end = 0;
    bool relative = timeout && timeout->QuadPart < 0;
    if (timeout)
        left = *timeout;
    if (relative)
        end = ke_monotonic() - left.QuadPart * 100;
    for (;;) {
        NTSTATUS status = dbgk_take_event(object, ret_event);
        if (status != STATUS_NO_MORE_ENTRIES)
            return status;
        if (relative) {
            left.QuadPart = (ke_monotonic() - end) / 100;
            if (left.QuadPart > 0)
                left.QuadPart = 0;
        }
        status = ke_wait(1, &header, false, alertable, timeout ? &left : NULL);
        if (status != STATUS_WAIT_0)
            return status;
    }
}

NTSTATUS NtWaitForDebugEvent(HANDLE DebugObjectHandle, BOOLEAN Alertable, LARGE_INTEGER *Timeout,
                             void *WaitStateChange)
{
    DBGUI_WAIT_STATE_CHANGE state;
    LARGE_INTEGER timeout;
    struct dbgk_event event;
    void *object;
    NTSTATUS status = Timeout ? guest_read(&timeout, Timeout) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(DebugObjectHandle, &dbgk_object_type, DEBUG_READ_EVENT, &object);
    if (!NT_SUCCESS(status))
        return status;
    status = wait_for_event(object, Alertable, Timeout ? &timeout : NULL, &event);
    if (status == STATUS_SUCCESS) {
        describe(&event, &state);
        status = wow_active ? wow_write_debug_event(WaitStateChange, &state)
                            : guest_copy(WaitStateChange, &state, sizeof state);
        if (!NT_SUCCESS(status))
            close_handles(&state);
    }
    ob_dereference(object);
    return status;
}
