/*
 * Virtual memory and sections: constants and the structures of NtQueryVirtualMemory, NtQuerySection
 * and the extended calls. On the guest windows.h has the Win32 part.
 */
#ifndef NT_MEMORY_H
#define NT_MEMORY_H

#include <nt/base.h>

#ifndef _WIN32

#define PAGE_NOACCESS          0x01
#define PAGE_READONLY          0x02
#define PAGE_READWRITE         0x04
#define PAGE_WRITECOPY         0x08
#define PAGE_EXECUTE           0x10
#define PAGE_EXECUTE_READ      0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_EXECUTE_WRITECOPY 0x80
#define PAGE_GUARD             0x100
#define PAGE_NOCACHE           0x200
#define PAGE_WRITECOMBINE      0x400
#define PAGE_TARGETS_INVALID   0x40000000

#define MEM_COALESCE_PLACEHOLDERS      0x00000001
#define MEM_PRESERVE_PLACEHOLDER       0x00000002
#define MEM_UNMAP_WITH_TRANSIENT_BOOST 0x00000001
#define MEM_COMMIT                     0x00001000
#define MEM_RESERVE                    0x00002000
#define MEM_REPLACE_PLACEHOLDER        0x00004000
#define MEM_DECOMMIT                   0x00004000
#define MEM_RELEASE                    0x00008000
#define MEM_FREE                       0x00010000
#define MEM_PRIVATE                    0x00020000
#define MEM_MAPPED                     0x00040000
#define MEM_RESERVE_PLACEHOLDER        0x00040000
#define MEM_RESET                      0x00080000
#define MEM_TOP_DOWN                   0x00100000
#define MEM_WRITE_WATCH                0x00200000
#define MEM_PHYSICAL                   0x00400000
#define MEM_DIFFERENT_IMAGE_BASE_OK    0x00800000
#define MEM_RESET_UNDO                 0x01000000
#define MEM_IMAGE                      0x01000000
#define MEM_LARGE_PAGES                0x20000000
#define MEM_4MB_PAGES                  0x80000000

#define WRITE_WATCH_FLAG_RESET 1

#define SECTION_QUERY                0x0001
#define SECTION_MAP_WRITE            0x0002
#define SECTION_MAP_READ             0x0004
#define SECTION_MAP_EXECUTE          0x0008
#define SECTION_EXTEND_SIZE          0x0010
#define SECTION_MAP_EXECUTE_EXPLICIT 0x0020
#define SECTION_ALL_ACCESS           0x000f001f

#define SEC_PARTITION_OWNER_HANDLE 0x00040000
#define SEC_64K_PAGES              0x00080000
#define SEC_FILE                   0x00800000
#define SEC_IMAGE                  0x01000000
#define SEC_PROTECTED_IMAGE        0x02000000
#define SEC_RESERVE                0x04000000
#define SEC_COMMIT                 0x08000000
#define SEC_NOCACHE                0x10000000
#define SEC_WRITECOMBINE           0x40000000
#define SEC_LARGE_PAGES            0x80000000
#define SEC_IMAGE_NO_EXECUTE       (SEC_IMAGE | SEC_NOCACHE)

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    DWORD AllocationProtect;
    WORD PartitionId;
    SIZE_T RegionSize;
    DWORD State;
    DWORD Protect;
    DWORD Type;
} MEMORY_BASIC_INFORMATION;

typedef struct _MEM_ADDRESS_REQUIREMENTS {
    PVOID LowestStartingAddress;
    PVOID HighestEndingAddress;
    SIZE_T Alignment;
} MEM_ADDRESS_REQUIREMENTS;

enum {
    MemExtendedParameterInvalidType,
    MemExtendedParameterAddressRequirements,
    MemExtendedParameterNumaNode,
    MemExtendedParameterPartitionHandle,
    MemExtendedParameterUserPhysicalHandle,
    MemExtendedParameterAttributeFlags,
    MemExtendedParameterImageMachine,
    MemExtendedParameterMax
};

typedef struct _MEM_EXTENDED_PARAMETER {
    DWORD64 Type; /* low 8 bits */
    union {
        DWORD64 ULong64;
        PVOID Pointer;
        SIZE_T Size;
        HANDLE Handle;
        DWORD ULong;
    };
} MEM_EXTENDED_PARAMETER;

#endif /* host */

enum {
    MemoryBasicInformationClass,
    MemoryWorkingSetInformationClass,
    MemoryMappedFilenameInformationClass,
    MemoryRegionInformationClass,
    MemoryWorkingSetExInformationClass,
    MemorySharedCommitInformationClass,
    MemoryImageInformationClass,
    MemoryRegionInformationExClass,
    MemoryPrivilegedBasicInformationClass,
};

/* VmInformationClass of NtSetInformationVirtualMemory. */
enum {
    VmPrefetchInformationClass,
    VmPagePriorityInformationClass,
    VmCfgCallTargetInformationClass,
    VmPageDirtyStateInformationClass,
};

typedef struct _NT_MEMORY_REGION_INFORMATION {
    PVOID AllocationBase;
    ULONG AllocationProtect;
    ULONG RegionType; /* bits: Private, MappedDataFile, MappedImage, MappedPageFile, ... */
    SIZE_T RegionSize;
    SIZE_T CommitSize;
    ULONG_PTR PartitionId;
    ULONG_PTR NodePreference;
} NT_MEMORY_REGION_INFORMATION;

typedef struct _NT_MEMORY_IMAGE_INFORMATION {
    PVOID ImageBase;
    SIZE_T SizeOfImage;
    ULONG ImageFlags;
} NT_MEMORY_IMAGE_INFORMATION;

typedef struct _NT_MEMORY_WORKING_SET_EX {
    PVOID VirtualAddress;
    ULONG_PTR Flags; /* Valid:1 ShareCount:3 Win32Protection:11 Shared:1 Node:6 Locked:1 LargePage:1 */
} NT_MEMORY_WORKING_SET_EX;

typedef struct _NT_MEMORY_RANGE {
    PVOID VirtualAddress;
    SIZE_T NumberOfBytes;
} NT_MEMORY_RANGE;

enum {
    SectionBasicInformationClass,
    SectionImageInformationClass,
    SectionRelocationInformationClass,
    SectionOriginalBaseInformationClass
};

enum { NT_VIEW_SHARE = 1, NT_VIEW_UNMAP = 2 };

typedef struct _NT_SECTION_BASIC_INFORMATION {
    PVOID BaseAddress;
    ULONG AllocationAttributes;
    LARGE_INTEGER MaximumSize;
} NT_SECTION_BASIC_INFORMATION;

typedef struct _NT_SECTION_IMAGE_INFORMATION {
    PVOID TransferAddress;
    ULONG ZeroBits;
    SIZE_T MaximumStackSize;
    SIZE_T CommittedStackSize;
    ULONG SubSystemType;
    USHORT SubSystemMinorVersion;
    USHORT SubSystemMajorVersion;
    USHORT MajorOperatingSystemVersion;
    USHORT MinorOperatingSystemVersion;
    USHORT ImageCharacteristics;
    USHORT DllCharacteristics;
    USHORT Machine;
    BOOLEAN ImageContainsCode;
    UCHAR ImageFlags;
    ULONG LoaderFlags;
    ULONG ImageFileSize;
    ULONG CheckSum;
} NT_SECTION_IMAGE_INFORMATION;

#endif
