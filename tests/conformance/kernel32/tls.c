/* Thread-local and fiber-local storage. */
#include "../harness.h"

static DWORD tls_index, fls_index;
static volatile LONG called;
static void *volatile last_value;

static DWORD WINAPI other_thread(void *argument)
{
    (void)argument;
    if (TlsGetValue(tls_index) || GetLastError() != ERROR_SUCCESS)
        return 1;
    TlsSetValue(tls_index, (void *)7);
    FlsSetValue(fls_index, (void *)0x55);
    return TlsGetValue(tls_index) == (void *)7 ? 0 : 2;
}

static void WINAPI fls_callback(void *value)
{
    InterlockedIncrement(&called);
    last_value = value;
}

TEST(tls_values)
{
    DWORD code = 99;
    tls_index = TlsAlloc();
    fls_index = FlsAlloc(fls_callback);
    CHECK(tls_index != TLS_OUT_OF_INDEXES);
    CHECK(fls_index != FLS_OUT_OF_INDEXES && fls_index != 0);
    CHECK(TlsGetValue(tls_index) == NULL);
    CHECK(TlsSetValue(tls_index, (void *)3));
    HANDLE thread = CreateThread(NULL, 0, other_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    CHECK_EQ(code, 0u);
    CHECK(TlsGetValue(tls_index) == (void *)3);
    CHECK_EQ(called, 1);
    CHECK(last_value == (void *)0x55);
    CHECK(FlsGetValue(fls_index) == NULL);
    CHECK(FlsSetValue(fls_index, (void *)0x66));
    CHECK(FlsGetValue(fls_index) == (void *)0x66);
    CHECK(FlsFree(fls_index));
    CHECK_EQ(called, 2);
    CHECK(last_value == (void *)0x66);
    CHECK(TlsFree(tls_index));
    SetLastError(0);
    CHECK(!TlsFree(tls_index));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_INVALID_PARAMETER);
    CHECK(!TlsSetValue(5000, NULL));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_INVALID_PARAMETER);
}

TEST(expansion_slots)
{
    DWORD indices[500];
    for (int i = 0; i < 500; i++) {
        indices[i] = TlsAlloc();
        CHECK(indices[i] != TLS_OUT_OF_INDEXES);
        CHECK(TlsGetValue(indices[i]) == NULL);
        CHECK(TlsSetValue(indices[i], (void *)(ULONG_PTR)(i + 1)));
    }
    for (int i = 0; i < 500; i++)
        CHECK(TlsGetValue(indices[i]) == (void *)(ULONG_PTR)(i + 1));
    for (int i = 0; i < 500; i++)
        CHECK(TlsFree(indices[i]));
    DWORD index = TlsAlloc();
    CHECK(TlsGetValue(index) == NULL);
    CHECK(TlsFree(index));
}
