/*
 * Headers for oleaut32's sources: its own functions are not imported.
 */
#ifndef OLEAUT32_H
#define OLEAUT32_H

#define COBJMACROS
#define CONST_VTABLE
#include <windows.h>
#define _OLEAUT32_
#include <ole2.h>
#include <oleauto.h>

#endif
