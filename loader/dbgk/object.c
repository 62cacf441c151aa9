/*
 * Debug objects: the debugger's end. Packets of the debuggees become events, of which one of a debuggee is
 * with the debugger at a time.
 */
#include "dbgk/object.h"
#include "io/io.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/child.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include "session/session.h"
#include "wow/wow.h"
#include <errno.h>
#include <nt/syscalls.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DETACH_PATIENCE = 2000 }; /* ms */

/* A debuggee. Referenced by its debug object while it belongs to it, and by whoever waits for its packets. */
struct target {
    struct target *next; /* of the debug object */
    struct dbgk_object *object;
    int references;
    int socket;
    struct ps_process *process; /* referenced */
    struct dbgk_thread {
        struct dbgk_thread *next;
        struct ps_thread *thread; /* referenced */
    } * threads;
    bool exit_told, gone;
};

struct dbgk_object {
    struct ke_dispatcher_object header; /* signalled while an event can be had */
    struct dbgk_object *next;           /* of all */
    struct target *targets;
    struct dbgk_event *events, **events_end;
    bool kill_on_close, closed;
};

/* Guards all of the above but the header. Outside of the dispatcher lock; nothing is waited for in it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dbgk_object *objects;

static void close_object(void *object, bool last_handle);

static void destroy(void *pointer)
{
    struct dbgk_object *object = pointer;
    pthread_mutex_lock(&lock);
    for (struct dbgk_object **place = &objects; *place; place = &(*place)->next) {
        if (*place == object) {
            *place = object->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

const struct ob_type dbgk_object_type = {
    .name = "DebugObject",
    .size = sizeof(struct dbgk_object),
    .generic_read = READ_CONTROL | DEBUG_READ_EVENT,
    .generic_write = READ_CONTROL | DEBUG_PROCESS_ASSIGN,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = DEBUG_ALL_ACCESS,
    .waitable = true,
    .destroy = destroy,
    .close = close_object,
};

/* ---------------------------------------------------------------- events and targets, under the lock */

static void release_target_locked(struct target *target)
{
    if (--target->references)
        return;
    close(target->socket);
    while (target->threads) {
        struct dbgk_thread *next = target->threads->next;
        ob_dereference(target->threads->thread);
        free(target->threads);
        target->threads = next;
    }
    ob_dereference(target->process);
    free(target);
}

static void free_event_locked(struct dbgk_event *event)
{
    for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++)
        if (event->fds[i] >= 0)
            close(event->fds[i]);
    if (event->thread)
        ob_dereference(event->thread);
    release_target_locked(event->target);
    free(event);
}

static bool has_read_event(const struct dbgk_object *object, const struct target *target)
{
    for (const struct dbgk_event *event = object->events; event; event = event->next)
        if (event->target == target && event->read)
            return true;
    return false;
}

/* The next event that the debugger may have. */
static struct dbgk_event *next_event(const struct dbgk_object *object)
{
    for (struct dbgk_event *event = object->events; event; event = event->next)
        if (!event->read && !has_read_event(object, event->target))
            return event;
    return NULL;
}

static void update_signal(struct dbgk_object *object)
{
    if (object->closed || next_event(object))
        ke_signal(&object->header);
    else
        ke_reset(&object->header);
}

static struct target *find_target(const struct dbgk_object *object, const struct ps_process *process)
{
    struct target *target = object->targets;
    while (target && target->process != process)
        target = target->next;
    return target;
}

static struct ps_thread *find_thread(const struct target *target, uint32_t id)
{
    for (struct dbgk_thread *entry = target->threads; entry; entry = entry->next)
        if (entry->thread->id == id)
            return entry->thread;
    return NULL;
}

/* The thread's object, which the first event of a thread makes. */
static struct ps_thread *know_thread(struct target *target, uint32_t id)
{
    struct ps_thread *thread = find_thread(target, id);
    if (thread)
        return thread;
    struct dbgk_thread *entry = malloc(sizeof *entry);
    struct ps_process *process = target->process;
    ke_lock();
    thread = process->first_thread && process->first_thread->id == id ? process->first_thread : NULL;
    if (thread)
        ob_reference(thread);
    ke_unlock();
    if (!thread)
        thread = ps_thread_object(process, id);
    if (!entry || !thread) {
        free(entry);
        if (thread)
            ob_dereference(thread);
        return NULL;
    }
    *entry = (struct dbgk_thread){target->threads, thread};
    target->threads = entry;
    return thread;
}

static void end_thread(struct ps_thread *thread, NTSTATUS status)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    ke_lock();
    if (!thread->ended) {
        thread->exit_status = status;
        thread->exit_time = ps_now();
        thread->ended = true;
        ke_signal_locked(&thread->header, 1, &wake);
    }
    ke_unlock_and_wake(&wake);
}

/* The debugger is through with a thread's last event. */
static void forget_thread(struct target *target, uint32_t id, NTSTATUS status)
{
    for (struct dbgk_thread **place = &target->threads; *place; place = &(*place)->next) {
        struct dbgk_thread *entry = *place;
        if (entry->thread->id == id) {
            *place = entry->next;
            end_thread(entry->thread, status);
            ob_dereference(entry->thread);
            free(entry);
            return;
        }
    }
}

static void send_command(const struct target *target, enum dbgk_order order, uint32_t thread, int32_t value)
{
    const struct dbgk_command command = {order, thread, value};
    dbgk_send(target->socket, &command, sizeof command, NULL);
}

/* Takes it off the object; its events go, too. */
static void remove_target(struct target *target)
{
    struct dbgk_object *object = target->object;
    struct dbgk_event **place = &object->events;
    while (*place) {
        struct dbgk_event *event = *place;
        if (event->target == target) {
            *place = event->next;
            free_event_locked(event);
        } else {
            place = &event->next;
        }
    }
    object->events_end = place;
    for (struct target **link = &object->targets; *link; link = &(*link)->next) {
        if (*link == target) {
            *link = target->next;
            break;
        }
    }
    target->object = NULL;
    release_target_locked(target);
    update_signal(object);
}

/* ---------------------------------------------------------------- packets become events */

static void map_process_page(struct ps_process *process, int fd)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return;
    ke_lock();
    if (!process->page) {
        process->page = page;
        process->page_fd = dup(fd);
        page = NULL;
    }
    ke_unlock();
    if (page)
        munmap(page, 4096);
}

/* Consumes fds. */
static void add_event(struct target *target, const struct dbgk_packet *packet, const int *fds)
{
    struct dbgk_object *object = target->object;
    struct dbgk_event *event = calloc(1, sizeof *event);
    if (packet->kind == DBGK_CREATE_PROCESS) {
        target->process->wow = packet->wow == DBGK_I386;
        target->process->main_thread_id = packet->thread;
        if (fds[1] >= 0)
            map_process_page(target->process, fds[1]);
    }
    struct ps_thread *thread = know_thread(target, packet->thread);
    if (thread && (packet->kind == DBGK_CREATE_PROCESS || packet->kind == DBGK_CREATE_THREAD)) {
        thread->teb = (TEB *)packet->teb;
        thread->start_address = (void *)packet->start;
    }
    if (!event) { /* as if the debugger had gone on */
        for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++)
            if (fds[i] >= 0)
                close(fds[i]);
        send_command(target, DBGK_CONTINUE, packet->thread, DBG_CONTINUE);
        return;
    }
    target->exit_told |= packet->kind == DBGK_EXIT_PROCESS;
    event->packet = *packet;
    memcpy(event->fds, fds, sizeof event->fds);
    event->target = target;
    target->references++;
    event->process = target->process;
    event->thread = thread;
    if (thread)
        ob_reference(thread);
    *object->events_end = event;
    object->events_end = &event->next;
    update_signal(object);
}

static bool watch_target(struct target *target);

/* A target's first reference is the object's. */
static struct target *new_target_locked(struct dbgk_object *object, struct ps_process *process, int fd)
{
    struct target *target = calloc(1, sizeof *target);
    if (!target) {
        close(fd);
        return NULL;
    }
    ob_reference(process);
    *target = (struct target){
        .next = object->targets, .object = object, .references = 1, .socket = fd, .process = process};
    object->targets = target;
    if (watch_target(target))
        return target;
    remove_target(target);
    return NULL;
}

static void add_grandchild(struct target *target, const struct dbgk_packet *packet, const int *fds)
{
    struct ps_process *process;
    if (fds[0] < 0)
        return;
    if (!NT_SUCCESS(ps_process_open((int)packet->process, &process))) {
        close(fds[0]);
        return;
    }
    struct target *child = new_target_locked(target->object, process, fds[0]);
    if (child)
        send_command(child, DBGK_KILL_ON_CLOSE, 0, target->object->kill_on_close);
    ob_dereference(process);
}

/* The debuggee has ended without saying so. */
static void *tell_killed(void *argument)
{
    static const int no_fds[DBGK_DESCRIPTORS] = {-1, -1};
    struct target *target = argument;
    struct ps_process *process = target->process;
    struct pollfd poller = {.fd = process->pidfd, .events = POLLIN};
    while (poll(&poller, 1, -1) < 0 && errno == EINTR)
        ;
    /* The thread that watches processes takes the status from where it is. */
    while (!__atomic_load_n(&process->header.signal, __ATOMIC_ACQUIRE))
        poll(NULL, 0, 1);
    pthread_mutex_lock(&lock);
    if (target->object) {
        struct dbgk_packet packet = {.process = process->id, .status = process->exit_status};
        /* The first thread, which is the last in the list, stands for the process. */
        for (struct dbgk_thread *entry = target->threads; entry; entry = entry->next) {
            packet.thread = entry->thread->id;
            packet.kind = entry->next ? DBGK_EXIT_THREAD : DBGK_EXIT_PROCESS;
            if (entry->next)
                add_event(target, &packet, no_fds);
        }
        packet.kind = DBGK_EXIT_PROCESS;
        if (!packet.thread)
            packet.thread = process->main_thread_id;
        add_event(target, &packet, no_fds);
    }
    release_target_locked(target);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* The end of the link. The reference of whoever waited for packets is consumed. */
static void target_gone(struct target *target)
{
    target->gone = true;
    if (target->object && !target->exit_told) {
        target->exit_told = true;
        if (ke_start_helper(tell_killed, target))
            return;
    }
    release_target_locked(target);
}

static void on_packet(void *argument)
{
    struct target *target = argument;
    struct dbgk_packet packet;
    int fds[DBGK_DESCRIPTORS];
    bool empty;
    pthread_mutex_lock(&lock);
    while (dbgk_receive(target->socket, &packet, sizeof packet, fds, &empty)) {
        if (target->object && packet.kind == DBGK_CHILD) {
            add_grandchild(target, &packet, fds);
        } else if (target->object && !(packet.wow == DBGK_ONLY_64 && wow_active)) {
            add_event(target, &packet, fds);
        } else {
            for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++)
                if (fds[i] >= 0)
                    close(fds[i]);
            if (target->object)
                send_command(target, DBGK_CONTINUE, packet.thread, DBG_CONTINUE);
        }
    }
    if (empty) {
        bool watching = watch_target(target);
        release_target_locked(target);
        if (!watching)
            shutdown(target->socket, SHUT_RDWR);
    } else {
        target_gone(target);
    }
    pthread_mutex_unlock(&lock);
}

static bool watch_target(struct target *target)
{
    target->references++;
    if (io_wait_descriptor(target->socket, POLLIN, on_packet, target))
        return true;
    target->references--;
    return false;
}

/* ---------------------------------------------------------------- for calls.c */

struct dbgk_object *dbgk_object_create(bool kill_on_close)
{
    struct dbgk_object *object = ob_create(&dbgk_object_type);
    if (!object)
        return NULL;
    ke_dispatcher_object_initialize(&object->header, KE_NOTIFICATION_EVENT, 0);
    object->kill_on_close = kill_on_close;
    object->events_end = &object->events;
    pthread_mutex_lock(&lock);
    object->next = objects;
    objects = object;
    pthread_mutex_unlock(&lock);
    return object;
}

void *dbgk_object_placeholder(void)
{
    return dbgk_object_create(false);
}

NTSTATUS dbgk_take_event(struct dbgk_object *object, struct dbgk_event *ret_event)
{
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    pthread_mutex_lock(&lock);
    struct dbgk_event *event = next_event(object);
    if (object->closed) {
        status = STATUS_DEBUGGER_INACTIVE;
    } else if (event) {
        event->read = true;
        *ret_event = *event;
        for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++)
            event->fds[i] = -1; /* the caller's */
        ob_reference(event->process);
        if (event->thread)
            ob_reference(event->thread);
        status = STATUS_SUCCESS;
        update_signal(object);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

NTSTATUS dbgk_continue(struct dbgk_object *object, uint32_t process, uint32_t thread, NTSTATUS answer)
{
    struct dbgk_event **place;
    pthread_mutex_lock(&lock);
    for (place = &object->events; *place; place = &(*place)->next)
        if ((*place)->read && (*place)->process->id == process && (*place)->packet.thread == thread)
            break;
    struct dbgk_event *event = *place;
    if (event) {
        struct target *target = event->target;
        bool last = event->packet.kind == DBGK_EXIT_PROCESS;
        *place = event->next;
        if (!event->next)
            object->events_end = place;
        if (event->packet.kind == DBGK_EXIT_THREAD || last)
            forget_thread(target, thread, event->packet.status);
        if (!target->gone)
            send_command(target, DBGK_CONTINUE, thread, answer);
        free_event_locked(event);
        if (last)
            remove_target(target);
        update_signal(object);
    }
    pthread_mutex_unlock(&lock);
    return event ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

void dbgk_set_kill_on_close(struct dbgk_object *object, bool kill)
{
    pthread_mutex_lock(&lock);
    object->kill_on_close = kill;
    for (struct target *target = object->targets; target; target = target->next)
        send_command(target, DBGK_KILL_ON_CLOSE, 0, kill);
    pthread_mutex_unlock(&lock);
}

bool dbgk_kills_on_close(void *object)
{
    return ((struct dbgk_object *)object)->kill_on_close;
}

NTSTATUS dbgk_add_child(void *debug_object, struct ps_process *process, int fd)
{
    pthread_mutex_lock(&lock);
    struct target *target = new_target_locked(debug_object, process, fd);
    pthread_mutex_unlock(&lock);
    return target ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS dbgk_attach(void *debug_object, struct ps_process *process)
{
    struct dbgk_object *object = debug_object;
    const struct dbgk_command hello = {DBGK_KILL_ON_CLOSE, 0, object->kill_on_close};
    struct dbgk_welcome welcome;
    int socket;
    if (process == ps_current_process)
        return STATUS_ACCESS_DENIED;
    NTSTATUS status = ps_call_process(process, SESSION_DEBUG, &socket);
    if (!NT_SUCCESS(status))
        return status;
    if (!dbgk_send(socket, &hello, sizeof hello, NULL) ||
        !dbgk_receive(socket, &welcome, sizeof welcome, NULL, NULL))
        status = STATUS_PROCESS_IS_TERMINATING;
    else
        status = welcome.status;
    if (!NT_SUCCESS(status)) {
        close(socket);
        return status;
    }
    process->wow = welcome.wow;
    if (!process->main_thread_id)
        process->main_thread_id = welcome.main_thread;
    return dbgk_add_child(object, process, socket);
}

NTSTATUS dbgk_detach(struct dbgk_object *object, const struct ps_process *process)
{
    pthread_mutex_lock(&lock);
    struct target *target = find_target(object, process);
    if (target) {
        target->references++;
        send_command(target, DBGK_DETACH, 0, 0);
        remove_target(target);
    }
    pthread_mutex_unlock(&lock);
    if (!target)
        return STATUS_PORT_NOT_SET;
    /* Until it has really let go, so that it can be attached to again. */
    struct pollfd poller = {.fd = target->socket, .events = POLLRDHUP};
    poll(&poller, 1, DETACH_PATIENCE);
    pthread_mutex_lock(&lock);
    release_target_locked(target);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static void close_object(void *pointer, bool last_handle)
{
    struct dbgk_object *object = pointer;
    if (!last_handle)
        return;
    pthread_mutex_lock(&lock);
    object->closed = true;
    while (object->targets) {
        struct target *target = object->targets;
        object->targets = target->next;
        if (object->kill_on_close && !target->gone)
            ps_process_kill(target->process, STATUS_DEBUGGER_INACTIVE);
        else
            send_command(target, DBGK_DETACH, 0, 0);
        remove_target(target);
    }
    update_signal(object);
    pthread_mutex_unlock(&lock);
}

void *dbgk_object_of(const struct ps_process *process)
{
    pthread_mutex_lock(&lock);
    struct dbgk_object *object = objects;
    while (object && !find_target(object, process))
        object = object->next;
    if (object)
        ob_reference(object);
    pthread_mutex_unlock(&lock);
    return object;
}

struct ps_thread *dbgk_find_thread(uint32_t process_id, uint32_t thread_id)
{
    struct ps_thread *thread = NULL;
    pthread_mutex_lock(&lock);
    for (struct dbgk_object *object = objects; object && !thread; object = object->next)
        for (struct target *target = object->targets; target && !thread; target = target->next)
            if (!process_id || target->process->id == process_id)
                thread = find_thread(target, thread_id);
    if (thread)
        ob_reference(thread);
    pthread_mutex_unlock(&lock);
    return thread;
}
