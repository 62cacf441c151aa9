/*
 * errno to NTSTATUS, the one table.
 */
#include "io/io.h"
#include <errno.h>

NTSTATUS io_status_from_errno(int error)
{
    switch (error) {
    case 0: return STATUS_SUCCESS;
    case EPERM:
    case EACCES:
    case EISDIR:
    case ETXTBSY: return STATUS_ACCESS_DENIED;
    case ENOENT: return STATUS_OBJECT_NAME_NOT_FOUND;
    case ENOTDIR: return STATUS_OBJECT_PATH_NOT_FOUND;
    case EEXIST: return STATUS_OBJECT_NAME_COLLISION;
    case ENAMETOOLONG: return STATUS_OBJECT_NAME_INVALID;
    case ELOOP: return STATUS_REPARSE_POINT_NOT_RESOLVED;
    case ENOTEMPTY: return STATUS_DIRECTORY_NOT_EMPTY;
    case EXDEV: return STATUS_NOT_SAME_DEVICE;
    case EROFS: return STATUS_MEDIA_WRITE_PROTECTED;
    case ENOSPC:
    case EDQUOT: return STATUS_DISK_FULL;
    case EFBIG: return STATUS_DISK_FULL;
    case EMLINK: return STATUS_TOO_MANY_LINKS;
    case EMFILE:
    case ENFILE: return STATUS_TOO_MANY_OPENED_FILES;
    case ENOMEM:
    case ENOBUFS: return STATUS_NO_MEMORY;
    case EFAULT: return STATUS_ACCESS_VIOLATION;
    case EBADF: return STATUS_INVALID_HANDLE;
    case EINVAL: return STATUS_INVALID_PARAMETER;
    case EOPNOTSUPP:
    case ENOTTY:
    case ENOSYS: return STATUS_INVALID_DEVICE_REQUEST;
    case EPIPE: return STATUS_PIPE_BROKEN;
    case EBUSY: return STATUS_SHARING_VIOLATION;
    case EAGAIN: return STATUS_PENDING;
    case EINTR:
    case ECANCELED: return STATUS_CANCELLED;
    case EIO: return STATUS_IO_DEVICE_ERROR;
    case ENXIO:
    case ENODEV: return STATUS_NO_SUCH_DEVICE;
    case ESPIPE: return STATUS_INVALID_DEVICE_REQUEST;
    case ETIMEDOUT: return STATUS_IO_TIMEOUT;
    case ECONNRESET: return STATUS_CONNECTION_RESET;
    case ECONNREFUSED: return STATUS_CONNECTION_REFUSED;
    default: return STATUS_UNSUCCESSFUL;
    }
}

NTSTATUS io_socket_status_from_errno(int error)
{
    switch (error) {
    case EADDRINUSE: return STATUS_ADDRESS_ALREADY_EXISTS;
    case EADDRNOTAVAIL: return STATUS_INVALID_ADDRESS_COMPONENT;
    case ECONNABORTED: return STATUS_CONNECTION_ABORTED;
    case ECONNREFUSED: return STATUS_CONNECTION_REFUSED;
    case ECONNRESET: return STATUS_CONNECTION_RESET;
    case EHOSTDOWN:
    case EHOSTUNREACH: return STATUS_HOST_UNREACHABLE;
    case ENETDOWN:
    case ENETUNREACH: return STATUS_NETWORK_UNREACHABLE;
    case EISCONN: return STATUS_CONNECTION_ACTIVE;
    case ENOTCONN:
    case EDESTADDRREQ: return STATUS_INVALID_CONNECTION;
    case EMSGSIZE: return STATUS_INVALID_BUFFER_SIZE;
    case ENOBUFS: return STATUS_INSUFFICIENT_RESOURCES;
    case EAGAIN: return STATUS_DEVICE_NOT_READY;
    case EPIPE: return STATUS_CONNECTION_ABORTED;
    case EPROTO: return STATUS_PROTOCOL_UNREACHABLE;
    case EALREADY:
    case EINPROGRESS: return (NTSTATUS)0xc0012735;  /* WSAEALREADY */
    case EAFNOSUPPORT: return (NTSTATUS)0xc001273f; /* WSAEAFNOSUPPORT */
    case EOPNOTSUPP: return (NTSTATUS)0xc001273d;   /* WSAEOPNOTSUPP */
    case ENOPROTOOPT: return (NTSTATUS)0xc001273a;  /* WSAENOPROTOOPT */
    case ENOENT: return STATUS_CONNECTION_REFUSED;  /* nobody at a Unix socket's name */
    default: return io_status_from_errno(error);
    }
}
