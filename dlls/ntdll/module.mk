# ntdll: Unicode and code-page tables, made from Debian's unicode-data and Python's codecs.

$(NLS)/unicode_casing.S: $(srcdir)/tools/unicode.py
	$(TOOL)unicode.py casing $(UNICODE_DATA) $(NLS)

$(NLS)/code_pages.S: $(srcdir)/tools/codepages.py $(srcdir)/tools/unicode.py
	$(TOOL)codepages.py $(UNICODE_DATA) $(NLS)

$(NLS)/unicode_normalization.S: $(srcdir)/tools/unicode.py
	$(TOOL)unicode.py normalization $(UNICODE_DATA) $(NLS)

$(NLS)/locale_names.S: $(srcdir)/tools/locales.py $(srcdir)/tools/unicode.py
	$(TOOL)locales.py $(UNICODE_DATA)/cldr/common $(NLS)

$(NLS)/time_zones.S: $(srcdir)/tools/timezones.py $(srcdir)/tools/unicode.py
	$(TOOL)timezones.py $(UNICODE_DATA)/cldr/common /usr/share/zoneinfo $(NLS)

$(NLS)/time_zones.reg: $(NLS)/time_zones.S ;

$(NLS)/messages_nt.S: $(MINGW_INCLUDE)/ntstatus.h dlls/ntdll/messages.txt $(srcdir)/tools/messages.py
	$(TOOL)messages.py $< $(srcdir)/dlls/ntdll/messages.txt STATUS_,DBG_,RPC_NT_ $(NLS) messages_nt

# the host maps the names of Unix locales with the same table
build/loader/ex/locale_names.o: $(NLS)/locale_names.S

ntdll_GENERATED_SRCS = $(NLS)/unicode_casing.S $(NLS)/code_pages.S $(NLS)/locale_names.S $(NLS)/unicode_normalization.S $(NLS)/time_zones.S $(NLS)/messages_nt.S
# The API-set schema (dlls/ntdll/ldr).
build/ldr/apiset_schema.S: $(srcdir)/dlls/ntdll/ldr/apisets.txt $(srcdir)/tools/apisets.py
	@mkdir -p $(@D)
	$(TOOL)apisets.py asm $< >$@

ntdll_GENERATED_SRCS += build/ldr/apiset_schema.S
