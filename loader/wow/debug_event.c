/*
 * What NtWaitForDebugEvent gives a 32-bit debugger.
 */
#include "wow/thunk.h"
#include <nt/debug.h>
#include <string.h>

struct create_thread32 {
    ULONG key;
    PTR32 start;
};

struct state_change32 {
    ULONG state;
    CLIENT_ID32 client;
    union {
        struct {
            EXCEPTION_RECORD32 record;
            ULONG first_chance;
        } exception;
        struct {
            PTR32 handle;
            struct create_thread32 thread;
        } create_thread;
        struct {
            PTR32 process_handle, thread_handle;
            ULONG key;
            PTR32 file, base;
            ULONG debug_offset, debug_size;
            struct create_thread32 thread;
        } create_process;
        NTSTATUS exit_status;
        struct {
            PTR32 file, base;
            ULONG debug_offset, debug_size;
            PTR32 name;
        } load;
        PTR32 unload;
    } u;
};
_Static_assert(sizeof(struct state_change32) == 0x60, "DBGUI_WAIT_STATE_CHANGE");

#define WORD(pointer) ((PTR32)(uintptr_t)(pointer))

NTSTATUS wow_write_debug_event(void *guest, const DBGUI_WAIT_STATE_CHANGE *state)
{
    struct state_change32 narrow = {.state = state->NewState};
    narrow.client.UniqueProcess = WORD(state->AppClientId.UniqueProcess);
    narrow.client.UniqueThread = WORD(state->AppClientId.UniqueThread);
    switch (state->NewState) {
    case DbgCreateThreadStateChange:
        narrow.u.create_thread.handle = WORD(state->StateInfo.CreateThread.HandleToThread);
        narrow.u.create_thread.thread.start = WORD(state->StateInfo.CreateThread.NewThread.StartAddress);
        break;
    case DbgCreateProcessStateChange: {
        const DBGKM_CREATE_PROCESS *process = &state->StateInfo.CreateProcessInfo.NewProcess;
        narrow.u.create_process.process_handle = WORD(state->StateInfo.CreateProcessInfo.HandleToProcess);
        narrow.u.create_process.thread_handle = WORD(state->StateInfo.CreateProcessInfo.HandleToThread);
        narrow.u.create_process.file = WORD(process->FileHandle);
        narrow.u.create_process.base = WORD(process->BaseOfImage);
        narrow.u.create_process.debug_offset = process->DebugInfoFileOffset;
        narrow.u.create_process.debug_size = process->DebugInfoFileSize;
        narrow.u.create_process.thread.start = WORD(process->InitialThread.StartAddress);
        break;
    }
    case DbgExitThreadStateChange:
    case DbgExitProcessStateChange: narrow.u.exit_status = state->StateInfo.ExitThread.ExitStatus; break;
    case DbgExceptionStateChange:
    case DbgBreakpointStateChange:
    case DbgSingleStepStateChange:
        wow_narrow_record(&state->StateInfo.Exception.ExceptionRecord, &narrow.u.exception.record);
        narrow.u.exception.first_chance = state->StateInfo.Exception.FirstChance;
        break;
    case DbgLoadDllStateChange:
        narrow.u.load.file = WORD(state->StateInfo.LoadDll.FileHandle);
        narrow.u.load.base = WORD(state->StateInfo.LoadDll.BaseOfDll);
        narrow.u.load.debug_offset = state->StateInfo.LoadDll.DebugInfoFileOffset;
        narrow.u.load.debug_size = state->StateInfo.LoadDll.DebugInfoFileSize;
        narrow.u.load.name = WORD(state->StateInfo.LoadDll.NamePointer);
        break;
    case DbgUnloadDllStateChange: narrow.u.unload = WORD(state->StateInfo.UnloadDll.BaseAddress); break;
    default: break;
    }
    return guest_copy(guest, &narrow, sizeof narrow);
}
