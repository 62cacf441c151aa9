/* Fibers: switching, parameters, stacks, fiber-local storage. */
#include "../harness.h"

static void *main_fiber, *other;
static int steps;
static DWORD fls;
static double kept;

static void CALLBACK routine(void *parameter)
{
    char local[8000];
    memset(local, 1, sizeof local);
    CHECK(parameter == (void *)0x1234);
    CHECK(GetFiberData() == (void *)0x1234);
    CHECK(GetCurrentFiber() == other);
    CHECK(FlsGetValue(fls) == NULL);
    FlsSetValue(fls, (void *)2);
    for (;;) {
        steps++;
        kept = kept * 2 + local[17];
        SwitchToFiber(main_fiber);
    }
}

static DWORD WINAPI fiber_thread(void *argument)
{
    (void)argument;
    CHECK(!IsThreadAFiber());
    if (!harness_is_wine()) /* succeeds on a thread that is no fiber */
        CHECK_ERROR(ConvertFiberToThread(), ERROR_ALREADY_THREAD);
    main_fiber = ConvertThreadToFiber((void *)0x77);
    CHECK(main_fiber != NULL);
    CHECK(IsThreadAFiber());
    CHECK_ERROR(ConvertThreadToFiber(NULL), ERROR_ALREADY_FIBER);
    CHECK(GetFiberData() == (void *)0x77);
    fls = FlsAlloc(NULL);
    FlsSetValue(fls, (void *)1);
    other = CreateFiber(0x10000, routine, (void *)0x1234);
    CHECK(other != NULL);
    for (int i = 0; i < 1000; i++) {
        SwitchToFiber(other);
        CHECK_EQ(steps, i + 1);
        CHECK(FlsGetValue(fls) == (void *)1);
    }
    CHECK(GetCurrentFiber() == main_fiber);
    DeleteFiber(other);
    FlsFree(fls);
    CHECK(ConvertFiberToThread());
    CHECK(!IsThreadAFiber());
    return 5;
}

TEST(fibers)
{
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0, fiber_thread, NULL, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 20000), (DWORD)WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 5u);
    CloseHandle(thread);
}

static void CALLBACK returns(void *parameter)
{
    steps = parameter != NULL;
}

static DWORD WINAPI ends_in_fiber(void *argument)
{
    (void)argument;
    ConvertThreadToFiber(NULL);
    SwitchToFiber(CreateFiberEx(0x1000, 0x20000, 0, returns, &steps));
    return 9;
}

/* A fiber whose routine returns ends its thread. */
TEST(routine_returns)
{
    steps = 0;
    HANDLE thread = CreateThread(NULL, 0, ends_in_fiber, NULL, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 20000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(steps, 1);
    CloseHandle(thread);
}
