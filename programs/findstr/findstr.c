/*
 * findstr.exe: lines that match strings or its own small regular expressions (. * ^ $ [] [^] \< \> \x).
 * Exit status 0: found, 1: not found, 2: wrong arguments.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    BOOL begin, end, literal, regular, recurse, ignore_case, exact, invert, number, names, offset, printable;
    const char *folders; /* /d: a;b */
    char *strings[256];
    unsigned count;
} option;

static char fold(char c)
{
    return option.ignore_case && c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static BOOL is_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* One element of a pattern; gives its length. */
static size_t element_length(const char *p)
{
    if (*p == '\\' && p[1])
        return 2;
    if (*p == '[') {
        size_t n = 1 + (p[1] == '^');
        n += p[n] == ']';
        while (p[n] && p[n] != ']')
            n++;
        return p[n] ? n + 1 : 1;
    }
    return 1;
}

static BOOL matches_one(const char *p, size_t length, char c)
{
    if (!c)
        return FALSE;
    if (*p == '\\' && length == 2)
        return fold(p[1]) == fold(c);
    if (*p == '.')
        return TRUE;
    if (*p != '[' || length == 1)
        return fold(*p) == fold(c);
    BOOL negate = p[1] == '^', hit = FALSE;
    for (size_t i = 1 + (size_t)negate; i < length - 1; i++) {
        if (i + 2 < length - 1 && p[i + 1] == '-') {
            hit |= fold(c) >= fold(p[i]) && fold(c) <= fold(p[i + 2]);
            i += 2;
        } else {
            hit |= fold(p[i]) == fold(c);
        }
    }
    return hit != negate;
}

static BOOL match_here(const char *p, const char *line, const char *at)
{
    for (;;) {
        if (!*p)
            return (!option.end && !option.exact) || !*at;
        if (*p == '$' && !p[1])
            return !*at;
        if (*p == '\\' && p[1] == '<') {
            if (!is_word(*at) || (at > line && is_word(at[-1])))
                return FALSE;
            p += 2;
            continue;
        }
        if (*p == '\\' && p[1] == '>') {
            if (is_word(*at) || at == line || !is_word(at[-1]))
                return FALSE;
            p += 2;
            continue;
        }
        size_t length = element_length(p);
        if (p[length] == '*') {
            const char *most = at;
            while (matches_one(p, length, *most))
                most++;
            for (;; most--) {
                if (match_here(p + length + 1, line, most))
                    return TRUE;
                if (most == at)
                    return FALSE;
            }
        }
        if (!matches_one(p, length, *at))
            return FALSE;
        p += length;
        at++;
    }
}

static BOOL match_literal(const char *string, const char *line)
{
    size_t n = strlen(string), all = strlen(line);

    for (size_t i = 0; i + n <= all; i++) {
        size_t k = 0;
        while (k < n && fold(string[k]) == fold(line[i + k]))
            k++;
        if (k == n && (!(option.begin || option.exact) || !i) &&
            (!(option.end || option.exact) || i + n == all))
            return TRUE;
        if ((option.begin || option.exact))
            break;
    }
    return option.end && n <= all && !option.exact && !option.begin &&
           !(option.ignore_case ? _stricmp : strcmp)(line + all - n, string);
}

static BOOL match_regular(const char *pattern, const char *line)
{
    if (*pattern == '^')
        return match_here(pattern + 1, line, line);
    if (option.begin || option.exact)
        return match_here(pattern, line, line);
    for (const char *at = line;; at++) {
        if (match_here(pattern, line, at))
            return TRUE;
        if (!*at)
            return FALSE;
    }
}

static BOOL search(FILE *file, const char *name)
{
    static char line[65536];
    unsigned row = 0;
    unsigned long long offset = 0;
    BOOL any = FALSE;

    while (fgets(line, sizeof line, file)) {
        size_t raw = strlen(line);
        line[strcspn(line, "\r\n")] = 0;
        row++;
        BOOL hit = FALSE;
        for (unsigned i = 0; i < option.count && !hit; i++)
            hit = option.literal ? match_literal(option.strings[i], line)
                                 : match_regular(option.strings[i], line);
        if (hit != option.invert) {
            any = TRUE;
            if (option.names) {
                puts(name);
                return TRUE;
            }
            if (name)
                printf("%s:", name);
            if (option.number)
                printf("%u:", row);
            if (option.offset)
                printf("%llu:", offset);
            puts(line);
        }
        offset += raw;
    }
    return any;
}

/* /p leaves out files with characters that no text has. */
static BOOL is_text(FILE *file)
{
    BOOL text = TRUE;
    for (int c; text && (c = fgetc(file)) != EOF;)
        text = c >= ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\b' || c == 0x1a;
    rewind(file);
    return text;
}

static BOOL search_file(const char *name, BOOL several)
{
    FILE *file = fopen(name, "r");

    if (!file) {
        fprintf(stderr, "FINDSTR: Cannot open %s\n", name);
        return FALSE;
    }
    BOOL found = (!option.printable || is_text(file)) && search(file, several || option.names ? name : NULL);
    fclose(file);
    return found;
}

/* A name or pattern in a folder, and below it with /s. */
static BOOL search_pattern(const char *pattern, BOOL several)
{
    char folder[MAX_PATH] = "", path[MAX_PATH * 2];
    const char *slash = strrchr(pattern, '\\');
    WIN32_FIND_DATAA found;
    BOOL any = FALSE, wild = strpbrk(pattern, "*?") != NULL;

    if (slash && slash - pattern < MAX_PATH - 1)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - pattern + 1), pattern);
    if (!wild && !option.recurse)
        return search_file(pattern, several);
    HANDLE handle = FindFirstFileA(pattern, &found);
    if (handle != INVALID_HANDLE_VALUE) {
        do {
            if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                continue;
            snprintf(path, sizeof path, "%s%s", folder, found.cFileName);
            any |= search_file(path, TRUE);
        } while (FindNextFileA(handle, &found));
        FindClose(handle);
    } else if (!option.recurse) {
        fprintf(stderr, "FINDSTR: Cannot open %s\n", pattern);
    }
    if (!option.recurse)
        return any;
    snprintf(path, sizeof path, "%s*", folder);
    handle = FindFirstFileA(path, &found);
    if (handle == INVALID_HANDLE_VALUE)
        return any;
    do {
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || found.cFileName[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s%s\\%s", folder, found.cFileName, slash ? slash + 1 : pattern);
        any |= search_pattern(path, TRUE);
    } while (FindNextFileA(handle, &found));
    FindClose(handle);
    return any;
}

static void add_strings(char *text)
{
    for (char *word = strtok(text, " "); word && option.count < 256; word = strtok(NULL, " "))
        option.strings[option.count++] = word;
}

static BOOL add_file(const char *name)
{
    static char line[4096];
    FILE *file = fopen(name, "r");

    if (!file)
        return FALSE;
    while (fgets(line, sizeof line, file) && option.count < 256) {
        line[strcspn(line, "\r\n")] = 0;
        option.strings[option.count++] = strdup(line);
    }
    fclose(file);
    return TRUE;
}

static BOOL has_magic(const char *text)
{
    return strpbrk(text, ".*^$[\\") != NULL;
}

/* /f: the names of the files, one a line; "/" is standard input. */
static BOOL search_listed(const char *list)
{
    static char line[4096];
    FILE *file = strcmp(list, "/") ? fopen(list, "r") : stdin;
    BOOL any = FALSE;

    if (!file) {
        fprintf(stderr, "FINDSTR: Cannot open %s\n", list);
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line)
            any |= search_file(line, TRUE);
    }
    if (file != stdin)
        fclose(file);
    return any;
}

/* The patterns in this folder or, with /d, in each of a list. */
static BOOL search_patterns(char **patterns, int count)
{
    static char old[MAX_PATH], folder[MAX_PATH];
    BOOL any = FALSE;

    if (!option.folders) {
        for (int i = 0; i < count; i++)
            any |= search_pattern(patterns[i], count > 1);
        return any;
    }
    GetCurrentDirectoryA(sizeof old, old);
    for (const char *p = option.folders; *p;) {
        size_t length = strcspn(p, ";");
        snprintf(folder, sizeof folder, "%.*s", (int)length, p);
        p += length + (p[length] == ';');
        if (!SetCurrentDirectoryA(folder)) {
            fprintf(stderr, "FINDSTR: Cannot open %s\n", folder);
            continue;
        }
        printf("  %s:\n", folder);
        for (int i = 0; i < count; i++)
            any |= search_pattern(patterns[i], TRUE);
        SetCurrentDirectoryA(old);
    }
    return any;
}

int main(int argc, char **argv)
{
    int files = 0;
    BOOL given = FALSE;
    const char *listed = NULL;

    for (int i = 1; i < argc; i++) {
        char *p = argv[i];
        if (p[0] == '/' && (p[1] | 32) == 'c' && p[2] == ':') {
            option.strings[option.count++] = p + 3;
            given = TRUE;
        } else if (p[0] == '/' && (p[1] | 32) == 'g' && p[2] == ':') {
            given = TRUE;
            if (!add_file(p + 3)) {
                fprintf(stderr, "FINDSTR: Cannot open %s\n", p + 3);
                return 2;
            }
        } else if (p[0] == '/' && p[1] && p[2] == ':' && strchr("fFdDaA", p[1])) {
            if ((p[1] | 32) == 'f')
                listed = p + 3;
            else if ((p[1] | 32) == 'd')
                option.folders = p + 3;
            /* colors (/a) are a console's */
        } else if (!_strnicmp(p, "/off", 4)) {
            /* no file is offline */
        } else if (p[0] == '/' && p[1]) {
            for (p++; *p; p++) {
                switch (*p | 32) {
                case 'b': option.begin = TRUE; break;
                case 'e': option.end = TRUE; break;
                case 'l': option.literal = TRUE; break;
                case 'r': option.regular = TRUE; break;
                case 's': option.recurse = TRUE; break;
                case 'i': option.ignore_case = TRUE; break;
                case 'x': option.exact = TRUE; break;
                case 'v': option.invert = TRUE; break;
                case 'n': option.number = TRUE; break;
                case 'm': option.names = TRUE; break;
                case 'o': option.offset = TRUE; break;
                case 'p': option.printable = TRUE; break;
                default:
                    if (*p == '?') {
                        puts(
                            "FINDSTR [/B] [/E] [/L] [/R] [/S] [/I] [/X] [/V] [/N] [/M] [/O] [/P] [/C:string] "
                            "[/F:file] [/G:file] [/D:dir list] [/A:color attributes] [/OFF[LINE]] "
                            "[strings] [[drive:][path]filename[ ...]]");
                        return 0;
                    }
                    fprintf(stderr, "FINDSTR: /%c ignored\n", *p);
                }
            }
        } else if (!given) {
            add_strings(p);
            given = TRUE;
        } else {
            argv[++files] = p;
        }
    }
    if (!option.count) {
        fputs("FINDSTR: Bad command line\n", stderr);
        return 2;
    }
    /* Without /l and /r the first string decides what they are. */
    if (!option.regular && !option.literal)
        option.literal = !has_magic(option.strings[0]);
    if (option.regular)
        option.literal = FALSE;
    if (listed)
        return search_listed(listed) ? 0 : 1;
    if (!files)
        return search(stdin, NULL) ? 0 : 1;
    return search_patterns(argv + 1, files) ? 0 : 1;
}
