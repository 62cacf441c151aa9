/*
 * attrib.exe: shows and changes attributes of files.
 */
#include "../include/console.h"

static const struct {
    wchar_t letter;
    DWORD bit;
    unsigned column;
} kinds[] = {{'A', FILE_ATTRIBUTE_ARCHIVE, 0},      {'S', FILE_ATTRIBUTE_SYSTEM, 3},
             {'H', FILE_ATTRIBUTE_HIDDEN, 4},       {'R', FILE_ATTRIBUTE_READONLY, 5},
             {'O', FILE_ATTRIBUTE_OFFLINE, 6},      {'I', FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, 7},
             {'X', 0x20000 /* NO_SCRUB_DATA */, 9}, {'V', 0x8000 /* INTEGRITY_STREAM */, 11},
             {'P', 0x80000 /* PINNED */, 13},       {'U', 0x100000 /* UNPINNED */, 15}};

static DWORD set, clear;
static BOOL tree, folders;
static unsigned found, failed;

static void treat(const wchar_t *path, DWORD attributes)
{
    wchar_t *full = full_path(path);
    found++;
    if (!set && !clear) {
        wchar_t shown[22] = L"                     ";
        for (size_t i = 0; i < ARRAYSIZE(kinds); i++)
            if (attributes & kinds[i].bit)
                shown[kinds[i].column] = kinds[i].letter;
        print(L"%ls%ls\r\n", shown, full);
    } else {
        const DWORD kept = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
        const DWORD both = attributes & kept & ~(set | clear);
        if (both && !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            complain(both & FILE_ATTRIBUTE_SYSTEM ? L"Not resetting system file - %ls\r\n"
                                                  : L"Not resetting hidden file - %ls\r\n",
                     full);
            failed++;
        } else if (!SetFileAttributesW(path, ((attributes | set) & ~clear) ? (attributes | set) & ~clear
                                                                           : FILE_ATTRIBUTE_NORMAL)) {
            complain(L"%ls - %ls\r\n", error_text(GetLastError()), full);
            failed++;
        }
    }
    free(full);
}

static void treat_pattern(const wchar_t *folder, size_t length, const wchar_t *pattern)
{
    WIN32_FIND_DATAW *list;
    wchar_t *path = join_path(folder, length, pattern);
    size_t count = list_files(path, &list);
    const BOOL plain = !has_wildcard(pattern);
    for (size_t i = 0; i < count; i++) {
        wchar_t *name = join_path(folder, length, list[i].cFileName);
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || folders || plain)
            treat(name, list[i].dwFileAttributes);
        free(name);
    }
    free(list);
    free(path);
    if (!tree)
        return;
    path = join_path(folder, length, L"*");
    count = list_files(path, &list);
    free(path);
    for (size_t i = 0; i < count; i++) {
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            list[i].dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        wchar_t *below = join_path(folder, length, list[i].cFileName);
        treat_pattern(below, wcslen(below), pattern);
        free(below);
    }
    free(list);
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *pattern = NULL;
    for (int i = 1; i < argc; i++) {
        const wchar_t *p = argv[i];
        if (*p == '+' || *p == '-') {
            size_t k = 0;
            while (k < ARRAYSIZE(kinds) && kinds[k].letter != towupper(p[1]))
                k++;
            if (k == ARRAYSIZE(kinds) || p[2]) {
                complain(L"Parameter format not correct - %ls\r\n", p);
                return 1;
            }
            *(*p == '+' ? &set : &clear) |= kinds[k].bit;
        } else if (!_wcsicmp(p, L"/s")) {
            tree = TRUE;
        } else if (!_wcsicmp(p, L"/d")) {
            folders = TRUE;
        } else if (!_wcsicmp(p, L"/l")) {
            /* attributes of links are those of the link */
        } else if (*p == '/') {
            print(L"ATTRIB [+R | -R] [+A | -A] [+S | -S] [+H | -H] [+O | -O] [+I | -I] [+X | -X] [+P | -P] "
                  L"[+U | -U]\r\n"
                  L"       [drive:][path][filename] [/S [/D]] [/L]\r\n");
            return p[1] != '?';
        } else {
            pattern = p;
        }
    }
    if (set & clear) {
        complain(L"Parameter format not correct -\r\n");
        return 1;
    }
    wchar_t *name = copy_string(pattern ? pattern : L"*");
    const size_t length = folder_length(name);
    treat_pattern(name, length, name + length);
    if (!found)
        print(L"File not found - %ls\r\n", name);
    free(name);
    return !found || failed;
}
