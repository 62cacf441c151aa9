/*
 * Questions about code pages.
 */
#include "nls.h"

UINT WINAPI GetACP(void)
{
    return GwAnsiCodePage();
}

UINT WINAPI GetOEMCP(void)
{
    return GwOemCodePage();
}

BOOL WINAPI IsValidCodePage(UINT code_page)
{
    return code_page == CP_UTF8 || code_page == CP_UTF7 || GwFindCodePage(code_page) != NULL;
}

static BOOL is_lead_byte(UINT code_page, BYTE byte)
{
    const struct nls_code_page *page = GwFindCodePage(code_page);

    return page && page->lead_offset && NLS_AT(page, lead_offset, UCHAR)[byte];
}

BOOL WINAPI IsDBCSLeadByte(BYTE byte)
{
    return byte >= 0x80 && is_lead_byte(GwAnsiCodePage(), byte);
}

BOOL WINAPI IsDBCSLeadByteEx(UINT code_page, BYTE byte)
{
    return is_lead_byte(nls_resolve_code_page(code_page), byte);
}

BOOL WINAPI GetCPInfo(UINT code_page, LPCPINFO info)
{
    const struct nls_code_page *page;
    int n = 0;

    if (!info) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    code_page = nls_resolve_code_page(code_page);
    page = GwFindCodePage(code_page);
    if (!page && code_page != CP_UTF8 && code_page != CP_UTF7) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    for (int i = 0; i < MAX_LEADBYTES; i++)
        info->LeadByte[i] = 0;
    info->DefaultChar[0] = '?';
    info->DefaultChar[1] = 0;
    info->MaxCharSize = code_page == CP_UTF8 ? 4 : 5;
    if (!page)
        return TRUE;
    info->MaxCharSize = page->max_size;
    if (page->default_char > 0xff) {
        info->DefaultChar[0] = (BYTE)(page->default_char >> 8);
        info->DefaultChar[1] = (BYTE)page->default_char;
    } else {
        info->DefaultChar[0] = (BYTE)page->default_char;
    }
    if (page->lead_offset && page->max_size == 2) {
        const UCHAR *lead = NLS_AT(page, lead_offset, UCHAR);

        for (int i = 0x80; i < 0x100 && n + 2 < MAX_LEADBYTES; i++) {
            if (!lead[i] || (lead[i - 1] && n))
                continue;
            info->LeadByte[n++] = (BYTE)i;
            while (i + 1 < 0x100 && lead[i + 1])
                i++;
            info->LeadByte[n++] = (BYTE)i;
        }
    }
    return TRUE;
}

BOOL WINAPI GetCPInfoExW(UINT code_page, DWORD flags, LPCPINFOEXW info)
{
    const struct nls_code_page *page;
    const char *name = "65001 (UTF-8)";
    int i;

    if (flags || !info) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!GetCPInfo(code_page, (LPCPINFO)info))
        return FALSE;
    info->CodePage = nls_resolve_code_page(code_page);
    page = GwFindCodePage(info->CodePage);
    info->UnicodeDefaultChar = page ? page->unicode_default : 0xfffd;
    if (page)
        name = page->name;
    else if (info->CodePage == CP_UTF7)
        name = "65000 (UTF-7)";
    for (i = 0; name[i]; i++)
        info->CodePageName[i] = (WCHAR)name[i];
    info->CodePageName[i] = 0;
    return TRUE;
}

BOOL WINAPI GetCPInfoExA(UINT code_page, DWORD flags, LPCPINFOEXA info)
{
    CPINFOEXW wide;

    if (!info) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!GetCPInfoExW(code_page, flags, &wide))
        return FALSE;
    *(CPINFO *)info = *(CPINFO *)&wide;
    info->UnicodeDefaultChar = wide.UnicodeDefaultChar;
    info->CodePage = wide.CodePage;
    WideCharToMultiByte(CP_ACP, 0, wide.CodePageName, -1, info->CodePageName, sizeof info->CodePageName, NULL,
                        NULL);
    return TRUE;
}

/* Calls back with each number as text, in `wide` or in ANSI. */
static BOOL enumerate(DWORD flags, CODEPAGE_ENUMPROCW wide_function, CODEPAGE_ENUMPROCA ansi_function)
{
    static const USHORT without_table[] = {CP_UTF7, CP_UTF8};

    if (flags != CP_INSTALLED && flags != CP_SUPPORTED) {
        SetLastError(ERROR_INVALID_FLAGS);
        return FALSE;
    }
    if (!wide_function && !ansi_function) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    for (ULONG n = 0, extra = 0; extra < 2; n++) {
        const struct nls_code_page *page = GwCodePageAt(n);
        UINT id = page ? page->id : without_table[extra++];
        WCHAR wide[8];
        char ansi[8];
        int digits = id < 100 ? 2 : id < 1000 ? 3 : id < 10000 ? 4 : 5;

        wide[digits] = 0;
        ansi[digits] = 0;
        for (int i = digits - 1; i >= 0; i--, id /= 10) {
            ansi[i] = (char)('0' + id % 10);
            wide[i] = (WCHAR)ansi[i];
        }
        if (wide_function ? !wide_function(wide) : !ansi_function(ansi))
            break;
    }
    return TRUE;
}

BOOL WINAPI EnumSystemCodePagesW(CODEPAGE_ENUMPROCW function, DWORD flags)
{
    return enumerate(flags, function, NULL);
}

BOOL WINAPI EnumSystemCodePagesA(CODEPAGE_ENUMPROCA function, DWORD flags)
{
    return enumerate(flags, NULL, function);
}
