/*
 * mklink: symbolic links, hard links and junctions.
 */
#include "cmd.h"
#include <stdlib.h>
#include <string.h>
#include <winioctl.h>

/* What FSCTL_SET_REPARSE_POINT takes for a junction. */
struct junction {
    DWORD tag;
    WORD size, reserved, target_offset, target_length, shown_offset, shown_length;
    WCHAR text[]; /* "\??\C:\x", its end, "C:\x", its end */
};

/* The target can be named by its volume: \\?\Volume{...}\folder. */
static BOOL make_junction(const wchar_t *link, const wchar_t *target)
{
    wchar_t place[MAX_PATH], *full = place;
    DWORD length = GetFullPathNameW(target, MAX_PATH, place, NULL), unused;

    if (!length || length >= MAX_PATH || !CreateDirectoryW(link, NULL))
        return FALSE;
    if (!wcsncmp(place, L"\\\\?\\", 4)) {
        full += 4;
        length -= 4;
    }
    const DWORD size = (DWORD)sizeof(struct junction) + (2 * length + 6) * (DWORD)sizeof(WCHAR);
    struct junction *data = calloc(1, size);
    const HANDLE folder = CreateFileW(link, GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                      FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    BOOL good = data && folder != INVALID_HANDLE_VALUE;
    if (good) {
        data->tag = IO_REPARSE_TAG_MOUNT_POINT;
        data->size = (WORD)(size - 8);
        data->target_length = (WORD)((length + 4) * sizeof(WCHAR));
        data->shown_offset = (WORD)(data->target_length + sizeof(WCHAR));
        data->shown_length = (WORD)(length * sizeof(WCHAR));
        memcpy(data->text, L"\\??\\", 4 * sizeof(WCHAR));
        memcpy(data->text + 4, full, length * sizeof(WCHAR));
        memcpy(data->text + length + 5, full, length * sizeof(WCHAR));
        good = DeviceIoControl(folder, FSCTL_SET_REPARSE_POINT, data, size, NULL, 0, &unused, NULL);
    }
    const DWORD error = GetLastError();
    if (folder != INVALID_HANDLE_VALUE)
        CloseHandle(folder);
    free(data);
    if (!good)
        RemoveDirectoryW(link);
    SetLastError(error);
    return good;
}

int command_mklink(const wchar_t *arguments)
{
    wchar_t *word, *names[2] = {0}, kind = 0;
    int count = 0;
    BOOL good = FALSE;
    int result = 0;

    state.error_level = 0;
    while ((word = next_word(&arguments, TRUE)) != NULL) {
        if (word[0] == '/' && word[1] && !word[2]) {
            kind = word[1] | 0x20;
            free(word);
        } else if (count < 2) {
            names[count++] = word;
        } else {
            count++;
            free(word);
        }
    }
    if (count != 2 || (kind && !wcschr(L"dhj", kind))) {
        result = fail_syntax();
    } else {
        if (kind == 'h')
            good = CreateHardLinkW(names[0], names[1], NULL);
        else if (kind == 'j')
            good = make_junction(names[0], names[1]);
        else
            good = CreateSymbolicLinkW(
                names[0], names[1], (kind == 'd' ? SYMBOLIC_LINK_FLAG_DIRECTORY : 0) | 2 /* by any user */);
        if (!good)
            result = fail_system(GetLastError());
        else
            print(kind == 'h'   ? L"Hardlink created for %ls <<===>> %ls\r\n"
                  : kind == 'j' ? L"Junction created for %ls <<===>> %ls\r\n"
                                : L"symbolic link created for %ls <<===>> %ls\r\n",
                  names[0], names[1]);
    }
    free(names[0]);
    free(names[1]);
    return result;
}
