/*
 * run --list and run --kill. The processes of a session are found in /proc: those that run this program for
 * this user with the same state; many share nothing and are not known to a server. What is, tells its
 * program.
 */
#include "session/session.h"
#include "session/tidy.h"
#include "io/io.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CONTENT_LIMIT = 0x40000, END_MS = 5000 };

/* A file of /proc with a terminator behind it; malloc'ed. */
static char *read_file(int pid, const char *name, size_t *ret_size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    FILE *file = fopen(path, "re");
    char *content = file ? malloc(CONTENT_LIMIT + 2) : NULL;
    if (content) {
        *ret_size = fread(content, 1, CONTENT_LIMIT, file);
        content[*ret_size] = content[*ret_size + 1] = 0;
    }
    if (file)
        fclose(file);
    return content;
}

static bool is_ours(int pid, const struct stat *own)
{
    char path[64];
    struct stat stat_of;
    snprintf(path, sizeof path, "/proc/%d", pid);
    if (stat(path, &stat_of) != 0 || stat_of.st_uid != getuid())
        return false;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat(path, &stat_of) == 0 && stat_of.st_ino == own->st_ino && stat_of.st_dev == own->st_dev;
}

/* A variable in an environment block. */
static const char *variable(const char *block, size_t size, const char *name)
{
    size_t length = strlen(name);
    for (const char *item = block; item && item < block + size; item += strlen(item) + 1)
        if (strncmp(item, name, length) == 0 && item[length] == '=')
            return item + length + 1;
    return NULL;
}

/* What a process was started with: its state directory (malloc'ed) and its program (in `arguments`, NULL: a
 * child that was told otherwise). False for the server and the like. */
static bool read_options(int pid, const char *arguments, size_t size, char **ret_state,
                         const char **ret_program)
{
    const char *state = NULL, *end = arguments + size, *item = arguments + strlen(arguments) + 1;
    bool ephemeral = false, child = false;
    *ret_program = NULL;
    for (; item < end && *item == '-'; item += strlen(item) + 1) {
        const char *value = strchr(item, '=');
        size_t length = value ? (size_t)(value++ - item) : strlen(item);
        bool takes = (length == 7 && !strncmp(item, "--state", 7)) ||
                     (length == 7 && !strncmp(item, "--drive", 7)) ||
                     (length == 7 && !strncmp(item, "--child", 7));
        const char *name = item;
        if (!strcmp(item, "--server") || !strncmp(item, "--list", 6) || !strncmp(item, "--kill", 6) ||
            !strcmp(item, "--check"))
            return false;
        if (takes && !value) {
            item += strlen(item) + 1;
            value = item < end ? item : "";
        }
        if (!strncmp(name, "--state", 7))
            state = value;
        child |= !strncmp(name, "--child", 7);
        ephemeral |= !strcmp(name, "--ephemeral");
        if (!strcmp(name, "--")) {
            item += strlen(item) + 1;
            break;
        }
    }
    if (!child && item < end)
        *ret_program = item;
    size_t block_size = 0;
    char *block = read_file(pid, "environ", &block_size), folder[PATH_MAX] = "", path[64];
    const char *temporary = variable(block, block_size, "TMPDIR"),
               *home = variable(block, block_size, "HOME"),
               *data = variable(block, block_size, "XDG_DATA_HOME");
    int got;
    if (ephemeral) {
        got = asprintf(ret_state, "%s/gastwirt-%d-%d", temporary ? temporary : "/tmp", (int)getuid(), pid);
    } else if (state && state[0] != '/') {
        snprintf(path, sizeof path, "/proc/%d/cwd", pid);
        ssize_t length = readlink(path, folder, sizeof folder - 1);
        folder[length > 0 ? length : 0] = 0;
        got = asprintf(ret_state, "%s/%s", folder, state);
    } else if (state) {
        got = asprintf(ret_state, "%s", state);
    } else if (data && data[0] == '/') {
        got = asprintf(ret_state, "%s/gastwirt", data);
    } else {
        got = asprintf(ret_state, "%s/.local/share/gastwirt", home && *home ? home : "/nonexistent");
    }
    free(block);
    return got >= 0;
}

/* The program of a process as the server knows it; malloc'ed UTF-8, or NULL. */
static char *known_program(const uint8_t *list, size_t size, int pid)
{
    for (size_t at = 0; at + 16 <= size;) {
        uint32_t head[4]; /* pid, parent, machine, bytes of the image */
        memcpy(head, list + at, sizeof head);
        at += sizeof head;
        if (head[3] > size - at)
            return NULL;
        if (head[0] == (uint32_t)pid && head[3]) {
            size_t length = head[3] / 2;
            char *text = malloc(length * 3 + 1);
            if (text)
                text[io_utf16_to_utf8((const WCHAR *)(list + at), length, text, length * 3)] = 0;
            return text;
        }
        at += (head[3] + 3u) & ~3u;
    }
    return NULL;
}

/* Calls visit for each process of the session, by number. */
static unsigned visit_all(void (*visit)(int pid, const char *program, void *context), void *context)
{
    enum { LIST_LIMIT = 0x10000 };
    struct gw_connection *connection;
    struct gw_list_processes_in in = {0};
    struct gw_list_processes_out out = {.processes = malloc(LIST_LIMIT), .processes_size = LIST_LIMIT};
    struct stat own;
    struct dirent **entries;
    unsigned found = 0;
    uint64_t session = session_hash(io_state_directory(false));
    if (!out.processes || !NT_SUCCESS(session_connect(false, &connection)) ||
        !NT_SUCCESS(gw_list_processes(connection, &in, &out)))
        out.processes_size = 0;
    int count = stat("/proc/self/exe", &own) == 0 ? scandir("/proc", &entries, NULL, versionsort) : -1;
    for (int i = 0; i < count; i++) {
        int pid = atoi(entries[i]->d_name);
        size_t size;
        char *state = NULL, *arguments = NULL;
        const char *program;
        if (pid > 0 && pid != getpid() && is_ours(pid, &own))
            arguments = read_file(pid, "cmdline", &size);
        if (arguments && size && read_options(pid, arguments, size, &state, &program) &&
            session_hash(state) == session) {
            char *known = known_program(out.processes, out.processes_size, pid), *name = NULL;
            if (!known && !program && (name = read_file(pid, "comm", &size)))
                name[strcspn(name, "\n")] = 0;
            visit(pid, known ? known : program ? program : name ? name : "?", context);
            found++;
            free(known);
            free(name);
        }
        free(state);
        free(arguments);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(out.processes);
    return found;
}

static void print(int pid, const char *program, void *context)
{
    (void)context;
    printf("%7d  %s\n", pid, program);
}

int session_list(void)
{
    session_tidy();
    visit_all(print, NULL);
    return fflush(stdout) == 0 ? 0 : 1;
}

struct killing {
    int pid; /* 0: all */
    bool denied;
    struct pollfd ended[1024];
    unsigned count;
};

static void end(int pid, const char *program, void *context)
{
    struct killing *killing = context;
    (void)program;
    if (killing->pid && killing->pid != pid)
        return;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
        killing->denied = true;
    if (fd >= 0 && killing->count < sizeof killing->ended / sizeof *killing->ended)
        killing->ended[killing->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    else if (fd >= 0)
        close(fd);
}

int session_kill(const char *who)
{
    struct killing killing = {0};
    char *rest;
    if (strcmp(who, "all") != 0) {
        long pid = strtol(who, &rest, 10);
        if (*rest || pid <= 0 || pid > INT_MAX) {
            fprintf(stderr, "run: --kill takes a process number of --list, or all\n");
            return 2;
        }
        killing.pid = (int)pid;
    }
    visit_all(end, &killing);
    for (unsigned i = 0; i < killing.count; i++) {
        poll(&killing.ended[i], 1, END_MS);
        close(killing.ended[i].fd);
    }
    session_tidy();
    if (killing.denied || (killing.pid && !killing.count)) {
        fprintf(stderr, "run: %s: %s\n", who,
                killing.denied ? "cannot be ended" : "is no program of this session (see --list)");
        return 1;
    }
    return 0;
}
