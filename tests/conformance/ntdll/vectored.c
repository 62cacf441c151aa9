/*
 * Vectored exception and continue handlers: order, removal, continuing.
 */
#include "harness.h"

#define CODE 0xe0001234

static char order[32];
static int order_length;
static LONG verdict_of_b = EXCEPTION_CONTINUE_EXECUTION;

static void note(char c)
{
    if (order_length < 31)
        order[order_length++] = c;
    order[order_length] = 0;
}

static LONG CALLBACK handler_a(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode == CODE)
        note('a');
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG CALLBACK handler_b(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != CODE)
        return EXCEPTION_CONTINUE_SEARCH;
    note('b');
    return verdict_of_b;
}

static LONG CALLBACK handler_c(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode == CODE)
        note('c');
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG CALLBACK continue_handler(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode == CODE)
        note('+');
    return EXCEPTION_CONTINUE_SEARCH;
}

static void raise_it(void)
{
    order_length = 0;
    order[0] = 0;
    RaiseException(CODE, 0, 0, NULL);
}

TEST(order)
{
    PVOID b = AddVectoredExceptionHandler(0, handler_b);
    PVOID a = AddVectoredExceptionHandler(1, handler_a);
    PVOID c = AddVectoredExceptionHandler(0, handler_c);
    CHECK(a && b && c);
    raise_it();
    CHECK_STR(order, "ab");
    CHECK(RemoveVectoredExceptionHandler(a));
    raise_it();
    CHECK_STR(order, "b");
    CHECK(RemoveVectoredExceptionHandler(b));
    b = AddVectoredExceptionHandler(0, handler_b);
    raise_it();
    CHECK_STR(order, "cb");
    CHECK(RemoveVectoredExceptionHandler(b));
    CHECK(!RemoveVectoredExceptionHandler(b));
    CHECK(RemoveVectoredExceptionHandler(c));
    CHECK(!RemoveVectoredExceptionHandler(NULL));
}

TEST(continue_handlers)
{
    PVOID b = AddVectoredExceptionHandler(1, handler_b);
    PVOID k = AddVectoredContinueHandler(1, continue_handler);
    raise_it();
    if (!harness_is_wine()) /* calls them only for what NtRaiseException raised */
        CHECK_STR(order, "b+");
    CHECK(!RemoveVectoredExceptionHandler(k));
    CHECK(RemoveVectoredContinueHandler(k));
    CHECK(RemoveVectoredExceptionHandler(b));
}

static PVOID self_removing;
static LONG CALLBACK removes_itself(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != CODE)
        return EXCEPTION_CONTINUE_SEARCH;
    note('r');
    RemoveVectoredExceptionHandler(self_removing);
    return EXCEPTION_CONTINUE_SEARCH;
}

TEST(removal_within)
{
    PVOID b = AddVectoredExceptionHandler(1, handler_b);
    self_removing = AddVectoredExceptionHandler(1, removes_itself);
    raise_it();
    CHECK_STR(order, "rb");
    raise_it();
    CHECK_STR(order, "b");
    RemoveVectoredExceptionHandler(b);
}

static int depth;
static LONG CALLBACK nesting(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != CODE)
        return EXCEPTION_CONTINUE_SEARCH;
    note('(');
    if (++depth < 3)
        RaiseException(CODE, 0, 0, NULL);
    note(')');
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(nested)
{
    PVOID n = AddVectoredExceptionHandler(1, nesting);
    raise_it();
    CHECK_STR(order, "((()))");
    RemoveVectoredExceptionHandler(n);
}

static EXCEPTION_RECORD seen;
static LONG CALLBACK recording(EXCEPTION_POINTERS *p)
{
    if (p->ExceptionRecord->ExceptionCode != CODE)
        return EXCEPTION_CONTINUE_SEARCH;
    seen = *p->ExceptionRecord;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(arguments)
{
    ULONG_PTR arguments[20];
    PVOID r = AddVectoredExceptionHandler(1, recording);
    for (int i = 0; i < 20; i++)
        arguments[i] = 100 + i;
    RaiseException(CODE, 0, 3, arguments);
    CHECK_EQ(seen.NumberParameters, 3);
    CHECK_EQ(seen.ExceptionInformation[2], 102);
    CHECK_EQ(seen.ExceptionFlags, 0);
    CHECK(seen.ExceptionRecord == NULL);
    CHECK(seen.ExceptionAddress != NULL);
    RaiseException(CODE, 0, 20, arguments);
    CHECK_EQ(seen.NumberParameters, 15);
    RaiseException(CODE, 0, 3, NULL);
    CHECK_EQ(seen.NumberParameters, 0);
    RemoveVectoredExceptionHandler(r);
}
