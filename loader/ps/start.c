/*
 * Process start: maps the program and ntdll, lays out PEB, process parameters, TEB and stack as
 * Windows does, and enters ntdll!LdrInitializeThunk. What follows (DLLs, TLS, entry points) is
 * guest code.
 */
#include "ps/start.h"
#include "dbgk/dbgk.h"
#include "io/io.h"
#include "io/system.h"
#include "ke/ke.h"
#include "mm/mm.h"
#include "ps/child.h"
#include "ps/ntdll.h"
#include "ps/thread.h"
#include "wow/wow.h"
#include <errno.h>
#include <fcntl.h>
#include <nt/image.h>
#include <nt/memory.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct ps_ntdll ps_ntdll;

static char failure[512];

/* Finds an export by name in a mapped image of ours. */
static void *find_export(void *base, const char *name)
{
    const uint8_t *image = base;
    const uint8_t *headers = image + *(const uint32_t *)(image + 0x3c);
    bool wide = *(const uint16_t *)(headers + 24) == 0x20b; /* PE32+ */
    const uint8_t *exports = image + *(const uint32_t *)(headers + (wide ? 0x88 : 0x78));
    const uint32_t *functions = (const uint32_t *)(image + *(const uint32_t *)(exports + 28));
    const uint32_t *names = (const uint32_t *)(image + *(const uint32_t *)(exports + 32));
    const uint16_t *ordinals = (const uint16_t *)(image + *(const uint32_t *)(exports + 36));
    uint32_t low = 0, high = *(const uint32_t *)(exports + 24);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = strcmp(name, (const char *)image + names[middle]);
        if (order == 0)
            return (void *)(image + functions[ordinals[middle]]);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const char *map_ntdll(void)
{
    struct mm_image image;
    char path[4096];
    snprintf(path, sizeof path, "%s/ntdll.dll", wow_active ? io_system_directory32() : io_system_directory());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(failure, sizeof failure, "cannot open %.400s: %s", path, strerror(errno));
        return failure;
    }
    NTSTATUS status = mm_map_image(fd, u"\\??\\C:\\windows\\system32\\ntdll.dll", &image);
    close(fd);
    if (!NT_SUCCESS(status)) {
        snprintf(failure, sizeof failure, "cannot map %.400s: status 0x%08x", path, status);
        return failure;
    }
    struct {
        const char *name;
        void **address;
    } entries[] = {
        {"LdrInitializeThunk", &ps_ntdll.LdrInitializeThunk},
        {"RtlUserThreadStart", &ps_ntdll.RtlUserThreadStart},
        {"KiUserExceptionDispatcher", &ps_ntdll.KiUserExceptionDispatcher},
        {"KiUserApcDispatcher", &ps_ntdll.KiUserApcDispatcher},
        {"KiUserCallbackDispatcher", &ps_ntdll.KiUserCallbackDispatcher},
        {"DbgUiRemoteBreakin", &ps_ntdll.DbgUiRemoteBreakin},
        {"KiRaiseUserExceptionDispatcher", &ps_ntdll.KiRaiseUserExceptionDispatcher},
    };
    ps_ntdll.base = image.base;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        *entries[i].address = find_export(image.base, entries[i].name);
    if (!ps_ntdll.LdrInitializeThunk || !ps_ntdll.RtlUserThreadStart) {
        snprintf(failure, sizeof failure, "%.400s lacks LdrInitializeThunk or RtlUserThreadStart", path);
        return failure;
    }
    return NULL;
}

static size_t wide_length(const WCHAR *text)
{
    size_t n = 0;
    while (text && text[n])
        n++;
    return n;
}

/* Appends text to the parameter block at *place and describes it. */
static void put_string(uint8_t **place, UNICODE_STRING *ret_string, const WCHAR *text, size_t capacity)
{
    size_t bytes = wide_length(text) * 2;
    size_t room = capacity > bytes + 4 ? capacity : bytes + 4;
    if (bytes)
        memcpy(*place, text, bytes);
    ret_string->Length = (USHORT)bytes;
    ret_string->MaximumLength = (USHORT)room;
    ret_string->Buffer = (PWSTR)*place;
    *place += (room + 7) & ~7ull;
}

/* The process parameters, normalized, in one guest allocation; the environment in another, so that
 * ntdll can replace it. */
static RTL_USER_PROCESS_PARAMETERS *make_parameters(const struct ps_start *start)
{
    const WCHAR *title = start->window_title ? start->window_title : start->image_dos_path;
    const WCHAR *desktop = start->desktop ? start->desktop : u"WinSta0\\Default";
    size_t strings = wide_length(start->image_dos_path) + wide_length(start->command_line) +
                     wide_length(start->current_directory) + wide_length(title) + wide_length(desktop);
    size_t size = sizeof(RTL_USER_PROCESS_PARAMETERS) + sizeof(RTL_USER_PROCESS_PARAMETERS32) + 0x20a +
                  start->runtime_data_size + strings * 2 + 256;
    void *block = NULL, *environment = NULL;
    size_t environment_size = start->environment_length * 2;
    if (!NT_SUCCESS(mm_allocate(&block, &size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE, 0, 0, 0)) ||
        !NT_SUCCESS(
            mm_allocate(&environment, &environment_size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE, 0, 0, 0)))
        return NULL;
    memcpy(environment, start->environment, start->environment_length * 2);

    RTL_USER_PROCESS_PARAMETERS *parameters = block;
    uint8_t *place = (uint8_t *)(parameters + 1);
    if (wow_active)
        place += sizeof(RTL_USER_PROCESS_PARAMETERS32); /* wow_fill_peb's */
    parameters->MaximumLength = (ULONG)size;
    parameters->Flags = 1;
    parameters->StandardInput = start->standard[0];
    parameters->StandardOutput = start->standard[1];
    parameters->StandardError = start->standard[2];
    parameters->ConsoleHandle = (HANDLE)1;
    put_string(&place, &parameters->CurrentDirectory.DosPath, start->current_directory, 0x20a);
    UNICODE_STRING *directory = &parameters->CurrentDirectory.DosPath;
    size_t length = directory->Length / 2;
    if (length && directory->Buffer[length - 1] != '\\') {
        directory->Buffer[length] = '\\';
        directory->Length += 2;
    }
    put_string(&place, &parameters->ImagePathName, start->image_dos_path, 0);
    put_string(&place, &parameters->CommandLine, start->command_line, 0);
    put_string(&place, &parameters->WindowTitle, title, 0);
    put_string(&place, &parameters->DesktopInfo, desktop, 0);
    put_string(&place, &parameters->ShellInfo, u"", 0);
    if (start->runtime_data_size) {
        memcpy(place, start->runtime_data, start->runtime_data_size);
        parameters->RuntimeData.Length = parameters->RuntimeData.MaximumLength = (USHORT)
                                                                                     start->runtime_data_size;
        parameters->RuntimeData.Buffer = (PWSTR)place;
        place += (start->runtime_data_size + 7) & ~7ull;
    }
    parameters->Length = (ULONG)(place - (uint8_t *)block);
    parameters->Environment = environment;
    parameters->EnvironmentSize = environment_size;
    parameters->StartingX = start->place[0];
    parameters->StartingY = start->place[1];
    parameters->CountX = start->place[2];
    parameters->CountY = start->place[3];
    parameters->CountCharsX = start->place[4];
    parameters->CountCharsY = start->place[5];
    parameters->FillAttribute = start->place[6];
    parameters->WindowFlags = start->startup_flags;
    parameters->ShowWindowFlags = start->show_window;
    parameters->ProcessGroupId = start->process_group ? start->process_group : (ULONG)getpid() * 4;
    return parameters;
}

static void fill_peb(PEB *peb, const struct mm_image *image, RTL_USER_PROCESS_PARAMETERS *parameters)
{
    cpu_set_t processors;
    CPU_ZERO(&processors);
    sched_getaffinity(0, sizeof processors, &processors);
    peb->BitField = image->relocated ? 0x04 : 0; /* IsImageDynamicallyRelocated */
    peb->BeingDebugged = dbgk_is_debugged();
    peb->Mutant = (HANDLE)(LONG_PTR)-1;
    peb->ImageBaseAddress = image->base;
    peb->ProcessParameters = parameters;
    peb->NumberOfProcessors = (ULONG)CPU_COUNT(&processors);
    peb->ActiveProcessAffinityMask = peb->NumberOfProcessors >= 64 ? ~0ull
                                                                   : (1ull << peb->NumberOfProcessors) - 1;
    peb->CriticalSectionTimeout.QuadPart = -25920000000000; /* 30 days, Windows' default */
    peb->HeapSegmentReserve = 0x100000;
    peb->HeapSegmentCommit = 0x2000;
    peb->HeapDeCommitTotalFreeThreshold = 0x10000;
    peb->HeapDeCommitFreeBlockThreshold = 0x1000;
    peb->MaximumNumberOfHeaps = 16;
    peb->OSMajorVersion = 10;
    peb->OSBuildNumber = 19045;
    peb->OSPlatformId = 2; /* VER_PLATFORM_WIN32_NT */
    peb->ImageSubsystem = image->subsystem;
    peb->ImageSubsystemMajorVersion = 6;
    peb->SessionId = 1;
}

static const char out_of_memory[] = "there is not enough memory for the process environment";

/* The Unix process is called what its program is. */
static void name_process(const WCHAR *path)
{
    const WCHAR *base = path;
    char name[64];
    for (const WCHAR *c = path; *c; c++)
        if (*c == '\\')
            base = c + 1;
    size_t length = wide_length(base) < 16 ? wide_length(base) : 16;
    name[io_utf16_to_utf8(base, length, name, sizeof name - 1)] = 0;
    prctl(PR_SET_NAME, name);
}

/* What is left to do on the host thread that runs the first guest thread. */
struct first {
    struct ps_start *start;
    struct ps_thread *thread;
};

static const char *run_first(void *argument)
{
    struct first *first = argument;
    struct ps_start *start = first->start;
    ps_current_process->image_path = start->image_dos_path;
    free(start->command_line);
    free(start->current_directory);
    free(start->environment);
    free(start->runtime_data);
    ps_run_first_thread(first->thread);
    return out_of_memory;
}

const char *ps_start(struct ps_start *start)
{
    struct mm_image image;
    struct first first = {.start = start};
    PEB *peb;
    const char *why;

    NTSTATUS status = mm_check_image(start->image_fd, &image, &why);
    if (NT_SUCCESS(status) && image.machine == IMAGE_FILE_MACHINE_I386) {
        why = wow_initialize(image.characteristics & IMAGE_FILE_LARGE_ADDRESS_AWARE);
        if (why)
            return why;
        mm_no_execute_protection = !(image.dll_characteristics & 0x100); /* NX_COMPAT */
    }
    if (NT_SUCCESS(status))
        status = mm_map_image(start->image_fd, start->image_dos_path, &image);
    close(start->image_fd);
    if (!NT_SUCCESS(status)) {
        snprintf(failure, sizeof failure, "cannot be mapped (status 0x%08x)", status);
        return failure;
    }
    why = map_ntdll();
    if (why)
        return why;

    name_process(start->image_dos_path);
    wow_adjust_environment(&start->environment, &start->environment_length);
    RTL_USER_PROCESS_PARAMETERS *parameters = make_parameters(start);
    if (parameters)
        status = ps_create_first_thread(image.stack_reserve, image.stack_commit, image.entry, &peb,
                                        &first.thread);
    if (!parameters || !NT_SUCCESS(status))
        return out_of_memory;
    fill_peb(peb, &image, parameters);
    ps_child_set_peb(peb);
    if (!wow_active)
        return run_first(&first);
    wow_fill_peb(peb, parameters);
    return wow_run_first_thread(first.thread->teb, PS_HOST_STACK_SIZE, run_first, &first);
}
