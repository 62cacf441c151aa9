/*
 * What file commands share: their words and switches, paths, wildcards.
 */
#include "cmd.h"

static void add_word(wchar_t ***list, size_t *count, wchar_t *word)
{
    *list = resize(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = word;
}

/* "a.txt/y" is a name and a switch, "/s/q" are two switches. */
void read_words(const wchar_t *arguments, struct words *ret_words)
{
    const wchar_t *p = arguments;
    *ret_words = (struct words){0};
    while (*(p = skip_delimiters(p))) {
        struct text word = {0};
        const BOOL is_switch = *p == '/';
        BOOL quoted = FALSE;
        do {
            if (*p == '"')
                quoted = !quoted;
            else
                text_put(&word, is_switch ? (wchar_t)towlower(*p) : *p);
            p++;
        } while (*p && (quoted || (!is_delimiter(*p) && *p != '/')));
        if (is_switch)
            add_word(&ret_words->switches, &ret_words->switch_count, text_take(&word));
        else
            add_word(&ret_words->names, &ret_words->count, text_take(&word));
    }
}

void free_words(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->names[i]);
    for (size_t i = 0; i < words->switch_count; i++)
        free(words->switches[i]);
    free(words->names);
    free(words->switches);
}

const wchar_t *find_switch(const struct words *words, wchar_t letter)
{
    const wchar_t *found = NULL;
    for (size_t i = 0; i < words->switch_count; i++) {
        const wchar_t *text = words->switches[i] + 1;
        const BOOL negated = *text == '-';
        if (text[negated] == letter)
            found = negated ? NULL : text + 1;
    }
    return found;
}

BOOL only_switches(const struct words *words, const wchar_t *letters)
{
    for (size_t i = 0; i < words->switch_count; i++) {
        const wchar_t *text = words->switches[i] + 1;
        text += *text == '-';
        if (!*text || !wcschr(letters, *text)) {
            print_error(L"Invalid switch - \"%ls\".\r\n", words->switches[i] + 1);
            return FALSE;
        }
    }
    return TRUE;
}

BOOL is_folder(const wchar_t *path)
{
    const DWORD attributes = has_wildcard(path) ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

BOOL has_wildcard(const wchar_t *name)
{
    if (wcsncmp(name, L"\\\\?\\", 4) == 0)
        name += 4;
    return wcspbrk(name, L"*?") != NULL;
}

size_t folder_length(const wchar_t *path)
{
    size_t length = wcslen(path);
    while (length && !wcschr(L"\\/:", path[length - 1]))
        length--;
    return length;
}

wchar_t *join_path(const wchar_t *folder, size_t length, const wchar_t *name)
{
    struct text path = {0};
    text_add(&path, folder, length);
    text_append(&path, name);
    return text_take(&path);
}

wchar_t *path_into(const wchar_t *folder, const wchar_t *name)
{
    const size_t length = wcslen(folder);
    struct text path = {0};
    text_append(&path, folder);
    if (length && !wcschr(L"\\/:", folder[length - 1]))
        text_put(&path, '\\');
    text_append(&path, name);
    return text_take(&path);
}

wchar_t *full_path(const wchar_t *path)
{
    const DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = allocate((room + 1) * sizeof *full);
    if (!room || !GetFullPathNameW(path, room, full, NULL)) {
        free(full);
        return copy_string(path);
    }
    return full;
}

/* A star takes all up to the last occurrence of the character behind it; a question mark takes one; other
 * characters replace one each, up to the next dot. */
wchar_t *apply_pattern(const wchar_t *name, const wchar_t *pattern)
{
    struct text to = {0};
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            const wchar_t *stop = pattern[1] ? wcsrchr(name, pattern[1]) : NULL;
            if (pattern[1] && stop) {
                text_add(&to, name, (size_t)(stop - name));
                name = stop;
            } else {
                text_append(&to, name);
                name += wcslen(name);
            }
        } else if (*pattern == '?') {
            if (*name && *name != '.')
                text_put(&to, *name++);
        } else {
            text_put(&to, *pattern);
            if (*pattern == '.') {
                name += wcscspn(name, L".");
                name += *name == '.';
            } else if (*name && *name != '.') {
                name++;
            }
        }
    }
    while (to.length && (to.chars[to.length - 1] == '.' || to.chars[to.length - 1] == ' '))
        to.chars[--to.length] = 0;
    return text_take(&to);
}

/* The order in which NTFS keeps names: by their capitals. */
static int compare_matches(const void *a, const void *b)
{
    const wchar_t *x = ((const struct match *)a)->entry.cFileName,
                  *y = ((const struct match *)b)->entry.cFileName;
    while (*x && towupper(*x) == towupper(*y))
        x++, y++;
    return (int)towupper(*x) - (int)towupper(*y);
}

size_t find_matches(const wchar_t *pattern, struct match **ret_matches)
{
    WIN32_FIND_DATAW entry;
    struct match *matches = NULL;
    size_t count = 0, room = 0;
    const size_t folder = folder_length(pattern);
    const HANDLE find = FindFirstFileW(pattern, &entry);
    if (find != INVALID_HANDLE_VALUE) {
        do {
            if (wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
                continue;
            if (count == room) {
                room = room ? room * 2 : 16;
                matches = resize(matches, room * sizeof *matches);
            }
            matches[count].path = join_path(pattern, folder, entry.cFileName);
            matches[count++].entry = entry;
        } while (FindNextFileW(find, &entry));
        FindClose(find);
    }
    if (count > 1)
        qsort(matches, count, sizeof *matches, compare_matches);
    *ret_matches = matches;
    return count;
}

void free_matches(struct match *matches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(matches[i].path);
    free(matches);
}

BOOL read_attributes(const wchar_t *letters, struct attributes *ret_attributes)
{
    static const struct {
        wchar_t letter;
        DWORD bit;
    } bits[] = {{'d', FILE_ATTRIBUTE_DIRECTORY}, {'h', FILE_ATTRIBUTE_HIDDEN},
                {'s', FILE_ATTRIBUTE_SYSTEM},    {'l', FILE_ATTRIBUTE_REPARSE_POINT},
                {'r', FILE_ATTRIBUTE_READONLY},  {'a', FILE_ATTRIBUTE_ARCHIVE},
                {'o', FILE_ATTRIBUTE_OFFLINE},   {'i', FILE_ATTRIBUTE_NOT_CONTENT_INDEXED}};
    *ret_attributes = (struct attributes){0};
    for (letters += *letters == ':'; *letters; letters++) {
        const BOOL negated = *letters == '-';
        letters += negated;
        size_t i = 0;
        while (i < ARRAYSIZE(bits) && bits[i].letter != towlower(*letters))
            i++;
        if (i == ARRAYSIZE(bits)) {
            print_error(L"Parameter format not correct - \"%ls\".\r\n", letters);
            return FALSE;
        }
        if (negated)
            ret_attributes->unwanted |= bits[i].bit;
        else
            ret_attributes->wanted |= bits[i].bit;
    }
    return TRUE;
}
