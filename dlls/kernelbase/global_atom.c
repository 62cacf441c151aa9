/*
 * Global atoms: a named section that all programs of the session have in common as long as one of them uses
 * atoms, guarded by a named mutex. Entry i is the atom FIRST + i; a change makes `references` its last word,
 * so that one who is killed over it leaves a table that holds.
 */
#include "global_atom.h"
#include "kernelbase.h"
#include <nt/nls.h>
#include <string.h>

enum { FIRST = 0xc000, LIMIT = 0x4000, MAX_LENGTH = 255 };

struct entry {
    ULONG references; /* 0: free */
    USHORT hash, length;
    WCHAR name[MAX_LENGTH + 1];
};

struct atoms {
    ULONG used; /* entries from here on were never used */
    struct entry entries[LIMIT];
};

static struct atoms *shared;
static HANDLE mutex;

static HANDLE make_object(PCWSTR name, BOOL section)
{
    UNICODE_STRING string;
    LARGE_INTEGER size = {.QuadPart = sizeof(struct atoms)};
    HANDLE handle;
    RtlInitUnicodeString(&string, name);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &string, .Attributes = OBJ_OPENIF};
    NTSTATUS status = section ? NtCreateSection(&handle, SECTION_MAP_READ | SECTION_MAP_WRITE | SECTION_QUERY,
                                                &attributes, &size, PAGE_READWRITE, SEC_COMMIT, NULL)
                              : NtCreateMutant(&handle, MUTANT_ALL_ACCESS, &attributes, FALSE);
    return NT_SUCCESS(status) ? handle : NULL;
}

/* FALSE: there is no session to share with. */
static BOOL take(void)
{
    static RTL_SRWLOCK lock;
    if (!__atomic_load_n(&shared, __ATOMIC_ACQUIRE)) {
        RtlAcquireSRWLockExclusive(&lock);
        if (!shared) {
            HANDLE section = make_object(L"\\GlobalAtomTable", TRUE);
            mutex = make_object(L"\\GlobalAtomTableLock", FALSE);
            struct atoms *view = section && mutex ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
            if (view) { /* the section's handle keeps its name */
                __atomic_store_n(&shared, view, __ATOMIC_RELEASE);
            } else {
                if (section)
                    NtClose(section);
                if (mutex)
                    NtClose(mutex);
            }
        }
        RtlReleaseSRWLockExclusive(&lock);
        if (!shared)
            return FALSE;
    }
    DWORD result = WaitForSingleObject(mutex, INFINITE);
    return result == WAIT_OBJECT_0 || result == WAIT_ABANDONED;
}

static void give(void)
{
    NtReleaseMutant(mutex, NULL);
}

static USHORT hash_of(PCWSTR name, SIZE_T length)
{
    ULONG hash = 0;
    for (SIZE_T i = 0; i < length; i++)
        hash = hash * 31 + RtlUpcaseUnicodeChar(name[i]);
    return (USHORT)(hash ^ hash >> 16);
}

static BOOL equal(const struct entry *entry, PCWSTR name, SIZE_T length)
{
    for (SIZE_T i = 0; i < length; i++)
        if (RtlUpcaseUnicodeChar(entry->name[i]) != RtlUpcaseUnicodeChar(name[i]))
            return FALSE;
    return TRUE;
}

/* The name's entry; without one a free one, or NULL. */
static struct entry *find(PCWSTR name, SIZE_T length, USHORT hash, struct entry **ret_free)
{
    ULONG used = shared->used < LIMIT ? shared->used : LIMIT;
    *ret_free = used < LIMIT ? &shared->entries[used] : NULL;
    for (ULONG i = used; i-- > 0;) {
        struct entry *entry = &shared->entries[i];
        if (!entry->references)
            *ret_free = entry;
        else if (entry->hash == hash && entry->length == length && equal(entry, name, length))
            return entry;
    }
    return NULL;
}

NTSTATUS global_atom_by_name(PCWSTR name, BOOL add, RTL_ATOM *ret_atom)
{
    SIZE_T length = wcslen(name);
    USHORT hash = hash_of(name, length);
    NTSTATUS status = STATUS_SUCCESS;
    struct entry *fresh;
    if (!take())
        return STATUS_NOT_SUPPORTED;
    struct entry *entry = find(name, length, hash, &fresh);
    if (entry) {
        entry->references += add != 0;
    } else if (!add) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else if (!fresh) {
        status = STATUS_NO_MEMORY;
    } else {
        entry = fresh;
        entry->hash = hash;
        entry->length = (USHORT)length;
        memcpy(entry->name, name, (length + 1) * sizeof(WCHAR));
        if (entry == &shared->entries[shared->used])
            shared->used++;
        __atomic_store_n(&entry->references, 1, __ATOMIC_RELEASE);
    }
    if (NT_SUCCESS(status))
        *ret_atom = (RTL_ATOM)(FIRST + (entry - shared->entries));
    give();
    return status;
}

NTSTATUS global_atom_delete(RTL_ATOM atom)
{
    if (!take())
        return STATUS_NOT_SUPPORTED;
    struct entry *entry = &shared->entries[atom - FIRST];
    NTSTATUS status = entry->references ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    if (entry->references)
        entry->references--;
    give();
    return status;
}

NTSTATUS global_atom_name(RTL_ATOM atom, WCHAR *ret_name, ULONG *length)
{
    if (!take())
        return STATUS_NOT_SUPPORTED;
    const struct entry *entry = &shared->entries[atom - FIRST];
    NTSTATUS status = entry->references ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    if (entry->references) {
        ULONG room = *length / sizeof(WCHAR), n = entry->length < MAX_LENGTH ? entry->length : MAX_LENGTH;
        n = n < room ? n : room - 1;
        memcpy(ret_name, entry->name, n * sizeof(WCHAR));
        ret_name[n] = 0;
        *length = n * (ULONG)sizeof(WCHAR);
    }
    give();
    return status;
}
