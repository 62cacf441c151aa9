# oleaut32: text of numbers and back is the C runtime's.
oleaut32_LIBS = msvcrt kernel32 kernelbase ntdll
