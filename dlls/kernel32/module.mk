# kernel32: the texts of Win32 error codes, as a message-table resource.

$(NLS)/messages_win32.S: $(MINGW_INCLUDE)/winerror.h dlls/kernel32/messages.txt $(srcdir)/tools/messages.py
	$(TOOL)messages.py $< $(srcdir)/dlls/kernel32/messages.txt ERROR_,WSA,WAIT_TIMEOUT,RPC_S_,RPC_X_,EPT_S_,E_,CO_E_,OLE_E_,DISP_E_,TYPE_E_,STG_E_,REGDB_E_,NTE_,SEC_E_,CRYPT_E_,CERT_E_,TRUST_E_ $(NLS) messages_win32

kernel32_GENERATED_SRCS = $(NLS)/messages_win32.S
