/*
 * Copying, moving and deleting trees; the recycle bin through the host module.
 */
#include "work.h"
#include "host.h"
#include <host_call.h>
#include <sherrors.h>
#include <stdlib.h>
#include <nt/rtl.h>

static struct host_module_reference host = {.name = "shell32", .version = SHELL_HOST_VERSION};

static HRESULT last_error(void)
{
    return HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT cancel(struct work *work)
{
    work->aborted = TRUE;
    return COPYENGINE_E_USER_CANCELLED;
}

static BOOL is_folder(DWORD attributes)
{
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* A folder that is no link to one. */
static BOOL is_tree(DWORD attributes)
{
    return is_folder(attributes) && !(attributes & FILE_ATTRIBUTE_REPARSE_POINT);
}

/* Calls for each entry of a folder until one fails. */
static HRESULT for_each(const WCHAR *folder, HRESULT (*call)(void *context, const WIN32_FIND_DATAW *data),
                        void *context)
{
    WIN32_FIND_DATAW data;
    WCHAR *pattern = shell_join(folder, L"*");
    HRESULT result = S_OK;

    if (!pattern)
        return E_OUTOFMEMORY;
    const HANDLE find = FindFirstFileW(pattern, &data);
    shell_free(pattern);
    if (find == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? S_OK : last_error();
    do {
        if (lstrcmpW(data.cFileName, L".") && lstrcmpW(data.cFileName, L".."))
            result = call(context, &data);
    } while (SUCCEEDED(result) && FindNextFileW(find, &data));
    FindClose(find);
    return result;
}

/* ---------------------------------------------------------------- deleting */

static HRESULT delete_tree(struct work *work, const WCHAR *path, DWORD attributes);

struct deletion {
    struct work *work;
    const WCHAR *folder;
};

static HRESULT delete_entry(void *context, const WIN32_FIND_DATAW *data)
{
    const struct deletion *deletion = context;
    WCHAR *path = shell_join(deletion->folder, data->cFileName);
    const HRESULT result = path ? delete_tree(deletion->work, path, data->dwFileAttributes) : E_OUTOFMEMORY;

    shell_free(path);
    return result;
}

static HRESULT delete_tree(struct work *work, const WCHAR *path, DWORD attributes)
{
    if (is_tree(attributes)) {
        struct deletion deletion = {work, path};
        const HRESULT result = for_each(path, delete_entry, &deletion);
        if (FAILED(result))
            return result;
    }
    /* whoever confirmed the deletion confirmed it for read-only files too */
    if (attributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (is_folder(attributes) ? RemoveDirectoryW(path) : DeleteFileW(path))
        return S_OK;
    const HRESULT result = last_error();
    if (attributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(path, attributes);
    return result;
}

/* S_FALSE: there is no bin for it. */
static HRESULT recycle(const WCHAR *path)
{
    WCHAR *nt = shell_alloc(((SIZE_T)lstrlenW(path) + 5) * sizeof *nt);

    if (!nt)
        return E_OUTOFMEMORY;
    /* opened as a deletion would, for the errors of sharing and of rights */
    const HANDLE file = CreateFileW(path, DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                    NULL, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        shell_free(nt);
        return last_error();
    }
    lstrcpyW(nt, L"\\??\\");
    lstrcpyW(nt + 4, path);
    struct shell_host_recycle call = {host_pointer(nt), (uint32_t)lstrlenW(nt)};
    const NTSTATUS status = host_call(&host, SHELL_HOST_RECYCLE, &call, sizeof call);
    CloseHandle(file);
    shell_free(nt);
    if (status == STATUS_NOT_SUPPORTED || status == STATUS_DLL_NOT_FOUND)
        return S_FALSE;
    return status ? HRESULT_FROM_WIN32(RtlNtStatusToDosError(status)) : S_OK;
}

HRESULT work_delete(struct work *work, const WCHAR *path)
{
    const DWORD attributes = GetFileAttributesW(path);

    if (attributes == INVALID_FILE_ATTRIBUTES)
        return last_error();
    if (lstrlenW(path) <= 3)
        return COPYENGINE_E_ROOT_DIR_SRC;
    if (work->flags & (FOF_ALLOWUNDO | FOFX_RECYCLEONDELETE)) {
        const HRESULT result = recycle(path);
        if (result != S_FALSE)
            return result;
        if ((work->flags & (FOF_WANTNUKEWARNING | FOFX_RECYCLEONDELETE)) || work->only_recycle)
            return COPYENGINE_E_RECYCLE_BIN_NOT_FOUND;
    }
    if (!(work->flags & FOF_NOCONFIRMATION))
        return cancel(work);
    return delete_tree(work, path, attributes);
}

HRESULT work_bin(WCHAR letter, BOOL empty, ULONGLONG *ret_count, ULONGLONG *ret_size)
{
    struct shell_host_bin call = {.letter = letter, .empty = empty};
    const NTSTATUS status = host_call(&host, SHELL_HOST_BIN, &call, sizeof call);

    if (status)
        return HRESULT_FROM_WIN32(RtlNtStatusToDosError(status));
    if (ret_count)
        *ret_count = call.count;
    if (ret_size)
        *ret_size = call.size;
    return S_OK;
}

/* ---------------------------------------------------------------- names that are taken */

/* "a - Copy.txt", "a - Copy (2).txt": the first that is free, or NULL. */
static WCHAR *free_name(const WCHAR *folder, const WCHAR *name)
{
    const WCHAR *dot = wcsrchr(name, '.');
    const int stem = dot && dot != name ? (int)(dot - name) : lstrlenW(name);

    for (int i = 1; i < 10000; i++) {
        WCHAR number[16] = L"", *candidate = shell_alloc(((SIZE_T)lstrlenW(name) + 32) * sizeof *candidate);
        if (!candidate)
            return NULL;
        CopyMemory(candidate, name, (SIZE_T)stem * sizeof *name);
        lstrcpyW(candidate + stem, L" - Copy");
        if (i > 1) {
            _itow(i, number, 10);
            lstrcatW(lstrcatW(lstrcatW(candidate, L" ("), number), L")");
        }
        lstrcatW(candidate, name + stem);
        WCHAR *path = shell_join(folder, candidate);
        shell_free(candidate);
        if (!path || GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
            return path;
        shell_free(path);
    }
    return NULL;
}

/* Is path the folder itself or below it? */
static BOOL lies_in(const WCHAR *path, const WCHAR *folder)
{
    int length = lstrlenW(folder);

    while (length && folder[length - 1] == '\\')
        length--;
    return lstrlenW(path) >= length &&
           CompareStringOrdinal(path, length, folder, length, TRUE) == CSTR_EQUAL &&
           (!path[length] || path[length] == '\\');
}

/* What stands in the way of writing `to`: S_OK: nothing, or it may be overwritten. *to may become another
 * name. */
static HRESULT clear_way(struct work *work, DWORD attributes, const WCHAR *folder, const WCHAR *name,
                         WCHAR **to)
{
    const DWORD there = GetFileAttributesW(*to);

    if (there == INVALID_FILE_ATTRIBUTES)
        return S_OK;
    if (work->flags & FOF_RENAMEONCOLLISION) {
        WCHAR *other = free_name(folder, name);
        if (!other)
            return E_OUTOFMEMORY;
        shell_free(*to);
        *to = other;
        return S_OK;
    }
    if (is_folder(attributes) != is_folder(there))
        return is_folder(there) ? COPYENGINE_E_FILE_IS_FLD_DEST : COPYENGINE_E_FLD_IS_FILE_DEST;
    if (!(work->flags & FOF_NOCONFIRMATION))
        return cancel(work);
    if (!is_folder(there) && (there & FILE_ATTRIBUTE_READONLY))
        SetFileAttributesW(*to, there & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    return S_OK;
}

/* ---------------------------------------------------------------- copying and moving */

typedef HRESULT transfer_function(struct work *, const WCHAR *, const WCHAR *, const WCHAR *, WCHAR **);

struct transfer {
    struct work *work;
    const WCHAR *from, *to;
    transfer_function *call;
};

static HRESULT transfer_entry(void *context, const WIN32_FIND_DATAW *data)
{
    const struct transfer *transfer = context;

    if (is_tree(data->dwFileAttributes) && (transfer->work->flags & FOF_NORECURSION))
        return S_OK;
    WCHAR *from = shell_join(transfer->from, data->cFileName);
    const HRESULT result = from ? transfer->call(transfer->work, from, transfer->to, data->cFileName, NULL)
                                : E_OUTOFMEMORY;
    shell_free(from);
    return result;
}

/* The folder that a name is to go to, with all above it; made only if the flags confirm that, as elsewhere.
 */
static HRESULT need_folder(struct work *work, const WCHAR *folder)
{
    const DWORD attributes = GetFileAttributesW(folder);

    if (attributes != INVALID_FILE_ATTRIBUTES)
        return is_folder(attributes) ? S_OK : COPYENGINE_E_FLD_IS_FILE_DEST;
    if (!(work->flags & FOF_NOCONFIRMMKDIR) && !(work->flags & FOF_NOCONFIRMATION))
        return cancel(work);
    const int error = SHCreateDirectoryExW(NULL, folder, NULL);
    return error && error != ERROR_ALREADY_EXISTS ? HRESULT_FROM_WIN32(error) : S_OK;
}

static HRESULT begin(struct work *work, const WCHAR *from, const WCHAR *folder, const WCHAR *name,
                     DWORD *ret_attributes, WCHAR **ret_to)
{
    *ret_to = NULL;
    *ret_attributes = GetFileAttributesW(from);
    if (*ret_attributes == INVALID_FILE_ATTRIBUTES)
        return last_error();
    HRESULT result = need_folder(work, folder);
    if (FAILED(result))
        return result;
    *ret_to = shell_join(folder, name);
    if (!*ret_to)
        return E_OUTOFMEMORY;
    if (is_tree(*ret_attributes) && lies_in(folder, from))
        return COPYENGINE_E_DEST_SUBTREE;
    return S_OK;
}

static HRESULT end(HRESULT result, WCHAR *to, WCHAR **ret_path)
{
    if (SUCCEEDED(result) && ret_path)
        *ret_path = to;
    else
        shell_free(to);
    return result;
}

HRESULT work_copy(struct work *work, const WCHAR *from, const WCHAR *folder, const WCHAR *name,
                  WCHAR **ret_path)
{
    DWORD attributes;
    WCHAR *to;
    HRESULT result = begin(work, from, folder, name, &attributes, &to);

    if (SUCCEEDED(result) && CompareStringOrdinal(from, -1, to, -1, TRUE) == CSTR_EQUAL &&
        !(work->flags & FOF_RENAMEONCOLLISION))
        result = COPYENGINE_E_SAME_FILE;
    if (SUCCEEDED(result))
        result = clear_way(work, attributes, folder, name, &to);
    if (FAILED(result))
        return end(result, to, ret_path);
    if (!is_tree(attributes)) {
        const DWORD flags = attributes & FILE_ATTRIBUTE_REPARSE_POINT ? COPY_FILE_COPY_SYMLINK : 0;
        if (!CopyFileExW(from, to, NULL, NULL, NULL, flags))
            result = last_error();
        return end(result, to, ret_path);
    }
    if (!CreateDirectoryW(to, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        return end(last_error(), to, ret_path);
    struct transfer transfer = {work, from, to, work_copy};
    result = for_each(from, transfer_entry, &transfer);
    if (SUCCEEDED(result))
        SetFileAttributesW(to, attributes & ~(DWORD)FILE_ATTRIBUTE_DIRECTORY);
    return end(result, to, ret_path);
}

HRESULT work_move(struct work *work, const WCHAR *from, const WCHAR *folder, const WCHAR *name,
                  WCHAR **ret_path)
{
    DWORD attributes;
    WCHAR *to;
    HRESULT result = begin(work, from, folder, name, &attributes, &to);

    if (FAILED(result))
        return end(result, to, ret_path);
    if (lstrlenW(from) <= 3)
        return end(COPYENGINE_E_ROOT_DIR_SRC, to, ret_path);
    /* only another spelling of the same name is a change, too */
    const BOOL same = CompareStringOrdinal(from, -1, to, -1, TRUE) == CSTR_EQUAL;
    if (same && !lstrcmpW(from, to))
        return end(COPYENGINE_E_SAME_FILE, to, ret_path);
    if (!same)
        result = clear_way(work, attributes, folder, name, &to);
    if (FAILED(result))
        return end(result, to, ret_path);
    const DWORD there = same ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(to);
    if (there == INVALID_FILE_ATTRIBUTES || !is_folder(there)) {
        if (MoveFileExW(from, to,
                        MOVEFILE_REPLACE_EXISTING | (is_tree(attributes) ? 0 : MOVEFILE_COPY_ALLOWED)))
            return end(S_OK, to, ret_path);
        if (!is_tree(attributes) || GetLastError() != ERROR_NOT_SAME_DEVICE)
            return end(last_error(), to, ret_path);
        if (!CreateDirectoryW(to, NULL))
            return end(last_error(), to, ret_path);
    }
    /* into a folder that is there, or on another disk: piece by piece */
    struct transfer transfer = {work, from, to, work_move};
    result = for_each(from, transfer_entry, &transfer);
    if (SUCCEEDED(result) && !RemoveDirectoryW(from) && !(work->flags & FOF_NORECURSION))
        result = last_error();
    return end(result, to, ret_path);
}
