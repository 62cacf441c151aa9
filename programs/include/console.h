/*
 * What the small console programs share: output in the console's code page, words of switches, wildcards.
 * Each program is one file, so these are static.
 */
#ifndef PROGRAMS_CONSOLE_H
#define PROGRAMS_CONSOLE_H

#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define HELPER __attribute__((unused)) static

HELPER void *allocate(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(255);
    }
    return memory;
}

HELPER void *resize(void *memory, size_t size)
{
    void *grown = realloc(memory, size);
    if (!grown) {
        fputs("out of memory\n", stderr);
        exit(255);
    }
    return grown;
}

HELPER wchar_t *copy_string(const wchar_t *text)
{
    const size_t size = (wcslen(text) + 1) * sizeof *text;
    return memcpy(allocate(size), text, size);
}

HELPER BOOL is_console(DWORD which)
{
    DWORD mode;
    return GetConsoleMode(GetStdHandle(which), &mode) != 0;
}

HELPER void write_to(DWORD which, const wchar_t *text, size_t length)
{
    const HANDLE handle = GetStdHandle(which);
    DWORD done;
    if (!length)
        return;
    if (is_console(which)) {
        WriteConsoleW(handle, text, (DWORD)length, &done, NULL);
        return;
    }
    const UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    char *bytes = allocate(length * 4);
    const int size = WideCharToMultiByte(page, 0, text, (int)length, bytes, (int)length * 4, NULL, NULL);
    for (int at = 0; at < size; at += (int)done)
        if (!WriteFile(handle, bytes + at, (DWORD)(size - at), &done, NULL) || !done)
            break;
    free(bytes);
}

HELPER void write_format(DWORD which, const wchar_t *format, va_list arguments)
{
    va_list copy;
    va_copy(copy, arguments);
    const int length = _vscwprintf(format, copy);
    va_end(copy);
    if (length <= 0)
        return;
    wchar_t *text = allocate(((size_t)length + 1) * sizeof *text);
    _vsnwprintf(text, (size_t)length + 1, format, arguments);
    write_to(which, text, (size_t)length);
    free(text);
}

HELPER void print(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_format(STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

HELPER void complain(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_format(STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
}

/* The text of a system error without its line end; static. */
HELPER const wchar_t *error_text(DWORD error)
{
    static wchar_t text[512];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0,
                                  text, ARRAYSIZE(text) - 1, NULL);
    while (length && iswspace(text[length - 1]))
        length--;
    text[length] = 0;
    return text;
}

HELPER BOOL has_wildcard(const wchar_t *name)
{
    return wcspbrk(name, L"*?") != NULL;
}

HELPER BOOL is_folder(const wchar_t *path)
{
    const DWORD attributes = has_wildcard(path) ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* Characters of the folder part of a path, with its backslash. */
HELPER size_t folder_length(const wchar_t *path)
{
    size_t length = wcslen(path);
    while (length && !wcschr(L"\\/:", path[length - 1]))
        length--;
    return length;
}

HELPER wchar_t *join_path(const wchar_t *folder, size_t length, const wchar_t *name)
{
    const BOOL open = length && !wcschr(L"\\/:", folder[length - 1]);
    wchar_t *path = allocate((length + wcslen(name) + 2) * sizeof *path);
    wmemcpy(path, folder, length);
    if (open)
        path[length] = '\\';
    wcscpy(path + length + open, name);
    return path;
}

HELPER wchar_t *full_path(const wchar_t *path)
{
    const DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = allocate((room + 1) * sizeof *full);
    if (!room || !GetFullPathNameW(path, room, full, NULL)) {
        free(full);
        return copy_string(path);
    }
    return full;
}

HELPER int compare_names(const void *a, const void *b)
{
    const wchar_t *x = ((const WIN32_FIND_DATAW *)a)->cFileName,
                  *y = ((const WIN32_FIND_DATAW *)b)->cFileName;
    while (*x && towupper(*x) == towupper(*y))
        x++, y++;
    return (int)towupper(*x) - (int)towupper(*y);
}

/* What a pattern matches, in the order of NTFS, without . and ..; the caller frees the list. */
HELPER size_t list_files(const wchar_t *pattern, WIN32_FIND_DATAW **ret_list)
{
    WIN32_FIND_DATAW entry, *list = NULL;
    size_t count = 0, room = 0;
    const HANDLE find = FindFirstFileW(pattern, &entry);
    if (find != INVALID_HANDLE_VALUE) {
        do {
            if (!wcscmp(entry.cFileName, L".") || !wcscmp(entry.cFileName, L".."))
                continue;
            if (count == room) {
                room = room ? room * 2 : 16;
                list = resize(list, room * sizeof *list);
            }
            list[count++] = entry;
        } while (FindNextFileW(find, &entry));
        FindClose(find);
    }
    if (count > 1)
        qsort(list, count, sizeof *list, compare_names);
    *ret_list = list;
    return count;
}

/* "/name" or "-name" with what follows a colon; NULL if the word is another one. */
HELPER const wchar_t *switch_value(const wchar_t *word, const wchar_t *name)
{
    const size_t length = wcslen(name);
    if ((*word != '/' && *word != '-') || _wcsnicmp(word + 1, name, length) != 0)
        return NULL;
    const wchar_t *rest = word + 1 + length;
    return !*rest ? rest : *rest == ':' ? rest + 1 : NULL;
}

/* Waits for a character of standard input until the time is over (INFINITE: without end). 1: there is one,
 * 0: time is over, -1: the input has ended. */
HELPER int read_key(DWORD milliseconds, wchar_t *ret_key)
{
    const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode, done;
    char byte;
    if (!GetConsoleMode(input, &mode)) {
        if (!ReadFile(input, &byte, 1, &done, NULL) || !done)
            return -1;
        *ret_key = (unsigned char)byte;
        return 1;
    }
    const ULONGLONG end = GetTickCount64() + milliseconds;
    SetConsoleMode(input, mode & ~(DWORD)(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT));
    int result = 0;
    while (!result) {
        const ULONGLONG now = GetTickCount64();
        const DWORD left = milliseconds == INFINITE ? INFINITE : now >= end ? 0 : (DWORD)(end - now);
        INPUT_RECORD record;
        if (WaitForSingleObject(input, left) != WAIT_OBJECT_0)
            break;
        if (!ReadConsoleInputW(input, &record, 1, &done) || !done) {
            result = -1;
        } else if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown &&
                   record.Event.KeyEvent.uChar.UnicodeChar) {
            *ret_key = record.Event.KeyEvent.uChar.UnicodeChar;
            result = 1;
        }
    }
    SetConsoleMode(input, mode);
    return result;
}

#endif
