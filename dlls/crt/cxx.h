/*
 * The structures that Microsoft's C++ compiler emits for exceptions and run-time types on x64.
 * Addresses are relative to the image.
 */
#ifndef CXX_H
#define CXX_H

#include "crt.h"

#ifdef _WIN64

#ifndef ExceptionContinueSearch
#define ExceptionContinueSearch 1
#endif
#define CXX_EXCEPTION 0xe06d7363
#define CXX_MAGIC1    0x19930520
#define CXX_MAGIC2    0x19930521
#define CXX_MAGIC3    0x19930522
#define CXX_IS_EXCEPTION(r)                                                                                  \
    ((r)->ExceptionCode == CXX_EXCEPTION && (r)->NumberParameters == 4 &&                                    \
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
    int type, object, code, frame;
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
    int help; /* offset of the frame's state slot */
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

void crt_call_member(void *function, void *this, void *argument, intptr_t argument2);
void *crt_call_funclet(void *funclet, void *frame, void *active);
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
#endif
#endif
