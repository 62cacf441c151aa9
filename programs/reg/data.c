/*
 * Values: their data as text and back; all that a key has.
 */
#include "reg.h"

#include <stdio.h>

WCHAR *data_text(DWORD type, const BYTE *data, DWORD size, const WCHAR *separator)
{
    const WCHAR *text = (const WCHAR *)(const void *)data;
    WCHAR *out = malloc(((size_t)size * 3 + 64) * sizeof *out);

    if (!out)
        abort();
    out[0] = 0;
    switch (type) {
    case REG_SZ:
    case REG_EXPAND_SZ: {
        size_t n = size / sizeof *text;
        while (n && !text[n - 1])
            n--;
        wmemcpy(out, text, n);
        out[n] = 0;
        break;
    }
    case REG_MULTI_SZ: {
        size_t n = size / sizeof *text, at = 0;
        while (n && !text[n - 1])
            n--;
        for (size_t i = 0; i < n; i++) {
            if (text[i]) {
                out[at++] = text[i];
            } else {
                wcscpy(out + at, separator);
                at += wcslen(separator);
            }
        }
        out[at] = 0;
        break;
    }
    case REG_DWORD:
        if (size == 4)
            swprintf(out, 32, L"0x%lx", *(const DWORD *)(const void *)data);
        break;
    case REG_DWORD_BIG_ENDIAN:
        if (size == 4)
            swprintf(out, 32, L"0x%02x%02x%02x%02x", data[0], data[1], data[2], data[3]);
        break;
    case REG_QWORD:
        if (size == 8)
            swprintf(out, 32, L"0x%llx", *(const unsigned long long *)(const void *)data);
        break;
    default:
        for (DWORD i = 0; i < size; i++)
            swprintf(out + 2 * i, 3, L"%02X", data[i]);
    }
    return out;
}

static BOOL parse_binary(const WCHAR *text, BYTE *data, DWORD *ret_size)
{
    size_t n = wcslen(text), odd = n % 2; /* an odd digit stands alone in front */

    for (size_t i = 0; i < n; i++) {
        int digit = text[i] >= '0' && text[i] <= '9'                 ? text[i] - '0'
                    : (text[i] | 32) >= 'a' && (text[i] | 32) <= 'f' ? (text[i] | 32) - 'a' + 10
                                                                     : -1;
        if (digit < 0)
            return FALSE;
        BYTE *byte = &data[(i + odd) / 2];
        *byte = (BYTE)((i + odd) % 2 ? *byte << 4 | digit : digit);
    }
    *ret_size = (DWORD)((n + odd) / 2);
    return TRUE;
}

BOOL parse_data(DWORD type, const WCHAR *text, const WCHAR *separator, BYTE **ret_data, DWORD *ret_size)
{
    size_t length = wcslen(text), step = wcslen(separator);
    BYTE *data = calloc(length + 8, sizeof(WCHAR));
    WCHAR *end, *out = (WCHAR *)(void *)data;
    BOOL good = TRUE;

    if (!data)
        abort();
    switch (type) {
    case REG_DWORD:
    case REG_DWORD_BIG_ENDIAN:
    case REG_QWORD: {
        unsigned long long value = wcstoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
        good = *text && *text != '-' && !*end && (type == REG_QWORD || value <= 0xffffffff);
        *ret_size = type == REG_QWORD ? 8 : 4;
        if (type == REG_DWORD_BIG_ENDIAN)
            value = _byteswap_ulong((unsigned long)value);
        memcpy(data, &value, *ret_size);
        break;
    }
    case REG_MULTI_SZ: {
        size_t at = 0;
        for (size_t i = 0; i < length && good;) {
            if (!wcsncmp(text + i, separator, step)) {
                good = at && out[at - 1]; /* no empty strings inside */
                out[at++] = 0;
                i += step;
            } else {
                out[at++] = text[i++];
            }
        }
        if (at && out[at - 1])
            out[at++] = 0;
        out[at++] = 0;
        *ret_size = (DWORD)(at * sizeof(WCHAR));
        break;
    }
    case REG_BINARY: good = parse_binary(text, data, ret_size); break;
    case REG_NONE:
    case REG_SZ:
    case REG_EXPAND_SZ:
        memcpy(data, text, (length + 1) * sizeof(WCHAR));
        *ret_size = (DWORD)((length + 1) * sizeof(WCHAR));
        break;
    default: good = FALSE;
    }
    if (!good) {
        free(data);
        return FALSE;
    }
    *ret_data = data;
    return TRUE;
}

static int compare_values(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    return (!*y->name) - (!*x->name); /* the default value first; else as they were made */
}

LSTATUS read_key(HKEY key, struct contents *ret)
{
    DWORD keys, values, key_length, name_length, data_size;
    LSTATUS code = RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, &key_length, NULL, &values, &name_length,
                                    &data_size, NULL, NULL);

    memset(ret, 0, sizeof *ret);
    if (code)
        return code;
    ret->values = calloc(values + 1, sizeof *ret->values);
    ret->keys = calloc(keys + 1, sizeof *ret->keys);
    for (DWORD i = 0; i < values; i++) {
        struct value *value = &ret->values[ret->value_count];
        DWORD length = name_length + 1, size = data_size;
        value->name = calloc(length + 1, sizeof(WCHAR));
        value->data = calloc(1, size + 8);
        if (RegEnumValueW(key, i, value->name, &length, NULL, &value->type, value->data, &size)) {
            free(value->name);
            free(value->data);
            break;
        }
        value->size = size;
        ret->value_count++;
    }
    if (ret->value_count > 1 && *ret->values[0].name) {
        for (DWORD i = 1; i < ret->value_count; i++) {
            if (compare_values(&ret->values[0], &ret->values[i]) > 0) {
                struct value found = ret->values[i];
                memmove(ret->values + 1, ret->values, i * sizeof found);
                ret->values[0] = found;
                break;
            }
        }
    }
    for (DWORD i = 0; i < keys; i++) {
        DWORD length = key_length + 1;
        WCHAR *name = calloc(length + 1, sizeof *name);
        if (RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL)) {
            free(name);
            break;
        }
        ret->keys[ret->key_count++] = name;
    }
    return ERROR_SUCCESS;
}

void free_contents(struct contents *contents)
{
    for (DWORD i = 0; i < contents->value_count; i++) {
        free(contents->values[i].name);
        free(contents->values[i].data);
    }
    for (DWORD i = 0; i < contents->key_count; i++)
        free(contents->keys[i]);
    free(contents->values);
    free(contents->keys);
}
