/*
 * Creating, opening and querying sections.
 */
#include "mm/section.h"
#include "io/system.h"
#include "mm/guest.h"
#include "mm/pe.h"
#include "ob/share.h"
#include "wow/wow.h"

#include <errno.h>
#include <fcntl.h>
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_READ_DATA  0x0001
#define FILE_WRITE_DATA 0x0002
#define FILE_EXECUTE    0x0020

#define WRITABLE   (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)
#define EXECUTABLE (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)

struct io_file;
NTSTATUS io_file_descriptor(HANDLE handle, ACCESS_MASK access, int *ret_fd);
WCHAR *io_file_nt_path(struct io_file *file);
extern const struct ob_type io_file_type;

static void destroy(void *object)
{
    struct mm_section *section = object;

    if (section->fd >= 0)
        close(section->fd);
    if (section->charged) {
        mm_lock();
        mm.committed -= section->charged;
        mm_unlock();
    }
    runs_destroy(&section->committed);
    free(section->pe);
    free(section->path);
}

static const struct ob_share_type section_share;

const struct ob_type mm_section_type = {
    .name = "Section",
    .size = sizeof(struct mm_section),
    .generic_read = 0x00020000 | SECTION_QUERY | SECTION_MAP_READ,
    .generic_write = 0x00020000 | SECTION_MAP_WRITE,
    .generic_execute = 0x00020000 | SECTION_MAP_EXECUTE,
    .all_access = SECTION_ALL_ACCESS,
    .destroy = destroy,
    .share = &section_share,
};

static struct mm_section *create(ULONG attributes, ULONG protect)
{
    struct mm_section *section = ob_create(&mm_section_type);

    if (section) {
        section->attributes = attributes;
        section->protect = protect;
        section->fd = -1;
        runs_initialize(&section->committed, 0);
    }
    return section;
}

int mm_section_descriptor(struct mm_section *section)
{
    if (section->fd < 0) {
        int fd = memfd_create("section", MFD_CLOEXEC);
        if (fd >= 0 && ftruncate(fd, (off_t)mm_round_up(section->size, MM_PAGE))) {
            close(fd);
            fd = -1;
        }
        section->fd = fd;
    }
    return section->fd;
}

/* Reads the headers of the section's image file. */
static NTSTATUS open_image(struct mm_section *section)
{
    const char *why;
    NTSTATUS status = mm_read_pe(section->fd, &section->pe, &why);

    if (!status)
        section->size = section->pe->image_size;
    return status;
}

/* The section's size: what was asked for, or the file's; a writable file grows. */
static NTSTATUS size_file(struct mm_section *section, uint64_t wanted)
{
    struct stat file;

    if (fstat(section->fd, &file) || !S_ISREG(file.st_mode))
        return STATUS_INVALID_FILE_FOR_SECTION;
    if (section->attributes & SEC_IMAGE)
        return open_image(section);
    if (!wanted)
        wanted = (uint64_t)file.st_size;
    if (!wanted)
        return STATUS_MAPPED_FILE_SIZE_ZERO;
    if (wanted > (uint64_t)file.st_size) {
        if (!(section->protect & WRITABLE) || wanted > INT64_MAX)
            return STATUS_SECTION_TOO_BIG;
        if (ftruncate(section->fd, (off_t)wanted))
            return errno == ENOSPC || errno == EFBIG || errno == EDQUOT ? STATUS_DISK_FULL
                                                                        : STATUS_ACCESS_DENIED;
    }
    section->size = wanted;
    return STATUS_SUCCESS;
}

static NTSTATUS charge(struct mm_section *section)
{
    uint64_t pages = (section->size + MM_PAGE - 1) / MM_PAGE;
    struct mm_area nothing = {0};
    NTSTATUS status;

    mm_lock();
    runs_initialize(&nothing.runs, 0);
    nothing.node.end = pages * MM_PAGE;
    status = mm_charge(&nothing, 0, pages * MM_PAGE);
    mm_unlock();
    if (!status)
        section->charged = pages;
    return status;
}

/* What other processes learn of a section, with the memory itself. */
struct published_section {
    uint64_t size;
    uint32_t attributes, protect;
    WCHAR path[1000]; /* as far as it fits */
};

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct mm_section *section = object;
    size_t length = 0;

    mm_lock();
    int fd = mm_section_descriptor(section);
    mm_unlock();
    if (fd < 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct published_section *data = calloc(1, sizeof *data);
    if (!data)
        return STATUS_NO_MEMORY;
    data->size = section->size;
    data->attributes = section->attributes;
    data->protect = section->protect;
    while (section->path && section->path[length])
        length++;
    if (length && length < sizeof data->path / sizeof *data->path)
        memcpy(data->path, section->path, length * sizeof *data->path);
    ret->data = data;
    ret->data_size = (uint32_t)(offsetof(struct published_section, path) + length * sizeof *data->path);
    if (length >= sizeof data->path / sizeof *data->path)
        ret->data_size = offsetof(struct published_section, path);
    ret->memory = fd;
    return STATUS_SUCCESS;
}

/* Another process's section: all its pages count as committed there. */
static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    struct published_section data = {0};
    size_t head = offsetof(struct published_section, path), length;
    struct stat file;

    if (reception->memory < 0 || reception->data_size < head || reception->data_size > sizeof data - 2)
        return STATUS_INVALID_PARAMETER;
    memcpy(&data, reception->data, reception->data_size);
    length = (reception->data_size - head) / sizeof *data.path;
    if (fstat(reception->memory, &file) || data.size > MM_HIGHEST || data.protect & ~0xffu)
        return STATUS_INVALID_PARAMETER;
    if (data.attributes & SEC_RESERVE)
        data.attributes = (data.attributes & ~(ULONG)SEC_RESERVE) | SEC_COMMIT;
    struct mm_section *section = create(data.attributes, data.protect);
    if (!section)
        return STATUS_NO_MEMORY;
    section->size = data.size;
    section->fd = reception->memory;
    reception->memory = -1;
    if (length && (section->path = malloc((length + 1) * sizeof *data.path))) {
        memcpy(section->path, data.path, length * sizeof *data.path);
        section->path[length] = 0;
    }
    NTSTATUS status = data.attributes & SEC_IMAGE ? open_image(section) : STATUS_SUCCESS;
    if (status)
        ob_dereference(section);
    else
        *ret_object = section;
    return status;
}

static const struct ob_share_type section_share = {GW_TYPE_SECTION, publish, adopt, NULL, false};

static ACCESS_MASK file_access(ULONG protect, ULONG attributes)
{
    if (attributes & SEC_IMAGE)
        return protect & EXECUTABLE ? FILE_EXECUTE : FILE_READ_DATA;
    ACCESS_MASK access = FILE_READ_DATA;
    if (protect & WRITABLE)
        access |= FILE_WRITE_DATA;
    if (protect & EXECUTABLE)
        access |= FILE_EXECUTE;
    return protect == PAGE_EXECUTE ? FILE_EXECUTE : access;
}

static NTSTATUS check_arguments(ULONG protect, ULONG attributes, HANDLE file)
{
    ULONG kind = attributes & (SEC_IMAGE | SEC_RESERVE | SEC_COMMIT);

    if (attributes & ~(ULONG)(SEC_IMAGE | SEC_RESERVE | SEC_COMMIT | SEC_NOCACHE | SEC_WRITECOMBINE |
                              SEC_LARGE_PAGES | SEC_64K_PAGES | SEC_FILE | SEC_PROTECTED_IMAGE | 0xff))
        return STATUS_INVALID_PARAMETER_6;
    if (!kind || kind & (kind - 1))
        return STATUS_INVALID_PARAMETER_6;
    if (attributes & SEC_IMAGE && attributes & (SEC_WRITECOMBINE | SEC_LARGE_PAGES))
        return STATUS_INVALID_PARAMETER_6;
    if (attributes & SEC_LARGE_PAGES)
        return attributes & SEC_COMMIT && !file ? STATUS_PRIVILEGE_NOT_HELD : STATUS_INVALID_PARAMETER_6;
    if (mm_check_protect(protect & ~(ULONG)(PAGE_NOCACHE | PAGE_WRITECOMBINE), true) ||
        protect & (PAGE_NOACCESS | PAGE_GUARD))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (attributes & SEC_IMAGE && !file)
        return STATUS_INVALID_FILE_FOR_SECTION;
    return STATUS_SUCCESS;
}

/* The file part of creating a section. */
static NTSTATUS attach_file(struct mm_section *section, HANDLE handle, uint64_t size)
{
    void *file;
    NTSTATUS status = io_file_descriptor(handle, file_access(section->protect, section->attributes),
                                         &section->fd);

    if (status == STATUS_OBJECT_TYPE_MISMATCH || status == STATUS_INVALID_HANDLE ||
        status == STATUS_ACCESS_DENIED)
        return status;
    if (status)
        return STATUS_INVALID_FILE_FOR_SECTION;
    if (!ob_handle_lookup(handle, &io_file_type, 0, &file)) {
        section->path = io_file_nt_path(file);
        ob_dereference(file);
    }
    return size_file(section, size);
}

NTSTATUS NtCreateSection(HANDLE *SectionHandle, ACCESS_MASK DesiredAccess,
                         OBJECT_ATTRIBUTES *ObjectAttributes, LARGE_INTEGER *MaximumSize,
                         ULONG SectionPageProtection, ULONG AllocationAttributes, HANDLE FileHandle)
{
    LARGE_INTEGER size = {.QuadPart = 0};
    NTSTATUS status = check_arguments(SectionPageProtection, AllocationAttributes, FileHandle);

    if (status)
        return status;
    if (MaximumSize && (status = guest_read(&size, MaximumSize)))
        return status;
    if (size.QuadPart < 0 || (!FileHandle && !size.QuadPart))
        return STATUS_INVALID_PARAMETER_4;
    if (!FileHandle && (uint64_t)size.QuadPart > MM_HIGHEST)
        return STATUS_SECTION_TOO_BIG;
    struct mm_section *section = create(AllocationAttributes, SectionPageProtection & 0xff);
    if (!section)
        return STATUS_NO_MEMORY;
    if (FileHandle) {
        section->attributes |= SEC_FILE;
        if (!(section->attributes & SEC_IMAGE)) { /* a file's pages all exist */
            section->attributes &= ~(ULONG)SEC_RESERVE;
            section->attributes |= SEC_COMMIT;
        }
        status = attach_file(section, FileHandle, (uint64_t)size.QuadPart);
    } else {
        section->size = mm_round_up((uint64_t)size.QuadPart, MM_PAGE);
        if (section->attributes & SEC_COMMIT)
            status = charge(section);
    }
    if (status) {
        ob_dereference(section);
        return status;
    }
    return ob_insert(section, ObjectAttributes, DesiredAccess, SectionHandle);
}

NTSTATUS NtCreateSectionEx(HANDLE *SectionHandle, ACCESS_MASK DesiredAccess,
                           OBJECT_ATTRIBUTES *ObjectAttributes, LARGE_INTEGER *MaximumSize,
                           ULONG SectionPageProtection, ULONG AllocationAttributes, HANDLE FileHandle,
                           void *ExtendedParameters, ULONG ExtendedParameterCount)
{
    if (!ExtendedParameters != !ExtendedParameterCount || ExtendedParameterCount > 8)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < ExtendedParameterCount; i++) { /* NUMA node, user data: nothing to do */
        uint64_t type;
        NTSTATUS status = guest_copy(&type, (const MEM_EXTENDED_PARAMETER *)ExtendedParameters + i,
                                     sizeof type);
        if (status)
            return status;
        if ((type & 0xff) == 0 || (type & 0xff) > 4)
            return STATUS_INVALID_PARAMETER;
    }
    return NtCreateSection(SectionHandle, DesiredAccess, ObjectAttributes, MaximumSize, SectionPageProtection,
                           AllocationAttributes, FileHandle);
}

/* \KnownDlls\NAME: our own DLL in the system folder, without the detour through paths and files. */
static NTSTATUS open_known_dll(const WCHAR *name, size_t length, ACCESS_MASK access, HANDLE *guest_handle)
{
    static const WCHAR folder[] = u"\\??\\C:\\windows\\system32\\";
    char path[4400];
    int written = snprintf(path, sizeof path - 300, "%s/",
                           wow_active ? io_system_directory32() : io_system_directory());
    HANDLE handle;

    if (length > 128 || !length || written <= 0 || (size_t)written >= sizeof path - 300)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    size_t prefix = sizeof folder / sizeof *folder - 1;
    WCHAR *nt_path = malloc((prefix + length + 1) * sizeof *nt_path);
    if (!nt_path)
        return STATUS_NO_MEMORY;
    memcpy(nt_path, folder, prefix * sizeof *nt_path);
    for (size_t i = 0; i < length; i++) {
        WCHAR c = name[i];
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c >= 0x80 || c == '/' || c == '\\' || !c) {
            free(nt_path);
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
        path[(size_t)written + i] = (char)c;
        nt_path[prefix + i] = c;
    }
    path[(size_t)written + length] = 0;
    nt_path[prefix + length] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        free(nt_path);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    struct mm_section *section = create(SEC_IMAGE | SEC_FILE, PAGE_EXECUTE);
    if (!section) {
        close(fd);
        free(nt_path);
        return STATUS_NO_MEMORY;
    }
    section->fd = fd;
    section->path = nt_path;
    NTSTATUS status = open_image(section);
    if (!status)
        status = ob_handle_create(section, ob_map_access(&mm_section_type, access), 0, &handle);
    ob_dereference(section);
    if (!status && (status = guest_write(guest_handle, handle)))
        ob_handle_close(handle);
    return status;
}

/* Whether the name begins with \KnownDlls\ ; *ret_rest is what follows. */
static bool is_known_dll(const WCHAR *name, size_t length, size_t *ret_rest)
{
    static const char prefix[] = "\\knowndlls\\";
    size_t i;

    for (i = 0; i < sizeof prefix - 1; i++) {
        if (i >= length)
            return false;
        WCHAR c = name[i];
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c != (unsigned char)prefix[i])
            return false;
    }
    *ret_rest = i;
    return true;
}

NTSTATUS NtOpenSection(HANDLE *SectionHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    OBJECT_ATTRIBUTES attributes;
    size_t length, rest;
    WCHAR *name;

    if (ObjectAttributes && !guest_read(&attributes, ObjectAttributes) && !attributes.RootDirectory &&
        attributes.ObjectName && !guest_read_unicode_string(attributes.ObjectName, &name, &length)) {
        NTSTATUS status = STATUS_UNSUCCESSFUL;
        bool known = is_known_dll(name, length, &rest);
        if (known)
            status = open_known_dll(name + rest, length - rest, DesiredAccess, SectionHandle);
        free(name);
        if (known)
            return status;
    }
    return ob_open(&mm_section_type, ObjectAttributes, DesiredAccess, SectionHandle);
}

static void describe_image(const struct mm_section *section, NT_SECTION_IMAGE_INFORMATION *info)
{
    const struct pe *pe = section->pe;
    struct stat file;

    memset(info, 0, sizeof *info);
    info->TransferAddress = (PVOID)(pe->image_base + pe->entry);
    info->MaximumStackSize = pe->stack_reserve;
    info->CommittedStackSize = pe->stack_commit;
    info->SubSystemType = pe->subsystem;
    info->SubSystemMajorVersion = pe->subsystem_major;
    info->SubSystemMinorVersion = pe->subsystem_minor;
    info->MajorOperatingSystemVersion = pe->os_major;
    info->MinorOperatingSystemVersion = pe->os_minor;
    info->ImageCharacteristics = pe->characteristics;
    info->DllCharacteristics = pe->dll_characteristics;
    info->Machine = pe->machine;
    info->ImageContainsCode = pe->has_code;
    info->ImageFlags = (pe->managed ? 2 : 0) | (pe->flat ? 8 : 0); /* ComPlusILOnly, ImageMappedFlat */
    info->LoaderFlags = pe->loader_flags;
    info->ImageFileSize = fstat(section->fd, &file) ? 0 : (ULONG)file.st_size;
    info->CheckSum = pe->checksum;
}

NTSTATUS NtQuerySection(HANDLE SectionHandle, ULONG SectionInformationClass, void *SectionInformation,
                        SIZE_T SectionInformationLength, SIZE_T *ReturnLength)
{
    union {
        NT_SECTION_BASIC_INFORMATION basic;
        NT_SECTION_IMAGE_INFORMATION image;
        PVOID base;
    } info;
    SIZE_T size;
    void *object;

    switch (SectionInformationClass) {
    case SectionBasicInformationClass: size = sizeof info.basic; break;
    case SectionImageInformationClass: size = sizeof info.image; break;
    case SectionRelocationInformationClass:
    case SectionOriginalBaseInformationClass: size = sizeof info.base; break;
    default: return STATUS_INVALID_INFO_CLASS;
    }
    if (SectionInformationLength < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = ob_handle_lookup(SectionHandle, &mm_section_type, SECTION_QUERY, &object);
    if (status)
        return status;
    struct mm_section *section = object;
    memset(&info, 0, sizeof info);
    if (SectionInformationClass == SectionBasicInformationClass) {
        info.basic.AllocationAttributes = section->attributes;
        info.basic.MaximumSize.QuadPart = (LONGLONG)section->size;
    } else if (!section->pe) {
        status = STATUS_SECTION_NOT_IMAGE;
    } else if (SectionInformationClass == SectionImageInformationClass) {
        describe_image(section, &info.image);
    } else if (SectionInformationClass == SectionOriginalBaseInformationClass) {
        info.base = (PVOID)section->pe->image_base;
    }
    ob_dereference(section);
    if (!status)
        status = guest_copy(SectionInformation, &info, size);
    if (!status && ReturnLength)
        status = guest_write(ReturnLength, size);
    return status;
}
