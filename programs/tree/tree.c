/*
 * tree.com's work: folders, and files with /f, as a picture of lines; /a draws them with ASCII.
 */
#include "../include/console.h"

static BOOL files, ascii;

static void print_files(const wchar_t *folder, const wchar_t *indent, const WIN32_FIND_DATAW *list,
                        size_t count, BOOL has_folders)
{
    BOOL any = FALSE;
    (void)folder;
    for (size_t i = 0; i < count; i++)
        if (!(list[i].dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_HIDDEN))) {
            print(L"%ls%ls%ls\r\n", indent, has_folders ? ascii ? L"|   " : L"\x2502   " : L"    ",
                  list[i].cFileName);
            any = TRUE;
        }
    if (any)
        print(L"%ls%ls\r\n", indent, has_folders ? ascii ? L"|   " : L"\x2502   " : L"");
}

static unsigned print_tree(const wchar_t *folder, const wchar_t *indent)
{
    WIN32_FIND_DATAW *list;
    wchar_t *pattern = join_path(folder, wcslen(folder), L"*");
    const size_t count = list_files(pattern, &list);
    size_t last = count;
    unsigned shown = 0;
    free(pattern);
    for (size_t i = 0; i < count; i++)
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY &&
            !(list[i].dwFileAttributes & FILE_ATTRIBUTE_HIDDEN))
            last = i;
    if (files)
        print_files(folder, indent, list, count, last != count);
    for (size_t i = 0; i < count; i++) {
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            list[i].dwFileAttributes & FILE_ATTRIBUTE_HIDDEN)
            continue;
        const wchar_t *branch = ascii       ? i == last ? L"\\---" : L"+---"
                                : i == last ? L"\x2514\x2500\x2500\x2500"
                                            : L"\x251c\x2500\x2500\x2500";
        print(L"%ls%ls%ls\r\n", indent, branch, list[i].cFileName);
        shown++;
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        wchar_t *below = join_path(folder, wcslen(folder), list[i].cFileName);
        wchar_t *deeper = allocate((wcslen(indent) + 5) * sizeof *deeper);
        wcscpy(deeper, indent);
        wcscat(deeper, i == last ? L"    " : ascii ? L"|   " : L"\x2502   ");
        shown += print_tree(below, deeper);
        free(deeper);
        free(below);
    }
    free(list);
    return shown;
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *root = L".";
    wchar_t label[MAX_PATH] = L"", drive[4] = L"C:\\";
    DWORD serial = 0;
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/f")) {
            files = TRUE;
        } else if (!_wcsicmp(argv[i], L"/a")) {
            ascii = TRUE;
        } else if (argv[i][0] == '/') {
            print(L"TREE [drive:][path] [/F] [/A]\r\n");
            return argv[i][1] != '?';
        } else {
            root = argv[i];
        }
    }
    wchar_t *full = full_path(root);
    drive[0] = full[0];
    GetVolumeInformationW(drive, label, ARRAYSIZE(label), &serial, NULL, NULL, NULL, 0);
    if (*label)
        print(L"Folder PATH listing for volume %ls\r\n", label);
    else
        print(L"Folder PATH listing\r\n");
    print(L"Volume serial number is %04X-%04X\r\n", HIWORD(serial), LOWORD(serial));
    wchar_t *upper = _wcsupr(copy_string(full));
    if (wcscmp(root, L".") == 0)
        print(L"%lc:.\r\n", towupper(full[0]));
    else
        print(L"%ls\r\n", upper);
    free(upper);
    if (!is_folder(full)) {
        print(L"Invalid path - %ls\r\nNo subfolders exist\r\n\r\n", wcslen(full) > 2 ? full + 2 : full);
        return 1;
    }
    if (!print_tree(full, L""))
        print(L"No subfolders exist\r\n\r\n");
    free(full);
    return 0;
}
