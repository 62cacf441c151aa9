/*
 * What the file system calls take and give: access rights, create options, information classes
 * and their structures, directory entries, volume information, reparse points, control codes.
 */
#ifndef NT_IO_H
#define NT_IO_H

#include <nt/base.h>

#ifdef _WIN32
#include <winioctl.h>
#else

#define DELETE                  0x00010000
#define READ_CONTROL            0x00020000
#define WRITE_DAC               0x00040000
#define WRITE_OWNER             0x00080000
#define SYNCHRONIZE             0x00100000
#define ACCESS_SYSTEM_SECURITY  0x01000000
#define STANDARD_RIGHTS_READ    READ_CONTROL
#define STANDARD_RIGHTS_WRITE   READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL     0x001f0000
#define MAXIMUM_ALLOWED         0x02000000
#define GENERIC_ALL             0x10000000
#define GENERIC_EXECUTE         0x20000000
#define GENERIC_WRITE           0x40000000
#define GENERIC_READ            0x80000000

#define FILE_READ_DATA            0x0001
#define FILE_LIST_DIRECTORY       0x0001
#define FILE_WRITE_DATA           0x0002
#define FILE_ADD_FILE             0x0002
#define FILE_APPEND_DATA          0x0004
#define FILE_CREATE_PIPE_INSTANCE 0x0004
#define FILE_READ_EA              0x0008
#define FILE_WRITE_EA             0x0010
#define FILE_EXECUTE              0x0020
#define FILE_TRAVERSE             0x0020
#define FILE_DELETE_CHILD         0x0040
#define FILE_READ_ATTRIBUTES      0x0080
#define FILE_WRITE_ATTRIBUTES     0x0100
#define FILE_ALL_ACCESS           (STANDARD_RIGHTS_ALL | 0x1ff)
#define FILE_GENERIC_READ                                                                                    \
    (STANDARD_RIGHTS_READ | FILE_READ_DATA | FILE_READ_ATTRIBUTES | FILE_READ_EA | SYNCHRONIZE)
#define FILE_GENERIC_WRITE                                                                                   \
    (STANDARD_RIGHTS_WRITE | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA | FILE_APPEND_DATA |    \
     SYNCHRONIZE)
#define FILE_GENERIC_EXECUTE (STANDARD_RIGHTS_EXECUTE | FILE_READ_ATTRIBUTES | FILE_EXECUTE | SYNCHRONIZE)

#define FILE_SHARE_READ   1
#define FILE_SHARE_WRITE  2
#define FILE_SHARE_DELETE 4

#define FILE_ATTRIBUTE_READONLY            0x0001
#define FILE_ATTRIBUTE_HIDDEN              0x0002
#define FILE_ATTRIBUTE_SYSTEM              0x0004
#define FILE_ATTRIBUTE_DIRECTORY           0x0010
#define FILE_ATTRIBUTE_ARCHIVE             0x0020
#define FILE_ATTRIBUTE_DEVICE              0x0040
#define FILE_ATTRIBUTE_NORMAL              0x0080
#define FILE_ATTRIBUTE_TEMPORARY           0x0100
#define FILE_ATTRIBUTE_SPARSE_FILE         0x0200
#define FILE_ATTRIBUTE_REPARSE_POINT       0x0400
#define FILE_ATTRIBUTE_COMPRESSED          0x0800
#define FILE_ATTRIBUTE_OFFLINE             0x1000
#define FILE_ATTRIBUTE_NOT_CONTENT_INDEXED 0x2000
#define FILE_ATTRIBUTE_ENCRYPTED           0x4000

#define FILE_NOTIFY_CHANGE_FILE_NAME   0x001
#define FILE_NOTIFY_CHANGE_DIR_NAME    0x002
#define FILE_NOTIFY_CHANGE_ATTRIBUTES  0x004
#define FILE_NOTIFY_CHANGE_SIZE        0x008
#define FILE_NOTIFY_CHANGE_LAST_WRITE  0x010
#define FILE_NOTIFY_CHANGE_LAST_ACCESS 0x020
#define FILE_NOTIFY_CHANGE_CREATION    0x040
#define FILE_NOTIFY_CHANGE_SECURITY    0x100

#define FILE_ACTION_ADDED            1
#define FILE_ACTION_REMOVED          2
#define FILE_ACTION_MODIFIED         3
#define FILE_ACTION_RENAMED_OLD_NAME 4
#define FILE_ACTION_RENAMED_NEW_NAME 5

#define FILE_CASE_SENSITIVE_SEARCH        0x001
#define FILE_CASE_PRESERVED_NAMES         0x002
#define FILE_UNICODE_ON_DISK              0x004
#define FILE_PERSISTENT_ACLS              0x008
#define FILE_SUPPORTS_SPARSE_FILES        0x040
#define FILE_SUPPORTS_REPARSE_POINTS      0x080
#define FILE_READ_ONLY_VOLUME             0x00080000
#define FILE_SUPPORTS_HARD_LINKS          0x00400000
#define FILE_SUPPORTS_OPEN_BY_FILE_ID     0x01000000
#define FILE_SUPPORTS_POSIX_UNLINK_RENAME 0x00000400

#define FILE_DEVICE_CD_ROM              0x02
#define FILE_DEVICE_DISK                0x07
#define FILE_DEVICE_MAILSLOT            0x0c
#define FILE_DEVICE_NAMED_PIPE          0x11
#define FILE_DEVICE_NETWORK_FILE_SYSTEM 0x14
#define FILE_DEVICE_NULL                0x15
#define FILE_DEVICE_CONSOLE             0x50

#define IO_REPARSE_TAG_MOUNT_POINT  0xa0000003u
#define IO_REPARSE_TAG_SYMLINK      0xa000000cu
#define SYMLINK_FLAG_RELATIVE       1
#define SYMBOLIC_LINK_FLAG_RELATIVE 1

#define FSCTL_REQUEST_OPLOCK_LEVEL_1  0x00090000
#define FSCTL_LOCK_VOLUME             0x00090018
#define FSCTL_UNLOCK_VOLUME           0x0009001c
#define FSCTL_IS_VOLUME_MOUNTED       0x00090028
#define FSCTL_GET_COMPRESSION         0x0009003c
#define FSCTL_SET_COMPRESSION         0x0009c040
#define FSCTL_GET_NTFS_VOLUME_DATA    0x00090064
#define FSCTL_SET_REPARSE_POINT       0x000900a4
#define FSCTL_GET_REPARSE_POINT       0x000900a8
#define FSCTL_DELETE_REPARSE_POINT    0x000900ac
#define FSCTL_CREATE_OR_GET_OBJECT_ID 0x000900c0
#define FSCTL_SET_SPARSE              0x000900c4
#define FSCTL_SET_ZERO_DATA           0x000980c8
#define FSCTL_QUERY_ALLOCATED_RANGES  0x000940cf

#define IOCTL_DISK_GET_DRIVE_GEOMETRY   0x00070000
#define IOCTL_DISK_GET_LENGTH_INFO      0x0007405c
#define IOCTL_STORAGE_GET_DEVICE_NUMBER 0x002d1080
#define IOCTL_STORAGE_GET_HOTPLUG_INFO  0x002d0c14
#define IOCTL_STORAGE_QUERY_PROPERTY    0x002d1400

typedef union _FILE_SEGMENT_ELEMENT {
    PVOID Buffer;
    ULONGLONG Alignment;
} FILE_SEGMENT_ELEMENT;

typedef struct _FILE_NOTIFY_INFORMATION {
    ULONG NextEntryOffset;
    ULONG Action;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_NOTIFY_INFORMATION;
#endif

/* NtCreateFile's dispositions and results. */
#ifndef FILE_SUPERSEDE
#define FILE_SUPERSEDE    0
#define FILE_OPEN         1
#define FILE_CREATE       2
#define FILE_OPEN_IF      3
#define FILE_OVERWRITE    4
#define FILE_OVERWRITE_IF 5
#endif
#ifndef FILE_SUPERSEDED
#define FILE_SUPERSEDED     0
#define FILE_OPENED         1
#define FILE_CREATED        2
#define FILE_OVERWRITTEN    3
#define FILE_EXISTS         4
#define FILE_DOES_NOT_EXIST 5
#endif

/* Create options. */
#ifndef FILE_DIRECTORY_FILE
#define FILE_DIRECTORY_FILE            0x00000001
#define FILE_WRITE_THROUGH             0x00000002
#define FILE_SEQUENTIAL_ONLY           0x00000004
#define FILE_NO_INTERMEDIATE_BUFFERING 0x00000008
#define FILE_SYNCHRONOUS_IO_ALERT      0x00000010
#define FILE_SYNCHRONOUS_IO_NONALERT   0x00000020
#define FILE_NON_DIRECTORY_FILE        0x00000040
#define FILE_COMPLETE_IF_OPLOCKED      0x00000100
#define FILE_NO_EA_KNOWLEDGE           0x00000200
#define FILE_RANDOM_ACCESS             0x00000800
#define FILE_DELETE_ON_CLOSE           0x00001000
#define FILE_OPEN_BY_FILE_ID           0x00002000
#define FILE_OPEN_FOR_BACKUP_INTENT    0x00004000
#define FILE_NO_COMPRESSION            0x00008000
#define FILE_OPEN_REPARSE_POINT        0x00200000
#define FILE_OPEN_NO_RECALL            0x00400000
#endif
#define FILE_SYNCHRONOUS (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)

#define FILE_WRITE_TO_END_OF_FILE      0xffffffff
#define FILE_USE_FILE_POINTER_POSITION 0xfffffffe

/* FILE_INFORMATION_CLASS */
enum {
    FileDirectoryInformation = 1,
    FileFullDirectoryInformation = 2,
    FileBothDirectoryInformation = 3,
    FileBasicInformation = 4,
    FileStandardInformation = 5,
    FileInternalInformation = 6,
    FileEaInformation = 7,
    FileAccessInformation = 8,
    FileNameInformation = 9,
    FileRenameInformation = 10,
    FileLinkInformation = 11,
    FileNamesInformation = 12,
    FileDispositionInformation = 13,
    FilePositionInformation = 14,
    FileModeInformation = 16,
    FileAlignmentInformation = 17,
    FileAllInformation = 18,
    FileAllocationInformation = 19,
    FileEndOfFileInformation = 20,
    FileAlternateNameInformation = 21,
    FileStreamInformation = 22,
    FilePipeInformation = 23,
    FilePipeLocalInformation = 24,
    FilePipeRemoteInformation = 25,
    FileMailslotQueryInformation = 26,
    FileMailslotSetInformation = 27,
    FileCompressionInformation = 28,
    FileCompletionInformation = 30,
    FileNetworkOpenInformation = 34,
    FileAttributeTagInformation = 35,
    FileIdBothDirectoryInformation = 37,
    FileIdFullDirectoryInformation = 38,
    FileValidDataLengthInformation = 39,
    FileShortNameInformation = 40,
    FileIoCompletionNotificationInformation = 41,
    FileIoPriorityHintInformation = 43,
    FileHardLinkInformation = 46,
    FileNormalizedNameInformation = 48,
    FileIsRemoteDeviceInformation = 51,
    FileStandardLinkInformation = 54,
    FileRemoteProtocolInformation = 55,
    FileVolumeNameInformation = 58,
    FileIdInformation = 59,
    FileIdExtdDirectoryInformation = 60,
    FileReplaceCompletionInformation = 61,
    FileIdExtdBothDirectoryInformation = 63,
    FileDispositionInformationEx = 64,
    FileRenameInformationEx = 65,
    FileStatInformation = 68,
    FileCaseSensitiveInformation = 71,
    FileLinkInformationEx = 72,
    /* Our own: what the Win32 layer would else need several calls for. */
    GwFileHandleInformation = 0x7001, /* query: gw_file_handle */
    GwFileSeek = 0x7002,              /* query: gw_file_seek, in and out */
};

typedef struct {
    LARGE_INTEGER creation, access, write;
    LONGLONG size;
    ULONGLONG id;
    ULONG attributes, links, volume, device_type;
} gw_file_handle;

typedef struct {
    LONGLONG distance; /* out: the new position */
    ULONG method;      /* FILE_BEGIN 0, FILE_CURRENT 1, FILE_END 2 */
    ULONG zero;
} gw_file_seek;

typedef struct _FILE_BASIC_INFORMATION {
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime;
    ULONG FileAttributes;
} FILE_BASIC_INFORMATION;

typedef struct _FILE_STANDARD_INFORMATION {
    LARGE_INTEGER AllocationSize, EndOfFile;
    ULONG NumberOfLinks;
    BOOLEAN DeletePending, Directory;
} FILE_STANDARD_INFORMATION;

typedef struct _FILE_INTERNAL_INFORMATION {
    LARGE_INTEGER IndexNumber;
} FILE_INTERNAL_INFORMATION;

typedef struct _FILE_EA_INFORMATION {
    ULONG EaSize;
} FILE_EA_INFORMATION;

typedef struct _FILE_ACCESS_INFORMATION {
    ACCESS_MASK AccessFlags;
} FILE_ACCESS_INFORMATION;

typedef struct _FILE_NAME_INFORMATION {
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_NAME_INFORMATION;

#define FILE_RENAME_REPLACE_IF_EXISTS         1 /* also link information's flags */
#define FILE_RENAME_POSIX_SEMANTICS           2
#define FILE_RENAME_IGNORE_READONLY_ATTRIBUTE 0x40

typedef struct _FILE_RENAME_INFORMATION { /* also FILE_LINK_INFORMATION */
    union {
        BOOLEAN ReplaceIfExists;
        ULONG Flags; /* the Ex classes */
    };
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_RENAME_INFORMATION;

typedef struct _FILE_DISPOSITION_INFORMATION {
    BOOLEAN DeleteFile;
} FILE_DISPOSITION_INFORMATION;

#ifndef FILE_DISPOSITION_DELETE
#define FILE_DISPOSITION_DELETE                    1
#define FILE_DISPOSITION_POSIX_SEMANTICS           2
#define FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK 4
#define FILE_DISPOSITION_ON_CLOSE                  8
#define FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE 0x10
#endif

typedef struct _FILE_DISPOSITION_INFORMATION_EX {
    ULONG Flags;
} FILE_DISPOSITION_INFORMATION_EX;

typedef struct _FILE_POSITION_INFORMATION {
    LARGE_INTEGER CurrentByteOffset;
} FILE_POSITION_INFORMATION;

typedef struct _FILE_MODE_INFORMATION {
    ULONG Mode;
} FILE_MODE_INFORMATION;

typedef struct _FILE_ALIGNMENT_INFORMATION {
    ULONG AlignmentRequirement;
} FILE_ALIGNMENT_INFORMATION;

typedef struct _FILE_ALL_INFORMATION {
    FILE_BASIC_INFORMATION BasicInformation;
    FILE_STANDARD_INFORMATION StandardInformation;
    FILE_INTERNAL_INFORMATION InternalInformation;
    FILE_EA_INFORMATION EaInformation;
    FILE_ACCESS_INFORMATION AccessInformation;
    FILE_POSITION_INFORMATION PositionInformation;
    FILE_MODE_INFORMATION ModeInformation;
    FILE_ALIGNMENT_INFORMATION AlignmentInformation;
    FILE_NAME_INFORMATION NameInformation;
} FILE_ALL_INFORMATION;

typedef struct _FILE_ALLOCATION_INFORMATION { /* also FILE_END_OF_FILE_, FILE_VALID_DATA_LENGTH_ */
    LARGE_INTEGER AllocationSize;
} FILE_ALLOCATION_INFORMATION, FILE_END_OF_FILE_INFORMATION;

typedef struct _FILE_STREAM_INFORMATION {
    ULONG NextEntryOffset, StreamNameLength;
    LARGE_INTEGER StreamSize, StreamAllocationSize;
    WCHAR StreamName[1];
} FILE_STREAM_INFORMATION;

typedef struct _FILE_PIPE_INFORMATION {
    ULONG ReadMode, CompletionMode;
} FILE_PIPE_INFORMATION;

typedef struct _FILE_PIPE_LOCAL_INFORMATION {
    ULONG NamedPipeType, NamedPipeConfiguration, MaximumInstances, CurrentInstances;
    ULONG InboundQuota, ReadDataAvailable, OutboundQuota, WriteQuotaAvailable;
    ULONG NamedPipeState, NamedPipeEnd;
} FILE_PIPE_LOCAL_INFORMATION;

#ifndef _WINTERNL_
typedef struct _FILE_MAILSLOT_QUERY_INFORMATION {
    ULONG MaximumMessageSize, MailslotQuota, NextMessageSize, MessagesAvailable;
    LARGE_INTEGER ReadTimeout;
} FILE_MAILSLOT_QUERY_INFORMATION;

typedef struct _FILE_MAILSLOT_SET_INFORMATION {
    LARGE_INTEGER *ReadTimeout;
} FILE_MAILSLOT_SET_INFORMATION;
#endif

typedef struct _FILE_COMPLETION_INFORMATION {
    HANDLE Port;
    PVOID Key;
} FILE_COMPLETION_INFORMATION;

typedef struct _FILE_NETWORK_OPEN_INFORMATION {
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, AllocationSize, EndOfFile;
    ULONG FileAttributes;
} FILE_NETWORK_OPEN_INFORMATION;

typedef struct _FILE_ATTRIBUTE_TAG_INFORMATION {
    ULONG FileAttributes, ReparseTag;
} FILE_ATTRIBUTE_TAG_INFORMATION;

typedef struct _FILE_IO_COMPLETION_NOTIFICATION_INFORMATION {
    ULONG Flags;
} FILE_IO_COMPLETION_NOTIFICATION_INFORMATION;

#ifndef FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 1
#define FILE_SKIP_SET_EVENT_ON_HANDLE        2
#endif

typedef struct _FILE_STANDARD_LINK_INFORMATION {
    ULONG NumberOfAccessibleLinks, TotalNumberOfLinks;
    BOOLEAN DeletePending, Directory;
} FILE_STANDARD_LINK_INFORMATION;

typedef struct _FILE_ID_INFORMATION {
    ULONGLONG VolumeSerialNumber;
    UCHAR FileId[16];
} FILE_ID_INFORMATION;

typedef struct _FILE_STAT_INFORMATION {
    LARGE_INTEGER FileId, CreationTime, LastAccessTime, LastWriteTime, ChangeTime, AllocationSize, EndOfFile;
    ULONG FileAttributes, ReparseTag, NumberOfLinks;
    ACCESS_MASK EffectiveAccess;
} FILE_STAT_INFORMATION;

typedef struct _FILE_BASIC_LINK_ENTRY { /* FILE_LINK_ENTRY_INFORMATION */
    ULONG NextEntryOffset;
    LONGLONG ParentFileId;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_LINK_ENTRY_INFORMATION;

typedef struct _FILE_LINKS_INFORMATION {
    ULONG BytesNeeded, EntriesReturned;
    FILE_LINK_ENTRY_INFORMATION Entry;
} FILE_LINKS_INFORMATION;

typedef struct _FILE_FULL_EA_INFORMATION {
    ULONG NextEntryOffset;
    UCHAR Flags, EaNameLength;
    USHORT EaValueLength;
    CHAR EaName[1];
} FILE_FULL_EA_INFORMATION;

/* The head that all directory entries but FileNamesInformation's share. */
typedef struct _FILE_DIRECTORY_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength;
    WCHAR FileName[1];
} FILE_DIRECTORY_INFORMATION;

typedef struct _FILE_FULL_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize;
    WCHAR FileName[1];
} FILE_FULL_DIR_INFORMATION;

typedef struct _FILE_BOTH_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize;
    UCHAR ShortNameLength;
    WCHAR ShortName[12];
    WCHAR FileName[1];
} FILE_BOTH_DIR_INFORMATION;

typedef struct _FILE_ID_BOTH_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize;
    UCHAR ShortNameLength;
    WCHAR ShortName[12];
    LARGE_INTEGER FileId;
    WCHAR FileName[1];
} FILE_ID_BOTH_DIR_INFORMATION;

typedef struct _FILE_ID_FULL_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize;
    LARGE_INTEGER FileId;
    WCHAR FileName[1];
} FILE_ID_FULL_DIR_INFORMATION;

typedef struct _FILE_ID_EXTD_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize, ReparsePointTag;
    UCHAR FileId[16];
    WCHAR FileName[1];
} FILE_ID_EXTD_DIR_INFORMATION;

typedef struct _FILE_ID_EXTD_BOTH_DIR_INFORMATION {
    ULONG NextEntryOffset, FileIndex;
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize;
    ULONG FileAttributes, FileNameLength, EaSize, ReparsePointTag;
    UCHAR FileId[16];
    UCHAR ShortNameLength;
    WCHAR ShortName[12];
    WCHAR FileName[1];
} FILE_ID_EXTD_BOTH_DIR_INFORMATION;

typedef struct _FILE_NAMES_INFORMATION {
    ULONG NextEntryOffset, FileIndex, FileNameLength;
    WCHAR FileName[1];
} FILE_NAMES_INFORMATION;

/* NtQueryDirectoryFileEx's flags. */
#define SL_RESTART_SCAN        1
#define SL_RETURN_SINGLE_ENTRY 2
#define SL_NO_CURSOR_UPDATE    0x10

/* FS_INFORMATION_CLASS */
enum {
    FileFsVolumeInformation = 1,
    FileFsLabelInformation = 2,
    FileFsSizeInformation = 3,
    FileFsDeviceInformation = 4,
    FileFsAttributeInformation = 5,
    FileFsFullSizeInformation = 7,
    FileFsObjectIdInformation = 8,
    FileFsSectorSizeInformation = 11,
};

typedef struct _FILE_FS_VOLUME_INFORMATION {
    LARGE_INTEGER VolumeCreationTime;
    ULONG VolumeSerialNumber, VolumeLabelLength;
    BOOLEAN SupportsObjects;
    WCHAR VolumeLabel[1];
} FILE_FS_VOLUME_INFORMATION;

typedef struct _FILE_FS_SIZE_INFORMATION {
    LARGE_INTEGER TotalAllocationUnits, AvailableAllocationUnits;
    ULONG SectorsPerAllocationUnit, BytesPerSector;
} FILE_FS_SIZE_INFORMATION;

typedef struct _FILE_FS_FULL_SIZE_INFORMATION {
    LARGE_INTEGER TotalAllocationUnits, CallerAvailableAllocationUnits, ActualAvailableAllocationUnits;
    ULONG SectorsPerAllocationUnit, BytesPerSector;
} FILE_FS_FULL_SIZE_INFORMATION;

typedef struct _FILE_FS_DEVICE_INFORMATION {
    ULONG DeviceType, Characteristics;
} FILE_FS_DEVICE_INFORMATION;

typedef struct _FILE_FS_ATTRIBUTE_INFORMATION {
    ULONG FileSystemAttributes;
    LONG MaximumComponentNameLength;
    ULONG FileSystemNameLength;
    WCHAR FileSystemName[1];
} FILE_FS_ATTRIBUTE_INFORMATION;

typedef struct _FILE_FS_SECTOR_SIZE_INFORMATION {
    ULONG LogicalBytesPerSector, PhysicalBytesPerSectorForAtomicity, PhysicalBytesPerSectorForPerformance;
    ULONG FileSystemEffectivePhysicalBytesPerSectorForAtomicity;
    ULONG Flags, ByteOffsetForSectorAlignment, ByteOffsetForPartitionAlignment;
} FILE_FS_SECTOR_SIZE_INFORMATION;

#ifndef REPARSE_DATA_BUFFER_HEADER_SIZE
typedef struct _REPARSE_DATA_BUFFER {
    ULONG ReparseTag;
    USHORT ReparseDataLength, Reserved;
    union {
        struct {
            USHORT SubstituteNameOffset, SubstituteNameLength, PrintNameOffset, PrintNameLength;
            ULONG Flags;
            WCHAR PathBuffer[1];
        } SymbolicLinkReparseBuffer;
        struct {
            USHORT SubstituteNameOffset, SubstituteNameLength, PrintNameOffset, PrintNameLength;
            WCHAR PathBuffer[1];
        } MountPointReparseBuffer;
        struct {
            UCHAR DataBuffer[1];
        } GenericReparseBuffer;
    };
} REPARSE_DATA_BUFFER;
#define REPARSE_DATA_BUFFER_HEADER_SIZE 8
#endif

/* Named pipes. */
#define FILE_PIPE_BYTE_STREAM_TYPE      0
#define FILE_PIPE_MESSAGE_TYPE          1
#define FILE_PIPE_REJECT_REMOTE_CLIENTS 2
#define FILE_PIPE_BYTE_STREAM_MODE      0
#define FILE_PIPE_MESSAGE_MODE          1
#define FILE_PIPE_QUEUE_OPERATION       0
#define FILE_PIPE_COMPLETE_OPERATION    1
#define FILE_PIPE_INBOUND               0
#define FILE_PIPE_OUTBOUND              1
#define FILE_PIPE_FULL_DUPLEX           2
#define FILE_PIPE_DISCONNECTED_STATE    1
#define FILE_PIPE_LISTENING_STATE       2
#define FILE_PIPE_CONNECTED_STATE       3
#define FILE_PIPE_CLOSING_STATE         4
#define FILE_PIPE_CLIENT_END            0
#define FILE_PIPE_SERVER_END            1

#define FSCTL_PIPE_DISCONNECT               0x00110004
#define FSCTL_PIPE_LISTEN                   0x00110008
#define FSCTL_PIPE_PEEK                     0x0011400c
#define FSCTL_PIPE_TRANSCEIVE               0x0011c017
#define FSCTL_PIPE_WAIT                     0x00110018
#define FSCTL_PIPE_IMPERSONATE              0x0011001c
#define FSCTL_PIPE_GET_PIPE_ATTRIBUTE       0x00110028
#define FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE 0x00110030
#define FSCTL_PIPE_FLUSH                    0x00118040

typedef struct _FILE_PIPE_PEEK_BUFFER {
    ULONG NamedPipeState, ReadDataAvailable, NumberOfMessages, MessageLength;
    CHAR Data[1];
} FILE_PIPE_PEEK_BUFFER;

typedef struct _FILE_PIPE_WAIT_FOR_BUFFER {
    LARGE_INTEGER Timeout;
    ULONG NameLength;
    BOOLEAN TimeoutSpecified;
    WCHAR Name[1];
} FILE_PIPE_WAIT_FOR_BUFFER;

/* Completion ports. */
#define IO_COMPLETION_QUERY_STATE 1
#ifndef IO_COMPLETION_MODIFY_STATE
#define IO_COMPLETION_MODIFY_STATE 2
#define IO_COMPLETION_ALL_ACCESS   0x001f0003
#endif

typedef struct _FILE_IO_COMPLETION_INFORMATION {
    PVOID KeyContext, ApcContext;
    IO_STATUS_BLOCK IoStatusBlock;
} FILE_IO_COMPLETION_INFORMATION;

#if defined(_WIN64) || !defined(_WIN32)
_Static_assert(sizeof(FILE_BASIC_INFORMATION) == 40, "layout");
_Static_assert(sizeof(FILE_STANDARD_INFORMATION) == 24, "layout");
_Static_assert(offsetof(FILE_ALL_INFORMATION, NameInformation) == 96, "layout");
_Static_assert(offsetof(FILE_RENAME_INFORMATION, FileName) == 20, "layout");
_Static_assert(offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName) == 104, "layout");
_Static_assert(offsetof(FILE_BOTH_DIR_INFORMATION, FileName) == 94, "layout");
_Static_assert(sizeof(FILE_STAT_INFORMATION) == 72, "layout");
#endif

#endif
