/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/transactions.h"

#include <string.h>

enum {
	TEXT_EACH = 1024, /* octets for the texts and branches of one transaction, on average */
	LINE = 64,
	/* longest text of each kind that is kept */
	METHOD_MAX = 32,
	URI_MAX = 512,
	CALL_ID_MAX = 256,
	FROM_MAX = 128,
	TEXTS = 4,
};

/** Head of a worker's part; its rows follow, then its texts. */
struct part {
	_Atomic uint32_t done; /* stored last */
	uint32_t rows, matched, live;
	uint64_t text_used;
	uint8_t reserved[40];
};

_Static_assert(sizeof(struct part) == LINE, "list ABI: head of a part");

/** Offsets are from the part's beginning; texts lie one behind the other. */
struct row {
	struct transactions_facts facts;
	uint64_t branches_off, text_off;
	uint16_t len[TEXTS];
	uint16_t branch_count;
	uint8_t reserved[6];
};

_Static_assert(sizeof(struct row) == LINE, "list ABI: a row");

const struct segment_type transactions_query_type = {
	.kind = SEGMENT_QUERY,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct transactions_query), TRANSACTIONS_AOR_MAX,
				 TRANSACTIONS_SERVER_COUNT),
	.name = "query",
};

const struct segment_type transactions_list_type = {
	.kind = SEGMENT_TRANSACTIONS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct row), sizeof(struct transactions_branch),
				 (TRANSACTIONS_SERVER_COUNT << 8) + TRANSACTIONS_CLIENT_COUNT),
	.name = "transactions",
};

/* ---- names ---- */

static const char *const server_names[] = {
#define X(name) #name,
	TRANSACTIONS_SERVER_STATES(X)
#undef X
};

static const char *const client_names[] = {
#define X(name) #name,
	TRANSACTIONS_CLIENT_STATES(X)
#undef X
};

const char *
transactions_server_name(unsigned int state)
{
	return state < TRANSACTIONS_SERVER_COUNT ? server_names[state] : "?";
}

const char *
transactions_client_name(unsigned int state)
{
	return state < TRANSACTIONS_CLIENT_COUNT ? client_names[state] : "?";
}

int
transactions_server_find(const char *name)
{
	for (int i = 0; i < TRANSACTIONS_SERVER_COUNT; i++)
		if (strcmp(server_names[i], name) == 0)
			return i;
	return -1;
}

/* ---- the query ---- */

enum segment_error
transactions_ask(const char *dir, const struct transactions_query *query)
{
	enum segment_error error;
	struct segment s;

	error = segment_create(&s, dir, &transactions_query_type,
			       sizeof(struct transactions_query_segment));
	if (error != SEGMENT_OK)
		return error;
	((struct transactions_query_segment *)s.header)->query = *query;
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}

static bool
is_sound(const struct transactions_query *q)
{
	return q->id != 0 && q->limit >= 1 && q->limit <= TRANSACTIONS_LIMIT_MAX &&
	       q->aor_len <= TRANSACTIONS_AOR_MAX && q->call_id_len <= TRANSACTIONS_CALL_ID_MAX &&
	       (q->state < TRANSACTIONS_SERVER_COUNT || q->state == TRANSACTIONS_ANY_STATE);
}

enum segment_error
transactions_query_read(const char *dir, struct transactions_query *out, struct segment *seen,
			uint64_t *age_ms)
{
	enum segment_error error = segment_attach(seen, dir, &transactions_query_type, false);

	if (error != SEGMENT_OK)
		return error;
	if (seen->size < sizeof(struct transactions_query_segment)) {
		segment_detach(seen);
		return SEGMENT_ERR_SHORT;
	}
	*out = ((const struct transactions_query_segment *)seen->header)->query;
	*age_ms = segment_age_ms(seen);
	segment_detach(seen);
	return is_sound(out) ? SEGMENT_OK : SEGMENT_ERR_DAMAGED;
}

/* ---- the list ---- */

enum segment_error
transactions_list_create(struct transactions_list *list, const char *dir,
			 const struct transactions_query *query, uint32_t workers)
{
	const uint64_t text_off = sizeof(struct part) + query->limit * sizeof(struct row);
	/* one that is larger than most always fits */
	const uint64_t text_size = (uint64_t)(query->limit + 3) * TEXT_EACH;
	struct transactions_header *h;
	enum segment_error error;

	memset(list, 0, sizeof(*list));
	error = segment_create(&list->segment, dir, &transactions_list_type,
			       sizeof(*h) + workers * (text_off + text_size));
	if (error != SEGMENT_OK)
		return error;
	h = (struct transactions_header *)list->segment.header;
	h->query = list->query = query->id;
	h->parts_off = list->parts_off = sizeof(*h);
	h->part_size = list->part_size = text_off + text_size;
	h->text_off = list->text_off = text_off;
	h->text_size = list->text_size = text_size;
	h->worker_count = list->worker_count = workers;
	h->limit = list->limit = query->limit;
	error = segment_publish(&list->segment);
	if (error != SEGMENT_OK)
		transactions_list_detach(list);
	return error;
}

/* Whatever the file says, nothing outside of it is looked at. */
static bool
take_sizes(struct transactions_list *list)
{
	const struct transactions_header *h = (const void *)list->segment.header;

	if (list->segment.size < sizeof(*h))
		return false;
	list->query = h->query;
	list->parts_off = h->parts_off;
	list->part_size = h->part_size;
	list->text_off = h->text_off;
	list->text_size = h->text_size;
	list->worker_count = h->worker_count;
	list->limit = h->limit;
	return list->worker_count <= TRANSACTIONS_WORKERS &&
	       list->limit <= TRANSACTIONS_LIMIT_MAX && list->part_size <= list->segment.size &&
	       list->part_size % LINE == 0 &&
	       segment_holds(&list->segment, list->parts_off, list->worker_count * list->part_size,
			     LINE) &&
	       list->text_off <= list->part_size && list->text_off % LINE == 0 &&
	       list->text_off >= sizeof(struct part) + list->limit * sizeof(struct row) &&
	       list->text_size <= list->part_size - list->text_off;
}

enum segment_error
transactions_list_attach(struct transactions_list *list, const char *dir)
{
	enum segment_error error;

	memset(list, 0, sizeof(*list));
	error = segment_attach(&list->segment, dir, &transactions_list_type, false);
	if (error == SEGMENT_OK && !take_sizes(list)) {
		transactions_list_detach(list);
		error = SEGMENT_ERR_SHORT;
	}
	return error;
}

void
transactions_list_detach(struct transactions_list *list)
{
	segment_detach(&list->segment);
}

static struct part *
part_of(const struct transactions_list *list, uint32_t worker)
{
	return (struct part *)((uint8_t *)list->segment.header + list->parts_off +
			       worker * list->part_size);
}

static struct row *
row_of(const struct transactions_list *list, uint32_t worker, uint32_t i)
{
	return (struct row *)(part_of(list, worker) + 1) + i;
}

/* ---- writing ---- */

/* Room for `n` octets behind what is there: an offset from the part's beginning, or 0. */
static uint64_t
take_room(const struct transactions_list *list, struct part *part, uint64_t n)
{
	uint64_t at = part->text_used;

	if (n > list->text_size - at)
		return 0;
	part->text_used += n;
	return list->text_off + at;
}

static void
put_texts(const struct transactions_list *list, struct part *part, struct row *row,
	  const struct transactions_entry *e)
{
	static const uint16_t most[TEXTS] = { METHOD_MAX, URI_MAX, CALL_ID_MAX, FROM_MAX };
	const struct slice text[TEXTS] = { e->method, e->uri, e->call_id, e->from };
	uint64_t sum = 0, at;

	for (int i = 0; i < TEXTS; i++) {
		row->len[i] = (uint16_t)(text[i].len < most[i] ? text[i].len : most[i]);
		if (row->len[i] < text[i].len)
			row->facts.flags |= TRANSACTIONS_CUT;
		sum += row->len[i];
	}
	/* branches lie behind texts, and are to be aligned */
	at = take_room(list, part, (sum + 7) & ~UINT64_C(7));
	row->text_off = at;
	for (int i = 0; i < TEXTS; i++) {
		if (at == 0)
			row->len[i] = 0;
		if (row->len[i] != 0)
			memcpy((uint8_t *)part + at, text[i].ptr, row->len[i]);
		at += row->len[i];
	}
	if (row->text_off == 0 && sum > 0)
		row->facts.flags |= TRANSACTIONS_CUT;
}

void
transactions_list_put(const struct transactions_list *list, uint32_t worker, uint32_t i,
		      const struct transactions_entry *entry)
{
	const uint64_t octets = entry->branch_count * sizeof(entry->branch[0]);
	struct part *part = part_of(list, worker);
	struct row *row = row_of(list, worker, i);

	row->facts = entry->facts;
	row->facts.flags |= TRANSACTIONS_THERE;
	put_texts(list, part, row, entry);
	row->branches_off = take_room(list, part, octets);
	if (row->branches_off != 0) {
		row->branch_count = (uint16_t)entry->branch_count;
		memcpy((uint8_t *)part + row->branches_off, entry->branch, octets);
	}
	if (row->branch_count < entry->facts.branches)
		row->facts.flags |= TRANSACTIONS_CUT;
}

void
transactions_list_done(const struct transactions_list *list, uint32_t worker,
		       const struct transactions_part *part)
{
	struct part *p = part_of(list, worker);

	p->rows = part->rows;
	p->matched = part->matched;
	p->live = part->live;
	/* release: who sees it done sees all of it */
	atomic_store_explicit(&p->done, 1, memory_order_release);
}

/* ---- reading ---- */

bool
transactions_list_part(const struct transactions_list *list, uint32_t worker,
		       struct transactions_part *out)
{
	const struct part *p;

	if (worker >= list->worker_count)
		return false;
	p = part_of(list, worker);
	if (atomic_load_explicit(&p->done, memory_order_acquire) != 1)
		return false;
	*out = (struct transactions_part){ p->rows, p->matched, p->live };
	if (out->rows > list->limit)
		out->rows = list->limit;
	return true;
}

/* `octets` at `off` lie among the texts of a part. */
static bool
is_inside(const struct transactions_list *list, uint64_t off, uint64_t octets)
{
	return off >= list->text_off && off <= list->text_off + list->text_size &&
	       octets <= list->text_off + list->text_size - off;
}

bool
transactions_list_get(const struct transactions_list *list, uint32_t worker, uint32_t i,
		      struct transactions_entry *out)
{
	struct slice *const text[TEXTS] = { &out->method, &out->uri, &out->call_id, &out->from };
	const char *part;
	uint64_t sum = 0, octets;
	struct row row;

	if (worker >= list->worker_count || i >= list->limit)
		return false;
	part = (const char *)part_of(list, worker);
	row = *row_of(list, worker, i); /* a copy: what is checked is what is used */
	if ((row.facts.flags & TRANSACTIONS_THERE) == 0 || row.branch_count > TRANSACTIONS_BRANCHES)
		return false;
	octets = row.branch_count * sizeof(out->branch[0]);
	for (int k = 0; k < TEXTS; k++)
		sum += row.len[k];
	if ((sum > 0 && !is_inside(list, row.text_off, sum)) ||
	    (octets > 0 && !is_inside(list, row.branches_off, octets)))
		return false;
	out->facts = row.facts;
	for (int k = 0; k < TEXTS; k++) {
		*text[k] = slice_of(part + row.text_off, row.len[k]);
		row.text_off += row.len[k];
	}
	out->branch_count = row.branch_count;
	if (octets > 0)
		memcpy(out->branch, part + row.branches_off, octets);
	return true;
}
