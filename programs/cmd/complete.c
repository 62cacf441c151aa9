/*
 * Tab completes the file name before the cursor at the prompt; again, it shows the next one. After cd, md,
 * rd, pushd and their long forms folders only.
 */
#include "cmd.h"

static struct {
    wchar_t **names; /* what can stand there, quoted if need be; sorted */
    size_t count, next;
    size_t start;            /* of the word in the line */
    wchar_t shown[MAX_LINE]; /* the line as the last completion left it */
} found;

static void forget(void)
{
    for (size_t i = 0; i < found.count; i++)
        free(found.names[i]);
    free(found.names);
    found.names = NULL;
    found.count = found.next = 0;
}

/* Where the last word begins: behind the last delimiter that is not in quotes. */
static size_t word_start(const wchar_t *line, size_t length)
{
    size_t start = 0;
    BOOL quoted = FALSE;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && (is_delimiter(line[i]) || wcschr(L"&|<>()@", line[i])))
            start = i + 1;
    }
    return start;
}

static BOOL wants_folders(const wchar_t *line, size_t start)
{
    static const wchar_t *const commands[] = {L"cd", L"chdir", L"md", L"mkdir", L"rd", L"rmdir", L"pushd"};
    size_t begin = start;
    while (begin && !wcschr(L"&|(@", line[begin - 1]))
        begin--;
    const wchar_t *word = skip_blanks(line + begin);
    size_t length = 0;
    while (word + length < line + start && iswalpha(word[length]))
        length++;
    for (size_t i = 0; i < ARRAYSIZE(commands); i++)
        if (wcslen(commands[i]) == length && _wcsnicmp(word, commands[i], length) == 0)
            return TRUE;
    return FALSE;
}

static int compare(const void *one, const void *other)
{
    const wchar_t *a = *(wchar_t *const *)one, *b = *(wchar_t *const *)other;
    return _wcsicmp(a + (*a == '"'), b + (*b == '"'));
}

/* folder: what of the word stays, without quotes. */
static wchar_t *whole_word(const wchar_t *folder, size_t folder_length, const wchar_t *name)
{
    static const wchar_t special[] = L" &()[]{}^=;!'+,`~";
    struct text text = {0};
    BOOL quotes = wcspbrk(name, special) != NULL;
    for (size_t i = 0; i < folder_length; i++)
        quotes |= wcschr(special, folder[i]) != NULL;
    if (quotes)
        text_put(&text, '"');
    text_add(&text, folder, folder_length);
    text_append(&text, name);
    if (quotes)
        text_put(&text, '"');
    return text_take(&text);
}

static void find_names(const wchar_t *line, size_t length)
{
    wchar_t word[PATH_ROOM], pattern[PATH_ROOM + 1];
    size_t used = 0, folder_length = 0;
    WIN32_FIND_DATAW data;
    forget();
    found.start = word_start(line, length);
    for (size_t i = found.start; i < length && used < PATH_ROOM - 1; i++)
        if (line[i] != '"')
            word[used++] = line[i];
    word[used] = 0;
    for (size_t i = 0; i < used; i++)
        if (wcschr(L"\\/:", word[i]))
            folder_length = i + 1;
    wcscpy(pattern, word);
    if (!wcspbrk(word + folder_length, L"*?"))
        wcscat(pattern, L"*");
    const BOOL folders = wants_folders(line, found.start);
    const HANDLE search = FindFirstFileW(pattern, &data);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..") ||
            (folders && !(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)))
            continue;
        wchar_t **more = realloc(found.names, (found.count + 1) * sizeof *more);
        if (!more)
            break;
        found.names = more;
        found.names[found.count++] = whole_word(word, folder_length, data.cFileName);
    } while (FindNextFileW(search, &data));
    FindClose(search);
    qsort(found.names, found.count, sizeof *found.names, compare);
}

/* Columns that text takes. */
static int columns(const wchar_t *text)
{
    int sum = 0;
    for (; *text; text++)
        sum += 1 + ((*text >= 0x1100 && *text <= 0x115f) || (*text >= 0x2e80 && *text <= 0xa4cf) ||
                    (*text >= 0xac00 && *text <= 0xd7a3) || (*text >= 0xf900 && *text <= 0xfaff) ||
                    (*text >= 0xfe30 && *text <= 0xfe6f) || (*text >= 0xff00 && *text <= 0xff60) ||
                    (*text >= 0xffe0 && *text <= 0xffe6));
    return sum;
}

/* What stands from `old` on becomes `new`; the cursor is `back` columns behind the beginning of the old one,
 * and then behind the new. */
static void redraw(HANDLE output, const wchar_t *old, const wchar_t *new, int back)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    DWORD done;
    if (!GetConsoleScreenBufferInfo(output, &info) || info.dwSize.X < 1)
        return;
    const int at = info.dwCursorPosition.Y * info.dwSize.X + info.dwCursorPosition.X - back;
    if (at < 0)
        return;
    SetConsoleCursorPosition(output, (COORD){(SHORT)(at % info.dwSize.X), (SHORT)(at / info.dwSize.X)});
    WriteConsoleW(output, new, (DWORD)wcslen(new), &done, NULL);
    const int left = columns(old) - columns(new);
    if (left > 0 && GetConsoleScreenBufferInfo(output, &info))
        FillConsoleOutputCharacterW(output, ' ', (DWORD)left, info.dwCursorPosition, &done);
}

/* line: with the tab at the cursor. Returns the new length. */
static size_t complete(HANDLE output, wchar_t *line, size_t length, size_t room)
{
    const size_t tab = wcscspn(line, L"\t");
    wchar_t *rest = copy_chars(line + tab + 1, length - tab - 1), *old = NULL, *new = NULL;
    line[tab] = 0;
    if (!found.count || wcscmp(line, found.shown) != 0)
        find_names(line, tab);
    if (!found.count) {
        DWORD done;
        WriteConsoleW(output, L"\a", 1, &done, NULL);
    }
    const size_t start = found.count ? found.start : tab;
    const wchar_t *name = found.count ? found.names[found.next++ % found.count] : L"";
    if (start + wcslen(name) + wcslen(rest) + 1 < room) {
        struct text before = {0}, after = {0};
        const int back = columns(line + start);
        text_append(&before, line + start);
        text_append(&before, rest);
        text_append(&after, name);
        text_append(&after, rest);
        old = text_take(&before);
        new = text_take(&after);
        redraw(output, old, new, back);
        wcscpy(line + start, name);
        wcscpy(found.shown, line);
        wcscat(line, rest);
    }
    free(rest);
    free(old);
    free(new);
    return wcslen(line);
}

BOOL read_command(wchar_t *line, size_t room)
{
    const HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    CONSOLE_READCONSOLE_CONTROL control = {.nLength = sizeof control, .dwCtrlWakeupMask = 1 << '\t'};
    DWORD mode, done;
    if (!GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) || !GetConsoleMode(output, &mode))
        return read_input(line, room);
    for (;;) {
        if (!read_console(line, room, &control, &done)) {
            forget();
            return FALSE;
        }
        if (line[done - 1] == '\n' || !wcschr(line, '\t'))
            break;
        control.nInitialChars = (ULONG)complete(output, line, done, room);
    }
    forget();
    while (done && (line[done - 1] == '\n' || line[done - 1] == '\r'))
        line[--done] = 0;
    return TRUE;
}
