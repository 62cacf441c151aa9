/* Security descriptors of files, keys and kernel objects. */
#include "../harness.h"
#include <aclapi.h>
#include <sddl.h>

static char path[MAX_PATH];

static void make_file(void)
{
    char folder[MAX_PATH];
    GetTempPathA(sizeof folder, folder);
    GetTempFileNameA(folder, "sec", 0, path);
}

static PSID user_sid(void)
{
    static BYTE buffer[128];
    HANDLE process;
    DWORD size;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &process));
    CHECK(GetTokenInformation(process, TokenUser, buffer, sizeof buffer, &size));
    CloseHandle(process);
    return ((TOKEN_USER *)buffer)->User.Sid;
}

TEST(owner)
{
    PSID owner = NULL, group = NULL;
    PSECURITY_DESCRIPTOR descriptor;
    ACL *dacl = NULL;
    make_file();
    CHECK_EQ(GetNamedSecurityInfoA(path, SE_FILE_OBJECT,
                                   OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                       DACL_SECURITY_INFORMATION,
                                   &owner, &group, &dacl, NULL, &descriptor),
             ERROR_SUCCESS);
    CHECK(EqualSid(owner, user_sid()));
    CHECK(group && IsValidSid(group));
    CHECK(dacl && IsValidAcl(dacl));
    LocalFree(descriptor);
    CHECK_EQ(GetNamedSecurityInfoA("C:\\no such file", SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                   NULL, NULL, NULL, &descriptor),
             ERROR_FILE_NOT_FOUND);
    DeleteFileA(path);
}

TEST(sizes)
{
    DWORD needed = 0;
    make_file();
    CHECK_ERROR(GetFileSecurityA(path, DACL_SECURITY_INFORMATION, NULL, 0, &needed),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK(needed > 20);
    PSECURITY_DESCRIPTOR descriptor = malloc(needed);
    CHECK(GetFileSecurityA(path, DACL_SECURITY_INFORMATION, descriptor, needed, &needed));
    CHECK(IsValidSecurityDescriptor(descriptor));
    CHECK(SetFileSecurityA(path, DACL_SECURITY_INFORMATION, descriptor));
    free(descriptor);
    DeleteFileA(path);
}

static void set_list(const char *sddl)
{
    PSECURITY_DESCRIPTOR descriptor;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, 1, &descriptor, NULL));
    CHECK(SetFileSecurityA(path, DACL_SECURITY_INFORMATION, descriptor));
    LocalFree(descriptor);
}

static void check_list(const char *expected)
{
    BYTE buffer[1024];
    DWORD needed;
    char *text = NULL;
    CHECK(GetFileSecurityA(path, DACL_SECURITY_INFORMATION, buffer, sizeof buffer, &needed));
    CHECK(ConvertSecurityDescriptorToStringSecurityDescriptorA(buffer, 1, DACL_SECURITY_INFORMATION, &text,
                                                               NULL));
    CHECK_STR(text, expected);
    LocalFree(text);
}

TEST(set_and_get)
{
    make_file();
    set_list("D:P(A;;FA;;;WD)");
    if (!harness_is_wine()) /* keeps the mode only */
        check_list("D:P(A;;FA;;;WD)");
    set_list("D:P(A;;FR;;;WD)");
    CHECK(GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES);
    set_list("D:P(A;;FA;;;WD)");
    CHECK(DeleteFileA(path));
}

TEST(handles)
{
    make_file();
    HANDLE file = CreateFileA(path, GENERIC_WRITE | READ_CONTROL, 0, NULL, OPEN_EXISTING, 0, NULL), event;
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner = NULL;
    BYTE buffer[512];
    DWORD needed;
    CHECK_EQ(GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                             &descriptor),
             ERROR_SUCCESS);
    CHECK(EqualSid(owner, user_sid()));
    LocalFree(descriptor);
    CHECK_EQ(SetSecurityInfo(file, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL),
             ERROR_ACCESS_DENIED);
    CloseHandle(file);
    file = CreateFileA(path, FILE_READ_DATA, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK_EQ(GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                             &descriptor),
             ERROR_ACCESS_DENIED);
    CloseHandle(file);
    DeleteFileA(path);
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(GetKernelObjectSecurity(event, OWNER_SECURITY_INFORMATION, buffer, sizeof buffer, &needed));
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;GA;;;WD)", 1, &descriptor, NULL));
    CHECK(SetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, descriptor));
    LocalFree(descriptor);
    CloseHandle(event);
    CHECK_ERROR(
        GetKernelObjectSecurity((HANDLE)0xdead0, OWNER_SECURITY_INFORMATION, buffer, sizeof buffer, &needed),
        ERROR_INVALID_HANDLE);
    CHECK_EQ(GetSecurityInfo(NULL, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                             &descriptor),
             ERROR_INVALID_HANDLE);
}

TEST(keys)
{
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner = NULL;
    ACL *dacl = NULL;
    CHECK_EQ(GetNamedSecurityInfoA("CURRENT_USER\\Software", SE_REGISTRY_KEY,
                                   OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
                                   &dacl, NULL, &descriptor),
             ERROR_SUCCESS);
    CHECK(owner && IsValidSid(owner));
    LocalFree(descriptor);
    CHECK_EQ(GetNamedSecurityInfoA("NO_ROOT\\Software", SE_REGISTRY_KEY, OWNER_SECURITY_INFORMATION, &owner,
                                   NULL, NULL, NULL, &descriptor),
             ERROR_INVALID_PARAMETER);
}
