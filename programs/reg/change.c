/*
 * reg add, delete, copy, compare; save, restore, load, unload.
 */
#include "reg.h"

#include <stdio.h>

static BOOL view_option(const WCHAR *option, REGSAM *view)
{
    if (!_wcsicmp(option, L"/reg:32"))
        *view = KEY_WOW64_32KEY;
    else if (!_wcsicmp(option, L"/reg:64"))
        *view = KEY_WOW64_64KEY;
    else
        return FALSE;
    return TRUE;
}

int reg_add(int argc, WCHAR **argv)
{
    const WCHAR *name = NULL, *text = NULL, *separator = L"\\0";
    struct place place;
    DWORD type = REG_SZ, size = 0;
    REGSAM view = 0;
    BOOL force = FALSE, typed = FALSE;
    BYTE *data = NULL;
    HKEY key;

    if (argc < 1)
        return syntax(L"ADD ");
    if (!parse_place(argv[0], &place))
        return error(L"Invalid key name.");
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/v") && !name && i + 1 < argc) {
            name = argv[++i];
        } else if (!_wcsicmp(argv[i], L"/ve") && !name) {
            name = L"";
        } else if (!_wcsicmp(argv[i], L"/t") && !typed && i + 1 < argc) {
            typed = TRUE;
            if (!parse_type(argv[++i], &type))
                return syntax(L"ADD ");
        } else if (!_wcsicmp(argv[i], L"/s") && i + 1 < argc && wcslen(argv[i + 1]) == 1) {
            separator = argv[++i];
        } else if (!_wcsicmp(argv[i], L"/d") && !text && i + 1 < argc) {
            text = argv[++i];
        } else if (!_wcsicmp(argv[i], L"/f")) {
            force = TRUE;
        } else if (!view_option(argv[i], &view)) {
            return syntax(L"ADD ");
        }
    }
    if (!name && (text || typed))
        name = L"";
    if (name && !text && (type == REG_DWORD || type == REG_QWORD || type == REG_BINARY))
        text = type == REG_BINARY ? L"" : L"0";
    if (name && !parse_data(type, text ? text : L"", separator, &data, &size))
        return syntax(L"ADD ");
    LSTATUS code = RegCreateKeyExW(place.root, place.path, 0, NULL, 0, KEY_READ | KEY_WRITE | view, NULL,
                                   &key, NULL);
    if (!code && name) {
        if (!force && !RegQueryValueExW(key, name, NULL, NULL, NULL, NULL) &&
            !confirm(L"Value %ls exists, overwrite(Yes/No)? ", *name ? name : L"(Default)")) {
            RegCloseKey(key);
            free(data);
            print(L"The operation was canceled by the user.\r\n");
            return 0;
        }
        code = RegSetValueExW(key, name, 0, type, data, size);
    }
    if (!code)
        RegCloseKey(key);
    free(data);
    return code ? error_code(code) : success();
}

int reg_delete(int argc, WCHAR **argv)
{
    const WCHAR *name = NULL;
    struct place place;
    REGSAM view = 0;
    BOOL force = FALSE, all = FALSE;
    HKEY key;

    if (argc < 1)
        return syntax(L"DELETE ");
    if (!parse_place(argv[0], &place))
        return error(L"Invalid key name.");
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/v") && !name && !all && i + 1 < argc)
            name = argv[++i];
        else if (!_wcsicmp(argv[i], L"/ve") && !name && !all)
            name = L"";
        else if (!_wcsicmp(argv[i], L"/va") && !name && !all)
            all = TRUE;
        else if (!_wcsicmp(argv[i], L"/f"))
            force = TRUE;
        else if (!view_option(argv[i], &view))
            return syntax(L"DELETE ");
    }
    if (!*place.path && !name && !all)
        return error(L"Access is denied.");
    LSTATUS code = RegOpenKeyExW(place.root, place.path, 0, KEY_READ | KEY_WRITE | view, &key);
    if (code)
        return error_code(code);
    if (!force) {
        BOOL sure = name  ? confirm(L"Delete the registry value %ls (Yes/No)? ", *name ? name : L"(Default)")
                    : all ? confirm(L"Delete all values under the registry key %ls (Yes/No)? ", argv[0])
                          : confirm(L"Permanently delete the registry key %ls (Yes/No)? ", argv[0]);
        if (!sure) {
            RegCloseKey(key);
            print(L"The operation was canceled by the user.\r\n");
            return 0;
        }
    }
    if (name) {
        code = RegDeleteValueW(key, name);
    } else if (all) {
        struct contents contents;
        code = read_key(key, &contents);
        for (DWORD i = 0; !code && i < contents.value_count; i++)
            code = RegDeleteValueW(key, contents.values[i].name);
        free_contents(&contents);
    } else {
        code = RegDeleteTreeW(key, NULL);
        if (!code)
            code = RegDeleteKeyExW(place.root, place.path, view, 0);
        if (code == ERROR_FILE_NOT_FOUND) /* the tree went with its root */
            code = ERROR_SUCCESS;
    }
    RegCloseKey(key);
    return code ? error_code(code) : success();
}

static LSTATUS copy_key(HKEY from, HKEY to, BOOL recursive, BOOL *force)
{
    struct contents contents;
    LSTATUS code = read_key(from, &contents);

    for (DWORD i = 0; !code && i < contents.value_count; i++) {
        struct value *value = &contents.values[i];
        if (!*force && !RegQueryValueExW(to, value->name, NULL, NULL, NULL, NULL) &&
            !confirm(L"Value %ls exists, overwrite(Yes/No)? ", *value->name ? value->name : L"(Default)"))
            continue;
        code = RegSetValueExW(to, value->name, 0, value->type, value->data, value->size);
    }
    for (DWORD i = 0; !code && recursive && i < contents.key_count; i++) {
        HKEY source, target;
        code = RegOpenKeyExW(from, contents.keys[i], 0, KEY_READ, &source);
        if (code)
            break;
        code = RegCreateKeyExW(to, contents.keys[i], 0, NULL, 0, KEY_READ | KEY_WRITE, NULL, &target, NULL);
        if (!code) {
            code = copy_key(source, target, TRUE, force);
            RegCloseKey(target);
        }
        RegCloseKey(source);
    }
    free_contents(&contents);
    return code;
}

int reg_copy(int argc, WCHAR **argv)
{
    struct place from, to;
    REGSAM view = 0;
    BOOL force = FALSE, recursive = FALSE;
    HKEY source, target;

    if (argc < 2)
        return syntax(L"COPY ");
    if (!parse_place(argv[0], &from) || !parse_place(argv[1], &to))
        return error(L"Invalid key name.");
    for (int i = 2; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/s"))
            recursive = TRUE;
        else if (!_wcsicmp(argv[i], L"/f"))
            force = TRUE;
        else if (!view_option(argv[i], &view))
            return syntax(L"COPY ");
    }
    if (from.root == to.root && !_wcsicmp(from.path, to.path))
        return error(L"The registry entry cannot be copied onto itself.");
    LSTATUS code = RegOpenKeyExW(from.root, from.path, 0, KEY_READ | view, &source);
    if (code)
        return error_code(code);
    code = RegCreateKeyExW(to.root, to.path, 0, NULL, 0, KEY_READ | KEY_WRITE | view, NULL, &target, NULL);
    if (!code) {
        code = copy_key(source, target, recursive, &force);
        RegCloseKey(target);
    }
    RegCloseKey(source);
    return code ? error_code(code) : success();
}

/* ---------------------------------------------------------------- comparing */

enum { SHOW_NOTHING, SHOW_DIFFERENT, SHOW_SAME, SHOW_ALL };

static void show(const WCHAR *mark, const WCHAR *key, const struct value *value)
{
    WCHAR *text = data_text(value->type, value->data, value->size, L"\\0");
    print(L"%lsValue: %ls  %ls  %ls  %ls\r\n", mark, key, *value->name ? value->name : L"(Default)",
          type_name(value->type), text);
    free(text);
}

static const struct value *find_value(const struct contents *in, const WCHAR *name)
{
    for (DWORD i = 0; i < in->value_count; i++)
        if (!_wcsicmp(in->values[i].name, name))
            return &in->values[i];
    return NULL;
}

static BOOL same_value(const struct value *a, const struct value *b)
{
    return a->type == b->type && a->size == b->size && !memcmp(a->data, b->data, a->size);
}

static BOOL has_key(const struct contents *in, const WCHAR *name)
{
    for (DWORD i = 0; i < in->key_count; i++)
        if (!_wcsicmp(in->keys[i], name))
            return TRUE;
    return FALSE;
}

static BOOL compare_keys(HKEY a, HKEY b, const WCHAR *name_a, const WCHAR *name_b, const WCHAR *only,
                         BOOL recursive, int mode)
{
    struct contents x, y;
    BOOL same = TRUE;

    read_key(a, &x);
    read_key(b, &y);
    for (DWORD i = 0; i < x.value_count; i++) {
        if (only && _wcsicmp(only, x.values[i].name))
            continue;
        const struct value *other = find_value(&y, x.values[i].name);
        BOOL equal = other && same_value(&x.values[i], other);
        if (equal ? mode & SHOW_SAME : mode & SHOW_DIFFERENT)
            show(equal ? L"= " : L"< ", name_a, &x.values[i]);
        if (!equal && other && mode & SHOW_DIFFERENT)
            show(L"> ", name_b, other);
        same &= equal;
    }
    for (DWORD i = 0; i < y.value_count; i++) {
        if ((only && _wcsicmp(only, y.values[i].name)) || find_value(&x, y.values[i].name))
            continue;
        if (mode & SHOW_DIFFERENT)
            show(L"> ", name_b, &y.values[i]);
        same = FALSE;
    }
    for (DWORD i = 0; recursive && i < x.key_count; i++) {
        WCHAR left[1024], right[1024];
        HKEY c, d;
        swprintf(left, 1024, L"%ls\\%ls", name_a, x.keys[i]);
        swprintf(right, 1024, L"%ls\\%ls", name_b, x.keys[i]);
        if (!has_key(&y, x.keys[i])) {
            if (mode & SHOW_DIFFERENT)
                print(L"< Key: %ls\r\n", left);
            same = FALSE;
            continue;
        }
        if (RegOpenKeyExW(a, x.keys[i], 0, KEY_READ, &c))
            continue;
        if (!RegOpenKeyExW(b, x.keys[i], 0, KEY_READ, &d)) {
            same &= compare_keys(c, d, left, right, only, TRUE, mode);
            RegCloseKey(d);
        }
        RegCloseKey(c);
    }
    for (DWORD i = 0; recursive && i < y.key_count; i++) {
        if (has_key(&x, y.keys[i]))
            continue;
        if (mode & SHOW_DIFFERENT)
            print(L"> Key: %ls\\%ls\r\n", name_b, y.keys[i]);
        same = FALSE;
    }
    free_contents(&x);
    free_contents(&y);
    return same;
}

int reg_compare(int argc, WCHAR **argv)
{
    struct place first, second;
    const WCHAR *only = NULL;
    REGSAM view = 0;
    BOOL recursive = FALSE;
    int mode = SHOW_DIFFERENT;
    HKEY a, b;

    if (argc < 2)
        return syntax(L"COMPARE ");
    if (!parse_place(argv[0], &first) || !parse_place(argv[1], &second))
        return error(L"Invalid key name.");
    for (int i = 2; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/v") && !only && i + 1 < argc)
            only = argv[++i];
        else if (!_wcsicmp(argv[i], L"/ve") && !only)
            only = L"";
        else if (!_wcsicmp(argv[i], L"/s"))
            recursive = TRUE;
        else if (!_wcsicmp(argv[i], L"/oa"))
            mode = SHOW_ALL;
        else if (!_wcsicmp(argv[i], L"/od"))
            mode = SHOW_DIFFERENT;
        else if (!_wcsicmp(argv[i], L"/os"))
            mode = SHOW_SAME;
        else if (!_wcsicmp(argv[i], L"/on"))
            mode = SHOW_NOTHING;
        else if (!view_option(argv[i], &view))
            return syntax(L"COMPARE ");
    }
    LSTATUS code = RegOpenKeyExW(first.root, first.path, 0, KEY_READ | view, &a);
    if (code)
        return error_code(code);
    code = RegOpenKeyExW(second.root, second.path, 0, KEY_READ | view, &b);
    if (code) {
        RegCloseKey(a);
        return error_code(code);
    }
    BOOL same = compare_keys(a, b, argv[0], argv[1], only, recursive, mode);
    RegCloseKey(a);
    RegCloseKey(b);
    print(L"\r\nResult Compared: %ls\r\n\r\n", same ? L"Identical" : L"Different");
    success();
    return same ? 0 : 2;
}
