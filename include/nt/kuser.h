/*
 * KUSER_SHARED_DATA at 0x7ffe0000, the page that Windows maps into every process; both worlds.
 * The same layout for 32-bit programs.
 */
#ifndef NT_KUSER_H
#define NT_KUSER_H

#include <nt/types.h>

typedef struct _KSYSTEM_TIME {
    ULONG LowPart;
    LONG High1Time;
    LONG High2Time;
} KSYSTEM_TIME;

typedef struct _KUSER_SHARED_DATA {
    ULONG TickCountLowDeprecated;        /* 0x000 */
    ULONG TickCountMultiplier;           /* 0x004: milliseconds per tick << 24 */
    volatile KSYSTEM_TIME InterruptTime; /* 0x008: 100 ns since boot */
    volatile KSYSTEM_TIME SystemTime;    /* 0x014: 100 ns since 1601 UTC */
    volatile KSYSTEM_TIME TimeZoneBias;  /* 0x020: 100 ns, UTC minus local */
    USHORT ImageNumberLow;
    USHORT ImageNumberHigh;
    WCHAR NtSystemRoot[260]; /* 0x030 */
    ULONG MaxStackTraceDepth;
    ULONG CryptoExponent;
    ULONG TimeZoneId;
    ULONG LargePageMinimum;
    ULONG AitSamplingValue;
    ULONG AppCompatFlag;
    ULONGLONG RNGSeedVersion;
    ULONG GlobalValidationRunlevel;
    LONG TimeZoneBiasStamp;
    ULONG NtBuildNumber;        /* 0x260 */
    ULONG NtProductType;        /* 0x264 */
    BOOLEAN ProductTypeIsValid; /* 0x268 */
    BOOLEAN Reserved0[1];
    USHORT NativeProcessorArchitecture; /* 0x26a */
    ULONG NtMajorVersion;               /* 0x26c */
    ULONG NtMinorVersion;               /* 0x270 */
    BOOLEAN ProcessorFeatures[64];      /* 0x274 */
    ULONG Reserved1;
    ULONG Reserved3;
    ULONG TimeSlip;
    ULONG AlternativeArchitecture;
    ULONG BootId;
    LARGE_INTEGER SystemExpirationDate;
    ULONG SuiteMask;           /* 0x2d0 */
    BOOLEAN KdDebuggerEnabled; /* 0x2d4 */
    UCHAR MitigationPolicies;
    USHORT CyclesPerYield; /* 0x2d6 */
    ULONG ActiveConsoleId; /* 0x2d8 */
    ULONG DismountCount;
    ULONG ComPlusPackage;
    ULONG LastSystemRITEventTickCount;
    ULONG NumberOfPhysicalPages; /* 0x2e8 */
    BOOLEAN SafeBootMode;
    UCHAR VirtualizationFlags;
    UCHAR Reserved12[2];
    ULONG SharedDataFlags; /* 0x2f0 */
    ULONG DataFlagsPad;
    ULONGLONG TestRetInstruction;
    LONGLONG QpcFrequency; /* 0x300 */
    ULONG SystemCall;      /* 0x308: what the stubs test; 1 sends them to the door */
    ULONG Reserved2;
    ULONGLONG SystemCallPad[2];
    union {
        volatile KSYSTEM_TIME TickCount; /* 0x320 */
        volatile ULONGLONG TickCountQuad;
    };
    ULONG Cookie; /* 0x330 */
    ULONG CookiePad;
    LONGLONG ConsoleSessionForegroundProcessId;
    ULONGLONG TimeUpdateLock;
    ULONGLONG BaselineSystemTimeQpc;
    ULONGLONG BaselineInterruptTimeQpc;
    ULONGLONG QpcSystemTimeIncrement;
    ULONGLONG QpcInterruptTimeIncrement;
    UCHAR QpcSystemTimeIncrementShift;
    UCHAR QpcInterruptTimeIncrementShift;
    USHORT UnparkedProcessorCount;
    ULONG EnclaveFeatureMask[4];
    ULONG TelemetryCoverageRound;
    USHORT UserModeGlobalLogger[16];
    ULONG ImageFileExecutionOptions;
    ULONG LangGenerationCount;
    ULONGLONG Reserved4;
    volatile ULONGLONG InterruptTimeBias;
    volatile ULONGLONG QpcBias; /* 0x3b8 */
    ULONG ActiveProcessorCount; /* 0x3c0 */
    volatile UCHAR ActiveGroupCount;
    UCHAR Reserved9;
    USHORT QpcData; /* 0x3c6 */
    LARGE_INTEGER TimeZoneBiasEffectiveStart;
    LARGE_INTEGER TimeZoneBiasEffectiveEnd;
} KUSER_SHARED_DATA;

#define NT_KUSER_ASSERT(field, offset) _Static_assert(offsetof(KUSER_SHARED_DATA, field) == (offset), #field)
NT_KUSER_ASSERT(InterruptTime, 0x008);
NT_KUSER_ASSERT(SystemTime, 0x014);
NT_KUSER_ASSERT(NtSystemRoot, 0x030);
NT_KUSER_ASSERT(NtProductType, 0x264);
NT_KUSER_ASSERT(ProcessorFeatures, 0x274);
NT_KUSER_ASSERT(SuiteMask, 0x2d0);
NT_KUSER_ASSERT(NumberOfPhysicalPages, 0x2e8);
NT_KUSER_ASSERT(QpcFrequency, 0x300);
NT_KUSER_ASSERT(SystemCall, 0x308);
NT_KUSER_ASSERT(TickCount, 0x320);
NT_KUSER_ASSERT(Cookie, 0x330);
NT_KUSER_ASSERT(QpcBias, 0x3b8);
NT_KUSER_ASSERT(ActiveProcessorCount, 0x3c0);
NT_KUSER_ASSERT(QpcData, 0x3c6);

#endif
