/* Services and the event log, of which there are none; event tracing without listeners. */
#include "../harness.h"
#include <evntprov.h>
#include <winsvc.h>

static void WINAPI service_main(DWORD count, LPSTR *arguments)
{
}

TEST(not_a_service)
{
    SERVICE_TABLE_ENTRYA table[] = {{(char *)"x", service_main}, {NULL, NULL}};
    if (harness_is_wine()) /* waits there */
        return;
    CHECK_ERROR(StartServiceCtrlDispatcherA(table), ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

TEST(manager)
{
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    CHECK(manager != NULL);
    CHECK_ERROR(OpenServiceA(manager, "no such service", SERVICE_QUERY_STATUS), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(OpenServiceA(manager, "bad/name", SERVICE_QUERY_STATUS), ERROR_INVALID_NAME);
    CHECK_ERROR(OpenServiceA(manager, NULL, SERVICE_QUERY_STATUS), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(OpenServiceA(NULL, "x", SERVICE_QUERY_STATUS), ERROR_INVALID_HANDLE);
    CHECK(CloseServiceHandle(manager));
    CHECK_ERROR(CloseServiceHandle(NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(OpenSCManagerA(NULL, "no such database", SC_MANAGER_CONNECT), ERROR_INVALID_NAME);
    CHECK_ERROR(OpenSCManagerA(NULL, SERVICES_FAILED_DATABASEA, SC_MANAGER_CONNECT),
                ERROR_DATABASE_DOES_NOT_EXIST);
}

TEST(events)
{
    static const GUID provider = {0x12345678, 1, 2, {3}};
    REGHANDLE handle = 0;
    EVENT_DESCRIPTOR event = {1, 0, 0, 4, 0, 0, 0};
    CHECK_EQ(EventRegister(&provider, NULL, NULL, &handle), ERROR_SUCCESS);
    CHECK(handle != 0);
    CHECK(!EventEnabled(handle, &event));
    CHECK_EQ(EventWrite(handle, &event, 0, NULL), ERROR_SUCCESS);
    CHECK_EQ(EventUnregister(handle), ERROR_SUCCESS);
}

TEST(memory_notification)
{
    BOOL state;
    HANDLE handle = CreateMemoryResourceNotification(HighMemoryResourceNotification);
    CHECK(handle != NULL);
    CHECK(QueryMemoryResourceNotification(handle, &state));
    CloseHandle(handle);
    CHECK_ERROR(CreateMemoryResourceNotification(7), ERROR_INVALID_PARAMETER);
}
