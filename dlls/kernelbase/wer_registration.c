/*
 * What a program registers for its own crash report: files, memory, modules that look at exceptions,
 * processes, metadata. The process keeps the lists with Windows' limits; no report is ever sent (wer.c), so
 * nobody reads them.
 */
#include "kernelbase.h"

/* From werapi.h, which mingw-w64 cannot compile. */
#define WER_FILE_DELETE_WHEN_DONE 1
#define WER_FILE_ANONYMOUS_DATA   2
typedef enum {
    WerRegFileTypeUserDocument = 1,
    WerRegFileTypeOther,
    WerRegFileTypeMax
} WER_REGISTER_FILE_TYPE;

#define MAX_ENTRIES  512 /* files and memory blocks together; excluded blocks and processes alike */
#define MAX_MODULES  16
#define MAX_METADATA 8
#define MAX_BLOCK    (64 << 10)
#define MAX_KEY      64
#define MAX_VALUE    128

#define NOT_FOUND HRESULT_FROM_WIN32(ERROR_NOT_FOUND) /* WER_E_NOT_FOUND */
#define FULL      HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)

enum kind { REGISTERED_DATA, EXCEPTION_MODULE, EXCLUDED_BLOCK, METADATA, LOCAL_DUMP, PROCESS, KIND_MAX };

/* An entry's key is its name, if it has one, and its number: address, context or process. */
struct entry {
    struct entry *next;
    ULONG_PTR number;
    DWORD detail; /* size, flags and type, or thread */
    WCHAR *value; /* behind the name in the same block, or NULL */
    WCHAR name[];
};

static struct {
    SRWLOCK lock; /* guards all that follows; a leaf */
    struct entry *lists[KIND_MAX];
    DWORD counts[KIND_MAX];
} registered;

static const DWORD limits[KIND_MAX] = {
    [REGISTERED_DATA] = MAX_ENTRIES,
    [EXCEPTION_MODULE] = MAX_MODULES,
    [EXCLUDED_BLOCK] = MAX_ENTRIES,
    [METADATA] = MAX_METADATA,
    [LOCAL_DUMP] = 1,
    [PROCESS] = MAX_ENTRIES,
};

/* The link that leads to the entry, or to NULL. The lock is held. */
static struct entry **find(enum kind kind, const WCHAR *name, ULONG_PTR number)
{
    struct entry **link = &registered.lists[kind];

    while (*link && ((*link)->number != number ||
                     CompareStringOrdinal((*link)->name, -1, name, -1, kind != METADATA) != CSTR_EQUAL))
        link = &(*link)->next;
    return link;
}

static void take_out(enum kind kind, struct entry **link)
{
    struct entry *entry = *link;

    *link = entry->next;
    registered.counts[kind]--;
    HeapFree(GetProcessHeap(), 0, entry);
}

/* What is registered already is replaced. */
static HRESULT add(enum kind kind, const WCHAR *name, ULONG_PTR number, DWORD detail, const WCHAR *value)
{
    const SIZE_T length = (SIZE_T)lstrlenW(name) + 1, value_length = value ? (SIZE_T)lstrlenW(value) + 1 : 0;
    struct entry *entry = HeapAlloc(GetProcessHeap(), 0,
                                    sizeof *entry + (length + value_length) * sizeof(WCHAR));
    HRESULT result = S_OK;

    if (!entry)
        return E_OUTOFMEMORY;
    entry->number = number;
    entry->detail = detail;
    CopyMemory(entry->name, name, length * sizeof(WCHAR));
    entry->value = value ? entry->name + length : NULL;
    if (value)
        CopyMemory(entry->value, value, value_length * sizeof(WCHAR));
    RtlAcquireSRWLockExclusive(&registered.lock);
    struct entry **old = find(kind, name, number);
    if (*old)
        take_out(kind, old);
    if (registered.counts[kind] >= limits[kind]) {
        result = FULL;
    } else {
        entry->next = registered.lists[kind];
        registered.lists[kind] = entry;
        registered.counts[kind]++;
    }
    RtlReleaseSRWLockExclusive(&registered.lock);
    if (result != S_OK)
        HeapFree(GetProcessHeap(), 0, entry);
    return result;
}

static HRESULT drop(enum kind kind, const WCHAR *name, ULONG_PTR number)
{
    HRESULT result = NOT_FOUND;

    RtlAcquireSRWLockExclusive(&registered.lock);
    struct entry **link = find(kind, name, number);
    if (*link) {
        take_out(kind, link);
        result = S_OK;
    }
    RtlReleaseSRWLockExclusive(&registered.lock);
    return result;
}

/* ---------------------------------------------------------------- files and memory */

HRESULT WINAPI WerRegisterFile(PCWSTR file, WER_REGISTER_FILE_TYPE type, DWORD flags)
{
    WCHAR path[MAX_PATH];

    if (!file || !*file || type < WerRegFileTypeUserDocument || type >= WerRegFileTypeMax ||
        (flags & ~(DWORD)(WER_FILE_DELETE_WHEN_DONE | WER_FILE_ANONYMOUS_DATA)))
        return E_INVALIDARG;
    const DWORD length = GetFullPathNameW(file, MAX_PATH, path, NULL);
    if (!length || length >= MAX_PATH)
        return E_INVALIDARG;
    return add(REGISTERED_DATA, path, 0, flags | (DWORD)type << 16, NULL);
}

HRESULT WINAPI WerUnregisterFile(PCWSTR file)
{
    WCHAR path[MAX_PATH];

    if (!file || !*file)
        return E_INVALIDARG;
    const DWORD length = GetFullPathNameW(file, MAX_PATH, path, NULL);
    if (!length || length >= MAX_PATH)
        return NOT_FOUND;
    return drop(REGISTERED_DATA, path, 0);
}

HRESULT WINAPI WerRegisterMemoryBlock(PVOID address, DWORD size)
{
    if (!address || !size || size > MAX_BLOCK)
        return E_INVALIDARG;
    return add(REGISTERED_DATA, L"", (ULONG_PTR)address, size, NULL);
}

HRESULT WINAPI WerUnregisterMemoryBlock(PVOID address)
{
    return address ? drop(REGISTERED_DATA, L"", (ULONG_PTR)address) : E_INVALIDARG;
}

HRESULT WINAPI WerRegisterExcludedMemoryBlock(const void *address, DWORD size)
{
    if (!address || !size)
        return E_INVALIDARG;
    return add(EXCLUDED_BLOCK, L"", (ULONG_PTR)address, size, NULL);
}

HRESULT WINAPI WerUnregisterExcludedMemoryBlock(const void *address)
{
    return address ? drop(EXCLUDED_BLOCK, L"", (ULONG_PTR)address) : E_INVALIDARG;
}

/* ---------------------------------------------------------------- modules, processes, metadata */

/* A runtime (the CLR) names the DLL that is to explain its exceptions; the context tells several of them
 * apart. */
HRESULT WINAPI WerRegisterRuntimeExceptionModule(PCWSTR module, PVOID context)
{
    if (!module || !*module || lstrlenW(module) >= MAX_PATH)
        return E_INVALIDARG;
    return add(EXCEPTION_MODULE, module, (ULONG_PTR)context, 0, NULL);
}

HRESULT WINAPI WerUnregisterRuntimeExceptionModule(PCWSTR module, PVOID context)
{
    return module ? drop(EXCEPTION_MODULE, module, (ULONG_PTR)context) : E_INVALIDARG;
}

HRESULT WINAPI WerRegisterAdditionalProcess(DWORD process, DWORD thread)
{
    return process ? add(PROCESS, L"", process, thread, NULL) : E_INVALIDARG;
}

HRESULT WINAPI WerUnregisterAdditionalProcess(DWORD process)
{
    return process ? drop(PROCESS, L"", process) : E_INVALIDARG;
}

/* The key has to be fit for the name of an XML element. */
static BOOL good_key(const WCHAR *key)
{
    for (DWORD i = 0; key[i]; i++) {
        const WCHAR c = key[i];
        const BOOL letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && c != '_' && c < 0x80 && (!i || !((c >= '0' && c <= '9') || c == '-' || c == '.')))
            return FALSE;
    }
    return *key != 0;
}

HRESULT WINAPI WerRegisterCustomMetadata(PCWSTR key, PCWSTR value)
{
    if (!key || !value || lstrlenW(key) >= MAX_KEY || lstrlenW(value) >= MAX_VALUE || !good_key(key))
        return E_INVALIDARG;
    return add(METADATA, key, 0, 0, value);
}

HRESULT WINAPI WerUnregisterCustomMetadata(PCWSTR key)
{
    return key ? drop(METADATA, key, 0) : E_INVALIDARG;
}

HRESULT WINAPI WerUnregisterAppLocalDump(void)
{
    RtlAcquireSRWLockExclusive(&registered.lock);
    if (registered.lists[LOCAL_DUMP])
        take_out(LOCAL_DUMP, &registered.lists[LOCAL_DUMP]);
    RtlReleaseSRWLockExclusive(&registered.lock);
    return S_OK;
}

/* There is one such folder at most: another one replaces it. */
HRESULT WINAPI WerRegisterAppLocalDump(PCWSTR relative_path)
{
    if (!relative_path || !*relative_path || lstrlenW(relative_path) >= MAX_PATH)
        return E_INVALIDARG;
    WerUnregisterAppLocalDump();
    return add(LOCAL_DUMP, relative_path, 0, 0, NULL);
}
