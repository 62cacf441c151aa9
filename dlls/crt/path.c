/* _splitpath, _makepath, _searchenv and their wide and checked forms. */
#include "crt.h"

int _access(const char *path, int mode);
int _waccess(const wchar_t *path, int mode);
char *_fullpath(char *buffer, const char *path, size_t size);
wchar_t *_wfullpath(wchar_t *buffer, const wchar_t *path, size_t size);

#define T        char
#define NAME(x)  narrow_##x
#define SPLIT    _splitpath
#define SPLIT_S  _splitpath_s
#define MAKE     _makepath
#define MAKE_S   _makepath_s
#define SEARCH   _searchenv
#define SEARCH_S _searchenv_s
#define ACCESS   _access
#define FULL     _fullpath
#define GETENV   getenv
#define LEN      strlen
#include "path_template.h"
#define T        wchar_t
#define NAME(x)  wide_##x
#define SPLIT    _wsplitpath
#define SPLIT_S  _wsplitpath_s
#define MAKE     _wmakepath
#define MAKE_S   _wmakepath_s
#define SEARCH   _wsearchenv
#define SEARCH_S _wsearchenv_s
#define ACCESS   _waccess
#define FULL     _wfullpath
#define GETENV   _wgetenv
#define LEN      wcslen
#include "path_template.h"
