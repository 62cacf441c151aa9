/*
 * Redirection of handles 0 to 9 around a command.
 */
#include "cmd.h"

struct saved_handle {
    struct saved_handle *next;
    int handle;
    HANDLE old, opened;
};

static HANDLE others[10]; /* 3 to 9 exist only while something is redirected to them */
static const DWORD standard[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

static HANDLE get_handle(int handle)
{
    return handle < 3 ? GetStdHandle(standard[handle]) : others[handle];
}

static void set_handle(int handle, HANDLE value)
{
    if (handle < 3)
        SetStdHandle(standard[handle], value);
    else
        others[handle] = value;
}

void undo_redirections(struct saved_handle *saved)
{
    while (saved) {
        struct saved_handle *next = saved->next;
        CloseHandle(saved->opened);
        set_handle(saved->handle, saved->old);
        free(saved);
        saved = next;
    }
}

static HANDLE open_file(const wchar_t *name, wchar_t kind)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    HANDLE opened;
    if (kind == '<')
        opened = CreateFileW(name, GENERIC_READ, share, &inherit, OPEN_EXISTING, 0, NULL);
    else if (kind == 'a')
        opened = CreateFileW(name, FILE_APPEND_DATA | SYNCHRONIZE, share, &inherit, OPEN_ALWAYS, 0, NULL);
    else
        opened = CreateFileW(name, GENERIC_WRITE, share, &inherit, CREATE_ALWAYS, 0, NULL);
    if (opened == INVALID_HANDLE_VALUE)
        fail_system(GetLastError());
    else if (kind == 'a')
        SetFilePointer(opened, 0, NULL, FILE_END);
    return opened;
}

static HANDLE open_target(const struct redirection *redirection)
{
    HANDLE opened = INVALID_HANDLE_VALUE;
    if (redirection->duplicate) {
        const HANDLE source = get_handle(redirection->target[0] - '0');
        if (!source || !DuplicateHandle(GetCurrentProcess(), source, GetCurrentProcess(), &opened, 0, TRUE,
                                        DUPLICATE_SAME_ACCESS)) {
            opened = INVALID_HANDLE_VALUE;
            print_error(L"The handle could not be duplicated\r\nduring redirection of handle %d.\r\n",
                        redirection->handle);
        }
        return opened;
    }
    wchar_t *name = expand_late(redirection->target);
    remove_quotes(name);
    opened = open_file(name, redirection->kind);
    free(name);
    return opened;
}

BOOL redirect(const struct redirection *redirection, struct saved_handle **ret_saved)
{
    struct saved_handle *saved = NULL;
    for (; redirection; redirection = redirection->next) {
        const HANDLE opened = open_target(redirection);
        if (opened == INVALID_HANDLE_VALUE) {
            undo_redirections(saved);
            return FALSE;
        }
        struct saved_handle *entry = allocate(sizeof *entry);
        *entry = (struct saved_handle){saved, redirection->handle, get_handle(redirection->handle), opened};
        saved = entry;
        set_handle(redirection->handle, opened);
    }
    *ret_saved = saved;
    return TRUE;
}
