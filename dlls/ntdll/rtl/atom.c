/*
 * Atom tables: strings of up to 255 characters under numbers from 0xc000, with reference and pin
 * counts; "#123" and small integers are atoms that need no table.
 */
#include <nt/nls.h>
#include <nt/rtl.h>

#define FIRST      0xc000
#define MAX_ATOMS  0x4000
#define MAX_LENGTH 255

struct atom {
    struct atom *next; /* in its bucket */
    ULONG references, pins;
    RTL_ATOM value;
    USHORT length;
    WCHAR name[];
};

struct table {
    RTL_SRWLOCK lock;
    ULONG count;            /* buckets */
    struct atom **by_value; /* MAX_ATOMS, grown by need */
    ULONG capacity;
    struct atom *buckets[];
};

static PVOID heap(void)
{
    return rtl_peb()->ProcessHeap;
}

static ULONG hash(PCWSTR name, ULONG length)
{
    ULONG value = 0;

    while (length--)
        value = value * 65599 + RtlUpcaseUnicodeChar(*name++);
    return value;
}

/* TRUE if the name is an integer atom, in *ret_atom (0: out of range). */
static BOOLEAN integer_atom(PCWSTR name, RTL_ATOM *ret_atom)
{
    ULONG value = 0;

    if (!((ULONG_PTR)name >> 16)) {
        value = (ULONG)(ULONG_PTR)name;
        *ret_atom = value < FIRST ? (RTL_ATOM)value : 0;
        return TRUE;
    }
    if (*name != '#' || !name[1])
        return FALSE;
    for (name++; *name >= '0' && *name <= '9' && value < 0x10000; name++)
        value = value * 10 + (ULONG)(*name - '0');
    if (*name)
        return FALSE;
    *ret_atom = value < FIRST ? (RTL_ATOM)value : 0;
    return TRUE;
}

static struct atom **find_name(struct table *table, PCWSTR name, ULONG length)
{
    struct atom **link = &table->buckets[hash(name, length) % table->count];

    for (; *link; link = &(*link)->next) {
        ULONG i = 0;
        if ((*link)->length != length)
            continue;
        while (i < length && RtlUpcaseUnicodeChar((*link)->name[i]) == RtlUpcaseUnicodeChar(name[i]))
            i++;
        if (i == length)
            break;
    }
    return link;
}

static struct atom *find_value(struct table *table, RTL_ATOM value)
{
    return value >= FIRST && value - FIRST < (int)table->capacity ? table->by_value[value - FIRST] : NULL;
}

NTSTATUS NTAPI RtlCreateAtomTable(ULONG buckets, PVOID *ret_table)
{
    struct table *table;

    if (*ret_table)
        return STATUS_SUCCESS;
    if (!buckets)
        buckets = 37;
    if (!(table = RtlAllocateHeap(heap(), HEAP_ZERO_MEMORY, sizeof *table + buckets * sizeof(struct atom *))))
        return STATUS_NO_MEMORY;
    table->count = buckets;
    *ret_table = table;
    return STATUS_SUCCESS;
}

static void remove_atom(struct table *table, struct atom *atom)
{
    *find_name(table, atom->name, atom->length) = atom->next;
    table->by_value[atom->value - FIRST] = NULL;
    RtlFreeHeap(heap(), 0, atom);
}

NTSTATUS NTAPI RtlEmptyAtomTable(PVOID handle, BOOLEAN pinned)
{
    struct table *table = handle;

    if (!table)
        return STATUS_INVALID_PARAMETER;
    RtlAcquireSRWLockExclusive(&table->lock);
    for (ULONG i = 0; i < table->capacity; i++)
        if (table->by_value[i] && (pinned || !table->by_value[i]->pins))
            remove_atom(table, table->by_value[i]);
    RtlReleaseSRWLockExclusive(&table->lock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDestroyAtomTable(PVOID handle)
{
    struct table *table = handle;

    if (!table)
        return STATUS_INVALID_PARAMETER;
    RtlEmptyAtomTable(table, TRUE);
    RtlFreeHeap(heap(), 0, table->by_value);
    RtlFreeHeap(heap(), 0, table);
    return STATUS_SUCCESS;
}

/* The length of a name to look for, or 0: then the status says what it is, an integer atom (*ret_atom) or
 * wrong. */
static NTSTATUS check_name(const struct table *table, PCWSTR name, size_t *ret_length, PRTL_ATOM ret_atom)
{
    RTL_ATOM value;
    *ret_length = 0;
    if (!table || !name)
        return STATUS_INVALID_PARAMETER;
    if (integer_atom(name, &value)) {
        if (!value)
            return STATUS_INVALID_PARAMETER;
        if (ret_atom)
            *ret_atom = value;
        return STATUS_SUCCESS;
    }
    size_t length = wcslen(name);
    if (!length)
        return STATUS_OBJECT_NAME_INVALID;
    if (length > MAX_LENGTH)
        return STATUS_INVALID_PARAMETER;
    *ret_length = length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAtomToAtomTable(PVOID handle, PCWSTR name, PRTL_ATOM ret_atom)
{
    struct table *table = handle;
    NTSTATUS status;
    size_t length;
    ULONG i = 0;

    status = check_name(table, name, &length, ret_atom);
    if (!length)
        return status;
    RtlAcquireSRWLockExclusive(&table->lock);
    struct atom **link = find_name(table, name, (ULONG)length), *atom = *link;
    if (atom) {
        atom->references++;
        goto out;
    }
    while (i < table->capacity && table->by_value[i])
        i++;
    if (i == table->capacity) {
        ULONG capacity = table->capacity ? table->capacity * 2 : 64;
        struct atom **grown = capacity > MAX_ATOMS ? NULL
                              : table->by_value
                                  ? RtlReAllocateHeap(heap(), HEAP_ZERO_MEMORY, table->by_value,
                                                      capacity * sizeof *grown)
                                  : RtlAllocateHeap(heap(), HEAP_ZERO_MEMORY, capacity * sizeof *grown);
        if (!grown) {
            status = STATUS_NO_MEMORY;
            goto out;
        }
        table->by_value = grown;
        table->capacity = capacity;
    }
    if (!(atom = RtlAllocateHeap(heap(), 0, sizeof *atom + (length + 1) * sizeof(WCHAR)))) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    atom->next = NULL;
    atom->references = 1;
    atom->pins = 0;
    atom->value = (RTL_ATOM)(FIRST + i);
    atom->length = (USHORT)length;
    memcpy(atom->name, name, (length + 1) * sizeof(WCHAR));
    *link = table->by_value[i] = atom;
out:
    if (NT_SUCCESS(status) && ret_atom)
        *ret_atom = atom->value;
    RtlReleaseSRWLockExclusive(&table->lock);
    return status;
}

NTSTATUS NTAPI RtlLookupAtomInAtomTable(PVOID handle, PCWSTR name, PRTL_ATOM ret_atom)
{
    struct table *table = handle;
    NTSTATUS status;
    size_t length;

    status = check_name(table, name, &length, ret_atom);
    if (!length)
        return status;
    RtlAcquireSRWLockShared(&table->lock);
    struct atom *atom = *find_name(table, name, (ULONG)length);
    if (atom && ret_atom)
        *ret_atom = atom->value;
    RtlReleaseSRWLockShared(&table->lock);
    return atom ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PVOID handle, RTL_ATOM value)
{
    struct table *table = handle;
    NTSTATUS status = STATUS_SUCCESS;

    if (!table)
        return STATUS_INVALID_PARAMETER;
    if (value && value < FIRST)
        return STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&table->lock);
    struct atom *atom = find_value(table, value);
    if (!atom)
        status = STATUS_INVALID_HANDLE;
    else if (atom->pins)
        status = STATUS_WAS_LOCKED;
    else if (!--atom->references)
        remove_atom(table, atom);
    RtlReleaseSRWLockExclusive(&table->lock);
    return status;
}

NTSTATUS NTAPI RtlPinAtomInAtomTable(PVOID handle, RTL_ATOM value)
{
    struct table *table = handle;
    NTSTATUS status = STATUS_SUCCESS;

    if (!table)
        return STATUS_INVALID_PARAMETER;
    if (value && value < FIRST)
        return STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&table->lock);
    struct atom *atom = find_value(table, value);
    if (atom)
        atom->pins = 1;
    else
        status = STATUS_INVALID_HANDLE;
    RtlReleaseSRWLockExclusive(&table->lock);
    return status;
}

/* *length in bytes: room on entry, the name's length on return. */
NTSTATUS NTAPI RtlQueryAtomInAtomTable(PVOID handle, RTL_ATOM value, PULONG references, PULONG pins,
                                       PWSTR name, PULONG length)
{
    struct table *table = handle;
    WCHAR number[8] = L"#";
    NTSTATUS status = STATUS_SUCCESS;
    const WCHAR *text = number;
    ULONG bytes = 0;

    if (!table || !value)
        return STATUS_INVALID_PARAMETER;
    RtlAcquireSRWLockShared(&table->lock);
    if (value < FIRST) {
        UNICODE_STRING digits = {0, sizeof number - sizeof(WCHAR), number + 1};
        RtlIntegerToUnicodeString(value, 10, &digits);
        bytes = digits.Length + (ULONG)sizeof(WCHAR);
        if (references)
            *references = 1;
        if (pins)
            *pins = 1;
    } else {
        struct atom *atom = find_value(table, value);
        if (!atom) {
            RtlReleaseSRWLockShared(&table->lock);
            return STATUS_INVALID_HANDLE;
        }
        if (references)
            *references = atom->references;
        if (pins)
            *pins = atom->pins;
        text = atom->name;
        bytes = atom->length * (ULONG)sizeof(WCHAR);
    }
    if (name && length) {
        if (*length < sizeof(WCHAR)) {
            *length = bytes;
            status = STATUS_BUFFER_TOO_SMALL;
        } else {
            ULONG room = *length - (ULONG)sizeof(WCHAR);
            if (bytes > room)
                bytes = room & ~1u;
            memcpy(name, text, bytes);
            name[bytes / sizeof(WCHAR)] = 0;
            *length = bytes;
        }
    } else if (length)
        *length = bytes;
    RtlReleaseSRWLockShared(&table->lock);
    return status;
}
