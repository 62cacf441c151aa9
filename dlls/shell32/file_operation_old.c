/*
 * SHFileOperation: lists of names with patterns, and its own error numbers; and the recycle bin's functions.
 */
#include "work.h"
#include <sherrors.h>
#include <string.h>

/* Numbers from before Win32, documented with the function. */
enum {
    DE_SAMEFILE = 0x71,
    DE_MANYSRC1DEST = 0x72,
    DE_DIFFDIR = 0x73,
    DE_ROOTDIR = 0x74,
    DE_OPCANCELLED = 0x75,
    DE_DESTSUBTREE = 0x76,
    DE_ACCESSDENIEDSRC = 0x78,
    DE_PATHTOODEEP = 0x79,
    DE_INVALIDFILES = 0x7c,
    DE_FLDDESTISFILE = 0x7e,
    DE_FILEDESTISFLD = 0x80,
};

static int old_error(HRESULT result)
{
    static const struct {
        HRESULT result;
        int error;
    } errors[] = {
        {COPYENGINE_E_SAME_FILE, DE_SAMEFILE},
        {COPYENGINE_E_ROOT_DIR_SRC, DE_ROOTDIR},
        {COPYENGINE_E_DEST_SUBTREE, DE_DESTSUBTREE},
        {COPYENGINE_E_FLD_IS_FILE_DEST, DE_FLDDESTISFILE},
        {COPYENGINE_E_FILE_IS_FLD_DEST, DE_FILEDESTISFLD},
        {HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED), DE_ACCESSDENIEDSRC},
        {HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE), DE_PATHTOODEEP},
    };

    if (SUCCEEDED(result))
        return 0;
    for (unsigned i = 0; i < ARRAYSIZE(errors); i++)
        if (errors[i].result == result)
            return errors[i].error;
    return HRESULT_FACILITY(result) == FACILITY_WIN32 ? HRESULT_CODE(result) : ERROR_GEN_FAILURE;
}

/* ---------------------------------------------------------------- lists of names */

struct name {
    WCHAR *path;
    BOOL pattern; /* it came from one, where only names of files count as files */
};

struct names {
    struct name *entries;
    UINT count, capacity;
    BOOL patterns;
};

static void free_names(struct names *names)
{
    for (UINT i = 0; i < names->count; i++)
        shell_free(names->entries[i].path);
    shell_free(names->entries);
}

static BOOL add_name(struct names *names, WCHAR *path, BOOL pattern)
{
    if (path && names->count == names->capacity) {
        const UINT capacity = names->capacity * 2 + 8;
        struct name *grown = shell_alloc(capacity * sizeof *grown);
        if (!grown) {
            shell_free(path);
            return FALSE;
        }
        if (names->count)
            memcpy(grown, names->entries, names->count * sizeof *grown);
        shell_free(names->entries);
        names->entries = grown;
        names->capacity = capacity;
    }
    if (!path)
        return FALSE;
    names->entries[names->count++] = (struct name){path, pattern};
    return TRUE;
}

/* "*.txt" in the last component stands for what it matches; FOF_FILESONLY leaves folders out. */
static int expand(struct names *names, const WCHAR *pattern, DWORD flags)
{
    WIN32_FIND_DATAW data;
    const HANDLE find = FindFirstFileW(pattern, &data);
    WCHAR *folder = shell_copy(pattern);
    BOOL good = folder != NULL;

    if (find == INVALID_HANDLE_VALUE) {
        shell_free(folder);
        return GetLastError() == ERROR_PATH_NOT_FOUND ? DE_INVALIDFILES : ERROR_SUCCESS;
    }
    if (good)
        *((WCHAR *)shell_file_name(folder)) = 0;
    do {
        if (!lstrcmpW(data.cFileName, L".") || !lstrcmpW(data.cFileName, L".."))
            continue;
        if ((data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) && (flags & FOF_FILESONLY))
            continue;
        good = good && add_name(names, shell_join(folder, data.cFileName), TRUE);
    } while (good && FindNextFileW(find, &data));
    FindClose(find);
    shell_free(folder);
    return good ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
}

/* Names one behind the other, an empty one at the end. */
static int read_names(struct names *names, const WCHAR *list, DWORD flags, BOOL patterns)
{
    int error = ERROR_SUCCESS;

    for (; *list && !error; list += lstrlenW(list) + 1) {
        WCHAR *path = shell_full_path(list);
        if (!path)
            return ERROR_NOT_ENOUGH_MEMORY;
        for (int end = lstrlenW(path); end > 3 && path[end - 1] == '\\'; end--)
            path[end - 1] = 0;
        if (patterns && wcspbrk(shell_file_name(path), L"*?")) {
            names->patterns = TRUE;
            error = expand(names, path, flags);
            shell_free(path);
        } else if (!add_name(names, path, FALSE)) {
            error = ERROR_NOT_ENOUGH_MEMORY;
        }
    }
    return error;
}

/* ---------------------------------------------------------------- name mappings */

/* What the handle of FOF_WANTMAPPINGHANDLE leads to; documented as a count and an array. */
struct mappings {
    UINT count;
    SHNAMEMAPPINGW *entries;
};

static void add_mapping(struct mappings *mappings, const WCHAR *from, const WCHAR *to)
{
    SHNAMEMAPPINGW *grown = shell_alloc((mappings->count + 1) * sizeof *grown);
    WCHAR *old_name = shell_copy(from), *new_name = shell_copy(to);

    if (!grown || !old_name || !new_name) {
        shell_free(grown);
        shell_free(old_name);
        shell_free(new_name);
        return;
    }
    if (mappings->count)
        memcpy(grown, mappings->entries, mappings->count * sizeof *grown);
    grown[mappings->count++] = (SHNAMEMAPPINGW){old_name, new_name, lstrlenW(from), lstrlenW(to)};
    shell_free(mappings->entries);
    mappings->entries = grown;
}

void WINAPI SHFreeNameMappings(HANDLE handle)
{
    struct mappings *mappings = handle;

    if (!mappings)
        return;
    for (UINT i = 0; i < mappings->count; i++) {
        shell_free(mappings->entries[i].pszOldPath);
        shell_free(mappings->entries[i].pszNewPath);
    }
    shell_free(mappings->entries);
    shell_free(mappings);
}

/* ---------------------------------------------------------------- the operations */

static int delete_all(struct work *work, const struct names *from)
{
    int error = ERROR_SUCCESS;

    for (UINT i = 0; i < from->count && !error; i++)
        error = old_error(work_delete(work, from->entries[i].path));
    return error;
}

static int rename_one(struct work *work, const struct names *from, const struct names *to)
{
    if (from->count != 1 || from->patterns)
        return DE_MANYSRC1DEST;
    if (to->count != 1)
        return DE_INVALIDFILES;
    const WCHAR *old_path = from->entries[0].path, *new_path = to->entries[0].path;
    const int old_folder = (int)(shell_file_name(old_path) - old_path),
              new_folder = (int)(shell_file_name(new_path) - new_path);
    if (CompareStringOrdinal(old_path, old_folder, new_path, new_folder, TRUE) != CSTR_EQUAL)
        return DE_DIFFDIR;
    WCHAR *folder = shell_copy(new_path);
    if (!folder)
        return ERROR_NOT_ENOUGH_MEMORY;
    folder[new_folder] = 0;
    const int error = old_error(work_move(work, old_path, folder, new_path + new_folder, NULL));
    shell_free(folder);
    return error;
}

/* One source takes the name given, unless that is a folder; several go into the folder. */
static int transfer_all(struct work *work, BOOL move, const struct names *from, const struct names *to,
                        struct mappings *mappings)
{
    const BOOL each = (work->flags & FOF_MULTIDESTFILES) && to->count > 1;
    int error = ERROR_SUCCESS;

    if (!to->count || (each && to->count != from->count))
        return DE_INVALIDFILES;
    for (UINT i = 0; i < from->count && !error; i++) {
        const WCHAR *source = from->entries[i].path;
        WCHAR *target = shell_copy(to->entries[each ? i : 0].path), *made = NULL;
        if (!target)
            return ERROR_NOT_ENOUGH_MEMORY;
        const DWORD attributes = GetFileAttributesW(target), mine = GetFileAttributesW(source);
        const BOOL folder_there = attributes != INVALID_FILE_ATTRIBUTES &&
                                  (attributes & FILE_ATTRIBUTE_DIRECTORY);
        const BOOL exact = work->flags & FOF_MULTIDESTFILES;
        WCHAR *name = (WCHAR *)shell_file_name(target);
        if (mine == INVALID_FILE_ATTRIBUTES) {
            error = (int)GetLastError();
        } else if (!exact && (folder_there || from->count > 1 || from->patterns)) {
            name = (WCHAR *)shell_file_name(source);
            error = old_error(move ? work_move(work, source, target, name, &made)
                                   : work_copy(work, source, target, name, &made));
        } else {
            WCHAR *new_name = shell_copy(name);
            *name = 0;
            error = !new_name ? ERROR_NOT_ENOUGH_MEMORY
                              : old_error(move ? work_move(work, source, target, new_name, &made)
                                               : work_copy(work, source, target, new_name, &made));
            shell_free(new_name);
        }
        if (made && (work->flags & FOF_RENAMEONCOLLISION))
            add_mapping(mappings, source, made);
        shell_free(made);
        shell_free(target);
    }
    return error;
}

/* A cancelled operation is no error: the caller looks at fAnyOperationsAborted. */
int WINAPI SHFileOperationW(LPSHFILEOPSTRUCTW call)
{
    struct work work = {0};
    struct names from = {0}, to = {0};
    struct mappings mappings = {0};
    int error;

    if (!call)
        return ERROR_INVALID_PARAMETER;
    call->hNameMappings = NULL;
    call->fAnyOperationsAborted = FALSE;
    if (!call->pFrom || call->wFunc < FO_MOVE || call->wFunc > FO_RENAME ||
        (!call->pTo && call->wFunc != FO_DELETE))
        return ERROR_INVALID_PARAMETER;
    work.flags = call->fFlags;
    error = read_names(&from, call->pFrom, work.flags, TRUE);
    if (!error && call->wFunc != FO_DELETE)
        error = read_names(&to, call->pTo, 0, FALSE);
    if (!error)
        error = call->wFunc == FO_DELETE ? delete_all(&work, &from)
                : call->wFunc == FO_RENAME
                    ? rename_one(&work, &from, &to)
                    : transfer_all(&work, call->wFunc == FO_MOVE, &from, &to, &mappings);
    free_names(&from);
    free_names(&to);
    call->fAnyOperationsAborted = work.aborted;
    if (work.aborted)
        error = ERROR_CANCELLED;
    if ((call->fFlags & FOF_WANTMAPPINGHANDLE) && mappings.count) {
        struct mappings *handle = shell_alloc(sizeof *handle);
        if (handle)
            *handle = mappings;
        call->hNameMappings = handle;
    }
    return error;
}

/* ANSI names one behind the other to UTF-16. */
static WCHAR *wide_list(const char *list)
{
    int length = 0;

    if (!list)
        return NULL;
    while (list[length])
        length += lstrlenA(list + length) + 1;
    length++;
    const int size = MultiByteToWideChar(CP_ACP, 0, list, length, NULL, 0);
    WCHAR *wide = shell_alloc(((SIZE_T)size + 1) * sizeof *wide);
    if (wide) {
        MultiByteToWideChar(CP_ACP, 0, list, length, wide, size);
        wide[size] = 0;
    }
    return wide;
}

int WINAPI SHFileOperationA(LPSHFILEOPSTRUCTA call)
{
    if (!call)
        return ERROR_INVALID_PARAMETER;
    WCHAR *from = wide_list(call->pFrom), *to = wide_list(call->pTo),
          *title = shell_wide(call->lpszProgressTitle);
    /* the handle's names are wide for both: it is opaque but for its counts */
    SHFILEOPSTRUCTW wide = {call->hwnd, call->wFunc, from, to, call->fFlags & ~FOF_WANTMAPPINGHANDLE,
                            FALSE,      NULL,        title};
    const int error = SHFileOperationW(&wide);

    call->fAnyOperationsAborted = wide.fAnyOperationsAborted;
    call->hNameMappings = NULL;
    shell_free(from);
    shell_free(to);
    shell_free(title);
    return error;
}

/* ---------------------------------------------------------------- the recycle bin */

/* The drive of "X:\...": 0 is none given; FALSE: no drive. */
static BOOL bin_drive(const WCHAR *root, WCHAR *ret_letter)
{
    *ret_letter = 0;
    if (!root || !*root)
        return TRUE;
    const WCHAR drive[] = {root[0], ':', '\\', 0};
    if (root[1] != ':' || GetDriveTypeW(drive) <= DRIVE_NO_ROOT_DIR)
        return FALSE;
    *ret_letter = root[0];
    return TRUE;
}

HRESULT WINAPI SHQueryRecycleBinW(LPCWSTR root, LPSHQUERYRBINFO info)
{
    ULONGLONG count, size;
    WCHAR letter;

    if (!info || info->cbSize < sizeof *info || !bin_drive(root, &letter))
        return E_INVALIDARG;
    const HRESULT result = work_bin(letter, FALSE, &count, &size);
    if (SUCCEEDED(result)) {
        info->i64NumItems = (LONGLONG)count;
        info->i64Size = (LONGLONG)size;
    }
    return result;
}

HRESULT WINAPI SHQueryRecycleBinA(LPCSTR root, LPSHQUERYRBINFO info)
{
    WCHAR *wide = shell_wide(root);
    const HRESULT result = SHQueryRecycleBinW(wide, info);

    shell_free(wide);
    return result;
}

/* E_UNEXPECTED: there was nothing in it; or it would have to be confirmed. */
HRESULT WINAPI SHEmptyRecycleBinW(HWND window, LPCWSTR root, DWORD flags)
{
    ULONGLONG count;
    WCHAR letter;

    (void)window;
    if (!bin_drive(root, &letter))
        return E_INVALIDARG;
    HRESULT result = work_bin(letter, FALSE, &count, NULL);
    if (FAILED(result))
        return result;
    if (!count)
        return E_UNEXPECTED;
    if (!(flags & SHERB_NOCONFIRMATION))
        return HRESULT_FROM_WIN32(ERROR_CANCELLED);
    return work_bin(letter, TRUE, NULL, NULL);
}

HRESULT WINAPI SHEmptyRecycleBinA(HWND window, LPCSTR root, DWORD flags)
{
    WCHAR *wide = shell_wide(root);
    const HRESULT result = SHEmptyRecycleBinW(window, wide, flags);

    shell_free(wide);
    return result;
}

/* Nobody looks at icons. */
HRESULT WINAPI SHUpdateRecycleBinIcon(void)
{
    return S_OK;
}
