/*
 * IFileOperation: what is to be done is collected, then done in order by PerformOperations, which tells the
 * sinks.
 */
#include "work.h"
#include <sherrors.h>

enum kind { COPY, MOVE, RENAME, DELETION, CREATION };

struct task {
    struct task *next;
    enum kind kind;
    IShellItem *item, *folder;
    WCHAR *name; /* new name, or NULL: the old one */
    DWORD attributes;
    IFileOperationProgressSink *sink; /* its own, or NULL */
};

struct operation {
    IFileOperation file;
    LONG references;
    struct task *first, **last;
    struct work work;
    IFileOperationProgressSink *sinks[8]; /* advised; cookie is the index and one */
};

static struct operation *from_file(IFileOperation *i)
{
    return CONTAINING_RECORD(i, struct operation, file);
}

static void free_task(struct task *task)
{
    if (task->item)
        IShellItem_Release(task->item);
    if (task->folder)
        IShellItem_Release(task->folder);
    if (task->sink)
        IFileOperationProgressSink_Release(task->sink);
    shell_free(task->name);
    shell_free(task);
}

static void free_tasks(struct operation *operation)
{
    while (operation->first) {
        struct task *task = operation->first;
        operation->first = task->next;
        free_task(task);
    }
    operation->last = &operation->first;
}

static HRESULT WINAPI file_query(IFileOperation *i, REFIID iid, void **ret)
{
    *ret = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IFileOperation))
        return E_NOINTERFACE;
    *ret = i;
    InterlockedIncrement(&from_file(i)->references);
    return S_OK;
}

static ULONG WINAPI file_add(IFileOperation *i)
{
    return (ULONG)InterlockedIncrement(&from_file(i)->references);
}

static ULONG WINAPI file_release(IFileOperation *i)
{
    struct operation *operation = from_file(i);
    const LONG left = InterlockedDecrement(&operation->references);

    if (!left) {
        free_tasks(operation);
        for (DWORD n = 0; n < ARRAYSIZE(operation->sinks); n++)
            if (operation->sinks[n])
                IFileOperationProgressSink_Release(operation->sinks[n]);
        shell_free(operation);
    }
    return (ULONG)left;
}

static HRESULT WINAPI file_advise(IFileOperation *i, IFileOperationProgressSink *sink, DWORD *ret_cookie)
{
    struct operation *operation = from_file(i);

    if (!sink || !ret_cookie)
        return E_INVALIDARG;
    for (DWORD n = 0; n < ARRAYSIZE(operation->sinks); n++)
        if (!operation->sinks[n]) {
            operation->sinks[n] = sink;
            IFileOperationProgressSink_AddRef(sink);
            *ret_cookie = n + 1;
            return S_OK;
        }
    return E_OUTOFMEMORY;
}

static HRESULT WINAPI file_unadvise(IFileOperation *i, DWORD cookie)
{
    struct operation *operation = from_file(i);

    if (!cookie || cookie > ARRAYSIZE(operation->sinks) || !operation->sinks[cookie - 1])
        return E_INVALIDARG;
    IFileOperationProgressSink_Release(operation->sinks[cookie - 1]);
    operation->sinks[cookie - 1] = NULL;
    return S_OK;
}

static HRESULT WINAPI file_flags(IFileOperation *i, DWORD flags)
{
    from_file(i)->work.flags = flags;
    return S_OK;
}

/* Progress is told to sinks; there is no window to show it in. */
static HRESULT WINAPI file_message(IFileOperation *i, LPCWSTR message)
{
    (void)i;
    return message ? S_OK : E_INVALIDARG;
}
static HRESULT WINAPI file_dialog(IFileOperation *i, IOperationsProgressDialog *dialog)
{
    (void)i, (void)dialog;
    return S_OK;
}
static HRESULT WINAPI file_owner(IFileOperation *i, HWND owner)
{
    (void)i, (void)owner;
    return S_OK;
}

/* There is no property system. */
static HRESULT WINAPI file_properties(IFileOperation *i, IPropertyChangeArray *properties)
{
    (void)i;
    return properties ? E_NOTIMPL : E_INVALIDARG;
}
static HRESULT WINAPI file_apply(IFileOperation *i, IShellItem *item)
{
    (void)i, (void)item;
    return E_NOTIMPL;
}
static HRESULT WINAPI file_apply_all(IFileOperation *i, IUnknown *items)
{
    (void)i, (void)items;
    return E_NOTIMPL;
}

/* ---------------------------------------------------------------- collecting */

static HRESULT add_task(IFileOperation *i, enum kind kind, IShellItem *item, IShellItem *folder,
                        const WCHAR *name, DWORD attributes, IFileOperationProgressSink *sink)
{
    struct operation *operation = from_file(i);

    if ((!item && kind != CREATION) || (!folder && (kind == COPY || kind == MOVE || kind == CREATION)) ||
        ((!name || !*name) && (kind == RENAME || kind == CREATION)))
        return E_INVALIDARG;
    struct task *task = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *task);
    if (!task)
        return E_OUTOFMEMORY;
    task->kind = kind;
    task->attributes = attributes;
    task->item = item;
    task->folder = folder;
    task->sink = sink;
    if (item)
        IShellItem_AddRef(item);
    if (folder)
        IShellItem_AddRef(folder);
    if (sink)
        IFileOperationProgressSink_AddRef(sink);
    task->name = name && *name ? shell_copy(name) : NULL;
    if (name && *name && !task->name) {
        free_task(task);
        return E_OUTOFMEMORY;
    }
    *operation->last = task;
    operation->last = &task->next;
    return S_OK;
}

/* Several items come as an item array, an enumerator, a data object or one object with an item list. */
static HRESULT add_tasks(IFileOperation *i, enum kind kind, IUnknown *items, IShellItem *folder,
                         const WCHAR *name)
{
    IShellItemArray *array;
    IEnumShellItems *enumerator = NULL;
    IShellItem *item;
    HRESULT result;

    if (!items)
        return E_INVALIDARG;
    if (SUCCEEDED(IUnknown_QueryInterface(items, &IID_IShellItemArray, (void **)&array))) {
        result = IShellItemArray_EnumItems(array, &enumerator);
        IShellItemArray_Release(array);
    } else {
        result = IUnknown_QueryInterface(items, &IID_IEnumShellItems, (void **)&enumerator);
    }
    if (FAILED(result)) {
        result = SHGetItemFromObject(items, &IID_IShellItem, (void **)&item);
        if (FAILED(result))
            return E_INVALIDARG;
        result = add_task(i, kind, item, folder, name, 0, NULL);
        IShellItem_Release(item);
        return result;
    }
    while ((result = IEnumShellItems_Next(enumerator, 1, &item, NULL)) == S_OK) {
        result = add_task(i, kind, item, folder, name, 0, NULL);
        IShellItem_Release(item);
        if (FAILED(result))
            break;
    }
    IEnumShellItems_Release(enumerator);
    return FAILED(result) ? result : S_OK;
}

static HRESULT WINAPI file_rename(IFileOperation *i, IShellItem *item, LPCWSTR name,
                                  IFileOperationProgressSink *sink)
{
    return add_task(i, RENAME, item, NULL, name, 0, sink);
}
static HRESULT WINAPI file_rename_all(IFileOperation *i, IUnknown *items, LPCWSTR name)
{
    return add_tasks(i, RENAME, items, NULL, name);
}
static HRESULT WINAPI file_move(IFileOperation *i, IShellItem *item, IShellItem *folder, LPCWSTR name,
                                IFileOperationProgressSink *sink)
{
    return add_task(i, MOVE, item, folder, name, 0, sink);
}
static HRESULT WINAPI file_move_all(IFileOperation *i, IUnknown *items, IShellItem *folder)
{
    return add_tasks(i, MOVE, items, folder, NULL);
}
static HRESULT WINAPI file_copy(IFileOperation *i, IShellItem *item, IShellItem *folder, LPCWSTR name,
                                IFileOperationProgressSink *sink)
{
    return add_task(i, COPY, item, folder, name, 0, sink);
}
static HRESULT WINAPI file_copy_all(IFileOperation *i, IUnknown *items, IShellItem *folder)
{
    return add_tasks(i, COPY, items, folder, NULL);
}
static HRESULT WINAPI file_delete(IFileOperation *i, IShellItem *item, IFileOperationProgressSink *sink)
{
    return add_task(i, DELETION, item, NULL, NULL, 0, sink);
}
static HRESULT WINAPI file_delete_all(IFileOperation *i, IUnknown *items)
{
    return add_tasks(i, DELETION, items, NULL, NULL);
}
static HRESULT WINAPI file_new(IFileOperation *i, IShellItem *folder, DWORD attributes, LPCWSTR name,
                               LPCWSTR template, IFileOperationProgressSink *sink)
{
    (void)template; /* Windows' templates are in a folder that is empty here */
    return add_task(i, CREATION, NULL, folder, name, attributes, sink);
}

/* ---------------------------------------------------------------- doing */

/* Tells a task's own sink and all that were advised; the first failure counts (before: it cancels the task).
 */
#define TELL(operation, its, call)                                                                           \
    do {                                                                                                     \
        IFileOperationProgressSink *sink = (its) ? ((const struct task *)(its))->sink : NULL;                \
        for (DWORD next = 0; next <= ARRAYSIZE((operation)->sinks); next++) {                                \
            const HRESULT told = sink ? call : S_OK;                                                         \
            if (FAILED(told) && SUCCEEDED(result))                                                           \
                result = told;                                                                               \
            sink = next < ARRAYSIZE((operation)->sinks) ? (operation)->sinks[next] : NULL;                   \
        }                                                                                                    \
    } while (0)

/* What the methods before a task get; the flags are those of TSF_. */
static HRESULT tell_before(struct operation *operation, const struct task *task, DWORD flags)
{
    const WCHAR *name = task->name;
    HRESULT result = S_OK;

    switch (task->kind) {
    case COPY:
        TELL(operation, task,
             IFileOperationProgressSink_PreCopyItem(sink, flags, task->item, task->folder, name));
        break;
    case MOVE:
        TELL(operation, task,
             IFileOperationProgressSink_PreMoveItem(sink, flags, task->item, task->folder, name));
        break;
    case RENAME:
        TELL(operation, task, IFileOperationProgressSink_PreRenameItem(sink, flags, task->item, name));
        break;
    case DELETION:
        TELL(operation, task, IFileOperationProgressSink_PreDeleteItem(sink, flags, task->item));
        break;
    case CREATION:
        TELL(operation, task, IFileOperationProgressSink_PreNewItem(sink, flags, task->folder, name));
        break;
    }
    return result;
}

static HRESULT tell_after(struct operation *operation, const struct task *task, DWORD flags, HRESULT done,
                          IShellItem *made)
{
    const WCHAR *name = task->name;
    HRESULT result = S_OK;

    switch (task->kind) {
    case COPY:
        TELL(
            operation, task,
            IFileOperationProgressSink_PostCopyItem(sink, flags, task->item, task->folder, name, done, made));
        break;
    case MOVE:
        TELL(
            operation, task,
            IFileOperationProgressSink_PostMoveItem(sink, flags, task->item, task->folder, name, done, made));
        break;
    case RENAME:
        TELL(operation, task,
             IFileOperationProgressSink_PostRenameItem(sink, flags, task->item, name, done, made));
        break;
    case DELETION:
        TELL(operation, task, IFileOperationProgressSink_PostDeleteItem(sink, flags, task->item, done, made));
        break;
    case CREATION:
        TELL(operation, task,
             IFileOperationProgressSink_PostNewItem(sink, flags, task->folder, name, NULL, task->attributes,
                                                    done, made));
        break;
    }
    return result;
}

static HRESULT create(const WCHAR *folder, const WCHAR *name, DWORD attributes, WCHAR **ret_path)
{
    WCHAR *path = shell_join(folder, name);
    HRESULT result = S_OK;

    if (!path)
        return E_OUTOFMEMORY;
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) {
        if (!CreateDirectoryW(path, NULL))
            result = HRESULT_FROM_WIN32(GetLastError());
    } else {
        const HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW,
                                        attributes ? attributes : FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE)
            result = HRESULT_FROM_WIN32(GetLastError());
        else
            CloseHandle(file);
    }
    if (SUCCEEDED(result))
        *ret_path = path;
    else
        shell_free(path);
    return result;
}

static HRESULT do_task(struct operation *operation, const struct task *task, WCHAR **ret_path)
{
    struct work *work = &operation->work;
    WCHAR *from = NULL, *folder = NULL;
    HRESULT result = S_OK;

    *ret_path = NULL;
    if (task->item)
        result = IShellItem_GetDisplayName(task->item, SIGDN_FILESYSPATH, &from);
    if (SUCCEEDED(result) && task->folder)
        result = IShellItem_GetDisplayName(task->folder, SIGDN_FILESYSPATH, &folder);
    if (SUCCEEDED(result) && task->kind == RENAME) {
        folder = shell_copy(from);
        result = folder ? S_OK : E_OUTOFMEMORY;
        if (folder)
            *((WCHAR *)shell_file_name(folder)) = 0;
    }
    if (SUCCEEDED(result)) {
        const WCHAR *name = task->name ? task->name : from ? shell_file_name(from) : NULL;
        result = task->kind == DELETION   ? work_delete(work, from)
                 : task->kind == COPY     ? work_copy(work, from, folder, name, ret_path)
                 : task->kind == CREATION ? create(folder, name, task->attributes, ret_path)
                                          : work_move(work, from, folder, name, ret_path);
    }
    shell_free(from);
    shell_free(folder);
    return result;
}

static BOOL has_sinks(const struct operation *operation)
{
    for (DWORD n = 0; n < ARRAYSIZE(operation->sinks); n++)
        if (operation->sinks[n])
            return TRUE;
    return FALSE;
}

static HRESULT run_task(struct operation *operation, const struct task *task)
{
    const BOOL recycles = task->kind == DELETION &&
                          (operation->work.flags & (FOF_ALLOWUNDO | FOFX_RECYCLEONDELETE));
    const DWORD flags = recycles                                        ? TSF_DELETE_RECYCLE_IF_POSSIBLE
                        : task->kind == DELETION                        ? TSF_NORMAL
                        : operation->work.flags & FOF_RENAMEONCOLLISION ? TSF_RENAME_EXIST
                                                                        : TSF_OVERWRITE_EXIST;
    IShellItem *made = NULL;
    WCHAR *path = NULL;
    HRESULT result = tell_before(operation, task, flags);

    if (FAILED(result)) {
        operation->work.aborted = TRUE;
    } else {
        /* a sink may have agreed only because of the bin */
        operation->work.only_recycle = recycles && (task->sink || has_sinks(operation));
        result = do_task(operation, task, &path);
        if (path)
            SHCreateItemFromParsingName(path, NULL, &IID_IShellItem, (void **)&made);
        const HRESULT told = tell_after(operation, task, flags, result, made);
        if (SUCCEEDED(result) && FAILED(told))
            result = told;
    }
    if (made)
        IShellItem_Release(made);
    shell_free(path);
    return result;
}

/* A task that fails or is cancelled does not keep the others from being done, unless the flags say so. */
static HRESULT WINAPI file_perform(IFileOperation *i)
{
    struct operation *operation = from_file(i);
    struct task *task = operation->first;
    UINT total = 0, at = 0;
    HRESULT result = S_OK;

    if (!task)
        return E_UNEXPECTED;
    operation->work.aborted = FALSE;
    for (const struct task *t = task; t; t = t->next)
        total++;
    file_add(i);
    TELL(operation, NULL, IFileOperationProgressSink_StartOperations(sink));
    for (; task && SUCCEEDED(result); task = task->next) {
        HRESULT one = run_task(operation, task);
        const BOOL cancelled = one == COPYENGINE_E_USER_CANCELLED ||
                               one == HRESULT_FROM_WIN32(ERROR_CANCELLED);
        if (FAILED(one)) {
            operation->work.aborted = TRUE;
            if (!cancelled && (total == 1 || (operation->work.flags & FOFX_EARLYFAILURE)))
                result = one;
        }
        at++;
        TELL(operation, task, IFileOperationProgressSink_UpdateProgress(sink, total, at));
    }
    const HRESULT done = result;
    TELL(operation, NULL, IFileOperationProgressSink_FinishOperations(sink, done));
    free_tasks(operation);
    file_release(i);
    return result;
}

static HRESULT WINAPI file_aborted(IFileOperation *i, BOOL *ret_aborted)
{
    if (!ret_aborted)
        return E_POINTER;
    *ret_aborted = from_file(i)->work.aborted;
    return S_OK;
}

static IFileOperationVtbl file_methods = {
    file_query,   file_add,        file_release,    file_advise,   file_unadvise, file_flags,
    file_message, file_dialog,     file_properties, file_owner,    file_apply,    file_apply_all,
    file_rename,  file_rename_all, file_move,       file_move_all, file_copy,     file_copy_all,
    file_delete,  file_delete_all, file_new,        file_perform,  file_aborted,
};

HRESULT operation_create(REFIID iid, void **ret)
{
    struct operation *operation = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *operation);

    *ret = NULL;
    if (!operation)
        return E_OUTOFMEMORY;
    operation->file.lpVtbl = &file_methods;
    operation->references = 1;
    operation->last = &operation->first;
    operation->work.flags = FOF_ALLOWUNDO | FOF_NOCONFIRMMKDIR;
    const HRESULT result = file_query(&operation->file, iid, ret);
    file_release(&operation->file);
    return result;
}
