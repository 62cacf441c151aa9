/*
 * The files of the console, which is the Unix terminal: output passes through as UTF-8 with the terminal's
 * own control sequences. Files of input are marked as such, those of output belong to a screen buffer.
 */
#include "io/console.h"
#include "io/console_input.h"
#include "io/console_ready.h"
#include "io/device.h"
#include "mm/guest.h"
#include <fcntl.h>
#include <unistd.h>

static char input_mark; /* the device of all files of input */

bool console_is_input(const struct io_file *file)
{
    return file->device == &input_mark;
}

struct console_buffer *console_buffer_of(const struct io_file *file)
{
    return file && file->device && !console_is_input(file) ? file->device : &console_main_buffer;
}

static NTSTATUS console_read(struct io_file *file, struct io_request *request)
{
    char local[8192];
    size_t used = 0, room = request->length < sizeof local ? request->length : sizeof local;
    if (!room)
        return STATUS_SUCCESS;
    NTSTATUS status = console_input_read_text(file->fd, NULL, local, room, &used);
    if (NT_SUCCESS(status))
        status = guest_copy(request->buffer, local, used);
    request->information = used;
    console_ready_update();
    return status;
}

static NTSTATUS console_write(struct io_file *file, struct io_request *request)
{
    char local[4096];
    size_t done = 0;
    while (done < request->length) {
        size_t step = request->length - done < sizeof local ? request->length - done : sizeof local;
        NTSTATUS status = guest_copy(local, (char *)request->buffer + done, step);
        if (NT_SUCCESS(status))
            status = console_buffer_output(console_buffer_of(file), file->fd, local, step);
        if (!NT_SUCCESS(status))
            return status;
        done += step;
    }
    request->information = done;
    return STATUS_SUCCESS;
}

static void console_destroy(struct io_file *file)
{
    if (file->device && !console_is_input(file))
        console_buffer_release(file->device, file->fd);
}

static const struct io_operations operations = {
    .read = console_read, .write = console_write, .destroy = console_destroy};

static void mark_input(struct io_file *file)
{
    file->device = &input_mark;
    console_ready_input(file->fd, console_input_queued, console_input_prepare_wait);
}

void io_console_mark_input(struct io_file *file)
{
    if (file->kind == IO_CONSOLE && !console_is_input(file))
        mark_input(file);
}

bool io_console_is_input(const struct io_file *file)
{
    return file->kind == IO_CONSOLE && console_is_input(file);
}

void *io_console_wait_object(void *object)
{
    struct io_file *file = object;
    struct ke_dispatcher_object *event = file->kind == IO_CONSOLE && console_is_input(file)
                                             ? console_ready_event()
                                             : NULL;
    return event ? event : &file->dispatcher;
}

struct io_file *io_console_wrap(int fd, ACCESS_MASK access, ULONG options)
{
    struct io_file *file = io_file_create(IO_CONSOLE, &operations, fd, access, options);
    if (file && (fd == 0 || !(access & FILE_WRITE_DATA)))
        mark_input(file);
    return file;
}

NTSTATUS io_console_open(bool input, ACCESS_MASK access, ULONG options, struct io_file **ret_file)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *ret_file = io_file_create(IO_CONSOLE, &operations, fd, access, options);
    if (*ret_file && input)
        mark_input(*ret_file);
    else if (*ret_file)
        (*ret_file)->device = console_buffer_active();
    else
        close(fd);
    return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS console_create_buffer(const gw_console_create *create, ULONG64 *ret_handle)
{
    HANDLE handle;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return STATUS_INVALID_HANDLE;
    struct console_buffer *buffer = console_buffer_create(fd);
    ACCESS_MASK access = (create->access & GENERIC_READ ? FILE_GENERIC_READ : 0) |
                         (create->access & GENERIC_WRITE ? FILE_GENERIC_WRITE : 0);
    struct io_file *file = buffer ? io_file_create(IO_CONSOLE, &operations, fd, access, 0) : NULL;
    if (!file) {
        if (buffer)
            console_buffer_release(buffer, fd);
        close(fd);
        return STATUS_NO_MEMORY;
    }
    file->device = buffer;
    file->sharing = create->sharing;
    NTSTATUS status = ob_handle_create(file, access, create->inherit ? OBJ_INHERIT : 0, &handle);
    ob_dereference(file);
    if (NT_SUCCESS(status))
        *ret_handle = (ULONG64)(uintptr_t)handle;
    return status;
}
