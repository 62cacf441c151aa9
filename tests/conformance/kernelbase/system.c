/*
 * Versions, names, times, environment blocks, standard handles, variables of threads, odds and ends of the
 * system.
 */
#include "../harness.h"

static void *found(const char *name)
{
    void *function = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"), name);

    return function ? function : (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), name);
}

TEST(versions)
{
    OSVERSIONINFOEXA version = {.dwOSVersionInfoSize = sizeof version};
    DWORD product = 0;

    CHECK(GetVersionExA((OSVERSIONINFOA *)&version));
    CHECK_EQ(version.dwPlatformId, VER_PLATFORM_WIN32_NT);
    CHECK(version.dwMajorVersion >= 6);
    version.dwOSVersionInfoSize = 7;
    CHECK_ERROR(GetVersionExA((OSVERSIONINFOA *)&version), ERROR_INSUFFICIENT_BUFFER);
    version.dwOSVersionInfoSize = sizeof version;
    version.dwMajorVersion = 5;
    CHECK(VerifyVersionInfoA(&version, VER_MAJORVERSION,
                             VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL)));
    version.dwMajorVersion = 99;
    CHECK_ERROR(VerifyVersionInfoA(&version, VER_MAJORVERSION,
                                   VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL)),
                ERROR_OLD_WIN_VERSION);
    CHECK(GetProductInfo(10, 0, 0, 0, &product));
    CHECK(product != 0);
    CHECK(!GetProductInfo(10, 0, 0, 0, NULL));
}

TEST(computer_names)
{
    WCHAR wide[256];
    char ansi[256];
    DWORD size = 256, needed = 0;

    CHECK(GetComputerNameExW(ComputerNameDnsHostname, wide, &size));
    CHECK_EQ(size, lstrlenW(wide));
    CHECK(size > 0);
    CHECK_ERROR(GetComputerNameExW(ComputerNameDnsHostname, NULL, &needed), ERROR_MORE_DATA);
    CHECK_EQ(needed, size + 1);
    needed = 256;
    CHECK(GetComputerNameExA(ComputerNameDnsHostname, ansi, &needed));
    CHECK_EQ(needed, size);
    needed = 1;
    CHECK_ERROR(GetComputerNameExA(ComputerNameDnsHostname, ansi, &needed), ERROR_MORE_DATA);
    needed = 256;
    CHECK(GetComputerNameExW(ComputerNameNetBIOS, wide, &needed));
    CHECK(needed <= 15);
    CHECK_ERROR(GetComputerNameExW(ComputerNameMax, wide, &needed), ERROR_INVALID_PARAMETER);
}

TEST(times)
{
    ORACLE_CRASHES("some are missing");
    SYSTEMTIME utc, local, converted, back;
    FILETIME a, b, idle, kernel, user;
    ULONGLONG interrupt = 0;
    DWORD adjustment = 0, increment = 0;
    BOOL disabled = 77;
    BOOL(WINAPI * to_local)
    (const DYNAMIC_TIME_ZONE_INFORMATION *, const SYSTEMTIME *,
     SYSTEMTIME *) = found("SystemTimeToTzSpecificLocalTimeEx");
    BOOL(WINAPI * to_utc)
    (const DYNAMIC_TIME_ZONE_INFORMATION *, const SYSTEMTIME *,
     SYSTEMTIME *) = found("TzSpecificLocalTimeToSystemTimeEx");

    GetSystemTime(&utc);
    GetLocalTime(&local);
    CHECK(SystemTimeToTzSpecificLocalTime(NULL, &utc, &converted));
    CHECK(SystemTimeToFileTime(&local, &a) && SystemTimeToFileTime(&converted, &b));
    LONGLONG distance = (LONGLONG)((ULONGLONG)a.dwHighDateTime << 32 | a.dwLowDateTime) -
                        (LONGLONG)((ULONGLONG)b.dwHighDateTime << 32 | b.dwLowDateTime);
    CHECK(distance >= 0 && distance < 20000000);
    if (to_local && to_utc) {
        CHECK(to_local(NULL, &utc, &converted));
        CHECK(to_utc(NULL, &converted, &back));
        CHECK_EQ(back.wMinute, utc.wMinute);
        CHECK_EQ(back.wHour, utc.wHour);
        CHECK_EQ(back.wDay, utc.wDay);
    }
    CHECK(GetSystemTimes(&idle, &kernel, &user));
    CHECK(kernel.dwHighDateTime || kernel.dwLowDateTime);
    CHECK(QueryUnbiasedInterruptTime(&interrupt));
    CHECK(interrupt > 0);
    CHECK(GetSystemTimeAdjustment(&adjustment, &increment, &disabled));
    CHECK(increment > 0 && adjustment > 0);
    /* Setting the clock or the zone needs a privilege that a guest has not. */
    utc.wMonth = 13;
    CHECK_ERROR(SetSystemTime(&utc), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetLocalTime(&utc), ERROR_INVALID_PARAMETER);
}

TEST(setting_clocks_needs_privilege)
{
    TIME_ZONE_INFORMATION zone;
    DYNAMIC_TIME_ZONE_INFORMATION dynamic;

    if (harness_is_wine())
        SKIP("would set the host's clock");
    GetTimeZoneInformation(&zone);
    GetDynamicTimeZoneInformation(&dynamic);
    CHECK_ERROR(SetTimeZoneInformation(&zone), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_ERROR(SetDynamicTimeZoneInformation(&dynamic), ERROR_PRIVILEGE_NOT_HELD);
    CHECK_ERROR(SetSystemTimeAdjustment(156250, FALSE), ERROR_PRIVILEGE_NOT_HELD);
}

TEST(environment_blocks)
{
    char *ansi = GetEnvironmentStrings();
    BOOL(WINAPI * replace)(WCHAR *) = found("SetEnvironmentStringsW");
    WCHAR value[32];

    CHECK(ansi && *ansi);
    CHECK(FreeEnvironmentStringsA(ansi));
    SetEnvironmentVariableW(L"confa", L"inner");
    CHECK_EQ(ExpandEnvironmentStringsW(L"<%confa%>", value, 32), 8);
    CHECK_WSTR(value, L"<inner>");
    CHECK_EQ(ExpandEnvironmentStringsW(L"<%confa%>", NULL, 0), 8);
    CHECK_EQ(ExpandEnvironmentStringsW(L"<%confa%>", value, 3), 8);
    if (replace) {
        WCHAR *saved = GetEnvironmentStringsW(), block[] = L"one=1\0two=22\0";
        CHECK(replace(block));
        CHECK_EQ(GetEnvironmentVariableW(L"two", value, 32), 2);
        CHECK_EQ(GetEnvironmentVariableW(L"confa", value, 32), 0);
        CHECK(replace(saved));
        CHECK_EQ(GetEnvironmentVariableW(L"confa", value, 32), 5);
        WCHAR bad[] = L"nothing\0";
        CHECK_ERROR(replace(bad), ERROR_INVALID_PARAMETER);
    }
}

TEST(standard_handles)
{
    HANDLE old = GetStdHandle(STD_INPUT_HANDLE), event = CreateEventA(NULL, TRUE, FALSE, NULL),
           previous = NULL;
    BOOL(WINAPI * exchange)(DWORD, HANDLE, HANDLE *) = found("SetStdHandleEx");
    STARTUPINFOW startup = {.cb = 0};

    CHECK(SetStdHandle(STD_INPUT_HANDLE, event));
    CHECK_EQ((ULONG_PTR)GetStdHandle(STD_INPUT_HANDLE), (ULONG_PTR)event);
    CHECK_ERROR(SetStdHandle(7, event), ERROR_INVALID_HANDLE);
    if (exchange) {
        CHECK(exchange(STD_INPUT_HANDLE, old, &previous));
        CHECK_EQ((ULONG_PTR)previous, (ULONG_PTR)event);
    }
    CHECK(SetStdHandle(STD_INPUT_HANDLE, old));
    CloseHandle(event);
    GetStartupInfoW(&startup);
    CHECK_EQ(startup.cb, sizeof startup);
    CHECK_EQ(SetHandleCount(77), 77);
}

TEST(modules)
{
    ORACLE_DIFFERS("flags are not checked");
    HMODULE module = NULL, same = NULL;

    CHECK(GetModuleHandleExW(0, L"kernel32.dll", &module));
    CHECK_EQ((ULONG_PTR)module, (ULONG_PTR)GetModuleHandleA("kernel32"));
    CHECK(FreeLibrary(module));
    CHECK(GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                 GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                             (WCHAR *)test_modules, &same));
    CHECK_EQ((ULONG_PTR)same, (ULONG_PTR)GetModuleHandleA(NULL));
    CHECK_ERROR(GetModuleHandleExW(0, L"no such module", &module), ERROR_MOD_NOT_FOUND);
    CHECK(!module);
    CHECK_ERROR(GetModuleHandleExW(0x80, L"kernel32.dll", &module), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           L"kernel32.dll", &module),
        ERROR_INVALID_PARAMETER);
    module = LoadLibraryExW(L"version.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    CHECK(module != NULL);
    CHECK(FreeLibrary(module));
    module = LoadLibraryExW(L"version.dll", NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(module != NULL);
    CHECK(FreeLibrary(module));
    CHECK_ERROR(LoadLibraryExW(L"no such library.dll", NULL, 0), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(LoadLibraryExW(L"version.dll", NULL, 0x80000000), ERROR_INVALID_PARAMETER);
}

static DWORD WINAPI leave(void *module)
{
    FreeLibraryAndExitThread(module, 66);
}

TEST(leaving_a_library)
{
    HMODULE module = LoadLibraryA("version.dll");
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0, leave, module, 0, NULL);

    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 66);
    CloseHandle(thread);
}

TEST(critical_sections_and_fibers)
{
    CRITICAL_SECTION section;

    CHECK(InitializeCriticalSectionEx(&section, 100, CRITICAL_SECTION_NO_DEBUG_INFO));
    EnterCriticalSection(&section);
    CHECK_EQ(section.RecursionCount, 1);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
    void *fiber = ConvertThreadToFiberEx((void *)0x77, FIBER_FLAG_FLOAT_SWITCH);
    CHECK(fiber != NULL);
    CHECK_EQ((ULONG_PTR)GetFiberData(), 0x77);
    CHECK(IsThreadAFiber());
    CHECK_ERROR(ConvertThreadToFiberEx(NULL, 0), ERROR_ALREADY_FIBER);
    CHECK(ConvertFiberToThread());
}

TEST(contexts)
{
    BOOL(WINAPI * initialize)(void *, DWORD, CONTEXT **, DWORD *, ULONG64) = found("InitializeContext2");
    char buffer[8192];
    CONTEXT *context = NULL;
    DWORD size = 0;

    if (!initialize)
        SKIP("missing");
    CHECK_ERROR(initialize(NULL, CONTEXT_FULL, NULL, &size, 0), ERROR_INSUFFICIENT_BUFFER);
    CHECK(size >= sizeof(CONTEXT) && size <= sizeof buffer);
    CHECK(initialize(buffer, CONTEXT_FULL, &context, &size, 0));
    CHECK_EQ(context->ContextFlags, CONTEXT_FULL);
    CHECK_EQ((ULONG_PTR)context % 16, 0);
}

TEST(error_reporting)
{
    ORACLE_DIFFERS("WerGetFlags is missing");
    HRESULT(WINAPI * get)(HANDLE, DWORD *) = found("WerGetFlags");
    HRESULT(WINAPI * set)(DWORD) = found("WerSetFlags");
    DWORD flags = 77;

    if (!get || !set)
        SKIP("missing");
    CHECK_EQ(set(2), S_OK); /* WER_FAULT_REPORTING_FLAG_QUEUE */
    CHECK_EQ(get(GetCurrentProcess(), &flags), S_OK);
    CHECK_EQ(flags, 2);
    CHECK_EQ(set(0), S_OK);
    CHECK_EQ(get(GetCurrentProcess(), &flags), S_OK);
    CHECK_EQ(flags, 0);
}

TEST(unhandled_exceptions)
{
    ORACLE_CRASHES("ends the program");
    EXCEPTION_RECORD record = {.ExceptionCode = EXCEPTION_BREAKPOINT};
    CONTEXT context = {0};
    EXCEPTION_POINTERS pointers = {&record, &context};
    UINT old = SetErrorMode(SEM_NOGPFAULTERRORBOX);

    CHECK_EQ(UnhandledExceptionFilter(&pointers), EXCEPTION_EXECUTE_HANDLER);
    SetErrorMode(old);
}

TEST(machines)
{
    HRESULT(WINAPI * supported)(USHORT, BOOL *) = found("IsWow64GuestMachineSupported");
    BOOLEAN(WINAPI * redirect)(BOOLEAN) = found("Wow64EnableWow64FsRedirection");
    BOOL yes = 77;

    if (supported) {
        CHECK_EQ(supported(IMAGE_FILE_MACHINE_I386, &yes), S_OK);
        CHECK(yes == TRUE || yes == FALSE);
        CHECK_EQ(supported(0x1234, &yes), S_OK);
        CHECK_EQ(yes, FALSE);
    }
    if (redirect)
        redirect(TRUE);
}
