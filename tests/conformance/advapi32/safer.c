/* Software restriction: which file types are programs. */
#include "harness.h"

static BOOL(WINAPI *is_program)(LPCWSTR, BOOLEAN);

TEST(file_types)
{
    if (harness_is_wine())
        SKIP("not implemented there");
    is_program = (void *)GetProcAddress(LoadLibraryA("advapi32.dll"), "SaferiIsExecutableFileType");
    CHECK(is_program != NULL);
    if (!is_program)
        return;
    CHECK(is_program(L"C:\\a.exe", FALSE));
    CHECK(!is_program(L"C:\\a.exe", TRUE));
    CHECK(is_program(L"C:\\a.BAT", FALSE));
    CHECK(is_program(L"C:\\a.bat", TRUE));
    CHECK(is_program(L"a.lnk", FALSE));
    CHECK(!is_program(L"C:\\a.txt", FALSE));
    CHECK(!is_program(L"C:\\a.exe\\b", FALSE));
    CHECK(!is_program(L"C:\\exe", FALSE));
    CHECK(!is_program(L"C:\\a.", FALSE));
    CHECK_ERROR(is_program(NULL, FALSE), ERROR_INVALID_PARAMETER);
}
