/*
 * The call into host modules, which only we have: what it declines. That modules work is seen in the
 * tests of the DLLs that have one.
 */
#include "harness.h"

static NTSTATUS(NTAPI *host_module)(const char *name, ULONG length, ULONG version, ULONG *number);
static NTSTATUS(NTAPI *host_call)(ULONG module, ULONG function, void *arguments, ULONG size);

static BOOL find(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");

    host_module = (void *)GetProcAddress(ntdll, "GwHostModule");
    host_call = (void *)GetProcAddress(ntdll, "GwHostCall");
    return host_module && host_call;
}

TEST(names)
{
    static const char *const bad[] = {"",  "../host/x", "a/b",
                                      "A", "a.b",       "0123456789012345678901234567890123"};
    ULONG number = 77;

    if (!find())
        SKIP("not Gastwirt");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_EQ(host_module(bad[i], strlen(bad[i]), 1, &number), STATUS_OBJECT_NAME_INVALID);
    CHECK_EQ(host_module((char *)16, 4, 1, &number), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(number, 77);
}

TEST(calls_without_module)
{
    if (!find())
        SKIP("not Gastwirt");
    CHECK_EQ(host_call(31, 0, NULL, 0), STATUS_INVALID_HANDLE);
    CHECK_EQ(host_call(~0u, 0, NULL, 0), STATUS_INVALID_HANDLE);
}
