/* unit: server/[a-z]*.c */
/*
 * The session server's part in named pipes and mailslots: names, instances, who gets which end, what owners'
 * ends leave.
 */
#include "server_fixture.h"

static uint16_t text[4][256];

static const void *wide(const char *name, uint32_t *ret_size)
{
    static int turn;
    uint16_t *to = text[turn++ % 4];
    uint32_t length = 0;
    for (; name[length]; length++)
        to[length] = (unsigned char)name[length];
    *ret_size = length * 2;
    return to;
}

/* A descriptor that can be told from others. */
static int token(char mark)
{
    int fd = memfd_create("token", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, &mark, 1), 1);
    return fd;
}

static char mark_of(int fd)
{
    char mark = 0;
    ck_assert_int_eq(pread(fd, &mark, 1, 0), 1);
    close(fd);
    return mark;
}

enum { OPEN = 1, CREATE = 2, OPEN_IF = 3, BOTH = GW_PIPE_READ | GW_PIPE_WRITE };

static NTSTATUS create(struct gw_connection *connection, uint32_t kind, const char *name,
                       uint32_t disposition, uint32_t sharing, uint32_t maximum, char mark, int *ret_control)
{
    struct gw_create_pipe_in in = {.kind = kind,
                                   .disposition = disposition,
                                   .sharing = sharing,
                                   .maximum = maximum,
                                   .timeout = -500000,
                                   .end = token(mark)};
    struct gw_create_pipe_out out;
    in.name = wide(name, &in.name_size);
    NTSTATUS status = gw_create_pipe(connection, &in, &out);
    close(in.end);
    if (status == STATUS_SUCCESS)
        *ret_control = out.control;
    return status;
}

/* The mark of what there is to be had, or 0 with *ret_status. */
static char open_pipe(struct gw_connection *connection, uint32_t kind, const char *name, uint32_t access,
                      NTSTATUS *ret_status)
{
    struct gw_open_pipe_in in = {.kind = kind, .access = access};
    struct gw_open_pipe_out out;
    in.name = wide(name, &in.name_size);
    *ret_status = gw_open_pipe(connection, &in, &out);
    return *ret_status == STATUS_SUCCESS ? mark_of(out.end) : 0;
}

static NTSTATUS wait_for(struct gw_connection *connection, const char *name, int *ret_socket)
{
    struct gw_wait_pipe_in in = {0};
    struct gw_wait_pipe_out out;
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    in.name = wide(name, &in.name_size);
    in.notify = pair[1];
    NTSTATUS status = gw_wait_pipe(connection, &in, &out);
    close(pair[1]);
    if (status == STATUS_PENDING) {
        ck_assert_int_eq(out.timeout, -500000);
        *ret_socket = pair[0];
    } else {
        close(pair[0]);
    }
    return status;
}

static bool is_closed(int socket)
{
    struct pollfd poll_fd = {.fd = socket, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLHUP;
}

static void say(int control, uint32_t what, uint32_t generation, int fd)
{
    struct gw_pipe_message message = {what, generation, 0};
    struct gw_connection to = {.fd = control};
    fixture_send(&to, &message, sizeof message, fd);
    if (fd >= 0)
        close(fd);
}

START_TEST(instances)
{
    struct gw_connection owner = fixture_connect(), client = fixture_connect();
    struct gw_pipe_message message;
    int control[2], other;
    NTSTATUS status;
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "p", OPEN, BOTH, 2, 'a', &other),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "p", OPEN_IF, BOTH, 2, 'a', &control[0]), STATUS_SUCCESS);
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "P", CREATE, BOTH, 2, 'x', &other), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "p", OPEN_IF, 1, 2, 'x', &other), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "P", OPEN_IF, BOTH, 2, 'b', &control[1]), STATUS_SUCCESS);
    ck_assert_int_eq(create(&client, GW_PIPE_NAMED, "p", OPEN_IF, BOTH, 2, 'x', &other),
                     STATUS_INSTANCE_NOT_AVAILABLE);
    ck_assert_uint_eq(server.pipe_count, 2);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "q", 0, &status), 0);
    ck_assert_int_eq(status, STATUS_OBJECT_NAME_NOT_FOUND);
    /* The oldest first, and its owner hears of it. */
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 'a');
    ck_assert_int_eq(recv(control[0], &message, sizeof message, MSG_DONTWAIT), sizeof message);
    ck_assert_uint_eq(message.what, GW_PIPE_CONNECTED);
    ck_assert_uint_eq(message.generation, 1);
    ck_assert_uint_eq(message.pid, (uint32_t)getpid());
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 'b');
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 0);
    ck_assert_int_eq(status, STATUS_PIPE_NOT_AVAILABLE);
    /* What an owner says counts for the very next request. */
    say(control[1], GW_PIPE_LISTEN, 2, token('c'));
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 'c');
    say(control[0], GW_PIPE_LISTEN, 2, token('d'));
    say(control[0], GW_PIPE_WITHDRAW, 0, -1);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 0);
    ck_assert_int_eq(status, STATUS_PIPE_NOT_AVAILABLE);
    close(control[0]);
    struct gw_query_pipe_in in = {.kind = GW_PIPE_NAMED};
    struct gw_query_pipe_out out;
    in.name = wide("p", &in.name_size);
    ck_assert_int_eq(gw_query_pipe(&client, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.instances, 1);
    ck_assert_uint_eq(out.maximum, 2);
    close(control[1]);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "p", BOTH, &status), 0);
    ck_assert_int_eq(status, STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_uint_eq(server.pipe_count, 0);
    fixture_close(&owner);
    fixture_close(&client);
}
END_TEST

START_TEST(directions)
{
    struct gw_connection owner = fixture_connect();
    int control;
    NTSTATUS status;
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "in", CREATE, GW_PIPE_WRITE, 1, 'a', &control),
                     STATUS_SUCCESS);
    ck_assert_int_eq(open_pipe(&owner, GW_PIPE_NAMED, "in", GW_PIPE_READ, &status), 0);
    ck_assert_int_eq(status, STATUS_ACCESS_DENIED);
    ck_assert_int_eq(open_pipe(&owner, GW_PIPE_NAMED, "in", BOTH, &status), 0);
    ck_assert_int_eq(status, STATUS_ACCESS_DENIED);
    ck_assert_int_eq(open_pipe(&owner, GW_PIPE_NAMED, "in", GW_PIPE_WRITE, &status), 'a');
    close(control);
    fixture_close(&owner);
    ck_assert_uint_eq(server.pipe_count, 0);
}
END_TEST

START_TEST(waiting)
{
    struct gw_connection owner = fixture_connect(), client = fixture_connect();
    int control, socket, second;
    NTSTATUS status;
    ck_assert_int_eq(wait_for(&client, "w", &socket), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "w", CREATE, BOTH, 1, 'a', &control), STATUS_SUCCESS);
    ck_assert_int_eq(wait_for(&client, "w", &socket), STATUS_SUCCESS);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "w", BOTH, &status), 'a');
    ck_assert_int_eq(wait_for(&client, "w", &socket), STATUS_PENDING);
    ck_assert_int_eq(wait_for(&client, "w", &second), STATUS_PENDING);
    close(second); /* it gives up */
    fixture_rounds();
    ck_assert(!is_closed(socket));
    say(control, GW_PIPE_LISTEN, 2, token('b'));
    fixture_rounds();
    ck_assert(is_closed(socket));
    close(socket);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "w", BOTH, &status), 'b');
    ck_assert_int_eq(wait_for(&client, "w", &socket), STATUS_PENDING);
    close(control); /* the last instance goes */
    fixture_rounds();
    ck_assert(is_closed(socket));
    close(socket);
    fixture_close(&owner);
    fixture_close(&client);
}
END_TEST

/* The instance belongs to whoever has its control socket, not to the client that made it. */
START_TEST(owner_without_connection)
{
    struct gw_connection owner = fixture_connect(), client = fixture_connect();
    int control;
    NTSTATUS status;
    ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "o", CREATE, BOTH, 1, 'a', &control), STATUS_SUCCESS);
    fixture_close(&owner);
    ck_assert_int_eq(open_pipe(&client, GW_PIPE_NAMED, "o", BOTH, &status), 'a');
    ck_assert_uint_eq(server.pipe_count, 1);
    close(control);
    fixture_rounds();
    ck_assert_uint_eq(server.pipe_count, 0);
    fixture_close(&client);
}
END_TEST

START_TEST(mailslots)
{
    struct gw_connection owner = fixture_connect();
    int control, other;
    NTSTATUS status;
    ck_assert_int_eq(create(&owner, GW_PIPE_MAILSLOT, "m", CREATE, BOTH, 1, 'a', &control), STATUS_SUCCESS);
    ck_assert_int_eq(create(&owner, GW_PIPE_MAILSLOT, "m", CREATE, BOTH, 1, 'x', &other),
                     STATUS_OBJECT_NAME_COLLISION);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(open_pipe(&owner, GW_PIPE_MAILSLOT, "m", BOTH, &status), 'a');
    ck_assert_int_eq(open_pipe(&owner, GW_PIPE_NAMED, "m", BOTH, &status), 0);
    ck_assert_int_eq(status, STATUS_OBJECT_NAME_NOT_FOUND);
    close(control);
    fixture_close(&owner);
}
END_TEST

START_TEST(listing)
{
    enum { PIPES = 400, LENGTH = 250 }; /* more than one reply holds */
    static int control[PIPES];
    static uint8_t entries[GW_MESSAGE_LIMIT];
    struct gw_connection owner = fixture_connect();
    char name[LENGTH + 1];
    struct gw_list_pipes_in in = {.kind = GW_PIPE_NAMED};
    struct gw_list_pipes_out out = {.more = 1};
    unsigned seen = 0, replies = 0;
    for (int i = 0; i < PIPES; i++) {
        snprintf(name, sizeof name, "%0*d", LENGTH, i);
        ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, name, CREATE, BOTH, 7, 'a', &control[i]),
                         STATUS_SUCCESS);
    }
    for (; out.more; replies++) {
        out.entries = entries;
        out.entries_size = sizeof entries;
        ck_assert_int_eq(gw_list_pipes(&owner, &in, &out), STATUS_SUCCESS);
        ck_assert_uint_gt(out.count, 0);
        in.position += out.count;
        for (uint32_t at = 0, head[3]; at < out.entries_size; at += (head[2] + 3u) & ~3u, seen++) {
            memcpy(head, entries + at, sizeof head);
            at += (uint32_t)sizeof head;
            ck_assert_uint_eq(head[0], 1);
            ck_assert_uint_eq(head[1], 7);
            ck_assert_uint_eq(head[2], LENGTH * 2);
        }
    }
    ck_assert_uint_eq(seen, PIPES);
    ck_assert_uint_gt(replies, 1);
    for (int i = 0; i < PIPES; i++)
        close(control[i]);
    fixture_rounds();
    ck_assert_uint_eq(server.pipe_count, 0);
    fixture_close(&owner);
}
END_TEST

/* Whatever comes over a control socket, the worst is that the instance is gone. */
START_TEST(nonsense)
{
    struct gw_connection owner = fixture_connect();
    unsigned before = fixture_descriptors();
    for (int kind = 0; kind < 7; kind++) {
        struct gw_pipe_message message = {GW_PIPE_LISTEN, 2, 0};
        struct gw_create_pipe_in in = {.kind = GW_PIPE_NAMED, .maximum = 1, .end = -1};
        struct gw_create_pipe_out out;
        int control, extra = -1;
        ck_assert_int_eq(create(&owner, GW_PIPE_NAMED, "n", CREATE, BOTH, 1, 'a', &control), STATUS_SUCCESS);
        struct gw_connection to = {.fd = control};
        size_t size = sizeof message;
        switch (kind) {
        case 0: break; /* nothing to offer */
        case 1: message.what = 99; break;
        case 2: size = 3; break;
        case 3:
            size = 1;
            extra = token('x');
            break;
        case 4:
            message.what = GW_PIPE_CONNECTED;
            extra = token('x');
            break;
        case 5: message.what = 0; break;
        case 6:
            shutdown(control, SHUT_WR);
            size = 0;
            break;
        }
        if (size)
            fixture_send(&to, &message, size, extra);
        if (extra >= 0)
            close(extra);
        fixture_rounds();
        ck_assert_uint_eq(server.pipe_count, 0);
        close(control);
        in.name = wide("n", &in.name_size);
        ck_assert_int_eq(gw_create_pipe(&owner, &in, &out), STATUS_INVALID_PARAMETER);
    }
    fixture_rounds();
    ck_assert_uint_eq(fixture_descriptors(), before);
    fixture_close(&owner);
}
END_TEST

static unsigned descriptors;

static void set_up(void)
{
    if (server.epoll < 0)
        ck_assert(server_initialize());
    descriptors = fixture_descriptors();
}

static void tear_down(void)
{
    fixture_rounds();
    ck_assert_uint_eq(server.client_count, 0);
    ck_assert_uint_eq(server.pipe_count, 0);
    ck_assert_uint_eq(fixture_descriptors(), descriptors);
}

int main(void)
{
    Suite *suite = suite_create("server_pipe");
    TCase *tests = tcase_create("pipes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, instances);
    tcase_add_test(tests, directions);
    tcase_add_test(tests, waiting);
    tcase_add_test(tests, owner_without_connection);
    tcase_add_test(tests, mailslots);
    tcase_add_test(tests, listing);
    tcase_add_test(tests, nonsense);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* so that leaks are found */
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
