/* Environment variables and the block. */
#include "../harness.h"

TEST(set_and_get)
{
    char text[64];
    WCHAR wide[64];
    CHECK(SetEnvironmentVariableA("GASTWIRT_Test", "one"));
    CHECK_EQ(GetEnvironmentVariableA("gastwirt_test", text, sizeof text), 3u);
    CHECK(!strcmp(text, "one"));
    CHECK_EQ(GetEnvironmentVariableA("GASTWIRT_TEST", text, 3), 4u);
    CHECK_EQ(GetEnvironmentVariableW(L"GASTWIRT_TEST", NULL, 0), 4u);
    CHECK(SetEnvironmentVariableW(L"GASTWIRT_TEST", L"a longer value"));
    CHECK_EQ(GetEnvironmentVariableW(L"GASTWIRT_TEST", wide, 64), 14u);
    CHECK(!wcscmp(wide, L"a longer value"));
    CHECK(SetEnvironmentVariableA("GASTWIRT_TEST", ""));
    SetLastError(77);
    CHECK_EQ(GetEnvironmentVariableA("GASTWIRT_TEST", text, sizeof text), 0u);
    CHECK(GetLastError() != ERROR_ENVVAR_NOT_FOUND); /* which tells an empty variable from none */
    CHECK(SetEnvironmentVariableA("GASTWIRT_TEST", NULL));
    CHECK_EQ(GetEnvironmentVariableA("GASTWIRT_TEST", text, sizeof text), 0u);
    CHECK_EQ(GetLastError(), (DWORD)ERROR_ENVVAR_NOT_FOUND);
    CHECK(!SetEnvironmentVariableA("A=B", "x"));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_INVALID_PARAMETER);
    CHECK(!SetEnvironmentVariableA(NULL, "x"));
    if (!harness_is_wine()) /* leaves the last error alone */
        CHECK_EQ(GetLastError(), (DWORD)ERROR_INVALID_PARAMETER);
}

TEST(block)
{
    int found = 0;
    CHECK(SetEnvironmentVariableW(L"GASTWIRT_BLOCK", L"here"));
    WCHAR *block = GetEnvironmentStringsW();
    CHECK(block != NULL);
    for (WCHAR *p = block; *p; p += wcslen(p) + 1)
        found += !wcscmp(p, L"GASTWIRT_BLOCK=here");
    CHECK_EQ(found, 1);
    CHECK(FreeEnvironmentStringsW(block));
    CHECK(SetEnvironmentVariableW(L"GASTWIRT_BLOCK", NULL));
}

TEST(expand)
{
    char text[64];
    CHECK(SetEnvironmentVariableA("GASTWIRT_X", "value"));
    CHECK_EQ(ExpandEnvironmentStringsA("<%gastwirt_x%>", text, sizeof text), 8u);
    CHECK(!strcmp(text, "<value>"));
    ExpandEnvironmentStringsA("%GASTWIRT_NONE% 100%", text, sizeof text);
    CHECK(!strcmp(text, "%GASTWIRT_NONE% 100%"));
    CHECK(ExpandEnvironmentStringsA("%GASTWIRT_X%", NULL, 0) >= 6);
    CHECK(SetEnvironmentVariableA("GASTWIRT_X", NULL));
}

TEST(many)
{
    char name[32], text[32];
    for (int i = 0; i < 200; i++) {
        sprintf(name, "GASTWIRT_%d", i);
        CHECK(SetEnvironmentVariableA(name, name));
    }
    for (int i = 0; i < 200; i++) {
        sprintf(name, "GASTWIRT_%d", i);
        CHECK_EQ(GetEnvironmentVariableA(name, text, sizeof text), (DWORD)strlen(name));
        CHECK(!strcmp(name, text));
        CHECK(SetEnvironmentVariableA(name, NULL));
    }
}
