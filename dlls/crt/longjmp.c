/*
 * longjmp: unwinds to the frame that setjmp noted, running the termination handlers between.
 */
#include "crt.h"

#ifdef _WIN64

#ifndef STATUS_LONGJUMP
#define STATUS_LONGJUMP ((DWORD)0x80000026)
#endif

void crt_jump(void *buffer, int value) __attribute__((noreturn));
void longjmp(uint64_t *buffer, int value) __attribute__((noreturn));

void longjmp(uint64_t *buffer, int value)
{
    if (!value)
        value = 1;
    if (buffer[0]) {
        EXCEPTION_RECORD record = {0};
        CONTEXT context;
        record.ExceptionCode = STATUS_LONGJUMP;
        record.NumberParameters = 1;
        record.ExceptionInformation[0] = (ULONG_PTR)buffer;
        RtlUnwindEx((void *)buffer[0], (void *)buffer[10], &record, (void *)(intptr_t)value, &context, NULL);
    }
    crt_jump(buffer, value);
}

void _local_unwind(void *frame, void *target)
{
    CONTEXT context;

    RtlUnwindEx(frame, target, NULL, NULL, &context, NULL);
}
#endif
