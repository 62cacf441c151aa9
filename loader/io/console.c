/*
 * The console.
 */
#include "io/device.h"

struct io_file *io_console_wrap(int fd, ACCESS_MASK access, ULONG options)
{
    return io_file_create(IO_CONSOLE, &io_pipe_operations, fd, access, options);
}
NTSTATUS io_console_open(bool input, ACCESS_MASK access, ULONG options, struct io_file **ret_file)
{
    (void)input, (void)access, (void)options, (void)ret_file;
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
NTSTATUS io_pipe_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG sharing, ULONG options,
                      struct io_file **ret_file)
{
    (void)name, (void)length, (void)access, (void)sharing, (void)options, (void)ret_file;
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
