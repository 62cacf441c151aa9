/*
 * C++ run-time types: type_info, dynamic_cast, typeid, and the exception classes that the runtimes
 * export. The classes' tables are laid out here as Microsoft's compiler lays them out.
 */
#include "cxx.h"

/* ---------------------------------------------------------------- the compiler's structures */

struct base_class {
    int type;
    unsigned int contained;
    struct pmd displacement;
    unsigned int attributes; /* 1 not visible, 2 ambiguous, 4 private, 0x40 has hierarchy */
    int hierarchy;
};
struct hierarchy {
    unsigned int signature, attributes; /* 1 multiple, 2 virtual inheritance, 4 ambiguous */
    unsigned int count;
    int bases;
};
struct locator {
    unsigned int signature, offset, constructor_offset;
    int type, hierarchy;
#ifdef _WIN64
    int self;
#endif
};

struct exception {
    const void *const *vtable;
    char *what;
    bool owns;
};

static void *new_block(size_t size)
{
    return malloc(size);
}

/* ---------------------------------------------------------------- type_info */

/* "class a::b" of ".?AVb@a@@"; templates and the like stay as they are decorated. */
static char *undecorate(const char *name)
{
    const char *kind = "", *p = name, *parts[32];
    int count = 0, lengths[32];

    if (*p == '.')
        p++;
    if (!strncmp(p, "?AV", 3))
        kind = "class ";
    else if (!strncmp(p, "?AU", 3))
        kind = "struct ";
    else if (!strncmp(p, "?AT", 3))
        kind = "union ";
    else if (!strncmp(p, "?AW4", 4))
        kind = "enum ";
    static const struct {
        char code;
        const char *name;
    } simple[] = {{'C', "signed char"},  {'D', "char"},           {'E', "unsigned char"},
                  {'F', "short"},        {'G', "unsigned short"}, {'H', "int"},
                  {'I', "unsigned int"}, {'J', "long"},           {'K', "unsigned long"},
                  {'M', "float"},        {'N', "double"},         {'O', "long double"},
                  {'X', "void"}};
    if (!*kind) {
        for (size_t i = 0; i < ARRAY_LENGTH(simple); i++)
            if (p[0] == simple[i].code && !p[1])
                return _strdup(simple[i].name);
        return _strdup(!strcmp(p, "_N")   ? "bool"
                       : !strcmp(p, "_J") ? "__int64"
                       : !strcmp(p, "_K") ? "unsigned __int64"
                       : !strcmp(p, "_W") ? "wchar_t"
                                          : name);
    }
    p += *kind == 'e' ? 4 : 3;
    while (*p && *p != '@') {
        const char *end = strchr(p, '@');
        if (!end || *p == '?' || (*p >= '0' && *p <= '9') || count == 32)
            return _strdup(name);
        parts[count] = p;
        lengths[count++] = (int)(end - p);
        p = end + 1;
    }
    size_t size = strlen(name) + 16 + 2 * count;
    char *text = malloc(size), *q = text;
    if (!text)
        return NULL;
    q += _snprintf(q, size, "%s", kind);
    while (count--)
        q += _snprintf(q, size - (q - text), "%.*s%s", lengths[count], parts[count], count ? "::" : "");
    return text;
}

const char *CXX_MEMBER cxx_type_name(struct type_info *type)
{
    if (!type->undecorated) {
        char *text = undecorate(type->name);
        if (InterlockedCompareExchangePointer((void *volatile *)&type->undecorated, text, NULL))
            free(text);
    }
    return type->undecorated;
}
const char *CXX_MEMBER cxx_type_raw_name(const struct type_info *type)
{
    return type->name;
}
int CXX_MEMBER cxx_type_equal(const struct type_info *a, const struct type_info *b)
{
    return !strcmp(a->name + 1, b->name + 1);
}
int CXX_MEMBER cxx_type_not_equal(const struct type_info *a, const struct type_info *b)
{
    return strcmp(a->name + 1, b->name + 1) != 0;
}
int CXX_MEMBER cxx_type_before(const struct type_info *a, const struct type_info *b)
{
    return strcmp(a->name + 1, b->name + 1) < 0;
}
void CXX_MEMBER cxx_type_destroy(struct type_info *type)
{
    free(type->undecorated);
}
struct type_info *CXX_MEMBER cxx_type_delete(struct type_info *type, unsigned int flags)
{
    cxx_type_destroy(type);
    if (flags & 1)
        free(type);
    return type;
}

/* vcruntime's forms: data is {undecorated, decorated name...} */
struct std_type_info {
    const char *undecorated;
    char name[1];
};
int __std_type_info_compare(const struct std_type_info *a, const struct std_type_info *b)
{
    return a == b ? 0 : strcmp(a->name + 1, b->name + 1);
}
size_t __std_type_info_hash(const struct std_type_info *type)
{
    uint64_t hash = 14695981039346656037ull;

    for (const char *p = type->name + 1; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211ull;
    return (size_t)(hash ^ hash >> 32);
}
const char *__std_type_info_name(struct std_type_info *type, void *list)
{
    (void)list;
    if (!type->undecorated) {
        char *text = undecorate(type->name);
        if (InterlockedCompareExchangePointer((void *volatile *)&type->undecorated, text, NULL))
            free(text);
    }
    return type->undecorated;
}
void __std_type_info_destroy_list(void *list)
{
    (void)list;
}

/* ---------------------------------------------------------------- the exported classes */

extern const void *const crt_exception_vtable[],
    *const crt_bad_cast_vtable[], *const crt_bad_typeid_vtable[], *const crt_non_rtti_vtable[];

const char *CXX_MEMBER cxx_exception_what(const struct exception *e)
{
    return e->what ? e->what : "Unknown exception";
}
struct exception *CXX_MEMBER cxx_exception_default(struct exception *e)
{
    e->vtable = crt_exception_vtable;
    e->what = NULL;
    e->owns = false;
    return e;
}
static void set_what(struct exception *e, const char *text, bool own)
{
    e->what = (char *)text;
    e->owns = false;
    if (own && text) {
        e->what = _strdup(text);
        e->owns = e->what != NULL;
    }
}
struct exception *CXX_MEMBER cxx_exception_text(struct exception *e, const char *const *text)
{
    e->vtable = crt_exception_vtable;
    set_what(e, *text, true);
    return e;
}
struct exception *CXX_MEMBER cxx_exception_static(struct exception *e, const char *const *text, int unused)
{
    (void)unused;
    e->vtable = crt_exception_vtable;
    set_what(e, *text, false);
    return e;
}
struct exception *CXX_MEMBER cxx_exception_copy(struct exception *e, const struct exception *from)
{
    e->vtable = crt_exception_vtable;
    set_what(e, from->what, from->owns);
    return e;
}
void CXX_MEMBER cxx_exception_destroy(struct exception *e)
{
    e->vtable = crt_exception_vtable;
    if (e->owns)
        free(e->what);
    e->what = NULL;
    e->owns = false;
}
struct exception *CXX_MEMBER cxx_exception_assign(struct exception *e, const struct exception *from)
{
    if (e != from) {
        if (e->owns)
            free(e->what);
        set_what(e, from->what, from->owns);
    }
    return e;
}
struct exception *CXX_MEMBER cxx_exception_delete(struct exception *e, unsigned int flags)
{
    cxx_exception_destroy(e);
    if (flags & 1)
        free(e);
    return e;
}
#define DERIVED(name, table)                                                                                 \
    struct exception *CXX_MEMBER cxx_##name##_text(struct exception *e, const char *text)                    \
    {                                                                                                        \
        e->vtable = table;                                                                                   \
        set_what(e, text, true);                                                                             \
        return e;                                                                                            \
    }                                                                                                        \
    struct exception *CXX_MEMBER cxx_##name##_reference(struct exception *e, const char *const *text)        \
    {                                                                                                        \
        return cxx_##name##_text(e, *text);                                                                  \
    }                                                                                                        \
    struct exception *CXX_MEMBER cxx_##name##_copy(struct exception *e, const struct exception *from)        \
    {                                                                                                        \
        cxx_exception_copy(e, from);                                                                         \
        e->vtable = table;                                                                                   \
        return e;                                                                                            \
    }
DERIVED(bad_cast, crt_bad_cast_vtable)
DERIVED(bad_typeid, crt_bad_typeid_vtable)
DERIVED(non_rtti, crt_non_rtti_vtable)
struct exception *CXX_MEMBER cxx_bad_cast_default(struct exception *e)
{
    return cxx_bad_cast_text(e, "bad cast");
}
struct exception *CXX_MEMBER cxx_bad_typeid_default(struct exception *e)
{
    return cxx_bad_typeid_text(e, "bad typeid");
}

/* vcruntime's std::exception keeps {text, owned}. */
struct exception_data {
    const char *what;
    bool owns;
};
void __std_exception_copy(const struct exception_data *from, struct exception_data *to)
{
    to->what = from->what;
    to->owns = false;
    if (from->owns && from->what) {
        to->what = _strdup(from->what);
        to->owns = to->what != NULL;
    }
}
void __std_exception_destroy(struct exception_data *data)
{
    if (data->owns)
        free((void *)data->what);
    data->what = NULL;
    data->owns = false;
}
void __std_terminate(void)
{
    terminate();
}

/* ---------------------------------------------------------------- operators */

void *crt_operator_new(size_t size);
void cxx_operator_delete(void *block)
{
    free(block);
}
void *cxx_new_handler_set(void *handler)
{
    return (void)handler, NULL;
}

/* ---------------------------------------------------------------- dynamic_cast and typeid */

__attribute__((noreturn)) void WINAPI _CxxThrowException(void *object, const struct throw_info *info);
extern const struct throw_info crt_bad_cast_throw, crt_bad_typeid_throw, crt_non_rtti_throw,
    crt_bad_alloc_throw;

static const struct locator *locator_of(void *object)
{
    return ((const struct locator *const *)*(void **)object)[-1];
}

static char *image_of(const struct locator *l)
{
#ifdef _WIN64
    void *base = NULL;

    if (l->signature)
        return (char *)l - l->self;
    RtlPcToFileHeader((void *)l, &base);
    return base;
#else
    return (void)l, (char *)0;
#endif
}

/* The start of the most derived object. */
void *__RTCastToVoid(void *object)
{
    if (!object)
        return NULL;
    const struct locator *l = locator_of(object);
    char *p = (char *)object - l->offset;
    if (l->constructor_offset)
        p -= *(int *)((char *)object - l->constructor_offset);
    return p;
}

struct type_info *__RTtypeid(void *object)
{
    if (!object) {
        struct exception e;
        cxx_bad_typeid_text(&e, "Attempted a typeid of nullptr pointer!");
        _CxxThrowException(&e, &crt_bad_typeid_throw);
    }
    const struct locator *l = locator_of(object);
    return (struct type_info *)(image_of(l) + l->type);
}

static bool same(const struct type_info *a, const struct type_info *b)
{
    return a == b || !strcmp(a->name, b->name);
}

static ptrdiff_t displacement(char *complete, const struct pmd *d)
{
    return (char *)__AdjustPointer(complete, d) - complete;
}

/* Finds the target among the bases of the complete object, by way of the source where that is needed. */
void *__RTDynamicCast(void *object, int vtable_offset, struct type_info *source, struct type_info *target,
                      int is_reference)
{
    (void)vtable_offset;
    if (!object)
        return NULL;
    const struct locator *l = locator_of(object);
    char *base = image_of(l), *complete = __RTCastToVoid(object);
    const struct hierarchy *h = (const struct hierarchy *)(base + l->hierarchy);
    const int *bases = (const int *)(base + h->bases);
    ptrdiff_t source_offset = (char *)object - complete;
    const struct base_class *down = NULL, *cross = NULL;
    bool ambiguous = false, source_visible = false;
    void *result = NULL;

    for (unsigned int i = 0; i < h->count; i++) {
        const struct base_class *b = (const struct base_class *)(base + bases[i]);
        if (same((struct type_info *)(base + b->type), source) &&
            displacement(complete, &b->displacement) == source_offset && !(b->attributes & 1))
            source_visible = true;
        if (!same((struct type_info *)(base + b->type), target))
            continue;
        /* A target that contains the source as its base: a cast down. */
        for (unsigned int k = i; k <= i + b->contained && k < h->count; k++) {
            const struct base_class *s = (const struct base_class *)(base + bases[k]);
            if (same((struct type_info *)(base + s->type), source) &&
                displacement(complete, &s->displacement) == source_offset && (!(s->attributes & 4) || k == i))
                down = b;
        }
        if (!(b->attributes & 1)) {
            if (cross &&
                displacement(complete, &cross->displacement) != displacement(complete, &b->displacement))
                ambiguous = true;
            cross = b;
        }
    }
    if (down)
        result = complete + displacement(complete, &down->displacement);
    else if (cross && !ambiguous && source_visible)
        result = complete + displacement(complete, &cross->displacement);
    if (!result && is_reference) {
        struct exception e;
        cxx_bad_cast_text(&e, "Bad dynamic_cast!");
        _CxxThrowException(&e, &crt_bad_cast_throw);
    }
    (void)new_block;
    return result;
}
