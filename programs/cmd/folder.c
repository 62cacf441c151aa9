/*
 * cd, pushd and popd.
 */
#include "cmd.h"

static void remember_folder(void)
{
    wchar_t folder[PATH_ROOM], name[4] = L"=?:";
    if (GetCurrentDirectoryW(ARRAYSIZE(folder), folder) && folder[1] == ':') {
        name[1] = (wchar_t)towupper(folder[0]);
        SetEnvironmentVariableW(name, folder);
    }
}

static int fail_folder(void)
{
    const DWORD error = GetLastError();
    return fail_system(error == ERROR_FILE_NOT_FOUND ? ERROR_PATH_NOT_FOUND : error);
}

/* The folder with every part spelled as the disk has it. */
static BOOL enter_folder(const wchar_t *target)
{
    wchar_t full[PATH_ROOM], *found = NULL;
    WIN32_FIND_DATAW entry;
    if (has_wildcard(target)) { /* cd takes the first match */
        const HANDLE find = FindFirstFileW(target, &entry);
        if (find == INVALID_HANDLE_VALUE)
            return FALSE;
        do {
            if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY && entry.cFileName[0] != '.')
                found = join_path(target, folder_length(target), entry.cFileName);
        } while (!found && FindNextFileW(find, &entry));
        FindClose(find);
        if (!found) {
            SetLastError(ERROR_PATH_NOT_FOUND);
            return FALSE;
        }
    }
    const DWORD length = GetFullPathNameW(found ? found : target, ARRAYSIZE(full), full, NULL);
    free(found);
    if (!length || length >= ARRAYSIZE(full) || !SetCurrentDirectoryW(full))
        return FALSE;
    struct text spelled = {0};
    size_t at = full[1] == ':' ? 3 : length;
    text_add(&spelled, full, at);
    if (full[1] == ':')
        spelled.chars[0] = (wchar_t)towupper(spelled.chars[0]);
    while (full[at]) {
        const size_t end = at + wcscspn(full + at, L"\\");
        const wchar_t kept = full[end];
        full[end] = 0;
        const HANDLE find = FindFirstFileW(full, &entry);
        if (find != INVALID_HANDLE_VALUE && _wcsicmp(entry.cFileName, full + at) == 0)
            text_append(&spelled, entry.cFileName);
        else
            text_append(&spelled, full + at);
        if (find != INVALID_HANDLE_VALUE)
            FindClose(find);
        full[end] = kept;
        if (kept)
            text_put(&spelled, kept);
        at = end + (kept != 0);
    }
    SetCurrentDirectoryW(spelled.chars);
    text_free(&spelled);
    remember_folder();
    return TRUE;
}

int command_cd(const wchar_t *arguments)
{
    wchar_t folder[PATH_ROOM], old[PATH_ROOM], name[4] = L"=?:";
    BOOL drive_too = FALSE;
    int result = 0;
    const wchar_t *p = skip_delimiters(arguments);
    if (_wcsnicmp(p, L"/d", 2) == 0 && (!p[2] || is_delimiter(p[2]) || p[2] == '"')) {
        drive_too = TRUE;
        p = skip_delimiters(p + 2);
    }
    wchar_t *target = copy_string(p);
    remove_quotes(target);
    trim_end(target);
    GetCurrentDirectoryW(ARRAYSIZE(old), old);
    const BOOL drive = iswalpha(target[0]) && target[1] == ':';
    const BOOL other_drive = drive && towupper(target[0]) != towupper(old[0]);
    name[1] = (wchar_t)towupper(target[0]);
    if (!*target || (drive && !target[2] && !(other_drive && drive_too))) {
        if (!other_drive)
            print(L"%ls\r\n", old);
        else if (GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder)))
            print(L"%ls\r\n", folder);
        else
            print(L"%lc:\\\r\n", towupper(target[0]));
    } else if (other_drive && !drive_too) {
        /* another drive's folder is only remembered */
        if (!is_folder(target))
            result = fail_system(ERROR_PATH_NOT_FOUND);
        else if (GetFullPathNameW(target, ARRAYSIZE(folder), folder, NULL))
            SetEnvironmentVariableW(name, folder);
    } else if (other_drive && !target[2]) {
        if (!GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder)))
            _snwprintf(folder, ARRAYSIZE(folder), L"%lc:\\", target[0]);
        if (!enter_folder(folder))
            result = fail_system(ERROR_INVALID_DRIVE);
    } else if (!enter_folder(target)) {
        result = fail_folder();
    }
    free(target);
    return result;
}

static struct pushed {
    struct pushed *next;
    wchar_t *path;
} * pushed;

int command_pushd(const wchar_t *arguments)
{
    wchar_t folder[PATH_ROOM];
    const wchar_t *p = skip_delimiters(arguments);
    int result = 0;
    if (!*p) {
        for (struct pushed *entry = pushed; entry; entry = entry->next)
            print(L"%ls\r\n", entry->path);
        return 0;
    }
    wchar_t *target = copy_string(p);
    remove_quotes(target);
    trim_end(target);
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    if (enter_folder(target)) {
        struct pushed *entry = allocate(sizeof *entry);
        entry->path = copy_string(folder);
        entry->next = pushed;
        pushed = entry;
    } else {
        result = fail_folder();
    }
    free(target);
    return result;
}

int command_popd(const wchar_t *arguments)
{
    struct pushed *entry = pushed;
    int result = 0;
    (void)arguments;
    if (!entry)
        return 1;
    pushed = entry->next;
    if (!enter_folder(entry->path))
        result = fail_folder();
    free(entry->path);
    free(entry);
    return result;
}

/* For the prompt's $+. */
size_t pushed_folders(void)
{
    size_t count = 0;
    for (struct pushed *entry = pushed; entry; entry = entry->next)
        count++;
    return count;
}
