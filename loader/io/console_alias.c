/*
 * The aliases of a console, for all programs on it: a memory file that the session server keeps under the
 * console's name (its terminal and Unix session), as text that only kernelbase reads. Whoever asks while
 * there is a server stays connected, so that they live as long as somebody reads lines there.
 */
#include "io/console_alias.h"
#include "io/io.h"
#include "session/session.h"
#include <fcntl.h>
#include <gastwirt/shared.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OPEN_IF = 0x80, PERMANENT = 0x10, LIMIT = 0x10000 };

struct head {
    uint64_t generation; /* from 1 */
    uint64_t size;       /* bytes behind the head */
};

/* Guards the descriptor; the server is asked under it. Between processes the file itself is locked. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int memory = -1;
static uint32_t connection_number; /* of the connection that the descriptor came by */

static uint32_t name_console(uint16_t *ret_name, size_t room)
{
    char text[512] = "", name[64];
    int terminal = 0;
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    const char *end = strrchr(text, ')'); /* the name may contain anything */
    if (end && sscanf(end + 1, " %*c %*d %*d %*d %d", &terminal) != 1)
        terminal = 0;
    uint32_t count = 0, length = (uint32_t)snprintf(name, sizeof name, "\\ConsoleAliases-%d-%x",
                                                    (int)getsid(0), (unsigned)terminal);
    for (; count < length && count < room; count++)
        ret_name[count] = (uint16_t)name[count];
    return count * 2;
}

static bool find(bool make)
{
    struct gw_connection *connection;
    uint16_t name[64];
    if (!NT_SUCCESS(session_connect(make, &connection)))
        return false;
    if (memory >= 0 && connection_number == session_generation())
        return true;
    if (memory >= 0)
        close(memory);
    memory = -1;
    struct gw_open_in asked = {.type = GW_TYPE_OTHER, .name = name, .name_size = name_console(name, 64)};
    struct gw_open_out found = {.memory = -1};
    NTSTATUS status = gw_open(connection, &asked, &found);
    if (NT_SUCCESS(status)) {
        memory = found.memory;
    } else if (make) {
        int fresh = memfd_create("aliases", MFD_CLOEXEC);
        struct gw_create_in in = {.type = GW_TYPE_OTHER,
                                  .attributes = OPEN_IF | PERMANENT,
                                  .name = name,
                                  .name_size = asked.name_size,
                                  .memory = fresh};
        struct gw_create_out out = {.memory = -1};
        if (fresh >= 0 && NT_SUCCESS(gw_create(connection, &in, &out)))
            memory = out.memory >= 0 ? out.memory : fcntl(fresh, F_DUPFD_CLOEXEC, 3);
        if (fresh >= 0)
            close(fresh);
    }
    connection_number = session_generation();
    return memory >= 0;
}

/* The kernel takes the lock off whoever is killed with it. */
static void lock_file(short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET};
    fcntl(memory, type == F_UNLCK ? F_SETLK : F_SETLKW, &range);
}

static struct head read_head(void)
{
    struct head head = {0};
    if (pread(memory, &head, sizeof head, 0) != sizeof head || head.size > LIMIT)
        head = (struct head){0};
    return head;
}

NTSTATUS console_aliases_get(uint64_t known, uint64_t *ret_generation, void *ret_text, size_t room,
                             size_t *ret_size)
{
    NTSTATUS status = STATUS_SUCCESS;
    *ret_generation = 0;
    *ret_size = 0;
    pthread_mutex_lock(&lock);
    if (find(false)) {
        lock_file(F_RDLCK);
        struct head head = read_head();
        *ret_generation = head.generation;
        if (head.generation != known) {
            if (head.size > room)
                status = STATUS_BUFFER_TOO_SMALL;
            else if (pread(memory, ret_text, head.size, sizeof head) == (ssize_t)head.size)
                *ret_size = head.size;
        }
        lock_file(F_UNLCK);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

NTSTATUS console_aliases_set(uint64_t expected, const void *text, size_t size, uint64_t *ret_generation)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (size > LIMIT)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&lock);
    if (find(true)) {
        lock_file(F_WRLCK);
        struct head head = read_head();
        if (head.generation != expected) {
            status = STATUS_RETRY;
        } else {
            head = (struct head){expected + 1, size};
            if (pwrite(memory, text, size, sizeof head) != (ssize_t)size ||
                pwrite(memory, &head, sizeof head, 0) != sizeof head)
                status = STATUS_NO_MEMORY;
            *ret_generation = head.generation;
        }
        lock_file(F_UNLCK);
    } else {
        status = STATUS_NOT_SUPPORTED; /* without a server they are this process's own */
    }
    pthread_mutex_unlock(&lock);
    return status;
}
