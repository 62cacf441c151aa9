/*
 * The session's table, see table.h: a shared memory segment of System V that is marked for removal as soon as
 * it is attached, so that it ends with the last process that has it, however that ends. Such a segment has no
 * key any more; it is found among the user's by its size, which says which session it may be of. The key is
 * there only while a segment is made, and lets one process at a time make one.
 */
#include "session/table.h"
#include "no_memory.h"
#include "ps/ps.h"
#include "session/session.h"
#include "session/tidy.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    READY = 0x47775433,
    REAP_AT_ONCE = 4,
    SIZE_CODES = 0x1000,
    KEYS = 4,
    ATTEMPTS = 1000,
    PAUSE_NS = 500000,
    MAKING_SECONDS = 10 /* longer nobody makes one */
};

static struct {
    pthread_once_t once;
    struct session_table *table;
    bool server; /* this process takes no slot */
    uint32_t slot;
    bool made; /* by this process */
    int id;    /* of the segment; -1: the memory is this process's own */
    uint64_t word;
    void (*reap)(uint32_t slot);
} state = {.once = PTHREAD_ONCE_INIT, .slot = TABLE_SLOTS, .id = -1};

/* ---------------------------------------------------------------- who is there */

/* Time since the machine started in the units of /proc/PID/stat. */
static uint32_t ticks_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 100 + (uint64_t)now.tv_nsec / 10000000);
}

uint64_t session_process_word(void)
{
    if (!__atomic_load_n(&state.word, __ATOMIC_RELAXED)) {
        uint64_t none = 0, word = (uint64_t)ticks_now() << 32 | (uint32_t)getpid();
        __atomic_compare_exchange_n(&state.word, &none, word, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&state.word, __ATOMIC_RELAXED);
}

/* Has the process of this number begun after that time: is it another one than was meant? */
static bool began_after(uint32_t pid, uint32_t ticks)
{
    char path[32], text[1024];
    unsigned long long began;
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = 0;
    const char *rest = strrchr(text, ')'); /* the name may have anything in it; the 22nd field */
    return rest &&
           sscanf(rest + 1,
                  " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                  &began) == 1 &&
           (int32_t)((uint32_t)began - ticks) > 0;
}

bool session_process_alive(uint64_t word)
{
    uint32_t pid = (uint32_t)word;
    if (word == session_process_word())
        return true;
    struct pollfd watched = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (watched.fd < 0 && (errno == ESRCH || errno == EINVAL)) /* or it is a thread's number now */
        return false;
    if (watched.fd < 0)
        return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
    bool ended = poll(&watched, 1, 0) > 0;
    close(watched.fd);
    return !ended && !began_after(pid, (uint32_t)(word >> 32));
}

bool session_slot_alive(uint32_t slot)
{
    uint64_t owner = __atomic_load_n(&state.table->slots[slot].owner, __ATOMIC_ACQUIRE);
    return state.id < 0 || (owner && session_process_alive(owner));
}

uint32_t session_slot(void)
{
    return state.slot;
}

uint32_t session_slot_pid(uint32_t slot)
{
    return (uint32_t)__atomic_load_n(&state.table->slots[slot].owner, __ATOMIC_ACQUIRE);
}

static uint32_t slot_top(void)
{
    uint32_t top = __atomic_load_n(&state.table->slot_top, __ATOMIC_ACQUIRE);
    return top < TABLE_SLOTS ? top : TABLE_SLOTS;
}

uint32_t session_slot_of_process(uint32_t pid)
{
    uint32_t top = slot_top();
    for (uint32_t slot = 0; slot < top; slot++)
        if (pid && session_slot_pid(slot) == pid)
            return slot;
    return TABLE_SLOTS;
}

bool session_slot_claim(uint32_t slot)
{
    if (slot == state.slot || slot >= TABLE_SLOTS || state.id < 0)
        return false;
    struct table_slot *place = &state.table->slots[slot];
    uint64_t owner = __atomic_load_n(&place->owner, __ATOMIC_ACQUIRE), before = 0;
    if (!owner || session_process_alive(owner))
        return false;
    while (!__atomic_compare_exchange_n(&place->claimer, &before, session_process_word(), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        if (before && session_process_alive(before)) /* it is at it; else it died of it */
            return false;
    if (__atomic_load_n(&place->owner, __ATOMIC_ACQUIRE) == owner)
        return true;
    __atomic_store_n(&place->claimer, 0, __ATOMIC_RELEASE);
    return false;
}

void session_slot_free(uint32_t slot)
{
    struct table_slot *place = &state.table->slots[slot];
    __atomic_store_n(&place->owner, 0, __ATOMIC_RELEASE);
    if (slot != state.slot)
        __atomic_store_n(&place->claimer, 0, __ATOMIC_RELEASE);
}

static bool take_slot(struct session_table *table)
{
    for (uint32_t i = 0; i < TABLE_SLOTS; i++) {
        uint64_t nobody = 0;
        if (__atomic_load_n(&table->slots[i].owner, __ATOMIC_RELAXED))
            continue;
        uint32_t top = __atomic_load_n(&table->slot_top, __ATOMIC_ACQUIRE);
        while (top <= i && !__atomic_compare_exchange_n(&table->slot_top, &top, i + 1, false,
                                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            ;
        if (__atomic_compare_exchange_n(&table->slots[i].owner, &nobody, session_process_word(), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            state.slot = i;
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- what is in it at first */

static void prepare_mutex(pthread_mutex_t *mutex, bool shared)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (shared) {
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    }
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void prepare(struct session_table *table, bool shared)
{
    prepare_mutex(&table->notes_mutex, shared);
    for (unsigned i = 0; i < TABLE_STRIPES; i++)
        prepare_mutex(&table->stripes[i].mutex, shared);
    __atomic_store_n(&table->ready, READY, __ATOMIC_RELEASE);
}

bool session_table_lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) != EOWNERDEAD)
        return false;
    pthread_mutex_consistent(mutex);
    return true;
}

/* ---------------------------------------------------------------- finding it, or making it */

uint64_t session_process_numbers(void)
{
    struct stat numbers = {0};
    stat("/proc/self/ns/pid", &numbers);
    return numbers.st_ino;
}

/* Sessions have different tables, and so have builds that read them differently, and processes that know each
 * other by other numbers or may not look at each other: those of different pid and user namespaces. */
static uint64_t identity(void)
{
    struct stat users = {0};
    char text[128];
    stat("/proc/self/ns/user", &users);
    snprintf(text, sizeof text, "%s-%x-%llx-%llx", session_name(), TABLE_VERSION,
             (unsigned long long)session_process_numbers(), (unsigned long long)users.st_ino);
    uint64_t hash = 14695981039346656037u;
    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    return hash;
}

static size_t size_of(uint64_t which)
{
    return sizeof(struct session_table) + which % SIZE_CODES;
}

static bool is_table(const struct shmid_ds *segment)
{
    return segment->shm_segsz >= sizeof(struct session_table) &&
           segment->shm_segsz < sizeof(struct session_table) + SIZE_CODES &&
           segment->shm_perm.uid == geteuid() && segment->shm_perm.cuid == geteuid() &&
           (segment->shm_perm.mode & 0777) == 0600;
}

static void pause_briefly(void)
{
    nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
}

/* A segment that somebody has made and not given up: the table, NULL if it is another session's. One that is
 * being made is waited for: it gets ready, or it ends with its maker. */
static struct session_table *look_into(int id, uint64_t which)
{
    struct session_table *table = shmat(id, NULL, 0);
    struct shmid_ds segment;
    if (table == (void *)-1)
        return NULL;
    for (int i = 0; i < ATTEMPTS && __atomic_load_n(&table->ready, __ATOMIC_ACQUIRE) != READY; i++) {
        if (shmctl(id, IPC_STAT, &segment) != 0 || segment.shm_nattch <= 1)
            break;
        pause_briefly();
    }
    if (__atomic_load_n(&table->ready, __ATOMIC_ACQUIRE) == READY && table->identity == which)
        return table;
    shmdt(table);
    return NULL;
}

/* except: one that is this process's own attempt. Also removes what killed makers left with its key. */
static struct session_table *find(uint64_t which, int except, int *ret_id)
{
    struct shm_info info;
    struct shmid_ds segment;
    struct session_table *table = NULL;
    int top = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);
    for (int i = 0; i <= top && !table; i++) {
        int id = shmctl(i, SHM_STAT, &segment);
        if (id < 0 || id == except || !is_table(&segment))
            continue;
        bool given_up = !(segment.shm_perm.mode & SHM_DEST);
        if (!given_up && segment.shm_segsz == size_of(which)) {
            if ((table = look_into(id, which)))
                *ret_id = id;
        } else if (given_up && !segment.shm_nattch &&
                   ((kill(segment.shm_cpid, 0) != 0 && errno == ESRCH) ||
                    time(NULL) - segment.shm_ctime > MAKING_SECONDS)) {
            shmctl(id, IPC_RMID, NULL);
        }
    }
    return table;
}

/* Is somebody making a table with this key? */
static bool is_being_made(key_t key)
{
    struct shmid_ds segment;
    int id = shmget(key, 0, 0600);
    return id >= 0 && shmctl(id, IPC_STAT, &segment) == 0 && is_table(&segment);
}

/* Makes it, unless somebody else does; false: there are no such segments here. */
static bool make(uint64_t which, struct session_table **ret_table, int *ret_id)
{
    *ret_table = NULL;
    for (unsigned i = 0; i < KEYS; i++) { /* another user may have something with our key */
        key_t key = (key_t)(((which >> 24) + i) & 0x3fffffff) | 1 << 30;
        int id = shmget(key, size_of(which), IPC_CREAT | IPC_EXCL | SHM_NORESERVE | 0600);
        if (id < 0 && errno == EEXIST && is_being_made(key))
            return true;
        if (id < 0 && errno == EEXIST)
            continue;
        if (id < 0)
            return false;
        struct session_table *table = shmat(id, NULL, 0), *earlier = NULL;
        if (table != (void *)-1) /* who had the key before us has marked its segment by now */
            earlier = find(which, id, ret_id);
        shmctl(id, IPC_RMID, NULL);
        if (table == (void *)-1)
            return false;
        if (earlier) {
            shmdt(table);
            *ret_table = earlier;
            return true;
        }
        table->identity = which;
        prepare(table, true);
        state.made = true;
        *ret_id = id;
        *ret_table = table;
        return true;
    }
    return false;
}

static struct session_table *map_shared(int *ret_id)
{
    uint64_t which = identity();
    for (int i = 0; i < ATTEMPTS; i++) {
        struct session_table *table = find(which, -1, ret_id);
        if (table || !make(which, &table, ret_id) || table)
            return table;
        pause_briefly();
    }
    return NULL;
}

/* ---------------------------------------------------------------- coming and going */

/* Looks after a few of the dead: with every process that comes, the table gets tidier. */
static void reap_some(struct session_table *table)
{
    uint32_t top = slot_top(), at = table->reap_at, looked = 0;
    for (uint32_t i = 0; i < top && looked < REAP_AT_ONCE; i++, at++) {
        uint32_t slot = at % top;
        if (slot == state.slot || !session_slot_pid(slot))
            continue;
        looked++;
        if (state.reap && kill((pid_t)session_slot_pid(slot), 0) != 0 && errno == ESRCH)
            state.reap(slot);
    }
    table->reap_at = at % TABLE_SLOTS;
}

static void attach(void)
{
    int id = -1;
    struct session_table *table = map_shared(&id);
    if (table && !state.server && !take_slot(table)) { /* more than can be, or too many dead */
        state.table = table;
        state.id = id;
        session_table_sweep();
        if (!take_slot(table)) {
            shmdt(table);
            table = NULL;
        }
    }
    if (!table) {
        table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1, 0);
        if (table == MAP_FAILED)
            die_without_memory();
        prepare(table, false);
        state.slot = 0;
        id = -1;
    }
    state.id = id;
    __atomic_store_n(&state.table, table, __ATOMIC_RELEASE);
    if (id >= 0 && !state.server) {
        ps_at_exit(session_table_leave);
        reap_some(table);
    }
    if (state.made)
        session_tidy();
}

struct session_table *session_table(void)
{
    struct session_table *table = __atomic_load_n(&state.table, __ATOMIC_ACQUIRE);
    if (table)
        return table;
    pthread_once(&state.once, attach);
    return state.table;
}

struct session_table *session_table_if_there(void)
{
    return __atomic_load_n(&state.table, __ATOMIC_ACQUIRE);
}

void session_table_on_death(void (*reap)(uint32_t slot))
{
    state.reap = reap;
}

void session_table_keep(const char *folder, const char *name)
{
    session_is_at(folder, name);
    state.server = true;
    session_table();
}

void session_table_serve(int server)
{
    uint64_t word = (uint64_t)ticks_now() << 32 | (uint32_t)server;
    if (state.id >= 0)
        __atomic_store_n(&state.table->server, word, __ATOMIC_RELEASE);
}

int session_table_server(void)
{
    uint64_t word = __atomic_load_n(&session_table()->server, __ATOMIC_ACQUIRE);
    return state.id >= 0 && word && session_process_alive(word) ? (int)(uint32_t)word : 0;
}

void session_table_end(void)
{
    uint64_t word = __atomic_load_n(&state.table->server, __ATOMIC_ACQUIRE);
    if (state.id >= 0 && (uint32_t)word == (uint32_t)getpid()) /* else there is another one already */
        __atomic_compare_exchange_n(&state.table->server, &word, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
    session_table_sweep();
}

void session_table_sweep(void)
{
    if (!state.table || state.id < 0 || !state.reap)
        return;
    uint32_t top = slot_top();
    for (uint32_t slot = 0; slot < top; slot++)
        if (slot != state.slot && session_slot_pid(slot) && !session_slot_alive(slot))
            state.reap(slot);
}

void session_table_leave(void)
{
    if (!state.table || state.id < 0)
        return;
    if (!state.table->slots[state.slot].records) {
        session_slot_free(state.slot);
        state.slot = TABLE_SLOTS;
    }
    /* As long as somebody is there he tidies up; of the last ones that leave together, the last. */
    for (uint32_t slot = 0, top = slot_top(); slot < top; slot++)
        if (slot != state.slot && session_slot_pid(slot) && session_slot_alive(slot))
            return;
    session_table_sweep();
}
