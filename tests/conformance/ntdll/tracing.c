/* Event tracing where nobody listens: providers register, events go nowhere. Printing for debuggers. */
#include "../harness.h"

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static const GUID provider = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

TEST(providers)
{
    ORACLE_DIFFERS("a provider without an identifier is invalid");
    ULONG(NTAPI * enroll)(const GUID *, void *, void *, ULONGLONG *) = found("EtwEventRegister");
    ULONG(NTAPI * leave)(ULONGLONG) = found("EtwEventUnregister");
    BOOLEAN(NTAPI * enabled)(ULONGLONG, const void *) = found("EtwEventEnabled");
    BOOLEAN(NTAPI * provider_enabled)(ULONGLONG, UCHAR, ULONGLONG) = found("EtwEventProviderEnabled");
    ULONG(NTAPI * write)(ULONGLONG, const void *, ULONG, void *) = found("EtwEventWrite");
    ULONG(NTAPI * write_string)(ULONGLONG, UCHAR, ULONGLONG, const WCHAR *) = found("EtwEventWriteString");
    ULONG(NTAPI * write_transfer)
    (ULONGLONG, const void *, const GUID *, const GUID *, ULONG, void *) = found("EtwEventWriteTransfer");
    ULONG(NTAPI * write_ex)
    (ULONGLONG, const void *, ULONGLONG, ULONG, const GUID *, const GUID *, ULONG,
     void *) = found("EtwEventWriteEx");
    ULONG(NTAPI * set)(ULONGLONG, ULONG, void *, ULONG) = found("EtwEventSetInformation");
    struct {
        USHORT id;
        UCHAR version, channel, level, opcode;
        USHORT task;
        ULONGLONG keyword;
    } event = {1, 0, 0, 4, 0, 0, 1};
    ULONGLONG handle = 0;
    char traits[4] = {4, 0, 'x', 0};

    CHECK_EQ(enroll(&provider, NULL, NULL, &handle), ERROR_SUCCESS);
    CHECK(handle != 0);
    CHECK_EQ(enabled(handle, &event), FALSE);
    CHECK_EQ(provider_enabled(handle, 4, 1), FALSE);
    CHECK_EQ(write(handle, &event, 0, NULL), ERROR_SUCCESS);
    CHECK_EQ(write_string(handle, 4, 1, L"text"), ERROR_SUCCESS);
    if (write_transfer)
        CHECK_EQ(write_transfer(handle, &event, NULL, NULL, 0, NULL), ERROR_SUCCESS);
    if (write_ex)
        CHECK_EQ(write_ex(handle, &event, 0, 0, NULL, NULL, 0, NULL), ERROR_SUCCESS);
    if (set)
        CHECK_EQ(set(handle, 2, traits, sizeof traits), ERROR_SUCCESS);
    CHECK_EQ(leave(handle), ERROR_SUCCESS);
    CHECK_EQ(enroll(NULL, NULL, NULL, &handle), ERROR_INVALID_PARAMETER);
}

TEST(activities)
{
    ORACLE_DIFFERS("identifiers are not made");
    ULONG(NTAPI * control)(ULONG, GUID *) = found("EtwEventActivityIdControl");
    GUID first = {0}, second = {0}, old = {1, 1, 1, {1}};

    if (!control)
        SKIP("missing");
    CHECK_EQ(control(3, &first), ERROR_SUCCESS); /* CREATE_ID */
    CHECK_EQ(control(3, &second), ERROR_SUCCESS);
    CHECK(memcmp(&first, &second, sizeof first) != 0);
    CHECK_EQ(control(2, &first), ERROR_SUCCESS); /* SET_ID */
    CHECK_EQ(control(1, &old), ERROR_SUCCESS);   /* GET_ID */
    CHECK_EQ(memcmp(&old, &first, sizeof old), 0);
    CHECK_EQ(control(4, &second), ERROR_SUCCESS); /* GET_SET_ID: the new in, the old out */
    CHECK_EQ(memcmp(&second, &first, sizeof second), 0);
    CHECK_EQ(control(77, &old), ERROR_INVALID_PARAMETER);
}

static ULONG WINAPI request(ULONG code, void *context, ULONG *size, void *buffer)
{
    return ERROR_SUCCESS;
}

TEST(older_providers)
{
    ORACLE_DIFFERS("every level is given");
    ULONG(NTAPI * enroll)
    (void *, void *, const GUID *, ULONG, void *, const WCHAR *, const WCHAR *,
     ULONGLONG *) = found("EtwRegisterTraceGuidsW");
    ULONG(NTAPI * enroll_ansi)
    (void *, void *, const GUID *, ULONG, void *, const char *, const char *,
     ULONGLONG *) = found("EtwRegisterTraceGuidsA");
    ULONG(NTAPI * leave)(ULONGLONG) = found("EtwUnregisterTraceGuids");
    ULONG(NTAPI * flags)(ULONGLONG) = found("EtwGetTraceEnableFlags");
    UCHAR(NTAPI * level)(ULONGLONG) = found("EtwGetTraceEnableLevel");
    ULONGLONG handle = 0;

    CHECK_EQ(enroll(request, NULL, &provider, 0, NULL, NULL, NULL, &handle), ERROR_SUCCESS);
    CHECK_EQ(leave(handle), ERROR_SUCCESS);
    CHECK_EQ(enroll_ansi(request, NULL, &provider, 0, NULL, NULL, NULL, &handle), ERROR_SUCCESS);
    CHECK_EQ(leave(handle), ERROR_SUCCESS);
    if (flags && level) { /* no session has this number */
        CHECK_EQ(flags(77), 0);
        CHECK_EQ(level(77), 0);
    }
}

static int printed;

static LONG CALLBACK catch_print(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode == (DWORD)DBG_PRINTEXCEPTION_C) {
        printed++;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    if (pointers->ExceptionRecord->ExceptionCode == (DWORD)EXCEPTION_BREAKPOINT) {
        printed += 100;
#ifdef _WIN64
        pointers->ContextRecord->Rip++;
#else
        pointers->ContextRecord->Eip++;
#endif
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

TEST(vectored_handlers_and_breakpoints)
{
    void *(NTAPI * add)(ULONG, PVECTORED_EXCEPTION_HANDLER) = found("RtlAddVectoredExceptionHandler");
    ULONG(NTAPI * take)(void *) = found("RtlRemoveVectoredExceptionHandler");
    void *(NTAPI * add_continue)(ULONG, PVECTORED_EXCEPTION_HANDLER) = found("RtlAddVectoredContinueHandler");
    ULONG(NTAPI * take_continue)(void *) = found("RtlRemoveVectoredContinueHandler");
    VOID(NTAPI * stop)(void) = found("DbgBreakPoint");
    VOID(NTAPI * user_stop)(void) = found("DbgUserBreakPoint");
    void *handler = add(1, catch_print), *second = add_continue(1, catch_print);

    CHECK(handler && second);
    printed = 0;
    stop();
    CHECK(printed >= 100);
    user_stop();
    CHECK(printed >= 200);
    CHECK_EQ(take(handler), 1);
    CHECK_EQ(take(handler), 0);
    CHECK_EQ(take_continue(second), 1);
    CHECK_EQ(take_continue(second), 0);
}

TEST(printing)
{
    ULONG(__cdecl * print)(const char *, ...) = found("DbgPrint");
    ULONG(__cdecl * print_ex)(ULONG, ULONG, const char *, ...) = found("DbgPrintEx");

    CHECK_EQ(print("a line of %s\n", "the test"), STATUS_SUCCESS);
    CHECK_EQ(print_ex(~0u, 0, "another\n"), STATUS_SUCCESS);
}

static ULONG print_with(ULONG(NTAPI *print)(ULONG, ULONG, const char *, va_list), const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    ULONG status = print(~0u, 0, format, arguments);
    va_end(arguments);
    return status;
}

TEST(printing_of_lists)
{
    ULONG(NTAPI * print)(ULONG, ULONG, const char *, va_list) = found("vDbgPrintEx");

    CHECK_EQ(print_with(print, "%s and %d\n", "text", 5), STATUS_SUCCESS);
}

static ULONG print_prefixed(ULONG(NTAPI *print)(const char *, ULONG, ULONG, const char *, va_list),
                            const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    ULONG status = print("prefix: ", ~0u, 0, format, arguments);
    va_end(arguments);
    return status;
}

TEST(printing_with_a_prefix)
{
    ULONG(NTAPI * print)
    (const char *, ULONG, ULONG, const char *, va_list) = found("vDbgPrintExWithPrefix");

    CHECK_EQ(print_prefixed(print, "%s and %d\n", "text", 5), STATUS_SUCCESS);
}

TEST(handle_of_a_logger)
{
    ULONGLONG(NTAPI * get)(void *) = found("EtwGetTraceLoggerHandle");
    ULONGLONG buffer[16] = {0};

    if (!get)
        SKIP("not exported there");
    /* documented for GetTraceLoggerHandle: INVALID_HANDLE_VALUE where it fails */
    CHECK_EQ(get(buffer), (ULONGLONG)(LONG_PTR)INVALID_HANDLE_VALUE);
    CHECK_EQ(get(NULL), (ULONGLONG)(LONG_PTR)INVALID_HANDLE_VALUE);
}
