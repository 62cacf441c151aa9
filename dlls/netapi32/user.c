/*
 * Accounts: the session's user is the only one that is known.
 */
#include <windows.h>

#include <lm.h>
#include <string.h>

/* Puts a text behind the structure; *place moves on. */
static LPWSTR put(WCHAR **place, const WCHAR *text)
{
    WCHAR *at = *place;

    lstrcpyW(at, text);
    *place += lstrlenW(text) + 1;
    return at;
}

NET_API_STATUS WINAPI NetUserGetInfo(LPCWSTR server, LPCWSTR name, DWORD level, LPBYTE *ret_buffer)
{
    WCHAR own[UNLEN + 1], *place;
    DWORD size = ARRAYSIZE(own);
    union {
        USER_INFO_0 zero;
        USER_INFO_1 one;
        USER_INFO_10 ten;
        USER_INFO_20 twenty;
    } * info;

    (void)server;
    if (!name || !ret_buffer)
        return ERROR_INVALID_PARAMETER;
    *ret_buffer = NULL;
    if (level != 0 && level != 1 && level != 10 && level != 20)
        return ERROR_INVALID_LEVEL;
    if (!GetUserNameW(own, &size) || lstrcmpiW(own, name) != 0)
        return NERR_UserNotFound;
    const NET_API_STATUS status = NetApiBufferAllocate(sizeof *info + (UNLEN + 8) * sizeof(WCHAR),
                                                       (void **)&info);
    if (status)
        return status;
    memset(info, 0, sizeof *info);
    place = (WCHAR *)(info + 1);
    /* the name stands first at every level */
    info->zero.usri0_name = put(&place, own);
    LPWSTR empty = put(&place, L"");
    if (level == 1) {
        info->one.usri1_priv = USER_PRIV_USER;
        info->one.usri1_home_dir = info->one.usri1_comment = info->one.usri1_script_path = empty;
        info->one.usri1_flags = UF_SCRIPT | UF_NORMAL_ACCOUNT;
    } else if (level == 10) {
        info->ten.usri10_comment = info->ten.usri10_usr_comment = info->ten.usri10_full_name = empty;
    } else if (level == 20) {
        info->twenty.usri20_full_name = info->twenty.usri20_comment = empty;
        info->twenty.usri20_flags = UF_SCRIPT | UF_NORMAL_ACCOUNT;
    }
    *ret_buffer = (LPBYTE)info;
    return NERR_Success;
}
