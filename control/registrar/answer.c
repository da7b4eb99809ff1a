/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/answer.h"

#include <time.h>

#include "gruu/gruu.h"
#include "registrar/service_route.h"
#include "sip/reply.h"

enum { HEADERS_MAX = 60000 };

/* Not the octets alone: what ends one text must not begin the next. */
static void
hash_text(struct siphash *h, struct slice text)
{
	siphash_update(h, &text.len, sizeof(text.len));
	siphash_update(h, text.ptr, text.len);
}

/* What two requests have in common when one is a copy of the other. */
static uint64_t
copy_hash(const struct register_answer *a, const struct register_request *q, uint64_t seed)
{
	struct siphash h;

	siphash_init(&h, a->key, 0);
	siphash_update(&h, &seed, sizeof(seed));
	hash_text(&h, q->fields.call_id);
	hash_text(&h, q->fields.from_tag);
	hash_text(&h, q->fields.via.branch);
	siphash_update(&h, &q->fields.cseq, sizeof(q->fields.cseq));
	return siphash_final(&h);
}

/* A function of the request: a retransmission gets the same tag again (RFC 3261 §8.2.7). */
static struct slice
make_tag(const struct register_answer *a, const struct register_request *q, char out[17])
{
	struct sip_writer w;

	sip_writer_init(&w, out, 16);
	sip_put_hex(&w, copy_hash(a, q, 0), 16);
	return sip_written(&w);
}

/* ---- GRUUs ---- */

/* The AOR is "sip:user@domain". */
static struct slice
without_scheme(struct slice aor)
{
	slice_cut(&aor, ':');
	return aor;
}

/*
 * GR-11, GR-18: each REGISTER makes a new one for each instance; a copy of it gets the same again.
 * What makes it another one than those before is as good as random for all but us (GR-12).
 */
static void
put_temp_gruu(struct sip_writer *w, const struct register_answer *a,
	      const struct register_request *q, uint64_t epoch)
{
	const uint64_t random[2] = { copy_hash(a, q, epoch),
				     copy_hash(a, q, epoch | UINT64_C(1) << 63) };
	struct slice domain = q->aor;
	char user[TEMP_GRUU_USER_LEN];

	slice_cut(&domain, '@');
	temp_gruu_make(a->gruu_keys, (const uint8_t *)random, epoch, user);
	SIP_PUT(w, ";temp-gruu=\"");
	gruu_put_temp(w, q->to_sips, slice_of(user, sizeof(user)), domain);
	SIP_PUT(w, "\"");
}

static void
put_gruus(struct sip_writer *w, const struct register_answer *a, const struct register_request *q,
	  const struct record_instance *instance)
{
	enum config_gruu form = a->config->file->registrar.gruu;
	struct slice aor = without_scheme(q->aor);

	if (form == CONFIG_GRUU_RFC5627 || form == CONFIG_GRUU_BOTH) {
		SIP_PUT(w, ";pub-gruu=\"");
		gruu_put_public(w, q->to_sips, aor, instance->id);
		SIP_PUT(w, "\"");
		if (instance->epoch != 0 && a->gruu_keys->set[TEMP_GRUU_CURRENT].usable)
			put_temp_gruu(w, a, q, instance->epoch);
	}
	if ((form == CONFIG_GRUU_DRAFT04 || form == CONFIG_GRUU_BOTH) &&
	    instance_is_urn(instance->id)) {
		SIP_PUT(w, ";gruu=\"");
		gruu_put_draft(w, q->to_sips, aor, instance->id);
		SIP_PUT(w, "\"");
	}
}

/* ---- the lines ---- */

static void
put_contacts(struct sip_writer *w, const struct register_answer *a,
	     const struct register_request *q, const struct record *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		const struct record_binding *b = &r->binding[i];
		int instance = record_find_instance(r, b->instance);

		if (b->expires_ms <= a->now_ms)
			continue;
		SIP_PUT(w, "Contact: <");
		sip_put(w, b->contact);
		SIP_PUT(w, ">");
		if (b->params.len > 0) {
			SIP_PUT(w, ";");
			sip_put(w, b->params);
		}
		if (q->wants_gruu && instance >= 0)
			put_gruus(w, a, q, &r->instance[instance]);
		SIP_PUT(w, ";expires=");
		sip_put_uint(w, (b->expires_ms - a->now_ms + 999) / 1000);
		SIP_PUT(w, "\r\n");
	}
}

/* RFC 3261 §20.17 */
static void
put_date(struct sip_writer *w)
{
	static time_t then;
	static char text[40];
	static size_t len;
	time_t now = time(NULL);
	struct tm tm;

	if (now != then) {
		gmtime_r(&now, &tm);
		len = strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
		then = now;
	}
	sip_put(w, slice_of(text, len));
}

/* GR-22: the draft wants it where GRUUs are listed, the RFC does not. */
static bool
requires_gruu(const struct register_answer *a, const struct register_request *q,
	      const struct record *r)
{
	if (a->config->file->registrar.gruu != CONFIG_GRUU_DRAFT04 || !q->wants_gruu)
		return false;
	for (unsigned int i = 0; i < r->count; i++)
		if (r->binding[i].expires_ms > a->now_ms && instance_is_urn(r->binding[i].instance))
			return true;
	return false;
}

static void
put_extensions(struct sip_writer *w, const struct register_answer *a,
	       const struct register_request *q, const struct record *r)
{
	uint32_t flow_timer = a->config->file->registrar.flow_timer;

	if (q->outbound) /* OB-56, OB-57 */
		SIP_PUT(w, "Require: outbound\r\n");
	if (q->outbound && q->direct && flow_timer > 0) { /* OB-64 */
		SIP_PUT(w, "Flow-Timer: ");
		sip_put_uint(w, flow_timer);
		SIP_PUT(w, "\r\n");
	}
	if (requires_gruu(a, q, r))
		SIP_PUT(w, "Require: gruu\r\n");
	if (q->path.ptr != NULL) {
		SIP_PUT(w, "Path: ");
		sip_put(w, q->path);
		SIP_PUT(w, "\r\n");
	}
	service_route_write(w, a->config, q->path);
}

static void
write_reply(struct sip_writer *w, const struct register_answer *a, const struct register_request *q,
	    uint16_t status, struct slice phrase, struct slice headers)
{
	static const struct sip_edits none;
	char tag[17];
	struct sip_reply reply = {
		.status = status,
		.phrase = phrase,
		.to_tag = make_tag(a, q, tag),
		.headers = headers,
	};

	sip_reply_write(w, &q->msg, &none, &reply, q->fields.to_tag.ptr != NULL);
}

void
register_answer_ok(struct sip_writer *w, const struct register_answer *a,
		   const struct register_request *q, const struct record *record, struct slice more)
{
	static char headers[HEADERS_MAX];
	struct sip_writer h;

	sip_writer_init(&h, headers, sizeof(headers));
	put_contacts(&h, a, q, record);
	put_extensions(&h, a, q, record);
	sip_put(&h, more);
	put_date(&h);
	w->overflow |= h.overflow;
	write_reply(w, a, q, 200, SLICE("OK"), sip_written(&h));
}

void
register_answer_refuse(struct sip_writer *w, const struct register_answer *a,
		       const struct register_request *q, const struct register_refusal *refusal)
{
	write_reply(w, a, q, refusal->status, slice_str(refusal->phrase),
		    slice_str(refusal->header));
}
