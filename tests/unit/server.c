/* unit: server/[a-z]*.c */
/*
 * The session server: what it accepts, names, references, what the end of a client leaves.
 */
#include <gastwirt/job.h>
#include "server_objects.h"
#include <sys/wait.h>

/* A symbolic link without a target. */
static NTSTATUS create_link_to_nothing(struct gw_connection *connection, const char *name,
                                       uint32_t *ret_handle)
{
    uint8_t data[4096];
    struct gw_create_in in = {.type = GW_TYPE_SYMBOLIC_LINK, .memory = -1};
    struct gw_create_out out = {.data = data, .data_size = sizeof data};
    in.name = wide(name, &in.name_size);
    NTSTATUS status = gw_create(connection, &in, &out);
    if (status >= 0)
        *ret_handle = out.handle;
    if (status >= 0 && out.memory >= 0)
        close(out.memory);
    return status;
}

START_TEST(malformed_messages)
{
    static _Alignas(8) uint8_t buffer[GW_MESSAGE_LIMIT];
    struct gw_message *head = (struct gw_message *)buffer;
    for (int kind = 0; kind < 12; kind++) {
        struct gw_connection connection = kind < 4 ? fixture_raw() : fixture_connect();
        struct gw_hello_request *hello = (struct gw_hello_request *)(head + 1);
        int fd = -1;
        size_t size = sizeof *head + sizeof *hello;
        memset(buffer, 0, sizeof *head + sizeof *hello);
        *head = (struct gw_message){(uint32_t)size, GW_HELLO, 0, connection.sequence + 1, 0};
        hello->version = GW_PROTOCOL_VERSION;
        switch (kind) {
        case 0: head->code = GW_QUERY; break; /* before hello */
        case 1: size = 8; break;
        case 2: hello->image_size = 0xfffffff8; break;
        case 3: hello->image_size = 8; break; /* is not there */
        case 4: break;                        /* a second hello */
        case 5: head->code = GW_CODE_MAX; break;
        case 6: head->code = 0; break;
        case 7: head->code = GW_RELEASE; break; /* of another size */
        case 8: head->sequence = 77; break;
        case 9: head->size = 0; break;
        case 10: /* a descriptor that nobody wants */
            head->code = GW_QUERY;
            head->size = sizeof *head + 8;
            size = head->size;
            fd = 0;
            break;
        case 11: head->status = 1; break;
        }
        fixture_send(&connection, buffer, size, fd);
        fixture_rounds();
        ck_assert_msg(fixture_receive(&connection, buffer, sizeof buffer, &fd) == 0, "kind %d", kind);
        fixture_close(&connection);
    }
    ck_assert_uint_eq(server.client_count, 0);
}
END_TEST

START_TEST(another_version)
{
    struct gw_connection connection = fixture_raw();
    struct gw_hello_in in = {.version = GW_PROTOCOL_VERSION + 1};
    struct gw_hello_out out;
    ck_assert_int_eq(gw_hello(&connection, &in, &out), STATUS_REVISION_MISMATCH);
    fixture_close(&connection);
}
END_TEST

START_TEST(names)
{
    struct gw_connection a = fixture_connect(), b = fixture_connect();
    uint32_t event, again, link, directory;
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, NAME, &event, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(create(&b, GW_TYPE_EVENT, 0, NAME, NULL, NULL), STATUS_OBJECT_NAME_COLLISION);
    ck_assert_int_eq(create(&b, GW_TYPE_MUTANT, OPEN_IF, NAME, NULL, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(create(&b, GW_TYPE_EVENT, OPEN_IF, NAME, &again, NULL), STATUS_OBJECT_NAME_EXISTS);
    ck_assert_int_eq(open_name(&b, GW_TYPE_MUTANT, 0, NAME, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(open_name(&b, GW_TYPE_EVENT, 0, "\\basenamedobjects\\UNIT", NULL),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(open_name(&b, GW_TYPE_EVENT, INSENSITIVE, "\\basenamedobjects\\UNIT", &link),
                     STATUS_SUCCESS);
    release(&b, link);
    ck_assert_int_eq(open_name(&b, 0, 0, "unit", NULL), STATUS_OBJECT_PATH_SYNTAX_BAD);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\\\x", NULL), STATUS_OBJECT_NAME_INVALID);
    ck_assert_int_eq(open_name(&b, 0, 0, NAME "\\below", NULL), STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\Local\\Global\\unit", &link), STATUS_SUCCESS);
    release(&b, link);
    /* A link that leads to itself. */
    ck_assert_int_eq(create(&a, GW_TYPE_SYMBOLIC_LINK, 0, "\\BaseNamedObjects\\link", &link, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\link\\link\\unit", &again), STATUS_SUCCESS);
    ck_assert_int_eq(create_link_to_nothing(&a, "\\BaseNamedObjects\\nothing", &link), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\nothing", NULL), STATUS_OBJECT_PATH_SYNTAX_BAD);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\nothing\\unit", &again),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    release(&a, link);
    /* A directory's contents outlive its name, but cannot be found. */
    ck_assert_int_eq(create(&a, GW_TYPE_DIRECTORY, 0, "\\BaseNamedObjects\\folder", &directory, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, "\\BaseNamedObjects\\folder\\x", &again, NULL),
                     STATUS_SUCCESS);
    release(&a, directory);
    ck_assert_int_eq(open_name(&b, 0, 0, "\\BaseNamedObjects\\folder\\x", NULL),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    /* The name stays as long as one client has the object. */
    fixture_close(&a);
    ck_assert_int_eq(open_name(&b, GW_TYPE_EVENT, 0, NAME, &again), STATUS_SUCCESS);
    fixture_close(&b);
    a = fixture_connect();
    ck_assert_int_eq(open_name(&a, GW_TYPE_EVENT, 0, NAME, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    fixture_close(&a);
}
END_TEST

/* What is there from the start stays, whoever has handles to it; the root is there without a name. */
START_TEST(root)
{
    struct gw_connection a = fixture_connect();
    uint32_t handle = 0;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(open_name(&a, GW_TYPE_DIRECTORY, 0, "\\", &handle), STATUS_SUCCESS);
        release(&a, handle);
        ck_assert_int_eq(open_name(&a, GW_TYPE_DIRECTORY, 0, "\\BaseNamedObjects", &handle), STATUS_SUCCESS);
        struct gw_make_temporary_in temporary = {handle};
        ck_assert_int_eq(gw_make_temporary(&a, &temporary), STATUS_ACCESS_DENIED);
        struct gw_write_data_in write = {.handle = handle, .data = "boundary", .data_size = 8};
        struct gw_write_data_out written;
        ck_assert_int_eq(gw_write_data(&a, &write, &written), STATUS_OBJECT_TYPE_MISMATCH);
        release(&a, handle);
    }
    fixture_close(&a);
}
END_TEST

START_TEST(permanent_names)
{
    struct gw_connection a = fixture_connect();
    uint32_t handle;
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, PERMANENT, NAME, NULL, NULL), STATUS_SUCCESS);
    fixture_close(&a);
    a = fixture_connect();
    ck_assert_int_eq(open_name(&a, GW_TYPE_EVENT, 0, NAME, &handle), STATUS_SUCCESS);
    struct gw_make_temporary_in in = {handle};
    ck_assert_int_eq(gw_make_temporary(&a, &in), STATUS_SUCCESS);
    release(&a, handle);
    ck_assert_int_eq(open_name(&a, GW_TYPE_EVENT, 0, NAME, &handle), STATUS_OBJECT_NAME_NOT_FOUND);
    fixture_close(&a);
}
END_TEST

START_TEST(handles)
{
    struct gw_connection a = fixture_connect(), b = fixture_connect();
    uint16_t buffer[256];
    uint32_t handle;
    struct gw_query_out out = {.name = buffer, .name_size = sizeof buffer};
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, NAME, &handle, NULL), STATUS_SUCCESS);
    struct gw_query_in in = {handle};
    ck_assert_int_eq(gw_query(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.references, 1);
    ck_assert_uint_eq(out.name_size, 2 * strlen(NAME));
    ck_assert_int_eq(gw_query(&b, &in, &out), STATUS_INVALID_HANDLE);
    in.handle = 0xffffffff;
    ck_assert_int_eq(gw_query(&b, &in, &out), STATUS_INVALID_HANDLE);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(create(&b, GW_TYPE_SECTION, 0, NULL, &handle, NULL), STATUS_SUCCESS);
    /* Giving back more than it has ends a connection. */
    release(&a, 1);
    release(&a, 1);
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, NULL, NULL, NULL), STATUS_PORT_DISCONNECTED);
    fixture_close(&a);
    fixture_close(&b);
}
END_TEST

START_TEST(end_of_a_client)
{
    struct gw_connection a = fixture_connect(), b = fixture_connect();
    struct gw_state *mutant, *event, *other;
    uint32_t handle;
    ck_assert_int_eq(create(&a, GW_TYPE_MUTANT, 0, NAME, NULL, &mutant), STATUS_SUCCESS);
    ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, NAME "2", NULL, &event), STATUS_SUCCESS);
    ck_assert_int_eq(create(&a, GW_TYPE_MUTANT, 0, NAME "3", NULL, &other), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, 0, 0, NAME, &handle), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, 0, 0, NAME "2", &handle), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, 0, 0, NAME "3", &handle), STATUS_SUCCESS);
    mutant->state = gw_state_make(0, a.number);
    event->state = gw_state_make(1, a.number) | GW_STATE_LOCKED;
    other->state = gw_state_make(0, b.number);
    uint32_t sequence = mutant->sequence;
    fixture_close(&a);
    ck_assert_uint_eq(mutant->state, gw_state_make(1, 0) | GW_STATE_ABANDONED);
    ck_assert_uint_ne(mutant->sequence, sequence);
    ck_assert_uint_eq(event->state, gw_state_make(1, 0));
    ck_assert_uint_eq(other->state, gw_state_make(0, b.number));
    /* The page cannot be made smaller under the server's feet. */
    munmap(mutant, GW_STATE_SIZE);
    munmap(event, GW_STATE_SIZE);
    munmap(other, GW_STATE_SIZE);
    fixture_close(&b);
}
END_TEST

START_TEST(timers)
{
    struct gw_connection a = fixture_connect();
    struct gw_state *state;
    struct timespec now;
    uint32_t handle;
    ck_assert_int_eq(create(&a, GW_TYPE_TIMER, 0, NAME, &handle, &state), STATUS_SUCCESS);
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct gw_set_timer_in in = {.handle = handle, .due = now.tv_sec * 1000000000ll + now.tv_nsec + 20000000};
    struct gw_set_timer_out out;
    ck_assert_int_eq(gw_set_timer(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_int_eq(gw_state_count(state->state), 0);
    for (int i = 0; i < 100 && !gw_state_count(state->state); i++)
        server_round(10);
    ck_assert_int_eq(gw_state_count(state->state), 1);
    in.period = 1; /* shorter than there are */
    ck_assert_int_eq(gw_set_timer(&a, &in, &out), STATUS_INVALID_PARAMETER);
    in.period = 1000000;
    ck_assert_int_eq(gw_set_timer(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.signalled, 1);
    struct gw_cancel_timer_in cancel = {handle};
    struct gw_cancel_timer_out cancelled;
    ck_assert_int_eq(gw_cancel_timer(&a, &cancel, &cancelled), STATUS_SUCCESS);
    ck_assert_int_eq(gw_set_timer(&a, &in, &out), STATUS_SUCCESS);
    munmap(state, GW_STATE_SIZE);
    fixture_close(&a); /* still armed */
    server_round(5);
}
END_TEST

START_TEST(children_and_grants)
{
    struct gw_connection a = fixture_connect(), child = {0};
    uint32_t handles[3];
    uint8_t data[64];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(create(&a, GW_TYPE_SEMAPHORE + (uint32_t)i, 0, NULL, &handles[i], NULL),
                         STATUS_SUCCESS);
    struct gw_prepare_child_in in = {.handles = handles, .handles_size = sizeof handles};
    struct gw_prepare_child_out out;
    ck_assert_int_eq(gw_prepare_child(&a, &in, &out), STATUS_SUCCESS);
    fixture_close(&a); /* the child is not in a hurry */
    child.fd = out.socket;
    struct gw_hello_in hello = {.version = GW_PROTOCOL_VERSION};
    struct gw_hello_out answer;
    ck_assert_int_eq(gw_hello(&child, &hello, &answer), STATUS_SUCCESS);
    for (uint32_t i = 0; i < 3; i++) {
        struct gw_attach_in attach = {i + 1};
        struct gw_attach_out attached = {.data = data, .data_size = sizeof data};
        ck_assert_int_eq(gw_attach(&child, &attach, &attached), STATUS_SUCCESS);
        ck_assert_uint_eq(attached.type, GW_TYPE_SEMAPHORE + i);
        if (attached.memory >= 0)
            close(attached.memory);
    }
    /* One that never comes. */
    handles[0] = 1;
    in.handles_size = 4;
    ck_assert_int_eq(gw_prepare_child(&child, &in, &out), STATUS_SUCCESS);
    close(out.socket);
    handles[0] = 99;
    ck_assert_int_eq(gw_prepare_child(&child, &in, &out), STATUS_INVALID_HANDLE);
    fixture_close(&child);
    ck_assert_uint_eq(server.client_count, 0);
}
END_TEST

START_TEST(calls_wait_for_their_process)
{
    struct gw_connection a = fixture_connect();
    struct gw_connection note = {0};
    _Alignas(8) uint8_t buffer[256];
    int pair[2], channel[2], fd;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    struct gw_call_process_in call = {.pid = (uint32_t)getpid(), .operation = 5, .socket = pair[1]};
    ck_assert_int_eq(gw_call_process(&a, &call), STATUS_PENDING);
    close(pair[1]);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
    struct gw_channel_in in = {channel[0]};
    ck_assert_int_eq(gw_channel(&a, &in), STATUS_SUCCESS);
    ck_assert_int_eq(gw_channel(&a, &in), STATUS_INVALID_PARAMETER);
    close(channel[0]);
    note.fd = channel[1];
    ssize_t got = fixture_receive(&note, buffer, sizeof buffer, &fd);
    struct gw_note_call_process_in call_in;
    ck_assert_int_gt(got, (ssize_t)sizeof(struct gw_message));
    ck_assert(gw_note_call_process_decode(buffer + sizeof(struct gw_message),
                                          (size_t)got - sizeof(struct gw_message), fd, &call_in));
    ck_assert_uint_eq(call_in.operation, 5);
    close(fd);
    /* A caller that gives up. */
    close(pair[0]);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    call.pid = 1;
    call.socket = pair[1];
    ck_assert_int_eq(gw_call_process(&a, &call), STATUS_PENDING);
    close(pair[1]);
    close(pair[0]);
    fixture_rounds();
    ck_assert_ptr_null(server.pending);
    close(channel[1]);
    fixture_close(&a);
}
END_TEST

START_TEST(private_namespaces)
{
    struct gw_connection a = fixture_connect(), b = fixture_connect();
    struct gw_open_namespace_in in = {.create = 1, .boundary = "boundary", .boundary_size = 8};
    struct gw_open_namespace_out out, other;
    ck_assert_int_eq(gw_open_namespace(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_int_eq(gw_open_namespace(&b, &in, &other), STATUS_OBJECT_NAME_COLLISION);
    in.create = 0;
    ck_assert_int_eq(gw_open_namespace(&b, &in, &other), STATUS_SUCCESS);
    ck_assert_uint_eq(out.id, other.id);
    struct gw_delete_namespace_in delete = {other.handle};
    ck_assert_int_eq(gw_delete_namespace(&b, &delete), STATUS_SUCCESS);
    ck_assert_int_eq(gw_delete_namespace(&b, &delete), STATUS_NOT_FOUND);
    ck_assert_int_eq(gw_open_namespace(&b, &in, &other), STATUS_OBJECT_NAME_NOT_FOUND);
    in.create = 1;
    ck_assert_int_eq(gw_open_namespace(&b, &in, &other), STATUS_SUCCESS);
    fixture_close(&a);
    fixture_close(&b);
    a = fixture_connect();
    in.create = 0;
    ck_assert_int_eq(gw_open_namespace(&a, &in, &other), STATUS_OBJECT_NAME_NOT_FOUND);
    fixture_close(&a);
}
END_TEST

START_TEST(lists)
{
    struct gw_connection a = fixture_connect();
    char name[64];
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "\\RPC Control\\entry %d", i);
        ck_assert_int_eq(create(&a, GW_TYPE_EVENT, 0, name, NULL, NULL), STATUS_SUCCESS);
    }
    uint32_t directory;
    ck_assert_int_eq(open_name(&a, GW_TYPE_DIRECTORY, 0, "\\RPC Control", &directory), STATUS_SUCCESS);
    static uint8_t all[0x4000];
    struct gw_list_directory_in in = {directory, 0};
    struct gw_list_directory_out out = {.entries = all, .entries_size = sizeof all};
    ck_assert_int_eq(gw_list_directory(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.count, 50);
    ck_assert_uint_eq(out.more, 0);
    in.position = 45;
    ck_assert_int_eq(gw_list_directory(&a, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.count, 5);
    fixture_close(&a);
}
END_TEST

START_TEST(jobs)
{
    struct gw_connection a = fixture_connect(), b = fixture_connect();
    uint32_t handle, other, pids[8];
    int closed[2];
    char byte;
    ck_assert_int_eq(pipe(closed), 0);
    pid_t child = fork();
    if (!child) { /* without the test's sockets */
        close_range(3, ~0u, 0);
        pause();
        _exit(0);
    }
    close(closed[1]);
    ck_assert_int_eq(read(closed[0], &byte, 1), 0);
    close(closed[0]);
    ck_assert_int_eq(create(&a, GW_TYPE_JOB, 0, NAME, &handle, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(&b, GW_TYPE_JOB, 0, NAME, &other), STATUS_SUCCESS);
    struct gw_assign_job_in in = {handle, (uint32_t)child, -1};
    ck_assert_int_eq(gw_assign_job(&a, &in), STATUS_SUCCESS);
    ck_assert_int_eq(gw_assign_job(&a, &in), STATUS_SUCCESS);
    in.pid = 0;
    ck_assert_int_eq(gw_assign_job(&a, &in), STATUS_INVALID_PARAMETER);
    struct gw_list_job_in list = {other};
    struct gw_list_job_out out = {.pids = pids, .pids_size = sizeof pids};
    ck_assert_int_eq(gw_list_job(&b, &list, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.pids_size, 4);
    ck_assert_uint_eq(out.assigned, 1);
    ck_assert_uint_eq(pids[0], (uint32_t)child);
    struct gw_job_limits limits = {.flags = GW_JOB_KILL_ON_CLOSE};
    struct gw_set_job_in set = {
        .handle = other, .class = GW_JOB_EXTENDED_LIMIT, .data = &limits, .data_size = sizeof limits};
    ck_assert_int_eq(gw_set_job(&b, &set), STATUS_SUCCESS);
    set.data_size--;
    ck_assert_int_eq(gw_set_job(&b, &set), STATUS_INFO_LENGTH_MISMATCH);
    set.class = 99;
    ck_assert_int_eq(gw_set_job(&b, &set), STATUS_INVALID_INFO_CLASS);
    fixture_close(&a);
    ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0);
    fixture_close(&b);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    server_round(10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, malformed_messages);
    tcase_add_test(all, another_version);
    tcase_add_test(all, names);
    tcase_add_test(all, root);
    tcase_add_test(all, permanent_names);
    tcase_add_test(all, handles);
    tcase_add_test(all, end_of_a_client);
    tcase_add_test(all, timers);
    tcase_add_test(all, children_and_grants);
    tcase_add_test(all, calls_wait_for_their_process);
    tcase_add_test(all, private_namespaces);
    tcase_add_test(all, lists);
    tcase_add_test(all, jobs);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* so that leaks are found */
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
