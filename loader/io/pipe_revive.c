/*
 * Named pipes and mailslots after the session server has died: who has made an instance makes it known to the
 * next server, so that clients find its name again. Connections do not notice; a client that was given an end
 * by the old server keeps it.
 */
#include "io/namedpipe.h"
#include "ps/ps.h"
#include "session/session.h"
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Guards the list; nothing but references is taken under it. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct io_revivable *list;
static uint32_t passes;

/* One revives at a time: the server is asked under it. Rank: outside of everything of io. */
static pthread_mutex_t revive_lock = PTHREAD_MUTEX_INITIALIZER;

void io_revive_add(struct io_revivable *revivable, struct io_file *file, void (*revive)(struct io_file *))
{
    pthread_mutex_lock(&list_lock);
    *revivable = (struct io_revivable){.next = list, .place = &list, .file = file, .revive = revive};
    if (list)
        list->place = &revivable->next;
    list = revivable;
    pthread_mutex_unlock(&list_lock);
    session_on_loss(io_revive_all);
}

void io_revive_remove(struct io_revivable *revivable)
{
    pthread_mutex_lock(&list_lock);
    if (revivable->place) {
        *revivable->place = revivable->next;
        if (revivable->next)
            revivable->next->place = revivable->place;
        revivable->place = NULL;
    }
    pthread_mutex_unlock(&list_lock);
}

void io_revive_all(void)
{
    pthread_mutex_lock(&list_lock);
    const uint32_t pass = ++passes;
    for (;;) {
        struct io_revivable *next = list;
        while (next && next->pass == pass)
            next = next->next;
        if (!next)
            break;
        struct io_file *file = next->file;
        void (*revive)(struct io_file *) = next->revive;
        next->pass = pass;
        ob_reference(file); /* it is in the list: it has a handle */
        pthread_mutex_unlock(&list_lock);
        revive(file);
        ob_dereference(file);
        pthread_mutex_lock(&list_lock);
    }
    pthread_mutex_unlock(&list_lock);
}

bool io_control_is_dead(int control)
{
    struct pollfd state = {.fd = control}; /* news of the dead server may be there still */
    return poll(&state, 1, 0) > 0 && state.revents & (POLLHUP | POLLERR);
}

/* A connected instance is known, but offers nothing. */
static void withdraw(int control)
{
    struct gw_pipe_message text = {.what = GW_PIPE_WITHDRAW};
    send(control, &text, sizeof text, MSG_NOSIGNAL);
}

void io_pipe_revive(struct pipe_end *end)
{
    struct pipe_link *old = NULL, *link;
    int control;
    ULONG information;
    pthread_mutex_lock(&revive_lock);
    pthread_mutex_lock(&end->lock);
    if (end->server && end->link && end->control >= 0 && io_control_is_dead(end->control))
        old = pipe_link_reference(end->link);
    pthread_mutex_unlock(&end->lock);
    if (!old) {
        pthread_mutex_unlock(&revive_lock);
        return;
    }
    struct pipe_page like;
    pipe_link_next(old, &like);
    like.generation = 1;
    NTSTATUS status = io_pipe_register(&like, FILE_OPEN_IF, &link, &control, &information);
    if (NT_SUCCESS(status)) {
        struct pipe_link *unused = link;
        pthread_mutex_lock(&end->lock);
        if (end->link == old && end->control >= 0) {
            uint32_t state = FILE_PIPE_LISTENING_STATE;
            close(end->control);
            end->control = control;
            control = -1;
            /* Nobody can come any more to what the old server offered. */
            if (__atomic_compare_exchange_n(&old->page->state, &state, FILE_PIPE_DISCONNECTED_STATE, false,
                                            __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                unused = old;
                end->link = link;
            } else {
                withdraw(end->control);
            }
        }
        pthread_mutex_unlock(&end->lock);
        if (control >= 0)
            close(control);
        pipe_link_release(unused);
    }
    pipe_link_release(old);
    pthread_mutex_unlock(&revive_lock);
}
