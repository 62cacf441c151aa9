/*
 * reg export and import: text files, "Windows Registry Editor Version 5.00" (UTF-16) and REGEDIT4 (ANSI).
 */
#include "reg.h"

#include <stdio.h>

struct writer {
    HANDLE file;
    BOOL failed;
};

static void put(struct writer *writer, const WCHAR *text)
{
    DWORD size = (DWORD)(wcslen(text) * sizeof *text), done;
    if (!WriteFile(writer->file, text, size, &done, NULL) || done != size)
        writer->failed = TRUE;
}

static void put_quoted(struct writer *writer, const WCHAR *text, size_t length)
{
    put(writer, L"\"");
    for (size_t i = 0; i < length; i++) {
        WCHAR c[3] = {text[i]};
        if (text[i] == '"' || text[i] == '\\') {
            c[0] = '\\';
            c[1] = text[i];
        }
        put(writer, c);
    }
    put(writer, L"\"");
}

/* Lines of hexadecimal data break before column 80, with a backslash. */
static void put_hex(struct writer *writer, const struct value *value, size_t column)
{
    WCHAR text[32];

    if (value->type == REG_BINARY)
        wcscpy(text, L"hex:");
    else
        swprintf(text, 32, L"hex(%lx):", value->type);
    put(writer, text);
    column += wcslen(text);
    for (DWORD i = 0; i < value->size; i++) {
        BOOL last = i + 1 == value->size;
        swprintf(text, 32, last ? L"%02x" : L"%02x,", value->data[i]);
        put(writer, text);
        column += 3;
        if (!last && column > 76) {
            put(writer, L"\\\r\n  ");
            column = 2;
        }
    }
}

static BOOL is_text(const struct value *value)
{
    const WCHAR *text = (const WCHAR *)(const void *)value->data;
    size_t n = value->size / sizeof *text;

    if (value->type != REG_SZ || value->size % sizeof *text || !n || text[n - 1])
        return FALSE;
    for (size_t i = 0; i + 1 < n; i++)
        if (!text[i])
            return FALSE;
    return TRUE;
}

static void put_value(struct writer *writer, const struct value *value)
{
    size_t column = wcslen(value->name) + 3;
    WCHAR text[32];

    if (*value->name)
        put_quoted(writer, value->name, wcslen(value->name));
    else
        put(writer, L"@");
    put(writer, L"=");
    if (is_text(value)) {
        put_quoted(writer, (const WCHAR *)(const void *)value->data, value->size / sizeof(WCHAR) - 1);
    } else if (value->type == REG_DWORD && value->size == 4) {
        swprintf(text, 32, L"dword:%08lx", *(const DWORD *)(const void *)value->data);
        put(writer, text);
    } else {
        put_hex(writer, value, *value->name ? column : 2);
    }
    put(writer, L"\r\n");
}

static void put_key(struct writer *writer, HKEY key, const WCHAR *name)
{
    struct contents contents;

    if (read_key(key, &contents))
        return;
    put(writer, L"\r\n[");
    put(writer, name);
    put(writer, L"]\r\n");
    for (DWORD i = 0; i < contents.value_count; i++)
        put_value(writer, &contents.values[i]);
    for (DWORD i = 0; i < contents.key_count; i++) {
        size_t size = wcslen(name) + wcslen(contents.keys[i]) + 2;
        WCHAR *full = malloc(size * sizeof *full);
        HKEY child;
        if (!full)
            abort();
        swprintf(full, size, L"%ls\\%ls", name, contents.keys[i]);
        if (!RegOpenKeyExW(key, contents.keys[i], 0, KEY_READ, &child)) {
            put_key(writer, child, full);
            RegCloseKey(child);
        }
        free(full);
    }
    free_contents(&contents);
}

int reg_export(int argc, WCHAR **argv)
{
    struct place place;
    struct writer writer = {INVALID_HANDLE_VALUE, FALSE};
    REGSAM view = 0;
    BOOL overwrite = FALSE;
    HKEY key;

    if (argc < 2)
        return syntax(L"EXPORT ");
    if (!parse_place(argv[0], &place))
        return error(L"Invalid key name.");
    for (int i = 2; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/y"))
            overwrite = TRUE;
        else if (!_wcsicmp(argv[i], L"/reg:32"))
            view = KEY_WOW64_32KEY;
        else if (!_wcsicmp(argv[i], L"/reg:64"))
            view = KEY_WOW64_64KEY;
        else
            return syntax(L"EXPORT ");
    }
    LSTATUS code = RegOpenKeyExW(place.root, place.path, 0, KEY_READ | view, &key);
    if (code)
        return error_code(code);
    if (!overwrite && GetFileAttributesW(argv[1]) != INVALID_FILE_ATTRIBUTES &&
        !confirm(L"File %ls already exists. Overwrite (Yes/No)? ", argv[1])) {
        RegCloseKey(key);
        print(L"The operation was canceled by the user.\r\n");
        return 0;
    }
    writer.file = CreateFileW(argv[1], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (writer.file == INVALID_HANDLE_VALUE) {
        RegCloseKey(key);
        return error(L"Unable to write to the file. There may be a disk or file system error.");
    }
    size_t size = wcslen(place.root_name) + wcslen(place.path) + 2;
    WCHAR *name = malloc(size * sizeof *name);
    if (!name)
        abort();
    swprintf(name, size, *place.path ? L"%ls\\%ls" : L"%ls", place.root_name, place.path);
    put(&writer, L"\xfeffWindows Registry Editor Version 5.00\r\n");
    put_key(&writer, key, name);
    put(&writer, L"\r\n");
    free(name);
    CloseHandle(writer.file);
    RegCloseKey(key);
    if (writer.failed)
        return error(L"Unable to write to the file. There may be a disk or file system error.");
    return success();
}

/* ---------------------------------------------------------------- importing */

static WCHAR *read_file(const WCHAR *name)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD size, got = 0;

    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    size = GetFileSize(file, NULL);
    BYTE *bytes = calloc(1, (size_t)size + 4);
    if (!bytes)
        abort();
    if (!ReadFile(file, bytes, size, &got, NULL))
        got = 0;
    CloseHandle(file);
    if (got >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
        memmove(bytes, bytes + 2, got); /* the zeros behind come along */
        return (WCHAR *)(void *)bytes;
    }
    UINT page = got >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? CP_UTF8 : CP_ACP;
    char *text = (char *)bytes + (page == CP_UTF8 ? 3 : 0);
    int length = MultiByteToWideChar(page, 0, text, -1, NULL, 0);
    WCHAR *wide = calloc((size_t)length + 1, sizeof *wide);
    if (!wide)
        abort();
    MultiByteToWideChar(page, 0, text, -1, wide, length);
    free(bytes);
    return wide;
}

/* The next line, terminated in place; data that a backslash continues is joined. */
static WCHAR *next_line(WCHAR **text)
{
    WCHAR *line = *text, *to = line, *from = line;

    if (!*line)
        return NULL;
    while (*from && *from != '\n') {
        WCHAR *p = from;
        if (*from == '\\' && line[0] != '[') {
            for (p++; *p == ' ' || *p == '\t' || *p == '\r'; p++)
                ;
            if (*p == '\n' && to > line && to[-1] == ',') {
                for (from = p + 1; *from == ' ' || *from == '\t'; from++)
                    ;
                continue;
            }
        }
        *to++ = *from++;
    }
    *text = *from ? from + 1 : from;
    while (to > line && (to[-1] == '\r' || to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *to = 0;
    while (*line == ' ' || *line == '\t')
        line++;
    return line;
}

/* "text" with escapes, in place; gives what is behind it, or NULL. */
static WCHAR *unquote(WCHAR *line)
{
    WCHAR *to = line, *from = line + 1;

    while (*from && *from != '"') {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
            from++;
        } else {
            *to++ = *from++;
        }
    }
    if (*from != '"')
        return NULL;
    *to = 0;
    return from + 1;
}

static BOOL parse_hex(const WCHAR *text, BYTE *data, DWORD *ret_size)
{
    DWORD n = 0;

    while (*text) {
        WCHAR *end;
        unsigned long byte = wcstoul(text, &end, 16);
        if (end == text || byte > 255)
            return FALSE;
        data[n++] = (BYTE)byte;
        while (*end == ' ' || *end == '\t')
            end++;
        if (*end == ',')
            end++;
        else if (*end && *end != ';')
            return FALSE;
        else
            break;
        text = end;
        while (*text == ' ' || *text == '\t')
            text++;
    }
    *ret_size = n;
    return TRUE;
}

/* REGEDIT4's text in hexadecimal is ANSI. */
static void set_hex(HKEY key, const WCHAR *name, DWORD type, BYTE *data, DWORD size, BOOL ansi)
{
    if (ansi && (type == REG_EXPAND_SZ || type == REG_MULTI_SZ || type == REG_SZ)) {
        int length = MultiByteToWideChar(CP_ACP, 0, (char *)data, (int)size, NULL, 0);
        WCHAR *wide = calloc((size_t)length + 1, sizeof *wide);
        if (!wide)
            abort();
        MultiByteToWideChar(CP_ACP, 0, (char *)data, (int)size, wide, length);
        RegSetValueExW(key, name, 0, type, (BYTE *)wide, (DWORD)length * sizeof *wide);
        free(wide);
        return;
    }
    RegSetValueExW(key, name, 0, type, data, size);
}

static void import_value(HKEY key, WCHAR *line, BOOL ansi)
{
    const WCHAR *name = L"";
    WCHAR *value, *end;

    if (*line == '@') {
        value = line + 1;
    } else {
        name = line;
        value = unquote(line);
    }
    while (value && (*value == ' ' || *value == '\t'))
        value++;
    if (!value || *value++ != '=')
        return;
    while (*value == ' ' || *value == '\t')
        value++;
    if (*value == '-') {
        RegDeleteValueW(key, name);
    } else if (*value == '"') {
        if (unquote(value))
            RegSetValueExW(key, name, 0, REG_SZ, (BYTE *)value, (DWORD)((wcslen(value) + 1) * sizeof *value));
    } else if (!_wcsnicmp(value, L"dword:", 6)) {
        DWORD number = wcstoul(value + 6, &end, 16);
        if (end != value + 6)
            RegSetValueExW(key, name, 0, REG_DWORD, (BYTE *)&number, sizeof number);
    } else if (!_wcsnicmp(value, L"hex", 3)) {
        DWORD type = REG_BINARY, size;
        value += 3;
        if (*value == '(') {
            type = wcstoul(value + 1, &end, 16);
            value = *end == ')' ? end + 1 : end;
        }
        BYTE *data = malloc(wcslen(value) + 1);
        if (!data)
            abort();
        if (*value == ':' && parse_hex(value + 1, data, &size))
            set_hex(key, name, type, data, size, ansi);
        free(data);
    }
}

static BOOL import_text(WCHAR *text, REGSAM view, LSTATUS *ret_code)
{
    WCHAR *line = next_line(&text);
    BOOL ansi = line && !wcsncmp(line, L"REGEDIT4", 8);
    HKEY key = NULL;

    *ret_code = ERROR_SUCCESS;
    if (!line || (!ansi && wcscmp(line, L"Windows Registry Editor Version 5.00")))
        return FALSE;
    while ((line = next_line(&text))) {
        if (*line == '[') {
            struct place place;
            WCHAR *end = wcsrchr(line, ']');
            BOOL delete = line[1] == '-';
            if (key)
                RegCloseKey(key);
            key = NULL;
            if (!end)
                continue;
            *end = 0;
            if (!parse_place(line + 1 + delete, &place))
                continue;
            if (delete) {
                if (*place.path)
                    RegDeleteTreeW(place.root, place.path);
                continue;
            }
            LSTATUS code = RegCreateKeyExW(place.root, place.path, 0, NULL, 0, KEY_WRITE | view, NULL, &key,
                                           NULL);
            if (code) {
                *ret_code = code;
                key = NULL;
            }
        } else if (key && (*line == '"' || *line == '@')) {
            import_value(key, line, ansi);
        }
    }
    if (key)
        RegCloseKey(key);
    return TRUE;
}

int reg_import(int argc, WCHAR **argv)
{
    REGSAM view = 0;
    LSTATUS code;

    if (argc < 1)
        return syntax(L"IMPORT ");
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/reg:32"))
            view = KEY_WOW64_32KEY;
        else if (!_wcsicmp(argv[i], L"/reg:64"))
            view = KEY_WOW64_64KEY;
        else
            return syntax(L"IMPORT ");
    }
    WCHAR *text = read_file(argv[0]);
    if (!text)
        return error(L"Error opening the file. There may be a disk or file system error.");
    BOOL good = import_text(text, view, &code);
    free(text);
    if (!good)
        return error(L"The specified file is not a registry script.\r\n"
                     L"You can only import registry files.");
    return code ? error(L"Error accessing the registry.") : success();
}
