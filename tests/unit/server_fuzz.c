/* unit: server/[a-z]*.c */
/*
 * Hostile clients: random requests with sizes that are nearly right, replayed and torn ones, descriptors of
 * all kinds, scribbling on shared pages, sudden ends. Afterwards nothing of them is left. For a few seconds,
 * or as long as GASTWIRT_FUZZ_SECONDS says; GASTWIRT_FUZZ_SEED repeats a run.
 */
#include "server_fixture.h"
#include <stdio.h>
#include <sys/stat.h>

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
    switch (next_random(4)) {
    case 0: return memfd_create("fuzz", MFD_CLOEXEC);
    case 1: return open("/dev/null", O_RDWR | O_CLOEXEC);
    default:
        if (socketpair(AF_UNIX, next_random(2) ? SOCK_SEQPACKET : SOCK_STREAM, 0, pair) != 0)
            return -1;
        close(pair[0]);
        return pair[1];
    }
}

/* The fixed part filled with random values, variable parts where the sizes are believed. */
static size_t make_message(struct gw_connection *client)
{
    struct gw_message *head = (struct gw_message *)message;
    uint16_t code = (uint16_t)(1 + next_random(GW_CODE_MAX - 1));
    const struct gw_description *description = &gw_descriptions[code];
    size_t at = sizeof *head;
    memset(message + at, 0, description->request_size);
    size_t body = at;
    at += description->request_size;
    for (const struct gw_field *field = description->request; field && field->name; field++) {
        uint64_t value = random_value();
        size_t length = strlen(field->name);
        if (length > 5 && !strcmp(field->name + length - 5, "_size") && next_random(16)) {
            uint32_t size = next_random(64);
            if (!strcmp(field->name, "name_size") && next_random(4)) {
                const char *path = paths[next_random(sizeof paths / sizeof *paths)];
                size = 0;
                for (; path[size]; size++)
                    ((uint16_t *)(message + at))[size] = (unsigned char)path[size];
                size *= 2;
            } else {
                for (uint32_t i = 0; i < size; i++)
                    message[at + i] = (uint8_t)(next_random(3) ? next_random(8) : next_random(256));
            }
            if (!next_random(200) && at < 0x8000) { /* a big one */
                size = 0x4000 + next_random(0x4000);
                memset(message + at, '\\', size);
            }
            memset(message + at + size, 0, GW_PAD(size) - size);
            at += GW_PAD(size);
            value = size;
        }
        memcpy(message + body + field->offset, &value, field->size);
    }
    *head = (struct gw_message){.size = (uint32_t)at, .code = code, .sequence = client->sequence + 1};
    return at;
}

static void drain(struct gw_connection *client)
{
    int fd;
    ssize_t got;
    while ((got = fixture_receive(client, reply, sizeof reply, &fd)) > 0) {
        const struct gw_message *head = (const struct gw_message *)reply;
        ck_assert_uint_eq(head->size, (size_t)got);
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
            close(fd);
    }
    if (got == 0) { /* cut off, with every right */
        close(client->fd);
        *client = (struct gw_connection){.fd = -1};
    }
}

static void step(void)
{
    unsigned index = next_random(CLIENTS);
    struct gw_connection *client = &clients[index];
    if (client->fd < 0) {
        *client = next_random(8) ? fixture_connect() : fixture_raw();
        return;
    }
    switch (next_random(100)) {
    case 0:
        close(client->fd);
        client->fd = -1;
        break;
    case 1: /* again what was sent */ fixture_send(client, last[index], last_size[index], -1); break;
    case 2: /* torn, or damaged anywhere */ {
        size_t size = make_message(client);
        if (next_random(2))
            size = next_random((uint32_t)size);
        else
            message[next_random((uint32_t)size)] ^= (uint8_t)(1 << next_random(8));
        fixture_send(client, message, size, next_random(4) ? -1 : 0);
        client->sequence++;
        break;
    }
    case 3: {
        struct gw_state *page = pages[next_random(PAGES)];
        if (page)
            memset((uint8_t *)page + next_random(32), (int)next_random(256), 8);
        break;
    }
    default: {
        size_t size = make_message(client);
        uint16_t code = ((struct gw_message *)message)->code;
        bool wants = code == GW_CREATE || code == GW_CHANNEL || code == GW_CALL_PROCESS ||
                     code == GW_CREATE_PIPE || code == GW_WAIT_PIPE;
        int fd = wants && next_random(3) ? random_descriptor() : -1;
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
    if (client->fd >= 0 && next_random(10))
        drain(client);
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
    do {
        for (int i = 0; i < 200; i++, steps++)
            step();
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec < (seconds ? atoi(seconds) : 3));
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].fd >= 0)
            close(clients[i].fd);
    for (int i = 0; i < PAGES; i++)
        if (pages[i])
            munmap(pages[i], GW_STATE_SIZE);
    for (int i = 0; i < 100 && server.client_count; i++)
        server_round(0);
    printf("%llu steps\n", (unsigned long long)steps);
    ck_assert_uint_eq(server.client_count, 0);
    ck_assert_ptr_null(server.pending);
    /* Only objects whose names are permanent may be left; they have at most one descriptor each. */
    struct gw_connection client = fixture_connect();
    static uint8_t entries[0x10000];
    unsigned left = 0;
    for (uint32_t i = 0; i < 20; i++) {
        struct gw_list_directory_in in = {GW_BUILTIN | i, 0};
        struct gw_list_directory_out out = {.entries = entries, .entries_size = sizeof entries};
        if (gw_list_directory(&client, &in, &out) == STATUS_SUCCESS)
            left += out.count;
    }
    fixture_close(&client);
    ck_assert_uint_le(fixture_descriptors(), descriptors + left);
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
