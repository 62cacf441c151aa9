/*
 * The thread pool's insides. One kind of object for work, timers, waits and I/O; what differs is
 * when it is posted. A posted object stands in its pool's queue once, with a count.
 */
#ifndef NTDLL_RTL_THREADPOOL_H
#define NTDLL_RTL_THREADPOOL_H

#include <nt/rtl.h>

enum tp_kind { TP_SIMPLE_WORK, TP_WORK_ITEM, TP_TIMER_ITEM, TP_WAIT_ITEM, TP_IO_ITEM };

struct tp_pool {
    LONG references;
    RTL_SRWLOCK lock; /* guards all below and the counts of the pool's objects */
    LIST_ENTRY queue[TP_CALLBACK_PRIORITY_COUNT];
    RTL_CONDITION_VARIABLE wake;
    LONG threads, idle, minimum, maximum, usual; /* usual: created without hesitation */
    LONG queued;
    volatile LONG progress; /* callbacks begun */
    BOOLEAN closing, watched;
    LIST_ENTRY watch_link;
    SIZE_T stack_reserve, stack_commit;
};

struct tp_group {
    LONG references;
    RTL_SRWLOCK lock;
    LIST_ENTRY members;
    BOOLEAN released;
};

struct tp_packet {
    struct tp_packet *next;
    PVOID apc_context;
    IO_STATUS_BLOCK iosb;
};

struct tp_object {
    LONG references; /* its owner's, one while posted, one per running callback, one while armed */
    UCHAR kind, priority;
    BOOLEAN released, queued, long_function;
    struct tp_pool *pool;
    struct tp_group *group;
    LIST_ENTRY group_link, queue_link;
    ULONG pending, running;
    RTL_CONDITION_VARIABLE done;
    PVOID callback, context;
    PVOID owned; /* memory that goes with the object; may be NULL */
    PTP_SIMPLE_CALLBACK finalization;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK group_cancel;
    PVOID module;
    union {
        struct {
            LIST_ENTRY link; /* in the timer list, by due time */
            ULONGLONG due;   /* 100 ns, system time */
            ULONG period;    /* milliseconds */
            BOOLEAN set, armed;
        } timer;
        struct {
            LIST_ENTRY link; /* in its waiter thread's list */
            struct tp_waiter *waiter;
            struct tp_target *target; /* what it waits on */
            ULONGLONG due;            /* ~0: never */
            TP_WAIT_RESULT result;
        } wait;
        struct {
            HANDLE port;
            struct tp_packet *first, **last;
            LONG outstanding;
        } io;
    };
};

struct tp_instance { /* TP_CALLBACK_INSTANCE, on the worker's stack */
    struct tp_object *object;
    BOOLEAN associated, long_running;
    HANDLE event, semaphore, mutex;
    ULONG semaphore_count;
    PCRITICAL_SECTION section;
    HMODULE module;
};

struct tp_pool *tp_pool_of(PTP_CALLBACK_ENVIRON environment);
void tp_release_pool(struct tp_pool *pool);
struct tp_object *tp_create(enum tp_kind kind, PVOID callback, PVOID context,
                            PTP_CALLBACK_ENVIRON environment);
void tp_reference(struct tp_object *object);
void tp_dereference(struct tp_object *object);
void tp_post(struct tp_object *object);
/* The same without asking the timer thread to watch the pool; TRUE: the caller has to. */
BOOLEAN tp_post_unwatched(struct tp_object *object);
void tp_wait(struct tp_object *object, BOOLEAN cancel);
void tp_release(struct tp_object *object);
/* Runs the object's callback once on the calling thread. */
void tp_run(struct tp_object *object, struct tp_packet *packet, TP_WAIT_RESULT result);
/* What stops a timer, wait or I/O object from posting again. */
void tp_disarm(struct tp_object *object);
NTSTATUS tp_create_thread(PTHREAD_START_ROUTINE function, PVOID argument, SIZE_T reserve, SIZE_T commit);
void tp_watch(struct tp_pool *pool);
BOOLEAN tp_check_progress(struct tp_pool *pool, LONG *last);
ULONGLONG tp_now(void);

#endif
