/* Initialization files: what is read, listed and written, and what stays untouched. */
#include "harness.h"

static WCHAR path[MAX_PATH];

static void set_file(const char *text, DWORD length)
{
    DWORD written;

    GetTempPathW(MAX_PATH, path);
    lstrcatW(path, L"profile test.ini");
    const HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    WriteFile(file, text, length ? length : (DWORD)strlen(text), &written, NULL);
    CloseHandle(file);
}

static const char *get_file(void)
{
    static char text[1024];
    DWORD read = 0;
    const HANDLE file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE || !ReadFile(file, text, sizeof text - 1, &read, NULL))
        return NULL;
    CloseHandle(file);
    text[read] = 0;
    return text;
}

static const char sample[] = "; a comment\r\n"
                             "[First]\r\n"
                             "Plain=value\r\n"
                             "  Spaced  =  two words  \r\n"
                             "Quoted=\"in quotes\"\r\n"
                             "Single='  kept '\r\n"
                             ";Hidden=no\r\n"
                             "Empty=\r\n"
                             "Number=42abc\r\n"
                             "Minus=-7\r\n"
                             "Hex=0x1F\r\n"
                             "\r\n"
                             "[Second]\r\n"
                             "Plain=other\r\n";

TEST(strings)
{
    WCHAR text[64];

    set_file(sample, 0);
    CHECK_EQ(GetPrivateProfileStringW(L"first", L"PLAIN", L"d", text, 64, path), 5);
    CHECK_WSTR(text, L"value");
    CHECK_EQ(GetPrivateProfileStringW(L"Second", L"Plain", L"d", text, 64, path), 5);
    CHECK_WSTR(text, L"other");
    GetPrivateProfileStringW(L"First", L"Spaced", L"d", text, 64, path);
    CHECK_WSTR(text, L"two words");
    GetPrivateProfileStringW(L"First", L"Quoted", L"d", text, 64, path);
    CHECK_WSTR(text, L"in quotes");
    GetPrivateProfileStringW(L"First", L"Single", L"d", text, 64, path);
    CHECK_WSTR(text, L"  kept ");
    CHECK_EQ(GetPrivateProfileStringW(L"First", L"Empty", L"d", text, 64, path), 0);
    CHECK_WSTR(text, L"");
    CHECK_EQ(GetPrivateProfileStringW(L"First", L"Missing", L"fallback  ", text, 64, path), 8);
    CHECK_WSTR(text, L"fallback");
    CHECK_EQ(GetPrivateProfileStringW(L"First", L"Hidden", NULL, text, 64, path), 0);
    CHECK_EQ(GetPrivateProfileStringW(L"None", L"Plain", L"x", text, 64, path), 1);
    CHECK_EQ(GetPrivateProfileStringW(L"First", L"Plain", L"", text, 4, path), 3);
    CHECK_WSTR(text, L"val");
    CHECK_EQ(GetPrivateProfileStringW(L"A", L"b", L"none", text, 64, L"C:\\no such file.ini"), 4);
    DeleteFileW(path);
}

TEST(numbers)
{
    set_file(sample, 0);
    CHECK_EQ(GetPrivateProfileIntW(L"First", L"Number", 1, path), 42);
    CHECK_EQ((INT)GetPrivateProfileIntW(L"First", L"Minus", 1, path), -7);
    CHECK_EQ(GetPrivateProfileIntW(L"First", L"Missing", 5, path), 5);
    CHECK_EQ(GetPrivateProfileIntW(L"First", L"Plain", 5, path), 0);
    DeleteFileW(path);
}

TEST(lists)
{
    WCHAR text[256];

    set_file(sample, 0);
    CHECK_EQ(GetPrivateProfileStringW(NULL, NULL, NULL, text, 256, path), 13);
    CHECK(!memcmp(text, L"First\0Second\0", 14 * sizeof(WCHAR)));
    CHECK_EQ(GetPrivateProfileSectionNamesW(text, 256, path), 13);
    CHECK_EQ(GetPrivateProfileSectionNamesW(text, 10, path), 8);
    CHECK(!memcmp(text, L"First\0Se\0", 10 * sizeof(WCHAR)));
    CHECK_EQ(GetPrivateProfileStringW(L"Second", NULL, NULL, text, 256, path), 6);
    CHECK(!memcmp(text, L"Plain\0", 7 * sizeof(WCHAR)));
    CHECK_EQ(GetPrivateProfileSectionW(L"Second", text, 256, path), 12);
    CHECK(!memcmp(text, L"Plain=other\0", 13 * sizeof(WCHAR)));
    CHECK_EQ(GetPrivateProfileSectionW(L"None", text, 256, path), 0);
    CHECK_EQ(text[0], 0);
    DeleteFileW(path);
}

TEST(ansi)
{
    char text[64], name[MAX_PATH];

    set_file(sample, 0);
    WideCharToMultiByte(CP_ACP, 0, path, -1, name, MAX_PATH, NULL, NULL);
    CHECK_EQ(GetPrivateProfileStringA("First", "Plain", "d", text, 64, name), 5);
    CHECK_STR(text, "value");
    CHECK_EQ(GetPrivateProfileStringA("First", "Plain", "d", text, 4, name), 3);
    CHECK_STR(text, "val");
    CHECK_EQ(GetPrivateProfileSectionNamesA(text, 64, name), 13);
    CHECK(!memcmp(text, "First\0Second\0", 14));
    CHECK_EQ(GetPrivateProfileIntA("First", "Number", 0, name), 42);
    CHECK(WritePrivateProfileStringA("Second", "New", "1", name));
    CHECK_EQ(GetPrivateProfileIntA("Second", "New", 0, name), 1);
    DeleteFileW(path);
}

TEST(writing)
{
    ORACLE_DIFFERS("drops blank lines");
    set_file("; first\r\n[A]\r\nx=1\r\n\r\n; about b\r\n[B]\r\ny=2\r\n", 0);
    CHECK(WritePrivateProfileStringW(L"A", L"x", L"one", path));
    CHECK_STR(get_file(), "; first\r\n[A]\r\nx=one\r\n\r\n; about b\r\n[B]\r\ny=2\r\n");
    CHECK(WritePrivateProfileStringW(L"B", L"z", L"3", path));
    CHECK_STR(get_file(), "; first\r\n[A]\r\nx=one\r\n\r\n; about b\r\n[B]\r\ny=2\r\nz=3\r\n");
    CHECK(WritePrivateProfileStringW(L"B", L"y", NULL, path));
    CHECK_STR(get_file(), "; first\r\n[A]\r\nx=one\r\n\r\n; about b\r\n[B]\r\nz=3\r\n");
    CHECK(WritePrivateProfileStringW(L"C", L"k", L"v", path));
    CHECK(strstr(get_file(), "[B]\r\nz=3\r\n") && strstr(get_file(), "[C]\r\nk=v\r\n"));
    CHECK(WritePrivateProfileStringW(L"C", NULL, NULL, path));
    CHECK(!strstr(get_file(), "[C]"));
    CHECK(!strstr(get_file(), "k=v"));
    DeleteFileW(path);
    CHECK(WritePrivateProfileStringW(L"New", L"k", L"v", path));
    CHECK_STR(get_file(), "[New]\r\nk=v\r\n");
    DeleteFileW(path);
}

TEST(sections)
{
    WCHAR text[64];

    set_file("[A]\r\nx=1\r\ny=2\r\n[B]\r\nz=3\r\n", 0);
    CHECK(WritePrivateProfileSectionW(L"A", L"k=1\0l=2\0", path));
    CHECK_EQ(GetPrivateProfileSectionW(L"A", text, 64, path), 8);
    CHECK(!memcmp(text, L"k=1\0l=2\0", 9 * sizeof(WCHAR)));
    CHECK_EQ(GetPrivateProfileIntW(L"B", L"z", 0, path), 3);
    DeleteFileW(path);
}

/* A byte order mark decides how a file is read and written. */
TEST(unicode_file)
{
    WCHAR text[64];

    set_file((const char *)L"\xfeff[A]\r\nx=\x20ac\r\n", 13 * sizeof(WCHAR));
    CHECK_EQ(GetPrivateProfileStringW(L"A", L"x", L"", text, 64, path), 1);
    CHECK_EQ(text[0], 0x20ac);
    CHECK(WritePrivateProfileStringW(L"A", L"y", L"\x263a", path));
    CHECK_EQ(((const WCHAR *)get_file())[0], 0xfeff);
    CHECK_EQ(GetPrivateProfileStringW(L"A", L"y", L"", text, 64, path), 1);
    CHECK_EQ(text[0], 0x263a);
    DeleteFileW(path);
}

TEST(structures)
{
    struct {
        int a;
        char b[4];
    } in = {0x12345678, {1, 2, 3, 4}}, out = {0};

    set_file("", 0);
    CHECK(WritePrivateProfileStructW(L"A", L"s", &in, sizeof in, path));
    CHECK(GetPrivateProfileStructW(L"A", L"s", &out, sizeof out, path));
    CHECK(!memcmp(&in, &out, sizeof in));
    CHECK(!GetPrivateProfileStructW(L"A", L"s", &out, sizeof out - 1, path));
    CHECK(WritePrivateProfileStringW(L"A", L"s", L"0102030405060708FF", path));
    CHECK(!GetPrivateProfileStructW(L"A", L"s", &out, sizeof out, path));
    DeleteFileW(path);
}

TEST(windows_folder)
{
    WCHAR text[16];

    CHECK(WritePrivateProfileStringW(L"S", L"k", L"v", L"gastwirt profile test.ini"));
    GetWindowsDirectoryW(path, MAX_PATH);
    lstrcatW(path, L"\\gastwirt profile test.ini");
    CHECK_EQ(GetPrivateProfileStringW(L"S", L"k", L"", text, 16, path), 1);
    DeleteFileW(path);
}

TEST(narrow_sections_and_structures)
{
    char text[64], name[MAX_PATH], out[5] = "";

    set_file("[A]\r\nx=1\r\n", 0);
    WideCharToMultiByte(CP_ACP, 0, path, -1, name, MAX_PATH, NULL, NULL);
    CHECK(WritePrivateProfileSectionA("B", "k=1\0l=2\0", name));
    CHECK_EQ(GetPrivateProfileSectionA("B", text, 64, name), 8);
    CHECK(!memcmp(text, "k=1\0l=2\0", 9));
    CHECK_EQ(GetPrivateProfileSectionA("B", text, 6, name), 4); /* size - 2: it does not fit */
    CHECK(!memcmp(text, "k=1\0\0", 6));
    memset(text, 'x', sizeof text);
    CHECK_EQ(GetPrivateProfileSectionA("B", text, 5, name), 3);
    CHECK(!memcmp(text, "k=1\0", 5));
    CHECK_EQ(GetPrivateProfileSectionA("None", text, 64, name), 0);
    CHECK(WritePrivateProfileSectionA("A", NULL, name));
    CHECK_EQ(GetPrivateProfileSectionA("A", text, 64, name), 0);
    CHECK(WritePrivateProfileStructA("B", "s", "four", 5, name));
    CHECK(GetPrivateProfileStructA("B", "s", out, 5, name));
    CHECK_STR(out, "four");
    CHECK(!GetPrivateProfileStructA("B", "s", out, 4, name));
    CHECK(!GetPrivateProfileStructA("B", "none", out, 5, name));
    CHECK(WritePrivateProfileStructA("B", "s", NULL, 0, name));
    CHECK(!GetPrivateProfileStructA("B", "s", out, 5, name));
    DeleteFileW(path);
}

/* Of win.ini. */
TEST(windows_own_file)
{
    WCHAR text[64];
    char narrow[64];

    CHECK(WriteProfileStringW(L"Gastwirt test", L"word", L"value"));
    CHECK_EQ(GetProfileStringW(L"Gastwirt test", L"word", L"no", text, 64), 5);
    CHECK_WSTR(text, L"value");
    CHECK_EQ(GetPrivateProfileStringW(L"Gastwirt test", L"word", L"no", text, 64, L"win.ini"), 5);
    CHECK_EQ(GetProfileStringA("Gastwirt test", "word", "no", narrow, 64), 5);
    CHECK_STR(narrow, "value");
    CHECK_EQ(GetProfileStringA("Gastwirt test", "word", "no", narrow, 3), 2);
    CHECK_STR(narrow, "va");
    CHECK_EQ(GetProfileStringW(L"Gastwirt test", L"missing", L"no", text, 64), 2);
    CHECK_WSTR(text, L"no");
    CHECK(WriteProfileStringA("Gastwirt test", "number", "-12"));
    CHECK_EQ((int)GetProfileIntW(L"Gastwirt test", L"number", 1), -12);
    CHECK_EQ((int)GetProfileIntA("Gastwirt test", "number", 1), -12);
    CHECK_EQ(GetProfileIntW(L"Gastwirt test", L"missing", 5), 5);
    CHECK_EQ(GetProfileIntA("Gastwirt test", "missing", 6), 6);
    CHECK(WriteProfileStringW(L"Gastwirt test", NULL, NULL));
}

TEST(sections_of_windows_own_file)
{
    WCHAR text[64];
    char narrow[64];

    ORACLE_DIFFERS("documented: the section is replaced; in win.ini it stays there");
    CHECK(WriteProfileSectionW(L"Gastwirt test", L"a=1\0b=2\0"));
    CHECK_EQ(GetProfileSectionW(L"Gastwirt test", text, 64), 8);
    CHECK(!memcmp(text, L"a=1\0b=2\0", 9 * sizeof(WCHAR)));
    CHECK(WriteProfileSectionA("Gastwirt test", "c=3\0"));
    CHECK_EQ(GetProfileSectionA("Gastwirt test", narrow, 64), 4);
    CHECK(!memcmp(narrow, "c=3\0", 5));
    CHECK(WriteProfileStringW(L"Gastwirt test", NULL, NULL));
    CHECK_EQ(GetProfileSectionW(L"Gastwirt test", text, 64), 0);
    CHECK_EQ(GetProfileSectionA("Gastwirt test", narrow, 64), 0);
}
