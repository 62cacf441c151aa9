/* Package identity: a program that comes as a file has none, as each function says. */
#include "harness.h"

static void *found(const char *name)
{
    void *function = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), name);
    return function ? function : (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"), name);
}

TEST(of_this_process)
{
    static const struct {
        const char *name;
        LONG error;
    } cases[] = {{"GetCurrentPackageFullName", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetCurrentPackageFamilyName", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetCurrentPackagePath", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetCurrentPackageId", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetCurrentApplicationUserModelId", APPMODEL_ERROR_NO_APPLICATION}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        LONG(WINAPI * get)(UINT32 *, void *) = found(cases[i].name);
        WCHAR text[64];
        UINT32 size = 0;
        if (!get && harness_is_wine())
            continue; /* not exported there */
        CHECK_EQ(get(&size, NULL), cases[i].error);
        size = 64;
        CHECK_EQ(get(&size, text), cases[i].error);
        if (harness_is_wine())
            continue; /* which looks at no parameter */
        CHECK_EQ(get(NULL, text), ERROR_INVALID_PARAMETER);
        CHECK_EQ(get(&size, NULL), ERROR_INVALID_PARAMETER);
    }
}

TEST(package_information)
{
    LONG(WINAPI * get)(UINT32, UINT32 *, BYTE *, UINT32 *) = found("GetCurrentPackageInfo");
    UINT32 size = 0, count = 0;

    if (!get)
        SKIP("not exported there");
    CHECK_EQ(get(0x10, &size, NULL, &count), APPMODEL_ERROR_NO_PACKAGE);
    if (!harness_is_wine())
        CHECK_EQ(get(0x10, NULL, NULL, &count), ERROR_INVALID_PARAMETER);
}

TEST(of_any_process)
{
    static const struct {
        const char *name;
        LONG error;
    } cases[] = {{"GetPackageFullName", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetPackageFamilyName", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetPackageId", APPMODEL_ERROR_NO_PACKAGE},
                 {"GetApplicationUserModelId", APPMODEL_ERROR_NO_APPLICATION}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        LONG(WINAPI * get)(HANDLE, UINT32 *, void *) = found(cases[i].name);
        UINT32 size = 0;
        if (!get && harness_is_wine())
            continue; /* not exported there */
        CHECK_EQ(get(GetCurrentProcess(), &size, NULL), cases[i].error);
        if (harness_is_wine())
            continue; /* which looks at no parameter */
        CHECK_EQ(get((HANDLE)0x7654, &size, NULL), ERROR_INVALID_HANDLE);
        CHECK_EQ(get(GetCurrentProcess(), NULL, NULL), ERROR_INVALID_PARAMETER);
    }
}
