/* SPDX-License-Identifier: BSD-3-Clause */
#include "trust.h"

#include "sip/chars.h"
#include "sip/field/identity.h"
#include "sip/field/p_header.h"
#include "sip/list.h"

/* What Privacy asks for, on the way out of the trust domain. */
enum privacy {
	PRIVACY_POLICY,  /* nothing: the list decides (RFC 3325 §7) */
	PRIVACY_NONE,    /* that the identity is shown (IP-55) */
	PRIVACY_ID,      /* that it is not (IP-57) */
	PRIVACY_UNKNOWN, /* malformed: it may be meant to say so */
};

struct border {
	const struct sip_message *msg;
	struct sip_edits *e;
	const struct config_zone *in, *out;
	unsigned int privacy_set; /* enum sip_privacy_value */
	enum privacy privacy;
	bool first_hop;        /* a request, straight from a user agent */
	bool identity_removed; /* because of PRIVACY_ID */
	unsigned int lines;
	uint16_t off, end; /* lines next to each other that go in one edit */
};

/* Our own listeners, and the engine itself. */
static const struct config_zone ourselves = { .name = "ourselves", .trusted = true };

static const struct config_zone *
zone_of(const struct via_worker *w, uint8_t listener, const struct flow_address *address)
{
	if (via_listener_here(w, address) >= 0)
		return &ourselves;
	return config_zone_find(w->engine->config, via_listener(w, listener)->port, address);
}

const struct config_zone *
trust_zone_in(const struct via_worker *w, const struct via_meta *meta)
{
	return zone_of(w, meta->listener, &meta->flow.remote);
}

const struct config_zone *
trust_zone_out(const struct via_worker *w, const struct via_meta *meta)
{
	return zone_of(w, meta->out_listener, &meta->to);
}

static uint64_t
eight(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * Eight ids at a time and no branch: most messages have nothing that any zone looks for. The last
 * eight overlap those before them.
 */
static bool
has_any(const struct config *config, const struct sip_message *msg)
{
	const uint8_t *wanted = config->looked_for, *first = msg->first;
	uint64_t found = 0;
	size_t i;

	for (i = 0; i + 8 <= sizeof(msg->first); i += 8)
		found |= eight(wanted + i) & ~eight(first + i);
	i = sizeof(msg->first) - 8;
	return (found | (eight(wanted + i) & ~eight(first + i))) != 0;
}

_Static_assert(SIP_NO_HEADER == 0xff && SIP_NO_HEADER > SIP_MAX_HEADERS, "absent is all bits");
_Static_assert(sizeof(((struct config *)0)->looked_for) == sizeof(((struct sip_message *)0)->first),
	       "one octet for each id");

/* ---- what goes ---- */

static bool
is_listed(const struct config_header_set *set, const struct sip_message *msg,
	  const struct sip_header *h)
{
	enum sip_header_id id = sip_header_id(h);

	if (set->has[id] == 0)
		return false;
	if (id != SIP_HDR_OTHER)
		return true;
	for (unsigned int i = 0; i < set->other_count; i++)
		if (slice_eq_nocase(set->other[i], slice_of(msg->base + h->line_off, h->name_len)))
			return true;
	return false;
}

/* RFC 7315 §4.4.2.2: `network-provided` is the word of a proxy. Unreadable: it may be there. */
static bool
claims_network_provided(struct slice value)
{
	struct sip_p_access_network network;

	while (value.ptr != NULL)
		if (!sip_p_access_network_decode(sip_trim(sip_list_cut(&value)), &network) ||
		    network.network_provided)
			return true;
	return false;
}

static bool
goes_in(const struct border *b, const struct sip_header *h)
{
	switch (sip_header_id(h)) {
	case SIP_HDR_RECORD_ROUTE:
		return b->in->strip_record_route && b->first_hop;
	case SIP_HDR_P_ACCESS_NETWORK_INFO:
		if (b->in->strip_network_provided &&
		    claims_network_provided(sip_header_value(b->msg, h)))
			return true;
		break;
	default:
		break;
	}
	return is_listed(&b->in->strip_in, b->msg, h);
}

static bool
goes_out(struct border *b, const struct sip_header *h)
{
	if (sip_header_id(h) == SIP_HDR_P_ASSERTED_IDENTITY) {
		if (b->privacy == PRIVACY_NONE)
			return false;
		if (b->privacy == PRIVACY_ID)
			return b->identity_removed = true;
		if (b->privacy == PRIVACY_UNKNOWN)
			return true;
	}
	return is_listed(&b->out->strip_out, b->msg, h);
}

/* ---- Privacy ---- */

/* Inside the trust domain nobody asks, and Privacy is left alone. */
static void
read_privacy(struct border *b)
{
	unsigned int i = b->msg->first[SIP_HDR_PRIVACY];

	if (b->out->trusted)
		return;
	for (; i != SIP_NO_HEADER; i = sip_header_next(b->msg, i))
		if (!sip_privacy_decode(sip_header_value(b->msg, &b->msg->header[i]),
					&b->privacy_set)) {
			b->privacy = PRIVACY_UNKNOWN;
			return;
		}
	if ((b->privacy_set & SIP_PRIVACY_NONE) != 0)
		b->privacy = PRIVACY_NONE;
	else if ((b->privacy_set & SIP_PRIVACY_ID) != 0)
		b->privacy = PRIVACY_ID;
}

/*
 * RFC 3323 §5, IP-58: `id` has been fulfilled. It is not when the message does not leave our trust
 * domain here and had no identity to hide: another proxy may assert one.
 */
static bool
fulfilled(const struct border *b)
{
	if (b->in->strip_in.has[SIP_HDR_PRIVACY] != 0 ||
	    b->out->strip_out.has[SIP_HDR_PRIVACY] != 0)
		return false; /* a list takes the whole of it out */
	return b->privacy == PRIVACY_ID && (b->in->trusted || b->identity_removed);
}

/* Nothing but `critical` is left: the header field goes as a whole. */
static bool
privacy_goes(const struct border *b)
{
	const unsigned int done = SIP_PRIVACY_ID | SIP_PRIVACY_CRITICAL;

	return fulfilled(b) && (b->privacy_set & ~done) == 0;
}

/* Take `id` out of a line that has other values beside it, or take out the line. */
static void
drop_id(struct border *b, unsigned int line)
{
	const struct sip_header *h = &b->msg->header[line];
	struct slice rest = sip_header_value(b->msg, h), token;
	struct sip_writer w = sip_edit_begin(b->e);
	bool has_id = false;

	while (sip_privacy_next(&rest, &token)) {
		if (slice_eq_nocase(token, SLICE("id"))) {
			has_id = true;
			continue;
		}
		if (w.p != w.begin)
			SIP_PUT(&w, ";");
		sip_put(&w, token);
	}
	if (has_id && w.p != w.begin)
		sip_edit_commit(b->e, h->value_off, h->value_len, &w);
	else if (has_id)
		sip_edit_replace(b->e, h->line_off,
				 (uint16_t)(sip_header_line_end(b->msg, line) - h->line_off),
				 SLICE_ABSENT);
}

static void
edit_privacy(struct border *b)
{
	if (!fulfilled(b))
		return;
	if (privacy_goes(b)) {
		sip_edit_remove_all(b->e, b->msg, SIP_HDR_PRIVACY);
		return;
	}
	for (unsigned int i = b->msg->first[SIP_HDR_PRIVACY]; i != SIP_NO_HEADER;
	     i = sip_header_next(b->msg, i))
		drop_id(b, i);
}

/* ---- the lines ---- */

static void
flush(struct border *b)
{
	if (b->end > b->off)
		sip_edit_replace(b->e, b->off, (uint16_t)(b->end - b->off), SLICE_ABSENT);
	b->off = b->end = 0;
}

/* Lines side by side take one edit, so that no number of them is too many for an edit list. */
static void
remove_line(struct border *b, unsigned int line)
{
	uint16_t off = b->msg->header[line].line_off;

	if (b->end != off || line == b->msg->first[SIP_HDR_RECORD_ROUTE])
		flush(b);
	if (b->end == 0)
		b->off = off;
	b->end = sip_header_line_end(b->msg, line);
	b->lines++;
}

static void
strip(struct via_worker *w, struct border *b)
{
	read_privacy(b);
	for (unsigned int i = 0; i < b->msg->header_count; i++) {
		const struct sip_header *h = &b->msg->header[i];

		if (goes_in(b, h) || goes_out(b, h))
			remove_line(b, i);
	}
	flush(b);
	edit_privacy(b);
	stats_add(&w->stats->counter[STATS_stripped], b->lines);
}

/* A header field without id, with a name that is as long as one looked for. */
static bool
has_other(const struct config *config, const struct sip_message *msg)
{
	unsigned int i = msg->first[SIP_HDR_OTHER];

	for (; i < msg->header_count; i++)
		if (sip_header_id(&msg->header[i]) == SIP_HDR_OTHER &&
		    (config->looked_for_lengths >> msg->header[i].name_len % 64 & 1) != 0)
			return true;
	return false;
}

static bool
is_first_hop(const struct via_meta *meta)
{
	return sip_is_request(&meta->msg) && meta->fields.via_count == 1;
}

/* Something in the message is looked for by a zone, though perhaps by neither of these two. */
static bool
may_lose(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config *config = w->engine->config;

	return has_any(config, &meta->msg) || has_other(config, &meta->msg) ||
	       (meta->msg.first[SIP_HDR_RECORD_ROUTE] != SIP_NO_HEADER && is_first_hop(meta));
}

static void
strip_between(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e,
	      const struct config_zone *out)
{
	struct border b = { .msg = &meta->msg,
			    .e = e,
			    .in = trust_zone_in(w, meta),
			    .out = out,
			    .first_hop = is_first_hop(meta) };

	strip(w, &b);
}

void
trust_strip_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	if (unlikely(may_lose(w, meta)))
		strip_between(w, meta, e, trust_zone_out(w, meta));
}

void
trust_strip_in_edits(struct via_worker *w, const struct via_meta *meta, struct sip_edits *e)
{
	if (unlikely(may_lose(w, meta)))
		strip_between(w, meta, e, &ourselves);
}
