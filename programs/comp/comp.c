/*
 * comp.exe: the bytes of files compared, ten differences at most. Exit status 0: equal, 1: not, 2: cannot
 * tell.
 */
#include "../include/console.h"

static BOOL decimal, as_text, by_lines, ignore_case;
static unsigned line_limit;

static unsigned char *read_file(const wchar_t *name, DWORD *ret_size)
{
    const HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                    OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        complain(L"Can't find/open file: %ls\r\n", name);
        return NULL;
    }
    const DWORD size = GetFileSize(file, NULL);
    unsigned char *bytes = allocate((size_t)size + 1);
    if (!ReadFile(file, bytes, size, ret_size, NULL))
        *ret_size = 0;
    CloseHandle(file);
    return bytes;
}

static unsigned char fold(unsigned char c)
{
    return ignore_case && c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static void print_byte(const wchar_t *name, unsigned char c)
{
    if (as_text)
        print(L"%ls = %lc\r\n", name, c);
    else
        print(decimal ? L"%ls = %u\r\n" : L"%ls = %X\r\n", name, c);
}

static int compare(const wchar_t *one, const wchar_t *other)
{
    DWORD one_size = 0, other_size = 0;
    unsigned line = 1, found = 0;
    print(L"Comparing %ls and %ls...\r\n", one, other);
    unsigned char *a = read_file(one, &one_size), *b = a ? read_file(other, &other_size) : NULL;
    if (!b) {
        free(a);
        return 2;
    }
    if (one_size != other_size && !line_limit) {
        print(L"Files are different sizes.\r\n\r\n");
        free(a);
        free(b);
        return 1;
    }
    const DWORD size = one_size < other_size ? one_size : other_size;
    for (DWORD i = 0; i < size && (!line_limit || line <= line_limit); i++) {
        if (fold(a[i]) != fold(b[i])) {
            if (found == 10) {
                print(L"10 mismatches - ending compare\r\n");
                break;
            }
            found++;
            if (by_lines)
                print(L"Compare error at LINE %u\r\n", line);
            else
                print(L"Compare error at OFFSET %lX\r\n", i);
            print_byte(L"file1", a[i]);
            print_byte(L"file2", b[i]);
        }
        line += a[i] == '\n';
    }
    if (!found)
        print(L"Files compare OK\r\n\r\n");
    free(a);
    free(b);
    return found != 0;
}

int wmain(int argc, wchar_t **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        const wchar_t *p = argv[i];
        if (*p != '/') {
            argv[++count] = argv[i];
        } else if (!_wcsicmp(p, L"/d")) {
            decimal = TRUE;
        } else if (!_wcsicmp(p, L"/a")) {
            as_text = TRUE;
        } else if (!_wcsicmp(p, L"/l")) {
            by_lines = TRUE;
        } else if (!_wcsicmp(p, L"/c")) {
            ignore_case = TRUE;
        } else if (!_wcsnicmp(p, L"/n=", 3)) {
            line_limit = wcstoul(p + 3, NULL, 10);
            by_lines = TRUE;
        } else if (_wcsnicmp(p, L"/off", 4) && _wcsicmp(p, L"/m")) {
            print(L"COMP [data1] [data2] [/D] [/A] [/L] [/N=number] [/C] [/OFF[LINE]] [/M]\r\n");
            return p[1] == '?' ? 0 : 2;
        }
    }
    if (count != 2) {
        complain(L"COMP data1 data2: two names are needed\r\n");
        return 2;
    }
    WIN32_FIND_DATAW *list;
    int status = 0;
    wchar_t *pattern = is_folder(argv[1]) ? join_path(argv[1], wcslen(argv[1]), L"*") : copy_string(argv[1]);
    const size_t files = list_files(pattern, &list), folder = folder_length(pattern);
    if (!files)
        complain(L"Can't find/open file: %ls\r\n", argv[1]), status = 2;
    for (size_t i = 0; i < files; i++) {
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        wchar_t *one = join_path(pattern, folder, list[i].cFileName);
        wchar_t *other = is_folder(argv[2]) ? join_path(argv[2], wcslen(argv[2]), list[i].cFileName)
                         : has_wildcard(argv[2])
                             ? join_path(argv[2], folder_length(argv[2]), list[i].cFileName)
                             : copy_string(argv[2]);
        const int result = compare(one, other);
        status = result > status ? result : status;
        free(one);
        free(other);
    }
    free(list);
    free(pattern);
    return status;
}
