/*
 * /save and /restore: a file of UTF-16 lines, a name and the list of what has that name in turn.
 */
#include "icacls.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *stored;

void store_open(const wchar_t *file)
{
    static const wchar_t mark = 0xfeff;

    if (!(stored = _wfopen(file, L"wb")) || fwrite(&mark, sizeof mark, 1, stored) != 1)
        stop(ERROR_OPEN_FAILED, L"%ls: cannot be written.\n", file);
}

static BOOL put(const wchar_t *text)
{
    return fwrite(text, sizeof(wchar_t), wcslen(text), stored) == wcslen(text) &&
           fwrite(L"\r\n", sizeof(wchar_t), 2, stored) == 2;
}

DWORD store_write(const wchar_t *path, const wchar_t *shown)
{
    PSECURITY_DESCRIPTOR descriptor;
    wchar_t *text;
    DWORD error = GetNamedSecurityInfoW((LPWSTR)path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                        NULL, NULL, &descriptor);
    if (error)
        return error;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1,
                                                              DACL_SECURITY_INFORMATION, &text, NULL)) {
        error = GetLastError();
    } else {
        if (!put(shown) || !put(text))
            error = ERROR_WRITE_FAULT;
        LocalFree(text);
    }
    LocalFree(descriptor);
    return error;
}

void store_close(void)
{
    if (fclose(stored) != 0)
        stop(ERROR_WRITE_FAULT, L"The file cannot be written.\n");
}

static wchar_t *read_all(const wchar_t *file)
{
    FILE *stream = _wfopen(file, L"rb");
    size_t size = 0, room = 0, got;
    char *all = NULL;

    if (!stream)
        stop(ERROR_FILE_NOT_FOUND, L"%ls: The system cannot find the file specified.\n", file);
    do {
        if (room - size < 65536 && !(all = realloc(all, (room += room / 2 + 65536) + sizeof(wchar_t))))
            stop(ERROR_NOT_ENOUGH_MEMORY, L"Not enough memory.\n");
        got = fread(all + size, 1, room - size, stream);
        size += got;
    } while (got);
    fclose(stream);
    wchar_t *text = (wchar_t *)all;
    text[size / sizeof(wchar_t)] = 0;
    return text;
}

static void substitute(PACL list)
{
    for (DWORD i = 0; list && i < list->AceCount; i++) {
        void *ace;
        PSID sid = GetAce(list, i, &ace) ? ace_sid(ace) : NULL;
        for (unsigned k = 0; sid && k < icacls.substitution_count; k++) {
            const struct substitution *s = &icacls.substitutions[k];
            if (!EqualSid(sid, s->from))
                continue;
            if (GetLengthSid(sid) != GetLengthSid(s->to))
                stop(ERROR_INVALID_SID, L"An account can only be substituted by one of its kind.\n");
            CopySid(GetLengthSid(sid), sid, s->to);
            break;
        }
    }
}

static DWORD apply(const wchar_t *path, const wchar_t *text)
{
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision, error = ERROR_INVALID_DATA;
    BOOL present, defaulted;
    PACL list;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL))
        return GetLastError();
    if (GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) && present &&
        GetSecurityDescriptorControl(descriptor, &control, &revision)) {
        substitute(list);
        error = SetNamedSecurityInfoW(
            (LPWSTR)path, SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION | (control & SE_DACL_PROTECTED ? PROTECTED_DACL_SECURITY_INFORMATION
                                                                     : UNPROTECTED_DACL_SECURITY_INFORMATION),
            NULL, NULL, list, NULL);
    }
    LocalFree(descriptor);
    return error;
}

void store_restore(const wchar_t *folder, const wchar_t *file)
{
    wchar_t *all = read_all(file), *at = all + (*all == 0xfeff), *lines[2];
    BOOL more = TRUE;

    while (more && *at) {
        for (int i = 0; i < 2; i++) {
            lines[i] = at;
            at += wcscspn(at, L"\r\n");
            if (*at == '\r')
                *at++ = 0;
            if (*at == '\n')
                *at++ = 0;
        }
        wchar_t path[2 * MAX_PATH];
        const size_t length = wcslen(folder);
        const BOOL separated = !length || folder[length - 1] == '\\' || folder[length - 1] == '/';
        _snwprintf(path, ARRAYSIZE(path), L"%ls%ls%ls", folder, separated ? L"" : L"\\", lines[0]);
        path[ARRAYSIZE(path) - 1] = 0;
        more = report(path, apply(path, lines[1]));
    }
    free(all);
}
