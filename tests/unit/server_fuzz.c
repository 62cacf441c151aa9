/* unit: server/[a-z]*.c */
/*
 * Hostile clients: random requests with sizes that are nearly right, replayed and torn ones, descriptors of
 * all kinds, scribbling on shared pages, replies that are never read, sudden ends. Every request of the
 * protocol is taken and refused at least once; what is another client's alone is never told; afterwards
 * nothing of them is left. For a few seconds, or as long as GASTWIRT_FUZZ_SECONDS says; GASTWIRT_FUZZ_SEED
 * repeats a run.
 */
#include <gastwirt/job.h>
#include "job.h"
#include "server_fixture.h"
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

enum { CLIENTS = 12, PAGES = 16 };

static uint64_t seed = 88172645463325252ull;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16) % below;
}

static struct gw_connection clients[CLIENTS];
static struct gw_state *pages[PAGES];
static _Alignas(16) uint8_t message[GW_MESSAGE_LIMIT + 64], last[CLIENTS][2048], reply[GW_MESSAGE_LIMIT];
static size_t last_size[CLIENTS];
static uint16_t last_code[CLIENTS];
static uint64_t taken[GW_CODE_MAX], refused[GW_CODE_MAX];
static const char secret[] = "what one client alone has";

static const char *const paths[] = {"\\BaseNamedObjects\\a",
                                    "\\BaseNamedObjects\\Local\\b",
                                    "\\",
                                    "",
                                    "a",
                                    "\\Sessions",
                                    "\\BaseNamedObjects\\a\\c",
                                    "\\\\",
                                    "\\BaseNamedObjects\\Global\\Global\\link"};

/* A value for a field: mostly small, as handles, types and counts are. */
static uint64_t random_value(void)
{
    switch (next_random(8)) {
    case 0: return next_random(0x10000) * 0x10001ull << next_random(32);
    case 1: return UINT64_MAX - next_random(4);
    case 2: return GW_BUILTIN | next_random(24);
    case 3: return 1ull << next_random(64);
    case 4: return (uint64_t)getpid();
    default: return next_random(20);
    }
}

static int random_descriptor(void)
{
    int pair[2];
    switch (next_random(14)) {
    case 0: return memfd_create("fuzz", MFD_CLOEXEC);
    case 1: return open("/dev/null", O_RDWR | O_CLOEXEC);
    case 2: return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case 3: return open("/", O_PATH | O_CLOEXEC);
    case 4: return eventfd(0, EFD_CLOEXEC);
    case 5: return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    case 6: return epoll_create1(EPOLL_CLOEXEC);
    case 7: return (int)syscall(SYS_pidfd_open, getpid(), 0);
    case 8: return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    case 9:
        if (pipe2(pair, O_CLOEXEC) != 0)
            return -1;
        close(pair[0]);
        return pair[1];
    default:
        if (socketpair(AF_UNIX, next_random(2) ? SOCK_SEQPACKET : SOCK_STREAM, 0, pair) != 0)
            return -1;
        close(pair[0]);
        return pair[1];
    }
}

/* Handles that the clients were told, the last one of each type; behind the types a private namespace's. */
static uint32_t known[CLIENTS][GW_TYPE_MAX + 1];

static void learn(unsigned index, uint16_t code, const void *body)
{
    const struct gw_create_reply *made = body;
    const struct gw_open_reply *opened = body;
    const struct gw_open_namespace_reply *entered = body;
    if (code == GW_CREATE && made->type < GW_TYPE_MAX)
        known[index][made->type] = made->handle;
    if (code == GW_OPEN && opened->type < GW_TYPE_MAX)
        known[index][opened->type] = opened->handle;
    if (code == GW_OPEN_NAMESPACE)
        known[index][GW_TYPE_MAX] = entered->handle;
}

/* What the handle of a request should be of. */
static unsigned type_for(uint16_t code)
{
    switch (code) {
    case GW_SET_TIMER:
    case GW_CANCEL_TIMER:
    case GW_QUERY_TIMER: return GW_TYPE_TIMER;
    case GW_ASSIGN_JOB:
    case GW_IN_JOB:
    case GW_TERMINATE_JOB:
    case GW_SET_JOB:
    case GW_QUERY_JOB:
    case GW_SET_JOB_PORT:
    case GW_LIST_JOB: return GW_TYPE_JOB;
    case GW_LIST_DIRECTORY: return GW_TYPE_DIRECTORY;
    case GW_DELETE_NAMESPACE: return GW_TYPE_MAX;
    default: return next_random(GW_TYPE_MAX);
    }
}

static const struct {
    uint32_t class, size;
} job_classes[] = {{GW_JOB_BASIC_LIMIT, GW_JOB_BASIC_LIMIT_SIZE},
                   {GW_JOB_EXTENDED_LIMIT, sizeof(struct gw_job_limits)},
                   {GW_JOB_UI_RESTRICTIONS, 4},
                   {GW_JOB_END_OF_JOB_TIME, 4},
                   {GW_JOB_CPU_RATE, 8}};

/* A value that may well be right; false: any other will do. */
static bool sensible(unsigned index, uint16_t code, const char *field, unsigned class, uint64_t *ret_value)
{
    static const uint32_t attributes[] = {0, 0x80, 0x40, 0xc0, 0x10};
    if (!strcmp(field, "handle"))
        *ret_value = known[index][type_for(code)];
    else if (!strcmp(field, "directory"))
        *ret_value = next_random(4) ? 0 : GW_BUILTIN | 1;
    else if (!strcmp(field, "attributes"))
        *ret_value = attributes[next_random(5)];
    else if (!strcmp(field, "type"))
        *ret_value = next_random(code == GW_CREATE_PIPE ? 4 : GW_TYPE_MAX);
    else if (!strcmp(field, "class"))
        *ret_value = job_classes[class].class;
    else if (!strcmp(field, "pid"))
        *ret_value = (uint64_t)getpid();
    else if (!strcmp(field, "kind") && code >= GW_CREATE_PIPE)
        *ret_value = next_random(GW_PIPE_KINDS);
    else if (!strcmp(field, "disposition") || !strcmp(field, "sharing") || !strcmp(field, "access"))
        *ret_value = 1 + next_random(3);
    else if (!strcmp(field, "count") || !strcmp(field, "limit") || !strcmp(field, "maximum"))
        *ret_value = 1 + next_random(5);
    else if (!strcmp(field, "expected") || !strcmp(field, "flags"))
        *ret_value = 0;
    else
        return false;
    return true;
}

/* Puts the text at `at`; its size. */
static uint32_t put_text(size_t at, const char *text)
{
    uint32_t size = 0;
    for (; text[size]; size++)
        ((uint16_t *)(message + at))[size] = (unsigned char)text[size];
    return size * 2;
}

static uint32_t put_part(unsigned index, uint16_t code, const char *field, unsigned class, size_t at,
                         bool sane)
{
    static const char *const pipes[] = {"p", "q", "r", ""};
    uint32_t size = next_random(64);
    if (!strcmp(field, "name_size") && code >= GW_CREATE_PIPE && next_random(8))
        return put_text(at, pipes[next_random(4)]);
    if (!strcmp(field, "name_size") && next_random(sane ? 8 : 4))
        return put_text(
            at, code == GW_CREATE && next_random(2) ? "" : paths[next_random(sizeof paths / sizeof *paths)]);
    if (sane && code == GW_SET_JOB) {
        memset(message + at, 0, job_classes[class].size);
        return job_classes[class].size;
    }
    if (sane && (!strcmp(field, "handles_size") || !strcmp(field, "jobs_size"))) {
        uint32_t handle = known[index][field[0] == 'j' ? GW_TYPE_JOB : next_random(GW_TYPE_MAX)];
        memcpy(message + at, &handle, sizeof handle);
        return next_random(2) ? sizeof handle : 0;
    }
    for (uint32_t i = 0; i < size; i++)
        message[at + i] = (uint8_t)(next_random(3) ? next_random(8) : next_random(256));
    if (!next_random(200) && at < 0x8000) { /* a big one */
        size = 0x4000 + next_random(0x4000);
        memset(message + at, '\\', size);
    }
    return size;
}

/* The fixed part filled with random values, variable parts where the sizes are believed; three of four
 * messages are nearly right. */
static size_t make_message(unsigned index)
{
    struct gw_message *head = (struct gw_message *)message;
    uint16_t code;
    do /* what ends a connection at once, less often */
        code = (uint16_t)(1 + next_random(GW_CODE_MAX - 1));
    while ((code == GW_HELLO || code == GW_RELEASE || !server_requests[code].run) && next_random(8));
    const struct gw_description *description = &gw_descriptions[code];
    unsigned class = next_random(sizeof job_classes / sizeof *job_classes);
    bool sane = next_random(4);
    size_t at = sizeof *head, body = at;
    memset(message + at, 0, description->request_size);
    at += description->request_size;
    for (const struct gw_field *field = description->request; field && field->name; field++) {
        uint64_t value = random_value();
        size_t length = strlen(field->name);
        if (length > 5 && !strcmp(field->name + length - 5, "_size") && next_random(sane ? 200 : 16)) {
            uint32_t size = put_part(index, code, field->name, class, at, sane);
            memset(message + at + size, 0, GW_PAD(size) - size);
            at += GW_PAD(size);
            value = size;
        } else if (sane) {
            sensible(index, code, field->name, class, &value);
        }
        memcpy(message + body + field->offset, &value, field->size);
    }
    *head = (struct gw_message){.size = (uint32_t)at, .code = code, .sequence = clients[index].sequence + 1};
    return at;
}

/* Descriptors that came are kept for a while: instances of pipes end with theirs. */
static int kept[64];

static void keep_nothing(int place)
{
    if (kept[place] > 0)
        close(kept[place]);
    kept[place] = -1;
}

static void keep(int fd)
{
    int place = (int)next_random(64);
    keep_nothing(place);
    kept[place] = fd;
}

static void drain(struct gw_connection *client)
{
    int fd;
    ssize_t got;
    while ((got = fixture_receive(client, reply, sizeof reply, &fd)) > 0) {
        const struct gw_message *head = (const struct gw_message *)reply;
        fixture_require(head->size == (size_t)got);
        fixture_require(head->code < GW_CODE_MAX);
        fixture_require(!memmem(reply, (size_t)got, secret, sizeof secret));
        (head->status < 0 ? refused : taken)[head->code]++;
        if (head->status >= 0)
            learn((unsigned)(client - clients), head->code, head + 1);
        struct stat stat;
        if (fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size == GW_STATE_SIZE && next_random(2)) {
            unsigned place = next_random(PAGES);
            void *page = mmap(NULL, GW_STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (ftruncate(fd, 0) == 0 &&
                head->code != GW_PREPARE_CHILD) /* a client's own memory may shrink */
                munmap(page, GW_STATE_SIZE);
            else if (page != MAP_FAILED) {
                if (pages[place])
                    munmap(pages[place], GW_STATE_SIZE);
                pages[place] = page;
            }
        }
        if (fd >= 0)
            keep(fd);
    }
    if (got == 0) { /* cut off, with every right */
        refused[last_code[client - clients]]++;
        close(client->fd);
        *client = (struct gw_connection){.fd = -1};
    }
}

static void step(void)
{
    unsigned index = next_random(CLIENTS);
    struct gw_connection *client = &clients[index];
    if (client->fd < 0) {
        bool polite = next_random(8);
        memset(known[index], 0, sizeof known[index]);
        *client = polite ? fixture_connect() : fixture_raw();
        taken[GW_HELLO] += polite;
        return;
    }
    switch (next_random(100)) {
    case 0:
        close(client->fd);
        client->fd = -1;
        break;
    case 1: /* again what was sent */ fixture_send(client, last[index], last_size[index], -1); break;
    case 2: /* torn, or damaged anywhere */ {
        size_t size = make_message(index);
        if (next_random(2))
            size = next_random((uint32_t)size);
        else
            message[next_random((uint32_t)size)] ^= (uint8_t)(1 << next_random(8));
        fixture_send(client, message, size, next_random(4) ? -1 : 0);
        client->sequence++;
        last_code[index] = 0; /* whatever it is by now */
        break;
    }
    case 3: {
        struct gw_state *page = pages[next_random(PAGES)];
        if (page)
            memset((uint8_t *)page + next_random(32), (int)next_random(256), 8);
        break;
    }
    default: {
        size_t size = make_message(index);
        uint16_t code = ((struct gw_message *)message)->code;
        bool wants = code == GW_CREATE || code == GW_CHANNEL || code == GW_CALL_PROCESS ||
                     code == GW_CREATE_PIPE || code == GW_WAIT_PIPE || code == GW_ASSIGN_JOB ||
                     code == GW_JOIN_CHILD;
        int fd = (wants ? next_random(3) : !next_random(200)) ? random_descriptor() : -1;
        last_code[index] = code;
        if (size <= sizeof last[index]) {
            memcpy(last[index], message, size);
            last_size[index] = size;
        }
        fixture_send(client, message, size, fd);
        client->sequence++;
        if (fd >= 0)
            close(fd);
    }
    }
    server_round(0);
    if (client->fd < 0 || !next_random(10))
        return;
    bool silent = last_code[index] == GW_RELEASE;
    drain(client);
    if (silent && client->fd >= 0)
        taken[GW_RELEASE]++;
}

/* A client that has something that is nobody else's business. */
static struct gw_connection keep_secret(void)
{
    struct gw_connection honest = fixture_connect();
    struct gw_create_in in = {.type = GW_TYPE_SECTION,
                              .memory = memfd_create("secret", MFD_CLOEXEC),
                              .data = secret,
                              .data_size = sizeof secret,
                              .security = secret,
                              .security_size = sizeof secret};
    uint8_t data[4096];
    struct gw_create_out out = {.data = data, .data_size = sizeof data};
    ck_assert_int_eq(gw_create(&honest, &in, &out), STATUS_SUCCESS);
    close(in.memory);
    close(out.memory);
    return honest;
}

static unsigned descriptors_of(const struct server_object *directory)
{
    unsigned count = 0;
    for (const struct server_object *each = directory->entries; each; each = each->name.next)
        count += (each->memory >= 0) + descriptors_of(each);
    return count;
}

static unsigned of_jobs(void)
{
    unsigned count = 0;
    for (const struct server_job *job = server_jobs; job; job = job->next)
        count += !job->object->name.directory && job->object->memory >= 0;
    for (const struct server_member *member = server_members; member; member = member->next)
        count += 1 + (member->page >= 0);
    return count;
}

/* All of them go: what is left is what is permanent by its name, and the jobs that this process is in. */
static void account_for_everything(unsigned descriptors)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0)
            close(clients[i].fd);
        clients[i].fd = -1;
    }
    for (int i = 0; i < PAGES; i++) {
        if (pages[i])
            munmap(pages[i], GW_STATE_SIZE);
        pages[i] = NULL;
    }
    for (int i = 0; i < 64; i++)
        keep_nothing(i);
    for (int i = 0; i < 100; i++) /* pipes and their waiters go as well */
        server_round(0);
    ck_assert_ptr_null(server.pending);
    ck_assert_uint_eq(server.pipe_count, 0);
    unsigned left = descriptors_of(server.root) + of_jobs();
    if (fixture_descriptors() > descriptors + left)
        system("ls -l /proc/$PPID/fd | awk '{print $11}' | sort | uniq -c");
    ck_assert_uint_le(fixture_descriptors(), descriptors + left);
}

START_TEST(hostile_clients)
{
    const char *seconds = getenv("GASTWIRT_FUZZ_SECONDS"), *given = getenv("GASTWIRT_FUZZ_SEED");
    struct timespec now, begin;
    ck_assert(server_initialize());
    server.harmless = true;
    unsigned descriptors = fixture_descriptors();
    clock_gettime(CLOCK_MONOTONIC, &begin);
    seed ^= given ? strtoull(given, NULL, 0) : (uint64_t)begin.tv_nsec << 20 ^ (uint64_t)getpid();
    printf("seed %#llx\n", (unsigned long long)(seed ^ 88172645463325252ull));
    fflush(stdout); /* a sanitizer's abort would lose it */
    for (int i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;
    uint64_t steps = 0;
    struct gw_connection honest = keep_secret();
    do {
        for (int i = 0; i < 200; i++, steps++)
            step();
        if (steps % 20000 == 0)
            account_for_everything(descriptors + 4); /* the honest one, its process and its section */
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec < (seconds ? atoi(seconds) : 3));
    struct gw_query_in query = {.handle = 1}; /* it was served all the while, and has what it had */
    struct gw_query_out answer = {0};
    ck_assert_int_eq(gw_query(&honest, &query, &answer), STATUS_SUCCESS);
    ck_assert_uint_eq(answer.references, 1);
    fixture_close(&honest);
    for (unsigned code = 1; code < GW_CODE_MAX; code++) {
        printf("%-18s taken %8llu, refused %8llu\n", gw_descriptions[code].name,
               (unsigned long long)taken[code], (unsigned long long)refused[code]);
    }
    for (unsigned code = 1; code < GW_CODE_MAX; code++)
        if (server_requests[code].run && !(taken[code] && refused[code]))
            ck_abort_msg("%s was never %s", gw_descriptions[code].name, taken[code] ? "refused" : "taken");
    printf("%llu steps\n", (unsigned long long)steps);
    account_for_everything(descriptors);
    ck_assert_uint_eq(server.client_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server_fuzz");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, hostile_clients);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
