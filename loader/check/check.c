/*
 * run --check: walks the program's imports and those of the DLLs that come with it, and names what
 * neither they nor our own DLLs provide. Our own DLLs are not walked: what they need is ours.
 */
#include "check/check.h"
#include "check/image.h"
#include "io/system.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum finding_kind { MISSING_FUNCTION, MISSING_DLL, BROKEN_DLL };

struct finding {
    enum finding_kind kind;
    char *dll, *function, *importer;
    bool delayed, known; /* known: the definition file lists it as not implemented */
};

struct module {
    char *name, *path; /* name in lower case */
    bool builtin, found, readable;
    struct check_image image;
    const char *why;
};

struct check {
    struct module **modules;
    size_t module_count, module_capacity;
    struct finding *findings;
    size_t finding_count, finding_capacity;
    char *folder;            /* of the program */
    const char *directory;   /* of our DLLs for its architecture */
    char *apisets, *missing; /* data files, as read */
    struct module *importer;
};

static void *grow(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? 2 * *capacity : 32;
    array = realloc(array, *capacity * size);
    if (!array) {
        fputs("run: out of memory\n", stderr);
        exit(126);
    }
    return array;
}

static char *copy(const char *text)
{
    char *result = strdup(text ? text : "");
    if (!result) {
        fputs("run: out of memory\n", stderr);
        exit(126);
    }
    return result;
}

static char *read_data(const char *name)
{
    FILE *file = fopen(io_system_file(name), "r");
    char *text = NULL;
    size_t size = 0;
    if (!file)
        return copy("");
    if (getdelim(&text, &size, 0, file) < 0)
        text = copy("");
    fclose(file);
    return text;
}

/* The rest of the line "key<TAB>rest" in sorted or unsorted data; NULL if there is none. */
static const char *find_line(const char *data, const char *key, const char *rest, size_t *ret_length)
{
    size_t key_length = strlen(key), rest_length = rest ? strlen(rest) : 0;
    for (const char *line = data; *line;) {
        const char *end = strchrnul(line, '\n');
        if ((size_t)(end - line) > key_length && !strncmp(line, key, key_length) &&
            line[key_length] == '\t') {
            const char *value = line + key_length + 1;
            if (!rest || ((size_t)(end - value) == rest_length && !strncmp(value, rest, rest_length))) {
                *ret_length = (size_t)(end - value);
                return value;
            }
        }
        line = *end ? end + 1 : end;
    }
    return NULL;
}

/* Lower case, with ".dll" if it has no extension; API sets become their hosts. */
static void canonical(const struct check *check, const char *dll, char *to, size_t size)
{
    size_t length;
    snprintf(to, size - 5, "%s", dll);
    for (char *c = to; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!strchr(to, '.'))
        strcat(to, ".dll");
    if (strncmp(to, "api-", 4) != 0 && strncmp(to, "ext-", 4) != 0)
        return;
    char *dash = strrchr(to, '-');
    if (!dash)
        return;
    *dash = 0;
    const char *host = find_line(check->apisets, to, NULL, &length);
    *dash = '-';
    if (host && length && length < size)
        snprintf(to, size, "%.*s", (int)length, host);
}

/* The path of a file in a folder, letters in any case; NULL if there is none. */
static char *find_in_folder(const char *folder, const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!access(path, F_OK))
        return copy(path);
    DIR *directory = opendir(folder);
    char *result = NULL;
    for (struct dirent *entry; directory && !result && (entry = readdir(directory));)
        if (!strcasecmp(entry->d_name, name)) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            result = copy(path);
        }
    if (directory)
        closedir(directory);
    return result;
}

static struct module *find_module(struct check *check, const char *dll)
{
    /* Taken from the system folder even if the program brings its own; see dlls/ntdll/ldr/search.c. */
    static const char *const known[] = {
        "ntdll.dll",  "kernel32.dll", "kernelbase.dll",      "advapi32.dll", "user32.dll",  "gdi32.dll",
        "msvcrt.dll", "ucrtbase.dll", "ole32.dll",           "oleaut32.dll", "shell32.dll", "shlwapi.dll",
        "ws2_32.dll", "psapi.dll",    "rpcrt4.dll",          "sechost.dll",  "combase.dll", "comdlg32.dll",
        "imm32.dll",  "setupapi.dll", "bcryptprimitives.dll"};
    char name[300];
    canonical(check, dll, name, sizeof name);
    for (size_t i = 0; i < check->module_count; i++)
        if (!strcmp(check->modules[i]->name, name))
            return check->modules[i];
    struct module *module = calloc(1, sizeof *module);
    if (!module) {
        fputs("run: out of memory\n", stderr);
        exit(126);
    }
    module->name = copy(name);
    bool system_first = !strncasecmp(dll, "api-", 4) || !strncasecmp(dll, "ext-", 4);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        system_first |= !strcmp(known[i], name);
    if (!system_first)
        module->path = find_in_folder(check->folder, name);
    if (!module->path) {
        char path[4300];
        snprintf(path, sizeof path, "%s/%s", check->directory, name);
        if (!access(path, F_OK)) {
            module->path = copy(path);
            module->builtin = true;
        }
    }
    module->found = module->path != NULL;
    if (module->found)
        module->readable = check_image_open(module->path, &module->image, &module->why);
    check->modules = grow(check->modules, &check->module_capacity, check->module_count,
                          sizeof *check->modules);
    check->modules[check->module_count++] = module;
    return module;
}

static void add_finding(struct check *check, enum finding_kind kind, const char *dll, const char *function,
                        bool delayed)
{
    size_t length;
    for (size_t i = 0; i < check->finding_count; i++) {
        struct finding *old = &check->findings[i];
        if (old->kind == kind && !strcmp(old->dll, dll) && !strcmp(old->function, function ? function : "") &&
            !strcmp(old->importer, check->importer->name)) {
            old->delayed &= delayed;
            return;
        }
    }
    check->findings = grow(check->findings, &check->finding_capacity, check->finding_count,
                           sizeof *check->findings);
    check->findings[check->finding_count++] = (struct finding){
        kind,           copy(dll),
        copy(function), copy(check->importer->name),
        delayed,        function && find_line(check->missing, dll, function, &length)};
}

/* Whether the module provides it, through forwarders, too. */
static bool provided(struct check *check, struct module *module, const char *function, uint32_t ordinal,
                     int depth)
{
    const char *forwarder;
    char dll[300];
    if (!module->found || !module->readable || depth > 16)
        return false;
    if (!check_image_exports(&module->image, function, ordinal, &forwarder))
        return false;
    if (!forwarder)
        return true;
    const char *dot = strrchr(forwarder, '.');
    if (!dot || dot - forwarder > 250)
        return false;
    snprintf(dll, sizeof dll, "%.*s.dll", (int)(dot - forwarder), forwarder);
    struct module *target = find_module(check, dll);
    if (dot[1] == '#')
        return provided(check, target, NULL, (uint32_t)strtoul(dot + 2, NULL, 10), depth + 1);
    return provided(check, target, dot + 1, 0, depth + 1);
}

static void visit_import(void *context, const char *dll, const char *function, uint32_t ordinal, bool delayed)
{
    struct check *check = context;
    struct module *module = find_module(check, dll);
    char text[16];
    if (!module->found) {
        add_finding(check, MISSING_DLL, module->name, NULL, delayed);
        /* its functions are listed, too: that is what would have to be written */
    } else if (!module->readable) {
        add_finding(check, BROKEN_DLL, module->name, NULL, delayed);
        return;
    }
    if (!function && !ordinal)
        return;
    if (provided(check, module, function, ordinal, 0))
        return;
    if (!function) {
        snprintf(text, sizeof text, "#%u", ordinal);
        function = text;
    }
    add_finding(check, MISSING_FUNCTION, module->name, function, delayed);
}

static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_json(const struct check *check, const char *path)
{
    bool first = true;
    printf("{\n  \"program\": ");
    print_json_string(path);
    printf(",\n  \"modules\": [");
    for (size_t i = 0; i < check->module_count; i++) {
        const struct module *module = check->modules[i];
        printf("%s\n    {\"name\": ", i ? "," : "");
        print_json_string(module->name);
        printf(", \"origin\": \"%s\"", !module->found    ? "not found"
                                       : module->builtin ? "gastwirt"
                                                         : "program");
        printf(", \"path\": ");
        print_json_string(module->path ? module->path : "");
        printf("}");
    }
    printf("\n  ],\n  \"missing\": [");
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct finding *finding = &check->findings[i];
        if (finding->kind != MISSING_FUNCTION)
            continue;
        printf("%s\n    {\"dll\": ", first ? "" : ",");
        first = false;
        print_json_string(finding->dll);
        printf(", \"function\": ");
        print_json_string(finding->function);
        printf(", \"importer\": ");
        print_json_string(finding->importer);
        printf(", \"delayed\": %s, \"listed\": %s}", finding->delayed ? "true" : "false",
               finding->known ? "true" : "false");
    }
    printf("\n  ],\n  \"not_found\": [");
    first = true;
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct finding *finding = &check->findings[i];
        if (finding->kind == MISSING_FUNCTION)
            continue;
        printf("%s\n    {\"dll\": ", first ? "" : ",");
        first = false;
        print_json_string(finding->dll);
        printf(", \"importer\": ");
        print_json_string(finding->importer);
        printf(", \"damaged\": %s, \"delayed\": %s}", finding->kind == BROKEN_DLL ? "true" : "false",
               finding->delayed ? "true" : "false");
    }
    printf("\n  ]\n}\n");
}

static void print_text(const struct check *check, const char *path)
{
    size_t functions = 0, dlls = 0;
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct finding *finding = &check->findings[i];
        const char *delayed = finding->delayed ? ", loaded on first use" : "";
        switch (finding->kind) {
        case MISSING_DLL:
            printf("%s not found (imported by %s%s)\n", finding->dll, finding->importer, delayed);
            dlls++;
            break;
        case BROKEN_DLL:
            printf("%s cannot be used (imported by %s%s)\n", finding->dll, finding->importer, delayed);
            dlls++;
            break;
        case MISSING_FUNCTION:
            printf("%s %s missing (imported by %s%s)\n", finding->dll, finding->function, finding->importer,
                   delayed);
            functions++;
        }
    }
    if (functions || dlls)
        printf("%s: %zu function%s missing, %zu DLL%s not found\n", path, functions,
               functions == 1 ? "" : "s", dlls, dlls == 1 ? "" : "s");
    else
        printf("%s: nothing is missing\n", path);
}

int check_program(const char *path, bool json)
{
    struct check check = {0};
    struct module *program = calloc(1, sizeof *program);
    const char *why, *slash = strrchr(path, '/');

    if (!program)
        return 126;
    if (!check_image_open(path, &program->image, &why) ||
        !NT_SUCCESS(pe_check_runnable(&program->image.pe, &why))) {
        fprintf(stderr, "run: %s: %s\n", path, why ? why : "cannot be run");
        free(program);
        return 126;
    }
    check.directory = program->image.pe.is_64bit ? io_system_directory() : io_system_directory32();
    check.folder = slash ? strndup(path, (size_t)(slash - path) + 1) : copy(".");
    check.apisets = read_data("apisets.txt");
    check.missing = read_data("missing.txt");
    program->name = copy(slash ? slash + 1 : path);
    for (char *c = program->name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    program->path = copy(path);
    program->found = program->readable = true;
    check.modules = grow(NULL, &check.module_capacity, 0, sizeof *check.modules);
    check.modules[check.module_count++] = program;
    for (size_t i = 0; i < check.module_count; i++) { /* the list grows while it is walked */
        check.importer = check.modules[i];
        if (!check.importer->builtin && check.importer->readable)
            check_image_imports(&check.importer->image, visit_import, &check);
    }
    if (json)
        print_json(&check, path);
    else
        print_text(&check, path);
    int result = check.finding_count ? 1 : 0;
    for (size_t i = 0; i < check.module_count; i++) {
        check_image_close(&check.modules[i]->image);
        free(check.modules[i]->name);
        free(check.modules[i]->path);
        free(check.modules[i]);
    }
    for (size_t i = 0; i < check.finding_count; i++) {
        free(check.findings[i].dll);
        free(check.findings[i].function);
        free(check.findings[i].importer);
    }
    free(check.modules);
    free(check.findings);
    free(check.folder);
    free(check.apisets);
    free(check.missing);
    return result;
}
