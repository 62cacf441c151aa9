/*
 * What can be asked of a named pipe's end: information classes, attributes, whose the other end is.
 */
#include "io/namedpipe.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "ps/token.h"
#include <string.h>

enum { SECURITY_IMPERSONATION = 2 };

static ULONG state_of(const struct pipe_link *link)
{
    uint32_t state = __atomic_load_n(&link->page->state, __ATOMIC_ACQUIRE);
    return state == FILE_PIPE_CONNECTED_STATE && pipe_link_is_hung_up(link) ? FILE_PIPE_CLOSING_STATE : state;
}

static void fill_local(const struct pipe_link *link, FILE_PIPE_LOCAL_INFORMATION *info)
{
    const struct pipe_page *page = link->page;
    struct pipe_peek found = {0};
    ULONG inbound = page->quota[PIPE_SERVER], outbound = page->quota[PIPE_CLIENT], unread = 0;
    ULONG quota = link->own == PIPE_SERVER ? outbound : inbound; /* of what this end writes */
    pipe_link_peek((struct pipe_link *)link, NULL, 0, &found);
    if (pipe_link_usable(link) == STATUS_SUCCESS)
        unread = pipe_link_unread(link);
    *info = (FILE_PIPE_LOCAL_INFORMATION){
        .NamedPipeType = page->type,
        .NamedPipeConfiguration = page->sharing == FILE_SHARE_READ    ? FILE_PIPE_OUTBOUND
                                  : page->sharing == FILE_SHARE_WRITE ? FILE_PIPE_INBOUND
                                                                      : FILE_PIPE_FULL_DUPLEX,
        .MaximumInstances = page->maximum,
        .CurrentInstances = io_pipe_instances(page),
        .InboundQuota = inbound,
        .ReadDataAvailable = found.available,
        .OutboundQuota = outbound,
        .WriteQuotaAvailable = quota > unread ? quota - unread : 0,
        .NamedPipeState = state_of(link),
        .NamedPipeEnd = link->own == PIPE_SERVER ? FILE_PIPE_SERVER_END : FILE_PIPE_CLIENT_END};
}

NTSTATUS io_named_pipe_query(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                             ULONG *ret_length)
{
    struct pipe_peek found;
    (void)length, (void)ret_length;
    if (!file->device)
        return STATUS_INVALID_INFO_CLASS;
    if (info_class != FilePipeInformation && info_class != FilePipeLocalInformation &&
        info_class != FileStandardInformation)
        return STATUS_INVALID_INFO_CLASS;
    struct pipe_link *link = io_named_pipe_link(file->device);
    if (!link)
        return STATUS_PIPE_BROKEN;
    if (info_class == FilePipeInformation) {
        ((FILE_PIPE_INFORMATION *)buffer)->ReadMode = pipe_link_side(link)->read_mode;
        ((FILE_PIPE_INFORMATION *)buffer)->CompletionMode = pipe_link_side(link)->completion_mode;
    } else if (info_class == FilePipeLocalInformation) {
        fill_local(link, buffer);
    } else {
        FILE_STANDARD_INFORMATION *info = buffer;
        pipe_link_peek(link, NULL, 0, &found);
        info->AllocationSize.QuadPart = (int64_t)link->page->quota[0] + link->page->quota[1];
        info->EndOfFile.QuadPart = found.available;
        info->NumberOfLinks = 1;
        info->DeletePending = 1;
    }
    pipe_link_release(link);
    return STATUS_SUCCESS;
}

NTSTATUS io_named_pipe_set(struct io_file *file, ULONG info_class, const void *buffer, ULONG length)
{
    const FILE_PIPE_INFORMATION *info = buffer;
    (void)length;
    if (info_class != FilePipeInformation || !file->device)
        return STATUS_INVALID_INFO_CLASS;
    struct pipe_link *link = io_named_pipe_link(file->device);
    if (!link)
        return STATUS_PIPE_BROKEN;
    NTSTATUS status = STATUS_SUCCESS;
    struct pipe_side *side = pipe_link_side(link);
    if (info->ReadMode > 1 || info->CompletionMode > 1 ||
        (info->ReadMode == FILE_PIPE_MESSAGE_MODE && !pipe_link_has_messages(link))) {
        status = STATUS_INVALID_PARAMETER;
    } else {
        __atomic_store_n(&side->read_mode, info->ReadMode, __ATOMIC_RELEASE);
        __atomic_store_n(&side->completion_mode, info->CompletionMode, __ATOMIC_RELEASE);
    }
    pipe_link_release(link);
    return status;
}

/* The attribute that a control's input names, among those that are numbers. */
static NTSTATUS attribute(const struct pipe_link *link, bool connection, const char *name, ULONG *ret_value)
{
    if (!connection && strcmp(name, "ServerProcessId") == 0)
        *ret_value = link->page->process[PIPE_SERVER];
    else if (connection && strcmp(name, "ClientProcessId") == 0)
        *ret_value = link->page->process[PIPE_CLIENT];
    else if ((!connection && strcmp(name, "ServerSessionId") == 0) ||
             (connection && strcmp(name, "ClientSessionId") == 0))
        *ret_value = 1; /* there is one session, as the PEB says */
    else
        return STATUS_NOT_FOUND; /* local clients have no ClientComputerName */
    return STATUS_SUCCESS;
}

/* An attribute of our own: whoever has been heard of is this user. */
static NTSTATUS get_user(const struct pipe_link *link, struct io_request *request)
{
    WCHAR user[128] = u"";
    if (link->own != PIPE_SERVER)
        return STATUS_INVALID_PARAMETER;
    if (!__atomic_load_n(&pipe_link_side(link)->has_read, __ATOMIC_RELAXED))
        return STATUS_CANNOT_IMPERSONATE;
    size_t length = io_utf8_to_utf16(io_user_name(), user, 127) + 1;
    if (request->length < length * sizeof *user)
        return STATUS_BUFFER_TOO_SMALL;
    request->information = length * sizeof *user;
    return guest_copy(request->buffer, user, length * sizeof *user);
}

static NTSTATUS get_attribute(const struct pipe_link *link, struct io_request *request)
{
    char name[32] = "";
    ULONG value;
    if (!request->input_length || request->input_length >= sizeof name)
        return request->input_length ? STATUS_NOT_FOUND : STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(name, request->input, request->input_length);
    if (NT_SUCCESS(status) && request->code == FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE &&
        strcmp(name, "ClientUserName") == 0)
        return get_user(link, request);
    if (NT_SUCCESS(status))
        status = attribute(link, request->code == FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, name, &value);
    if (NT_SUCCESS(status) && request->length < sizeof value)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status))
        status = guest_write((ULONG *)request->buffer, value);
    if (NT_SUCCESS(status))
        request->information = sizeof value;
    return status;
}

NTSTATUS io_named_pipe_attribute(struct pipe_end *end, struct io_request *request)
{
    struct pipe_link *link = io_named_pipe_link(end);
    NTSTATUS status;
    if (!link)
        return STATUS_PIPE_BROKEN;
    switch (request->code) {
    case FSCTL_PIPE_GET_PIPE_ATTRIBUTE:
    case FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE:
        if (request->code == FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE &&
            link->page->state != FILE_PIPE_CONNECTED_STATE)
            status = STATUS_PIPE_DISCONNECTED;
        else
            status = get_attribute(link, request);
        break;
    case FSCTL_PIPE_IMPERSONATE: /* the client is the same user; who it is, is known from the first read on */
        if (link->own != PIPE_SERVER)
            status = STATUS_ILLEGAL_FUNCTION;
        else if (link->page->state != FILE_PIPE_CONNECTED_STATE)
            status = STATUS_PIPE_DISCONNECTED;
        else if (!__atomic_load_n(&pipe_link_side(link)->has_read, __ATOMIC_RELAXED))
            status = STATUS_CANNOT_IMPERSONATE;
        else
            status = ps_impersonate_self(SECURITY_IMPERSONATION);
        break;
    default: status = STATUS_INVALID_DEVICE_REQUEST;
    }
    pipe_link_release(link);
    return status;
}
