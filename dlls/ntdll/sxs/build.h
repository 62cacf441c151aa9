/*
 * Making the flat data of a context: the buffers and sections that build.c puts together and declare.c
 * fills from a manifest's declarations.
 */
#ifndef SXS_BUILD_H
#define SXS_BUILD_H

#include "private.h"

struct buffer {
    UCHAR *bytes;
    ULONG size, capacity;
    BOOLEAN failed; /* no memory; everything else is ignored then */
};

struct section {
    ULONG id;
    BOOLEAN by_guid;
    struct buffer data;    /* begins with room for the header */
    struct buffer entries; /* ACTIVATION_CONTEXT_..._SECTION_ENTRY */
    ULONG count;
    ULONG user_offset, user_size;
};

struct flattener {
    const struct sxs_build *build;
    struct section information, dlls, classes, servers, interfaces, libraries, programs, surrogates, settings;
    struct buffer compatibility;
    ULONG roster;    /* index of the assembly at hand, from 1 */
    NTSTATUS status; /* first error */
};

/* Room for `size` bytes, zeroed and aligned; its offset. */
ULONG sxs_reserve(struct buffer *buffer, ULONG size);
ULONG sxs_put(struct buffer *buffer, const void *bytes, ULONG size);
ULONG sxs_put_text(struct buffer *buffer, struct xml_text text); /* terminated; 0 for none */
struct xml_text sxs_literal(const WCHAR *text);
void sxs_error(struct flattener *f, const WCHAR *what, struct xml_text detail);

/* Entries for the data from offset to the section's end. Keys are unique: look before. */
BOOLEAN sxs_has_string(const struct section *section, struct xml_text key);
void sxs_add_string(struct flattener *f, struct section *section, struct xml_text key, ULONG offset);
BOOLEAN sxs_has_guid(const struct section *section, const GUID *key);
void sxs_add_guid(struct flattener *f, struct section *section, const GUID *key, ULONG offset);

/* Fills in a field of a structure that was reserved before. */
#define FIELD(section, offset, type, field) (((type *)(void *)((section)->data.bytes + (offset)))->field)

/* A string of a structure, as length and offset: from the structure (base) or the section (base 0). */
#define SET_TEXT(section, offset, type, member, text, base)                                                  \
    do {                                                                                                     \
        struct xml_text set_text = (text);                                                                   \
        ULONG set_offset = sxs_put_text(&(section)->data, set_text);                                         \
        if (set_offset && !(section)->data.failed) {                                                         \
            FIELD(section, offset, type, member##Length) = set_text.length * sizeof(WCHAR);                  \
            FIELD(section, offset, type, member##Offset) = set_offset - (base);                              \
        }                                                                                                    \
    } while (0)

/* declare.c: the elements of a manifest */
void sxs_add_file(struct flattener *f, const struct sxs_assembly *assembly,
                  const struct xml_element *element);
void sxs_add_server(struct flattener *f, struct xml_text file, const struct xml_element *element);
void sxs_add_interface(struct flattener *f, const struct xml_element *element, BOOLEAN external);
void sxs_add_surrogate(struct flattener *f, const struct xml_element *element);
void sxs_add_settings(struct flattener *f, const struct xml_element *application);
void sxs_add_compatibility(struct flattener *f, const struct xml_element *compatibility);
void sxs_read_run_level(const struct xml_element *trust, ULONG *ret_level, ULONG *ret_ui_access);

#endif
