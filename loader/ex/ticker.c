/*
 * KUSER_SHARED_DATA and the thread that makes its times advance. The guest's page is unreadable
 * until it is touched; then a ticker thread writes the times every millisecond through an alias of
 * the page, for TICKS milliseconds, protects the page again and sleeps. A program that never looks
 * pays nothing.
 *
 * The thread is a bare clone: it has no pthread, no errno, all signals blocked, and uses raw system
 * calls only, since it is started from a signal handler.
 */
#include "ex/cpuid.h"
#include "ex/ex.h"
#include <errno.h>
#include <gastwirt/door.h>
#include <linux/futex.h>
#include <nt/kuser.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define PAGE  0x1000
#define TICKS 64

enum { TICKER_NONE, TICKER_IDLE, TICKER_RUNNING };

static struct {
    KUSER_SHARED_DATA *user; /* the writable alias */
    struct door_time *door;  /* the time page's */
    uint32_t lock;  /* guards the fields below and the page's protection; a spin lock with signals blocked */
    uint32_t state; /* TICKER_*; the futex an idle ticker sleeps on */
    int remaining;  /* ticks until it sleeps */
    bool readable;
    _Alignas(16) char stack[16384];
    _Alignas(64) char tls[1024];
} ticker;

static long raw(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;

    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 10000000 + (uint64_t)now.tv_nsec / 100;
}

#define EPOCH_DIFFERENCE 116444736000000000ull /* 1601 to 1970 */

/* The coarse clock is what file systems stamp files with, too. */
uint64_t ex_system_time(void)
{
    return read_clock(CLOCK_REALTIME_COARSE) + EPOCH_DIFFERENCE;
}

uint64_t ex_system_time_precise(void)
{
    return read_clock(CLOCK_REALTIME) + EPOCH_DIFFERENCE;
}

uint64_t ex_interrupt_time(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t ex_performance_counter(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Readers compare High1Time and High2Time, or read the low eight bytes at once. */
static void store_time(volatile KSYSTEM_TIME *time, uint64_t value)
{
    time->High2Time = (LONG)(value >> 32);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(volatile uint64_t *)(uintptr_t)time = value;
}

static void update(void)
{
    KUSER_SHARED_DATA *user = ticker.user;
    uint64_t interrupt = ex_interrupt_time(), monotonic = ex_performance_counter();

    store_time(&user->InterruptTime, interrupt);
    store_time(&user->SystemTime, ex_system_time());
    store_time(&user->TickCount, interrupt / 10000);
    user->TickCountLowDeprecated = (ULONG)(interrupt / 10000);
    user->InterruptTimeBias = interrupt > monotonic ? interrupt - monotonic : 0;
}

static void take_lock(void)
{
    while (__atomic_exchange_n(&ticker.lock, 1, __ATOMIC_ACQUIRE))
        raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static void release_lock(void)
{
    __atomic_store_n(&ticker.lock, 0, __ATOMIC_RELEASE);
}

static int run_ticker(void *unused)
{
    (void)unused;
    for (;;) {
        struct timespec millisecond = {0, 1000000};

        raw(SYS_nanosleep, (long)&millisecond, 0, 0, 0, 0, 0);
        take_lock();
        if (ticker.remaining-- > 0) {
            update();
            release_lock();
            continue;
        }
        raw(SYS_mprotect, KUSER_SHARED_DATA_ADDRESS, PAGE, PROT_NONE, 0, 0, 0);
        ticker.readable = false;
        ticker.door->ticking = 0;
        __atomic_store_n(&ticker.state, TICKER_IDLE, __ATOMIC_RELEASE);
        release_lock();
        while (__atomic_load_n(&ticker.state, __ATOMIC_ACQUIRE) == TICKER_IDLE)
            raw(SYS_futex, (long)&ticker.state, FUTEX_WAIT_PRIVATE, TICKER_IDLE, 0, 0, 0);
    }
    return 0;
}

static void start_ticker(void)
{
    void *tls = ticker.tls + 512;

    *(void **)tls = tls;
    clone(run_ticker, ticker.stack + sizeof ticker.stack,
          CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS,
          NULL, NULL, tls);
}

bool ex_user_shared_data_fault(void)
{
    uint64_t all = ~0ull, old = 0;
    bool ok = true;

    if (!ticker.user)
        return false;
    raw(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&old, 8, 0, 0);
    take_lock();
    ticker.remaining = TICKS;
    if (!ticker.readable) {
        ticker.door->ticking = 1;
        update();
        ok = raw(SYS_mprotect, KUSER_SHARED_DATA_ADDRESS, PAGE, PROT_READ, 0, 0, 0) == 0;
        ticker.readable = ok;
    }
    if (ticker.state == TICKER_NONE) {
        store_time(&ticker.user->TimeZoneBias, (uint64_t)ex_time_zone_bias());
        ticker.state = TICKER_RUNNING;
        start_ticker();
    } else if (ticker.state == TICKER_IDLE) {
        __atomic_store_n(&ticker.state, TICKER_RUNNING, __ATOMIC_RELEASE);
        raw(SYS_futex, (long)&ticker.state, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
    release_lock();
    raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&old, 0, 8, 0, 0);
    return ok;
}

/* PF_* indices of winnt.h. */
static void set_processor_features(BOOLEAN *features)
{
    static const unsigned char always[] = {2 /* compare exchange double */,
                                           3 /* MMX */,
                                           6 /* SSE */,
                                           8 /* RDTSC */,
                                           9 /* PAE */,
                                           10 /* SSE2 */,
                                           12 /* NX */,
                                           23 /* fast fail */};

    for (size_t i = 0; i < sizeof always; i++)
        features[always[i]] = TRUE;
    const uint32_t c = ex_cpuid(1).ecx, b = ex_cpuid(7).ebx, d = ex_cpuid(0x80000001).edx;
    features[13] = c & 1;                           /* SSE3 */
    features[36] = (c >> 9) & 1;                    /* SSSE3 */
    features[37] = (c >> 19) & 1;                   /* SSE4.1 */
    features[38] = (c >> 20) & 1;                   /* SSE4.2 */
    features[14] = (c >> 13) & 1;                   /* CMPXCHG16B */
    features[28] = (c >> 30) & 1;                   /* RDRAND */
    features[17] = (c >> 27) & 1;                   /* XSAVE enabled */
    features[39] = ((c >> 27) & (c >> 28)) & 1;     /* AVX */
    features[22] = b & 1;                           /* FSGSBASE */
    features[40] = features[39] && ((b >> 5) & 1);  /* AVX2 */
    features[41] = features[39] && ((b >> 16) & 1); /* AVX-512F */
    features[32] = (d >> 27) & 1;                   /* RDTSCP */
    features[7] = (d >> 31) & 1;                    /* 3DNow */
}

static void fill(KUSER_SHARED_DATA *user)
{
    static const char root[] = "C:\\windows";
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    struct sysinfo info;
    cpu_set_t cpus;

    for (size_t i = 0; i < sizeof root; i++)
        user->NtSystemRoot[i] = (WCHAR)root[i];
    user->TickCountMultiplier = 1 << 24;
    user->ImageNumberLow = user->ImageNumberHigh = 0x8664;
    user->LargePageMinimum = 0x200000;
    user->NtBuildNumber = 19045;
    user->NtProductType = 1; /* a workstation */
    user->ProductTypeIsValid = TRUE;
    user->NativeProcessorArchitecture = 9; /* AMD64 */
    user->NtMajorVersion = 10;
    set_processor_features(user->ProcessorFeatures);
    user->SuiteMask = 0x110; /* terminal server, single user */
    user->CyclesPerYield = 47;
    user->ActiveConsoleId = 1;
    user->NumberOfPhysicalPages = sysinfo(&info) == 0
                                      ? (ULONG)((uint64_t)info.totalram * info.mem_unit / PAGE)
                                      : 0x100000;
    user->QpcFrequency = EX_PERFORMANCE_FREQUENCY;
    user->SystemCall = 1;
    if (random)
        memcpy(&user->Cookie, random + 8, sizeof user->Cookie);
    user->ActiveProcessorCount = user->UnparkedProcessorCount = sched_getaffinity(0, sizeof cpus, &cpus) == 0
                                                                    ? (ULONG)CPU_COUNT(&cpus)
                                                                    : 1;
    user->ActiveGroupCount = 1;
}

void ex_user_shared_data_initialize(void)
{
    char *alias;
    int fd = memfd_create("kuser", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, 2 * PAGE) != 0 ||
        (alias = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED ||
        mmap((void *)KUSER_SHARED_DATA_ADDRESS, PAGE, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0) ==
            MAP_FAILED ||
        mmap((void *)DOOR_TIME, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, PAGE) == MAP_FAILED) {
        fprintf(stderr, "run: cannot map the shared user page: %s\n", strerror(errno));
        exit(1);
    }
    close(fd);
    fill((KUSER_SHARED_DATA *)alias);
    alias[PAGE + (DOOR_SYSTEM_CALL - DOOR_TIME)] = 1;
    ticker.door = (struct door_time *)(alias + PAGE);
    ticker.user = (KUSER_SHARED_DATA *)alias;
}

/* ---- the clock of the vDSO, for guest code */

/* Symbol look-up in the vDSO image: its dynamic table, by name. */
static uint64_t find_vdso_clock(void)
{
    const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
    const uint64_t *header = (const uint64_t *)base;
    const char *segments, *strings = NULL, *symbols = NULL;
    const uint32_t *hash = NULL;
    unsigned count;

    if (!base)
        return 0;
    segments = base + header[4]; /* e_phoff */
    count = *(const uint16_t *)(base + 56);
    for (unsigned i = 0; i < count; i++, segments += 56) {
        const uint64_t *dynamic;

        if (*(const uint32_t *)segments != 2) /* PT_DYNAMIC */
            continue;
        for (dynamic = (const uint64_t *)(base + *(const uint64_t *)(segments + 8)); dynamic[0];
             dynamic += 2) {
            if (dynamic[0] == 5)
                strings = base + dynamic[1];
            else if (dynamic[0] == 6)
                symbols = base + dynamic[1];
            else if (dynamic[0] == 4)
                hash = (const uint32_t *)(base + dynamic[1]);
        }
    }
    if (!strings || !symbols || !hash)
        return 0;
    for (uint32_t i = 0; i < hash[1]; i++) {
        const char *symbol = symbols + 24 * i;

        if (*(const uint16_t *)(symbol + 6) &&
            strcmp(strings + *(const uint32_t *)symbol, "__vdso_clock_gettime") == 0)
            return (uint64_t)(uintptr_t)(base + *(const uint64_t *)(symbol + 8));
    }
    return 0;
}

static bool clock_published;

/* Publishes the vDSO's clock if the kernel's clock source can be read without a system call, which
 * guest code must not make. */
static void publish_clock(void)
{
    static const char *const usable[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page"};
    static bool done;
    char name[64] = "";
    FILE *file;

    if (__atomic_exchange_n(&done, true, __ATOMIC_RELAXED) || !ticker.door)
        return;
    file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (!file)
        return;
    if (!fgets(name, sizeof name, file))
        name[0] = 0;
    fclose(file);
    name[strcspn(name, "\n")] = 0;
    for (size_t i = 0; i < sizeof usable / sizeof *usable; i++)
        if (strcmp(name, usable[i]) == 0)
            __atomic_store_n(&ticker.door->clock, find_vdso_clock(), __ATOMIC_RELEASE);
    clock_published = ticker.door->clock != 0;
}

#include "mm/guest.h"
#include "wow/wow.h"
#include <nt/syscalls.h>

NTSTATUS NtQueryPerformanceCounter(LARGE_INTEGER *PerformanceCounter, LARGE_INTEGER *PerformanceFrequency)
{
    LARGE_INTEGER counter, frequency = {.QuadPart = EX_PERFORMANCE_FREQUENCY};
    NTSTATUS status;

    publish_clock();
    counter.QuadPart = (LONGLONG)(wow_active && clock_published ? ex_tsc_counter(ticker.door)
                                                                : ex_performance_counter());
    status = guest_write(PerformanceCounter, counter);
    if (NT_SUCCESS(status) && PerformanceFrequency)
        status = guest_write(PerformanceFrequency, frequency);
    return status;
}

NTSTATUS NtQuerySystemTime(LARGE_INTEGER *SystemTime)
{
    LARGE_INTEGER now = {.QuadPart = (LONGLONG)ex_system_time()};

    return guest_write(SystemTime, now);
}
