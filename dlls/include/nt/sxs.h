/*
 * Activation contexts: the flat data that describes one (what PEB.ActivationContextData and the sections
 * of FindActCtxSection... show), and what ntdll exports to work with them. Offsets count from the start of
 * the data, of the section (its header) or of the structure itself, as each comment says.
 */
#ifndef NT_SXS_H
#define NT_SXS_H

#include <nt/base.h>

#pragma pack(push, 4)

#define ACTIVATION_CONTEXT_DATA_MAGIC           0x78746341 /* "Actx" */
#define ACTIVATION_CONTEXT_DATA_FORMAT_WHISTLER 1
#define ACTIVATION_CONTEXT_FLAG_NO_INHERIT      1

typedef struct _ACTIVATION_CONTEXT_DATA {
    ULONG Magic;
    ULONG HeaderSize;
    ULONG FormatVersion;
    ULONG TotalSize;
    ULONG DefaultTocOffset; /* from the data */
    ULONG ExtendedTocOffset;
    ULONG AssemblyRosterOffset; /* from the data */
    ULONG Flags;
} ACTIVATION_CONTEXT_DATA;

typedef struct _ACTIVATION_CONTEXT_DATA_TOC_HEADER {
    ULONG HeaderSize;
    ULONG EntryCount;
    ULONG FirstEntryOffset; /* from the data */
    ULONG Flags;
} ACTIVATION_CONTEXT_DATA_TOC_HEADER;

enum { SXS_FORMAT_UNKNOWN, SXS_FORMAT_STRING_TABLE, SXS_FORMAT_GUID_TABLE };

typedef struct _ACTIVATION_CONTEXT_DATA_TOC_ENTRY {
    ULONG Id;     /* ACTIVATION_CONTEXT_SECTION_... */
    ULONG Offset; /* from the data */
    ULONG Length;
    ULONG Format;
} ACTIVATION_CONTEXT_DATA_TOC_ENTRY;

typedef struct _ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER {
    ULONG HeaderSize;
    ULONG HashAlgorithm;
    ULONG EntryCount;
    ULONG FirstEntryOffset;                 /* from the data */
    ULONG AssemblyInformationSectionOffset; /* from the data */
} ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER;

#define ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_INVALID 1
#define ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_ROOT    2

typedef struct _ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY {
    ULONG Flags;
    ULONG PseudoKey;
    ULONG AssemblyNameOffset; /* from the data */
    ULONG AssemblyNameLength;
    ULONG AssemblyInformationOffset; /* from the data */
    ULONG AssemblyInformationLength;
} ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY;

#define ACTIVATION_CONTEXT_STRING_SECTION_MAGIC            0x64487353 /* "SsHd" */
#define ACTIVATION_CONTEXT_STRING_SECTION_CASE_INSENSITIVE 1

typedef struct _ACTIVATION_CONTEXT_STRING_SECTION_HEADER {
    ULONG Magic;
    ULONG HeaderSize;
    ULONG FormatVersion;
    ULONG DataFormatVersion;
    ULONG Flags;
    ULONG ElementCount;
    ULONG ElementListOffset;
    ULONG HashAlgorithm;
    ULONG SearchStructureOffset; /* 0: none */
    ULONG UserDataOffset;
    ULONG UserDataSize;
} ACTIVATION_CONTEXT_STRING_SECTION_HEADER;

typedef struct _ACTIVATION_CONTEXT_STRING_SECTION_ENTRY {
    ULONG PseudoKey;
    ULONG KeyOffset; /* this and Offset from the section */
    ULONG KeyLength;
    ULONG Offset;
    ULONG Length;
    ULONG AssemblyRosterIndex;
} ACTIVATION_CONTEXT_STRING_SECTION_ENTRY;

#define ACTIVATION_CONTEXT_GUID_SECTION_MAGIC 0x64487347 /* "GsHd" */

typedef struct _ACTIVATION_CONTEXT_GUID_SECTION_HEADER {
    ULONG Magic;
    ULONG HeaderSize;
    ULONG FormatVersion;
    ULONG DataFormatVersion;
    ULONG Flags;
    ULONG ElementCount;
    ULONG ElementListOffset;
    ULONG SearchStructureOffset; /* 0: none */
    ULONG UserDataOffset;
    ULONG UserDataSize;
} ACTIVATION_CONTEXT_GUID_SECTION_HEADER;

typedef struct _ACTIVATION_CONTEXT_GUID_SECTION_ENTRY {
    GUID Guid;
    ULONG Offset; /* from the section */
    ULONG Length;
    ULONG AssemblyRosterIndex;
} ACTIVATION_CONTEXT_GUID_SECTION_ENTRY;

#define ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_ROOT_ASSEMBLY    0x01
#define ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_PRIVATE_ASSEMBLY 0x10

typedef struct _ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION {
    ULONG Size;
    ULONG Flags;
    ULONG EncodedAssemblyIdentityLength;
    ULONG EncodedAssemblyIdentityOffset; /* all from the section */
    ULONG ManifestPathType;
    ULONG ManifestPathLength;
    ULONG ManifestPathOffset;
    LARGE_INTEGER ManifestLastWriteTime;
    ULONG PolicyPathType;
    ULONG PolicyPathLength;
    ULONG PolicyPathOffset;
    LARGE_INTEGER PolicyLastWriteTime;
    ULONG MetadataSatelliteRosterIndex;
    ULONG Unused2;
    ULONG ManifestVersionMajor;
    ULONG ManifestVersionMinor;
    ULONG PolicyVersionMajor;
    ULONG PolicyVersionMinor;
    ULONG AssemblyDirectoryNameLength;
    ULONG AssemblyDirectoryNameOffset;
    ULONG NumOfFilesInAssembly;
    ULONG LanguageLength;
    ULONG LanguageOffset;
    ULONG RunLevel;
    ULONG UiAccess;
} ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION;

typedef struct _ACTIVATION_CONTEXT_DATA_ASSEMBLY_GLOBAL_INFORMATION {
    ULONG Size;
    ULONG Flags;
    GUID PolicyCoherencyGuid;
    GUID PolicyOverrideGuid;
    ULONG ApplicationDirectoryPathType;
    ULONG ApplicationDirectoryLength;
    ULONG ApplicationDirectoryOffset; /* from this structure */
    ULONG ResourceName;
} ACTIVATION_CONTEXT_DATA_ASSEMBLY_GLOBAL_INFORMATION;

#define ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME  1
#define ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT 2
#define ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_EXPAND              4

typedef struct _ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG TotalPathLength;
    ULONG PathSegmentCount;
    ULONG PathSegmentOffset; /* from the section, as the segments' own */
} ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT {
    ULONG Length;
    ULONG Offset;
} ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT;

typedef struct _ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG VersionSpecificClassNameLength;
    ULONG VersionSpecificClassNameOffset; /* from this structure */
    ULONG DllNameLength;
    ULONG DllNameOffset; /* from the section */
} ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION;

enum {
    SXS_THREADING_INVALID,
    SXS_THREADING_APARTMENT,
    SXS_THREADING_FREE,
    SXS_THREADING_SINGLE,
    SXS_THREADING_BOTH,
    SXS_THREADING_NEUTRAL
};

typedef struct _ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION {
    ULONG Size;
    ULONG Flags; /* 0x100 << n: a MiscStatus is given: default, icon, content, thumbnail, docprint */
    ULONG ThreadingModel;
    GUID ReferenceClsid;
    GUID ConfiguredClsid;
    GUID ImplementedClsid;
    GUID TypeLibraryId;
    ULONG ModuleLength;
    ULONG ModuleOffset; /* from the section */
    ULONG ProgIdLength;
    ULONG ProgIdOffset; /* from this structure */
    ULONG ShimDataLength;
    ULONG ShimDataOffset; /* from this structure */
    ULONG MiscStatusDefault;
    ULONG MiscStatusContent;
    ULONG MiscStatusThumbnail;
    ULONG MiscStatusIcon;
    ULONG MiscStatusDocPrint;
} ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM {
    ULONG Size;
    ULONG Flags;
    ULONG Type; /* 2: CLR class */
    ULONG ModuleLength;
    ULONG ModuleOffset; /* from the section */
    ULONG TypeLength;
    ULONG TypeOffset; /* from this structure, as the others */
    ULONG ShimVersionLength;
    ULONG ShimVersionOffset;
    ULONG DataLength;
    ULONG DataOffset;
} ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM;

typedef struct _ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION {
    ULONG Size;
    ULONG Flags; /* 1: NumMethods, 2: BaseInterface is given */
    GUID ProxyStubClsid32;
    ULONG NumMethods;
    GUID TypeLibraryId;
    GUID BaseInterface;
    ULONG NameLength;
    ULONG NameOffset; /* from this structure */
} ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG NameLength;
    ULONG NameOffset; /* from the section */
    USHORT ResourceId;
    USHORT LibraryFlags;
    ULONG HelpDirLength;
    ULONG HelpDirOffset; /* from this structure */
    USHORT MajorVersion;
    USHORT MinorVersion;
} ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG ConfiguredClsidOffset; /* from the section */
} ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_CLR_SURROGATE {
    ULONG Size;
    ULONG Flags;
    GUID SurrogateIdent;
    ULONG VersionOffset; /* all from this structure */
    ULONG VersionLength;
    ULONG TypeNameOffset;
    ULONG TypeNameLength;
} ACTIVATION_CONTEXT_DATA_CLR_SURROGATE;

typedef struct _ACTIVATION_CONTEXT_DATA_APPLICATION_SETTINGS {
    ULONG Size;
    ULONG Flags;
    ULONG SettingNamespaceLength;
    ULONG SettingNamespaceOffset; /* all from this structure */
    ULONG SettingNameLength;
    ULONG SettingNameOffset;
    ULONG SettingValueLength;
    ULONG SettingValueOffset;
} ACTIVATION_CONTEXT_DATA_APPLICATION_SETTINGS;

#pragma pack(pop)

/* COMPATIBILITY_CONTEXT_ELEMENT as it is since Windows 10 1903; the elements follow their count at offset 8.
 */
typedef struct _SXS_COMPATIBILITY_ELEMENT {
    GUID Id;
    ULONG Type;
    ULONG Padding;
    ULONGLONG MaxVersionTested;
} SXS_COMPATIBILITY_ELEMENT;

#define ACTIVATION_CONTEXT_NOTIFICATION_DESTROY 1

typedef struct _ACTIVATION_CONTEXT ACTIVATION_CONTEXT;
typedef VOID(NTAPI *PACTIVATION_CONTEXT_NOTIFY_ROUTINE)(ULONG Type, ACTIVATION_CONTEXT *Context,
                                                        ACTIVATION_CONTEXT_DATA *Data,
                                                        PVOID NotificationContext, PVOID NotificationData,
                                                        BOOLEAN *Disable);

/* Context handles that are none: the process default, and two that are never valid to activate. */
#define SXS_IS_SPECIAL(context) ((((LONG_PTR)(context)-1) | 7) == -1)

typedef struct _RTL_ACTIVATION_CONTEXT_STACK_FRAME {
    struct _RTL_ACTIVATION_CONTEXT_STACK_FRAME *Previous;
    ACTIVATION_CONTEXT *ActivationContext;
    ULONG Flags;
} RTL_ACTIVATION_CONTEXT_STACK_FRAME;

typedef struct _ACTIVATION_CONTEXT_STACK {
    RTL_ACTIVATION_CONTEXT_STACK_FRAME *ActiveFrame;
    LIST_ENTRY FrameListCache;
    ULONG Flags;
    ULONG NextCookieSequenceNumber;
    ULONG StackId;
} ACTIVATION_CONTEXT_STACK;

NTSTATUS NTAPI RtlCreateActivationContext(ULONG Flags, const ACTIVATION_CONTEXT_DATA *Data, ULONG ExtraBytes,
                                          PACTIVATION_CONTEXT_NOTIFY_ROUTINE Routine,
                                          PVOID NotificationContext, ACTIVATION_CONTEXT **Context);
void NTAPI RtlAddRefActivationContext(ACTIVATION_CONTEXT *Context);
void NTAPI RtlReleaseActivationContext(ACTIVATION_CONTEXT *Context);
NTSTATUS NTAPI RtlZombifyActivationContext(ACTIVATION_CONTEXT *Context);
NTSTATUS NTAPI RtlActivateActivationContext(ULONG Flags, ACTIVATION_CONTEXT *Context, ULONG_PTR *Cookie);
NTSTATUS NTAPI RtlActivateActivationContextEx(ULONG Flags, PVOID Teb, ACTIVATION_CONTEXT *Context,
                                              ULONG_PTR *Cookie);
NTSTATUS NTAPI RtlDeactivateActivationContext(ULONG Flags, ULONG_PTR Cookie);
NTSTATUS NTAPI RtlGetActiveActivationContext(ACTIVATION_CONTEXT **Context);
BOOLEAN NTAPI RtlIsActivationContextActive(ACTIVATION_CONTEXT *Context);
NTSTATUS NTAPI RtlAllocateActivationContextStack(ACTIVATION_CONTEXT_STACK **Stack);
void NTAPI RtlFreeActivationContextStack(ACTIVATION_CONTEXT_STACK *Stack);
void NTAPI RtlFreeThreadActivationContextStack(void);
NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID *Extension, ULONG Section,
                                                     const UNICODE_STRING *Key,
                                                     ACTCTX_SECTION_KEYED_DATA *Data);
NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID *Extension, ULONG Section,
                                                   const GUID *Key, ACTCTX_SECTION_KEYED_DATA *Data);
NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG Flags, ACTIVATION_CONTEXT *Context,
                                                    PVOID SubInstance, ULONG Class, PVOID Buffer, SIZE_T Size,
                                                    SIZE_T *ReturnLength);
NTSTATUS NTAPI RtlQueryInformationActiveActivationContext(ULONG Class, PVOID Buffer, SIZE_T Size,
                                                          SIZE_T *ReturnLength);
NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, ACTIVATION_CONTEXT *Context,
                                                            PCWSTR Namespace, PCWSTR Name, PWSTR Buffer,
                                                            SIZE_T Length, SIZE_T *ReturnLength);

/* Ours, for CreateActCtx: where a manifest comes from. */
struct sxs_source {
    const WCHAR *path;      /* of the manifest or the image that carries it; full */
    PVOID module;           /* a loaded image, or NULL */
    ULONG_PTR resource;     /* RT_MANIFEST's name or number; 0: path is the manifest itself */
    LANGID language;        /* of the resource; 0: any */
    const WCHAR *directory; /* where private assemblies are looked for; NULL: where path is */
    USHORT architecture;    /* PROCESSOR_ARCHITECTURE_... */
};

/* Reads the manifest, finds what it depends on and makes the context, with one reference. On
 * STATUS_SXS_CANT_GEN_ACTCTX, reason (if not NULL) is set to what was wrong, for a message. */
NTSTATUS NTAPI GwCreateActivationContext(const struct sxs_source *source, ACTIVATION_CONTEXT **context,
                                         UNICODE_STRING *reason);
/* Makes it the process's default, unless there is one: STATUS_SXS_PROCESS_DEFAULT_ALREADY_SET. */
NTSTATUS NTAPI GwSetProcessActivationContext(ACTIVATION_CONTEXT *context);
/* The context of a module (RETURN: referenced), or NULL. */
ACTIVATION_CONTEXT *NTAPI GwModuleActivationContext(PVOID address);

#endif
