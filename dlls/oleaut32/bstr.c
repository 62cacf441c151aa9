/*
 * BSTRs: counted strings with their length in bytes before the first character, from the COM
 * allocator (here the process heap).
 */
#include "oleaut32.h"

struct bstr {
#ifdef _WIN64
    DWORD padding;
#endif
    DWORD bytes;
    WCHAR text[];
};

static struct bstr *header(BSTR string)
{
    return CONTAINING_RECORD(string, struct bstr, text);
}

static BSTR allocate(SIZE_T bytes)
{
    if (bytes > 0x7fffffff - sizeof(struct bstr) - sizeof(WCHAR))
        return NULL;
    struct bstr *string = HeapAlloc(GetProcessHeap(), 0, sizeof *string + bytes + sizeof(WCHAR));
    if (!string)
        return NULL;
    string->bytes = (DWORD)bytes;
    *(UNALIGNED WCHAR *)((BYTE *)string->text + bytes) = 0;
    return string->text;
}

BSTR WINAPI SysAllocStringLen(const OLECHAR *text, UINT length)
{
    BSTR string = allocate((SIZE_T)length * sizeof(WCHAR));
    if (string && text)
        CopyMemory(string, text, length * sizeof(WCHAR));
    else if (string)
        ZeroMemory(string, length * sizeof(WCHAR));
    return string;
}

BSTR WINAPI SysAllocString(const OLECHAR *text)
{
    return text ? SysAllocStringLen(text, (UINT)lstrlenW(text)) : NULL;
}

BSTR WINAPI SysAllocStringByteLen(LPCSTR bytes, UINT length)
{
    BSTR string = allocate(length);
    if (string && bytes)
        CopyMemory(string, bytes, length);
    else if (string)
        ZeroMemory(string, length);
    return string;
}

void WINAPI SysFreeString(BSTR string)
{
    if (string)
        HeapFree(GetProcessHeap(), 0, header(string));
}

INT WINAPI SysReAllocStringLen(BSTR *string, const OLECHAR *text, UINT length)
{
    BSTR fresh;
    if (!string)
        return FALSE;
    fresh = allocate((SIZE_T)length * sizeof(WCHAR));
    if (!fresh)
        return FALSE;
    /* without text the old characters stay; text may point into the old string */
    const OLECHAR *source = text ? text : *string;
    UINT units = text || !*string ? length : min(length, SysStringLen(*string));
    if (source)
        CopyMemory(fresh, source, units * sizeof(WCHAR));
    SysFreeString(*string);
    *string = fresh;
    return TRUE;
}

INT WINAPI SysReAllocString(BSTR *string, const OLECHAR *text)
{
    if (!string)
        return FALSE;
    if (!text) {
        SysFreeString(*string);
        *string = NULL;
        return TRUE;
    }
    return SysReAllocStringLen(string, text, (UINT)lstrlenW(text));
}

UINT WINAPI SysStringByteLen(BSTR string)
{
    return string ? header(string)->bytes : 0;
}

UINT WINAPI SysStringLen(BSTR string)
{
    return SysStringByteLen(string) / sizeof(WCHAR);
}
