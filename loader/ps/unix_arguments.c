/*
 * Command lines of programs of the host: what a guest writes as one text, with DOS paths in it.
 */
#include "ps/unix_arguments.h"
#include "io/io.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **ps_split_arguments(const char *line, char *path)
{
    size_t length = strlen(line), count = 1;
    char **arguments = calloc(length / 2 + 3, sizeof *arguments);
    char *text = malloc(length + 2), *out = text;
    if (!arguments || !text) {
        free(arguments);
        free(text);
        return NULL;
    }
    const char *p = line;
    if (*p == '"') {
        for (p++; *p && *p != '"'; p++)
            ;
        p += *p == '"';
    }
    while (*p && *p != ' ' && *p != '\t')
        p++;
    arguments[0] = path;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            break;
        arguments[count++] = out;
        bool quoted = false;
        for (; *p && (quoted || (*p != ' ' && *p != '\t')); p++) {
            size_t slashes = strspn(p, "\\");
            if (slashes && p[slashes] == '"') {
                memset(out, '\\', slashes / 2);
                out += slashes / 2;
                p += slashes;
                if (slashes & 1)
                    *out++ = '"';
                else
                    p--;
            } else if (slashes) {
                memset(out, '\\', slashes);
                out += slashes;
                p += slashes - 1;
            } else if (*p == '"') {
                if (quoted && p[1] == '"') {
                    *out++ = '"';
                    p++;
                } else {
                    quoted = !quoted;
                }
            } else {
                *out++ = *p;
            }
        }
        *out++ = 0;
    }
    if (count == 1)
        free(text);
    return arguments;
}

/* The Unix path for a DOS path of that length, if that makes sense; malloc'ed. */
static char *unix_path(const char *text, size_t length)
{
    char *dos = strndup(text, length), *path = dos ? io_dos_to_unix(dos) : NULL, *whole = NULL;
    char *last = dos && !path ? dos + strlen(dos) : NULL;
    while (last && last[-1] != '/' && last[-1] != '\\')
        last--;
    if (last && *last) { /* something new in a folder that there is */
        char *name = strdup(last);
        *last = 0;
        path = io_dos_to_unix(dos);
        if (path && name && asprintf(&whole, "%s/%s", path, name) < 0)
            whole = NULL;
        free(name);
        free(path);
        path = whole;
    }
    free(dos);
    return path;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does a DOS path with a drive begin there? Not in the middle of a word, such as that of a URL. */
static bool begins_path(const char *argument, const char *at)
{
    if (!is_letter(at[0]) || at[1] != ':' || (at[2] != '/' && at[2] != '\\'))
        return false;
    if (at == argument || strchr("=,@", at[-1]))
        return true;
    return at == argument + 2 && argument[0] == '-'; /* -Ipath */
}

/* The argument with its paths translated, malloc'ed; NULL: it stays. */
static char *translate(const char *argument)
{
    bool list = strncmp(argument, "-W", 2) == 0; /* -Wl,a,b: separated by commas */
    char *result = NULL;
    for (const char *at = argument; *at; at++) {
        size_t length = list ? strcspn(at, ",") : strlen(at);
        if (!begins_path(argument, at))
            continue;
        char *path = unix_path(at, length), *joined;
        if (!path)
            continue;
        size_t head = (size_t)(at - argument), path_length = strlen(path), rest = strlen(at + length);
        joined = malloc(head + path_length + rest + 1);
        if (joined) {
            memcpy(joined, argument, head);
            memcpy(joined + head, path, path_length + 1);
            memcpy(joined + head + path_length, at + length, rest + 1);
        }
        free(path);
        free(result);
        if (!joined || !list)
            return joined;
        result = joined;
        argument = joined;
        at = joined + head + path_length - 1;
    }
    return result;
}

char **ps_translate_arguments(char **arguments)
{
    size_t count = 0, made = 0;
    while (arguments[count])
        count++;
    char **list = calloc(count + 1, sizeof *list);
    for (size_t i = 1; list && i < count; i++) {
        char *better = translate(arguments[i]);
        if (better)
            arguments[i] = list[made++] = better;
    }
    return list;
}
