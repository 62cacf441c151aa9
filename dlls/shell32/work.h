/*
 * Work on files and folders as the shell does it: whole trees, collisions, the recycle bin.
 */
#ifndef SHELL32_WORK_H
#define SHELL32_WORK_H

#include "shell.h"

/* One run. Nobody can be asked yet: what needs a confirmation that the flags do not give is cancelled. */
struct work {
    DWORD flags;       /* FOF_..., FOFX_... */
    BOOL aborted;      /* something was cancelled */
    BOOL only_recycle; /* what no bin takes stays */
};

/* The new object is folder\name. *ret_path (may be NULL): what it became, the process heap's. Failures are
 * HRESULTs of Win32 errors and COPYENGINE_E_... */
HRESULT work_copy(struct work *work, const WCHAR *from, const WCHAR *folder, const WCHAR *name,
                  WCHAR **ret_path);
HRESULT work_move(struct work *work, const WCHAR *from, const WCHAR *folder, const WCHAR *name,
                  WCHAR **ret_path);
HRESULT work_delete(struct work *work, const WCHAR *path);

/* All of the recycle bins of a drive, or of all drives (0). */
HRESULT work_bin(WCHAR letter, BOOL empty, ULONGLONG *ret_count, ULONGLONG *ret_size);

#endif
