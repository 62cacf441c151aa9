/*
 * Console aliases: macros for the first word of a line, kept for each program's name and applied to the lines
 * that are read. All programs on a console have the same ones: each has a copy, which it brings up to date
 * before it looks, and writes back whole when it changes it.
 */
#include "console.h"
#include <string.h>

struct alias {
    struct alias *next;
    WCHAR *exe, *source, *target; /* behind the structure */
};

static struct {
    RTL_SRWLOCK lock; /* guards all of this */
    struct alias *first;
    WCHAR *rest; /* what was read and expanded, not yet taken */
    DWORD rest_at, rest_length;
    ULONG64 generation; /* of the shared text that the list was made of; 0: none */
} state;

enum { TEXT_MAX = 0x10000 }; /* bytes of it: exe, source, target, each with a zero, and so on */
struct text {
    ULONG64 generation;
    WCHAR text[TEXT_MAX / sizeof(WCHAR)];
};

static BOOL equal(const WCHAR *a, const WCHAR *b, SIZE_T b_length)
{
    SIZE_T i = 0;
    for (; i < b_length && a[i]; i++)
        if (RtlUpcaseUnicodeChar(a[i]) != RtlUpcaseUnicodeChar(b[i]))
            return FALSE;
    return i == b_length && !a[i];
}

static struct alias **find(const WCHAR *exe, SIZE_T exe_length, const WCHAR *source, SIZE_T source_length)
{
    struct alias **at = &state.first;
    while (*at && !(equal((*at)->exe, exe, exe_length) && equal((*at)->source, source, source_length)))
        at = &(*at)->next;
    return at;
}

static struct alias *make(const WCHAR *exe, SIZE_T exe_length, const WCHAR *source, SIZE_T source_length,
                          const WCHAR *target, SIZE_T target_length)
{
    struct alias *alias = RtlAllocateHeap(
        process_heap(), 0, sizeof *alias + (exe_length + source_length + target_length + 3) * sizeof(WCHAR));
    if (!alias)
        return NULL;
    alias->exe = (WCHAR *)(alias + 1);
    alias->source = alias->exe + exe_length + 1;
    alias->target = alias->source + source_length + 1;
    memcpy(alias->exe, exe, (exe_length + 1) * sizeof(WCHAR));
    memcpy(alias->source, source, (source_length + 1) * sizeof(WCHAR));
    memcpy(alias->target, target, (target_length + 1) * sizeof(WCHAR));
    return alias;
}

static void drop_all(void)
{
    while (state.first) {
        struct alias *next = state.first->next;
        RtlFreeHeap(process_heap(), 0, state.first);
        state.first = next;
    }
}

/* Brings the list up to date; under the lock. */
static void update(void)
{
    struct text *text = RtlAllocateHeap(process_heap(), 0, sizeof *text);
    ULONG size = 0;
    if (!text)
        return;
    if (NT_SUCCESS(GwConsole(NULL, GW_CONSOLE_GET_ALIASES, &state.generation, sizeof state.generation, text,
                             sizeof *text, &size)) &&
        text->generation && text->generation != state.generation) {
        struct alias **end = &state.first;
        const WCHAR *at = text->text, *limit = at + (size - sizeof text->generation) / sizeof(WCHAR);
        drop_all();
        while (at < limit) {
            const WCHAR *part[3];
            SIZE_T length[3];
            int i = 0;
            for (; i < 3 && at < limit; i++) {
                part[i] = at;
                while (at < limit && *at)
                    at++;
                length[i] = (SIZE_T)(at - part[i]);
                at++;
            }
            if (i < 3 || at > limit)
                break;
            *end = make(part[0], length[0], part[1], length[1], part[2], length[2]);
            if (!*end)
                break;
            (*end)->next = NULL;
            end = &(*end)->next;
        }
        state.generation = text->generation;
        console_converts |= state.first != NULL;
    }
    RtlFreeHeap(process_heap(), 0, text);
}

/* Writes the list back; FALSE: another program was faster. Under the lock. */
static BOOL publish(void)
{
    struct text *text = RtlAllocateHeap(process_heap(), 0, sizeof *text);
    ULONG64 fresh = 0;
    SIZE_T used = 0;
    if (!text)
        return TRUE;
    text->generation = state.generation;
    for (const struct alias *alias = state.first; alias; alias = alias->next) {
        const WCHAR *part[] = {alias->exe, alias->source, alias->target};
        for (int i = 0; i < 3; i++) {
            SIZE_T length = wcslen(part[i]) + 1;
            if (used + length <= ARRAYSIZE(text->text))
                memcpy(text->text + used, part[i], length * sizeof(WCHAR));
            used += length;
        }
    }
    NTSTATUS status = STATUS_NO_MEMORY; /* too many to be shared: they stay here */
    if (used <= ARRAYSIZE(text->text))
        status = GwConsole(NULL, GW_CONSOLE_SET_ALIASES, text,
                           (ULONG)(sizeof text->generation + used * sizeof(WCHAR)), &fresh, sizeof fresh,
                           NULL);
    if (NT_SUCCESS(status))
        state.generation = fresh;
    RtlFreeHeap(process_heap(), 0, text);
    return status != STATUS_RETRY;
}

BOOL console_has_aliases(void)
{
    RtlAcquireSRWLockExclusive(&state.lock);
    update();
    BOOL any = state.first || state.rest;
    RtlReleaseSRWLockExclusive(&state.lock);
    return any;
}

/* No or an empty target removes the alias. */
BOOL WINAPI AddConsoleAliasW(LPWSTR source, LPWSTR target, LPWSTR exe)
{
    if (!source || !*source || !exe || !*exe) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    SIZE_T exe_length = wcslen(exe), source_length = wcslen(source),
           target_length = target ? wcslen(target) : 0;
    BOOL good = TRUE, done = FALSE;
    RtlAcquireSRWLockExclusive(&state.lock);
    while (good && !done) {
        struct alias *alias = NULL;
        update();
        struct alias **at = find(exe, exe_length, source, source_length), *old = *at;
        if (target_length) {
            alias = make(exe, exe_length, source, source_length, target, target_length);
            good = alias != NULL;
        }
        if (alias) {
            alias->next = old ? old->next : NULL;
            *at = alias;
            console_converts = TRUE;
        } else if (old && good) {
            *at = old->next;
        }
        if (good && old)
            RtlFreeHeap(process_heap(), 0, old);
        done = !good || (!alias && !old) || publish();
    }
    RtlReleaseSRWLockExclusive(&state.lock);
    if (!good)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return good;
}

/* Sizes are in bytes; returns the bytes written, or 0 with ERROR_GEN_FAILURE (no such alias) or
 * ERROR_INSUFFICIENT_BUFFER. */
DWORD WINAPI GetConsoleAliasW(LPWSTR source, LPWSTR target, DWORD size, LPWSTR exe)
{
    DWORD result = 0, error = ERROR_INVALID_PARAMETER;
    if (source && target && exe) {
        RtlAcquireSRWLockExclusive(&state.lock);
        update();
        struct alias *alias = *find(exe, wcslen(exe), source, wcslen(source));
        DWORD need = alias ? (DWORD)((wcslen(alias->target) + 1) * sizeof(WCHAR)) : 0;
        error = !alias ? ERROR_GEN_FAILURE : need > size ? ERROR_INSUFFICIENT_BUFFER : 0;
        if (!error)
            memcpy(target, alias->target, result = need);
        RtlReleaseSRWLockExclusive(&state.lock);
    }
    if (error)
        SetLastError(error);
    return result;
}

/* "source=target" and a zero for each; to NULL: the size in bytes. */
static DWORD list_aliases(const WCHAR *exe, WCHAR *to, DWORD size)
{
    DWORD used = 0, need = 0;
    RtlAcquireSRWLockExclusive(&state.lock);
    update();
    for (const struct alias *alias = state.first; alias; alias = alias->next)
        if (equal(alias->exe, exe, wcslen(exe)))
            need += (DWORD)(wcslen(alias->source) + wcslen(alias->target) + 2);
    if (to && need * sizeof(WCHAR) <= size)
        for (const struct alias *alias = state.first; alias; alias = alias->next)
            if (equal(alias->exe, exe, wcslen(exe))) {
                wcscpy(to + used, alias->source);
                wcscat(to + used, L"=");
                wcscat(to + used, alias->target);
                used += (DWORD)wcslen(to + used) + 1;
            }
    RtlReleaseSRWLockExclusive(&state.lock);
    if (to && need * sizeof(WCHAR) > size) {
        SetLastError(ERROR_BUFFER_OVERFLOW);
        return 0;
    }
    return need * sizeof(WCHAR);
}

DWORD WINAPI GetConsoleAliasesLengthW(LPWSTR exe)
{
    return list_aliases(exe, NULL, 0);
}

DWORD WINAPI GetConsoleAliasesW(LPWSTR to, DWORD size, LPWSTR exe)
{
    return list_aliases(exe, to, size);
}

/* The names of programs that have aliases, each once. */
static DWORD list_exes(WCHAR *to, DWORD size)
{
    DWORD need = 0, used = 0;
    RtlAcquireSRWLockExclusive(&state.lock);
    update();
    for (int pass = 0; pass < 2; pass++)
        for (const struct alias *alias = state.first; alias; alias = alias->next) {
            const struct alias *earlier = state.first;
            DWORD length = (DWORD)wcslen(alias->exe) + 1;
            while (!equal(earlier->exe, alias->exe, length - 1))
                earlier = earlier->next;
            if (earlier != alias)
                continue;
            if (!pass) {
                need += length;
            } else if (to && need * sizeof(WCHAR) <= size) {
                memcpy(to + used, alias->exe, length * sizeof(WCHAR));
                used += length;
            }
        }
    RtlReleaseSRWLockExclusive(&state.lock);
    if (to && need * sizeof(WCHAR) > size) {
        SetLastError(ERROR_BUFFER_OVERFLOW);
        return 0;
    }
    return need * sizeof(WCHAR);
}

DWORD WINAPI GetConsoleAliasExesLengthW(void)
{
    return list_exes(NULL, 0);
}

DWORD WINAPI GetConsoleAliasExesW(LPWSTR to, DWORD size)
{
    return list_exes(to, size);
}

/* ---- the same in the input code page */

static WCHAR *widen(LPCSTR text)
{
    UINT page = GetConsoleCP();
    int length = text ? MultiByteToWideChar(page, 0, text, -1, NULL, 0) : 0;
    WCHAR *wide = length ? RtlAllocateHeap(process_heap(), 0, (SIZE_T)length * sizeof *wide) : NULL;
    if (wide)
        MultiByteToWideChar(page, 0, text, -1, wide, length);
    return wide;
}

BOOL WINAPI AddConsoleAliasA(LPSTR source, LPSTR target, LPSTR exe)
{
    WCHAR *wide_source = widen(source), *wide_target = widen(target), *wide_exe = widen(exe);
    BOOL good = AddConsoleAliasW(wide_source, wide_target, wide_exe);
    release(wide_source);
    release(wide_target);
    release(wide_exe);
    return good;
}

/* A list of `bytes` wide bytes, narrow; to NULL: its size. Frees the list. */
static DWORD narrow(WCHAR *list, DWORD bytes, LPSTR to, DWORD size)
{
    UINT page = GetConsoleCP();
    int count = (int)(bytes / sizeof(WCHAR));
    DWORD need = bytes ? (DWORD)WideCharToMultiByte(page, 0, list, count, NULL, 0, NULL, NULL) : 0;
    if (to && need > size) {
        SetLastError(ERROR_BUFFER_OVERFLOW);
        need = 0;
    } else if (to && need) {
        WideCharToMultiByte(page, 0, list, count, to, (int)size, NULL, NULL);
    }
    release(list);
    return need;
}

DWORD WINAPI GetConsoleAliasA(LPSTR source, LPSTR target, DWORD size, LPSTR exe)
{
    enum { ROOM = 8192 * sizeof(WCHAR) };
    WCHAR *wide_source = widen(source), *wide_exe = widen(exe);
    WCHAR *found = RtlAllocateHeap(process_heap(), 0, ROOM);
    DWORD bytes = found ? GetConsoleAliasW(wide_source, target ? found : NULL, ROOM, wide_exe) : 0;
    release(wide_source);
    release(wide_exe);
    DWORD used = narrow(found, bytes, target, size);
    if (bytes && !used)
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    return used;
}

static DWORD lists_narrow(LPCSTR exe, BOOL exes, LPSTR to, DWORD size)
{
    WCHAR *wide = exes ? NULL : widen(exe);
    if (!exes && !wide)
        return 0;
    DWORD bytes = exes ? list_exes(NULL, 0) : list_aliases(wide, NULL, 0);
    WCHAR *list = RtlAllocateHeap(process_heap(), 0, bytes + sizeof(WCHAR));
    if (list)
        bytes = exes ? list_exes(list, bytes) : list_aliases(wide, list, bytes);
    else
        bytes = 0;
    release(wide);
    return narrow(list, bytes, to, size);
}

DWORD WINAPI GetConsoleAliasesLengthA(LPSTR exe)
{
    return lists_narrow(exe, FALSE, NULL, 0);
}

DWORD WINAPI GetConsoleAliasesA(LPSTR to, DWORD size, LPSTR exe)
{
    return lists_narrow(exe, FALSE, to, size);
}

DWORD WINAPI GetConsoleAliasExesLengthA(void)
{
    return lists_narrow(NULL, TRUE, NULL, 0);
}

DWORD WINAPI GetConsoleAliasExesA(LPSTR to, DWORD size)
{
    return lists_narrow(NULL, TRUE, to, size);
}

/* ---- lines */

enum { LINE_MAX = 4096 };

struct line {
    WCHAR text[LINE_MAX * 2];
    DWORD length;
};

static void add(struct line *line, const WCHAR *text, SIZE_T length)
{
    for (SIZE_T i = 0; i < length && line->length < ARRAYSIZE(line->text); i++)
        line->text[line->length++] = text[i];
}

/* The words of a line, without quotes around them; *ret_length 0: there is no such word. */
static const WCHAR *word(const WCHAR *text, SIZE_T length, unsigned index, SIZE_T *ret_length,
                         SIZE_T *ret_start)
{
    SIZE_T at = 0, start = 0;
    for (unsigned i = 0;; i++) {
        while (at < length && (text[at] == ' ' || text[at] == '\t'))
            at++;
        start = at;
        while (at < length && text[at] != ' ' && text[at] != '\t')
            at++;
        if (i == index || start == at)
            break;
    }
    *ret_length = at - start;
    *ret_start = start;
    return text + start;
}

/* $1 to $9 and $* are arguments; $L $G $B $T $$ stand for < > | (next command) $. */
static void expand(const struct alias *alias, const WCHAR *text, SIZE_T length, struct line *out)
{
    SIZE_T n, start;
    const WCHAR *p;
    for (const WCHAR *t = alias->target; *t; t++) {
        if (*t != '$' || !t[1]) {
            add(out, t, 1);
            continue;
        }
        WCHAR c = RtlUpcaseUnicodeChar(*++t);
        switch (c) {
        case 'L': add(out, L"<", 1); break;
        case 'G': add(out, L">", 1); break;
        case 'B': add(out, L"|", 1); break;
        case 'T': add(out, L"\r\n", 2); break;
        case '$': add(out, L"$", 1); break;
        case '*':
            p = word(text, length, 1, &n, &start);
            add(out, p, n ? length - start : 0);
            break;
        default:
            if (c >= '1' && c <= '9') {
                p = word(text, length, (unsigned)(c - '0'), &n, &start);
                add(out, p, n);
            } else {
                add(out, t - 1, 2);
            }
        }
    }
    add(out, L"\r\n", 2);
}

static const WCHAR *program_name(SIZE_T *ret_length)
{
    const UNICODE_STRING *path = &current_peb()->ProcessParameters->ImagePathName;
    SIZE_T length = path->Length / sizeof(WCHAR), start = length;
    while (start && path->Buffer[start - 1] != '\\' && path->Buffer[start - 1] != '/')
        start--;
    *ret_length = length - start;
    return path->Buffer + start;
}

/* One line from the console, raw; FALSE with the last error set. */
static BOOL read_line(HANDLE console, struct line *line)
{
    gw_console_read read;
    ULONG size;
    do {
        read = (gw_console_read){.count = LINE_MAX - line->length};
        if (!console_call(console, GW_CONSOLE_READ, &read, sizeof read, line->text + line->length,
                          read.count * sizeof(WCHAR), &size))
            return FALSE;
        line->length += size / sizeof(WCHAR);
    } while (size && line->length < LINE_MAX && line->text[line->length - 1] != '\n');
    return TRUE;
}

static DWORD take_rest(WCHAR *buffer, DWORD count)
{
    DWORD used = 0;
    /* one command at a time: "$T" ends a read as the end of a line does */
    while (state.rest && used < count && state.rest_at < state.rest_length) {
        buffer[used++] = state.rest[state.rest_at++];
        if (buffer[used - 1] == '\n')
            break;
    }
    if (state.rest && state.rest_at == state.rest_length) {
        RtlFreeHeap(process_heap(), 0, state.rest);
        state.rest = NULL;
    }
    return used;
}

BOOL console_alias_read(HANDLE console, WCHAR *buffer, DWORD count, DWORD *ret_used, BOOL *ret_good)
{
    DWORD mode;
    *ret_used = 0;
    *ret_good = TRUE;
    if (!GetConsoleMode(console, &mode) || !(mode & ENABLE_LINE_INPUT) || !count)
        return FALSE;
    RtlAcquireSRWLockExclusive(&state.lock);
    *ret_used = take_rest(buffer, count);
    RtlReleaseSRWLockExclusive(&state.lock);
    if (*ret_used)
        return TRUE;

    struct line *lines = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, 2 * sizeof *lines),
                *result = lines;
    if (!lines)
        return FALSE;
    *ret_good = read_line(console, lines);
    if (*ret_good && lines->length) {
        SIZE_T exe_length, length = lines->length, word_length, start;
        while (length && (lines->text[length - 1] == '\n' || lines->text[length - 1] == '\r'))
            length--;
        const WCHAR *exe = program_name(&exe_length),
                    *first = word(lines->text, length, 0, &word_length, &start);
        RtlAcquireSRWLockExclusive(&state.lock);
        const struct alias *alias = *find(exe, exe_length, first, word_length);
        if (alias && length < lines->length) { /* a whole line */
            result = lines + 1;
            expand(alias, lines->text, length, result);
        }
        state.rest = RtlAllocateHeap(process_heap(), 0, result->length * sizeof(WCHAR));
        if (state.rest) {
            memcpy(state.rest, result->text, result->length * sizeof(WCHAR));
            state.rest_at = 0;
            state.rest_length = result->length;
        }
        *ret_used = take_rest(buffer, count);
        RtlReleaseSRWLockExclusive(&state.lock);
    }
    RtlFreeHeap(process_heap(), 0, lines);
    return TRUE;
}
