/*
 * What i386 code needs of the machine: a code segment (the kernel's), FS for its TEB (a TLS entry of the
 * GDT, else an entry of the LDT), and the low page through which it comes back to 64-bit code.
 */
#include "mm/mm.h"
#include "wow/near.h"
#include "wow/wow.h"
#include <asm/ldt.h>
#include <gastwirt/door.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE 2
#endif

#define I386_SET_THREAD_AREA 243
#define FS_LIMIT             0xfff
#define LDT_COUNT            8192
#define GDT_SELECTOR(n)      ((n) << 3 | 3)
#define LDT_SELECTOR(n)      ((n) << 3 | 7)
#define DESCRIPTOR_OFFSET    0x1f00 /* in a TEB's piece: low memory that nothing else uses */

bool wow_active;
static enum { FROM_GDT, FROM_LDT } source;
static int gdt_entry = -1; /* the same one in all threads */
static uint8_t ldt_used[LDT_COUNT / 8];

static void describe(struct user_desc *descriptor, int entry, uint32_t base)
{
    memset(descriptor, 0, sizeof *descriptor);
    descriptor->entry_number = (unsigned)entry;
    descriptor->base_addr = base;
    descriptor->limit = FS_LIMIT;
    descriptor->seg_32bit = 1;
    descriptor->useable = 1;
}

/* In a child, where a filter's verdict may be death. */
static bool works_in_child(bool (*try)(void))
{
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        signal(SIGSYS, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        _exit(try() ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool try_gdt(void)
{
    struct user_desc *low = mmap(NULL, MM_PAGE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return false;
    describe(low, -1, 0);
    bool good = wow_int80(I386_SET_THREAD_AREA, (uint32_t)(uint64_t)low) == 0;
    if (good)
        gdt_entry = (int)low->entry_number;
    munmap(low, MM_PAGE);
    return good;
}

static bool try_ldt(void)
{
    struct user_desc descriptor;
    describe(&descriptor, LDT_COUNT - 1, 0);
    return syscall(SYS_modify_ldt, 0x11, &descriptor, sizeof descriptor) == 0;
}

const char *wow_initialize(bool large_address_aware)
{
    if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
        return "is a 32-bit program; it needs a kernel and a processor with FSGSBASE";
    /* Without a filter an odd call fails at worst. */
    bool filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0;
    if ((!filtered || works_in_child(try_gdt)) && try_gdt())
        source = FROM_GDT;
    else if ((!filtered || works_in_child(try_ldt)) && try_ldt())
        source = FROM_LDT;
    else
        return "is a 32-bit program; this system lets no process set up a segment for it";

    uint8_t *page = (uint8_t *)DOOR_PAGE;
    if (mprotect(page, MM_PAGE, PROT_READ | PROT_WRITE) != 0)
        return "cannot be started: the door page cannot be changed";
    *(uint64_t *)DOOR_TARGET32 = (uint64_t)wow_door;
    near_initialize();
    *(uint8_t *)DOOR_BREAKPOINT = 0xcc;
    mprotect(page, MM_PAGE, PROT_READ | PROT_EXEC);
    mm_highest = large_address_aware ? 0xffff0000 : 0x7fff0000;
    mm_limit_addresses(MM_LOWEST, mm_highest);
    wow_active = true;
    return NULL;
}

/* An entry of the LDT, which all threads share; 0: none is left. */
static unsigned take_ldt_entry(void)
{
    for (unsigned i = 1; i < LDT_COUNT; i++)
        if (!(__atomic_fetch_or(&ldt_used[i / 8], (uint8_t)(1 << i % 8), __ATOMIC_ACQ_REL) >> i % 8 & 1))
            return i;
    return 0;
}

bool wow_thread_attach(struct ke_thread *thread)
{
    uint32_t base = (uint32_t)(uint64_t)wow_teb(thread->teb);
    if (source == FROM_GDT) {
        struct user_desc *low = (struct user_desc *)((uint8_t *)thread->teb + DESCRIPTOR_OFFSET);
        describe(low, gdt_entry, base);
        if (wow_int80(I386_SET_THREAD_AREA, (uint32_t)(uint64_t)low) != 0)
            return false;
        memset(low, 0, sizeof *low);
        thread->wow_fs = (uint16_t)GDT_SELECTOR(gdt_entry);
    } else {
        struct user_desc descriptor;
        unsigned entry = thread->wow_fs ? thread->wow_fs >> 3 : take_ldt_entry();
        describe(&descriptor, (int)entry, base);
        if (!entry || syscall(SYS_modify_ldt, 0x11, &descriptor, sizeof descriptor) != 0)
            return false;
        thread->wow_fs = (uint16_t)LDT_SELECTOR(entry);
    }
    thread->wow = 1;
    thread->wow_teb = base;
    thread->wow_fs_base = wow_matches(thread, thread->teb) ? thread->host_fs : base;
    thread->wow_target.cs = WOW_CODE_SELECTOR;
    wow_load_segments(thread->wow_fs, thread->host_fs);
    return true;
}

void wow_thread_detach(struct ke_thread *thread)
{
    if (source == FROM_LDT && thread->wow_fs)
        __atomic_fetch_and(&ldt_used[thread->wow_fs >> 6], (uint8_t) ~(1 << (thread->wow_fs >> 3) % 8),
                           __ATOMIC_ACQ_REL);
}
