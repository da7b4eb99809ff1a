/* SPDX-License-Identifier: BSD-3-Clause */
#include "admin/store.h"

#include <stdio.h>

static void
set(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

json_t *
admin_store_report(const struct store_stat *st)
{
	char identity[2 * STORE_IDENTITY_LEN + 1];
	json_t *o = json_object();

	for (size_t i = 0; i < STORE_IDENTITY_LEN; i++)
		snprintf(identity + 2 * i, 3, "%02x", st->identity[i]);
	json_object_set_new(o, "identity", json_string(identity));
	set(o, "aors", st->aors);
	set(o, "sequence", st->sequence);
	set(o, "applied", st->applied);
	set(o, "pending", st->pending);
	set(o, "used", st->used);
	set(o, "limit", st->limit);
	set(o, "file_size", st->file_size);
	set(o, "journal_size", st->journal_size);
	set(o, "journal_used", st->journal_used);
	set(o, "journal_failures", st->journal_failures);
	set(o, "commits", st->commits);
	set(o, "commits_failed", st->failed);
	set(o, "generations", st->generations);
	set(o, "waits", st->waits);
	set(o, "wait_us", st->wait_us);
	if (st->apply_error != STORE_OK)
		json_object_set_new(o, "behind", json_string(store_error_text(st->apply_error)));
	return o;
}

json_t *
admin_store(struct binding_store *s, const char *name)
{
	struct store_stat st;
	json_t *answer;

	if (strcmp(name, "store-checkpoint") == 0)
		s->ops->checkpoint(s);
	else if (strcmp(name, "store-stat") != 0)
		return NULL;
	s->ops->stat(s, &st);
	answer = json_pack("{s:b}", "ok", 1);
	json_object_update_new(answer, admin_store_report(&st));
	return answer;
}
