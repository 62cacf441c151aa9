/*
 * FormatMessage: a text from a string, a module's message table or the system's, with inserts.
 */
#include "format.h"
#include <string.h>

NTSTATUS NTAPI RtlFindMessage(PVOID module, ULONG table, ULONG language, ULONG id,
                              MESSAGE_RESOURCE_ENTRY **ret_entry);

#ifndef ERROR_NO_WORK_DONE
#define ERROR_NO_WORK_DONE 235
#endif
#define RT_MESSAGETABLE_ID 11
#define MAX_INSERTS        99
#define BORROWED           (-2) /* nls_wide.length of a text that is not to be freed */

/* Arguments by number: from an array, or from a va_list whose earlier ones are remembered. */
struct insert_arguments {
    struct format_arguments arguments;
    const DWORD_PTR *array;
    va_list *list;
    ULONGLONG values[MAX_INSERTS + 3];
    unsigned taken;  /* how many of `values` there are */
    unsigned number; /* of the next one, from 0 */
};

static ULONGLONG next_insert(struct format_arguments *arguments, BOOL wide)
{
    struct insert_arguments *mine = (struct insert_arguments *)arguments;
    unsigned number = mine->number++;

    if (mine->array)
        return mine->array[number];
    if (number >= MAX_INSERTS + 3 || !mine->list)
        return 0;
    while (mine->taken <= number) {
        BOOL last = mine->taken == number;

        mine->values[mine->taken++] = last && wide ? va_arg(*mine->list, ULONGLONG)
                                                   : va_arg(*mine->list, DWORD_PTR);
    }
    return mine->values[number];
}

/* The output's current line, for wrapping. */
struct message {
    struct format_output output;
    DWORD width;       /* 0: as written; MAX_WIDTH_MASK: one line; else wrapped at this */
    SIZE_T line_start; /* where the line begins in the output */
};

static void new_line(struct message *message)
{
    format_put(&message->output, '\r');
    format_put(&message->output, '\n');
    message->line_start = message->output.used;
}

/* Breaks the line at its last space once it is longer than the width. */
static void wrap(struct message *message)
{
    struct format_output *output = &message->output;
    SIZE_T end = output->used, space;

    if (!message->width || message->width == FORMAT_MESSAGE_MAX_WIDTH_MASK ||
        end - message->line_start <= message->width)
        return;
    for (space = end; space > message->line_start; space--)
        if (output->text[space - 1] == ' ')
            break;
    if (space == message->line_start)
        return;
    {
        SIZE_T rest = end - space, blank = space - 1;
        WCHAR tail[256];

        if (rest > 255)
            return;
        memcpy(tail, output->text + space, rest * sizeof(WCHAR));
        output->used = blank;
        new_line(message);
        for (SIZE_T i = 0; i < rest; i++)
            format_put(output, tail[i]);
    }
}

static BOOL put_insert(struct message *message, const WCHAR **position, DWORD flags, BOOL ansi,
                       struct insert_arguments *arguments)
{
    const WCHAR *p = *position, *conversion, *end = NULL;
    unsigned number = *p++ - '0';
    WCHAR format[32];

    if (*p >= '0' && *p <= '9')
        number = number * 10 + (*p++ - '0');
    if (*p == '!') {
        for (end = p + 1; *end && *end != '!'; end++)
            ;
        if (*end != '!' || end - p > 30)
            end = NULL;
    }
    if (flags & FORMAT_MESSAGE_IGNORE_INSERTS) {
        format_put(&message->output, '%');
        for (; *position < (end ? end + 1 : p); ++*position)
            format_put(&message->output, **position);
        return TRUE;
    }
    if (!arguments->array && !arguments->list) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    arguments->number = number - 1;
    if (end) {
        memcpy(format, p + 1, (SIZE_T)(end - p - 1) * sizeof(WCHAR));
        format[end - p - 1] = 0;
        p = end + 1;
    } else {
        format[0] = 's';
        format[1] = 0;
    }
    conversion = format;
    if (!format_conversion(&message->output, &conversion, ansi, &arguments->arguments)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *position = p;
    return TRUE;
}

static BOOL format_message(struct message *message, const WCHAR *p, DWORD flags, BOOL ansi,
                           struct insert_arguments *arguments)
{
    while (*p) {
        WCHAR c = *p++;

        if (c == '\r' || c == '\n') {
            if (c == '\r' && *p == '\n')
                p++;
            if (!message->width)
                new_line(message);
            else
                format_put(&message->output, ' ');
        } else if (c != '%') {
            format_put(&message->output, c);
        } else if (*p == '0') {
            break;
        } else if (*p >= '1' && *p <= '9') {
            if (!put_insert(message, &p, flags, ansi, arguments))
                return FALSE;
        } else if (!*p) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return FALSE;
        } else {
            c = *p++;
            if (c == 'n')
                new_line(message);
            else if (c == 'r')
                format_put(&message->output, '\r');
            else if (c == 't')
                format_put(&message->output, '\t');
            else if (c == 'b')
                format_put(&message->output, ' ');
            else
                format_put(&message->output, c);
        }
        wrap(message);
    }
    if (message->output.failed)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return !message->output.failed;
}

/* ---- where the text comes from */

static BOOL find_in_module(HMODULE module, DWORD id, DWORD language, struct nls_wide *text)
{
    MESSAGE_RESOURCE_ENTRY *entry;
    NTSTATUS status = RtlFindMessage(module, RT_MESSAGETABLE_ID, language, id, &entry);

    if (!NT_SUCCESS(status)) {
        SetLastError(status == STATUS_MESSAGE_NOT_FOUND ? ERROR_MR_MID_NOT_FOUND
                                                        : RtlNtStatusToDosError(status));
        return FALSE;
    }
    if (entry->Flags & MESSAGE_RESOURCE_UNICODE) {
        text->text = (WCHAR *)(void *)entry->Text;
        text->length = BORROWED;
        return TRUE;
    }
    return nls_wide_from_ansi(text, CP_ACP, (const char *)entry->Text, -1);
}

/* The system's texts are kernel32's; a status or HRESULT that wraps a Win32 code has that one's. */
static BOOL find_in_system(DWORD id, DWORD language, struct nls_wide *text)
{
    static HMODULE system;

    if (!system)
        system = GetModuleHandleW(L"kernel32.dll");
    if (!system) {
        SetLastError(ERROR_MR_MID_NOT_FOUND);
        return FALSE;
    }
    if (find_in_module(system, id, language, text))
        return TRUE;
    return GetLastError() == ERROR_MR_MID_NOT_FOUND && (id >> 16) == 0x8007 &&
           find_in_module(system, id & 0xffff, language, text);
}

static BOOL find_text(DWORD flags, const void *source, DWORD id, DWORD language, BOOL ansi,
                      struct nls_wide *text)
{
    if (flags & FORMAT_MESSAGE_FROM_STRING) {
        if (ansi)
            return nls_wide_from_ansi(text, CP_ACP, source, -1);
        text->text = (WCHAR *)source;
        text->length = BORROWED;
        return TRUE;
    }
    if (flags & FORMAT_MESSAGE_FROM_HMODULE) {
        HMODULE module = source ? (HMODULE)source : current_peb()->ImageBaseAddress;

        if (find_in_module(module, id, language, text))
            return TRUE;
        if (!(flags & FORMAT_MESSAGE_FROM_SYSTEM))
            return FALSE;
    }
    return find_in_system(id, language, text);
}

/* Produces the text in message->output (heap), not terminated. */
static BOOL make_message(struct message *message, DWORD flags, const void *source, DWORD id, DWORD language,
                         BOOL ansi, va_list *list)
{
    struct insert_arguments arguments = {.arguments.next = next_insert};
    struct nls_wide text = {0};
    BOOL ok;

    if (!(flags & (FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_FROM_SYSTEM)) ||
        ((flags & FORMAT_MESSAGE_FROM_STRING) &&
         ((flags & (FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_FROM_SYSTEM)) || !source))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!find_text(flags, source, id, language, ansi, &text))
        return FALSE;
    if (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY)
        arguments.array = (const DWORD_PTR *)list;
    else
        arguments.list = list;
    message->output.grows = TRUE;
    message->width = flags & FORMAT_MESSAGE_MAX_WIDTH_MASK;
    ok = format_message(message, text.text, flags, ansi, &arguments);
    if (text.length != BORROWED)
        nls_wide_free(&text);
    if (ok && !message->output.used) {
        SetLastError(235 /* ERROR_NO_WORK_DONE */);
        ok = FALSE;
    }
    return ok;
}

static void free_message(struct message *message)
{
    if (message->output.text)
        RtlFreeHeap(process_heap(), 0, message->output.text);
}

DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD id, DWORD language, LPWSTR buffer, DWORD size,
                            va_list *arguments)
{
    struct message message = {0};
    DWORD length = 0;

    if (!buffer) {
        SetLastError(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER ? ERROR_NOT_ENOUGH_MEMORY
                                                            : ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
        *(WCHAR **)(void *)buffer = NULL;
    if (make_message(&message, flags, source, id, language, FALSE, arguments)) {
        length = (DWORD)message.output.used;
        if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
            SIZE_T room = length + 1 > size ? length + 1 : size;
            WCHAR *allocated = LocalAlloc(LMEM_ZEROINIT, room * sizeof(WCHAR));

            if (allocated) {
                memcpy(allocated, message.output.text, length * sizeof(WCHAR));
                *(WCHAR **)(void *)buffer = allocated;
            } else {
                length = 0;
            }
        } else if (length + 1 > size) {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            if (size) {
                memcpy(buffer, message.output.text, (size - 1) * sizeof(WCHAR));
                buffer[size - 1] = 0;
            }
            length = 0;
        } else {
            memcpy(buffer, message.output.text, length * sizeof(WCHAR));
            buffer[length] = 0;
        }
    }
    free_message(&message);
    return length;
}

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD id, DWORD language, LPSTR buffer, DWORD size,
                            va_list *arguments)
{
    struct message message = {0};
    int length = 0;

    if (!buffer) {
        SetLastError(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER ? ERROR_NOT_ENOUGH_MEMORY
                                                            : ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
        *(char **)(void *)buffer = NULL;
    if (make_message(&message, flags, source, id, language, TRUE, arguments)) {
        int used = (int)message.output.used;

        length = WideCharToMultiByte(CP_ACP, 0, message.output.text, used, NULL, 0, NULL, NULL);
        if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
            SIZE_T room = (DWORD)length + 1 > size ? (DWORD)length + 1 : size;
            char *allocated = LocalAlloc(LMEM_ZEROINIT, room);

            if (allocated) {
                WideCharToMultiByte(CP_ACP, 0, message.output.text, used, allocated, length, NULL, NULL);
                *(char **)(void *)buffer = allocated;
            } else {
                length = 0;
            }
        } else if ((DWORD)length + 1 > size) {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            length = 0;
        } else {
            WideCharToMultiByte(CP_ACP, 0, message.output.text, used, buffer, length, NULL, NULL);
            buffer[length] = 0;
        }
    }
    free_message(&message);
    return (DWORD)length;
}
