/*
 * Network management: buffers, the workgroup, and shares, of which there are none because no server
 * service runs.
 */
#include <windows.h>
#include <lm.h>

NET_API_STATUS WINAPI NetApiBufferAllocate(DWORD size, LPVOID *buffer)
{
    if (!buffer)
        return ERROR_INVALID_PARAMETER;
    *buffer = HeapAlloc(GetProcessHeap(), 0, size);
    return *buffer ? NERR_Success : ERROR_NOT_ENOUGH_MEMORY;
}

NET_API_STATUS WINAPI NetApiBufferFree(LPVOID buffer)
{
    if (buffer)
        HeapFree(GetProcessHeap(), 0, buffer);
    return NERR_Success;
}

NET_API_STATUS WINAPI NetApiBufferReallocate(LPVOID old, DWORD size, LPVOID *fresh)
{
    if (!fresh)
        return ERROR_INVALID_PARAMETER;
    if (!size) {
        NetApiBufferFree(old);
        *fresh = NULL;
        return NERR_Success;
    }
    LPVOID buffer = old ? HeapReAlloc(GetProcessHeap(), 0, old, size) : HeapAlloc(GetProcessHeap(), 0, size);
    if (!buffer)
        return ERROR_NOT_ENOUGH_MEMORY;
    *fresh = buffer;
    return NERR_Success;
}

NET_API_STATUS WINAPI NetApiBufferSize(LPVOID buffer, LPDWORD size)
{
    if (!buffer || !size)
        return ERROR_INVALID_PARAMETER;
    *size = (DWORD)HeapSize(GetProcessHeap(), 0, buffer);
    return NERR_Success;
}

NET_API_STATUS WINAPI NetGetJoinInformation(LPCWSTR server, LPWSTR *name, PNETSETUP_JOIN_STATUS status)
{
    static const WCHAR workgroup[] = L"WORKGROUP";
    if (!name || !status)
        return ERROR_INVALID_PARAMETER;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    NET_API_STATUS result = NetApiBufferAllocate(sizeof workgroup, (LPVOID *)name);
    if (result)
        return result;
    CopyMemory(*name, workgroup, sizeof workgroup);
    *status = NetSetupWorkgroupName;
    return NERR_Success;
}

NET_API_STATUS WINAPI NetShareAdd(LMSTR server, DWORD level, LPBYTE information, LPDWORD bad_parameter)
{
    (void)bad_parameter;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    if (level != 2 && level != 502 && level != 503)
        return ERROR_INVALID_LEVEL;
    return information ? NERR_ServerNotStarted : ERROR_INVALID_PARAMETER;
}

NET_API_STATUS WINAPI NetShareDel(LMSTR server, LMSTR share, DWORD reserved)
{
    (void)reserved;
    if (server && *server)
        return ERROR_BAD_NETPATH;
    return share && *share ? NERR_ServerNotStarted : ERROR_INVALID_PARAMETER;
}
