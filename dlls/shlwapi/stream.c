/*
 * Streams on files, and on memory (which ole32 makes when one is asked for).
 */
#define COBJMACROS
#define CONST_VTABLE
#include <windows.h>
#include <stream_defaults.h>

static const GUID iid_unknown = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const GUID iid_stream = {0xc, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const GUID iid_sequential = {
    0x0c733a30, 0x2a1c, 0x11ce, {0xad, 0xe5, 0x00, 0xaa, 0x00, 0x44, 0x77, 0x3d}};

struct file_stream {
    IStream iface;
    LONG references;
    HANDLE file;
    DWORD mode;
    WCHAR path[];
};

static struct file_stream *self(IStream *this)
{
    return CONTAINING_RECORD(this, struct file_stream, iface);
}

static HRESULT last_error(void)
{
    return HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT WINAPI query(IStream *this, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualGUID(iid, &iid_unknown) && !IsEqualGUID(iid, &iid_stream) &&
        !IsEqualGUID(iid, &iid_sequential))
        return E_NOINTERFACE;
    IStream_AddRef(this);
    *object = this;
    return S_OK;
}

static ULONG WINAPI add_reference(IStream *this)
{
    return (ULONG)InterlockedIncrement(&self(this)->references);
}

static ULONG WINAPI release(IStream *this)
{
    LONG left = InterlockedDecrement(&self(this)->references);
    if (!left) {
        CloseHandle(self(this)->file);
        HeapFree(GetProcessHeap(), 0, self(this));
    }
    return (ULONG)left;
}

static HRESULT WINAPI read(IStream *this, void *to, ULONG count, ULONG *ret_count)
{
    DWORD done = 0;
    BOOL ok = ReadFile(self(this)->file, to, count, &done, NULL);
    if (ret_count)
        *ret_count = done;
    return !ok ? S_FALSE : done == count ? S_OK : S_FALSE;
}

static HRESULT WINAPI write(IStream *this, const void *from, ULONG count, ULONG *ret_count)
{
    DWORD done = 0;
    BOOL ok = WriteFile(self(this)->file, from, count, &done, NULL);
    if (ret_count)
        *ret_count = done;
    if (!ok)
        return GetLastError() == ERROR_ACCESS_DENIED ? STG_E_ACCESSDENIED : last_error();
    return S_OK;
}

static HRESULT WINAPI seek(IStream *this, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *ret_position)
{
    LARGE_INTEGER position;
    if (!SetFilePointerEx(self(this)->file, move, &position, origin))
        return last_error();
    if (ret_position)
        ret_position->QuadPart = (ULONGLONG)position.QuadPart;
    return S_OK;
}

static HRESULT WINAPI set_size(IStream *this, ULARGE_INTEGER size)
{
    LARGE_INTEGER zero = {.QuadPart = 0}, position, wanted = {.QuadPart = (LONGLONG)size.QuadPart};
    HANDLE file = self(this)->file;
    if (!SetFilePointerEx(file, zero, &position, FILE_CURRENT))
        return last_error();
    HRESULT result = SetFilePointerEx(file, wanted, NULL, FILE_BEGIN) && SetEndOfFile(file) ? S_OK
                                                                                            : last_error();
    SetFilePointerEx(file, position, NULL, FILE_BEGIN);
    return result;
}

static HRESULT WINAPI commit(IStream *this, DWORD flags)
{
    (void)this, (void)flags;
    return S_OK; /* nothing is held back */
}

static HRESULT WINAPI stat(IStream *this, STATSTG *statistics, DWORD flags)
{
    BY_HANDLE_FILE_INFORMATION information;

    if (!statistics)
        return STG_E_INVALIDPOINTER;
    if (!GetFileInformationByHandle(self(this)->file, &information))
        return last_error();
    ZeroMemory(statistics, sizeof *statistics);
    if (!(flags & STATFLAG_NONAME)) {
        SIZE_T size = ((SIZE_T)lstrlenW(self(this)->path) + 1) * sizeof(WCHAR);
        /* the task allocator is the process heap */
        if (!(statistics->pwcsName = HeapAlloc(GetProcessHeap(), 0, size)))
            return E_OUTOFMEMORY;
        CopyMemory(statistics->pwcsName, self(this)->path, size);
    }
    statistics->type = STGTY_STREAM;
    statistics->cbSize.QuadPart = (ULONGLONG)information.nFileSizeHigh << 32 | information.nFileSizeLow;
    statistics->mtime = information.ftLastWriteTime;
    statistics->ctime = information.ftCreationTime;
    statistics->atime = information.ftLastAccessTime;
    statistics->grfMode = self(this)->mode;
    return S_OK;
}

static HRESULT WINAPI clone(IStream *this, IStream **object)
{
    (void)this;
    *object = NULL;
    return E_NOTIMPL;
}

HRESULT WINAPI SHCreateStreamOnFileEx(LPCWSTR path, DWORD mode, DWORD attributes, BOOL create,
                                      IStream *unused, IStream **ret_stream)
{
    static IStreamVtbl table = {query,
                                add_reference,
                                release,
                                read,
                                write,
                                seek,
                                set_size,
                                stream_copy_to,
                                commit,
                                stream_no_revert,
                                stream_no_region,
                                stream_no_region,
                                stat,
                                clone};
    DWORD access, share, disposition;

    if (!path || !ret_stream || unused)
        return E_INVALIDARG;
    *ret_stream = NULL;
    switch (mode & 3) {
    case STGM_READ: access = GENERIC_READ; break;
    case STGM_WRITE: access = GENERIC_WRITE; break;
    case STGM_READWRITE: access = GENERIC_READ | GENERIC_WRITE; break;
    default: return E_INVALIDARG;
    }
    switch (mode & 0xf0) {
    case 0:
    case STGM_SHARE_DENY_NONE: share = FILE_SHARE_READ | FILE_SHARE_WRITE; break;
    case STGM_SHARE_DENY_READ: share = FILE_SHARE_WRITE; break;
    case STGM_SHARE_DENY_WRITE: share = FILE_SHARE_READ; break;
    case STGM_SHARE_EXCLUSIVE: share = 0; break;
    default: return E_INVALIDARG;
    }
    if (mode & STGM_CREATE)
        disposition = CREATE_ALWAYS;
    else
        disposition = create ? CREATE_NEW : OPEN_EXISTING;
    SIZE_T size = ((SIZE_T)lstrlenW(path) + 1) * sizeof(WCHAR);
    struct file_stream *stream = HeapAlloc(GetProcessHeap(), 0, sizeof *stream + size);
    if (!stream)
        return E_OUTOFMEMORY;
    stream->iface.lpVtbl = &table;
    stream->references = 1;
    stream->mode = mode;
    CopyMemory(stream->path, path, size);
    stream->file = CreateFileW(path, access, share, NULL, disposition, attributes, NULL);
    if (stream->file == INVALID_HANDLE_VALUE) {
        HRESULT result = last_error();
        HeapFree(GetProcessHeap(), 0, stream);
        return result;
    }
    *ret_stream = &stream->iface;
    return S_OK;
}

HRESULT WINAPI SHCreateStreamOnFileW(LPCWSTR path, DWORD mode, IStream **ret_stream)
{
    if (!path || !ret_stream)
        return E_INVALIDARG;
    if (mode & STGM_TRANSACTED || mode & (STGM_CONVERT | STGM_DELETEONRELEASE))
        return E_INVALIDARG;
    return SHCreateStreamOnFileEx(path, mode, 0, FALSE, NULL, ret_stream);
}

HRESULT WINAPI SHCreateStreamOnFileA(LPCSTR path, DWORD mode, IStream **ret_stream)
{
    WCHAR wide[MAX_PATH];

    if (!path || !MultiByteToWideChar(CP_ACP, 0, path, -1, wide, MAX_PATH))
        return path ? last_error() : HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    return SHCreateStreamOnFileW(wide, mode, ret_stream);
}

/* A stream with a copy of the memory; NULL if there is not enough. */
IStream *WINAPI SHCreateMemStream(const BYTE *bytes, UINT size)
{
    static const LARGE_INTEGER start;
    HMODULE ole32 = LoadLibraryW(L"ole32.dll");
    HRESULT(WINAPI * create)
    (HGLOBAL, BOOL, IStream **) = ole32 ? (void *)GetProcAddress(ole32, "CreateStreamOnHGlobal") : NULL;
    IStream *stream;

    if (!create || FAILED(create(NULL, TRUE, &stream)))
        return NULL;
    if (bytes && size && FAILED(IStream_Write(stream, bytes, size, NULL))) {
        IStream_Release(stream);
        return NULL;
    }
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    return stream;
}
