/*
 * A dump on its way. All that needs the heap happens before the other threads are suspended (one of them may
 * hold its lock); from then on memory comes from VirtualAlloc only.
 */
#ifndef DBGHELP_MINIDUMP_H
#define DBGHELP_MINIDUMP_H

#include <windows.h>

#include <dbghelp.h>

enum { STREAM_MAX = 64, NAME_MAX_CHARS = 1024 };

/* A growing array in pages of its own. */
struct dump_array {
    BYTE *data;
    SIZE_T used, capacity;
};

struct dump_thread {
    DWORD id;
    HANDLE handle; /* NULL: could not be opened */
    BOOL suspended;
    ULONG flags; /* ThreadWrite... */
    DWORD suspend_count;
    ULONG64 teb, stack_base, stack_limit;
    CONTEXT context;
};

struct dump_module {
    ULONG64 base;
    DWORD size;
    ULONG flags; /* ModuleWrite... */
    VS_FIXEDFILEINFO version;
    WCHAR name[NAME_MAX_CHARS];
};

/* Memory to be written; where its address in the file goes, or 0. */
struct dump_range {
    ULONG64 start;
    SIZE_T size;
    ULONG32 patch;
};

struct dump {
    HANDLE process, file;
    DWORD process_id;
    ULONG type;
    const MINIDUMP_CALLBACK_INFORMATION *callback;
    struct dump_array threads, modules, ranges, blob;
    MINIDUMP_DIRECTORY directory[STREAM_MAX];
    ULONG streams;
    HRESULT error;
};

/* Room for `size` bytes, zeroed; NULL and the dump's error if there is no memory. */
void *dump_extend(struct dump *dump, struct dump_array *array, SIZE_T size);

/* Offset in the file of a piece of `size` bytes, aligned to 4; append: with the data, or a counted string. */
ULONG32 dump_reserve(struct dump *dump, SIZE_T size);
ULONG32 dump_append(struct dump *dump, const void *data, SIZE_T size);
ULONG32 dump_append_string(struct dump *dump, const WCHAR *text);

/* Enters what is at rva into the directory. */
void dump_add_stream(struct dump *dump, ULONG type, ULONG32 rva, ULONG32 size);

/* Memory of the process; FALSE: not all of it can be read. */
BOOL dump_read(const struct dump *dump, ULONG64 address, void *to, SIZE_T size);

/* Only what can be read: memory is given up from the first page on that cannot. patch: where in the blob its
 * place in the file goes, or 0. */
void dump_add_range(struct dump *dump, ULONG64 start, SIZE_T size, ULONG32 patch);

/* Calls for every region of the process. */
void dump_for_regions(struct dump *dump, void (*call)(struct dump *, const MEMORY_BASIC_INFORMATION *));

/* minidump_collect.c: the threads and modules that the callback wants. */
void dump_list_threads(struct dump *dump);
void dump_list_modules(struct dump *dump);
/* From here on nothing may touch the heap; until resume, which also closes the threads' handles. */
void dump_suspend_threads(struct dump *dump);
void dump_resume_threads(struct dump *dump);

/* minidump_streams.c: all streams but those of memory. */
void dump_write_streams(struct dump *dump, const MINIDUMP_EXCEPTION_INFORMATION *exception,
                        const MINIDUMP_USER_STREAM_INFORMATION *user);
/* Seconds since a time, both in units of 100 ns; 0 if it was before. */
ULONG32 dump_seconds(const FILETIME *time, ULONG64 since);

#endif
