/*
 * What shell32's files share: item lists of file system objects and what stands behind them.
 */
#ifndef SHELL32_SHELL_H
#define SHELL32_SHELL_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <shellapi.h>
#include <shlobj.h>

enum { SHELL_PATH_MAX = 32768 };

/* The kind of what an absolute item list names. */
enum item_kind { ITEM_INVALID, ITEM_DESKTOP, ITEM_COMPUTER, ITEM_DRIVE, ITEM_FILE };

/* Item list for a full path; the last item has data's properties, or those that its place in the path
 * suggests (a simple item list). NULL: no memory. */
PIDLIST_ABSOLUTE pidl_from_full_path(const WCHAR *path, const WIN32_FIND_DATAW *data);

/* Parses a path or "::{...}". simple: the object need not exist. */
HRESULT pidl_parse(const WCHAR *name, BOOL simple, PIDLIST_ABSOLUTE *ret_pidl);

/* The path, process heap; NULL with kind ITEM_COMPUTER or ITEM_INVALID, or without memory. The desktop has
 * one. */
WCHAR *pidl_path(PCIDLIST_ABSOLUTE pidl, enum item_kind *ret_kind);

/* The name that an item itself has, of at most MAX_PATH characters; FALSE: none. */
BOOL pidl_item_name(PCUIDLIST_RELATIVE pidl, WCHAR *ret_name);

/* SFGAO_... of mask that the object has. */
SFGAOF pidl_attributes(PCIDLIST_ABSOLUTE pidl, SFGAOF mask);

/* One of the names of SIGDN, process heap. */
HRESULT pidl_name(PCIDLIST_ABSOLUTE pidl, SIGDN which, WCHAR **ret_name);

/* An enumerator (IEnumShellItems) of what is in a folder. */
HRESULT item_children(PCIDLIST_ABSOLUTE folder, REFIID iid, void **ret);

/* The process heap is CoTaskMemAlloc's. */
void *shell_alloc(SIZE_T size);
void shell_free(void *block);
WCHAR *shell_copy(const WCHAR *text);
WCHAR *shell_join(const WCHAR *folder, const WCHAR *name); /* folder\name */
WCHAR *shell_wide(const char *text);                       /* ANSI; NULL stays NULL */
WCHAR *shell_full_path(const WCHAR *path);
const WCHAR *shell_file_name(const WCHAR *path);

/* The classes that CoCreateInstance finds here. */
HRESULT link_create(REFIID iid, void **ret);
HRESULT operation_create(REFIID iid, void **ret);

#endif
