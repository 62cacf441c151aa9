/* _lopen and its kin, OpenFile, GetBinaryType. */
#include "harness.h"

static char path[MAX_PATH];

static void begin(void)
{
    GetTempPathA(MAX_PATH, path);
    strcat(path, "old file.txt");
    DeleteFileA(path);
}

TEST(long_names_of_old)
{
    char text[16] = "";

    begin();
    HFILE file = _lcreat(path, 0);
    CHECK(file != HFILE_ERROR);
    CHECK_EQ(_lwrite(file, "hello world", 11), 11);
    CHECK_EQ(_llseek(file, 5, FILE_BEGIN), 5);
    CHECK_EQ(_lwrite(file, NULL, 0), 0); /* ends there */
    CHECK_EQ(_llseek(file, 0, FILE_BEGIN), 0);
    CHECK_EQ(_lread(file, text, sizeof text), 5);
    CHECK_STR(text, "hello");
    CHECK_EQ(_lclose(file), 0);
    file = _lopen(path, OF_READ);
    CHECK(file != HFILE_ERROR);
    CHECK_EQ(_hread(file, text, 2), 2);
    CHECK_EQ(_lwrite(file, "x", 1), (UINT)HFILE_ERROR);
    _lclose(file);
    DeleteFileA(path);
    CHECK_EQ(_lopen(path, OF_READ), HFILE_ERROR);
    CHECK_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
}

TEST(open_file)
{
    OFSTRUCT of = {0};

    begin();
    CHECK_EQ(OpenFile(path, &of, OF_EXIST), HFILE_ERROR);
    CHECK_EQ(of.nErrCode, ERROR_FILE_NOT_FOUND);
    HFILE file = OpenFile(path, &of, OF_CREATE);
    CHECK(file != HFILE_ERROR);
    CHECK_EQ(of.cBytes, sizeof of);
    CHECK_STR((char *)of.szPathName, path);
    _lclose(file);
    CHECK(OpenFile(path, &of, OF_EXIST) != HFILE_ERROR);
    CHECK_EQ(OpenFile(path, &of, OF_DELETE), 1);
    CHECK(GetFileAttributesA(path) == INVALID_FILE_ATTRIBUTES);
    CHECK(OpenFile("some\\file", &of, OF_PARSE) != HFILE_ERROR);
    CHECK(strlen((char *)of.szPathName) > strlen("some\\file"));
}

TEST(binary_type)
{
    WCHAR self[MAX_PATH];
    DWORD type = 99;

    ORACLE_DIFFERS("fails without an error where Windows says ERROR_BAD_EXE_FORMAT");
    begin();
    GetModuleFileNameW(NULL, self, MAX_PATH);
    CHECK(GetBinaryTypeW(self, &type));
    CHECK_EQ(type, sizeof(void *) == 8 ? SCS_64BIT_BINARY : SCS_32BIT_BINARY);
    CHECK_ERROR(GetBinaryTypeA(path, &type), ERROR_FILE_NOT_FOUND);
    _lclose(_lcreat(path, 0));
    CHECK_ERROR(GetBinaryTypeA(path, &type), ERROR_BAD_EXE_FORMAT);
    DeleteFileA(path);
    CHECK_ERROR(GetBinaryTypeW(L"C:\\windows\\system32\\ntdll.dll", &type), ERROR_BAD_EXE_FORMAT);
}

TEST(huge_writes)
{
    char text[16] = "";

    begin();
    HFILE file = _lcreat(path, 0);
    CHECK(file != HFILE_ERROR);
    CHECK_EQ(_hwrite(file, "abcdef", 6), 6);
    CHECK_EQ(_llseek(file, 2, FILE_BEGIN), 2);
    CHECK_EQ(_hwrite(file, NULL, 0), 0); /* ends there */
    CHECK_EQ(_llseek(file, 0, FILE_BEGIN), 0);
    CHECK_EQ(_hread(file, text, sizeof text), 2);
    CHECK_STR(text, "ab");
    CHECK_EQ(_lclose(file), 0);
    CHECK_EQ(_hwrite(HFILE_ERROR, "x", 1), HFILE_ERROR);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    DeleteFileA(path);
}
