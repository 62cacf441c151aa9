/*
 * find.exe: lines that contain a string. Exit status 0: found, 1: not found, 2: wrong arguments.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static BOOL invert, count_only, number, ignore_case;
static char *what;
static size_t what_length;

static BOOL contains(const char *line, size_t length)
{
    int (*compare)(const char *, const char *, size_t) = ignore_case ? _strnicmp : strncmp;

    for (size_t i = 0; what_length && i + what_length <= length; i++)
        if (!compare(line + i, what, what_length))
            return TRUE;
    return FALSE;
}

/* The bytes as they are: programs write what code page they like. */
static unsigned search(FILE *file)
{
    static char line[65536];
    unsigned matches = 0, row = 0;

    while (fgets(line, sizeof line, file)) {
        size_t length = strlen(line);
        while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = 0;
        row++;
        if (contains(line, length) == invert)
            continue;
        matches++;
        if (count_only)
            continue;
        if (number)
            printf("[%u]", row);
        printf("%s\n", line);
    }
    return matches;
}

static int search_file(const char *name)
{
    FILE *file = fopen(name, "r");
    char *upper = strdup(name);

    if (!file || !upper) {
        fprintf(stderr, "File not found - %s\n", upper ? _strupr(upper) : name);
        free(upper);
        return 1;
    }
    printf("\n---------- %s", _strupr(upper));
    free(upper);
    if (!count_only)
        puts("");
    const unsigned found = search(file);
    if (count_only)
        printf(": %u\n", found);
    fclose(file);
    return !found;
}

/* A name or pattern; 0 if a file of it has the string. */
static int search_pattern(const char *pattern)
{
    WIN32_FIND_DATAA entry;
    char path[MAX_PATH * 2];
    size_t folder = strlen(pattern);
    int status = 1;

    if (!strpbrk(pattern, "*?"))
        return search_file(pattern);
    while (folder && !strchr("\\/:", pattern[folder - 1]))
        folder--;
    const HANDLE find = FindFirstFileA(pattern, &entry);
    if (find == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "File not found - %s\n", pattern);
        return 1;
    }
    do {
        if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        snprintf(path, sizeof path, "%.*s%s", (int)folder, pattern, entry.cFileName);
        status &= search_file(path);
    } while (FindNextFileA(find, &entry));
    FindClose(find);
    return status;
}

/* The next word of the command line; *ret_quoted if quotes begin it. In quotes two quotes are one, and
 * backslashes are text, which sets this apart from how other programs read their arguments. */
static char *take_word(const char **place, BOOL *ret_quoted)
{
    const char *p = *place;
    while (*p == ' ' || *p == '\t')
        p++;
    if (!*p)
        return NULL;
    char *word = malloc(strlen(p) + 1), *to = word;
    BOOL quoted = FALSE;
    if (!word)
        abort();
    *ret_quoted = *p == '"';
    for (; *p && (quoted || (*p != ' ' && *p != '\t')); p++) {
        if (*p != '"')
            *to++ = *p;
        else if (quoted && p[1] == '"')
            *to++ = *p++;
        else
            quoted = !quoted;
    }
    *to = 0;
    *place = p;
    return word;
}

static BOOL read_switch(const char *word)
{
    if (!_stricmp(word, "/v"))
        invert = TRUE;
    else if (!_stricmp(word, "/c"))
        count_only = TRUE;
    else if (!_stricmp(word, "/n"))
        number = TRUE;
    else if (!_stricmp(word, "/i"))
        ignore_case = TRUE;
    else if (_strnicmp(word, "/off", 4))
        return FALSE;
    return TRUE;
}

int main(void)
{
    const char *place = GetCommandLineA();
    char *files[256], *word;
    unsigned found = 0;
    int count = 0, status = 1;
    BOOL quoted, what_quoted = FALSE;

    free(take_word(&place, &quoted));
    while ((word = take_word(&place, &quoted)) != NULL) {
        if (word[0] == '/' && word[1] && !quoted) {
            if (!strcmp(word, "/?")) {
                puts("FIND [/V] [/C] [/N] [/I] [/OFF[LINE]] \"string\" [[drive:][path]filename[ ...]]");
                return 0;
            }
            /* several in one word: /i/v */
            for (char *part = word, *next; part; part = next) {
                next = strchr(part + 1, '/');
                char *copy = strdup(part);
                if (copy && next)
                    copy[next - part] = 0;
                if (!copy || !read_switch(copy)) {
                    fputs("FIND: Invalid switch\n", stderr);
                    return 2;
                }
                free(copy);
            }
        } else if (!what) {
            what = word;
            what_quoted = quoted;
            what_length = strlen(what);
        } else if (count < (int)(sizeof files / sizeof *files)) {
            files[count++] = word;
        }
    }
    /* The string must be in quotes, as it is written. */
    if (!what || !what_quoted) {
        fputs("FIND: Parameter format not correct\n", stderr);
        return 2;
    }
    if (!count) {
        found = search(stdin);
        if (count_only)
            printf("%u\n", found);
        return found ? 0 : 1;
    }
    for (int i = 0; i < count; i++)
        status &= search_pattern(files[i]);
    return status;
}
