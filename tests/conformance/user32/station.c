/*
 * The window station and desktop of a process, and the measures of the screen.
 */
#include "harness.h"

TEST(names)
{
    HWINSTA station = GetProcessWindowStation();
    HDESK desktop = GetThreadDesktop(GetCurrentThreadId());
    WCHAR wide[64];
    char text[64];
    DWORD needed = 0;

    CHECK(station && desktop);
    CHECK(GetUserObjectInformationW(station, UOI_NAME, wide, sizeof wide, &needed));
    CHECK_WSTR(wide, L"WinSta0");
    CHECK_EQ(needed, sizeof L"WinSta0");
    CHECK(GetUserObjectInformationA(station, UOI_NAME, text, sizeof text, &needed));
    CHECK_STR(text, "WinSta0");
    CHECK(GetUserObjectInformationW(desktop, UOI_NAME, wide, sizeof wide, &needed));
    CHECK_WSTR(wide, L"Default");
    CHECK(GetUserObjectInformationW(station, UOI_TYPE, wide, sizeof wide, &needed));
    CHECK_WSTR(wide, L"WindowStation");
    CHECK(GetUserObjectInformationA(desktop, UOI_TYPE, text, sizeof text, &needed));
    CHECK_STR(text, "Desktop");
    CHECK_ERROR(GetUserObjectInformationW(station, UOI_NAME, wide, 4, &needed), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(needed, sizeof L"WinSta0");
}

TEST(flags)
{
    USEROBJECTFLAGS flags = {9, 9, 9};
    DWORD needed = 0;
    CHECK(GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof flags, &needed));
    CHECK_EQ(needed, sizeof flags);
    CHECK(flags.dwFlags & WSF_VISIBLE);
}

TEST(bad_object)
{
    WCHAR wide[64];
    DWORD needed;
    CHECK_ERROR(GetUserObjectInformationW((HANDLE)0x7770, UOI_NAME, wide, sizeof wide, &needed),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetUserObjectInformationA((HANDLE)0x7770, UOI_NAME, wide, sizeof wide, &needed),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetUserObjectInformationW(GetProcessWindowStation(), 77, wide, sizeof wide, &needed),
                ERROR_INVALID_PARAMETER);
}

TEST(screen)
{
    CHECK(GetDesktopWindow() != NULL);
    CHECK(GetSystemMetrics(SM_CXSCREEN) >= 640 && GetSystemMetrics(SM_CYSCREEN) >= 480);
    CHECK(GetSystemMetrics(SM_CXVIRTUALSCREEN) >= GetSystemMetrics(SM_CXSCREEN));
    CHECK(GetSystemMetrics(SM_CMONITORS) >= 1);
    CHECK_EQ(GetSystemMetrics(SM_CXICON), 32);
    CHECK_EQ(GetSystemMetrics(SM_CYSMICON), 16);
    CHECK_EQ(GetSystemMetrics(SM_REMOTESESSION), 0);
    CHECK_EQ(GetSystemMetrics(SM_CLEANBOOT), 0);
    CHECK_EQ(GetSystemMetrics(12345), 0);
}
