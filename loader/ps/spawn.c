/*
 * NtCreateUserProcess: starting the Unix process, which is another `run --child`, or an ELF program or script
 * with translated standard handles, arguments and environment.
 */
#include "io/io.h"
#include "io/system.h"
#include "ke/trace.h"
#include "options.h"
#include "ps/creation.h"
#include "ps/unix_arguments.h"
#include "session/session.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Sets up descriptors and working directory, and starts path. Returns the pid, or -errno. */
static int spawn(struct creation *creation, const char *path, char **arguments, char **environment,
                 int block_fd, bool search)
{
    HANDLE standard[3] = {creation->parameters.StandardInput, creation->parameters.StandardOutput,
                          creation->parameters.StandardError};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, 32); /* glibc's own */
    sigdelset(&all, 33);
    if (io_console_ignores_ctrl_c())
        sigdelset(&all, SIGINT); /* the child does so too */
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    for (int i = 0; i < 3; i++) {
        int fd = creation_standard_fd(creation, standard[i]);
        if (fd >= 0)
            posix_spawn_file_actions_adddup2(&actions, fd, i);
        else
            posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0);
    }
    if (block_fd >= 0) { /* the same number, no longer closed on exec */
        posix_spawn_file_actions_adddup2(&actions, block_fd, block_fd);
        if (creation->debug_fd >= 0)
            posix_spawn_file_actions_adddup2(&actions, creation->debug_fd, creation->debug_fd);
        if (creation->session_fd >= 0)
            posix_spawn_file_actions_adddup2(&actions, creation->session_fd, creation->session_fd);
        for (size_t i = 0; i < creation->file_count; i++)
            posix_spawn_file_actions_adddup2(&actions, creation->files[i].file.fd,
                                             creation->files[i].file.fd);
    }
    /* Folders of the system overlay need not exist for Unix. */
    if (creation->unix_directory && access(creation->unix_directory, X_OK) == 0)
        posix_spawn_file_actions_addchdir_np(&actions, creation->unix_directory);
    int error = search ? posix_spawnp(&pid, path, &actions, &attributes, arguments, environment)
                       : posix_spawn(&pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error ? -error : pid;
}

/* Starts a Windows program. */
int creation_spawn_windows(struct creation *creation, int block_fd)
{
    char number[32], *arguments[80], drives[26][2 + 4096];
    unsigned count = 0;
    snprintf(number, sizeof number, "%d:%u", block_fd, creation->parameters.ProcessGroupId);
    arguments[count++] = io_own_path()[0] == '/' ? (char *)io_own_path() : "run";
    if (run_options.state || run_options.ephemeral) { /* the child's state is this process's */
        arguments[count++] = "--state";
        arguments[count++] = (char *)io_state_directory(false);
    }
    if (ke_tracing)
        arguments[count++] = "--trace=nt";
    if (session_tracing)
        arguments[count++] = "--trace=server";
    for (int i = 0; i < 26; i++) {
        if (run_options.drives[i]) {
            snprintf(drives[i], sizeof drives[i], "%c=%s", 'A' + i, run_options.drives[i]);
            arguments[count++] = "--drive";
            arguments[count++] = drives[i];
        }
    }
    arguments[count++] = "--child";
    arguments[count++] = number;
    arguments[count] = NULL;
    return spawn(creation, io_own_program(), arguments, environ, block_fd, false);
}

/* Variables that mean something else on Unix keep the value they have here. */
static bool is_windows_only(const char *item)
{
    static const char *const names[] = {
        "PATH=",         "TEMP=",    "TMP=",     "HOMEDRIVE=",  "HOMEPATH=",    "USERPROFILE=", "APPDATA=",
        "LOCALAPPDATA=", "PATHEXT=", "ComSpec=", "SystemRoot=", "SystemDrive=", "windir="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncasecmp(item, names[i], strlen(names[i])) == 0)
            return true;
    return item[0] == '=' || strncasecmp(item, "Program", 7) == 0 ||
           strncasecmp(item, "CommonProgram", 13) == 0;
}

/* Our own Unix environment with the guest's variables over it; all malloc'ed. */
static char **unix_environment(const struct creation *creation)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **list = calloc(count + creation->environment_length + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = strdup(environ[i]);
    for (size_t at = 0; at < creation->environment_length && creation->environment[at];) {
        size_t length = 0;
        while (creation->environment[at + length])
            length++;
        char *item = creation_to_utf8(creation->environment + at, length);
        at += length + 1;
        if (!item || is_windows_only(item)) {
            free(item);
            continue;
        }
        size_t name = strcspn(item, "=") + 1, place = 0;
        while (place < count && strncasecmp(list[place], item, name) != 0)
            place++;
        free(list[place]);
        list[place] = item;
        count += place == count;
    }
    return list;
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

int creation_spawn_unix(struct creation *creation)
{
    char *line = creation_to_utf8(creation->command_line, creation->command_line_length);
    char **arguments = line ? ps_split_arguments(line, creation->unix_path) : NULL;
    char *text = arguments ? arguments[1] : NULL; /* they all lie in one block */
    char **translated = arguments ? ps_translate_arguments(arguments) : NULL;
    char **environment = unix_environment(creation);
    int pid = translated && environment
                  ? spawn(creation, creation->unix_path, arguments, environment, -1, false)
                  : -ENOMEM;
    if (pid > 0)
        io_restore_limits(pid);
    free_list(environment);
    free(text);
    for (unsigned i = 0; translated && translated[i]; i++)
        free(translated[i]);
    free(translated);
    free(arguments);
    free(line);
    return pid;
}
