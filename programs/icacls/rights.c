/*
 * Rights and inheritance as text: a letter or two for the common sets, (RD,WD,...) for single rights.
 */
#include "icacls.h"

#include <stdio.h>
#include <wchar.h>

enum { MODIFY = FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE | DELETE };

static const struct right {
    DWORD mask;
    const wchar_t *name;
} simple[] = {{FILE_ALL_ACCESS, L"F"},
              {MODIFY, L"M"},
              {FILE_GENERIC_READ | FILE_GENERIC_EXECUTE, L"RX"},
              {FILE_GENERIC_READ, L"R"},
              {FILE_GENERIC_WRITE & ~READ_CONTROL, L"W"},
              {DELETE | SYNCHRONIZE, L"D"},
              {0, L"N"}},
  single[] = {{GENERIC_READ, L"GR"},
              {GENERIC_WRITE, L"GW"},
              {GENERIC_EXECUTE, L"GE"},
              {GENERIC_ALL, L"GA"},
              {DELETE, L"DE"},
              {READ_CONTROL, L"RC"},
              {WRITE_DAC, L"WDAC"},
              {WRITE_OWNER, L"WO"},
              {SYNCHRONIZE, L"S"},
              {ACCESS_SYSTEM_SECURITY, L"AS"},
              {MAXIMUM_ALLOWED, L"MA"},
              {FILE_READ_DATA, L"RD"},
              {FILE_WRITE_DATA, L"WD"},
              {FILE_APPEND_DATA, L"AD"},
              {FILE_READ_EA, L"REA"},
              {FILE_WRITE_EA, L"WEA"},
              {FILE_EXECUTE, L"X"},
              {FILE_DELETE_CHILD, L"DC"},
              {FILE_READ_ATTRIBUTES, L"RA"},
              {FILE_WRITE_ATTRIBUTES, L"WA"}},
  inheritance[] = {{INHERITED_ACE, L"I"},
                   {OBJECT_INHERIT_ACE, L"OI"},
                   {CONTAINER_INHERIT_ACE, L"CI"},
                   {INHERIT_ONLY_ACE, L"IO"},
                   {NO_PROPAGATE_INHERIT_ACE, L"NP"}};

static const struct right *find(const struct right *table, size_t count, const wchar_t *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (wcslen(table[i].name) == length && !_wcsnicmp(table[i].name, text, length))
            return &table[i];
    return NULL;
}

BOOL parse_rights(const wchar_t *text, DWORD *ret_mask, BYTE *ret_flags)
{
    const struct right *right;
    BYTE flags = 0;
    DWORD mask = 0;

    for (; *text == '('; text += wcscspn(text, L")") + 1) {
        size_t length = wcscspn(text + 1, L")");
        if (text[1 + length] != ')')
            return FALSE;
        right = find(inheritance + 1, ARRAYSIZE(inheritance) - 1, text + 1, length);
        if (!right)
            break;
        flags |= (BYTE)right->mask;
    }
    *ret_flags = flags;
    if (*text != '(') {
        if (!(right = find(simple, ARRAYSIZE(simple), text, wcslen(text))))
            return FALSE;
        *ret_mask = right->mask;
        return TRUE;
    }
    do {
        const size_t length = wcscspn(++text, L",)");
        right = find(single, ARRAYSIZE(single), text, length);
        if (!right) /* a common set may stand between others */
            right = find(simple, ARRAYSIZE(simple), text, length);
        if (!right || !text[length])
            return FALSE;
        mask |= right->mask;
        text += length;
    } while (*text == ',');
    *ret_mask = mask;
    return !text[1];
}

DWORD specific_rights(DWORD mask)
{
    static GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                      FILE_ALL_ACCESS};
    MapGenericMask(&mask, &mapping);
    return mask;
}

void print_rights(const ACE_HEADER *ace)
{
    const DWORD mask = ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
    const wchar_t *separator = L"(";

    for (size_t i = 0; i < ARRAYSIZE(inheritance); i++)
        if (ace->AceFlags & inheritance[i].mask)
            wprintf(L"(%ls)", inheritance[i].name);
    if (ace->AceType == ACCESS_DENIED_ACE_TYPE)
        wprintf(mask ? L"(DENY)" : L"(N)");
    else if (!mask)
        wprintf(L"(N)");
    if (!mask)
        return;
    for (size_t i = 0; i < ARRAYSIZE(simple) - 1; i++)
        if (mask == simple[i].mask || (mask | SYNCHRONIZE) == simple[i].mask) {
            wprintf(L"(%ls)", simple[i].name);
            return;
        }
    for (size_t i = 0; i < ARRAYSIZE(single); i++)
        if (mask & single[i].mask) {
            wprintf(L"%ls%ls", separator, single[i].name);
            separator = L",";
        }
    wprintf(L")");
}
