/* Exceptions that nobody handles: the filters that ntdll calls, its report, raising what cannot be continued.
 */
#include "harness.h"

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

#define LOAD(result, name, parameters) result(NTAPI *name) parameters = found(#name)

static EXCEPTION_RECORD seen, cause;

static LONG NTAPI catch_it(EXCEPTION_POINTERS *info)
{
    seen = *info->ExceptionRecord;
    if (seen.ExceptionRecord)
        cause = *seen.ExceptionRecord;
    if (seen.ExceptionCode != (DWORD)STATUS_NONCONTINUABLE_EXCEPTION)
        return EXCEPTION_CONTINUE_SEARCH;
    ExitThread(66);
    return EXCEPTION_CONTINUE_SEARCH;
}

static DWORD WINAPI raises(void *unused)
{
    LOAD(void, RtlRaiseNoncontinuableException, (EXCEPTION_RECORD *, CONTEXT *));
    EXCEPTION_RECORD record = {.ExceptionCode = 0xe0000042, .ExceptionFlags = EXCEPTION_NONCONTINUABLE};
    CONTEXT context = {0};

    RtlCaptureContext(&context);
    RtlRaiseNoncontinuableException(&record, &context);
    return 1;
}

TEST(noncontinuable)
{
    ORACLE_CRASHES("RtlRaiseNoncontinuableException is missing");
    DWORD code = 0;
    void *handler = AddVectoredExceptionHandler(1, catch_it);
    HANDLE thread = CreateThread(NULL, 0, raises, NULL, 0, NULL);

    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 66);
    CHECK(seen.ExceptionFlags & EXCEPTION_NONCONTINUABLE);
    CHECK_EQ(cause.ExceptionCode, 0xe0000042);
    RemoveVectoredExceptionHandler(handler);
    CloseHandle(thread);
}

static LONG NTAPI ends_with_55(EXCEPTION_POINTERS *info)
{
    ExitProcess(info->ExceptionRecord->ExceptionCode == 0xe0000055 ? 55 : 56);
}

/* kernel32's filter goes through it, and a program that sets it here is asked as well. */
CHILD(own_filter)
{
    LOAD(void *, RtlSetUnhandledExceptionFilter, (PTOP_LEVEL_EXCEPTION_FILTER));

    RtlSetUnhandledExceptionFilter(ends_with_55);
    RaiseException(0xe0000055, 0, 0, NULL);
    return 1;
}

static EXCEPTION_POINTERS *pointers(void)
{
    static EXCEPTION_RECORD record = {.ExceptionCode = 0xe0000077};
    static CONTEXT context;
    static EXCEPTION_POINTERS pair = {&record, &context};

    RtlCaptureContext(&context);
#ifdef _WIN64
    record.ExceptionAddress = (void *)context.Rip;
#else
    record.ExceptionAddress = (void *)context.Eip;
#endif
    return &pair;
}

CHILD(reports)
{
    LOAD(LONG, RtlReportException, (EXCEPTION_RECORD *, CONTEXT *, ULONG));
    EXCEPTION_POINTERS *pair = pointers();

    return RtlReportException(pair->ExceptionRecord, pair->ContextRecord, 0) == STATUS_SUCCESS ? 57 : 58;
}

CHILD(filters)
{
    LOAD(LONG, RtlUnhandledExceptionFilter, (EXCEPTION_POINTERS *));

    return RtlUnhandledExceptionFilter(pointers()) == EXCEPTION_EXECUTE_HANDLER ? 59 : 60;
}

CHILD(filters_with_flags)
{
    LOAD(LONG, RtlUnhandledExceptionFilter2, (EXCEPTION_POINTERS *, ULONG));

    return RtlUnhandledExceptionFilter2(pointers(), 0) == EXCEPTION_EXECUTE_HANDLER ? 61 : 62;
}

/* The exit code, and in text what the child has written to standard error. */
static DWORD run_child(const char *name, char *text, DWORD size)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process = {0};
    char path[MAX_PATH], line[MAX_PATH + 40];
    DWORD code = 0xdeadbeef, got, used = 0;
    HANDLE reader, writer;

    CHECK(CreatePipe(&reader, &writer, &inherit, 0));
    SetHandleInformation(reader, HANDLE_FLAG_INHERIT, 0);
    info.hStdError = writer;
    info.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, name);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process));
    CloseHandle(writer);
    while (used + 1 < size && ReadFile(reader, text + used, size - 1 - used, &got, NULL) && got)
        used += got;
    text[used] = 0;
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(reader);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

TEST(filter_of_ntdll)
{
    char text[8192];

    CHECK_EQ(run_child("own_filter", text, sizeof text), 55);
}

TEST(reporting)
{
    ORACLE_CRASHES("these start a debugger or are missing");
    char text[8192];

    CHECK_EQ(run_child("reports", text, sizeof text), 57);
    CHECK(strstr(text, "e0000077") || strstr(text, "E0000077"));
    CHECK_EQ(run_child("filters", text, sizeof text), 59);
    CHECK(strstr(text, "e0000077") || strstr(text, "E0000077"));
    CHECK_EQ(run_child("filters_with_flags", text, sizeof text), 61);
    CHECK(strstr(text, "e0000077") || strstr(text, "E0000077"));
}

static __attribute__((noinline)) ULONG walk(void **callers, ULONG count, ULONG flags)
{
    LOAD(ULONG, RtlWalkFrameChain, (void **, ULONG, ULONG));
    ULONG got = RtlWalkFrameChain(callers, count, flags);

    return got + (callers[0] == (void *)1); /* no tail call */
}

TEST(chain_of_frames)
{
    ORACLE_CRASHES("RtlWalkFrameChain is missing");
    void *callers[32] = {0}, *few[2] = {0};
    ULONG count = walk(callers, 32, 0);
    HMODULE program = GetModuleHandleA(NULL), module;
    int ours = 0;

    CHECK(count >= 2);
    for (ULONG i = 0; i < count && i < 32; i++)
        if (GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                   GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                               callers[i], &module))
            ours += module == program;
    CHECK(ours >= 2);
    CHECK_EQ(walk(few, 2, 0), 2);
    CHECK_EQ(walk(few, 0, 0), 0);
}

#ifdef _WIN64
TEST(function_table_of_an_image)
{
    ORACLE_CRASHES("RtlLookupFunctionTable is not exported there");
    LOAD(void *, RtlLookupFunctionTable, (void *, void **, ULONG *));
    void *base = NULL;
    ULONG size = 0;
    HMODULE program = GetModuleHandleA(NULL);
    const IMAGE_NT_HEADERS *nt = (void *)((char *)program + ((IMAGE_DOS_HEADER *)program)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory =
        &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXCEPTION];

    CHECK_EQ((ULONG_PTR)RtlLookupFunctionTable((void *)(ULONG_PTR)walk, &base, &size),
             (ULONG_PTR)program + directory->VirtualAddress);
    CHECK_EQ((ULONG_PTR)base, (ULONG_PTR)program);
    CHECK_EQ(size, directory->Size);
    CHECK(RtlLookupFunctionTable((void *)16, &base, &size) == NULL);
}
#endif
