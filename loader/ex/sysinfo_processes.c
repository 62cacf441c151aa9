/*
 * SystemProcessInformation: the host's processes and their threads, from /proc.
 */
#include "ex/ex.h"
#include "ex/sysinfo.h"
#include "ke/lock.h"
#include "ps/thread.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096u

/* Unix keeps 15 characters of a process's name. One that is that long may go on in the name of the program,
 * which is among what the process has mapped; else it stays. Returns the length in name. */
static size_t complete_name(unsigned pid, char *name, size_t length, size_t room)
{
    enum { KEPT = 15 };
    char path[64], line[4200];
    if (length != KEPT)
        return length;
    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char *base = strrchr(line, '/');
        size_t size = base ? strcspn(++base, "\n") : 0;
        if (size > KEPT && size < room && strncmp(base, name, KEPT) == 0) {
            memcpy(name, base, size);
            length = size;
            break;
        }
    }
    if (file)
        fclose(file);
    return length;
}

/* One NT_SYSTEM_PROCESS_INFORMATION from /proc/PID/stat appended at *ret_used; offsets stand for the
 * name pointer until the guest address is known. */
static void add_process(uint8_t **buffer, size_t *used, size_t *capacity, size_t *last, unsigned pid)
{
    char path[64], text[1024];

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    if (!ex_read_text(path, text, sizeof text))
        return;
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close)
        return;
    unsigned long long fields[22] = {0};
    if (close[1] && (close[2] == 'Z' || close[2] == 'X')) /* it has ended; its parent has not noticed yet */
        return;
    char *p = close + 3; /* after the state letter */
    for (unsigned i = 0; i < 22; i++)
        fields[i] = strtoull(p, &p, 10);
    /* fields: 0 ppid ... 10 utime 11 stime 14 priority(15 nice) 16 threads 18 start 19 vsize 20 rss */
    /* Of this process the guest's threads count, not helpers of the host. */
    bool own = pid == (unsigned)getpid() && ps_current_process;
    char unix_name[256];
    size_t name = (size_t)(close - open - 1) < sizeof unix_name ? (size_t)(close - open - 1) : 0;
    memcpy(unix_name, open + 1, name);
    name = complete_name(pid, unix_name, name, sizeof unix_name);
    size_t threads = own ? ps_thread_count() : fields[16] ? fields[16] : 1;
    const WCHAR *image = pid == (unsigned)getpid() && ps_current_process ? ps_current_process->image_path
                                                                         : NULL;
    size_t image_length = 0;
    if (image) {
        const WCHAR *end = image;
        for (; *end; end++)
            if (*end == '\\')
                image = end + 1;
        image_length = (size_t)(end - image);
    }
    size_t characters = image ? image_length : name;
    size_t size = sizeof(NT_SYSTEM_PROCESS_INFORMATION) + threads * sizeof(NT_SYSTEM_THREAD_INFORMATION) +
                  (characters + 1) * sizeof(WCHAR);
    size = (size + 7) & ~(size_t)7;
    if (*used + size > *capacity) {
        size_t bigger = (*used + size) * 2;
        uint8_t *grown = realloc(*buffer, bigger);
        if (!grown)
            return;
        *buffer = grown;
        *capacity = bigger;
    }
    NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(*buffer + *used);
    memset(info, 0, size);
    if (*last != (size_t)-1)
        ((NT_SYSTEM_PROCESS_INFORMATION *)(*buffer + *last))->NextEntryOffset = (ULONG)(*used - *last);
    *last = *used;
    uint64_t tick = 10000000u / (unsigned)sysconf(_SC_CLK_TCK);
    info->NumberOfThreads = (ULONG)threads;
    info->CreateTime.QuadPart = (LONGLONG)(ex_system_time() - ex_interrupt_time() + fields[18] * tick);
    info->UserTime.QuadPart = (LONGLONG)(fields[10] * tick);
    info->KernelTime.QuadPart = (LONGLONG)(fields[11] * tick);
    info->BasePriority = 8;
    info->UniqueProcessId = (HANDLE)(uintptr_t)(pid * 4);
    info->InheritedFromUniqueProcessId = (HANDLE)(uintptr_t)(fields[0] * 4);
    info->SessionId = 1;
    info->VirtualSize = info->PeakVirtualSize = fields[19];
    info->WorkingSetSize = info->PeakWorkingSetSize = info->PrivatePageCount = info->PagefileUsage =
        fields[20] * PAGE;
    size_t offset = *used + sizeof *info + threads * sizeof(NT_SYSTEM_THREAD_INFORMATION);
    info->ImageName.Buffer = (PWSTR)offset;
    info->ImageName.Length = (USHORT)(characters * sizeof(WCHAR));
    info->ImageName.MaximumLength = (USHORT)(info->ImageName.Length + sizeof(WCHAR));
    WCHAR *text_out = (WCHAR *)(*buffer + offset);
    for (size_t i = 0; i < characters; i++)
        text_out[i] = image ? image[i] : (unsigned char)unix_name[i];
    for (size_t i = 0; i < threads; i++) {
        info->Threads[i].ClientId.UniqueProcess = info->UniqueProcessId;
        info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)ps_thread_id(pid * 4, (uint32_t)i + 1);
        info->Threads[i].CreateTime = info->CreateTime;
        info->Threads[i].Priority = info->Threads[i].BasePriority = 8;
        info->Threads[i].ThreadState = 5; /* waiting */
    }
    if (own) {
        ke_lock();
        struct ps_thread *thread = ps_threads;
        for (size_t i = 0; i < threads && thread; i++, thread = thread->next)
            info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
        ke_unlock();
    }
    *used += size;
}

NTSTATUS ex_query_processes(void *buffer, ULONG length, ULONG *guest_length)
{
    size_t used = 0, capacity = 65536, last = (size_t)-1;
    uint8_t *data = malloc(capacity);
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    NTSTATUS status;

    if (!data || !directory) {
        free(data);
        if (directory)
            closedir(directory);
        return STATUS_NO_MEMORY;
    }
    while ((entry = readdir(directory)))
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(&data, &used, &capacity, &last, (unsigned)atoi(entry->d_name));
    closedir(directory);
    if (used <= length)
        for (size_t at = 0;;) {
            NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(data + at);
            info->ImageName.Buffer = (PWSTR)((uintptr_t)buffer + (uintptr_t)info->ImageName.Buffer);
            if (!info->NextEntryOffset)
                break;
            at += info->NextEntryOffset;
        }
    status = ex_answer(data, used, buffer, length, guest_length, false);
    free(data);
    return status;
}
