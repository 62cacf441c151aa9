/*
 * reg query: values and subkeys, everything below, searching.
 */
#include "reg.h"

#include <stdio.h>

struct query {
    const WCHAR *value; /* /v NAME or /ve (""); NULL: all */
    const WCHAR *find;  /* /f PATTERN */
    const WCHAR *separator;
    BOOL recursive, keys_only, data_only, names_only, exact, match_case, show_number;
    DWORD type; /* ~0: any */
    REGSAM view;
    unsigned matches;
};

static BOOL match(const struct query *query, const WCHAR *text)
{
    size_t n = wcslen(query->find);
    int (*compare)(const WCHAR *, const WCHAR *, size_t) = query->match_case ? wcsncmp : _wcsnicmp;

    if (query->exact)
        return wcslen(text) == n && !compare(text, query->find, n);
    for (;; text++) {
        if (!compare(text, query->find, n))
            return TRUE;
        if (!*text)
            return FALSE;
    }
}

static BOOL wanted(const struct query *query, const struct value *value, const WCHAR *text)
{
    if (query->value && _wcsicmp(query->value, value->name))
        return FALSE;
    if (query->type != ~0u && value->type != query->type)
        return FALSE;
    if (!query->find || query->value)
        return !query->find || match(query, text);
    BOOL any = !query->keys_only && !query->data_only && !query->names_only;
    return ((any || query->names_only) && match(query, value->name)) ||
           ((any || query->data_only) && match(query, text));
}

static void show(const struct query *query, const struct value *value, const WCHAR *text)
{
    print(L"    %ls    %ls", *value->name ? value->name : L"(Default)", type_name(value->type));
    if (query->show_number)
        print(L" (%lu)", value->type);
    print(L"    %ls\r\n", text);
}

static LSTATUS query_key(struct query *query, HKEY key, const WCHAR *name)
{
    struct contents contents;
    BOOL header = FALSE, searching = query->find != NULL;
    LSTATUS code = read_key(key, &contents);

    if (code)
        return code;
    for (DWORD i = 0; i < contents.value_count; i++) {
        struct value *value = &contents.values[i];
        WCHAR *text = data_text(value->type, value->data, value->size, query->separator);
        if (wanted(query, value, text)) {
            if (!header)
                print(L"\r\n%ls\r\n", name);
            header = TRUE;
            show(query, value, text);
            query->matches++;
        }
        free(text);
    }
    if (query->value && !*query->value && !header && !searching) { /* the default value is always there */
        print(L"\r\n%ls\r\n    (Default)    REG_SZ    (value not set)\r\n", name);
        query->matches++;
        header = TRUE;
    }
    BOOL list_keys = !query->value && query->type == ~0u;
    if (!searching && list_keys && (!query->recursive ? contents.key_count : !header)) {
        if (query->recursive)
            print(L"\r\n%ls\r\n", name);
        else
            print(L"\r\n");
    }
    for (DWORD i = 0; i < contents.key_count; i++) {
        size_t size = wcslen(name) + wcslen(contents.keys[i]) + 2;
        WCHAR *full = malloc(size * sizeof *full);
        HKEY child;
        if (!full)
            abort();
        swprintf(full, size, L"%ls\\%ls", name, contents.keys[i]);
        if (searching && !query->value && query->type == ~0u && !query->data_only && !query->names_only &&
            match(query, contents.keys[i])) {
            print(L"\r\n%ls\r\n", full);
            query->matches++;
        }
        if (query->recursive) {
            if (!RegOpenKeyExW(key, contents.keys[i], 0, KEY_READ | query->view, &child)) {
                query_key(query, child, full);
                RegCloseKey(child);
            }
        } else if (!searching && list_keys) {
            print(L"%ls\r\n", full);
        }
        free(full);
    }
    free_contents(&contents);
    return ERROR_SUCCESS;
}

int reg_query(int argc, WCHAR **argv)
{
    struct query query = {.separator = L"\\0", .type = ~0u};
    struct place place;
    HKEY key;

    if (argc < 1)
        return syntax(L"QUERY ");
    if (!parse_place(argv[0], &place))
        return error(L"Invalid key name.");
    for (int i = 1; i < argc; i++) {
        BOOL more = i + 1 < argc && argv[i + 1][0] != '/';
        if (!_wcsicmp(argv[i], L"/v") && !query.value) {
            if (more)
                query.value = argv[++i];
            else
                query.names_only = TRUE; /* with /f */
        } else if (!_wcsicmp(argv[i], L"/ve") && !query.value) {
            query.value = L"";
        } else if (!_wcsicmp(argv[i], L"/s")) {
            query.recursive = TRUE;
        } else if (!_wcsicmp(argv[i], L"/f") && i + 1 < argc) {
            query.find = argv[++i];
        } else if (!_wcsicmp(argv[i], L"/k")) {
            query.keys_only = TRUE;
        } else if (!_wcsicmp(argv[i], L"/d")) {
            query.data_only = TRUE;
        } else if (!_wcsicmp(argv[i], L"/c")) {
            query.match_case = TRUE;
        } else if (!_wcsicmp(argv[i], L"/e")) {
            query.exact = TRUE;
        } else if (!_wcsicmp(argv[i], L"/z")) {
            query.show_number = TRUE;
        } else if (!_wcsicmp(argv[i], L"/se") && more && wcslen(argv[i + 1]) == 1) {
            query.separator = argv[++i];
        } else if (!_wcsicmp(argv[i], L"/t") && more) {
            if (!parse_type(argv[++i], &query.type))
                return syntax(L"QUERY ");
        } else if (!_wcsicmp(argv[i], L"/reg:32")) {
            query.view = KEY_WOW64_32KEY;
        } else if (!_wcsicmp(argv[i], L"/reg:64")) {
            query.view = KEY_WOW64_64KEY;
        } else {
            return syntax(L"QUERY ");
        }
    }
    if (!query.find &&
        (query.keys_only || query.data_only || query.names_only || query.match_case || query.exact))
        return syntax(L"QUERY ");
    LSTATUS code = RegOpenKeyExW(place.root, place.path, 0, KEY_READ | query.view, &key);
    if (code)
        return error_code(code);
    size_t size = wcslen(place.root_name) + wcslen(place.path) + 2;
    WCHAR *name = malloc(size * sizeof *name);
    if (!name)
        abort();
    swprintf(name, size, *place.path ? L"%ls\\%ls" : L"%ls", place.root_name, place.path);
    if (name[wcslen(name) - 1] == '\\')
        name[wcslen(name) - 1] = 0;
    code = query_key(&query, key, name);
    free(name);
    RegCloseKey(key);
    if (code)
        return error_code(code);
    if (query.find || (query.recursive && query.value)) {
        print(L"\r\nEnd of search: %u match(es) found.\r\n", query.matches);
        return query.matches ? 0 : 1;
    }
    if (query.value && !query.matches)
        return error_code(ERROR_FILE_NOT_FOUND);
    print(L"\r\n");
    return 0;
}
