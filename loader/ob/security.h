/*
 * Security descriptors in host memory: a self-relative copy, and taken apart into owner, group, system
 * list and discretionary list.
 */
#ifndef OB_SECURITY_H
#define OB_SECURITY_H

#include <nt/base.h>

enum { /* SECURITY_INFORMATION */
       SECURITY_OWNER = 1,
       SECURITY_GROUP = 2,
       SECURITY_DACL = 4,
       SECURITY_SACL = 8,
       SECURITY_LABEL = 0x10,
};

enum { /* the control word */
       SE_DACL_PRESENT = 0x0004,
       SE_DACL_DEFAULTED = 0x0008,
       SE_SACL_PRESENT = 0x0010,
       SE_SACL_DEFAULTED = 0x0020,
       SE_DACL_AUTO_INHERIT_REQ = 0x0100,
       SE_SACL_AUTO_INHERIT_REQ = 0x0200,
       SE_DACL_AUTO_INHERITED = 0x0400,
       SE_SACL_AUTO_INHERITED = 0x0800,
       SE_DACL_PROTECTED = 0x1000,
       SE_SACL_PROTECTED = 0x2000,
       SE_SELF_RELATIVE = 0x8000,
};

enum {
    ACE_ALLOWED = 0,
    ACE_DENIED = 1,
    ACE_ALLOWED_OBJECT = 5,
    ACE_DENIED_OBJECT = 6,
    ACE_MANDATORY_LABEL = 0x11,
    ACE_INHERIT_ONLY = 8,
};

struct ob_acl {
    uint8_t revision, sbz1;
    uint16_t size, count, sbz2;
};

struct ob_ace {
    uint8_t type, flags;
    uint16_t size;
    uint32_t mask;
    uint8_t sid[]; /* of the plain kinds */
};

struct ob_security {
    uint32_t size;
    uint8_t descriptor[]; /* self-relative */
};

struct ob_security_part {
    uint8_t *data; /* malloc'ed */
    uint32_t size;
};

struct ob_security_parts {
    uint16_t control;
    union {
        struct ob_security_part part[4];
        struct {
            struct ob_security_part owner, group, sacl, dacl;
        };
    };
};

static inline uint32_t ob_sid_size(const uint8_t *sid)
{
    return 8 + 4u * sid[1];
}
bool ob_sid_equal(const uint8_t *a, const uint8_t *b);

/* Takes a descriptor of either form in guest (or host) memory apart, checking it. */
NTSTATUS ob_security_read(const void *guest, struct ob_security_parts *ret_parts);
void ob_security_free_parts(struct ob_security_parts *parts);
struct ob_security *ob_security_build(const struct ob_security_parts *parts); /* NULL: no memory */

/* Captures a guest security descriptor as a self-relative copy (malloc'ed). */
NTSTATUS ob_security_capture(const void *guest, struct ob_security **ret_security);

/* A list in the making: starts as {NULL}; the list is in ->data. false: no memory. */
bool ob_acl_add(struct ob_security_part *acl, uint8_t type, uint32_t mask, const uint8_t *sid);

/* The next entry that lies whole in the list, or NULL; start with NULL. */
const struct ob_ace *ob_acl_next(const struct ob_security_part *acl, const struct ob_ace *ace);

/* The SID of an entry of any kind, checked to lie in it; NULL: a kind without one. */
const uint8_t *ob_ace_sid(const struct ob_ace *ace);

#endif
