/*
 * fc.exe: the differences of two files, by lines or bytes. Exit status 0: none, 1: some, 2: bad arguments,
 * and a file that cannot be opened.
 */
#include "../include/console.h"

static BOOL ignore_case, squeeze, numbers, short_form, keep_tabs, binary, text, unicode;
static size_t window = 100, resync = 2;

struct file {
    wchar_t *name;
    char *bytes;
    size_t size;
    char **lines; /* ends included in none */
    size_t count;
};

static BOOL read_file(const wchar_t *name, struct file *file)
{
    const HANDLE handle = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                      OPEN_EXISTING, 0, NULL);
    DWORD done = 0;
    memset(file, 0, sizeof *file);
    if (handle == INVALID_HANDLE_VALUE) {
        complain(L"FC: cannot open %ls - No such file or folder\r\n\r\n", name);
        return FALSE;
    }
    const DWORD size = GetFileSize(handle, NULL);
    file->bytes = allocate((size_t)size + 3);
    if (!ReadFile(handle, file->bytes, size, &done, NULL))
        done = 0;
    CloseHandle(handle);
    file->size = done;
    file->name = _wcsupr(copy_string(name));
    return TRUE;
}

/* UTF-16 becomes UTF-8, tabs become blanks, lines are cut. */
static void split(struct file *file)
{
    if (unicode) {
        const wchar_t *wide = (const wchar_t *)file->bytes;
        size_t length = file->size / 2;
        if (length && *wide == 0xfeff)
            wide++, length--;
        char *narrow = allocate(length * 3 + 1);
        file->size = (size_t)WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, narrow, (int)length * 3, NULL,
                                                 NULL);
        free(file->bytes);
        file->bytes = narrow;
    }
    size_t room = 0;
    for (size_t at = 0; at < file->size;) {
        size_t end = at, n = 0;
        while (end < file->size && file->bytes[end] != '\n')
            end++;
        size_t stop = end > at && file->bytes[end - 1] == '\r' ? end - 1 : end;
        char *line = allocate((stop - at) * 8 + 1);
        for (size_t i = at; i < stop; i++) {
            if (file->bytes[i] != '\t' || keep_tabs)
                line[n++] = file->bytes[i];
            else
                do
                    line[n++] = ' ';
                while (n % 8);
        }
        if (file->count == room) {
            room = room ? room * 2 : 64;
            file->lines = resize(file->lines, room * sizeof *file->lines);
        }
        file->lines[file->count++] = line;
        at = end + 1;
    }
}

static char next_character(const char **place)
{
    const char *p = *place;
    char c = *p;
    if (squeeze && (c == ' ' || c == '\t')) {
        while (*p == ' ' || *p == '\t')
            p++;
        *place = p;
        return *p ? ' ' : 0;
    }
    *place = p + (c != 0);
    return ignore_case && c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static BOOL same_line(const char *a, const char *b)
{
    if (squeeze) {
        a += strspn(a, " \t");
        b += strspn(b, " \t");
    }
    for (;;) {
        const char x = next_character(&a), y = next_character(&b);
        if (x != y)
            return FALSE;
        if (!x)
            return TRUE;
    }
}

/* So many lines from here on are the same, or all that are left. */
static BOOL in_step(const struct file *a, size_t i, const struct file *b, size_t j)
{
    size_t k = 0;
    while (k < resync && i + k < a->count && j + k < b->count) {
        if (!same_line(a->lines[i + k], b->lines[j + k]))
            return FALSE;
        k++;
    }
    return k == resync || (i + k == a->count && j + k == b->count);
}

static void print_line(const struct file *file, size_t i)
{
    DWORD done;
    const HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    if (numbers)
        print(L"%5u:  ", (unsigned)i + 1);
    WriteFile(out, file->lines[i], (DWORD)strlen(file->lines[i]), &done, NULL);
    print(L"\r\n");
}

/* One side of a difference: with the line before it and the line behind. */
static void print_side(const struct file *file, size_t from, size_t to)
{
    const size_t first = from ? from - 1 : 0, last = to < file->count ? to + 1 : to;
    print(L"***** %ls\r\n", file->name);
    if (short_form && last - first > 3) {
        print_line(file, first);
        print(L"...\r\n");
        print_line(file, last - 1);
        return;
    }
    for (size_t i = first; i < last; i++)
        print_line(file, i);
}

static int compare_text(struct file *a, struct file *b)
{
    size_t i = 0, j = 0;
    int status = 0;
    split(a);
    split(b);
    for (;;) {
        while (i < a->count && j < b->count && same_line(a->lines[i], b->lines[j]))
            i++, j++;
        if (i == a->count && j == b->count)
            break;
        status = 1;
        size_t distance = 1, x = 0;
        BOOL found = FALSE;
        for (; !found && distance <= 2 * window; distance++)
            for (x = 0; x <= distance && !found; x++)
                found = i + x <= a->count && j + distance - x <= b->count && x <= window &&
                        distance - x <= window && in_step(a, i + x, b, j + distance - x) &&
                        !(x == 0 && distance == 0);
        const size_t i_end = found ? i + x - 1 : a->count,
                     j_end = found ? j + (distance - 1) - (x - 1) : b->count;
        print_side(a, i, i_end);
        print_side(b, j, j_end);
        print(L"*****\r\n\r\n");
        if (!found && (a->count > i + window || b->count > j + window)) {
            print(L"Resync Failed.  Files are too different.\r\n");
            return 1;
        }
        i = i_end;
        j = j_end;
    }
    return status;
}

static int compare_bytes(const struct file *a, const struct file *b)
{
    const size_t common = a->size < b->size ? a->size : b->size;
    int status = 0;
    for (size_t i = 0; i < common; i++)
        if (a->bytes[i] != b->bytes[i]) {
            print(L"%08X: %02X %02X\r\n", (unsigned)i, (unsigned char)a->bytes[i],
                  (unsigned char)b->bytes[i]);
            status = 1;
        }
    if (a->size != b->size) {
        print(L"FC: %ls longer than %ls\r\n\r\n", a->size > b->size ? a->name : b->name,
              a->size > b->size ? b->name : a->name);
        status = 1;
    }
    return status;
}

static BOOL is_binary_name(const wchar_t *name)
{
    static const wchar_t *const endings[] = {L".exe", L".com", L".sys", L".obj", L".lib", L".bin"};
    const wchar_t *dot = wcsrchr(name, '.');
    for (size_t i = 0; dot && i < ARRAYSIZE(endings); i++)
        if (!_wcsicmp(dot, endings[i]))
            return TRUE;
    return FALSE;
}

static int compare_files(const wchar_t *one, const wchar_t *other)
{
    struct file a, b;
    wchar_t *first = _wcslwr(copy_string(one)), *second = _wcsupr(copy_string(other));
    print(L"Comparing files %ls and %ls\r\n", first, second);
    free(first);
    free(second);
    if (!read_file(one, &a) || !read_file(other, &b))
        return 2;
    const int status = binary || (!text && is_binary_name(one)) ? compare_bytes(&a, &b)
                                                                : compare_text(&a, &b);
    if (!status)
        print(L"FC: no differences encountered\r\n\r\n");
    return status;
}

int wmain(int argc, wchar_t **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '/') {
            argv[++count] = argv[i];
            continue;
        }
        if (iswdigit(argv[i][1])) {
            resync = wcstoul(argv[i] + 1, NULL, 10);
        } else if (!_wcsnicmp(argv[i], L"/lb", 3)) {
            window = wcstoul(argv[i] + 3, NULL, 10);
        } else if (!_wcsnicmp(argv[i], L"/off", 4)) {
            /* no file is offline */
        } else {
            for (const wchar_t *p = argv[i]; *p; p++)
                switch (towlower(*p)) {
                case '/': break;
                case 'a': short_form = TRUE; break;
                case 'b': binary = TRUE; break;
                case 'c': ignore_case = TRUE; break;
                case 'l': text = TRUE; break;
                case 'n': numbers = TRUE; break;
                case 't': keep_tabs = TRUE; break;
                case 'u': unicode = TRUE; break;
                case 'w': squeeze = TRUE; break;
                default:
                    print(L"FC [/A] [/C] [/L] [/LBn] [/N] [/OFF[LINE]] [/T] [/U] [/W] [/nnnn] file1 file2\r\n"
                          L"FC /B file1 file2\r\n");
                    return *p == '?' ? 0 : 2;
                }
        }
    }
    if (count != 2) {
        complain(L"FC: Insufficient number of file specifications\r\n\r\n");
        return 2;
    }
    if (!has_wildcard(argv[1]) && !has_wildcard(argv[2])) {
        const wchar_t *own = argv[1] + folder_length(argv[1]);
        return compare_files(argv[1],
                             is_folder(argv[2]) ? join_path(argv[2], wcslen(argv[2]), own) : argv[2]);
    }
    /* each file of the first pattern with the one of that name, or the one file that is given */
    WIN32_FIND_DATAW *list;
    int status = 0;
    const size_t files = list_files(argv[1], &list);
    for (size_t i = 0; i < files; i++) {
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        wchar_t *one = join_path(argv[1], folder_length(argv[1]), list[i].cFileName);
        wchar_t *other = has_wildcard(argv[2]) ? join_path(argv[2], folder_length(argv[2]), list[i].cFileName)
                         : is_folder(argv[2])  ? join_path(argv[2], wcslen(argv[2]), list[i].cFileName)
                                               : copy_string(argv[2]);
        const int result = compare_files(one, other);
        status = result > status ? result : status;
        free(one);
        free(other);
    }
    if (!files) {
        complain(L"FC: cannot open %ls - No such file or folder\r\n\r\n", argv[1]);
        status = 2;
    }
    free(list);
    return status;
}
