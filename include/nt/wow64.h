/*
 * The 32-bit structures of i386 guests as the host sees them: pointers and handles are 32-bit words.
 * Host world only; the guest has the native ones. Only what the host reads or writes has a name.
 */
#ifndef NT_WOW64_H
#define NT_WOW64_H

#include <nt/base.h>

typedef uint32_t PTR32; /* a guest pointer; zero-extended */

typedef struct {
    USHORT Length, MaximumLength;
    PTR32 Buffer;
} UNICODE_STRING32;

typedef struct {
    ULONG Length;
    PTR32 RootDirectory, ObjectName;
    ULONG Attributes;
    PTR32 SecurityDescriptor, SecurityQualityOfService;
} OBJECT_ATTRIBUTES32;

typedef struct {
    NTSTATUS Status;
    ULONG Information;
} IO_STATUS_BLOCK32;

typedef struct {
    PTR32 UniqueProcess, UniqueThread;
} CLIENT_ID32;

typedef struct {
    PTR32 Flink, Blink;
} LIST_ENTRY32;

typedef struct {
    UNICODE_STRING32 DosPath;
    PTR32 Handle;
} CURDIR32;

typedef struct {
    ULONG MaximumLength, Length, Flags, DebugFlags;
    PTR32 ConsoleHandle;
    ULONG ConsoleFlags;
    PTR32 StandardInput, StandardOutput, StandardError;
    CURDIR32 CurrentDirectory;
    UNICODE_STRING32 DllPath, ImagePathName, CommandLine;
    PTR32 Environment;
    ULONG StartingX, StartingY, CountX, CountY, CountCharsX, CountCharsY, FillAttribute;
    ULONG WindowFlags, ShowWindowFlags;
    UNICODE_STRING32 WindowTitle, DesktopInfo, ShellInfo, RuntimeData;
    uint8_t CurrentDirectories[32 * 16];
    ULONG EnvironmentSize, EnvironmentVersion;
    PTR32 PackageDependencyData;
    ULONG ProcessGroupId, LoaderThreads;
} RTL_USER_PROCESS_PARAMETERS32;

typedef struct {
    BOOLEAN InheritedAddressSpace, ReadImageFileExecOptions, BeingDebugged;
    UCHAR BitField;
    PTR32 Mutant, ImageBaseAddress, Ldr, ProcessParameters, SubSystemData, ProcessHeap;
    uint8_t padding1[0x64 - 0x1c];
    ULONG NumberOfProcessors; /* 0x64 */
    ULONG NtGlobalFlag;
    LARGE_INTEGER CriticalSectionTimeout;
    ULONG HeapSegmentReserve, HeapSegmentCommit;
    ULONG HeapDeCommitTotalFreeThreshold, HeapDeCommitFreeBlockThreshold;
    ULONG NumberOfHeaps, MaximumNumberOfHeaps;
    PTR32 ProcessHeaps; /* 0x90 */
    uint8_t padding2[0xa4 - 0x94];
    ULONG OSMajorVersion, OSMinorVersion;
    USHORT OSBuildNumber, OSCSDVersion;
    ULONG OSPlatformId, ImageSubsystem, ImageSubsystemMajorVersion, ImageSubsystemMinorVersion;
    ULONG ActiveProcessAffinityMask; /* 0xc0 */
    uint8_t padding3[0x1d4 - 0xc4];
    ULONG SessionId;
    uint8_t padding4[0x480 - 0x1d8];
} PEB32;

typedef struct {
    PTR32 ExceptionList, StackBase, StackLimit, SubSystemTib, FiberData, ArbitraryUserPointer, Self;
    PTR32 EnvironmentPointer;
    CLIENT_ID32 ClientId;
    PTR32 ActiveRpcHandle, ThreadLocalStoragePointer;
    PTR32 ProcessEnvironmentBlock; /* 0x30 */
    ULONG LastErrorValue;
    uint8_t padding1[0xc0 - 0x38];
    PTR32 WOW32Reserved; /* the way to the system: where system calls jump to */
    LCID CurrentLocale;
    uint8_t padding2[0x1a4 - 0xc8];
    NTSTATUS ExceptionCode;
    uint8_t padding3[0x6b4 - 0x1a8];
    CLIENT_ID32 RealClientId;
    uint8_t padding4[0xbf4 - 0x6bc];
    NTSTATUS LastStatusValue;
    UNICODE_STRING32 StaticUnicodeString;
    WCHAR StaticUnicodeBuffer[261];
    PTR32 DeallocationStack; /* 0xe0c */
    PTR32 TlsSlots[64];
    LIST_ENTRY32 TlsLinks;
    PTR32 Vdm, ReservedForNtRpc, DbgSsReserved[2]; /* 0xf18 */
    uint8_t padding5[0xf78 - 0xf28];
    ULONG GuaranteedStackBytes;
    uint8_t padding6[0xfca - 0xf7c];
    USHORT SameTebFlags;
    uint8_t padding7[0xfdc - 0xfcc];
    LONG WowTebOffset;
    uint8_t padding8[0x1000 - 0xfe0];
} TEB32;

/* FSAVE's layout, as a 32-bit CONTEXT has it. */
typedef struct {
    ULONG ControlWord, StatusWord, TagWord, ErrorOffset, ErrorSelector, DataOffset, DataSelector;
    uint8_t RegisterArea[80];
    ULONG Cr0NpxState;
} FLOATING_SAVE_AREA32;

#define CONTEXT32_I386               0x00010000u
#define CONTEXT32_CONTROL            (CONTEXT32_I386 | 0x1) /* SegSs, Esp, SegCs, Eip, EFlags, Ebp */
#define CONTEXT32_INTEGER            (CONTEXT32_I386 | 0x2)
#define CONTEXT32_SEGMENTS           (CONTEXT32_I386 | 0x4)
#define CONTEXT32_FLOATING_POINT     (CONTEXT32_I386 | 0x8)
#define CONTEXT32_DEBUG_REGISTERS    (CONTEXT32_I386 | 0x10)
#define CONTEXT32_EXTENDED_REGISTERS (CONTEXT32_I386 | 0x20)
#define CONTEXT32_XSTATE             (CONTEXT32_I386 | 0x40)
#define CONTEXT32_FULL               (CONTEXT32_CONTROL | CONTEXT32_INTEGER | CONTEXT32_SEGMENTS)
#define CONTEXT32_ALL                                                                                        \
    (CONTEXT32_FULL | CONTEXT32_FLOATING_POINT | CONTEXT32_DEBUG_REGISTERS | CONTEXT32_EXTENDED_REGISTERS)

typedef struct {
    ULONG ContextFlags;
    ULONG Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;
    FLOATING_SAVE_AREA32 FloatSave; /* 0x1c */
    ULONG SegGs, SegFs, SegEs, SegDs;
    ULONG Edi, Esi, Ebx, Edx, Ecx, Eax; /* 0x9c */
    ULONG Ebp, Eip, SegCs, EFlags, Esp, SegSs;
    uint8_t ExtendedRegisters[512]; /* 0xcc: the FXSAVE image */
} CONTEXT32;

typedef struct {
    ULONG ExceptionCode, ExceptionFlags;
    PTR32 ExceptionRecord, ExceptionAddress;
    ULONG NumberParameters;
    ULONG ExceptionInformation[15];
} EXCEPTION_RECORD32;

_Static_assert(sizeof(RTL_USER_PROCESS_PARAMETERS32) == 0x2a4, "process parameters");
_Static_assert(offsetof(RTL_USER_PROCESS_PARAMETERS32, Environment) == 0x48, "process parameters");
_Static_assert(offsetof(RTL_USER_PROCESS_PARAMETERS32, EnvironmentSize) == 0x290, "process parameters");
_Static_assert(offsetof(PEB32, NumberOfProcessors) == 0x64, "PEB");
_Static_assert(offsetof(PEB32, OSMajorVersion) == 0xa4, "PEB");
_Static_assert(offsetof(PEB32, ActiveProcessAffinityMask) == 0xc0, "PEB");
_Static_assert(offsetof(PEB32, SessionId) == 0x1d4, "PEB");
_Static_assert(offsetof(TEB32, ProcessEnvironmentBlock) == 0x30, "TEB");
_Static_assert(offsetof(TEB32, WOW32Reserved) == 0xc0, "TEB");
_Static_assert(offsetof(TEB32, LastStatusValue) == 0xbf4, "TEB");
_Static_assert(offsetof(TEB32, DeallocationStack) == 0xe0c, "TEB");
_Static_assert(offsetof(TEB32, GuaranteedStackBytes) == 0xf78, "TEB");
_Static_assert(offsetof(TEB32, SameTebFlags) == 0xfca, "TEB");
_Static_assert(sizeof(TEB32) == 0x1000, "TEB");
_Static_assert(sizeof(CONTEXT32) == 0x2cc, "CONTEXT");
_Static_assert(offsetof(CONTEXT32, Eax) == 0xb0, "CONTEXT");
_Static_assert(offsetof(CONTEXT32, Eip) == 0xb8, "CONTEXT");
_Static_assert(sizeof(EXCEPTION_RECORD32) == 0x50, "EXCEPTION_RECORD");

#endif
