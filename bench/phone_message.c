/* SPDX-License-Identifier: BSD-3-Clause */
#include "phone_message.h"
#include "sip/build.h"
#include "sip/field/scalar.h"
#include "sip/field/sequence.h"
#include "sip/list.h"

enum { USER_MAX = 32, URI_MAX = 128, COOKIE = 0x2112a442, XOR_MAPPED = 0x0020 };

/** A small text with room of its own. */
struct text {
	struct sip_writer w;
	char room[URI_MAX];
};

static struct sip_writer *
begin(struct text *t)
{
	sip_writer_init(&t->w, t->room, sizeof(t->room));
	return &t->w;
}

static struct slice
branch_of(const struct phone_run *run, uint32_t number, uint32_t cseq, struct text *t)
{
	struct sip_writer *w = begin(t);

	SIP_PUT(w, SIP_BRANCH_COOKIE);
	sip_put_hex(w, run->id, 16);
	sip_put_hex(w, number, 8);
	SIP_PUT(w, ".");
	sip_put_uint(w, cseq);
	return sip_written(w);
}

/** "sip:p7@example.com", or with another host. */
static struct slice
uri_of(uint32_t number, struct slice host, struct text *t)
{
	struct sip_writer *w = begin(t);

	SIP_PUT(w, "sip:");
	if (number != 0) {
		SIP_PUT(w, "p");
		sip_put_uint(w, number);
		SIP_PUT(w, "@");
	}
	sip_put(w, host);
	return sip_written(w);
}

static void
add_via(struct sip_writer *w, const struct flow_address *local, struct slice branch)
{
	char host[FLOW_IP_TEXT_MAX], bracketed[FLOW_ADDRESS_TEXT_MAX];
	struct flow_address portless = *local;
	struct sip_via via = {
		.transport = SLICE("UDP"), .port = local->port, .branch = branch, .has_rport = true
	};

	portless.port = 0;
	via.host = local->family == 6 ? flow_address_text(&portless, bracketed)
				      : flow_ip_text(local, host);
	sip_begin_header(w, SIP_HDR_VIA);
	sip_put_via(w, &via);
	sip_end_header(w);
}

/** RFC 5626 §4.1: the same instance in every run. */
static struct slice
instance_of(uint32_t number, struct text *t)
{
	struct sip_writer *w = begin(t);

	SIP_PUT(w, "urn:uuid:00000000-0000-4000-8000-0000");
	sip_put_hex(w, number, 8);
	return sip_written(w);
}

static void
add_contact(struct sip_writer *w, const struct phone_run *run, uint32_t number,
	    const struct flow_address *local)
{
	char host[FLOW_ADDRESS_TEXT_MAX];
	struct text uri, instance;
	struct sip_contact_parts contact = {
		.uri = uri_of(number, flow_address_text(local, host), &uri),
		.instance = instance_of(number, &instance),
		.reg_id = run->reg_id,
		.expires = run->expires,
		.has_expires = true,
	};

	sip_begin_header(w, SIP_HDR_CONTACT);
	sip_put_contact(w, &contact);
	sip_end_header(w);
}

/** Call-ID and From tag: the same in every REGISTER of a run (RFC 3261 §10.2). */
static struct slice
call_id_of(const struct phone_run *run, uint32_t number, struct text *t)
{
	struct sip_writer *w = begin(t);

	sip_put_hex(w, run->id, 16);
	SIP_PUT(w, "-");
	sip_put_uint(w, number);
	return sip_written(w);
}

static void
add_route(struct sip_writer *w, const struct phone_run *run)
{
	struct text t;
	struct slice uri;

	uri_of(0, run->proxy, &t);
	SIP_PUT(&t.w, ";lr");
	uri = sip_written(&t.w);
	sip_add_routes(w, SIP_HDR_ROUTE, &uri, 1);
}

struct slice
phone_write_register(const struct phone_run *run, uint32_t number, const struct flow_address *local,
		     uint32_t cseq, char out[PHONE_REGISTER_MAX])
{
	const struct slice supported[] = { SLICE("path"), SLICE("outbound") };
	struct text domain, aor, call_id, branch;
	struct sip_writer w;

	sip_writer_init(&w, out, PHONE_REGISTER_MAX);
	call_id_of(run, number, &call_id);
	uri_of(number, run->domain, &aor);
	sip_put_request_line(&w, SLICE("REGISTER"), uri_of(0, run->domain, &domain));
	add_via(&w, local, branch_of(run, number, cseq, &branch));
	sip_add_max_forwards(&w, 70);
	add_route(&w, run);
	sip_add_party(&w, SIP_HDR_FROM, SLICE_ABSENT, sip_written(&aor.w), sip_written(&call_id.w));
	sip_add_party(&w, SIP_HDR_TO, SLICE_ABSENT, sip_written(&aor.w), SLICE_ABSENT);
	sip_add_call_id(&w, sip_written(&call_id.w));
	sip_add_cseq(&w, cseq, SLICE("REGISTER"));
	sip_add_tokens(&w, SIP_HDR_SUPPORTED, supported, 2);
	add_contact(&w, run, number, local);
	sip_add_body(&w, SLICE_ABSENT, SLICE_ABSENT);
	return sip_written(&w);
}

static bool
is_ours(const struct phone_run *run, uint32_t number, uint32_t cseq, const struct sip_message *msg)
{
	struct slice vias = sip_header_get(msg, SIP_HDR_VIA);
	struct sip_cseq in;
	struct sip_via via;
	struct text t;

	return vias.ptr != NULL && sip_via_decode(sip_list_cut(&vias), &via) &&
	       slice_eq(via.branch, branch_of(run, number, cseq, &t)) &&
	       sip_cseq_decode(sip_header_get(msg, SIP_HDR_CSEQ), &in) && in.number == cseq &&
	       in.method == SIP_REGISTER;
}

bool
phone_read_response(const struct phone_run *run, uint32_t number, uint32_t cseq,
		    struct slice datagram, struct phone_response *out)
{
	struct sip_message msg;
	struct sip_retry_after after;

	if (sip_message_index(datagram, &msg) != SIP_FAULT_NONE || sip_is_request(&msg) ||
	    !is_ours(run, number, cseq, &msg))
		return false;
	*out = (struct phone_response){ .status = msg.status };
	if (sip_retry_after_decode(sip_header_get(&msg, SIP_HDR_RETRY_AFTER), &after)) {
		out->has_retry_after = true;
		out->retry_after_s = after.seconds;
	}
	return true;
}

/* ---- STUN ---- */

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

void
phone_write_ping(const struct phone_run *run, uint32_t number, uint32_t serial,
		 uint8_t out[PHONE_PING_SIZE])
{
	put16(out, 0x0001);
	put16(out + 2, 0);
	put32(out + 4, COOKIE);
	put32(out + 8, (uint32_t)run->id);
	put32(out + 12, number);
	put32(out + 16, serial);
}

/** The address behind family and port; `mask` is cookie and transaction id (RFC 5389 §15.2). */
static bool
read_mapped(const uint8_t *value, size_t len, const uint8_t mask[16], struct flow_address *out)
{
	const uint8_t family = len == 20 ? 6 : 4;
	size_t size = flow_ip_size(family);

	if (len != 4 + size || value[1] != (family == 6 ? 2 : 1))
		return false;
	*out = (struct flow_address){ .family = family };
	out->port = (uint16_t)(get16(value + 2) ^ get16(mask));
	for (size_t i = 0; i < size; i++)
		out->ip[i] = value[4 + i] ^ mask[i];
	return true;
}

bool
phone_read_pong(const struct phone_run *run, uint32_t number, uint32_t serial,
		struct slice datagram, struct flow_address *mapped)
{
	const uint8_t *p = (const uint8_t *)datagram.ptr;
	uint8_t request[PHONE_PING_SIZE];

	phone_write_ping(run, number, serial, request);
	if (datagram.len < PHONE_PING_SIZE || get16(p) != 0x0101 ||
	    memcmp(p + 4, request + 4, 16) != 0 || get16(p + 2) != datagram.len - PHONE_PING_SIZE)
		return false;
	for (size_t at = PHONE_PING_SIZE; at + 4 <= datagram.len;) {
		size_t len = get16(p + at + 2);

		if (len > datagram.len - at - 4)
			return false;
		if (get16(p + at) == XOR_MAPPED)
			return read_mapped(p + at + 4, len, p + 4, mapped);
		at += 4 + (len + 3) / 4 * 4;
	}
	return false;
}
