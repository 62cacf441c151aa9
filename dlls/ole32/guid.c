/*
 * GUIDs as text, and fresh ones.
 */
#include "ole32.h"

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);

HRESULT WINAPI CoCreateGuid(GUID *guid)
{
    if (!guid)
        return E_INVALIDARG;
    if (!SystemFunction036(guid, sizeof *guid))
        return E_FAIL;
    guid->Data3 = (guid->Data3 & 0x0fff) | 0x4000; /* version 4: random */
    guid->Data4[0] = (guid->Data4[0] & 0x3f) | 0x80;
    return S_OK;
}

INT WINAPI StringFromGUID2(REFGUID guid, LPOLESTR text, INT room)
{
    static const signed char order[] = {'{', 3, 2, 1,   0,  '-', 5,  4,  '-', 7,  6,
                                        '-', 8, 9, '-', 10, 11,  12, 13, 14,  15, '}'};
    const BYTE *bytes = (const BYTE *)guid;
    INT n = 0;
    if (room < 39)
        return 0;
    for (SIZE_T i = 0; i < sizeof order; i++) {
        if (order[i] >= ' ') {
            text[n++] = (WCHAR)order[i];
        } else {
            text[n++] = (WCHAR) "0123456789ABCDEF"[bytes[order[i]] >> 4];
            text[n++] = (WCHAR) "0123456789ABCDEF"[bytes[order[i]] & 15];
        }
    }
    text[n++] = 0;
    return n;
}

static HRESULT to_string(REFGUID guid, LPOLESTR *ret_text)
{
    *ret_text = CoTaskMemAlloc(39 * sizeof(WCHAR));
    if (!*ret_text)
        return E_OUTOFMEMORY;
    StringFromGUID2(guid, *ret_text, 39);
    return S_OK;
}

HRESULT WINAPI StringFromCLSID(REFCLSID clsid, LPOLESTR *text)
{
    return to_string(clsid, text);
}

HRESULT WINAPI StringFromIID(REFIID iid, LPOLESTR *text)
{
    return to_string(iid, text);
}

static int digit(WCHAR c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static BOOL parse(LPCOLESTR text, GUID *guid)
{
    static const signed char order[] = {'{', 3, 2, 1,   0,  '-', 5,  4,  '-', 7,  6,
                                        '-', 8, 9, '-', 10, 11,  12, 13, 14,  15, '}'};
    BYTE bytes[16];
    for (SIZE_T i = 0; i < sizeof order; i++) {
        if (order[i] >= ' ') {
            if (*text++ != order[i])
                return FALSE;
        } else {
            int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
            if (low < 0)
                return FALSE;
            bytes[order[i]] = (BYTE)(high << 4 | low);
            text += 2;
        }
    }
    if (*text)
        return FALSE;
    CopyMemory(guid, bytes, sizeof bytes);
    return TRUE;
}

HRESULT WINAPI IIDFromString(LPCOLESTR text, LPIID iid)
{
    if (!text) {
        ZeroMemory(iid, sizeof *iid);
        return S_OK;
    }
    return parse(text, iid) ? S_OK : E_INVALIDARG;
}

HRESULT WINAPI CLSIDFromString(LPCOLESTR text, LPCLSID clsid)
{
    if (!text) {
        ZeroMemory(clsid, sizeof *clsid);
        return S_OK;
    }
    if (parse(text, clsid))
        return S_OK;
    /* a program identifier: its CLSID stands in the registry */
    WCHAR path[300], value[40];
    DWORD size = sizeof value;
    if (*text == '{' || lstrlenW(text) > 255)
        return CO_E_CLASSSTRING;
    lstrcpyW(path, text);
    lstrcatW(path, L"\\CLSID");
    if (RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, value, &size) ||
        !parse(value, clsid))
        return CO_E_CLASSSTRING;
    return S_OK;
}

HRESULT WINAPI CLSIDFromProgID(LPCOLESTR text, LPCLSID clsid)
{
    if (!text || !clsid)
        return E_INVALIDARG;
    HRESULT result = CLSIDFromString(text, clsid);
    if (FAILED(result))
        ZeroMemory(clsid, sizeof *clsid);
    return result;
}

HRESULT WINAPI CLSIDFromProgIDEx(LPCOLESTR text, LPCLSID clsid)
{
    return CLSIDFromProgID(text, clsid);
}

HRESULT WINAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR *ret_text)
{
    WCHAR path[100] = L"CLSID\\", value[256];
    DWORD size = sizeof value;

    if (!ret_text)
        return E_INVALIDARG;
    *ret_text = NULL;
    StringFromGUID2(clsid, path + 6, 40);
    lstrcatW(path, L"\\ProgID");
    if (RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, value, &size))
        return REGDB_E_CLASSNOTREG;
    *ret_text = CoTaskMemAlloc(size);
    if (!*ret_text)
        return E_OUTOFMEMORY;
    CopyMemory(*ret_text, value, size);
    return S_OK;
}
