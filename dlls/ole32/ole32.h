/*
 * Headers for ole32's sources: its own functions are not imported; and what its files share.
 */
#ifndef OLE32_H
#define OLE32_H

#define COBJMACROS
#define CONST_VTABLE
#include <windows.h>
#define _OLE32_
#include <ole2.h>

/* Apartments by number: a single-threaded one has its thread's id. */
#define APARTMENT_NONE          0
#define APARTMENT_MULTITHREADED 0xffffffff

/* apartment.c: the calling thread's; a thread that did not initialize is in the multithreaded one, if there
 * is one. */
DWORD ole_apartment(void);
BOOL ole_is_main_apartment(DWORD apartment);
/* One line on stderr about what cannot be done for want of marshalling. */
void ole_decline(const char *what, REFGUID id);

/* class.c */
void ole_release_classes(DWORD apartment);
void ole_release_servers(void);

/* git.c, marshal.c: objects of our own by CLSID; CLASS_E_CLASSNOTAVAILABLE when it is none of them */
HRESULT ole_global_table(REFIID iid, void **object);
BOOL ole_is_agile(IUnknown *object);

extern const GUID ole_iid_unknown, ole_iid_class_factory, ole_iid_marshal, ole_iid_agile, ole_iid_stream,
    ole_iid_sequential_stream, ole_clsid_free_marshaler, ole_guid_null;

#endif
