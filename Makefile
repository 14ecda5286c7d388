# Slipway: `make run` to use it, `make test` to check it. Everything else is for those who work on it.
#
# A folder of sources becomes an archive, a `*_main.c` becomes a program linked from the archives it may use. Adding a source
# file, a unit test or an integration test needs no change here.

BUILD   ?= build
export BUILD
PREFIX  ?= /usr/local
DESTDIR ?=

CC      ?= gcc
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Werror
STD     := -std=gnu17 -D_GNU_SOURCE
SANITIZE ?=
CCACHE  := $(shell command -v ccache 2>/dev/null)

INCLUDES += -isystem /usr/include/dbus-1.0 -isystem $(wildcard /usr/lib/*/dbus-1.0/include)

COMPILE = $(CCACHE) $(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -pthread -fno-common -MMD -MP -Iengine -I. $(INCLUDES)

comma   := ,
ENGINE  := base kernel observe runtime shim image build network volume daemon api client cli
KERNEL  := engine/kernel engine/kernel/cgroup engine/kernel/mount engine/kernel/net
FOLDERS := $(addprefix engine/,$(filter-out kernel,$(ENGINE))) $(KERNEL) engine/image/registry engine/runtime/oci tui lessons labs quizzes quizzes/exchange quizzes/bank quizzes/classd
SOURCES := $(foreach folder,$(FOLDERS),$(wildcard $(folder)/*.c))
MAINS   := $(filter %_main.c,$(SOURCES))
object   = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
archive  = $(BUILD)/lib/lib$(subst /,-,$(1)).a
archives = $(foreach folder,$(1),$(if $(filter-out %_main.c,$(wildcard $(folder)/*.c)),$(call archive,$(folder))))

PROGRAMS := slipway slipwayd slipway-archive slipway-shim slipway-oci slipway-classd

slipway_FOLDERS        := tui lessons labs quizzes quizzes/exchange quizzes/bank engine/cli engine/client engine/base
slipway_LIBS           := -larchive -ltsm -lncursesw -ltinfo -lexpat -lcmark -lyaml -lhttp_parser -ljansson -lnettle -lm
# Its libraries become part of the program: to load eight of them took as long as a short command itself. (xar: see
# engine/base/archive_formats.c.)
with_archive           := -larchive -lbz2 -lzstd -llz4 -lacl
without_xar            := $(if $(SANITIZE),,-Wl,-u,archive_write_set_format_xar)
slipway_LDFLAGS        := $(without_xar)
slipway_LINK           := $(if $(SANITIZE),,-Wl,-Bstatic)
slipway_LINKED         := $(if $(SANITIZE),,$(with_archive) -lz -llzma -Wl,-Bdynamic)
slipwayd_FOLDERS       := engine/api engine/daemon engine/volume engine/network engine/build engine/image/registry engine/image engine/shim engine/runtime engine/observe $(KERNEL) engine/base
slipwayd_LIBS          := -lldns -lisal -lmicrohttpd -larchive -lz -lnftnl -lmnl -lseccomp -lcap -ljansson -lnettle -lm
# Here libarchive and ldns with what they want: half of a start went into loading them.
slipwayd_LDFLAGS       := $(without_xar)
slipwayd_LINK          := $(if $(SANITIZE),,-Wl,-Bstatic -lldns -lssl -lcrypto $(with_archive) -Wl,-Bdynamic -llzma)
# liblzma is loaded: what it prepares before main has to be ready when a task takes over before main.
slipway-archive_FOLDERS := engine/image $(KERNEL) engine/base
slipway-archive_LIBS   := -lisal -larchive -lz -lseccomp -lcap -ljansson -lnettle -lm
slipway-archive_LDFLAGS := $(without_xar)
slipway-archive_LINK   := $(if $(SANITIZE),,-Wl,-Bstatic $(with_archive) -lz -lseccomp -lcap -ljansson -lnettle -Wl,-Bdynamic -llzma)
slipway-shim_FOLDERS   := engine/shim engine/runtime $(KERNEL) engine/base
slipway-shim_LIBS      := -lseccomp -lcap -ljansson -lnettle -lz -lm
# They begin by sealing themselves, where the processor's language is known to engine/kernel/seal_entry.c.
sealed                 := -static $(if $(filter x86_64 aarch64,$(shell uname -m)),-Wl$(comma)-u$(comma)seal_entry$(comma)-e$(comma)seal_entry)
slipway-shim_LDFLAGS   := $(if $(SANITIZE),,$(sealed))
slipway-oci_FOLDERS    := engine/runtime/oci engine/runtime $(KERNEL) engine/base
slipway-oci_LIBS       := -lseccomp -lcap -ljansson -lnettle -ldbus-1 -lm
# libdbus could look users up by name, which a static program cannot; it is given numbers, and the linker need not warn of it.
slipway-oci_LDFLAGS    := $(if $(SANITIZE),,$(sealed) -Wl,--no-warnings)
slipway-classd_FOLDERS := quizzes/classd quizzes/bank engine/base
slipway-classd_LIBS    := -lsqlite3 -lcmark -lyaml -ljansson -lnettle -lm

slipway_MAIN        := engine/cli/slipway_main.c
slipwayd_MAIN       := engine/api/slipwayd_main.c
slipway-archive_MAIN := engine/image/slipway_archive_main.c
slipway-shim_MAIN   := engine/shim/slipway_shim_main.c
slipway-oci_MAIN    := engine/runtime/oci/slipway_oci_main.c
slipway-classd_MAIN := quizzes/classd/slipway_classd_main.c

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
UNIT_LIBS    := $(sort $(foreach program,$(PROGRAMS),$($(program)_LIBS))) -lcmocka
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.DEFAULT_GOAL := all
.PHONY: all man run test asan-test unit-test test-programs lint format test-cgroup2 v2-test kill-test cycle-test valgrind-test class-test labs-test keys-test bench fuzz fuzz-run install clean deps images packages
.DELETE_ON_ERROR:
.SECONDARY:

all: deps $(addprefix $(BUILD)/,$(PROGRAMS)) $(BUILD)/docker images

# Missing Debian packages are installed first, so that a fresh machine needs nothing but make.
deps:
	@./.make/packages.sh build

run: ; @./.make/run.sh

# TESTS="10-oci 19-": only those whose name contains one of these; so with asan-test.
test: ; @./tests/run.sh $(TESTS)

asan-test:
	@PATIENCE=4 $(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" test

# The shim's program is also the init of containers, where there are no libraries: it is static, which a sanitized program cannot be.
# A sanitized build has it as it ships, and a checked one for the tests of the shim itself.
target  = $(BUILD)/$(if $(SANITIZE),$(if $(filter slipway-shim,$(1)),checked/))$(1)
ifneq ($(SANITIZE),)
$(BUILD)/slipway-shim: $(BUILD)/checked/slipway-shim
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/plain SANITIZE= $(BUILD)/plain/slipway-shim
	@cp $(BUILD)/plain/slipway-shim $@
endif

# A file that was written in one go lies in the memory of the kernel in larger pieces than what a linker writes: a start is 0.1 ms shorter.
define PROGRAM_RULE
$(call target,$(1)): $(call object,$($(1)_MAIN)) $(call archives,$($(1)_FOLDERS))
	@mkdir -p $$(@D)
	@echo "  LINK  $$@"
	@$(CC) $(CFLAGS) $(SANITIZE) -pthread $($(1)_LDFLAGS) -o $$@.linked $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -Wl,--as-needed $($(1)_LINK) $($(1)_LIBS) $($(1)_LINKED)
	@cp $$@.linked $$@.new && mv $$@.new $$@ && rm $$@.linked
endef
$(foreach program,$(PROGRAMS),$(eval $(call PROGRAM_RULE,$(program))))

define ARCHIVE_RULE
$(call archive,$(1)): $(call object,$(filter-out %_main.c,$(wildcard $(1)/*.c)))
	@mkdir -p $$(@D) && rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(if $(call archives,$(folder)),$(eval $(call ARCHIVE_RULE,$(folder)))))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(COMPILE) -c -o $@ $<

$(BUILD)/docker: | $(BUILD)/slipway
	@ln -sf slipway $@

$(BUILD)/tests/%: tests/unit/%.c $(call archives,$(FOLDERS))
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	@$(COMPILE) -Itests/unit -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -Wl,--as-needed $(UNIT_LIBS)

unit-test: $(UNIT_TESTS) test-programs

# What tests run in containers, or around programs: each alone, without libraries.
test-programs: $(addprefix $(BUILD)/tests/programs/,breakout calls escape killer)

$(BUILD)/tests/programs/%: tests/%.c
	@mkdir -p $(@D) && echo "  TEST  $@" && $(CC) -O1 -static -D_GNU_SOURCE -o $@ $<

$(BUILD)/fuzz/%: tests/fuzz/%.c $(call archives,$(FOLDERS))
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	@$(COMPILE) -fsanitize=fuzzer -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -Wl,--as-needed $(UNIT_LIBS)

# Everything once more by clang, with the coverage that libFuzzer follows; then each target for FUZZ_SECONDS.
fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzzing CC=clang CFLAGS="-O1 -g" WARN=-w \
	  SANITIZE="-fsanitize=address,undefined,fuzzer-no-link" fuzz-run

fuzz-run: $(FUZZERS)
	@for fuzzer in $^; do echo "  RUN   $$fuzzer"; \
	  ASAN_OPTIONS=detect_leaks=0 $$fuzzer -max_total_time=$${FUZZ_SECONDS:-20} -verbosity=0 || exit 1; done

images: $(addprefix $(BUILD)/images/,busybox.tar lab.tar registry.tar)

$(BUILD)/images/busybox.tar: engine/image/busybox.sh
	@mkdir -p $(@D) && echo "  IMAGE $@" && engine/image/busybox.sh $@

# The engine runs inside lab machines as well: what its programs need is there. The list changes only when they need something else.
$(BUILD)/libraries: $(addprefix $(BUILD)/,slipwayd slipway slipway-archive)
	@readelf -d $^ | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/images/lab.tar: labs/tools/rootfs.sh $(BUILD)/libraries
	@mkdir -p $(@D) && echo "  IMAGE $@" && labs/tools/rootfs.sh $@ $(BUILD)/libraries

$(BUILD)/images/registry.tar: engine/image/registry.sh
	@mkdir -p $(@D) && echo "  IMAGE $@" && engine/image/registry.sh $@

lint: $(call archives,$(FOLDERS))
	@./tests/lint.sh

format:
	@clang-format -i $(SOURCES) $(wildcard $(addsuffix /*.h,$(FOLDERS))) $(UNIT_SOURCES)

# On Debian's kernel with cgroup v2 alone, in a virtual machine, then there with systemd as pid 1; minutes where that is emulated.
test-cgroup2: all test-programs
	@code=0; for first in init systemd; do ./tests/conformance/v2.sh -i $$first || code=1; done; exit $$code

v2-test: test-cgroup2

# The engine killed at 200 random moments of work with images; `make test` does it 24 times.
kill-test: all
	@KILLS=200 ./tests/integration/72-kill-at-random.sh

# Containers made and removed 10,000 times, by the command and by one process; `make test` does it 200 and 60 times.
cycle-test: all $(BUILD)/tests/test_runtime_cycles
	@SLIPWAY_CYCLES=10000 $(BUILD)/tests/test_runtime_cycles
	@SLIPWAY_CYCLES=10000 ./tests/integration/18-runtime-cycles.sh

# The unit tests and the runtime's suite; TESTS as above. The runtime's program with its libraries loaded, so that valgrind can look into it.
valgrind-test: all unit-test $(BUILD)/valgrind/slipway-oci $(BUILD)/valgrind/beside.so
	@./tests/valgrind.sh $(TESTS)

$(BUILD)/valgrind/slipway-oci: $(call object,$(slipway-oci_MAIN)) $(call archives,$(slipway-oci_FOLDERS))
	@mkdir -p $(@D)
	@$(CC) -pthread -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -Wl,--as-needed $(slipway-oci_LIBS)

$(BUILD)/valgrind/beside.so: tests/valgrind.c
	@mkdir -p $(@D)
	@$(COMPILE) -fPIC -shared -o $@ $<

# A class of 200 sits an exam while its server is killed 100 times; `make test` does it with 20 and 8.
class-test: all
	@STUDENTS=200 KILLS=100 ./tests/integration/41-class-killed.sh

# Every lab proven by the parameters of five learners; `make test` does it by those of one, another one each day.
labs-test: all
	@SEEDS=5 ./tests/integration/53-labs-proof.sh

# Random keys, clicks and sizes for an hour, under the sanitizers; `make test` does it for two seconds.
keys-test:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" $(BUILD)/asan/tests/test_tui_sizes
	@SLIPWAY_KEYS_SECONDS=$${SLIPWAY_KEYS_SECONDS:-3600} $(BUILD)/asan/tests/test_tui_sizes

bench: all
	@./tests/bench/run.sh

# The manual: from the tables of commands and flags, and from engine/cli/man.
man: $(BUILD)/man/done

$(BUILD)/man/done: $(addprefix $(BUILD)/,slipway slipwayd slipway-oci) $(wildcard engine/cli/man/*.md)
	@rm -rf $(@D) && mkdir -p $(addprefix $(@D)/man,1 5 8) && echo "  MAN   $(@D)"
	@$(BUILD)/slipwayd --help >$(@D)/slipwayd.help && $(BUILD)/slipway-oci --help >$(@D)/slipway-oci.help
	@$(BUILD)/slipway __man engine/cli/man $(@D) && touch $@

SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = bash-completion/completions/slipway:bash zsh/site-functions/_slipway:zsh fish/vendor_completions.d/slipway.fish:fish

install: all man
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/slipway $(addprefix $(SHARE)/man/man,1 5 8)
	for section in 1 5 8; do install -m 644 $(BUILD)/man/man$$section/* $(SHARE)/man/man$$section; done
	for pair in $(COMPLETIONS); do install -d $(SHARE)/$${pair%/*} && \
	  $(BUILD)/slipway completion $${pair#*:} >$(SHARE)/$${pair%:*}; done
	install -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	cp -r --no-preserve=ownership lessons labs quizzes $(BUILD)/images $(DESTDIR)$(PREFIX)/share/slipway
	find $(DESTDIR)$(PREFIX)/share/slipway -name '*.[ch]' -delete

clean:
	rm -rf $(BUILD)

-include $(shell [ -d $(BUILD)/obj ] && find $(BUILD)/obj -name '*.d')
