/*
 * The console: modes, text, records, code pages, control events. The terminal itself is the host's
 * (GwConsole).
 */
#include "console.h"

BOOL console_call(HANDLE handle, ULONG operation, const void *in, ULONG in_size, void *out, ULONG out_size,
                  ULONG *ret_size)
{
    ULONG returned = 0;
    NTSTATUS status = GwConsole(handle, operation, (void *)in, in_size, out, out_size, &returned);
    if (ret_size)
        *ret_size = returned;
    if (status == STATUS_ALERTED) /* a read that Ctrl-C ended: it succeeds, with nothing and this error */
        SetLastError(ERROR_OPERATION_ABORTED);
    return set_status(status);
}

BOOL WINAPI GetConsoleMode(HANDLE console, DWORD *ret_mode)
{
    return console_call(console, GW_CONSOLE_GET_MODE, NULL, 0, ret_mode, sizeof *ret_mode, NULL);
}

BOOL WINAPI SetConsoleMode(HANDLE console, DWORD mode)
{
    return console_call(console, GW_CONSOLE_SET_MODE, &mode, sizeof mode, NULL, 0, NULL);
}

BOOL WINAPI WriteConsoleW(HANDLE console, const void *text, DWORD count, DWORD *ret_written, void *reserved)
{
    (void)reserved;
    if (ret_written)
        *ret_written = 0;
    if (!console_call(console, GW_CONSOLE_WRITE, text, count * sizeof(WCHAR), NULL, 0, NULL))
        return FALSE;
    if (ret_written)
        *ret_written = count;
    return TRUE;
}

BOOL WINAPI ReadConsoleW(HANDLE console, void *buffer, DWORD count, DWORD *ret_read, void *control)
{
    const CONSOLE_READCONSOLE_CONTROL *asked = control;
    gw_console_read read = {.count = count};
    ULONG size;
    DWORD used;
    BOOL good;
    if (ret_read)
        *ret_read = 0;
    if (asked && (asked->nLength != sizeof *asked || asked->nInitialChars > count)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (console_has_aliases() && console_alias_read(console, buffer, count, &used, &good)) {
        if (ret_read)
            *ret_read = used;
        return good;
    }
    if (asked)
        read.wakeup_mask = asked->dwCtrlWakeupMask;
    if (asked && asked->nInitialChars) {
        SIZE_T initial = asked->nInitialChars * sizeof(WCHAR);
        BYTE *in = RtlAllocateHeap(GetProcessHeap(), 0, sizeof read + initial);
        if (!in) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return FALSE;
        }
        CopyMemory(in, &read, sizeof read);
        CopyMemory(in + sizeof read, buffer, initial);
        good = console_call(console, GW_CONSOLE_READ, in, (ULONG)(sizeof read + initial), buffer,
                            count * sizeof(WCHAR), &size);
        RtlFreeHeap(GetProcessHeap(), 0, in);
    } else {
        good = console_call(console, GW_CONSOLE_READ, &read, sizeof read, buffer, count * sizeof(WCHAR),
                            &size);
    }
    if (!good)
        return FALSE;
    if (ret_read)
        *ret_read = size / sizeof(WCHAR);
    return TRUE;
}

/* ---- input records ---- */

static BOOL records(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count, ULONG flags)
{
    gw_console_read read = {.count = count, .flags = flags};
    ULONG size;
    if (!console_call(console, GW_CONSOLE_READ_INPUT, &read, sizeof read, buffer, count * sizeof *buffer,
                      &size))
        return FALSE;
    *ret_count = size / sizeof *buffer;
    return TRUE;
}

BOOL WINAPI ReadConsoleInputW(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    return records(console, buffer, count, ret_count, 2);
}

BOOL WINAPI PeekConsoleInputW(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    return records(console, buffer, count, ret_count, 1);
}

BOOL WINAPI ReadConsoleInputExW(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count,
                                USHORT flags)
{
    return records(console, buffer, count, ret_count, (flags & 1 ? 1 : 0) | (flags & 2 ? 0 : 2));
}

static void to_ansi(INPUT_RECORD *buffer, DWORD count)
{
    for (DWORD i = 0; i < count; i++)
        if (buffer[i].EventType == KEY_EVENT) {
            WCHAR c = buffer[i].Event.KeyEvent.uChar.UnicodeChar;
            buffer[i].Event.KeyEvent.uChar.UnicodeChar = 0;
            buffer[i].Event.KeyEvent.uChar.AsciiChar = c < 0x80 ? (CHAR)c : '?';
        }
}

BOOL WINAPI ReadConsoleInputA(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    BOOL good = records(console, buffer, count, ret_count, 2);
    if (good)
        to_ansi(buffer, *ret_count);
    return good;
}

BOOL WINAPI PeekConsoleInputA(HANDLE console, INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    BOOL good = records(console, buffer, count, ret_count, 1);
    if (good)
        to_ansi(buffer, *ret_count);
    return good;
}

BOOL WINAPI WriteConsoleInputW(HANDLE console, const INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    if (!console_call(console, GW_CONSOLE_WRITE_INPUT, buffer, count * sizeof *buffer, NULL, 0, NULL))
        return FALSE;
    *ret_count = count;
    return TRUE;
}

BOOL WINAPI WriteConsoleInputA(HANDLE console, const INPUT_RECORD *buffer, DWORD count, DWORD *ret_count)
{
    const UINT page = GetConsoleCP();
    for (DWORD done = 0; done < count; done++) {
        INPUT_RECORD record = buffer[done];
        if (record.EventType == KEY_EVENT) {
            WCHAR wide = 0;
            MultiByteToWideChar(page, 0, &record.Event.KeyEvent.uChar.AsciiChar, 1, &wide, 1);
            record.Event.KeyEvent.uChar.UnicodeChar = wide;
        }
        if (!WriteConsoleInputW(console, &record, 1, ret_count))
            return FALSE;
    }
    *ret_count = count;
    return TRUE;
}

BOOL WINAPI GetNumberOfConsoleInputEvents(HANDLE console, DWORD *ret_count)
{
    return console_call(console, GW_CONSOLE_INPUT_COUNT, NULL, 0, ret_count, sizeof *ret_count, NULL);
}

BOOL WINAPI FlushConsoleInputBuffer(HANDLE console)
{
    return console_call(console, GW_CONSOLE_FLUSH_INPUT, NULL, 0, NULL, 0, NULL);
}

BOOL WINAPI GetNumberOfConsoleMouseButtons(DWORD *ret_count)
{
    *ret_count = 3;
    return TRUE;
}

/* ---- the screen ---- */

BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE console, CONSOLE_SCREEN_BUFFER_INFO *ret)
{
    gw_console_info info;
    if (!console_call(console, GW_CONSOLE_GET_INFO, NULL, 0, &info, sizeof info, NULL))
        return FALSE;
    ret->dwSize = (COORD){info.size.x, info.size.y};
    ret->dwCursorPosition = (COORD){info.cursor.x, info.cursor.y};
    ret->wAttributes = info.attributes;
    ret->srWindow = (SMALL_RECT){info.window.left, info.window.top, info.window.right, info.window.bottom};
    ret->dwMaximumWindowSize = (COORD){info.maximum.x, info.maximum.y};
    return TRUE;
}

BOOL WINAPI GetConsoleScreenBufferInfoEx(HANDLE console, CONSOLE_SCREEN_BUFFER_INFOEX *ret)
{
    gw_console_info info;
    if (ret->cbSize != sizeof *ret) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!console_call(console, GW_CONSOLE_GET_INFO, NULL, 0, &info, sizeof info, NULL))
        return FALSE;
    ret->dwSize = (COORD){info.size.x, info.size.y};
    ret->dwCursorPosition = (COORD){info.cursor.x, info.cursor.y};
    ret->wAttributes = info.attributes;
    ret->srWindow = (SMALL_RECT){info.window.left, info.window.top, info.window.right, info.window.bottom};
    ret->dwMaximumWindowSize = (COORD){info.maximum.x, info.maximum.y};
    ret->wPopupAttributes = info.popup_attributes;
    ret->bFullscreenSupported = FALSE;
    for (int i = 0; i < 16; i++)
        ret->ColorTable[i] = info.colors[i];
    return TRUE;
}

COORD WINAPI GetLargestConsoleWindowSize(HANDLE console)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(console, &info))
        return (COORD){0, 0};
    return info.dwMaximumWindowSize;
}

BOOL WINAPI SetConsoleCursorPosition(HANDLE console, COORD position)
{
    gw_console_coord at = {position.X, position.Y};
    return console_call(console, GW_CONSOLE_SET_CURSOR, &at, sizeof at, NULL, 0, NULL);
}

BOOL WINAPI SetConsoleTextAttribute(HANDLE console, WORD attributes)
{
    ULONG value = attributes;
    return console_call(console, GW_CONSOLE_SET_ATTRIBUTE, &value, sizeof value, NULL, 0, NULL);
}

BOOL WINAPI GetConsoleCursorInfo(HANDLE console, CONSOLE_CURSOR_INFO *ret)
{
    gw_console_cursor cursor;
    if (!console_call(console, GW_CONSOLE_GET_CURSOR_INFO, NULL, 0, &cursor, sizeof cursor, NULL))
        return FALSE;
    ret->dwSize = cursor.size;
    ret->bVisible = (BOOL)cursor.visible;
    return TRUE;
}

BOOL WINAPI SetConsoleCursorInfo(HANDLE console, const CONSOLE_CURSOR_INFO *info)
{
    gw_console_cursor cursor = {info->dwSize, info->bVisible != 0};
    if (info->dwSize < 1 || info->dwSize > 100) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return console_call(console, GW_CONSOLE_SET_CURSOR_INFO, &cursor, sizeof cursor, NULL, 0, NULL);
}

BOOL WINAPI SetConsoleActiveScreenBuffer(HANDLE console)
{
    return console_call(console, GW_CONSOLE_SHOW_BUFFER, NULL, 0, NULL, 0, NULL);
}

HANDLE WINAPI CreateConsoleScreenBuffer(DWORD access, DWORD sharing, const SECURITY_ATTRIBUTES *security,
                                        DWORD flags, void *data)
{
    gw_console_create create = {access, sharing, security && security->bInheritHandle};
    ULONG64 handle;
    if (flags != CONSOLE_TEXTMODE_BUFFER || data) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (!console_call(NULL, GW_CONSOLE_CREATE_BUFFER, &create, sizeof create, &handle, sizeof handle, NULL))
        return INVALID_HANDLE_VALUE;
    return (HANDLE)(ULONG_PTR)handle;
}

/* ---- title, code pages, the console itself ---- */

static BOOL title_set;

/* Until somebody sets it, it is what the program was started with: STARTUPINFO's, or the program's path. */
DWORD WINAPI GetConsoleTitleW(PWSTR title, DWORD size)
{
    WCHAR text[256];
    const WCHAR *from = text;
    ULONG bytes;
    if (!size || !console_call(NULL, GW_CONSOLE_GET_TITLE, NULL, 0, text, sizeof text, &bytes))
        return 0;
    if (!title_set) {
        const RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
        const UNICODE_STRING *given = parameters->WindowTitle.Length ? &parameters->WindowTitle
                                                                     : &parameters->ImagePathName;
        from = given->Buffer;
        bytes = given->Length;
    }
    DWORD n = bytes / sizeof(WCHAR), give = n < size ? n : size - 1;
    for (DWORD i = 0; i < give; i++)
        title[i] = from[i];
    title[give] = 0;
    SetLastError(0);
    return n;
}

DWORD WINAPI GetConsoleTitleA(PSTR title, DWORD size)
{
    WCHAR text[256];
    DWORD n = GetConsoleTitleW(text, 256);
    if (n > 255) /* a path of that length: its beginning */
        n = 255;
    return size && wide_to_ansi(text, (int)n, title, size) <= size ? (DWORD)lstrlenA(title) : 0;
}

BOOL WINAPI SetConsoleTitleW(PCWSTR title)
{
    if (!console_call(NULL, GW_CONSOLE_SET_TITLE, title, (ULONG)lstrlenW(title) * sizeof(WCHAR), NULL, 0,
                      NULL))
        return FALSE;
    title_set = TRUE;
    return TRUE;
}

BOOL WINAPI SetConsoleTitleA(PCSTR title)
{
    WITH_WIDE(title, wide, FALSE, SetConsoleTitleW(wide));
}

static UINT code_page(int which)
{
    ULONG pages[2] = {65001, 65001};
    console_call(NULL, GW_CONSOLE_GET_CODE_PAGES, NULL, 0, pages, sizeof pages, NULL);
    return pages[which];
}

static BOOL set_code_page(int which, UINT page)
{
    ULONG pages[2] = {0, 0};
    if (!IsValidCodePage(page)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    pages[which] = page;
    console_converts = TRUE;
    return console_call(NULL, GW_CONSOLE_SET_CODE_PAGES, pages, sizeof pages, NULL, 0, NULL);
}

UINT WINAPI GetConsoleCP(void)
{
    return code_page(0);
}

UINT WINAPI GetConsoleOutputCP(void)
{
    return code_page(1);
}

BOOL WINAPI SetConsoleCP(UINT page)
{
    return set_code_page(0, page);
}

BOOL WINAPI SetConsoleOutputCP(UINT page)
{
    return set_code_page(1, page);
}

HWND WINAPI GetConsoleWindow(void)
{
    return NULL; /* the terminal's window is not ours to give */
}

static BOOL has_console(void)
{
    HANDLE console = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0,
                                 NULL);
    if (console == INVALID_HANDLE_VALUE)
        return FALSE;
    NtClose(console);
    return TRUE;
}

BOOL WINAPI AllocConsole(void)
{
    SetLastError(ERROR_ACCESS_DENIED); /* there is one already, or there can be none */
    return FALSE;
}

/* All processes of a terminal have it as their console from the start; nobody has another. */
BOOL WINAPI AttachConsole(DWORD process)
{
    if (has_console()) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    HANDLE handle = process == ATTACH_PARENT_PROCESS
                        ? NULL
                        : OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
    SetLastError(!handle && process != ATTACH_PARENT_PROCESS ? ERROR_INVALID_PARAMETER
                                                             : ERROR_INVALID_HANDLE);
    if (handle)
        NtClose(handle);
    return FALSE;
}

BOOL WINAPI FreeConsole(void)
{
    if (has_console())
        return TRUE;
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
}

DWORD WINAPI GetConsoleProcessList(DWORD *list, DWORD count)
{
    if (!list || !count) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (!has_console()) {
        SetLastError(ERROR_INVALID_HANDLE);
        return 0;
    }
    list[0] = GetCurrentProcessId();
    return 1;
}

BOOL WINAPI GetConsoleDisplayMode(DWORD *ret_flags)
{
    *ret_flags = 0;
    return TRUE;
}

BOOL WINAPI GetConsoleSelectionInfo(CONSOLE_SELECTION_INFO *ret)
{
    RtlZeroMemory(ret, sizeof *ret);
    return TRUE;
}

/* ---- control events ---- */

enum { MAX_HANDLERS = 64 };

static struct {
    RTL_SRWLOCK lock; /* guards the list */
    PHANDLER_ROUTINE handlers[MAX_HANDLERS];
    int count;
    BOOL listening, ignoring;
} control;

/* Asks the handlers, latest first; who takes none of them ends. */
static DWORD CALLBACK handle_event(void *argument)
{
    ULONG event = (ULONG)(ULONG_PTR)argument;
    PHANDLER_ROUTINE handlers[MAX_HANDLERS];
    BOOL done = FALSE;
    RtlAcquireSRWLockExclusive(&control.lock);
    int count = control.count;
    RtlCopyMemory(handlers, control.handlers, (SIZE_T)count * sizeof *handlers);
    RtlReleaseSRWLockExclusive(&control.lock);
    while (count && !done)
        done = handlers[--count](event);
    if (!done || event == CTRL_CLOSE_EVENT)
        ExitProcess((UINT)STATUS_CONTROL_C_EXIT);
    return 0;
}

/* Each event has a thread of its own, as documented: a handler that stays away keeps no other event waiting.
 * A console that is closed waits five seconds for its handlers. */
static DWORD CALLBACK control_thread(void *unused)
{
    ULONG event;
    (void)unused;
    while (NT_SUCCESS(GwConsole(NULL, GW_CONSOLE_WAIT_CONTROL, NULL, 0, &event, sizeof event, NULL))) {
        HANDLE thread = CreateThread(NULL, 0, handle_event, (void *)(ULONG_PTR)event, 0, NULL);
        if (!thread) {
            handle_event((void *)(ULONG_PTR)event);
            continue;
        }
        if (event == CTRL_CLOSE_EVENT) {
            WaitForSingleObject(thread, 5000);
            ExitProcess((UINT)STATUS_CONTROL_C_EXIT);
        }
        NtClose(thread);
    }
    return 0;
}

BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL add)
{
    BOOL found = FALSE, start = FALSE;
    if (!handler) {
        ULONG ignore = add != 0;
        control.ignoring = add != 0;
        return console_call(NULL, GW_CONSOLE_IGNORE_CTRL_C, &ignore, sizeof ignore, NULL, 0, NULL);
    }
    RtlAcquireSRWLockExclusive(&control.lock);
    if (add) {
        found = control.count < MAX_HANDLERS;
        if (found)
            control.handlers[control.count++] = handler;
        start = found && !control.listening;
        control.listening |= start;
    } else {
        for (int i = control.count; i-- > 0 && !found;)
            if (control.handlers[i] == handler) {
                found = TRUE;
                for (int k = i; k + 1 < control.count; k++)
                    control.handlers[k] = control.handlers[k + 1];
                control.count--;
            }
    }
    RtlReleaseSRWLockExclusive(&control.lock);
    if (!found) {
        SetLastError(add ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (start) {
        HANDLE thread = NULL;
        if (console_call(NULL, GW_CONSOLE_CONTROL_START, NULL, 0, NULL, 0, NULL))
            thread = CreateThread(NULL, 0, control_thread, NULL, 0, NULL);
        if (!thread)
            return FALSE;
        NtClose(thread);
    }
    return TRUE;
}

BOOL WINAPI GenerateConsoleCtrlEvent(DWORD event, DWORD group)
{
    ULONG values[2] = {event, group};
    if (event > CTRL_BREAK_EVENT) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return console_call(NULL, GW_CONSOLE_GENERATE, values, sizeof values, NULL, 0, NULL);
}
