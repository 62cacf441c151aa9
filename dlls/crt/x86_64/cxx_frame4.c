/*
 * C++ frames with compressed tables (/d2FH4): the same exceptions as cxx_exception.c, other tables. A
 * catch block has tables of its own; its function's state while it runs is kept with the exception
 * being handled, and right after it was left by another exception, in the thread.
 */
#include "../cxx.h"

enum {
    HEAD_CATCH = 1,
    HEAD_SEPARATED = 2,
    HEAD_BBT = 4,
    HEAD_UNWIND = 8,
    HEAD_TRY = 16,
    HEAD_SYNC = 32,
    HEAD_NOEXCEPT = 64
};

static unsigned int read_unsigned(const unsigned char **p)
{
    const unsigned char *b = *p;
    uint32_t v;

    if (!(b[0] & 1)) {
        *p += 1;
        return b[0] >> 1;
    }
    if (!(b[0] & 2)) {
        *p += 2;
        return (b[0] | b[1] << 8) >> 2;
    }
    if (!(b[0] & 4)) {
        *p += 3;
        return (b[0] | b[1] << 8 | (unsigned int)b[2] << 16) >> 3;
    }
    if (!(b[0] & 8)) {
        *p += 4;
        memcpy(&v, b, 4);
        return v >> 4;
    }
    *p += 5;
    memcpy(&v, b + 1, 4);
    return v;
}

static int read_int(const unsigned char **p)
{
    int v;

    memcpy(&v, *p, 4);
    *p += 4;
    return v;
}

struct function4 {
    unsigned char head;
    int unwinds, tries, ips;
    unsigned int frame;
};

static struct function4 read_function(const unsigned char *p)
{
    struct function4 f = {.head = *p++};

    if (f.head & HEAD_BBT)
        read_unsigned(&p);
    if (f.head & HEAD_UNWIND)
        f.unwinds = read_int(&p);
    if (f.head & HEAD_TRY)
        f.tries = read_int(&p);
    f.ips = read_int(&p);
    if (f.head & HEAD_CATCH)
        f.frame = read_unsigned(&p);
    return f;
}

static int state_of(const struct function4 *f, DISPATCHER_CONTEXT *d)
{
    char *base = (char *)d->ImageBase;
    const unsigned char *p = (const unsigned char *)base + f->ips;
    unsigned int start = d->FunctionEntry->BeginAddress, at = start, state = 0;
    unsigned int ip = (unsigned int)(d->ControlPc - d->ImageBase);

    if (f->head & HEAD_SEPARATED) {
        unsigned int count = read_unsigned(&p);
        const unsigned char *found = NULL;
        while (count--) {
            unsigned int segment = (unsigned int)read_int(&p);
            int map = read_int(&p);
            if (segment == start)
                found = (const unsigned char *)base + map;
        }
        if (!found)
            return -1;
        p = found;
    }
    for (unsigned int count = read_unsigned(&p); count; count--) {
        at += read_unsigned(&p);
        if (ip < at)
            break;
        state = read_unsigned(&p);
    }
    return (int)state - 1;
}

/* Runs the actions from `state` down to `stop`. */
static void unwind_states(const struct function4 *f, char *base, char *frame, int state, int stop)
{
    if (!(f->head & HEAD_UNWIND) || state <= stop)
        return;
    const unsigned char *p = (const unsigned char *)base + f->unwinds;
    int count = (int)read_unsigned(&p);
    const unsigned char *first = p, *entry = p;
    if (state >= count)
        return;
    for (int i = 0;; i++) {
        entry = p;
        unsigned int type = read_unsigned(&p) & 3;
        if (i == state)
            break;
        if (type)
            read_int(&p);
        if (type == 1 || type == 2)
            read_unsigned(&p);
    }
    const unsigned char *limit = first - 1; /* the entry of `stop` */
    if (stop >= 0) {
        const unsigned char *q = first;
        for (int i = 0; i < stop; i++) {
            unsigned int type = read_unsigned(&q) & 3;
            if (type)
                read_int(&q);
            if (type == 1 || type == 2)
                read_unsigned(&q);
        }
        limit = q;
    }
    while (entry >= first && entry > limit) {
        const unsigned char *q = entry;
        unsigned int word = read_unsigned(&q), type = word & 3;
        const unsigned char *next = entry - (word >> 2);
        if (type) {
            void *action = base + read_int(&q);
            if (type == 3)
                crt_call_funclet(action, frame, NULL);
            else {
                char *object = frame + read_unsigned(&q);
                crt_call_member(action, type == 2 ? *(void **)object : object, NULL, 0);
            }
        }
        if (next == entry)
            break;
        entry = next;
    }
}

EXCEPTION_DISPOSITION __CxxFrameHandler4(EXCEPTION_RECORD *record, void *establisher, CONTEXT *context,
                                         DISPATCHER_CONTEXT *dispatch)
{
    char *base = (char *)dispatch->ImageBase;
    struct function4 f = read_function((unsigned char *)base + *(unsigned int *)dispatch->HandlerData);
    struct crt_thread *thread = crt_thread();
    char *frame = f.head & HEAD_CATCH ? *(char **)((char *)establisher + f.frame) : establisher;
    int state = state_of(&f, dispatch);

    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        if (!(f.head & HEAD_CATCH) && thread->left_frame == establisher) {
            state = thread->left_state;
            thread->left_frame = NULL;
        }
        int stop = -1;
        if (record->ExceptionFlags & EXCEPTION_TARGET_UNWIND &&
            record->ExceptionCode == (DWORD)STATUS_UNWIND_CONSOLIDATE &&
            record->ExceptionInformation[0] == (ULONG_PTR)cxx_catch)
            stop = (int)record->ExceptionInformation[CATCH_STATE];
        unwind_states(&f, base, frame, state, stop);
        return ExceptionContinueSearch;
    }
    if (CXX_IS_EXCEPTION(record))
        cxx_complete(record);
    else if (f.head & HEAD_TRY && thread->se_translator)
        cxx_foreign(record, context);
    if (!(f.head & HEAD_CATCH)) /* one of this function's catch blocks may be running */
        for (struct cxx_active *a = thread->cxx_active; a; a = a->next)
            if (a->frame == establisher) {
                state = a->parent_state;
                break;
            }
    if (f.head & HEAD_TRY) {
        const unsigned char *p = (const unsigned char *)base + f.tries;
        for (unsigned int count = read_unsigned(&p); count; count--) {
            int low = (int)read_unsigned(&p), high = (int)read_unsigned(&p);
            read_unsigned(&p); /* the catch blocks' highest state */
            const unsigned char *h = (const unsigned char *)base + read_int(&p);
            if (state < low || state > high)
                continue;
            for (unsigned int handlers = read_unsigned(&h); handlers; handlers--) {
                unsigned char head = *h++;
                unsigned int adjectives = head & 1 ? read_unsigned(&h) : 0;
                int type_rva = head & 2 ? read_int(&h) : 0;
                int object = head & 4 ? (int)read_unsigned(&h) : 0;
                int code = read_int(&h);
                ULONG_PTR more[2] = {0, 0};
                for (int i = 0; i < (head >> 4 & 3); i++)
                    more[i] = head & 8 ? (ULONG_PTR)(base + read_int(&h))
                                       : (ULONG_PTR)(base + dispatch->FunctionEntry->BeginAddress +
                                                     read_unsigned(&h));
                const struct type_info *type = type_rva ? (struct type_info *)(base + type_rva) : NULL;
                const struct catchable *found;
                if (!CXX_IS_EXCEPTION(record) && (f.head & HEAD_SYNC || (type && type->name[0])))
                    continue;
                if (!cxx_type_matches(record, type, adjectives, &found))
                    continue;
                cxx_build_object(record, type, adjectives, object, frame, found);
                EXCEPTION_RECORD unwind = {.ExceptionCode = (DWORD)STATUS_UNWIND_CONSOLIDATE,
                                           .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                                           .NumberParameters = EXCEPTION_MAXIMUM_PARAMETERS};
                ULONG_PTR *q = unwind.ExceptionInformation;
                q[CATCH_CALLBACK] = (ULONG_PTR)cxx_catch;
                q[CATCH_FRAME] = (ULONG_PTR)frame;
                q[CATCH_CODE] = (ULONG_PTR)(base + code);
                q[CATCH_STATE] = (ULONG_PTR)(intptr_t)low;
                q[CATCH_RECORD] = (ULONG_PTR)record;
                q[CATCH_CONTEXT] = (ULONG_PTR)context;
                q[CATCH_BASE] = (ULONG_PTR)base;
                q[CATCH_CONTINUE] = more[0];
                q[CATCH_CONTINUE2] = more[1];
                q[CATCH_PARENT_STATE] = (ULONG_PTR)(high + 1);
                CONTEXT target;
                RtlUnwindEx(establisher, (void *)dispatch->ControlPc, &unwind, NULL, &target,
                            dispatch->HistoryTable);
            }
        }
    }
    if (f.head & HEAD_NOEXCEPT && CXX_IS_EXCEPTION(record))
        terminate();
    return ExceptionContinueSearch;
}
