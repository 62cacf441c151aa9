/*
 * Where every thread begins: LdrInitializeThunk sets the process up on its first thread (heap, PEB,
 * modules, imports, entry points), and afterwards only the thread.
 */
#include "private.h"
#include "../sxs/private.h"
#include <nt/dbgui.h>
#include <stdarg.h>

extern char __ImageBase[] __asm__(
#ifdef _WIN64
    "__ImageBase"
#else
    "___ImageBase"
#endif
);

static PEB_LDR_DATA loader_data;
static RTL_CRITICAL_SECTION peb_lock = {.DebugInfo = (void *)(ULONG_PTR)-1, .LockCount = -1};
static volatile LONG process_started;

/* A line on the process's standard error: %s %x %S(wide, UNICODE_STRING *). */
void ldr_print(const char *format, ...)
{
    char line[1024];
    ULONG n = 0;
    va_list arguments;
    IO_STATUS_BLOCK iosb;

    va_start(arguments, format);
    for (; *format && n < sizeof line - 12; format++) {
        if (*format != '%') {
            line[n++] = *format;
        } else if (*++format == 's') {
            for (const char *s = va_arg(arguments, const char *); *s && n < sizeof line - 12; s++)
                line[n++] = *s;
        } else if (*format == 'x') {
            ULONG value = va_arg(arguments, ULONG);
            for (int shift = 28; shift >= 0; shift -= 4)
                line[n++] = "0123456789abcdef"[value >> shift & 15];
        } else if (*format == 'p') {
            const UNICODE_STRING *s = va_arg(arguments, const UNICODE_STRING *);
            ULONG written = 0;
            if (NT_SUCCESS(RtlUnicodeToUTF8N(line + n, sizeof line - 12 - n, &written, s->Buffer, s->Length)))
                n += written;
        }
    }
    va_end(arguments);
    line[n++] = '\n';
    HANDLE error = ldr_peb()->ProcessParameters->StandardError;
    if (error)
        NtWriteFile(error, NULL, NULL, NULL, &iosb, line, n, NULL, NULL);
}

DECLSPEC_NORETURN static void fail_start(const char *what, NTSTATUS status)
{
    ldr_print("run: %p: %s (status %x)", &ldr_peb()->ProcessParameters->ImagePathName, what,
              (unsigned)status);
    for (;;)
        NtTerminateProcess(NtCurrentProcess(), status);
}

static void initialize_peb(PEB *peb)
{
    loader_data.Length = sizeof loader_data;
    loader_data.InLoadOrderModuleList.Flink = loader_data.InLoadOrderModuleList.Blink =
        &loader_data.InLoadOrderModuleList;
    loader_data.InMemoryOrderModuleList.Flink = loader_data.InMemoryOrderModuleList.Blink =
        &loader_data.InMemoryOrderModuleList;
    loader_data.InInitializationOrderModuleList.Flink = loader_data.InInitializationOrderModuleList.Blink =
        &loader_data.InInitializationOrderModuleList;
    peb->Ldr = &loader_data;
    peb->FastPebLock = &peb_lock;
    peb->LoaderLock = &ldr_lock;
    ldr_apiset_initialize();
}

static void link_initialized(struct ldr_module *module)
{
    LIST_ENTRY *link = &module->entry.InInitializationOrderLinks;
    LIST_ENTRY *head = &loader_data.InInitializationOrderModuleList;
    link->Flink = head, link->Blink = head->Blink;
    head->Blink->Flink = link, head->Blink = link;
}

static NTSTATUS add_first_modules(PEB *peb)
{
    UNICODE_STRING *image = &peb->ProcessParameters->ImagePathName;
    static const WCHAR path[] = LDR_SYSTEM_FOLDER L"ntdll.dll";
    NTSTATUS status;

    status = ldr_add_module(peb->ImageBaseAddress, image->Buffer, image->Length / sizeof(WCHAR), FALSE,
                            &ldr_exe);
    if (!NT_SUCCESS(status))
        return status;
    status = ldr_add_module(__ImageBase, path, sizeof path / sizeof *path - 1, TRUE, &ldr_ntdll);
    if (!NT_SUCCESS(status))
        return status;
    ldr_exe->references = ldr_ntdll->references = LDR_PINNED;
    ldr_exe->entry.ObsoleteLoadCount = ldr_ntdll->entry.ObsoleteLoadCount = 0xffff;
    ldr_exe->entry.EntryPoint = ldr_exe->nt->OptionalHeader.AddressOfEntryPoint
                                    ? (char *)peb->ImageBaseAddress +
                                          ldr_exe->nt->OptionalHeader.AddressOfEntryPoint
                                    : NULL;
    ldr_ntdll->entry.EntryPoint = NULL; /* as on Windows */
    ldr_ntdll->state = LDR_STATE_READY;
    ldr_ntdll->entry.Flags |= LDRP_PROCESS_ATTACH_CALLED | LDRP_DONT_CALL_FOR_THREADS;
    link_initialized(ldr_ntdll);
    return STATUS_SUCCESS;
}

static void initialize_process(CONTEXT *context)
{
    PEB *peb = ldr_peb();
    struct ldr_load load = {.startup = TRUE};
    struct ldr_module *module;
    UNICODE_STRING reason = {0, 0, NULL};
    NTSTATUS status;

    peb->ProcessHeap = RtlCreateHeap(HEAP_GROWABLE, NULL, 0, 0, NULL, NULL);
    if (!peb->ProcessHeap)
        fail_start("there is not enough memory for the process heap", STATUS_NO_MEMORY);
    status = add_first_modules(peb);
    if (!NT_SUCCESS(status))
        fail_start("cannot be started", status);
    status = ldr_tls_thread_init();
    if (!NT_SUCCESS(status))
        fail_start("there is not enough memory for the first thread", status);
    rtl_open_current_directory();
    status = sxs_start_process(&reason);
    if (!NT_SUCCESS(status)) {
        ldr_print("run: %p", &reason);
        fail_start("its manifest asks for what is not there", status);
    }
    status = ldr_load_module(&load, L"kernel32.dll", 12, ldr_exe, &module);
    if (ldr_is_exhausted(status))
        fail_start("there is not enough memory for its DLLs", status);
    if (!NT_SUCCESS(status))
        fail_start("kernel32.dll cannot be loaded", status);
    module->references = LDR_PINNED;
    module->entry.ObsoleteLoadCount = 0xffff;
    ldr_add_dependency(ldr_exe, module);
    status = ldr_bind_imports(&load, ldr_exe);
    if (NT_SUCCESS(status))
        status = ldr_tls_add_module(ldr_exe);
    if (ldr_is_exhausted(status))
        fail_start("there is not enough memory for its DLLs", status);
    if (!NT_SUCCESS(status))
        fail_start("the import or TLS directory is damaged", status);
    ldr_exe->state = LDR_STATE_BOUND;
    /* What comes with the program stays: Windows pins the static imports, too. */
    for (LIST_ENTRY *link = loader_data.InLoadOrderModuleList.Flink;
         link != &loader_data.InLoadOrderModuleList; link = link->Flink) {
        module = CONTAINING_RECORD(link, struct ldr_module, entry.InLoadOrderLinks);
        module->references = LDR_PINNED;
        module->entry.ObsoleteLoadCount = 0xffff;
    }
    loader_data.Initialized = TRUE;
    if (peb->BeingDebugged) /* what debuggers wait for: everything is there, nothing has run */
        DbgBreakPoint();
    status = ldr_attach(ldr_exe, context);
    if (!NT_SUCCESS(status)) {
        for (LIST_ENTRY *link = loader_data.InInitializationOrderModuleList.Flink;
             link != &loader_data.InInitializationOrderModuleList; link = link->Flink) {
            module = CONTAINING_RECORD(link, struct ldr_module, entry.InInitializationOrderLinks);
            if (module->state == LDR_STATE_FAILED)
                ldr_print("run: the entry point of %p failed", &module->entry.BaseDllName);
        }
        fail_start("a DLL refused to initialize", status);
    }
}

/* Runs first on every thread, on the stack it will use, and continues with the context it is given. */
VOID NTAPI LdrInitializeThunk(CONTEXT *context, PVOID unused1, PVOID unused2, PVOID unused3)
{
    BOOLEAN first = !InterlockedExchange(&process_started, 1);
    NTSTATUS status;

    (void)unused1, (void)unused2, (void)unused3;
    if (first) {
        initialize_peb(ldr_peb());
        RtlEnterCriticalSection(&ldr_lock);
        initialize_process(context);
        RtlLeaveCriticalSection(&ldr_lock);
    } else {
        RtlEnterCriticalSection(&ldr_lock);
        status = ldr_tls_thread_init();
        if (!NT_SUCCESS(status)) {
            RtlLeaveCriticalSection(&ldr_lock);
            NtTerminateThread(NtCurrentThread(), status);
        }
        if (!(ldr_teb()->SameTebFlags & 0x8 /* SkipThreadAttach */))
            ldr_call_threads(DLL_THREAD_ATTACH);
        RtlLeaveCriticalSection(&ldr_lock);
    }
    NtContinue(context, TRUE);
    for (;;)
        NtTerminateThread(NtCurrentThread(), STATUS_INVALID_PARAMETER);
}
