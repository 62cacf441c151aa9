/*
 * Lists of handles: SystemHandleInformation and its extended form, of this and of another process.
 */
#include "../harness.h"
#include <winternl.h>

struct entry {
    USHORT process, creator;
    UCHAR type, attributes;
    USHORT handle;
    PVOID object;
    ULONG access;
};
struct entry_ex {
    PVOID object;
    ULONG_PTR process, handle;
    ULONG access;
    USHORT creator, type;
    ULONG attributes, reserved;
};

CHILD(waits)
{
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, argv[0]);
    (void)argc;
    WaitForSingleObject(event, 20000);
    return 0;
}

static void *list(ULONG class)
{
    ULONG size = 4096, needed;
    for (;;) {
        void *buffer = malloc(size);
        NTSTATUS status = NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS) class, buffer, size, &needed);
        if (status == 0)
            return buffer;
        free(buffer);
        if (status != STATUS_INFO_LENGTH_MISMATCH) {
            FAIL("class %lu: status 0x%lx", class, status);
            return NULL;
        }
        size = (needed > size ? needed : size) * 2;
    }
}

static const struct entry_ex *find(void *buffer, DWORD process, HANDLE handle)
{
    ULONG_PTR count = *(ULONG_PTR *)buffer;
    struct entry_ex *entries = (struct entry_ex *)((ULONG_PTR *)buffer + 2);
    for (ULONG_PTR i = 0; i < count; i++)
        if (entries[i].process == process && entries[i].handle == (ULONG_PTR)handle)
            return &entries[i];
    return NULL;
}

TEST(both_processes)
{
    char path[MAX_PATH], line[MAX_PATH + 64];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD count = 0, more = 0;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "gastwirt handle list"),
           mutex = CreateMutexA(NULL, FALSE, NULL), theirs, weak;
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child waits \"gastwirt handle list\"", path);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK(GetProcessHandleCount(process.hProcess, &count));
    CHECK(
        DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &theirs, EVENT_MODIFY_STATE, FALSE, 0));
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &weak, SYNCHRONIZE, TRUE, 0));
    CHECK(GetProcessHandleCount(process.hProcess, &more));
    CHECK(more > 0 || harness_is_wine()); /* which counts its own only */
    void *buffer = list(64);
    const struct entry_ex *own = find(buffer, GetCurrentProcessId(), weak),
                          *other = find(buffer, process.dwProcessId, theirs),
                          *third = find(buffer, GetCurrentProcessId(), mutex);
    CHECK(own && other && third);
    if (own && other && third) {
        CHECK_EQ(own->access, SYNCHRONIZE);
        CHECK_EQ(own->attributes & 2 /* OBJ_INHERIT */, 2);
        CHECK_EQ(other->access, EVENT_MODIFY_STATE);
        CHECK_EQ(own->type, other->type);
        CHECK(own->type != third->type);
    }
    free(buffer);
    buffer = list(16);
    ULONG found = 0, all = *(ULONG *)buffer;
    struct entry *entries = (struct entry *)((ULONG_PTR *)buffer + 1);
    for (ULONG i = 0; i < all; i++)
        if (entries[i].process == (USHORT)GetCurrentProcessId() &&
            entries[i].handle == (USHORT)(ULONG_PTR)weak && entries[i].access == SYNCHRONIZE)
            found++;
    CHECK(found >= 1);
    free(buffer);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(event);
    CloseHandle(mutex);
    CloseHandle(weak);
}

TEST(too_short)
{
    ULONG_PTR room[2];
    ULONG needed = 0;
    CHECK_EQ(NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)64, room, 4, &needed),
             STATUS_INFO_LENGTH_MISMATCH);
    CHECK(needed > sizeof room || harness_is_wine()); /* which only says that it failed */
}
