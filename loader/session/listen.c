/*
 * What other processes want of this one. A host thread waits on the channel: the server only introduces the
 * caller, the conversation is on a socket between the two processes.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "ob/share.h"
#include "ps/thread.h"
#include "session/connect.h"
#include "session/packet.h"
#include "session/tidy.h"
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static session_handler *handlers[SESSION_OPERATIONS];
void (*session_job_message)(const struct gw_note_job_message_in *in);

void session_register(uint32_t operation, session_handler *handler)
{
    handlers[operation] = handler;
}

struct listener {
    int socket;
    uint32_t generation;
};

struct call {
    uint32_t from, operation;
    int socket;
};

/* How long a caller may keep its handler waiting. */
static const struct timeval patience = {.tv_sec = 10};

static void *run_call(void *argument)
{
    struct call call = *(struct call *)argument;
    free(argument);
    setsockopt(call.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(call.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (send(call.socket, "", 1, MSG_NOSIGNAL) == 1) /* taken up: session_call waits for that */
        handlers[call.operation](call.from, call.socket);
    close(call.socket);
    return NULL;
}

static void start_call(const struct gw_note_call_process_in *in)
{
    struct call *call = NULL;
    if (in->socket >= 0 && in->operation < SESSION_OPERATIONS && handlers[in->operation])
        call = malloc(sizeof *call);
    if (call) {
        *call = (struct call){in->pid, in->operation, in->socket};
        if (ke_start_helper(run_call, call))
            return;
        free(call);
    }
    if (in->socket >= 0)
        close(in->socket);
}

/* False at the end of the connection. */
static bool receive(int socket)
{
    _Alignas(8) uint8_t body[256];
    struct gw_message head;
    int fd;
    ptrdiff_t size = session_receive_packet(socket, &head, sizeof head, body, sizeof body, &fd);
    if (size < 0)
        return false;
    bool whole = head.size == sizeof head + (size_t)size;
    struct gw_note_call_process_in in;
    struct gw_note_job_message_in said;
    struct gw_note_pause_in pause;
    if (whole && head.code == GW_NOTE_CALL_PROCESS &&
        gw_note_call_process_decode(body, (size_t)size, fd, &in))
        start_call(&in);
    else if (whole && head.code == GW_NOTE_JOB_MESSAGE && session_job_message &&
             gw_note_job_message_decode(body, (size_t)size, fd, &said))
        session_job_message(&said);
    else if (whole && head.code == GW_NOTE_PAUSE && gw_note_pause_decode(body, (size_t)size, fd, &pause))
        ps_pause(pause.until);
    else if (fd >= 0)
        close(fd);
    return true;
}

enum { LOSS_FUNCTIONS = 2 };
static void (*on_loss[LOSS_FUNCTIONS])(void);

void session_on_loss(void (*function)(void))
{
    for (unsigned i = 0; i < LOSS_FUNCTIONS; i++) {
        void (*none)(void) = NULL;
        if (__atomic_compare_exchange_n(&on_loss[i], &none, function, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE) ||
            none == function)
            return;
    }
}

static void *listen_thread(void *argument)
{
    struct listener listener = *(struct listener *)argument;
    free(argument);
    prctl(PR_SET_NAME, "session");
    while (receive(listener.socket))
        ;
    close(listener.socket);
    session_forget(listener.generation);
    ob_share_lost(listener.generation);
    for (unsigned i = 0; i < LOSS_FUNCTIONS; i++) {
        void (*function)(void) = __atomic_load_n(&on_loss[i], __ATOMIC_ACQUIRE);
        if (function)
            function();
    }
    session_tidy_behind_server();
    return NULL;
}

bool session_start_listener(int socket, uint32_t generation)
{
    struct listener *listener = malloc(sizeof *listener);
    if (listener) {
        *listener = (struct listener){socket, generation};
        if (ke_start_helper(listen_thread, listener))
            return true;
        free(listener);
    }
    close(socket);
    return false;
}
