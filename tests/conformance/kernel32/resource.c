/*
 * Resources: updating a file, finding, sizes, enumeration, language choice.
 */
#include "harness.h"

static char path[MAX_PATH + 20];

/* A copy of a helper DLL to work on. */
static BOOL make_copy(void)
{
    char source[2 * MAX_PATH], temp[MAX_PATH];
    GetModuleFileNameA(NULL, source, MAX_PATH);
    strcpy(strrchr(source, '\\'), "\\dlls\\ldr_plain.dll");
    GetTempPathA(MAX_PATH, temp);
    snprintf(path, sizeof path, "%sldr_resource.dll", temp);
    return CopyFileA(source, path, FALSE);
}

static void check_data(HMODULE module, const char *type, const char *name, WORD language, const char *text)
{
    HRSRC resource = FindResourceExA(module, type, name, language);
    CHECK(resource != NULL);
    if (!resource)
        return;
    CHECK(SizeofResource(module, resource) == strlen(text));
    const char *data = LockResource(LoadResource(module, resource));
    CHECK(data && !memcmp(data, text, strlen(text)));
}

static int seen;
static char names[200];

static BOOL CALLBACK see_name(HMODULE module, LPCSTR type, LPSTR name, LONG_PTR context)
{
    CHECK(context == 99);
    seen++;
    if (IS_INTRESOURCE(name))
        sprintf(names + strlen(names), "#%d ", (int)(ULONG_PTR)name);
    else
        sprintf(names + strlen(names), "%s ", name);
    return TRUE;
}

static BOOL CALLBACK see_language(HMODULE module, LPCSTR type, LPCSTR name, WORD language, LONG_PTR context)
{
    sprintf(names + strlen(names), "%x ", language);
    return TRUE;
}

static BOOL CALLBACK see_type(HMODULE module, LPSTR type, LONG_PTR context)
{
    seen++;
    return FALSE;
}

static void check_contents(HMODULE module)
{
    check_data(module, "MYTYPE", "FIRST", 0, "first data");
    check_data(module, "mytype", "first", 0, "first data");
    check_data(module, "MYTYPE", MAKEINTRESOURCEA(7), 0, "seven");
    check_data(module, "MYTYPE", "#7", 0, "seven");
    check_data(module, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1), MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN),
               "deutsch");
    check_data(module, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1), MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
               "english");
    CHECK_ERROR(FindResourceExA(module, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1), MAKELANGID(LANG_FRENCH, 1)),
                ERROR_RESOURCE_LANG_NOT_FOUND);
    CHECK_ERROR(FindResourceA(module, "NOSUCH", "MYTYPE"), ERROR_RESOURCE_NAME_NOT_FOUND);
    CHECK_ERROR(FindResourceA(module, "FIRST", "NOSUCHTYPE"), ERROR_RESOURCE_TYPE_NOT_FOUND);
    names[0] = 0, seen = 0;
    CHECK(EnumResourceNamesA(module, "MYTYPE", see_name, 99));
    CHECK(seen == 3 && !strcmp(names, "FIRST SECOND #7 "));
    names[0] = 0;
    CHECK(EnumResourceLanguagesA(module, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1), see_language, 0));
    CHECK(!strcmp(names, "407 409 "));
    seen = 0;
    CHECK(!EnumResourceTypesA(module, see_type, 0));
    CHECK(seen == 1);
    CHECK_ERROR(EnumResourceNamesA(module, "NOSUCHTYPE", see_name, 99), ERROR_RESOURCE_TYPE_NOT_FOUND);
}

TEST(update)
{
    CHECK(make_copy());
    HANDLE update = BeginUpdateResourceA(path, FALSE);
    CHECK(update != NULL);
    CHECK(UpdateResourceA(update, "MyType", "First", 0, "first data", 10));
    CHECK(UpdateResourceA(update, "MYTYPE", "SECOND", 0, "second data, longer", 19));
    CHECK(UpdateResourceA(update, "MYTYPE", MAKEINTRESOURCEA(7), 0, "seven", 5));
    CHECK(UpdateResourceA(update, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1),
                          MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), "deutsch", 7));
    CHECK(UpdateResourceA(update, (LPCSTR)RT_RCDATA, MAKEINTRESOURCEA(1),
                          MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), "english", 7));
    CHECK(EndUpdateResourceA(update, FALSE));

    HMODULE module = LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(module != NULL);
    check_contents(module);
    FreeLibrary(module);
    module = LoadLibraryA(path); /* it still is a library that works */
    CHECK(module != NULL);
    if (module) {
        check_contents(module);
        CHECK(((int (*)(void))GetProcAddress(module, "plain_answer"))() == 42);
        FreeLibrary(module);
    }

    /* replace, remove, and a size that needs the section to grow */
    static char large[20000];
    memset(large, 'x', sizeof large);
    update = BeginUpdateResourceA(path, FALSE);
    CHECK(update != NULL);
    CHECK(UpdateResourceA(update, "MYTYPE", "SECOND", 0, large, sizeof large));
    CHECK(UpdateResourceA(update, "MYTYPE", MAKEINTRESOURCEA(7), 0, NULL, 0));
    CHECK(EndUpdateResourceA(update, FALSE));
    module = LoadLibraryA(path);
    CHECK(module != NULL);
    if (module) {
        HRSRC resource = FindResourceA(module, "SECOND", "MYTYPE");
        CHECK(resource && SizeofResource(module, resource) == sizeof large);
        if (!harness_is_wine()) /* wine does not remove */
            CHECK(FindResourceA(module, MAKEINTRESOURCEA(7), "MYTYPE") == NULL);
        check_data(module, "MYTYPE", "FIRST", 0, "first data");
        CHECK(((int (*)(void))GetProcAddress(module, "plain_answer"))() == 42);
        FreeLibrary(module);
    }

    update = BeginUpdateResourceA(path, FALSE); /* discarded */
    CHECK(UpdateResourceA(update, "MYTYPE", "THIRD", 0, "third", 5));
    CHECK(EndUpdateResourceA(update, TRUE));
    module = LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(FindResourceA(module, "THIRD", "MYTYPE") == NULL);
    FreeLibrary(module);
    DeleteFileA(path);
}

TEST(failures)
{
    if (!harness_is_wine()) /* wine only looks at the file in the end */
        CHECK_ERROR(BeginUpdateResourceA("Z:\\no\\such\\file.exe", FALSE), ERROR_PATH_NOT_FOUND);
    CHECK(make_copy());
    HMODULE module = LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK_ERROR(FindResourceA(module, "A", "B"), ERROR_RESOURCE_DATA_NOT_FOUND);
    FreeLibrary(module);
    DeleteFileA(path);
    CHECK(LoadResource(NULL, NULL) == NULL);
    CHECK(SizeofResource(NULL, NULL) == 0);
}

/* What the thread or the process prefers comes before the neutral resource and everything else. */
TEST(preferred_languages)
{
    static const struct {
        WORD language;
        const WCHAR *text;
    } blocks[] = {{MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL), L"neutral"},
                  {MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), L"english"},
                  {MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), L"deutsch"},
                  {MAKELANGID(LANG_FRENCH, SUBLANG_NEUTRAL), L"francais"}};
    WCHAR text[32];
    ULONG count;
    ORACLE_DIFFERS("its resources do not follow preferred languages");
    CHECK(make_copy());
    HANDLE update = BeginUpdateResourceA(path, FALSE);
    for (int i = 0; i < 4; i++) {
        WCHAR block[64] = {0}, length = (WCHAR)wcslen(blocks[i].text);
        block[1] = length; /* string 1 of the first block */
        memcpy(block + 2, blocks[i].text, length * sizeof(WCHAR));
        CHECK(UpdateResourceW(update, (WCHAR *)RT_STRING, MAKEINTRESOURCEW(1), blocks[i].language, block,
                              (length + 16) * sizeof(WCHAR)));
    }
    CHECK(EndUpdateResourceA(update, FALSE));
    HMODULE module = LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    CHECK(module != NULL);
    CHECK_EQ(LoadStringW(module, 1, text, 32), 7);
    CHECK_WSTR(text, L"neutral");
    CHECK(SetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, L"de-DE\0", &count));
    CHECK_EQ(count, 1);
    CHECK(LoadStringW(module, 1, text, 32));
    CHECK_WSTR(text, L"deutsch");
    CHECK(SetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, L"it-IT\0fr-FR\0", &count));
    CHECK(LoadStringW(module, 1, text, 32));
    CHECK_WSTR(text, L"francais"); /* the second one's language without region */
    CHECK(FindResourceExW(module, (WCHAR *)RT_STRING, MAKEINTRESOURCEW(1),
                          MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)) !=
          FindResourceW(module, MAKEINTRESOURCEW(1),
                        (WCHAR *)RT_STRING)); /* a language of the caller's stays */
    CHECK(SetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, NULL, &count));
    CHECK(SetProcessPreferredUILanguages(MUI_LANGUAGE_NAME, L"de-DE\0", &count));
    CHECK(LoadStringW(module, 1, text, 32));
    CHECK_WSTR(text, L"deutsch");
    CHECK(SetProcessPreferredUILanguages(MUI_LANGUAGE_NAME, NULL, &count));
    CHECK(LoadStringW(module, 1, text, 32));
    CHECK_WSTR(text, L"neutral");
    FreeLibrary(module);
    DeleteFileA(path);
}
