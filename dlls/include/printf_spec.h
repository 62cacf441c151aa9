/*
 * Specifications and arguments of printf_template.h.
 */
#ifndef PRINTF_SPEC_H
#define PRINTF_SPEC_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FLAG_LEFT = 1, FLAG_PLUS = 2, FLAG_SPACE = 4, FLAG_ALTERNATE = 8, FLAG_ZERO = 16 };
enum size { SIZE_DEFAULT, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_64 };
enum text { TEXT_DEFAULT, TEXT_IS_NARROW, TEXT_IS_WIDE };
enum kind { KIND_NONE, KIND_32, KIND_64, KIND_POINTER, KIND_DOUBLE };

#define MAX_POSITIONAL 100

struct spec {
    int flags, width, precision;                      /* precision -1: none */
    int position, width_argument, precision_argument; /* arguments: 0 none, -1 the next, else the number */
    enum size size;
    enum text text;
    enum kind kind;
    unsigned int type;
    bool is_signed;
};

union value {
    int64_t i64;
    void *pointer;
    double real;
};

struct arguments {
    va_list list;
    union value *values; /* by number; NULL: in order */
};

static void fetch(struct arguments *a, enum kind kind, union value *ret_value)
{
    switch (kind) {
    case KIND_64: ret_value->i64 = va_arg(a->list, int64_t); break;
    case KIND_POINTER: ret_value->pointer = va_arg(a->list, void *); break;
    case KIND_DOUBLE: ret_value->real = va_arg(a->list, double); break;
    default: ret_value->i64 = va_arg(a->list, int);
    }
}

static union value argument(struct arguments *a, int position, enum kind kind)
{
    union value v;

    if (a->values && position > 0)
        return a->values[position];
    fetch(a, kind, &v);
    return v;
}

/* Width and precision that are arguments. */
static void fetch_stars(struct arguments *a, struct spec *s)
{
    if (s->width_argument) {
        s->width = (int)argument(a, s->width_argument, KIND_32).i64;
        if (s->width < 0) {
            s->flags |= FLAG_LEFT;
            s->width = s->width == INT_MIN ? INT_MAX : -s->width;
        }
    }
    if (s->precision_argument) {
        s->precision = (int)argument(a, s->precision_argument, KIND_32).i64;
        if (s->precision < 0)
            s->precision = -1;
    }
}

/* What %n does. */
static void store_count(const struct spec *s, void *to, uint64_t count)
{
    if (s->size == SIZE_64)
        *(int64_t *)to = (int64_t)count;
    else if (s->size == SIZE_SHORT)
        *(short *)to = (short)count;
    else if (s->size == SIZE_CHAR)
        *(signed char *)to = (signed char)count;
    else
        *(int *)to = (int)count;
}

#endif
