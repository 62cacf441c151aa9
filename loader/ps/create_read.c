/*
 * NtCreateUserProcess: reading what is wanted.
 */
#include "io/io.h"
#include "mm/guest.h"
#include "ob/ob.h"
#include "ps/creation.h"
#include "ps/job.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ATTRIBUTE_PARENT_PROCESS = 0x60000,
    ATTRIBUTE_DEBUG_OBJECT = 0x60001,
    ATTRIBUTE_CLIENT_ID = 0x10003,
    ATTRIBUTE_IMAGE_NAME = 0x20005,
    ATTRIBUTE_HANDLE_LIST = 0x2000b,
    ATTRIBUTE_PRIORITY_CLASS = 0x20008,
    ATTRIBUTE_ERROR_MODE = 0x20009,
    ATTRIBUTE_JOB_LIST = 0x20013
};
enum { JOB_OBJECT_ASSIGN_PROCESS = 1, HANDLE_LIST_LIMIT = 0x10000 };

/* The environment's size if the parameters do not say it: up to the empty string. */
static NTSTATUS read_environment(struct creation *creation)
{
    const WCHAR *guest = creation->parameters.Environment;
    size_t bytes = creation->parameters.EnvironmentSize;
    if (!guest)
        return STATUS_INVALID_PARAMETER;
    if (!bytes) {
        size_t units = 0, length;
        do {
            NTSTATUS status = guest_wcslen(guest + units, CREATION_ENVIRONMENT_LIMIT, &length);
            if (!NT_SUCCESS(status))
                return status;
            units += length + 1;
        } while (length && units < CREATION_ENVIRONMENT_LIMIT);
        bytes = (units + (units == 1)) * 2;
    }
    creation->environment = malloc(bytes + 4);
    if (!creation->environment)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_copy(creation->environment, guest, bytes);
    if (!NT_SUCCESS(status))
        return status;
    creation->environment_length = bytes / 2;
    creation->environment[bytes / 2] = creation->environment[bytes / 2 + 1] = 0;
    /* What counts is the block up to its end, not the allocation. */
    size_t at = 0;
    while (at < creation->environment_length && creation->environment[at])
        while (at < creation->environment_length && creation->environment[at++])
            ;
    creation->environment_length = at + 1 < 2 ? 2 : at + 1;
    return STATUS_SUCCESS;
}

static NTSTATUS read_parameters(struct creation *creation, const void *guest)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = &creation->parameters;
    NTSTATUS status = guest_copy(parameters, guest, sizeof *parameters);
    if (NT_SUCCESS(status) && !(parameters->Flags & 1))
        return STATUS_INVALID_PARAMETER; /* not normalized */
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->ImagePathName,
                                           &creation->dos_path, &creation->dos_path_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->CommandLine,
                                           &creation->command_line, &creation->command_line_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->CurrentDirectory.DosPath,
                                           &creation->directory, &creation->directory_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->WindowTitle,
                                           &creation->window_title, &creation->window_title_length);
    if (NT_SUCCESS(status))
        status = guest_read_unicode_string(&((RTL_USER_PROCESS_PARAMETERS *)guest)->DesktopInfo,
                                           &creation->desktop, &creation->desktop_length);
    if (NT_SUCCESS(status))
        status = read_environment(creation);
    if (NT_SUCCESS(status)) {
        creation->runtime_data = malloc(parameters->RuntimeData.Length + 1u);
        status = creation->runtime_data ? guest_copy(creation->runtime_data, parameters->RuntimeData.Buffer,
                                                     parameters->RuntimeData.Length)
                                        : STATUS_NO_MEMORY;
    }
    return status;
}

static NTSTATUS read_jobs(struct creation *creation, const void *guest, size_t size)
{
    HANDLE handles[GW_JOB_LIST_LIMIT];
    if (!size || size > sizeof handles || size % sizeof *handles)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(handles, guest, size);
    for (size_t i = 0; i < size / sizeof *handles && NT_SUCCESS(status); i++) {
        status = ob_handle_lookup(handles[i], &ps_job_type, JOB_OBJECT_ASSIGN_PROCESS,
                                  &creation->jobs[creation->job_count]);
        creation->job_count += NT_SUCCESS(status);
    }
    return status;
}

static NTSTATUS read_attributes(struct creation *creation, const uint8_t *guest)
{
    struct attribute {
        ULONG_PTR Attribute;
        SIZE_T Size;
        ULONG_PTR Value;
        SIZE_T *ReturnLength;
    } attribute;
    SIZE_T total;
    NTSTATUS status = guest_copy(&total, guest, sizeof total);
    for (size_t at = sizeof total; NT_SUCCESS(status) && at + sizeof attribute <= total;
         at += sizeof attribute) {
        status = guest_copy(&attribute, guest + at, sizeof attribute);
        if (!NT_SUCCESS(status))
            break;
        switch (attribute.Attribute) {
        case ATTRIBUTE_IMAGE_NAME: {
            UNICODE_STRING string = {(USHORT)attribute.Size, (USHORT)attribute.Size, (PWSTR)attribute.Value};
            status = guest_read_unicode_string(&string, &creation->image, &creation->image_length);
            break;
        }
        case ATTRIBUTE_DEBUG_OBJECT: creation->debug_handle = (HANDLE)attribute.Value; break;
        case ATTRIBUTE_PARENT_PROCESS: creation->parent = (HANDLE)attribute.Value; break;
        case ATTRIBUTE_CLIENT_ID: creation->guest_client_id = (CLIENT_ID *)attribute.Value; break;
        case ATTRIBUTE_ERROR_MODE: creation->error_mode = (uint32_t)attribute.Value; break;
        case ATTRIBUTE_PRIORITY_CLASS: creation->priority_class = (uint8_t)attribute.Value; break;
        case ATTRIBUTE_JOB_LIST: status = read_jobs(creation, (void *)attribute.Value, attribute.Size); break;
        case ATTRIBUTE_HANDLE_LIST:
            if (creation->handle_list || attribute.Size > HANDLE_LIST_LIMIT * sizeof(HANDLE))
                return STATUS_INVALID_PARAMETER;
            creation->has_handle_list = true;
            creation->handle_list_count = attribute.Size / sizeof(HANDLE);
            creation->handle_list = malloc(attribute.Size + 1);
            status = creation->handle_list
                         ? guest_copy(creation->handle_list, (void *)attribute.Value, attribute.Size)
                         : STATUS_NO_MEMORY;
            break;
        }
    }
    if (NT_SUCCESS(status) && !creation->image)
        status = STATUS_OBJECT_NAME_INVALID;
    return status;
}

static NTSTATUS find_files(struct creation *creation)
{
    struct io_path path;
    NTSTATUS status = io_path_to_unix(creation->image, creation->image_length, &path);
    if (!NT_SUCCESS(status))
        return status;
    bool folder = path.statx_valid && S_ISDIR(path.stat.stx_mode);
    if (path.exists && !folder && path.unix_path)
        creation->unix_path = strdup(path.unix_path);
    bool exists = path.exists;
    io_path_free(&path);
    if (!exists)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (folder)
        return STATUS_FILE_IS_A_DIRECTORY;
    char *directory = creation_to_utf8(creation->directory, creation->directory_length);
    if (directory)
        creation->unix_directory = io_dos_to_unix(directory);
    free(directory);
    return creation->unix_path ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS creation_read(struct creation *creation, void *parameters, void *attributes)
{
    NTSTATUS status = read_parameters(creation, parameters);
    if (NT_SUCCESS(status))
        status = read_attributes(creation, attributes);
    return NT_SUCCESS(status) ? find_files(creation) : status;
}
