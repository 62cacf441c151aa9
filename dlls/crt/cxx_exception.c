/*
 * C++ exceptions of Microsoft's compilers on x64: throwing, finding a handler, running catch blocks and
 * destructors. Catch blocks are funclets; ntdll's unwinder runs them at the end of a consolidating
 * unwind, with the thrown object's frame still on the stack.
 */
#include "cxx.h"

#ifdef _WIN64

static struct type_info *rva_type(char *base, int rva)
{
    return rva ? (struct type_info *)(base + rva) : NULL;
}

__attribute__((noreturn)) void _CxxThrowException(void *object, const struct throw_info *info);
void _CxxThrowException(void *object, const struct throw_info *info)
{
    void *base = NULL;

    if (info)
        RtlPcToFileHeader((void *)info, &base);
    crt_thread()->processing_throw++;
    ULONG_PTR parameters[4] = {CXX_MAGIC1, (ULONG_PTR)object, (ULONG_PTR)info, (ULONG_PTR)base};
    RaiseException(CXX_EXCEPTION, EXCEPTION_NONCONTINUABLE, 4, parameters);
    __builtin_unreachable();
}

void cxx_complete(EXCEPTION_RECORD *record)
{
    if (record->ExceptionInformation[2])
        return;
    struct cxx_active *active = crt_thread()->cxx_active;
    while (active && !active->info)
        active = active->next;
    if (!active)
        terminate();
    record->ExceptionInformation[1] = (ULONG_PTR)active->object;
    record->ExceptionInformation[2] = (ULONG_PTR)active->info;
    record->ExceptionInformation[3] = (ULONG_PTR)active->base;
}

/* ---------------------------------------------------------------- types and objects */

void *__AdjustPointer(void *object, const struct pmd *d)
{
    char *p = (char *)object + d->member;

    if (d->vtable_offset >= 0) /* the virtual base's offset stands in the table at vtable_offset */
        p += *(int *)(*(char **)((char *)object + d->vtable_offset) + d->index) + d->vtable_offset;
    return p;
}

bool cxx_type_matches(const EXCEPTION_RECORD *record, const struct type_info *type, unsigned int adjectives,
                      const struct catchable **ret_found)
{
    *ret_found = NULL;
    if (!type || !type->name[0])
        return true; /* catch (...) */
    if (!CXX_IS_EXCEPTION(record))
        return false;
    const struct throw_info *info = (const struct throw_info *)record->ExceptionInformation[2];
    char *base = (char *)record->ExceptionInformation[3];
    const struct catchable_list *list = (const struct catchable_list *)(base + info->catchables);
    for (int i = 0; i < list->count; i++) {
        const struct catchable *c = (const struct catchable *)(base + list->types[i]);
        const struct type_info *thrown = rva_type(base, c->type);
        if (thrown != type && strcmp(thrown->name, type->name))
            continue;
        if (c->properties & CATCHABLE_BY_REFERENCE && !(adjectives & 8))
            continue;
        if ((info->attributes & 1 && !(adjectives & 1)) || (info->attributes & 2 && !(adjectives & 2)))
            continue;
        *ret_found = c;
        return true;
    }
    return false;
}

void cxx_build_object(const EXCEPTION_RECORD *record, const struct type_info *type, unsigned int adjectives,
                      int offset, char *frame, const struct catchable *c)
{
    if (!type || !type->name[0] || !offset || !c)
        return;
    char *base = (char *)record->ExceptionInformation[3];
    void *object = (void *)record->ExceptionInformation[1], **target = (void **)(frame + offset);
    if (adjectives & 8) {
        *target = __AdjustPointer(object, &c->displacement);
    } else if (c->properties & CATCHABLE_SIMPLE) {
        memmove(target, object, c->size);
        if (c->size == sizeof(void *) && *target)
            *target = __AdjustPointer(*target, &c->displacement);
    } else if (!c->copy) {
        memmove(target, __AdjustPointer(object, &c->displacement), c->size);
    } else {
        crt_call_member(base + c->copy, target, __AdjustPointer(object, &c->displacement),
                        c->properties & CATCHABLE_VIRTUAL_BASE ? 1 : 0);
    }
}

void __DestructExceptionObject(EXCEPTION_RECORD *record)
{
    if (!record || !CXX_IS_EXCEPTION(record) || !record->ExceptionInformation[2])
        return;
    const struct throw_info *info = (const struct throw_info *)record->ExceptionInformation[2];
    if (info->destructor)
        crt_call_member((char *)record->ExceptionInformation[3] + info->destructor,
                        (void *)record->ExceptionInformation[1], NULL, 0);
}

/* ---------------------------------------------------------------- catch blocks */

static void leave(struct cxx_active *active, const void *in_flight)
{
    struct crt_thread *thread = crt_thread();
    bool destroy = active->info && active->object != in_flight;

    for (struct cxx_active **p = &thread->cxx_active; *p; p = &(*p)->next)
        if (*p == active) {
            *p = active->next;
            break;
        }
    for (struct cxx_active *other = thread->cxx_active; other; other = other->next)
        if (other->object == active->object && other->info)
            destroy = false; /* rethrown inside the catch block that still holds it */
    thread->current_exception = active->old_record;
    thread->current_context = active->old_context;
    if (destroy && active->info->destructor)
        crt_call_member(active->base + active->info->destructor, active->object, NULL, 0);
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
            leave(active, in_flight && CXX_IS_EXCEPTION(in_flight)
                              ? (void *)in_flight->ExceptionInformation[1]
                              : NULL);
        }
    }
    return ExceptionContinueSearch;
}

void *cxx_catch(EXCEPTION_RECORD *unwind)
{
    struct crt_thread *thread = crt_thread();
    ULONG_PTR *p = unwind->ExceptionInformation;
    EXCEPTION_RECORD *record = (EXCEPTION_RECORD *)p[CATCH_RECORD];
    struct cxx_active active = {.record = record,
                                .context = (CONTEXT *)p[CATCH_CONTEXT],
                                .next = thread->cxx_active,
                                .old_record = thread->current_exception,
                                .old_context = thread->current_context};

    if (CXX_IS_EXCEPTION(record)) {
        active.object = (void *)record->ExceptionInformation[1];
        active.info = (const struct throw_info *)record->ExceptionInformation[2];
        active.base = (char *)record->ExceptionInformation[3];
        if (thread->processing_throw > 0)
            thread->processing_throw--;
    }
    thread->current_exception = record;
    thread->current_context = active.context;
    active.frame = (void *)p[CATCH_FRAME];
    active.parent_state = (int)p[CATCH_PARENT_STATE];
    thread->cxx_active = &active;
    struct frame_slot *slot = (struct frame_slot *)p[CATCH_HELP];
    ULONG_PTR more[2] = {p[CATCH_CONTINUE], p[CATCH_CONTINUE2]};
    void *next = crt_call_funclet((void *)p[CATCH_CODE], (void *)p[CATCH_FRAME], &active);
    leave(&active, NULL);
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

typedef void (*se_translator)(unsigned int, EXCEPTION_POINTERS *);

/* Gives another exception to the program's translator, which may throw; then goes on searching. */
EXCEPTION_DISPOSITION cxx_foreign(EXCEPTION_RECORD *record, CONTEXT *context)
{
    se_translator translator = (se_translator)crt_thread()->se_translator;

    if (translator && record->ExceptionCode != (DWORD)STATUS_BREAKPOINT && !CXX_IS_EXCEPTION(record)) {
        EXCEPTION_POINTERS pointers = {record, context};
        translator(record->ExceptionCode, &pointers);
    }
    return ExceptionContinueSearch;
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

/* ---------------------------------------------------------------- state */

bool __uncaught_exception(void)
{
    return crt_thread()->processing_throw != 0;
}
int __uncaught_exceptions(void)
{
    return crt_thread()->processing_throw;
}
int *__processing_throw(void)
{
    return &crt_thread()->processing_throw;
}
void **__current_exception(void)
{
    return &crt_thread()->current_exception;
}
void **__current_exception_context(void)
{
    return &crt_thread()->current_context;
}

void *_set_se_translator(void *translator)
{
    struct crt_thread *thread = crt_thread();
    void *old = thread->se_translator;

    thread->se_translator = translator;
    return old;
}

int _is_exception_typeof(const struct type_info *type, EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers ? pointers->ExceptionRecord : NULL;

    if (!record || !CXX_IS_EXCEPTION(record) || !record->ExceptionInformation[2])
        return 0;
    char *base = (char *)record->ExceptionInformation[3];
    const struct catchable_list *list =
        (const struct catchable_list *)(base +
                                        ((struct throw_info *)record->ExceptionInformation[2])->catchables);
    for (int i = 0; i < list->count; i++)
        if (!strcmp(rva_type(base, ((struct catchable *)(base + list->types[i]))->type)->name, type->name))
            return 1;
    return 0;
}

int __FrameUnwindFilter(EXCEPTION_POINTERS *pointers)
{
    if (CXX_IS_EXCEPTION(pointers->ExceptionRecord))
        terminate();
    return 0;
}

/* For managed code and older __except users. */
int __CxxRegisterExceptionObject(EXCEPTION_POINTERS *pointers, struct cxx_active *active)
{
    struct crt_thread *thread = crt_thread();
    EXCEPTION_RECORD *record = pointers ? pointers->ExceptionRecord : NULL;

    memset(active, 0, sizeof *active);
    if (!record || !CXX_IS_EXCEPTION(record))
        return 1;
    cxx_complete(record);
    active->object = (void *)record->ExceptionInformation[1];
    active->info = (const struct throw_info *)record->ExceptionInformation[2];
    active->base = (char *)record->ExceptionInformation[3];
    active->record = record;
    active->next = thread->cxx_active;
    active->old_record = thread->current_exception;
    active->old_context = thread->current_context;
    thread->cxx_active = active;
    thread->current_exception = record;
    thread->current_context = pointers->ContextRecord;
    if (thread->processing_throw > 0)
        thread->processing_throw--;
    return 1;
}
void __CxxUnregisterExceptionObject(struct cxx_active *active, int in_use)
{
    if (active->info)
        leave(active, in_use ? active->object : NULL);
}
int __CxxQueryExceptionSize(void)
{
    return sizeof(struct cxx_active);
}
int __CxxDetectRethrow(EXCEPTION_POINTERS *pointers)
{
    EXCEPTION_RECORD *record = pointers ? pointers->ExceptionRecord : NULL;

    if (record && CXX_IS_EXCEPTION(record) && !record->ExceptionInformation[2]) {
        crt_thread()->processing_throw++;
        return 1;
    }
    return 0;
}
int __CxxExceptionFilter(EXCEPTION_POINTERS *pointers, const struct type_info *type, int adjectives,
                         void *target)
{
    EXCEPTION_RECORD *record = pointers ? pointers->ExceptionRecord : NULL;
    const struct catchable *found;

    if (!record || !CXX_IS_EXCEPTION(record))
        return 0;
    cxx_complete(record);
    if (!cxx_type_matches(record, type, adjectives, &found))
        return 0;
    if (target)
        cxx_build_object(record, type, adjectives, (int)sizeof(void *), (char *)target - sizeof(void *),
                         found);
    return 1;
}
#endif
