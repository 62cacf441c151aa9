/*
 * reg.exe: what its commands share.
 */
#ifndef REG_H
#define REG_H

#include <windows.h>

#include <stdlib.h>
#include <wchar.h>

/* Writes to standard output (or error) in the console's code page, or Unicode on a console. */
void print(const WCHAR *format, ...);
int error(const WCHAR *format, ...); /* "ERROR: ...", gives 1 */
int error_code(LSTATUS code);        /* the system's message for it */
int syntax(const WCHAR *command);
BOOL print_help(const WCHAR *command); /* FALSE: there is no such command */
int success(void);
BOOL confirm(const WCHAR *format, ...);

struct place {
    HKEY root;
    const WCHAR *root_name; /* "HKEY_CURRENT_USER" */
    const WCHAR *path;      /* below it; "" for the root */
};
BOOL parse_place(const WCHAR *text, struct place *ret);

/* A type's name and value; FALSE: none. */
BOOL parse_type(const WCHAR *name, DWORD *ret_type);
const WCHAR *type_name(DWORD type);

/* A value's data as reg.exe shows it; free() it. */
WCHAR *data_text(DWORD type, const BYTE *data, DWORD size, const WCHAR *separator);

/* Text to data; FALSE: not of that type. free() *ret_data. */
BOOL parse_data(DWORD type, const WCHAR *text, const WCHAR *separator, BYTE **ret_data, DWORD *ret_size);

/* All that a key has. */
struct value {
    WCHAR *name;
    DWORD type, size;
    BYTE *data;
};
struct contents {
    struct value *values;
    WCHAR **keys;
    DWORD value_count, key_count;
};
LSTATUS read_key(HKEY key, struct contents *ret);
void free_contents(struct contents *contents);

int reg_query(int argc, WCHAR **argv);
int reg_add(int argc, WCHAR **argv);
int reg_delete(int argc, WCHAR **argv);
int reg_copy(int argc, WCHAR **argv);
int reg_compare(int argc, WCHAR **argv);
int reg_export(int argc, WCHAR **argv);
int reg_import(int argc, WCHAR **argv);
int reg_flags(int argc, WCHAR **argv);
int reg_hive(const WCHAR *command, int argc, WCHAR **argv);

#endif
