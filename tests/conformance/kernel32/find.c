/*
 * Finding files: wildcards, order of errors, exact names, information levels.
 */
#include "../harness.h"

static void touch(const char *name)
{
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
}

static int count(const char *pattern)
{
    WIN32_FIND_DATAA data;
    int n = 0;
    HANDLE find = FindFirstFileA(pattern, &data);
    if (find == INVALID_HANDLE_VALUE)
        return -(int)GetLastError();
    do
        n++;
    while (FindNextFileA(find, &data));
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    FindClose(find);
    return n;
}

TEST(wildcards)
{
    CHECK(CreateDirectoryA("f", NULL));
    touch("f\\one.txt");
    touch("f\\two.txt");
    touch("f\\three");
    touch("f\\four.tar.gz");
    CHECK_EQ(count("f\\*"), 6); /* with . and .. */
    CHECK_EQ(count("f\\*.*"), 6);
    CHECK_EQ(count("f\\*.txt"), 2);
    CHECK_EQ(count("f\\???.txt"), 2);
    CHECK_EQ(count("f\\t*"), 2);
    CHECK_EQ(count("f\\*.gz"), 1);
    CHECK_EQ(count("f\\*.tar.*"), 1);
    if (!harness_is_wine()) /* a ? before a dot may stand for nothing */
        CHECK_EQ(count("f\\????????.txt"), 2);
    CHECK_EQ(count("f\\ONE.TXT"), 1);
    CHECK_EQ(count("f\\nothing"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(count("f\\*.nothing"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(count("g\\*"), -ERROR_PATH_NOT_FOUND);
    CHECK_EQ(count("f\\"), -ERROR_FILE_NOT_FOUND);
    CHECK_EQ(count("f\\."), 1);
}

TEST(data)
{
    WIN32_FIND_DATAA data;
    HANDLE find = FindFirstFileA("F\\THREE", &data);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK_STR(data.cFileName, "three");
    CHECK_EQ(data.nFileSizeLow, 0);
    CHECK(!(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY));
    CHECK_ERROR(FindNextFileA(find, &data), ERROR_NO_MORE_FILES);
    CHECK(FindClose(find));
    find = FindFirstFileExA("f", FindExInfoBasic, &data, FindExSearchNameMatch, NULL,
                            FIND_FIRST_EX_LARGE_FETCH);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK_STR(data.cFileName, "f");
    CHECK(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    FindClose(find);
    CHECK_ERROR(FindNextFileA(INVALID_HANDLE_VALUE, &data), ERROR_INVALID_HANDLE);
}

TEST(many)
{
    char name[32];
    CHECK(CreateDirectoryA("many", NULL));
    for (int i = 0; i < 700; i++) {
        sprintf(name, "many\\a rather long name %d", i);
        touch(name);
    }
    CHECK_EQ(count("many\\*"), 702);
    for (int i = 0; i < 700; i++) {
        sprintf(name, "MANY\\A rather LONG name %d", i);
        CHECK(DeleteFileA(name));
    }
    CHECK_EQ(count("many\\*"), 2);
    CHECK(RemoveDirectoryA("many"));
}
