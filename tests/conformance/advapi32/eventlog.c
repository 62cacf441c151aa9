/*
 * The event log, whose service does not run.
 */
#include "harness.h"

TEST(no_log)
{
    ORACLE_DIFFERS("wine 8.0 hands out handles that do nothing");
    CHECK_ERROR(OpenEventLogW(NULL, L"Application"), RPC_S_SERVER_UNAVAILABLE);
    CHECK_ERROR(OpenEventLogA(NULL, "Application"), RPC_S_SERVER_UNAVAILABLE);
    CHECK_ERROR(OpenBackupEventLogW(NULL, L"C:\\none.evt"), RPC_S_SERVER_UNAVAILABLE);
    CHECK_ERROR(OpenBackupEventLogA(NULL, "C:\\none.evt"), RPC_S_SERVER_UNAVAILABLE);
    CHECK_ERROR(RegisterEventSourceW(NULL, L"source"), RPC_S_SERVER_UNAVAILABLE);
    CHECK_ERROR(RegisterEventSourceA(NULL, "source"), RPC_S_SERVER_UNAVAILABLE);
}

TEST(no_handle)
{
    ORACLE_DIFFERS("wine 8.0 takes any handle");
    BYTE buffer[256];
    DWORD count = 0, needed = 0;
    const WCHAR *wide[] = {L"text"};
    const char *narrow[] = {"text"};
    CHECK_ERROR(CloseEventLog(NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(DeregisterEventSource(NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ClearEventLogW(NULL, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ClearEventLogA(NULL, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(BackupEventLogW(NULL, L"C:\\backup.evt"), ERROR_INVALID_HANDLE);
    CHECK_ERROR(BackupEventLogA(NULL, "C:\\backup.evt"), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetNumberOfEventLogRecords(NULL, &count), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetOldestEventLogRecord(NULL, &count), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetEventLogInformation(NULL, 0, buffer, sizeof buffer, &needed), ERROR_INVALID_HANDLE);
    CHECK_ERROR(NotifyChangeEventLog(NULL, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadEventLogW(NULL, EVENTLOG_SEQUENTIAL_READ | EVENTLOG_FORWARDS_READ, 0, buffer,
                              sizeof buffer, &count, &needed),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReadEventLogA(NULL, EVENTLOG_SEQUENTIAL_READ | EVENTLOG_FORWARDS_READ, 0, buffer,
                              sizeof buffer, &count, &needed),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReportEventW(NULL, EVENTLOG_INFORMATION_TYPE, 0, 1, NULL, 1, 0, wide, NULL),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReportEventA(NULL, EVENTLOG_INFORMATION_TYPE, 0, 1, NULL, 1, 0, narrow, NULL),
                ERROR_INVALID_HANDLE);
}
