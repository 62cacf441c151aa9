/*
 * Internet addresses as texts and back.
 */
#include <winsock2.h>
#include <nt/ipaddr.h>
#include <nt/rtl.h>

#define CHARACTER  char
#define NAME(name) name##A
#include "ipaddr_template.h"

#define CHARACTER  WCHAR
#define NAME(name) name##W
#include "ipaddr_template.h"
