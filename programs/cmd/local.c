/*
 * setlocal and endlocal: the environment, the switches and the folder, saved and put back.
 */
#include "cmd.h"

#define LOCAL_LIMIT 32 /* per batch file or subroutine, as documented */

static struct environment {
    struct environment *next;
    wchar_t *block;
    BOOL extensions, delayed;
    wchar_t *folder;
} * environments;

int command_setlocal(const wchar_t *arguments)
{
    wchar_t *word, folder[PATH_ROOM];
    int result = 0;
    if (!state.batch)
        return 0;
    if (state.batch->setlocal_depth >= LOCAL_LIMIT) {
        print_error(L"Maximum setlocal recursion level reached.\r\n");
        return 1;
    }
    struct environment *saved = allocate(sizeof *saved);
    wchar_t *block = GetEnvironmentStringsW();
    size_t length = 0;
    while (block[length])
        length += wcslen(block + length) + 1;
    saved->block = copy_chars(block, length + 1);
    FreeEnvironmentStringsW(block);
    saved->extensions = state.extensions;
    saved->delayed = state.delayed;
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    saved->folder = copy_string(folder);
    saved->next = environments;
    environments = saved;
    state.batch->setlocal_depth++;
    while ((word = next_word(&arguments, TRUE)) != NULL) {
        if (_wcsicmp(word, L"enabledelayedexpansion") == 0)
            state.delayed = TRUE;
        else if (_wcsicmp(word, L"disabledelayedexpansion") == 0)
            state.delayed = FALSE;
        else if (_wcsicmp(word, L"enableextensions") == 0)
            state.extensions = TRUE;
        else if (_wcsicmp(word, L"disableextensions") == 0)
            state.extensions = FALSE;
        else
            result = 1;
        free(word);
    }
    return result;
}

static size_t name_length(const wchar_t *item)
{
    const wchar_t *equals = *item ? wcschr(item + 1, '=') : NULL;
    return equals ? (size_t)(equals - item) : wcslen(item);
}

/* Only what differs is set. Names that start with = stay. */
static void replace_environment(const wchar_t *wanted)
{
    wchar_t *now = GetEnvironmentStringsW();
    for (const wchar_t *item = now; *item; item += wcslen(item) + 1) {
        const size_t length = name_length(item);
        const wchar_t *other = wanted;
        while (*other && (_wcsnicmp(item, other, length) != 0 || other[length] != '='))
            other += wcslen(other) + 1;
        if (*item != '=' && !*other) {
            wchar_t *name = copy_chars(item, length);
            SetEnvironmentVariableW(name, NULL);
            free(name);
        }
    }
    for (const wchar_t *item = wanted; *item; item += wcslen(item) + 1) {
        const wchar_t *other = now;
        while (*other && wcscmp(item, other) != 0)
            other += wcslen(other) + 1;
        if (*item != '=' && !*other) {
            const size_t length = name_length(item);
            wchar_t *name = copy_chars(item, length);
            SetEnvironmentVariableW(name, item + length + 1);
            free(name);
        }
    }
    FreeEnvironmentStringsW(now);
}

void restore_environment(int depth)
{
    while (depth-- > 0 && environments) {
        struct environment *saved = environments;
        environments = saved->next;
        replace_environment(saved->block);
        state.extensions = saved->extensions;
        state.delayed = saved->delayed;
        SetCurrentDirectoryW(saved->folder);
        free(saved->folder);
        free(saved->block);
        free(saved);
    }
}

int command_endlocal(const wchar_t *arguments)
{
    (void)arguments;
    if (state.batch && state.batch->setlocal_depth > 0) {
        state.batch->setlocal_depth--;
        restore_environment(1);
    }
    return 0;
}
