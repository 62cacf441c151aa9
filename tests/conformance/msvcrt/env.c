/* The environment: reading, setting, the process's own. */
#include "crt.h"

TEST(set_and_get)
{
    char value[20];

    CHECK_EQ(CRT(int, _putenv, (const char *))("CRT_TEST_ONE=first"), 0);
    CHECK_STR(CRT(char *, getenv, (const char *))("crt_test_one"), "first");
    CHECK_WSTR(CRT(wchar_t *, _wgetenv, (const wchar_t *))(L"CRT_TEST_ONE"), L"first");
    CHECK_EQ(GetEnvironmentVariableA("CRT_TEST_ONE", value, 20), 5);
    CHECK_EQ(CRT(int, _putenv, (const char *))("CRT_TEST_ONE=second"), 0);
    CHECK_STR(CRT(char *, getenv, (const char *))("CRT_TEST_ONE"), "second");
    CHECK_EQ(CRT(int, _putenv, (const char *))("CRT_TEST_ONE="), 0);
    CHECK(CRT(char *, getenv, (const char *))("CRT_TEST_ONE") == NULL);
    CHECK_EQ(GetEnvironmentVariableA("CRT_TEST_ONE", value, 20), 0);
    CHECK(CRT(char *, getenv, (const char *))("CRT_TEST_NEVER") == NULL);
}

TEST(malformed)
{
    CHECK_EQ(CRT(int, _putenv, (const char *))("=x"), -1);
}
