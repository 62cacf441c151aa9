/*
 * Logging on as somebody: there are no passwords that could be checked here, so nobody can.
 */
#include "advapi32.h"

static BOOL logon(LPCWSTR user, DWORD type, DWORD provider, PHANDLE token)
{
    if (!user || !token || provider > LOGON32_PROVIDER_VIRTUAL)
        return fail(ERROR_INVALID_PARAMETER);
    switch (type) {
    case LOGON32_LOGON_INTERACTIVE:
    case LOGON32_LOGON_NETWORK:
    case LOGON32_LOGON_BATCH:
    case LOGON32_LOGON_SERVICE:
    case LOGON32_LOGON_UNLOCK:
    case LOGON32_LOGON_NETWORK_CLEARTEXT:
    case LOGON32_LOGON_NEW_CREDENTIALS: break;
    default: return fail(ERROR_INVALID_PARAMETER);
    }
    *token = NULL;
    return fail(ERROR_LOGON_FAILURE);
}

BOOL WINAPI LogonUserW(LPCWSTR user, LPCWSTR domain, LPCWSTR password, DWORD type, DWORD provider,
                       PHANDLE token)
{
    (void)domain, (void)password;
    return logon(user, type, provider, token);
}

BOOL WINAPI LogonUserA(LPCSTR user, LPCSTR domain, LPCSTR password, DWORD type, DWORD provider, PHANDLE token)
{
    (void)domain, (void)password;
    return logon(user ? L"" : NULL, type, provider, token);
}
