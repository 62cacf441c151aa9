/* unit: server/[a-z]*.c */
/*
 * The session server among clients that want too much: more than there is room for, deeper than a stack,
 * replies that they do not read, ends that they leave with the server.
 */
#include "server_objects.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>

/* More come than there are descriptors: the server neither spins nor forgets those it has. */
START_TEST(out_of_descriptors)
{
    struct gw_connection a = fixture_connect();
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name.sun_family;
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), callers[4];
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, size), 0); /* the kernel chooses */
    size = sizeof name;
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    ck_assert_int_eq(listen(listener, 10), 0);
    ck_assert(server_watch_add(&server.listener, SERVER_LISTENER, listener, EPOLLIN));
    for (int i = 0; i < 4; i++) {
        callers[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(callers[i], (struct sockaddr *)&name, size), 0);
    }
    int next = dup(0);
    struct rlimit old, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    close(next);
    limit = (struct rlimit){(rlim_t)next + 1, old.rlim_max}; /* room for one of the four */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    uint32_t before = server.client_count;
    fixture_rounds();
    struct pollfd poller = {.fd = listener, .events = POLLIN};
    ck_assert_int_eq(poll(&poller, 1, 0), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_int_eq(server.client_count, before + 1);
    int closed = 0;
    for (int i = 0; i < 4; i++) {
        poller = (struct pollfd){.fd = callers[i]};
        closed += poll(&poller, 1, 0) == 1;
        close(callers[i]);
    }
    ck_assert_int_eq(closed, 3);
    ck_assert_int_eq(open_name(&a, 0, 0, "\\BaseNamedObjects\\none", NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    fixture_rounds();
    ck_assert_int_eq(server.client_count, before);
    server_watch_drop(&server.listener);
    fixture_close(&a);
}
END_TEST

/* Clients that ask and ask and never read what they are told: the server neither waits nor keeps it for them.
 */
START_TEST(replies_that_nobody_reads)
{
    struct gw_connection deaf = fixture_connect(), honest = fixture_connect();
    struct {
        struct gw_message head;
        struct gw_list_processes_request list;
    } message = {{sizeof message, GW_LIST_PROCESSES, 0, 0, 0}, {0}};
    uint32_t before = server.client_count;
    unsigned sent = 0;
    for (; sent < 100000 && server.client_count == before; sent++) {
        message.head.sequence = ++deaf.sequence;
        fixture_send(&deaf, &message, sizeof message, -1);
        server_round(0);
    }
    ck_assert_uint_eq(server.client_count, before - 1); /* cut off, once the kernel keeps no more for it */
    ck_assert_uint_gt(sent, 1);
    ck_assert_int_eq(open_name(&honest, 0, 0, "\\BaseNamedObjects\\none", NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    close(deaf.fd);
    /* The same with what is told it unasked: calls. */
    struct gw_connection target = fixture_connect();
    int channel[2], pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    struct gw_channel_in in = {channel[0]};
    ck_assert_int_eq(gw_channel(&target, &in), STATUS_SUCCESS);
    close(channel[0]);
    struct gw_call_process_in call = {.pid = (uint32_t)getpid(), .operation = 1, .socket = pair[0]};
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; i < 100000 && status >= 0; i++)
        status = gw_call_process(&honest, &call);
    ck_assert_int_eq(status, STATUS_INSUFFICIENT_RESOURCES);
    close(channel[1]);
    close(pair[0]);
    close(pair[1]);
    fixture_close(&target);
    fixture_close(&honest);
}
END_TEST

/* Thousands of them, and all gone at once. */
START_TEST(many_connections)
{
    enum { MANY = 3000 };
    static struct gw_connection connections[MANY];
    struct rlimit old, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    limit = (struct rlimit){old.rlim_max, old.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    unsigned before = server.client_count, descriptors = fixture_descriptors();
    unsigned many = limit.rlim_max > 4 * MANY ? MANY : (unsigned)limit.rlim_max / 4;
    for (unsigned i = 0; i < many; i++) {
        connections[i] = fixture_connect();
        ck_assert_int_eq(create(&connections[i], GW_TYPE_MUTANT, OPEN_IF, NAME, NULL, NULL),
                         i ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS);
    }
    ck_assert_uint_eq(server.client_count, before + many);
    for (unsigned i = 0; i < many; i++)
        close(connections[i].fd);
    for (unsigned i = 0; i < many && server.client_count > before; i++)
        server_round(0);
    ck_assert_uint_eq(server.client_count, before);
    ck_assert_uint_eq(fixture_descriptors(), descriptors);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
}
END_TEST

/* Directories in directories, as many as somebody likes, and what is permanent in a directory that goes. */
START_TEST(deep_directories)
{
    struct gw_connection a = fixture_connect();
    struct gw_open_namespace_in in = {.create = 1, .boundary = "deep", .boundary_size = 4};
    struct gw_open_namespace_out out;
    uint8_t data[4096];
    unsigned before = fixture_descriptors();
    ck_assert_int_eq(gw_open_namespace(&a, &in, &out), STATUS_SUCCESS);
    uint32_t directory = out.handle;
    for (int i = 0; i < 20000; i++) {
        struct gw_create_in entry = {
            .type = GW_TYPE_DIRECTORY, .attributes = PERMANENT, .directory = directory, .memory = -1};
        struct gw_create_out made = {.data = data, .data_size = sizeof data};
        entry.name = wide("d", &entry.name_size);
        ck_assert_int_eq(gw_create(&a, &entry, &made), STATUS_SUCCESS);
        if (i)
            release(&a, directory);
        directory = made.handle;
    }
    struct gw_create_in event = {
        .type = GW_TYPE_EVENT, .attributes = PERMANENT, .directory = directory, .memory = -1};
    struct gw_create_out made = {.data = data, .data_size = sizeof data};
    event.name = wide("e", &event.name_size);
    ck_assert_int_eq(gw_create(&a, &event, &made), STATUS_SUCCESS);
    close(made.memory);
    release(&a, made.handle);
    release(&a, directory);
    ck_assert_uint_eq(fixture_descriptors(), before + 1);
    release(&a, out.handle);
    ck_assert_uint_eq(fixture_descriptors(), before);
    /* What comes into a namespace after that is deleted. */
    ck_assert_int_eq(gw_open_namespace(&a, &in, &out), STATUS_SUCCESS);
    struct gw_delete_namespace_in delete = {out.handle};
    ck_assert_int_eq(gw_delete_namespace(&a, &delete), STATUS_SUCCESS);
    event.directory = out.handle;
    made = (struct gw_create_out){.data = data, .data_size = sizeof data};
    ck_assert_int_eq(gw_create(&a, &event, &made), STATUS_SUCCESS);
    close(made.memory);
    release(&a, made.handle);
    ck_assert_uint_eq(fixture_descriptors(), before + 1);
    release(&a, out.handle);
    ck_assert_uint_eq(fixture_descriptors(), before);
    fixture_close(&a);
}
END_TEST

/* A process that leaves the other end of its connection with the server itself, by whatever way: its end is
 * its end all the same. */
START_TEST(connection_left_behind)
{
    struct gw_connection a = fixture_raw();
    int ready[2];
    char byte;
    uint32_t before = server.client_count - 1;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (!child) { /* the parent is the server: nothing is waited for here */
        struct {
            struct gw_message head;
            struct gw_hello_request hello;
        } first = {{sizeof first, GW_HELLO, 0, 1, 0}, {.version = GW_PROTOCOL_VERSION}};
        struct {
            struct gw_message head;
            struct gw_create_request create;
        } second = {{sizeof second, GW_CREATE, 0, 2, 0}, {.type = GW_TYPE_SECTION}};
        fixture_send(&a, &first, sizeof first, -1);
        fixture_send(&a, &second, sizeof second, a.fd);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(a.fd);
    fixture_rounds();
    ck_assert_uint_eq(server.client_count, before + 1);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    fixture_rounds();
    ck_assert_uint_eq(server.client_count, before);
    close(ready[0]);
    close(ready[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server_limits");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, out_of_descriptors);
    tcase_add_test(all, replies_that_nobody_reads);
    tcase_add_test(all, many_connections);
    tcase_add_test(all, deep_directories);
    tcase_add_test(all, connection_left_behind);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* so that leaks are found */
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
