/*
 * Control codes of files and volumes.
 */
#ifndef IO_FSCTL_H
#define IO_FSCTL_H

#include "io/io.h"

NTSTATUS io_disk_control(struct io_file *file, struct io_request *request);

#endif
