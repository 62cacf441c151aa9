/*
 * What a program and its session's server, which is the same executable, know of each other besides the
 * protocol: how the server is started, and the folder in which its socket gets a name.
 */
#ifndef GASTWIRT_SESSION_SERVER_H
#define GASTWIRT_SESSION_SERVER_H

#include <stdbool.h>

/* As this descriptor the server has the name of its socket (O_PATH): where others may look at it in /proc,
 * that is how they connect, and no name in the folder is left to stay behind when everybody is killed. */
enum { GW_SERVER_NAME_FD = 4 };

/* Runs until nobody is connected for a while. arguments: listening descriptor, that of its name, folder,
 * session name. */
int server_main(int argc, char **argv);

/* What the loader has to do for the server: before it forks, then (in the parent) when its number is known,
 * and when it leaves. NULL: nothing. */
extern struct server_hooks {
    void (*prepare)(const char *folder, const char *name);
    void (*publish)(int pid);
    void (*leave)(void);
    void (*tidy)(void);
} server_hooks;

/* The folder's lock (the kernel's, on the folder itself) is held while a server is started, while one leaves,
 * and while somebody removes what killed ones left. A descriptor that holds it: close it. -1 with errno:
 * ENOENT: the folder is not there (any more), EAGAIN: somebody has it for longer than that, who may have been
 * stopped. */
int folder_lock(const char *folder, int patience_ms);

/* With the lock: removes the sockets that nobody listens at, then the folder if nothing is left in it. */
void folder_sweep(int lock, const char *folder);

#endif
