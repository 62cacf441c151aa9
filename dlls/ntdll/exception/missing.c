/*
 * What the stub of a function that is not implemented calls: names it and its caller, and raises an
 * exception that cannot be continued.
 */
#include <nt/exception.h>
#include "report.h"

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
    report_text(&report, dll);
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
