/*
 * Streams on global memory. Clones share the memory and its size; each has its own position.
 */
#include "ole32.h"
#include <stream_defaults.h>

struct memory {
    LONG references;
    SRWLOCK lock; /* guards handle and size */
    HGLOBAL handle;
    SIZE_T size;
    BOOL owned; /* freed with the last stream */
};

struct stream {
    IStream iface;
    LONG references;
    ULONGLONG position;
    struct memory *memory;
};

static struct stream *from_interface(IStream *this)
{
    return CONTAINING_RECORD(this, struct stream, iface);
}

static HRESULT make(struct memory *memory, ULONGLONG position, IStream **ret_stream);

static HRESULT WINAPI query(IStream *this, REFIID iid, void **object)
{
    if (!object)
        return STG_E_INVALIDPOINTER;
    *object = NULL;
    if (!IsEqualGUID(iid, &ole_iid_unknown) && !IsEqualGUID(iid, &ole_iid_stream) &&
        !IsEqualGUID(iid, &ole_iid_sequential_stream))
        return E_NOINTERFACE;
    IStream_AddRef(this);
    *object = this;
    return S_OK;
}

static ULONG WINAPI add_reference(IStream *this)
{
    return (ULONG)InterlockedIncrement(&from_interface(this)->references);
}

static ULONG WINAPI release(IStream *this)
{
    struct stream *stream = from_interface(this);
    LONG left = InterlockedDecrement(&stream->references);
    if (left)
        return (ULONG)left;
    if (!InterlockedDecrement(&stream->memory->references)) {
        if (stream->memory->owned)
            GlobalFree(stream->memory->handle);
        HeapFree(GetProcessHeap(), 0, stream->memory);
    }
    HeapFree(GetProcessHeap(), 0, stream);
    return 0;
}

static HRESULT WINAPI read(IStream *this, void *to, ULONG count, ULONG *ret_count)
{
    struct stream *stream = from_interface(this);
    struct memory *memory = stream->memory;
    ULONG done = 0;

    AcquireSRWLockShared(&memory->lock);
    if (stream->position < memory->size) {
        SIZE_T left = memory->size - (SIZE_T)stream->position;
        done = count < left ? count : (ULONG)left;
        const BYTE *bytes = GlobalLock(memory->handle);
        if (bytes)
            CopyMemory(to, bytes + stream->position, done);
        else
            done = 0;
        GlobalUnlock(memory->handle);
    }
    ReleaseSRWLockShared(&memory->lock);
    stream->position += done;
    if (ret_count)
        *ret_count = done;
    return S_OK;
}

/* Lock held exclusively. What is new reads as zeros. */
static HRESULT resize(struct memory *memory, ULONGLONG size)
{
    if (size > 0x7fffffff)
        return E_OUTOFMEMORY;
    if (size > GlobalSize(memory->handle)) {
        SIZE_T room = (SIZE_T)size;
        if (memory->owned && room < memory->size * 2) /* grows by doubling, so that many writes stay cheap */
            room = memory->size * 2;
        HGLOBAL larger = GlobalReAlloc(memory->handle, room, GMEM_MOVEABLE | GMEM_ZEROINIT);
        if (!larger)
            return E_OUTOFMEMORY;
        memory->handle = larger;
    }
    if (size > memory->size) {
        BYTE *bytes = GlobalLock(memory->handle);
        ZeroMemory(bytes + memory->size, (SIZE_T)size - memory->size);
        GlobalUnlock(memory->handle);
    }
    memory->size = (SIZE_T)size;
    return S_OK;
}

static HRESULT WINAPI write(IStream *this, const void *from, ULONG count, ULONG *ret_count)
{
    struct stream *stream = from_interface(this);
    struct memory *memory = stream->memory;
    HRESULT result = S_OK;

    if (ret_count)
        *ret_count = 0;
    if (!count)
        return S_OK;
    AcquireSRWLockExclusive(&memory->lock);
    if (stream->position + count > memory->size)
        result = resize(memory, stream->position + count);
    if (SUCCEEDED(result)) {
        BYTE *bytes = GlobalLock(memory->handle);
        CopyMemory(bytes + stream->position, from, count);
        GlobalUnlock(memory->handle);
    }
    ReleaseSRWLockExclusive(&memory->lock);
    if (FAILED(result))
        return result;
    stream->position += count;
    if (ret_count)
        *ret_count = count;
    return S_OK;
}

static HRESULT WINAPI seek(IStream *this, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *ret_position)
{
    struct stream *stream = from_interface(this);
    ULONGLONG position = stream->position;

    if (origin > STREAM_SEEK_END)
        return STG_E_SEEKERROR;
    ULONGLONG base = origin == STREAM_SEEK_SET   ? 0
                     : origin == STREAM_SEEK_CUR ? position
                                                 : stream->memory->size;
    if (ret_position)
        ret_position->QuadPart = position;
    if (move.QuadPart < 0 ? (ULONGLONG)-move.QuadPart > base : base + (ULONGLONG)move.QuadPart < base)
        return STG_E_SEEKERROR;
    stream->position = base + (ULONGLONG)move.QuadPart;
    if (ret_position)
        ret_position->QuadPart = stream->position;
    return S_OK;
}

static HRESULT WINAPI set_size(IStream *this, ULARGE_INTEGER size)
{
    struct memory *memory = from_interface(this)->memory;
    AcquireSRWLockExclusive(&memory->lock);
    HRESULT result = resize(memory, size.QuadPart);
    ReleaseSRWLockExclusive(&memory->lock);
    return result;
}

static HRESULT WINAPI commit(IStream *this, DWORD flags)
{
    (void)this, (void)flags;
    return S_OK; /* there is nothing behind it */
}

static HRESULT WINAPI revert(IStream *this)
{
    (void)this;
    return S_OK;
}

static HRESULT WINAPI lock_region(IStream *this, ULARGE_INTEGER offset, ULARGE_INTEGER count, DWORD type)
{
    (void)this, (void)offset, (void)count, (void)type;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT WINAPI stat(IStream *this, STATSTG *statistics, DWORD flags)
{
    (void)flags;
    if (!statistics)
        return STG_E_INVALIDPOINTER;
    ZeroMemory(statistics, sizeof *statistics);
    statistics->type = STGTY_STREAM;
    statistics->cbSize.QuadPart = from_interface(this)->memory->size;
    return S_OK;
}

static HRESULT WINAPI clone(IStream *this, IStream **ret_stream)
{
    struct stream *stream = from_interface(this);
    if (!ret_stream)
        return STG_E_INVALIDPOINTER;
    HRESULT result = make(stream->memory, stream->position, ret_stream);
    if (SUCCEEDED(result))
        InterlockedIncrement(&stream->memory->references);
    return result;
}

static const IStreamVtbl table = {query,       add_reference, release,        read,   write,
                                  seek,        set_size,      stream_copy_to, commit, revert,
                                  lock_region, lock_region,   stat,           clone};

/* Takes over a reference to the memory when it succeeds. */
static HRESULT make(struct memory *memory, ULONGLONG position, IStream **ret_stream)
{
    struct stream *stream = HeapAlloc(GetProcessHeap(), 0, sizeof *stream);
    *ret_stream = NULL;
    if (!stream)
        return E_OUTOFMEMORY;
    stream->iface.lpVtbl = (IStreamVtbl *)&table;
    stream->references = 1;
    stream->position = position;
    stream->memory = memory;
    *ret_stream = &stream->iface;
    return S_OK;
}

HRESULT WINAPI CreateStreamOnHGlobal(HGLOBAL handle, BOOL free_on_release, LPSTREAM *ret_stream)
{
    if (!ret_stream)
        return E_INVALIDARG;
    *ret_stream = NULL;
    struct memory *memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *memory);
    if (!memory)
        return E_OUTOFMEMORY;
    memory->references = 1;
    memory->handle = handle ? handle : GlobalAlloc(GMEM_MOVEABLE | GMEM_NODISCARD, 0);
    memory->size = handle ? GlobalSize(handle) : 0;
    memory->owned = free_on_release;
    HRESULT result = memory->handle ? make(memory, 0, ret_stream) : E_OUTOFMEMORY;
    if (FAILED(result)) {
        if (!handle)
            GlobalFree(memory->handle);
        HeapFree(GetProcessHeap(), 0, memory);
    }
    return result;
}

HRESULT WINAPI GetHGlobalFromStream(LPSTREAM this, HGLOBAL *ret_handle)
{
    if (!this || !ret_handle || this->lpVtbl != &table)
        return E_INVALIDARG;
    struct memory *memory = from_interface(this)->memory;
    AcquireSRWLockExclusive(&memory->lock);
    if (GlobalSize(memory->handle) > memory->size && memory->size) { /* give back what growing took ahead */
        HGLOBAL exact = GlobalReAlloc(memory->handle, memory->size, GMEM_MOVEABLE);
        if (exact)
            memory->handle = exact;
    }
    *ret_handle = memory->handle;
    ReleaseSRWLockExclusive(&memory->lock);
    return S_OK;
}
