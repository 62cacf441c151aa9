/*
 * The first process's program and command line from Unix arguments.
 */
#include "io/io.h"
#include "no_memory.h"
#include "io/system.h"
#include "ps/start.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends one argument so that the documented rules (2n backslashes before a quote) give it back. */
static char *quote(char *to, const char *argument)
{
    if (*argument && !strpbrk(argument, " \t\n\v\""))
        return stpcpy(to, argument);
    *to++ = '"';
    for (;; argument++) {
        size_t backslashes = 0;
        while (*argument == '\\')
            argument++, backslashes++;
        if (!*argument || *argument == '"')
            backslashes *= 2;
        if (*argument == '"')
            backslashes++;
        memset(to, '\\', backslashes);
        to += backslashes;
        if (!*argument)
            break;
        *to++ = *argument;
    }
    *to++ = '"';
    *to = 0;
    return to;
}

/* cmd.exe takes what follows /c as it stands and knows no backslash before a quote: one argument with a whole
 * command goes between quotes, which it takes off again. */
static bool takes_command(const WCHAR *program, size_t length, char **argument, char **start)
{
    static const char name[] = "cmd.exe";
    const size_t count = sizeof name - 1;
    if (length < count || (length > count && program[length - count - 1] != '\\'))
        return false;
    for (size_t i = 0; i < count; i++)
        if ((program[length - count + i] | 32) != (name[i] | 32))
            return false;
    return argument > start && argument[-1][0] == '/' && strchr("cCkKrR", argument[-1][1]) &&
           argument[-1][1] && !argument[-1][2] && !argument[1] && strchr(*argument, '"');
}

WCHAR *ps_command_line(const WCHAR *program, char **arguments)
{
    size_t program_length = 0, size = 1;
    bool quoted = false;
    while (program[program_length])
        quoted |= program[program_length++] == ' ';
    for (char **argument = arguments; *argument; argument++)
        size += 2 * strlen(*argument) + 3;
    char *text = malloc(size);
    WCHAR *line = malloc((program_length + size + 3) * sizeof *line);
    if (!text || !line)
        die_without_memory();
    char *end = text;
    for (char **argument = arguments; *argument; argument++) {
        *end++ = ' ';
        if (takes_command(program, program_length, argument, arguments))
            end += sprintf(end, "\"%s\"", *argument);
        else
            end = quote(end, *argument);
    }
    *end = 0;
    size_t used = 0;
    if (quoted)
        line[used++] = '"';
    memcpy(line + used, program, program_length * sizeof *line);
    used += program_length;
    if (quoted)
        line[used++] = '"';
    used += io_utf8_to_utf16(text, line + used, size);
    line[used] = 0;
    free(text);
    return line;
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* folder may be NULL; tries the name as it is and with ".exe". */
static bool find_in(const char *folder, const char *name, char *ret_path, size_t size)
{
    static const char *const endings[] = {"", ".exe"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        int length = snprintf(ret_path, size, "%s%s%s%s", folder ? folder : "", folder ? "/" : "", name,
                              endings[i]);
        if (length > 0 && (size_t)length < size && is_file(ret_path))
            return true;
    }
    return false;
}

static bool find_in_path(const char *name, char *ret_path, size_t size)
{
    const char *path = getenv("PATH");
    char *folders, *save = NULL;
    bool found = false;
    if (asprintf(&folders, "%s:%s", io_system_directory(), path ? path : "") < 0)
        die_without_memory();
    for (char *folder = strtok_r(folders, ":", &save); folder && !found; folder = strtok_r(NULL, ":", &save))
        found = find_in(folder, name, ret_path, size);
    free(folders);
    return found;
}

const char *ps_find_program(const char *name)
{
    char found[4096], absolute[8192];
    bool have = find_in(NULL, name, found, sizeof found);
    if (!have && strpbrk(name, "\\:")) {
        char *unix_path = io_dos_to_unix(name);
        have = unix_path && find_in(NULL, unix_path, found, sizeof found);
        free(unix_path);
    }
    if (!have && !strchr(name, '/'))
        have = find_in_path(name, found, sizeof found);
    if (!have)
        return NULL;
    const char *relative = found;
    if (*relative == '/')
        return strdup(found);
    char cwd[4000];
    if (!getcwd(cwd, sizeof cwd))
        return NULL;
    while (strncmp(relative, "./", 2) == 0)
        relative += 2;
    snprintf(absolute, sizeof absolute, "%s/%s", strcmp(cwd, "/") ? cwd : "", relative);
    return strdup(absolute);
}
