/*
 * The code in the door page for i386 code: its door (a far jump), and short ways for a few calls, which
 * near.h explains. It is copied to DOOR_ENTRY32.
 *
 * On entry EAX is the call's number; the stack holds two return addresses, then the arguments. Only EAX,
 * ECX and EDX change, and the stack pointer never does, so that near_leave can go to the door or back to
 * the stub from anywhere. Each way looks at everything, then changes one word with one instruction
 * (at NAME_commit), and only then, if at all, the owner of a mutant, which near_leave can do as well.
 */
#include "ke_offsets.h"
#include "wow/near.h"
#include "wow/selectors.h"
#include <gastwirt/door.h>
#include <nt/syscall_numbers.h>

#define FIRST  8(%esp)
#define SECOND 12(%esp)
#define THIRD  16(%esp)

#define OBJECT(offset)      NEAR_OBJECTS + offset(%edx)
#define OBJECT_HIGH(offset) NEAR_OBJECTS + 4 + offset(%edx)

#define SYNCHRONIZE_RIGHT 0x100000
#define MODIFY_RIGHT      2 /* of events and semaphores */
#define STATUS_TIMED_OUT  0x102

    .globl near_code, near_code_end, near_far, near_calls, near_ways, near_ways_end

    .section .rodata.near_ways, "a"
    .p2align 3
near_ways: /* struct way of near.c */

    .section .rodata
    .code32
    .p2align 4
near_code:
    cmpl $NEAR_CALLS, %eax
    jae near_far
    jmp *(DOOR_ENTRY32 + near_calls - near_code)(,%eax,4)
    .org near_code + DOOR_RETURN32 - DOOR_ENTRY32, 0xcc
    ret
    .p2align 4, 0xcc
near_far:
    ljmp $WOW_CODE_64, $(DOOR_ENTRY32 + 1f - near_code)
    .code64
1:  jmp *DOOR_TARGET32 /* in 64-bit mode */
    .code32

/* What every way begins and ends with. `begin` leaves the object's offset in EDX, the lock held. */
.macro begin way access
    movl FIRST, %ecx
    andl $~3, %ecx
    cmpl $NEAR_HANDLES * 4, %ecx
    jae \way\()_door
    cmpb $0, NEAR_LOCK + LOCK_MULTITHREADED
    je \way\()_locked
    movl $1, %edx
    xchgl %edx, NEAR_LOCK
\way\()_exchanged: /* EDX 0: the lock is held */
    testl %edx, %edx
    jne \way\()_door
\way\()_locked:
    movl NEAR_TABLE(,%ecx,4), %edx
    subl $NEAR_OBJECTS, %edx
    cmpl $NEAR_OBJECTS_SIZE, %edx
    jae \way\()_failed
    cmpl $0, NEAR_TABLE + 4(,%ecx,4)
    jne \way\()_failed
    .if \access
    testl $\access, NEAR_TABLE + ENTRY_ACCESS(,%ecx,4)
    je \way\()_failed
    .endif
    movl OBJECT(OBJECT_SYNC), %eax
    orl OBJECT_HIGH(OBJECT_SYNC), %eax
    jne \way\()_failed
.endm

.macro no_waiters way
    movl OBJECT(OBJECT_WAITERS), %eax
    orl OBJECT_HIGH(OBJECT_WAITERS), %eax
    jne \way\()_failed
.endm

.macro end way number
\way\()_unlock: /* EAX is the status */
    movl $0, NEAR_LOCK
    ret
\way\()_failed:
    movl $0, NEAR_LOCK
\way\()_door:
    movl $\number, %eax
    jmp near_far
\way\()_end:
    .pushsection .rodata.near_ways, "a"
    .long \way - near_code, \way\()_exchanged - near_code, \way\()_locked - near_code
    .long \way\()_commit - near_code, \way\()_unlock - near_code, \way\()_failed - near_code
    .long \way\()_door - near_code, \way\()_end - near_code, \number
    .popsection
.endm

/* NtWaitForSingleObject(Handle, Alertable, Timeout) */
    .p2align 4
wait:
    cmpb $0, SECOND
    jne wait_door
    movl THIRD, %edx
    testl %edx, %edx
    je 1f
    movl (%edx), %ecx /* must be readable, whatever comes */
    movl 4(%edx), %ecx
1:  begin wait SYNCHRONIZE_RIGHT
    movl OBJECT(OBJECT_SIGNAL), %ecx
    cmpb $KIND_MUTANT, OBJECT(OBJECT_KIND)
    je 3f
    testl %ecx, %ecx
    jle wait_unsignalled
    cmpb $KIND_SYNCHRONIZATION_EVENT, OBJECT(OBJECT_KIND)
    jb wait_commit /* a notification event stays as it is */
    movl $0, %eax
    cmovel %eax, %ecx
    je wait_commit
    decl %ecx
    xorl %eax, %eax
    jmp wait_commit
wait_unsignalled:
    movl THIRD, %ecx /* not signalled: a poll, or the door's */
    testl %ecx, %ecx
    je wait_failed
    movl (%ecx), %eax
    orl 4(%ecx), %eax
    jne wait_failed
    movl $STATUS_TIMED_OUT, %eax
    jmp wait_unlock
3:  cmpl $1, %ecx
    je 4f
    movl %fs:0x18, %eax
    movl NEAR_TEB_OWNER(%eax), %ecx
    cmpl %ecx, OBJECT(MUTANT_OWNER)
    jne wait_unsignalled
    movl NEAR_TEB_OWNER + 4(%eax), %ecx
    cmpl %ecx, OBJECT_HIGH(MUTANT_OWNER)
    jne wait_unsignalled
    movl OBJECT(OBJECT_SIGNAL), %ecx
    cmpl $-0x7ffffff0, %ecx
    jle wait_failed
4:  cmpb $0, OBJECT(MUTANT_ABANDONED)
    jne wait_failed
    decl %ecx
    xorl %eax, %eax
wait_commit:
    movl %ecx, OBJECT(OBJECT_SIGNAL)
    cmpb $KIND_MUTANT, OBJECT(OBJECT_KIND)
    jne wait_unlock
    movl %fs:0x18, %ecx
    movl NEAR_TEB_OWNER(%ecx), %ecx
    movl %ecx, OBJECT(MUTANT_OWNER)
    movl %fs:0x18, %ecx
    movl NEAR_TEB_OWNER + 4(%ecx), %ecx
    movl %ecx, OBJECT_HIGH(MUTANT_OWNER)
    end wait NUMBER_NtWaitForSingleObject

/* NtSetEvent(EventHandle, PreviousState) */
    .p2align 4
set_event:
    cmpl $0, SECOND
    jne set_event_door
    begin set_event MODIFY_RIGHT
    cmpb $KIND_SYNCHRONIZATION_EVENT, OBJECT(OBJECT_KIND)
    ja set_event_failed
    no_waiters set_event
set_event_commit:
    movl $1, OBJECT(OBJECT_SIGNAL)
    end set_event NUMBER_NtSetEvent

/* NtClearEvent(EventHandle) */
    .p2align 4
clear_event:
    begin clear_event MODIFY_RIGHT
    cmpb $KIND_SYNCHRONIZATION_EVENT, OBJECT(OBJECT_KIND)
    ja clear_event_failed
clear_event_commit:
    movl %eax, OBJECT(OBJECT_SIGNAL) /* 0 */
    end clear_event NUMBER_NtClearEvent

/* NtReleaseSemaphore(SemaphoreHandle, ReleaseCount, PreviousCount) */
    .p2align 4
release_semaphore:
    cmpl $0, THIRD
    jne release_semaphore_door
    cmpl $0, SECOND
    jle release_semaphore_door
    begin release_semaphore MODIFY_RIGHT
    cmpb $KIND_SEMAPHORE, OBJECT(OBJECT_KIND)
    jne release_semaphore_failed
    no_waiters release_semaphore
    movl OBJECT(SEMAPHORE_LIMIT), %ecx
    subl OBJECT(OBJECT_SIGNAL), %ecx
    cmpl SECOND, %ecx
    jl release_semaphore_failed
    movl SECOND, %ecx
release_semaphore_commit:
    addl %ecx, OBJECT(OBJECT_SIGNAL)
    end release_semaphore NUMBER_NtReleaseSemaphore

/* NtReleaseMutant(MutantHandle, PreviousCount) */
    .p2align 4
release_mutant:
    cmpl $0, SECOND
    jne release_mutant_door
    begin release_mutant 0
    cmpb $KIND_MUTANT, OBJECT(OBJECT_KIND)
    jne release_mutant_failed
    cmpl $0, OBJECT(OBJECT_SIGNAL)
    jg release_mutant_failed
    no_waiters release_mutant
    movl OBJECT(MUTANT_PREVIOUS), %eax
    orl OBJECT_HIGH(MUTANT_PREVIOUS), %eax
    jne release_mutant_failed
    movl %fs:0x18, %eax
    movl NEAR_TEB_OWNER(%eax), %ecx
    cmpl %ecx, OBJECT(MUTANT_OWNER)
    jne release_mutant_failed
    movl NEAR_TEB_OWNER + 4(%eax), %ecx
    cmpl %ecx, OBJECT_HIGH(MUTANT_OWNER)
    jne release_mutant_failed
    xorl %eax, %eax
release_mutant_commit:
    incl OBJECT(OBJECT_SIGNAL)
    cmpl $0, OBJECT(OBJECT_SIGNAL)
    jle release_mutant_unlock
    movl %eax, OBJECT(MUTANT_OWNER)
    movl %eax, OBJECT_HIGH(MUTANT_OWNER)
    end release_mutant NUMBER_NtReleaseMutant

/* Where the calls below NEAR_CALLS go: offsets from near_code, which near_initialize makes addresses. */
    .p2align 4
near_calls:
    .set number, 0
    .rept NEAR_CALLS
    .if number == NUMBER_NtWaitForSingleObject
    .long wait - near_code
    .elseif number == NUMBER_NtSetEvent
    .long set_event - near_code
    .elseif number == NUMBER_NtClearEvent
    .long clear_event - near_code
    .elseif number == NUMBER_NtReleaseSemaphore
    .long release_semaphore - near_code
    .elseif number == NUMBER_NtReleaseMutant
    .long release_mutant - near_code
    .else
    .long near_far - near_code
    .endif
    .set number, number + 1
    .endr
near_code_end:
    .code64

    .section .rodata.near_ways, "a"
near_ways_end:

    .section .note.GNU-stack, "", @progbits
