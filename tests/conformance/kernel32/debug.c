/*
 * Debugging aids of a process without a debugger.
 */
#include "harness.h"

static DWORD seen_code, seen_count;
static char seen_text[64];
static wchar_t seen_wide[64];

static LONG CALLBACK handler(EXCEPTION_POINTERS *p)
{
    const EXCEPTION_RECORD *record = p->ExceptionRecord;
    if (record->ExceptionCode == 0x40010006 && record->NumberParameters == 2) {
        seen_code = record->ExceptionCode;
        seen_count++;
        memcpy(seen_text, (void *)record->ExceptionInformation[1], record->ExceptionInformation[0]);
    } else if (record->ExceptionCode == 0x4001000a && record->NumberParameters == 4) {
        seen_code = record->ExceptionCode;
        seen_count++;
        memcpy(seen_wide, (void *)record->ExceptionInformation[1], record->ExceptionInformation[0] * 2);
        memcpy(seen_text, (void *)record->ExceptionInformation[3], record->ExceptionInformation[2]);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

TEST(output_debug_string)
{
    OutputDebugStringA("nobody listens");
    OutputDebugStringW(L"nobody listens");
    OutputDebugStringA(NULL);
    PVOID handle = AddVectoredExceptionHandler(1, handler);
    OutputDebugStringA("hello");
    CHECK_EQ(seen_count, 1);
    CHECK_EQ(seen_code, 0x40010006);
    CHECK_STR(seen_text, "hello");
    OutputDebugStringW(L"wide");
    CHECK(seen_count >= 2);
    CHECK_STR(seen_text, "wide");
    RemoveVectoredExceptionHandler(handle);
}

TEST(no_debugger)
{
    BOOL present = TRUE;
    CHECK(!IsDebuggerPresent());
    CHECK(CheckRemoteDebuggerPresent(GetCurrentProcess(), &present));
    CHECK(!present);
    CHECK_ERROR(CheckRemoteDebuggerPresent(NULL, &present), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CheckRemoteDebuggerPresent(GetCurrentProcess(), NULL), ERROR_INVALID_PARAMETER);
}

static LONG CALLBACK on_break(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != (DWORD)STATUS_BREAKPOINT)
        return EXCEPTION_CONTINUE_SEARCH;
    seen_code = EXCEPTION_BREAKPOINT;
#ifdef _WIN64
    CHECK_EQ(*(unsigned char *)p->ContextRecord->Rip, 0xcc);
    p->ContextRecord->Rip++;
#else
    p->ContextRecord->Eip++;
#endif
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(debug_break)
{
    PVOID handle = AddVectoredExceptionHandler(1, on_break);
    seen_code = 0;
    DebugBreak();
    CHECK_EQ(seen_code, (DWORD)EXCEPTION_BREAKPOINT);
    RemoveVectoredExceptionHandler(handle);
}
