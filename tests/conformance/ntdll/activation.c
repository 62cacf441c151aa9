/* Activation contexts as ntdll has them: their stack, references, what is found and asked. kernel32's tests
 * have the manifests. */
#include "harness.h"

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

#define LOAD(result, name, parameters) result(NTAPI *name) parameters = found(#name)

static const char manifest[] =
    "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"
    "<assemblyIdentity type=\"win32\" name=\"Test.App\" version=\"1.2.3.4\"/>"
    "<file name=\"things.dll\"><comClass clsid=\"{0a1b2c3d-0001-0002-0003-000000000001}\"/></file>"
    "<application xmlns=\"urn:schemas-microsoft-com:asm.v3\"><windowsSettings>"
    "<dpiAware xmlns=\"http://schemas.microsoft.com/SMI/2005/WindowsSettings\">true</dpiAware>"
    "</windowsSettings></application></assembly>";
static const GUID server_id = {0x0a1b2c3d, 1, 2, {0, 3, 0, 0, 0, 0, 0, 1}};

static HANDLE create(void)
{
    ACTCTXW parameters = {.cbSize = sizeof parameters};
    WCHAR path[MAX_PATH];
    DWORD written;

    GetTempPathW(MAX_PATH, path);
    lstrcatW(path, L"ntdll activation.manifest");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, manifest, sizeof manifest - 1, &written, NULL);
    CloseHandle(file);
    parameters.lpSource = path;
    HANDLE context = CreateActCtxW(&parameters);
    CHECK(context != INVALID_HANDLE_VALUE);
    DeleteFileW(path);
    return context;
}

static volatile LONG raised;

static LONG NTAPI note_and_go_on(EXCEPTION_POINTERS *info)
{
    if ((info->ExceptionRecord->ExceptionCode & 0xffff0000) != 0xc0150000)
        return EXCEPTION_CONTINUE_SEARCH;
    raised = (LONG)info->ExceptionRecord->ExceptionCode;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(stack)
{
    LOAD(LONG, RtlActivateActivationContext, (ULONG, HANDLE, ULONG_PTR *));
    LOAD(void, RtlDeactivateActivationContext, (ULONG, ULONG_PTR));
    LOAD(LONG, RtlGetActiveActivationContext, (HANDLE *));
    LOAD(BOOLEAN, RtlIsActivationContextActive, (HANDLE));
    LOAD(void, RtlReleaseActivationContext, (HANDLE));
    LOAD(void, RtlAddRefActivationContext, (HANDLE));
    HANDLE context = create(), active = (HANDLE)7;
    ULONG_PTR first = 0, second = 0;

    CHECK(!RtlIsActivationContextActive(context));
    CHECK_STATUS(RtlGetActiveActivationContext(&active), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)active, 0);
    CHECK_STATUS(RtlActivateActivationContext(0, context, &first), STATUS_SUCCESS);
    CHECK(first != 0);
    CHECK(RtlIsActivationContextActive(context));
    CHECK_STATUS(RtlGetActiveActivationContext(&active), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)active, (ULONG_PTR)context);
    RtlReleaseActivationContext(active);
    CHECK_STATUS(RtlActivateActivationContext(0, NULL, &second), STATUS_SUCCESS);
    CHECK(RtlIsActivationContextActive(context)); /* further down */
    CHECK_STATUS(RtlGetActiveActivationContext(&active), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)active, 0);
    RtlDeactivateActivationContext(0, second);
    RtlDeactivateActivationContext(0, first);
    CHECK(!RtlIsActivationContextActive(context));
    RtlAddRefActivationContext(context);
    RtlReleaseActivationContext(context);
    RtlAddRefActivationContext(NULL);
    RtlReleaseActivationContext(NULL);
    RtlReleaseActivationContext(context);
}

TEST(wrong_cookies)
{
    ORACLE_CRASHES("raises it again and again; kernel32/actctx leaves by a jump");
    LOAD(LONG, RtlActivateActivationContext, (ULONG, HANDLE, ULONG_PTR *));
    LOAD(void, RtlDeactivateActivationContext, (ULONG, ULONG_PTR));
    LOAD(BOOLEAN, RtlIsActivationContextActive, (HANDLE));
    HANDLE context = create();
    ULONG_PTR first, second;
    void *handler = AddVectoredExceptionHandler(1, note_and_go_on);

    RtlActivateActivationContext(0, context, &first);
    RtlActivateActivationContext(0, context, &second);
    RtlDeactivateActivationContext(0, 12345);
    CHECK_EQ(raised, STATUS_SXS_INVALID_DEACTIVATION);
    raised = 0;
    RtlDeactivateActivationContext(1, first); /* all that came after it goes, too */
    CHECK_EQ(raised, 0);
    CHECK(!RtlIsActivationContextActive(context));
    RtlDeactivateActivationContext(0, second);
    CHECK_EQ(raised, STATUS_SXS_INVALID_DEACTIVATION);
    RtlActivateActivationContext(0, context, &first);
    RtlActivateActivationContext(0, context, &second);
    raised = 0;
    RtlDeactivateActivationContext(0, first);
    CHECK_EQ(raised, STATUS_SXS_EARLY_DEACTIVATION);
    CHECK(!RtlIsActivationContextActive(context));
    RemoveVectoredExceptionHandler(handler);
    ReleaseActCtx(context);
}

TEST(bad_parameters)
{
    ORACLE_CRASHES("neither flags nor pointers are looked at there");
    LOAD(LONG, RtlActivateActivationContext, (ULONG, HANDLE, ULONG_PTR *));
    LOAD(LONG, RtlZombifyActivationContext, (HANDLE));
    ULONG_PTR cookie, nothing[16] = {0};
    HANDLE context = create();

    CHECK_STATUS(RtlActivateActivationContext(8, context, &cookie), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlActivateActivationContext(0, context, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlActivateActivationContext(0, nothing, &cookie), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlZombifyActivationContext(nothing), STATUS_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

TEST(stacks_of_threads)
{
    ORACLE_CRASHES("RtlAllocateActivationContextStack is missing");
    LOAD(LONG, RtlAllocateActivationContextStack, (void **));
    LOAD(void, RtlFreeActivationContextStack, (void *));
    LOAD(void, RtlFreeThreadActivationContextStack, (void));
    LOAD(LONG, RtlActivateActivationContextEx, (ULONG, void *, HANDLE, ULONG_PTR *));
    LOAD(BOOLEAN, RtlIsActivationContextActive, (HANDLE));
    LOAD(void, RtlDeactivateActivationContext, (ULONG, ULONG_PTR));
    void *stack = NULL, *same;
    HANDLE context = create();
    ULONG_PTR cookie = 0;

    CHECK_STATUS(RtlAllocateActivationContextStack(&stack), STATUS_SUCCESS);
    CHECK(stack != NULL);
    same = stack;
    CHECK_STATUS(RtlAllocateActivationContextStack(&same), STATUS_SUCCESS); /* there is one */
    CHECK_EQ((ULONG_PTR)same, (ULONG_PTR)stack);
    RtlFreeActivationContextStack(stack);
    CHECK_STATUS(RtlActivateActivationContextEx(0, NtCurrentTeb(), context, &cookie), STATUS_SUCCESS);
    CHECK(RtlIsActivationContextActive(context));
    RtlFreeThreadActivationContextStack();
    CHECK(!RtlIsActivationContextActive(context));
    CHECK_STATUS(RtlActivateActivationContextEx(0, NtCurrentTeb(), context, &cookie), STATUS_SUCCESS);
    RtlDeactivateActivationContext(0, cookie);
    CHECK_STATUS(RtlActivateActivationContextEx(4, NtCurrentTeb(), context, &cookie),
                 STATUS_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

static int destroyed;

static void NTAPI notify(ULONG type, void *context, void *data, void *notify_context, void *notify_data,
                         BOOLEAN *off)
{
    if (type == 1) /* ACTIVATION_CONTEXT_NOTIFICATION_DESTROY */
        destroyed += *(int *)notify_context;
}

/* Made of data that somebody else has put together. */
TEST(of_ready_data)
{
    ORACLE_CRASHES("takes the parameters of CreateActCtx there");
    LOAD(LONG, RtlCreateActivationContext, (ULONG, const void *, ULONG, void *, void *, HANDLE *));
    LOAD(LONG, RtlZombifyActivationContext, (HANDLE));
    LOAD(void, RtlReleaseActivationContext, (HANDLE));
    LOAD(void, RtlAddRefActivationContext, (HANDLE));
    struct {
        ULONG magic, header_size, format, total, toc, extended_toc, roster, flags;
    } data = {0x78746341, sizeof data, 1, sizeof data, 0, 0, 0, 0};
    HANDLE context = NULL;
    int one = 1;

    CHECK_STATUS(RtlCreateActivationContext(0, &data, 0, notify, &one, &context), STATUS_SUCCESS);
    CHECK(context != NULL);
    RtlAddRefActivationContext(context);
    CHECK_STATUS(RtlZombifyActivationContext(context), STATUS_SUCCESS);
    RtlReleaseActivationContext(context);
    CHECK_EQ(destroyed, 0);
    RtlReleaseActivationContext(context);
    CHECK_EQ(destroyed, 1);
    CHECK_STATUS(RtlCreateActivationContext(1, &data, 0, NULL, NULL, &context), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlCreateActivationContext(0, NULL, 0, NULL, NULL, &context), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlCreateActivationContext(0, &data, 0, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    data.magic++;
    CHECK_STATUS(RtlCreateActivationContext(0, &data, 0, NULL, NULL, &context), STATUS_INVALID_PARAMETER);
}

TEST(finding)
{
    LOAD(LONG, RtlActivateActivationContext, (ULONG, HANDLE, ULONG_PTR *));
    LOAD(void, RtlDeactivateActivationContext, (ULONG, ULONG_PTR));
    LOAD(LONG, RtlFindActivationContextSectionString,
         (ULONG, const GUID *, ULONG, const void *, ACTCTX_SECTION_KEYED_DATA *));
    LOAD(LONG, RtlFindActivationContextSectionGuid,
         (ULONG, const GUID *, ULONG, const GUID *, ACTCTX_SECTION_KEYED_DATA *));
    struct {
        USHORT length, maximum;
        const WCHAR *text;
    } name = {20, 22, L"THINGS.dll"}, other = {18, 20, L"other.dll"};
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};
    HANDLE context = create();
    GUID unknown = server_id;
    ULONG_PTR cookie;

    RtlActivateActivationContext(0, context, &cookie);
    CHECK_STATUS(RtlFindActivationContextSectionString(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION,
                                                       &name, &data),
                 STATUS_SUCCESS);
    CHECK_EQ(data.ulAssemblyRosterIndex, 1);
    CHECK_STATUS(RtlFindActivationContextSectionString(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION,
                                                       &other, &data),
                 STATUS_SXS_KEY_NOT_FOUND);
    CHECK_STATUS(RtlFindActivationContextSectionString(0, NULL, 99, &name, &data),
                 STATUS_SXS_SECTION_NOT_FOUND);
    CHECK_STATUS(RtlFindActivationContextSectionString(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION,
                                                       NULL, &data),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlFindActivationContextSectionString(0, NULL, ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION,
                                                       &name, NULL),
                 STATUS_SUCCESS); /* it is there */
    CHECK_STATUS(RtlFindActivationContextSectionGuid(
                     0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &server_id, &data),
                 STATUS_SUCCESS);
    unknown.Data1++;
    CHECK_STATUS(RtlFindActivationContextSectionGuid(
                     0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &unknown, &data),
                 STATUS_SXS_KEY_NOT_FOUND);
    CHECK_STATUS(RtlFindActivationContextSectionGuid(0, NULL, 99, &server_id, &data),
                 STATUS_SXS_SECTION_NOT_FOUND);
    data.cbSize = 4;
    CHECK_STATUS(RtlFindActivationContextSectionGuid(
                     0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, &server_id, &data),
                 STATUS_INVALID_PARAMETER);
    RtlDeactivateActivationContext(0, cookie);
    ReleaseActCtx(context);
}

TEST(asking)
{
    LOAD(LONG, RtlQueryInformationActivationContext,
         (ULONG, HANDLE, void *, ULONG, void *, SIZE_T, SIZE_T *));
    static char buffer[2048] __attribute__((aligned(8)));
    ACTIVATION_CONTEXT_DETAILED_INFORMATION *detailed = (void *)buffer;
    HANDLE context = create();
    SIZE_T needed = 0;

    CHECK_STATUS(RtlQueryInformationActivationContext(0, context, NULL, ActivationContextDetailedInformation,
                                                      NULL, 0, &needed),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK(needed > sizeof *detailed && needed < sizeof buffer);
    CHECK_STATUS(RtlQueryInformationActivationContext(0, context, NULL, ActivationContextDetailedInformation,
                                                      buffer, sizeof buffer, &needed),
                 STATUS_SUCCESS);
    CHECK_EQ(detailed->ulAssemblyCount, 1);
    if (!harness_is_wine()) /* a size without a buffer is only too small there */
        CHECK_STATUS(RtlQueryInformationActivationContext(
                         0, context, NULL, ActivationContextDetailedInformation, NULL, 100, &needed),
                     STATUS_INVALID_PARAMETER);
    ReleaseActCtx(context);
}

TEST(asking_the_active_one)
{
    ORACLE_CRASHES("RtlQueryInformationActiveActivationContext is missing");
    LOAD(LONG, RtlQueryInformationActiveActivationContext, (ULONG, void *, SIZE_T, SIZE_T *));
    static char buffer[2048] __attribute__((aligned(8)));
    ACTIVATION_CONTEXT_DETAILED_INFORMATION *detailed = (void *)buffer;
    HANDLE context = create();
    ULONG_PTR cookie;
    SIZE_T needed;

    CHECK(ActivateActCtx(context, &cookie));
    CHECK_STATUS(RtlQueryInformationActiveActivationContext(ActivationContextDetailedInformation, buffer,
                                                            sizeof buffer, &needed),
                 STATUS_SUCCESS);
    CHECK_EQ(detailed->ulAssemblyCount, 1);
    CHECK_STATUS(
        RtlQueryInformationActiveActivationContext(ActivationContextDetailedInformation, buffer, 8, &needed),
        STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlQueryInformationActiveActivationContext(99, buffer, sizeof buffer, &needed),
                 STATUS_INVALID_PARAMETER);
    CHECK(DeactivateActCtx(0, cookie));
    ReleaseActCtx(context);
}

TEST(settings)
{
    LOAD(LONG, RtlQueryActivationContextApplicationSettings,
         (ULONG, HANDLE, const WCHAR *, const WCHAR *, WCHAR *, SIZE_T, SIZE_T *));
    const WCHAR *space = L"http://schemas.microsoft.com/SMI/2005/WindowsSettings";
    HANDLE context = create();
    WCHAR value[16];
    SIZE_T length = 0;

    CHECK_STATUS(
        RtlQueryActivationContextApplicationSettings(0, context, space, L"dpiAware", value, 16, &length),
        STATUS_SUCCESS);
    CHECK_WSTR(value, L"true");
    CHECK_EQ(length, 5);
    CHECK_STATUS(
        RtlQueryActivationContextApplicationSettings(0, context, NULL, L"dpiAware", value, 16, &length),
        STATUS_SUCCESS);
    CHECK_STATUS(
        RtlQueryActivationContextApplicationSettings(0, context, space, L"other", value, 16, &length),
        STATUS_SXS_KEY_NOT_FOUND);
    CHECK_STATUS(
        RtlQueryActivationContextApplicationSettings(0, context, L"x", L"dpiAware", value, 16, &length),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        RtlQueryActivationContextApplicationSettings(1, context, space, L"dpiAware", value, 16, &length),
        STATUS_INVALID_PARAMETER);
    if (!harness_is_wine()) { /* which cuts the value without a word, and looks into NULL */
        CHECK_STATUS(
            RtlQueryActivationContextApplicationSettings(0, context, space, L"dpiAware", value, 4, &length),
            STATUS_BUFFER_TOO_SMALL);
        CHECK_EQ(length, 5);
        CHECK_STATUS(
            RtlQueryActivationContextApplicationSettings(0, context, space, NULL, value, 16, &length),
            STATUS_INVALID_PARAMETER);
    }
    ReleaseActCtx(context);
}
