/*
 * NtCreateUserProcess: the memory file that tells a child what to do.
 */
#include "io/io.h"
#include "ps/creation.h"
#include <fcntl.h>
#include <stdlib.h>
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

/* What is to be written at once: a call for each piece would cost more than the rest. */
struct block {
    uint8_t *data;
    size_t size, room;
    bool failed;
};

static void append(struct block *block, const void *data, size_t size)
{
    if (block->size + size > block->room) {
        size_t room = (block->size + size) * 2 + 8192;
        uint8_t *moved = block->failed ? NULL : realloc(block->data, room);
        if (!moved) {
            block->failed = true;
            return;
        }
        block->data = moved;
        block->room = room;
    }
    if (size)
        memcpy(block->data + block->size, data, size);
    block->size += size;
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
    struct block block = {0};
    append(&block, &header, sizeof header);
    append(&block, creation->unix_path, header.unix_path);
    append(&block, creation->dos_path, header.dos_path);
    append(&block, creation->command_line, header.command_line);
    append(&block, creation->directory, header.current_directory);
    append(&block, creation->environment, header.environment);
    append(&block, creation->runtime_data, header.runtime_data);
    append(&block, creation->window_title, header.window_title);
    append(&block, creation->desktop, header.desktop);
    for (size_t i = 0; i < creation->file_count; i++) {
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
        append(&block, &saved, sizeof saved);
        append(&block, file->path, saved.path);
    }
    for (size_t i = 0; i < creation->shared_count; i++)
        append(&block, &creation->shared[i].saved, sizeof creation->shared[i].saved);
    off_t begin = PS_CHILD_OFFSET;
    if (!block.failed) {
        ((struct ps_child_header *)block.data)->size = (uint32_t)block.size;
        block.failed = !creation_append(fd, &begin, block.data, block.size);
    }
    free(block.data);
    if (block.failed) {
        close(fd);
        return -1;
    }
    return fd;
}
