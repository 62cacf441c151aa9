/*
 * The file object type: creation, closing (where delete-on-close happens), descriptors that come
 * from outside and that go to children.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/overlay.h"
#include "io/security.h"
#include "io/share.h"
#include "io/share_table.h"
#include "io/socket.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536 };

/* A guest that closes its standard output wants the reader to see the end. */
static void give_up_standard(struct io_file *file)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        if (file->standard >> fd & 1)
            dup2(null, fd);
    if (null > 2)
        close(null);
    file->standard = 0;
}

static void close_file(void *object, bool last_handle)
{
    struct io_file *file = object;
    if (!last_handle)
        return;
    /* Another reference than this handle's and the closing call's can be a thread that is blocked. */
    if (file->requests || file->kind == IO_PIPE || file->kind == IO_NAMED_PIPE || file->kind == IO_MAILSLOT ||
        file->kind == IO_CONSOLE)
        io_cancel_file(file, NULL);
    if (file->operations->cleanup)
        file->operations->cleanup(file);
    if (file->standard)
        give_up_standard(file);
    if (file->notify)
        io_notify_close(file);
    if (file->delete_on_close)
        io_share_set_delete(file, true);
    struct io_table_place place = {0};
    bool remove_now = file->share || !file->delete_on_close ? io_share_leave(file, &place) : true;
    if (remove_now && file->path && !file->removed)
        io_remove_file(file);
    io_table_left(&place);
}

static void destroy_file(void *object)
{
    struct io_file *file = object;
    struct io_table_place place;
    if (io_share_leave(file, &place))
        io_table_left(&place);
    if (file->operations->destroy)
        file->operations->destroy(file);
    if (file->enumeration)
        io_enumeration_free(file->enumeration);
    if (file->notify)
        io_notify_free(file->notify);
    if (file->owns_fd && file->fd >= 0)
        close(file->fd);
    if (file->port)
        ob_dereference(file->port);
    free(file->path);
    free(file->overlay);
    free(file->device_name);
    pthread_mutex_destroy(&file->lock);
}

const struct ob_type io_file_type = {
    .name = "File",
    .size = sizeof(struct io_file),
    .generic_read = FILE_GENERIC_READ,
    .generic_write = FILE_GENERIC_WRITE,
    .generic_execute = FILE_GENERIC_EXECUTE,
    .all_access = FILE_ALL_ACCESS,
    .waitable = true,
    .destroy = destroy_file,
    .close = close_file,
    .wait_object = io_console_wait_object,
    .get_security = io_file_get_security,
    .set_security = io_file_set_security,
};

/* A closed pipe is a status, not a signal; a handler, unlike SIG_IGN, does not outlive exec. */
static void ignore_signal(int number)
{
    (void)number;
}

/* Windows programs know no small limit of handles. Programs of Unix get the limit back: some close all there
 * could be. */
static struct rlimit own_limit;

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &own_limit) != 0 || own_limit.rlim_cur >= DESCRIPTORS)
        return;
    limit = own_limit;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void io_restore_limits(int unix_pid)
{
    if (own_limit.rlim_max && own_limit.rlim_cur < DESCRIPTORS)
        prlimit(unix_pid, RLIMIT_NOFILE, &own_limit, NULL);
}

void io_initialize(void)
{
    raise_limit();
    struct sigaction action = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

struct io_file *io_file_create(enum io_kind kind, const struct io_operations *operations, int fd,
                               ACCESS_MASK access, ULONG options)
{
    struct io_file *file = ob_create(&io_file_type);
    if (!file)
        return NULL;
    ke_dispatcher_object_initialize(&file->dispatcher, KE_NOTIFICATION_EVENT, 1);
    file->kind = (uint8_t)kind;
    file->operations = operations;
    file->fd = fd;
    file->owns_fd = fd >= 0;
    file->access = access;
    file->options = options;
    file->sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    pthread_mutex_init(&file->lock, NULL);
    return file;
}

/* Builds the file object that fits what fd is. */
static struct io_file *wrap_descriptor(int fd, ACCESS_MASK access, ULONG options)
{
    struct stat stat, null;
    struct io_file *file;
    char link[64], target[4096];

    if (fstat(fd, &stat) != 0)
        return NULL;
    if (S_ISCHR(stat.st_mode) && isatty(fd))
        return io_console_wrap(fd, access, options);
    if (S_ISCHR(stat.st_mode) && fstatat(AT_FDCWD, "/dev/null", &null, 0) == 0 &&
        null.st_rdev == stat.st_rdev)
        return io_file_create(IO_NULL, &io_null_operations, fd, access, options);
    if (S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode) || S_ISBLK(stat.st_mode)) {
        file = io_file_create(S_ISDIR(stat.st_mode) ? IO_DIRECTORY : IO_DISK, &io_disk_operations, fd, access,
                              options);
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, target, sizeof target - 1);
        if (file && n > 0) {
            target[n] = 0;
            file->path = strdup(target);
        }
        if (file)
            file->kernel_position = true;
        return file;
    }
    return io_file_create(S_ISSOCK(stat.st_mode) || S_ISFIFO(stat.st_mode) ? IO_PIPE : IO_DEVICE,
                          &io_pipe_operations, fd, access, options);
}

static NTSTATUS give_handle(struct io_file *file, ACCESS_MASK access, ULONG attributes, HANDLE *ret_handle)
{
    NTSTATUS status = ob_handle_create(file, access, attributes, ret_handle);
    ob_dereference(file);
    return status;
}

NTSTATUS io_open_standard(int fd, HANDLE *ret_handle)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return STATUS_INVALID_HANDLE;
    ACCESS_MASK access = (flags & O_ACCMODE) == O_RDONLY   ? FILE_GENERIC_READ
                         : (flags & O_ACCMODE) == O_WRONLY ? FILE_GENERIC_WRITE | FILE_READ_ATTRIBUTES
                                                           : FILE_GENERIC_READ | FILE_GENERIC_WRITE;
    struct io_file *file = wrap_descriptor(fd, access, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!file)
        return STATUS_NO_MEMORY;
    file->owns_fd = false;
    if (file->kind == IO_PIPE)
        file->standard = (uint8_t)(1 << fd);
    return give_handle(file, access, OBJ_INHERIT, ret_handle);
}

void io_set_standard(HANDLE handle, int fd)
{
    struct io_file *file;
    if (!NT_SUCCESS(ob_handle_lookup(handle, &io_file_type, 0, (void **)&file)))
        return;
    if (file->kind != IO_CONSOLE)
        file->standard |= (uint8_t)(1 << fd);
    ob_dereference(file);
}

NTSTATUS io_open_descriptor(int fd, ACCESS_MASK access, ULONG options, HANDLE *ret_handle)
{
    struct io_file *file = wrap_descriptor(fd, access, options);
    return file ? give_handle(file, access, 0, ret_handle) : STATUS_NO_MEMORY;
}

/* Files opened for their attributes only have no descriptor yet. */
static int duplicate(struct io_file *file)
{
    if (file->fd >= 0)
        return fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
    if (file->kind == IO_NULL)
        return open("/dev/null", O_RDWR | O_CLOEXEC);
    if (file->path)
        return open(file->path, O_PATH | O_CLOEXEC);
    errno = EBADF;
    return -1;
}

NTSTATUS io_file_descriptor(HANDLE handle, ACCESS_MASK access, int *ret_fd)
{
    struct io_file *file;
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, access, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    int fd = duplicate(file);
    if (fd < 0)
        status = errno == EBADF ? STATUS_INVALID_FILE_FOR_SECTION : io_status_from_errno(errno);
    else
        *ret_fd = fd;
    ob_dereference(file);
    return status;
}

NTSTATUS io_file_export(HANDLE handle, struct io_inherit *ret_inherit)
{
    struct io_file *file;
    ACCESS_MASK access;
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    if (!NT_SUCCESS(ob_handle_access(handle, &access)))
        access = file->access;
    int fd = -1, plain = -1;
    if (file->kind == IO_NAMED_PIPE)
        status = io_named_pipe_export(file, &fd, &plain);
    else if (file->kind == IO_MAILSLOT)
        status = io_mailslot_export(file, &fd);
    else if ((fd = duplicate(file)) < 0)
        status = io_status_from_errno(errno);
    if (NT_SUCCESS(status)) {
        pthread_mutex_lock(&file->lock);
        if (file->kind == IO_DISK && file->fd >= 0 && !file->kernel_position) {
            /* From now on both processes go by the descriptor's own position. */
            lseek(fd, file->position, SEEK_SET);
            file->kernel_position = true;
        }
        *ret_inherit = (struct io_inherit){
            .fd = fd,
            .plain = plain,
            .kind = file->kind,
            .access = access,
            .options = file->options,
            .position = file->kind == IO_SOCKET ? (int64_t)io_socket_state(file) : io_console_is_input(file),
            .path = file->path ? strdup(file->path) : NULL,
            .sharing = file->share ? file->sharing | IO_INHERIT_SHARES : 0};
        pthread_mutex_unlock(&file->lock);
    }
    ob_dereference(file);
    return status;
}

NTSTATUS io_file_adopt(const struct io_inherit *inherit, void **ret_object)
{
    struct io_file *file;
    switch (inherit->kind) {
    case IO_SOCKET:
        file = io_socket_import(inherit->fd, inherit->options, (uint64_t)inherit->position);
        break;
    case IO_NAMED_PIPE: file = io_named_pipe_import(inherit->fd, inherit->access, inherit->options); break;
    case IO_MAILSLOT: file = io_mailslot_import(inherit->fd, inherit->access, inherit->options); break;
    default: file = wrap_descriptor(inherit->fd, inherit->access, inherit->options);
    }
    if (!file)
        return STATUS_NO_MEMORY;
    if (inherit->path && !file->path)
        file->path = strdup(inherit->path);
    if (inherit->kind == IO_CONSOLE && inherit->position)
        io_console_mark_input(file);
    struct statx stat;
    if (inherit->sharing & IO_INHERIT_SHARES && (file->kind == IO_DISK || file->kind == IO_DIRECTORY) &&
        statx(inherit->fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &stat) == 0) {
        file->sharing = inherit->sharing & (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
        io_share_join(file, &stat);
    }
    *ret_object = file;
    return STATUS_SUCCESS;
}

NTSTATUS io_file_import(const struct io_inherit *inherit, ULONG attributes, HANDLE *ret_handle)
{
    void *file;
    NTSTATUS status = io_file_adopt(inherit, &file);
    return NT_SUCCESS(status) ? give_handle(file, inherit->access, attributes, ret_handle) : status;
}

/* A pipe's: its name is all there is below the device. */
static WCHAR *device_path(const WCHAR *name)
{
    static const WCHAR device[] = u"\\Device\\NamedPipe";
    size_t length = 0, head = sizeof device / sizeof *device - 1;
    while (name[length])
        length++;
    WCHAR *path = malloc((head + length + 1) * sizeof *path);
    if (path) {
        memcpy(path, device, head * sizeof *path);
        memcpy(path + head, name, (length + 1) * sizeof *path);
    }
    return path;
}

WCHAR *io_file_nt_path(struct io_file *file)
{
    if (file->kind == IO_NAMED_PIPE)
        return device_path(file->device_name ? file->device_name : u"");
    WCHAR *dos = file->path ? io_unix_to_dos(file->path) : NULL;
    if (!dos)
        return NULL;
    size_t n = 0;
    while (dos[n])
        n++;
    WCHAR *result = malloc((n + 32) * sizeof *result);
    if (result) {
        static const WCHAR prefix[] = u"\\Device\\HarddiskVolume";
        size_t used = sizeof prefix / sizeof *prefix - 1;
        memcpy(result, prefix, sizeof prefix);
        unsigned number = dos[0] - 'A' + 1u;
        if (number >= 10)
            result[used++] = (WCHAR)('0' + number / 10);
        result[used++] = (WCHAR)('0' + number % 10);
        memcpy(result + used, dos + 2, (n - 1) * sizeof *dos);
    }
    free(dos);
    return result;
}

NTSTATUS io_open_unix(const WCHAR *nt_path, size_t length, int flags, int *ret_fd)
{
    struct io_path path;
    NTSTATUS status = io_path_to_unix(nt_path, length, &path);
    if (!NT_SUCCESS(status))
        return status;
    bool possible = path.exists || flags & O_CREAT;
    int fd = possible ? open(path.unix_path, flags | O_CLOEXEC, 0600) : -1;
    if (!possible)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (fd < 0)
        status = io_status_from_errno(errno);
    else
        *ret_fd = fd;
    io_path_free(&path);
    return status;
}
