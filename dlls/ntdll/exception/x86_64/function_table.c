/*
 * From a code address to its RUNTIME_FUNCTION: a sorted table of the loaded images (read without a
 * lock, under a sequence count), then the tables that programs register for generated code.
 */
#include <nt/exception.h>
#include <nt/peb.h>
#include <string.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);
BOOLEAN NTAPI RtlFreeHeap(PVOID heap, ULONG flags, PVOID block);
VOID NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK lock);
VOID NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK lock);
VOID NTAPI RtlAcquireSRWLockShared(PRTL_SRWLOCK lock);
VOID NTAPI RtlReleaseSRWLockShared(PRTL_SRWLOCK lock);

#define MAX_IMAGES 1024

struct image {
    DWORD64 base, end;
    const RUNTIME_FUNCTION *functions;
    DWORD count;
};

/* Writers hold `lock` and make `sequence` odd meanwhile; readers try again when it changed. */
static struct {
    RTL_SRWLOCK lock;
    DWORD sequence;
    DWORD count;
    DWORD last; /* a guess where the next address is */
    struct image images[MAX_IMAGES];
} table;

static BOOLEAN read_image(const UCHAR *base, ULONG size, struct image *ret_image)
{
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)base;
    if (dos->e_magic != IMAGE_DOS_SIGNATURE || (ULONG)dos->e_lfanew > size)
        return FALSE;
    const IMAGE_NT_HEADERS64 *nt = (const IMAGE_NT_HEADERS64 *)(base + dos->e_lfanew);
    memset(ret_image, 0, sizeof *ret_image);
    ret_image->base = (DWORD64)base;
    ret_image->end = (DWORD64)base + (size ? size : nt->OptionalHeader.SizeOfImage);
    if (nt->OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC &&
        nt->OptionalHeader.NumberOfRvaAndSizes > IMAGE_DIRECTORY_ENTRY_EXCEPTION) {
        const IMAGE_DATA_DIRECTORY *directory =
            &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXCEPTION];
        if (directory->VirtualAddress && directory->Size) {
            ret_image->functions = (const RUNTIME_FUNCTION *)(base + directory->VirtualAddress);
            ret_image->count = directory->Size / sizeof(RUNTIME_FUNCTION);
        }
    }
    return TRUE;
}

/* Index of the first image that ends above the address. */
static DWORD find_place(DWORD64 address)
{
    DWORD low = 0, high = table.count;
    if (high > MAX_IMAGES)
        high = 0; /* torn read; the sequence tells */
    while (low < high) {
        DWORD middle = (low + high) / 2;
        if (address < table.images[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

VOID NTAPI RtlInsertInvertedFunctionTable(PVOID base, ULONG size)
{
    struct image image;
    if (!read_image(base, size, &image))
        return;
    RtlAcquireSRWLockExclusive(&table.lock);
    DWORD place = find_place(image.base);
    BOOLEAN known = place < table.count && table.images[place].base == image.base;
    if (!known && table.count < MAX_IMAGES) {
        __atomic_add_fetch(&table.sequence, 1, __ATOMIC_ACQ_REL);
        memmove(&table.images[place + 1], &table.images[place], (table.count - place) * sizeof image);
        table.images[place] = image;
        table.count++;
        __atomic_add_fetch(&table.sequence, 1, __ATOMIC_ACQ_REL);
    }
    RtlReleaseSRWLockExclusive(&table.lock);
}

VOID NTAPI RtlRemoveInvertedFunctionTable(PVOID base)
{
    RtlAcquireSRWLockExclusive(&table.lock);
    DWORD place = find_place((DWORD64)base);
    if (place < table.count && table.images[place].base == (DWORD64)base) {
        __atomic_add_fetch(&table.sequence, 1, __ATOMIC_ACQ_REL);
        table.count--;
        memmove(&table.images[place], &table.images[place + 1],
                (table.count - place) * sizeof table.images[0]);
        __atomic_add_fetch(&table.sequence, 1, __ATOMIC_ACQ_REL);
    }
    RtlReleaseSRWLockExclusive(&table.lock);
}

static BOOLEAN find_image(DWORD64 address, struct image *ret_image)
{
    for (;;) {
        DWORD sequence = __atomic_load_n(&table.sequence, __ATOMIC_ACQUIRE);
        if (sequence & 1) {
            YieldProcessor();
            continue;
        }
        DWORD place = *(volatile DWORD *)&table.last;
        if (place >= table.count ||
            address - table.images[place].base >= table.images[place].end - table.images[place].base)
            place = find_place(address);
        BOOLEAN found = place < MAX_IMAGES && place < table.count && address >= table.images[place].base;
        if (found) {
            *ret_image = table.images[place];
            if (table.last != place)
                table.last = place;
        }
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&table.sequence, __ATOMIC_RELAXED) == sequence)
            return found;
    }
}

/* An image the loader has not announced (ntdll and the program at start): from its lists. */
static BOOLEAN find_unannounced(DWORD64 address, struct image *ret_image)
{
    struct exception_module module;
    exception_find_module(address, &module);
    if (!module.base)
        return FALSE;
    RtlInsertInvertedFunctionTable((PVOID)module.base, module.size);
    return find_image(address, ret_image);
}

static const RUNTIME_FUNCTION *search(const RUNTIME_FUNCTION *functions, DWORD count, DWORD offset)
{
    DWORD low = 0, high = count;
    while (low < high) {
        DWORD middle = (low + high) / 2;
        if (offset < functions[middle].BeginAddress)
            high = middle;
        else if (offset >= functions[middle].EndAddress)
            low = middle + 1;
        else
            return &functions[middle];
    }
    return NULL;
}

/* ---- registered tables ---- */

struct dynamic_table {
    LIST_ENTRY links;
    DWORD64 identifier;      /* what the program deletes it by */
    DWORD64 base, low, high; /* addresses served: [low, high) */
    const RUNTIME_FUNCTION *functions;
    DWORD count, maximum;
    BOOLEAN sorted;
    PGET_RUNTIME_FUNCTION_CALLBACK callback;
    PVOID context;
};

static struct {
    RTL_SRWLOCK lock;
    LIST_ENTRY list;
} dynamic = {.list = {&dynamic.list, &dynamic.list}};

static PVOID process_heap(void)
{
    return NtCurrentTeb()->ProcessEnvironmentBlock->ProcessHeap;
}

static struct dynamic_table *new_table(void)
{
    struct dynamic_table *entry = RtlAllocateHeap(process_heap(), 0, sizeof *entry);
    if (entry)
        memset(entry, 0, sizeof *entry);
    return entry;
}

static void insert_table(struct dynamic_table *entry)
{
    RtlAcquireSRWLockExclusive(&dynamic.lock);
    entry->links.Flink = dynamic.list.Flink;
    entry->links.Blink = &dynamic.list;
    dynamic.list.Flink->Blink = &entry->links;
    dynamic.list.Flink = &entry->links;
    RtlReleaseSRWLockExclusive(&dynamic.lock);
}

/* Takes the first table with this identifier out (or the entry itself) and frees it. */
static BOOLEAN delete_table(DWORD64 identifier, const void *itself)
{
    struct dynamic_table *found = NULL;
    RtlAcquireSRWLockExclusive(&dynamic.lock);
    for (LIST_ENTRY *at = dynamic.list.Flink; at != &dynamic.list; at = at->Flink) {
        struct dynamic_table *entry = (struct dynamic_table *)at;
        if (itself ? entry == itself : entry->identifier == identifier) {
            at->Blink->Flink = at->Flink;
            at->Flink->Blink = at->Blink;
            found = entry;
            break;
        }
    }
    RtlReleaseSRWLockExclusive(&dynamic.lock);
    if (found)
        RtlFreeHeap(process_heap(), 0, found);
    return found != NULL;
}

BOOLEAN __cdecl RtlAddFunctionTable(PRUNTIME_FUNCTION functions, DWORD count, DWORD64 base)
{
    struct dynamic_table *entry = new_table();
    if (!entry)
        return FALSE;
    entry->identifier = (DWORD64)functions;
    entry->base = base;
    entry->functions = functions;
    entry->count = entry->maximum = count;
    entry->sorted = TRUE;
    for (DWORD i = 0; i < count; i++) {
        if (i == 0 || base + functions[i].BeginAddress < entry->low)
            entry->low = base + functions[i].BeginAddress;
        if (base + functions[i].EndAddress > entry->high)
            entry->high = base + functions[i].EndAddress;
        if (i && functions[i].BeginAddress < functions[i - 1].EndAddress)
            entry->sorted = FALSE;
    }
    insert_table(entry);
    return TRUE;
}

BOOLEAN __cdecl RtlDeleteFunctionTable(PRUNTIME_FUNCTION functions)
{
    return delete_table((DWORD64)functions, NULL);
}

BOOLEAN __cdecl RtlInstallFunctionTableCallback(DWORD64 identifier, DWORD64 base, DWORD length,
                                                PGET_RUNTIME_FUNCTION_CALLBACK callback, PVOID context,
                                                PCWSTR out_of_process_dll)
{
    (void)out_of_process_dll; /* for debuggers */
    if ((identifier & 3) != 3)
        return FALSE;
    struct dynamic_table *entry = new_table();
    if (!entry)
        return FALSE;
    entry->identifier = identifier;
    entry->base = entry->low = base;
    entry->high = base + length;
    entry->callback = callback;
    entry->context = context;
    insert_table(entry);
    return TRUE;
}

DWORD NTAPI RtlAddGrowableFunctionTable(PVOID *ret_table, PRUNTIME_FUNCTION functions, DWORD count,
                                        DWORD maximum, ULONG_PTR low, ULONG_PTR high)
{
    struct dynamic_table *entry = new_table();
    if (!entry)
        return (DWORD)STATUS_NO_MEMORY;
    entry->identifier = (DWORD64)functions;
    entry->base = entry->low = low;
    entry->high = high;
    entry->functions = functions;
    entry->count = count;
    entry->maximum = maximum;
    entry->sorted = TRUE;
    insert_table(entry);
    *ret_table = entry;
    return STATUS_SUCCESS;
}

VOID NTAPI RtlGrowFunctionTable(PVOID dynamic_table, DWORD count)
{
    struct dynamic_table *entry = dynamic_table;
    RtlAcquireSRWLockExclusive(&dynamic.lock);
    if (count > entry->count && count <= entry->maximum)
        entry->count = count;
    RtlReleaseSRWLockExclusive(&dynamic.lock);
}

VOID NTAPI RtlDeleteGrowableFunctionTable(PVOID dynamic_table)
{
    if (dynamic_table)
        delete_table(0, dynamic_table);
}

static RUNTIME_FUNCTION *find_dynamic(DWORD64 pc, DWORD64 *ret_base)
{
    PGET_RUNTIME_FUNCTION_CALLBACK callback = NULL;
    PVOID context = NULL;
    const RUNTIME_FUNCTION *found = NULL;
    if (*(LIST_ENTRY *volatile *)&dynamic.list.Flink == &dynamic.list)
        return NULL;
    RtlAcquireSRWLockShared(&dynamic.lock);
    for (LIST_ENTRY *at = dynamic.list.Flink; at != &dynamic.list && !found && !callback; at = at->Flink) {
        const struct dynamic_table *entry = (const struct dynamic_table *)at;
        if (pc < entry->low || pc >= entry->high)
            continue;
        *ret_base = entry->base;
        if (entry->callback) {
            callback = entry->callback;
            context = entry->context;
        } else if (entry->sorted) {
            found = search(entry->functions, entry->count, (DWORD)(pc - entry->base));
        } else {
            DWORD offset = (DWORD)(pc - entry->base);
            for (DWORD i = 0; i < entry->count && !found; i++)
                if (offset >= entry->functions[i].BeginAddress && offset < entry->functions[i].EndAddress)
                    found = &entry->functions[i];
        }
    }
    RtlReleaseSRWLockShared(&dynamic.lock);
    return callback ? callback(pc, context) : (RUNTIME_FUNCTION *)found;
}

/* What was found for an address: one 16-byte word, which CPUs with AVX load and store at once. The key
 * has the low bits of the sequence, so that entries end with the set of images they were made for. */
struct cached {
    _Alignas(16) DWORD64 key; /* pc, sequence << 48 */
    DWORD64 value;            /* function, index of the image << 48 */
};
typedef long long cached_word __attribute__((vector_size(16)));

#define CACHE_SIZE 256
static struct cached cache[CACHE_SIZE];
#define LOW_48 0xffffffffffffull

static inline struct cached *cache_place(DWORD64 pc)
{
    return &cache[(pc ^ pc >> 9) % CACHE_SIZE];
}

/* The entry of the function with pc in it, or NULL: a leaf function or no code that is known. */
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(DWORD64 pc, PDWORD64 ret_base, PUNWIND_HISTORY_TABLE history)
{
    RUNTIME_FUNCTION *function;
    struct image image;
    const DWORD sequence = __atomic_load_n(&table.sequence, __ATOMIC_ACQUIRE);
    const DWORD64 key = (pc & LOW_48) | (DWORD64)sequence << 48;
    struct cached *place = cache_place(pc);

    (void)history; /* our own memory of what was found serves all passes */
    cached_word word = *(volatile cached_word *)place;
    if ((DWORD64)word[0] == key && !(pc >> 48)) {
        *ret_base = table.images[(DWORD64)word[1] >> 48].base;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&table.sequence, __ATOMIC_RELAXED) == sequence)
            return (RUNTIME_FUNCTION *)((DWORD64)word[1] & LOW_48);
    }
    if (!find_image(pc, &image) && !find_unannounced(pc, &image))
        return find_dynamic(pc, ret_base);
    *ret_base = image.base;
    function = (RUNTIME_FUNCTION *)search(image.functions, image.count, (DWORD)(pc - image.base));
    while (function && (function->UnwindData & 1))
        function = (RUNTIME_FUNCTION *)(image.base + (function->UnwindData & ~1u));
    if (!function)
        return image.functions ? NULL : find_dynamic(pc, ret_base);
    DWORD index = find_place(pc);
    if (!(sequence & 1) && index < table.count && table.images[index].base == image.base &&
        __atomic_load_n(&table.sequence, __ATOMIC_ACQUIRE) == sequence) {
        cached_word entry = {(long long)key, (long long)((DWORD64)function | (DWORD64)index << 48)};
        *(volatile cached_word *)place = entry;
    }
    return function;
}

/* The whole table that covers pc, and its length in bytes. */
PVOID NTAPI RtlLookupFunctionTable(PVOID pc, PVOID *ret_base, PULONG ret_size);
PVOID NTAPI RtlLookupFunctionTable(PVOID pc, PVOID *ret_base, PULONG ret_size)
{
    struct image image;
    if (!find_image((DWORD64)pc, &image) && !find_unannounced((DWORD64)pc, &image))
        return NULL;
    *ret_base = (PVOID)image.base;
    *ret_size = image.count * (ULONG)sizeof(RUNTIME_FUNCTION);
    return (PVOID)image.functions;
}
