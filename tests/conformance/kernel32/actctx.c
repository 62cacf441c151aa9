/*
 * Activation contexts: creating them from manifests, the thread's stack, what is found in their sections,
 * and what they say about themselves.
 */
#include "harness.h"
#include <setjmp.h>

static WCHAR folder[MAX_PATH];

static void make_folder(void)
{
    WCHAR temp[MAX_PATH];
    GetTempPathW(MAX_PATH, temp);
    GetTempFileNameW(temp, L"act", 0, folder);
    DeleteFileW(folder);
    CreateDirectoryW(folder, NULL);
}

static const WCHAR *in_folder(const WCHAR *name)
{
    static WCHAR paths[4][MAX_PATH];
    static unsigned next;
    WCHAR *path = paths[next++ % 4];
    wcscpy(path, folder);
    wcscat(path, L"\\");
    wcscat(path, name);
    return path;
}

static void write_bytes(const WCHAR *name, const void *bytes, DWORD size)
{
    DWORD written;
    HANDLE file = CreateFileW(in_folder(name), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, bytes, size, &written, NULL);
    CloseHandle(file);
}

static HANDLE create(const WCHAR *name, const char *text)
{
    ACTCTXW parameters = {.cbSize = sizeof parameters};
    HANDLE context;

    if (!folder[0])
        make_folder();
    if (text)
        write_bytes(name, text, strlen(text));
    parameters.lpSource = in_folder(name);
    SetLastError(0xdeadbeef);
    context = CreateActCtxW(&parameters);
    if (text)
        DeleteFileW(in_folder(name));
    return context;
}

#ifdef _WIN64
#define ARCHITECTURE "amd64"
#else
#define ARCHITECTURE "x86"
#endif
#define OPEN     "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"
#define IDENTITY "<assemblyIdentity type=\"win32\" name=\"Test.App\" version=\"1.2.3.4\"/>"
#define CLOSE    "</assembly>"

static void check_fails(const char *text, DWORD error)
{
    HANDLE context = create(L"bad.manifest", text);
    if (context != INVALID_HANDLE_VALUE) {
        FAIL("accepted: %s", text ? text : "no file");
        ReleaseActCtx(context);
    } else if (GetLastError() != error) {
        FAIL("error %lu, expected %lu: %s", GetLastError(), error, text ? text : "no file");
    }
}

TEST(create_errors)
{
    ACTCTXW parameters = {.cbSize = sizeof parameters};

    CHECK_EQ((ULONG_PTR)CreateActCtxW(NULL), (ULONG_PTR)INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    parameters.dwFlags = 0x100;
    parameters.lpSource = L"x.manifest";
    CHECK_EQ((ULONG_PTR)CreateActCtxW(&parameters), (ULONG_PTR)INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    parameters.dwFlags = 0;
    parameters.lpSource = NULL;
    CHECK_EQ((ULONG_PTR)CreateActCtxW(&parameters), (ULONG_PTR)INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    parameters.cbSize = 8;
    parameters.lpSource = L"x.manifest";
    CHECK_EQ((ULONG_PTR)CreateActCtxW(&parameters), (ULONG_PTR)INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    check_fails(NULL, ERROR_FILE_NOT_FOUND);
}

TEST(not_well_formed)
{
    static const char *const bad[] = {
        "no markup",
        OPEN IDENTITY,
        OPEN IDENTITY "</assembl>",
        OPEN "<a b=c/>" IDENTITY CLOSE,
        OPEN "<a b='1' b='2'/>" IDENTITY CLOSE,
        OPEN "<p:a/>" IDENTITY CLOSE,
        OPEN IDENTITY CLOSE OPEN CLOSE,
        OPEN IDENTITY CLOSE "text",
        OPEN IDENTITY "&unknown;" CLOSE,
        OPEN IDENTITY "<!-- a -- b -->" CLOSE,
        OPEN "<a b='<'/>" IDENTITY CLOSE,
    };
    /* wine's parser takes what is wrong in elements it does not know; XML 1.0 calls all of these errors */
    for (size_t i = 0; i < (harness_is_wine() ? 3 : sizeof bad / sizeof bad[0]); i++)
        check_fails(bad[i], ERROR_SXS_CANT_GEN_ACTCTX);
}

TEST(not_a_manifest)
{
    check_fails("<assembly manifestVersion=\"1.0\"/>", ERROR_SXS_CANT_GEN_ACTCTX);
    check_fails(
        "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"7.0\">" IDENTITY CLOSE,
        ERROR_SXS_CANT_GEN_ACTCTX);
    if (!harness_is_wine()) /* which takes three numbers for a version */
        check_fails(OPEN "<assemblyIdentity type=\"win32\" name=\"Test.App\" version=\"1.2.3\"/>" CLOSE,
                    ERROR_SXS_CANT_GEN_ACTCTX);
    check_fails(OPEN IDENTITY
                "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" "
                "name=\"No.Such.Assembly\" version=\"1.0.0.0\"/></dependentAssembly></dependency>" CLOSE,
                ERROR_SXS_CANT_GEN_ACTCTX);
}

/* As GHC writes them: the name of the program's own assembly is a path. */
TEST(own_name_may_be_anything)
{
    HANDLE context = create(L"path.manifest", OPEN "<assemblyIdentity type=\"win32\" version=\"1.0.0.0\" "
                                                   "name=\"dist\\build\\app\"/>" CLOSE);
    CHECK(context != INVALID_HANDLE_VALUE);
    ReleaseActCtx(context);
}

TEST(encodings)
{
    static const char text[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                               "<!-- comment --><asm:assembly xmlns:asm=\"urn:schemas-microsoft-com:asm.v1\" "
                               "manifestVersion=\"1.0\"><asm:assemblyIdentity type='win32' "
                               "name='Test.&#65;pp' version='1.2.3.4'/></asm:assembly>\n";
    static WCHAR wide[sizeof text + 1] = {0xfeff};
    ACTCTXW parameters = {.cbSize = sizeof parameters};
    HANDLE context = create(L"utf8.manifest", text);

    CHECK(context != INVALID_HANDLE_VALUE);
    ReleaseActCtx(context);
    size_t length = 1;
    for (const char *p = strstr(text, "<asm:assembly"); *p; p++)
        wide[length++] = *p;
    write_bytes(L"utf16.manifest", wide, length * sizeof(WCHAR));
    parameters.lpSource = in_folder(L"utf16.manifest");
    context = CreateActCtxW(&parameters);
    CHECK(context != INVALID_HANDLE_VALUE);
    ReleaseActCtx(context);
    DeleteFileW(in_folder(L"utf16.manifest"));
}

static const char things[] = OPEN IDENTITY
    "<file name=\"things.dll\">"
    "<windowClass>ThingClass</windowClass><windowClass versioned=\"no\">PlainClass</windowClass>"
    "<comClass description=\"d\" clsid=\"{0a1b2c3d-0001-0002-0003-000000000001}\" threadingModel=\"Both\" "
    "tlbid=\"{0a1b2c3d-0001-0002-0003-000000000002}\" progid=\"Thing.Thing.1\" "
    "miscStatus=\"static,insideout\">"
    "<progid>Thing.Thing</progid></comClass>"
    "<typelib tlbid=\"{0a1b2c3d-0001-0002-0003-000000000002}\" version=\"3.4\" helpdir=\"help\" "
    "resourceid=\"2\" flags=\"hidden,restricted\"/>"
    "<comInterfaceProxyStub iid=\"{0a1b2c3d-0001-0002-0003-000000000003}\" name=\"IThing\" numMethods=\"5\"/>"
    "</file>"
    "<clrClass clsid=\"{0a1b2c3d-0001-0002-0003-000000000004}\" name=\"Some.Managed\" progid=\"Managed.1\" "
    "runtimeVersion=\"v4.0.30319\" threadingModel=\"Free\"/>"
    "<trustInfo xmlns=\"urn:schemas-microsoft-com:asm.v3\"><security><requestedPrivileges>"
    "<requestedExecutionLevel level=\"asInvoker\" "
    "uiAccess=\"false\"/></requestedPrivileges></security></trustInfo>"
    "<compatibility xmlns=\"urn:schemas-microsoft-com:compatibility.v1\"><application>"
    "<supportedOS Id=\"{35138b9a-5d96-4fbd-8e2d-a2440225f93a}\"/>"
    "<supportedOS Id=\"{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}\"/></application></compatibility>"
    "<application xmlns=\"urn:schemas-microsoft-com:asm.v3\"><windowsSettings>"
    "<dpiAware xmlns=\"http://schemas.microsoft.com/SMI/2005/WindowsSettings\">true</dpiAware>"
    "<longPathAware xmlns=\"http://schemas.microsoft.com/SMI/2016/WindowsSettings\">true</longPathAware>"
    "</windowsSettings></application>" CLOSE;

static const GUID server_id = {0x0a1b2c3d, 1, 2, {0, 3, 0, 0, 0, 0, 0, 1}};
static const GUID library_id = {0x0a1b2c3d, 1, 2, {0, 3, 0, 0, 0, 0, 0, 2}};
static const GUID interface_id = {0x0a1b2c3d, 1, 2, {0, 3, 0, 0, 0, 0, 0, 3}};
static const GUID managed_id = {0x0a1b2c3d, 1, 2, {0, 3, 0, 0, 0, 0, 0, 4}};

TEST(find_strings)
{
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};
    HANDLE context = create(L"things.manifest", things);
    ULONG_PTR cookie = 0;

    CHECK(context != INVALID_HANDLE_VALUE);
    CHECK(ActivateActCtx(context, &cookie));
    CHECK(cookie != 0);

    CHECK(FindActCtxSectionStringW(FIND_ACTCTX_SECTION_KEY_RETURN_HACTCTX, NULL,
                                   ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION, L"thingclass",
                                   &data));
    CHECK_EQ((ULONG_PTR)data.hActCtx, (ULONG_PTR)context);
    ReleaseActCtx(data.hActCtx);
    CHECK_EQ(data.ulAssemblyRosterIndex, 1);
    struct {
        ULONG size, flags, name_length, name_offset, dll_length, dll_offset;
    } *window_class = data.lpData;
    CHECK_EQ(window_class->size, 24);
    CHECK(wcscmp((WCHAR *)((char *)window_class + window_class->name_offset), L"1.2.3.4!ThingClass") == 0);
    CHECK(wcscmp((WCHAR *)((char *)data.lpSectionBase + window_class->dll_offset), L"things.dll") == 0);
    CHECK(FindActCtxSectionStringA(0, NULL, ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION, "PlainClass",
                                   &data));
    window_class = data.lpData;
    CHECK(wcscmp((WCHAR *)((char *)window_class + window_class->name_offset), L"PlainClass") == 0);

    CHECK(
        FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"THINGS.DLL", &data));
    CHECK_EQ((ULONG_PTR)data.hActCtx, 0);
    CHECK(FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION, L"Thing.Thing",
                                   &data));
    struct {
        ULONG size, flags, clsid_offset;
    } *program = data.lpData;
    CHECK_EQ(program->size, 12);

    CHECK_ERROR(
        FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"other.dll", &data),
        ERROR_SXS_KEY_NOT_FOUND);
    CHECK_ERROR(FindActCtxSectionStringW(0, NULL, 100, L"other.dll", &data), ERROR_SXS_SECTION_NOT_FOUND);
    CHECK_ERROR(FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, NULL, &data),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(
        FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"things.dll", NULL),
        ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FindActCtxSectionStringW(0, &server_id, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION,
                                         L"things.dll", &data),
                ERROR_INVALID_PARAMETER);
    data.cbSize = 8;
    CHECK_ERROR(
        FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"things.dll", &data),
        ERROR_INVALID_PARAMETER);
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);
}

TEST(find_guids)
{
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};
    HANDLE context = create(L"things.manifest", things);
    ULONG_PTR cookie;

    CHECK(ActivateActCtx(context, &cookie));
    CHECK(
        FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &server_id, &data));
    struct {
        ULONG size, flags, model;
        GUID clsid, configured, implemented, library;
        ULONG module_length, module_offset, program_length, program_offset, shim_length, shim_offset;
        ULONG status[5];
    } *server = data.lpData;
    CHECK_EQ(server->size, 120);
    CHECK_EQ(server->model, 4);
    CHECK(IsEqualGUID(&server->clsid, &server_id));
    CHECK(IsEqualGUID(&server->library, &library_id));
    CHECK(wcscmp((WCHAR *)((char *)data.lpSectionBase + server->module_offset), L"things.dll") == 0);
    CHECK(wcscmp((WCHAR *)((char *)server + server->program_offset), L"Thing.Thing.1") == 0);
    CHECK_EQ(server->shim_length, 0);
    CHECK_EQ(server->status[0], 0x88); /* OLEMISC_STATIC | OLEMISC_INSIDEOUT */

    CHECK(FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &managed_id,
                                &data));
    server = data.lpData;
    CHECK(server->shim_offset != 0);
    CHECK_EQ(server->model, 2);

    CHECK(FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_TYPE_LIBRARY_REDIRECTION, &library_id,
                                &data));
    struct {
        ULONG size, flags, name_length, name_offset;
        USHORT resource, library_flags;
        ULONG help_length, help_offset;
        USHORT major, minor;
    } *library = data.lpData;
    if (!harness_is_wine()) /* which reads no resourceid */
        CHECK_EQ(library->resource, 2);
    CHECK_EQ(library->library_flags, 5); /* LIBFLAG_FRESTRICTED | LIBFLAG_FHIDDEN */
    CHECK_EQ(library->major, 3);
    CHECK_EQ(library->minor, 4);

    CHECK(FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION, &interface_id,
                                &data));
    struct {
        ULONG size, flags;
        GUID proxy;
        ULONG methods;
    } *interface_data = data.lpData;
    CHECK_EQ(interface_data->methods, 5);
    CHECK_EQ(interface_data->flags & 1, 1);

    CHECK_ERROR(
        FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &library_id, &data),
        ERROR_SXS_KEY_NOT_FOUND);
    CHECK_ERROR(
        FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, NULL, &data),
        ERROR_INVALID_PARAMETER);
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);
}

static jmp_buf after_exception;
static DWORD seen_code;

static LONG CALLBACK catch_it(EXCEPTION_POINTERS *pointers)
{
    seen_code = pointers->ExceptionRecord->ExceptionCode;
    if (seen_code >> 16 != 0xc015)
        return EXCEPTION_CONTINUE_SEARCH;
    longjmp(after_exception, 1);
}

static NTSTATUS deactivate(DWORD flags, ULONG_PTR cookie)
{
    PVOID handler = AddVectoredExceptionHandler(1, catch_it);
    seen_code = 0;
    if (!setjmp(after_exception))
        DeactivateActCtx(flags, cookie);
    RemoveVectoredExceptionHandler(handler);
    return (NTSTATUS)seen_code;
}

TEST(stack)
{
    HANDLE context = create(L"things.manifest", things), current = (HANDLE)77;
    ULONG_PTR first, second, third;

    CHECK(GetCurrentActCtx(&current));
    CHECK_EQ((ULONG_PTR)current, 0);
    CHECK(ActivateActCtx(context, &first));
    CHECK(GetCurrentActCtx(&current));
    CHECK_EQ((ULONG_PTR)current, (ULONG_PTR)context);
    ReleaseActCtx(current);
    CHECK(ActivateActCtx(NULL, &second));
    CHECK(GetCurrentActCtx(&current));
    CHECK_EQ((ULONG_PTR)current, 0);
    CHECK(ActivateActCtx(context, &third));
    CHECK(first != second && second != third);
    CHECK(DeactivateActCtx(0, third));
    CHECK_EQ(deactivate(0, third), STATUS_SXS_INVALID_DEACTIVATION);
    CHECK_EQ(deactivate(0, 0), STATUS_SXS_INVALID_DEACTIVATION);
    CHECK_EQ(deactivate(0, first), STATUS_SXS_EARLY_DEACTIVATION);
    CHECK(DeactivateActCtx(DEACTIVATE_ACTCTX_FLAG_FORCE_EARLY_DEACTIVATION, first));
    CHECK_EQ(deactivate(0, second), STATUS_SXS_INVALID_DEACTIVATION);
    CHECK(GetCurrentActCtx(&current));
    CHECK_EQ((ULONG_PTR)current, 0);
    if (!harness_is_wine()) /* which writes through it */
        CHECK_ERROR(GetCurrentActCtx(NULL), ERROR_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

static DWORD WINAPI thread_context(void *parameter)
{
    HANDLE *current = parameter;
    GetCurrentActCtx(current);
    return 0;
}

TEST(narrow_names)
{
    char name[MAX_PATH];
    ACTCTXA parameters = {.cbSize = sizeof parameters, .lpSource = name};
    HANDLE context, current = NULL;
    ULONG_PTR cookie;

    if (!folder[0])
        make_folder();
    write_bytes(L"narrow.manifest", OPEN IDENTITY CLOSE, sizeof OPEN IDENTITY CLOSE - 1);
    WideCharToMultiByte(CP_ACP, 0, in_folder(L"narrow.manifest"), -1, name, MAX_PATH, NULL, NULL);
    context = CreateActCtxA(&parameters);
    CHECK(context != INVALID_HANDLE_VALUE);
    CHECK(ActivateActCtx(context, &cookie));
    CHECK(GetCurrentActCtx(&current));
    CHECK_EQ((ULONG_PTR)current, (ULONG_PTR)context);
    ReleaseActCtx(current);
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);
    DeleteFileA(name);
    CHECK_HANDLE_ERROR(CreateActCtxA(&parameters), ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateActCtxA(NULL), ERROR_INVALID_PARAMETER);
    parameters.cbSize = 4;
    CHECK_HANDLE_ERROR(CreateActCtxA(&parameters), ERROR_INVALID_PARAMETER);
    parameters.cbSize = sizeof parameters;
    parameters.lpSource = NULL;
    CHECK_HANDLE_ERROR(CreateActCtxA(&parameters), ERROR_INVALID_PARAMETER);
}

TEST(threads_inherit)
{
    HANDLE context = create(L"things.manifest", things), current = NULL, thread;
    ULONG_PTR cookie;

    CHECK(ActivateActCtx(context, &cookie));
    thread = CreateThread(NULL, 0, thread_context, &current, 0, NULL);
    CHECK(DeactivateActCtx(0, cookie));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CHECK_EQ((ULONG_PTR)current, (ULONG_PTR)context);
    ReleaseActCtx(current);
    ReleaseActCtx(context);
}

TEST(query)
{
    static char buffer[4096] __attribute__((aligned(8)));
    HANDLE context = create(L"things.manifest", things);
    SIZE_T needed = 0;
    ULONG index = 1;

    CHECK_ERROR(QueryActCtxW(0, context, NULL, ActivationContextDetailedInformation, NULL, 0, &needed),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK(needed > sizeof(ACTIVATION_CONTEXT_DETAILED_INFORMATION));
    CHECK(QueryActCtxW(0, context, NULL, ActivationContextDetailedInformation, buffer, sizeof buffer, NULL));
    ACTIVATION_CONTEXT_DETAILED_INFORMATION *detailed = (void *)buffer;
    CHECK_EQ(detailed->ulAssemblyCount, 1);
    CHECK_EQ(detailed->ulRootManifestPathType, ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE);
    CHECK(_wcsicmp(detailed->lpRootManifestPath, in_folder(L"things.manifest")) == 0);
    CHECK_EQ(detailed->ulRootManifestPathChars, wcslen(detailed->lpRootManifestPath));
    if (!harness_is_wine()) /* which gives the program's folder */
        CHECK(_wcsicmp(detailed->lpAppDirPath, in_folder(L"")) == 0);

    CHECK(QueryActCtxW(0, context, &index, AssemblyDetailedInformationInActivationContext, buffer,
                       sizeof buffer, &needed));
    ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION *assembly = (void *)buffer;
    CHECK(wcscmp(assembly->lpAssemblyEncodedAssemblyIdentity,
                 L"Test.App,type=\"win32\",version=\"1.2.3.4\"") == 0);
    if (!harness_is_wine()) /* which leaves it as it was */
        CHECK_EQ(assembly->ulFileCount, 1);
    CHECK_EQ(assembly->ulManifestVersionMajor, 1);
    index = 2;
    CHECK_ERROR(QueryActCtxW(0, context, &index, AssemblyDetailedInformationInActivationContext, buffer,
                             sizeof buffer, &needed),
                ERROR_INVALID_PARAMETER);

    ACTIVATION_CONTEXT_QUERY_INDEX file_index = {0, 0};
    CHECK(QueryActCtxW(0, context, &file_index, FileInformationInAssemblyOfAssemblyInActivationContext,
                       buffer, sizeof buffer, &needed));
    CHECK(wcscmp(((ASSEMBLY_FILE_DETAILED_INFORMATION *)buffer)->lpFileName, L"things.dll") == 0);

    ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION level;
    CHECK(QueryActCtxW(0, context, NULL, RunlevelInformationInActivationContext, &level, sizeof level,
                       &needed));
    CHECK_EQ(level.RunLevel, ACTCTX_RUN_LEVEL_AS_INVOKER);
    CHECK_EQ(level.UiAccess, 0);

    CHECK(QueryActCtxW(0, context, NULL, CompatibilityInformationInActivationContext, buffer, sizeof buffer,
                       &needed));
    struct { /* as it is since Windows 10 1903; mingw-w64's is older */
        ULONG count, padding;
        struct {
            GUID id;
            ULONG type, padding;
            ULONGLONG version;
        } elements[2];
    } *compatibility = (void *)buffer;
    CHECK_EQ(compatibility->count, 2);
    CHECK_EQ(compatibility->elements[1].id.Data1, 0x8e0f7a12);
    CHECK_EQ(compatibility->elements[1].type, ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS);

    struct {
        HANDLE context;
        DWORD flags;
    } basic;
    CHECK(QueryActCtxW(QUERY_ACTCTX_FLAG_NO_ADDREF, context, NULL, ActivationContextBasicInformation, &basic,
                       sizeof basic, &needed));
    CHECK_EQ((ULONG_PTR)basic.context, (ULONG_PTR)context);
    if (!harness_is_wine()) /* which has no answer for it */
        CHECK_ERROR(QueryActCtxW(0, context, NULL, 99, buffer, sizeof buffer, &needed),
                    ERROR_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

TEST(settings)
{
    HANDLE context = create(L"things.manifest", things);
    WCHAR value[16];
    SIZE_T needed = 0;

    CHECK(QueryActCtxSettingsW(0, context, NULL, L"dpiAware", value, 16, &needed));
    CHECK(wcscmp(value, L"true") == 0);
    CHECK_EQ(needed, 5);
    CHECK(QueryActCtxSettingsW(0, context, L"http://schemas.microsoft.com/SMI/2016/WindowsSettings",
                               L"longPathAware", value, 16, &needed));
    CHECK_ERROR(QueryActCtxSettingsW(0, context, NULL, L"dpiAware", value, 3, &needed),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(needed, 5);
    CHECK_ERROR(QueryActCtxSettingsW(0, context, NULL, L"other", value, 16, &needed),
                ERROR_SXS_KEY_NOT_FOUND);
    CHECK_ERROR(QueryActCtxSettingsW(0, context, L"urn:other", L"dpiAware", value, 16, &needed),
                ERROR_INVALID_PARAMETER);
    if (!harness_is_wine()) /* which reads it */
        CHECK_ERROR(QueryActCtxSettingsW(0, context, NULL, NULL, value, 16, &needed),
                    ERROR_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

TEST(dependencies)
{
    static char buffer[4096] __attribute__((aligned(8)));
    static const char common_controls[] = OPEN IDENTITY
        "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" "
        "name=\"Microsoft.Windows.Common-Controls\" version=\"6.0.0.0\" "
        "processorArchitecture=\"*\" publicKeyToken=\"6595b64144ccf1df\" language=\"*\"/>"
        "</dependentAssembly></dependency>" CLOSE;
    static const char private[] = OPEN IDENTITY
        "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" name=\"Private.Thing\" "
        "version=\"1.0.0.0\"/></dependentAssembly></dependency>" CLOSE;
    static const char thing[] = OPEN
        "<assemblyIdentity type=\"win32\" name=\"Private.Thing\" version=\"%s\"/>"
        "<file name=\"thing.dll\"/>" CLOSE;
    char text[500];
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};
    SIZE_T needed;
    ULONG index = 2;
    ULONG_PTR cookie;

    HANDLE context = create(L"system.manifest", common_controls);
    CHECK(context != INVALID_HANDLE_VALUE);
    CHECK(QueryActCtxW(0, context, &index, AssemblyDetailedInformationInActivationContext, buffer,
                       sizeof buffer, &needed));
    CHECK(wcsncmp(
              ((ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION *)buffer)->lpAssemblyEncodedAssemblyIdentity,
              L"Microsoft.Windows.Common-Controls,", 34) == 0);
    ReleaseActCtx(context);

    check_fails(private, ERROR_SXS_CANT_GEN_ACTCTX);
    sprintf(text, thing, "1.0.0.0");
    write_bytes(L"Private.Thing.manifest", text, strlen(text));
    context = create(L"app.manifest", private);
    CHECK(context != INVALID_HANDLE_VALUE);
    CHECK(ActivateActCtx(context, &cookie));
    CHECK(FindActCtxSectionStringW(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"thing.dll", &data));
    CHECK_EQ(data.ulAssemblyRosterIndex, 2);
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);

    sprintf(text, thing, "2.0.0.0");
    write_bytes(L"Private.Thing.manifest", text, strlen(text));
    check_fails(private, ERROR_SXS_CANT_GEN_ACTCTX);
    DeleteFileW(in_folder(L"Private.Thing.manifest"));

    CreateDirectoryW(in_folder(L"Private.Thing"), NULL);
    sprintf(text, thing, "1.0.0.0");
    write_bytes(L"Private.Thing\\Private.Thing.manifest", text, strlen(text));
    context = create(L"app.manifest", private);
    CHECK(context != INVALID_HANDLE_VALUE);
    ReleaseActCtx(context);
    DeleteFileW(in_folder(L"Private.Thing\\Private.Thing.manifest"));
    RemoveDirectoryW(in_folder(L"Private.Thing"));
}

TEST(redirected_dll)
{
    static const char manifest[] = OPEN IDENTITY
        "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" name=\"Sub.Thing\" "
        "version=\"1.0.0.0\"/></dependentAssembly></dependency>" CLOSE;
    static const char sub[] = OPEN "<assemblyIdentity type=\"win32\" name=\"Sub.Thing\" version=\"1.0.0.0\"/>"
                                   "<file name=\"version2.dll\"/>" CLOSE;
    WCHAR system[MAX_PATH], path[MAX_PATH];
    ULONG_PTR cookie;
    HMODULE module;

    if (!folder[0])
        make_folder();
    CreateDirectoryW(in_folder(L"Sub.Thing"), NULL);
    write_bytes(L"Sub.Thing\\Sub.Thing.manifest", sub, strlen(sub));
    GetSystemDirectoryW(system, MAX_PATH);
    wcscat(system, L"\\version.dll");
    CHECK(CopyFileW(system, in_folder(L"Sub.Thing\\version2.dll"), FALSE));
    HANDLE context = create(L"app.manifest", manifest);
    CHECK(context != INVALID_HANDLE_VALUE);
    CHECK_ERROR((module = LoadLibraryW(L"version2.dll")) != NULL, ERROR_MOD_NOT_FOUND);
    CHECK(ActivateActCtx(context, &cookie));
    module = LoadLibraryW(L"version2");
    CHECK(module != NULL);
    CHECK(GetModuleFileNameW(module, path, MAX_PATH) != 0);
    CHECK(_wcsicmp(path, in_folder(L"Sub.Thing\\version2.dll")) == 0);
    CHECK_EQ((ULONG_PTR)GetModuleHandleW(L"version2.dll"), (ULONG_PTR)module);
    CHECK(FreeLibrary(module));
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);
    DeleteFileW(in_folder(L"Sub.Thing\\version2.dll"));
    DeleteFileW(in_folder(L"Sub.Thing\\Sub.Thing.manifest"));
    RemoveDirectoryW(in_folder(L"Sub.Thing"));
}

CHILD(code_page)
{
    return GetACP() == CP_UTF8 ? 33 : 34;
}

/* Runs a copy of this program with a manifest beside it; its exit code, or -1 if it did not start. */
static DWORD run_with_manifest(const char *manifest)
{
    WCHAR self[MAX_PATH], command[MAX_PATH + 40];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = (DWORD)-1;

    if (!folder[0])
        make_folder();
    GetModuleFileNameW(NULL, self, MAX_PATH);
    CHECK(CopyFileW(self, in_folder(L"app.exe"), FALSE));
    write_bytes(L"app.exe.manifest", manifest, strlen(manifest));
    swprintf(command, MAX_PATH + 40, L"\"%ls\" --child code_page", in_folder(L"app.exe"));
    startup.dwFlags = STARTF_USESTDHANDLES; /* the message of a failed start is not ours */
    if (CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) {
        WaitForSingleObject(process.hProcess, INFINITE);
        GetExitCodeProcess(process.hProcess, &code);
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    DeleteFileW(in_folder(L"app.exe"));
    DeleteFileW(in_folder(L"app.exe.manifest"));
    return code;
}

TEST(program_manifest)
{
    if (FindResourceW(NULL, MAKEINTRESOURCEW(1), (LPCWSTR)RT_MANIFEST))
        SKIP("this program carries a manifest");
    CHECK_EQ(run_with_manifest(OPEN IDENTITY CLOSE), 34);
    CHECK_EQ(
        run_with_manifest(OPEN IDENTITY
                          "<application xmlns=\"urn:schemas-microsoft-com:asm.v3\"><windowsSettings>"
                          "<activeCodePage xmlns=\"http://schemas.microsoft.com/SMI/2019/WindowsSettings\">"
                          "UTF-8</activeCodePage></windowsSettings></application>" CLOSE),
        33);
    DWORD code = run_with_manifest(
        OPEN IDENTITY
        "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" "
        "name=\"No.Such.Assembly\" version=\"1.0.0.0\"/></dependentAssembly></dependency>" CLOSE);
    if (!harness_is_wine()) /* which starts it all the same */
        CHECK(code != 33 && code != 34);
}

TEST(references)
{
    HANDLE context = create(L"things.manifest", things);
    WCHAR value[16];
    SIZE_T needed;

    AddRefActCtx(context);
    ReleaseActCtx(context);
    CHECK(QueryActCtxSettingsW(0, context, NULL, L"dpiAware", value, 16, &needed));
    ReleaseActCtx(context);
    AddRefActCtx(NULL);
    ReleaseActCtx(NULL);
    AddRefActCtx(INVALID_HANDLE_VALUE);
    ReleaseActCtx(INVALID_HANDLE_VALUE);
    if (!harness_is_wine()) /* which calls it not implemented */
        CHECK_ERROR(ZombifyActCtx(NULL), ERROR_INVALID_PARAMETER);
    RemoveDirectoryW(folder);
}
