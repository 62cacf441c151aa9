/*
 * LoadLibrary and friends: names, reference counts, attach and detach, refusal, forwarders, flags,
 * search directories, data files.
 */
#include "harness.h"

static char folder[MAX_PATH];

/* The helper DLLs are in the folder "dlls" beside the test. */
static const char *helper(const char *name)
{
    static char path[2 * MAX_PATH];
    if (!folder[0]) {
        GetModuleFileNameA(NULL, folder, MAX_PATH);
        char *slash = strrchr(folder, '\\');
        strcpy(slash, "\\dlls");
    }
    snprintf(path, sizeof path, "%s\\%s", folder, name);
    return path;
}

TEST(unknown_dll)
{
    CHECK_ERROR(LoadLibraryA("no_such_library_anywhere"), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(LoadLibraryA("no_such_library_anywhere.dll"), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(LoadLibraryA("Z:\\no\\such\\folder\\x.dll"), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(GetModuleHandleA("no_such_library_anywhere"), ERROR_MOD_NOT_FOUND);
    if (!harness_is_wine()) /* wine ignores unknown flags */
        CHECK_ERROR(LoadLibraryExA("kernel32", NULL, 0x40000000), ERROR_INVALID_PARAMETER);
}

TEST(loaded_names)
{
    HMODULE kernel = GetModuleHandleA("kernel32.dll");
    CHECK(kernel != NULL);
    CHECK(GetModuleHandleA("KERNEL32") == kernel);
    CHECK(GetModuleHandleA("Kernel32.DLL") == kernel);
    CHECK(GetModuleHandleW(L"kernel32") == kernel);
    CHECK(GetModuleHandleA("C:\\windows\\system32\\kernel32.dll") == kernel);
    CHECK(GetModuleHandleA("C:\\WINDOWS\\System32\\KERNEL32.dll") == kernel);
    CHECK(GetModuleHandleA("kernel32.") == NULL); /* a trailing dot: no extension */
    CHECK(LoadLibraryA("kernel32") == kernel);
    CHECK(FreeLibrary(kernel));
    CHECK(GetModuleHandleA(NULL) != NULL);
    CHECK(GetModuleHandleA("ntdll") != NULL && GetModuleHandleA("ntdll") != kernel);
}

TEST(api_sets)
{
    HMODULE module = LoadLibraryA("api-ms-win-core-synch-l1-2-0.dll");
    CHECK(module != NULL);
    CHECK(GetProcAddress(module, "WaitOnAddress") != NULL);
    CHECK(LoadLibraryA("API-MS-Win-Core-Synch-L1-2-0") == module);
    CHECK_ERROR(LoadLibraryA("api-ms-win-core-nonsense-l1-1-0.dll"), ERROR_MOD_NOT_FOUND);
}

TEST(reference_counts)
{
    int mark = 0, **detach_mark, *attached;
    HMODULE module = LoadLibraryA(helper("ldr_plain.dll"));
    CHECK(module != NULL);
    attached = (int *)GetProcAddress(module, "attach_count");
    detach_mark = (int **)GetProcAddress(module, "detach_mark");
    CHECK(attached && *attached == 1);
    *detach_mark = &mark;
    CHECK(LoadLibraryA("ldr_plain") == module); /* known by its base name now */
    CHECK(LoadLibraryA("LDR_PLAIN.dll") == module);
    CHECK(*attached == 1);
    CHECK(FreeLibrary(module));
    CHECK(FreeLibrary(module));
    CHECK(mark == 0);
    CHECK(GetModuleHandleA("ldr_plain") == module);
    CHECK(FreeLibrary(module));
    CHECK(mark == 1);
    CHECK(GetModuleHandleA("ldr_plain") == NULL);
    CHECK_ERROR(FreeLibrary(module), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(FreeLibrary(NULL), ERROR_INVALID_HANDLE);
}

TEST(handle_ex)
{
    HMODULE module = LoadLibraryA(helper("ldr_plain.dll")), other = NULL;
    int (*answer)(void) = (void *)GetProcAddress(module, "plain_answer");
    CHECK(answer() == 42);
    CHECK(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (char *)answer, &other) &&
          other == module);
    CHECK(FreeLibrary(module));
    CHECK(GetModuleHandleA("ldr_plain") == module); /* the address kept a reference */
    CHECK(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                 GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                             (char *)answer, &other) &&
          other == module);
    CHECK(FreeLibrary(module));
    CHECK(GetModuleHandleA("ldr_plain") == NULL);
    other = (HMODULE)1;
    CHECK_ERROR(GetModuleHandleExA(0, "no_such_library", &other), ERROR_MOD_NOT_FOUND);
    CHECK(other == NULL);
    CHECK_ERROR(
        GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           "kernel32", &other),
        ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetModuleHandleExA(0, "kernel32", NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (char *)0x10000, &other),
                ERROR_MOD_NOT_FOUND);
}

TEST(refusal)
{
    char text[16] = "";
    SetEnvironmentVariableA("LDR_REFUSE", "yes");
    CHECK_ERROR(LoadLibraryA(helper("ldr_refuse.dll")), ERROR_DLL_INIT_FAILED);
    CHECK(GetModuleHandleA("ldr_refuse") == NULL);
    GetEnvironmentVariableA("LDR_REFUSE", text, sizeof text);
    CHECK(!strcmp(text, "detached"));
    SetEnvironmentVariableA("LDR_REFUSE", NULL);
}

static DWORD WINAPI nothing(void *argument)
{
    return 0;
}

static void run_thread(void)
{
    HANDLE thread = CreateThread(NULL, 0, nothing, NULL, 0, NULL);
    CHECK(thread != NULL);
    CHECK(WaitForSingleObject(thread, 10000) == WAIT_OBJECT_0);
    CloseHandle(thread);
}

TEST(thread_calls)
{
    HMODULE module = LoadLibraryA(helper("ldr_plain.dll"));
    int *attach = (int *)GetProcAddress(module, "thread_attach_count");
    int *detach = (int *)GetProcAddress(module, "thread_detach_count");
    run_thread();
    CHECK(*attach == 1);
    CHECK(*detach == 1);
    FreeLibrary(module);
    CHECK_ERROR(DisableThreadLibraryCalls((HMODULE)0x10000), ERROR_MOD_NOT_FOUND);
}

TEST(forwarders)
{
    HMODULE module = LoadLibraryA(helper("ldr_forward.dll"));
    CHECK(module != NULL);
    CHECK(GetProcAddress(module, "ForwardedTick") ==
          GetProcAddress(GetModuleHandleA("kernel32"), "GetTickCount"));
    CHECK(((DWORD(WINAPI *)(void))GetProcAddress(module, "ForwardedApiSet"))() == GetCurrentProcessId());
    /* The target is loaded for it from the application's folder or the search path; it is in neither. */
    CHECK(GetModuleHandleA("ldr_plain") == NULL);
    CHECK(GetProcAddress(module, "ForwardedPlain") == NULL);
    HMODULE plain = LoadLibraryA(helper("ldr_plain.dll"));
    int (*answer)(void) = (void *)GetProcAddress(module, "ForwardedPlain");
    CHECK(answer && answer() == 42);
    CHECK_ERROR(GetProcAddress(module, "ForwardedNowhere"), ERROR_PROC_NOT_FOUND);
    FreeLibrary(plain);
    FreeLibrary(module);
}

TEST(directories)
{
    char text[2 * MAX_PATH];
    DLL_DIRECTORY_COOKIE cookie;
    WCHAR wide[MAX_PATH];
    HMODULE module;

    helper("");
    CHECK_ERROR(LoadLibraryA("ldr_plain.dll"), ERROR_MOD_NOT_FOUND);
    CHECK(SetDllDirectoryA(folder));
    CHECK(GetDllDirectoryA(sizeof text, text) == strlen(folder));
    CHECK(!strcmp(text, folder));
    module = LoadLibraryA("ldr_plain.dll");
    CHECK(module != NULL);
    FreeLibrary(module);
    CHECK(SetDllDirectoryA(NULL));
    if (!harness_is_wine()) /* documented: a semicolon makes it fail */
        CHECK_ERROR(SetDllDirectoryA("a;b"), ERROR_INVALID_PARAMETER);

    MultiByteToWideChar(CP_ACP, 0, folder, -1, wide, MAX_PATH);
    cookie = AddDllDirectory(wide);
    CHECK(cookie != NULL);
    CHECK_ERROR(LoadLibraryA("ldr_plain.dll"), ERROR_MOD_NOT_FOUND);
    module = LoadLibraryExA("ldr_plain.dll", NULL, LOAD_LIBRARY_SEARCH_USER_DIRS);
    CHECK(module != NULL);
    FreeLibrary(module);
    CHECK(RemoveDllDirectory(cookie));
    CHECK_ERROR(LoadLibraryExA("ldr_plain.dll", NULL, LOAD_LIBRARY_SEARCH_USER_DIRS), ERROR_MOD_NOT_FOUND);
    CHECK_ERROR(AddDllDirectory(L"relative"), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetDefaultDllDirectories(0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR), ERROR_INVALID_PARAMETER);
}

TEST(same_base_name)
{
    char copy[MAX_PATH + 20], temp[MAX_PATH];
    GetTempPathA(MAX_PATH, temp);
    snprintf(copy, sizeof copy, "%sldr_plain.dll", temp);
    CHECK(CopyFileA(helper("ldr_plain.dll"), copy, FALSE));
    HMODULE first = LoadLibraryA(helper("ldr_plain.dll"));
    HMODULE second = LoadLibraryA(copy);
    CHECK(first && second && first != second);
    char name[MAX_PATH];
    GetModuleFileNameA(second, name, MAX_PATH);
    CHECK(!lstrcmpiA(name, copy));
    CHECK(FreeLibrary(second));
    CHECK(FreeLibrary(first));
    CHECK(DeleteFileA(copy)); /* unmapped: it can be deleted */
}

TEST(no_resolve)
{
    HMODULE module = LoadLibraryExA(helper("ldr_plain.dll"), NULL, DONT_RESOLVE_DLL_REFERENCES);
    CHECK(module != NULL);
    int *attached = (int *)GetProcAddress(module, "attach_count");
    CHECK(attached && *attached == 0);
    CHECK(GetModuleHandleA("ldr_plain") == module);
    CHECK(FreeLibrary(module));
    CHECK(GetModuleHandleA("ldr_plain") == NULL);
}

TEST(data_file)
{
    HMODULE module = LoadLibraryExA(helper("ldr_plain.dll"), NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(module != NULL);
    CHECK(((ULONG_PTR)module & 3) == 1);
    CHECK(*(WORD *)((ULONG_PTR)module & ~(ULONG_PTR)3) == IMAGE_DOS_SIGNATURE);
    CHECK(GetModuleHandleA("ldr_plain") == NULL);
    CHECK(GetProcAddress(module, "plain_answer") == NULL);
    CHECK(FreeLibrary(module));
    module = LoadLibraryExA(helper("ldr_plain.dll"), NULL, LOAD_LIBRARY_AS_IMAGE_RESOURCE);
    CHECK(module != NULL);
    CHECK(((ULONG_PTR)module & 3) == 2);
    CHECK(FreeLibrary(module));
    CHECK_ERROR(LoadLibraryExA(helper("nothing.dll"), NULL, LOAD_LIBRARY_AS_DATAFILE), ERROR_FILE_NOT_FOUND);
    if (!harness_is_wine()) /* documented as exclusive of each other */
        CHECK_ERROR(LoadLibraryExA("kernel32.dll", NULL,
                                   LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_DATAFILE_EXCLUSIVE),
                    ERROR_INVALID_PARAMETER);
}

TEST(not_an_image)
{
    char temp[MAX_PATH], path[MAX_PATH + 20];
    DWORD done;
    GetTempPathA(MAX_PATH, temp);
    snprintf(path, sizeof path, "%sldr_text.dll", temp);
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    WriteFile(file, "this is text, not a library", 27, &done, NULL);
    CloseHandle(file);
    CHECK_ERROR(LoadLibraryA(path), ERROR_BAD_EXE_FORMAT);
    CHECK_ERROR(LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE), ERROR_BAD_EXE_FORMAT);
    DeleteFileA(path);
}

CHILD(exit_with_dll)
{
    HMODULE module = LoadLibraryA(helper("ldr_plain.dll"));
    return module ? 7 : 1;
}

TEST(process_detach)
{
    char line[2 * MAX_PATH], path[MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    GetModuleFileNameA(NULL, path, MAX_PATH);
    snprintf(line, sizeof line, "\"%s\" --child exit_with_dll", path);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(WaitForSingleObject(process.hProcess, 20000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code) && code == 7);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}
