# kernelbase: character classes, sort weights, locales, message texts.

$(NLS)/unicode_classes.S: $(srcdir)/tools/unicode.py
	$(TOOL)unicode.py classes $(UNICODE_DATA) $(NLS)

$(NLS)/sort_weights.S: $(srcdir)/tools/collation.py $(srcdir)/tools/unicode.py
	$(TOOL)collation.py $(UNICODE_DATA)/cldr/common $(UNICODE_DATA) $(NLS)

$(NLS)/sort_constants.h: $(NLS)/sort_weights.S

$(NLS)/locale_data.S $(NLS)/locale_fields.h: $(NLS)/locale_names.S

kernelbase_GENERATED = $(NLS)/sort_constants.h $(NLS)/locale_fields.h
kernelbase_GENERATED_SRCS = $(NLS)/unicode_casing.S $(NLS)/unicode_classes.S $(NLS)/sort_weights.S $(NLS)/locale_data.S
kernelbase_CFLAGS = -I$(NLS)
