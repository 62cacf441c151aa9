/* A new process's parameters, made, turned into offsets and back; threads as ntdll makes them. */
#include "../harness.h"
#include <nt/peb.h>

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

TEST(parameters)
{
    LONG(NTAPI * create)
    (RTL_USER_PROCESS_PARAMETERS **, const UNICODE_STRING *, const UNICODE_STRING *, const UNICODE_STRING *,
     const UNICODE_STRING *, void *, const UNICODE_STRING *, const UNICODE_STRING *, const UNICODE_STRING *,
     const UNICODE_STRING *) = found("RtlCreateProcessParameters");
    RTL_USER_PROCESS_PARAMETERS *(NTAPI * normalize)(RTL_USER_PROCESS_PARAMETERS *) = found(
        "RtlNormalizeProcessParams");
    RTL_USER_PROCESS_PARAMETERS *(NTAPI * denormalize)(RTL_USER_PROCESS_PARAMETERS *) = found(
        "RtlDeNormalizeProcessParams");
    LONG(NTAPI * destroy)(RTL_USER_PROCESS_PARAMETERS *) = found("RtlDestroyProcessParameters");
    UNICODE_STRING image = {10, 12, (WCHAR *)L"C:\\ab"}, line = {6, 8, (WCHAR *)L"a b"};
    RTL_USER_PROCESS_PARAMETERS *made = NULL;

    CHECK_STATUS(create(&made, &image, NULL, NULL, &line, NULL, NULL, NULL, NULL, NULL), STATUS_SUCCESS);
    CHECK(made != NULL);
    CHECK_EQ(made->Flags & 1, 0); /* offsets */
    CHECK((ULONG_PTR)made->ImagePathName.Buffer < 0x10000);
    CHECK(normalize(made) == made);
    CHECK_EQ(made->Flags & 1, 1);
    CHECK_WSTR(made->ImagePathName.Buffer, L"C:\\ab");
    CHECK_WSTR(made->CommandLine.Buffer, L"a b");
    CHECK(normalize(made) == made); /* once is enough */
    CHECK_WSTR(made->CommandLine.Buffer, L"a b");
    CHECK(denormalize(made) == made);
    CHECK_EQ(made->Flags & 1, 0);
    CHECK((ULONG_PTR)made->CommandLine.Buffer < 0x10000);
    CHECK(normalize(NULL) == NULL);
    CHECK(denormalize(NULL) == NULL);
    destroy(made);
}

static DWORD WINAPI answers(void *argument)
{
    return (DWORD)(ULONG_PTR)argument + 1;
}

TEST(threads)
{
    LONG(NTAPI * create)
    (HANDLE, void *, BOOLEAN, ULONG, SIZE_T, SIZE_T, void *, void *, HANDLE *,
     CLIENT_ID *) = found("RtlCreateUserThread");
    HANDLE thread = NULL;
    CLIENT_ID id = {0};
    DWORD code = 0;

    CHECK_STATUS(
        create(GetCurrentProcess(), NULL, TRUE, 0, 0, 0, (void *)(ULONG_PTR)answers, (void *)7, &thread, &id),
        STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)id.UniqueThread, GetThreadId(thread));
    CHECK_EQ((ULONG_PTR)id.UniqueProcess, GetCurrentProcessId());
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 8);
    CloseHandle(thread);
    CHECK_STATUS(create((HANDLE)0x7ff0, NULL, FALSE, 0, 0, 0, (void *)(ULONG_PTR)answers, NULL, &thread, &id),
                 STATUS_INVALID_HANDLE);
}

/* Some runtimes take the handle from here and open relative names with it. */
TEST(handle_of_the_current_directory)
{
    PEB *peb = *(PEB **)((char *)NtCurrentTeb() + (sizeof(void *) == 8 ? 0x60 : 0x30));
    HANDLE handle = peb->ProcessParameters->CurrentDirectory.Handle,
           opened = CreateFileA(".", 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    BY_HANDLE_FILE_INFORMATION a = {0}, b = {0};
    DWORD flags = HANDLE_FLAG_INHERIT;
    CHECK(handle != NULL);
    CHECK(GetFileInformationByHandle(handle, &a));
    CHECK(GetFileInformationByHandle(opened, &b));
    CHECK(a.nFileIndexLow == b.nFileIndexLow && a.nFileIndexHigh == b.nFileIndexHigh);
    CHECK(a.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    CHECK(GetHandleInformation(handle, &flags));
    CloseHandle(opened);
}
