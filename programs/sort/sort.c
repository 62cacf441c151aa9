/*
 * sort.exe: lines in order, as the user's locale has it, or (/l C) by their bytes.
 */
#include "../include/console.h"

struct line {
    const char *text; /* terminated, without its end */
    size_t length;
    unsigned char *key; /* made once, compared as bytes */
    size_t key_length, place;
};

static size_t column;
static BOOL reverse_order, unique, bytewise, case_matters;

static int compare_keys(const struct line *a, const struct line *b)
{
    const size_t common = a->key_length < b->key_length ? a->key_length : b->key_length;
    const int order = memcmp(a->key, b->key, common);
    if (order || a->key_length == b->key_length)
        return order;
    return a->key_length < b->key_length ? -1 : 1;
}

/* Lines that are equal stay in their order. */
static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    const int order = compare_keys(x, y);
    if (order)
        return reverse_order ? -order : order;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Folds ASCII capitals where case does not matter. */
static void make_byte_key(struct line *line, const char *text, size_t length)
{
    line->key = allocate(length);
    line->key_length = length;
    for (size_t i = 0; i < length; i++)
        line->key[i] = (unsigned char)(!case_matters && text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32
                                                                                         : text[i]);
}

static void make_key(struct line *line)
{
    static wchar_t *wide;
    static size_t room;
    const size_t skipped = column < line->length ? column : line->length;
    const char *text = line->text + skipped;
    const size_t length = line->length - skipped;
    if (!length || bytewise) {
        make_byte_key(line, text, length);
        return;
    }
    if (length > room) {
        room = length * 2;
        wide = resize(wide, room * sizeof *wide);
    }
    const DWORD flags = LCMAP_SORTKEY | (case_matters ? 0 : (DWORD)NORM_IGNORECASE);
    const UINT page = GetConsoleCP() ? GetConsoleCP() : CP_UTF8;
    const int units = MultiByteToWideChar(page, 0, text, (int)length, wide, (int)room);
    const int size = LCMapStringW(LOCALE_USER_DEFAULT, flags, wide, units, NULL, 0);
    line->key = allocate((size_t)size);
    line->key_length = (size_t)LCMapStringW(LOCALE_USER_DEFAULT, flags, wide, units, (wchar_t *)line->key,
                                            size);
}

static char *read_all(HANDLE handle, size_t *ret_size)
{
    size_t size = 0, room = 65536;
    char *bytes = allocate(room);
    DWORD done;
    while (ReadFile(handle, bytes + size, (DWORD)(room - size - 1), &done, NULL) && done) {
        size += done;
        if (room - size < 32768) {
            room *= 2;
            bytes = resize(bytes, room);
        }
    }
    *ret_size = size;
    return bytes;
}

static struct line *split(char *bytes, size_t size, size_t *ret_count)
{
    struct line *lines = NULL;
    size_t count = 0, room = 0;
    for (size_t at = 0; at < size;) {
        char *feed = memchr(bytes + at, '\n', size - at);
        const size_t end = feed ? (size_t)(feed - bytes) : size;
        size_t stop = end;
        if (stop > at && bytes[stop - 1] == '\r')
            stop--;
        if (!feed && stop == at + 1 && bytes[at] == 0x1a)
            break;
        bytes[stop] = 0;
        if (count == room) {
            room = room ? room * 2 : 1024;
            lines = resize(lines, room * sizeof *lines);
        }
        lines[count] = (struct line){.text = bytes + at, .length = stop - at, .place = count};
        make_key(&lines[count++]);
        at = end + 1;
    }
    *ret_count = count;
    return lines;
}

static BOOL write_lines(HANDLE to, const struct line *lines, size_t count)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        total += lines[i].length + 2;
    char *out = allocate(total);
    for (size_t i = 0; i < count; i++) {
        if (unique && i && !compare_keys(&lines[i - 1], &lines[i]))
            continue;
        memcpy(out + n, lines[i].text, lines[i].length);
        n += lines[i].length;
        out[n++] = '\r';
        out[n++] = '\n';
    }
    DWORD done;
    BOOL good = TRUE;
    for (size_t at = 0; at < n && good; at += done)
        good = WriteFile(to, out + at, (DWORD)(n - at), &done, NULL) && done;
    free(out);
    return good;
}

/* A switch may be shortened; its value stands in it or is the next word. */
static BOOL is_switch(const wchar_t *word, const wchar_t *name, size_t least)
{
    const size_t length = wcslen(word);
    return length > least && length <= wcslen(name) + 1 && !_wcsnicmp(word + 1, name, length - 1);
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *input = NULL, *output = NULL;
    for (int i = 1; i < argc; i++) {
        const wchar_t *word = argv[i];
        if (word[0] != '/') {
            input = word;
        } else if (word[1] == '+' && iswdigit(word[2])) {
            column = wcstoul(word + 2, NULL, 10);
            column -= column > 0;
        } else if (is_switch(word, L"reverse", 1) && _wcsnicmp(word, L"/rec", 4)) {
            reverse_order = TRUE;
        } else if (is_switch(word, L"unique", 1)) {
            unique = TRUE;
        } else if (is_switch(word, L"case_sensitive", 1)) {
            case_matters = TRUE;
        } else if (is_switch(word, L"output", 1) && i + 1 < argc) {
            output = argv[++i];
        } else if (is_switch(word, L"locale", 1) && i + 1 < argc) {
            bytewise = !_wcsicmp(argv[++i], L"c");
        } else if ((is_switch(word, L"memory", 1) || is_switch(word, L"temporary", 1) ||
                    is_switch(word, L"record_maximum", 3)) &&
                   i + 1 < argc) {
            i++; /* all is held in memory, lines may be of any length */
        } else if (!wcscmp(word, L"/?")) {
            print(
                L"SORT [/R] [/+n] [/M kilobytes] [/L locale] [/REC recordbytes] [/UNIQUE]\r\n"
                L"     [[drive1:][path1]filename1] [/T [drive2:][path2]] [/O [drive3:][path3]filename3]\r\n");
            return 0;
        } else {
            complain(L"Invalid switch.\r\n");
            return 1;
        }
    }
    HANDLE from = GetStdHandle(STD_INPUT_HANDLE), to = GetStdHandle(STD_OUTPUT_HANDLE);
    if (input) {
        from = CreateFileW(input, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                           NULL);
        if (from == INVALID_HANDLE_VALUE) {
            complain(L"%lsThe system cannot find the file specified.\r\n", input);
            return 1;
        }
    }
    size_t size, count;
    char *bytes = read_all(from, &size);
    struct line *lines = split(bytes, size, &count);
    if (input)
        CloseHandle(from);
    if (count)
        qsort(lines, count, sizeof *lines, compare_lines);
    if (output) { /* may be the input: opened only now */
        to = CreateFileW(output, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        if (to == INVALID_HANDLE_VALUE) {
            complain(L"%ls\r\n", error_text(GetLastError()));
            return 1;
        }
    }
    const BOOL good = write_lines(to, lines, count);
    if (output)
        CloseHandle(to);
    return !good;
}
