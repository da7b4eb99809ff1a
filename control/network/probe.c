/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "config/hops.h"
#include "guard/branch.h"
#include "process/clock.h"
#include "sip/build.h"
#include "table/stats.h"

enum {
	BUCKETS = 1024,
	LATE = 8, /* an answer to one of so many probes before the last still says "up" */
	MESSAGE_MAX = 1024,
	ID_HEX = 8 + 8 + 16, /* Call-ID: row, number of the probe, which run of control's */
	JITTER_PART = 4,     /* intervals vary by a quarter */
	DATAPLANE_GONE_MS = 1000,
};

struct row {
	struct flow_address address; /* family 0: free */
	struct row *next;            /* of one bucket */
	bool wanted, down, open;     /* open: the last probe has no answer yet */
	uint16_t status;
	uint32_t interval_ms, limit, failures;
	uint32_t sent, answered; /* numbers of probes */
	uint64_t due_ms;
	uint64_t since_wall_ms, answered_wall_ms;
};

struct probe {
	const struct config *config;
	struct routes_table routes;
	struct segment stats; /* the dataplane's sign of life */
	bool dataplane_lived;
	struct siphash_key key;
	bool has_key;
	uint64_t run, random;
	unsigned int count, worker; /* rows that were ever used; whose ring is next */
	struct row *bucket[BUCKETS];
	struct row row[PROBE_TARGETS_MAX];
};

/* xorshift64: only to spread things in time. */
static uint64_t
random_below(struct probe *p, uint64_t n)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random % n;
}

struct probe *
probe_open(const struct config *config)
{
	struct probe *p = calloc(1, sizeof(*p));
	uint64_t octets[2];

	if (p == NULL || RAND_bytes((uint8_t *)octets, sizeof(octets)) != 1) {
		free(p);
		return NULL;
	}
	p->config = config;
	p->run = octets[0];
	p->random = octets[1] | 1;
	return p;
}

void
probe_close(struct probe *p)
{
	if (p != NULL) {
		routes_detach(&p->routes);
		segment_detach(&p->stats);
	}
	free(p);
}

void
probe_set_key(struct probe *p, struct siphash_key key)
{
	p->key = key;
	p->has_key = true;
}

/* ---- who is probed ---- */

static struct row **
bucket_of(struct probe *p, const struct flow_address *a)
{
	uint32_t h = a->port;

	for (int i = 0; i < 16; i++)
		h = (h ^ a->ip[i]) * UINT32_C(16777619);
	return &p->bucket[(h ^ h >> 15) % BUCKETS];
}

void
probe_begin(struct probe *p)
{
	for (unsigned int i = 0; i < p->count; i++)
		p->row[i].wanted = false;
}

static struct row *
free_row(struct probe *p)
{
	for (unsigned int i = 0; i < p->count; i++)
		if (p->row[i].address.family == 0)
			return &p->row[i];
	return p->count < PROBE_TARGETS_MAX ? &p->row[p->count++] : NULL;
}

static struct row *
add_row(struct probe *p, const struct flow_address *address, bool down, uint32_t interval_ms,
	uint64_t now_ms)
{
	struct row **bucket = bucket_of(p, address), *row = free_row(p);
	uint32_t number;

	if (row == NULL)
		return NULL;
	number = row->sent + LATE; /* no late answer to who had the row before */
	*row = (struct row){ .address = *address,
			     .next = *bucket,
			     .down = down,
			     .sent = number,
			     .answered = number,
			     .since_wall_ms = clock_wall_ms(),
			     /* a few at a time when there are many */
			     .due_ms = now_ms + random_below(p, interval_ms / JITTER_PART + 1) };
	*bucket = row;
	return row;
}

void
probe_want(struct probe *p, const struct flow_address *address, uint32_t interval_ms,
	   uint32_t failures, bool down, uint64_t now_ms)
{
	struct row *row = *bucket_of(p, address);

	while (row != NULL && !flow_address_eq(&row->address, address))
		row = row->next;
	if (row == NULL)
		row = add_row(p, address, down, interval_ms, now_ms);
	if (row == NULL || (row->wanted && row->interval_ms <= interval_ms))
		return;
	row->wanted = true;
	row->interval_ms = interval_ms;
	row->limit = failures;
}

void
probe_end(struct probe *p)
{
	for (unsigned int i = 0; i < p->count; i++) {
		struct row *row = &p->row[i], **at;

		if (row->wanted || row->address.family == 0)
			continue;
		at = bucket_of(p, &row->address);
		while (*at != row)
			at = &(*at)->next;
		*at = row->next;
		row->address.family = 0;
	}
}

unsigned int
probe_states(const struct probe *p, struct hops_state out[PROBE_TARGETS_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->count; i++) {
		const struct row *row = &p->row[i];

		if (row->address.family == 0)
			continue;
		out[n++] = (struct hops_state){ .address = row->address,
						.down = row->down,
						.status = row->status,
						.since_ms = row->since_wall_ms,
						.answered_ms = row->answered_wall_ms };
	}
	return n;
}

/* ---- up and down ---- */

/* True when that is news. */
static bool
set_down(struct row *row, bool down)
{
	bool news = row->down != down;

	row->down = down;
	if (news)
		row->since_wall_ms = clock_wall_ms();
	return news;
}

static bool
note_failure(struct row *row)
{
	row->open = false;
	if (row->failures < row->limit)
		row->failures++;
	return row->failures >= row->limit && set_down(row, true);
}

static bool
read_id(const struct probe *p, struct slice call_id, uint32_t *number, uint32_t *probe)
{
	unsigned int row, sent;
	unsigned long long run;
	char text[ID_HEX + 1];

	if (call_id.len != ID_HEX)
		return false;
	memcpy(text, call_id.ptr, ID_HEX);
	text[ID_HEX] = '\0';
	if (sscanf(text, "%8x%8x%16llx", &row, &sent, &run) != 3 || run != p->run ||
	    row >= p->count)
		return false;
	*number = row;
	*probe = sent;
	return true;
}

/* The dataplane has checked by the branch that the Call-ID is one of ours. */
struct probe_result
probe_answer(struct probe *p, struct slice message)
{
	static const struct sip_limits limits = { .routing_only = true };
	struct probe_result result = { 0 };
	struct sip_fields fields;
	struct sip_message msg;
	uint32_t number, probe;
	enum sip_fault fault;
	struct row *row;

	fault = sip_message_index(message, &msg);
	fault = sip_message_check(&msg, fault, &limits, &fields);
	if (fault != SIP_FAULT_NONE || sip_is_request(&msg) ||
	    !read_id(p, fields.call_id, &number, &probe))
		return result;
	row = &p->row[number];
	if (row->address.family == 0 || row->sent - probe >= LATE ||
	    (int32_t)(probe - row->answered) <= 0)
		return result; /* long ago, or once more */
	row->answered = probe;
	row->status = msg.status;
	row->answered_wall_ms = clock_wall_ms();
	row->open = row->open && probe != row->sent;
	result.address = row->address;
	result.status = msg.status;
	/* 503: it wants no traffic (RFC 3261 §21.5.4) */
	if (msg.status == 503) {
		result.changed = note_failure(row);
		return result;
	}
	row->failures = 0;
	result.changed = set_down(row, false);
	return result;
}

/* ---- sending ---- */

static void
write_id(const struct probe *p, const struct row *row, char id[ID_HEX + 1])
{
	snprintf(id, ID_HEX + 1, "%08x%08x%016llx", (unsigned int)(row - p->row), row->sent,
		 (unsigned long long)p->run);
}

static struct slice
write_branch(const struct probe *p, struct slice tag, struct slice call_id, uint8_t listener,
	     char out[BRANCH_MAX_LEN])
{
	struct sip_fields fields = { .from_tag = tag, .call_id = call_id, .cseq = 1 };
	struct branch_id id = branch_make_own(p->key, &fields, listener);
	struct sip_writer w;

	sip_writer_init(&w, out, BRANCH_MAX_LEN);
	branch_write(&w, &id, NULL, NULL);
	return sip_written(&w);
}

static struct slice
write_uri(const char *user, struct slice hostport, char *out, size_t size)
{
	int n = snprintf(out, size, "sip:%s%.*s", user, SLICE_FMT(hostport));

	return slice_of(out, (size_t)n);
}

/* OPTIONS to the target itself: whatever it is, it has something to say to that. */
static struct slice
write_options(const struct probe *p, const struct row *row, uint8_t listener, char *out,
	      size_t size)
{
	const struct config_listener *l = &p->config->listener[listener];
	char id[ID_HEX + 1], branch[BRANCH_MAX_LEN], to_text[FLOW_ADDRESS_TEXT_MAX];
	char from[FLOW_ADDRESS_TEXT_MAX + 8], to[FLOW_ADDRESS_TEXT_MAX + 8];
	struct slice call_id, tag, target;
	struct sip_via via = { .transport = SLICE("UDP"), .port = l->address.port };
	struct flow_address host = l->address;
	struct sip_writer w;

	host.port = 0;
	write_id(p, row, id);
	call_id = slice_of(id, ID_HEX);
	tag = slice_of(id, 16);
	target = write_uri("", flow_address_text(&row->address, to_text), to, sizeof(to));
	via.host = flow_address_text(&host, to_text);
	via.branch = write_branch(p, tag, call_id, listener, branch);
	sip_writer_init(&w, out, size);
	sip_put_request_line(&w, SLICE("OPTIONS"), target);
	sip_begin_header(&w, SIP_HDR_VIA);
	sip_put_via(&w, &via);
	sip_end_header(&w);
	sip_add_max_forwards(&w, 70);
	sip_add_party(&w, SIP_HDR_FROM, SLICE_ABSENT,
		      write_uri("ping@", slice_of(l->text, l->text_len), from, sizeof(from)), tag);
	sip_add_party(&w, SIP_HDR_TO, SLICE_ABSENT, target, SLICE_ABSENT);
	sip_add_call_id(&w, call_id);
	sip_add_cseq(&w, 1, SLICE("OPTIONS"));
	sip_add_body(&w, SLICE_ABSENT, SLICE_ABSENT);
	return sip_written(&w);
}

static bool
send_probe(struct probe *p, struct message_rings *rings, struct row *row)
{
	int listener = config_source_listener(p->config, &p->routes, &row->address, 0);
	struct message_head head = { .kind = MESSAGE_SIP, .to = row->address };
	char text[MESSAGE_MAX];
	struct slice message;

	if (listener < 0 || !p->has_key || rings->workers == 0)
		return false;
	message = write_options(p, row, (uint8_t)listener, text, sizeof(text));
	head.listener = (uint8_t)listener;
	head.length = (uint32_t)message.len;
	return message.ptr != NULL &&
	       message_ring_put(&rings->inject[p->worker++ % rings->workers], &head, message.ptr);
}

/* A dataplane that is not there sends no probes: that says nothing of who is not asked. */
static bool
dataplane_lives(struct probe *p)
{
	struct segment fresh;

	if (p->stats.header == NULL || segment_replaced(&p->stats)) {
		if (segment_attach(&fresh, p->config->shm_dir, &stats_segment_type, false) !=
		    SEGMENT_OK)
			return false;
		segment_detach(&p->stats);
		p->stats = fresh;
	}
	return segment_age_ms(&p->stats) < DATAPLANE_GONE_MS;
}

static void
refresh_routes(struct probe *p)
{
	struct routes_table fresh;

	if (p->routes.segment.header != NULL && !segment_replaced(&p->routes.segment))
		return;
	if (routes_attach(&fresh, p->config->shm_dir) != SEGMENT_OK)
		return;
	routes_detach(&p->routes);
	p->routes = fresh;
}

/* The one before has no answer: a failure. One that cannot even be sent is none of the target's. */
static bool
probe_one(struct probe *p, struct message_rings *rings, struct row *row, uint64_t now_ms)
{
	uint64_t part = row->interval_ms / JITTER_PART;
	bool changed = row->open && p->dataplane_lived && note_failure(row);

	row->due_ms = now_ms + row->interval_ms - part / 2 + random_below(p, part + 1);
	row->sent++;
	if (row->sent - row->answered > UINT32_MAX / 2)
		row->answered = row->sent - LATE;
	row->open = p->dataplane_lived && send_probe(p, rings, row);
	return changed;
}

bool
probe_tick(struct probe *p, struct message_rings *rings, uint64_t now_ms)
{
	bool changed = false, refreshed = false;

	for (unsigned int i = 0; i < p->count; i++) {
		struct row *row = &p->row[i];

		if (row->address.family == 0 || row->due_ms > now_ms)
			continue;
		if (!refreshed) {
			refresh_routes(p);
			p->dataplane_lived = dataplane_lives(p);
		}
		refreshed = true;
		changed |= probe_one(p, rings, row, now_ms);
	}
	return changed;
}
