/*
 * NtCreateUserProcess: the memory file that tells a child what to do.
 */
#include "io/io.h"
#include "ps/creation.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool creation_append(int fd, off_t *at, const void *data, size_t size)
{
    if (size && pwrite(fd, data, size, *at) != (ssize_t)size)
        return false;
    *at += (off_t)size;
    return true;
}

/* Writes all the child needs; the file's descriptor or -1. */
int creation_write_block(const struct creation *creation)
{
    const RTL_USER_PROCESS_PARAMETERS *parameters = &creation->parameters;
    struct ps_child_header header = {
        .magic = PS_CHILD_MAGIC,
        .unix_path = (uint32_t)strlen(creation->unix_path),
        .dos_path = (uint32_t)creation->dos_path_length * 2,
        .command_line = (uint32_t)creation->command_line_length * 2,
        .current_directory = (uint32_t)creation->directory_length * 2,
        .environment = (uint32_t)creation->environment_length * 2,
        .runtime_data = parameters->RuntimeData.Length,
        .window_title = (uint32_t)creation->window_title_length * 2,
        .desktop = (uint32_t)creation->desktop_length * 2,
        .place = {parameters->StartingX, parameters->StartingY, parameters->CountX, parameters->CountY,
                  parameters->CountCharsX, parameters->CountCharsY, parameters->FillAttribute},
        .error_mode = creation->error_mode,
        .inherit_count = (uint32_t)creation->file_count,
        .standard = {(uint64_t)parameters->StandardInput, (uint64_t)parameters->StandardOutput,
                     (uint64_t)parameters->StandardError},
        .process_group = parameters->ProcessGroupId,
        .show_window = parameters->ShowWindowFlags,
        .startup_flags = parameters->WindowFlags,
        .ignore_ctrl_c = !parameters->ProcessGroupId || io_console_ignores_ctrl_c(),
        .parent = getpid(),
        .debug_fd = creation->debug_fd,
        .debug_kill = creation->debug_kill,
        .debug_children = creation->debug_children,
        .session_fd = creation->session_fd,
        .shared_count = (uint32_t)creation->shared_count,
    };
    int fd = memfd_create("gastwirt-child", MFD_CLOEXEC);
    if (fd >= 0 && fd < 3) { /* the child's standard descriptors come there */
        int low = fd;
        fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
        close(low);
    }
    if (fd < 0)
        return -1;
    off_t at = PS_CHILD_OFFSET + sizeof header;
    bool good = creation_append(fd, &at, creation->unix_path, header.unix_path) &&
                creation_append(fd, &at, creation->dos_path, header.dos_path) &&
                creation_append(fd, &at, creation->command_line, header.command_line) &&
                creation_append(fd, &at, creation->directory, header.current_directory) &&
                creation_append(fd, &at, creation->environment, header.environment) &&
                creation_append(fd, &at, creation->runtime_data, header.runtime_data) &&
                creation_append(fd, &at, creation->window_title, header.window_title) &&
                creation_append(fd, &at, creation->desktop, header.desktop);
    for (size_t i = 0; i < creation->file_count && good; i++) {
        const struct io_inherit *file = &creation->files[i].file;
        struct ps_child_inherit saved = {
            .handle = (uint64_t)creation->files[i].handle,
            .access = creation->files[i].access,
            .fd = file->fd,
            .kind = file->kind,
            .file_access = file->access,
            .options = file->options,
            .path = file->path ? (uint32_t)strlen(file->path) + 1 : 0,
            .position = file->position,
            .sharing = file->sharing,
        };
        good = creation_append(fd, &at, &saved, sizeof saved) &&
               creation_append(fd, &at, file->path, saved.path);
    }
    for (size_t i = 0; i < creation->shared_count && good; i++)
        good = creation_append(fd, &at, &creation->shared[i].saved, sizeof creation->shared[i].saved);
    header.size = (uint32_t)(at - PS_CHILD_OFFSET);
    off_t begin = PS_CHILD_OFFSET;
    if (!good || !creation_append(fd, &begin, &header, sizeof header)) {
        close(fd);
        return -1;
    }
    return fd;
}
