/*
 * What the stub of a function that is not implemented calls: names it and its caller, and raises an
 * exception that cannot be continued.
 */
#include <nt/exception.h>
#include "report.h"

/* "KERNEL32.dll" is named kernel32. */
static void report_dll(struct report *report, const char *dll)
{
    char name[64];
    ULONG length = 0;
    for (; dll[length] && length < sizeof name - 1; length++)
        name[length] = dll[length] >= 'A' && dll[length] <= 'Z' ? (char)(dll[length] | 32) : dll[length];
    name[length] = 0;
    if (length > 4 && RtlCompareMemory(name + length - 4, ".dll", 4) == 4)
        name[length - 4] = 0;
    report_text(report, name);
}

void NTAPI __gastwirt_missing(const char *dll, const char *function)
{
    struct report report = {.length = 0};
    ULONG_PTR caller = (ULONG_PTR)__builtin_return_address(0);
#ifdef _WIN64
    /* The stub called us; the frame behind it is the program. */
    PVOID callers[2];
    if (RtlWalkFrameChain(callers, 2, 0) == 2)
        caller = (ULONG_PTR)callers[1];
#endif
    report_dll(&report, dll);
    report_text(&report, ".");
    report_text(&report, function);
    report_text(&report, " is not implemented (called from ");
    report_address(&report, caller);
    report_text(&report, ")\n");
    report_print(&report);

    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)STATUS_ENTRYPOINT_NOT_FOUND,
                               .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                               .NumberParameters = 2,
                               .ExceptionInformation = {(ULONG_PTR)dll, (ULONG_PTR)function}};
    for (;;)
        RtlRaiseException(&record);
}
