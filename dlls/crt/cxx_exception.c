/*
 * C++ exceptions of Microsoft's compilers: throwing, types and objects, what a thread is handling. The
 * handlers of frames are the architectures' (x86_64/cxx_frame3.c, i386/cxx_frame.c).
 */
#include "cxx.h"

static struct type_info *rva_type(char *base, int rva)
{
    return rva ? (struct type_info *)(base + rva) : NULL;
}

__attribute__((noreturn)) void WINAPI _CxxThrowException(void *object, const struct throw_info *info);
void WINAPI _CxxThrowException(void *object, const struct throw_info *info)
{
    void *base = NULL;

    if (info && CXX_PARAMETERS > 3)
        RtlPcToFileHeader((void *)info, &base);
    crt_thread()->processing_throw++;
    ULONG_PTR parameters[4] = {CXX_MAGIC1, (ULONG_PTR)object, (ULONG_PTR)info, (ULONG_PTR)base};
    RaiseException(CXX_EXCEPTION, EXCEPTION_NONCONTINUABLE, CXX_PARAMETERS, parameters);
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
#ifdef _WIN64
    record->ExceptionInformation[3] = (ULONG_PTR)active->base;
#endif
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
    char *base = CXX_BASE(record);
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
    char *base = CXX_BASE(record);
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
        cxx_call_copy(base + c->copy, target, __AdjustPointer(object, &c->displacement),
                      c->properties & CATCHABLE_VIRTUAL_BASE);
    }
}

void __DestructExceptionObject(EXCEPTION_RECORD *record)
{
    if (!record || !CXX_IS_EXCEPTION(record) || !record->ExceptionInformation[2])
        return;
    const struct throw_info *info = (const struct throw_info *)record->ExceptionInformation[2];
    if (info->destructor)
        cxx_call_destructor(CXX_BASE(record) + info->destructor, (void *)record->ExceptionInformation[1]);
}

/* ---------------------------------------------------------------- catch blocks */

void cxx_leave(struct cxx_active *active, const void *in_flight)
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
        cxx_call_destructor(active->base + active->info->destructor, active->object);
}

void cxx_enter(struct cxx_active *active, EXCEPTION_RECORD *record, CONTEXT *context)
{
    struct crt_thread *thread = crt_thread();

    *active = (struct cxx_active){.record = record,
                                  .context = context,
                                  .next = thread->cxx_active,
                                  .old_record = thread->current_exception,
                                  .old_context = thread->current_context};
    if (CXX_IS_EXCEPTION(record)) {
        active->object = (void *)record->ExceptionInformation[1];
        active->info = (const struct throw_info *)record->ExceptionInformation[2];
        active->base = CXX_BASE(record);
        if (thread->processing_throw > 0)
            thread->processing_throw--;
    }
    thread->current_exception = record;
    thread->current_context = context;
    thread->cxx_active = active;
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
    char *base = CXX_BASE(record);
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
    active->base = CXX_BASE(record);
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
        cxx_leave(active, in_use ? active->object : NULL);
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
