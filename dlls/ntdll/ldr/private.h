/*
 * The loader's own state and the interfaces between its files. Everything that changes the module
 * graph happens under the loader lock (a recursive critical section, the process's outermost lock);
 * name look-ups only need the table lock, address look-ups none.
 */
#ifndef LDR_PRIVATE_H
#define LDR_PRIVATE_H

#include <nt/ldr.h>
#include <nt/syscalls.h>
#include <nt/rtl.h>
#include <stdint.h>

/* of the path, exception and Unicode parts of ntdll */
ULONG NTAPI RtlGetFullPathName_U(PCWSTR Name, ULONG Size, PWSTR Buffer, PWSTR *FilePart);
VOID NTAPI RtlRaiseStatus(NTSTATUS Status);
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c);
NTSTATUS NTAPI RtlUnicodeToUTF8N(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                 ULONG from_size);
NTSTATUS NTAPI RtlUnicodeToMultiByteN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                      ULONG from_size);

#define LDR_BUCKETS 32 /* as on Windows: programs that follow HashLinks expect the table */

enum ldr_state {
    LDR_STATE_MAPPED,       /* in the lists, imports may not be bound yet */
    LDR_STATE_BOUND,        /* imports bound, entry point not yet called */
    LDR_STATE_INITIALIZING, /* entry point is being called, or its dependencies' are */
    LDR_STATE_READY,
    LDR_STATE_FAILED, /* DllMain refused */
};

/* Where our own DLLs are seen. Not read from KUSER_SHARED_DATA: touching that page starts its ticker. */
#define LDR_SYSTEM_FOLDER L"C:\\windows\\system32\\"

struct ldr_module {
    LDR_DATA_TABLE_ENTRY entry; /* first: the module is its entry */
    IMAGE_NT_HEADERS *nt;
    const IMAGE_EXPORT_DIRECTORY *exports; /* NULL: none */
    ULONG exports_size;
    const ULONG *functions, *names;
    const USHORT *ordinals;
    ULONG function_count, name_count;
    ULONG last_name;                 /* index of the last name found: imports come in order */
    struct ldr_module *last_forward; /* last module a forwarder led to */
    LONG references;                 /* explicit loads; LDR_PINNED: never unloaded */
    UCHAR state;
    BOOLEAN builtin; /* one of our own DLLs, from the system folder */
    BOOLEAN marked;  /* scratch of graph walks */
    BOOLEAN has_tls;
    BOOLEAN initialized_links; /* in InInitializationOrderModuleList */
    struct ldr_module **dependencies;
    ULONG dependency_count, dependency_capacity;
    ULONG tls_size, tls_zero; /* template bytes, zero bytes after it */
    const void *tls_template;
    WCHAR *full_path;
};

#define LDR_PINNED 0x7fffffff

/* How one LoadLibrary (or the process start) looks for files; inherited by dependencies. */
struct ldr_load {
    ULONG flags;              /* LOAD_LIBRARY_* */
    const WCHAR *search_path; /* LdrLoadDll's own search path, or NULL */
    const WCHAR *altered; /* directory of the DLL that was asked for, with a trailing backslash, or NULL */
    BOOLEAN startup;      /* process start: what is missing does not stop it */
    BOOLEAN no_resolve;   /* DONT_RESOLVE_DLL_REFERENCES */
};

/* A thread's static TLS. The vector the TEB points to is `slots`. */
struct ldr_tls_vector {
    LIST_ENTRY link;
    TEB *teb;
    struct ldr_tls_vector *retired; /* smaller vectors that code of this thread may still hold */
    ULONG capacity;
    void *slots[];
};

extern RTL_CRITICAL_SECTION ldr_lock; /* the loader lock */
extern struct ldr_module *ldr_exe, *ldr_ntdll;
extern BOOLEAN ldr_shutting_down;
extern ULONG ldr_default_directories;

static inline PEB *ldr_peb(void)
{
    return rtl_peb();
}

static inline TEB *ldr_teb(void)
{
    return rtl_teb();
}

/* memory of the process heap; ldr_allocate zeroes */
void *ldr_allocate(SIZE_T size);
void ldr_free(void *block);

static inline WCHAR ldr_upcase(WCHAR c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    return RtlUpcaseUnicodeChar(c);
}

ULONG ldr_hash(const WCHAR *name, ULONG length); /* of `length` WCHARs, case-folded */
BOOLEAN ldr_equal(const WCHAR *a, const WCHAR *b, ULONG length);
BOOLEAN ldr_equal_string(const UNICODE_STRING *a, const WCHAR *b, ULONG length);
ULONG ldr_wcslen(const WCHAR *s);

/* Pointer to `size` bytes at the rva, or NULL if they are not inside the image. */
static inline void *ldr_rva(const struct ldr_module *module, ULONG rva, ULONG size)
{
    if (rva >= module->entry.SizeOfImage || size > module->entry.SizeOfImage - rva)
        return NULL;
    return (char *)module->entry.DllBase + rva;
}

IMAGE_DATA_DIRECTORY *ldr_directory(const struct ldr_module *module, ULONG index);

/* module.c */
NTSTATUS ldr_add_module(void *base, const WCHAR *full_path, ULONG full_length, BOOLEAN builtin,
                        struct ldr_module **ret_module);
void ldr_remove_module(struct ldr_module *module);
struct ldr_module *ldr_find_base_name(const WCHAR *name, ULONG length);
struct ldr_module *ldr_find_full_name(const WCHAR *path, ULONG length);
struct ldr_module *ldr_module_from_address(const void *address);
struct ldr_module *ldr_module_from_handle(PVOID handle);
NTSTATUS ldr_add_dependency(struct ldr_module *module, struct ldr_module *on);
void ldr_notify(struct ldr_module *module, ULONG reason);

/* load.c: all with the loader lock */
NTSTATUS ldr_load_module(const struct ldr_load *load, const WCHAR *name, ULONG length,
                         struct ldr_module *parent, struct ldr_module **ret_module);
NTSTATUS ldr_load_and_attach(const struct ldr_load *load, const WCHAR *name, ULONG length,
                             struct ldr_module **ret_module);
NTSTATUS ldr_find_loaded(const WCHAR *name, ULONG length, struct ldr_module **ret_module);
/* Completes a name: strips one trailing dot, else appends .dll when the last component has no dot.
 * Returns the length written to `to`, 0 if it does not fit. */
ULONG ldr_complete_name(const WCHAR *name, ULONG length, WCHAR *to, ULONG capacity);

/* search.c */
NTSTATUS ldr_search(const struct ldr_load *load, const WCHAR *name, ULONG length, void **ret_base,
                    const WCHAR **ret_path, ULONG *ret_length, BOOLEAN *ret_builtin);
NTSTATUS ldr_map_system(const WCHAR *name, ULONG length, void **ret_base, const WCHAR **ret_path,
                        ULONG *ret_length);

/* Memory or address space is used up: nothing is missing that could be named. */
static inline BOOLEAN ldr_is_exhausted(NTSTATUS status)
{
    return status == STATUS_NO_MEMORY || status == STATUS_INSUFFICIENT_RESOURCES ||
           status == STATUS_COMMITMENT_LIMIT;
}

/* import.c */
NTSTATUS ldr_bind_imports(const struct ldr_load *load, struct ldr_module *module);
void *ldr_missing_thunk(const char *dll, const char *function);

/* export.c */
NTSTATUS ldr_resolve(const struct ldr_load *load, struct ldr_module *module, const char *name, ULONG ordinal,
                     ULONG hint, struct ldr_module *importer, void **ret_address);
void ldr_forget_exports(struct ldr_module *module);
void ldr_set_exports(struct ldr_module *module);

/* apiset.c: the host of an API-set name, as a base name; FALSE if it is not one we know */
BOOLEAN ldr_apiset_is(const WCHAR *name, ULONG length);
BOOLEAN ldr_apiset_resolve(const WCHAR *name, ULONG length, const WCHAR **ret_host, ULONG *ret_length);
void ldr_apiset_initialize(void);

/* Calls a DLL's entry point or TLS callback; i386 ones need care (i386/start.S). */
#ifdef _WIN64
static inline BOOL ldr_call_entry(void *entry, void *instance, ULONG reason, void *reserved)
{
    return ((BOOL(WINAPI *)(void *, ULONG, void *))entry)(instance, reason, reserved);
}
#else
BOOL __cdecl ldr_call_entry(void *entry, void *instance, ULONG reason, void *reserved);
#endif

/* attach.c */
NTSTATUS ldr_attach(struct ldr_module *root, void *reserved);
void ldr_call_threads(ULONG reason);
void ldr_detach(struct ldr_module *module, void *reserved);

/* unload.c */
void ldr_collect(void);

/* tls.c */
NTSTATUS ldr_tls_add_module(struct ldr_module *module);
void ldr_tls_remove_module(struct ldr_module *module);
NTSTATUS ldr_tls_thread_init(void);
void ldr_tls_thread_free(void);
void ldr_tls_callbacks(struct ldr_module *module, ULONG reason, void *reserved);

/* init.c */
void ldr_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
