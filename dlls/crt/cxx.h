/*
 * The structures that Microsoft's C++ compiler emits for exceptions and run-time types. Addresses in them
 * are relative to the image on x64 and plain on x86, which is taken for relative to an image at 0.
 */
#ifndef CXX_H
#define CXX_H

#include "crt.h"

#ifndef ExceptionContinueSearch
#define ExceptionContinueExecution 0
#define ExceptionContinueSearch    1
#endif
#define CXX_EXCEPTION 0xe06d7363
#define CXX_MAGIC1    0x19930520
#define CXX_MAGIC2    0x19930521
#define CXX_MAGIC3    0x19930522
#ifdef _WIN64
#define CXX_PARAMETERS 4
#define CXX_MEMBER
#define CXX_BASE(r) ((char *)(r)->ExceptionInformation[3])
#else
#define CXX_PARAMETERS 3
#define CXX_MEMBER     __attribute__((thiscall))
#define CXX_BASE(r)    ((char *)0)
#endif
#define CXX_IS_EXCEPTION(r)                                                                                  \
    ((r)->ExceptionCode == CXX_EXCEPTION && (r)->NumberParameters == CXX_PARAMETERS &&                       \
     (r)->ExceptionInformation[0] >= CXX_MAGIC1 && (r)->ExceptionInformation[0] <= CXX_MAGIC3)

struct type_info {
    const void *const *vtable;
    char *undecorated; /* made when asked for */
    char name[1];      /* decorated */
};

struct pmd {
    int member, vtable_offset, index;
};

struct catchable {
    unsigned int properties; /* 1 simple, 2 by reference only, 4 virtual base */
    int type;
    struct pmd displacement;
    int size, copy;
};
#define CATCHABLE_SIMPLE       1
#define CATCHABLE_BY_REFERENCE 2
#define CATCHABLE_VIRTUAL_BASE 4

struct catchable_list {
    int count;
    int types[];
};

struct throw_info {
    unsigned int attributes; /* 1 const, 2 volatile, 4 unaligned */
    int destructor, forward, catchables;
};

struct unwind_entry {
    int to, action;
};
struct try_block {
    int low, high, catch_high, count, handlers;
};
struct catch_handler {
    unsigned int adjectives; /* 1 const, 2 volatile, 8 reference, 0x40 all */
    int type, object, code;
#ifdef _WIN64
    int frame;
#endif
};
struct ip_state {
    unsigned int ip;
    int state;
};
struct function_info {
    unsigned int magic;
    int state_count, unwinds;
    int try_count, tries;
    int ip_count, ips;
#ifdef _WIN64
    int help; /* offset of the frame's state slot */
#endif
    int types, flags;
};
#define FUNCTION_SYNCHRONOUS 1 /* catch (...) takes C++ exceptions only */
#define FUNCTION_NOEXCEPT    4

/* One exception being handled. */
struct cxx_active {
    struct cxx_active *next;
    void *object;
    const struct throw_info *info;
    char *base;
    EXCEPTION_RECORD *record;
    CONTEXT *context;
    void *frame; /* of the function whose catch block runs, and its state while that runs */
    int parent_state;
    EXCEPTION_RECORD *old_record;
    CONTEXT *old_context;
};

struct frame_slot {
    int state;  /* of unwinding; -2: the instruction pointer tells */
    int search; /* the highest state that a search began with */
};

#ifdef _WIN64
void crt_call_member(void *function, void *this, void *argument, intptr_t argument2);
void *crt_call_funclet(void *funclet, void *frame, void *active);
#else
/* Calls a catch block, a destructor's or filter's code with EBP; the other registers are kept. */
void *crt_call_funclet(void *funclet, void *ebp);
#endif

static inline void cxx_call_destructor(void *function, void *object)
{
#ifdef _WIN64
    crt_call_member(function, object, NULL, 0);
#else
    ((void(CXX_MEMBER *)(void *))function)(object);
#endif
}
static inline void cxx_call_copy(void *function, void *object, void *from, bool virtual_base)
{
#ifdef _WIN64
    crt_call_member(function, object, from, virtual_base);
#else
    if (virtual_base)
        ((void(CXX_MEMBER *)(void *, void *, int))function)(object, from, 1);
    else
        ((void(CXX_MEMBER *)(void *, void *))function)(object, from);
#endif
}

/* Ends the handling of an exception; its object is destroyed unless it is `in_flight` again. */
void cxx_leave(struct cxx_active *active, const void *in_flight);
/* Begins it: fills `active`, which is linked to the thread. */
void cxx_enter(struct cxx_active *active, EXCEPTION_RECORD *record, CONTEXT *context);
/* The exception that `throw;` means in a record without one. */
void cxx_complete(EXCEPTION_RECORD *record);
bool cxx_type_matches(const EXCEPTION_RECORD *record, const struct type_info *type, unsigned int adjectives,
                      const struct catchable **ret_found);
void cxx_build_object(const EXCEPTION_RECORD *record, const struct type_info *type, unsigned int adjectives,
                      int offset, char *frame, const struct catchable *c);
/* The unwinder's continuation: runs a catch block. Parameters of the record: */
enum {
    CATCH_CALLBACK,
    CATCH_FRAME,
    CATCH_CODE,
    CATCH_STATE,
    CATCH_RECORD,
    CATCH_CONTEXT,
    CATCH_HELP,
    CATCH_BASE,
    CATCH_CONTINUE,
    CATCH_CONTINUE2,
    CATCH_PARENT_STATE,
    CATCH_PARAMETERS
};
void *cxx_catch(EXCEPTION_RECORD *record);
EXCEPTION_DISPOSITION cxx_foreign(EXCEPTION_RECORD *record, CONTEXT *context);
void __DestructExceptionObject(EXCEPTION_RECORD *record);
void *__AdjustPointer(void *object, const struct pmd *d);
#endif
