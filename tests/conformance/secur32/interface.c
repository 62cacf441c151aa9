/*
 * The provider interface's table, names of the user. The library is loaded at run time.
 */
#include "harness.h"
#define SECURITY_WIN32
#include <security.h>

static void *function(const char *name)
{
    return (void *)GetProcAddress(LoadLibraryA("secur32.dll"), name);
}

TEST(table)
{
    PSecurityFunctionTableW(WINAPI * wide)(void) = function("InitSecurityInterfaceW");
    PSecurityFunctionTableA(WINAPI * narrow)(void) = function("InitSecurityInterfaceA");
    CHECK(wide && narrow);
    if (!wide || !narrow)
        return;
    PSecurityFunctionTableW table = wide();
    CHECK(table && table->dwVersion >= 1);
    CHECK(table && table->AcquireCredentialsHandleW && table->FreeContextBuffer && table->EncryptMessage);
    CHECK(narrow() && narrow()->InitializeSecurityContextA);
    CHECK_EQ(table->FreeContextBuffer(NULL), SEC_E_OK);
}

TEST(user_name)
{
    BOOLEAN(WINAPI * get)(EXTENDED_NAME_FORMAT, LPSTR, PULONG) = function("GetUserNameExA");
    char name[300], expected[300];
    ULONG size = sizeof name;
    DWORD n = sizeof expected;
    CHECK(get && get(NameSamCompatible, name, &size));
    CHECK_EQ(size, strlen(name));
    GetComputerNameA(expected, &n);
    strcat(expected, "\\");
    n = 200;
    GetUserNameA(expected + strlen(expected), &n);
    CHECK(!strcmp(name, expected));
    size = 2;
    CHECK_ERROR(get(NameSamCompatible, name, &size), ERROR_MORE_DATA);
    CHECK_EQ(size, strlen(expected) + 1);
}

TEST(wide_user_name)
{
    BOOLEAN(WINAPI * GetUserNameExW)(EXTENDED_NAME_FORMAT, LPWSTR, PULONG) = function("GetUserNameExW");
    WCHAR name[300];
    ULONG size = 300;
    CHECK(GetUserNameExW && GetUserNameExW(NameSamCompatible, name, &size));
    CHECK_EQ(size, wcslen(name));
    CHECK(wcschr(name, '\\') != NULL);
    ULONG needed = size + 1;
    size = 2;
    CHECK_ERROR(GetUserNameExW(NameSamCompatible, name, &size), ERROR_MORE_DATA);
    CHECK_EQ(size, needed);
    size = 300;
    CHECK_ERROR(GetUserNameExW((EXTENDED_NAME_FORMAT)77, name, &size), ERROR_INVALID_PARAMETER);
    size = 300;
    CHECK_ERROR(GetUserNameExW(NameUserPrincipal, name, &size), ERROR_NONE_MAPPED); /* no domain */
}
