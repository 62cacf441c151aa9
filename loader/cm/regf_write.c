/*
 * Writing hive files, see regf.h.
 */
#include "cm/regf.h"
#include "cm/regf_format.h"
#include <stdlib.h>
#include <string.h>

#define SYSTEM            1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0
#define BUILTIN(rid)      1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, (rid)&0xff, (rid) >> 8, 0, 0
#define ACE(size, access) 0, 2, size, 0, (access)&0xff, (access) >> 8 & 0xff, (access) >> 16, 0

const uint8_t regf_default_security[REGF_DEFAULT_SECURITY] = {
    1,
    0,
    4,
    0x80,
    20,
    0,
    0,
    0,
    36,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    48,
    0,
    0,
    0, /* owner, group, -, list */
    BUILTIN(544),
    SYSTEM, /* */
    2,
    0,
    76,
    0,
    3,
    0,
    0,
    0, /* the list */
    ACE(20, 0xf003f),
    SYSTEM,
    ACE(24, 0xf003f),
    BUILTIN(544),
    ACE(24, 0x20019),
    BUILTIN(545),
};

enum { MAX_LIST = 500, MAX_DEPTH = 512 };

struct writer {
    struct cm_transaction *transaction;
    uint8_t *data; /* the bins */
    size_t size, room;
    size_t bin, at; /* the last bin, and where in it the next cell comes */
    bool latest, failed;
    uint32_t default_security, last_security;
    unsigned depth;
};

static void *cell(struct writer *writer, uint32_t offset)
{
    return writer->data + offset + 4;
}

/* Ends the last bin: what is left of it is a free cell. */
static void close_bin(struct writer *writer)
{
    if (writer->at < writer->size) {
        int32_t left = (int32_t)(writer->size - writer->at);
        memcpy(writer->data + writer->at, &left, sizeof left);
    }
}

/* A cell of zeroes; 0 without memory (no cell is at 0, a bin's head is). Invalidates pointers to cells. */
static uint32_t allocate(struct writer *writer, size_t bytes)
{
    size_t size = (bytes + 4 + 7) & ~(size_t)7;
    if (writer->failed || bytes > 0x40000000 || writer->size > 0x70000000) {
        writer->failed = true;
        return 0;
    }
    if (!writer->data || writer->at + size > writer->size) {
        size_t bin = (size + REGF_BIN_HEAD + 4095) & ~(size_t)4095;
        if (!writer->data || writer->size + bin > writer->room) {
            size_t room = writer->room * 2 + bin + 65536;
            uint8_t *data = realloc(writer->data, room);
            if (!data) {
                writer->failed = true;
                return 0;
            }
            writer->data = data;
            writer->room = room;
        }
        close_bin(writer);
        memset(writer->data + writer->size, 0, bin);
        struct regf_bin head = {.signature = "hbin", .offset = (uint32_t)writer->size, .size = (uint32_t)bin};
        memcpy(writer->data + writer->size, &head, sizeof head);
        writer->bin = writer->size;
        writer->at = writer->size + REGF_BIN_HEAD;
        writer->size += bin;
    }
    uint32_t offset = (uint32_t)writer->at;
    int32_t used = -(int32_t)size;
    memcpy(writer->data + offset, &used, sizeof used);
    writer->at += size;
    return offset;
}

static bool is_narrow(const WCHAR *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] > 0xff)
            return false;
    return true;
}

static void put_name(uint8_t *to, const WCHAR *name, size_t length, bool narrow)
{
    if (!narrow)
        memcpy(to, name, length * sizeof *name);
    for (size_t i = 0; narrow && i < length; i++)
        to[i] = (uint8_t)name[i];
}

static uint32_t write_bytes(struct writer *writer, const void *bytes, size_t size)
{
    uint32_t offset = allocate(writer, size);
    if (offset)
        memcpy(cell(writer, offset), bytes, size);
    return offset;
}

/* ---------------------------------------------------------------- values */

static uint32_t write_data(struct writer *writer, const uint8_t *data, uint32_t size)
{
    if (!writer->latest || size <= REGF_PIECE)
        return write_bytes(writer, data, size);
    uint16_t count = (uint16_t)((size + REGF_PIECE - 1) / REGF_PIECE);
    uint32_t list = allocate(writer, count * 4u), big = allocate(writer, sizeof(struct regf_big));
    for (uint16_t i = 0; i < count && !writer->failed; i++) {
        uint32_t left = size - i * (uint32_t)REGF_PIECE;
        uint32_t piece = write_bytes(writer, data + i * (size_t)REGF_PIECE,
                                     left < REGF_PIECE ? left : REGF_PIECE);
        if (piece)
            ((uint32_t *)cell(writer, list))[i] = piece;
    }
    if (!writer->failed)
        *(struct regf_big *)cell(writer, big) = (struct regf_big){{'d', 'b'}, count, list};
    return big;
}

struct one_value {
    struct cm_value value;
    const WCHAR *name;
    const void *data;
};

struct all_values {
    struct one_value *values;
    size_t count, room;
    bool failed;
};

static bool collect_value(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct all_values *all = context;
    if (all->count == all->room) {
        size_t room = all->room * 2 + 16;
        struct one_value *values = realloc(all->values, room * sizeof *values);
        if (!values) {
            all->failed = true;
            return false;
        }
        all->values = values;
        all->room = room;
    }
    all->values[all->count++] = (struct one_value){*value, name, data};
    return true;
}

static int compare_values(const void *a, const void *b)
{
    uint32_t first = ((const struct one_value *)a)->value.order,
             second = ((const struct one_value *)b)->value.order;
    return first < second ? -1 : first > second;
}

static uint32_t write_value(struct writer *writer, const struct one_value *one)
{
    size_t length = one->value.name_length / 2;
    bool narrow = is_narrow(one->name, length);
    uint32_t size = one->value.data_length, data = 0, offset;
    if (size > 4)
        data = write_data(writer, one->data, size);
    else
        memcpy(&data, one->data, size);
    offset = allocate(writer, sizeof(struct regf_value) + (narrow ? length : length * 2));
    if (!offset)
        return 0;
    struct regf_value *value = cell(writer, offset);
    *value = (struct regf_value){.signature = {'v', 'k'},
                                 .name_length = (uint16_t)(narrow ? length : length * 2),
                                 .size = size > 4 ? size : size | REGF_INLINE,
                                 .data = data,
                                 .type = one->value.type,
                                 .flags = narrow && length ? REGF_VALUE_NARROW : 0};
    put_name((uint8_t *)(value + 1), one->name, length, narrow);
    return offset;
}

/* Fills in what the key's cell says of its values. */
static void write_values(struct writer *writer, uint64_t id, uint32_t key_offset)
{
    struct all_values all = {0};
    cm_each_value(writer->transaction, id, collect_value, &all);
    writer->failed |= all.failed;
    if (all.count && !writer->failed) {
        uint32_t longest_name = 0, longest = 0;
        qsort(all.values, all.count, sizeof *all.values, compare_values);
        uint32_t list = allocate(writer, all.count * 4);
        for (size_t i = 0; i < all.count && !writer->failed; i++) {
            uint32_t offset = write_value(writer, &all.values[i]);
            if (!writer->failed)
                ((uint32_t *)cell(writer, list))[i] = offset;
            if (all.values[i].value.name_length > longest_name)
                longest_name = all.values[i].value.name_length;
            if (all.values[i].value.data_length > longest)
                longest = all.values[i].value.data_length;
        }
        if (!writer->failed) {
            struct regf_key *key = cell(writer, key_offset);
            key->values = (uint32_t)all.count;
            key->value_list = list;
            key->longest_value_name = longest_name;
            key->longest_value = longest;
        }
    }
    free(all.values);
}

/* ---------------------------------------------------------------- keys */

/* A security cell, in the ring of all of them. */
static uint32_t write_security(struct writer *writer, const void *descriptor, size_t size)
{
    uint32_t offset = allocate(writer, sizeof(struct regf_security) + size);
    if (!offset)
        return 0;
    struct regf_security *fresh = cell(writer, offset);
    *fresh = (struct regf_security){.signature = {'s', 'k'}, .references = 1, .size = (uint32_t)size};
    memcpy(fresh + 1, descriptor, size);
    if (writer->last_security) {
        struct regf_security *last = cell(writer, writer->last_security);
        fresh->previous = writer->last_security;
        fresh->next = last->next;
        ((struct regf_security *)cell(writer, last->next))->previous = offset;
        last->next = offset;
    } else {
        fresh->next = fresh->previous = offset;
    }
    writer->last_security = offset;
    return offset;
}

static uint32_t security_of(struct writer *writer, uint64_t id)
{
    const void *descriptor;
    size_t size;
    if (NT_SUCCESS(cm_get_security(writer->transaction, id, &descriptor, &size)))
        return write_security(writer, descriptor, size);
    if (writer->default_security)
        ((struct regf_security *)cell(writer, writer->default_security))->references++;
    else
        writer->default_security = write_security(writer, regf_default_security, REGF_DEFAULT_SECURITY);
    return writer->default_security;
}

struct all_keys {
    uint64_t *ids;
    size_t count, room;
    bool failed;
};

static bool collect_key(void *context, uint64_t id)
{
    struct all_keys *all = context;
    if (all->count == all->room) {
        size_t room = all->room * 2 + 16;
        uint64_t *ids = realloc(all->ids, room * sizeof *ids);
        if (!ids) {
            all->failed = true;
            return false;
        }
        all->ids = ids;
        all->room = room;
    }
    all->ids[all->count++] = id;
    return true;
}

/* What a list says beside the offset: a hash of the name ("lh"), or its beginning ("lf"). */
static uint32_t hint(const WCHAR *name, size_t length, bool hash)
{
    uint32_t result = 0;
    for (size_t i = 0; hash && i < length; i++)
        result = result * 37 + cm_fold(name[i]);
    for (size_t i = 0; !hash && i < length && i < 4; i++)
        result |= (uint32_t)(name[i] < 0x100 ? name[i] : 0) << 8 * i;
    return result;
}

static uint32_t write_key(struct writer *writer, uint64_t id, uint32_t parent);

/* One leaf of the list of subkeys. */
static uint32_t write_leaf(struct writer *writer, const uint64_t *ids, size_t count, uint32_t key_offset)
{
    uint32_t offset = allocate(writer, sizeof(struct regf_list) + count * 8);
    if (!offset)
        return 0;
    *(struct regf_list *)cell(writer, offset) = (struct regf_list){{'l', writer->latest ? 'h' : 'f'},
                                                                   (uint16_t)count};
    for (size_t i = 0; i < count && !writer->failed; i++) {
        struct cm_info info;
        const WCHAR *name;
        uint32_t child = write_key(writer, ids[i], key_offset);
        if (!child || !NT_SUCCESS(cm_get_info(writer->transaction, ids[i], &info, &name, NULL)))
            break;
        struct regf_list *list = cell(writer, offset);
        list->entries[2 * i] = child;
        list->entries[2 * i + 1] = hint(name, info.name_length / 2, writer->latest);
        struct regf_key *key = cell(writer, key_offset);
        if (info.name_length > key->longest_name)
            key->longest_name = info.name_length;
        if (info.class_length > key->longest_class)
            key->longest_class = info.class_length;
    }
    return offset;
}

static void write_subkeys(struct writer *writer, uint64_t id, uint32_t key_offset)
{
    struct all_keys all = {0};
    cm_each_subkey(writer->transaction, id, collect_key, &all);
    writer->failed |= all.failed;
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) { /* volatile ones are not saved */
        struct cm_info info;
        if (NT_SUCCESS(cm_get_info(writer->transaction, all.ids[i], &info, NULL, NULL)) &&
            !(info.flags & (CM_KEY_VOLATILE | CM_KEY_HIVE)))
            all.ids[kept++] = all.ids[i];
    }
    if (kept && !writer->failed) {
        uint32_t list, leaves = (uint32_t)((kept + MAX_LIST - 1) / MAX_LIST);
        if (leaves == 1) {
            list = write_leaf(writer, all.ids, kept, key_offset);
        } else if ((list = allocate(writer, sizeof(struct regf_list) + leaves * 4))) {
            *(struct regf_list *)cell(writer, list) = (struct regf_list){{'r', 'i'}, (uint16_t)leaves};
            for (uint32_t i = 0; i < leaves && !writer->failed; i++) {
                size_t left = kept - i * (size_t)MAX_LIST;
                uint32_t leaf = write_leaf(writer, all.ids + i * (size_t)MAX_LIST,
                                           left < MAX_LIST ? left : MAX_LIST, key_offset);
                if (leaf)
                    ((struct regf_list *)cell(writer, list))->entries[i] = leaf;
            }
        }
        if (!writer->failed) {
            struct regf_key *key = cell(writer, key_offset);
            key->subkeys = (uint32_t)kept;
            key->list = list;
        }
    }
    free(all.ids);
}

static uint32_t write_key(struct writer *writer, uint64_t id, uint32_t parent)
{
    struct cm_info info;
    const WCHAR *name, *class;
    if (++writer->depth > MAX_DEPTH ||
        !NT_SUCCESS(cm_get_info(writer->transaction, id, &info, &name, &class))) {
        writer->failed = true;
        return 0;
    }
    size_t length = info.name_length / 2;
    bool narrow = is_narrow(name, length), root = parent == (uint32_t)REGF_NONE;
    uint32_t offset = allocate(writer, sizeof(struct regf_key) + (narrow ? length : length * 2));
    uint32_t class_offset = info.class_length ? write_bytes(writer, class, info.class_length) : 0;
    uint32_t security = security_of(writer, id);
    if (!writer->failed) {
        struct regf_key *key = cell(writer, offset);
        *key = (struct regf_key){.signature = {'n', 'k'},
                                 .flags = (uint16_t)((narrow ? REGF_KEY_NARROW : 0) |
                                                     (root ? REGF_KEY_ROOT | REGF_KEY_NO_DELETE : 0) |
                                                     (info.flags & CM_KEY_LINK ? REGF_KEY_LINK : 0)),
                                 .parent = root ? 0 : parent,
                                 .list = (uint32_t)REGF_NONE,
                                 .volatile_list = (uint32_t)REGF_NONE,
                                 .value_list = (uint32_t)REGF_NONE,
                                 .security = security,
                                 .class = class_offset ? class_offset : (uint32_t)REGF_NONE,
                                 .name_length = (uint16_t)(narrow ? length : length * 2),
                                 .class_length = info.class_length};
        memcpy(key->time, &info.last_write, sizeof key->time);
        put_name((uint8_t *)(key + 1), name, length, narrow);
        write_values(writer, id, offset);
        write_subkeys(writer, id, offset);
    }
    writer->depth--;
    return offset;
}

NTSTATUS cm_regf_write(struct cm_transaction *transaction, uint64_t id, bool latest, void **ret_data,
                       size_t *ret_size)
{
    struct writer writer = {.transaction = transaction, .latest = latest};
    struct cm_info info;
    NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    uint32_t root = write_key(&writer, id, (uint32_t)REGF_NONE), *words;
    uint8_t *file = writer.failed ? NULL : calloc(1, REGF_BASE + writer.size);
    if (!file) {
        free(writer.data);
        return STATUS_NO_MEMORY;
    }
    close_bin(&writer);
    memcpy(file + REGF_BASE, writer.data, writer.size);
    free(writer.data);
    struct regf_base *base = (struct regf_base *)file;
    *base = (struct regf_base){.signature = "regf",
                               .sequence = {1, 1},
                               .major = 1,
                               .minor = latest ? 5 : 3,
                               .format = 1,
                               .root = root,
                               .bins_size = (uint32_t)writer.size,
                               .cluster = 1};
    memcpy(base->time, &info.last_write, sizeof base->time);
    words = (uint32_t *)file;
    uint32_t sum = 0;
    for (size_t i = 0; i < offsetof(struct regf_base, checksum) / 4; i++)
        sum ^= words[i];
    base->checksum = sum == 0xffffffff ? 0xfffffffe : sum ? sum : 1;
    *ret_data = file;
    *ret_size = REGF_BASE + writer.size;
    return STATUS_SUCCESS;
}
