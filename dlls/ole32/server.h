/*
 * Loading in-process servers (server.c).
 */
#ifndef OLE32_SERVER_H
#define OLE32_SERVER_H

typedef HRESULT(WINAPI *get_class_object)(REFCLSID, REFIID, LPVOID *);

HRESULT ole_load_server(const WCHAR *path, get_class_object *ret_get);

#endif
