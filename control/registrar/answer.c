/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/answer.h"

#include <time.h>

#include <openssl/rand.h>

#include "guard/siphash.h"
#include "sip/reply.h"

enum { HEADERS_MAX = 49152 };

/* A function of the request: a retransmission gets the same tag again (RFC 3261 §8.2.7). */
static struct slice
make_tag(const struct register_request *q, char out[17])
{
	static struct siphash_key key;
	struct sip_writer w;
	struct siphash h;

	if (key.k0 == 0)
		RAND_bytes((unsigned char *)&key, sizeof(key));
	siphash_init(&h, key, 0);
	siphash_update(&h, q->fields.call_id.ptr, q->fields.call_id.len);
	siphash_update(&h, q->fields.from_tag.ptr, q->fields.from_tag.len);
	siphash_update(&h, q->fields.via.branch.ptr, q->fields.via.branch.len);
	siphash_update(&h, &q->fields.cseq, sizeof(q->fields.cseq));
	sip_writer_init(&w, out, 16);
	sip_put_hex(&w, siphash_final(&h), 16);
	return sip_written(&w);
}

/* The header parameters as they were registered, without those that we set ourselves. */
static void
put_params(struct sip_writer *w, struct slice params)
{
	struct slice rest = params, name, value;

	while (sip_param_next(&rest, &name, &value)) {
		if (slice_eq_nocase(name, SLICE("expires")))
			continue;
		SIP_PUT(w, ";");
		sip_put(w, name);
		if (value.ptr != NULL) {
			SIP_PUT(w, "=");
			sip_put(w, value);
		}
	}
}

static void
put_contacts(struct sip_writer *w, const struct record *r, uint64_t now_ms)
{
	for (unsigned int i = 0; i < r->count; i++) {
		const struct record_binding *b = &r->binding[i];

		if (b->expires_ms <= now_ms)
			continue;
		SIP_PUT(w, "Contact: <");
		sip_put(w, b->contact);
		SIP_PUT(w, ">");
		put_params(w, b->params);
		SIP_PUT(w, ";expires=");
		sip_put_uint(w, (b->expires_ms - now_ms + 999) / 1000);
		SIP_PUT(w, "\r\n");
	}
}

/* RFC 3261 §20.17 */
static void
put_date(struct sip_writer *w)
{
	char text[40];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	sip_put(w, slice_of(text, strftime(text, sizeof(text),
					   "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm)));
}

static void
write_reply(struct sip_writer *w, const struct register_request *q, uint16_t status,
	    struct slice phrase, struct slice headers)
{
	static const struct sip_edits none;
	char tag[17];
	struct sip_reply reply = {
		.status = status,
		.phrase = phrase,
		.to_tag = make_tag(q, tag),
		.headers = headers,
	};

	sip_reply_write(w, &q->msg, &none, &reply, q->fields.to_tag.ptr != NULL);
}

void
register_answer_ok(struct sip_writer *w, const struct register_request *q,
		   const struct record *record, uint64_t now_ms)
{
	static char headers[HEADERS_MAX];
	struct sip_writer h;

	sip_writer_init(&h, headers, sizeof(headers));
	put_contacts(&h, record, now_ms);
	if (q->outbound) /* OB-56, OB-57 */
		SIP_PUT(&h, "Require: outbound\r\n");
	if (q->path.ptr != NULL) {
		SIP_PUT(&h, "Path: ");
		sip_put(&h, q->path);
		SIP_PUT(&h, "\r\n");
	}
	put_date(&h);
	w->overflow |= h.overflow;
	write_reply(w, q, 200, SLICE("OK"), sip_written(&h));
}

void
register_answer_refuse(struct sip_writer *w, const struct register_request *q,
		       const struct register_refusal *refusal)
{
	write_reply(w, q, refusal->status, slice_str(refusal->phrase), slice_str(refusal->header));
}
