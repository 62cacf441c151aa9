/*
 * IWICStream: a stream over a file, over the caller's memory, or over another stream or a part of it.
 */
#include "wic.h"
#include <stream_defaults.h>

struct stream {
    IWICStream iface;
    LONG references;
    CRITICAL_SECTION lock; /* guards position and the inner stream's */
    IStream *inner;        /* NULL: memory */
    BYTE *memory;
    ULONGLONG start, size, position; /* of memory, or of the part (size ~0: all) */
    BOOL is_part, is_ready;
};

static void stream_destroy(struct stream *stream)
{
    if (stream->inner)
        IStream_Release(stream->inner);
    DeleteCriticalSection(&stream->lock);
}

WIC_UNKNOWN(stream, IWICStream, &IID_IWICStream, &IID_IStream, &IID_ISequentialStream)

static struct stream *self(IWICStream *this)
{
    return (struct stream *)this;
}

/* Puts the inner stream where the part's position is. */
static HRESULT place(struct stream *stream)
{
    LARGE_INTEGER move = {.QuadPart = (LONGLONG)(stream->start + stream->position)};
    return stream->is_part ? IStream_Seek(stream->inner, move, STREAM_SEEK_SET, NULL) : S_OK;
}

static ULONG limit(const struct stream *stream, ULONG count)
{
    if (stream->inner && !stream->is_part)
        return count;
    ULONGLONG left = stream->position < stream->size ? stream->size - stream->position : 0;
    return left < count ? (ULONG)left : count;
}

static HRESULT WINAPI read(IWICStream *this, void *to, ULONG count, ULONG *ret_count)
{
    struct stream *stream = self(this);
    ULONG done = 0;
    HRESULT result = S_OK;

    if (!stream->is_ready)
        return WINCODEC_ERR_NOTINITIALIZED;
    EnterCriticalSection(&stream->lock);
    ULONG wanted = limit(stream, count);
    if (!stream->inner) {
        CopyMemory(to, stream->memory + stream->position, wanted);
        done = wanted;
    } else if (SUCCEEDED(result = place(stream))) {
        result = IStream_Read(stream->inner, to, wanted, &done);
    }
    stream->position += done;
    LeaveCriticalSection(&stream->lock);
    if (ret_count)
        *ret_count = done;
    return SUCCEEDED(result) && done < count ? S_FALSE : result;
}

static HRESULT WINAPI write(IWICStream *this, const void *from, ULONG count, ULONG *ret_count)
{
    struct stream *stream = self(this);
    ULONG done = 0;
    HRESULT result = S_OK;

    if (!stream->is_ready)
        return WINCODEC_ERR_NOTINITIALIZED;
    EnterCriticalSection(&stream->lock);
    if (limit(stream, count) < count) {
        result = STG_E_MEDIUMFULL;
    } else if (!stream->inner) {
        CopyMemory(stream->memory + stream->position, from, count);
        done = count;
    } else if (SUCCEEDED(result = place(stream))) {
        result = IStream_Write(stream->inner, from, count, &done);
    }
    stream->position += done;
    LeaveCriticalSection(&stream->lock);
    if (ret_count)
        *ret_count = done;
    return result;
}

static HRESULT WINAPI seek(IWICStream *this, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *ret_position)
{
    struct stream *stream = self(this);

    if (!stream->is_ready)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (stream->inner && !stream->is_part)
        return IStream_Seek(stream->inner, move, origin, ret_position);
    LONGLONG position = move.QuadPart + (origin == STREAM_SEEK_CUR   ? (LONGLONG)stream->position
                                         : origin == STREAM_SEEK_END ? (LONGLONG)stream->size
                                                                     : 0);
    if (origin > STREAM_SEEK_END || position < 0 || (ULONGLONG)position > stream->size)
        return HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER);
    stream->position = (ULONGLONG)position;
    if (ret_position)
        ret_position->QuadPart = stream->position;
    return S_OK;
}

static HRESULT WINAPI set_size(IWICStream *this, ULARGE_INTEGER size)
{
    struct stream *stream = self(this);
    return stream->inner && !stream->is_part ? IStream_SetSize(stream->inner, size) : E_NOTIMPL;
}

static HRESULT WINAPI commit(IWICStream *this, DWORD flags)
{
    struct stream *stream = self(this);
    return stream->inner ? IStream_Commit(stream->inner, flags) : S_OK;
}

static HRESULT WINAPI stat(IWICStream *this, STATSTG *statistics, DWORD flags)
{
    struct stream *stream = self(this);

    if (!stream->is_ready)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (!statistics)
        return E_INVALIDARG;
    if (stream->inner) {
        HRESULT result = IStream_Stat(stream->inner, statistics, flags);
        if (SUCCEEDED(result) && stream->is_part)
            statistics->cbSize.QuadPart = stream->size;
        return result;
    }
    ZeroMemory(statistics, sizeof *statistics);
    statistics->type = STGTY_STREAM;
    statistics->cbSize.QuadPart = stream->size;
    return S_OK;
}

static HRESULT WINAPI clone(IWICStream *this, IStream **object)
{
    (void)this, (void)object;
    return E_NOTIMPL;
}

static HRESULT adopt(struct stream *stream, IStream *inner)
{
    stream->inner = inner;
    stream->is_ready = TRUE;
    return S_OK;
}

static HRESULT WINAPI from_stream(IWICStream *this, IStream *inner)
{
    if (!inner)
        return E_INVALIDARG;
    if (self(this)->is_ready)
        return WINCODEC_ERR_WRONGSTATE;
    IStream_AddRef(inner);
    return adopt(self(this), inner);
}

HRESULT WINAPI SHCreateStreamOnFileEx(LPCWSTR, DWORD, DWORD, BOOL, IStream *, IStream **);

static HRESULT WINAPI from_file(IWICStream *this, LPCWSTR name, DWORD access)
{
    IStream *inner;
    DWORD mode = access & GENERIC_WRITE
                     ? (DWORD)(access & GENERIC_READ ? STGM_READWRITE : STGM_WRITE) | STGM_CREATE
                     : STGM_READ;

    if (self(this)->is_ready)
        return WINCODEC_ERR_WRONGSTATE;
    HRESULT result = SHCreateStreamOnFileEx(name, mode | STGM_SHARE_DENY_WRITE, 0,
                                            (access & GENERIC_WRITE) != 0, NULL, &inner);
    return FAILED(result) ? result : adopt(self(this), inner);
}

static HRESULT WINAPI from_memory(IWICStream *this, BYTE *memory, DWORD size)
{
    struct stream *stream = self(this);
    if (!memory)
        return E_INVALIDARG;
    if (stream->is_ready)
        return WINCODEC_ERR_WRONGSTATE;
    stream->memory = memory;
    stream->size = size;
    stream->is_ready = TRUE;
    return S_OK;
}

static HRESULT WINAPI from_part(IWICStream *this, IStream *inner, ULARGE_INTEGER start, ULARGE_INTEGER size)
{
    HRESULT result = from_stream(this, inner);
    if (SUCCEEDED(result)) {
        self(this)->start = start.QuadPart;
        self(this)->size = size.QuadPart;
        self(this)->is_part = TRUE;
    }
    return result;
}

HRESULT wic_create_stream(IWICStream **object)
{
    /* An IWICStream is an IStream with more behind. */
    static IWICStreamVtbl table = {stream_query,
                                   stream_add_reference,
                                   stream_release,
                                   read,
                                   write,
                                   seek,
                                   set_size,
                                   (void *)stream_copy_to,
                                   commit,
                                   (void *)stream_no_revert,
                                   (void *)stream_no_region,
                                   (void *)stream_no_region,
                                   stat,
                                   clone,
                                   from_stream,
                                   from_file,
                                   from_memory,
                                   from_part};
    struct stream *stream = wic_allocate(sizeof *stream);
    *object = (IWICStream *)stream;
    if (!stream)
        return E_OUTOFMEMORY;
    stream->iface.lpVtbl = &table;
    stream->references = 1;
    InitializeCriticalSection(&stream->lock);
    return S_OK;
}
