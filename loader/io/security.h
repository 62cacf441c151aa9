/*
 * Security descriptors of files.
 */
#ifndef IO_SECURITY_H
#define IO_SECURITY_H

#include "io/io.h"

NTSTATUS io_file_get_security(void *object, struct ob_security **ret_security);
NTSTATUS io_file_set_security(void *object, ULONG information, const struct ob_security *security);

#endif
