/*
 * The loader's interface: LDR_DATA_TABLE_ENTRY as Windows 10 lays it out (programs walk PEB.Ldr), what
 * ntdll exports of Ldr* and image helpers, and what the loader offers to the rest of ntdll.
 */
#ifndef NT_LDR_H
#define NT_LDR_H

#include <nt/base.h>
#include <nt/peb.h>

typedef struct _GW_BALANCED_NODE {
    struct _GW_BALANCED_NODE *Left, *Right;
    ULONG_PTR ParentValue;
} GW_BALANCED_NODE;

typedef struct _LDR_DATA_TABLE_ENTRY {
    LIST_ENTRY InLoadOrderLinks;
    LIST_ENTRY InMemoryOrderLinks;
    LIST_ENTRY InInitializationOrderLinks;
    PVOID DllBase;
    PVOID EntryPoint;
    ULONG SizeOfImage;
    UNICODE_STRING FullDllName;
    UNICODE_STRING BaseDllName;
    ULONG Flags;
    USHORT ObsoleteLoadCount;
    USHORT TlsIndex;
    LIST_ENTRY HashLinks;
    ULONG TimeDateStamp;
    PVOID EntryPointActivationContext;
    PVOID Lock;
    PVOID DdagNode;
    LIST_ENTRY NodeModuleLink;
    PVOID LoadContext;
    PVOID ParentDllBase;
    PVOID SwitchBackContext;
    GW_BALANCED_NODE BaseAddressIndexNode;
    GW_BALANCED_NODE MappingInfoIndexNode;
    ULONG_PTR OriginalBase;
    LARGE_INTEGER LoadTime;
    ULONG BaseNameHashValue;
    ULONG LoadReason;
    ULONG ImplicitPathOptions;
    ULONG ReferenceCount;
    ULONG DependentLoadFlags;
    UCHAR SigningLevel;
} LDR_DATA_TABLE_ENTRY, *PLDR_DATA_TABLE_ENTRY;

#ifdef _WIN64
_Static_assert(offsetof(LDR_DATA_TABLE_ENTRY, FullDllName) == 0x48, "LDR_DATA_TABLE_ENTRY");
_Static_assert(offsetof(LDR_DATA_TABLE_ENTRY, HashLinks) == 0x70, "LDR_DATA_TABLE_ENTRY");
_Static_assert(offsetof(LDR_DATA_TABLE_ENTRY, DdagNode) == 0x98, "LDR_DATA_TABLE_ENTRY");
_Static_assert(offsetof(LDR_DATA_TABLE_ENTRY, OriginalBase) == 0xf8, "LDR_DATA_TABLE_ENTRY");
_Static_assert(offsetof(LDR_DATA_TABLE_ENTRY, ReferenceCount) == 0x114, "LDR_DATA_TABLE_ENTRY");
#endif

/* LDR_DATA_TABLE_ENTRY.Flags */
#define LDRP_IMAGE_DLL                 0x00000004
#define LDRP_LOAD_NOTIFICATIONS_SENT   0x00000008
#define LDRP_TELEMETRY_ENTRY_PROCESSED 0x00000010
#define LDRP_PROCESS_STATIC_IMPORT     0x00000020
#define LDRP_IN_LEGACY_LISTS           0x00000040
#define LDRP_IN_INDEXES                0x00000080
#define LDRP_LOAD_IN_PROGRESS          0x00001000
#define LDRP_ENTRY_PROCESSED           0x00004000
#define LDRP_DONT_CALL_FOR_THREADS     0x00040000
#define LDRP_PROCESS_ATTACH_CALLED     0x00080000
#define LDRP_PROCESS_ATTACH_FAILED     0x00100000
#define LDRP_IMAGE_NOT_AT_BASE         0x00200000

typedef struct _LDR_RESOURCE_INFO {
    ULONG_PTR Type;
    ULONG_PTR Name;
    ULONG_PTR Language;
} LDR_RESOURCE_INFO;

typedef struct _LDR_ENUM_RESOURCE_ENTRY {
    union {
        ULONG_PTR NameOrId;
        PVOID Name;
        struct {
            USHORT Id;
            USHORT NameIsPresent;
        };
    } Path[3];
    PVOID Data;
    ULONG Size;
    ULONG Reserved;
} LDR_ENUM_RESOURCE_ENTRY;

typedef struct _LDR_DLL_NOTIFICATION_DATA {
    ULONG Flags;
    const UNICODE_STRING *FullDllName;
    const UNICODE_STRING *BaseDllName;
    PVOID DllBase;
    ULONG SizeOfImage;
} LDR_DLL_NOTIFICATION_DATA;

#define LDR_DLL_NOTIFICATION_REASON_LOADED   1
#define LDR_DLL_NOTIFICATION_REASON_UNLOADED 2

typedef VOID(CALLBACK *PLDR_DLL_NOTIFICATION_FUNCTION)(ULONG NotificationReason,
                                                       const LDR_DLL_NOTIFICATION_DATA *NotificationData,
                                                       PVOID Context);
typedef VOID(NTAPI *PLDR_ENUM_CALLBACK)(LDR_DATA_TABLE_ENTRY *Entry, PVOID Context, BOOLEAN *Stop);

typedef struct _RTL_PROCESS_MODULE_INFORMATION {
    HANDLE Section;
    PVOID MappedBase;
    PVOID ImageBase;
    ULONG ImageSize;
    ULONG Flags;
    USHORT LoadOrderIndex;
    USHORT InitOrderIndex;
    USHORT LoadCount;
    USHORT OffsetToFileName;
    UCHAR FullPathName[256];
} RTL_PROCESS_MODULE_INFORMATION;

typedef struct _RTL_PROCESS_MODULES {
    ULONG NumberOfModules;
    RTL_PROCESS_MODULE_INFORMATION Modules[];
} RTL_PROCESS_MODULES;

#define LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT           1
#define LDR_GET_DLL_HANDLE_EX_PIN                          2
#define LDR_ADDREF_DLL_PIN                                 1
#define LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS          1
#define LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY                 2
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED     1
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED 2

/* Image handles whose low bits are set are mapped as data (bit 0) or as an image resource (bit 1). */
#define LDR_IS_DATAFILE(module)     (((ULONG_PTR)(module)) & 1)
#define LDR_IS_IMAGEMAPPING(module) (((ULONG_PTR)(module)) & 2)
#define LDR_IS_RESOURCE(module)     (((ULONG_PTR)(module)) & 3)

/* modules */
VOID NTAPI LdrInitializeThunk(CONTEXT *Context, PVOID Unused1, PVOID Unused2, PVOID Unused3);
NTSTATUS NTAPI LdrLoadDll(PWSTR SearchPath, ULONG *DllCharacteristics, UNICODE_STRING *DllName,
                          PVOID *DllHandle);
NTSTATUS NTAPI LdrUnloadDll(PVOID DllHandle);
NTSTATUS NTAPI LdrAddRefDll(ULONG Flags, PVOID DllHandle);
NTSTATUS NTAPI LdrGetDllHandle(PWSTR DllPath, ULONG *DllCharacteristics, UNICODE_STRING *DllName,
                               PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllHandleEx(ULONG Flags, PWSTR DllPath, ULONG *DllCharacteristics,
                                 UNICODE_STRING *DllName, PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllHandleByName(UNICODE_STRING *BaseDllName, UNICODE_STRING *FullDllName,
                                     PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllHandleByMapping(PVOID BaseAddress, PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllFullName(PVOID DllHandle, UNICODE_STRING *FullDllName);
NTSTATUS NTAPI LdrGetProcedureAddress(PVOID DllHandle, const ANSI_STRING *ProcedureName,
                                      ULONG ProcedureNumber, PVOID *ProcedureAddress);
NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID DllHandle, const ANSI_STRING *ProcedureName,
                                        ULONG ProcedureNumber, PVOID *ProcedureAddress, ULONG Flags);
NTSTATUS NTAPI LdrGetProcedureAddressForCaller(PVOID DllHandle, const ANSI_STRING *ProcedureName,
                                               ULONG ProcedureNumber, PVOID *ProcedureAddress, ULONG Flags,
                                               PVOID *Callback);
NTSTATUS NTAPI LdrFindEntryForAddress(PVOID Address, LDR_DATA_TABLE_ENTRY **Entry);
NTSTATUS NTAPI LdrEnumerateLoadedModules(BOOLEAN ReservedFlag, PLDR_ENUM_CALLBACK EnumProc, PVOID Context);
NTSTATUS NTAPI LdrRegisterDllNotification(ULONG Flags, PLDR_DLL_NOTIFICATION_FUNCTION NotificationFunction,
                                          PVOID Context, PVOID *Cookie);
NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID Cookie);
NTSTATUS NTAPI LdrLockLoaderLock(ULONG Flags, ULONG *Disposition, ULONG_PTR *Cookie);
NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG Flags, ULONG_PTR Cookie);
NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID DllHandle);
VOID NTAPI LdrShutdownThread(VOID);
VOID NTAPI LdrShutdownProcess(VOID);
NTSTATUS NTAPI LdrSetDllDirectory(UNICODE_STRING *DllDirectory);
NTSTATUS NTAPI LdrGetDllDirectory(UNICODE_STRING *DllDirectory);
NTSTATUS NTAPI LdrAddDllDirectory(UNICODE_STRING *NewDirectory, PVOID *Cookie);
NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID Cookie);
NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG DirectoryFlags);
NTSTATUS NTAPI LdrQueryProcessModuleInformation(RTL_PROCESS_MODULES *ModuleInformation, ULONG Size,
                                                ULONG *ReturnedSize);
PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID ParentModuleBase,
                                     const IMAGE_DELAYLOAD_DESCRIPTOR *DelayloadDescriptor,
                                     PVOID FailureDllHook, PVOID FailureSystemHook,
                                     IMAGE_THUNK_DATA *ThunkAddress, ULONG Flags);
NTSTATUS NTAPI LdrResolveDelayLoadsFromDll(PVOID ParentBase, PCSTR TargetDllName, ULONG Flags);
NTSTATUS NTAPI LdrQueryOptionalDelayLoadedAPI(PVOID ParentModuleBase, PCSTR DllName, PCSTR ProcName,
                                              ULONG Flags);
VOID NTAPI RtlUserThreadStart(PVOID StartAddress, PVOID Parameter);
DECLSPEC_NORETURN VOID NTAPI RtlExitUserThread(NTSTATUS ExitStatus);
DECLSPEC_NORETURN VOID NTAPI RtlExitUserProcess(NTSTATUS ExitStatus);

/* images */
IMAGE_NT_HEADERS *NTAPI RtlImageNtHeader(PVOID Base);
NTSTATUS NTAPI RtlImageNtHeaderEx(ULONG Flags, PVOID Base, ULONGLONG Size, IMAGE_NT_HEADERS **OutHeaders);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID BaseOfImage, BOOLEAN MappedAsImage, USHORT DirectoryEntry,
                                         ULONG *Size);
IMAGE_SECTION_HEADER *NTAPI RtlImageRvaToSection(const IMAGE_NT_HEADERS *NtHeaders, PVOID BaseOfImage,
                                                 ULONG Rva);
PVOID NTAPI RtlImageRvaToVa(const IMAGE_NT_HEADERS *NtHeaders, PVOID BaseOfImage, ULONG Rva,
                            IMAGE_SECTION_HEADER **LastRvaSection);
PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage);

/* resources */
NTSTATUS NTAPI LdrFindResource_U(PVOID DllHandle, const LDR_RESOURCE_INFO *ResourceInfo, ULONG Level,
                                 IMAGE_RESOURCE_DATA_ENTRY **ResourceDataEntry);
NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID DllHandle, const LDR_RESOURCE_INFO *ResourceInfo, ULONG Level,
                                          IMAGE_RESOURCE_DIRECTORY **ResourceDirectory);
NTSTATUS NTAPI LdrAccessResource(PVOID DllHandle, const IMAGE_RESOURCE_DATA_ENTRY *ResourceDataEntry,
                                 PVOID *ResourceBuffer, ULONG *ResourceLength);
NTSTATUS NTAPI LdrEnumResources(PVOID DllHandle, const LDR_RESOURCE_INFO *ResourceInfo, ULONG Level,
                                ULONG *ResourceCount, LDR_ENUM_RESOURCE_ENTRY *Resources);

/* Inside ntdll: the image that contains pc, without a lock; FALSE if none. For the unwinder. */
/* The last function that was asked for by name and that its DLL has not; empty: there was none. */
extern struct ldr_not_found {
    char dll[64], function[128];
} ldr_not_found;

BOOLEAN ldr_find_image(ULONG_PTR pc, PVOID *ret_base, ULONG *ret_size);

/* EXC: reports a call of a function that is not implemented and raises an exception. */
DECLSPEC_NORETURN void NTAPI __gastwirt_missing(const char *dll, const char *function);

#endif
