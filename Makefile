# make            build/migrate
# make test       everything that is tested, on a bare Debian as root too
# make demo       the whole boot on a throwaway PostgreSQL
# make install    PREFIX=/usr/local
# make bench      tests/bench; differential, corpus, format, analyze: see below

VERSION = 0.1.0
PREFIX = /usr/local
BUILD = build
CC = gcc

MODULES = libpq libcrypto jansson
CPPFLAGS = -D_GNU_SOURCE -DMIGRATE_VERSION='"$(VERSION)"' -I. -I$(BUILD)/gen \
	$(shell pkg-config --cflags $(MODULES) 2>/dev/null)
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wvla -Wundef -Wcast-qual \
	-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Werror
HARDENING = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CFLAGS = -O2 -g
LDFLAGS = -pie -Wl,-z,relro,-z,now,--as-needed
LIBS = $(shell pkg-config --libs $(MODULES) 2>/dev/null) -linih -pthread
COMPILE = $(CC) -std=c17 $(CPPFLAGS) $(WARNINGS) $(HARDENING) $(CFLAGS) -pthread

# The same tree, built again beside the first: make BUILD=build/asan SANITIZE=1
ifdef SANITIZE
HARDENING = -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS = -O1 -g
LDFLAGS = -fsanitize=address,undefined
endif

CORE = $(sort $(wildcard core/*/*.c))
CMD = $(sort $(wildcard cmd/*.c))
SQL = $(sort $(wildcard core/*/*.sql))
PYTHON = $(sort $(wildcard core/*/*.py))
UNIT = $(sort $(wildcard tests/unit/*.c))
CORE_OBJECTS = $(CORE:%.c=$(BUILD)/%.o)
CMD_OBJECTS = $(CMD:%.c=$(BUILD)/%.o)
UNIT_PROGRAMS = $(UNIT:%.c=$(BUILD)/%)
GENERATED = $(SQL:%=$(BUILD)/gen/%.h) $(PYTHON:%=$(BUILD)/gen/%.h)

all: needs $(BUILD)/migrate

$(BUILD)/migrate: $(CMD_OBJECTS) $(BUILD)/libcore.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libcore.a: $(CORE_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c Makefile | $(GENERATED)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libcore.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# A query becomes a terminated array named after its file: core/state/read.sql is sql_state_read. So does
# a script: core/run/import_alembic.py is py_run_import_alembic.
define EMBED
@mkdir -p $(@D)
@{ echo 'static const char $(subst .,,$(suffix $<))_$(notdir $(<D))_$(basename $(<F))[] = {'; \
  od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '0};'; } >$@
endef
$(BUILD)/gen/%.sql.h: %.sql Makefile
	$(EMBED)
$(BUILD)/gen/%.py.h: %.py Makefile
	$(EMBED)

# Says what is missing with the command that installs it; installs it where it may.
needs:
	@tests/lib/needs build
needs-test:
	@tests/lib/needs build test
needs-lint:
	@tests/lib/needs build lint

unit: $(UNIT_PROGRAMS) $(BUILD)/tests/corpus/split

$(BUILD)/tests/corpus/split: $(BUILD)/tests/corpus/split.o $(BUILD)/libcore.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# The programs under test are the sanitized ones; tests/e2e/*.t find them through $$MIGRATE.
JOBS = $(shell nproc)
test: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/asan SANITIZE=1 \
		$(BUILD)/asan/migrate unit
	tests/lib/run $(BUILD) $(TESTS)

# The same commands by Alembic and by migrate: what alembic.t and over_and_back.t do briefly, at length.
# SEED=n makes another run, or the same one again.
SEED = 1
differential: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/asan SANITIZE=1 $(BUILD)/asan/migrate
	DIFFERENTIAL_GRAPHS=320 DIFFERENTIAL_SEED=$(SEED) tests/lib/run $(BUILD) \
		tests/e2e/alembic.t tests/e2e/over_and_back.t

# How SQL is split, on PostgreSQL's own SQL: as psql does, and libpg_query where it is installed?
PG_QUERY = $(if $(wildcard /usr/include/pg_query.h),-DPG_QUERY -lpg_query)
$(BUILD)/corpus/split: tests/corpus/split.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $^ $(LIBS) $(PG_QUERY)

corpus: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/corpus/split
	tests/corpus/fetch $(BUILD)/corpus/postgresql
	tests/corpus/compare $(BUILD)/corpus/split $(BUILD)/corpus/postgresql

# Somebody's Alembic project, imported and compared with Alembic at every step: make real REAL_BOT=dir.
# tests/corpus/real says how to try others than the bot.
real:
	tests/corpus/real "$(REAL_BOT)"

# Beside Alembic, psql and the least that is possible, in turn with them.
BENCH = $(sort $(wildcard tests/bench/*.c))
BENCH_PROGRAMS = $(BENCH:%.c=$(BUILD)/%)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

bench: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate $(BENCH_PROGRAMS)
	perl tests/bench/boot.pl $(BUILD)
	perl tests/bench/apply.pl $(BUILD)
	perl tests/bench/wait.pl $(BUILD)

demo: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate
	perl -Itests/lib docker/demo.pl $(BUILD)/migrate

install: all
	install -D -m 755 $(BUILD)/migrate $(DESTDIR)$(PREFIX)/bin/migrate

clean:
	rm -rf $(BUILD)

# What reads the source for mistakes. Prints nothing where it finds none.
analyze: needs-lint $(GENERATED)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem -I. -I$(BUILD)/gen cmd core
	@for file in $(CORE) $(CMD); do \
		$(COMPILE) -fanalyzer -c -o /dev/null $$file || exit 1; done
	clang-tidy --quiet $(CORE) $(CMD) -- -std=c17 $(CPPFLAGS)

format:
	clang-format -i $(shell git ls-files '*.c')

-include $(CORE_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(UNIT_PROGRAMS:=.d) $(BENCH_PROGRAMS:=.d)

.PHONY: all analyze needs needs-test needs-lint unit test demo install clean format differential corpus real bench
.SECONDARY:
