/*
 * The event log: its service does not run, so no log opens (RPC_S_SERVER_UNAVAILABLE) and there are no
 * handles for the rest to work on.
 */
#include "advapi32.h"

static HANDLE no_log(void)
{
    SetLastError(RPC_S_SERVER_UNAVAILABLE);
    return NULL;
}

#define NO_LOG(name, ...)                                                                                    \
    HANDLE WINAPI name(__VA_ARGS__)                                                                          \
    {                                                                                                        \
        return no_log();                                                                                     \
    }
#define NO_HANDLE(name, ...)                                                                                 \
    BOOL WINAPI name(__VA_ARGS__)                                                                            \
    {                                                                                                        \
        return fail(ERROR_INVALID_HANDLE);                                                                   \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
NO_LOG(OpenEventLogA, LPCSTR server, LPCSTR source)
NO_LOG(OpenEventLogW, LPCWSTR server, LPCWSTR source)
NO_LOG(OpenBackupEventLogA, LPCSTR server, LPCSTR file)
NO_LOG(OpenBackupEventLogW, LPCWSTR server, LPCWSTR file)
NO_LOG(RegisterEventSourceA, LPCSTR server, LPCSTR source)
NO_LOG(RegisterEventSourceW, LPCWSTR server, LPCWSTR source)
NO_HANDLE(CloseEventLog, HANDLE log)
NO_HANDLE(DeregisterEventSource, HANDLE log)
NO_HANDLE(ClearEventLogA, HANDLE log, LPCSTR backup)
NO_HANDLE(ClearEventLogW, HANDLE log, LPCWSTR backup)
NO_HANDLE(BackupEventLogA, HANDLE log, LPCSTR file)
NO_HANDLE(BackupEventLogW, HANDLE log, LPCWSTR file)
NO_HANDLE(GetNumberOfEventLogRecords, HANDLE log, PDWORD count)
NO_HANDLE(GetOldestEventLogRecord, HANDLE log, PDWORD oldest)
NO_HANDLE(GetEventLogInformation, HANDLE log, DWORD level, LPVOID buffer, DWORD size, LPDWORD needed)
NO_HANDLE(NotifyChangeEventLog, HANDLE log, HANDLE event)
NO_HANDLE(ReadEventLogA, HANDLE log, DWORD flags, DWORD offset, LPVOID buffer, DWORD size, DWORD *read,
          DWORD *needed)
NO_HANDLE(ReadEventLogW, HANDLE log, DWORD flags, DWORD offset, LPVOID buffer, DWORD size, DWORD *read,
          DWORD *needed)
NO_HANDLE(ReportEventA, HANDLE log, WORD type, WORD category, DWORD id, PSID user, WORD count, DWORD size,
          LPCSTR *strings, LPVOID data)
NO_HANDLE(ReportEventW, HANDLE log, WORD type, WORD category, DWORD id, PSID user, WORD count, DWORD size,
          LPCWSTR *strings, LPVOID data)
#pragma GCC diagnostic pop
