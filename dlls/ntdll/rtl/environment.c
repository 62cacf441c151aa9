/*
 * Environment blocks: NAME=value strings, sorted by upper-cased name, ended by an empty one. The
 * current block hangs off the process parameters and is guarded by the PEB lock. A name may begin
 * with '=' (the current directories of drives).
 */
#include <nt/nls.h>
#include <nt/rtl.h>

static inline WCHAR upper(WCHAR c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? (WCHAR)(c - 32) : c;
    return RtlUpcaseUnicodeChar(c);
}

static int compare_names(PCWSTR a, SIZE_T a_length, PCWSTR b, SIZE_T b_length)
{
    for (SIZE_T i = 0; i < a_length && i < b_length; i++) {
        int order = upper(a[i]) - upper(b[i]);
        if (order)
            return order;
    }
    return a_length < b_length ? -1 : a_length > b_length;
}

static inline SIZE_T name_length(PCWSTR entry)
{
    SIZE_T length = 1; /* the first character belongs to the name even if it is '=' */
    while (entry[length] && entry[length] != '=')
        length++;
    return length;
}

/* WCHARs of the whole block with its end. */
static SIZE_T block_length(PCWSTR block)
{
    PCWSTR p = block;

    while (*p)
        p += wcslen(p) + 1;
    return (SIZE_T)(p - block) + 1;
}

/* The entry of that name, or NULL; *ret_place is where it belongs. */
static PWSTR find(PWSTR block, PCWSTR name, SIZE_T length, PWSTR *ret_place)
{
    PWSTR place = NULL;
    WCHAR first = length ? upper(name[0]) : 0;

    for (PWSTR p = block; *p; p += wcslen(p) + 1) {
        WCHAR c = upper(*p);
        if (c == first) {
            SIZE_T i = 1;
            while (i < length && p[i] && upper(p[i]) == upper(name[i]))
                i++;
            if (i == length && p[i] == '=') {
                if (ret_place)
                    *ret_place = p;
                return p;
            }
        }
        if (ret_place && !place && c >= first && compare_names(p, name_length(p), name, length) > 0)
            place = p;
    }
    if (ret_place)
        *ret_place = place; /* NULL: at the end */
    return NULL;
}

static BOOLEAN is_heap_block(PVOID block)
{
    PTEB teb = rtl_teb();
    ULONG error = teb->LastErrorValue;
    BOOLEAN is = RtlSizeHeap(rtl_peb()->ProcessHeap, 0, block) != (SIZE_T)-1;

    teb->LastErrorValue = error;
    return is;
}

static void free_block(PWSTR block)
{
    if (block && is_heap_block(block))
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, block);
}

NTSTATUS NTAPI RtlCreateEnvironmentEx(PWSTR source, PWSTR *environment, ULONG flags)
{
    SIZE_T size = sizeof(WCHAR) * 2;
    PWSTR block;

    if (flags & ~2u) /* 2: RTL_CREATE_ENVIRONMENT_EMPTY */
        return STATUS_INVALID_PARAMETER;
    if (flags & 2)
        source = NULL;
    if (source)
        size = block_length(source) * sizeof(WCHAR);
    if (!(block = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size)))
        return STATUS_NO_MEMORY;
    if (source)
        memcpy(block, source, size);
    *environment = block;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateEnvironment(BOOLEAN inherit, PWSTR *environment)
{
    RtlAcquirePebLock();
    NTSTATUS status = RtlCreateEnvironmentEx(inherit ? rtl_peb()->ProcessParameters->Environment : NULL,
                                             environment, inherit ? 0 : 2);
    RtlReleasePebLock();
    return status;
}

NTSTATUS NTAPI RtlDestroyEnvironment(PWSTR environment)
{
    free_block(environment);
    return STATUS_SUCCESS;
}

/* value NULL deletes; deleting what is not there succeeds. */
NTSTATUS NTAPI RtlSetEnvironmentVar(PWSTR *environment, PCWSTR name, SIZE_T length, PCWSTR value,
                                    SIZE_T value_length)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = rtl_peb()->ProcessParameters;
    NTSTATUS status = STATUS_SUCCESS;
    PWSTR place;

    if (!length)
        return STATUS_INVALID_PARAMETER;
    for (SIZE_T i = 1; i < length; i++)
        if (name[i] == '=')
            return STATUS_INVALID_PARAMETER;
    if (length > 0x7fff || value_length > 0x3fffffff)
        return STATUS_INVALID_PARAMETER;
    if (!environment)
        RtlAcquirePebLock();
    PWSTR *link = environment ? environment : &parameters->Environment, block = *link;
    if (!block) {
        if (!NT_SUCCESS(status = RtlCreateEnvironmentEx(NULL, link, 2)))
            goto out;
        block = *link;
    }
    PWSTR entry = find(block, name, length, &place);
    SIZE_T old_entry = entry ? wcslen(entry) + 1 : 0, new_entry = value ? length + 1 + value_length + 1 : 0;
    if (entry && old_entry == new_entry) {
        memcpy(entry + length + 1, value, value_length * sizeof(WCHAR));
        goto out;
    }
    if (!entry && !value)
        goto out;
    PWSTR from = entry ? entry : place;
    SIZE_T total = block_length(from ? from : block) + (from ? (SIZE_T)(from - block) : 0);
    if (!from)
        from = block + total - 1;
    SIZE_T offset = (SIZE_T)(from - block), fresh_total = total - old_entry + new_entry;
    if (fresh_total < 2)
        fresh_total = 2;
    SIZE_T capacity = is_heap_block(block) ? RtlSizeHeap(rtl_peb()->ProcessHeap, 0, block) : 0;
    PWSTR target = block;
    if (fresh_total * sizeof(WCHAR) > capacity) {
        target = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, fresh_total * sizeof(WCHAR) + 512);
        if (!target) {
            status = STATUS_NO_MEMORY;
            goto out;
        }
        memcpy(target, block, offset * sizeof(WCHAR));
    }
    memmove(target + offset + new_entry, from + old_entry, (total - offset - old_entry) * sizeof(WCHAR));
    if (value) {
        if (entry)
            memmove(target + offset, entry, length * sizeof(WCHAR)); /* keeps its case */
        else
            memcpy(target + offset, name, length * sizeof(WCHAR));
        target[offset + length] = '=';
        memcpy(target + offset + length + 1, value, value_length * sizeof(WCHAR));
        target[offset + length + 1 + value_length] = 0;
    }
    if (total - old_entry + new_entry < 2)
        target[1] = 0;
    *link = target;
    if (!environment) {
        parameters->EnvironmentSize = fresh_total * sizeof(WCHAR);
        parameters->EnvironmentVersion++;
    }
    if (target != block)
        free_block(block);
out:
    if (!environment)
        RtlReleasePebLock();
    return status;
}

NTSTATUS NTAPI RtlSetEnvironmentVariable(PWSTR *environment, PCUNICODE_STRING name, PCUNICODE_STRING value)
{
    return RtlSetEnvironmentVar(environment, name->Buffer, name->Length / sizeof(WCHAR),
                                value ? value->Buffer : NULL, value ? value->Length / sizeof(WCHAR) : 0);
}

/* Lengths in WCHARs. *ret_length without the terminator, or on STATUS_BUFFER_TOO_SMALL with it. */
NTSTATUS NTAPI RtlQueryEnvironmentVariable(PWSTR environment, PCWSTR name, SIZE_T length, PWSTR value,
                                           SIZE_T size, PSIZE_T ret_length)
{
    NTSTATUS status = STATUS_VARIABLE_NOT_FOUND;
    BOOLEAN lock = !environment;

    *ret_length = 0;
    if (!length)
        return STATUS_VARIABLE_NOT_FOUND;
    if (lock) {
        RtlAcquirePebLock();
        environment = rtl_peb()->ProcessParameters->Environment;
    }
    PWSTR entry = environment ? find(environment, name, length, NULL) : NULL;
    if (entry) {
        SIZE_T have = wcslen(entry + length + 1);
        if (have < size) {
            memcpy(value, entry + length + 1, (have + 1) * sizeof(WCHAR));
            *ret_length = have;
            status = STATUS_SUCCESS;
        } else if (have == size && have) {
            memcpy(value, entry + length + 1, have * sizeof(WCHAR));
            *ret_length = have + 1;
            status = STATUS_BUFFER_TOO_SMALL;
        } else {
            *ret_length = have + 1;
            status = STATUS_BUFFER_TOO_SMALL;
        }
    }
    if (lock)
        RtlReleasePebLock();
    return status;
}

NTSTATUS NTAPI RtlQueryEnvironmentVariable_U(PWSTR environment, PCUNICODE_STRING name, PUNICODE_STRING value)
{
    SIZE_T length, count = name->Length / sizeof(WCHAR);
    NTSTATUS status = STATUS_VARIABLE_NOT_FOUND;
    BOOLEAN lock = !environment;

    if (!count)
        return status;
    if (lock) {
        RtlAcquirePebLock();
        environment = rtl_peb()->ProcessParameters->Environment;
    }
    PWSTR entry = environment ? find(environment, name->Buffer, count, NULL) : NULL;
    if (entry) {
        length = wcslen(entry + count + 1);
        value->Length = (USHORT)(length * sizeof(WCHAR));
        if (length * sizeof(WCHAR) > value->MaximumLength)
            status = STATUS_BUFFER_TOO_SMALL;
        else {
            memcpy(value->Buffer, entry + count + 1, length * sizeof(WCHAR));
            if ((length + 1) * sizeof(WCHAR) <= value->MaximumLength)
                value->Buffer[length] = 0;
            status = STATUS_SUCCESS;
        }
    }
    if (lock)
        RtlReleasePebLock();
    return status;
}

/* Replaces %NAME%; an unknown name stays as it is. Lengths in WCHARs; *ret_length is what the whole
 * needs including a terminator. */
NTSTATUS NTAPI RtlExpandEnvironmentStrings(PWSTR environment, PCWSTR source, SIZE_T length, PWSTR destination,
                                           SIZE_T size, PSIZE_T ret_length)
{
    BOOLEAN lock = !environment;
    SIZE_T needed = 0;

    if (lock) {
        RtlAcquirePebLock();
        environment = rtl_peb()->ProcessParameters->Environment;
    }
    for (SIZE_T i = 0; i < length;) {
        PCWSTR text = source + i;
        SIZE_T count, skip;
        if (source[i] == '%') {
            SIZE_T end = i + 1;
            while (end < length && source[end] != '%')
                end++;
            PWSTR entry = end < length && end > i + 1 && environment
                              ? find(environment, source + i + 1, end - i - 1, NULL)
                              : NULL;
            if (entry) {
                text = entry + (end - i);
                count = wcslen(text);
                skip = end - i + 1;
            } else
                count = skip = end - i; /* up to, not with, the next % */
        } else {
            for (count = 1; i + count < length && source[i + count] != '%'; count++)
                ;
            skip = count;
        }
        for (SIZE_T k = 0; k < count; k++, needed++)
            if (needed < size)
                destination[needed] = text[k];
        i += skip;
    }
    if (lock)
        RtlReleasePebLock();
    if (ret_length)
        *ret_length = needed + 1;
    if (needed >= size) {
        if (size && destination)
            destination[size - 1] = 0;
        return STATUS_BUFFER_TOO_SMALL;
    }
    destination[needed] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlExpandEnvironmentStrings_U(PWSTR environment, PCUNICODE_STRING source,
                                             PUNICODE_STRING destination, PULONG ret_length)
{
    SIZE_T length;
    NTSTATUS status = RtlExpandEnvironmentStrings(environment, source->Buffer, source->Length / sizeof(WCHAR),
                                                  destination->Buffer,
                                                  destination->MaximumLength / sizeof(WCHAR), &length);
    if (ret_length)
        *ret_length = (ULONG)(length * sizeof(WCHAR));
    destination->Length = (USHORT)((NT_SUCCESS(status) ? length - 1 : 0) * sizeof(WCHAR));
    return status;
}

void NTAPI RtlSetCurrentEnvironment(PWSTR fresh, PWSTR *old)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = rtl_peb()->ProcessParameters;

    RtlAcquirePebLock();
    PWSTR before = parameters->Environment;
    parameters->Environment = fresh;
    parameters->EnvironmentSize = block_length(fresh) * sizeof(WCHAR);
    parameters->EnvironmentVersion++;
    RtlReleasePebLock();
    if (old)
        *old = before;
    else
        free_block(before);
}

/* The new block need not be sorted; Windows keeps its order too. */
NTSTATUS NTAPI RtlSetEnvironmentStrings(PCWSTR fresh, SIZE_T size)
{
    PWSTR block;
    (void)size;

    for (PCWSTR p = fresh; *p; p += wcslen(p) + 1)
        if (p[name_length(p)] != '=')
            return STATUS_INVALID_PARAMETER;
    NTSTATUS status = RtlCreateEnvironmentEx((PWSTR)fresh, &block, 0);
    if (NT_SUCCESS(status))
        RtlSetCurrentEnvironment(block, NULL);
    return status;
}
