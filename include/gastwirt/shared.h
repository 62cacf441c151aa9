/*
 * Objects between processes: their types, and the page through which processes synchronise without the
 * server. Each object has a page (a sealed memory file) of its own: who may open the object may write it,
 * and can hurt nothing else. Fields change atomically only.
 */
#ifndef GASTWIRT_SHARED_H
#define GASTWIRT_SHARED_H

#include <stdint.h>

enum gw_type {
    GW_TYPE_ANY,
    GW_TYPE_DIRECTORY,
    GW_TYPE_SYMBOLIC_LINK,
    GW_TYPE_EVENT,
    GW_TYPE_MUTANT,
    GW_TYPE_SEMAPHORE,
    GW_TYPE_TIMER,
    GW_TYPE_SECTION,
    GW_TYPE_JOB,
    GW_TYPE_KEYED_EVENT,
    GW_TYPE_COMPLETION,
    GW_TYPE_FILE,
    GW_TYPE_PROCESS,
    GW_TYPE_THREAD,
    GW_TYPE_TOKEN,
    GW_TYPE_OTHER,
    GW_TYPE_MAX
};

/* Those with a page. */
#define GW_TYPE_HAS_STATE(type)                                                                              \
    (((type) >= GW_TYPE_EVENT && (type) <= GW_TYPE_TIMER) || (type) == GW_TYPE_JOB)

/*
 * `state` is one word of 64 bits: the count in the low half (events and timers 0 or 1, semaphores their
 * count, mutants 1: free), above it the number of a client (a mutant's owner; while GW_STATE_LOCKED is set,
 * the client that looks at several objects at once) and two flags. Who changes state adds 1 to `sequence` and
 * wakes its futex if there are waiters; who waits counts itself in, reads `sequence`, looks at state, sleeps.
 */
#define GW_STATE_LOCKED       (1ull << 63)
#define GW_STATE_ABANDONED    (1ull << 62)
#define GW_STATE_CLIENT_SHIFT 32
#define GW_STATE_CLIENT_LIMIT (1u << 30)

static inline int32_t gw_state_count(uint64_t state)
{
    return (int32_t)(uint32_t)state;
}

static inline uint32_t gw_state_client(uint64_t state)
{
    return (uint32_t)(state >> GW_STATE_CLIENT_SHIFT) & (GW_STATE_CLIENT_LIMIT - 1);
}

static inline uint64_t gw_state_make(int32_t count, uint32_t client)
{
    return (uint64_t)client << GW_STATE_CLIENT_SHIFT | (uint32_t)count;
}

struct gw_state {
    uint64_t state;
    uint32_t sequence;
    uint32_t waiters;      /* may be too high: a killed waiter does not count itself out */
    uint32_t all_waiters;  /* of them, who waits for several at once */
    uint32_t pulse;        /* NtPulseEvent: changes */
    uint32_t pulse_tokens; /* waiters that a pulse may still release */
    uint32_t owner_thread; /* of a mutant, for queries: ids and recursion */
    uint32_t owner_process;
    uint32_t recursion;
};
_Static_assert(sizeof(struct gw_state) == 40, "shared state");

#define GW_STATE_SIZE 4096

/* Named pipes and mailslots: kinds, access (as a pipe's sharing says it), and what goes over an instance's
 * control socket. LISTEN carries the end for the next client. */
enum gw_pipe_kind { GW_PIPE_NAMED, GW_PIPE_MAILSLOT, GW_PIPE_KINDS };
enum { GW_PIPE_READ = 1, GW_PIPE_WRITE = 2 };
enum gw_pipe_what { GW_PIPE_LISTEN = 1, GW_PIPE_WITHDRAW, GW_PIPE_CONNECTED };

struct gw_pipe_message {
    uint32_t what, generation, pid; /* pid: the client's, in Unix terms */
};

/* Directories and links that are there from the start have fixed handles, so that opening them
 * needs no server: GW_BUILTIN + index in the table. Parents stand before what is in them. */
#define GW_BUILTIN 0x80000000u

struct gw_builtin {
    int parent; /* index; -1: it is the root */
    const char *name;
    const char *target; /* of a symbolic link */
};

#define GW_BUILTIN_TABLE                                                                                     \
    {                                                                                                        \
        {-1, "", 0}, {0, "BaseNamedObjects", 0}, {1, "Global", "\\BaseNamedObjects"},                        \
            {1, "Local", "\\BaseNamedObjects"}, {1, "Session", "\\Sessions\\BNOLINKS"},                      \
            {1, "Restricted", 0}, {0, "Sessions", 0}, {6, "BNOLINKS", 0}, {7, "0", "\\BaseNamedObjects"},    \
            {7, "1", "\\Sessions\\1\\BaseNamedObjects"}, {6, "1", 0}, {10, "BaseNamedObjects", 0},           \
            {11, "Global", "\\BaseNamedObjects"}, {11, "Local", "\\Sessions\\1\\BaseNamedObjects"},          \
            {11, "Session", "\\Sessions\\BNOLINKS"}, {11, "Restricted", 0}, {0, "KnownDlls", 0},             \
            {0, "KernelObjects", 0}, {0, "RPC Control", 0}, {0, "Windows", 0},                               \
    }

/* Case folding of names, as far as names of objects have needed it. */
static inline uint16_t gw_fold(uint16_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? (uint16_t)(c - 32) : c;
    if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
        (c >= 0x430 && c <= 0x44f))
        return (uint16_t)(c - 32);
    if (c >= 0x450 && c <= 0x45f)
        return (uint16_t)(c - 80);
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481))
        return c & 0xfffe;
    return c == 0xff ? 0x178 : c;
}

#endif
