# make            build/migrate
# make test       everything that is tested, on a bare Debian as root too
# make demo       the whole boot on a throwaway PostgreSQL
# make static     build/static/{migrate,pg_dump,pg_restore}, which run in any image
# make install    PREFIX=/usr/local; make uninstall takes it away
# make release    what a release publishes: build/release
# make bench      tests/bench; fuzz, format, analyze: see below; long campaigns: tests/long.mk

VERSION = 0.1.0
PREFIX = /usr/local
BUILD = build
# CC, CPPFLAGS, CFLAGS and LDFLAGS are the environment's or the command line's, and come after the tree's own.
ifeq ($(origin CC),default)
CC = gcc
endif
CFLAGS ?= $(OPTIMIZE)

MODULES = libpq libcrypto jansson
# The program loads it, when it is needed: core/net/libcurl.h.
LOADED = libcurl
DEFINES = -D_GNU_SOURCE -DMIGRATE_VERSION='"$(VERSION)"' -I. -I$(BUILD)/gen \
	$(shell pkg-config --cflags $(MODULES) $(LOADED) 2>/dev/null)
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wvla -Wundef -Wcast-qual \
	-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum $(WERROR)
# Some compilers come with a _FORTIFY_SOURCE of their own; one that CFLAGS or CPPFLAGS name stays.
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CFLAGS) $(CPPFLAGS))$(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
HARDENING = -fstack-protector-strong $(FORTIFY) -fPIE
OPTIMIZE = -O2 -g
# Less to read and to change at each start: no code that nobody calls, and relocations packed where the loader
# knows that form.
SMALL = -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
RELR = $(shell printf 'int main(void) { return 0; }' | $(CC) -pie -Wl,-z,pack-relative-relocs \
	-x c -o $(BUILD)/relr - 2>/dev/null && $(BUILD)/relr && echo -Wl,-z,pack-relative-relocs)
LINK = $(CC) -pie -Wl,-z,relro,-z,now,--as-needed,--gc-sections $(RELR) $(CFLAGS) $(LDFLAGS)
LIBS = $(shell pkg-config --libs $(MODULES) 2>/dev/null) -linih -ldl -pthread
COMPILE = $(CC) -std=c17 $(DEFINES) $(WARNINGS) $(HARDENING) $(SMALL) $(CFLAGS) $(CPPFLAGS) -pthread

# The same tree, built again beside the first: make BUILD=build/asan SANITIZE=1
ifdef SANITIZE
HARDENING = -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SMALL =
OPTIMIZE = -O1 -g
LINK = $(CC) -fsanitize=address,undefined $(CFLAGS) $(LDFLAGS)
DEFINES += -DFAILPOINTS
WERROR = -Werror
endif

# And for libFuzzer: make BUILD=build/fuzz FUZZ=1 CC=clang. Only gcc says by itself that it sanitizes.
ifdef FUZZ
DEFINES += -D__SANITIZE_ADDRESS__
HARDENING = -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
SMALL =
OPTIMIZE = -O1 -g
LINK = $(CC) -fsanitize=fuzzer,address,undefined $(CFLAGS) $(LDFLAGS)
WERROR = -Werror
endif

# And by musl, with the libraries that docker/static/build made: see static. The same everywhere.
ifdef LIBRARIES
override CC = $(LIBRARIES)/bin/cc
override AR = $(LIBRARIES)/bin/ar
override CPPFLAGS =
override CFLAGS = -O2
override LDFLAGS =
MODULES =
LOADED =
DEFINES += -DLIBCURL_STATIC
HARDENING = -fstack-protector-strong
BUNDLED = sed -n '/^$$/q;s/^\([^ ]* [^ ]*\).*/"\1", \\/p' $(LIBRARIES)/licenses/VERSIONS
LINK = $(CC) -static -Wl,--gc-sections,-z,relro,-z,now
LIBS = -lcurl -lpq -lpgcommon -lpgport -lssl -lcrypto -lzstd -llz4 -lz -linih -ljansson
endif

BUNDLED ?= true

CORE = $(sort $(wildcard core/*/*.c))
CMD = $(sort $(wildcard cmd/*.c))
SQL = $(sort $(wildcard core/*/*.sql))
PYTHON = $(sort $(wildcard core/*/*.py))
PAGES = cmd/boot.md cmd/backup.md docker/kubernetes.md
UNIT = $(sort $(wildcard tests/unit/*.c))
CORE_OBJECTS = $(CORE:%.c=$(BUILD)/%.o)
CMD_OBJECTS = $(CMD:%.c=$(BUILD)/%.o)
UNIT_PROGRAMS = $(UNIT:%.c=$(BUILD)/%)
GENERATED = $(patsubst %,$(BUILD)/gen/%.h,$(SQL) $(PYTHON) $(PAGES))

all: needs $(BUILD)/migrate

$(BUILD)/migrate: $(CMD_OBJECTS) $(BUILD)/libcore.a
	$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/libcore.a: $(CORE_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

# Which commit this is (COMMIT= where git does not know), and what is linked statically.
COMMIT = $(shell cat .commit 2>/dev/null || git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null)
$(BUILD)/gen/build.h: FORCE
	@mkdir -p $(@D)
	@{ echo '#define BUILD_COMMIT "$(COMMIT)"'; echo '#define BUILD_SOURCES \'; $(BUNDLED); echo; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/cmd/version.o: $(BUILD)/gen/build.h
FORCE:

$(BUILD)/%.o: %.c Makefile | $(GENERATED)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libcore.a
	$(LINK) -o $@ $^ $(LIBS)

# A query becomes a terminated array named after its file: core/state/read.sql is sql_state_read. So do a script and
# a page: core/import/alembic.py is py_import_alembic, cmd/boot.md is md_cmd_boot.
define EMBED
@mkdir -p $(@D)
@{ echo 'static const char $(subst .,,$(suffix $<))_$(notdir $(<D))_$(basename $(<F))[] = {'; \
  od -An -v -tx1 $< | sed "s/ \(..\)/'\\\\x\1',/g"; echo '0};'; } >$@
endef
$(BUILD)/gen/%.sql.h: %.sql Makefile
	$(EMBED)
$(BUILD)/gen/%.py.h: %.py Makefile
	$(EMBED)
$(BUILD)/gen/%.md.h: %.md Makefile
	$(EMBED)

# Says what is missing, with the command that installs it. What tests and shows the program installs it where it may.
needs:
	@tests/lib/needs --name build
needs-test:
	@tests/lib/needs build demo test static
needs-demo:
	@tests/lib/needs build demo
needs-lint:
	@tests/lib/needs build lint

unit: $(UNIT_PROGRAMS) $(BUILD)/tests/corpus/split

$(BUILD)/tests/corpus/split: $(BUILD)/tests/corpus/split.o $(BUILD)/libcore.a
	$(LINK) -o $@ $^ $(LIBS)

# The programs under test are the sanitized ones; tests/e2e/*.t find them through $$MIGRATE.
JOBS = $(shell nproc)
test: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) WERROR=-Werror $(BUILD)/migrate
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/asan SANITIZE=1 \
		$(BUILD)/asan/migrate unit
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/fuzz FUZZ=1 CC=clang fuzzers
	tests/lib/run $(BUILD) $(TESTS)

# Containers: what takes longer than the short form that make test has. Needs a Docker engine.
test-docker: both base-images
	JOBS=1 tests/lib/run $(BUILD) $(sort $(wildcard tests/docker/*.t))

# docker/k8s and docker/helm on a real Kubernetes, which is built in ten minutes, once, in $$KUBE or
# ~/.cache/migrate-kube; test-docker has the short form, where it is there.
kube: both base-images
	@tests/lib/needs kube
	docker image inspect gigabridge_bot >/dev/null 2>&1 \
		|| docker build -f docker/Dockerfile --target gigabridge_bot -t gigabridge_bot .
	KUBE_LONG=1 JOBS=1 tests/lib/run $(BUILD) tests/docker/kube.t

base-images:
	@tests/lib/needs images
	tests/docker/base-images

# tests/fuzz/*.c for so long each; FUZZ_TARGETS=scan for one of them.
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
FUZZER_PROGRAMS = $(FUZZERS:%=$(BUILD)/tests/fuzz/%)
FUZZ_SECONDS = 1200
FUZZ_TARGETS = $(FUZZERS)
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libcore.a
	$(LINK) -o $@ $^ $(LIBS)
fuzzers: $(FUZZER_PROGRAMS)

fuzz: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/fuzz FUZZ=1 CC=clang fuzzers
	set -e; for target in $(FUZZ_TARGETS); do \
		tests/fuzz/run $(BUILD)/fuzz $$target $(FUZZ_SECONDS); done

# Not in the image, nor where only the program is built.
-include tests/long.mk

# Beside Alembic, psql and the least that is possible, in turn with them.
BENCH = $(sort $(wildcard tests/bench/*.c))
BENCH_PROGRAMS = $(BENCH:%.c=$(BUILD)/%)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(LINK) -o $@ $^ $(LIBS)

bench: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate $(BENCH_PROGRAMS)
	perl tests/bench/boot.pl $(BUILD)
	perl tests/bench/apply.pl $(BUILD)
	perl tests/bench/wait.pl $(BUILD)
	perl tests/bench/autogenerate.pl $(BUILD)
	@if [ -e $(BUILD)/static/migrate ]; then perl tests/bench/static.pl $(BUILD); fi
	perl tests/bench/backup.pl $(BUILD)
	perl tests/bench/rehearse.pl $(BUILD)

demo: needs-demo
	@echo 'compiling (a minute or two, once)'
	+@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/migrate
	perl -Itests/lib docker/demo.pl $(BUILD)/migrate

# docker/boot.svg: README.md's picture of a boot, drawn from one.
picture: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate
	MIGRATE=$(BUILD)/migrate perl -CO -Itests/lib -MPicture \
		-e 'print Picture::svg(Picture::lines(Picture::boot(".")))' >$(BUILD)/boot.svg
	mv $(BUILD)/boot.svg docker/boot.svg

# migrate without a shared library, by musl, and the pg_dump and pg_restore of the newest PostgreSQL that
# Debian has. The libraries take minutes, once. CPU=aarch64 makes those for arm64.
CPU = $(shell uname -m)
STATIC = $(BUILD)/static$(if $(filter-out $(shell uname -m),$(CPU)),-$(CPU))

static: $(STATIC)/libraries/made
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(STATIC)/objects \
		LIBRARIES=$(abspath $(STATIC)/libraries) $(STATIC)/objects/migrate
	$(STATIC)/libraries/bin/strip -s -o $(STATIC)/migrate $(STATIC)/objects/migrate
	cp $(STATIC)/libraries/bin/pg_dump $(STATIC)/libraries/bin/pg_restore $(STATIC)
	rm -rf $(STATIC)/licenses
	cp -r $(STATIC)/libraries/licenses $(STATIC)/licenses
	install -m 644 LICENSE $(STATIC)/licenses/migrate
	docker/static/sbom $(VERSION) "$(COMMIT)" $(STATIC)/licenses/VERSIONS docker/static/sources \
		>$(STATIC)/licenses/migrate.spdx.json

# FETCH=--newest where no place has a source that docker/static/sources pins.
FETCH =
$(STATIC)/libraries/made: docker/static/fetch docker/static/build docker/static/sources
	@tests/lib/needs static $(filter-out $(shell uname -m),$(CPU))
	docker/static/fetch $(FETCH) $(STATIC)/sources
	docker/static/build $(STATIC)/sources $(STATIC)/libraries $(CPU)
	@touch $@

# Pins the newest versions that the archive's signed indexes list.
update-sources:
	docker/static/fetch --update
	@git diff --stat -- docker/static/sources

# The manual pages and the completions are printed by the program.
MANUAL = migrate.1 migrate.ini.5 migrate-boot.7 migrate-backup.7 migrate-kubernetes.7
SHARE = $(DESTDIR)$(PREFIX)/share
install: all
	install -D -m 755 $(BUILD)/migrate $(DESTDIR)$(PREFIX)/bin/migrate
	for page in $(MANUAL); do \
		$(BUILD)/migrate help --man $$page >$(BUILD)/$$page && install -D -m 644 $(BUILD)/$$page \
			$(SHARE)/man/man$${page##*.}/$$page || exit 1; done
	for file in bash:bash-completion/completions/migrate zsh:zsh/site-functions/_migrate \
		fish:fish/vendor_completions.d/migrate.fish; do \
		$(BUILD)/migrate completion $${file%%:*} >$(BUILD)/completion && install -D -m 644 \
			$(BUILD)/completion $(SHARE)/$${file#*:} || exit 1; done
	install -D -m 644 -t $(SHARE)/doc/migrate LICENSE README.md README.ru.md

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/migrate $(foreach page,$(MANUAL),$(SHARE)/man/man$(subst .,,$(suffix $(page)))/$(page)) \
		$(SHARE)/bash-completion/completions/migrate $(SHARE)/zsh/site-functions/_migrate \
		$(SHARE)/fish/vendor_completions.d/migrate.fish
	rm -rf $(SHARE)/doc/migrate

# The sources of the last commit as a tarball, which know that commit.
DIST = $(BUILD)/release
dist:
	@mkdir -p $(DIST)
	git -c tar.umask=022 archive --prefix=migrate-$(VERSION)/ \
		--add-virtual-file=migrate-$(VERSION)/.commit:$$(git rev-parse HEAD) HEAD \
		| gzip -n9 >$(DIST)/migrate-$(VERSION).tar.gz

# What a release publishes, in build/release. Of pinned sources only, and of what is committed.
release: dist
	@[ -z "$(FETCH)" ] || { echo 'a release is made of the sources in docker/static/sources alone: no FETCH=' >&2; exit 1; }
	@case "$(COMMIT)" in *-dirty) echo 'commit first: a release names its commit' >&2; exit 1 ;; esac
	@[ "$$(git cat-file -t v$(VERSION) 2>&1)" = tag ] || { echo 'tag first, with the release notes: git tag -a v$(VERSION)' >&2; exit 1; }
	for cpu in x86_64 aarch64; do $(MAKE) static CPU=$$cpu || exit 1; done
	docker/release $(VERSION) $(COMMIT) $(BUILD)/release \
		$(BUILD)/static$(if $(filter-out x86_64,$(shell uname -m)),-x86_64) \
		$(BUILD)/static$(if $(filter-out aarch64,$(shell uname -m)),-aarch64)

clean:
	rm -rf $(BUILD)

# What reads the source for mistakes. Prints nothing where it finds none.
analyze: needs-lint $(GENERATED)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem -I. -I$(BUILD)/gen cmd core
	@for file in $(CORE) $(CMD); do \
		$(COMPILE) -fanalyzer -c -o /dev/null $$file || exit 1; done
	clang-tidy --quiet $(CORE) $(CMD) -- -std=c17 $(DEFINES)

format:
	clang-format -i $(shell git ls-files '*.c')

-include $(CORE_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(UNIT_PROGRAMS:=.d) $(BENCH_PROGRAMS:=.d) \
	$(BUILD)/tests/corpus/split.d $(FUZZER_PROGRAMS:=.d)

.PHONY: all kube analyze needs needs-test needs-demo needs-lint unit test test-docker base-images static update-sources fuzz fuzzers demo install uninstall dist release clean format picture bench
.SECONDARY:
