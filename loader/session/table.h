/*
 * The session's table: memory that the processes of a session share without asking anybody. A process maps it
 * when it first has something to publish and takes a slot, which names the process: who finds something of a
 * slot in its way can tell whether its owner is still there. The kernel keeps the table as long as somebody
 * has it mapped, and no longer.
 */
#ifndef SESSION_TABLE_H
#define SESSION_TABLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_VERSION   3 /* goes up when the layout changes, or what a field means */
#define TABLE_SLOTS     1024
#define TABLE_STRIPES   16
#define TABLE_HEADS     256
#define TABLE_RECORDS   4096 /* of a stripe */
#define TABLE_NOTES     128
#define TABLE_NOTE_SIZE 4096
#define TABLE_CHANGES   256 /* of the registry, that are remembered */

struct table_slot {
    uint64_t owner;   /* who has it (session_process_word), 0: nobody; it comes and goes with this word */
    uint64_t claimer; /* who tidies up behind a dead owner */
    uint32_t records; /* at least as many as there are of this slot */
    uint32_t reserved;
};

/* What a process has of one file: that it has it open (and how), or a byte-range lock. */
struct table_record {
    uint32_t kind;          /* enum table_kind; written last when it comes, first when it goes */
    uint32_t next;          /* in its chain or the free list: index + 1 */
    uint64_t first, length; /* a lock's range; length 0 locks nothing, but exists */
    uint64_t device, inode;
    uint32_t owner; /* slot */
    union {
        struct {
            uint32_t access, sharing; /* all accesses, and what all share, of the process's open files */
            uint16_t flags;           /* TABLE_DELETE_... */
            uint16_t note;            /* with the path: index + 1 */
        };
        struct {
            uint32_t key, exclusive;
            uint32_t file; /* which open file of the owner's */
        };
    };
};

enum table_kind { TABLE_FREE, TABLE_OPEN, TABLE_LOCK };
enum { TABLE_DELETE_PENDING = 1, TABLE_DELETE_ON_CLOSE = 2, TABLE_DOOMED = 4 /* see session_doom */ };

struct table_stripe {
    pthread_mutex_t mutex; /* robust: guards the stripe; rank: io file, innermost there */
    uint32_t locks;        /* how many records are locks; read without the mutex */
    uint32_t top, free;    /* records ever used; first free one, index + 1 */
    uint32_t heads[TABLE_HEADS];
};

struct table_change {
    uint32_t number; /* which change this is, 0: being written */
    uint32_t what;   /* REG_NOTIFY_CHANGE_... */
    uint64_t key;
    uint32_t owner; /* slot of the process that made it */
};

struct session_table {
    uint64_t identity; /* which session's it is */
    uint32_t ready;    /* written last */
    uint32_t reap_at;
    uint32_t slot_top; /* no slot from here on was ever taken */
    uint32_t reserved;
    uint64_t server;                /* the session's server, as in a slot */
    uint32_t unlocks, lock_waiters; /* a futex that every unlocking moves, and whether anybody looks at it */
    uint32_t moves;                 /* renamed files and folders */
    uint32_t changes, watchers;     /* of the registry: a futex, and whether anybody looks at it */
    pthread_mutex_t notes_mutex;    /* robust: guards note_owner */
    uint32_t note_owner[TABLE_NOTES]; /* slot + 1 */
    struct table_change change[TABLE_CHANGES];
    struct table_slot slots[TABLE_SLOTS];
    struct table_stripe stripes[TABLE_STRIPES];
    struct table_record records[TABLE_STRIPES][TABLE_RECORDS];
    char notes[TABLE_NOTES][TABLE_NOTE_SIZE];
};

/* The table, mapped at the first call; where there can be none, memory of this process alone. Never NULL. */
struct session_table *session_table(void);

/* The same, but NULL if this process has not needed it yet. */
struct session_table *session_table_if_there(void);

uint32_t session_slot(void);            /* this process's, valid once there is a table; TABLE_SLOTS: none */
bool session_slot_alive(uint32_t slot); /* is its process still there? */
uint32_t session_slot_pid(uint32_t slot);
uint32_t session_slot_of_process(uint32_t pid); /* TABLE_SLOTS: it has none */

/* This process in one word that no other one has: its number and when it came. Is that process still there?
 */
uint64_t session_process_word(void);
bool session_process_alive(uint64_t word);
uint64_t session_process_numbers(void); /* the pid namespace in which such words have their meaning */

/* Takes a dead process's slot to tidy up behind it; false: it lives, or somebody is at it. One thread at a
 * time. Then session_slot_free, when nothing is left of it. */
bool session_slot_claim(uint32_t slot);
void session_slot_free(uint32_t slot);

/* Takes a robust mutex of the table; true: its owner died with it, what it guards needs repair. */
bool session_table_lock(pthread_mutex_t *mutex);

/* What has to be done for dead processes whose slot is found used: set by the owner of the records. */
void session_table_on_death(void (*reap)(uint32_t slot));

/* This process ends: its slot is free if nothing is published any more; the last one tidies up behind all. */
void session_table_leave(void);

void session_table_sweep(void); /* tidies up behind all that are gone */

/* For the session's server, which keeps the table while it is there, so that the dead leave word of what they
 * would have deleted. To be called before it forks; then, the child's number: it can be found; it leaves. */
void session_table_keep(const char *folder, const char *name);
void session_table_serve(int server);
void session_table_end(void);

/* The number of the session's server if one is alive and can be found like that, else 0. */
int session_table_server(void);

#endif
