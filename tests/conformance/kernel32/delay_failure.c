/*
 * The hook of delayed imports that fail, and the folder of i386 system DLLs by machine.
 */
#include "harness.h"

static DWORD code;
static ULONG_PTR names[2];

static LONG CALLBACK note(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode >> 8 != 0xc06d00)
        return EXCEPTION_CONTINUE_SEARCH;
    code = pointers->ExceptionRecord->ExceptionCode;
    memcpy(names, pointers->ExceptionRecord->ExceptionInformation, sizeof names);
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(hook)
{
    FARPROC(WINAPI * hook)
    (const char *, const char *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                          "DelayLoadFailureHook");
    ORACLE_CRASHES("the oracle ends the process");
    CHECK(hook != NULL);
    PVOID handler = AddVectoredExceptionHandler(1, note);
    CHECK(hook("nowhere.dll", "Nothing") == NULL);
    CHECK_EQ(code, 0xc06d007e);
    CHECK_STR((const char *)names[0], "nowhere.dll");
    CHECK(hook("kernel32.dll", "Nothing") == NULL);
    CHECK_EQ(code, 0xc06d007f);
    CHECK_STR((const char *)names[1], "Nothing");
    RemoveVectoredExceptionHandler(handler);
}

TEST(folder_by_machine)
{
    UINT(WINAPI * wide)
    (WCHAR *, UINT, WORD) = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"),
                                                   "GetSystemWow64Directory2W");
    UINT(WINAPI * narrow)
    (char *, UINT, WORD) = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"),
                                                  "GetSystemWow64Directory2A");
    WCHAR path[MAX_PATH], expected[MAX_PATH];
    char text[MAX_PATH];
    if (!wide || !narrow)
        SKIP("no GetSystemWow64Directory2");
    UINT length = GetSystemWow64DirectoryW(expected, MAX_PATH);
    CHECK_EQ(wide(path, MAX_PATH, IMAGE_FILE_MACHINE_I386), length);
    CHECK_WSTR(path, expected);
    CHECK_EQ(narrow(text, MAX_PATH, IMAGE_FILE_MACHINE_I386), length);
    CHECK_EQ(wide(path, 3, IMAGE_FILE_MACHINE_I386), length + 1);
    CHECK_EQ(wide(path, MAX_PATH, 0x1234), 0);
}
