/*
 * C++ exceptions on x64: the frame handler of tables that are not compressed. Catch blocks are funclets;
 * ntdll's unwinder runs them at the end of a consolidating unwind, with the thrown object's frame still on
 * the stack.
 */
#include "../cxx.h"

static struct type_info *rva_type(char *base, int rva)
{
    return rva ? (struct type_info *)(base + rva) : NULL;
}

/* On the way out of a catch block by another exception: ends the handling of this one. */
EXCEPTION_DISPOSITION crt_funclet_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                          void *dispatch)
{
    (void)context, (void)dispatch;
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        struct cxx_active *active = *(struct cxx_active **)((char *)frame + 32);
        if (active) {
            const EXCEPTION_RECORD *in_flight = NULL;
            if (record->ExceptionCode == (DWORD)STATUS_UNWIND_CONSOLIDATE &&
                record->NumberParameters >= CATCH_PARAMETERS &&
                record->ExceptionInformation[0] == (ULONG_PTR)cxx_catch)
                in_flight = (EXCEPTION_RECORD *)record->ExceptionInformation[CATCH_RECORD];
            struct crt_thread *thread = crt_thread();
            thread->left_frame = active->frame;
            thread->left_state = active->parent_state;
            cxx_leave(active, in_flight && CXX_IS_EXCEPTION(in_flight)
                                  ? (void *)in_flight->ExceptionInformation[1]
                                  : NULL);
        }
    }
    return ExceptionContinueSearch;
}

void *cxx_catch(EXCEPTION_RECORD *unwind)
{
    ULONG_PTR *p = unwind->ExceptionInformation;
    EXCEPTION_RECORD *record = (EXCEPTION_RECORD *)p[CATCH_RECORD];
    struct cxx_active active;

    cxx_enter(&active, record, (CONTEXT *)p[CATCH_CONTEXT]);
    active.frame = (void *)p[CATCH_FRAME];
    active.parent_state = (int)p[CATCH_PARENT_STATE];
    struct frame_slot *slot = (struct frame_slot *)p[CATCH_HELP];
    ULONG_PTR more[2] = {p[CATCH_CONTINUE], p[CATCH_CONTINUE2]};
    void *next = crt_call_funclet((void *)p[CATCH_CODE], (void *)p[CATCH_FRAME], &active);
    cxx_leave(&active, NULL);
    if (slot) {
        slot->state = -2;
        slot->search = -1;
    }
    if (more[0] && (uintptr_t)next < 2) /* compressed tables: the funclet may return an index */
        next = (void *)more[(uintptr_t)next];
    return next;
}

/* ---------------------------------------------------------------- the frame handler */

static int state_of(const struct function_info *fi, char *base, uintptr_t ip)
{
    const struct ip_state *map = (const struct ip_state *)(base + fi->ips);
    int low = 0, high = fi->ip_count;

    while (low < high) {
        int middle = (low + high) / 2;
        if (ip < (uintptr_t)base + map[middle].ip)
            high = middle;
        else
            low = middle + 1;
    }
    return low ? map[low - 1].state : -1;
}

/* The frame that a funclet belongs to, and its try block; the frame itself in the function's body. */
static char *parent_frame(const struct function_info *fi, DISPATCHER_CONTEXT *d, char *frame,
                          const struct try_block **ret_try)
{
    char *base = (char *)d->ImageBase;
    const struct try_block *tries = (const struct try_block *)(base + fi->tries);

    *ret_try = NULL;
    for (int i = fi->try_count - 1; i >= 0; i--) {
        const struct catch_handler *h = (const struct catch_handler *)(base + tries[i].handlers);
        for (int k = 0; k < tries[i].count; k++)
            if ((unsigned int)h[k].code == d->FunctionEntry->BeginAddress) {
                *ret_try = &tries[i];
                return *(char **)(frame + h[k].frame);
            }
    }
    return frame;
}

static void unwind_states(const struct function_info *fi, char *base, char *frame, struct frame_slot *slot,
                          int state, int stop, int above)
{
    const struct unwind_entry *map = (const struct unwind_entry *)(base + fi->unwinds);

    while (state > -1 && state != stop && state > above && state < fi->state_count) {
        const struct unwind_entry *e = &map[state];
        state = e->to;
        slot->state = state; /* before the action: what it throws must not run it again */
        if (e->action)
            crt_call_funclet(base + e->action, frame, NULL);
    }
    slot->state = state;
}

EXCEPTION_DISPOSITION __CxxFrameHandler3(EXCEPTION_RECORD *record, void *establisher, CONTEXT *context,
                                         DISPATCHER_CONTEXT *dispatch)
{
    char *base = (char *)dispatch->ImageBase;
    const struct function_info *fi = (const struct function_info *)(base +
                                                                    *(unsigned int *)dispatch->HandlerData);
    const struct try_block *own_try, *tries = (const struct try_block *)(base + fi->tries);
    const struct catchable *found;
    char *frame = parent_frame(fi, dispatch, establisher, &own_try);
    unsigned int magic = fi->magic & 0x1fffffff;
    int flags = magic >= CXX_MAGIC3 ? fi->flags : 0;
    struct frame_slot dummy = {-2, -1};
    struct frame_slot *slot = fi->help ? (struct frame_slot *)(frame + fi->help) : &dummy;
    int state = state_of(fi, base, dispatch->ControlPc);

    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
        if (!fi->state_count)
            return ExceptionContinueSearch;
        int from = own_try || slot->state == -2 ? state : slot->state;
        if (own_try && slot->state != -2 && slot->state < from && slot->state > own_try->high)
            from = slot->state;
        if (record->ExceptionFlags & EXCEPTION_TARGET_UNWIND &&
            record->ExceptionCode == (DWORD)STATUS_UNWIND_CONSOLIDATE &&
            record->ExceptionInformation[0] == (ULONG_PTR)cxx_catch)
            unwind_states(fi, base, frame, slot, slot->state == -2 ? from : slot->state,
                          (int)record->ExceptionInformation[CATCH_STATE], -1);
        else
            unwind_states(fi, base, frame, slot, from, -1, own_try ? own_try->high : -1);
        return ExceptionContinueSearch;
    }
    if (CXX_IS_EXCEPTION(record))
        cxx_complete(record);
    else if (fi->try_count && crt_thread()->se_translator)
        cxx_foreign(record, context);
    if (state > slot->search)
        slot->search = state;
    else
        state = slot->search;
    for (int i = 0; i < fi->try_count; i++) {
        const struct try_block *t = &tries[i];
        if (state < t->low || state > t->high)
            continue;
        const struct catch_handler *h = (const struct catch_handler *)(base + t->handlers);
        for (int k = 0; k < t->count; k++) {
            const struct type_info *type = rva_type(base, h[k].type);
            if (!CXX_IS_EXCEPTION(record) && (flags & FUNCTION_SYNCHRONOUS || (type && type->name[0])))
                continue;
            if (!cxx_type_matches(record, type, h[k].adjectives, &found))
                continue;
            cxx_build_object(record, type, h[k].adjectives, h[k].object, frame, found);
            EXCEPTION_RECORD unwind = {.ExceptionCode = (DWORD)STATUS_UNWIND_CONSOLIDATE,
                                       .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                                       .NumberParameters = EXCEPTION_MAXIMUM_PARAMETERS};
            ULONG_PTR *p = unwind.ExceptionInformation;
            p[CATCH_CALLBACK] = (ULONG_PTR)cxx_catch;
            p[CATCH_FRAME] = (ULONG_PTR)frame;
            p[CATCH_CODE] = (ULONG_PTR)(base + h[k].code);
            p[CATCH_STATE] = (ULONG_PTR)(intptr_t)t->low;
            p[CATCH_RECORD] = (ULONG_PTR)record;
            p[CATCH_CONTEXT] = (ULONG_PTR)context;
            p[CATCH_HELP] = fi->help ? (ULONG_PTR)slot : 0;
            p[CATCH_BASE] = (ULONG_PTR)base;
            CONTEXT target;
            /* A try block inside a catch block goes on in that funclet's frame. */
            bool inside = own_try && t->low > own_try->high && t->high <= own_try->catch_high;
            RtlUnwindEx(inside ? establisher : frame, (void *)dispatch->ControlPc, &unwind, NULL, &target,
                        dispatch->HistoryTable);
        }
    }
    if (flags & FUNCTION_NOEXCEPT && CXX_IS_EXCEPTION(record))
        terminate();
    return ExceptionContinueSearch;
}

EXCEPTION_DISPOSITION __CxxFrameHandler(EXCEPTION_RECORD *r, void *f, CONTEXT *c, DISPATCHER_CONTEXT *d)
{
    return __CxxFrameHandler3(r, f, c, d);
}
EXCEPTION_DISPOSITION __CxxFrameHandler2(EXCEPTION_RECORD *r, void *f, CONTEXT *c, DISPATCHER_CONTEXT *d)
{
    return __CxxFrameHandler3(r, f, c, d);
}
