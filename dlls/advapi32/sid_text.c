/*
 * SIDs as text, with the two-letter names of SDDL.
 */
#include "advapi32.h"

BOOL WINAPI ConvertSidToStringSidW(PSID sid, LPWSTR *string)
{
    UNICODE_STRING text;

    if (!sid || !string)
        return fail(ERROR_INVALID_PARAMETER);
    if (!check_status(RtlConvertSidToUnicodeString(&text, sid, TRUE)))
        return FALSE;
    *string = LocalAlloc(LMEM_FIXED, text.Length + sizeof(WCHAR));
    if (*string)
        memcpy(*string, text.Buffer, text.Length + sizeof(WCHAR));
    RtlFreeUnicodeString(&text);
    return *string != NULL;
}

BOOL WINAPI ConvertSidToStringSidA(PSID sid, LPSTR *string)
{
    LPWSTR wide;

    if (!string)
        return fail(ERROR_INVALID_PARAMETER);
    if (!ConvertSidToStringSidW(sid, &wide))
        return FALSE;
    SIZE_T length = wcslen(wide) + 1;
    if ((*string = LocalAlloc(LMEM_FIXED, length)))
        for (SIZE_T i = 0; i < length; i++)
            (*string)[i] = (char)wide[i];
    LocalFree(wide);
    return *string != NULL;
}

/* The aliases of SDDL; authority 0 counts from the machine's (or here also domain's) SID. */
static const struct {
    WCHAR name[3];
    BYTE authority, count;
    DWORD first, second;
} aliases[] = {
    {L"AA", 5, 2, 32, 579},    {L"AC", 15, 2, 2, 1},      {L"AN", 5, 1, 7, 0},
    {L"AO", 5, 2, 32, 548},    {L"AS", 18, 1, 1, 0},      {L"AU", 5, 1, 11, 0},
    {L"BA", 5, 2, 32, 544},    {L"BG", 5, 2, 32, 546},    {L"BO", 5, 2, 32, 551},
    {L"BU", 5, 2, 32, 545},    {L"CD", 5, 2, 32, 574},    {L"CG", 3, 1, 1, 0},
    {L"CO", 3, 1, 0, 0},       {L"CY", 5, 2, 32, 569},    {L"ED", 5, 1, 9, 0},
    {L"ER", 5, 2, 32, 573},    {L"ES", 5, 2, 32, 576},    {L"HA", 5, 2, 32, 578},
    {L"HI", 16, 1, 0x3000, 0}, {L"IS", 5, 2, 32, 568},    {L"IU", 5, 1, 4, 0},
    {L"LS", 5, 1, 19, 0},      {L"LU", 5, 2, 32, 559},    {L"LW", 16, 1, 0x1000, 0},
    {L"ME", 16, 1, 0x2000, 0}, {L"MP", 16, 1, 0x2100, 0}, {L"MS", 5, 2, 32, 577},
    {L"MU", 5, 2, 32, 558},    {L"NO", 5, 2, 32, 556},    {L"NS", 5, 1, 20, 0},
    {L"NU", 5, 1, 2, 0},       {L"OW", 3, 1, 4, 0},       {L"PO", 5, 2, 32, 550},
    {L"PS", 5, 1, 10, 0},      {L"PU", 5, 2, 32, 547},    {L"RA", 5, 2, 32, 575},
    {L"RC", 5, 1, 12, 0},      {L"RD", 5, 2, 32, 555},    {L"RE", 5, 2, 32, 552},
    {L"RM", 5, 2, 32, 580},    {L"RU", 5, 2, 32, 554},    {L"SI", 16, 1, 0x4000, 0},
    {L"SO", 5, 2, 32, 549},    {L"SS", 18, 1, 2, 0},      {L"SU", 5, 1, 6, 0},
    {L"SY", 5, 1, 18, 0},      {L"UD", 5, 6, 84, 0},      {L"WD", 1, 1, 0, 0},
    {L"WR", 5, 1, 33, 0},      {L"LA", 0, 1, 500, 0},     {L"LG", 0, 1, 501, 0},
    {L"DA", 0, 1, 512, 0},     {L"DU", 0, 1, 513, 0},     {L"DG", 0, 1, 514, 0},
    {L"DC", 0, 1, 515, 0},     {L"DD", 0, 1, 516, 0},     {L"CA", 0, 1, 517, 0},
    {L"SA", 0, 1, 518, 0},     {L"EA", 0, 1, 519, 0},     {L"PA", 0, 1, 520, 0},
    {L"CN", 0, 1, 522, 0},     {L"AP", 0, 1, 525, 0},     {L"KA", 0, 1, 526, 0},
    {L"EK", 0, 1, 527, 0},     {L"RS", 0, 1, 553, 0},
};
enum { ALIASES = sizeof aliases / sizeof aliases[0] };

BOOL current_user_sid(PSID buffer)
{
    HANDLE token;
    ULONG_PTR user[32];
    ULONG length;
    BOOL done = FALSE;

    if (!check_status(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token)))
        return FALSE;
    if (check_status(NtQueryInformationToken(token, TokenUser, user, sizeof user, &length))) {
        PSID sid = ((TOKEN_USER *)user)->User.Sid;
        memcpy(buffer, sid, RtlLengthSid(sid));
        done = TRUE;
    }
    NtClose(token);
    return done;
}

const WCHAR *sid_alias(PSID sid)
{
    const SID_IDENTIFIER_AUTHORITY *authority = RtlIdentifierAuthoritySid(sid);
    BYTE count = *RtlSubAuthorityCountSid(sid), user[SECURITY_MAX_SID_SIZE];

    for (unsigned i = 0; i < ALIASES; i++) {
        if (aliases[i].authority
                ? aliases[i].count == count && count <= 2 && !memcmp(authority->Value, "\0\0\0\0", 5) &&
                      authority->Value[5] == aliases[i].authority &&
                      *RtlSubAuthoritySid(sid, 0) == aliases[i].first &&
                      (count < 2 || *RtlSubAuthoritySid(sid, 1) == aliases[i].second)
                : i < ALIASES && aliases[i].first <= 501 && count == 5 &&
                      *RtlSubAuthoritySid(sid, 4) == aliases[i].first && current_user_sid(user) &&
                      RtlEqualPrefixSid(sid, user))
            return aliases[i].name;
    }
    return NULL;
}

static BOOL scan_number(LPCWSTR *text, ULONGLONG limit, ULONGLONG *ret_number)
{
    LPCWSTR p = *text, start;
    unsigned base = p[0] == '0' && (p[1] | 32) == 'x' ? 16 : 10;
    ULONGLONG number = 0;

    for (start = p += base == 16 ? 2 : 0;; p++) {
        unsigned digit = *p >= '0' && *p <= '9'                               ? *p - (unsigned)'0'
                         : (*p | 32) >= 'a' && (*p | 32) <= 'f' && base == 16 ? (*p | 32u) - 'a' + 10
                                                                              : 99;
        if (digit >= base)
            break;
        number = number * base + digit;
        if (number > limit)
            return FALSE;
    }
    *text = p;
    *ret_number = number;
    return p != start;
}

/* Reads a SID ("S-1-..." or a two-letter alias) and moves *text behind it. */
BOOL parse_sid(LPCWSTR *text, PSID *ret_sid)
{
    LPCWSTR p = *text;
    DWORD values[SID_MAX_SUB_AUTHORITIES];
    SID_IDENTIFIER_AUTHORITY authority = {{0}};
    unsigned count = 0;

    if ((p[0] | 32) == 's' && p[1] == '-' && p[2] == '1' && p[3] == '-') {
        ULONGLONG number = 0;
        p += 4;
        if (!scan_number(&p, 0xffffffffffff, &number))
            return fail(ERROR_INVALID_SID);
        for (int i = 5; i >= 0; i--, number >>= 8)
            authority.Value[i] = (BYTE)number;
        while (*p == '-' && p[1] >= '0' && p[1] <= '9' && count < SID_MAX_SUB_AUTHORITIES) {
            p++;
            if (!scan_number(&p, 0xffffffff, &number))
                return fail(ERROR_INVALID_SID);
            values[count++] = (DWORD)number;
        }
        if (!count)
            return fail(ERROR_INVALID_SID);
    } else {
        unsigned i = 0;
        while (i < ALIASES && _wcsnicmp(aliases[i].name, p, 2))
            i++;
        if (i == ALIASES || aliases[i].count > 2)
            return fail(ERROR_INVALID_SID);
        if (aliases[i].authority) {
            authority.Value[5] = aliases[i].authority;
            count = aliases[i].count;
            values[0] = aliases[i].first;
            values[1] = aliases[i].second;
        } else {
            BYTE user[SECURITY_MAX_SID_SIZE];
            if (!current_user_sid(user))
                return FALSE;
            authority = *RtlIdentifierAuthoritySid(user);
            for (count = 0; count < 4; count++)
                values[count] = *RtlSubAuthoritySid(user, count);
            values[count++] = aliases[i].first;
        }
        p += 2;
    }
    PSID sid = LocalAlloc(LMEM_FIXED, RtlLengthRequiredSid(count));
    if (!sid)
        return FALSE;
    RtlInitializeSid(sid, &authority, (UCHAR)count);
    for (unsigned i = 0; i < count; i++)
        *RtlSubAuthoritySid(sid, i) = values[i];
    *ret_sid = sid;
    *text = p;
    return TRUE;
}

BOOL WINAPI ConvertStringSidToSidW(LPCWSTR text, PSID *sid)
{
    if (!text || !sid)
        return fail(ERROR_INVALID_PARAMETER);
    if (!parse_sid(&text, sid))
        return FALSE;
    if (!*text)
        return TRUE;
    LocalFree(*sid);
    return fail(ERROR_INVALID_SID);
}

BOOL WINAPI ConvertStringSidToSidA(LPCSTR text, PSID *sid)
{
    if (!text || !sid)
        return fail(ERROR_INVALID_PARAMETER);
    WCHAR *wide = widen(text);
    BOOL done = wide && ConvertStringSidToSidW(wide, sid);
    release(wide);
    return done;
}
