/*
 * What many of a kind cost: handles, named objects, threads that wait for many objects, processes. Each is
 * measured for N and for 2N, which should cost twice as much. Prints a line for each: what, N, milliseconds,
 * 2N, milliseconds, separated by tabs. With an argument N is divided by that, for a quick look.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { WAITERS = 64, OBJECTS = 64, ROUNDS = 200 };

static double now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1e3 / (double)frequency.QuadPart;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    ExitProcess(1);
}

static HANDLE *allocate(int count)
{
    HANDLE *handles = calloc((size_t)count, sizeof *handles);
    if (!handles)
        fail("memory");
    return handles;
}

/* Created, duplicated, closed. */
static double handles(int count)
{
    HANDLE *list = allocate(count);
    double begin = now();
    for (int i = 0; i < count; i += 2) {
        list[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
        if (!list[i] || (i + 1 < count && !DuplicateHandle(GetCurrentProcess(), list[i], GetCurrentProcess(),
                                                           &list[i + 1], 0, FALSE, DUPLICATE_SAME_ACCESS)))
            fail("handle");
    }
    for (int i = 0; i < count; i++)
        CloseHandle(list[i]);
    free(list);
    return now() - begin;
}

/* Created, opened again by name, closed. */
static double names(int count)
{
    HANDLE *list = allocate(count);
    char name[40];
    double begin = now();
    for (int i = 0; i < count; i++) {
        sprintf(name, "scale object %d", i);
        if (!(list[i] = CreateEventA(NULL, FALSE, FALSE, name)))
            fail("named object");
    }
    for (int i = 0; i < count; i++) {
        sprintf(name, "scale object %d", i);
        HANDLE again = OpenEventA(EVENT_ALL_ACCESS, FALSE, name);
        if (!again)
            fail("name");
        CloseHandle(again);
    }
    for (int i = 0; i < count; i++)
        CloseHandle(list[i]);
    free(list);
    return now() - begin;
}

struct waiter {
    HANDLE thread, done, objects[OBJECTS];
};

static DWORD WINAPI wait_for_objects(void *argument)
{
    struct waiter *waiter = argument;
    for (int i = 0; i < ROUNDS; i++) {
        if (WaitForMultipleObjects(OBJECTS, waiter->objects, FALSE, 60000) != (DWORD)(i * 7 % OBJECTS))
            fail("wait");
        SetEvent(waiter->done);
    }
    return 0;
}

/* Threads that each wait for 64 objects; all are woken and answer, round after round. */
static double waits(int count)
{
    struct waiter *waiters = calloc((size_t)count, sizeof *waiters);
    for (int i = 0; i < count; i++) {
        waiters[i].done = CreateEventA(NULL, FALSE, FALSE, NULL);
        for (int k = 0; k < OBJECTS; k++)
            waiters[i].objects[k] = CreateEventA(NULL, FALSE, FALSE, NULL);
        waiters[i].thread = CreateThread(NULL, 65536, wait_for_objects, &waiters[i], 0, NULL);
        if (!waiters[i].thread)
            fail("thread");
    }
    double begin = now();
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++)
            SetEvent(waiters[i].objects[round * 7 % OBJECTS]);
        for (int i = 0; i < count; i++)
            WaitForSingleObject(waiters[i].done, 60000);
    }
    double end = now();
    for (int i = 0; i < count; i++) {
        WaitForSingleObject(waiters[i].thread, 60000);
        CloseHandle(waiters[i].thread);
        CloseHandle(waiters[i].done);
        for (int k = 0; k < OBJECTS; k++)
            CloseHandle(waiters[i].objects[k]);
    }
    free(waiters);
    return end - begin;
}

/* All alive at once: each says that it is there, and waits to be let go. */
static double processes(int count)
{
    HANDLE *list = allocate(count);
    HANDLE ready = CreateSemaphoreA(NULL, 0, 100000, "scale ready"),
           go = CreateEventA(NULL, TRUE, FALSE, "scale go");
    char path[MAX_PATH], line[MAX_PATH + 16];
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" child", path);
    double begin = now();
    for (int i = 0; i < count; i++) {
        STARTUPINFOA info = {.cb = sizeof info};
        PROCESS_INFORMATION process;
        if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process))
            fail("process");
        CloseHandle(process.hThread);
        list[i] = process.hProcess;
    }
    for (int i = 0; i < count; i++)
        if (WaitForSingleObject(ready, 120000) != WAIT_OBJECT_0)
            fail("child");
    SetEvent(go);
    for (int i = 0; i < count; i++) {
        DWORD code = 99;
        if (WaitForSingleObject(list[i], 120000) != WAIT_OBJECT_0 || !GetExitCodeProcess(list[i], &code) ||
            code)
            fail("child's end");
        CloseHandle(list[i]);
    }
    CloseHandle(ready);
    CloseHandle(go);
    free(list);
    return now() - begin;
}

static int child(void)
{
    HANDLE ready = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "scale ready");
    HANDLE go = OpenEventA(SYNCHRONIZE, FALSE, "scale go");
    if (!ready || !go || !ReleaseSemaphore(ready, 1, NULL))
        return 1;
    return WaitForSingleObject(go, 300000) == WAIT_OBJECT_0 ? 0 : 2;
}

static double best(double (*measure)(int count), int count, int times)
{
    double lowest = measure(count);
    while (--times > 0) {
        double again = measure(count);
        lowest = again < lowest ? again : lowest;
    }
    return lowest;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        double (*measure)(int count);
        int count, times;
    } kinds[] = {
        {"handles", handles, 10000, 5},
        {"named objects", names, 5000, 3},
        {"threads waiting for 64 objects each", waits, WAITERS / 2, 3},
        {"processes", processes, 250, 1},
    };
    if (argc > 1 && !strcmp(argv[1], "child"))
        return child();
    int divisor = argc > 1 && atoi(argv[1]) > 0 ? atoi(argv[1]) : 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int count = kinds[i].count / divisor;
        double one = best(kinds[i].measure, count, kinds[i].times);
        double two = best(kinds[i].measure, count * 2, kinds[i].times);
        printf("%s\t%d\t%.2f\t%d\t%.2f\n", kinds[i].name, count, one, count * 2, two);
        fflush(stdout);
    }
    return 0;
}
