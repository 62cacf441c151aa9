/*
 * The layout of hive files: a base block, then bins of 4096 bytes or a multiple, in them cells. A cell is
 * referred to by its offset from the first bin; it begins with its size, negative if it is in use.
 */
#ifndef CM_REGF_FORMAT_H
#define CM_REGF_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { REGF_BASE = 4096, REGF_BIN_HEAD = 32, REGF_PIECE = 16344, REGF_NONE = -1 };

struct regf_base {
    char signature[4]; /* "regf" */
    uint32_t sequence[2];
    uint32_t time[2];
    uint32_t major, minor, type, format;
    uint32_t root, bins_size, cluster;
    uint16_t file_name[32];
    uint8_t reserved[396];
    uint32_t checksum; /* exclusive or of the words before it */
};
static_assert(offsetof(struct regf_base, checksum) == 508, "hive file");

struct regf_bin {
    char signature[4]; /* "hbin" */
    uint32_t offset, size, reserved[2], time[2], spare;
};
static_assert(sizeof(struct regf_bin) == REGF_BIN_HEAD, "hive file");

struct regf_key {
    char signature[2]; /* "nk" */
    uint16_t flags;
    uint32_t time[2], access;
    uint32_t parent, subkeys, volatile_subkeys, list, volatile_list;
    uint32_t values, value_list, security, class;
    uint32_t longest_name, longest_class, longest_value_name, longest_value;
    uint32_t work;
    uint16_t name_length, class_length;
};
static_assert(sizeof(struct regf_key) == 76, "hive file");

struct regf_value {
    char signature[2]; /* "vk" */
    uint16_t name_length;
    uint32_t size; /* top bit: the data itself is in `data` */
    uint32_t data, type;
    uint16_t flags, spare;
};
static_assert(sizeof(struct regf_value) == 20, "hive file");

struct regf_security {
    char signature[2]; /* "sk" */
    uint16_t reserved;
    uint32_t next, previous, references, size;
};
static_assert(sizeof(struct regf_security) == 20, "hive file");

struct regf_list { /* "lf", "lh": pairs of offset and hint; "li", "ri": offsets */
    char signature[2];
    uint16_t count;
    uint32_t entries[];
};

struct regf_big { /* "db" */
    char signature[2];
    uint16_t count;
    uint32_t list;
};

enum {
    REGF_KEY_VOLATILE = 1,
    REGF_KEY_ROOT = 4,
    REGF_KEY_NO_DELETE = 8,
    REGF_KEY_LINK = 16,
    REGF_KEY_NARROW = 32
};
enum { REGF_VALUE_NARROW = 1 };
#define REGF_INLINE 0x80000000u

/* For keys without a security descriptor: SYSTEM and the administrators may do everything, the users read. */
extern const uint8_t regf_default_security[];
enum { REGF_DEFAULT_SECURITY = 124 };

#endif
