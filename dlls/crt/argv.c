/*
 * The command line as arguments, with wildcards.
 */
#include "crt.h"

/* Splits a command line by the rules of Microsoft's C compiler. With NULLs it only counts. Marks
 * wildcards outside quotes by \1 and \2 for expansion. Returns the count of characters used. */
static size_t split(const wchar_t *line, wchar_t **argv, wchar_t *text, int *ret_count, bool mark)
{
    size_t used = 0;
    int count = 0;
    bool quoted = false;
    const wchar_t *p = line;
#define PUT(c) (text ? (void)(text[used] = (c)) : (void)0, used++)

    if (argv)
        argv[count] = text;
    count++;
    while (*p && (quoted || (*p != ' ' && *p != '\t'))) {
        if (*p == '"')
            quoted = !quoted;
        else
            PUT(*p);
        p++;
    }
    PUT(0);
    quoted = false;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            break;
        if (argv)
            argv[count] = text + used;
        count++;
        for (;;) {
            unsigned int slashes = 0;
            bool copy = true;
            while (*p == '\\')
                p++, slashes++;
            if (*p == '"') {
                if (slashes % 2 == 0) {
                    if (quoted && p[1] == '"') {
                        p++;
                        if (!CRT_UCRT)
                            quoted = false;
                    } else {
                        copy = false;
                        quoted = !quoted;
                    }
                }
                slashes /= 2;
            }
            while (slashes--)
                PUT('\\');
            if (!*p || (!quoted && (*p == ' ' || *p == '\t')))
                break;
            if (copy)
                PUT(mark && !quoted && *p == '*' ? 1 : mark && !quoted && *p == '?' ? 2 : *p);
            p++;
        }
        PUT(0);
    }
#undef PUT
    *ret_count = count;
    return used;
}

struct list {
    wchar_t **items;
    int count, room;
};

static bool append(struct list *list, wchar_t *item)
{
    if (list->count + 2 > list->room) {
        int room = list->room ? list->room * 2 : 16;
        wchar_t **items = realloc(list->items, room * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
    return true;
}

/* Appends the sorted names that match, or the pattern itself. */
static bool expand_wildcards(struct list *list, wchar_t *pattern)
{
    WIN32_FIND_DATAW found;
    size_t folder = 0;
    int first = list->count;
    bool wild = false;

    for (wchar_t *p = pattern; *p; p++) {
        if (*p == 1 || *p == 2) {
            wild = true;
            *p = *p == 1 ? '*' : '?';
        }
        if ((*p == '\\' || *p == '/' || *p == ':') && !wild)
            folder = p + 1 - pattern;
    }
    if (!wild)
        return append(list, pattern);
    HANDLE find = FindFirstFileW(pattern, &found);
    if (find == INVALID_HANDLE_VALUE)
        return append(list, pattern);
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        size_t length = wcslen(found.cFileName);
        wchar_t *name = malloc((folder + length + 1) * sizeof *name);
        if (!name || !append(list, name)) {
            FindClose(find);
            return false;
        }
        memcpy(name, pattern, folder * sizeof *name);
        memcpy(name + folder, found.cFileName, (length + 1) * sizeof *name);
        int i = list->count - 1;
        while (i > first && _wcsicmp(list->items[i - 1], name) > 0) {
            list->items[i] = list->items[i - 1];
            i--;
        }
        list->items[i] = name;
    } while (FindNextFileW(find, &found));
    FindClose(find);
    return list->count > first || append(list, pattern);
}

/* The tables are made again when wildcards are wanted otherwise than before; who has the old ones keeps them.
 */
static bool wide_expanded, narrow_expanded;

int crt_make_wargv(bool expand)
{
    const wchar_t *line = _wcmdln ? _wcmdln : GetCommandLineW();
    int count;

    if (__wargv && wide_expanded == expand)
        return 0;
    if (!*line)
        line = _wpgmptr;
    size_t length = split(line, NULL, NULL, &count, expand);
    wchar_t **argv = malloc((count + 1) * sizeof *argv + length * sizeof(wchar_t));
    if (!argv)
        return -1;
    split(line, argv, (wchar_t *)(argv + count + 1), &count, expand);
    argv[count] = NULL;
    if (expand) {
        struct list list = {0};
        bool ok = append(&list, argv[0]);
        for (int i = 1; ok && i < count; i++)
            ok = expand_wildcards(&list, argv[i]);
        if (!ok)
            return -1;
        argv = list.items;
        count = list.count;
    }
    __argc = count;
    __wargv = argv;
    wide_expanded = expand;
    return 0;
}

int crt_make_argv(bool expand)
{
    if (__argv && narrow_expanded == expand)
        return 0;
    if (crt_make_wargv(expand))
        return -1;
    wchar_t **wide = __wargv;
    int count = __argc;
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += WideCharToMultiByte(CP_ACP, 0, wide[i], -1, NULL, 0, NULL, NULL);
    char **argv = malloc((count + 1) * sizeof *argv + total);
    if (!argv)
        return -1;
    char *text = (char *)(argv + count + 1);
    for (int i = 0; i < count; i++) {
        int size = WideCharToMultiByte(CP_ACP, 0, wide[i], -1, text, (int)total, NULL, NULL);
        argv[i] = text;
        text += size;
        total -= size;
    }
    argv[count] = NULL;
    __argv = argv;
    narrow_expanded = expand;
    return 0;
}
