/*
 * Which file CreateProcess means, and the command line that its program gets.
 */
#include "process_start.h"

static WCHAR lower(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static BOOL ends_in(const WCHAR *text, const WCHAR *end)
{
    SIZE_T length = length_of(text), end_length = length_of(end);
    if (length < end_length)
        return FALSE;
    for (SIZE_T i = 0; i < end_length; i++)
        if (lower(text[length - end_length + i]) != end[i])
            return FALSE;
    return TRUE;
}

WCHAR *start_full_path(const WCHAR *path)
{
    WCHAR *full = allocate(PATH_LIMIT * sizeof *full);
    if (!full)
        return NULL;
    DWORD length = GetFullPathNameW(path, PATH_LIMIT - 2, full, NULL);
    if (!length || length >= PATH_LIMIT - 2) {
        release(full);
        SetLastError(ERROR_FILE_NOT_FOUND);
        return NULL;
    }
    return full;
}

static BOOL has_path(const WCHAR *name)
{
    for (; *name; name++)
        if (*name == '\\' || *name == '/' || *name == ':')
            return TRUE;
    return FALSE;
}

static BOOL has_extension(const WCHAR *name)
{
    BOOL dot = FALSE;
    for (; *name; name++) {
        if (*name == '.')
            dot = TRUE;
        else if (*name == '\\' || *name == '/')
            dot = FALSE;
    }
    return dot;
}

static BOOL is_file(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return FALSE;
    if (attributes & FILE_ATTRIBUTE_DIRECTORY)
        return fail(ERROR_ACCESS_DENIED);
    return TRUE;
}

/* The program `name` in one of the folders of a list with semicolons; a full path or NULL. */
static WCHAR *find_in(const WCHAR *folders, const WCHAR *name)
{
    SIZE_T name_length = length_of(name);
    while (*folders) {
        SIZE_T length = 0;
        while (folders[length] && folders[length] != ';')
            length++;
        const WCHAR *text = folders;
        SIZE_T text_length = length;
        if (text_length >= 2 && text[0] == '"' && text[text_length - 1] == '"') {
            text++;
            text_length -= 2;
        }
        WCHAR *path = text_length ? copy_text(text, text_length, name_length + 2) : NULL;
        if (path) {
            if (path[text_length - 1] != '\\' && path[text_length - 1] != '/')
                append_text(path, L"\\");
            append_text(path, name);
            WCHAR *full = is_file(path) ? start_full_path(path) : NULL;
            release(path);
            if (full)
                return full;
        }
        folders += length;
        folders += *folders == ';';
    }
    return NULL;
}

static WCHAR *environment_value(const WCHAR *name)
{
    DWORD size = GetEnvironmentVariableW(name, NULL, 0);
    WCHAR *value = size ? allocate(size * sizeof *value) : NULL;
    if (value && GetEnvironmentVariableW(name, value, size) >= size)
        value[0] = 0;
    return value;
}

/* Looks where documented: the program's folder, the current one, the system's, PATH. */
static WCHAR *search_exact(const WCHAR *name)
{
    WCHAR *found = NULL;
    if (has_path(name))
        return is_file(name) ? start_full_path(name) : NULL;
    const UNICODE_STRING *image = &current_peb()->ProcessParameters->ImagePathName;
    SIZE_T folder = image->Length / sizeof(WCHAR);
    while (folder && image->Buffer[folder - 1] != '\\')
        folder--;
    WCHAR *folders = copy_text(image->Buffer, folder, 0);
    if (folders)
        found = find_in(folders, name);
    release(folders);
    if (!found && is_file(name))
        found = start_full_path(name);
    if (!found)
        found = find_in(L"C:\\windows\\system32;C:\\windows\\system;C:\\windows", name);
    if (!found) {
        WCHAR *path = environment_value(L"PATH");
        if (path)
            found = find_in(path, name);
        release(path);
    }
    return found;
}

/* ".exe" is appended to names without an extension; as they are they are tried last: programs of the
 * host have none. */
static WCHAR *search(const WCHAR *given)
{
    if (has_extension(given))
        return search_exact(given);
    WCHAR *name = copy_text(given, length_of(given), 4), *found = NULL;
    if (name) {
        append_text(name, L".exe");
        found = search_exact(name);
    }
    release(name);
    return found ? found : search_exact(given);
}

/* The program from a command line alone: a quoted name, or the shortest beginning, ended by white space, that
 * is a program. *ret_length: of an unquoted name with white space in it, else 0. */
static WCHAR *program_of_command(const WCHAR *command, SIZE_T *ret_length)
{
    WCHAR *name, *found = NULL;
    SIZE_T end = 0;
    BOOL first = TRUE;
    *ret_length = 0;
    if (command[0] == '"') {
        while (command[end + 1] && command[end + 1] != '"')
            end++;
        name = copy_text(command + 1, end, 0);
        found = name ? search(name) : NULL;
        release(name);
        if (!found && GetLastError() != ERROR_ACCESS_DENIED)
            SetLastError(ERROR_FILE_NOT_FOUND);
        return found;
    }
    DWORD error = ERROR_FILE_NOT_FOUND;
    while (command[end] && !found) {
        while (command[end] && command[end] != ' ' && command[end] != '\t')
            end++;
        name = copy_text(command, end, 0);
        if (!name)
            return NULL;
        if (end)
            found = search(name);
        if (found && !first)
            *ret_length = end;
        first = FALSE;
        if (!found && GetLastError() == ERROR_ACCESS_DENIED)
            error = ERROR_ACCESS_DENIED;
        release(name);
        while (command[end] == ' ' || command[end] == '\t')
            end++;
    }
    if (!found)
        SetLastError(error);
    return found;
}

BOOL start_find_program(struct start *start, const WCHAR *application, const WCHAR *command)
{
    SIZE_T to_quote = 0;
    if (application) {
        DWORD attributes = GetFileAttributesW(application);
        if (attributes == INVALID_FILE_ATTRIBUTES)
            return FALSE; /* not found: the last error says what */
        if (attributes & FILE_ATTRIBUTE_DIRECTORY)
            return fail(ERROR_ACCESS_DENIED);
        start->path = start_full_path(application);
    } else {
        if (!command || !*command)
            return fail(ERROR_INVALID_PARAMETER);
        start->path = program_of_command(command, &to_quote);
    }
    if (!start->path)
        return FALSE;
    const WCHAR *text = command && *command ? command : application;
    BOOL batch = ends_in(start->path, L".bat") || ends_in(start->path, L".cmd");
    if (!batch) {
        start->command = copy_text(text, length_of(text), 2);
        if (start->command && to_quote) { /* so that the child finds the same name in it */
            RtlMoveMemory(start->command + 1, text, to_quote * sizeof *text);
            start->command[0] = start->command[to_quote + 1] = '"';
            RtlMoveMemory(start->command + to_quote + 2, text + to_quote,
                          (length_of(text + to_quote) + 1) * sizeof *text);
        }
        return start->command != NULL;
    }
    /* Batch files: the command interpreter runs the whole line. */
    WCHAR *shell = environment_value(L"ComSpec");
    WCHAR *shell_path = start_full_path(shell && *shell ? shell : L"C:\\windows\\system32\\cmd.exe");
    release(shell);
    if (!shell_path)
        return FALSE;
    start->command = allocate((length_of(shell_path) + length_of(text) + 16) * sizeof *text);
    if (start->command) {
        start->command[0] = 0;
        append_text(start->command, L"\"");
        append_text(start->command, shell_path);
        append_text(start->command, L"\" /c \"");
        append_text(start->command, text);
        append_text(start->command, L"\"");
    }
    release(start->path);
    start->path = shell_path;
    return start->command != NULL;
}
