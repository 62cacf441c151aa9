/*
 * run --trace: one line on stderr for each system call, with its arguments by name from
 * include/gastwirt/syscalls.def and its status. Pointers are shown, not followed, except for
 * counted strings and object names.
 */
#include <stdlib.h>
#include "ke/ke.h"
#include "ke/syscall_table.h"
#include "ke/trace.h"
#include "mm/guest.h"
#include "wow/thunk.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint8_t ke_tracing;

/* The line that the current call of this thread will print; empty: none is under way. */
static __thread char *line; /* allocated when the thread is first traced: untraced ones need not carry it */
static __thread size_t used;

enum { LINE_SIZE = 2048 };

__attribute__((format(printf, 1, 2))) static void append(const char *format, ...)
{
    va_list arguments;
    if (!line && !(line = malloc(LINE_SIZE)))
        return;
    va_start(arguments, format);
    int length = vsnprintf(line + used, LINE_SIZE - used, format, arguments);
    va_end(arguments);
    if (length > 0)
        used += (size_t)length < LINE_SIZE - used ? (size_t)length : LINE_SIZE - used - 1;
}

static void flush(void)
{
    if (!used)
        return;
    append("\n");
    ssize_t written = write(2, line, used);
    (void)written;
    used = 0;
}

/* The text of a counted string that lies in host memory. */
static void append_text(const UNICODE_STRING *string)
{
    WCHAR text[128];
    if (!string || !string->Buffer)
        return;
    size_t length = string->Length / sizeof(WCHAR) < 128 ? string->Length / sizeof(WCHAR) : 128;
    if (!NT_SUCCESS(guest_copy(text, string->Buffer, length * sizeof(WCHAR))))
        return;
    append(" \"");
    for (size_t i = 0; i < length; i++)
        append("%c", text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?');
    append("\"");
}

static void append_string(const UNICODE_STRING *guest)
{
    UNICODE_STRING string;
    if (guest && NT_SUCCESS(guest_read(&string, guest)))
        append_text(&string);
}

static void append_string32(uint32_t guest)
{
    UNICODE_STRING wide, *string;
    if (NT_SUCCESS(wow_read_string(guest, &wide, &string)))
        append_text(string);
}

/* "TYPE NAME" up to a semicolon, with its value. */
static void append_argument(const char *description, size_t length, uint64_t value)
{
    const char *end = description + length, *name = end;
    while (name > description && name[-1] != ' ' && name[-1] != '*')
        name--;
    bool pointer = name > description && name[-1] == '*';
    /* 32-bit types leave the upper half of their register undefined */
    if (!pointer && strncmp(description, "HANDLE", 6) != 0 && strncmp(description, "PVOID", 5) != 0 &&
        strncmp(description, "SIZE_T", 6) != 0 && strncmp(description, "ULONG_PTR", 9) != 0 &&
        strncmp(description, "PIO_APC", 7) != 0)
        value = strncmp(description, "BOOLEAN", 7) == 0 ? (uint8_t)value : (uint32_t)value;
    append("%.*s=%#llx", (int)(end - name), name, (unsigned long long)value);
    if (strncmp(description, "UNICODE_STRING *", 16) == 0) {
        if (wow_active)
            append_string32((uint32_t)value);
        else
            append_string((const UNICODE_STRING *)value);
    }
    if (strncmp(description, "OBJECT_ATTRIBUTES *", 19) == 0 && value) {
        OBJECT_ATTRIBUTES attributes;
        if (wow_active) {
            struct wow_attributes wide;
            OBJECT_ATTRIBUTES *result;
            if (NT_SUCCESS(wow_read_attributes((uint32_t)value, &wide, &result)))
                append_text(result->ObjectName);
            return;
        }
        if (NT_SUCCESS(guest_read(&attributes, (const OBJECT_ATTRIBUTES *)value)))
            append_string(attributes.ObjectName);
    }
}

void ke_trace_call(const struct ke_syscall *call, const uint64_t *registers, const uint64_t *stack)
{
    if (used) {
        append(") does not return");
        flush();
    }
    append("%d: %s(", ke_self->tid, call->name);
    const char *description = call->description;
    for (uint64_t i = 0; i < call->arguments && description && *description; i++) {
        size_t length = strcspn(description, ";");
        if (i)
            append(", ");
        append_argument(description, length, i < 6 ? registers[i] : stack[i - 6]);
        description += length + (description[length] == ';');
    }
    if (strstr(call->name, "Continue") || strstr(call->name, "Terminate") ||
        strstr(call->name, "RaiseException")) {
        append(")");
        flush();
    }
}

void wow_trace_call(const struct ke_syscall *call, const uint32_t *arguments)
{
    uint64_t wide[24] = {0};
    struct ke_syscall counted = *call;
    const char *description = call->description;
    uint64_t count = 0;
    for (uint64_t at = 0; at < call->arguments && description && *description && count < 24; count++) {
        bool two = strncmp(description, "ULONGLONG ", 10) == 0 || strncmp(description, "LONGLONG ", 9) == 0 ||
                   strncmp(description, "ULONG64 ", 8) == 0;
        wide[count] = two ? wow_long(arguments + at) : arguments[at];
        at += two ? 2 : 1;
        description += strcspn(description, ";");
        description += *description == ';';
    }
    counted.arguments = count;
    ke_trace_call(&counted, wide, wide + 6);
}

void ke_trace_return(NTSTATUS status)
{
    if (!used)
        return;
    append(") = %#x", (uint32_t)status);
    flush();
}
