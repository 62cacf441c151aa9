/*
 * Where our own files are.
 */
#ifndef IO_SYSTEM_H
#define IO_SYSTEM_H

/* The Unix folder that C:\windows\system32 shows: our DLLs and programs. Absolute, static. */
const char *io_system_directory(void);

/* The same for i386 programs: C:\windows\syswow64. */
const char *io_system_directory32(void);

/* What C:\windows\system32\drivers\etc shows: hosts, services, ... */
const char *io_system_network_files(void);

/* A file beside the architecture folders ("missing.txt"); until the next is asked for. */
const char *io_system_file(const char *name);

/* What to start for another process of ours: this very program, even if another one has taken its name. */
const char *io_own_program(void);

/* The same, quicker for a new process: if that looked for "self", the kernel would have to make all that
 * /proc shows of it. It may not be allowed to; then it takes the other one. */
const char *io_own_program_by_number(void);

/* The path of this program, "" if it cannot be found; and told by the parent, which knows it: path stays. */
const char *io_own_path(void);
void io_know_own_program(const char *path);

#endif
