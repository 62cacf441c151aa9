/*
 * Accounts by name and by SID.
 */
#include "icacls.h"

#include <sddl.h>
#include <stdio.h>

PSID account_of(const wchar_t *text)
{
    wchar_t domain[256];
    DWORD size = SECURITY_MAX_SID_SIZE, domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;
    PSID sid = NULL;

    if (*text == '*') {
        if (!ConvertStringSidToSidW(text + 1, &sid))
            stop(ERROR_INVALID_SID, L"Invalid parameter \"%ls\"\n", text);
        return sid;
    }
    if (!(sid = LocalAlloc(LMEM_FIXED, size)) ||
        !LookupAccountNameW(NULL, text, sid, &size, domain, &domain_size, &use))
        stop(ERROR_NONE_MAPPED, L"%ls: No mapping between account names and security IDs was done.\n", text);
    return sid;
}

void print_account(PSID sid)
{
    wchar_t name[256], domain[256], *text;
    DWORD size = ARRAYSIZE(name), domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;

    if (LookupAccountSidW(NULL, sid, name, &size, domain, &domain_size, &use)) {
        wprintf(L"%ls%ls%ls", domain, *domain ? L"\\" : L"", name);
    } else if (ConvertSidToStringSidW(sid, &text)) {
        wprintf(L"%ls", text);
        LocalFree(text);
    }
}
