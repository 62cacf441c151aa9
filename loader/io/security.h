/*
 * Security descriptors of files.
 */
#ifndef IO_SECURITY_H
#define IO_SECURITY_H

#include "io/io.h"

/* As in struct ob_type, for files: the descriptor is made from owner and mode (or is the one kept with them),
 * and malloc'ed; setting one sets the mode as far as it can say it. */
NTSTATUS io_file_get_security(void *object, struct ob_security **ret_security);
NTSTATUS io_file_set_security(void *object, ULONG information, const struct ob_security *security);

#endif
