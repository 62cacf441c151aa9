/*
 * more.com's work: text a screen at a time. Where the output is no console, all of it at once.
 */
#include "../include/console.h"

static unsigned tab = 8;
static BOOL extended, clear, squeeze;
static unsigned rows, row, first_line;

/* Waits at the end of a screen; FALSE ends the file. */
static BOOL wait_for_key(unsigned line)
{
    wchar_t key = 0;
    print(L"-- More --");
    if (read_key(INFINITE, &key) <= 0)
        return FALSE;
    print(L"\r          \r");
    key = (wchar_t)towlower(key);
    if (key == 'q' || key == 3)
        return FALSE;
    if (key == '=' && extended) {
        print(L"-- Line: %u --\r\n", line);
        return wait_for_key(line);
    }
    row = key == '\r' || key == '\n' ? rows - 1 : 0;
    return TRUE;
}

static void show_line(const char *line, size_t length)
{
    char *out = allocate(length * tab + 3);
    size_t n = 0, column = 0;
    DWORD done;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\f' && clear)
            continue;
        if (line[i] != '\t') {
            out[n++] = line[i];
            column++;
            continue;
        }
        do
            out[n++] = ' ';
        while (tab && ++column % tab);
    }
    out[n++] = '\r';
    out[n++] = '\n';
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), out, (DWORD)n, &done, NULL);
    free(out);
}

static BOOL show_file(FILE *file)
{
    static char line[65536];
    unsigned number = 0;
    BOOL blank = FALSE;
    while (fgets(line, sizeof line, file)) {
        const size_t length = strcspn(line, "\r\n");
        if (++number < first_line || (squeeze && blank && !length))
            continue;
        blank = !length;
        if (rows && row >= rows && !wait_for_key(number))
            return FALSE;
        show_line(line, length);
        row++;
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    CONSOLE_SCREEN_BUFFER_INFO screen;
    int files = 0, status = 0;
    for (int i = 1; i < argc; i++) {
        const char *p = argv[i];
        if (*p == '+' && p[1] >= '0' && p[1] <= '9') {
            first_line = (unsigned)atoi(p + 1);
        } else if (*p != '/') {
            argv[++files] = argv[i];
        } else {
            switch (p[1] | 32) {
            case 'e': extended = TRUE; break;
            case 'c': break;
            case 'p': clear = TRUE; break;
            case 's': squeeze = TRUE; break;
            case 't': tab = (unsigned)atoi(p + 2); break;
            default: fputs("MORE [/E [/C] [/P] [/S] [/Tn] [+n]] [files]\n", stdout); return p[1] != '?';
            }
        }
    }
    if (GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &screen) && is_console(STD_INPUT_HANDLE))
        rows = (unsigned)(screen.srWindow.Bottom - screen.srWindow.Top);
    if (!files)
        show_file(stdin);
    for (int i = 1; i <= files; i++) {
        FILE *file = fopen(argv[i], "r");
        if (!file) {
            fprintf(stderr, "Cannot access file %s\n", argv[i]);
            status = 1;
            continue;
        }
        const BOOL goes_on = show_file(file);
        fclose(file);
        if (!goes_on)
            break;
    }
    return status;
}
