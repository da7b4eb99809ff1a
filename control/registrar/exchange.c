/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/exchange.h"

#include <stdio.h>

#include "process/clock.h"
#include "registrar/instances.h"
#include "registrar/record_json.h"
#include "registrar/registrar_internal.h"
#include "sip/chars.h"
#include "sip/writer.h"

enum { ROWS_MAX = 256, OCTETS_MAX = 256 << 10 };

static json_t *
failure(const char *text)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

/* ---- export ---- */

struct export
{
	json_t *rows;
	size_t octets;
	unsigned int limit, seen, damaged;
	bool stopped; /* there is more */
	char last[STORE_NAME_MAX];
	size_t last_len;
	struct record record;
};

static bool
export_one(struct slice aor, struct slice value, void *context)
{
	struct export *e = context;

	e->stopped = e->seen == e->limit || e->octets > OCTETS_MAX;
	if (e->stopped)
		return false;
	e->seen++;
	e->last_len = aor.len < sizeof(e->last) ? aor.len : sizeof(e->last);
	memcpy(e->last, aor.ptr, e->last_len);
	e->octets += value.len;
	if (aor.len <= REGISTER_AOR_MAX && record_decode(value, &e->record))
		json_array_append_new(e->rows, record_to_json(aor, &e->record));
	else
		e->damaged++;
	return true;
}

/* A damaged key may be no text. */
static json_t *
key_json(struct slice key)
{
	char hex[2 * STORE_NAME_MAX];
	struct sip_writer w;

	sip_writer_init(&w, hex, sizeof(hex));
	for (size_t i = 0; i < key.len; i++)
		sip_put_hex(&w, (unsigned char)key.ptr[i], 2);
	return json_stringn(w.begin, (size_t)(w.p - w.begin));
}

/* The key behind one: nothing is between it and itself with a NUL behind. */
static bool
key_behind(const char *hex, char out[STORE_NAME_MAX + 1], struct slice *key)
{
	size_t len = strlen(hex) / 2;

	if (strlen(hex) % 2 != 0 || len > STORE_NAME_MAX || !sip_all(slice_str(hex), SIP_CHAR_HEX))
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(sip_hex_value(hex[2 * i]) << 4 | sip_hex_value(hex[2 * i + 1]));
	out[len] = '\0';
	*key = slice_of(out, len + 1);
	return true;
}

json_t *
registrar_export(struct registrar *r, const json_t *request)
{
	static struct export e;
	const char *from = json_string_value(json_object_get(request, "from"));
	json_int_t limit = json_integer_value(json_object_get(request, "limit"));
	char text[STORE_NAME_MAX + 1];
	struct slice key = SLICE_ABSENT;
	enum store_error error;
	json_t *answer;

	if (from != NULL && !key_behind(from, text, &key))
		return failure("from: want what \"next\" was");
	e = (struct export){ .rows = json_array(),
			     .limit = limit > 0 && limit < ROWS_MAX ? (unsigned int)limit
								    : ROWS_MAX };
	if (r->store->ops->begin(r->store) != STORE_OK)
		return failure("the binding store cannot be read");
	/* one more than are wanted: it tells whether there is one */
	error = r->store->ops->walk(r->store, key, e.limit + 1, export_one, &e);
	r->store->ops->abort(r->store);
	if (error != STORE_OK) {
		json_decref(e.rows);
		return failure(store_error_text(error));
	}
	answer = json_pack("{s:b, s:o, s:i}", "ok", 1, "rows", e.rows, "damaged", (int)e.damaged);
	if (e.stopped)
		json_object_set_new(answer, "next", key_json(slice_of(e.last, e.last_len)));
	return answer;
}

/* ---- import ---- */

static void
drop_expired(struct record *record, uint64_t now_ms)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < record->count; i++)
		if (record->binding[i].expires_ms > now_ms)
			record->binding[kept++] = record->binding[i];
	record->count = kept;
}

/* New epochs: those of the store that it comes from are others' here. */
static bool
give_epochs(struct registrar *r, struct record *record)
{
	for (unsigned int i = 0; i < record->instance_count; i++) {
		record->instance[i].epoch = epochs_next(&r->epochs, r->store);
		if (record->instance[i].epoch == 0)
			return false;
	}
	instances_settle(record);
	return true;
}

/* Nobody could refresh it, nor call it here. */
static bool
is_of_ours(const struct config_file *f, struct slice aor)
{
	struct slice domain;

	slice_cut(&aor, '@');
	domain = slice_cut(&aor, ':'); /* without a port */
	for (unsigned int i = 0; i < f->domains_count; i++)
		if (slice_eq_nocase(domain, slice_str(f->domains[i])))
			return true;
	return false;
}

static bool
import_one(struct registrar *r, struct job *j, const json_t *row, char *message, size_t size)
{
	static struct record_import import;

	if (!record_from_json(row, &import, message, size))
		return false;
	if (import.aor.len > REGISTER_AOR_MAX)
		return snprintf(message, size, "aor: want at most %d octets", REGISTER_AOR_MAX) < 0;
	if (!is_of_ours(r->config->file, import.aor))
		return snprintf(message, size, "aor: want one of 'domains'") < 0;
	registrar_job_aor(j, import.aor);
	if (!registrar_load(r, j))
		return snprintf(message, size, "the binding store does not take it") < 0;
	drop_expired(&import.record, clock_wall_ms());
	j->due_ms = REGISTRAR_NEVER;
	j->record = import.record;
	j->changed = give_epochs(r, &j->record);
	if (j->changed)
		registrar_save(r, j);
	/* the import's memory is the next row's: what is shown is read from what was written */
	if (!j->changed || !registrar_load(r, j))
		return snprintf(message, size, "the binding store does not take it") < 0;
	j->due_ms = REGISTRAR_NEVER;
	return true;
}

json_t *
registrar_import(struct registrar *r, const json_t *request)
{
	const json_t *rows = json_object_get(request, "rows");
	size_t n = json_array_size(rows), i;
	char message[256], text[320];

	if (!json_is_array(rows) || n > ROWS_MAX)
		return failure("rows: want a list of at most 256");
	if (r->store->ops->begin(r->store) != STORE_OK)
		return failure("the binding store cannot be written");
	r->arena_used = 0;
	for (i = 0; i < n; i++)
		if (!import_one(r, &r->job[i], json_array_get(rows, i), message, sizeof(message)))
			break;
	if (i < n) {
		r->store->ops->abort(r->store);
		epochs_settle(&r->epochs, false);
		snprintf(text, sizeof(text), "row %zu: %s", i, message);
		return failure(text);
	}
	registrar_commit(r, r->job, (unsigned int)n);
	for (i = 0; i < n; i++)
		if (!r->job[i].changed)
			return failure("the binding store does not take it");
	return json_pack("{s:b, s:i}", "ok", 1, "imported", (int)n);
}
