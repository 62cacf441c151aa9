# netapi32: the name of the user is advapi32's.
netapi32_LIBS = advapi32 kernel32 kernelbase ntdll
