# crypt32: hashing and encryption are bcrypt's; the registry is advapi32's.
crypt32_LIBS = bcrypt advapi32 kernel32 kernelbase ntdll
