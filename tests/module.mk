# The tests: PE conformance programs, host unit tests (Check), end-to-end scripts.

CONFORMANCE_C = $(patsubst $(srcdir)/tests/conformance/%.c,%,$(wildcard $(srcdir)/tests/conformance/*/*.c))
CONFORMANCE_CXX = $(patsubst $(srcdir)/tests/conformance/%.cpp,%,$(wildcard $(srcdir)/tests/conformance/*/*.cpp))
CONFORMANCE_DLLS = $(patsubst $(srcdir)/tests/conformance/%.c,%,$(wildcard $(srcdir)/tests/conformance/*/dlls/*.c))
TEST_LIBS = -lpathcch -lshlwapi -lntdll -luser32 -ladvapi32 -lcrypt32 -lversion -lpsapi -lshell32 -lole32 -luuid -loleaut32 -luserenv -lbcrypt -lsynchronization -lws2_32 -liphlpapi -ldnsapi -lmswsock -lwindowscodecs -lwinmm -lnetapi32 -lktmw32
TEST_FLAGS = $(WARN) -Wno-unused-parameter -Wno-cast-function-type -O1 -D_WIN32_WINNT=0x0A00 -I$(srcdir)/tests/conformance -I$(srcdir)/include -MMD -MP

define conformance_rules # arch
build/tests/$(1)/%.o: tests/conformance/%.c
	@mkdir -p $$(@D)
	$$($(1)_CC) -std=gnu11 $$(TEST_FLAGS) -c -o $$@ $$<
build/tests/$(1)/%.o: tests/conformance/%.cpp
	@mkdir -p $$(@D)
	$$($(1)_CXX) $$(TEST_FLAGS) -c -o $$@ $$<
$(patsubst %,build/tests/$(1)/%.exe,$(CONFORMANCE_C)): %.exe: %.o build/tests/$(1)/harness.o
	$$($(1)_CC) -o $$@ $$(@:.exe=.o) build/tests/$(1)/harness.o $$(TEST_LIBS)
$(patsubst %,build/tests/$(1)/%.exe,$(CONFORMANCE_CXX)): %.exe: %.o build/tests/$(1)/harness.o
	$$($(1)_CXX) -static -o $$@ $$(@:.exe=.o) build/tests/$(1)/harness.o $$(TEST_LIBS)
build/tests/$(1)/%.dll: tests/conformance/%.c
	@mkdir -p $$(@D)
	$$($(1)_CC) -std=gnu11 $$(TEST_FLAGS) -shared $(if $(filter i686,$(1)),-Wl$(comma)--kill-at) -o $$@ $$<
TEST_EXES += $$(patsubst %,build/tests/$(1)/%.exe,$$(CONFORMANCE_C) $$(CONFORMANCE_CXX))
TEST_DLLS += $$(patsubst %,build/tests/$(1)/%.dll,$$(CONFORMANCE_DLLS))
endef
TEST_ARCHES = $(ARCHES)
$(foreach arch,$(TEST_ARCHES),$(eval $(call conformance_rules,$(arch))))
.SECONDARY: $(TEST_EXES:.exe=.o)
-include $(TEST_EXES:.exe=.d)

UNIT_TESTS = $(patsubst $(srcdir)/tests/unit/%.c,build/tests/unit/%,$(wildcard $(srcdir)/tests/unit/*.c))
UNIT_SANITIZE = $(if $(filter yes,$(ASAN)),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all)

# A unit test names the host sources it covers in a comment "/* unit: loader/mm/pe.c ... */".
UNIT_SOURCES = awk '/^\/\* unit:/ { unit = 1 } unit { print } unit && /\*\// { exit }' $< | \
    sed 's|^/\* unit:||; s|\*/||; s|^ \* ||' | tr -s ' ' '\n' | sed '/^$$/d; s|^|$(srcdir)/|'

build/tests/unit/%: tests/unit/%.c $(GENERATED_HEADERS) $(PROTOCOL_GENERATED)
	@mkdir -p $(@D)
	$(CC) $(filter-out -fPIE -MMD -MP,$(HOST_FLAGS)) $(UNIT_SANITIZE) -I$(srcdir)/server -Ibuild -g -O1 -o $@ $< \
	    $$($(UNIT_SOURCES)) \
	    $$($(PKG_CONFIG) --cflags --libs check) -pthread
	@$(CC) $(filter-out -MMD -MP,$(HOST_FLAGS)) -I$(srcdir)/server -Ibuild -MM -MP -MT $@ $< $$($(UNIT_SOURCES)) >$@.d

-include $(wildcard build/tests/unit/*.d)

# T=dll or T=dll/topic chooses what is built and run; without it everything is.
SELECTED = $(if $(T),$(foreach t,$(T),$(filter $(foreach a,$(TEST_ARCHES),build/tests/$(a)/$(t)/% build/tests/$(a)/$(t).exe),$(1))),$(1))
SELECTED_UNITS = $(if $(T),$(foreach t,$(T),$(filter $(if $(filter unit,$(t)),%,build/tests/$(t)),$(1))),$(1))

# The end-to-end tests use some of the programs.
ifneq ($(filter e2e%,$(T)),)
conformance-programs: $(TEST_EXES) $(TEST_DLLS)
else
conformance-programs: $(call SELECTED,$(TEST_EXES)) $(TEST_DLLS)
endif

RUN_TESTS = $(PYTHON) $(srcdir)/tests/run.py --build build --srcdir $(srcdir)

check: all conformance-programs $(call SELECTED_UNITS,$(UNIT_TESTS))
	$(RUN_TESTS) --arches '$(TEST_ARCHES)' --runner ./run $(T)

check-unit: $(call SELECTED_UNITS,$(UNIT_TESTS))
	$(RUN_TESTS) --unit $(T)

# Debian's wine runs 32-bit programs where its i386 packages are.
ORACLE_ARCHES = $(filter-out $(if $(wildcard /usr/lib/i386-linux-gnu/wine),,i686),$(TEST_ARCHES))

# A first program shows which architectures that wine runs.
check-oracle: conformance-programs $(filter %/smoke/hello.exe,$(TEST_EXES))
	$(RUN_TESTS) --arches '$(ORACLE_ARCHES)' --runner wine --oracle $(T)

# What many of a kind cost; build/scale.tsv is for tools/performance.py.
scale: all
	$(X86_64_CC) -O1 -o build/scale.exe $(srcdir)/tests/scale/scale.c
	./run build/scale.exe | tee build/scale.tsv
	$(PYTHON) $(srcdir)/tools/performance.py --scale build/scale.tsv

# What `make check` does for a few seconds, for ten minutes: kills at random, hostile clients of the session server.
chaos: all build/tests/unit/server_fuzz build/tests/unit/registry_killed
	REGISTRY_KILLS=$${REGISTRY_KILLS:-10000} build/tests/unit/registry_killed
	CHAOS_SECONDS=$${CHAOS_SECONDS:-300} CHAOS_PROGRAMS=40 $(RUN_TESTS) --runner ./run e2e/chaos
	CHAOS_SECONDS=$${CHAOS_SECONDS:-300} CHAOS_PROGRAMS=20 $(RUN_TESTS) --runner ./run e2e/chaos_pipes
	GASTWIRT_FUZZ_SECONDS=$${CHAOS_SECONDS:-300} build/tests/unit/server_fuzz

smoke: all $(foreach exe,$(TEST_EXES),$(if $(findstring /smoke/,$(exe)),$(exe)))
	$(RUN_TESTS) --arches '$(TEST_ARCHES)' --runner ./run --smoke
