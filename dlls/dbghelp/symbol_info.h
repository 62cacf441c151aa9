/*
 * What dbghelp says of a symbol: one that a module exports.
 */
#ifndef DBGHELP_SYMBOL_INFO_H
#define DBGHELP_SYMBOL_INFO_H

#include <windows.h>

#include <dbghelp.h>

/* All but SizeOfStruct and MaxNameLen, by which the name is cut. */
void dbghelp_fill_export(SYMBOL_INFO *symbol, DWORD64 module, const char *name, DWORD64 address);

#endif
