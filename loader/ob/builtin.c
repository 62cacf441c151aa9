/*
 * The directories and links that are there from the start, which this process knows as the server does.
 */
#include "ob/directory.h"
#include <gastwirt/protocol.h>
#include <gastwirt/shared.h>
#include <stdlib.h>
#include <string.h>

enum { LINK_LIMIT = 32 };

static const struct gw_builtin builtins[] = GW_BUILTIN_TABLE;
enum { BUILTIN_COUNT = sizeof builtins / sizeof *builtins };

static int find_builtin(int parent, const WCHAR *text, size_t length, bool insensitive)
{
    for (int i = 1; i < BUILTIN_COUNT; i++) {
        const char *name = builtins[i].name;
        size_t at = 0;
        if (builtins[i].parent != parent || strlen(name) != length)
            continue;
        while (at < length && (text[at] == (unsigned char)name[at] ||
                               (insensitive && gw_fold(text[at]) == gw_fold((unsigned char)name[at]))))
            at++;
        if (at == length)
            return i;
    }
    return -1;
}

NTSTATUS ob_builtin_resolve(int start, const struct ob_path *path, bool open_link, int *ret_index)
{
    WCHAR buffers[2][512];
    const WCHAR *text = path->text;
    size_t length = path->length;
    for (int links = 0; links < LINK_LIMIT; links++) {
        size_t at = 0;
        int directory = start, found = -1;
        if (start < 0) {
            if (!length || text[0] != '\\')
                return STATUS_OBJECT_PATH_SYNTAX_BAD;
            if (length == 1) {
                *ret_index = 0;
                return STATUS_SUCCESS;
            }
            at = 1;
            directory = 0;
        } else if (text[0] == '\\') {
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        }
        for (;;) {
            size_t end = at;
            while (end < length && text[end] != '\\')
                end++;
            if (end == at)
                return STATUS_OBJECT_NAME_INVALID;
            bool last = end == length;
            found = find_builtin(directory, text + at, end - at, path->insensitive);
            if (found < 0)
                return last ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
            if (builtins[found].target && !(last && open_link)) {
                WCHAR *buffer = buffers[text == buffers[0]];
                size_t size = strlen(builtins[found].target), rest = length - end;
                if (size + rest > 512) /* too long for anything that is there */
                    return STATUS_OBJECT_NAME_NOT_FOUND;
                memmove(buffer + size, text + end, rest * 2);
                for (size_t i = 0; i < size; i++)
                    buffer[i] = (unsigned char)builtins[found].target[i];
                text = buffer;
                length = size + rest;
                start = -1;
                break;
            }
            if (last) {
                *ret_index = found;
                return STATUS_SUCCESS;
            }
            directory = found;
            at = end + 1;
        }
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

void *ob_builtin_create(int index)
{
    if (builtins[index].target) {
        WCHAR target[64];
        size_t length = 0;
        for (; builtins[index].target[length]; length++)
            target[length] = (unsigned char)builtins[index].target[length];
        return ob_symbolic_link_create(target, length);
    }
    struct ob_directory *directory = ob_create(&ob_directory_type);
    if (directory)
        directory->builtin = GW_BUILTIN | (uint32_t)index;
    return directory;
}

const struct ob_type *ob_builtin_type(int index)
{
    return builtins[index].target ? &ob_symbolic_link_type : &ob_directory_type;
}

WCHAR *ob_builtin_name(int index, size_t *ret_length)
{
    char path[128] = "";
    for (int i = index; i > 0; i = builtins[i].parent) {
        size_t size = strlen(builtins[i].name);
        memmove(path + size + 1, path, strlen(path) + 1);
        memcpy(path + 1, builtins[i].name, size);
        path[0] = '\\';
    }
    size_t length = strlen(path);
    WCHAR *text = malloc((length + 2) * 2);
    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)path[i];
    if (!length)
        text[length++] = '\\';
    *ret_length = length;
    return text;
}
