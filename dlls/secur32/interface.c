/*
 * The table of the security provider interface and what works without providers. There is no provider
 * yet: each function of the table that needs one says so by name when it is called.
 */
#include <windows.h>
#define SECURITY_WIN32
#include <security.h>
#include <nt/exception.h>

#ifdef _WIN64
#define MISSING(name)                                                                                        \
    static void missing_##name(void)                                                                         \
    {                                                                                                        \
        __gastwirt_missing("secur32.dll", #name);                                                            \
    }
#else
/* Passes its own caller on as the one to be named. */
#define MISSING(name)                                                                                        \
    static __attribute__((naked)) void missing_##name(void)                                                  \
    {                                                                                                        \
        static const char function[] __attribute__((used)) = #name;                                          \
        __asm__("popl %%eax; pushl %0; pushl %1; pushl %%eax; jmp ___gastwirt_missing@8"                     \
                :                                                                                            \
                : "i"(function), "i"(library));                                                              \
    }
static const char library[] __attribute__((used)) = "secur32.dll";
#endif

SECURITY_STATUS WINAPI FreeContextBuffer(PVOID buffer)
{
    LocalFree(buffer);
    return SEC_E_OK;
}

#define FUNCTIONS(entry, named)                                                                              \
    named(EnumerateSecurityPackages) named(QueryCredentialsAttributes) named(AcquireCredentialsHandle)       \
        entry(FreeCredentialsHandle) named(InitializeSecurityContext) entry(AcceptSecurityContext)           \
            entry(CompleteAuthToken) entry(DeleteSecurityContext) entry(ApplyControlToken)                   \
                named(QueryContextAttributes) entry(ImpersonateSecurityContext) entry(RevertSecurityContext) \
                    entry(MakeSignature) entry(VerifySignature) named(QuerySecurityPackageInfo)              \
                        entry(ExportSecurityContext) named(ImportSecurityContext) named(AddCredentials)      \
                            entry(QuerySecurityContextToken) entry(EncryptMessage) entry(DecryptMessage)     \
                                named(SetContextAttributes) named(SetCredentialsAttributes)
#define BOTH(name) MISSING(name##A) MISSING(name##W)
FUNCTIONS(MISSING, BOTH)

#define TABLE(letter)                                                                                        \
    {                                                                                                        \
        .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,                                            \
        .EnumerateSecurityPackages##letter = (void *)missing_EnumerateSecurityPackages##letter,              \
        .QueryCredentialsAttributes##letter = (void *)missing_QueryCredentialsAttributes##letter,            \
        .AcquireCredentialsHandle##letter = (void *)missing_AcquireCredentialsHandle##letter,                \
        .FreeCredentialHandle = (void *)missing_FreeCredentialsHandle,                                       \
        .InitializeSecurityContext##letter = (void *)missing_InitializeSecurityContext##letter,              \
        .AcceptSecurityContext = (void *)missing_AcceptSecurityContext,                                      \
        .CompleteAuthToken = (void *)missing_CompleteAuthToken,                                              \
        .DeleteSecurityContext = (void *)missing_DeleteSecurityContext,                                      \
        .ApplyControlToken = (void *)missing_ApplyControlToken,                                              \
        .QueryContextAttributes##letter = (void *)missing_QueryContextAttributes##letter,                    \
        .ImpersonateSecurityContext = (void *)missing_ImpersonateSecurityContext,                            \
        .RevertSecurityContext = (void *)missing_RevertSecurityContext,                                      \
        .MakeSignature = (void *)missing_MakeSignature, .VerifySignature = (void *)missing_VerifySignature,  \
        .FreeContextBuffer = FreeContextBuffer,                                                              \
        .QuerySecurityPackageInfo##letter = (void *)missing_QuerySecurityPackageInfo##letter,                \
        .ExportSecurityContext = (void *)missing_ExportSecurityContext,                                      \
        .ImportSecurityContext##letter = (void *)missing_ImportSecurityContext##letter,                      \
        .AddCredentials##letter = (void *)missing_AddCredentials##letter,                                    \
        .QuerySecurityContextToken = (void *)missing_QuerySecurityContextToken,                              \
        .EncryptMessage = (void *)missing_EncryptMessage, .DecryptMessage = (void *)missing_DecryptMessage,  \
        .SetContextAttributes##letter = (void *)missing_SetContextAttributes##letter,                        \
        .SetCredentialsAttributes##letter = (void *)missing_SetCredentialsAttributes##letter                 \
    }

PSecurityFunctionTableA WINAPI init_interface_a(void);
PSecurityFunctionTableA WINAPI init_interface_a(void)
{
    static SecurityFunctionTableA table = TABLE(A);
    return &table;
}

PSecurityFunctionTableW WINAPI init_interface_w(void);
PSecurityFunctionTableW WINAPI init_interface_w(void)
{
    static SecurityFunctionTableW table = TABLE(W);
    return &table;
}

/* ---------------------------------------------------------------- names */

/* Only the name of the account itself is known: there is no directory. */
BOOLEAN WINAPI GetUserNameExW(EXTENDED_NAME_FORMAT format, LPWSTR name, PULONG size)
{
    WCHAR text[MAX_COMPUTERNAME_LENGTH + 260];
    DWORD n = MAX_COMPUTERNAME_LENGTH + 1, user = 257;

    if (format != NameSamCompatible) {
        SetLastError(format == NameUnknown || format > NameDnsDomain ? ERROR_INVALID_PARAMETER
                                                                     : ERROR_NONE_MAPPED);
        return FALSE;
    }
    if (!GetComputerNameW(text, &n))
        return FALSE;
    text[n++] = '\\';
    if (!GetUserNameW(text + n, &user))
        return FALSE;
    n += user; /* with its end */
    if (*size < n) {
        *size = n;
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
    }
    memcpy(name, text, n * sizeof *text);
    *size = n - 1;
    return TRUE;
}

BOOLEAN WINAPI GetUserNameExA(EXTENDED_NAME_FORMAT format, LPSTR name, PULONG size)
{
    WCHAR wide[MAX_COMPUTERNAME_LENGTH + 260];
    ULONG n = MAX_COMPUTERNAME_LENGTH + 260;

    if (!GetUserNameExW(format, wide, &n))
        return FALSE;
    const ULONG needed = (ULONG)WideCharToMultiByte(CP_ACP, 0, wide, -1, NULL, 0, NULL, NULL);
    if (*size < needed) {
        *size = needed;
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
    }
    *size = (ULONG)WideCharToMultiByte(CP_ACP, 0, wide, -1, name, (int)*size, NULL, NULL) - 1;
    return TRUE;
}
