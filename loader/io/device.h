/*
 * What the devices and file-system parts offer each other inside io/.
 */
#ifndef IO_DEVICE_H
#define IO_DEVICE_H

#include "io/io.h"

extern const struct io_operations io_disk_operations, io_null_operations, io_pipe_operations;

/* Opens what a name of a device stands for; *ret_found false: it is none, and nothing was done. */
NTSTATUS io_device_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                        struct io_file **ret_file, bool *ret_found);
/* Is it the name of a device that has attributes without being opened? */
bool io_device_has_attributes(const WCHAR *name, size_t length);

/* A console file over a terminal descriptor, which it owns from then on; one opened both ways is input if it
 * is descriptor 0. NULL: no memory. */
struct io_file *io_console_wrap(int fd, ACCESS_MASK access, ULONG options);
void io_console_mark_input(struct io_file *file); /* what another process handed down as its input */
bool io_console_is_input(const struct io_file *file);
/* Opens CONIN$ (input) or CONOUT$, which is the buffer that is shown now. */
NTSTATUS io_console_open(bool input, ACCESS_MASK access, ULONG options, struct io_file **ret_file);
/* What a wait for a file is a wait on: the file, or the console's input. No reference. */
void *io_console_wait_object(void *file);

/* Removes the file's name now (unlink or rmdir). */
NTSTATUS io_remove_file(struct io_file *file);

struct io_enumeration;
void io_enumeration_free(struct io_enumeration *enumeration);

/* fd: an open folder at its beginning. */
bool io_directory_is_empty(int fd);

void io_notify_close(struct io_file *file);
void io_notify_touch(const char *path); /* the folder is to be deleted: who watches it looks */
struct io_notify;
void io_notify_free(struct io_notify *notify);

/* A thread inside a device's blocking call, on its stack: NtCancelSynchronousIoFile finds it. */
struct io_blocked {
    struct io_blocked *next;
    struct ke_thread *thread;
    const struct io_file *file;
    IO_STATUS_BLOCK *iosb;
};
void io_block_enter(struct io_blocked *blocked, const struct io_file *file, IO_STATUS_BLOCK *iosb);
void io_block_leave(struct io_blocked *blocked);

/* Cancels the synchronous call in which the thread is blocked; false if it is in none. */
bool io_cancel_blocked(struct ke_thread *thread);

/* A blocking call met a kick: STATUS_SUCCESS if it is to go on (after a suspension). */
NTSTATUS io_interrupted(void);
/* Blocks until the descriptor is ready. */
NTSTATUS io_wait_ready(int fd, short events);

/* Opens a named pipe's client end, "\name" given without the backslash; without a name the device. */
NTSTATUS io_pipe_open_relative(struct io_file *root, ACCESS_MASK access, ULONG options,
                               struct io_file **ret_file);
NTSTATUS io_pipe_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                      struct io_file **ret_file);

/* Calls function for every pipe of the session. */
void io_pipe_list(void (*function)(void *context, const WCHAR *name, size_t length, ULONG instances,
                                   ULONG maximum),
                  void *context);

/* The length of what leads to names of a device in an NT path: \??\SHARE, \??\UNC\this computer\SHARE or the
 * device, given in upper case with a backslash behind; 0: it is something else. */
size_t io_skip_device(const WCHAR *name, size_t length, const WCHAR *share, const WCHAR *device);

/* An end for another process: all of it as one descriptor, and the socket that a Unix program can have. */
NTSTATUS io_named_pipe_export(struct io_file *file, int *ret_package, int *ret_plain);
NTSTATUS io_mailslot_open_broadcast(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                                    struct io_file **ret_file);
NTSTATUS io_mailslot_open(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                          struct io_file **ret_file);
NTSTATUS io_mailslot_export(struct io_file *file, int *ret_package);
struct io_file *io_mailslot_import(int package, ACCESS_MASK access, ULONG options);
struct io_file *io_named_pipe_import(int package, ACCESS_MASK access,
                                     ULONG options); /* NULL: it is damaged */

/* The object attributes' name as one NT path: with the root directory's before it. *ret_root is the
 * root's file (referenced) if it is a device without a path. malloc'ed. */
NTSTATUS io_read_name(const OBJECT_ATTRIBUTES *guest, WCHAR **ret_name, size_t *ret_length,
                      ULONG *ret_attributes, struct io_file **ret_root);

/* The open of NtCreateFile with everything in host memory. *ret_information is FILE_OPENED... */
NTSTATUS io_create(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG file_attributes, ULONG sharing,
                   ULONG disposition, ULONG options, struct io_file **ret_file, ULONG *ret_information);

/* Information by class of an open file; *ret_length is what was written. */
NTSTATUS io_query_information(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                              ULONG *ret_length);

/* Volume handles: the drive letter of a file. */
int io_file_drive(struct io_file *file);

/* The DOS name of a file that has a path, the links on the way to it followed; malloc'ed. */
WCHAR *io_final_dos_name(const struct io_file *file);

#endif
