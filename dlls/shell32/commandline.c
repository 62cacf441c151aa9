/*
 * CommandLineToArgvW.
 */
#include <windows.h>
#include <shellapi.h>

static BOOL is_space(WCHAR c)
{
    return c == ' ' || c == '\t';
}

/* Splits; with array NULL it only counts characters (terminators included) and arguments. The first
 * argument knows no backslashes: it ends at the closing quote or at white space. Later ones: 2n backslashes
 * and a quote are n backslashes and a quoting quote, 2n + 1 a literal one; a quote directly after a closing
 * quote is literal. */
static DWORD split(const WCHAR *line, WCHAR **array, WCHAR *text, DWORD *ret_count)
{
    DWORD used = 0, count = 0;
#define PUT(c)  (array ? (void)(text[used] = (c)) : (void)0, used++)
#define BEGIN() (array ? (void)(array[count] = text + used) : (void)0, count++)

    BEGIN();
    if (*line == '"') {
        for (line++; *line && *line != '"'; line++)
            PUT(*line);
        if (*line)
            line++;
    } else {
        for (; *line && !is_space(*line); line++)
            PUT(*line);
    }
    PUT(0);
    for (;;) {
        BOOL quoted = FALSE, closed = FALSE;
        while (is_space(*line))
            line++;
        if (!*line)
            break;
        BEGIN();
        while (*line && (quoted || !is_space(*line))) {
            DWORD slashes = 0;
            while (line[slashes] == '\\')
                slashes++;
            if (slashes) {
                closed = FALSE;
                line += slashes;
                BOOL before_quote = *line == '"';
                for (DWORD i = 0; i < (before_quote ? slashes / 2 : slashes); i++)
                    PUT('\\');
                if (before_quote && slashes & 1) {
                    PUT('"');
                    line++;
                }
                if (!before_quote || slashes & 1)
                    continue;
            }
            if (*line == '"') {
                if (closed) {
                    PUT('"');
                    closed = FALSE;
                } else {
                    quoted = !quoted;
                    closed = !quoted;
                }
            } else {
                PUT(*line);
                closed = FALSE;
            }
            line++;
        }
        PUT(0);
    }
#undef PUT
#undef BEGIN
    *ret_count = count;
    return used;
}

/* One block that LocalFree frees. An empty line gives the program's path. */
LPWSTR *WINAPI CommandLineToArgvW(LPCWSTR line, int *ret_count)
{
    WCHAR path[MAX_PATH * 4];
    DWORD count, length;
    WCHAR **array;

    if (!ret_count) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!line || !*line) {
        length = GetModuleFileNameW(NULL, path, MAX_PATH * 4);
        array = LocalAlloc(LMEM_FIXED, 2 * sizeof *array + (length + 1) * sizeof(WCHAR));
        if (!array)
            return NULL;
        array[0] = (WCHAR *)(array + 2);
        array[1] = NULL;
        CopyMemory(array[0], path, (length + 1) * sizeof(WCHAR));
        *ret_count = 1;
        return array;
    }
    length = split(line, NULL, NULL, &count);
    array = LocalAlloc(LMEM_FIXED, (count + 1) * sizeof *array + length * sizeof(WCHAR));
    if (!array)
        return NULL;
    split(line, array, (WCHAR *)(array + count + 1), &count);
    array[count] = NULL;
    *ret_count = (int)count;
    return array;
}
