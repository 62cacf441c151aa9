/*
 * The crash report of an exception that nobody handled: code and name, where, registers, the chain of
 * callers, in one write to stderr. Uses nothing that a damaged process may lack.
 */
#include "report.h"
#include <nt/exception.h>
#include <nt/ldr.h>
#include <nt/peb.h>
#include <nt/syscalls.h>

void report_text(struct report *report, const char *text)
{
    while (*text && report->length < sizeof report->text)
        report->text[report->length++] = *text++;
}

void report_hex(struct report *report, ULONG64 value, int digits)
{
    char text[17];
    int n = 16;
    text[16] = 0;
    while (n > 0 && (value || 16 - n < (digits ? digits : 1))) {
        text[--n] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
    report_text(report, text + n);
}

void report_decimal(struct report *report, ULONG64 value)
{
    char text[21];
    int n = 20;
    text[20] = 0;
    do {
        text[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    report_text(report, text + n);
}

void report_address(struct report *report, ULONG_PTR address)
{
    struct exception_module module;
    exception_find_module(address, &module);
    if (module.base) {
        report_text(report, module.name);
        report_text(report, "+0x");
        report_hex(report, address - module.base, 0);
    } else {
        report_text(report, "0x");
        report_hex(report, address, 0);
    }
}

void report_print(struct report *report)
{
    GwDebugPrint(report->text, report->length);
    report->length = 0;
}

/* What the delay-load helper of Visual C++ raises. */
enum { DELAYED_DLL_NOT_FOUND = 0xc06d007e, DELAYED_FUNCTION_NOT_FOUND = 0xc06d007f };

static const struct {
    DWORD code;
    const char *name;
} names[] = {
    {(DWORD)STATUS_ACCESS_VIOLATION, "access violation"},
    {(DWORD)STATUS_IN_PAGE_ERROR, "in-page error"},
    {(DWORD)STATUS_STACK_OVERFLOW, "stack overflow"},
    {(DWORD)STATUS_ILLEGAL_INSTRUCTION, "illegal instruction"},
    {(DWORD)STATUS_PRIVILEGED_INSTRUCTION, "privileged instruction"},
    {(DWORD)STATUS_INTEGER_DIVIDE_BY_ZERO, "integer divide by zero"},
    {(DWORD)STATUS_INTEGER_OVERFLOW, "integer overflow"},
    {(DWORD)STATUS_ARRAY_BOUNDS_EXCEEDED, "array bounds exceeded"},
    {(DWORD)STATUS_FLOAT_DIVIDE_BY_ZERO, "floating-point divide by zero"},
    {(DWORD)STATUS_FLOAT_INVALID_OPERATION, "invalid floating-point operation"},
    {(DWORD)STATUS_FLOAT_OVERFLOW, "floating-point overflow"},
    {(DWORD)STATUS_FLOAT_UNDERFLOW, "floating-point underflow"},
    {(DWORD)STATUS_FLOAT_INEXACT_RESULT, "inexact floating-point result"},
    {(DWORD)STATUS_FLOAT_DENORMAL_OPERAND, "denormal floating-point operand"},
    {(DWORD)STATUS_FLOAT_STACK_CHECK, "floating-point stack check"},
    {(DWORD)STATUS_DATATYPE_MISALIGNMENT, "datatype misalignment"},
    {(DWORD)STATUS_BREAKPOINT, "breakpoint"},
    {(DWORD)STATUS_SINGLE_STEP, "single step"},
    {(DWORD)STATUS_GUARD_PAGE_VIOLATION, "guard page violation"},
    {(DWORD)STATUS_STACK_BUFFER_OVERRUN, "fast fail"},
    {(DWORD)STATUS_ASSERTION_FAILURE, "assertion failure"},
    {(DWORD)STATUS_HEAP_CORRUPTION, "heap corruption"},
    {(DWORD)STATUS_NONCONTINUABLE_EXCEPTION, "noncontinuable exception continued"},
    {(DWORD)STATUS_INVALID_DISPOSITION, "invalid disposition of an exception handler"},
    {(DWORD)STATUS_BAD_STACK, "bad stack"},
    {(DWORD)STATUS_INVALID_UNWIND_TARGET, "invalid unwind target"},
    {(DWORD)STATUS_ENTRYPOINT_NOT_FOUND, "missing function called"},
    {(DWORD)STATUS_INVALID_HANDLE, "invalid handle"},
    {(DWORD)STATUS_NO_MEMORY, "out of memory"},
    {DELAYED_DLL_NOT_FOUND, "a DLL for first use was not found"},
    {DELAYED_FUNCTION_NOT_FOUND, "a function for first use was not found"},
    {0xe06d7363, "C++ exception"},
    {0x20474343, "C++ exception (GCC)"},
    {0xe0434352, ".NET exception"},
};

static void report_name(struct report *report, DWORD code)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].code == code) {
            report_text(report, " (");
            report_text(report, names[i].name);
            report_text(report, ")");
            return;
        }
    }
}

/* A program that jumps to nowhere has perhaps not looked at what GetProcAddress gave it; a function of a DLL
 * that is loaded on first use is looked up by the program's own code. */
static void report_not_found(struct report *report, const EXCEPTION_RECORD *record)
{
    BOOLEAN nowhere = record->ExceptionCode == (DWORD)STATUS_ACCESS_VIOLATION &&
                      record->NumberParameters >= 2 &&
                      record->ExceptionInformation[0] == EXCEPTION_EXECUTE_FAULT &&
                      record->ExceptionInformation[1] < 0x10000;
    if ((!nowhere && record->ExceptionCode != DELAYED_FUNCTION_NOT_FOUND) || !ldr_not_found.function[0])
        return;
    report_text(report, "\n  asked for by name before, and not found: ");
    report_text(report, ldr_not_found.function);
    report_text(report, " of ");
    report_text(report, ldr_not_found.dll);
}

static void report_parameters(struct report *report, const EXCEPTION_RECORD *record)
{
    const ULONG_PTR *values = record->ExceptionInformation;
    if ((record->ExceptionCode == (DWORD)STATUS_ACCESS_VIOLATION ||
         record->ExceptionCode == (DWORD)STATUS_IN_PAGE_ERROR) &&
        record->NumberParameters >= 2) {
        report_text(report, values[0] == EXCEPTION_WRITE_FAULT     ? ", writing 0x"
                            : values[0] == EXCEPTION_EXECUTE_FAULT ? ", executing 0x"
                                                                   : ", reading 0x");
        report_hex(report, values[1], 0);
    } else if (record->NumberParameters && record->NumberParameters <= EXCEPTION_MAXIMUM_PARAMETERS) {
        report_text(report, ", parameters");
        for (DWORD i = 0; i < record->NumberParameters; i++) {
            report_text(report, " 0x");
            report_hex(report, values[i], 0);
        }
    }
}

#ifdef _WIN64
static void report_registers(struct report *report, const CONTEXT *context)
{
    static const char register_names[] =
        "rax\0rcx\0rdx\0rbx\0rsp\0rbp\0rsi\0rdi\0 r8\0 r9\0r10\0r11\0r12\0r13\0r14\0r15";
    for (int i = 0; i < 16; i++) {
        report_text(report, i % 4 ? "  " : "\n  ");
        report_text(report, register_names + 4 * i);
        report_text(report, " ");
        report_hex(report, (&context->Rax)[i], 16);
    }
    report_text(report, "\n  rip ");
    report_hex(report, context->Rip, 16);
    report_text(report, "  flags ");
    report_hex(report, context->EFlags, 8);
}

static void report_callers(struct report *report, CONTEXT *context)
{
    const NT_TIB *tib = (const NT_TIB *)NtCurrentTeb();
    for (int i = 0; i < 32; i++) {
        DWORD64 base = 0, frame, rsp = context->Rsp, rip = context->Rip;
        PVOID handler_data;
        report_text(report, i ? "\n     " : "\n  in ");
        report_address(report, rip);
        if (rsp < (DWORD64)tib->StackLimit || rsp + 8 > (DWORD64)tib->StackBase || (rsp & 7)) {
            break;
        }
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(rip, &base, NULL);
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, rip, function, context, &handler_data, &frame, NULL);
        if (!context->Rip || (context->Rsp == rsp && context->Rip == rip))
            break;
    }
}
#else
static void report_registers(struct report *report, const CONTEXT *context)
{
    static const struct {
        const char *name;
        USHORT offset;
    } registers[] = {{"eax", offsetof(CONTEXT, Eax)}, {"ebx", offsetof(CONTEXT, Ebx)},
                     {"ecx", offsetof(CONTEXT, Ecx)}, {"edx", offsetof(CONTEXT, Edx)},
                     {"esi", offsetof(CONTEXT, Esi)}, {"edi", offsetof(CONTEXT, Edi)},
                     {"ebp", offsetof(CONTEXT, Ebp)}, {"esp", offsetof(CONTEXT, Esp)},
                     {"eip", offsetof(CONTEXT, Eip)}, {"flags", offsetof(CONTEXT, EFlags)}};
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        report_text(report, i % 4 ? "  " : "\n  ");
        report_text(report, registers[i].name);
        report_text(report, " ");
        report_hex(report, *(const DWORD *)((const char *)context + registers[i].offset), 8);
    }
}

/* By frame pointers. Where the code that was interrupted keeps none, what they lead to is still on the
 * stack or ends the list. */
static void report_callers(struct report *report, CONTEXT *context)
{
    const NT_TIB *tib = (const NT_TIB *)NtCurrentTeb();
    ULONG_PTR frame = context->Ebp, least = context->Esp;
    report_text(report, "\n  in ");
    report_address(report, context->Eip);
    for (int i = 0; i < 32 && frame >= least && frame >= (ULONG_PTR)tib->StackLimit && !(frame & 3) &&
                    frame + 8 <= (ULONG_PTR)tib->StackBase;
         i++) {
        const ULONG_PTR *words = (const ULONG_PTR *)frame;
        if (!words[1])
            break;
        report_text(report, "\n     ");
        report_address(report, words[1]);
        least = frame + 8;
        frame = words[0];
    }
}
#endif

void __gastwirt_report_exception(EXCEPTION_RECORD *record, CONTEXT *context, const char *why)
{
    struct report report;
    report.length = 0;
    report_text(&report, "Unhandled exception 0x");
    report_hex(&report, record->ExceptionCode, 8);
    report_name(&report, record->ExceptionCode);
    report_text(&report, " at ");
    report_address(&report, (ULONG_PTR)record->ExceptionAddress);
    report_parameters(&report, record);
    report_text(&report, ", thread 0x");
    report_hex(&report, (ULONG_PTR)NtCurrentTeb()->ClientId.UniqueThread, 0);
    if (why) {
        report_text(&report, "; ");
        report_text(&report, why);
    }
    const EXCEPTION_RECORD *cause = record->ExceptionRecord;
    for (int i = 0; cause && i < 4; i++, cause = cause->ExceptionRecord) {
        report_text(&report, "\n  after 0x");
        report_hex(&report, cause->ExceptionCode, 8);
        report_name(&report, cause->ExceptionCode);
        report_text(&report, " at ");
        report_address(&report, (ULONG_PTR)cause->ExceptionAddress);
        report_parameters(&report, cause);
    }
    report_not_found(&report, record);
    CONTEXT copy = *context;
    report_registers(&report, context);
    report_callers(&report, &copy);
    report_text(&report, "\n");
    report_print(&report);
}

/* A second exception while the first one is reported ends it at once. */
void exception_fatal(EXCEPTION_RECORD *record, CONTEXT *context, const char *why)
{
    static volatile LONG reporting_thread;
    const LONG self = (LONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueThread;
    if (reporting_thread != self) {
        reporting_thread = self;
        __gastwirt_report_exception(record, context, why);
    }
    for (;;)
        NtTerminateProcess(NtCurrentProcess(), (NTSTATUS)record->ExceptionCode);
}
