/*
 * What ntdll's run-time library offers beyond windows.h: heap, locks, strings, bitmaps, tables,
 * environment, security, thread pool, threads' local storage. For our own guest code only.
 */
#ifndef NT_RTL_H
#define NT_RTL_H

#include <nt/base.h>
#include <nt/peb.h>
#include <nt/syscalls.h>

static inline PTEB rtl_teb(void)
{
    PTEB teb;
#ifdef _WIN64
    __asm__("movq %%gs:0x30, %0" : "=r"(teb));
#else
    __asm__("movl %%fs:0x18, %0" : "=r"(teb));
#endif
    return teb;
}
static inline PPEB rtl_peb(void)
{
    return rtl_teb()->ProcessEnvironmentBlock;
}

/* The run-time library's per-thread block (struct heap_thread of rtl/heap.h), in a field nobody reads. */
#define TEB_RTL_DATA(teb) ((teb)->SystemReserved1[0])

/* ---- heap ---- */
typedef NTSTATUS(NTAPI *PRTL_HEAP_COMMIT_ROUTINE)(PVOID Base, PVOID *CommitAddress, PSIZE_T CommitSize);
typedef struct _RTL_HEAP_PARAMETERS {
    ULONG Length;
    SIZE_T SegmentReserve, SegmentCommit, DeCommitFreeBlockThreshold, DeCommitTotalFreeThreshold;
    SIZE_T MaximumAllocationSize, VirtualMemoryThreshold, InitialCommit, InitialReserve;
    PRTL_HEAP_COMMIT_ROUTINE CommitRoutine;
    SIZE_T Reserved[2];
} RTL_HEAP_PARAMETERS, *PRTL_HEAP_PARAMETERS;
typedef struct _RTL_HEAP_WALK_ENTRY {
    PVOID DataAddress;
    SIZE_T DataSize;
    UCHAR OverheadBytes;
    UCHAR SegmentIndex;
    USHORT Flags; /* PROCESS_HEAP_... */
    union {
        struct {
            SIZE_T Settable;
            USHORT TagIndex;
            USHORT AllocatorBackTraceIndex;
            ULONG Reserved[2];
        } Block;
        struct {
            ULONG CommittedSize, UnCommittedSize;
            PVOID FirstEntry, LastEntry;
        } Segment;
    };
} RTL_HEAP_WALK_ENTRY, *PRTL_HEAP_WALK_ENTRY;
typedef NTSTATUS(NTAPI *PRTL_ENUM_HEAPS_ROUTINE)(PVOID HeapHandle, PVOID Parameter);
#define HEAP_SETTABLE_USER_VALUE 0x00000100
#define HEAP_SETTABLE_USER_FLAGS 0x00000e00

PVOID NTAPI RtlCreateHeap(ULONG Flags, PVOID HeapBase, SIZE_T ReserveSize, SIZE_T CommitSize, PVOID Lock,
                          PRTL_HEAP_PARAMETERS Parameters);
PVOID NTAPI RtlDestroyHeap(PVOID HeapHandle);
PVOID NTAPI RtlAllocateHeap(PVOID HeapHandle, ULONG Flags, SIZE_T Size);
BOOLEAN NTAPI RtlFreeHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
PVOID NTAPI RtlReAllocateHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress, SIZE_T Size);
SIZE_T NTAPI RtlSizeHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
BOOLEAN NTAPI RtlValidateHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress);
BOOLEAN NTAPI RtlValidateProcessHeaps(void);
NTSTATUS NTAPI RtlWalkHeap(PVOID HeapHandle, PRTL_HEAP_WALK_ENTRY Entry);
SIZE_T NTAPI RtlCompactHeap(PVOID HeapHandle, ULONG Flags);
BOOLEAN NTAPI RtlLockHeap(PVOID HeapHandle);
BOOLEAN NTAPI RtlUnlockHeap(PVOID HeapHandle);
BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress, PVOID *UserValue,
                                 PULONG UserFlags);
BOOLEAN NTAPI RtlSetUserValueHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress, PVOID UserValue);
BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID HeapHandle, ULONG Flags, PVOID BaseAddress, ULONG Reset, ULONG Set);
DWORD NTAPI RtlSetHeapInformation(PVOID HeapHandle, HEAP_INFORMATION_CLASS Class, PVOID Information,
                                  SIZE_T Length);
DWORD NTAPI RtlQueryHeapInformation(PVOID HeapHandle, HEAP_INFORMATION_CLASS Class, PVOID Information,
                                    SIZE_T Length, PSIZE_T ReturnLength);
ULONG NTAPI RtlGetProcessHeaps(ULONG Count, PVOID *Heaps);
NTSTATUS NTAPI RtlEnumProcessHeaps(PRTL_ENUM_HEAPS_ROUTINE Routine, PVOID Parameter);
ULONG NTAPI RtlMultipleAllocateHeap(PVOID HeapHandle, ULONG Flags, SIZE_T Size, ULONG Count, PVOID *Array);
ULONG NTAPI RtlMultipleFreeHeap(PVOID HeapHandle, ULONG Flags, ULONG Count, PVOID *Array);
/* Give a dying thread's caches, its TLS expansion and its FLS data back. LDR calls both, FLS first
 * (it runs callbacks), when a thread ends. */
void rtl_heap_thread_detach(void);
void rtl_thread_detach(void);
void rtl_open_current_directory(void);

/* ---- critical sections, locks, waiting ---- */
NTSTATUS NTAPI RtlInitializeCriticalSection(RTL_CRITICAL_SECTION *Section);
NTSTATUS NTAPI RtlInitializeCriticalSectionAndSpinCount(RTL_CRITICAL_SECTION *Section, ULONG SpinCount);
NTSTATUS NTAPI RtlInitializeCriticalSectionEx(RTL_CRITICAL_SECTION *Section, ULONG SpinCount, ULONG Flags);
NTSTATUS NTAPI RtlDeleteCriticalSection(RTL_CRITICAL_SECTION *Section);
NTSTATUS NTAPI RtlEnterCriticalSection(RTL_CRITICAL_SECTION *Section);
NTSTATUS NTAPI RtlLeaveCriticalSection(RTL_CRITICAL_SECTION *Section);
ULONG NTAPI RtlTryEnterCriticalSection(RTL_CRITICAL_SECTION *Section);
ULONG NTAPI RtlSetCriticalSectionSpinCount(RTL_CRITICAL_SECTION *Section, ULONG SpinCount);
ULONG NTAPI RtlIsCriticalSectionLocked(RTL_CRITICAL_SECTION *Section);
ULONG NTAPI RtlIsCriticalSectionLockedByThread(RTL_CRITICAL_SECTION *Section);
HANDLE NTAPI RtlQueryCriticalSectionOwner(HANDLE Event);
void NTAPI RtlCheckForOrphanedCriticalSections(HANDLE Thread);
void NTAPI RtlEnableEarlyCriticalSectionEventCreation(void);
void NTAPI RtlInitializeSRWLock(RTL_SRWLOCK *Lock);
void NTAPI RtlAcquireSRWLockExclusive(RTL_SRWLOCK *Lock);
void NTAPI RtlAcquireSRWLockShared(RTL_SRWLOCK *Lock);
void NTAPI RtlReleaseSRWLockExclusive(RTL_SRWLOCK *Lock);
void NTAPI RtlReleaseSRWLockShared(RTL_SRWLOCK *Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(RTL_SRWLOCK *Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockShared(RTL_SRWLOCK *Lock);
void NTAPI RtlAcquireReleaseSRWLockExclusive(RTL_SRWLOCK *Lock);
void NTAPI RtlInitializeConditionVariable(RTL_CONDITION_VARIABLE *Variable);
NTSTATUS NTAPI RtlSleepConditionVariableCS(RTL_CONDITION_VARIABLE *Variable, RTL_CRITICAL_SECTION *Section,
                                           const LARGE_INTEGER *Timeout);
NTSTATUS NTAPI RtlSleepConditionVariableSRW(RTL_CONDITION_VARIABLE *Variable, RTL_SRWLOCK *Lock,
                                            const LARGE_INTEGER *Timeout, ULONG Flags);
void NTAPI RtlWakeConditionVariable(RTL_CONDITION_VARIABLE *Variable);
void NTAPI RtlWakeAllConditionVariable(RTL_CONDITION_VARIABLE *Variable);
void NTAPI RtlRunOnceInitialize(RTL_RUN_ONCE *Once);
NTSTATUS NTAPI RtlRunOnceExecuteOnce(RTL_RUN_ONCE *Once, PRTL_RUN_ONCE_INIT_FN Function, PVOID Parameter,
                                     PVOID *Context);
NTSTATUS NTAPI RtlRunOnceBeginInitialize(RTL_RUN_ONCE *Once, ULONG Flags, PVOID *Context);
NTSTATUS NTAPI RtlRunOnceComplete(RTL_RUN_ONCE *Once, ULONG Flags, PVOID Context);
NTSTATUS NTAPI RtlWaitOnAddress(const volatile void *Address, const void *CompareAddress, SIZE_T AddressSize,
                                const LARGE_INTEGER *Timeout);
void NTAPI RtlWakeAddressSingle(const void *Address);
void NTAPI RtlWakeAddressAll(const void *Address);
NTSTATUS NTAPI RtlInitBarrier(RTL_BARRIER *Barrier, ULONG TotalThreads, ULONG SpinCount);
NTSTATUS NTAPI RtlDeleteBarrier(RTL_BARRIER *Barrier);
BOOLEAN NTAPI RtlBarrier(RTL_BARRIER *Barrier, ULONG Flags);

typedef struct _RTL_RESOURCE {
    RTL_CRITICAL_SECTION CriticalSection;
    HANDLE SharedSemaphore;
    ULONG NumberOfWaitingShared;
    HANDLE ExclusiveSemaphore;
    ULONG NumberOfWaitingExclusive;
    LONG NumberOfActive; /* negative: owned exclusively */
    HANDLE ExclusiveOwnerThread;
    ULONG Flags;
    PVOID DebugInfo;
} RTL_RESOURCE, *PRTL_RESOURCE;
void NTAPI RtlInitializeResource(PRTL_RESOURCE Resource);
void NTAPI RtlDeleteResource(PRTL_RESOURCE Resource);
BOOLEAN NTAPI RtlAcquireResourceExclusive(PRTL_RESOURCE Resource, BOOLEAN Wait);
BOOLEAN NTAPI RtlAcquireResourceShared(PRTL_RESOURCE Resource, BOOLEAN Wait);
void NTAPI RtlReleaseResource(PRTL_RESOURCE Resource);
void NTAPI RtlConvertExclusiveToShared(PRTL_RESOURCE Resource);
void NTAPI RtlConvertSharedToExclusive(PRTL_RESOURCE Resource);

/* ---- counted strings (code-page conversions: nls.h) ---- */
void NTAPI RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING Destination, PCWSTR Source);
void NTAPI RtlInitAnsiString(PANSI_STRING Destination, const char *Source);
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING Destination, const char *Source);
void NTAPI RtlInitString(PSTRING Destination, const char *Source);
NTSTATUS NTAPI RtlInitStringEx(PSTRING Destination, const char *Source);
void NTAPI RtlInitUTF8String(PUTF8_STRING Destination, const char *Source);
NTSTATUS NTAPI RtlInitUTF8StringEx(PUTF8_STRING Destination, const char *Source);
void NTAPI RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
void NTAPI RtlCopyString(PSTRING Destination, const STRING *Source);
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS NTAPI RtlAppendAsciizToString(PSTRING Destination, const char *Source);
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source);
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING Source, PUNICODE_STRING Destination);
void NTAPI RtlFreeUnicodeString(PUNICODE_STRING String);
void NTAPI RtlFreeAnsiString(PANSI_STRING String);
void NTAPI RtlFreeOemString(POEM_STRING String);
void NTAPI RtlFreeUTF8String(PUTF8_STRING String);
void NTAPI RtlEraseUnicodeString(PUNICODE_STRING String);
NTSTATUS NTAPI RtlCharToInteger(const char *String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlIntegerToChar(ULONG Value, ULONG Base, ULONG Length, char *String);
NTSTATUS NTAPI RtlLargeIntegerToChar(const ULONGLONG *Value, ULONG Base, ULONG Length, char *String);
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING String, GUID *Guid);
NTSTATUS NTAPI RtlStringFromGUID(const GUID *Guid, PUNICODE_STRING String);
NTSTATUS NTAPI RtlStringFromGUIDEx(const GUID *Guid, PUNICODE_STRING String, BOOLEAN Allocate);

/* ---- errors, pointers, odds ---- */
ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status); /* also stores LastStatusValue */
ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS Status);
ULONG NTAPI RtlGetLastWin32Error(void);
void NTAPI RtlSetLastWin32Error(ULONG Error);
void NTAPI RtlRestoreLastWin32Error(ULONG Error);
NTSTATUS NTAPI RtlGetLastNtStatus(void);
void NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(NTSTATUS Status);
NTSTATUS NTAPI RtlSetThreadErrorMode(ULONG NewMode, PULONG OldMode);
ULONG NTAPI RtlGetThreadErrorMode(void);
PVOID NTAPI RtlEncodePointer(PVOID Pointer);
PVOID NTAPI RtlDecodePointer(PVOID Pointer);
PVOID NTAPI RtlEncodeSystemPointer(PVOID Pointer);
PVOID NTAPI RtlDecodeSystemPointer(PVOID Pointer);
NTSTATUS NTAPI RtlGetVersion(RTL_OSVERSIONINFOW *Information);

/* 32-bit programs on the 64-bit system. */
NTSTATUS NTAPI RtlGetNativeSystemInformation(ULONG Class, PVOID Information, ULONG Length, ULONG *Returned);
NTSTATUS NTAPI RtlWow64EnableFsRedirection(BOOLEAN Enable);
NTSTATUS NTAPI RtlWow64EnableFsRedirectionEx(ULONG Disable, ULONG *Previous);
NTSTATUS NTAPI RtlWow64GetProcessMachines(HANDLE Process, USHORT *Machine, USHORT *Native);
USHORT NTAPI RtlWow64GetCurrentMachine(void);
NTSTATUS NTAPI RtlWow64IsWowGuestMachineSupported(USHORT Machine, BOOLEAN *Supported);
NTSTATUS NTAPI RtlWow64GetThreadContext(HANDLE Thread, WOW64_CONTEXT *Context);
NTSTATUS NTAPI RtlWow64SetThreadContext(HANDLE Thread, const WOW64_CONTEXT *Context);
NTSTATUS NTAPI RtlWow64SuspendThread(HANDLE Thread, ULONG *PreviousCount);
NTSTATUS NTAPI RtlWow64GetThreadSelectorEntry(HANDLE Thread, void *Information, ULONG Length,
                                              ULONG *Returned);

void NTAPI RtlGetNtVersionNumbers(PULONG Major, PULONG Minor, PULONG Build);
NTSTATUS NTAPI RtlVerifyVersionInfo(const RTL_OSVERSIONINFOEXW *Information, ULONG TypeMask,
                                    ULONGLONG ConditionMask);
BOOLEAN NTAPI RtlIsProcessorFeaturePresent(ULONG Feature);
ULONG NTAPI RtlRandom(PULONG Seed);
ULONG NTAPI RtlRandomEx(PULONG Seed);
ULONG NTAPI RtlUniform(PULONG Seed);
ULONG NTAPI RtlComputeCrc32(ULONG Initial, const void *Data, ULONG Length);
void NTAPI RtlAcquirePebLock(void);
void NTAPI RtlReleasePebLock(void);
PPEB NTAPI RtlGetCurrentPeb(void);
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern);

/* ---- environment ---- */
NTSTATUS NTAPI RtlCreateEnvironment(BOOLEAN Inherit, PWSTR *Environment);
NTSTATUS NTAPI RtlCreateEnvironmentEx(PWSTR Source, PWSTR *Environment, ULONG Flags);
NTSTATUS NTAPI RtlDestroyEnvironment(PWSTR Environment);
NTSTATUS NTAPI RtlSetEnvironmentVariable(PWSTR *Environment, PCUNICODE_STRING Name, PCUNICODE_STRING Value);
NTSTATUS NTAPI RtlSetEnvironmentVar(PWSTR *Environment, PCWSTR Name, SIZE_T NameLength, PCWSTR Value,
                                    SIZE_T ValueLength);
NTSTATUS NTAPI RtlQueryEnvironmentVariable(PWSTR Environment, PCWSTR Name, SIZE_T NameLength, PWSTR Value,
                                           SIZE_T ValueLength, PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlQueryEnvironmentVariable_U(PWSTR Environment, PCUNICODE_STRING Name, PUNICODE_STRING Value);
NTSTATUS NTAPI RtlExpandEnvironmentStrings(PWSTR Environment, PCWSTR Source, SIZE_T SourceLength,
                                           PWSTR Destination, SIZE_T DestinationLength, PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlExpandEnvironmentStrings_U(PWSTR Environment, PCUNICODE_STRING Source,
                                             PUNICODE_STRING Destination, PULONG ReturnLength);
void NTAPI RtlSetCurrentEnvironment(PWSTR New, PWSTR *Old);
NTSTATUS NTAPI RtlSetEnvironmentStrings(PCWSTR New, SIZE_T Size);

/* ---- process parameters ---- */
NTSTATUS NTAPI RtlCreateProcessParametersEx(PRTL_USER_PROCESS_PARAMETERS *Parameters,
                                            PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                            PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                            PVOID Environment, PCUNICODE_STRING WindowTitle,
                                            PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                            PCUNICODE_STRING RuntimeData, ULONG Flags);
NTSTATUS NTAPI RtlCreateProcessParameters(PRTL_USER_PROCESS_PARAMETERS *Parameters,
                                          PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                          PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                          PVOID Environment, PCUNICODE_STRING WindowTitle,
                                          PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                          PCUNICODE_STRING RuntimeData);
NTSTATUS NTAPI RtlDestroyProcessParameters(PRTL_USER_PROCESS_PARAMETERS Parameters);
PRTL_USER_PROCESS_PARAMETERS NTAPI RtlNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters);
PRTL_USER_PROCESS_PARAMETERS NTAPI RtlDeNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters);

/* ---- bitmaps ---- */
typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap; /* bits */
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;
typedef struct _RTL_BITMAP_RUN {
    ULONG StartingIndex, NumberOfBits;
} RTL_BITMAP_RUN, *PRTL_BITMAP_RUN;
void NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMap, PULONG Buffer, ULONG Size);
void NTAPI RtlClearBit(PRTL_BITMAP BitMap, ULONG Bit);
void NTAPI RtlSetBit(PRTL_BITMAP BitMap, ULONG Bit);
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMap, ULONG Bit);
void NTAPI RtlClearAllBits(PRTL_BITMAP BitMap);
void NTAPI RtlSetAllBits(PRTL_BITMAP BitMap);
void NTAPI RtlClearBits(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
void NTAPI RtlSetBits(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP BitMap, PRTL_BITMAP_RUN Runs, ULONG Count, BOOLEAN LocateLongest);
ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP BitMap, PULONG Start);
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP BitMap, ULONG From, PULONG Start);
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP BitMap, ULONG From, PULONG Start);
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMap);
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMap);
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set);
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set);
ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target);

/* ---- atoms ---- */
typedef USHORT RTL_ATOM, *PRTL_ATOM;
NTSTATUS NTAPI RtlCreateAtomTable(ULONG Buckets, PVOID *Table);
NTSTATUS NTAPI RtlDestroyAtomTable(PVOID Table);
NTSTATUS NTAPI RtlEmptyAtomTable(PVOID Table, BOOLEAN IncludePinned);
NTSTATUS NTAPI RtlAddAtomToAtomTable(PVOID Table, PCWSTR Name, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlLookupAtomInAtomTable(PVOID Table, PCWSTR Name, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PVOID Table, RTL_ATOM Atom);
NTSTATUS NTAPI RtlPinAtomInAtomTable(PVOID Table, RTL_ATOM Atom);
NTSTATUS NTAPI RtlQueryAtomInAtomTable(PVOID Table, RTL_ATOM Atom, PULONG RefCount, PULONG PinCount,
                                       PWSTR Name, PULONG NameLength);

/* ---- threads' local storage ---- */
NTSTATUS NTAPI RtlFlsAlloc(PFLS_CALLBACK_FUNCTION Callback, PULONG Index);
NTSTATUS NTAPI RtlFlsFree(ULONG Index);
NTSTATUS NTAPI RtlFlsSetValue(ULONG Index, PVOID Value);
NTSTATUS NTAPI RtlFlsGetValue(ULONG Index, PVOID *Value);
void NTAPI RtlProcessFlsData(PVOID FlsData, ULONG Flags); /* 1: run callbacks, 2: free the block */

/* ---- security ---- */
BOOLEAN NTAPI RtlValidSid(PSID Sid);
BOOLEAN NTAPI RtlEqualSid(PSID Sid1, PSID Sid2);
BOOLEAN NTAPI RtlEqualPrefixSid(PSID Sid1, PSID Sid2);
ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount);
ULONG NTAPI RtlLengthSid(PSID Sid);
NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount);
PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID Sid);
PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG Index);
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid);
NTSTATUS NTAPI RtlCopySid(ULONG Length, PSID Destination, PSID Source);
NTSTATUS NTAPI RtlAllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY Authority, UCHAR Count, ULONG S0,
                                           ULONG S1, ULONG S2, ULONG S3, ULONG S4, ULONG S5, ULONG S6,
                                           ULONG S7, PSID *Sid);
PVOID NTAPI RtlFreeSid(PSID Sid);
NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING String, PSID Sid, BOOLEAN Allocate);
BOOLEAN NTAPI RtlValidAcl(PACL Acl);
NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG Length, ULONG Revision);
NTSTATUS NTAPI RtlAddAce(PACL Acl, ULONG Revision, ULONG Index, PVOID List, ULONG Length);
NTSTATUS NTAPI RtlGetAce(PACL Acl, ULONG Index, PVOID *Ace);
NTSTATUS NTAPI RtlDeleteAce(PACL Acl, ULONG Index);
BOOLEAN NTAPI RtlFirstFreeAce(PACL Acl, PVOID *Ace);
NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG Revision, ACCESS_MASK Mask, PSID Sid);
NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK Mask, PSID Sid);
NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL Acl, ULONG Revision, ACCESS_MASK Mask, PSID Sid);
NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK Mask, PSID Sid);
NTSTATUS NTAPI RtlAddAuditAccessAce(PACL Acl, ULONG Revision, ACCESS_MASK Mask, PSID Sid, BOOLEAN Success,
                                    BOOLEAN Failure);
NTSTATUS NTAPI RtlAddAuditAccessAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK Mask, PSID Sid,
                                      BOOLEAN Success, BOOLEAN Failure);
NTSTATUS NTAPI RtlAddMandatoryAce(PACL Acl, ULONG Revision, ULONG Flags, PSID Sid, UCHAR Type,
                                  ACCESS_MASK Mask);
NTSTATUS NTAPI RtlQueryInformationAcl(PACL Acl, PVOID Information, ULONG Length, ACL_INFORMATION_CLASS Class);
NTSTATUS NTAPI RtlSetInformationAcl(PACL Acl, PVOID Information, ULONG Length, ACL_INFORMATION_CLASS Class);
NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Revision);
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor);
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Length,
                                                 SECURITY_INFORMATION Required);
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor);
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL *Dacl,
                                            PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Dacl,
                                            BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL *Sacl,
                                            PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Sacl,
                                            BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID *Owner,
                                             PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Owner, BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID *Group,
                                             PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Group, BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               PSECURITY_DESCRIPTOR_CONTROL Control, PULONG Revision);
NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               SECURITY_DESCRIPTOR_CONTROL Mask,
                                               SECURITY_DESCRIPTOR_CONTROL Bits);
BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR Control);
void NTAPI RtlSetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR Control);
NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR Destination,
                                     PULONG Length);
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR Destination,
                                           PULONG Length);
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR Destination,
                                           PULONG DestinationLength, PACL Dacl, PULONG DaclLength, PACL Sacl,
                                           PULONG SaclLength, PSID Owner, PULONG OwnerLength, PSID Group,
                                           PULONG GroupLength);
NTSTATUS NTAPI RtlCopySecurityDescriptor(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR *Destination);
void NTAPI RtlCopyLuid(LUID *Destination, const LUID *Source);
void NTAPI RtlCopyLuidAndAttributesArray(ULONG Count, const LUID_AND_ATTRIBUTES *Source,
                                         LUID_AND_ATTRIBUTES *Destination);
BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired);
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired);
void NTAPI RtlMapGenericMask(ACCESS_MASK *Mask, const GENERIC_MAPPING *Mapping);
NTSTATUS NTAPI RtlAdjustPrivilege(ULONG Privilege, BOOLEAN Enable, BOOLEAN Thread, PBOOLEAN WasEnabled);
NTSTATUS NTAPI RtlImpersonateSelf(SECURITY_IMPERSONATION_LEVEL Level);

/* ---- thread pool ---- */
typedef VOID(NTAPI *RTL_WAITORTIMERCALLBACKFUNC)(PVOID Context, BOOLEAN TimedOut);
typedef VOID(NTAPI *PRTL_OVERLAPPED_COMPLETION_ROUTINE)(DWORD Error, DWORD Bytes, LPOVERLAPPED Overlapped);
NTSTATUS NTAPI TpAllocPool(PTP_POOL *Pool, PVOID Reserved);
void NTAPI TpReleasePool(PTP_POOL Pool);
void NTAPI TpSetPoolMaxThreads(PTP_POOL Pool, LONG Maximum);
NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL Pool, LONG Minimum);
NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL Pool, PVOID Information);
NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL Pool, PVOID Information);
NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP *Group);
void NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP Group);
void NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP Group, LONG CancelPending, PVOID CleanupParameter);
NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK Callback, PVOID Context, PTP_CALLBACK_ENVIRON Environment);
NTSTATUS NTAPI TpAllocWork(PTP_WORK *Work, PTP_WORK_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environment);
void NTAPI TpPostWork(PTP_WORK Work);
void NTAPI TpWaitForWork(PTP_WORK Work, LONG CancelPending);
void NTAPI TpReleaseWork(PTP_WORK Work);
NTSTATUS NTAPI TpAllocTimer(PTP_TIMER *Timer, PTP_TIMER_CALLBACK Callback, PVOID Context,
                            PTP_CALLBACK_ENVIRON Environment);
void NTAPI TpSetTimer(PTP_TIMER Timer, LARGE_INTEGER *DueTime, LONG Period, LONG Window);
NTSTATUS NTAPI TpSetTimerEx(PTP_TIMER Timer, LARGE_INTEGER *DueTime, LONG Period, LONG Window);
BOOL NTAPI TpIsTimerSet(PTP_TIMER Timer);
void NTAPI TpWaitForTimer(PTP_TIMER Timer, LONG CancelPending);
void NTAPI TpReleaseTimer(PTP_TIMER Timer);
NTSTATUS NTAPI TpAllocWait(PTP_WAIT *Wait, PTP_WAIT_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environment);
void NTAPI TpSetWait(PTP_WAIT Wait, HANDLE Handle, LARGE_INTEGER *Timeout);
NTSTATUS NTAPI TpSetWaitEx(PTP_WAIT Wait, HANDLE Handle, LARGE_INTEGER *Timeout, PVOID Reserved);
void NTAPI TpWaitForWait(PTP_WAIT Wait, LONG CancelPending);
void NTAPI TpReleaseWait(PTP_WAIT Wait);
typedef VOID(NTAPI *PTP_IO_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PVOID ApcContext,
                                     IO_STATUS_BLOCK *IoStatusBlock, PTP_IO Io);
NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO *Io, HANDLE File, PTP_IO_CALLBACK Callback, PVOID Context,
                                   PTP_CALLBACK_ENVIRON Environment);
void NTAPI TpStartAsyncIoOperation(PTP_IO Io);
void NTAPI TpCancelAsyncIoOperation(PTP_IO Io);
void NTAPI TpWaitForIoCompletion(PTP_IO Io, LONG CancelPending);
void NTAPI TpReleaseIoCompletion(PTP_IO Io);
NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE Instance);
void NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE Instance);
void NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Event);
void NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Semaphore,
                                                  ULONG Count);
void NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Mutex);
void NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE Instance,
                                                      PCRITICAL_SECTION Section);
void NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE Instance, HMODULE Module);
NTSTATUS NTAPI RtlQueueWorkItem(PTHREAD_START_ROUTINE Function, PVOID Context, ULONG Flags);
NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE File, PRTL_OVERLAPPED_COMPLETION_ROUTINE Callback,
                                          ULONG Flags);
NTSTATUS NTAPI RtlRegisterWait(PHANDLE Wait, HANDLE Object, RTL_WAITORTIMERCALLBACKFUNC Callback,
                               PVOID Context, ULONG Milliseconds, ULONG Flags);
NTSTATUS NTAPI RtlDeregisterWait(HANDLE Wait);
NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE Wait, HANDLE Event);
NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE Queue);
NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE Queue);
NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE Queue, HANDLE Event);
NTSTATUS NTAPI RtlCreateTimer(HANDLE Queue, PHANDLE Timer, RTL_WAITORTIMERCALLBACKFUNC Callback,
                              PVOID Context, ULONG DueTime, ULONG Period, ULONG Flags);
NTSTATUS NTAPI RtlUpdateTimer(HANDLE Queue, HANDLE Timer, ULONG DueTime, ULONG Period);
NTSTATUS NTAPI RtlDeleteTimer(HANDLE Queue, HANDLE Timer, HANDLE Event);

/* ---- C library subset, cdecl ---- */
void *__cdecl memcpy(void *to, const void *from, size_t size);
void *__cdecl memmove(void *to, const void *from, size_t size);
void *__cdecl memset(void *to, int value, size_t size);
int __cdecl memcmp(const void *a, const void *b, size_t size);
size_t __cdecl strlen(const char *string);
size_t __cdecl wcslen(const wchar_t *string);
int __cdecl _wcsicmp(const wchar_t *a, const wchar_t *b);
int __cdecl _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t count);
int __cdecl _stricmp(const char *a, const char *b);

#endif
