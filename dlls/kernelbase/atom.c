/*
 * Atoms: the process's table and the global one. That one is the process's too: no other process sees its
 * atoms, which only those miss that exchange atoms (DDE).
 */
#include "kernelbase.h"

static PVOID local_table, global_table;

static PVOID table_of(PVOID *table)
{
    PVOID fresh = NULL, expected = NULL;

    if (!*table && NT_SUCCESS(RtlCreateAtomTable(37, &fresh)) &&
        !__atomic_compare_exchange_n(table, &expected, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        RtlDestroyAtomTable(fresh);
    return *table;
}

typedef NTSTATUS(NTAPI *name_function)(PVOID Table, PCWSTR Name, PRTL_ATOM Atom);

static ATOM by_name(PVOID *table, name_function function, LPCWSTR name)
{
    RTL_ATOM atom = 0;

    return set_status(function(table_of(table), name, &atom)) ? atom : 0;
}

static ATOM by_ansi_name(PVOID *table, name_function function, LPCSTR name)
{
    WCHAR *wide;

    if (!((ULONG_PTR)name >> 16))
        return by_name(table, function, (LPCWSTR)name);
    if (!ansi_to_wide(name, &wide))
        return 0;
    ATOM atom = by_name(table, function, wide);
    free_wide(wide);
    return atom;
}

static ATOM delete_atom(PVOID *table, ATOM atom)
{
    return set_status(RtlDeleteAtomFromAtomTable(table_of(table), atom)) ? 0 : atom;
}

static UINT get_name(PVOID *table, ATOM atom, LPWSTR buffer, int size)
{
    ULONG length = (ULONG)size * sizeof(WCHAR);

    if (size <= 0) {
        SetLastError(ERROR_MORE_DATA);
        return 0;
    }
    if (!set_status(RtlQueryAtomInAtomTable(table_of(table), atom, NULL, NULL, buffer, &length)))
        return 0;
    return length / sizeof(WCHAR);
}

static UINT get_ansi_name(PVOID *table, ATOM atom, LPSTR buffer, int size)
{
    WCHAR name[256];

    if (size <= 0) {
        SetLastError(ERROR_MORE_DATA);
        return 0;
    }
    if (!get_name(table, atom, name, 256))
        return 0;
    DWORD needed = wide_to_ansi(name, -1, buffer, (DWORD)size);
    if (needed > (DWORD)size) {
        SetLastError(ERROR_MORE_DATA);
        return 0;
    }
    return needed - 1;
}

BOOL WINAPI InitAtomTable(DWORD size)
{
    return local_table ? TRUE : set_status(RtlCreateAtomTable(size, &local_table));
}

ATOM WINAPI AddAtomW(LPCWSTR name)
{
    return by_name(&local_table, RtlAddAtomToAtomTable, name);
}
ATOM WINAPI AddAtomA(LPCSTR name)
{
    return by_ansi_name(&local_table, RtlAddAtomToAtomTable, name);
}
ATOM WINAPI FindAtomW(LPCWSTR name)
{
    return by_name(&local_table, RtlLookupAtomInAtomTable, name);
}
ATOM WINAPI FindAtomA(LPCSTR name)
{
    return by_ansi_name(&local_table, RtlLookupAtomInAtomTable, name);
}
ATOM WINAPI DeleteAtom(ATOM atom)
{
    return delete_atom(&local_table, atom);
}
UINT WINAPI GetAtomNameW(ATOM atom, LPWSTR buffer, int size)
{
    return get_name(&local_table, atom, buffer, size);
}
UINT WINAPI GetAtomNameA(ATOM atom, LPSTR buffer, int size)
{
    return get_ansi_name(&local_table, atom, buffer, size);
}
ATOM WINAPI GlobalAddAtomW(LPCWSTR name)
{
    return by_name(&global_table, RtlAddAtomToAtomTable, name);
}
ATOM WINAPI GlobalAddAtomA(LPCSTR name)
{
    return by_ansi_name(&global_table, RtlAddAtomToAtomTable, name);
}
ATOM WINAPI GlobalFindAtomW(LPCWSTR name)
{
    return by_name(&global_table, RtlLookupAtomInAtomTable, name);
}
ATOM WINAPI GlobalFindAtomA(LPCSTR name)
{
    return by_ansi_name(&global_table, RtlLookupAtomInAtomTable, name);
}
ATOM WINAPI GlobalDeleteAtom(ATOM atom)
{
    return delete_atom(&global_table, atom);
}
UINT WINAPI GlobalGetAtomNameW(ATOM atom, LPWSTR buffer, int size)
{
    return get_name(&global_table, atom, buffer, size);
}
UINT WINAPI GlobalGetAtomNameA(ATOM atom, LPSTR buffer, int size)
{
    return get_ansi_name(&global_table, atom, buffer, size);
}
