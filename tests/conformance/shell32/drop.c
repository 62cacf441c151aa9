/*
 * DragQueryFile and its relatives on lists of our own.
 */
#include "harness.h"
#include <shlobj.h>

static HDROP make(BOOL wide)
{
    static const WCHAR wide_names[] = L"C:\\one\0D:\\folder\\two.txt\0";
    static const char names[] = "C:\\one\0D:\\folder\\two.txt\0";
    SIZE_T size = wide ? sizeof wide_names : sizeof names;
    DROPFILES *drop = GlobalAlloc(GMEM_FIXED | GMEM_ZEROINIT, sizeof *drop + size);
    *drop = (DROPFILES){.pFiles = sizeof *drop, .pt = {3, 4}, .fNC = wide, .fWide = wide};
    memcpy(drop + 1, wide ? (const void *)wide_names : names, size);
    return (HDROP)drop;
}

TEST(lists)
{
    WCHAR path[32];
    char narrow[32];
    POINT point;
    for (int wide = 0; wide < 2; wide++) {
        HDROP drop = make(wide);
        CHECK_EQ(DragQueryFileW(drop, 0xffffffff, NULL, 0), 2);
        CHECK_EQ(DragQueryFileA(drop, 0xffffffff, NULL, 0), 2);
        CHECK_EQ(DragQueryFileW(drop, 1, NULL, 0), 17);
        CHECK_EQ(DragQueryFileA(drop, 0, NULL, 0), 6);
        CHECK_EQ(DragQueryFileW(drop, 0, path, 32), 6);
        CHECK_WSTR(path, L"C:\\one");
        CHECK_EQ(DragQueryFileA(drop, 1, narrow, 32), 17);
        CHECK_STR(narrow, "D:\\folder\\two.txt");
        CHECK_EQ(DragQueryFileW(drop, 2, path, 32), 0);
        CHECK_EQ(DragQueryPoint(drop, &point), !wide);
        CHECK(point.x == 3 && point.y == 4);
        DragFinish(drop);
    }
}
