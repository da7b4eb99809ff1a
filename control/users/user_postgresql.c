/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Users in a PostgreSQL database. libpq's calls that do not block, and a deadline for each wait: a
 * server that is stopped, or behind a firewall that swallows everything, never answers, and no
 * time-out of its own helps then. A cursor gives some thousand rows at once.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>
#include <openssl/crypto.h>

#include "process/clock.h"
#include "users/user_source.h"

enum {
	CONNECT_MS = 10000,
	STATEMENT_MS = 60000, /* the first rows of a query that sorts come late */
	STOP_MS = 200,        /* how soon a stop is seen */
};

#define CONNECT "users database: cannot connect"
#define FETCH "FETCH 2000 FROM viaduct_users"

struct user_postgresql {
	struct user_source source;
	PGconn *db;
	const char *query;
	struct user_columns columns;
	bool columns_known;
	uint64_t number;
};

/* What the server refuses about a query that is no SELECT, or more than one. */
static bool
is_no_select(const PGresult *result)
{
	static const char syntax[] = "42601", not_supported[] = "0A000";
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state != NULL && (strcmp(state, syntax) == 0 || strcmp(state, not_supported) == 0);
}

/* The first line of what the server, or libpq where there is no result, says. */
static bool
refuse(const struct user_postgresql *p, const PGresult *result, const char *what, char *message,
       size_t size)
{
	const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (said == NULL)
		said = p->db != NULL ? PQerrorMessage(p->db) : "no memory";
	snprintf(message, size, "%s: %s%.*s", what, is_no_select(result) ? "want one SELECT: " : "",
		 (int)strcspn(said, "\n"), said);
	user_sentence_clean(message);
	return false;
}

static bool
too_late(const char *what, int ms, char *message, size_t size)
{
	snprintf(message, size, "%s: no answer within %d s", what, ms / 1000);
	return false;
}

/* Wait until the socket is ready. 0: the time is up or a stop was asked for. */
static int
await(const struct user_postgresql *p, short events, uint64_t deadline)
{
	for (;;) {
		struct pollfd fd = { .fd = PQsocket(p->db), .events = events };
		int n = poll(&fd, 1, STOP_MS);

		if (n > 0)
			return 1;
		if (clock_steady_ms() >= deadline || atomic_load(p->source.stop))
			return 0;
	}
}

static bool
connect_server(struct user_postgresql *p, char *message, size_t size)
{
	uint64_t deadline = clock_steady_ms() + CONNECT_MS;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	if (p->db == NULL || PQstatus(p->db) == CONNECTION_BAD)
		return refuse(p, NULL, CONNECT, message, size);
	while (state != PGRES_POLLING_OK) {
		if (await(p, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline) == 0)
			return too_late("users database", CONNECT_MS, message, size);
		state = PQconnectPoll(p->db);
		if (state == PGRES_POLLING_FAILED)
			return refuse(p, NULL, CONNECT, message, size);
	}
	return PQsetnonblocking(p->db, 1) == 0 || refuse(p, NULL, CONNECT, message, size);
}

/* Send all that is to be sent and wait for a result. */
static bool
await_result(struct user_postgresql *p, uint64_t deadline)
{
	int flush;

	while ((flush = PQflush(p->db)) == 1)
		if (await(p, POLLIN | POLLOUT, deadline) == 0 || PQconsumeInput(p->db) == 0)
			return false;
	while (flush == 0 && PQisBusy(p->db) != 0)
		if (await(p, POLLIN, deadline) == 0 || PQconsumeInput(p->db) == 0)
			return false;
	return flush == 0;
}

/* Run one statement; NULL with a sentence. The caller clears the result. */
static PGresult *
run(struct user_postgresql *p, const char *what, const char *statement, char *message, size_t size)
{
	uint64_t deadline = clock_steady_ms() + STATEMENT_MS;
	PGresult *result = NULL, *next;
	ExecStatusType status;

	/* unlike PQsendQuery() this takes one statement and no second behind it */
	if (PQsendQueryParams(p->db, statement, 0, NULL, NULL, NULL, NULL, 0) == 0) {
		refuse(p, result, what, message, size);
		return NULL;
	}
	while (await_result(p, deadline) && (next = PQgetResult(p->db)) != NULL) {
		PQclear(result);
		result = next;
	}
	status = PQresultStatus(result);
	if (PQisBusy(p->db) == 0 && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK))
		return result;
	if (clock_steady_ms() >= deadline)
		too_late(what, STATEMENT_MS, message, size);
	else
		refuse(p, result, what, message, size);
	PQclear(result);
	return NULL;
}

static bool
run_plain(struct user_postgresql *p, const char *what, const char *statement, char *message,
	  size_t size)
{
	PGresult *result = run(p, what, statement, message, size);

	PQclear(result);
	return result != NULL;
}

/* The transaction sees one state of the database, however long reading takes, and changes none. */
static bool
declare(struct user_postgresql *p, char *message, size_t size)
{
	static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	size_t len = strlen(p->query);
	char *statement = NULL;
	bool fine;

	while (len > 0 && strchr("; \t\r\n", p->query[len - 1]) != NULL)
		len--;
	if (asprintf(&statement, "DECLARE viaduct_users NO SCROLL CURSOR FOR %.*s", (int)len,
		     p->query) < 0)
		return refuse(p, NULL, "users.query", message, size);
	fine = run_plain(p, "users database: cannot begin", begin, message, size) &&
	       run_plain(p, "users.query", statement, message, size);
	free(statement);
	return fine;
}

static const char *
name_of(void *result, int i)
{
	return PQfname(result, i);
}

static void
take_row(const struct user_postgresql *p, const PGresult *result, int at, struct user_row *row)
{
	for (int k = 0; k < USER_COLUMNS; k++) {
		int i = p->columns.at[k];

		if (i >= 0 && !PQgetisnull(result, at, i))
			*user_columns_member(row, k) = slice_of(PQgetvalue(result, at, i),
								(size_t)PQgetlength(result, at, i));
	}
}

/* Visit the rows of one fetch. False: no more are wanted. */
static bool
visit_rows(struct user_postgresql *p, const PGresult *result, user_visit visit, void *context)
{
	for (int i = 0; i < PQntuples(result); i++) {
		struct user_row row = { .number = ++p->number };
		bool more;

		take_row(p, result, i, &row);
		more = visit(&row, context);
		if (row.password.len > 0)
			OPENSSL_cleanse((void *)(uintptr_t)row.password.ptr, row.password.len);
		if (!more)
			return false;
	}
	return PQntuples(result) > 0;
}

static bool
postgresql_read(struct user_source *s, user_visit visit, void *context, char *message, size_t size)
{
	struct user_postgresql *p = (struct user_postgresql *)s;
	bool more = declare(p, message, size), fine = more;

	while (more && !atomic_load(s->stop)) {
		PGresult *result = run(p, "users.query", FETCH, message, size);

		fine = result != NULL;
		if (fine && !p->columns_known)
			fine = p->columns_known = user_columns_find(&p->columns, PQnfields(result),
								    name_of, result, message, size);
		more = fine && visit_rows(p, result, visit, context);
		PQclear(result);
	}
	return fine;
}

static void
postgresql_close(struct user_source *s)
{
	struct user_postgresql *p = (struct user_postgresql *)s;

	PQfinish(p->db);
	free(p);
}

static void
ignore_notice(void *context, const char *text)
{
	(void)context;
	(void)text;
}

/* What is named before dbname is a default, which the connection string overrides. */
static PGconn *
start(const char *connection)
{
	static const char *const names[] = { "application_name", "options",
					     "keepalives_idle",  "keepalives_interval",
					     "keepalives_count", "tcp_user_timeout",
					     "dbname",           NULL };
	const char *const values[] = {
		"viaduct",  "-c statement_timeout=60s -c idle_in_transaction_session_timeout=10min",
		"10",       "5",
		"3",        "30000",
		connection, NULL
	};

	return PQconnectStartParams(names, values, 1);
}

struct user_source *
user_postgresql_open(const char *connection, const char *query, const atomic_bool *stop,
		     char *message, size_t size)
{
	static const struct user_source_ops ops = { postgresql_read, postgresql_close };
	struct user_postgresql *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		snprintf(message, size, "users database: no memory");
		return NULL;
	}
	p->source = (struct user_source){ &ops, "row", stop };
	p->query = query;
	p->db = start(connection);
	if (p->db != NULL)
		PQsetNoticeProcessor(p->db, ignore_notice, NULL);
	if (connect_server(p, message, size))
		return &p->source;
	postgresql_close(&p->source);
	return NULL;
}
