/* Rtl's environment blocks: making, setting, querying, expanding, exchanging. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI RtlCreateEnvironment(BOOLEAN, WCHAR **);
LONG NTAPI RtlDestroyEnvironment(WCHAR *);
LONG NTAPI RtlSetEnvironmentVariable(WCHAR **, const UNICODE_STRING *, const UNICODE_STRING *);
LONG NTAPI RtlQueryEnvironmentVariable_U(WCHAR *, const UNICODE_STRING *, UNICODE_STRING *);
LONG NTAPI RtlQueryEnvironmentVariable(WCHAR *, const WCHAR *, SIZE_T, WCHAR *, SIZE_T, SIZE_T *);
LONG NTAPI RtlExpandEnvironmentStrings_U(WCHAR *, const UNICODE_STRING *, UNICODE_STRING *, ULONG *);
LONG NTAPI RtlExpandEnvironmentStrings(WCHAR *, const WCHAR *, SIZE_T, WCHAR *, SIZE_T, SIZE_T *);
VOID NTAPI RtlSetCurrentEnvironment(WCHAR *, WCHAR **);

static UNICODE_STRING wide(const WCHAR *text)
{
    return (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
}

static LONG set(WCHAR **environment, const WCHAR *name, const WCHAR *value)
{
    UNICODE_STRING n = wide(name), v = value ? wide(value) : n;

    return RtlSetEnvironmentVariable(environment, &n, value ? &v : NULL);
}

static WCHAR value_buffer[64];

static LONG get(WCHAR *environment, const WCHAR *name)
{
    UNICODE_STRING n = wide(name), v = {0, sizeof value_buffer, value_buffer};

    value_buffer[0] = 0;
    return RtlQueryEnvironmentVariable_U(environment, &n, &v);
}

TEST(own_blocks)
{
    ORACLE_DIFFERS("a block is sorted");
    WCHAR *environment = NULL;

    CHECK_STATUS(RtlCreateEnvironment(FALSE, &environment), STATUS_SUCCESS);
    CHECK_EQ(environment[0], 0);
    CHECK_STATUS(set(&environment, L"beta", L"2"), STATUS_SUCCESS);
    CHECK_STATUS(set(&environment, L"Alpha", L"one"), STATUS_SUCCESS);
    CHECK_STATUS(set(&environment, L"gamma", L""), STATUS_SUCCESS);
    CHECK_EQ(memcmp(environment, L"Alpha=one\0beta=2\0gamma=\0", 25 * 2), 0); /* sorted */
    CHECK_STATUS(get(environment, L"ALPHA"), STATUS_SUCCESS);
    CHECK_WSTR(value_buffer, L"one");
    CHECK_STATUS(set(&environment, L"BETA", L"a longer value than before"), STATUS_SUCCESS);
    CHECK_STATUS(get(environment, L"beta"), STATUS_SUCCESS);
    CHECK_WSTR(value_buffer, L"a longer value than before");
    CHECK_STATUS(get(environment, L"gamma"), STATUS_SUCCESS);
    CHECK_STATUS(set(&environment, L"beta", NULL), STATUS_SUCCESS);
    CHECK_STATUS(get(environment, L"beta"), STATUS_VARIABLE_NOT_FOUND);
    CHECK_STATUS(set(&environment, L"a=b", L"x"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(set(&environment, L"=C:", L"C:\\x"), STATUS_SUCCESS);
    CHECK_STATUS(get(environment, L"=C:"), STATUS_SUCCESS);
    CHECK_WSTR(value_buffer, L"C:\\x");
    CHECK_STATUS(RtlDestroyEnvironment(environment), STATUS_SUCCESS);
}

TEST(query_sizes)
{
    ORACLE_DIFFERS("the terminator needs room");
    WCHAR buffer[8] = L"-------";
    UNICODE_STRING name = wide(L"confvar"), value = {0, 6, buffer};
    SIZE_T length = 99;

    CHECK(SetEnvironmentVariableW(L"confvar", L"abcd"));
    CHECK_STATUS(RtlQueryEnvironmentVariable_U(NULL, &name, &value), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(value.Length, 8);
    value.MaximumLength = 10;
    CHECK_STATUS(RtlQueryEnvironmentVariable_U(NULL, &name, &value), STATUS_SUCCESS);
    CHECK_WSTR(buffer, L"abcd");
    CHECK_STATUS(RtlQueryEnvironmentVariable(NULL, L"CONFVARx", 7, buffer, 8, &length), STATUS_SUCCESS);
    CHECK_EQ(length, 4);
    CHECK_STATUS(RtlQueryEnvironmentVariable(NULL, L"confvar", 7, buffer, 4, &length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(length, 5);
    CHECK_STATUS(RtlQueryEnvironmentVariable(NULL, L"no such variable", 16, buffer, 8, &length),
                 STATUS_VARIABLE_NOT_FOUND);
    CHECK(SetEnvironmentVariableW(L"confvar", NULL));
}

TEST(expanding)
{
    WCHAR *environment = NULL, buffer[32];
    UNICODE_STRING source = wide(L"<%one%|%none%|%two%>"), to = {0, sizeof buffer, buffer};
    ULONG size = 0;
    SIZE_T length = 0;

    RtlCreateEnvironment(FALSE, &environment);
    set(&environment, L"one", L"1111");
    set(&environment, L"two", L"");
    CHECK_STATUS(RtlExpandEnvironmentStrings_U(environment, &source, &to, &size), STATUS_SUCCESS);
    CHECK_WSTR(buffer, L"<1111|%none%|>");
    CHECK_EQ(to.Length, 28);
    CHECK_EQ(size, 30);
    to.MaximumLength = 28;
    CHECK_STATUS(RtlExpandEnvironmentStrings_U(environment, &source, &to, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(size, 30);
    CHECK_STATUS(RtlExpandEnvironmentStrings(environment, L"%one%x", 6, buffer, 32, &length), STATUS_SUCCESS);
    CHECK_EQ(memcmp(buffer, L"1111x", 10), 0);
    RtlDestroyEnvironment(environment);
}

TEST(exchanging)
{
    WCHAR *environment = NULL, *old = NULL, *mine = NULL;

    RtlCreateEnvironment(FALSE, &environment);
    set(&environment, L"only", L"here");
    RtlSetCurrentEnvironment(environment, &old);
    CHECK(old != NULL);
    CHECK_EQ(GetEnvironmentVariableW(L"only", value_buffer, 64), 4);
    CHECK_EQ(GetEnvironmentVariableW(L"PATH", value_buffer, 64), 0);
    RtlSetCurrentEnvironment(old, &mine);
    CHECK_EQ((ULONG_PTR)mine, (ULONG_PTR)environment);
    CHECK_EQ(GetEnvironmentVariableW(L"only", value_buffer, 64), 0);
    RtlDestroyEnvironment(environment);
    WCHAR *copy = NULL;
    CHECK(SetEnvironmentVariableW(L"confvar", L"inherited"));
    CHECK_STATUS(RtlCreateEnvironment(TRUE, &copy), STATUS_SUCCESS);
    CHECK_STATUS(get(copy, L"confvar"), STATUS_SUCCESS);
    CHECK_WSTR(value_buffer, L"inherited");
    RtlDestroyEnvironment(copy);
}

TEST(newer_functions)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONG(NTAPI * create)(WCHAR *, WCHAR **, ULONG) = (void *)GetProcAddress(ntdll, "RtlCreateEnvironmentEx");
    LONG(NTAPI * set_var)
    (WCHAR **, const WCHAR *, SIZE_T, const WCHAR *, SIZE_T) = (void *)GetProcAddress(ntdll,
                                                                                      "RtlSetEnvironmentVar");
    LONG(NTAPI * set_all)(const WCHAR *, SIZE_T) = (void *)GetProcAddress(ntdll, "RtlSetEnvironmentStrings");
    WCHAR *environment = NULL;

    if (!create || !set_var || !set_all)
        SKIP("not exported there");
    CHECK_STATUS(create(NULL, &environment, 0), STATUS_SUCCESS);
    CHECK_STATUS(set_var(&environment, L"namex", 4, L"valuex", 5), STATUS_SUCCESS);
    CHECK_STATUS(get(environment, L"name"), STATUS_SUCCESS);
    CHECK_WSTR(value_buffer, L"value");
    CHECK_STATUS(set_var(&environment, L"name", 4, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(get(environment, L"name"), STATUS_VARIABLE_NOT_FOUND);
    RtlDestroyEnvironment(environment);
    CHECK_STATUS(set_all(L"a=1\0b=2\0", 18), STATUS_SUCCESS);
    CHECK_EQ(GetEnvironmentVariableW(L"b", value_buffer, 64), 1);
    CHECK_EQ(GetEnvironmentVariableW(L"PATH", value_buffer, 64), 0);
}
