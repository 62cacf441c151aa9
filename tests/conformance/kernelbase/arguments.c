/*
 * Arguments that are easily overlooked: they count, or are refused.
 */
#include "harness.h"

static void write_file(const char *name, const char *text)
{
    DWORD n;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, text, (DWORD)strlen(text), &n, NULL));
    CloseHandle(file);
}

TEST(find_first_file_ex)
{
    WIN32_FIND_DATAA data;
    char filter = 0;
    if (!harness_is_wine()) /* documented: must be NULL */
        CHECK_ERROR(FindFirstFileExA("*", FindExInfoStandard, &data, FindExSearchNameMatch, &filter, 0) !=
                        INVALID_HANDLE_VALUE,
                    ERROR_INVALID_PARAMETER);
    HANDLE find = FindFirstFileExA("*", FindExInfoBasic, &data, FindExSearchNameMatch, NULL,
                                   FIND_FIRST_EX_LARGE_FETCH);
    CHECK(find != INVALID_HANDLE_VALUE);
    FindClose(find);
}

TEST(replaced_files_keep_their_creation)
{
    FILETIME old = {0x12345678, 0x01c00000}, made, accessed, written;
    ORACLE_DIFFERS("its ReplaceFile keeps nothing of the old file");
    write_file("replaced", "old");
    HANDLE file = CreateFileA("replaced", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(SetFileTime(file, &old, NULL, NULL));
    CloseHandle(file);
    CHECK(SetFileAttributesA("replaced", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE));
    write_file("replacement", "new");
    CHECK(ReplaceFileA("replaced", "replacement", NULL, 0, NULL, NULL));
    CHECK_EQ(GetFileAttributesA("replaced"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
    file = CreateFileA("replaced", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(GetFileTime(file, &made, &accessed, &written));
    CHECK_EQ(made.dwHighDateTime, old.dwHighDateTime);
    CHECK(GetFileSize(file, NULL) == 3 && CompareFileTime(&written, &old) > 0);
    CloseHandle(file);
    write_file("replacement", "new");
    CHECK_ERROR(ReplaceFileA("replaced", "replacement", NULL, 0x80, NULL, NULL), ERROR_INVALID_PARAMETER);
    DeleteFileA("replacement");
    DeleteFileA("replaced");
}

TEST(pipe_states)
{
    DWORD value = 1000;
    HANDLE server = CreateNamedPipeA("\\\\.\\pipe\\gw-arguments", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL);
    CHECK(server != INVALID_HANDLE_VALUE);
    HANDLE client = CreateFileA("\\\\.\\pipe\\gw-arguments", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, 0, NULL);
    CHECK(SetNamedPipeHandleState(client, NULL, NULL, NULL));
    if (!harness_is_wine()) { /* documented: they must be NULL on one machine */
        CHECK_ERROR(SetNamedPipeHandleState(client, NULL, &value, NULL), ERROR_INVALID_PARAMETER);
        CHECK_ERROR(SetNamedPipeHandleState(server, NULL, NULL, &value), ERROR_INVALID_PARAMETER);
    }
    CloseHandle(client);
    CloseHandle(server);
}

static DWORD CALLBACK give_affinity(void *result)
{
    GROUP_AFFINITY affinity = {0};
    PROCESSOR_NUMBER ideal = {0};
    GetThreadGroupAffinity(GetCurrentThread(), &affinity);
    GetThreadIdealProcessorEx(GetCurrentThread(), &ideal);
    *(KAFFINITY *)result = affinity.Mask;
    return ideal.Number;
}

TEST(threads_with_attributes)
{
    union {
        char bytes[256];
        void *align;
    } room;
    LPPROC_THREAD_ATTRIBUTE_LIST list = (void *)&room;
    GROUP_AFFINITY affinity = {.Mask = 1};
    PROCESSOR_NUMBER ideal = {0, 0, 0};
    SIZE_T size = sizeof room;
    KAFFINITY seen = 0;
    ORACLE_DIFFERS("its threads have no attributes");
    CHECK(InitializeProcThreadAttributeList(list, 2, 0, &size));
    CHECK(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, &affinity, sizeof affinity,
                                    NULL, NULL));
    CHECK(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR, &ideal, sizeof ideal,
                                    NULL, NULL));
    HANDLE thread = CreateRemoteThreadEx(GetCurrentProcess(), NULL, 0, give_affinity, &seen, 0, list, NULL);
    CHECK(thread != NULL);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK_EQ(seen, 1);
    DWORD code = 99;
    CHECK(GetExitCodeThread(thread, &code) && code == 0);
    CloseHandle(thread);
    affinity.Mask = 0; /* no processor at all */
    CHECK(!CreateRemoteThreadEx(GetCurrentProcess(), NULL, 0, give_affinity, &seen, 0, list, NULL));
    DeleteProcThreadAttributeList(list);
}

TEST(numa_nodes)
{
    ULONG highest;
    CHECK(GetNumaHighestNodeNumber(&highest));
    void *block = VirtualAllocExNuma(GetCurrentProcess(), NULL, 4096, MEM_RESERVE, PAGE_READWRITE, 0);
    CHECK(block != NULL);
    CHECK(VirtualFree(block, 0, MEM_RELEASE));
    if (!harness_is_wine()) /* takes any */
        CHECK_ERROR(
            VirtualAllocExNuma(GetCurrentProcess(), NULL, 4096, MEM_RESERVE, PAGE_READWRITE, highest + 1),
            ERROR_INVALID_PARAMETER);
}

TEST(win_exec)
{
    CHECK_EQ(WinExec("no such program", SW_HIDE), ERROR_FILE_NOT_FOUND);
    CHECK(WinExec("cmd /c exit 0", SW_HIDE) > 31);
}

TEST(no_package)
{
    LONG(WINAPI * full)
    (UINT32 *, WCHAR *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                 "GetCurrentPackageFullName");
    LONG(WINAPI * of)
    (HANDLE, UINT32 *, WCHAR *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                         "GetPackageFullName");
    UINT32 size = 0;
    WCHAR name[8];
    CHECK(full && of);
    CHECK_EQ(full(&size, NULL), APPMODEL_ERROR_NO_PACKAGE);
    size = 8;
    CHECK_EQ(full(&size, name), APPMODEL_ERROR_NO_PACKAGE);
    CHECK_EQ(of(GetCurrentProcess(), &size, name), APPMODEL_ERROR_NO_PACKAGE);
    if (!harness_is_wine()) {
        CHECK_EQ(full(&size, NULL), ERROR_INVALID_PARAMETER);
        CHECK_EQ(full(NULL, NULL), ERROR_INVALID_PARAMETER);
        CHECK_EQ(of((HANDLE)0x7770, &size, name), ERROR_INVALID_HANDLE);
    }
}

TEST(mitigation_policies)
{
    PROCESS_MITIGATION_CHILD_PROCESS_POLICY children = {.Flags = 1}, seen = {0};
    PROCESS_INFORMATION process;
    STARTUPINFOA start = {.cb = sizeof start};
    char command[MAX_PATH + 8];
    ORACLE_DIFFERS("its policies are without effect");
    CHECK(SetProcessMitigationPolicy(ProcessChildProcessPolicy, &children, sizeof children));
    CHECK(GetProcessMitigationPolicy(GetCurrentProcess(), ProcessChildProcessPolicy, &seen, sizeof seen));
    CHECK_EQ(seen.Flags, 1);
    children.Flags = 0; /* not taken back */
    CHECK_ERROR(SetProcessMitigationPolicy(ProcessChildProcessPolicy, &children, sizeof children),
                ERROR_ACCESS_DENIED);
    GetModuleFileNameA(NULL, command, MAX_PATH);
    strcat(command, " --list");
    CHECK_ERROR(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process),
                367 /* ERROR_CHILD_PROCESS_BLOCKED */);
}

TEST(labels_and_tones)
{
    if (!harness_is_wine()) {
        CHECK_ERROR(SetVolumeLabelW(L"C:\\", L"label"), ERROR_ACCESS_DENIED);
        CHECK_ERROR(SetVolumeLabelA("C:\\", "123456789012345678901234567890123"), ERROR_LABEL_TOO_LONG);
        CHECK_ERROR(Beep(10, 1), ERROR_INVALID_PARAMETER);
    }
    ULONGLONG before = GetTickCount64();
    CHECK(Beep(440, 60));
    CHECK(harness_is_wine() || GetTickCount64() - before >= 40);
}
