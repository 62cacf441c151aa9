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

/* What /proc/PID/stat says; times in clock ticks. */
struct unix_process {
    unsigned pid;
    char name[256];
    size_t name_length;
    unsigned long long parent, user, kernel, threads, start, size; /* size: bytes of address space */
    unsigned long long resident;                                   /* pages */
};

/* False: there is none, or it has ended and its parent has not noticed yet. */
static bool read_process(unsigned pid, struct unix_process *ret)
{
    char path[64], text[1024];
    unsigned long long fields[22] = {0}; /* behind the state letter */

    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    if (!ex_read_text(path, text, sizeof text))
        return false;
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || !close[1] || close[2] == 'Z' || close[2] == 'X')
        return false;
    char *p = close + 3;
    for (unsigned i = 0; i < 22; i++)
        fields[i] = strtoull(p, &p, 10);
    *ret = (struct unix_process){.pid = pid,
                                 .parent = fields[0],
                                 .user = fields[10],
                                 .kernel = fields[11],
                                 .threads = fields[16] ? fields[16] : 1,
                                 .start = fields[18],
                                 .size = fields[19],
                                 .resident = fields[20]};
    size_t length = (size_t)(close - open - 1);
    if (length < sizeof ret->name)
        memcpy(ret->name, open + 1, ret->name_length = length);
    ret->name_length = complete_name(pid, ret->name, ret->name_length, sizeof ret->name);
    return true;
}

/* The list being made: offsets stand for pointers until the guest address is known. */
struct list {
    uint8_t *data;
    size_t used, capacity;
    size_t last; /* the last entry; SIZE_MAX: none */
};

/* A zeroed entry of that size at the end; NULL: no memory. */
static NT_SYSTEM_PROCESS_INFORMATION *append(struct list *list, size_t size)
{
    if (list->used + size > list->capacity) {
        size_t bigger = (list->used + size) * 2;
        uint8_t *grown = realloc(list->data, bigger);
        if (!grown)
            return NULL;
        list->data = grown;
        list->capacity = bigger;
    }
    NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(list->data + list->used);
    memset(info, 0, size);
    if (list->last != SIZE_MAX)
        ((NT_SYSTEM_PROCESS_INFORMATION *)(list->data + list->last))->NextEntryOffset = (ULONG)(list->used -
                                                                                                list->last);
    list->last = list->used;
    list->used += size;
    return info;
}

static void fill_threads(NT_SYSTEM_PROCESS_INFORMATION *info, unsigned pid, bool own)
{
    for (ULONG i = 0; i < info->NumberOfThreads; i++) {
        info->Threads[i].ClientId.UniqueProcess = info->UniqueProcessId;
        info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)ps_thread_id(pid * 4, (uint32_t)i + 1);
        info->Threads[i].CreateTime = info->CreateTime;
        info->Threads[i].Priority = info->Threads[i].BasePriority = 8;
        info->Threads[i].ThreadState = 5; /* waiting */
    }
    if (!own)
        return;
    ke_lock();
    struct ps_thread *thread = ps_threads;
    for (ULONG i = 0; i < info->NumberOfThreads && thread; i++, thread = thread->next)
        info->Threads[i].ClientId.UniqueThread = (HANDLE)(uintptr_t)thread->id;
    ke_unlock();
}

static void add_process(struct list *list, unsigned pid)
{
    struct unix_process process;
    if (!read_process(pid, &process))
        return;
    /* Of this process the guest's threads count, not helpers of the host. */
    bool own = pid == (unsigned)getpid() && ps_current_process;
    size_t threads = own ? ps_thread_count() : process.threads, characters = process.name_length;
    const WCHAR *image = own ? ps_current_process->image_path : NULL;
    if (image) {
        const WCHAR *end = image;
        for (; *end; end++)
            if (*end == '\\')
                image = end + 1;
        characters = (size_t)(end - image);
    }
    size_t name = sizeof(NT_SYSTEM_PROCESS_INFORMATION) + threads * sizeof(NT_SYSTEM_THREAD_INFORMATION);
    NT_SYSTEM_PROCESS_INFORMATION *info = append(list,
                                                 (name + (characters + 1) * sizeof(WCHAR) + 7) & ~(size_t)7);
    if (!info)
        return;
    uint64_t tick = 10000000u / (unsigned)sysconf(_SC_CLK_TCK);
    info->NumberOfThreads = (ULONG)threads;
    info->CreateTime.QuadPart = (LONGLONG)(ex_system_time() - ex_interrupt_time() + process.start * tick);
    info->UserTime.QuadPart = (LONGLONG)(process.user * tick);
    info->KernelTime.QuadPart = (LONGLONG)(process.kernel * tick);
    info->BasePriority = 8;
    info->UniqueProcessId = (HANDLE)(uintptr_t)(pid * 4);
    info->InheritedFromUniqueProcessId = (HANDLE)(uintptr_t)(process.parent * 4);
    info->SessionId = 1;
    info->VirtualSize = info->PeakVirtualSize = process.size;
    info->WorkingSetSize = info->PeakWorkingSetSize = info->PrivatePageCount = info->PagefileUsage =
        process.resident * PAGE;
    info->ImageName.Buffer = (PWSTR)(list->last + name);
    info->ImageName.Length = (USHORT)(characters * sizeof(WCHAR));
    info->ImageName.MaximumLength = (USHORT)(info->ImageName.Length + sizeof(WCHAR));
    WCHAR *text = (WCHAR *)((uint8_t *)info + name);
    for (size_t i = 0; i < characters; i++)
        text[i] = image ? image[i] : (unsigned char)process.name[i];
    fill_threads(info, pid, own);
}

NTSTATUS ex_query_processes(void *buffer, ULONG length, ULONG *guest_length)
{
    struct list list = {.data = malloc(65536), .capacity = 65536, .last = SIZE_MAX};
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    NTSTATUS status;

    if (!list.data || !directory) {
        free(list.data);
        if (directory)
            closedir(directory);
        return STATUS_NO_MEMORY;
    }
    while ((entry = readdir(directory)))
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(&list, (unsigned)atoi(entry->d_name));
    closedir(directory);
    if (list.used <= length)
        for (size_t at = 0;;) {
            NT_SYSTEM_PROCESS_INFORMATION *info = (void *)(list.data + at);
            info->ImageName.Buffer = (PWSTR)((uintptr_t)buffer + (uintptr_t)info->ImageName.Buffer);
            if (!info->NextEntryOffset)
                break;
            at += info->NextEntryOffset;
        }
    status = ex_answer(list.data, list.used, buffer, length, guest_length, false);
    free(list.data);
    return status;
}
