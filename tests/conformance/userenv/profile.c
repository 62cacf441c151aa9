/*
 * Profile folders, and environments made for a user.
 */
#include "harness.h"
#include <userenv.h>

static HANDLE token(void)
{
    HANDLE token = NULL;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token));
    return token;
}

/* The size is given back where there is no room, and with the terminator; both character sets agree. */
#define CHECK_FOLDER(narrow_call, wide_call)                                                                 \
    do {                                                                                                     \
        char path[MAX_PATH] = "";                                                                            \
        WCHAR wide[MAX_PATH] = L"";                                                                          \
        char *to_narrow = NULL;                                                                              \
        WCHAR *to_wide = NULL;                                                                               \
        DWORD size = 0, narrow_size;                                                                         \
        CHECK_ERROR(wide_call, ERROR_INSUFFICIENT_BUFFER);                                                   \
        DWORD needed = size;                                                                                 \
        CHECK(needed > 3 && needed <= MAX_PATH);                                                             \
        to_wide = wide;                                                                                      \
        size = needed - 1;                                                                                   \
        CHECK_ERROR(wide_call, ERROR_INSUFFICIENT_BUFFER);                                                   \
        size = needed;                                                                                       \
        CHECK(wide_call);                                                                                    \
        CHECK_EQ(wcslen(wide) + 1, needed);                                                                  \
        CHECK(wide[1] == ':' && wide[2] == '\\');                                                            \
        narrow_size = size = 0;                                                                              \
        CHECK_ERROR(narrow_call, ERROR_INSUFFICIENT_BUFFER);                                                 \
        CHECK_EQ(size, needed);                                                                              \
        to_narrow = path;                                                                                    \
        size = sizeof path;                                                                                  \
        CHECK(narrow_call);                                                                                  \
        WCHAR again[MAX_PATH];                                                                               \
        MultiByteToWideChar(CP_ACP, 0, path, -1, again, MAX_PATH);                                           \
        CHECK_WSTR(again, wide);                                                                             \
        (void)narrow_size;                                                                                   \
    } while (0)

TEST(folders)
{
    ORACLE_DIFFERS("wine 8.0 lacks half of these and gives other sizes");
    HANDLE user = token();
    CHECK_FOLDER(GetUserProfileDirectoryA(user, to_narrow, &size),
                 GetUserProfileDirectoryW(user, to_wide, &size));
    CHECK_FOLDER(GetProfilesDirectoryA(to_narrow, &size), GetProfilesDirectoryW(to_wide, &size));
    CHECK_FOLDER(GetAllUsersProfileDirectoryA(to_narrow, &size),
                 GetAllUsersProfileDirectoryW(to_wide, &size));
    CHECK_FOLDER(GetDefaultUserProfileDirectoryA(to_narrow, &size),
                 GetDefaultUserProfileDirectoryW(to_wide, &size));
    CloseHandle(user);
}

TEST(folder_values)
{
    WCHAR profile[MAX_PATH], profiles[MAX_PATH], variable[MAX_PATH] = L"";
    DWORD size = MAX_PATH;
    HANDLE user = token();
    CHECK(GetUserProfileDirectoryW(user, profile, &size));
    GetEnvironmentVariableW(L"USERPROFILE", variable, MAX_PATH);
    CHECK(lstrcmpiW(profile, variable) == 0);
    size = MAX_PATH;
    CHECK(GetProfilesDirectoryW(profiles, &size));
    CHECK(CompareStringW(LOCALE_INVARIANT, NORM_IGNORECASE, profile, (int)wcslen(profiles), profiles, -1) ==
          CSTR_EQUAL);
    CloseHandle(user);
    CHECK_ERROR(GetProfilesDirectoryW(profiles, NULL), ERROR_INVALID_PARAMETER);
}

TEST(bad_token)
{
    char path[MAX_PATH];
    WCHAR wide[MAX_PATH];
    DWORD size = MAX_PATH;
    CHECK_ERROR(GetUserProfileDirectoryW((HANDLE)0x7770, wide, &size), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetUserProfileDirectoryA((HANDLE)0x7770, path, &size), ERROR_INVALID_HANDLE);
}

TEST(profile_type)
{
    DWORD flags = 99;
    CHECK(GetProfileType(&flags));
    CHECK_EQ(flags, 0); /* local, not temporary, not roaming */
    ORACLE_CRASHES("wine 8.0 writes through the null pointer");
    CHECK_ERROR(GetProfileType(NULL), ERROR_INVALID_PARAMETER);
}

static const WCHAR *find(const WCHAR *block, const WCHAR *name)
{
    size_t length = wcslen(name);
    for (; *block; block += wcslen(block) + 1)
        if (!_wcsnicmp(block, name, length) && block[length] == '=')
            return block + length + 1;
    return NULL;
}

TEST(environment)
{
    void *block = NULL;
    HANDLE user = token();

    SetEnvironmentVariableW(L"USERENV_TEST", L"inherited");
    CHECK(CreateEnvironmentBlock(&block, user, TRUE));
    CHECK(block && find(block, L"SystemRoot") && find(block, L"PATH"));
    const WCHAR *value = find(block, L"USERENV_TEST");
    CHECK(value && wcscmp(value, L"inherited") == 0);
    CHECK(DestroyEnvironmentBlock(block));
    CHECK(CreateEnvironmentBlock(&block, user, FALSE)); /* what the process set is not the user's */
    CHECK(!find(block, L"USERENV_TEST"));
    CHECK(find(block, L"SystemRoot") && find(block, L"USERPROFILE") && find(block, L"PATH"));
    CHECK(find(block, L"TEMP") && find(block, L"ComSpec") && find(block, L"ProgramFiles"));
    CHECK(DestroyEnvironmentBlock(block));
    CHECK(CreateEnvironmentBlock(&block, NULL, FALSE)); /* the system's variables alone */
    CHECK(find(block, L"SystemRoot"));
    CHECK(DestroyEnvironmentBlock(block));
    CloseHandle(user);
}

TEST(bad_environment)
{
    void *block;
    ORACLE_CRASHES("wine 8.0 writes through the null pointer");
    CHECK_ERROR(CreateEnvironmentBlock(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateEnvironmentBlock(&block, (HANDLE)0x7770, FALSE), ERROR_INVALID_HANDLE);
    CHECK_ERROR(DestroyEnvironmentBlock(NULL), ERROR_INVALID_PARAMETER);
}
