/*
 * Handles that go to other processes by inheritance and duplication.
 */
#include "children.h"

/* A name of this run. */
static const char *name(const char *stem)
{
    return name_of_run("gastwirt-test-", stem);
}

CHILD(use_inherited)
{
    HANDLE event = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0),
           mutex = (HANDLE)(ULONG_PTR)strtoul(argv[1], NULL, 0);
    HANDLE section = (HANDLE)(ULONG_PTR)strtoul(argv[2], NULL, 0),
           parent = (HANDLE)(ULONG_PTR)strtoul(argv[3], NULL, 0);
    HANDLE not_inherited = (HANDLE)(ULONG_PTR)strtoul(argv[4], NULL, 0);
    DWORD flags;
    (void)argc;
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (!view || view[0] != 41)
        return 1;
    view[0] = 42;
    if (WaitForSingleObject(mutex, 0) != WAIT_TIMEOUT)
        return 2;
    if (WaitForSingleObject(parent, 0) != WAIT_TIMEOUT || GetProcessId(parent) == GetCurrentProcessId())
        return 3;
    if (!GetHandleInformation(event, &flags) || flags != HANDLE_FLAG_INHERIT)
        return 4;
    if (GetHandleInformation(not_inherited, &flags))
        return 5;
    return SetEvent(event) ? 0 : 6;
}

TEST(inheritance)
{
    PROCESS_INFORMATION process;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE event = CreateEventA(&inherit, FALSE, FALSE, NULL), mutex = CreateMutexA(&inherit, TRUE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE own, plain;
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    view[0] = 41;
    DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &own, 0, TRUE,
                    DUPLICATE_SAME_ACCESS);
    /* The highest handle: no other one is there in the child. */
    for (int i = 0; i < 100; i++)
        plain = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(start(&process, TRUE, 0, "use_inherited 0x%p 0x%p 0x%p 0x%p 0x%p", event, mutex, section, own,
                plain));
    CHECK_EQ(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(view[0], 42);
    CHECK(ReleaseMutex(mutex));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(event);
    CloseHandle(mutex);
    CloseHandle(own);
}

CHILD(wait_for_handle)
{
    /* The parent writes the handle's value here once it has put it into this process. */
    HANDLE section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[0]);
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    volatile ULONG64 *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    (void)argc;
    if (!view)
        return 1;
    HANDLE own = CreateSemaphoreA(NULL, 3, 10, NULL);
    view[1] = (ULONG64)(ULONG_PTR)own;
    SetEvent(ready);
    for (int i = 0; i < 1000 && !view[0]; i++)
        Sleep(10);
    if (WaitForSingleObject((HANDLE)(ULONG_PTR)view[0], 10000) != WAIT_OBJECT_0)
        return 2;
    return WaitForSingleObject(own, 0) == WAIT_OBJECT_0 && WaitForSingleObject(own, 0) == WAIT_TIMEOUT ? 0
                                                                                                       : 3;
}

TEST(duplication_both_ways)
{
    PROCESS_INFORMATION process;
    const char *section_name = name("dup"), *ready_name = name("dup-ready");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, section_name);
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, ready_name),
           event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE there = NULL, semaphore = NULL, again = NULL;
    volatile ULONG64 *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(start(&process, FALSE, 0, "wait_for_handle %s %s", section_name, ready_name));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    CHECK(DuplicateHandle(process.hProcess, (HANDLE)(ULONG_PTR)view[1], GetCurrentProcess(), &semaphore, 0,
                          FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_ERROR(DuplicateHandle(process.hProcess, (HANDLE)(ULONG_PTR)0x123454, GetCurrentProcess(), &again, 0,
                                FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    view[0] = (ULONG64)(ULONG_PTR)there;
    SetEvent(event);
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    UnmapViewOfFile((void *)view);
    CloseHandle(section);
    CloseHandle(semaphore);
    CloseHandle(event);
    CloseHandle(ready);
}

CHILD(lie_still)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(run_on)
{
    (void)argc, (void)argv;
    for (volatile unsigned long long i = 0; i < 1ull << 60; i++)
        ;
    return 0;
}

CHILD(read_on)
{
    HANDLE read_end, write_end;
    char byte;
    DWORD got;
    (void)argc, (void)argv;
    CreatePipe(&read_end, &write_end, NULL, 0);
    return ReadFile(read_end, &byte, 1, &got, NULL);
}

TEST(duplication_into_the_busy)
{
    static const char *const kinds[] = {"run_on", "read_on"};
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (int i = 0; i < 2; i++) {
        PROCESS_INFORMATION process;
        HANDLE there = NULL;
        CHECK(start(&process, FALSE, 0, "%s", kinds[i]));
        Sleep(100);
        CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
        CHECK_EQ(WaitForSingleObject(process.hProcess, 0), WAIT_TIMEOUT);
        TerminateProcess(process.hProcess, 3);
        CHECK_EQ(finish(&process), 3);
    }
    CloseHandle(event);
}

/* A process that has shared nothing, and one that has not even begun. */
TEST(duplication_into_a_stranger)
{
    PROCESS_INFORMATION process;
    HANDLE there = NULL, back = NULL, event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(start(&process, FALSE, 0, "lie_still"));
    Sleep(200);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &back, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    SetEvent(back);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_ERROR(
        DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &back, 0, FALSE, DUPLICATE_SAME_ACCESS),
        ERROR_INVALID_HANDLE);
    TerminateProcess(process.hProcess, 3);
    CHECK_EQ(finish(&process), 3);

    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "lie_still"));
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(there != NULL);
    TerminateProcess(process.hProcess, 4);
    CHECK_EQ(finish(&process), 4);
    CloseHandle(event);
    CloseHandle(back);
}

TEST(duplication_of_files)
{
    PROCESS_INFORMATION process;
    HANDLE read_end, write_end, there = NULL;
    char buffer[8] = "";
    DWORD got = 0;
    CHECK(CreatePipe(&read_end, &write_end, NULL, 0));
    CHECK(start(&process, FALSE, 0, "lie_still"));
    CHECK(DuplicateHandle(GetCurrentProcess(), write_end, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &write_end, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(WriteFile(write_end, "pipe", 4, &got, NULL));
    CHECK(ReadFile(read_end, buffer, sizeof buffer, &got, NULL));
    CHECK_EQ(got, 4);
    CloseHandle(write_end);
    TerminateProcess(process.hProcess, 3);
    CHECK_EQ(finish(&process), 3);
    CHECK_ERROR(ReadFile(read_end, buffer, sizeof buffer, &got, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(read_end);
}

TEST(protected_handles)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("protected"));
    DWORD flags = 0;
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    CHECK(GetHandleInformation(event, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE | HANDLE_FLAG_INHERIT, 0));
    CHECK(CloseHandle(event));
}
