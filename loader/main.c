/*
 * run: starts a Windows program. Parses the command line, declines what cannot run, and hands over
 * to ps_start.
 */
#include "check/check.h"
#include "io/io.h"
#include "io/share_table.h"
#include "io/system.h"
#include "ke/ke.h"
#include "ke/trace.h"
#include "mm/mm.h"
#include "ob/ob.h"
#include "options.h"
#include "ps/child.h"
#include "ps/start.h"
#include "session/session.h"
#include "session/table.h"
#include "session/tidy.h"
#include <gastwirt/session_server.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_options run_options;

/* Exit statuses of our own, as shells use them: found but cannot run, not found. */
enum { EXIT_USAGE = 2, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const char usage[] =
    "Usage: run [OPTION...] PROGRAM [ARGUMENT...]\n"
    "Runs a Windows program. PROGRAM is a Unix path, a DOS path, or a name that is looked up in the\n"
    "system folder and in PATH. The exit status is the program's (its low 8 bits).\n"
    "\n"
    "  --check             list the functions that PROGRAM and its DLLs import and that are missing;\n"
    "                      exit status 0 if there are none; nothing runs\n"
    "  --json              with --check: as JSON\n"
    "  --state DIR         keep the user's files and registry in DIR\n"
    "  --ephemeral         throw the user's files and registry away at the end\n"
    "  --drive X=DIR       show DIR as drive X:\n"
    "  --trace[=CHANNELS]  name the system calls (nt, the default), the requests to the session server\n"
    "                      (server) or both (nt,server) on stderr\n"
    "  --list              show the programs of the session (those that run with the same state)\n"
    "  --kill PID|all      end one of them, or all\n"
    "  --help, --version\n"
    "\n"
    "Exit status of run itself: 2 usage, 125 internal error, 126 PROGRAM cannot be run, 127 not found.\n";

static _Noreturn void die(int status, const char *subject, const char *text)
{
    if (subject)
        fprintf(stderr, "run: %s: %s\n", subject, text);
    else
        fprintf(stderr, "run: %s\n", text);
    exit(status);
}

static void add_drive(const char *text)
{
    unsigned letter = (unsigned)(text[0] | 0x20) - 'a';
    if (letter >= 26 || text[1] != '=' || !text[2])
        die(EXIT_USAGE, text, "a drive is given as X=DIR");
    if (letter == 2 || letter == 25)
        die(EXIT_USAGE, text, "C: and Z: are taken");
    char *folder = realpath(text + 2, NULL);
    if (!folder)
        die(EXIT_USAGE, text + 2, strerror(errno));
    run_options.drives[letter] = folder;
}

static void add_trace(const char *channels)
{
    char *copy = strdup(channels ? channels : "nt"), *rest = copy;
    for (char *channel; (channel = strsep(&rest, ","));) {
        if (!strcmp(channel, "nt"))
            ke_tracing = 1;
        else if (!strcmp(channel, "server"))
            session_tracing = true;
        else
            die(EXIT_USAGE, channel, "is no channel of --trace; there are nt and server");
    }
    free(copy);
}

/* Hands a .NET program to the host's mono, or says that there is none. */
static _Noreturn void run_mono(const char *path, char **arguments)
{
    size_t count = 0;
    while (arguments[count])
        count++;
    char **vector = calloc(count + 3, sizeof *vector);
    if (!vector)
        die(EXIT_CANNOT_RUN, path, "out of memory");
    vector[0] = "mono";
    vector[1] = (char *)path;
    memcpy(vector + 2, arguments, count * sizeof *vector);
    execvp("mono", vector);
    die(EXIT_CANNOT_RUN, path, "is a .NET program; it needs mono, which is not installed");
}

static void initialize(void)
{
    mm_initialize();
    ob_initialize();
    ke_initialize();
    io_initialize();
    session_initialize();
}

static _Noreturn void run_program(char **argv)
{
    struct ps_start start = {0};
    struct mm_image image;
    const char *why = NULL;

    const char *path = ps_find_program(argv[0]);
    if (!path)
        die(EXIT_NOT_FOUND, argv[0], "not found");
    start.image_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (start.image_fd < 0)
        die(EXIT_CANNOT_RUN, argv[0], strerror(errno));
    NTSTATUS status = mm_check_image(start.image_fd, &image, &why);
    if (NT_SUCCESS(status) && image.managed)
        run_mono(path, argv + 1);
    if (!NT_SUCCESS(status))
        die(EXIT_CANNOT_RUN, argv[0], why ? why : "is not a valid Windows program");

    initialize();
    start.image_dos_path = io_unix_to_dos(path);
    char *directory = getcwd(NULL, 0);
    start.current_directory = io_unix_to_dos(directory ? directory : "/");
    free(directory);
    if (!start.image_dos_path || !start.current_directory)
        die(EXIT_CANNOT_RUN, argv[0], "out of memory");
    start.command_line = ps_command_line(start.image_dos_path, argv + 1);
    start.environment = ps_environment(environ, &start.environment_length);
    for (int fd = 0; fd < 3; fd++)
        if (!NT_SUCCESS(io_open_standard(fd, &start.standard[fd])))
            start.standard[fd] = NULL;
    die(EXIT_CANNOT_RUN, argv[0], ps_start(&start));
}

static _Noreturn void run_child(const char *fd_text)
{
    struct ps_start start = {0};
    initialize();
    const char *why = ps_child_receive(atoi(fd_text), &start);
    die(EXIT_CANNOT_RUN, NULL, why ? why : ps_start(&start));
}

int main(int argc, char **argv)
{
    io_table_initialize();
    if (argc > 1 && !strcmp(argv[1], "--server")) { /* the session server, started by session/connect.c */
        server_hooks = (struct server_hooks){session_table_keep, session_table_serve, session_table_end,
                                             session_tidy};
        return server_main(argc - 2, argv + 2);
    }
    enum { CHECK = 256, JSON, STATE, EPHEMERAL, DRIVE, TRACE, CHILD, LIST, KILL, HELP, VERSION };
    static const struct option options[] = {
        {"check", no_argument, NULL, CHECK},       {"json", no_argument, NULL, JSON},
        {"state", required_argument, NULL, STATE}, {"ephemeral", no_argument, NULL, EPHEMERAL},
        {"drive", required_argument, NULL, DRIVE}, {"trace", optional_argument, NULL, TRACE},
        {"child", required_argument, NULL, CHILD}, {"list", no_argument, NULL, LIST},
        {"kill", required_argument, NULL, KILL},   {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},   {NULL, 0, NULL, 0},
    };
    bool check = false, json = false, list = false;
    const char *victim = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (option) {
        case CHECK: check = true; break;
        case JSON: json = true; break;
        case STATE: run_options.state = optarg; break;
        case EPHEMERAL: run_options.ephemeral = true; break;
        case DRIVE: add_drive(optarg); break;
        case TRACE: add_trace(optarg); break;
        case CHILD: io_know_own_program(argv[0]); run_child(optarg);
        case LIST: list = true; break;
        case KILL: victim = optarg; break;
        case HELP: fputs(usage, stdout); return 0;
        case VERSION: puts("run (Gastwirt) " GASTWIRT_VERSION); return 0;
        default: fputs("Try 'run --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (list || victim) /* of the session that the other options choose */
        return victim ? session_kill(victim) : session_list();
    if (optind == argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (json && !check)
        die(EXIT_USAGE, NULL, "--json goes with --check");
    if (check) {
        const char *path = ps_find_program(argv[optind]);
        if (!path)
            die(EXIT_NOT_FOUND, argv[optind], "not found");
        if (argv[optind + 1] &&
            !strcmp(argv[optind + 1], "--json")) /* nothing runs: no argument of the program */
            json = true;
        return check_program(path, json);
    }
    run_program(argv + optind);
}
