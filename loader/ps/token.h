/*
 * Access tokens. There is one user; the process token is made when it is first asked for. Nothing is
 * enforced by tokens: the Unix user's rights count.
 */
#ifndef PS_TOKEN_H
#define PS_TOKEN_H

#include "ob/ob.h"
#include "ps/ps.h"

/* The user's and the primary group's SID, 8 + 4 * [1] bytes. */
const uint8_t *ps_user_sid(void);
const uint8_t *ps_group_sid(void);

/* The user's groups; NULL behind the last. */
const uint8_t *ps_group_of_user(unsigned index);

/* No reference. May be called under the dispatcher lock. */
struct ps_token *ps_process_token(void);

/* The calling thread gets a token of its own like the process's, for impersonation at that level. */
NTSTATUS ps_impersonate_self(uint32_t level);

/* ---- what the token's own files share ---- */

enum {
    TOKEN_ASSIGN_PRIMARY = 1,
    TOKEN_DUPLICATE = 2,
    TOKEN_IMPERSONATE = 4,
    TOKEN_QUERY = 8,
    TOKEN_QUERY_SOURCE = 0x10,
    TOKEN_ADJUST_PRIVILEGES = 0x20,
    TOKEN_ADJUST_GROUPS = 0x40,
    TOKEN_ADJUST_DEFAULT = 0x80,
};

enum { PS_PRIVILEGES = 7, PS_GROUPS = 7, PS_SID_SIZE = 28 };
enum { PRIVILEGE_ENABLED_BY_DEFAULT = 1, PRIVILEGE_ENABLED = 2, PRIVILEGE_REMOVED = 4 };
enum {
    GROUP_MANDATORY = 1,
    GROUP_ENABLED_BY_DEFAULT = 2,
    GROUP_ENABLED = 4,
    GROUP_DENY_ONLY = 0x10,
    GROUP_INTEGRITY = 0x60,
};
enum { PS_LOGON_GROUP = PS_GROUPS - 1, PS_NONE_GROUP = 0 };

struct ps_sids {
    uint32_t count;
    struct ps_sid {
        uint8_t sid[68];
        uint32_t attributes;
    } entry[];
};

/* Everything that changes is guarded by the dispatcher lock. */
struct ps_token {
    struct ob_object object;
    uint32_t type;  /* 1 primary, 2 impersonation */
    uint32_t level; /* SECURITY_IMPERSONATION_LEVEL */
    uint32_t session;
    uint32_t integrity; /* the label's RID */
    uint64_t id, modified_id;
    bool user_deny_only, sandbox_inert;
    uint32_t owner, primary_group; /* 0: the user, else a group's index plus one */
    struct ps_privilege {
        uint32_t luid, attributes;
    } privileges[PS_PRIVILEGES];
    uint32_t group_attributes[PS_GROUPS];
    struct ps_sids *restricted; /* or NULL; never changes */
    uint8_t *default_dacl;      /* or NULL: the user and SYSTEM */
};
extern const struct ob_type ps_token_type;

uint64_t ps_token_next_id(void); /* under the dispatcher lock */

/* Whether an (enabled) privilege is held; under the dispatcher lock. */
bool ps_token_has_privilege(const struct ps_token *token, uint32_t luid);

/* Whether the SID counts in the token for an entry that allows (or denies). */
bool ps_token_matches(const struct ps_token *token, const uint8_t *sid, bool denies);

/* Whether it is among the restricted SIDs. */
bool ps_token_restricted_matches(const struct ps_token *token, const uint8_t *sid);

/* Reads a guest TOKEN_GROUPS; at most 512 entries. NULL gives an empty list. free() it. */
NTSTATUS ps_read_groups(const void *guest, struct ps_sids **ret_sids);

#endif
