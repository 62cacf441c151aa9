/*
 * The console's text in code pages: the terminal's is UTF-8, whatever else a program has chosen is converted
 * on the way, for WriteConsoleA and WriteFile alike.
 */
#include "console.h"
#include <string.h>

BOOL console_converts;

static struct {
    RTL_SRWLOCK lock; /* guards the rest */
    UINT page;
    CHAR lead; /* the first half of a character, at the end of the last write in this page; 0: none */
} half;

static BOOL plain(HANDLE file, void *buffer, DWORD count, DWORD *ret_count, BOOL write)
{
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = write ? NtWriteFile(file, NULL, NULL, NULL, &iosb, buffer, count, NULL, NULL)
                            : NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, count, NULL, NULL);
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(file, FALSE, NULL);
        status = iosb.Status;
    }
    if (ret_count)
        *ret_count = NT_SUCCESS(status) ? (DWORD)iosb.Information : 0;
    if (status == STATUS_ALERTED)
        SetLastError(ERROR_OPERATION_ABORTED);
    return status == STATUS_END_OF_FILE || set_status(status);
}

/* Takes the half of the last write away, or puts this one's there; returns the half that was. */
static CHAR exchange_half(UINT page, CHAR lead)
{
    RtlAcquireSRWLockExclusive(&half.lock);
    CHAR before = half.page == page ? half.lead : 0;
    half.page = page;
    half.lead = lead;
    RtlReleaseSRWLockExclusive(&half.lock);
    return before;
}

static BOOL ends_with_half(UINT page, const CHAR *text, DWORD count)
{
    DWORD at = 0;
    while (at < count)
        at += IsDBCSLeadByteEx(page, (BYTE)text[at]) ? 2 : 1;
    return at > count;
}

BOOL WINAPI WriteConsoleA(HANDLE console, const void *text, DWORD count, DWORD *ret_written, void *reserved)
{
    DWORD mode;
    UINT page = GetConsoleOutputCP();
    (void)reserved;
    if (ret_written)
        *ret_written = 0;
    if (!GetConsoleMode(console, &mode))
        return FALSE;
    if (page == CP_UTF8) /* the terminal's */
        return plain(console, (void *)text, count, ret_written, TRUE);
    CPINFO info;
    BOOL doubles = GetCPInfo(page, &info) && info.MaxCharSize > 1;
    /* both copies, with room for a half before the text */
    CHAR *bytes = RtlAllocateHeap(process_heap(), 0, ((SIZE_T)count + 1) * (1 + sizeof(WCHAR)) + 1);
    if (!bytes) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    DWORD used = 0;
    CHAR lead = doubles && count ? exchange_half(page, 0) : 0;
    if (lead)
        bytes[used++] = lead;
    memcpy(bytes + used, text, count);
    used += count;
    if (doubles && used && ends_with_half(page, bytes, used))
        exchange_half(page, bytes[--used]);
    WCHAR *wide = (WCHAR *)(((ULONG_PTR)bytes + count + 2) & ~(ULONG_PTR)1);
    int length = used ? MultiByteToWideChar(page, 0, bytes, (int)used, wide, (int)used) : 0;
    BOOL good = !length || WriteConsoleW(console, wide, (DWORD)length, NULL, NULL);
    RtlFreeHeap(process_heap(), 0, bytes);
    if (ret_written)
        *ret_written = good ? count : 0;
    return good;
}

BOOL WINAPI ReadConsoleA(HANDLE console, void *buffer, DWORD count, DWORD *ret_read, void *control)
{
    DWORD mode, got = 0;
    UINT page = GetConsoleCP();
    (void)control;
    if (!GetConsoleMode(console, &mode))
        return FALSE;
    if (page == CP_UTF8 && !console_has_aliases())
        return plain(console, buffer, count, ret_read ? ret_read : &got, FALSE);
    /* A character is one byte of these, or its first half is lost with it: read no more than fit. */
    CPINFO info;
    DWORD fit = GetCPInfo(page, &info) ? count / info.MaxCharSize : count;
    WCHAR *wide = RtlAllocateHeap(process_heap(), 0, ((SIZE_T)fit + 1) * sizeof *wide);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    BOOL good = ReadConsoleW(console, wide, fit, &got, control);
    if (good)
        got = got ? (DWORD)WideCharToMultiByte(page, 0, wide, (int)got, buffer, (int)count, NULL, NULL) : 0;
    RtlFreeHeap(process_heap(), 0, wide);
    if (good && ret_read)
        *ret_read = got;
    return good;
}

/* ---- files that may be consoles */

static BOOL is_console(HANDLE file)
{
    DWORD mode, returned;
    return NT_SUCCESS(GwConsole(file, GW_CONSOLE_GET_MODE, NULL, 0, &mode, sizeof mode, &returned));
}

BOOL console_file_write(HANDLE file, const void *buffer, DWORD count, DWORD *ret_written, BOOL *ret_good)
{
    if (GetConsoleOutputCP() == CP_UTF8 || !is_console(file))
        return FALSE;
    *ret_good = WriteConsoleA(file, buffer, count, ret_written, NULL);
    return TRUE;
}

BOOL console_file_read(HANDLE file, void *buffer, DWORD count, DWORD *ret_read, BOOL *ret_good)
{
    if ((GetConsoleCP() == CP_UTF8 && !console_has_aliases()) || !is_console(file))
        return FALSE;
    *ret_good = ReadConsoleA(file, buffer, count, ret_read, NULL);
    return TRUE;
}
