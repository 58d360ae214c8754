# The long campaigns, a target each: tests/README.md. Each has a short form in make test. SEED=n makes another run, or the
# same one again.
SEED = 1

# The program, and its sanitized form too.
plain: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/migrate
both: plain
	+$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/asan SANITIZE=1 $(BUILD)/asan/migrate

# The same commands by Alembic and by migrate: what alembic.t and over_and_back.t do briefly, at length.
differential: both
	DIFFERENTIAL_GRAPHS=320 DIFFERENTIAL_SEED=$(SEED) tests/lib/run $(BUILD) \
		tests/e2e/alembic.t tests/e2e/over_and_back.t

# A thousand crashes, a thousand resumed parts that set their session, and 50 replicas at once, twenty times. SEED=n makes others.
crash: both
	CRASHES=1000 CRASH_SEED=$(SEED) tests/lib/run $(BUILD) tests/e2e/crash.t
	RESUMES=1000 RESUME_SEED=$(SEED) tests/lib/run $(BUILD) tests/e2e/resume.t
	REPLICAS=50 ROUNDS=20 WITHIN=200 tests/lib/run $(BUILD) tests/e2e/replicas.t

# Two hundred migrators that are cut off, and a pooler under load for 20 boots of each kind; SEED=n makes others.
vanish: both
	LINK_LONG=1 LINKS=200 LINK_SEED=$(SEED) tests/lib/run $(BUILD) tests/e2e/vanished.t
	BOOTS=20 tests/lib/run $(BUILD) tests/e2e/pooler_load.t

# Forty waits for a standby, each of another length, and half a day of looks at the version table.
waits: both
	RUNS=40 LOOKS=90000 tests/lib/run $(BUILD) tests/e2e/standby.t tests/e2e/wait.t

# The whole flow under each setting that a role or a database can have: a quarter of an hour. SETTINGS=name,name
# for some, PGBIN= for another major.
SETTINGS = all
settings: plain
	SETTINGS=$(SETTINGS) tests/lib/run $(BUILD) tests/e2e/settings.t

# The way back: random histories of boots, failures, downgrades, writes and restores; databases with random sets of
# traps, backed up, restored and compared, as a superuser and without. SEED=n makes others.
way-back: both
	HISTORIES=1000 STEPS=20 WAY_BACK_SEED=$(SEED) tests/lib/run $(BUILD) tests/e2e/way_back.t
	RESTORABLE=200 RESTORABLE_SEED=$(SEED) tests/lib/run $(BUILD) tests/e2e/restorable.t

# How SQL is split, on PostgreSQL's own SQL: as psql does, and libpg_query where it is installed?
PG_QUERY = $(if $(wildcard /usr/include/pg_query.h),-DPG_QUERY -lpg_query)
$(BUILD)/corpus/split: tests/corpus/split.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(LINK) $(DEFINES) -std=c17 -o $@ $^ $(LIBS) $(PG_QUERY)

corpus: needs-test
	+$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/corpus/split
	tests/corpus/fetch $(BUILD)/corpus/postgresql
	tests/corpus/compare $(BUILD)/corpus/split $(BUILD)/corpus/postgresql

# What each form of statement locks and writes anew, on the server FORMS=postgresql://…/postgres of another
# major; PG_DUMP= and PG_RESTORE= where this machine's are too old for it.
forms: both
	LOCK_FORMS="$(FORMS)" PG_DUMP=$(PG_DUMP) PG_RESTORE=$(PG_RESTORE) \
		tests/lib/run $(BUILD) tests/e2e/lock_forms.t

# Somebody's Alembic project, imported and compared with Alembic at every step: make real REAL_BOT=dir.
# tests/corpus/real says how to try others than the bot.
real:
	tests/corpus/real "$(REAL_BOT)"

# Copies of backups on a real S3 server, built by go from its module.
$(BUILD)/versitygw:
	@mkdir -p $(BUILD)
	GOBIN=$(abspath $(BUILD)) GOFLAGS=-modcacherw GOPATH=$(abspath $(BUILD))/go \
		go install github.com/versity/versitygw/cmd/versitygw@latest
	rm -rf $(BUILD)/go

s3: both $(BUILD)/versitygw
	S3_SERVER=$(BUILD)/versitygw tests/lib/run $(BUILD) tests/e2e/s3.t

# Schemas that become others and come back: public schema changes in PAIRS=dir, whose directories have an
# old.sql and a new.sql each, 1,000 random ones of each generator (SEED=n makes others), and every change of types. This and what follows runs on
# another major with PGBIN=, the directory of its programs: tests/corpus/server gives one.
pairs: plain
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/pairs.pl tests/corpus/diff
	for which in random random_families random_objects random_positions random_keys; do \
		MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/$$which.pl $(SEED) 1000 || exit; done
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/conversions.pl
	$(if $(PAIRS),MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/pairs.pl $(PAIRS))

# 200 random changes of SQLAlchemy models, beside Alembic's autogenerate; SEED=n makes others.
models: plain
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/models.pl $(SEED) 200

# Models beside the databases that years of migrations made of old projects, those in tests/corpus/old and those in OLD=dir,
# whose directories have an old.sql, an m.py and a probe.sql each; and 100 random histories, beside Alembic's
# autogenerate; SEED=n makes others. ALEMBIC_PYTHON= is the Python of another SQLAlchemy.
OLD = $(wildcard ../shared/cases/models)
projects-models: plain
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/random_old.pl $(SEED) 100
	for place in tests/corpus/old $(OLD); do \
		MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/projects_models.pl $$place || exit; done

# Alembic's own autogenerate tests, of its sources in ALEMBIC=dir, beside that Alembic: each test's two
# models. ALEMBIC_PYTHON= where python3 has not what that Alembic needs.
alembic-cases: plain
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/alembic_cases.pl "$(ALEMBIC)"

# Real schemas in SCHEMAS=dir, from nothing, to nothing, and from version to version: tests/corpus/schemas.pl;
# tests/corpus/projects takes them from public projects.
schemas: plain
	MIGRATE_PLAIN=$(BUILD)/migrate perl -Itests/lib tests/corpus/schemas.pl "$(SCHEMAS)"

.PHONY: plain both differential crash vanish waits settings way-back corpus forms real s3 pairs models projects-models alembic-cases schemas
