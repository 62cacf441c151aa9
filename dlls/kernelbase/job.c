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

static BOOL has_limits(JOBOBJECTINFOCLASS class, DWORD size)
{
    return (class == JobObjectBasicLimitInformation && size == sizeof(JOBOBJECT_BASIC_LIMIT_INFORMATION)) ||
           (class == JobObjectExtendedLimitInformation &&
            size == sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION));
}

BOOL WINAPI QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS class, void *information, DWORD size,
                                      DWORD *ret_size)
{
    JOBOBJECT_BASIC_LIMIT_INFORMATION *limits = information;
    if (!set_status(NtQueryInformationJobObject(job, (ULONG) class, information, size, ret_size)))
        return FALSE;
    if (has_limits(class, size) && limits->PriorityClass < PRIORITY_CLASSES)
        limits->PriorityClass = priority_classes[limits->PriorityClass];
    return TRUE;
}

BOOL WINAPI SetInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS class, void *information, DWORD size)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION copy;
    JOBOBJECT_BASIC_LIMIT_INFORMATION *limits = &copy.BasicLimitInformation;
    if (has_limits(class, size)) {
        RtlCopyMemory(&copy, information, size);
        DWORD number = 1;
        while (number < PRIORITY_CLASSES && priority_classes[number] != limits->PriorityClass)
            number++;
        /* What is none is declined by the call, where it counts. */
        limits->PriorityClass = limits->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS ? number : 0;
        information = &copy;
    }
    return set_status(NtSetInformationJobObject(job, (ULONG) class, information, size));
}
