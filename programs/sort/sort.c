/*
 * sort.exe: lines in order, as the user's locale has it.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned column;
static BOOL reverse_order, unique;

static int compare_lines(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;

    x += strlen(x) < column ? strlen(x) : column;
    y += strlen(y) < column ? strlen(y) : column;
    int order = CompareStringA(LOCALE_USER_DEFAULT, NORM_IGNORECASE, x, -1, y, -1) - CSTR_EQUAL;
    return reverse_order ? -order : order;
}

int main(int argc, char **argv)
{
    static char line[65536];
    const char *input = NULL, *output = NULL;
    char **lines = NULL;
    size_t count = 0, room = 0;

    for (int i = 1; i < argc; i++) {
        if (!_strnicmp(argv[i], "/r", 2) && _strnicmp(argv[i], "/rec", 4)) {
            reverse_order = TRUE;
        } else if (argv[i][0] == '/' && argv[i][1] == '+') {
            column = (unsigned)atoi(argv[i] + 2);
            column -= column > 0;
        } else if (!_strnicmp(argv[i], "/uni", 4)) {
            unique = TRUE;
        } else if (!_strnicmp(argv[i], "/o", 2) && i + 1 < argc) {
            output = argv[++i];
        } else if (!_strnicmp(argv[i], "/l", 2) || !_strnicmp(argv[i], "/m", 2) ||
                   !_strnicmp(argv[i], "/t", 2) || !_strnicmp(argv[i], "/rec", 4)) {
            i++; /* locale, memory, folder and record length are as they are */
        } else if (!strcmp(argv[i], "/?")) {
            puts("SORT [/R] [/+n] [/UNIQUE] [[drive1:][path1]filename1] [/O [drive3:][path3]filename3]");
            return 0;
        } else if (argv[i][0] == '/') {
            fputs("Invalid switch.\n", stderr);
            return 1;
        } else {
            input = argv[i];
        }
    }
    FILE *from = input ? fopen(input, "r") : stdin, *to = stdout;
    if (!from) {
        fprintf(stderr, "%sThe system cannot find the file specified.\n", input);
        return 1;
    }
    while (fgets(line, sizeof line, from)) {
        line[strcspn(line, "\r\n")] = 0;
        if (count == room) {
            room = room * 2 + 256;
            lines = realloc(lines, room * sizeof *lines);
            if (!lines)
                abort();
        }
        if (!(lines[count++] = strdup(line)))
            abort();
    }
    if (input)
        fclose(from);
    qsort(lines, count, sizeof *lines, compare_lines);
    if (output && !(to = fopen(output, "w"))) {
        fputs("Access is denied.\n", stderr);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        if (!unique || !i || compare_lines(&lines[i - 1], &lines[i]))
            fprintf(to, "%s\n", lines[i]);
    return 0;
}
