/* SPDX-License-Identifier: BSD-3-Clause */
#include "admission.h"

#include <unistd.h>

#include <rte_malloc.h>

#include "admitted.h"
#include "lookup.h"
#include "memory.h"
#include "sip/address.h"

/* Octets of an AOR that tell it from others. */
enum { AOR_MAX = 512 };

/* What an engine-wide limit lets a worker take ahead. */
enum { SHARES_PER_S = 1000, SHARE_MAX = 64 };

/* ---- opening ---- */

static struct rate_limit
limit_of(const struct config_file_limit *f)
{
	return rate_limit_make(f->rate, f->burst);
}

static void
share_init(struct via_quota *q, const struct config_file_limit *f, uint32_t workers)
{
	uint32_t share = f->rate / SHARES_PER_S / workers;

	q->limit = limit_of(f);
	/* alone there is nobody to share the line with */
	q->share = workers == 1 || share == 0 ? 1 : RTE_MIN(share, (uint32_t)SHARE_MAX);
}

void
via_admission_share(struct via_engine *e)
{
	const struct config_file *f = e->config->file;

	share_init(&e->quota[VIA_QUOTA_REGISTERS], &f->guard.registers, f->dataplane.workers);
	share_init(&e->quota[VIA_QUOTA_REQUESTS], &f->guard.requests, f->dataplane.workers);
}

static int
table_open(struct rate_table *t, const struct config_file_limit *f, uint32_t rows)
{
	void *memory;

	if (f->rate == 0)
		return 0;
	memory = rte_zmalloc("via_guard", rate_table_size(rows), RTE_CACHE_LINE_SIZE);
	if (memory == NULL)
		return -1;
	rate_table_init(t, memory, rows, limit_of(f));
	return 0;
}

int
via_admission_open(struct via_worker *w)
{
	const struct config_file *file = w->engine->config->file;
	const struct config_file_guard *f = &file->guard;
	const struct config_file_limit *limits[LIMITED_COUNT] = {
#define X(sym) [LIMITED_##sym] = &f->sym,
		LIMITED_LIMITS(X)
#undef X
	};
	struct via_guard *g = &w->guard;

	if (getentropy(&g->key, sizeof(g->key)) != 0 ||
	    via_admitted_open(&g->admitted, file->dataplane.remember) != 0)
		return -1;
	g->limited = &w->engine->stats->limited[w->index];
	for (int i = 0; i < LIMITED_COUNT; i++) {
		bool of_aor = i == LIMITED_register_aor || i == LIMITED_invite_aor;

		if (table_open(&g->table[i], limits[i], of_aor ? f->aors : f->sources) != 0)
			return -1;
		g->by_source |= limits[i]->rate != 0;
	}
	return 0;
}

void
via_admission_close(struct via_worker *w)
{
	for (int i = 0; i < LIMITED_COUNT; i++)
		rte_free(w->guard.table[i].set);
	via_admitted_close(&w->guard.admitted);
}

/* ---- by source ---- */

uint64_t
via_admission_source(const struct via_worker *w, uint8_t family, const uint8_t *ip)
{
	uint8_t octets[9] = { family };
	uint64_t source;

	if (!w->guard.by_source)
		return 0;
	memcpy(octets + 1, ip, family == 6 ? 8 : 4);
	source = siphash(w->guard.key, octets, sizeof(octets));
	rate_prefetch(&w->guard.table[LIMITED_source], source);
	return source != 0 ? source : 1;
}

/* Without limits of its own. */
static bool
is_exempt(const struct via_worker *w, const struct flow_address *remote)
{
	const struct config *c = w->engine->config;

	return config_network_has(&c->peers, remote) || config_network_has(&c->exempt, remote);
}

static bool
take(struct via_worker *w, const struct via_meta *meta, enum limited_by by, uint64_t key)
{
	if (likely(rate_table_take(&w->guard.table[by], key, w->now_ns)))
		return true;
	limited_note(w->guard.limited, by, &meta->flow.remote, meta->source, w->now_ms);
	return false;
}

bool
via_admission_datagram(struct via_worker *w, struct via_meta *meta)
{
	if (meta->source == 0)
		return true;
	if (is_exempt(w, &meta->flow.remote)) {
		meta->source = 0;
		return true;
	}
	return take(w, meta, LIMITED_source, meta->source);
}

bool
via_admission_stun(struct via_worker *w, const struct via_meta *meta)
{
	return meta->source == 0 || take(w, meta, LIMITED_stun, meta->source);
}

/* ---- requests ---- */

/*
 * The AOR of From or To behind its source: the URI as it is written, for making it canonical costs
 * more than all else that is done here. Whoever writes it in many ways has by_source left.
 */
static uint64_t
aor_key(const struct via_worker *w, const struct via_meta *meta, enum sip_header_id header)
{
	struct slice text = sip_header_get(&meta->msg, header);
	struct sip_address address;
	struct siphash h;

	if (sip_address_decode(text, &address))
		text = address.uri;
	siphash_init(&h, w->guard.key, 0);
	siphash_update(&h, &meta->source, sizeof(meta->source));
	siphash_update(&h, text.ptr, RTE_MIN(text.len, (size_t)AOR_MAX));
	return siphash_final(&h);
}

/* Whose tokens a request takes, besides those of all. */
static const struct limits {
	enum limited_by by_aor, by_source;
	enum sip_header_id header;
} of_register = { LIMITED_register_aor, LIMITED_register_source, SIP_HDR_TO },
  of_invite = { LIMITED_invite_aor, LIMITED_invite_source, SIP_HDR_FROM };

/*
 * What waited for a name was let through when it came. Whoever has begun one dialog can go on with
 * its Call-ID for ever: what he sends for other users are new requests.
 */
static bool
may_be_refused(const struct via_worker *w, const struct via_meta *meta)
{
	uint8_t method = meta->msg.method;

	if (meta->again != VIA_AGAIN_NOT || method == SIP_ACK || method == SIP_CANCEL)
		return false;
	return method == SIP_REGISTER || !via_is_in_dialog(meta) ||
	       ((meta->flags & VIA_FROM_PEER) == 0 && via_is_for_aor(w, meta));
}

/* NULL: those of all are the only ones. */
static const struct limits *
limits_of(const struct via_meta *meta)
{
	if (meta->source == 0)
		return NULL;
	if (meta->msg.method == SIP_REGISTER)
		return &of_register;
	return meta->msg.method == SIP_INVITE ? &of_invite : NULL;
}

/* ---- copies ---- */

static enum via_quota_kind
quota_of(const struct via_meta *meta)
{
	return meta->msg.method == SIP_REGISTER ? VIA_QUOTA_REGISTERS : VIA_QUOTA_REQUESTS;
}

static bool
is_counted(const struct via_worker *w, const struct via_meta *meta)
{
	return meta->source != 0 || w->engine->quota[quota_of(meta)].limit.token_ns != 0;
}

/*
 * What a request and its copies have in common. Where tokens are taken that is not the branch
 * alone, which would let many requests through for one: with it go what ours is made from, so that
 * those who get copies know them for that, and the AOR of a REGISTER.
 */
static uint64_t
copies_key(const struct via_worker *w, const struct via_meta *meta)
{
	const struct sip_message *msg = &meta->msg;
	struct slice call_id = meta->fields.call_id, aor = sip_span_slice(msg, msg->uri);
	uint64_t head[2] = { via_memory_key(&meta->branch) ^ (uint64_t)msg->method << 56 };
	struct siphash h;

	if (!is_counted(w, meta))
		return head[0];
	if (msg->method == SIP_REGISTER)
		aor = sip_header_get(msg, SIP_HDR_TO);
	head[1] = (uint64_t)meta->fields.cseq << 32 | call_id.len;
	siphash_init(&h, w->guard.key, 0);
	siphash_update(&h, head, sizeof(head));
	siphash_update(&h, call_id.ptr, call_id.len);
	siphash_update(&h, aor.ptr, aor.len);
	return siphash_final(&h);
}

bool
via_admission_has_copy(const struct via_worker *w, const struct via_meta *meta)
{
	return via_admitted_has(&w->guard.admitted, copies_key(w, meta), w->mono_ms);
}

/* ---- tokens ---- */

void
via_admission_prepare(const struct via_worker *w, struct via_meta *meta)
{
	const struct limits *l;

	if (!may_be_refused(w, meta))
		return;
	meta->copies = copies_key(w, meta);
	via_admitted_prefetch(&w->guard.admitted, meta->copies);
	l = limits_of(meta);
	if (l == NULL)
		return;
	rate_prefetch(&w->guard.table[l->by_source], meta->source);
	if (w->guard.table[l->by_aor].set == NULL)
		return;
	meta->source_aor = aor_key(w, meta, l->header);
	rate_prefetch(&w->guard.table[l->by_aor], meta->source_aor);
}

/* The AOR first: one that is flooded takes nothing from others at the same source. */
static bool
take_own(struct via_worker *w, const struct via_meta *meta)
{
	const struct limits *l = limits_of(meta);

	return l == NULL || ((w->guard.table[l->by_aor].set == NULL ||
			      take(w, meta, l->by_aor, meta->source_aor)) &&
			     take(w, meta, l->by_source, meta->source));
}

static bool
take_quota(struct via_worker *w, enum via_quota_kind kind)
{
	struct via_quota *q = &w->engine->quota[kind];
	uint32_t *credit = &w->guard.credit[kind];

	if (q->limit.token_ns == 0)
		return true;
	if (*credit == 0)
		*credit = rate_shared_take(&q->bucket, &q->limit, q->share, w->now_ns);
	if (*credit == 0)
		return false;
	--*credit;
	return true;
}

static enum via_reason
refuse(struct via_worker *w, enum stats_counter counter)
{
	via_count(w, counter);
	return VIA_REASON_TOO_MANY_REQUESTS;
}

static enum via_reason
take_all(struct via_worker *w, const struct via_meta *meta)
{
	bool is_register = meta->msg.method == SIP_REGISTER;

	if (!take_own(w, meta))
		return refuse(w, is_register ? STATS_register_limit : STATS_invite_limit);
	if (!take_quota(w, quota_of(meta)))
		return refuse(w, is_register ? STATS_register_limit : STATS_request_limit);
	return VIA_REASON_NONE;
}

enum via_reason
via_admission_decide(struct via_worker *w, const struct via_meta *meta)
{
	struct via_admitted *admitted = &w->guard.admitted;
	enum via_reason refused;

	if (!may_be_refused(w, meta) || via_admitted_take_copy(admitted, meta->copies, w->mono_ms))
		return VIA_REASON_NONE;
	refused = take_all(w, meta);
	if (refused == VIA_REASON_NONE)
		via_admitted_put(admitted, meta->copies, w->mono_ms);
	return refused;
}

enum via_reason
via_admission_check(struct via_worker *w, struct via_meta *meta)
{
	via_admission_prepare(w, meta);
	return via_admission_decide(w, meta);
}

enum via_reason
via_admission_check_ring(struct via_worker *w, const struct via_meta *meta)
{
	if (meta->msg.method == SIP_REGISTER && message_ring_is_crowded(&w->punt))
		return refuse(w, STATS_register_limit);
	return VIA_REASON_NONE;
}

/* ---- */

bool
via_can_forward(const struct via_worker *w)
{
	return w->tables->has_keys && w->tables->routes.segment.header != NULL &&
	       w->tables->orders.state != ORDERS_CLOSED;
}
