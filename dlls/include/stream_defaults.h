/*
 * What streams of different kinds do alike. The functions go into tables of IStream and of interfaces derived
 * from it. COBJMACROS is defined before.
 */
#ifndef STREAM_DEFAULTS_H
#define STREAM_DEFAULTS_H

#include <objidl.h>

/* CopyTo by Read and Write; a failure of either ends it. */
static inline HRESULT WINAPI stream_copy_to(IStream *this, IStream *to, ULARGE_INTEGER count,
                                            ULARGE_INTEGER *ret_read, ULARGE_INTEGER *ret_written)
{
    BYTE block[4096];
    ULONGLONG total_read = 0, total_written = 0;
    HRESULT result = S_OK;

    if (!to)
        return STG_E_INVALIDPOINTER;
    while (count.QuadPart && SUCCEEDED(result)) {
        ULONG got = 0, put = 0, want = count.QuadPart < sizeof block ? (ULONG)count.QuadPart : sizeof block;
        result = IStream_Read(this, block, want, &got);
        if (FAILED(result) || !got)
            break;
        total_read += got;
        count.QuadPart -= got;
        result = IStream_Write(to, block, got, &put);
        total_written += put;
    }
    if (ret_read)
        ret_read->QuadPart = total_read;
    if (ret_written)
        ret_written->QuadPart = total_written;
    return FAILED(result) ? result : S_OK;
}

/* Revert of a stream that is no transaction. */
static inline HRESULT WINAPI stream_no_revert(IStream *this)
{
    (void)this;
    return E_NOTIMPL;
}

/* LockRegion and UnlockRegion of one that has no locks. */
static inline HRESULT WINAPI stream_no_region(IStream *this, ULARGE_INTEGER offset, ULARGE_INTEGER count,
                                              DWORD type)
{
    (void)this, (void)offset, (void)count, (void)type;
    return E_NOTIMPL;
}

#endif
