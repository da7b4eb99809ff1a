/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/flows.h"

enum {
	WAYS = 8,
	SENT_UNIT_MS = 128,
	CLOCKS_MS = 1000, /* more than workers' clocks differ by */
};

const struct segment_type flows_segment_type = {
	.kind = SEGMENT_FLOWS,
	.abi_major = 2,
	.abi_minor = 1,
	.layout = SEGMENT_LAYOUT(sizeof(struct flows_header), sizeof(struct flows_row), WAYS),
	.name = "flows",
};

static const struct flows_header *
header_of(const struct segment *s)
{
	return (const struct flows_header *)s->header;
}

enum segment_error
flows_create(struct segment *s, const char *dir, uint32_t workers, uint32_t rows_each)
{
	size_t count = (size_t)workers * rows_each, rows = count * sizeof(struct flows_row);
	enum segment_error error;
	struct flows_header *h;

	error = segment_create(s, dir, &flows_segment_type,
			       sizeof(*h) + rows + count * sizeof(uint16_t));
	if (error != SEGMENT_OK)
		return error;
	h = (struct flows_header *)s->header;
	h->worker_count = workers;
	h->rows_each = rows_each;
	h->rows_off = sizeof(*h);
	h->tags_off = sizeof(*h) + rows;
	return segment_publish(s);
}

enum segment_error
flows_attach(struct segment *s, const char *dir)
{
	enum segment_error error = segment_attach(s, dir, &flows_segment_type, false);
	const struct flows_header *h;

	if (error != SEGMENT_OK)
		return error;
	h = header_of(s);
	if (s->size < sizeof(*h) || h->worker_count > UINT16_MAX ||
	    !segment_holds(s, h->rows_off,
			   (uint64_t)h->worker_count * h->rows_each * sizeof(struct flows_row),
			   64) ||
	    !segment_holds(s, h->tags_off,
			   (uint64_t)h->worker_count * h->rows_each * sizeof(uint16_t), 16)) {
		segment_detach(s);
		return SEGMENT_ERR_SHORT;
	}
	return SEGMENT_OK;
}

void
flows_table_init(struct flows_table *t, const struct segment *s, uint32_t worker,
		 struct siphash_key key)
{
	const struct flows_header *h = header_of(s);

	t->rows = (struct flows_row *)((uint8_t *)s->header + h->rows_off) +
		  (size_t)worker * h->rows_each;
	t->tags = (_Atomic uint16_t *)((uint8_t *)s->header + h->tags_off) +
		  (size_t)worker * h->rows_each;
	t->mask = h->rows_each - 1;
	t->next = 0;
	t->key = key;
}

/* Where a flow can be: eight rows from `first` on, under a tag that is never 0. */
struct place {
	uint32_t first;
	uint16_t tag;
};

static struct place
place_at(const struct flows_table *t, uint64_t hash)
{
	return (struct place){ (uint32_t)hash & t->mask & ~(uint32_t)(WAYS - 1),
			       (uint16_t)(hash >> 48) | 1 };
}

uint64_t
flows_hash(const struct flows_table *t, const struct flow *flow)
{
	return siphash(t->key, &flow->remote, sizeof(flow->remote));
}

static struct place
place_of(const struct flows_table *t, const struct flow *flow)
{
	return place_at(t, flows_hash(t, flow));
}

void
flows_prefetch(const struct flows_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->tags[place_at(t, hash).first]);
}

static bool
has_tag(const struct flows_table *t, uint32_t i, uint16_t tag)
{
	return atomic_load_explicit(&t->tags[i], memory_order_relaxed) == tag;
}

void
flows_prefetch_row(const struct flows_table *t, uint64_t hash)
{
	struct place p = place_at(t, hash);

	for (uint32_t i = p.first; i < p.first + WAYS; i++)
		if (has_tag(t, i, p.tag)) {
			__builtin_prefetch(&t->rows[i], 1);
			__builtin_prefetch(&t->rows[i].last_seen_ms, 1);
			return;
		}
}

static struct flows_row *
find_at(const struct flows_table *t, struct place p, const struct flow *flow)
{
	for (uint32_t i = p.first; i < p.first + WAYS; i++) {
		struct flows_row *row = &t->rows[i];

		if (!has_tag(t, i, p.tag))
			continue;
		/* what is counted lies in the row's other cache line */
		__builtin_prefetch(&row->last_seen_ms, 1);
		if (flow_eq(&row->flow, flow))
			return row;
	}
	return NULL;
}

static struct flows_row *
find(const struct flows_table *t, const struct flow *flow)
{
	return find_at(t, place_of(t, flow), flow);
}

bool
flows_has(const struct flows_table *t, const struct flow *flow)
{
	return find(t, flow) != NULL;
}

static void
add(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

/* The row of a flow; a new one takes the place of that heard of least recently. */
static struct flows_row *
find_or_make(struct flows_table *t, struct place p, const struct flow *flow, uint64_t now_ms)
{
	struct flows_row *row = find_at(t, p, flow), *set = &t->rows[p.first];
	uint32_t version;

	if (row != NULL)
		return row;
	row = &set[0];
	for (int i = 1; i < WAYS; i++)
		if (set[i].last_seen_ms < row->last_seen_ms)
			row = &set[i];
	version = row->version | 1;
	atomic_store_explicit(&row->version, version, memory_order_relaxed);
	/* a reader must see the odd version before the new flow */
	atomic_thread_fence(memory_order_release);
	row->flow = *flow;
	row->since_ms = row->last_seen_ms = now_ms;
	row->messages_in = 0;
	row->messages_out = 0;
	for (int i = 0; i < FLOWS_SENT_MAX; i++)
		row->sent[i] = 0;
	row->sent_ms = 0;
	row->sent_next = 0;
	row->flow_timer_s = 0;
	row->misses = 0;
	row->missed_ms = 0;
	atomic_store_explicit(&t->tags[row - t->rows], p.tag, memory_order_relaxed);
	atomic_store_explicit(&row->version, version + 1, memory_order_release);
	return row;
}

static void
count_in(struct flows_row *row, uint64_t now_ms)
{
	atomic_store_explicit(&row->last_seen_ms, now_ms, memory_order_relaxed);
	add(&row->messages_in);
}

void
flows_seen(struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	count_in(find_or_make(t, place_of(t, flow), flow, now_ms), now_ms);
}

void
flows_count_in(struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	struct flows_row *row = find(t, flow);

	if (row != NULL)
		count_in(row, now_ms);
}

/* ---- what was sent ---- */

/* What is remembered of a datagram; never 0, as no UDP datagram is sent without a checksum. */
static uint32_t
sent_word(uint16_t length, uint16_t checksum)
{
	return (uint32_t)checksum << 16 | (uint32_t)(length & 0xff) << 8;
}

static uint8_t
sent_time(uint32_t ms)
{
	return (uint8_t)(ms / SENT_UNIT_MS);
}

/* The times in a row are worth something as long as less than their range lies between them. */
static void
forget_old(struct flows_row *row, uint32_t now_ms)
{
	if (now_ms - row->sent_ms > FLOWS_SENT_MS)
		for (int i = 0; i < FLOWS_SENT_MAX; i++)
			atomic_store_explicit(&row->sent[i], 0, memory_order_relaxed);
}

void
flows_sent(struct flows_table *t, const struct flow *flow, uint16_t length, uint16_t checksum,
	   uint64_t now_ms)
{
	flows_sent_at(t, flows_hash(t, flow), flow, length, checksum, now_ms);
}

void
flows_sent_at(struct flows_table *t, uint64_t hash, const struct flow *flow, uint16_t length,
	      uint16_t checksum, uint64_t now_ms)
{
	struct flows_row *row = find_or_make(t, place_at(t, hash), flow, now_ms);
	uint32_t word = sent_word(length, checksum), ms = (uint32_t)now_ms;
	unsigned int at = (row->sent_next + FLOWS_SENT_MAX - 1u) % FLOWS_SENT_MAX;

	forget_old(row, ms);
	if ((row->sent[at] & ~UINT32_C(0xff)) != word)
		at = row->sent_next;
	atomic_store_explicit(&row->sent[at], word | sent_time(ms), memory_order_relaxed);
	atomic_store_explicit(&row->sent_ms, ms, memory_order_relaxed);
	atomic_store_explicit(&row->sent_next, (uint8_t)((at + 1) % FLOWS_SENT_MAX),
			      memory_order_relaxed);
	add(&row->messages_out);
}

/* A secret of the flow, mixed with what nobody chooses: whoever sees other flows learns nothing. */
uint32_t
flows_mark(uint64_t hash, uint8_t family, uint16_t length, uint16_t checksum)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = family == 4 ? hash ^ ((uint64_t)length << 16 | checksum) : hash;

	x = (x ^ x >> 32) * odd;
	x = (x ^ x >> 29) * odd;
	if (family == 6)
		return (uint32_t)(x >> 44);
	/* with 0 the kernel, who sends what has no next hop yet, would put in its own */
	return x >> 48 != 0 ? (uint32_t)(x >> 48) : 1;
}

static bool
row_is_still(const struct flows_row *row, uint32_t version)
{
	/* the row must be loaded before its version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&row->version, memory_order_relaxed) == version;
}

/* The row of a flow in a table that another worker writes, or NULL. */
static struct flows_row *
find_elsewhere(const struct flows_table *t, const struct flow *flow, uint32_t *version)
{
	struct place p = place_of(t, flow);

	for (uint32_t i = p.first; i < p.first + WAYS; i++) {
		struct flows_row *row = &t->rows[i];
		struct flow copy;

		if (!has_tag(t, i, p.tag))
			continue;
		*version = atomic_load_explicit(&row->version, memory_order_acquire);
		if (*version == 0 || (*version & 1) != 0)
			continue;
		memcpy(&copy, &row->flow, sizeof(copy));
		if (row_is_still(row, *version) && flow_eq(&copy, flow))
			return row;
	}
	return NULL;
}

/* From the last datagram back, at most `most` of them, as far as they are not too old. */
static bool
was_sent(const struct flows_row *row, int most, uint32_t want, uint32_t oldest_ms, uint32_t now_ms)
{
	uint32_t age = now_ms - atomic_load_explicit(&row->sent_ms, memory_order_relaxed);
	unsigned int at = atomic_load_explicit(&row->sent_next, memory_order_relaxed);
	uint8_t later = 0;

	for (int i = 0; i < most; i++) {
		uint32_t word;

		at = (at + FLOWS_SENT_MAX - 1u) % FLOWS_SENT_MAX;
		word = atomic_load_explicit(&row->sent[at], memory_order_relaxed);
		if (i > 0)
			age += (uint32_t)(uint8_t)(later - (uint8_t)word) * SENT_UNIT_MS;
		if (word == 0 || age > oldest_ms)
			return false;
		if ((word & ~UINT32_C(0xff)) == want)
			return true;
		later = (uint8_t)word;
	}
	return false;
}

/* Guessed too often, and not long ago. */
static bool
is_guessed(const struct flows_row *row, uint64_t now_ms)
{
	uint32_t age = (uint32_t)now_ms -
		       atomic_load_explicit(&row->missed_ms, memory_order_relaxed) + CLOCKS_MS;

	return atomic_load_explicit(&row->misses, memory_order_relaxed) >= FLOWS_MISSES_MAX &&
	       age <= FLOWS_MISSES_MS + CLOCKS_MS;
}

enum flows_quote
flows_may_be_quoted(const struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	uint32_t version;
	const struct flows_row *row = find_elsewhere(t, flow, &version);

	if (row == NULL)
		return FLOWS_UNKNOWN;
	return is_guessed(row, now_ms) ? FLOWS_GUESSED : FLOWS_NOT_SENT;
}

enum flows_quote
flows_quoted(const struct flows_table *t, const struct icmp_quote *q, uint64_t heard_ms,
	     uint64_t now_ms)
{
	/* twice the unit: times are less exact than that */
	uint64_t since = now_ms - heard_ms + UINT64_C(2) * SENT_UNIT_MS;
	uint32_t oldest = since < FLOWS_SENT_MS ? (uint32_t)since : FLOWS_SENT_MS, version;
	uint8_t family = q->flow.remote.family;
	const struct flows_row *row = find_elsewhere(t, &q->flow, &version);
	bool right;

	if (row == NULL)
		return FLOWS_UNKNOWN;
	right = was_sent(row, family == 4 ? FLOWS_SENT_IPV4 : FLOWS_SENT_MAX,
			 sent_word(q->length, q->checksum), oldest, (uint32_t)now_ms) &&
		q->mark == flows_mark(flows_hash(t, &q->flow), family, q->length, q->checksum);
	if (!row_is_still(row, version))
		return FLOWS_UNKNOWN;
	return right ? FLOWS_WAS_SENT : FLOWS_NOT_SENT;
}

void
flows_misquoted(const struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	uint32_t version, last, now = (uint32_t)now_ms;
	struct flows_row *row = find_elsewhere(t, flow, &version);

	if (row == NULL)
		return;
	/* two workers at once may lose a count; neither gets a guess more than there are workers */
	last = atomic_exchange_explicit(&row->missed_ms, now, memory_order_relaxed);
	if (now - last + CLOCKS_MS > FLOWS_MISSES_MS + CLOCKS_MS)
		atomic_store_explicit(&row->misses, 0, memory_order_relaxed);
	if (atomic_load_explicit(&row->misses, memory_order_relaxed) < FLOWS_MISSES_MAX)
		atomic_fetch_add_explicit(&row->misses, 1, memory_order_relaxed);
}

/* ---- silence ---- */

void
flows_set_timer(struct flows_table *t, const struct flow *flow, uint16_t seconds, uint64_t now_ms)
{
	atomic_store_explicit(&find_or_make(t, place_of(t, flow), flow, now_ms)->flow_timer_s,
			      seconds, memory_order_relaxed);
}

uint64_t
flows_heard_ms(const struct flows_table *t, const struct flow *flow)
{
	uint64_t heard, in;
	uint32_t version;
	const struct flows_row *row = find_elsewhere(t, flow, &version);

	if (row == NULL)
		return 0;
	heard = atomic_load_explicit(&row->last_seen_ms, memory_order_relaxed);
	in = atomic_load_explicit(&row->messages_in, memory_order_relaxed);
	return row_is_still(row, version) && in > 0 ? heard : 0;
}

void
flows_heard_elsewhere(struct flows_table *t, const struct flow *flow, uint64_t heard_ms)
{
	struct flows_row *row = find(t, flow);

	if (row != NULL && row->last_seen_ms < heard_ms)
		atomic_store_explicit(&row->last_seen_ms, heard_ms, memory_order_relaxed);
}

bool
flows_next_silent(struct flows_table *t, uint32_t *rows, uint64_t now_ms, struct flows_silent *out)
{
	while (*rows > 0) {
		const struct flows_row *row = &t->rows[t->next];
		uint32_t timer = row->flow_timer_s;

		t->next = (t->next + 1) & t->mask;
		--*rows;
		if (timer == 0 || row->last_seen_ms + flows_silence_ms(timer) >= now_ms)
			continue;
		*out = (struct flows_silent){ row->flow, flows_silence_ms(timer) };
		return true;
	}
	return false;
}

/* ---- for people ---- */

uint64_t
flows_row_count(const struct segment *s)
{
	return (uint64_t)header_of(s)->worker_count * header_of(s)->rows_each;
}

bool
flows_row_get(const struct segment *s, uint64_t i, struct flows_row *out)
{
	const struct flows_row *rows =
		(const struct flows_row *)((const uint8_t *)s->header + header_of(s)->rows_off);
	const struct flows_row *row = &rows[i];
	uint32_t version = atomic_load_explicit(&row->version, memory_order_acquire);

	if (version == 0 || (version & 1) != 0)
		return false;
	memcpy(out, row, sizeof(*out));
	return row_is_still(row, version);
}
