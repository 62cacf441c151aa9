/*
 * A small XML parser for manifests: the whole document as a tree, names resolved to namespaces. Strict
 * about well-formedness; document type declarations are declined.
 */
#ifndef SXS_XML_H
#define SXS_XML_H

#include <nt/base.h>

struct xml_text {
    const WCHAR *text; /* not terminated */
    ULONG length;      /* in WCHARs */
};

struct xml_attribute {
    struct xml_attribute *next;
    struct xml_text prefix, name, value;
    struct xml_text space; /* empty for attributes without a prefix */
    BOOLEAN declares;      /* xmlns or xmlns:name */
};

struct xml_element {
    struct xml_element *parent, *children, *last_child, *next;
    struct xml_attribute *attributes;
    struct xml_text prefix, name, space;
    struct xml_text text; /* the character data directly inside */
};

struct xml_document {
    struct xml_element *root;
    struct xml_chunk *chunks; /* all memory of the document */
};

/* Parses UTF-8 (with or without byte order mark) or UTF-16 (with one). STATUS_SXS_MANIFEST_PARSE_ERROR when
 * it is not well-formed. The document must be freed, also after a failure. */
NTSTATUS xml_parse(const void *bytes, ULONG size, struct xml_document *document);
void xml_free(struct xml_document *document);

BOOLEAN xml_equal(struct xml_text text, const WCHAR *literal);
BOOLEAN xml_is(const struct xml_element *element, const WCHAR *space, const WCHAR *name);
const struct xml_element *xml_child(const struct xml_element *element, const WCHAR *space, const WCHAR *name);
/* The value of an attribute without namespace; text NULL if it is not there. */
struct xml_text xml_attribute(const struct xml_element *element, const WCHAR *name);
/* Without white space at both ends. */
struct xml_text xml_trim(struct xml_text text);

#endif
