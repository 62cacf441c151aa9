/*
 * A shell link's contents and its file form.
 */
#ifndef SHELL32_LINK_H
#define SHELL32_LINK_H

#include <windows.h>

enum { LINK_DESCRIPTION, LINK_RELATIVE, LINK_FOLDER, LINK_ARGUMENTS, LINK_ICON, LINK_PATH, LINK_TEXTS };

struct link_data {
    WCHAR *texts[LINK_TEXTS]; /* NULL: none; in the order that files have the first five */
    BYTE *items;              /* the item list with its end, or NULL */
    DWORD items_size;
    DWORD attributes, size; /* of the target when it was set */
    FILETIME created, accessed, written;
    int icon, show;
    WORD hotkey;
};

WCHAR *link_copy(const WCHAR *text);
void link_clear(struct link_data *data);
/* From and to the bytes of a file. *ret_bytes is the process heap's. */
HRESULT link_read(struct link_data *data, const BYTE *bytes, DWORD size);
HRESULT link_write(const struct link_data *data, BYTE **ret_bytes, DWORD *ret_size);

#endif
