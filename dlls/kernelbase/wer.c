/*
 * The process's Windows Error Reporting flags. No report is ever sent: an unhandled exception prints
 * its own to stderr.
 */
#include "kernelbase.h"

#define ALL_FLAGS 0x1ff

static volatile LONG wer_flags;

HRESULT WINAPI WerSetFlags(DWORD flags)
{
    if (flags & ~(DWORD)ALL_FLAGS)
        return E_INVALIDARG;
    InterlockedExchange(&wer_flags, (LONG)flags);
    return S_OK;
}

HRESULT WINAPI WerGetFlags(HANDLE process, PDWORD flags)
{
    if (!flags)
        return E_INVALIDARG;
    if (GetProcessId(process) != GetCurrentProcessId())
        return E_INVALIDARG;
    *flags = (DWORD)wer_flags;
    return S_OK;
}
