/*
 * Interface and class ids that ole32 itself uses.
 */
#include "ole32.h"

#define OLE_GUID(name, low) const GUID name = {low, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}

OLE_GUID(ole_iid_unknown, 0x00000000);
OLE_GUID(ole_iid_class_factory, 0x00000001);
OLE_GUID(ole_iid_marshal, 0x00000003);
OLE_GUID(ole_iid_stream, 0x0000000c);
OLE_GUID(ole_clsid_free_marshaler, 0x0000033a);
const GUID ole_iid_agile = {0x94ea2b94, 0xe9cc, 0x49e0, {0xc0, 0xff, 0xee, 0x64, 0xca, 0x8f, 0x5b, 0x90}};
const GUID ole_iid_sequential_stream = {
    0x0c733a30, 0x2a1c, 0x11ce, {0xad, 0xe5, 0x00, 0xaa, 0x00, 0x44, 0x77, 0x3d}};
const GUID ole_guid_null;
