/*
 * The last words: of a guest whose stack cannot even take its exception, and of ourselves. Only
 * what is safe in a signal handler.
 */
#include "ke/signal.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "wow/wow.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char __executable_start[], etext[];

/* Where things are in the guest's blocks, by the width of its pointers. */
static const struct layout {
    unsigned pointer, ldr, list, base, size, name;
} layouts[] = {{8, 0x18, 0x10, 0x30, 0x40, 0x58}, {4, 0x0c, 0x0c, 0x18, 0x20, 0x2c}};

/* A guest pointer; 0 if it cannot be read. */
static uint64_t read_pointer(uint64_t place, const struct layout *layout)
{
    uint64_t value = 0;
    return NT_SUCCESS(guest_copy(&value, (void *)place, layout->pointer)) ? value : 0;
}

/* Formats a guest address as module+offset from the loader's list in the PEB. */
static void describe_guest_address(uint64_t address, char *ret_text, size_t size)
{
    const struct layout *layout = &layouts[wow_active];
    PEB *peb = NULL;
    snprintf(ret_text, size, "0x%llx", (unsigned long long)address);
    if (!ke_self || !ke_self->teb || !NT_SUCCESS(guest_read(&peb, &ke_self->teb->ProcessEnvironmentBlock)))
        return;
    uint64_t ldr = read_pointer((wow_active ? (uint64_t)wow_peb(peb) : (uint64_t)peb) + layout->ldr, layout);
    uint64_t head = ldr + layout->list, module = ldr ? read_pointer(head, layout) : 0;
    for (int i = 0; i < 1000 && module && module != head; i++, module = read_pointer(module, layout)) {
        uint64_t base = read_pointer(module + layout->base, layout);
        ULONG image_size = 0;
        USHORT bytes = 0;
        guest_copy(&image_size, (void *)(module + layout->size), sizeof image_size);
        if (address - base >= image_size)
            continue;
        char text[64];
        uint64_t name = read_pointer(module + layout->name + layout->pointer, layout);
        guest_copy(&bytes, (void *)(module + layout->name), sizeof bytes);
        size_t length = bytes / 2 < (int)sizeof text - 1 ? bytes / 2 : sizeof text - 1;
        for (size_t n = 0; n < length; n++) {
            WCHAR c = '?';
            guest_copy(&c, (void *)(name + n * sizeof c), sizeof c);
            text[n] = c < 0x7f ? (char)c : '?';
        }
        text[length] = 0;
        snprintf(ret_text, size, "%s+0x%llx", text, (unsigned long long)(address - base));
        return;
    }
}

_Noreturn void ke_crash(const EXCEPTION_RECORD *record, const CONTEXT *context, const char *why)
{
    char place[128];
    describe_guest_address((uint64_t)record->ExceptionAddress, place, sizeof place);
    dprintf(2,
            "Unhandled exception 0x%08x at %s (%s)\n"
            "  rip %016llx  rsp %016llx  rbp %016llx  flags %08x\n"
            "  rax %016llx  rbx %016llx  rcx %016llx  rdx %016llx\n",
            record->ExceptionCode, place, why, (unsigned long long)context->Rip,
            (unsigned long long)context->Rsp, (unsigned long long)context->Rbp, context->EFlags,
            (unsigned long long)context->Rax, (unsigned long long)context->Rbx,
            (unsigned long long)context->Rcx, (unsigned long long)context->Rdx);
    for (unsigned i = 0; i < record->NumberParameters && i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
        dprintf(2, "  parameter %u: 0x%llx\n", i, (unsigned long long)record->ExceptionInformation[i]);
    ps_exit_process((NTSTATUS)record->ExceptionCode);
}

static void print_host_address(uint64_t address)
{
    Dl_info info;
    if (dladdr((void *)address, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        dprintf(2, "  %s+0x%llx", slash ? slash + 1 : info.dli_fname,
                (unsigned long long)(address - (uint64_t)info.dli_fbase));
        if (info.dli_sname)
            dprintf(2, " (%s+0x%llx)", info.dli_sname,
                    (unsigned long long)(address - (uint64_t)info.dli_saddr));
        dprintf(2, "\n");
    } else {
        dprintf(2, "  0x%llx\n", (unsigned long long)address);
    }
}

/* Whether a call instruction ends at `address`. */
static bool follows_call(uint64_t address)
{
    uint8_t before[7];
    if (!NT_SUCCESS(guest_copy(before, (void *)(address - sizeof before), sizeof before)))
        return false;
    return before[2] == 0xe8 || before[1] == 0xff || before[4] == 0xff || before[5] == 0xff ||
           before[3] == 0xff;
}

_Noreturn void ke_internal_error(int signal, const siginfo_t *info, const ucontext_t *context)
{
    static int once;
    const greg_t *registers = context->uc_mcontext.gregs;
    if (__atomic_exchange_n(&once, 1, __ATOMIC_SEQ_CST))
        _exit(KE_EXIT_INTERNAL);
    dprintf(2, "run: internal error: %s at address %p", strsignal(signal), info->si_addr);
    if (ke_self)
        dprintf(2, ", system call 0x%x, guest rip 0x%llx", ke_self->syscall_number,
                (unsigned long long)ke_self->frame.rip);
    dprintf(2, "\n");
    print_host_address((uint64_t)registers[REG_RIP]);
    uint64_t *stack = (uint64_t *)registers[REG_RSP];
    for (int i = 0, shown = 0; i < 512 && shown < 24; i++) {
        uint64_t word;
        if (!NT_SUCCESS(guest_read(&word, stack + i)))
            break;
        if (word - (uint64_t)__executable_start < (uint64_t)(etext - __executable_start) &&
            follows_call(word)) {
            print_host_address(word);
            shown++;
        }
    }
    _exit(KE_EXIT_INTERNAL);
}
