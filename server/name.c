/*
 * The namespace: directories, symbolic links, the way along a path. One hash table for all names of the
 * session, and a list of entries a directory for those who want to see them.
 */
#include "server.h"
#include <stdlib.h>
#include <string.h>

enum { LINK_LIMIT = 32, PATH_LIMIT = 0x10000, BUCKETS = 4096 };

static const struct gw_builtin builtins[] = GW_BUILTIN_TABLE;
enum { BUILTIN_COUNT = sizeof builtins / sizeof *builtins };

static struct server_object *builtin_objects[BUILTIN_COUNT];
static struct server_object *buckets[BUCKETS];

struct server_object *server_builtin(uint32_t handle)
{
    uint32_t index = handle & ~GW_BUILTIN;
    return index < BUILTIN_COUNT ? builtin_objects[index] : NULL;
}

/* Names that differ in case only have the same hash. */
static uint32_t hash_name(const struct server_object *directory, const uint16_t *text, uint32_t size)
{
    uint32_t hash = 2166136261u ^ (uint32_t)directory->id;
    for (uint32_t i = 0; i < size / 2; i++)
        hash = (hash ^ gw_fold(text[i])) * 16777619u;
    return hash ^ hash >> 15;
}

static bool equal(const uint16_t *a, const uint16_t *b, uint32_t size, bool insensitive)
{
    if (!insensitive)
        return memcmp(a, b, size) == 0;
    for (uint32_t i = 0; i < size / 2; i++)
        if (gw_fold(a[i]) != gw_fold(b[i]))
            return false;
    return true;
}

static struct server_object *find(struct server_object *directory, const uint16_t *text, uint32_t size,
                                  bool insensitive)
{
    uint32_t hash = hash_name(directory, text, size);
    for (struct server_object *o = buckets[hash % BUCKETS]; o; o = o->name.hash_next)
        if (o->name.hash == hash && o->name.directory == directory && o->name.size == size &&
            equal(o->name.text, text, size, insensitive))
            return o;
    return NULL;
}

NTSTATUS server_name_enter(struct server_object *directory, const uint16_t *text, uint32_t size,
                           struct server_object *object, bool permanent)
{
    struct server_name *name = &object->name;
    name->text = malloc(size);
    if (!name->text)
        return STATUS_NO_MEMORY;
    memcpy(name->text, text, size);
    name->size = size;
    name->permanent = permanent;
    name->hash = hash_name(directory, text, size);
    name->directory = directory;
    directory->references++;
    name->hash_next = buckets[name->hash % BUCKETS];
    buckets[name->hash % BUCKETS] = object;
    name->next = NULL;
    name->place = directory->entries_end;
    *directory->entries_end = object;
    directory->entries_end = &name->next;
    object->references++;
    return STATUS_SUCCESS;
}

/* Directories that cannot be reached any more, whose entries are still to be looked at: not by recursion, a
 * client may nest them as deep as it likes. */
static struct server_object *unreachable;

void server_directory_left(struct server_object *directory)
{
    static bool at_it;
    if (directory->type != GW_TYPE_DIRECTORY || !directory->entries || directory->builtin)
        return;
    directory->references++;
    directory->next_unreachable = unreachable;
    unreachable = directory;
    if (at_it)
        return;
    at_it = true;
    while ((directory = unreachable)) {
        unreachable = directory->next_unreachable;
        for (struct server_object *entry = directory->entries, *next; entry; entry = next) {
            next = entry->name.next;
            entry->name.permanent = false;
            if (!entry->holders)
                server_name_leave(entry);
        }
        server_object_release(directory);
    }
    at_it = false;
}

void server_name_leave(struct server_object *object)
{
    struct server_name *name = &object->name;
    struct server_object *directory = name->directory, **place = &buckets[name->hash % BUCKETS];
    while (*place != object)
        place = &(*place)->name.hash_next;
    *place = name->hash_next;
    *name->place = name->next;
    if (name->next)
        name->next->name.place = name->place;
    else
        directory->entries_end = name->place;
    free(name->text);
    memset(name, 0, sizeof *name);
    server_directory_left(object);
    server_object_release(directory);
    server_object_release(object);
}

/* A path on its way; text is copied once a link changes it. */
struct path {
    struct server_object *directory; /* where it starts; NULL: the root */
    const uint16_t *text;
    uint32_t size;
};

/* Replaces the path up to `consumed` (bytes) by a link's target. Two buffers: the path is in one of them. */
static NTSTATUS follow(struct path *path, const struct server_object *link, uint32_t consumed)
{
    static uint16_t buffers[2][PATH_LIMIT];
    static int turn;
    uint32_t rest = path->size - consumed;
    if (link->data_size + rest > sizeof buffers[0])
        return STATUS_NAME_TOO_LONG;
    uint16_t *text = buffers[turn ^= 1];
    if (link->data_size) /* a link to nothing has none */
        memcpy(text, link->data, link->data_size);
    memcpy(text + link->data_size / 2, path->text + consumed / 2, rest);
    path->text = text;
    path->size = link->data_size + rest;
    path->directory = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS server_resolve(struct server_object *directory, const uint16_t *text, uint32_t size,
                        bool insensitive, bool open_link, struct server_object **ret_object,
                        struct server_object **ret_directory, const uint16_t **ret_text, uint32_t *ret_size)
{
    struct path path = {directory, text, size};
    for (int links = 0; links < LINK_LIMIT; links++) {
        struct server_object *at = path.directory ? path.directory : server.root;
        uint32_t start = 0;
        if (!path.directory) {
            if (!path.size || path.text[0] != '\\')
                return STATUS_OBJECT_PATH_SYNTAX_BAD;
            if (path.size == 2) {
                *ret_object = server.root;
                *ret_directory = NULL;
                return STATUS_SUCCESS;
            }
            start = 2;
        } else if (path.size && path.text[0] == '\\') {
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        }
        for (;;) {
            uint32_t end = start;
            while (end < path.size && path.text[end / 2] != '\\')
                end += 2;
            if (end == start)
                return STATUS_OBJECT_NAME_INVALID;
            bool last = end == path.size;
            struct server_object *object = find(at, path.text + start / 2, end - start, insensitive);
            if (object && object->type == GW_TYPE_SYMBOLIC_LINK && !(last && open_link)) {
                NTSTATUS status = follow(&path, object, end);
                if (!NT_SUCCESS(status))
                    return status;
                break;
            }
            if (last) {
                *ret_object = object;
                *ret_directory = at;
                *ret_text = path.text + start / 2;
                *ret_size = end - start;
                return STATUS_SUCCESS;
            }
            if (!object || object->type != GW_TYPE_DIRECTORY)
                return STATUS_OBJECT_PATH_NOT_FOUND;
            at = object;
            start = end + 2;
        }
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

uint32_t server_full_name(struct server_object *object, void *buffer, uint32_t room)
{
    uint64_t size = 0;
    if (object == server.root) {
        if (room >= 2)
            *(uint16_t *)buffer = '\\';
        return 2;
    }
    for (struct server_object *o = object; o->name.directory; o = o->name.directory)
        size += o->name.size + 2;
    if (size > room)
        return UINT32_MAX;
    uint8_t *end = (uint8_t *)buffer + size;
    for (struct server_object *o = object; o->name.directory; o = o->name.directory) {
        end -= o->name.size;
        memcpy(end, o->name.text, o->name.size);
        end -= 2;
        *(uint16_t *)end = '\\';
    }
    return (uint32_t)size;
}

bool server_names_initialize(void)
{
    for (int i = 0; i < BUILTIN_COUNT; i++) {
        const struct gw_builtin *builtin = &builtins[i];
        struct server_object *object = server_object_create(builtin->target ? GW_TYPE_SYMBOLIC_LINK
                                                                            : GW_TYPE_DIRECTORY);
        uint16_t text[64], target[64];
        uint32_t size = 0, target_size = 0;
        if (!object)
            return false;
        for (; builtin->name[size]; size++)
            text[size] = (unsigned char)builtin->name[size];
        for (; builtin->target && builtin->target[target_size]; target_size++)
            target[target_size] = (unsigned char)builtin->target[target_size];
        object->builtin = true;
        builtin_objects[i] = object; /* keeps the first reference for good */
        if (target_size && !NT_SUCCESS(server_object_set_data(object, target, target_size * 2)))
            return false;
        if (builtin->parent < 0)
            server.root = object;
        else if (!NT_SUCCESS(
                     server_name_enter(builtin_objects[builtin->parent], text, size * 2, object, true)))
            return false;
    }
    return true;
}
