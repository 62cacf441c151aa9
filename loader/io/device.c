/*
 * Opening what is no file: names of devices.
 */
#include "io/device.h"
#include "io/socket.h"
#include <string.h>

static bool equals(const WCHAR *text, size_t length, const char *word)
{
    size_t n = strlen(word);
    if (n != length)
        return false;
    for (size_t i = 0; i < n; i++)
        if (io_upcase(text[i]) != (WCHAR)word[i])
            return false;
    return true;
}

static bool starts(const WCHAR *text, size_t length, const char *word)
{
    return length >= strlen(word) && equals(text, strlen(word), word);
}

/* A drive without a path. */
static NTSTATUS open_volume(WCHAR letter, ACCESS_MASK access, ULONG options, struct io_file **ret_file)
{
    WCHAR root[8] = {'\\', '?', '?', '\\', letter, ':', '\\'};
    struct io_path path;
    NTSTATUS status = io_path_to_unix(root, 7, &path);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_PATH_NOT_FOUND ? STATUS_OBJECT_NAME_NOT_FOUND : status;
    struct io_file *file = io_file_create(IO_VOLUME, &io_disk_operations, -1, access, options);
    if (file) {
        file->path = path.unix_path;
        file->overlay = path.overlay;
    } else
        io_path_free(&path);
    *ret_file = file;
    return file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS io_device_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                        struct io_file **ret_file, bool *ret_found)
{
    bool dos = starts(name, length, "\\??\\");
    const WCHAR *rest = dos ? name + 4 : name;
    size_t n = dos ? length - 4 : length;
    bool null = (dos && equals(rest, n, "NUL")) || equals(name, length, "\\DEVICE\\NULL");
    *ret_found = true;
    if (null) {
        *ret_file = io_file_create(IO_NULL, &io_null_operations, -1, access, options);
        return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (dos && (equals(rest, n, "CONIN$") || equals(rest, n, "CONOUT$") || equals(rest, n, "CON"))) {
        bool input = equals(rest, n, "CONIN$") || (equals(rest, n, "CON") && !(access & FILE_WRITE_DATA));
        return io_console_open(input, access, options, ret_file);
    }
    size_t skip = io_skip_device(name, length, u"PIPE\\", u"\\DEVICE\\NAMEDPIPE\\");
    if (skip)
        return io_pipe_open(name + skip, length - skip, access, options, ret_file);
    static const char everywhere[] = "\\??\\UNC\\*\\MAILSLOT\\";
    if (starts(name, length, everywhere))
        return io_mailslot_open_broadcast(name + sizeof everywhere - 1, length - (sizeof everywhere - 1),
                                          access, options, ret_file);
    skip = io_skip_device(name, length, u"MAILSLOT\\", u"\\DEVICE\\MAILSLOT\\");
    if (skip)
        return io_mailslot_open(name + skip, length - skip, access, options, ret_file);
    if ((dos && (equals(rest, n, "PIPE") || equals(rest, n, "PIPE\\"))) ||
        equals(name, length, "\\DEVICE\\NAMEDPIPE"))
        return io_pipe_open(NULL, 0, access, options, ret_file);
    if (equals(name, length, "\\DEVICE\\AFD") || starts(name, length, "\\DEVICE\\AFD\\")) {
        *ret_file = io_file_create(IO_DEVICE, &io_afd_operations, -1, access, options);
        return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (dos && n == 2 && rest[1] == ':')
        return open_volume(rest[0], access, options, ret_file);
    *ret_found = false;
    return STATUS_SUCCESS;
}

bool io_device_has_attributes(const WCHAR *name, size_t length)
{
    const WCHAR *rest = name + 4;
    size_t n = length - 4;
    return starts(name, length, "\\??\\") && (equals(rest, n, "NUL") || equals(rest, n, "CON") ||
                                              equals(rest, n, "CONIN$") || equals(rest, n, "CONOUT$"));
}
