/* checks: what the checks are given and give; for doctor.c and doctor_*.c. */
#ifndef CORE_DOCTOR_CHECKS_H
#define CORE_DOCTOR_CHECKS_H

#include "core/doctor/doctor.h"

/* What was come by; an error says why the part beside it is missing. */
struct doctor {
	struct arena *arena;
	const struct config_flags *flags;
	const struct config *config;	/* NULL: config_error */
	struct error config_error;
	bool has_graph;
	struct graph graph;
	struct error graph_error;
	bool connected;
	struct database database;
	struct error database_error;
	const struct rows *server;	/* doctor_server.sql's row; NULL: it failed */
};

/* doctor_server.sql's columns. */
enum server_fact {
	FACT_BACKEND,
	FACT_CLOCK,		/* seconds of the epoch */
	FACT_SCHEMA,		/* NULL: there is none to create in */
	FACT_CREATE,
	FACT_CREATEDB,
	FACT_SIZE,		/* bytes */
	FACT_UNREADABLE,	/* how many relations pg_dump could not read */
	FACT_UNREADABLE_FIRST,
	FACT_ROLE,		/* NULL: [apply] role does not exist, or none is set */
	FACT_VERSION,
	FACT_CLIENT		/* this program, as the server sees it; NULL: over a Unix socket */
};

/* What a check says; `remedy` NULL: the row's own. */
struct verdict {
	enum health health;
	const char *says, *remedy;
};

struct verdict verdict_ok(const char *says);
struct verdict verdict_warning(const char *says, const char *remedy);
struct verdict verdict_failure(const char *says, const char *remedy);

/* The error's words; its hint is the remedy. */
struct verdict verdict_error(struct doctor *doctor, const struct error *err);

/* doctor_files.c */
struct verdict check_configuration(struct doctor *doctor);
struct verdict check_secrets(struct doctor *doctor);
struct verdict check_migrations(struct doctor *doctor);
struct verdict check_downgrades(struct doctor *doctor);
struct verdict check_backup_directory(struct doctor *doctor);
struct verdict check_backup_space(struct doctor *doctor);

/* doctor_server.c */
struct verdict check_connection(struct doctor *doctor);
struct verdict check_writes(struct doctor *doctor);
struct verdict check_tls(struct doctor *doctor);
struct verdict check_server_version(struct doctor *doctor);
struct verdict check_pooler(struct doctor *doctor);
struct verdict check_keepalives(struct doctor *doctor);
struct verdict check_create(struct doctor *doctor);
struct verdict check_createdb(struct doctor *doctor);
struct verdict check_role(struct doctor *doctor);
struct verdict check_clock(struct doctor *doctor);

/* doctor_backup.c */
struct verdict check_dump(struct doctor *doctor);
struct verdict check_dump_privileges(struct doctor *doctor);
struct verdict check_restorable(struct doctor *doctor);

/* doctor_state.c */
struct verdict check_revision(struct doctor *doctor);
struct verdict check_edited(struct doctor *doctor);
struct verdict check_half_done(struct doctor *doctor);
struct verdict check_last_run(struct doctor *doctor);

/* doctor_notify.c */
struct verdict check_notifications(struct doctor *doctor);

/* doctor_host.c */
struct verdict check_init(struct doctor *doctor);

/* A fact of the server as text; "" for SQL's NULL. */
const char *doctor_fact(const struct doctor *doctor, enum server_fact fact);

#endif
