/* IFileOperation and SHFileOperation on real files, and the recycle bin. */
#define COBJMACROS
#define INITGUID
#include "harness.h"
#include <sherrors.h>
#include <shellapi.h>
#include <shlobj.h>

static WCHAR folder[MAX_PATH];

static WCHAR *path_of(const WCHAR *name)
{
    static WCHAR paths[8][MAX_PATH];
    static unsigned next;
    WCHAR *path = paths[next++ % 8];

    lstrcpyW(path, folder);
    lstrcatW(path, L"\\");
    lstrcatW(path, name);
    path[lstrlenW(path) + 1] = 0; /* a list of one */
    return path;
}

static void write_file(const WCHAR *name, const char *text)
{
    DWORD written;
    const HANDLE file = CreateFileW(path_of(name), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    WriteFile(file, text, (DWORD)strlen(text), &written, NULL);
    CloseHandle(file);
}

static const char *read_file(const WCHAR *name)
{
    static char text[64];
    DWORD read = 0;
    const HANDLE file = CreateFileW(path_of(name), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    if (!ReadFile(file, text, sizeof text - 1, &read, NULL))
        read = 0;
    CloseHandle(file);
    text[read] = 0;
    return text;
}

static BOOL is_there(const WCHAR *name)
{
    return GetFileAttributesW(path_of(name)) != INVALID_FILE_ATTRIBUTES;
}

static void begin(void)
{
    CoInitialize(NULL);
    GetTempPathW(MAX_PATH, folder);
    lstrcatW(folder, L"file operation");
    CreateDirectoryW(folder, NULL);
    CreateDirectoryW(path_of(L"tree"), NULL);
    write_file(L"tree\\one.txt", "one");
    write_file(L"a.txt", "a");
    write_file(L"b.txt", "b");
    CreateDirectoryW(path_of(L"to"), NULL);
}

static int old(UINT function, const WCHAR *from, const WCHAR *to, FILEOP_FLAGS flags)
{
    SHFILEOPSTRUCTW call = {NULL, function, from, to, flags | FOF_NOERRORUI | FOF_SILENT, FALSE, NULL, NULL};
    return SHFileOperationW(&call);
}

static void end(void)
{
    CHECK_EQ(old(FO_DELETE, path_of(L""), NULL, FOF_NOCONFIRMATION), 0);
    CHECK(GetFileAttributesW(folder) == INVALID_FILE_ATTRIBUTES);
    CoUninitialize();
}

TEST(old_copy_and_move)
{
    begin();
    CHECK_EQ(old(FO_COPY, path_of(L"a.txt"), path_of(L"c.txt"), FOF_NOCONFIRMATION), 0);
    CHECK_STR(read_file(L"c.txt"), "a");
    CHECK_EQ(old(FO_COPY, path_of(L"*.txt"), path_of(L"to"), FOF_NOCONFIRMATION), 0);
    CHECK(is_there(L"to\\a.txt") && is_there(L"to\\b.txt") && is_there(L"to\\c.txt") &&
          !is_there(L"to\\tree"));
    CHECK_EQ(old(FO_COPY, path_of(L"tree"), path_of(L"to"), FOF_NOCONFIRMATION), 0);
    CHECK_STR(read_file(L"to\\tree\\one.txt"), "one");
    CHECK_EQ(old(FO_MOVE, path_of(L"b.txt"), path_of(L"to\\d.txt"), FOF_NOCONFIRMATION), 0);
    CHECK(!is_there(L"b.txt"));
    CHECK_STR(read_file(L"to\\d.txt"), "b");
    CHECK_EQ(old(FO_RENAME, path_of(L"a.txt"), path_of(L"e.txt"), 0), 0);
    CHECK(is_there(L"e.txt") && !is_there(L"a.txt"));
    end();
}

TEST(old_narrow_names)
{
    char from[MAX_PATH + 1] = "", to[MAX_PATH + 1] = "";
    SHFILEOPSTRUCTA call = {NULL, FO_COPY, from, to, FOF_NO_UI, FALSE, NULL, NULL};

    begin();
    WideCharToMultiByte(CP_ACP, 0, path_of(L"a.txt"), -1, from, MAX_PATH, NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, path_of(L"narrow.txt"), -1, to, MAX_PATH, NULL, NULL);
    CHECK_EQ(SHFileOperationA(&call), 0);
    CHECK_EQ(call.fAnyOperationsAborted, FALSE);
    CHECK_STR(read_file(L"narrow.txt"), "a");
    call.wFunc = FO_DELETE;
    CHECK_EQ(SHFileOperationA(&call), 0);
    CHECK(!is_there(L"a.txt"));
    CHECK(SHFileOperationA(&call) != 0);
    end();
}

/* What was renamed on a collision, as the structure gives it. */
TEST(old_name_mappings)
{
    ORACLE_DIFFERS("documented: FOF_WANTMAPPINGHANDLE lists what was renamed; there is no list there");
    SHFILEOPSTRUCTW call = {
        NULL,  FO_COPY, NULL, NULL, FOF_NO_UI | FOF_RENAMEONCOLLISION | FOF_WANTMAPPINGHANDLE,
        FALSE, NULL,    NULL};
    WCHAR from[MAX_PATH + 1] = L"", to[MAX_PATH + 1] = L"";

    begin();
    write_file(L"to\\a.txt", "old");
    lstrcpyW(from, path_of(L"a.txt"));
    lstrcpyW(to, path_of(L"to"));
    call.pFrom = from;
    call.pTo = to;
    CHECK_EQ(SHFileOperationW(&call), 0);
    CHECK_STR(read_file(L"to\\a.txt"), "old");
    CHECK(call.hNameMappings != NULL);
    struct {
        UINT count;
        SHNAMEMAPPINGW *entries;
    } *mappings = call.hNameMappings;
    if (mappings) {
        CHECK_EQ(mappings->count, 1);
        CHECK_EQ(mappings->entries[0].cchNewPath, lstrlenW(mappings->entries[0].pszNewPath));
        CHECK(GetFileAttributesW(mappings->entries[0].pszNewPath) != INVALID_FILE_ATTRIBUTES);
    }
    SHFreeNameMappings(call.hNameMappings);
    SHFreeNameMappings(NULL);
    end();
}

TEST(old_failures)
{
    SHFILEOPSTRUCTW call = {NULL, 0, L"x\0", NULL, FOF_NO_UI, FALSE, NULL, NULL};

    ORACLE_DIFFERS("copies a folder into itself");
    begin();
    CHECK(SHFileOperationW(&call) != 0);
    CHECK(old(FO_COPY, path_of(L"missing"), path_of(L"to"), FOF_NOCONFIRMATION) != 0);
    CHECK(old(FO_COPY, path_of(L"tree"), path_of(L"tree\\below"), FOF_NOCONFIRMATION | FOF_NOCONFIRMMKDIR) !=
          0);
    CHECK(old(FO_DELETE, path_of(L"missing"), NULL, FOF_NOCONFIRMATION) != 0);
    end();
}

TEST(old_rename_on_collision)
{
    ORACLE_DIFFERS("wine 8 overwrites; documented: a new name is given");
    begin();
    CHECK_EQ(old(FO_COPY, path_of(L"a.txt"), path_of(L"b.txt"), FOF_RENAMEONCOLLISION | FOF_NOCONFIRMATION),
             0);
    CHECK_STR(read_file(L"b.txt"), "b");
    CHECK_STR(read_file(L"b - Copy.txt"), "a");
    end();
}

static IShellItem *item(const WCHAR *name)
{
    IShellItem *made = NULL;

    CHECK_EQ(SHCreateItemFromParsingName(path_of(name), NULL, &IID_IShellItem, (void **)&made), S_OK);
    return made;
}

/* A sink that counts and remembers. */
static int started, finished, before, after;
static DWORD delete_flags;
static HRESULT delete_result;

static HRESULT WINAPI sink_query(IFileOperationProgressSink *i, REFIID iid, void **ret)
{
    (void)iid;
    *ret = i;
    return S_OK;
}
static ULONG WINAPI sink_count(IFileOperationProgressSink *i)
{
    (void)i;
    return 2;
}
static HRESULT WINAPI sink_start(IFileOperationProgressSink *i)
{
    (void)i;
    started++;
    return S_OK;
}
static HRESULT WINAPI sink_finish(IFileOperationProgressSink *i, HRESULT result)
{
    (void)i, (void)result;
    finished++;
    return S_OK;
}
static HRESULT WINAPI sink_pre_rename(IFileOperationProgressSink *i, DWORD f, IShellItem *s, LPCWSTR n)
{
    (void)i, (void)f, (void)s, (void)n;
    before++;
    return S_OK;
}
static HRESULT WINAPI sink_post_rename(IFileOperationProgressSink *i, DWORD f, IShellItem *s, LPCWSTR n,
                                       HRESULT r, IShellItem *made)
{
    (void)i, (void)f, (void)s, (void)n, (void)r;
    CHECK(made != NULL);
    after++;
    return S_OK;
}
static HRESULT WINAPI sink_pre_move(IFileOperationProgressSink *i, DWORD f, IShellItem *s, IShellItem *d,
                                    LPCWSTR n)
{
    (void)i, (void)f, (void)s, (void)d, (void)n;
    before++;
    return S_OK;
}
static HRESULT WINAPI sink_post_move(IFileOperationProgressSink *i, DWORD f, IShellItem *s, IShellItem *d,
                                     LPCWSTR n, HRESULT r, IShellItem *made)
{
    (void)i, (void)f, (void)s, (void)d, (void)n, (void)r, (void)made;
    after++;
    return S_OK;
}
static HRESULT WINAPI sink_pre_delete(IFileOperationProgressSink *i, DWORD f, IShellItem *s)
{
    (void)i, (void)s;
    delete_flags = f;
    before++;
    return delete_result;
}
static HRESULT WINAPI sink_post_delete(IFileOperationProgressSink *i, DWORD f, IShellItem *s, HRESULT r,
                                       IShellItem *made)
{
    (void)i, (void)f, (void)s, (void)r, (void)made;
    after++;
    return S_OK;
}
static HRESULT WINAPI sink_pre_new(IFileOperationProgressSink *i, DWORD f, IShellItem *d, LPCWSTR n)
{
    (void)i, (void)f, (void)d, (void)n;
    before++;
    return S_OK;
}
static HRESULT WINAPI sink_post_new(IFileOperationProgressSink *i, DWORD f, IShellItem *d, LPCWSTR n,
                                    LPCWSTR t, DWORD a, HRESULT r, IShellItem *made)
{
    (void)i, (void)f, (void)d, (void)n, (void)t, (void)a, (void)r, (void)made;
    after++;
    return S_OK;
}
static HRESULT WINAPI sink_progress(IFileOperationProgressSink *i, UINT total, UINT done)
{
    (void)i;
    CHECK(done <= total);
    return S_OK;
}
static HRESULT WINAPI sink_timer(IFileOperationProgressSink *i)
{
    (void)i;
    return S_OK;
}

static IFileOperationProgressSinkVtbl sink_methods = {
    sink_query,      sink_count,       sink_count,       sink_start,     sink_finish,
    sink_pre_rename, sink_post_rename, sink_pre_move,    sink_post_move, sink_pre_move,
    sink_post_move,  sink_pre_delete,  sink_post_delete, sink_pre_new,   sink_post_new,
    sink_progress,   sink_timer,       sink_timer,       sink_timer};
static IFileOperationProgressSink sink = {&sink_methods};

static IFileOperation *operation(DWORD flags)
{
    IFileOperation *made = NULL;

    CHECK_EQ(CoCreateInstance(&CLSID_FileOperation, NULL, CLSCTX_ALL, &IID_IFileOperation, (void **)&made),
             S_OK);
    if (made)
        CHECK_EQ(IFileOperation_SetOperationFlags(made, flags), S_OK);
    return made;
}

TEST(operations)
{
    DWORD cookie;
    BOOL aborted = TRUE;

    ORACLE_DIFFERS("wine 8's PerformOperations does nothing");
    begin();
    IFileOperation *work = operation(FOF_NO_UI);
    IShellItem *a = item(L"a.txt"), *b = item(L"b.txt"), *tree = item(L"tree"), *to = item(L"to"),
               *root = item(L"");
    started = finished = before = after = 0;
    CHECK_EQ(IFileOperation_Advise(work, &sink, &cookie), S_OK);
    CHECK_EQ(IFileOperation_CopyItem(work, a, to, NULL, NULL), S_OK);
    CHECK_EQ(IFileOperation_CopyItem(work, tree, to, L"forest", NULL), S_OK);
    CHECK_EQ(IFileOperation_MoveItem(work, b, to, L"moved.txt", NULL), S_OK);
    CHECK_EQ(IFileOperation_RenameItem(work, a, L"z.txt", NULL), S_OK);
    CHECK_EQ(IFileOperation_NewItem(work, root, FILE_ATTRIBUTE_DIRECTORY, L"new", NULL, NULL), S_OK);
    CHECK(!is_there(L"to\\a.txt"));
    CHECK_EQ(IFileOperation_PerformOperations(work), S_OK);
    CHECK_EQ(IFileOperation_GetAnyOperationsAborted(work, &aborted), S_OK);
    CHECK_EQ(aborted, FALSE);
    CHECK_STR(read_file(L"to\\a.txt"), "a");
    CHECK_STR(read_file(L"to\\forest\\one.txt"), "one");
    CHECK_STR(read_file(L"to\\moved.txt"), "b");
    CHECK(is_there(L"z.txt") && !is_there(L"a.txt") && !is_there(L"b.txt") && is_there(L"new"));
    CHECK_EQ(started, 1);
    CHECK_EQ(finished, 1);
    CHECK_EQ(before, 5);
    CHECK_EQ(after, 5);
    CHECK_EQ(IFileOperation_Unadvise(work, cookie), S_OK);
    CHECK_EQ(IFileOperation_Unadvise(work, cookie), E_INVALIDARG);
    IShellItem_Release(a);
    IShellItem_Release(b);
    IShellItem_Release(tree);
    IShellItem_Release(to);
    IShellItem_Release(root);
    IFileOperation_Release(work);
    end();
}

TEST(deletion_and_refusal)
{
    DWORD cookie;

    ORACLE_DIFFERS("wine 8's PerformOperations does nothing");
    begin();
    IFileOperation *work = operation(FOF_NO_UI);
    IShellItem *a = item(L"a.txt"), *tree = item(L"tree");
    delete_result = E_ABORT;
    CHECK_EQ(IFileOperation_Advise(work, &sink, &cookie), S_OK);
    CHECK_EQ(IFileOperation_DeleteItem(work, a, NULL), S_OK);
    CHECK_EQ(IFileOperation_PerformOperations(work), E_ABORT);
    CHECK(is_there(L"a.txt"));
    CHECK_EQ(delete_flags & TSF_DELETE_RECYCLE_IF_POSSIBLE, 0);
    delete_result = S_OK;
    CHECK_EQ(IFileOperation_DeleteItem(work, a, NULL), S_OK);
    CHECK_EQ(IFileOperation_DeleteItem(work, tree, NULL), S_OK);
    CHECK_EQ(IFileOperation_PerformOperations(work), S_OK);
    CHECK(!is_there(L"a.txt") && !is_there(L"tree"));
    CHECK(FAILED(IFileOperation_PerformOperations(work)));
    CHECK_EQ(IFileOperation_DeleteItem(work, NULL, NULL), E_INVALIDARG);
    IShellItem_Release(a);
    IShellItem_Release(tree);
    IFileOperation_Release(work);
    end();
}

/* The C: drive's bin lies in the state of the tests; it is left empty. */
TEST(recycle_bin)
{
    SHQUERYRBINFO info = {.cbSize = sizeof info};
    WCHAR file[MAX_PATH + 1] = L"";

    ORACLE_DIFFERS("uses the user's trash or deletes");
    if (harness_is_wine())
        SKIP("not in the user's trash");
    SHGetFolderPathW(NULL, CSIDL_LOCAL_APPDATA | CSIDL_FLAG_CREATE, NULL, 0, file);
    lstrcatW(file, L"\\recycled.txt");
    const HANDLE handle = CreateFileW(file, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(handle != INVALID_HANDLE_VALUE);
    SetFilePointer(handle, 1000, NULL, FILE_BEGIN);
    SetEndOfFile(handle);
    CHECK(old(FO_DELETE, file, NULL, FOF_ALLOWUNDO | FOF_NOCONFIRMATION) != 0); /* it is open */
    CloseHandle(handle);
    SHEmptyRecycleBinW(NULL, L"C:\\", SHERB_NOCONFIRMATION);
    CHECK_EQ(old(FO_DELETE, file, NULL, FOF_ALLOWUNDO | FOF_NOCONFIRMATION), 0);
    CHECK(GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(SHQueryRecycleBinW(L"C:\\", &info), S_OK);
    CHECK_EQ(info.i64NumItems, 1);
    CHECK_EQ(info.i64Size, 1000);
    CHECK_EQ(SHEmptyRecycleBinW(NULL, L"C:\\", SHERB_NOCONFIRMATION), S_OK);
    CHECK_EQ(SHQueryRecycleBinW(L"C:\\", &info), S_OK);
    CHECK_EQ(info.i64NumItems, 0);
    CHECK_EQ(SHEmptyRecycleBinW(NULL, L"C:\\", SHERB_NOCONFIRMATION), E_UNEXPECTED);
    info.cbSize = 4;
    CHECK_EQ(SHQueryRecycleBinW(L"C:\\", &info), E_INVALIDARG);
    CHECK_EQ(SHQueryRecycleBinA("C:\\", &info), E_INVALIDARG);
    info = (SHQUERYRBINFO){.cbSize = sizeof info, .i64NumItems = 7};
    CHECK_EQ(SHQueryRecycleBinA("C:\\", &info), S_OK);
    CHECK_EQ(info.i64NumItems, 0);
    CHECK_EQ(SHEmptyRecycleBinA(NULL, "C:\\", SHERB_NOCONFIRMATION), E_UNEXPECTED);
    HRESULT(WINAPI * update)
    (void) = (void *)GetProcAddress(GetModuleHandleW(L"shell32.dll"), "SHUpdateRecycleBinIcon");
    CHECK_EQ(update(), S_OK);
}
