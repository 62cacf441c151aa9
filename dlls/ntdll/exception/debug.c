/*
 * Breakpoints and debug text. Without a debugger nobody listens to DbgPrint.
 */
#include <nt/dbgui.h>
#include <nt/exception.h>
#include <stdarg.h>

ULONG __cdecl DbgPrint(const char *format, ...);
ULONG __cdecl DbgPrintEx(ULONG component, ULONG level, const char *format, ...);
ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, const char *format, va_list arguments);

VOID NTAPI DbgBreakPoint(void)
{
    __asm__ volatile("int3");
}

VOID NTAPI DbgUserBreakPoint(void)
{
    __asm__ volatile("int3");
}

ULONG __cdecl DbgPrint(const char *format, ...)
{
    (void)format;
    return STATUS_SUCCESS;
}

ULONG __cdecl DbgPrintEx(ULONG component, ULONG level, const char *format, ...)
{
    (void)component, (void)level, (void)format;
    return STATUS_SUCCESS;
}

ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, const char *format, va_list arguments)
{
    (void)component, (void)level, (void)format, (void)arguments;
    return STATUS_SUCCESS;
}
