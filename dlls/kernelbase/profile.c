/*
 * GetPrivateProfile..., WritePrivateProfile... and their kin for win.ini.
 */
#include "profile_file.h"
#include <string.h>

/* What the functions write for the caller: names one behind the other, or one string. */
struct output {
    WCHAR *buffer;
    DWORD size, used;
    BOOL truncated;
};

static void put(struct output *output, const WCHAR *text, DWORD length, DWORD reserve)
{
    const DWORD room = output->size > output->used + reserve ? output->size - output->used - reserve : 0;

    if (length > room) {
        length = room;
        output->truncated = TRUE;
    }
    memcpy(output->buffer + output->used, text, length * sizeof *text);
    output->used += length;
}

/* A name of a list; two characters are kept for its end and the list's. Nothing follows one that was cut. */
static void put_name(struct output *output, const WCHAR *text, DWORD length)
{
    if (output->truncated)
        return;
    put(output, text, length, 2);
    if (!output->truncated)
        output->buffer[output->used++] = 0;
}

static DWORD end_list(struct output *output)
{
    if (!output->size)
        return 0;
    if (output->truncated) {
        if (output->size > 1)
            output->buffer[output->size - 2] = 0;
        output->buffer[output->size - 1] = 0;
        SetLastError(ERROR_MORE_DATA);
        return output->size > 1 ? output->size - 2 : 0;
    }
    output->buffer[output->used] = 0;
    if (!output->used && output->size > 1)
        output->buffer[1] = 0;
    return output->used;
}

static DWORD put_string(struct output *output, const WCHAR *text, DWORD length)
{
    if (!output->size)
        return 0;
    put(output, text, length, 1);
    output->buffer[output->used] = 0;
    if (output->truncated)
        SetLastError(ERROR_MORE_DATA);
    return output->used;
}

/* ---------------------------------------------------------------- reading */

static DWORD list_sections(const struct profile *profile, struct output *output)
{
    struct range line, name;

    for (DWORD at = 0; profile_line(profile, &at, &line);)
        if (profile_head(profile, line, &name) && name.end > name.start)
            put_name(output, profile->text + name.start, name.end - name.start);
    return end_list(output);
}

static DWORD list_keys(const struct profile *profile, struct range body, struct output *output)
{
    struct range line, key, value;

    for (DWORD at = body.start; at < body.end && profile_line(profile, &at, &line);)
        if (profile_entry(profile, line, &key, &value) && key.end > key.start)
            put_name(output, profile->text + key.start, key.end - key.start);
    return end_list(output);
}

DWORD WINAPI GetPrivateProfileSectionNamesW(LPWSTR buffer, DWORD size, LPCWSTR file)
{
    struct output output = {buffer, buffer ? size : 0, 0, FALSE};
    struct profile profile;

    if (!profile_open(&profile, file, FALSE))
        return end_list(&output);
    const DWORD length = list_sections(&profile, &output);
    profile_close(&profile, FALSE);
    return length;
}

/* "key=value" of all entries, without comments. */
DWORD WINAPI GetPrivateProfileSectionW(LPCWSTR section, LPWSTR buffer, DWORD size, LPCWSTR file)
{
    struct output output = {buffer, buffer ? size : 0, 0, FALSE};
    struct range body, line, key, value;
    struct profile profile;
    DWORD head;

    if (!section || !profile_open(&profile, file, FALSE))
        return end_list(&output);
    if (profile_section(&profile, section, &body, &head))
        for (DWORD at = body.start; at < body.end && profile_line(&profile, &at, &line);) {
            if (!profile_entry(&profile, line, &key, &value) || output.truncated)
                continue;
            /* the blanks around the sign go */
            put(&output, profile.text + key.start, key.end - key.start, 2);
            if (key.end < line.end) {
                put(&output, L"=", 1, 2);
                put(&output, profile.text + value.start, value.end - value.start, 2);
            }
            put_name(&output, L"", 0);
        }
    else
        SetLastError(ERROR_FILE_NOT_FOUND);
    const DWORD length = end_list(&output);
    profile_close(&profile, FALSE);
    return length;
}

static void unquote(const struct profile *profile, struct range *value)
{
    const WCHAR first = value->end - value->start > 1 ? profile->text[value->start] : 0;

    if ((first == '"' || first == '\'') && profile->text[value->end - 1] == first) {
        value->start++;
        value->end--;
    }
}

/* No section: the names of all; no key: the section's. */
DWORD WINAPI GetPrivateProfileStringW(LPCWSTR section, LPCWSTR key, LPCWSTR fallback, LPWSTR buffer,
                                      DWORD size, LPCWSTR file)
{
    struct output output = {buffer, buffer ? size : 0, 0, FALSE};
    struct range body, line, value;
    struct profile profile;
    DWORD head, length = 0, error = ERROR_SUCCESS;
    BOOL found = FALSE;

    if (profile_open(&profile, file, FALSE)) {
        if (!section) {
            length = list_sections(&profile, &output);
            found = TRUE;
        } else if (profile_section(&profile, section, &body, &head)) {
            if (!key) {
                length = list_keys(&profile, body, &output);
                found = TRUE;
            } else if (profile_key(&profile, body, key, &line, &value)) {
                unquote(&profile, &value);
                length = put_string(&output, profile.text + value.start, value.end - value.start);
                found = TRUE;
            }
        }
        error = ERROR_FILE_NOT_FOUND;
        profile_close(&profile, FALSE);
    } else {
        error = GetLastError();
    }
    if (found)
        return length;
    DWORD fallback_length = fallback ? (DWORD)lstrlenW(fallback) : 0;
    while (fallback_length && fallback[fallback_length - 1] == ' ')
        fallback_length--;
    length = put_string(&output, fallback ? fallback : L"", fallback_length);
    if ((!section || !key) && output.used < output.size)
        output.buffer[output.used + (output.used + 1 < output.size)] = 0;
    if (!output.truncated)
        SetLastError(error);
    return length;
}

/* Decimal, or hexadecimal with 0x; what follows does not count. An empty value is 0. */
UINT WINAPI GetPrivateProfileIntW(LPCWSTR section, LPCWSTR key, INT fallback, LPCWSTR file)
{
    WCHAR text[64];
    UINT number = 0;
    DWORD at = 0;

    if (!GetPrivateProfileStringW(section, key, L"", text, ARRAYSIZE(text), file))
        return (UINT)fallback;
    const BOOL minus = text[0] == '-';
    if (minus || text[0] == '+')
        at++;
    if (text[at] == '0' && (text[at + 1] | 0x20) == 'x') {
        for (at += 2;; at++) {
            const WCHAR c = text[at], letter = c | 0x20;
            if (c >= '0' && c <= '9')
                number = number * 16 + (UINT)(c - '0');
            else if (letter >= 'a' && letter <= 'f')
                number = number * 16 + (UINT)(letter - 'a') + 10;
            else
                break;
        }
    } else {
        for (; text[at] >= '0' && text[at] <= '9'; at++)
            number = number * 10 + (UINT)(text[at] - '0');
    }
    return minus ? 0 - number : number;
}

/* ---------------------------------------------------------------- writing */

/* Where a section's new lines go: behind its last line that is not blank. */
static DWORD body_end(const struct profile *profile, struct range body)
{
    struct range line;
    DWORD end = body.start;

    for (DWORD at = body.start; at < body.end && profile_line(profile, &at, &line);)
        if (line.end > line.start)
            end = at;
    return end;
}

/* Puts texts one behind the other at `at`; a line before it gets an end if it has none. */
static BOOL insert(struct profile *profile, DWORD at, const WCHAR *const *texts)
{
    if (at && profile->text[at - 1] != '\n' && profile->text[at - 1] != '\r') {
        if (!profile_replace(profile, (struct range){at, at}, L"\r\n", 2))
            return FALSE;
        at += 2;
    }
    for (; *texts; texts++) {
        const DWORD length = (DWORD)lstrlenW(*texts);
        if (!profile_replace(profile, (struct range){at, at}, *texts, length))
            return FALSE;
        at += length;
    }
    return TRUE;
}

/* The section's body; the section is added if there is none. */
static BOOL need_section(struct profile *profile, const WCHAR *name, struct range *body)
{
    DWORD head;

    if (profile_section(profile, name, body, &head))
        return TRUE;
    if (!insert(profile, profile->length, (const WCHAR *const[]){L"[", name, L"]\r\n", NULL}))
        return FALSE;
    *body = (struct range){profile->length, profile->length};
    return TRUE;
}

/* No value: the key goes; no key: the section goes; nothing at all: what is cached is written, which is
 * nothing. */
BOOL WINAPI WritePrivateProfileStringW(LPCWSTR section, LPCWSTR key, LPCWSTR value, LPCWSTR file)
{
    struct range body, line, old;
    struct profile profile;
    BOOL good = TRUE;
    DWORD head;

    if (!section) {
        if (key || value)
            SetLastError(ERROR_FILE_NOT_FOUND);
        return FALSE;
    }
    if (!profile_open(&profile, file, TRUE))
        return FALSE;
    if (!key || !value) {
        if (profile_section(&profile, section, &body, &head)) {
            if (!key)
                good = profile_replace(&profile, (struct range){head, body.end}, NULL, 0);
            else if (profile_key(&profile, body, key, &line, &old))
                good = profile_replace(&profile, line, NULL, 0);
        }
    } else {
        while (*value == ' ' || *value == '\t')
            value++;
        good = need_section(&profile, section, &body);
        if (good && profile_key(&profile, body, key, &line, &old))
            good = profile_replace(&profile, old, value, (DWORD)lstrlenW(value));
        else if (good)
            good = insert(&profile, body_end(&profile, body),
                          (const WCHAR *const[]){key, L"=", value, L"\r\n", NULL});
    }
    if (!good) {
        profile_close(&profile, FALSE);
        return FALSE;
    }
    return profile_close(&profile, TRUE);
}

/* The section's lines are replaced by these. */
BOOL WINAPI WritePrivateProfileSectionW(LPCWSTR section, LPCWSTR entries, LPCWSTR file)
{
    struct profile profile;
    struct range body;
    BOOL good;

    if (!section) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!entries)
        return WritePrivateProfileStringW(section, NULL, NULL, file);
    if (!profile_open(&profile, file, TRUE))
        return FALSE;
    good = need_section(&profile, section, &body);
    if (good)
        good = profile_replace(&profile, (struct range){body.start, body_end(&profile, body)}, NULL, 0);
    for (DWORD at = body.start; good && *entries; entries += lstrlenW(entries) + 1) {
        const DWORD before = profile.length;
        good = insert(&profile, at, (const WCHAR *const[]){entries, L"\r\n", NULL});
        at += profile.length - before;
    }
    if (!good) {
        profile_close(&profile, FALSE);
        return FALSE;
    }
    return profile_close(&profile, TRUE);
}

/* ---------------------------------------------------------------- structures: hexadecimal and a sum */

BOOL WINAPI WritePrivateProfileStructW(LPCWSTR section, LPCWSTR key, LPVOID data, UINT size, LPCWSTR file)
{
    static const char digits[] = "0123456789ABCDEF";
    BYTE sum = 0;

    if (!data)
        return WritePrivateProfileStringW(section, key, NULL, file);
    WCHAR *text = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size * 2 + 3) * sizeof *text), *out = text;
    if (!text) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    for (UINT i = 0; i <= size; i++) {
        const BYTE byte = i < size ? ((const BYTE *)data)[i] : sum;
        *out++ = (WCHAR)digits[byte >> 4];
        *out++ = (WCHAR)digits[byte & 15];
        sum += byte;
    }
    *out = 0;
    const BOOL good = WritePrivateProfileStringW(section, key, text, file);
    HeapFree(GetProcessHeap(), 0, text);
    return good;
}

static int digit(WCHAR c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* Size and sum must be right. */
BOOL WINAPI GetPrivateProfileStructW(LPCWSTR section, LPCWSTR key, LPVOID data, UINT size, LPCWSTR file)
{
    WCHAR *text = HeapAlloc(GetProcessHeap(), 0, ((SIZE_T)size * 2 + 8) * sizeof *text);
    BYTE sum = 0;

    if (!text) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    const DWORD length = GetPrivateProfileStringW(section, key, NULL, text, size * 2 + 8, file);
    BOOL good = length == size * 2 + 2;
    for (UINT i = 0; good && i <= size; i++) {
        const int high = digit(text[i * 2]), low = digit(text[i * 2 + 1]);
        const BYTE byte = (BYTE)(high << 4 | low);
        good = high >= 0 && low >= 0 && (i < size || byte == sum);
        sum += byte;
    }
    for (UINT i = 0; good && i < size; i++)
        ((BYTE *)data)[i] = (BYTE)(digit(text[i * 2]) << 4 | digit(text[i * 2 + 1]));
    if (!good && length)
        SetLastError(ERROR_INVALID_DATA);
    HeapFree(GetProcessHeap(), 0, text);
    return good;
}

/* ---------------------------------------------------------------- win.ini */

UINT WINAPI GetProfileIntW(LPCWSTR section, LPCWSTR key, INT fallback)
{
    return GetPrivateProfileIntW(section, key, fallback, L"win.ini");
}
DWORD WINAPI GetProfileSectionW(LPCWSTR section, LPWSTR buffer, DWORD size)
{
    return GetPrivateProfileSectionW(section, buffer, size, L"win.ini");
}
DWORD WINAPI GetProfileStringW(LPCWSTR section, LPCWSTR key, LPCWSTR fallback, LPWSTR buffer, DWORD size)
{
    return GetPrivateProfileStringW(section, key, fallback, buffer, size, L"win.ini");
}
BOOL WINAPI WriteProfileSectionW(LPCWSTR section, LPCWSTR entries)
{
    return WritePrivateProfileSectionW(section, entries, L"win.ini");
}
BOOL WINAPI WriteProfileStringW(LPCWSTR section, LPCWSTR key, LPCWSTR value)
{
    return WritePrivateProfileStringW(section, key, value, L"win.ini");
}
