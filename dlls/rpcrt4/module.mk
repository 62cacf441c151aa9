# rpcrt4: random bytes are advapi32's.
rpcrt4_LIBS = advapi32 kernel32 kernelbase ntdll
