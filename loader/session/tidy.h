/*
 * Removing what killed processes left in the file system.
 */
#ifndef SESSION_TIDY_H
#define SESSION_TIDY_H

#include <stdint.h>

/* All of it, of all sessions of the user, if nobody is at it. */
void session_tidy(void);

/* The session's server was found to be gone: if it was killed, its socket is there. */
void session_tidy_behind_server(void);

/* This process is to delete the file when it closes it: somebody else does if it cannot. Then: the owner (a
 * session_process_word), or somebody on its behalf, has. */
void session_doom(const char *path, uint64_t device, uint64_t inode);
void session_spare(uint64_t owner, uint64_t device, uint64_t inode);

/* The same for a folder with all that is in it. */
void session_doom_folder(const char *path);
void session_spare_folder(const char *path);

/* Deletes what the path leads to if it is that file. */
void session_on_doom(void (*function)(const char *path, uint64_t device, uint64_t inode));

#endif
