/*
 * Job objects.
 */
#include "sync.h"

HANDLE WINAPI CreateJobObjectW(SECURITY_ATTRIBUTES *security, const WCHAR *name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    object_attributes(&attributes, &string, name, security, OBJ_OPENIF);
    return created(NtCreateJobObject(&handle, JOB_OBJECT_ALL_ACCESS, &attributes), &handle);
}

HANDLE WINAPI CreateJobObjectA(SECURITY_ATTRIBUTES *security, const char *name)
{
    WCHAR *wide;
    if (!object_name(name, &wide))
        return NULL;
    HANDLE handle = CreateJobObjectW(security, wide);
    free_wide(wide);
    return handle;
}

DEFINE_OPEN(OpenJobObject, NtOpenJobObject)

BOOL WINAPI AssignProcessToJobObject(HANDLE job, HANDLE process)
{
    return set_status(NtAssignProcessToJobObject(job, process));
}

BOOL WINAPI TerminateJobObject(HANDLE job, UINT code)
{
    return set_status(NtTerminateJobObject(job, (NTSTATUS)code));
}

BOOL WINAPI IsProcessInJob(HANDLE process, HANDLE job, BOOL *result)
{
    NTSTATUS status = NtIsProcessInJob(process, job);
    if (!set_status(status))
        return FALSE;
    *result = status == STATUS_PROCESS_IN_JOB;
    return TRUE;
}

BOOL WINAPI QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS class, void *information, DWORD size,
                                      DWORD *ret_size)
{
    return set_status(NtQueryInformationJobObject(job, (ULONG) class, information, size, ret_size));
}

BOOL WINAPI SetInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS class, void *information, DWORD size)
{
    return set_status(NtSetInformationJobObject(job, (ULONG) class, information, size));
}
