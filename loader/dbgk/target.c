/*
 * The debuggee: tells its events over the link, one at a time, all its guest threads stopped meanwhile. A
 * host thread listens for the answers, and for the debugger's end.
 */
#include "dbgk/link.h"
#include "io/io.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/area.h"
#include "mm/guest.h"
#include "ps/child.h"
#include "ps/ntdll.h"
#include "ps/thread.h"
#include "session/session.h"
#include "wow/wow.h"
#include <errno.h>
#include <fcntl.h>
#include <gastwirt/door.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

uint32_t dbgk_debugged;

static struct {
    pthread_mutex_t lock; /* guards socket, and what is sent over it; innermost but for the dispatcher's */
    int socket;           /* -1: no debugger */
    uint32_t turn;        /* futex: 1 while an event is outstanding, 2 if others wait for their turn */
    uint32_t answered;    /* futex: the event of `thread` has been answered with `answer` */
    uint32_t thread;
    NTSTATUS answer;
    bool kill_on_close, exiting;
} debuggee = {.lock = PTHREAD_MUTEX_INITIALIZER, .socket = -1};

/* What IsDebuggerPresent looks at. */
static void tell_peb(bool debugged)
{
    PEB *peb = ps_child_peb();
    BOOLEAN value = debugged;
    if (!peb)
        return;
    io_poke(&peb->BeingDebugged, &value, sizeof value);
    if (wow_active)
        io_poke(&wow_peb(peb)->BeingDebugged, &value, sizeof value);
}

/* ---------------------------------------------------------------- the link */

/* The debugger has gone or lets go: whoever waits for its answer goes on as if there had been none. */
static void let_go(void)
{
    pthread_mutex_lock(&debuggee.lock);
    int socket = debuggee.socket;
    __atomic_store_n(&dbgk_debugged, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&debuggee.lock);
    if (socket < 0)
        return;
    ps_child_set_debug(ps_current_process, GW_DEBUGGED, false);
    tell_peb(false);
    debuggee.answer = DBG_EXCEPTION_NOT_HANDLED;
    __atomic_store_n(&debuggee.answered, 1, __ATOMIC_RELEASE);
    ke_futex_wake(&debuggee.answered, 64);
    pthread_mutex_lock(&debuggee.lock);
    debuggee.socket = -1; /* another debugger may come */
    pthread_mutex_unlock(&debuggee.lock);
    shutdown(socket, SHUT_RDWR);
}

static void listen_to(int socket)
{
    struct dbgk_command command;
    bool detached = false;
    while (!detached && dbgk_receive(socket, &command, sizeof command, NULL, NULL)) {
        switch (command.order) {
        case DBGK_CONTINUE:
            if (command.thread != __atomic_load_n(&debuggee.thread, __ATOMIC_ACQUIRE))
                break;
            debuggee.answer = command.value;
            __atomic_store_n(&debuggee.answered, 1, __ATOMIC_RELEASE);
            ke_futex_wake(&debuggee.answered, 64);
            break;
        case DBGK_KILL_ON_CLOSE: debuggee.kill_on_close = command.value; break;
        case DBGK_DETACH: detached = true; break;
        }
    }
    if (!detached && debuggee.kill_on_close && !__atomic_load_n(&debuggee.exiting, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&dbgk_debugged, 0, __ATOMIC_SEQ_CST);
        ps_exit_process(STATUS_DEBUGGER_INACTIVE);
    }
    let_go();
}

static void *listen_thread(void *argument)
{
    int socket = (int)(intptr_t)argument;
    prctl(PR_SET_NAME, "debuggee");
    listen_to(socket);
    close(socket);
    return NULL;
}

void dbgk_inherit(int fd, bool kill_on_close)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    debuggee.socket = fd;
    debuggee.kill_on_close = kill_on_close;
    dbgk_debugged = 1;
    if (!ke_start_helper(listen_thread, (void *)(intptr_t)fd))
        let_go();
}

/* ---------------------------------------------------------------- telling an event */

static void take_turn(void)
{
    uint32_t free = 0;
    if (__atomic_compare_exchange_n(&debuggee.turn, &free, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return;
    while (__atomic_exchange_n(&debuggee.turn, 2, __ATOMIC_ACQ_REL) != 0) {
        ke_futex_wait(&debuggee.turn, 2, NULL);
        session_answer();
    }
}

static void pass_turn(void)
{
    if (__atomic_exchange_n(&debuggee.turn, 0, __ATOMIC_ACQ_REL) == 2)
        ke_futex_wake(&debuggee.turn, 1);
}

/* Tells the event and waits for its answer. The turn is the caller's, and the other threads are stopped. */
static NTSTATUS exchange(struct dbgk_packet *packet, const int *fds)
{
    packet->process = ps_current_process->id;
    debuggee.answer = DBG_EXCEPTION_NOT_HANDLED;
    __atomic_store_n(&debuggee.thread, packet->thread, __ATOMIC_RELEASE);
    __atomic_store_n(&debuggee.answered, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&debuggee.lock);
    bool sent = dbgk_is_debugged() && dbgk_send(debuggee.socket, packet, sizeof *packet, fds);
    pthread_mutex_unlock(&debuggee.lock);
    if (!sent)
        return DBG_EXCEPTION_NOT_HANDLED;
    while (!__atomic_load_n(&debuggee.answered, __ATOMIC_ACQUIRE)) {
        ke_futex_wait(&debuggee.answered, 0, NULL);
        session_answer(); /* the debugger wants to reach this process */
    }
    return debuggee.answer;
}

/* Stops for an event of the calling thread: whoever suspends it or wants its context meanwhile finds it
 * stopped. */
static void begin_event(struct ps_thread *self)
{
    __atomic_store_n(&self->park_word, 1, __ATOMIC_RELEASE);
    take_turn();
    ps_freeze_others(self, true);
}

static void end_event(struct ps_thread *self)
{
    __atomic_store_n(&debuggee.thread, 0, __ATOMIC_RELEASE);
    ps_freeze_others(self, false);
    pass_turn();
    __atomic_store_n(&self->park_word, 0, __ATOMIC_RELEASE);
}

static NTSTATUS tell(struct dbgk_packet *packet, const int *fds)
{
    struct ps_thread *self = ps_current_thread();
    NTSTATUS answer = DBG_EXCEPTION_NOT_HANDLED;
    packet->thread = self->id;
    do {
        begin_event(self);
        if (dbgk_is_debugged())
            answer = exchange(packet, fds);
        end_event(self);
        /* Told again once the debugger, which has suspended this thread, lets it go on. */
        if (answer == DBG_REPLY_LATER && ke_self->pending & KE_PENDING_SUSPEND)
            ke_park();
    } while (answer == DBG_REPLY_LATER && dbgk_is_debugged());
    return answer;
}

static bool is_told(void)
{
    return dbgk_is_debugged() && ke_self && ke_self->thread && !ke_self->thread->hidden;
}

/* ---------------------------------------------------------------- images */

/* The image's file, -1; *ret_packet: what its headers say. */
static int describe_image(void *base, struct dbgk_packet *ret_packet)
{
    uint8_t headers[0x1000];
    WCHAR path[2048];
    size_t length = 0, at = 0;
    int fd = -1;
    ret_packet->base = (uint64_t)base;
    if (io_peek(headers, base, sizeof headers)) {
        uint32_t nt = *(const uint32_t *)(headers + 0x3c);
        if (nt < sizeof headers - 24) {
            memcpy(&ret_packet->debug_offset, headers + nt + 12, 4); /* PointerToSymbolTable */
            memcpy(&ret_packet->debug_size, headers + nt + 16, 4);   /* NumberOfSymbols */
        }
    }
    mm_lock();
    struct mm_area *area = mm_find((uint64_t)base);
    if (area && area->path) {
        if (area->path[0] != '\\') {
            memcpy(path, u"\\??\\", 8);
            at = 4;
        }
        while (area->path[length] && at + length < sizeof path / sizeof *path) {
            path[at + length] = area->path[length];
            length++;
        }
    }
    mm_unlock();
    if (!length || !NT_SUCCESS(io_open_unix(path, at + length, O_RDONLY, &fd)))
        return -1;
    return fd;
}

static NTSTATUS tell_image(struct dbgk_packet *packet, void *base, uint32_t for_thread)
{
    int fds[DBGK_DESCRIPTORS] = {describe_image(base, packet), -1};
    if (packet->kind == DBGK_CREATE_PROCESS && fds[0] >= 0)
        fds[1] = ps_child_own_page();
    packet->thread = for_thread;
    NTSTATUS answer = for_thread ? exchange(packet, fds) : tell(packet, fds);
    if (fds[0] >= 0)
        close(fds[0]);
    return answer;
}

/* Where the loader keeps the name while it maps an image. */
static uint64_t name_pointer(TEB *teb)
{
    return wow_active ? (uint64_t)&wow_teb(teb)->ArbitraryUserPointer
                      : (uint64_t)&teb->NtTib.ArbitraryUserPointer;
}

void dbgk_image_mapped(void *base)
{
    if (!is_told())
        return;
    struct dbgk_packet packet = {.kind = DBGK_LOAD_DLL, .name = name_pointer(ke_self->teb)};
    tell_image(&packet, base, 0);
}

void dbgk_image_unmapped(void *base)
{
    if (!is_told())
        return;
    struct dbgk_packet packet = {.kind = DBGK_UNLOAD_DLL, .base = (uint64_t)base};
    tell(&packet, NULL);
}

/* ---------------------------------------------------------------- threads and processes */

/* False if it has been told already. */
static bool claim_start(struct ps_thread *thread)
{
    ke_lock();
    bool first = !thread->debug_started;
    thread->debug_started = true;
    ke_unlock();
    return first;
}

static void *image_base(void)
{
    void *base = NULL;
    PEB *peb = ps_child_peb();
    if (peb)
        io_peek(&base, &peb->ImageBaseAddress, sizeof base);
    return base;
}

static struct dbgk_packet thread_packet(const struct ps_thread *thread)
{
    bool first = thread->id == ps_current_process->main_thread_id;
    return (struct dbgk_packet){
        .kind = first ? DBGK_CREATE_PROCESS : DBGK_CREATE_THREAD,
        .start = (uint64_t)thread->start_address,
        .teb = (uint64_t)thread->teb,
        .wow = wow_active ? DBGK_I386 : DBGK_NATIVE,
    };
}

/* 64-bit debuggers of i386 programs expect the breakpoint of the 64-bit ntdll before that of the other one.
 * Here there is none: it is at a place of the door page that has that instruction. */
static void tell_first_breakpoint(void)
{
    struct dbgk_packet packet = {.kind = DBGK_EXCEPTION, .first_chance = 1};
    packet.record.ExceptionCode = (DWORD)STATUS_BREAKPOINT;
    packet.record.ExceptionAddress = (PVOID)DOOR_BREAKPOINT;
    packet.record.NumberParameters = 1;
    packet.wow = DBGK_ONLY_64;
    tell(&packet, NULL);
}

void dbgk_thread_started(void)
{
    struct ps_thread *self = ps_current_thread();
    if (!is_told() || !claim_start(self))
        return;
    struct dbgk_packet packet = thread_packet(self);
    if (packet.kind == DBGK_CREATE_THREAD) {
        tell(&packet, NULL);
        return;
    }
    tell_image(&packet, image_base(), 0);
    dbgk_image_mapped(ps_ntdll.base);
    if (wow_active && is_told())
        tell_first_breakpoint();
}

void dbgk_thread_ended(NTSTATUS status)
{
    struct ps_thread *self = ps_current_thread();
    if (!is_told())
        return;
    begin_event(self);
    ke_lock();
    bool told = self->debug_ended || !self->debug_started;
    self->debug_ended = true;
    ke_unlock();
    if (!told && dbgk_is_debugged()) {
        struct dbgk_packet packet = {.kind = DBGK_EXIT_THREAD, .thread = self->id, .status = status};
        exchange(&packet, NULL);
    }
    end_event(self);
}

/* The next thread but `self` whose end is to be told, on its behalf; 0: none. */
static uint32_t next_ending(const struct ps_thread *self)
{
    uint32_t id = 0;
    ke_lock();
    for (struct ps_thread *thread = ps_threads; thread && !id; thread = thread->next) {
        if (thread != self && thread->debug_started && !thread->debug_ended) {
            thread->debug_ended = true;
            id = thread->id;
        }
    }
    ke_unlock();
    return id;
}

/* The turn is never passed on: nothing else is told after this. */
void dbgk_process_ended(NTSTATUS status)
{
    struct ps_thread *self = ke_self ? ke_self->thread : NULL;
    if (!is_told())
        return;
    __atomic_store_n(&debuggee.exiting, true, __ATOMIC_SEQ_CST);
    begin_event(self);
    for (uint32_t id; dbgk_is_debugged() && (id = next_ending(self));) {
        struct dbgk_packet packet = {.kind = DBGK_EXIT_THREAD, .thread = id, .status = status};
        exchange(&packet, NULL);
    }
    struct dbgk_packet packet = {.kind = DBGK_EXIT_PROCESS, .thread = self->id, .status = status};
    if (dbgk_is_debugged())
        exchange(&packet, NULL);
}

/* ---------------------------------------------------------------- exceptions */

bool dbgk_exception(const EXCEPTION_RECORD *record, bool first_chance)
{
    if (!is_told())
        return false;
    struct dbgk_packet packet = {.kind = DBGK_EXCEPTION, .first_chance = first_chance, .record = *record};
    packet.record.ExceptionFlags &= ~EXCEPTION_GASTWIRT;
    packet.wow = wow_active ? DBGK_I386 : DBGK_NATIVE;
    return tell(&packet, NULL) != DBG_EXCEPTION_NOT_HANDLED;
}

bool dbgk_exception_in_call(const EXCEPTION_RECORD *record, const CONTEXT *context, bool first_chance)
{
    struct ke_thread *thread = ke_self;
    CONTEXT before;
    if (!is_told())
        return false;
    uint8_t full = thread->full_context;
    if (full)
        before = thread->context;
    thread->context = *context;
    thread->full_context = 1;
    bool handled = dbgk_exception(record, first_chance);
    if (!(__atomic_load_n(&thread->pending, __ATOMIC_ACQUIRE) & KE_PENDING_CONTEXT)) {
        thread->full_context = full;
        if (full)
            thread->context = before;
    }
    return handled;
}

/* ---------------------------------------------------------------- children */

int dbgk_prepare_child(bool *ret_kill_on_close, int *ret_own_end)
{
    int pair[2];
    if (!dbgk_is_debugged() || ps_child_debug(ps_current_process) & GW_DEBUG_NO_INHERIT ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    *ret_kill_on_close = debuggee.kill_on_close;
    *ret_own_end = pair[0];
    return pair[1];
}

void dbgk_child_started(int unix_pid, int own_end)
{
    const int fds[DBGK_DESCRIPTORS] = {own_end, -1};
    struct dbgk_packet packet = {.kind = DBGK_CHILD, .process = (uint32_t)unix_pid};
    pthread_mutex_lock(&debuggee.lock);
    if (unix_pid && dbgk_is_debugged())
        dbgk_send(debuggee.socket, &packet, sizeof packet, fds);
    pthread_mutex_unlock(&debuggee.lock);
    close(own_end);
}

/* ---------------------------------------------------------------- being attached to */

static uint64_t read_word(uint64_t address)
{
    uint64_t value = 0;
    return io_peek(&value, (void *)address, wow_active ? 4 : 8) ? value : 0;
}

/* The modules of the loader's list but the program: as loaded now. The turn is the caller's. */
static void tell_modules(uint32_t thread)
{
    const unsigned width = wow_active ? 4 : 8;
    const unsigned list = wow_active ? 0x0c : 0x10, base_at = wow_active ? 0x18 : 0x30,
                   name_at = wow_active ? 0x24 + 4 : 0x48 + 8;
    uint64_t peb = wow_active ? (uint64_t)wow_peb(ps_child_peb()) : (uint64_t)ps_child_peb();
    uint64_t ldr = read_word(peb + 3 * width), head = ldr + list; /* PEB.Ldr */
    uint64_t entry = ldr ? read_word(head) : 0;
    bool first = true, ntdll = false;
    for (unsigned i = 0; i < 1000 && entry && entry != head; i++, entry = read_word(entry)) {
        void *base = (void *)read_word(entry + base_at);
        if (!first && base && dbgk_is_debugged()) {
            struct dbgk_packet packet = {.kind = DBGK_LOAD_DLL, .name = entry + name_at};
            tell_image(&packet, base, thread);
            ntdll |= base == ps_ntdll.base;
        }
        first = false;
    }
    if (!ntdll && dbgk_is_debugged()) {
        struct dbgk_packet packet = {.kind = DBGK_LOAD_DLL};
        tell_image(&packet, ps_ntdll.base, thread);
    }
}

/* Tells what is there as if it had just come: the process, its threads, its modules. */
static void *tell_all(void *unused)
{
    (void)unused;
    uint32_t ids[4096];
    unsigned count = 0, main_thread = ps_current_process->main_thread_id;
    ke_lock();
    for (struct ps_thread *thread = ps_threads; thread && count < 4096; thread = thread->next)
        if (!thread->debug_started && !thread->hidden)
            ids[count++] = thread->id;
    ke_unlock();
    /* The first thread may have ended: another one then stands for the process. */
    bool process_told = false;
    for (unsigned i = 0; i < count && dbgk_is_debugged(); i++) {
        struct ps_thread *thread = ps_find_thread(ids[i]);
        if (!thread)
            continue;
        struct dbgk_packet packet = thread_packet(thread);
        if (!claim_start(thread)) {
            ob_dereference(thread);
            continue;
        }
        packet.kind = process_told ? DBGK_CREATE_THREAD : DBGK_CREATE_PROCESS;
        packet.thread = thread->id;
        if (process_told) {
            exchange(&packet, NULL);
        } else {
            main_thread = thread->id;
            tell_image(&packet, image_base(), thread->id);
        }
        process_told = true;
        ob_dereference(thread);
    }
    tell_modules(main_thread);
    __atomic_store_n(&debuggee.thread, 0, __ATOMIC_RELEASE);
    ps_freeze_others(NULL, false);
    pass_turn();
    return NULL;
}

static NTSTATUS become_debuggee(int socket, const struct dbgk_command *hello)
{
    if (!ps_child_peb() || !ps_current_process->main_thread_id)
        return STATUS_PROCESS_IS_TERMINATING;
    int own = dup(socket);
    pthread_mutex_lock(&debuggee.lock);
    bool taken = own < 0 || debuggee.socket >= 0;
    if (!taken)
        debuggee.socket = socket;
    pthread_mutex_unlock(&debuggee.lock);
    if (own >= 0)
        close(own);
    if (taken)
        return STATUS_PORT_ALREADY_SET;
    debuggee.kill_on_close = hello->value;
    ps_child_set_debug(ps_current_process, GW_DEBUGGED, true);
    tell_peb(true);
    ke_lock();
    for (struct ps_thread *thread = ps_threads; thread; thread = thread->next)
        thread->debug_started = thread->debug_ended = false;
    ke_unlock();
    __atomic_store_n(&dbgk_debugged, 1, __ATOMIC_SEQ_CST);
    take_turn();
    ps_freeze_others(NULL, true);
    return STATUS_SUCCESS;
}

static void serve_debugger(uint32_t from, int socket)
{
    struct dbgk_command hello;
    (void)from;
    if (!dbgk_receive(socket, &hello, sizeof hello, NULL, NULL) || hello.order != DBGK_KILL_ON_CLOSE)
        return;
    struct dbgk_welcome welcome = {.wow = wow_active};
    welcome.status = become_debuggee(socket, &hello);
    welcome.main_thread = ps_current_process->main_thread_id;
    bool told = dbgk_send(socket, &welcome, sizeof welcome, NULL);
    if (!NT_SUCCESS(welcome.status))
        return;
    if (!told || !ke_start_helper(tell_all, NULL)) {
        let_go();
        ps_freeze_others(NULL, false);
        pass_turn();
        return;
    }
    listen_to(socket);
}

void dbgk_initialize(void)
{
    session_register(SESSION_DEBUG, serve_debugger);
}
