/*
 * Control codes of files and volumes.
 */
#ifndef IO_FSCTL_H
#define IO_FSCTL_H

#include "io/io.h"

/* FSCTL and IOCTL codes of disk files, folders and volumes: an operation as in struct io_operations. */
NTSTATUS io_disk_control(struct io_file *file, struct io_request *request);

/* Reparse points that are not links (reparse.c); data is the host's. */
NTSTATUS io_reparse_set(struct io_file *file, const REPARSE_DATA_BUFFER *data, size_t size);
NTSTATUS io_reparse_get(struct io_file *file, struct io_request *request);
NTSTATUS io_reparse_delete(struct io_file *file, struct io_request *request);

#endif
