/*
 * The session's table, see table.h: where it lies, how a process comes and goes. Byte 0 of the file is the
 * lock of coming and going, byte 1 + N that of slot N (open file description locks: the kernel drops them
 * with the process).
 */
#include "session/table.h"
#include "ps/ps.h"
#include "session/session.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MAGIC = 0x47775431, REAP_AT_ONCE = 4 };

/* Fork or not, a process maps it once. */
static struct {
    pthread_once_t once;
    struct session_table *table;
    uint32_t slot;
    int fd; /* -1: the memory is this process's own */
    char path[PATH_MAX];
    void (*reap)(uint32_t slot);
    bool was_left; /* the table was there, but no process: all slots are dead ones */
} state = {.once = PTHREAD_ONCE_INIT, .fd = -1};

static bool byte_lock(int fd, int command, short type, off_t start, off_t length)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result;
    do
        result = fcntl(fd, command, &lock);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

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
    __atomic_store_n(&table->magic, MAGIC, __ATOMIC_RELEASE);
}

bool session_table_lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) != EOWNERDEAD)
        return false;
    pthread_mutex_consistent(mutex);
    return true;
}

static bool is_memory(const char *folder)
{
    struct statfs fs;
    return statfs(folder, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* Memory files are best: what is published is nothing for a disk. Builds that read the table differently have
 * tables of their own. */
static bool choose_path(const char *folder, const char *name)
{
    if (!(folder && is_memory(folder)) && is_memory("/dev/shm") && access("/dev/shm", W_OK | X_OK) == 0) {
        snprintf(state.path, sizeof state.path, "/dev/shm/gastwirt-%u-%s-%x.table", (unsigned)getuid(), name,
                 TABLE_VERSION);
        return true;
    }
    return folder && snprintf(state.path, sizeof state.path, "%s/%s-%x.table", folder, name, TABLE_VERSION) <
                         (int)sizeof state.path;
}

static bool find_path(void)
{
    const char *why, *folder;
    if (state.path[0])
        return true;
    folder = session_folder(true, &why);
    return choose_path(folder, session_name());
}

/* Opens the file and takes the lock of coming and going. */
static int open_table(void)
{
    for (int attempt = 0; attempt < 10; attempt++) {
        struct stat stat;
        int fd = open(state.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0)
            return -1;
        if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_uid != geteuid() ||
            (stat.st_mode & 077) || !byte_lock(fd, F_OFD_SETLKW, F_WRLCK, 0, 1)) {
            close(fd);
            return -1;
        }
        if (fstat(fd, &stat) == 0 && stat.st_nlink)
            return fd;
        close(fd); /* the last one left and took it away */
    }
    return -1;
}

/* With the lock of coming and going. */
static bool take_slot(int fd, struct session_table *table)
{
    for (uint32_t i = 0; i < TABLE_SLOTS; i++)
        if (!table->slots[i].used && byte_lock(fd, F_OFD_SETLK, F_WRLCK, 1 + i, 1)) {
            table->slots[i].pid = (uint32_t)getpid();
            table->slots[i].records = 0;
            __atomic_store_n(&table->slots[i].used, 1, __ATOMIC_RELEASE);
            state.slot = i;
            return true;
        }
    return false;
}

/* Tables of other sessions, all of whose processes were killed: nobody may ever come there again. One that
 * notes what is to be deleted is left to its own session. */
static void sweep_other(int folder, const char *name)
{
    uint32_t notes[TABLE_NOTES] = {0};
    struct stat stat;
    int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    bool noted = false;
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_uid == geteuid() &&
        byte_lock(fd, F_OFD_SETLK, F_WRLCK, 0, 1) && byte_lock(fd, F_OFD_SETLK, F_WRLCK, 1, TABLE_SLOTS)) {
        if (pread(fd, notes, sizeof notes, offsetof(struct session_table, note_owner)) == sizeof notes)
            for (unsigned i = 0; i < TABLE_NOTES; i++)
                noted |= notes[i] != 0;
        if (!noted)
            unlinkat(folder, name, 0);
    }
    close(fd);
}

static void sweep_others(void)
{
    char suffix[32], prefix[32], path[sizeof state.path];
    strcpy(path, state.path);
    char *own = strrchr(path, '/');
    *own++ = 0;
    int begin = snprintf(prefix, sizeof prefix, "gastwirt-%u-", (unsigned)getuid()),
        end = snprintf(suffix, sizeof suffix, "-%x.table", TABLE_VERSION);
    if (strncmp(own, prefix, (size_t)begin) != 0)
        begin = 0; /* a folder of our own */
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, prefix, (size_t)begin) == 0 && length > (size_t)begin + (size_t)end &&
            strcmp(entry->d_name + length - (size_t)end, suffix) == 0 && strcmp(entry->d_name, own) != 0)
            sweep_other(dirfd(folder), entry->d_name);
    }
    if (folder)
        closedir(folder);
}

static struct session_table *map_shared(void)
{
    struct session_table *table;
    struct stat stat;
    int fd = find_path() ? open_table() : -1, high;
    if (fd < 0)
        return NULL;
    if (fd < 64 && (high = fcntl(fd, F_DUPFD_CLOEXEC, 64)) >= 0) { /* away from what is handed on by number */
        close(fd);
        fd = high;
    }
    if (fstat(fd, &stat) != 0 || (stat.st_size < (off_t)sizeof *table && ftruncate(fd, sizeof *table) != 0) ||
        (table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        close(fd);
        return NULL;
    }
    if (byte_lock(fd, F_OFD_SETLK, F_WRLCK, 1, TABLE_SLOTS)) { /* nobody else is here */
        state.was_left = table->magic == MAGIC;
        table->lock_waiters = table->watchers = 0;
        prepare(table, true);
        byte_lock(fd, F_OFD_SETLK, F_UNLCK, 1, TABLE_SLOTS);
        sweep_others();
    }
    if (!take_slot(fd, table)) {
        munmap(table, sizeof *table);
        close(fd);
        return NULL;
    }
    byte_lock(fd, F_OFD_SETLK, F_UNLCK, 0, 1);
    state.fd = fd;
    return table;
}

/* Looks after a few of the dead: with every process that comes, the table gets tidier. */
static void reap_some(struct session_table *table)
{
    uint32_t at = table->reap_at % TABLE_SLOTS, looked = 0,
             most = state.was_left ? TABLE_SLOTS : REAP_AT_ONCE;
    for (uint32_t i = 0; i < TABLE_SLOTS && looked < most; i++, at = (at + 1) % TABLE_SLOTS) {
        if (!table->slots[at].used)
            continue;
        looked++;
        if (!session_slot_alive(at) && state.reap)
            state.reap(at);
    }
    table->reap_at = at;
}

static void attach(void)
{
    struct session_table *table = map_shared();
    if (!table) {
        table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1, 0);
        if (table == MAP_FAILED)
            abort();
        prepare(table, false);
    }
    __atomic_store_n(&state.table, table, __ATOMIC_RELEASE);
    if (state.fd >= 0) {
        ps_at_exit(session_table_leave);
        reap_some(table);
    }
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

uint32_t session_slot(void)
{
    return state.slot;
}

bool session_slot_alive(uint32_t slot)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1 + (off_t)slot, .l_len = 1};
    if (slot == state.slot || state.fd < 0)
        return true;
    return fcntl(state.fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

uint32_t session_slot_of_process(uint32_t pid)
{
    uint32_t slot = 0;
    while (slot < TABLE_SLOTS && !(state.table->slots[slot].used && state.table->slots[slot].pid == pid))
        slot++;
    return slot;
}

bool session_slot_claim(uint32_t slot)
{
    if (slot == state.slot || state.fd < 0 || slot >= TABLE_SLOTS ||
        !byte_lock(state.fd, F_OFD_SETLK, F_WRLCK, 1 + (off_t)slot, 1))
        return false;
    if (state.table->slots[slot].used)
        return true;
    byte_lock(state.fd, F_OFD_SETLK, F_UNLCK, 1 + (off_t)slot, 1);
    return false;
}

void session_slot_free(uint32_t slot)
{
    __atomic_store_n(&state.table->slots[slot].used, 0, __ATOMIC_RELEASE);
    if (slot != state.slot)
        byte_lock(state.fd, F_OFD_SETLK, F_UNLCK, 1 + (off_t)slot, 1);
}

void session_table_on_death(void (*reap)(uint32_t slot))
{
    state.reap = reap;
}

void session_table_sweep(const char *folder, const char *name)
{
    if (!choose_path(folder, name) || access(state.path, F_OK) != 0)
        return;
    session_table();
    session_table_leave();
}

void session_table_leave(void)
{
    struct session_table *table = state.table;
    if (!table || state.fd < 0)
        return;
    if (!table->slots[state.slot].records)
        session_slot_free(state.slot);
    /* Nobody comes while byte 0 is ours, nobody is there if all slots can be ours. */
    if (byte_lock(state.fd, F_OFD_SETLK, F_WRLCK, 0, 1) &&
        byte_lock(state.fd, F_OFD_SETLK, F_WRLCK, 1, TABLE_SLOTS))
        unlink(state.path);
}
