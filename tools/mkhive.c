/*
 * mkhive TEXT... DATABASE: compiles the system hive, text files in the .reg format (version 5, UTF-8),
 * into the registry store that the installation carries.
 */
#include "cm/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *file_name;
static unsigned line_number;

static _Noreturn void fail(const char *text)
{
    fprintf(stderr, "%s:%u: %s\n", file_name, line_number, text);
    exit(1);
}

/* UTF-8 to UTF-16; returns units. */
static size_t to_wide(const char *text, size_t bytes, WCHAR *to)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes;) {
        uint8_t c = (uint8_t)text[i];
        unsigned extra = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        uint32_t code = extra == 0 ? c : c & (0x3fu >> extra);
        for (unsigned k = 1; k <= extra && i + k < bytes; k++)
            code = code << 6 | ((uint8_t)text[i + k] & 0x3f);
        i += extra + 1;
        if (code >= 0x10000) {
            to[n++] = (WCHAR)(0xd800 + ((code - 0x10000) >> 10));
            to[n++] = (WCHAR)(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            to[n++] = (WCHAR)code;
        }
    }
    return n;
}

/* The roots that a text may use, and what they are in the store. */
static const char *map_root(const char *path, size_t *ret_skip)
{
    static const char *const roots[][2] = {
        {"HKEY_LOCAL_MACHINE", "MACHINE"},
        {"HKEY_CURRENT_USER", "USER\\Current"},
        {"HKEY_USERS", "USER"},
        {"HKEY_CLASSES_ROOT", "MACHINE\\SOFTWARE\\Classes"},
    };
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (strncmp(path, roots[i][0], strlen(roots[i][0])) == 0) {
            *ret_skip = strlen(roots[i][0]);
            return roots[i][1];
        }
    fail("unknown root key");
}

static uint64_t make_path(struct cm_transaction *transaction, const char *path, uint64_t id)
{
    WCHAR name[512];
    while (*path) {
        size_t length = strcspn(path, "\\");
        if (length) {
            size_t units = length < 500 ? to_wide(path, length, name) : 0;
            uint64_t child;
            NTSTATUS status = cm_find_key(transaction, id, name, units, &child);
            if (!NT_SUCCESS(status))
                status = cm_create_key(transaction, id, name, units, NULL, 0, CM_FROM_SYSTEM, &child);
            if (!NT_SUCCESS(status))
                fail("cannot create the key");
            id = child;
        }
        path += length + (path[length] == '\\');
    }
    return id;
}

/* Reads a quoted string with its escapes; returns what follows it. */
static char *read_quoted(char *text, char *to, size_t *ret_length)
{
    size_t n = 0;
    if (*text++ != '"')
        fail("a quoted string is expected");
    for (; *text && *text != '"'; text++) {
        if (*text == '\\' && text[1])
            text++;
        to[n++] = *text;
    }
    if (*text != '"')
        fail("a quote is not closed");
    *ret_length = n;
    to[n] = 0;
    return text + 1;
}

static size_t read_hex(const char *text, uint8_t *to)
{
    size_t n = 0;
    while (*text) {
        char *end;
        unsigned long byte = strtoul(text, &end, 16);
        if (end == text || byte > 255)
            fail("a hexadecimal byte is expected");
        to[n++] = (uint8_t)byte;
        text = end;
        while (*text == ',' || *text == ' ')
            text++;
    }
    return n;
}

static void set_value(struct cm_transaction *transaction, uint64_t key, char *line)
{
    static char name[65536], text[65536];
    static WCHAR wide_name[65536], wide[65536];
    static uint8_t bytes[65536];
    size_t name_length = 0, length, size;
    uint32_t type;
    const void *data = bytes;
    if (*line == '@')
        line++;
    else
        line = read_quoted(line, name, &name_length);
    if (*line++ != '=')
        fail("an equals sign is expected");
    if (*line == '"') {
        read_quoted(line, text, &length);
        type = 1; /* REG_SZ */
        size_t units = to_wide(text, length, wide);
        wide[units] = 0;
        data = wide;
        size = (units + 1) * 2;
    } else if (strncmp(line, "expand:", 7) == 0) {
        read_quoted(line + 7, text, &length);
        type = 2; /* REG_EXPAND_SZ, in clear text: an extension of ours to the format */
        size_t units = to_wide(text, length, wide);
        wide[units] = 0;
        data = wide;
        size = (units + 1) * 2;
    } else if (strncmp(line, "link:", 5) == 0) {
        read_quoted(line + 5, text, &length);
        type = 6; /* REG_LINK, no terminator */
        size = to_wide(text, length, wide) * 2;
        data = wide;
    } else if (strncmp(line, "dword:", 6) == 0) {
        uint32_t number = (uint32_t)strtoul(line + 6, NULL, 16);
        type = 4;
        size = 4;
        memcpy(bytes, &number, 4);
    } else if (strncmp(line, "hex", 3) == 0) {
        type = 3;
        if (line[3] == '(')
            type = (uint32_t)strtoul(line + 4, NULL, 16);
        line = strchr(line, ':');
        if (!line)
            fail("a colon is expected");
        size = read_hex(line + 1, bytes);
    } else {
        fail("unknown value type");
    }
    size_t units = to_wide(name, name_length, wide_name);
    if (!NT_SUCCESS(cm_set_value(transaction, key, wide_name, units, type, CM_FROM_SYSTEM, data, size)))
        fail("cannot set the value");
}

/* Adds what a text has to the store, and its bytes to the checksum. */
static void compile(struct cm_transaction *transaction, const char *name, uint64_t *checksum)
{
    static char line[131072];
    uint64_t key = 0;
    file_name = name;
    line_number = 0;
    FILE *file = fopen(name, "r");
    if (!file)
        fail(strerror(errno));
    while (fgets(line, sizeof line, file)) {
        line_number++;
        size_t length = strcspn(line, "\r\n");
        line[length] = 0;
        for (size_t i = 0; i < length; i++)
            *checksum = (*checksum ^ (uint8_t)line[i]) * 0x100000001b3;
        if (!length || line[0] == ';' || strncmp(line, "Windows Registry", 16) == 0)
            continue;
        if (line[0] == '[') {
            size_t skip;
            if (line[length - 1] != ']')
                fail("a bracket is not closed");
            line[length - 1] = 0;
            const char *root = map_root(line + 1, &skip);
            key = make_path(transaction, line + 1 + skip, make_path(transaction, root, CM_ROOT));
        } else if (strncmp(line, "symlink=", 8) == 0) {
            if (!NT_SUCCESS(cm_make_link(transaction, key)))
                fail("cannot make the key a link");
            WCHAR target[1024];
            size_t units = to_wide(line + 8, length - 8, target);
            if (!NT_SUCCESS(cm_set_value(transaction, key, u"SymbolicLinkValue", 17, 6, CM_FROM_SYSTEM,
                                         target, units * 2)))
                fail("cannot set the link");
        } else if (!key) {
            fail("a value before the first key");
        } else {
            set_value(transaction, key, line);
        }
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    struct cm_store *store;
    struct cm_transaction *transaction;
    char temporary[4096];
    if (argc < 3) {
        fputs("Usage: mkhive TEXT... DATABASE\n", stderr);
        return 2;
    }
    const char *database = argv[argc - 1];
    snprintf(temporary, sizeof temporary, "%s.new", database);
    unlink(temporary);
    file_name = temporary;
    if (!NT_SUCCESS(cm_store_open(temporary, false, true, &store)) ||
        !NT_SUCCESS(cm_begin(store, true, &transaction)))
        fail("cannot create the database");
    uint64_t checksum = 0xcbf29ce484222325;
    for (int i = 1; i < argc - 1; i++)
        compile(transaction, argv[i], &checksum);
    if (!NT_SUCCESS(
            cm_set_value(transaction, CM_ROOT, u"HiveVersion", 11, 11, CM_FROM_SYSTEM, &checksum, 8)) ||
        !NT_SUCCESS(cm_end(transaction, true)))
        fail("cannot write the database");
    cm_store_close(store);
    char lock[4200];
    snprintf(lock, sizeof lock, "%s-lock", temporary);
    unlink(lock);
    if (rename(temporary, database) != 0)
        fail(strerror(errno));
    return 0;
}
