/*
 * Breakpoints and debug text: a debugger hears of it by an exception, without one nobody listens.
 */
#include <nt/dbgui.h>
#include <nt/exception.h>
#include <nt/rtl.h>
#include <stdarg.h>
#include <string.h>

ULONG __cdecl DbgPrint(const char *format, ...);
ULONG __cdecl DbgPrintEx(ULONG component, ULONG level, const char *format, ...);
ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, const char *format, va_list arguments);
ULONG NTAPI vDbgPrintExWithPrefix(const char *prefix, ULONG component, ULONG level, const char *format,
                                  va_list arguments);
int __cdecl _vsnprintf(char *buffer, SIZE_T count, const char *format, va_list arguments);

VOID NTAPI DbgBreakPoint(void)
{
    __asm__ volatile("int3");
}

VOID NTAPI DbgUserBreakPoint(void)
{
    __asm__ volatile("int3");
}

#define DEBUG_TEXT_MAX 512 /* longer text is cut, as documented */

static void print(const char *prefix, const char *format, va_list arguments)
{
    char text[DEBUG_TEXT_MAX];
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)DBG_PRINTEXCEPTION_C, .NumberParameters = 2};

    if (!rtl_peb()->BeingDebugged)
        return;
    SIZE_T used = strnlen(prefix, sizeof text - 1);
    memcpy(text, prefix, used);
    int more = _vsnprintf(text + used, sizeof text - 1 - used, format, arguments);
    used = more < 0 ? sizeof text - 1 : used + (SIZE_T)more;
    text[used] = 0;
    record.ExceptionInformation[0] = used + 1;
    record.ExceptionInformation[1] = (ULONG_PTR)text;
    __gastwirt_notify_handlers(&record);
}

ULONG __cdecl DbgPrint(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print("", format, arguments);
    va_end(arguments);
    return STATUS_SUCCESS;
}

/* The component's filter is the kernel debugger's; errors (level 0) pass it by default. */
ULONG NTAPI vDbgPrintExWithPrefix(const char *prefix, ULONG component, ULONG level, const char *format,
                                  va_list arguments)
{
    (void)component;
    if (level == 0)
        print(prefix, format, arguments);
    return STATUS_SUCCESS;
}

ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, const char *format, va_list arguments)
{
    return vDbgPrintExWithPrefix("", component, level, format, arguments);
}

ULONG __cdecl DbgPrintEx(ULONG component, ULONG level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vDbgPrintExWithPrefix("", component, level, format, arguments);
    va_end(arguments);
    return STATUS_SUCCESS;
}
