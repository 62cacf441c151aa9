/*
 * The service control manager, as a program finds it where no service is installed and none can be: the
 * manager opens and lists nothing, services do not exist, installing one is denied.
 */
#include "advapi32.h"

#include <winsvc.h>

#define MANAGER_MAGIC 0x4d474d53

struct manager {
    DWORD magic, access;
};

static struct manager *manager_of(SC_HANDLE handle)
{
    struct manager *manager = (struct manager *)handle;
    return manager && manager->magic == MANAGER_MAGIC ? manager : NULL;
}

static SC_HANDLE open_manager(BOOL local, LPCWSTR database, DWORD access)
{
    const DWORD denied = SC_MANAGER_CREATE_SERVICE | SC_MANAGER_LOCK | SC_MANAGER_MODIFY_BOOT_CONFIG |
                         WRITE_DAC | WRITE_OWNER | DELETE;

    if (!local) {
        SetLastError(RPC_S_SERVER_UNAVAILABLE);
        return NULL;
    }
    if (database && _wcsicmp(database, SERVICES_ACTIVE_DATABASEW)) {
        SetLastError(_wcsicmp(database, SERVICES_FAILED_DATABASEW) ? ERROR_INVALID_NAME
                                                                   : ERROR_DATABASE_DOES_NOT_EXIST);
        return NULL;
    }
    if (access & (denied | GENERIC_ALL | GENERIC_WRITE)) { /* the user is no administrator */
        SetLastError(ERROR_ACCESS_DENIED);
        return NULL;
    }
    if (access & GENERIC_READ)
        access |= SC_MANAGER_ENUMERATE_SERVICE | SC_MANAGER_QUERY_LOCK_STATUS;
    if (access & GENERIC_EXECUTE)
        access |= SC_MANAGER_CONNECT;
    if (access & MAXIMUM_ALLOWED)
        access |= SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE | SC_MANAGER_QUERY_LOCK_STATUS;
    struct manager *manager = allocate(sizeof *manager);
    if (!manager) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *manager = (struct manager){MANAGER_MAGIC, access | SC_MANAGER_CONNECT};
    return (SC_HANDLE)manager;
}

SC_HANDLE WINAPI OpenSCManagerW(LPCWSTR machine, LPCWSTR database, DWORD access)
{
    return open_manager(!machine || !*machine, database, access);
}

SC_HANDLE WINAPI OpenSCManagerA(LPCSTR machine, LPCSTR database, DWORD access)
{
    WCHAR *wide = widen(database);
    SC_HANDLE handle = open_manager(!machine || !*machine, wide, access);
    DWORD error = GetLastError();

    release(wide);
    if (!handle)
        SetLastError(error);
    return handle;
}

BOOL WINAPI CloseServiceHandle(SC_HANDLE handle)
{
    struct manager *manager = manager_of(handle);

    if (!manager)
        return fail(ERROR_INVALID_HANDLE);
    manager->magic = 0;
    release(manager);
    return TRUE;
}

/* ---------------------------------------------------------------- services that do not exist */

static BOOL valid_name(const void *name, BOOL wide)
{
    for (SIZE_T i = 0; i <= 256; i++) {
        WCHAR c = wide ? ((const WCHAR *)name)[i] : (BYTE)((const char *)name)[i];
        if (!c)
            return i != 0;
        if (c == '/' || c == '\\')
            return FALSE;
    }
    return FALSE;
}

static SC_HANDLE open_service(SC_HANDLE handle, const void *name, BOOL wide)
{
    SetLastError(!manager_of(handle)       ? ERROR_INVALID_HANDLE
                 : !name                   ? ERROR_INVALID_ADDRESS
                 : !valid_name(name, wide) ? ERROR_INVALID_NAME
                                           : ERROR_SERVICE_DOES_NOT_EXIST);
    return NULL;
}

SC_HANDLE WINAPI OpenServiceW(SC_HANDLE handle, LPCWSTR name, DWORD access)
{
    (void)access;
    return open_service(handle, name, TRUE);
}

SC_HANDLE WINAPI OpenServiceA(SC_HANDLE handle, LPCSTR name, DWORD access)
{
    (void)access;
    return open_service(handle, name, FALSE);
}

SC_HANDLE WINAPI CreateServiceW(SC_HANDLE handle, LPCWSTR name, LPCWSTR display, DWORD access, DWORD type,
                                DWORD start, DWORD control, LPCWSTR path, LPCWSTR group, LPDWORD tag,
                                LPCWSTR dependencies, LPCWSTR account, LPCWSTR password)
{
    (void)name, (void)display, (void)access, (void)type, (void)start, (void)control, (void)path, (void)group;
    (void)tag, (void)dependencies, (void)account, (void)password;
    SetLastError(manager_of(handle) ? ERROR_ACCESS_DENIED : ERROR_INVALID_HANDLE);
    return NULL;
}

SC_HANDLE WINAPI CreateServiceA(SC_HANDLE handle, LPCSTR name, LPCSTR display, DWORD access, DWORD type,
                                DWORD start, DWORD control, LPCSTR path, LPCSTR group, LPDWORD tag,
                                LPCSTR dependencies, LPCSTR account, LPCSTR password)
{
    (void)name, (void)display, (void)path, (void)group, (void)dependencies, (void)account, (void)password;
    return CreateServiceW(handle, NULL, NULL, access, type, start, control, NULL, NULL, tag, NULL, NULL,
                          NULL);
}

/* What needs a service's handle: there are none. */
#define NO_SERVICE(name, ...)                                                                                \
    BOOL WINAPI name(__VA_ARGS__)                                                                            \
    {                                                                                                        \
        return fail(ERROR_INVALID_HANDLE);                                                                   \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
NO_SERVICE(DeleteService, SC_HANDLE service)
NO_SERVICE(ControlService, SC_HANDLE service, DWORD control, LPSERVICE_STATUS status)
NO_SERVICE(ControlServiceExA, SC_HANDLE service, DWORD control, DWORD level, PVOID parameters)
NO_SERVICE(ControlServiceExW, SC_HANDLE service, DWORD control, DWORD level, PVOID parameters)
NO_SERVICE(StartServiceA, SC_HANDLE service, DWORD count, LPCSTR *arguments)
NO_SERVICE(StartServiceW, SC_HANDLE service, DWORD count, LPCWSTR *arguments)
NO_SERVICE(QueryServiceStatus, SC_HANDLE service, LPSERVICE_STATUS status)
NO_SERVICE(QueryServiceStatusEx, SC_HANDLE service, SC_STATUS_TYPE level, LPBYTE buffer, DWORD size,
           LPDWORD needed)
NO_SERVICE(QueryServiceConfigA, SC_HANDLE service, LPQUERY_SERVICE_CONFIGA config, DWORD size, LPDWORD needed)
NO_SERVICE(QueryServiceConfigW, SC_HANDLE service, LPQUERY_SERVICE_CONFIGW config, DWORD size, LPDWORD needed)
NO_SERVICE(QueryServiceConfig2A, SC_HANDLE service, DWORD level, LPBYTE buffer, DWORD size, LPDWORD needed)
NO_SERVICE(QueryServiceConfig2W, SC_HANDLE service, DWORD level, LPBYTE buffer, DWORD size, LPDWORD needed)
NO_SERVICE(ChangeServiceConfig2A, SC_HANDLE service, DWORD level, LPVOID information)
NO_SERVICE(ChangeServiceConfig2W, SC_HANDLE service, DWORD level, LPVOID information)
NO_SERVICE(ChangeServiceConfigA, SC_HANDLE service, DWORD type, DWORD start, DWORD control, LPCSTR path,
           LPCSTR group, LPDWORD tag, LPCSTR dependencies, LPCSTR account, LPCSTR password, LPCSTR display)
NO_SERVICE(ChangeServiceConfigW, SC_HANDLE service, DWORD type, DWORD start, DWORD control, LPCWSTR path,
           LPCWSTR group, LPDWORD tag, LPCWSTR dependencies, LPCWSTR account, LPCWSTR password,
           LPCWSTR display)
NO_SERVICE(EnumDependentServicesA, SC_HANDLE service, DWORD state, LPENUM_SERVICE_STATUSA list, DWORD size,
           LPDWORD needed, LPDWORD count)
NO_SERVICE(EnumDependentServicesW, SC_HANDLE service, DWORD state, LPENUM_SERVICE_STATUSW list, DWORD size,
           LPDWORD needed, LPDWORD count)
NO_SERVICE(QueryServiceObjectSecurity, SC_HANDLE service, SECURITY_INFORMATION information,
           PSECURITY_DESCRIPTOR descriptor, DWORD size, LPDWORD needed)
NO_SERVICE(SetServiceObjectSecurity, SC_HANDLE service, SECURITY_INFORMATION information,
           PSECURITY_DESCRIPTOR descriptor)
NO_SERVICE(SetServiceStatus, SERVICE_STATUS_HANDLE service, LPSERVICE_STATUS status)
#pragma GCC diagnostic pop

/* ---------------------------------------------------------------- lists: empty */

static BOOL list_nothing(SC_HANDLE handle, LPDWORD needed, LPDWORD count, LPDWORD resume)
{
    struct manager *manager = manager_of(handle);

    if (!manager)
        return fail(ERROR_INVALID_HANDLE);
    if (!(manager->access & SC_MANAGER_ENUMERATE_SERVICE))
        return fail(ERROR_ACCESS_DENIED);
    if (!needed || !count)
        return fail(ERROR_INVALID_PARAMETER);
    *needed = *count = 0;
    if (resume)
        *resume = 0;
    return TRUE;
}

BOOL WINAPI EnumServicesStatusW(SC_HANDLE handle, DWORD type, DWORD state, LPENUM_SERVICE_STATUSW list,
                                DWORD size, LPDWORD needed, LPDWORD count, LPDWORD resume)
{
    (void)list, (void)size;
    if (!type || !state)
        return fail(ERROR_INVALID_PARAMETER);
    return list_nothing(handle, needed, count, resume);
}

BOOL WINAPI EnumServicesStatusA(SC_HANDLE handle, DWORD type, DWORD state, LPENUM_SERVICE_STATUSA list,
                                DWORD size, LPDWORD needed, LPDWORD count, LPDWORD resume)
{
    return EnumServicesStatusW(handle, type, state, (LPENUM_SERVICE_STATUSW)list, size, needed, count,
                               resume);
}

BOOL WINAPI EnumServicesStatusExW(SC_HANDLE handle, SC_ENUM_TYPE level, DWORD type, DWORD state, LPBYTE list,
                                  DWORD size, LPDWORD needed, LPDWORD count, LPDWORD resume, LPCWSTR group)
{
    (void)list, (void)size, (void)group;
    if (level != SC_ENUM_PROCESS_INFO)
        return fail(ERROR_INVALID_LEVEL);
    if (!type || !state)
        return fail(ERROR_INVALID_PARAMETER);
    return list_nothing(handle, needed, count, resume);
}

BOOL WINAPI EnumServicesStatusExA(SC_HANDLE handle, SC_ENUM_TYPE level, DWORD type, DWORD state, LPBYTE list,
                                  DWORD size, LPDWORD needed, LPDWORD count, LPDWORD resume, LPCSTR group)
{
    (void)group;
    return EnumServicesStatusExW(handle, level, type, state, list, size, needed, count, resume, NULL);
}

static BOOL no_name(SC_HANDLE handle)
{
    return fail(manager_of(handle) ? ERROR_SERVICE_DOES_NOT_EXIST : ERROR_INVALID_HANDLE);
}

BOOL WINAPI GetServiceDisplayNameW(SC_HANDLE handle, LPCWSTR name, LPWSTR display, LPDWORD size)
{
    (void)name, (void)display, (void)size;
    return no_name(handle);
}

BOOL WINAPI GetServiceDisplayNameA(SC_HANDLE handle, LPCSTR name, LPSTR display, LPDWORD size)
{
    (void)name, (void)display, (void)size;
    return no_name(handle);
}

BOOL WINAPI GetServiceKeyNameW(SC_HANDLE handle, LPCWSTR display, LPWSTR name, LPDWORD size)
{
    (void)name, (void)display, (void)size;
    return no_name(handle);
}

BOOL WINAPI GetServiceKeyNameA(SC_HANDLE handle, LPCSTR display, LPSTR name, LPDWORD size)
{
    (void)name, (void)display, (void)size;
    return no_name(handle);
}

SC_LOCK WINAPI LockServiceDatabase(SC_HANDLE handle)
{
    SetLastError(manager_of(handle) ? ERROR_ACCESS_DENIED : ERROR_INVALID_HANDLE);
    return NULL;
}

BOOL WINAPI UnlockServiceDatabase(SC_LOCK lock)
{
    (void)lock;
    return fail(ERROR_INVALID_SERVICE_LOCK);
}

/* ---------------------------------------------------------------- a program that wants to be a service */

/* It was started by hand: this is how it finds out. */
BOOL WINAPI StartServiceCtrlDispatcherW(const SERVICE_TABLE_ENTRYW *table)
{
    (void)table;
    return fail(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

BOOL WINAPI StartServiceCtrlDispatcherA(const SERVICE_TABLE_ENTRYA *table)
{
    (void)table;
    return fail(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

static SERVICE_STATUS_HANDLE no_handler(void)
{
    SetLastError(ERROR_SERVICE_DOES_NOT_EXIST);
    return NULL;
}

SERVICE_STATUS_HANDLE WINAPI RegisterServiceCtrlHandlerW(LPCWSTR name, LPHANDLER_FUNCTION handler)
{
    (void)name, (void)handler;
    return no_handler();
}

SERVICE_STATUS_HANDLE WINAPI RegisterServiceCtrlHandlerA(LPCSTR name, LPHANDLER_FUNCTION handler)
{
    (void)name, (void)handler;
    return no_handler();
}

SERVICE_STATUS_HANDLE WINAPI RegisterServiceCtrlHandlerExW(LPCWSTR name, LPHANDLER_FUNCTION_EX handler,
                                                           LPVOID context)
{
    (void)name, (void)handler, (void)context;
    return no_handler();
}

SERVICE_STATUS_HANDLE WINAPI RegisterServiceCtrlHandlerExA(LPCSTR name, LPHANDLER_FUNCTION_EX handler,
                                                           LPVOID context)
{
    (void)name, (void)handler, (void)context;
    return no_handler();
}
