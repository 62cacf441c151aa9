/* Rtl's errors and statuses, versions and features, encoded pointers, atoms, boundary descriptors, locale
 * names, normalization, domain names, 32-bit programs. */
#include "../harness.h"
#include <nt/base.h>

ULONG NTAPI RtlNtStatusToDosError(LONG);
ULONG NTAPI RtlNtStatusToDosErrorNoTeb(LONG);
ULONG NTAPI RtlGetLastWin32Error(void);
VOID NTAPI RtlSetLastWin32Error(ULONG);
VOID NTAPI RtlRestoreLastWin32Error(ULONG);
LONG NTAPI RtlGetLastNtStatus(void);
VOID NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(LONG);
LONG NTAPI RtlSetThreadErrorMode(ULONG, ULONG *);
ULONG NTAPI RtlGetThreadErrorMode(void);
LONG NTAPI RtlGetVersion(RTL_OSVERSIONINFOEXW *);
VOID NTAPI RtlGetNtVersionNumbers(ULONG *, ULONG *, ULONG *);
LONG NTAPI RtlVerifyVersionInfo(const RTL_OSVERSIONINFOEXW *, ULONG, ULONGLONG);
BOOLEAN NTAPI RtlGetNtProductType(ULONG *);
PVOID NTAPI RtlEncodePointer(PVOID);
PVOID NTAPI RtlDecodePointer(PVOID);
PVOID NTAPI RtlEncodeSystemPointer(PVOID);
PVOID NTAPI RtlDecodeSystemPointer(PVOID);
LONG NTAPI RtlCreateAtomTable(ULONG, void **);
LONG NTAPI RtlDestroyAtomTable(void *);
LONG NTAPI RtlEmptyAtomTable(void *, BOOLEAN);
LONG NTAPI RtlAddAtomToAtomTable(void *, const WCHAR *, USHORT *);
LONG NTAPI RtlLookupAtomInAtomTable(void *, const WCHAR *, USHORT *);
LONG NTAPI RtlDeleteAtomFromAtomTable(void *, USHORT);
LONG NTAPI RtlPinAtomInAtomTable(void *, USHORT);
LONG NTAPI RtlQueryAtomInAtomTable(void *, USHORT, ULONG *, ULONG *, WCHAR *, ULONG *);
void *NTAPI RtlGetCurrentPeb(void);

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

TEST(statuses)
{
    static const struct {
        LONG status;
        ULONG error;
    } cases[] = {{STATUS_SUCCESS, ERROR_SUCCESS},
                 {STATUS_PENDING, ERROR_IO_PENDING},
                 {(LONG)STATUS_INVALID_HANDLE, ERROR_INVALID_HANDLE},
                 {(LONG)STATUS_ACCESS_DENIED, ERROR_ACCESS_DENIED},
                 {(LONG)STATUS_OBJECT_NAME_NOT_FOUND, ERROR_FILE_NOT_FOUND},
                 {(LONG)STATUS_OBJECT_PATH_NOT_FOUND, ERROR_PATH_NOT_FOUND},
                 {(LONG)STATUS_OBJECT_NAME_COLLISION, ERROR_ALREADY_EXISTS},
                 {(LONG)STATUS_NO_MEMORY, ERROR_NOT_ENOUGH_MEMORY},
                 {(LONG)STATUS_BUFFER_TOO_SMALL, ERROR_INSUFFICIENT_BUFFER},
                 {(LONG)STATUS_INFO_LENGTH_MISMATCH, ERROR_BAD_LENGTH},
                 {(LONG)STATUS_SHARING_VIOLATION, ERROR_SHARING_VIOLATION},
                 {(LONG)STATUS_DELETE_PENDING, ERROR_ACCESS_DENIED},
                 {(LONG)STATUS_END_OF_FILE, ERROR_HANDLE_EOF},
                 {(LONG)STATUS_DISK_FULL, ERROR_DISK_FULL},
                 {(LONG)STATUS_DIRECTORY_NOT_EMPTY, ERROR_DIR_NOT_EMPTY},
                 {(LONG)STATUS_NOT_IMPLEMENTED, ERROR_INVALID_FUNCTION},
                 {(LONG)STATUS_INVALID_PARAMETER, ERROR_INVALID_PARAMETER},
                 {(LONG)STATUS_PIPE_BROKEN, ERROR_BROKEN_PIPE},
                 {(LONG)STATUS_CANCELLED, ERROR_OPERATION_ABORTED},
                 {(LONG)STATUS_BUFFER_OVERFLOW, ERROR_MORE_DATA},
                 {(LONG)STATUS_NO_MORE_FILES, ERROR_NO_MORE_FILES},
                 {(LONG)STATUS_DLL_NOT_FOUND, ERROR_MOD_NOT_FOUND},
                 {(LONG)STATUS_ENTRYPOINT_NOT_FOUND, ERROR_PROC_NOT_FOUND},
                 {(LONG)STATUS_PRIVILEGE_NOT_HELD, ERROR_PRIVILEGE_NOT_HELD},
                 {(LONG)0xc0070005, ERROR_ACCESS_DENIED}, /* an error that was made a status */
                 {(LONG)0xc0ab1234, ERROR_MR_MID_NOT_FOUND}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        if (RtlNtStatusToDosError(cases[i].status) != cases[i].error)
            FAIL("0x%08lx: %lu, not %lu", cases[i].status, RtlNtStatusToDosError(cases[i].status),
                 cases[i].error);
        CHECK_EQ(RtlNtStatusToDosErrorNoTeb(cases[i].status), cases[i].error);
    }
}

TEST(last_errors)
{
    ULONG old = 77;

    RtlSetLastWin32Error(1234);
    CHECK_EQ(GetLastError(), 1234);
    CHECK_EQ(RtlGetLastWin32Error(), 1234);
    RtlRestoreLastWin32Error(4321);
    CHECK_EQ(GetLastError(), 4321);
    RtlSetLastWin32ErrorAndNtStatusFromNtStatus((LONG)STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
    CHECK_STATUS(RtlGetLastNtStatus(), STATUS_OBJECT_NAME_NOT_FOUND);
    RtlNtStatusToDosError((LONG)STATUS_ACCESS_DENIED);
    CHECK_STATUS(RtlGetLastNtStatus(), STATUS_ACCESS_DENIED);
    RtlNtStatusToDosErrorNoTeb((LONG)STATUS_NO_MEMORY);
    CHECK_STATUS(RtlGetLastNtStatus(), STATUS_ACCESS_DENIED);        /* that one leaves no trace */
    CHECK_STATUS(RtlSetThreadErrorMode(0x10, &old), STATUS_SUCCESS); /* RTL_ERRORMODE_FAILCRITICALERRORS */
    CHECK_EQ(RtlGetThreadErrorMode(), 0x10);
    CHECK_EQ(GetThreadErrorMode(), SEM_FAILCRITICALERRORS);
    CHECK_STATUS(RtlSetThreadErrorMode(0x8000, &old), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(RtlSetThreadErrorMode(0, &old), STATUS_SUCCESS);
    CHECK_EQ(old, 0x10);
}

TEST(versions)
{
    RTL_OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version},
                         wanted = {.dwOSVersionInfoSize = sizeof wanted};
    ULONG major, minor, build, type = 0;
    DWORD product = 0;

    CHECK_STATUS(RtlGetVersion(&version), STATUS_SUCCESS);
    CHECK(version.dwMajorVersion >= 6);
    CHECK_EQ(version.dwPlatformId, VER_PLATFORM_WIN32_NT);
    RtlGetNtVersionNumbers(&major, &minor, &build);
    CHECK_EQ(major, version.dwMajorVersion);
    CHECK_EQ(minor, version.dwMinorVersion);
    CHECK_EQ(build & 0xfffffff, version.dwBuildNumber);
    CHECK_EQ(build >> 28, 0xf);
    CHECK(RtlGetNtProductType(&type));
    CHECK_EQ(type, version.wProductType);
    CHECK(RtlGetProductInfo(10, 0, 0, 0, &product));
    CHECK(product != 0);
    CHECK(!RtlGetProductInfo(10, 0, 0, 0, NULL));
    wanted.dwMajorVersion = version.dwMajorVersion;
    ULONGLONG equal = VerSetConditionMask(0, VER_MAJORVERSION, VER_EQUAL);
    CHECK_STATUS(RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, equal), STATUS_SUCCESS);
    wanted.dwMajorVersion++;
    CHECK_STATUS(RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, equal), STATUS_REVISION_MISMATCH);
    CHECK_STATUS(
        RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, VerSetConditionMask(0, VER_MAJORVERSION, VER_LESS)),
        STATUS_SUCCESS);
    CHECK_STATUS(RtlVerifyVersionInfo(&wanted, 0, equal), STATUS_INVALID_PARAMETER);
}

TEST(features)
{
    BOOLEAN(NTAPI * present)(ULONG) = found("RtlIsProcessorFeaturePresent");
    ULONGLONG(NTAPI * extended)(ULONGLONG) = found("RtlGetEnabledExtendedFeatures");
    ULONG(NTAPI * console)(void) = found("RtlGetActiveConsoleId");
    WCHAR *(NTAPI * root)(void) = found("RtlGetNtSystemRoot");
    ULONG(NTAPI * suite)(void) = found("RtlGetSuiteMask");
    BOOLEAN(NTAPI * multi)(void) = found("RtlIsMultiSessionSku");
    BOOLEAN(NTAPI * separated)(void) = found("RtlIsStateSeparationEnabled");
    ULONG(NTAPI * session)(void) = found("RtlGetCurrentServiceSessionId");
    BOOLEAN(NTAPI * stopping)(void) = found("RtlDllShutdownInProgress");
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};

    for (ULONG i = 0; present && i < 64; i++)
        CHECK_EQ(present(i), IsProcessorFeaturePresent(i));
    if (extended)
        CHECK_EQ(extended(3), GetEnabledXStateFeatures() & 3);
    if (console)
        CHECK_EQ(console(), WTSGetActiveConsoleSessionId());
    if (root)
        CHECK_EQ(lstrcmpiW(root(), L"C:\\windows"), 0);
    if (suite) {
        GetVersionExW((OSVERSIONINFOW *)&version);
        CHECK_EQ(suite() & 0xffff, version.wSuiteMask);
    }
    if (multi)
        CHECK_EQ(multi(), FALSE);
    if (separated)
        CHECK_EQ(separated(), FALSE);
    if (session)
        CHECK_EQ(session(), 0); /* no container's service */
    CHECK_EQ(stopping(), FALSE);
    CHECK(RtlGetCurrentPeb() != NULL);
}

TEST(pointers)
{
    void *encoded = RtlEncodePointer(&encoded), *system_encoded = RtlEncodeSystemPointer(&encoded);

    CHECK(encoded != (void *)&encoded);
    CHECK_EQ((ULONG_PTR)RtlDecodePointer(encoded), (ULONG_PTR)&encoded);
    CHECK_EQ((ULONG_PTR)RtlEncodePointer(&encoded), (ULONG_PTR)encoded);
    CHECK_EQ((ULONG_PTR)RtlDecodeSystemPointer(system_encoded), (ULONG_PTR)&encoded);
    CHECK_EQ((ULONG_PTR)EncodePointer(&encoded), (ULONG_PTR)encoded);
}

TEST(atoms)
{
    void *table = NULL;
    USHORT atom = 0, same = 0;
    ULONG references = 0, pins = 7, size;
    WCHAR name[16];

    CHECK_STATUS(RtlCreateAtomTable(37, &table), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAtomToAtomTable(table, L"An Atom", &atom), STATUS_SUCCESS);
    CHECK(atom >= 0xc000);
    CHECK_STATUS(RtlAddAtomToAtomTable(table, L"an ATOM", &same), STATUS_SUCCESS);
    CHECK_EQ(same, atom);
    CHECK_STATUS(RtlLookupAtomInAtomTable(table, L"AN atom", &same), STATUS_SUCCESS);
    CHECK_EQ(same, atom);
    size = sizeof name;
    CHECK_STATUS(RtlQueryAtomInAtomTable(table, atom, &references, &pins, name, &size), STATUS_SUCCESS);
    CHECK_EQ(references, 2);
    CHECK_EQ(pins, 0);
    CHECK_EQ(size, 14);
    CHECK_WSTR(name, L"An Atom");
    size = 0;
    CHECK_STATUS(RtlQueryAtomInAtomTable(table, atom, NULL, NULL, name, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(size, 14);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(table, atom), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(table, atom), STATUS_SUCCESS);
    CHECK_STATUS(RtlLookupAtomInAtomTable(table, L"An Atom", &same), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(table, atom), STATUS_INVALID_HANDLE);
    CHECK_STATUS(RtlAddAtomToAtomTable(table, L"pinned", &atom), STATUS_SUCCESS);
    CHECK_STATUS(RtlPinAtomInAtomTable(table, atom), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(table, atom), STATUS_WAS_LOCKED);
    CHECK_STATUS(RtlEmptyAtomTable(table, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(RtlLookupAtomInAtomTable(table, L"pinned", &same), STATUS_SUCCESS);
    CHECK_STATUS(RtlEmptyAtomTable(table, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(RtlLookupAtomInAtomTable(table, L"pinned", &same), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlAddAtomToAtomTable(table, L"#77", &atom), STATUS_SUCCESS);
    CHECK_EQ(atom, 77);
    CHECK_STATUS(RtlAddAtomToAtomTable(table, L"", &atom), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(RtlDestroyAtomTable(table), STATUS_SUCCESS);
}

TEST(boundaries)
{
    static SID world = {1, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
    static SID medium = {1, 1, {SECURITY_MANDATORY_LABEL_AUTHORITY}, {SECURITY_MANDATORY_MEDIUM_RID}};
    void *(NTAPI * create)(UNICODE_STRING *, ULONG) = found("RtlCreateBoundaryDescriptor");
    VOID(NTAPI * destroy)(void *) = found("RtlDeleteBoundaryDescriptor");
    LONG(NTAPI * add)(void **, PSID) = found("RtlAddSIDToBoundaryDescriptor");
    LONG(NTAPI * label)(void **, PSID) = found("RtlAddIntegrityLabelToBoundaryDescriptor");
    UNICODE_STRING name = {10, 12, (WCHAR *)L"bound"};

    if (!create || !destroy || !add || !label)
        SKIP("not exported there");
    void *boundary = create(&name, 0);
    CHECK(boundary != NULL);
    CHECK_STATUS(add(&boundary, &world), STATUS_SUCCESS);
    CHECK_STATUS(label(&boundary, &medium), STATUS_SUCCESS);
    destroy(boundary);
    CHECK_STATUS(add(NULL, &world), STATUS_INVALID_PARAMETER);
}

TEST(locale_names)
{
    LONG(NTAPI * to_name)(ULONG, UNICODE_STRING *, ULONG, BOOLEAN) = found("RtlLcidToLocaleName");
    LONG(NTAPI * to_lcid)(const WCHAR *, ULONG *, ULONG) = found("RtlLocaleNameToLcid");
    BOOLEAN(NTAPI * valid)(const WCHAR *, ULONG) = found("RtlIsValidLocaleName");
    LONG(NTAPI * parent)(const WCHAR *, UNICODE_STRING *, ULONG, BOOLEAN) = found("RtlGetParentLocaleName");
    WCHAR buffer[LOCALE_NAME_MAX_LENGTH];
    UNICODE_STRING name = {0, sizeof buffer, buffer};
    ULONG lcid = 0;

    if (!to_name || !to_lcid || !valid)
        SKIP("not exported there");
    CHECK_STATUS(to_name(0x407, &name, 0, FALSE), STATUS_SUCCESS);
    CHECK_WSTR(buffer, L"de-DE");
    CHECK_EQ(name.Length, 10);
    CHECK_STATUS(to_lcid(L"en-us", &lcid, 0), STATUS_SUCCESS);
    CHECK_EQ(lcid, 0x409);
    CHECK_STATUS(to_lcid(L"no-locale-x", &lcid, 0), STATUS_INVALID_PARAMETER_1);
    CHECK(valid(L"fr-FR", 0));
    CHECK(!valid(L"no-locale-x", 0));
    if (parent) {
        CHECK_STATUS(parent(L"de-DE", &name, 0, FALSE), STATUS_SUCCESS);
        CHECK_WSTR(buffer, L"de");
    }
}

TEST(normalizing)
{
    LONG(NTAPI * normalize)(ULONG, const WCHAR *, LONG, WCHAR *, LONG *) = found("RtlNormalizeString");
    LONG(NTAPI * is_normal)(ULONG, const WCHAR *, LONG, BOOLEAN *) = found("RtlIsNormalizedString");
    LONG(NTAPI * to_ascii)(DWORD, const WCHAR *, LONG, WCHAR *, LONG *) = found("RtlIdnToAscii");
    LONG(NTAPI * to_unicode)(DWORD, const WCHAR *, LONG, WCHAR *, LONG *) = found("RtlIdnToUnicode");
    LONG(NTAPI * prepare)(DWORD, const WCHAR *, LONG, WCHAR *, LONG *) = found("RtlIdnToNameprepUnicode");
    WCHAR text[64];
    LONG size = 64;
    BOOLEAN normal = 77;

    CHECK_STATUS(normalize(NormalizationC, L"a\x0308", 2, text, &size), STATUS_SUCCESS);
    CHECK_EQ(size, 1);
    CHECK_EQ(text[0], 0xe4);
    size = 1;
    CHECK_STATUS(normalize(NormalizationD, L"\xe4", 1, text, &size), STATUS_BUFFER_TOO_SMALL);
    size = 64;
    CHECK_STATUS(normalize(77, L"x", 1, text, &size), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(is_normal(NormalizationC, L"\xe4", 1, &normal), STATUS_SUCCESS);
    CHECK_EQ(normal, TRUE);
    CHECK_STATUS(is_normal(NormalizationC, L"a\x0308", 2, &normal), STATUS_SUCCESS);
    CHECK_EQ(normal, FALSE);
    size = 64;
    CHECK_STATUS(to_ascii(0,
                          L"b\xfc"
                          L"cher",
                          -1, text, &size),
                 STATUS_SUCCESS);
    CHECK_WSTR(text, L"xn--bcher-kva");
    size = 64;
    CHECK_STATUS(to_unicode(0, L"xn--bcher-kva", -1, text, &size), STATUS_SUCCESS);
    CHECK_WSTR(text, L"b\xfc"
                     L"cher");
    size = 64;
    CHECK_STATUS(prepare(0,
                         L"B\xdc"
                         L"CHER",
                         -1, text, &size),
                 STATUS_SUCCESS);
    CHECK_WSTR(text, L"b\xfc"
                     L"cher");
    size = 64;
    CHECK_STATUS(to_ascii(0, L"a..b", -1, text, &size), STATUS_INVALID_IDN_NORMALIZATION);
}

TEST(machines)
{
    LONG(NTAPI * machines)(HANDLE, USHORT *, USHORT *) = found("RtlWow64GetProcessMachines");
    USHORT(NTAPI * current)(void) = found("RtlWow64GetCurrentMachine");
    LONG(NTAPI * supported)(USHORT, BOOLEAN *) = found("RtlWow64IsWowGuestMachineSupported");
    LONG(NTAPI * redirect)(BOOLEAN) = found("RtlWow64EnableFsRedirection");
    LONG(NTAPI * redirect_ex)(ULONG, ULONG *) = found("RtlWow64EnableFsRedirectionEx");
    LONG(NTAPI * native)(ULONG, void *, ULONG, ULONG *) = found("RtlGetNativeSystemInformation");
    USHORT guest = 1, host = 0;
    BOOLEAN yes = 77;
    ULONG old = 77;
    ULONG basic[16];

    if (machines) {
        CHECK_STATUS(machines(GetCurrentProcess(), &guest, &host), STATUS_SUCCESS);
        CHECK_EQ(host, IMAGE_FILE_MACHINE_AMD64);
        CHECK_EQ(guest, sizeof(void *) == 8 ? 0 : IMAGE_FILE_MACHINE_I386);
    }
    if (current)
        CHECK_EQ(current(), sizeof(void *) == 8 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386);
    if (supported) {
        CHECK_STATUS(supported(IMAGE_FILE_MACHINE_I386, &yes), STATUS_SUCCESS);
        CHECK(yes == TRUE || yes == FALSE);
    }
#ifdef _WIN64
    if (redirect)
        CHECK_STATUS(redirect(TRUE), STATUS_NOT_IMPLEMENTED);
    if (redirect_ex)
        CHECK_STATUS(redirect_ex(0, &old), STATUS_NOT_IMPLEMENTED);
#else
    CHECK_STATUS(redirect_ex(1, &old), STATUS_SUCCESS);
    CHECK_EQ(old, 0);
    CHECK_STATUS(redirect_ex(old, &old), STATUS_SUCCESS);
    CHECK_EQ(old, 1);
    CHECK_STATUS(redirect(TRUE), STATUS_SUCCESS);
#endif
    if (native) { /* SystemBasicInformation: the page size behind two numbers */
        CHECK_STATUS(native(0, basic, sizeof(void *) == 8 ? 64 : 44, &old), STATUS_SUCCESS);
        CHECK_EQ(basic[2], 4096);
    }
}

TEST(secured_memory)
{
    BOOLEAN(NTAPI * flush)
    (void *, SIZE_T) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlFlushSecureMemoryCache");
    char page[16];

    if (!flush)
        SKIP("not exported there");
    CHECK_EQ(flush(page, sizeof page), FALSE); /* nobody has secured it */
}
