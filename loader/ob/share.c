/*
 * Which of this process's objects the server knows, and how they come and go. Rank of the lock: below all
 * others but the dispatcher lock; no request is made under it.
 */
#include "ob/share.h"
#include "ke/lock.h"
#include "ke/shared.h"
#include "mm/section.h"
#include "ob/internal.h"
#include "ps/ps.h"
#include "session/session.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUCKETS = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ob_shared *buckets[BUCKETS];
static pthread_mutex_t share_lock = PTHREAD_MUTEX_INITIALIZER;

void ob_share_lock(void)
{
    pthread_mutex_lock(&share_lock);
}

void ob_share_unlock(void)
{
    pthread_mutex_unlock(&share_lock);
}

/* Types by what they are to the server. */
static const struct ob_type *find_type(uint32_t code)
{
    static const struct ob_type *const types[] = {
        &ob_directory_type, &ob_symbolic_link_type, &ke_event_type,   &ke_mutant_type, &ke_semaphore_type,
        &ke_timer_type,     &mm_section_type,       &ps_process_type, &ps_thread_type, &ps_job_type,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i]->share && types[i]->share->code == code)
            return types[i];
    return NULL;
}

static void give_back(uint32_t handle, uint32_t generation)
{
    struct gw_connection *connection;
    struct gw_release_in in = {handle, 1};
    if (generation == session_generation() && NT_SUCCESS(session_connect(false, &connection)) &&
        generation == session_generation())
        gw_release(connection, &in);
}

/* ---------------------------------------------------------------- the table, under the lock */

static struct ob_shared *find(uint64_t id, uint32_t generation)
{
    for (struct ob_shared *shared = buckets[id % BUCKETS]; shared; shared = shared->hash_next)
        if (shared->id == id && shared->generation == generation)
            return shared;
    return NULL;
}

static uint32_t lost_generation; /* this one and those before it are lost */

static void insert(struct ob_shared *shared)
{
    shared->lost |= shared->generation <= lost_generation;
    shared->hash_next = buckets[shared->id % BUCKETS];
    buckets[shared->id % BUCKETS] = shared;
}

static void take_out(struct ob_shared *shared)
{
    struct ob_shared **place = &buckets[shared->id % BUCKETS];
    while (*place && *place != shared)
        place = &(*place)->hash_next;
    if (*place)
        *place = shared->hash_next;
}

bool ob_reference_living(void *pointer)
{
    struct ob_object *object = pointer;
    int count = __atomic_load_n(&object->references, __ATOMIC_ACQUIRE);
    while (count > 0)
        if (__atomic_compare_exchange_n(&object->references, &count, count + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return true;
    return false;
}

static void forget_name(struct ob_shared *shared);

/* ---------------------------------------------------------------- coming */

static struct ob_shared *make(struct ob_object *object, uint32_t handle, uint64_t id)
{
    struct ob_shared *shared = calloc(1, sizeof *shared);
    if (shared) {
        shared->object = object;
        shared->id = id;
        shared->handle = handle;
        shared->generation = session_served_generation();
        shared->client = session_served_client();
    }
    return shared;
}

/* Maps the state's page if the type has one. The descriptor is closed. */
static NTSTATUS map_state(struct ob_shared *shared, uint32_t type, int memory)
{
    void *page = MAP_FAILED;
    if (!GW_TYPE_HAS_STATE(type)) {
        if (memory >= 0)
            close(memory);
        return STATUS_SUCCESS;
    }
    if (memory >= 0) {
        page = mmap(NULL, GW_STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        close(memory);
    }
    if (page == MAP_FAILED)
        return STATUS_INSUFFICIENT_RESOURCES;
    shared->state = page;
    return STATUS_SUCCESS;
}

static void discard(struct ob_shared *shared)
{
    if (shared->state)
        munmap(shared->state, GW_STATE_SIZE);
    free(shared);
}

NTSTATUS ob_share_publish(struct ob_object *object, struct ob_publication *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->memory = -1;
    const struct ob_share_type *share = object->type->share;
    return share && share->publish ? share->publish(object, ret) : STATUS_SUCCESS;
}

static NTSTATUS attach_fresh(struct ob_object *object, uint32_t handle, uint64_t id, int memory, bool copy)
{
    const struct ob_share_type *share = object->type->share;
    uint32_t type = share ? share->code : GW_TYPE_OTHER;
    struct ob_shared *shared = make(object, handle, id);
    NTSTATUS status = shared ? map_state(shared, type, memory) : STATUS_NO_MEMORY;
    if (!NT_SUCCESS(status)) {
        free(shared);
        give_back(handle, session_served_generation());
        return status;
    }
    if (shared->state)
        ke_shared_attach((struct ke_dispatcher_object *)object, shared, copy);
    pthread_mutex_lock(&lock);
    if (object->shared) { /* of a server that is gone; somebody may be looking at it: it stays allocated */
        take_out(object->shared);
        if (object->shared->name)
            forget_name(object->shared);
    }
    insert(shared);
    __atomic_store_n(&object->shared, shared, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&lock);
    if (share && share->published)
        share->published(object);
    return STATUS_SUCCESS;
}

NTSTATUS ob_share_attach_fresh(struct ob_object *object, uint32_t handle, uint64_t id, int memory)
{
    return attach_fresh(object, handle, id, memory, false);
}

/* The server does not know it, or one that is gone did; what processes synchronise on is lost for good then.
 */
static bool is_unknown(const struct ob_object *object)
{
    const struct ob_shared *shared = __atomic_load_n(&object->shared, __ATOMIC_ACQUIRE);
    return !shared || (shared->lost && (!shared->state || object->type->share->renewed));
}

NTSTATUS ob_share(void *pointer)
{
    struct ob_object *object = pointer;
    struct ob_publication publication;
    struct gw_connection *connection;
    uint8_t data[GW_DATA_LIMIT];
    if (!is_unknown(object))
        return STATUS_SUCCESS;
    if (!object->type->share)
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = session_connect(true, &connection);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&share_lock);
    if (is_unknown(object)) {
        status = ob_share_publish(object, &publication);
        if (NT_SUCCESS(status)) {
            struct gw_create_in in = {
                .type = object->type->share->code,
                .kind = publication.kind,
                .count = publication.count,
                .limit = publication.limit,
                .owned = publication.owned,
                .abandoned = publication.abandoned,
                .data = publication.data,
                .data_size = publication.data_size,
                .memory = publication.memory,
            };
            struct gw_create_out out = {.data = data, .data_size = sizeof data};
            if (object->security) {
                in.security = object->security->descriptor;
                in.security_size = object->security->size;
            }
            status = gw_create(connection, &in, &out);
            free((void *)publication.data);
            if (NT_SUCCESS(status))
                status = attach_fresh(object, out.handle, out.id, out.memory, true);
        }
    }
    pthread_mutex_unlock(&share_lock);
    return status;
}

NTSTATUS ob_share_handle(void *pointer, struct gw_connection **ret_connection, uint32_t *ret_handle)
{
    struct ob_object *object = pointer;
    NTSTATUS status = ob_share(object);
    if (!NT_SUCCESS(status))
        return status;
    if (object->shared->lost || object->shared->generation != session_generation())
        return STATUS_PORT_DISCONNECTED;
    *ret_handle = object->shared->handle;
    status = session_connect(true, ret_connection);
    if (NT_SUCCESS(status) && object->shared->generation != session_generation())
        return STATUS_PORT_DISCONNECTED; /* it would be another one's with the new server */
    return status;
}

NTSTATUS ob_share_adopt(struct ob_reception *reception, uint32_t handle, uint64_t id, void **ret_object)
{
    uint32_t generation = session_served_generation();
    pthread_mutex_lock(&lock);
    struct ob_shared *known = find(id, generation);
    struct ob_object *object = known ? known->object : NULL;
    if (object && !ob_reference_living(object))
        object = NULL;
    pthread_mutex_unlock(&lock);
    if (object) {
        if (reception->memory >= 0)
            close(reception->memory);
        give_back(handle, generation);
        *ret_object = object;
        return STATUS_SUCCESS;
    }

    const struct ob_type *type = find_type(reception->type);
    struct ob_shared *shared = NULL;
    void *adopted = NULL;
    NTSTATUS status = type ? type->share->adopt(reception, &adopted) : STATUS_NOT_SUPPORTED;
    object = adopted;
    if (NT_SUCCESS(status)) {
        shared = make(object, handle, id);
        status = shared ? map_state(shared, reception->type, reception->memory) : STATUS_NO_MEMORY;
        reception->memory = -1;
    }
    if (!NT_SUCCESS(status)) {
        if (reception->memory >= 0)
            close(reception->memory);
        free(shared);
        if (object)
            ob_dereference(object);
        give_back(handle, generation);
        return status;
    }
    object->shared = shared;
    if (shared->state)
        ((struct ke_dispatcher_object *)object)->sync = shared;
    pthread_mutex_lock(&lock);
    insert(shared);
    pthread_mutex_unlock(&lock);
    *ret_object = object;
    return STATUS_SUCCESS;
}

NTSTATUS ob_share_attach(uint32_t handle, void **ret_object)
{
    struct gw_connection *connection;
    uint8_t data[GW_DATA_LIMIT];
    struct gw_attach_in in = {handle};
    struct gw_attach_out out = {.data = data, .data_size = sizeof data};
    NTSTATUS status = session_connect(false, &connection);
    if (!NT_SUCCESS(status))
        return status;
    ob_share_lock();
    status = gw_attach(connection, &in, &out);
    if (NT_SUCCESS(status)) {
        struct ob_reception reception = {out.type, out.kind, out.limit, out.data, out.data_size, out.memory};
        status = ob_share_adopt(&reception, handle, out.id, ret_object);
    }
    ob_share_unlock();
    return status;
}

/* ---------------------------------------------------------------- names */

static struct ob_shared *name_buckets[BUCKETS]; /* guarded by the lock */

static struct ob_shared **name_bucket(uint32_t directory, const WCHAR *name, size_t length)
{
    uint32_t hash = directory;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ name[i]) * 16777619u;
    return &name_buckets[(hash ^ hash >> 15) % BUCKETS];
}

bool ob_share_find_name(uint32_t directory, const WCHAR *name, size_t length, void **ret_object)
{
    bool found = false;
    pthread_mutex_lock(&lock);
    for (struct ob_shared *each = *name_bucket(directory, name, length); each && !found;
         each = each->name_next)
        if (each->directory == directory && each->name_length == length && !each->lost &&
            each->generation == session_generation() &&
            memcmp(each->name, name, length * sizeof *name) == 0 && ob_reference_living(each->object)) {
            *ret_object = each->object;
            found = true;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

void ob_share_remember_name(void *object, uint32_t directory, const WCHAR *name, size_t length)
{
    struct ob_shared *shared = ((struct ob_object *)object)->shared;
    WCHAR *copy = shared->name ? NULL : malloc(length * sizeof *name);
    if (!copy)
        return;
    memcpy(copy, name, length * sizeof *name);
    pthread_mutex_lock(&lock);
    struct ob_shared **place = name_bucket(directory, name, length);
    shared->directory = directory;
    shared->name = copy;
    shared->name_length = (uint32_t)length;
    shared->name_next = *place;
    *place = shared;
    pthread_mutex_unlock(&lock);
}

static void forget_name(struct ob_shared *shared)
{
    struct ob_shared **place = name_bucket(shared->directory, shared->name, shared->name_length);
    while (*place != shared)
        place = &(*place)->name_next;
    *place = shared->name_next;
    free(shared->name);
}

/* ---------------------------------------------------------------- descriptors */

NTSTATUS ob_share_read_security(void *object, struct ob_security **ret_security)
{
    enum { SECURITY_LIMIT = 0x10000 };
    struct gw_connection *connection;
    struct gw_read_security_in in;
    struct gw_read_security_out out = {.security = malloc(SECURITY_LIMIT), .security_size = SECURITY_LIMIT};
    NTSTATUS status = out.security ? ob_share_handle(object, &connection, &in.handle) : STATUS_NO_MEMORY;
    *ret_security = NULL;
    if (NT_SUCCESS(status))
        status = gw_read_security(connection, &in, &out);
    if (NT_SUCCESS(status) && out.security_size) {
        struct ob_security *security = malloc(sizeof *security + out.security_size);
        if (security) {
            security->size = out.security_size;
            memcpy(security->descriptor, out.security, out.security_size);
        }
        *ret_security = security;
        status = security ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    free(out.security);
    return status;
}

NTSTATUS ob_share_write_security(void *object, const struct ob_security *security)
{
    struct gw_connection *connection;
    struct gw_write_security_in in = {.security = security->descriptor, .security_size = security->size};
    NTSTATUS status = ob_share_handle(object, &connection, &in.handle);
    return NT_SUCCESS(status) ? gw_write_security(connection, &in) : status;
}

/* ---------------------------------------------------------------- going */

void ob_share_release(struct ob_object *object)
{
    struct ob_shared *shared = object->shared;
    pthread_mutex_lock(&lock);
    take_out(shared);
    if (shared->name)
        forget_name(shared);
    pthread_mutex_unlock(&lock);
    if (!shared->lost)
        give_back(shared->handle, shared->generation);
    discard(shared);
}

void ob_share_lost(uint32_t generation)
{
    pthread_mutex_lock(&lock);
    if (lost_generation < generation)
        lost_generation = generation;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct ob_shared *shared = buckets[i]; shared; shared = shared->hash_next) {
            if (shared->generation != generation || shared->lost)
                continue;
            ke_lock();
            shared->lost = true;
            if (shared->state)
                ke_shared_disturb((struct ke_dispatcher_object *)shared->object);
            ke_unlock();
        }
    }
    pthread_mutex_unlock(&lock);
}
