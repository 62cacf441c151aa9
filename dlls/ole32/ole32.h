/*
 * Headers for ole32's sources: its own functions are not imported.
 */
#ifndef OLE32_H
#define OLE32_H

#include <windows.h>
#define _OLE32_
#include <ole2.h>

#endif
