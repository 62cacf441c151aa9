/*
 * The path functions in both character sets, from tables: what they make of a path in place, what they say
 * about it, and which part they point at.
 */
#include "harness.h"
#include <shlwapi.h>

static WCHAR *widen(const char *text, WCHAR *wide)
{
    if (!text)
        return NULL;
    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, MAX_PATH + 8);
    return wide;
}

static const char *narrow(const WCHAR *text, char *out)
{
    WideCharToMultiByte(CP_ACP, 0, text, -1, out, MAX_PATH + 8, NULL, NULL);
    return out;
}

#define PAIR(narrow, wide) #narrow, (void *)narrow, (void *)wide

/* ---- in place; the result, where it is a truth value */

enum result { NOTHING, YES, NO };

struct edit {
    const char *name;
    void *narrow, *wide;
    const char *in, *out;
    enum result result;
};

static void check_edit(const struct edit *edit)
{
    char text[MAX_PATH + 8];
    WCHAR wide[MAX_PATH + 8];
    strcpy(text, edit->in);
    int a = ((int(WINAPI *)(char *))edit->narrow)(text);
    int w = ((int(WINAPI *)(WCHAR *))edit->wide)(widen(edit->in, wide));
    if (strcmp(text, edit->out))
        FAIL("%s(%s) makes %s, not %s", edit->name, edit->in, text, edit->out);
    if (strcmp(narrow(wide, text), edit->out))
        FAIL("%s as wide (%s) makes %s, not %s", edit->name, edit->in, text, edit->out);
    if (edit->result != NOTHING && (!!a != (edit->result == YES) || !!w != (edit->result == YES)))
        FAIL("%s(%s) gives %d and %d", edit->name, edit->in, a, w);
}

TEST(editing)
{
    static const struct edit edits[] = {
        {PAIR(PathRemoveBlanksA, PathRemoveBlanksW), "  a b  ", "a b", NOTHING},
        {PAIR(PathRemoveBlanksA, PathRemoveBlanksW), "ab", "ab", NOTHING},
        {PAIR(PathRemoveBlanksA, PathRemoveBlanksW), "   ", "", NOTHING},
        {PAIR(PathRemoveExtensionA, PathRemoveExtensionW), "C:\\a.b\\c.txt", "C:\\a.b\\c", NOTHING},
        {PAIR(PathRemoveExtensionA, PathRemoveExtensionW), "C:\\a.b\\c", "C:\\a.b\\c", NOTHING},
        {PAIR(PathRemoveExtensionA, PathRemoveExtensionW), "a.b.c", "a.b", NOTHING},
        {PAIR(PathStripPathA, PathStripPathW), "C:\\a\\b.txt", "b.txt", NOTHING},
        {PAIR(PathStripPathA, PathStripPathW), "b.txt", "b.txt", NOTHING},
        {PAIR(PathStripPathA, PathStripPathW), "C:\\a\\", "a\\", NOTHING},
        {PAIR(PathStripToRootA, PathStripToRootW), "C:\\a\\b", "C:\\", YES},
        {PAIR(PathStripToRootA, PathStripToRootW), "C:\\", "C:\\", YES},
        {PAIR(PathStripToRootA, PathStripToRootW), "\\\\server\\share\\a\\b", "\\\\server\\share", YES},
        {PAIR(PathStripToRootA, PathStripToRootW), "a\\b", "", NO},
        {PAIR(PathRemoveFileSpecA, PathRemoveFileSpecW), "C:\\a\\b", "C:\\a", YES},
        {PAIR(PathRemoveFileSpecA, PathRemoveFileSpecW), "C:\\a", "C:\\", YES},
        {PAIR(PathRemoveFileSpecA, PathRemoveFileSpecW), "C:\\", "C:\\", NO},
        {PAIR(PathRemoveFileSpecA, PathRemoveFileSpecW), "a", "", YES},
        {PAIR(PathRemoveFileSpecA, PathRemoveFileSpecW), "", "", NO},
        {PAIR(PathQuoteSpacesA, PathQuoteSpacesW), "a b", "\"a b\"", NOTHING},
        {PAIR(PathQuoteSpacesA, PathQuoteSpacesW), "ab", "ab", NOTHING},
        {PAIR(PathUnquoteSpacesA, PathUnquoteSpacesW), "\"a b\"", "a b", NOTHING},
        {PAIR(PathUnquoteSpacesA, PathUnquoteSpacesW), "\"a b", "\"a b", NOTHING},
        {PAIR(PathUnquoteSpacesA, PathUnquoteSpacesW), "ab", "ab", NOTHING},
        {PAIR(PathAddBackslashA, PathAddBackslashW), "C:\\a", "C:\\a\\", YES},
        {PAIR(PathAddBackslashA, PathAddBackslashW), "C:\\a\\", "C:\\a\\", YES},
        {PAIR(PathAddBackslashA, PathAddBackslashW), "", "", YES},
        {PAIR(PathRemoveBackslashA, PathRemoveBackslashW), "C:\\a\\", "C:\\a", YES},
        {PAIR(PathRemoveBackslashA, PathRemoveBackslashW), "C:\\a", "C:\\a", YES},
        {PAIR(PathRemoveBackslashA, PathRemoveBackslashW), "C:\\", "C:\\", YES},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        check_edit(&edits[i]);
    CHECK(!PathAddBackslashW(NULL));
    CHECK(!PathRemoveBackslashA(NULL) && !PathRemoveBackslashW(NULL));
    CHECK(!PathRemoveFileSpecW(NULL));
    CHECK(!PathStripToRootA(NULL) && !PathStripToRootW(NULL));
    PathRemoveBlanksA(NULL);
    PathRemoveBlanksW(NULL);
    PathRemoveExtensionW(NULL);
    PathStripPathA(NULL);
    PathStripPathW(NULL);
}

/* PathAddBackslash points behind the path, PathRemoveBackslash at its last character. */
TEST(backslash_positions)
{
    WCHAR wide[MAX_PATH] = L"ab\\";
    char text[MAX_PATH] = "ab\\";
    CHECK(PathRemoveBackslashW(wide) == wide + 2);
    CHECK(PathRemoveBackslashA(text) == text + 2);
    CHECK(PathRemoveBackslashW(wide) == wide + 1);
    CHECK(PathAddBackslashW(wide) == wide + 3);
    for (int i = 0; i < MAX_PATH - 1; i++)
        wide[i] = 'x';
    wide[MAX_PATH - 1] = 0;
    CHECK(!PathAddBackslashW(wide) || harness_is_wine()); /* documented: NULL where there is no room */
}

/* ---- questions */

struct question {
    const char *name;
    void *narrow, *wide;
    const char *path;
    int answer;
};

static void check_question(const struct question *question)
{
    WCHAR wide[MAX_PATH + 8];
    int a = ((int(WINAPI *)(const char *))question->narrow)(question->path);
    int w = ((int(WINAPI *)(const WCHAR *))question->wide)(widen(question->path, wide));
    if (question->answer == TRUE) /* any other number is as true */
        a = !!a, w = !!w;
    if (a != question->answer || w != question->answer)
        FAIL("%s(%s) is %d and %d, not %d", question->name, question->path ? question->path : "NULL", a, w,
             question->answer);
}

TEST(questions)
{
    static const struct question questions[] = {
        {PAIR(PathIsFileSpecA, PathIsFileSpecW), "a.txt", TRUE},
        {PAIR(PathIsFileSpecA, PathIsFileSpecW), "a\\b", FALSE},
        {PAIR(PathIsFileSpecA, PathIsFileSpecW), "C:", FALSE},
        {PAIR(PathIsFileSpecA, PathIsFileSpecW), NULL, FALSE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "a\\b", TRUE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "..", TRUE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "\\a", FALSE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "C:a", FALSE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "C:\\", FALSE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), "", TRUE},
        {PAIR(PathIsRelativeA, PathIsRelativeW), NULL, TRUE},
        {PAIR(PathIsRootA, PathIsRootW), "C:\\", TRUE},
        {PAIR(PathIsRootA, PathIsRootW), "\\", TRUE},
        {PAIR(PathIsRootA, PathIsRootW), "\\\\server", TRUE},
        {PAIR(PathIsRootA, PathIsRootW), "\\\\server\\share", TRUE},
        {PAIR(PathIsRootA, PathIsRootW), "C:", FALSE},
        {PAIR(PathIsRootA, PathIsRootW), "C:\\a", FALSE},
        {PAIR(PathIsRootA, PathIsRootW), "\\a", FALSE},
        {PAIR(PathIsRootA, PathIsRootW), "\\\\server\\share\\a", FALSE},
        {PAIR(PathIsRootA, PathIsRootW), "", FALSE},
        {PAIR(PathIsRootA, PathIsRootW), NULL, FALSE},
        {PAIR(PathIsUNCA, PathIsUNCW), "\\\\server\\share", TRUE},
        {PAIR(PathIsUNCA, PathIsUNCW), "\\\\server", TRUE},
        {PAIR(PathIsUNCA, PathIsUNCW), "C:\\a", FALSE},
        {PAIR(PathIsUNCA, PathIsUNCW), "\\a", FALSE},
        {PAIR(PathIsUNCA, PathIsUNCW), NULL, FALSE},
        {PAIR(PathGetDriveNumberA, PathGetDriveNumberW), "C:\\a", 2},
        {PAIR(PathGetDriveNumberA, PathGetDriveNumberW), "z:", 25},
        {PAIR(PathGetDriveNumberA, PathGetDriveNumberW), "\\a", -1},
        {PAIR(PathGetDriveNumberA, PathGetDriveNumberW), "1:", -1},
        {PAIR(PathIsURLA, PathIsURLW), "http://a", TRUE},
        {PAIR(PathIsURLA, PathIsURLW), "C:\\a", FALSE},
        {PAIR(PathIsURLA, PathIsURLW), "a", FALSE},
        {PAIR(PathIsURLA, PathIsURLW), NULL, FALSE},
        {PAIR(PathFileExistsA, PathFileExistsW), "C:\\windows", TRUE},
        {PAIR(PathFileExistsA, PathFileExistsW), "C:\\windows\\system32\\kernel32.dll", TRUE},
        {PAIR(PathFileExistsA, PathFileExistsW), "C:\\no such file", FALSE},
        {PAIR(PathFileExistsA, PathFileExistsW), NULL, FALSE},
        {PAIR(PathIsDirectoryA, PathIsDirectoryW), "C:\\windows", TRUE},
        {PAIR(PathIsDirectoryA, PathIsDirectoryW), "C:\\windows\\system32\\kernel32.dll", FALSE},
        {PAIR(PathIsDirectoryA, PathIsDirectoryW), "C:\\no such file", FALSE},
        {PAIR(PathIsDirectoryA, PathIsDirectoryW), NULL, FALSE},
        {PAIR(UrlIsOpaqueA, UrlIsOpaqueW), "mailto:a@b", TRUE},
        {PAIR(UrlIsOpaqueA, UrlIsOpaqueW), "http://a", FALSE},
        {PAIR(UrlIsNoHistoryA, UrlIsNoHistoryW), "http://a", FALSE},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        check_question(&questions[i]);
}

/* ---- parts */

struct part {
    const char *name;
    void *narrow, *wide;
    const char *path;
    int offset; /* -1: NULL */
};

static void check_part(const struct part *part)
{
    WCHAR wide[MAX_PATH + 8];
    widen(part->path, wide);
    const char *a = ((const char *(WINAPI *)(const char *))part->narrow)(part->path);
    const WCHAR *w = ((const WCHAR *(WINAPI *)(const WCHAR *))part->wide)(wide);
    int at = a ? (int)(a - part->path) : -1, wide_at = w ? (int)(w - wide) : -1;
    if (at != part->offset || wide_at != part->offset)
        FAIL("%s(%s) is at %d and %d, not %d", part->name, part->path, at, wide_at, part->offset);
}

TEST(parts_of_paths)
{
    static const struct part parts[] = {
        {PAIR(PathFindExtensionA, PathFindExtensionW), "a.b\\c.txt", 5},
        {PAIR(PathFindExtensionA, PathFindExtensionW), "a.b\\c", 5},
        {PAIR(PathFindExtensionA, PathFindExtensionW), "a.b.c", 3},
        {PAIR(PathFindExtensionA, PathFindExtensionW), "", 0},
        {PAIR(PathFindFileNameA, PathFindFileNameW), "C:\\a\\b", 5},
        {PAIR(PathFindFileNameA, PathFindFileNameW), "C:\\a\\", 3},
        {PAIR(PathFindFileNameA, PathFindFileNameW), "b", 0},
        {PAIR(PathFindFileNameA, PathFindFileNameW), "a/b", 2},
        {PAIR(PathGetArgsA, PathGetArgsW), "a.exe b c", 6},
        {PAIR(PathGetArgsA, PathGetArgsW), "\"a b.exe\" c", 10},
        {PAIR(PathGetArgsA, PathGetArgsW), "a.exe", 5},
        {PAIR(PathSkipRootA, PathSkipRootW), "C:\\a", 3},
        {PAIR(PathSkipRootA, PathSkipRootW), "\\\\server\\share\\a", 15},
        {PAIR(PathSkipRootA, PathSkipRootW), "a\\b", -1},
        {PAIR(UrlGetLocationA, UrlGetLocationW), "http://a/b#part", 10},
        {PAIR(UrlGetLocationA, UrlGetLocationW), "http://a/b", -1},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        check_part(&parts[i]);
    CHECK(!PathSkipRootA(NULL) && !PathSkipRootW(NULL));
}

/* ---- two paths */

struct joined {
    const char *name;
    void *narrow, *wide;
    const char *path, *more, *out;
    BOOL result;
};

TEST(joining)
{
    static const struct joined joins[] = {
        {PAIR(PathAppendA, PathAppendW), "C:\\a", "b", "C:\\a\\b", TRUE},
        {PAIR(PathAppendA, PathAppendW), "C:\\a\\", "..\\b", "C:\\b", TRUE},
        {PAIR(PathAppendA, PathAppendW), "C:\\a", "\\b", "C:\\a\\b", TRUE},
        {PAIR(PathAddExtensionA, PathAddExtensionW), "a", ".txt", "a.txt", TRUE},
        {PAIR(PathAddExtensionA, PathAddExtensionW), "a.b", ".txt", "a.b", FALSE},
        {PAIR(PathRenameExtensionA, PathRenameExtensionW), "C:\\a.b\\c.d", ".txt", "C:\\a.b\\c.txt", TRUE},
        {PAIR(PathRenameExtensionA, PathRenameExtensionW), "a", ".txt", "a.txt", TRUE},
        {PAIR(PathCanonicalizeA, PathCanonicalizeW), "", "C:\\a\\.\\b\\..\\c", "C:\\a\\c", TRUE},
        {PAIR(PathCanonicalizeA, PathCanonicalizeW), "", "\\..\\b", "\\b", TRUE},
        {PAIR(PathCanonicalizeA, PathCanonicalizeW), "", "\\\\server\\share\\a\\..\\b",
         "\\\\server\\share\\b", TRUE},
    };
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        const struct joined *join = &joins[i];
        char text[MAX_PATH + 8];
        WCHAR wide[MAX_PATH + 8], more[MAX_PATH + 8];
        strcpy(text, join->path);
        widen(join->path, wide);
        int a = ((int(WINAPI *)(char *, const char *))join->narrow)(text, join->more);
        int w = ((int(WINAPI *)(WCHAR *, const WCHAR *))join->wide)(wide, widen(join->more, more));
        if (strcmp(text, join->out) || strcmp(narrow(wide, text), join->out))
            FAIL("%s(%s, %s) makes %s, not %s", join->name, join->path, join->more, text, join->out);
        if (!!a != join->result || !!w != join->result)
            FAIL("%s(%s, %s) gives %d and %d", join->name, join->path, join->more, a, w);
    }
    char text[MAX_PATH] = "a";
    WCHAR wide[MAX_PATH + 8] = L"a";
    CHECK(PathAddExtensionA(text, NULL) || harness_is_wine()); /* documented: .exe */
    CHECK(PathAddExtensionW(wide, NULL) || harness_is_wine());
    CHECK(!strcmp(text, "a.exe") || harness_is_wine());
    CHECK(!wcscmp(wide, L"a.exe") || harness_is_wine());
    CHECK(PathCombineW(wide, L"C:\\a", L"..\\b") == wide);
    CHECK_WSTR(wide, L"C:\\b");
    CHECK(PathCombineW(wide, L"C:\\a\\b", L"\\c") == wide);
    CHECK_WSTR(wide, L"C:\\c");
    CHECK(!PathCombineW(wide, NULL, NULL));
    CHECK_WSTR(wide, L"");
    CHECK(!PathCombineW(NULL, L"a", L"b"));
    CHECK_ERROR(PathCanonicalizeW(wide, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(PathCanonicalizeA(NULL, "a"), ERROR_INVALID_PARAMETER);
    CHECK(!PathAppendW(NULL, L"a"));
}

/* What would not fit into MAX_PATH characters is not made. */
TEST(too_long)
{
    char text[MAX_PATH + 8], other[MAX_PATH + 8];
    memset(text, 'x', sizeof text);
    text[MAX_PATH - 3] = 0;
    strcpy(other, text);
    CHECK(!PathAddExtensionA(text, ".txt"));
    CHECK(!PathRenameExtensionA(text, ".txt"));
    CHECK_STR(text, other);
    CHECK(!PathCombineA(other, "C:\\folder", text));
    CHECK_STR(other, "");
}
