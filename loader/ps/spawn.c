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
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the new process does before it becomes another program. */
struct plan {
    const struct creation *creation;
    const char *path, *otherwise; /* the second, if not NULL, where the first cannot be executed */
    char **arguments, **environment;
    int block_fd;
    uint64_t ignored;  /* signals, bit 0 the first, that it is to have back as they are by default */
    bool has_handlers; /* of the parent, still: the kernel could not take them away */
    int error;
};

/* The signals that this process ignores, as it got them; nobody but io_console_ignores_ctrl_c's owner changes
 * that later. */
static uint64_t ignored_signals(void)
{
    static uint64_t known; /* with the highest bit: found */
    uint64_t found = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!found) {
        struct sigaction action;
        for (int i = 1; i < NSIG && i < 64; i++)
            if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
                found |= 1ull << (i - 1);
        found |= 1ull << 63;
        __atomic_store_n(&known, found, __ATOMIC_RELAXED);
    }
    found = (found | 1ull << (SIGINT - 1)) & ~(1ull << 63);
    return io_console_ignores_ctrl_c() ? found & ~(1ull << (SIGINT - 1)) : found;
}

static bool keep(int fd)
{
    return fd < 0 || fcntl(fd, F_SETFD, 0) == 0; /* no longer closed on exec */
}

/* Runs in the parent's memory, on a stack of its own, while the parent's thread sleeps and with all signals
 * blocked: system calls only. */
static int begin(void *argument)
{
    struct plan *plan = argument;
    const struct creation *creation = plan->creation;
    HANDLE standard[3] = {creation->parameters.StandardInput, creation->parameters.StandardOutput,
                          creation->parameters.StandardError};
    bool good = true;
    for (int i = 0; i < 3 && good; i++) {
        int fd = creation_standard_fd(creation, standard[i]);
        if (fd >= 0) {
            good = fd == i ? keep(fd) : dup2(fd, i) == i;
        } else {
            fd = open("/dev/null", i ? O_WRONLY : O_RDONLY);
            good = fd >= 0 && dup2(fd, i) == i;
            if (fd > 2)
                close(fd);
        }
    }
    if (good && plan->block_fd >= 0) {
        good = keep(plan->block_fd) && keep(creation->debug_fd) && keep(creation->session_fd);
        for (size_t i = 0; i < creation->file_count && good; i++)
            good = keep(creation->files[i].file.fd);
    }
    /* Folders of the system overlay need not exist for Unix. */
    if (good && creation->unix_directory && chdir(creation->unix_directory) != 0)
        errno = 0;
    for (int i = 1; i < NSIG && good; i++) {
        struct sigaction action = {.sa_handler = SIG_DFL}, old;
        if ((i < 64 && plan->ignored >> (i - 1) & 1) ||
            (plan->has_handlers && sigaction(i, NULL, &old) == 0 && old.sa_handler != SIG_IGN))
            sigaction(i, &action, NULL);
    }
    if (good) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(plan->path, plan->arguments, plan->environment);
        if (plan->otherwise)
            execve(plan->otherwise, plan->arguments, plan->environment);
    }
    plan->error = errno ? errno : EINVAL;
    _exit(127);
}

/* clone.S */
long ps_clone(struct clone_args *arguments, size_t size, int (*function)(void *), void *argument);

/* A process in which begin(plan) runs, without the parent's handlers; comes back when it has become another
 * program or failed. As clone(), which lacks the flag. */
static int start(struct plan *plan, uint8_t *stack, size_t size)
{
    struct clone_args clone_args = {.flags = CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
                                    .exit_signal = SIGCHLD,
                                    .stack = (uint64_t)stack,
                                    .stack_size = size};
    long result = ps_clone(&clone_args, sizeof clone_args, begin, plan);
    if (result == -ENOSYS || result == -EPERM) { /* some sandboxes */
        plan->has_handlers = true;
        result = clone(begin, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, plan);
        result = result < 0 ? -errno : result;
    }
    return (int)result;
}

/* Sets up descriptors and working directory, and starts path. Returns the pid, or -errno. Not posix_spawn: it
 * makes a hundred system calls more. */
static int spawn(struct creation *creation, const char *path, const char *otherwise, char **arguments,
                 char **environment, int block_fd)
{
    _Alignas(64) uint8_t stack[32768];
    struct plan plan = {creation,          path,  otherwise, arguments, environment, block_fd,
                        ignored_signals(), false, 0};
    uint64_t all = ~0ull, before;
    io_console_lend();
    /* Directly: libc would leave its own signals out. */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    int pid = start(&plan, stack, sizeof stack);
    int error = pid < 0 ? -pid : plan.error;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    if (pid > 0 && error)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
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
    return spawn(creation, io_own_program_by_number(), io_own_program(), arguments, environ, block_fd);
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
                  ? spawn(creation, creation->unix_path, NULL, arguments, environment, -1)
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
