/*
 * Calls on files that are not open: their names, attributes by name, deleting by name.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/share.h"
#include "io/volume.h"
#include "mm/guest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

NTSTATUS io_read_name(const OBJECT_ATTRIBUTES *guest, WCHAR **ret_name, size_t *ret_length,
                      ULONG *ret_attributes, struct io_file **ret_root)
{
    OBJECT_ATTRIBUTES attributes;
    struct io_file *root = NULL;
    WCHAR *name = NULL;
    size_t length = 0;

    *ret_root = NULL;
    NTSTATUS status = guest_read(&attributes, guest);
    if (!NT_SUCCESS(status))
        return status;
    if (attributes.Length != sizeof attributes)
        return STATUS_INVALID_PARAMETER;
    if (!attributes.ObjectName)
        return attributes.RootDirectory ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_SYNTAX_BAD;
    status = guest_read_unicode_string(attributes.ObjectName, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    if (attributes.RootDirectory) {
        status = ob_handle_lookup(attributes.RootDirectory, &io_file_type, 0, (void **)&root);
        if (NT_SUCCESS(status) && length && name[0] == '\\')
            status = STATUS_OBJECT_NAME_INVALID;
        if (NT_SUCCESS(status) && root->path) {
            WCHAR *dos = io_unix_to_dos(root->path), *joined = NULL;
            size_t n = 0;
            while (dos && dos[n])
                n++;
            joined = dos ? malloc((n + length + 8) * sizeof *joined) : NULL;
            if (joined) {
                memcpy(joined, u"\\??\\", 8);
                memcpy(joined + 4, dos, n * sizeof *dos);
                n += 4;
                if (length) {
                    if (joined[n - 1] != '\\')
                        joined[n++] = '\\';
                    memcpy(joined + n, name, length * sizeof *name);
                }
                free(name);
                name = joined;
                length += n;
            } else
                status = STATUS_NO_MEMORY;
            free(dos);
            ob_dereference(root);
            root = NULL;
        }
    }
    if (!NT_SUCCESS(status)) {
        if (root)
            ob_dereference(root);
        free(name);
        return status;
    }
    *ret_name = name;
    *ret_length = length;
    *ret_attributes = attributes.Attributes;
    *ret_root = root;
    return STATUS_SUCCESS;
}

/* ---- removing ---- */

NTSTATUS io_remove_file(struct io_file *file)
{
    if (!file->path || file->read_only_media)
        return STATUS_ACCESS_DENIED;
    io_share_follow(file);
    bool current = io_lookup_current(file->path);
    int result = file->kind == IO_DIRECTORY && !file->link_itself ? rmdir(file->path) : unlink(file->path);
    if (result != 0) {
        if (file->overlay && errno == ENOENT)
            return STATUS_ACCESS_DENIED;
        return io_status_from_errno(errno);
    }
    io_lookup_removed(file->path, current);
    file->removed = true;
    return STATUS_SUCCESS;
}

NTSTATUS NtDeleteFile(OBJECT_ATTRIBUTES *ObjectAttributes)
{
    WCHAR *name;
    size_t length;
    ULONG attributes, information;
    struct io_file *root, *file;
    NTSTATUS status = io_read_name(ObjectAttributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) {
        ob_dereference(root);
        free(name);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = io_create(name, length, DELETE, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       FILE_OPEN, FILE_OPEN_REPARSE_POINT, &file, &information);
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    struct io_stat info;
    status = io_file_stat(file, &info);
    if (NT_SUCCESS(status))
        status = info.attributes & FILE_ATTRIBUTE_READONLY ? STATUS_CANNOT_DELETE : io_remove_file(file);
    ob_dereference(file);
    return status;
}

/* ---- attributes by name ---- */

/* Stats a name as one that opens it with FILE_OPEN_REPARSE_POINT would. */
static NTSTATUS stat_name(OBJECT_ATTRIBUTES *guest, struct io_stat *ret)
{
    WCHAR *name;
    size_t length;
    ULONG attributes;
    struct io_file *root;
    struct io_path path = {0};

    NTSTATUS status = io_read_name(guest, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) {
        ob_dereference(root);
        free(name);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = io_path_to_unix(name, length, &path);
    bool device = io_device_has_attributes(name, length);
    free(name);
    if (device) {
        memset(ret, 0, sizeof *ret);
        ret->attributes = FILE_ATTRIBUTE_ARCHIVE;
        io_path_free(&path);
        return STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(status))
        return status;
    if (!path.exists)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else {
        io_stat_fill(&path.stat, path.unix_path, -1, ret);
        if (path.trailing && !ret->directory)
            status = STATUS_OBJECT_NAME_INVALID;
    }
    io_path_free(&path);
    return status;
}

NTSTATUS NtQueryAttributesFile(OBJECT_ATTRIBUTES *ObjectAttributes, void *FileInformation)
{
    struct io_stat stat;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    FILE_BASIC_INFORMATION info = {0};
    io_fill_basic(&stat, &info);
    return guest_copy(FileInformation, &info, sizeof info);
}

NTSTATUS NtQueryFullAttributesFile(OBJECT_ATTRIBUTES *ObjectAttributes, void *FileInformation)
{
    struct io_stat stat;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    FILE_NETWORK_OPEN_INFORMATION info = {0};
    io_fill_network(&stat, &info);
    return guest_copy(FileInformation, &info, sizeof info);
}

NTSTATUS NtQueryInformationByName(OBJECT_ATTRIBUTES *ObjectAttributes, IO_STATUS_BLOCK *IoStatusBlock,
                                  void *FileInformation, ULONG Length, ULONG FileInformationClass)
{
    struct io_stat stat;
    ULONG size;
    union {
        FILE_STAT_INFORMATION stat;
        FILE_ID_INFORMATION id;
    } info = {0};
    if (FileInformationClass == FileStatInformation)
        size = sizeof info.stat;
    else if (FileInformationClass == FileIdInformation)
        size = sizeof info.id;
    else
        return STATUS_INVALID_INFO_CLASS;
    if (Length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    if (FileInformationClass == FileStatInformation) {
        io_fill_stat(&stat, FILE_ALL_ACCESS, &info.stat);
    } else {
        info.id.VolumeSerialNumber = io_serial_of(stat.volume);
        memcpy(info.id.FileId, &stat.id, sizeof stat.id);
    }
    status = guest_copy(FileInformation, &info, size);
    return NT_SUCCESS(status) ? guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, size) : status;
}
