/*
 * Atoms: the process's table and the global one (global_atom.c). What stands for integers is in no table.
 */
#include "global_atom.h"
#include "kernelbase.h"

static PVOID local_table, global_table; /* the latter is used only where nothing can be shared */

enum { FIRST_ATOM = 0xc000 };

static PVOID table_of(PVOID *table)
{
    PVOID fresh = NULL, expected = NULL;

    if (!*table && NT_SUCCESS(RtlCreateAtomTable(37, &fresh)) &&
        !__atomic_compare_exchange_n(table, &expected, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        RtlDestroyAtomTable(fresh);
    return *table;
}

/* As RtlAddAtomToAtomTable and RtlLookupAtomInAtomTable, for the global table. */
static NTSTATUS global_by_name(PVOID table, PCWSTR name, PRTL_ATOM atom, BOOL add)
{
    NTSTATUS status = RtlLookupAtomInAtomTable(table, name, atom); /* an integer, or no name at all */
    if (status != STATUS_OBJECT_NAME_NOT_FOUND)
        return status;
    status = global_atom_by_name(name, add, atom);
    return status == STATUS_NOT_SUPPORTED
               ? add ? RtlAddAtomToAtomTable(table, name, atom) : STATUS_OBJECT_NAME_NOT_FOUND
               : status;
}

static NTSTATUS NTAPI add_global(PVOID table, PCWSTR name, PRTL_ATOM atom)
{
    return global_by_name(table, name, atom, TRUE);
}

static NTSTATUS NTAPI find_global(PVOID table, PCWSTR name, PRTL_ATOM atom)
{
    return global_by_name(table, name, atom, FALSE);
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
    NTSTATUS status = STATUS_NOT_SUPPORTED;

    if (table == &global_table && atom >= FIRST_ATOM)
        status = global_atom_delete(atom);
    if (status == STATUS_NOT_SUPPORTED)
        status = RtlDeleteAtomFromAtomTable(table_of(table), atom);
    return set_status(status) ? 0 : atom;
}

static UINT get_name(PVOID *table, ATOM atom, LPWSTR buffer, int size)
{
    ULONG length = (ULONG)size * sizeof(WCHAR);

    if (size <= 0) {
        SetLastError(ERROR_MORE_DATA);
        return 0;
    }
    NTSTATUS status = STATUS_NOT_SUPPORTED;
    if (table == &global_table && atom >= FIRST_ATOM)
        status = global_atom_name(atom, buffer, &length);
    if (status == STATUS_NOT_SUPPORTED)
        status = RtlQueryAtomInAtomTable(table_of(table), atom, NULL, NULL, buffer, &length);
    if (!set_status(status))
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
    return by_name(&global_table, add_global, name);
}
ATOM WINAPI GlobalAddAtomA(LPCSTR name)
{
    return by_ansi_name(&global_table, add_global, name);
}
ATOM WINAPI GlobalFindAtomW(LPCWSTR name)
{
    return by_name(&global_table, find_global, name);
}
ATOM WINAPI GlobalFindAtomA(LPCSTR name)
{
    return by_ansi_name(&global_table, find_global, name);
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
