/*
 * find.exe: lines that contain a string. Exit status 0: found, 1: not found, 2: wrong arguments.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static BOOL invert, count_only, number, ignore_case, skip_offline;
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

int main(int argc, char **argv)
{
    unsigned found = 0;
    int files = 0, status = 1;

    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '/' && argv[i][1]) {
            if (!_stricmp(argv[i], "/v"))
                invert = TRUE;
            else if (!_stricmp(argv[i], "/c"))
                count_only = TRUE;
            else if (!_stricmp(argv[i], "/n"))
                number = TRUE;
            else if (!_stricmp(argv[i], "/i"))
                ignore_case = TRUE;
            else if (!_strnicmp(argv[i], "/off", 4))
                skip_offline = TRUE;
            else if (!strcmp(argv[i], "/?")) {
                puts("FIND [/V] [/C] [/N] [/I] [/OFF[LINE]] \"string\" [[drive:][path]filename[ ...]]");
                return 0;
            } else {
                fputs("FIND: Invalid switch\n", stderr);
                return 2;
            }
        } else if (!what) {
            what = argv[i];
            what_length = strlen(what);
        } else {
            argv[++files] = argv[i];
        }
    }
    /* The string must be in quotes, as it is written. */
    if (!what || !strchr(GetCommandLineA(), '"')) {
        fputs("FIND: Parameter format not correct\n", stderr);
        return 2;
    }
    if (!files) {
        found = search(stdin);
        if (count_only)
            printf("%u\n", found);
        return found ? 0 : 1;
    }
    for (int i = 1; i <= files; i++) {
        FILE *file = fopen(argv[i], "r");
        if (!file) {
            fprintf(stderr, "File not found - %s\n", argv[i]);
            continue;
        }
        for (char *p = argv[i]; *p; p++)
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
        printf("\n---------- %s", argv[i]);
        if (!count_only)
            puts("");
        found = search(file);
        if (count_only)
            printf(": %u\n", found);
        if (found)
            status = 0;
        fclose(file);
    }
    return status;
}
