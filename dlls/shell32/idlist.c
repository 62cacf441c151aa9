/*
 * Item lists as such: sequences of SHITEMIDs that end in an empty one.
 */
#include "shell.h"
#include <string.h>

static const BYTE *bytes(const void *pidl)
{
    return pidl;
}

/* Size of an item; 0 at the end. */
static WORD item_size(const void *pidl)
{
    WORD size;

    memcpy(&size, pidl, sizeof size);
    return size;
}

static PIDLIST_RELATIVE copy_items(const void *pidl, UINT size, UINT extra)
{
    BYTE *copy = shell_alloc(size + extra + sizeof(WORD));

    if (copy) {
        memcpy(copy, pidl, size);
        memset(copy + size, 0, sizeof(WORD));
    }
    return (PIDLIST_RELATIVE)copy;
}

/* Bytes without the end. */
static UINT items_size(const void *pidl)
{
    UINT size = 0;

    while (item_size(bytes(pidl) + size))
        size += item_size(bytes(pidl) + size);
    return size;
}

UINT WINAPI ILGetSize(PCUIDLIST_RELATIVE pidl)
{
    return pidl ? items_size(pidl) + (UINT)sizeof(WORD) : 0;
}

PUIDLIST_RELATIVE WINAPI ILGetNext(PCUIDLIST_RELATIVE pidl)
{
    const WORD size = pidl ? item_size(pidl) : 0;

    return size ? (PUIDLIST_RELATIVE)(bytes(pidl) + size) : NULL;
}

PIDLIST_RELATIVE WINAPI ILClone(PCUIDLIST_RELATIVE pidl)
{
    return pidl ? copy_items(pidl, items_size(pidl), 0) : NULL;
}

PITEMID_CHILD WINAPI ILCloneFirst(PCUIDLIST_RELATIVE pidl)
{
    return pidl ? (PITEMID_CHILD)copy_items(pidl, item_size(pidl), 0) : NULL;
}

/* Either may be NULL. */
PIDLIST_ABSOLUTE WINAPI ILCombine(PCIDLIST_ABSOLUTE first, PCUIDLIST_RELATIVE second)
{
    if (!first || !second)
        return first || second ? (PIDLIST_ABSOLUTE)ILClone(first ? (PCUIDLIST_RELATIVE)first : second) : NULL;
    const UINT first_size = items_size(first), second_size = items_size(second);
    BYTE *both = (BYTE *)copy_items(first, first_size, second_size);
    if (both)
        memcpy(both + first_size, second, second_size + sizeof(WORD));
    return (PIDLIST_ABSOLUTE)both;
}

void WINAPI ILFree(PIDLIST_RELATIVE pidl)
{
    shell_free(pidl);
}

PUITEMID_CHILD WINAPI ILFindLastID(PCUIDLIST_RELATIVE pidl)
{
    if (!pidl)
        return NULL;
    while (item_size(pidl) && item_size(bytes(pidl) + item_size(pidl)))
        pidl = ILGetNext(pidl);
    return (PUITEMID_CHILD)pidl;
}

BOOL WINAPI ILRemoveLastID(PUIDLIST_RELATIVE pidl)
{
    if (!pidl || !item_size(pidl))
        return FALSE;
    memset(ILFindLastID(pidl), 0, sizeof(WORD));
    return TRUE;
}

/* Puts the item at the end, or in front; the list given is freed. */
PIDLIST_RELATIVE WINAPI ILAppendID(PIDLIST_RELATIVE pidl, LPCSHITEMID item, BOOL append)
{
    PIDLIST_RELATIVE single = copy_items(item, item->cb, 0), both;

    if (!pidl || !single)
        return single;
    both = append ? (PIDLIST_RELATIVE)ILCombine((PCIDLIST_ABSOLUTE)pidl, single)
                  : (PIDLIST_RELATIVE)ILCombine((PCIDLIST_ABSOLUTE)single, pidl);
    ILFree(single);
    if (both)
        ILFree(pidl);
    return both;
}

/* Whether two items name the same: file system items by their names, whatever size and time they carry. */
static BOOL same_item(const void *a, const void *b)
{
    if (item_size(a) == item_size(b) && !memcmp(a, b, item_size(a)))
        return TRUE;
    PIDLIST_RELATIVE single_a = copy_items(a, item_size(a), 0), single_b = copy_items(b, item_size(b), 0);
    WCHAR name_a[MAX_PATH], name_b[MAX_PATH];
    const BOOL same = single_a && single_b && pidl_item_name(single_a, name_a) &&
                      pidl_item_name(single_b, name_b) &&
                      CompareStringOrdinal(name_a, -1, name_b, -1, TRUE) == CSTR_EQUAL;
    ILFree(single_a);
    ILFree(single_b);
    return same;
}

/* What is left of child behind parent's items; NULL: it is not below. */
static const BYTE *behind(PCIDLIST_ABSOLUTE parent, PCIDLIST_ABSOLUTE child)
{
    const BYTE *p = bytes(parent), *c = bytes(child);

    while (item_size(p)) {
        if (!item_size(c) || !same_item(p, c))
            return NULL;
        p += item_size(p);
        c += item_size(c);
    }
    return c;
}

BOOL WINAPI ILIsEqual(PCIDLIST_ABSOLUTE first, PCIDLIST_ABSOLUTE second)
{
    const BYTE *rest = first && second ? behind(first, second) : NULL;

    return rest ? !item_size(rest) : first == second;
}

BOOL WINAPI ILIsParent(PCIDLIST_ABSOLUTE parent, PCIDLIST_ABSOLUTE child, BOOL immediate)
{
    const BYTE *rest = parent && child ? behind(parent, child) : NULL;

    return rest && (!immediate || (item_size(rest) && !item_size(rest + item_size(rest))));
}

PUIDLIST_RELATIVE WINAPI ILFindChild(PIDLIST_ABSOLUTE parent, PCIDLIST_ABSOLUTE child)
{
    return parent && child ? (PUIDLIST_RELATIVE)behind(parent, child) : NULL;
}

/* ---------------------------------------------------------------- streams: a size and the bytes */

HRESULT WINAPI ILSaveToStream(IStream *stream, PCUIDLIST_RELATIVE pidl)
{
    const ULONG size = ILGetSize(pidl);
    ULONG written;

    if (!stream || !pidl)
        return E_INVALIDARG;
    HRESULT result = IStream_Write(stream, &size, sizeof size, &written);
    if (SUCCEEDED(result))
        result = IStream_Write(stream, pidl, size, &written);
    return result;
}

HRESULT WINAPI ILLoadFromStreamEx(IStream *stream, PIDLIST_RELATIVE *ret_pidl)
{
    ULONG size = 0, read = 0, at = 0;

    if (!stream || !ret_pidl)
        return E_INVALIDARG;
    *ret_pidl = NULL;
    HRESULT result = IStream_Read(stream, &size, sizeof size, &read);
    if (FAILED(result) || read != sizeof size)
        return FAILED(result) ? result : E_FAIL;
    if (size < sizeof(WORD) || size > 0x10000)
        return E_FAIL;
    BYTE *pidl = shell_alloc(size);
    if (!pidl)
        return E_OUTOFMEMORY;
    result = IStream_Read(stream, pidl, size, &read);
    while (SUCCEEDED(result) && read == size && at + sizeof(WORD) <= size && item_size(pidl + at))
        at += item_size(pidl + at);
    if (FAILED(result) || read != size || at + sizeof(WORD) != size) {
        shell_free(pidl);
        return FAILED(result) ? result : E_FAIL;
    }
    *ret_pidl = (PIDLIST_RELATIVE)pidl;
    return S_OK;
}

/* As the other; what was there is freed first. */
HRESULT WINAPI ILLoadFromStream(IStream *stream, PIDLIST_RELATIVE *pidl)
{
    if (!pidl)
        return E_INVALIDARG;
    ILFree(*pidl);
    return ILLoadFromStreamEx(stream, pidl);
}
