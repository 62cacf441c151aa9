/*
 * Reading hive files, see regf.h. They come from anywhere: nothing in them is believed before it is checked.
 */
#include "cm/regf.h"
#include "cm/regf_format.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 512, MAX_LISTS = 4 };

struct reader {
    struct cm_transaction *transaction;
    const uint8_t *bins;
    size_t size;
    unsigned depth;
    uint32_t cells; /* how many more may be read: a damaged file can go in circles */
};

/* The cell's content if it lies in the file and has at least `least` bytes. */
static const void *cell(struct reader *reader, uint32_t offset, size_t least, size_t *ret_size)
{
    int32_t size;
    if (offset & 7 || offset > reader->size || reader->size - offset < 8 || !reader->cells)
        return NULL;
    reader->cells--;
    memcpy(&size, reader->bins + offset, sizeof size);
    if (size >= 0 || size == INT32_MIN || (size_t)-size > reader->size - offset || (size_t)-size < 4 + least)
        return NULL;
    if (ret_size)
        *ret_size = (size_t)-size - 4;
    return reader->bins + offset + 4;
}

/* A name of either kind in UTF-16, malloc'ed. */
static WCHAR *name_of(const uint8_t *bytes, size_t length, bool narrow, size_t *ret_length)
{
    size_t units = narrow ? length : length / 2;
    WCHAR *name = malloc((units + 1) * sizeof *name);
    if (!name)
        return NULL;
    for (size_t i = 0; narrow && i < units; i++)
        name[i] = bytes[i];
    if (!narrow)
        memcpy(name, bytes, units * 2);
    *ret_length = units;
    return name;
}

/* The data of a value in pieces, put together; malloc'ed. */
static uint8_t *big_data(struct reader *reader, uint32_t offset, uint32_t size)
{
    const struct regf_big *big = cell(reader, offset, sizeof *big, NULL);
    if (!big || memcmp(big->signature, "db", 2) != 0 || !big->count || size > (size_t)big->count * REGF_PIECE)
        return NULL;
    const uint32_t *list = cell(reader, big->list, big->count * 4u, NULL);
    uint8_t *data = list ? malloc(size) : NULL;
    uint32_t at = 0;
    for (uint16_t i = 0; data && i < big->count && at < size; i++) {
        uint32_t length = size - at < REGF_PIECE ? size - at : REGF_PIECE, piece_at;
        memcpy(&piece_at, &list[i], sizeof piece_at);
        const uint8_t *piece = cell(reader, piece_at, length, NULL);
        if (!piece) {
            free(data);
            return NULL;
        }
        memcpy(data + at, piece, length);
        at += length;
    }
    return data;
}

static NTSTATUS read_value(struct reader *reader, uint64_t id, uint32_t offset)
{
    size_t room, length;
    const struct regf_value *value = cell(reader, offset, sizeof *value, &room);
    if (!value || memcmp(value->signature, "vk", 2) != 0 || room - sizeof *value < value->name_length)
        return STATUS_REGISTRY_CORRUPT;
    uint32_t size = value->size & ~REGF_INLINE;
    const uint8_t *data = (const uint8_t *)&value->data;
    uint8_t *copy = NULL;
    if (value->size & REGF_INLINE ? size > 4 : size > 0x7ffffff)
        return STATUS_REGISTRY_CORRUPT;
    if (!(value->size & REGF_INLINE) && size) {
        size_t there;
        data = cell(reader, value->data, 8, &there);
        if (!data)
            return STATUS_REGISTRY_CORRUPT;
        if (there < size && !(data = copy = big_data(reader, value->data, size)))
            return STATUS_REGISTRY_CORRUPT;
    }
    WCHAR *name = name_of((const uint8_t *)(value + 1), value->name_length, value->flags & REGF_VALUE_NARROW,
                          &length);
    NTSTATUS status = name ? cm_set_value(reader->transaction, id, name, length, value->type, 0, data, size)
                           : STATUS_NO_MEMORY;
    free(name);
    free(copy);
    return status;
}

static NTSTATUS read_contents(struct reader *reader, uint64_t id, const struct regf_key *key);

static NTSTATUS read_key(struct reader *reader, uint64_t parent, uint32_t offset)
{
    size_t room, length, class_length = 0;
    uint64_t id;
    const struct regf_key *key = cell(reader, offset, sizeof *key, &room);
    if (!key || memcmp(key->signature, "nk", 2) != 0 || room - sizeof *key < key->name_length)
        return STATUS_REGISTRY_CORRUPT;
    const uint8_t *class = key->class_length ? cell(reader, key->class, key->class_length, NULL) : NULL;
    WCHAR *name = name_of((const uint8_t *)(key + 1), key->name_length, key->flags & REGF_KEY_NARROW,
                          &length);
    WCHAR *class_name = class ? name_of(class, key->class_length, false, &class_length) : NULL;
    NTSTATUS status = name ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    if (NT_SUCCESS(status))
        status = cm_find_key(reader->transaction, parent, name, length, &id);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = cm_create_key(reader->transaction, parent, name, length, class_name, class_length,
                               key->flags & REGF_KEY_LINK ? CM_KEY_LINK : 0, &id);
    free(name);
    free(class_name);
    if (status == STATUS_INVALID_PARAMETER)
        status = STATUS_REGISTRY_CORRUPT;
    return NT_SUCCESS(status) ? read_contents(reader, id, key) : status;
}

static NTSTATUS read_list(struct reader *reader, uint64_t id, uint32_t offset, unsigned level)
{
    size_t room;
    const struct regf_list *list = cell(reader, offset, sizeof *list, &room);
    if (!list || level > MAX_LISTS)
        return STATUS_REGISTRY_CORRUPT;
    bool pairs = list->signature[0] == 'l' && (list->signature[1] == 'f' || list->signature[1] == 'h');
    bool lists = list->signature[0] == 'r' && list->signature[1] == 'i';
    if ((!pairs && !lists && memcmp(list->signature, "li", 2) != 0) ||
        room - sizeof *list < list->count * (pairs ? 8u : 4u))
        return STATUS_REGISTRY_CORRUPT;
    NTSTATUS status = STATUS_SUCCESS;
    for (uint16_t i = 0; i < list->count && NT_SUCCESS(status); i++) {
        uint32_t entry;
        memcpy(&entry, &list->entries[pairs ? 2 * i : i], sizeof entry);
        status = lists ? read_list(reader, id, entry, level + 1) : read_key(reader, id, entry);
    }
    return status;
}

static NTSTATUS read_contents(struct reader *reader, uint64_t id, const struct regf_key *key)
{
    NTSTATUS status = STATUS_SUCCESS;
    int64_t time;
    if (++reader->depth > MAX_DEPTH)
        return STATUS_REGISTRY_CORRUPT;
    const struct regf_security *security = cell(reader, key->security, sizeof *security, NULL);
    if (security && memcmp(security->signature, "sk", 2) == 0 && security->size <= 0xffff &&
        (security = cell(reader, key->security, sizeof *security + security->size, NULL)) &&
        (security->size != REGF_DEFAULT_SECURITY ||
         memcmp(security + 1, regf_default_security, REGF_DEFAULT_SECURITY) != 0))
        status = cm_set_security(reader->transaction, id, security + 1, security->size);
    if (NT_SUCCESS(status) && key->values) {
        const uint32_t *list = key->values > reader->size / 4
                                   ? NULL
                                   : cell(reader, key->value_list, key->values * 4ull, NULL);
        if (!list)
            status = STATUS_REGISTRY_CORRUPT;
        for (uint32_t i = 0; i < key->values && NT_SUCCESS(status); i++)
            status = read_value(reader, id, list[i]);
    }
    if (NT_SUCCESS(status) && key->subkeys)
        status = read_list(reader, id, key->list, 0);
    if (NT_SUCCESS(status)) {
        memcpy(&time, key->time, sizeof time);
        status = cm_set_last_write(reader->transaction, id, time);
    }
    reader->depth--;
    return status;
}

NTSTATUS cm_regf_read(struct cm_transaction *transaction, uint64_t id, const void *data, size_t size)
{
    const struct regf_base *base = data;
    uint32_t sum = 0, word;
    if (size < REGF_BASE + REGF_BIN_HEAD || memcmp(base->signature, "regf", 4) != 0)
        return STATUS_REGISTRY_CORRUPT;
    for (size_t i = 0; i < offsetof(struct regf_base, checksum); i += 4) {
        memcpy(&word, (const uint8_t *)data + i, 4);
        sum ^= word;
    }
    if (base->checksum != (sum == 0xffffffff ? 0xfffffffe
                           : sum             ? sum
                                             : 1) ||
        base->major != 1 || base->minor < 3 || base->minor > 6)
        return STATUS_REGISTRY_CORRUPT;
    struct reader reader = {.transaction = transaction,
                            .bins = (const uint8_t *)data + REGF_BASE,
                            .size = size - REGF_BASE < base->bins_size ? size - REGF_BASE : base->bins_size};
    reader.cells = (uint32_t)(reader.size /
                              4); /* each is referred to by less than two others, but securities */
    const struct regf_key *root = cell(&reader, base->root, sizeof *root, NULL);
    if (!root || memcmp(root->signature, "nk", 2) != 0)
        return STATUS_REGISTRY_CORRUPT;
    return read_contents(&reader, id, root);
}
