/*
 * Every call of the service control manager where no service is installed and the user is no administrator.
 */
#include "harness.h"
#include <winsvc.h>

static SC_HANDLE open_manager(DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, SERVICES_ACTIVE_DATABASEW, access);
    CHECK(manager != NULL);
    return manager;
}

TEST(wide)
{
    SC_HANDLE manager = open_manager(SC_MANAGER_CONNECT);
    CHECK_ERROR(OpenServiceW(manager, L"no such service", SERVICE_QUERY_STATUS),
                ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(OpenServiceW(manager, L"bad\\name", SERVICE_QUERY_STATUS), ERROR_INVALID_NAME);
    CHECK_ERROR(OpenServiceW(manager, NULL, SERVICE_QUERY_STATUS), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(OpenServiceW(NULL, L"x", SERVICE_QUERY_STATUS), ERROR_INVALID_HANDLE);
    CHECK_ERROR(OpenSCManagerW(NULL, L"no such database", SC_MANAGER_CONNECT), ERROR_INVALID_NAME);
    CHECK_ERROR(OpenSCManagerW(NULL, SERVICES_FAILED_DATABASEW, SC_MANAGER_CONNECT),
                ERROR_DATABASE_DOES_NOT_EXIST);
    CHECK(CloseServiceHandle(manager));
}

TEST(names)
{
    SC_HANDLE manager = open_manager(SC_MANAGER_CONNECT);
    WCHAR wide[64];
    char text[64];
    DWORD size = 64;
    CHECK_ERROR(GetServiceDisplayNameW(manager, L"no such service", wide, &size),
                ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(GetServiceDisplayNameA(manager, "no such service", text, &size),
                ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(GetServiceKeyNameW(manager, L"No such service", wide, &size), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(GetServiceKeyNameA(manager, "No such service", text, &size), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(GetServiceDisplayNameW(NULL, L"x", wide, &size), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetServiceDisplayNameA(NULL, "x", text, &size), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetServiceKeyNameW(NULL, L"x", wide, &size), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetServiceKeyNameA(NULL, "x", text, &size), ERROR_INVALID_HANDLE);
    CloseServiceHandle(manager);
}

/* The manager's handle is not a service's, and none is none. */
TEST(no_service)
{
    SC_HANDLE manager = open_manager(SC_MANAGER_CONNECT);
    SERVICE_STATUS status = {0};
    BYTE buffer[64];
    DWORD needed, count;
    for (int i = 0; i < 2; i++) {
        SC_HANDLE handle = i ? manager : NULL;
        CHECK_ERROR(QueryServiceStatus(handle, &status), ERROR_INVALID_HANDLE);
        CHECK_ERROR(QueryServiceStatusEx(handle, SC_STATUS_PROCESS_INFO, buffer, sizeof buffer, &needed),
                    ERROR_INVALID_HANDLE);
        CHECK_ERROR(ControlService(handle, SERVICE_CONTROL_STOP, &status), ERROR_INVALID_HANDLE);
        CHECK_ERROR(StartServiceW(handle, 0, NULL), ERROR_INVALID_HANDLE);
        CHECK_ERROR(StartServiceA(handle, 0, NULL), ERROR_INVALID_HANDLE);
        CHECK_ERROR(DeleteService(handle), ERROR_INVALID_HANDLE);
    }
    QUERY_SERVICE_CONFIGW *wide = (void *)buffer;
    QUERY_SERVICE_CONFIGA *narrow = (void *)buffer;
    CHECK_ERROR(QueryServiceConfigW(NULL, wide, sizeof buffer, &needed), ERROR_INVALID_HANDLE);
    CHECK_ERROR(QueryServiceConfigA(NULL, narrow, sizeof buffer, &needed), ERROR_INVALID_HANDLE);
    CHECK_ERROR(QueryServiceConfig2W(NULL, SERVICE_CONFIG_DESCRIPTION, buffer, sizeof buffer, &needed),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(QueryServiceConfig2A(NULL, SERVICE_CONFIG_DESCRIPTION, buffer, sizeof buffer, &needed),
                ERROR_INVALID_HANDLE);
    SERVICE_DESCRIPTIONW description = {(WCHAR *)L"text"};
    CHECK_ERROR(ChangeServiceConfig2W(NULL, SERVICE_CONFIG_DESCRIPTION, &description), ERROR_INVALID_HANDLE);
    SERVICE_DESCRIPTIONA narrow_description = {(char *)"text"};
    CHECK_ERROR(ChangeServiceConfig2A(NULL, SERVICE_CONFIG_DESCRIPTION, &narrow_description),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ChangeServiceConfigW(NULL, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL,
                                     NULL, NULL, NULL, NULL, NULL, NULL),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ChangeServiceConfigA(NULL, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL,
                                     NULL, NULL, NULL, NULL, NULL, NULL),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetServiceStatus(NULL, &status), ERROR_INVALID_HANDLE);
    (void)count;
    CloseServiceHandle(manager);
}

TEST(no_service_more)
{
    ORACLE_CRASHES("wine 8.0 lacks some of these");
    BYTE buffer[64];
    DWORD needed, count;
    SERVICE_CONTROL_STATUS_REASON_PARAMSW reason = {0};
    CHECK_ERROR(ControlServiceExW(NULL, SERVICE_CONTROL_STOP, SERVICE_CONTROL_STATUS_REASON_INFO, &reason),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ControlServiceExA(NULL, SERVICE_CONTROL_STOP, SERVICE_CONTROL_STATUS_REASON_INFO, &reason),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(EnumDependentServicesW(NULL, SERVICE_ACTIVE, (void *)buffer, sizeof buffer, &needed, &count),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(EnumDependentServicesA(NULL, SERVICE_ACTIVE, (void *)buffer, sizeof buffer, &needed, &count),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(QueryServiceObjectSecurity(NULL, DACL_SECURITY_INFORMATION, buffer, sizeof buffer, &needed),
                ERROR_INVALID_HANDLE);
    SECURITY_DESCRIPTOR descriptor;
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    CHECK_ERROR(SetServiceObjectSecurity(NULL, DACL_SECURITY_INFORMATION, &descriptor), ERROR_INVALID_HANDLE);
}

TEST(lists)
{
    ORACLE_DIFFERS("wine runs services");
    SC_HANDLE manager = open_manager(SC_MANAGER_ENUMERATE_SERVICE), other = open_manager(SC_MANAGER_CONNECT);
    DWORD needed = 9, count = 9, resume = 9;
    CHECK(EnumServicesStatusW(manager, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume));
    CHECK(needed == 0 && count == 0 && resume == 0);
    CHECK(EnumServicesStatusA(manager, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume));
    CHECK(EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0,
                                &needed, &count, &resume, NULL));
    CHECK(EnumServicesStatusExA(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0,
                                &needed, &count, &resume, NULL));
    CHECK_ERROR(EnumServicesStatusExW(manager, (SC_ENUM_TYPE)7, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0,
                                      &needed, &count, &resume, NULL),
                ERROR_INVALID_LEVEL);
    CHECK_ERROR(EnumServicesStatusExA(manager, (SC_ENUM_TYPE)7, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0,
                                      &needed, &count, &resume, NULL),
                ERROR_INVALID_LEVEL);
    CHECK_ERROR(EnumServicesStatusW(manager, 0, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumServicesStatusA(manager, SERVICE_WIN32, 0, NULL, 0, &needed, &count, &resume),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(
        EnumServicesStatusW(other, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume),
        ERROR_ACCESS_DENIED);
    CHECK_ERROR(
        EnumServicesStatusW(NULL, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume),
        ERROR_INVALID_HANDLE);
    CloseServiceHandle(manager);
    CloseServiceHandle(other);
}

TEST(denied)
{
    ORACLE_DIFFERS("everybody is an administrator under wine");
    SC_HANDLE manager = open_manager(SC_MANAGER_CONNECT);
    CHECK_ERROR(OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS), ERROR_ACCESS_DENIED);
    CHECK_ERROR(OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE), ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateServiceW(manager, L"name", NULL, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                               SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, L"C:\\x.exe", NULL, NULL, NULL,
                               NULL, NULL),
                ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateServiceA(manager, "name", NULL, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                               SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, "C:\\x.exe", NULL, NULL, NULL,
                               NULL, NULL),
                ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateServiceW(NULL, L"name", NULL, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                               SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, L"C:\\x.exe", NULL, NULL, NULL,
                               NULL, NULL),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(LockServiceDatabase(manager), ERROR_ACCESS_DENIED);
    CHECK_ERROR(LockServiceDatabase(NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(UnlockServiceDatabase(NULL), ERROR_INVALID_SERVICE_LOCK);
    CloseServiceHandle(manager);
}

static void WINAPI handler(DWORD control)
{
}

static DWORD WINAPI handler_ex(DWORD control, DWORD type, void *data, void *context)
{
    return NO_ERROR;
}

static void WINAPI service_main(DWORD count, WCHAR **arguments)
{
}

/* A program that was started by hand learns from these that it is no service. */
TEST(started_by_hand)
{
    ORACLE_CRASHES("wine 8.0 waits for the service manager");
    SERVICE_TABLE_ENTRYW table[] = {{(WCHAR *)L"x", service_main}, {NULL, NULL}};
    CHECK_ERROR(StartServiceCtrlDispatcherW(table), ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
    CHECK_ERROR(RegisterServiceCtrlHandlerW(L"x", handler), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(RegisterServiceCtrlHandlerA("x", handler), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(RegisterServiceCtrlHandlerExW(L"x", handler_ex, NULL), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(RegisterServiceCtrlHandlerExA("x", handler_ex, NULL), ERROR_SERVICE_DOES_NOT_EXIST);
}
