/*
 * What a first process inherits from Unix: the environment block.
 */
#include "ex/processor.h"
#include "io/io.h"
#include "no_memory.h"
#include "ps/start.h"
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A growing list of "NAME=VALUE" in UTF-8. */
struct list {
    char **items;
    size_t count, room;
};

static void add(struct list *list, char *item)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        char **items = realloc(list->items, list->room * sizeof *items);
        if (!items)
            die_without_memory();
        list->items = items;
    }
    if (!item)
        die_without_memory();
    list->items[list->count++] = item;
}

__attribute__((format(printf, 2, 3))) static void add_format(struct list *list, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        die_without_memory();
    va_end(arguments);
    add(list, text);
}

/* Unix variables that mean something else, or nothing, on Windows. */
static bool is_unix_only(const char *item)
{
    static const char *const names[] = {"PATH",    "HOME", "PWD",    "OLDPWD",     "SHELL",           "_",
                                        "SHLVL",   "TMP",  "TMPDIR", "LD_PRELOAD", "LD_LIBRARY_PATH", "USER",
                                        "LOGNAME", "MAIL", "TEMP"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(item, names[i], length) == 0 && item[length] == '=')
            return true;
    }
    return item[0] == '=' || !strchr(item, '=') || strncmp(item, "BASH_FUNC_", 10) == 0;
}

/* Unix PATH entries as Windows ones, after the system folders. */
static void add_path(struct list *list, const char *unix_path)
{
    char *result = strdup("C:\\windows\\system32;C:\\windows;C:\\windows\\system32\\wbem");
    char *copy = strdup(unix_path ? unix_path : "");
    char *save = NULL;
    if (!result || !copy)
        die_without_memory();
    for (char *entry = strtok_r(copy, ":", &save); entry; entry = strtok_r(NULL, ":", &save)) {
        char *longer;
        if (entry[0] != '/' || strchr(entry, ';'))
            continue;
        if (asprintf(&longer, "%s;Z:%s", result, entry) < 0)
            die_without_memory();
        for (char *p = longer + strlen(result); *p; p++)
            if (*p == '/')
                *p = '\\';
        free(result);
        result = longer;
    }
    add_format(list, "PATH=%s", result);
    free(copy);
    free(result);
}

static int compare_items(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static void add_windows(struct list *list)
{
    static const char *const fixed[] = {
        "SystemDrive=C:",
        "SystemRoot=C:\\windows",
        "windir=C:\\windows",
        "OS=Windows_NT",
        "ComSpec=C:\\windows\\system32\\cmd.exe",
        "PATHEXT=.COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
        "PROCESSOR_ARCHITECTURE=AMD64",
        "ProgramFiles=C:\\Program Files",
        "ProgramW6432=C:\\Program Files",
        "ProgramFiles(x86)=C:\\Program Files (x86)",
        "CommonProgramFiles=C:\\Program Files\\Common Files",
        "CommonProgramW6432=C:\\Program Files\\Common Files",
        "CommonProgramFiles(x86)=C:\\Program Files (x86)\\Common Files",
        "ProgramData=C:\\ProgramData",
        "ALLUSERSPROFILE=C:\\ProgramData",
        "PUBLIC=C:\\users\\Public",
        "HOMEDRIVE=C:",
        "SESSIONNAME=Console",
    };
    const char *user = io_user_name();
    char host[256] = "localhost";
    cpu_set_t processors;
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = 0;
    for (char *p = host; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p -= 'a' - 'A';
    CPU_ZERO(&processors);
    sched_getaffinity(0, sizeof processors, &processors);

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        add(list, strdup(fixed[i]));
    add_format(list, "NUMBER_OF_PROCESSORS=%d", CPU_COUNT(&processors));
    struct ex_processor processor;
    char identifier[80];
    ex_processor(&processor);
    ex_processor_identifier(&processor, identifier);
    add_format(list, "PROCESSOR_IDENTIFIER=%s, %s", identifier, processor.vendor);
    add_format(list, "PROCESSOR_LEVEL=%u", processor.family);
    add_format(list, "PROCESSOR_REVISION=%02x%02x", processor.model & 255, processor.stepping);
    add_format(list, "USERNAME=%s", user);
    add_format(list, "USERDOMAIN=%s", host);
    add_format(list, "COMPUTERNAME=%s", host);
    add_format(list, "LOGONSERVER=\\\\%s", host);
    add_format(list, "USERPROFILE=C:\\users\\%s", user);
    add_format(list, "HOMEPATH=\\users\\%s", user);
    add_format(list, "APPDATA=C:\\users\\%s\\AppData\\Roaming", user);
    add_format(list, "LOCALAPPDATA=C:\\users\\%s\\AppData\\Local", user);
    add_format(list, "TEMP=C:\\users\\%s\\AppData\\Local\\Temp", user);
    add_format(list, "TMP=C:\\users\\%s\\AppData\\Local\\Temp", user);
}

WCHAR *ps_environment(char **unix_environment, size_t *ret_length)
{
    struct list list = {0};
    add_windows(&list);
    size_t own = list.count;
    for (char **item = unix_environment; *item; item++) {
        bool skip = is_unix_only(*item);
        size_t name = strcspn(*item, "=") + 1;
        for (size_t i = 0; i < own && !skip; i++)
            skip = strncasecmp(list.items[i], *item, name) == 0;
        if (!skip)
            add(&list, strdup(*item));
    }
    add_path(&list, getenv("PATH"));
    qsort(list.items, list.count, sizeof *list.items, compare_items);

    size_t length = 1, used = 0;
    for (size_t i = 0; i < list.count; i++)
        length += strlen(list.items[i]) + 1; /* UTF-16 never has more units than UTF-8 has bytes */
    WCHAR *block = malloc(length * sizeof *block);
    if (!block)
        die_without_memory();
    for (size_t i = 0; i < list.count; i++) {
        used += io_utf8_to_utf16(list.items[i], block + used, length - used);
        block[used++] = 0;
        free(list.items[i]);
    }
    block[used++] = 0;
    free(list.items);
    *ret_length = used;
    return block;
}
