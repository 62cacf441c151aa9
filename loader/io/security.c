/*
 * Security descriptors of files, made from the Unix owner, group and mode. What is set changes the mode as
 * far as it can say it; the descriptor itself is kept in the extended attribute user.gastwirt.acl and
 * counts as long as owner, group and mode are those it was set with: a later chmod wins.
 */
#include "io/security.h"
#include "io/attributes.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "ps/token.h"
#include <errno.h>
#include <fcntl.h>
#include <nt/io.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE_NAME "user.gastwirt.acl"

struct stored {
    uint32_t mode, uid, gid;
    uint8_t descriptor[];
};

enum { SID_SIZE = 28, MODE = 0777, STORED_LIMIT = 65536 };

static const uint8_t everyone[] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
static const uint8_t local[] = {1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
static const uint8_t authenticated[] = {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0};
static const uint8_t users[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0};
static const uint8_t system_sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
static const uint8_t administrators[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
static const uint8_t owner_rights[] = {1, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0};

/* S-1-22-1-uid and S-1-22-2-gid name who is not the session's. */
static void unix_sid(uint32_t kind, uint32_t id, uint8_t ret_sid[SID_SIZE])
{
    static const uint8_t head[8] = {1, 2, 0, 0, 0, 0, 0, 22};
    memcpy(ret_sid, head, 8);
    memcpy(ret_sid + 8, &kind, 4);
    memcpy(ret_sid + 12, &id, 4);
}

static void owner_sid(uid_t uid, uint8_t ret_sid[SID_SIZE])
{
    if (uid == getuid())
        memcpy(ret_sid, ps_user_sid(), ob_sid_size(ps_user_sid()));
    else
        unix_sid(1, uid, ret_sid);
}

static void group_sid(gid_t gid, uint8_t ret_sid[SID_SIZE])
{
    if (gid == getgid())
        memcpy(ret_sid, ps_group_sid(), ob_sid_size(ps_group_sid()));
    else
        unix_sid(2, gid, ret_sid);
}

static bool unix_id(const uint8_t *sid, uint32_t kind, uint32_t *ret_id)
{
    uint8_t wanted[SID_SIZE];
    if (ob_sid_equal(sid, kind == 1 ? ps_user_sid() : ps_group_sid())) {
        *ret_id = kind == 1 ? getuid() : getgid();
        return true;
    }
    memcpy(ret_id, sid + 12, 4);
    unix_sid(kind, *ret_id, wanted);
    return sid[1] == 2 && ob_sid_equal(sid, wanted);
}

/* ---------------------------------------------------------------- mode to list */

/* What three permission bits allow. A plain file that can be read can be run. */
static uint32_t mask_of(unsigned bits, bool directory)
{
    uint32_t mask = READ_CONTROL | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
    if (bits & 4)
        mask |= FILE_GENERIC_READ | (directory ? 0 : FILE_GENERIC_EXECUTE);
    if (bits & 2)
        mask |= FILE_GENERIC_WRITE | DELETE | FILE_DELETE_CHILD;
    if (bits & 1 && directory)
        mask |= FILE_GENERIC_EXECUTE;
    return mask;
}

/* The specific rights alone, for entries that deny. */
static uint32_t deny_mask_of(unsigned bits, bool directory)
{
    return mask_of(bits, directory) & 0x7f & ~(uint32_t)FILE_READ_ATTRIBUTES;
}

/* Unix asks the first class that fits only; where that gives less than a later one, it is denied first. */
static bool list_of_mode(const struct stat *stat, struct ob_security_part *ret_acl)
{
    uint8_t owner[SID_SIZE], group[SID_SIZE];
    bool directory = S_ISDIR(stat->st_mode);
    unsigned user = stat->st_mode >> 6 & 7, shared = stat->st_mode >> 3 & 7, other = stat->st_mode & 7;
    uint32_t control = DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_WRITE_ATTRIBUTES;
    uint32_t denied_user = deny_mask_of((shared | other) & ~user, directory);
    uint32_t denied_group = deny_mask_of(other & ~shared, directory);

    owner_sid(stat->st_uid, owner);
    group_sid(stat->st_gid, group);
    return (!denied_user || ob_acl_add(ret_acl, ACE_DENIED, denied_user, owner)) &&
           ob_acl_add(ret_acl, ACE_ALLOWED, mask_of(user, directory) | control, owner) &&
           ob_acl_add(ret_acl, ACE_ALLOWED, FILE_ALL_ACCESS, system_sid) &&
           (!denied_group || ob_acl_add(ret_acl, ACE_DENIED, denied_group, group)) &&
           ob_acl_add(ret_acl, ACE_ALLOWED, mask_of(shared, directory), group) &&
           ob_acl_add(ret_acl, ACE_ALLOWED, mask_of(other, directory), everyone);
}

/* Directories may be open for their name only (O_PATH); then the path has to do. */
static int usable_fd(const struct io_file *file)
{
    int flags = file->fd >= 0 ? fcntl(file->fd, F_GETFL) : -1;
    return flags < 0 || flags & O_PATH ? -1 : file->fd;
}

static NTSTATUS stat_of(struct io_file *file, struct stat *ret_stat)
{
    struct statx statx;
    if (file->kind != IO_DISK && file->kind != IO_DIRECTORY)
        return STATUS_NOT_IMPLEMENTED;
    NTSTATUS status = io_file_statx(file, &statx);
    if (!NT_SUCCESS(status))
        return status;
    memset(ret_stat, 0, sizeof *ret_stat);
    ret_stat->st_mode = statx.stx_mode;
    ret_stat->st_uid = statx.stx_uid;
    ret_stat->st_gid = statx.stx_gid;
    return STATUS_SUCCESS;
}

static struct ob_security *stored_descriptor(struct io_file *file, const struct stat *stat)
{
    struct ob_security *security = NULL;
    struct stored *stored = malloc(STORED_LIMIT);
    ssize_t size = -1;
    if (stored && !file->link_itself)
        size = usable_fd(file) >= 0 ? fgetxattr(file->fd, ATTRIBUTE_NAME, stored, STORED_LIMIT)
                                    : getxattr(file->path, ATTRIBUTE_NAME, stored, STORED_LIMIT);
    if (size > (ssize_t)sizeof *stored + 20 && stored->mode == (stat->st_mode & MODE) &&
        stored->uid == stat->st_uid && stored->gid == stat->st_gid) {
        uint32_t length = (uint32_t)((size_t)size - sizeof *stored);
        security = malloc(sizeof *security + length);
        if (security) {
            security->size = length;
            memcpy(security->descriptor, stored->descriptor, length);
        }
    }
    free(stored);
    return security;
}

NTSTATUS io_file_get_security(void *object, struct ob_security **ret_security)
{
    struct io_file *file = object;
    struct stat stat;
    uint8_t sid[SID_SIZE];
    NTSTATUS status = stat_of(file, &stat);
    if (!NT_SUCCESS(status))
        return status;
    if ((*ret_security = stored_descriptor(file, &stat)))
        return STATUS_SUCCESS;
    struct ob_security_parts parts = {.control = SE_DACL_PRESENT};
    owner_sid(stat.st_uid, sid);
    parts.owner = (struct ob_security_part){malloc(SID_SIZE), ob_sid_size(sid)};
    if (parts.owner.data)
        memcpy(parts.owner.data, sid, SID_SIZE);
    group_sid(stat.st_gid, sid);
    parts.group = (struct ob_security_part){malloc(SID_SIZE), ob_sid_size(sid)};
    if (parts.group.data)
        memcpy(parts.group.data, sid, SID_SIZE);
    if (parts.owner.data && parts.group.data && list_of_mode(&stat, &parts.dacl))
        *ret_security = ob_security_build(&parts);
    ob_security_free_parts(&parts);
    return *ret_security ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/* ---------------------------------------------------------------- list to mode */

static bool among(const uint8_t *sid, const uint8_t *const *list)
{
    for (; *list; list++)
        if (ob_sid_equal(sid, *list))
            return true;
    return false;
}

static uint32_t map_generic(uint32_t mask)
{
    return mask | (mask & GENERIC_ALL ? FILE_ALL_ACCESS : 0) | (mask & GENERIC_READ ? FILE_GENERIC_READ : 0) |
           (mask & GENERIC_WRITE ? FILE_GENERIC_WRITE : 0) |
           (mask & GENERIC_EXECUTE ? FILE_GENERIC_EXECUTE : 0);
}

/* The permission bits that the list gives to who has one of these SIDs. */
static unsigned bits_for(const struct ob_security_part *acl, bool null_list, const uint8_t *const *sids)
{
    uint32_t allowed = null_list ? FILE_ALL_ACCESS : 0, denied = 0;
    for (const struct ob_ace *ace = NULL; !null_list && (ace = ob_acl_next(acl, ace));) {
        const uint8_t *sid = ob_ace_sid(ace);
        if (!sid || ace->flags & ACE_INHERIT_ONLY || !among(sid, sids))
            continue;
        if (ace->type == ACE_ALLOWED)
            allowed |= map_generic(ace->mask) & ~denied;
        else if (ace->type == ACE_DENIED)
            denied |= map_generic(ace->mask) & ~allowed;
    }
    return (allowed & FILE_READ_DATA ? 4u : 0) | (allowed & FILE_WRITE_DATA ? 2u : 0) |
           (allowed & FILE_TRAVERSE ? 1u : 0);
}

static mode_t mode_of_list(const struct ob_security_parts *parts, const struct stat *stat)
{
    uint8_t owner[SID_SIZE], group[SID_SIZE];
    const uint8_t *owner_sids[24] = {owner, owner_rights, everyone, authenticated, users, local};
    const uint8_t *group_sids[] = {group, everyone, authenticated, users, local, NULL};
    const uint8_t *other_sids[] = {everyone, authenticated, users, local, NULL};
    bool null_list = !(parts->control & SE_DACL_PRESENT) || !parts->dacl.data;

    owner_sid(stat->st_uid, owner);
    group_sid(stat->st_gid, group);
    unsigned count = 6;
    if (stat->st_uid == getuid())
        for (unsigned i = 0; count < 23 && (owner_sids[count] = ps_group_of_user(i)); i++)
            count++;
    owner_sids[count] = NULL;
    mode_t mode = bits_for(&parts->dacl, null_list, owner_sids) << 6 |
                  bits_for(&parts->dacl, null_list, group_sids) << 3 |
                  bits_for(&parts->dacl, null_list, other_sids);
    if (!S_ISDIR(stat->st_mode)) /* whether Unix may run it is not for the list to say */
        mode = (mode & ~0111u) | (stat->st_mode & 0111);
    return mode;
}

/* Whether owner, group and mode say all that the list does. */
static bool is_plain(const struct ob_security_parts *parts, const struct stat *stat)
{
    uint8_t owner[SID_SIZE], group[SID_SIZE];
    const uint8_t *const known[] = {owner, group,      everyone,       authenticated, users,
                                    local, system_sid, administrators, owner_rights,  NULL};
    owner_sid(stat->st_uid, owner);
    group_sid(stat->st_gid, group);
    if (parts->sacl.data || !among(parts->owner.data, known) || !among(parts->group.data, known))
        return false;
    for (const struct ob_ace *ace = NULL; (ace = ob_acl_next(&parts->dacl, ace));) {
        const uint8_t *sid = ob_ace_sid(ace);
        if (!sid || ace->type > ACE_DENIED || !among(sid, known))
            return false;
    }
    return true;
}

static int change_mode(struct io_file *file, mode_t mode)
{
    return usable_fd(file) >= 0 ? fchmod(file->fd, mode) : chmod(file->path, mode);
}

/* Keeps the descriptor as set with this mode; the kernel wants write permission for it. */
static bool keep(struct io_file *file, const struct ob_security *security, const struct stat *old,
                 mode_t mode)
{
    size_t size = sizeof(struct stored) + security->size;
    struct stored *stored = malloc(size);
    if (!stored)
        return false;
    *stored = (struct stored){mode & MODE, old->st_uid, old->st_gid};
    memcpy(stored->descriptor, security->descriptor, security->size);
    bool locked = !(old->st_mode & 0200);
    if (locked)
        change_mode(file, (old->st_mode & 07777) | 0200);
    int result = usable_fd(file) >= 0 ? fsetxattr(file->fd, ATTRIBUTE_NAME, stored, size, 0)
                                      : setxattr(file->path, ATTRIBUTE_NAME, stored, size, 0);
    if (locked)
        change_mode(file, old->st_mode & 07777);
    free(stored);
    return result == 0;
}

static NTSTATUS change_owner(struct io_file *file, ULONG information, const struct ob_security_parts *parts,
                             struct stat *stat)
{
    uint32_t uid = (uint32_t)-1, gid = (uint32_t)-1, id;
    if (information & SECURITY_OWNER) {
        if (!unix_id(parts->owner.data, 1, &id))
            return STATUS_INVALID_OWNER;
        if (id != stat->st_uid)
            uid = id;
    }
    /* A group that Unix does not know is kept in the descriptor. */
    if (information & SECURITY_GROUP && unix_id(parts->group.data, 2, &id) && id != stat->st_gid)
        gid = id;
    if (uid == (uint32_t)-1 && gid == (uint32_t)-1)
        return STATUS_SUCCESS;
    if ((usable_fd(file) >= 0 ? fchown(file->fd, uid, gid) : chown(file->path, uid, gid)) != 0) {
        if (errno == EPERM && uid != (uint32_t)-1)
            return STATUS_INVALID_OWNER;
        return io_status_from_errno(errno);
    }
    stat->st_uid = uid == (uint32_t)-1 ? stat->st_uid : uid;
    stat->st_gid = gid == (uint32_t)-1 ? stat->st_gid : gid;
    return STATUS_SUCCESS;
}

NTSTATUS io_file_set_security(void *object, ULONG information, const struct ob_security *security)
{
    struct io_file *file = object;
    struct ob_security_parts parts;
    struct stat stat;
    NTSTATUS status = stat_of(file, &stat);
    if (!NT_SUCCESS(status))
        return status;
    if (file->read_only_media)
        return STATUS_ACCESS_DENIED;
    if (file->link_itself)
        return STATUS_NOT_SUPPORTED;
    if (!NT_SUCCESS(status = ob_security_read(security->descriptor, &parts)))
        return status;
    status = change_owner(file, information, &parts, &stat);
    mode_t mode = stat.st_mode & MODE;
    if (information & SECURITY_DACL)
        mode = mode_of_list(&parts, &stat);
    if (NT_SUCCESS(status)) {
        bool kept = keep(file, security, &stat, mode);
        if (!kept && !is_plain(&parts, &stat))
            status = STATUS_NOT_SUPPORTED;
        else if (mode != (stat.st_mode & MODE) && change_mode(file, (stat.st_mode & 07000) | mode) != 0)
            status = io_status_from_errno(errno);
    }
    ob_security_free_parts(&parts);
    return status;
}
