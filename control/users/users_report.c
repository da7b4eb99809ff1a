/* SPDX-License-Identifier: BSD-3-Clause */
/* What people are told of the users: in the log, and when they ask. */
#include <stdio.h>

#include "process/clock.h"
#include "users/users_internal.h"

static void
log_bad(const struct users *u)
{
	uint64_t shown = u->now.bad < USERS_BAD_KEPT ? u->now.bad : USERS_BAD_KEPT;

	for (uint64_t i = 0; i < shown; i++)
		fprintf(stderr, "viaduct-control: users: %s\n", u->now.bad_rows[i]);
	if (u->now.bad > shown)
		fprintf(stderr, "viaduct-control: users: %llu more rows like that\n",
			(unsigned long long)(u->now.bad - shown));
}

void
users_log(const struct users *u)
{
	const struct users_load *now = &u->now, *last = &u->last;

	if (u->error[0] != '\0' && strcmp(u->error, u->error_before) != 0)
		fprintf(stderr, "viaduct-control: %s; %s\n", u->error,
			users_ready(u) ? "the users from before stay in force"
				       : "nobody can authenticate");
	if (now->bad != last->bad || memcmp(now->bad_rows, last->bad_rows, sizeof(now->bad_rows)))
		log_bad(u);
	if (u->error[0] == '\0' && (u->finished == 1 || u->error_before[0] != '\0' ||
				    now->added > 0 || now->changed > 0 || now->removed > 0))
		fprintf(stderr,
			"viaduct-control: users: %llu, after %llu ms: %llu added, %llu changed, "
			"%llu removed\n",
			(unsigned long long)user_index_count(u->names), (unsigned long long)now->ms,
			(unsigned long long)now->added, (unsigned long long)now->changed,
			(unsigned long long)now->removed);
}

static json_t *
bad_rows(const struct users *u)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i < u->last.bad && i < USERS_BAD_KEPT; i++)
		json_array_append_new(list, json_string(u->last.bad_rows[i]));
	return list;
}

json_t *
users_report(const struct users *u)
{
	char source[300];
	json_t *o;

	if (u->config->file->users.source == CONFIG_USERS_NONE)
		return NULL;
	user_source_name(u->config, source, sizeof(source));
	user_sentence_clean(source);
	o = json_pack("{s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		      "source", source, "ready", users_ready(u), "loaded", users_loaded(u),
		      "reading", u->phase != USERS_IDLE, "users",
		      (json_int_t)user_index_count(u->names), "aors",
		      (json_int_t)(user_index_count(u->aors) - u->leaving_count), "leaving",
		      (json_int_t)u->leaving_count, "held", users_leaving_held(u), "loads",
		      (json_int_t)u->finished, "took_ms", (json_int_t)u->last.ms, "added",
		      (json_int_t)u->last.added, "changed", (json_int_t)u->last.changed, "removed",
		      (json_int_t)u->last.removed, "bad_rows", (json_int_t)u->last.bad, "bad",
		      bad_rows(u));
	if (u->read_ms > 0)
		json_object_set_new(
			o, "read_s",
			json_integer((json_int_t)(clock_steady_ms() - u->read_ms) / 1000));
	if (u->error[0] != '\0')
		json_object_set_new(o, "error", json_string(u->error));
	return o;
}
