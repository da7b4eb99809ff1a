/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/request.h"

#include <stdio.h>

#include "gruu/gruu.h"
#include "sip/list.h"
#include "sip/writer.h"

static bool
is_domain(const struct config_file *f, struct slice host)
{
	for (unsigned int i = 0; i < f->domains_count; i++)
		if (slice_eq_nocase(slice_str(f->domains[i]), host))
			return true;
	return false;
}

/* A GRUU is no address of record (GRUU 5.1 item 6), nor is anything that looks like one. */
static bool
is_gruu(const struct sip_uri *to)
{
	static const struct temp_gruu_keys none; /* whose it would be does not matter */
	struct gruu gruu;

	return gruu_of_uri(&none, to, &gruu) != GRUU_NONE;
}

/* RFC 3261 §10.3 step 5: the address of record out of To. */
static bool
decode_aor(const struct config *config, struct register_request *q,
	   struct register_refusal *refusal)
{
	struct sip_address to;
	struct sip_uri uri;

	if (!sip_address_decode(sip_header_get(&q->msg, SIP_HDR_TO), &to) ||
	    !sip_uri_decode(to.uri, &uri) ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS) || uri.user.len == 0)
		return register_refuse(refusal, 400, "To Is Not a SIP Address of Record");
	if (!is_domain(config->file, uri.host))
		return register_refuse(refusal, 404, "Not Found");
	if (is_gruu(&uri))
		return register_refuse(refusal, 403, "A GRUU Is Not an Address of Record");
	if (sip_uri_has_usual_port(&uri))
		uri.port = 0; /* the usual one; the same record with and without */
	q->to_sips = uri.scheme == SIP_SCHEME_SIPS;
	q->aor = slice_of(q->aor_text, sip_uri_aor(&uri, q->aor_text, REGISTER_AOR_MAX));
	return q->aor.len > 0 || register_refuse(refusal, 400, "Address of Record Too Long");
}

/* What we can do, of what may stand in Require (OB-81, GR-01, RFC 3840 §6). */
static bool
is_option(struct slice tag)
{
	return slice_eq_nocase(tag, SLICE("path")) || slice_eq_nocase(tag, SLICE("outbound")) ||
	       slice_eq_nocase(tag, SLICE("gruu")) || slice_eq_nocase(tag, SLICE("pref"));
}

/* RFC 3261 §8.2.2.3: every option in Require must be known here. */
static bool
check_require(const struct register_request *q, struct register_refusal *refusal)
{
	bool refused = false, any = false;
	struct sip_list_iter it;
	struct sip_writer w;
	struct slice tag;

	/* as many as there is room for; the line's end has its own */
	sip_writer_init(&w, refusal->header, sizeof(refusal->header) - 3);
	sip_list_iter_init(&it, &q->msg, SIP_HDR_REQUIRE);
	while (sip_list_next(&it, &tag)) {
		if (tag.len == 0 || is_option(tag))
			continue;
		refused = true;
		if (tag.len + 15 > (size_t)(w.end - w.p))
			continue;
		sip_put(&w, any ? SLICE(", ") : SLICE("Unsupported: "));
		sip_put(&w, tag);
		any = true;
	}
	if (any)
		memcpy(w.p, "\r\n", 3);
	return !refused || register_refuse(refusal, 420, "Bad Extension");
}

/* Index the message and hold it against the grammar. */
static bool
read_message(struct slice bytes, struct register_request *q, struct register_refusal *refusal)
{
	static const struct sip_limits limits;
	enum sip_fault fault = sip_message_index(bytes, &q->msg);

	fault = sip_message_check(&q->msg, fault, &limits, &q->fields);
	if (fault == SIP_FAULT_NONE)
		return q->msg.method == SIP_REGISTER;
	/* a dataplane that looks only at what it routes by leaves the rest to us */
	if (sip_fault_verdict(&q->msg, fault) == SIP_REJECT)
		register_refuse(refusal, sip_fault_info(fault)->status,
				sip_fault_info(fault)->phrase.ptr);
	return false;
}

bool
register_request_decode(const struct config *config, struct slice bytes, struct register_request *q,
			struct register_refusal *refusal)
{
	memset(refusal, 0, offsetof(struct register_refusal, header) + 1);
	memset(q, 0, offsetof(struct register_request, aor_text));
	q->aor = q->path = SLICE_ABSENT;
	return read_message(bytes, q, refusal) && check_require(q, refusal) &&
	       decode_aor(config, q, refusal);
}

bool
register_request_details(const struct config *config, const struct message_head *head,
			 struct register_request *q, struct register_refusal *refusal)
{
	q->direct = (head->flags & MESSAGE_FIRST_HOP) != 0 &&
		    q->msg.first[SIP_HDR_PATH] == SIP_NO_HEADER;
	q->wants_gruu = sip_list_has(&q->msg, SIP_HDR_SUPPORTED, SLICE("gruu")) ||
			sip_list_has(&q->msg, SIP_HDR_REQUIRE, SLICE("gruu"));
	return register_decode_path(config, head, q, refusal) &&
	       register_decode_contacts(config, q, refusal) &&
	       register_decide_outbound(config, head, q, refusal);
}
