/*
 * The GUIDs of the Windows Imaging Component.
 */
#define INITGUID
#include <windows.h>
#include <initguid.h>
#include <ole2.h>
#include <ocidl.h>
#include <wincodec.h>
