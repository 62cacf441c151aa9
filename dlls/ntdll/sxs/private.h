/*
 * What the files of the side-by-side part share: assemblies as they are found, and the contexts made
 * from them.
 */
#ifndef SXS_PRIVATE_H
#define SXS_PRIVATE_H

#include "../ldr/private.h"
#include "xml.h"
#include <nt/sxs.h>

#define SXS_V1            L"urn:schemas-microsoft-com:asm.v1"
#define SXS_V2            L"urn:schemas-microsoft-com:asm.v2"
#define SXS_V3            L"urn:schemas-microsoft-com:asm.v3"
#define SXS_COMPATIBILITY L"urn:schemas-microsoft-com:compatibility.v1"
#define SXS_SETTINGS      L"http://schemas.microsoft.com/SMI/"
#define SXS_SETTINGS_2005 SXS_SETTINGS L"2005/WindowsSettings"

#ifdef _WIN64
#define SXS_ARCHITECTURE L"amd64"
#else
#define SXS_ARCHITECTURE L"x86"
#endif

struct sxs_identity {
    struct xml_text type, name, architecture, token, language; /* text NULL: not given */
    USHORT version[4];
    BOOLEAN has_version;
};

struct sxs_assembly {
    struct xml_document document; /* root NULL: one of those that come with the system */
    struct sxs_identity identity;
    WCHAR *manifest;          /* full path */
    ULONG directory_length;   /* of the manifest's path, with the backslash */
    LARGE_INTEGER written;    /* the manifest's last write time */
    const WCHAR *system_name; /* of the assembly's folder, for those of the system */
};

struct sxs_build {
    const struct sxs_source *source;
    struct sxs_assembly *assemblies; /* the root first */
    ULONG count, capacity;
    WCHAR *directory; /* of the application, with a trailing backslash */
    ULONG directory_length;
    UNICODE_STRING *reason; /* of a failure; NULL: nobody asks */
};

/* assembly.c: the root and everything it depends on. Freed by sxs_free_build, also after a failure. */
NTSTATUS sxs_load(struct sxs_build *build);
void sxs_free_build(struct sxs_build *build);
ULONG sxs_encode_identity(const struct sxs_identity *identity, WCHAR *to); /* length; `to` may be NULL */
NTSTATUS sxs_fail(struct sxs_build *build, const WCHAR *format, struct xml_text detail);

/* build.c: the flat data, from the process heap */
NTSTATUS sxs_flatten(const struct sxs_build *build, ACTIVATION_CONTEXT_DATA **ret_data);
ULONG sxs_hash(const WCHAR *text, ULONG length);
BOOLEAN sxs_parse_version(struct xml_text text, USHORT *version, ULONG count);

/* context.c */
struct _ACTIVATION_CONTEXT {
    ULONG magic;
    LONG references;
    BOOLEAN zombie;
    const ACTIVATION_CONTEXT_DATA *data;
    PACTIVATION_CONTEXT_NOTIFY_ROUTINE notify;
    PVOID notify_context;
};
extern ACTIVATION_CONTEXT *sxs_process_default;     /* set once */
ACTIVATION_CONTEXT *sxs_active(BOOLEAN *ret_found); /* the thread's, not referenced; NULL: process default */
const ACTIVATION_CONTEXT_DATA *sxs_data(ACTIVATION_CONTEXT *context);

/* find.c */
const void *sxs_section(const ACTIVATION_CONTEXT_DATA *data, ULONG id, ULONG *ret_size, ULONG *ret_format);
const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *sxs_find_string(
    const ACTIVATION_CONTEXT_STRING_SECTION_HEADER *section, const WCHAR *key, ULONG length);

/* loader.c: for the module loader; with the loader lock */
NTSTATUS sxs_start_process(UNICODE_STRING *reason);    /* the default context, from the program's manifest */
NTSTATUS sxs_module_loaded(struct ldr_module *module); /* its own context, from its manifest */
BOOLEAN sxs_redirect(const WCHAR *name, ULONG length, WCHAR **ret_path, ULONG *ret_length);

#endif
