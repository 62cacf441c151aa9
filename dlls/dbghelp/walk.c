/*
 * Walking stacks, and what dbghelp offers on images and folders.
 */
#include <windows.h>
#include <dbghelp.h>
#include <nt/ldr.h>
#include <string.h>

PVOID WINAPI SymFunctionTableAccess64(HANDLE process, DWORD64 address)
{
#ifdef _WIN64
    DWORD64 base;
    (void)process;
    return RtlLookupFunctionEntry(address, &base, NULL);
#else
    (void)process, (void)address; /* i386 has function tables only for frames without EBP, in databases */
    return NULL;
#endif
}

static BOOL read_word(HANDLE process, PREAD_PROCESS_MEMORY_ROUTINE64 routine, DWORD64 address, ULONG_PTR *ret)
{
    DWORD n = 0;
    SIZE_T size = 0;

    if (routine)
        return routine(process, address, ret, sizeof *ret, &n) && n == sizeof *ret;
    return ReadProcessMemory(process, (void *)(ULONG_PTR)address, ret, sizeof *ret, &size);
}

static void set(ADDRESS64 *address, DWORD64 offset)
{
    address->Offset = offset;
    address->Mode = AddrModeFlat;
}

/* The first call gives the context's own frame, each further one its caller's. Frame.Virtual: begun. */
BOOL WINAPI StackWalk64(DWORD machine, HANDLE process, HANDLE thread, LPSTACKFRAME64 frame, PVOID registers,
                        PREAD_PROCESS_MEMORY_ROUTINE64 reader,
                        PFUNCTION_TABLE_ACCESS_ROUTINE64 function_table,
                        PGET_MODULE_BASE_ROUTINE64 module_base, PTRANSLATE_ADDRESS_ROUTINE64 translate)
{
    CONTEXT *context = registers;
    ULONG_PTR word;

    (void)thread, (void)translate; /* 16-bit addresses only */
#ifdef _WIN64
    if (machine != IMAGE_FILE_MACHINE_AMD64 || !context) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (frame->Virtual) {
        DWORD64 base = 0, establisher;
        PVOID data;
        if (!context->Rip || !read_word(process, reader, context->Rsp, &word))
            return FALSE;
        /* The caller's routines know other processes' modules;. */
        RUNTIME_FUNCTION *function = NULL;
        if (function_table && function_table != SymFunctionTableAccess64 && module_base) {
            base = module_base(process, context->Rip);
            function = base ? function_table(process, context->Rip) : NULL;
        }
        if (!function)
            function = RtlLookupFunctionEntry(context->Rip, &base, NULL);
        const DWORD64 old = context->Rsp;
        if (function) {
            RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context->Rip, function, context, &data, &establisher,
                             NULL);
        } else {
            context->Rip = word;
            context->Rsp += 8;
        }
        if (!context->Rip || context->Rsp <= old)
            return FALSE;
    } else {
        frame->Virtual = TRUE;
    }
    set(&frame->AddrPC, context->Rip);
    set(&frame->AddrStack, context->Rsp);
    set(&frame->AddrFrame, context->Rbp);
    set(&frame->AddrReturn, read_word(process, reader, context->Rsp, &word) ? word : 0);
    frame->FuncTableEntry = SymFunctionTableAccess64(process, context->Rip);
#else
    (void)function_table, (void)module_base; /* frames are followed by EBP */
    if (machine != IMAGE_FILE_MACHINE_I386) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (frame->Virtual) {
        const DWORD64 at = frame->AddrFrame.Offset;
        ULONG_PTR next, caller;
        if (!at || !read_word(process, reader, at, &next) || !read_word(process, reader, at + 4, &caller) ||
            !caller)
            return FALSE;
        set(&frame->AddrPC, caller);
        set(&frame->AddrStack, at + 8);
        set(&frame->AddrFrame, next > at ? next : 0);
    } else {
        frame->Virtual = TRUE;
        if (context) {
            set(&frame->AddrPC, context->Eip);
            set(&frame->AddrStack, context->Esp);
            set(&frame->AddrFrame, context->Ebp);
        }
    }
    const DWORD64 at = frame->AddrFrame.Offset;
    set(&frame->AddrReturn, at && read_word(process, reader, at + 4, &word) ? word : 0);
    for (int i = 0; i < 4; i++)
        frame->Params[i] = at && read_word(process, reader, at + 8 + 4 * (DWORD)i, &word) ? word : 0;
    if (context) {
        context->Eip = (DWORD)frame->AddrPC.Offset;
        context->Esp = (DWORD)frame->AddrStack.Offset;
        context->Ebp = (DWORD)frame->AddrFrame.Offset;
    }
    frame->FuncTableEntry = NULL;
#endif
    frame->Far = FALSE;
    return TRUE;
}

PIMAGE_NT_HEADERS WINAPI ImageNtHeader(PVOID base)
{
    return RtlImageNtHeader(base);
}

PVOID WINAPI ImageDirectoryEntryToData(PVOID base, BOOLEAN mapped, USHORT index, PULONG size)
{
    return RtlImageDirectoryEntryToData(base, mapped, index, size);
}

PVOID WINAPI ImageRvaToVa(PIMAGE_NT_HEADERS nt, PVOID base, ULONG rva, PIMAGE_SECTION_HEADER *last)
{
    return RtlImageRvaToVa(nt, base, rva, last);
}

PIMAGE_SECTION_HEADER WINAPI ImageRvaToSection(PIMAGE_NT_HEADERS nt, PVOID base, ULONG rva)
{
    return RtlImageRvaToSection(nt, base, rva);
}

/* Makes the folders of a path; what follows its last backslash is a file. */
BOOL WINAPI MakeSureDirectoryPathExists(PCSTR path)
{
    char folder[MAX_PATH];
    const size_t length = strlen(path);

    if (length >= sizeof folder) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    for (size_t i = 0; i < length; i++) {
        folder[i] = path[i];
        if (path[i] != '\\' || i == 0 || path[i - 1] == ':' || path[i - 1] == '\\')
            continue;
        folder[i] = 0;
        if (!CreateDirectoryA(folder, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
            return FALSE;
        folder[i] = path[i];
    }
    return TRUE;
}
