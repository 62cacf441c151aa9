# ntdll: Unicode and code-page tables, made from Debian's unicode-data and Python's codecs.

NLS = build/nls
UNICODE_DATA = /usr/share/unicode

$(NLS)/unicode_casing.S: $(srcdir)/tools/unicode.py
	$(TOOL)unicode.py casing $(UNICODE_DATA) $(NLS)

$(NLS)/code_pages.S: $(srcdir)/tools/codepages.py $(srcdir)/tools/unicode.py
	$(TOOL)codepages.py $(UNICODE_DATA) $(NLS)

ntdll_GENERATED_SRCS = $(NLS)/unicode_casing.S $(NLS)/code_pages.S

# The API-set schema (dlls/ntdll/ldr).
build/ldr/apiset_schema.S: $(srcdir)/dlls/ntdll/ldr/apisets.txt $(srcdir)/tools/apisets.py
	@mkdir -p $(@D)
	$(TOOL)apisets.py asm $< >$@

ntdll_GENERATED_SRCS += build/ldr/apiset_schema.S
