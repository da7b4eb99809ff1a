/* SPDX-License-Identifier: BSD-3-Clause */
#include "call_leg.h"

#include <stdlib.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"
#include "sip/build.h"
#include "sip/list.h"
#include "world.h"

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
} __attribute__((packed, aligned(2)));

#define SDP                                                                                        \
	"v=0\r\no=- 3724394400 3724394401 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\n"   \
	"t=0 0\r\nm=audio 17004 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"                         \
	"a=rtpmap:101 telephone-event/8000\r\n"

/* ---- writing ---- */

uint16_t
leg_finish(uint8_t *to, size_t len)
{
	struct headers *h = (struct headers *)to;

	h->ip.total_length = rte_cpu_to_be_16((uint16_t)(len - sizeof(h->eth)));
	h->ip.hdr_checksum = 0;
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
	h->udp.dgram_len = rte_cpu_to_be_16((uint16_t)(len - FRAME_HEADERS + sizeof(h->udp)));
	h->udp.dgram_cksum = 0;
	h->udp.dgram_cksum = rte_ipv4_udptcp_cksum(&h->ip, &h->udp);
	return (uint16_t)len;
}

static void
write_headers(const struct leg *leg, const uint8_t mac[6], uint8_t *to)
{
	struct headers *h = (struct headers *)to;

	memset(h, 0, sizeof(*h));
	memcpy(h->eth.dst_addr.addr_bytes, mac, 6);
	memcpy(h->eth.src_addr.addr_bytes, world_mac, 6);
	h->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.time_to_live = 61;
	h->ip.next_proto_id = IPPROTO_UDP;
	h->ip.src_addr = leg->remote_ip;
	h->ip.dst_addr = leg->local_ip;
	h->udp.src_port = leg->remote_port;
	h->udp.dst_port = leg->local_port;
}

static void
put_contact(struct sip_writer *w, const struct leg *leg)
{
	const uint8_t *ip = (const uint8_t *)&leg->remote_ip;

	SIP_PUT(w, "Contact: <sip:callee@");
	for (unsigned int i = 0; i < 4; i++) {
		if (i > 0)
			SIP_PUT(w, ".");
		sip_put_uint(w, ip[i]);
	}
	SIP_PUT(w, ":");
	sip_put_uint(w, rte_be_to_cpu_16(leg->remote_port));
	SIP_PUT(w, ">\r\n");
}

static void
put_answer(struct sip_writer *w, const struct leg *leg, struct slice status, struct slice method)
{
	sip_put(w, status);
	sip_put(w, slice_of(leg->text, leg->len));
	sip_put(w, method);
	SIP_PUT(w, "\r\n");
}

/* One that ends what a caller waits for has what user agents have to say. */
static void
put_ok(struct sip_writer *w, const struct leg *leg)
{
	put_answer(w, leg, SLICE("SIP/2.0 200 OK\r\n"), SLICE("INVITE"));
	put_contact(w, leg);
	SIP_PUT(w, "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\r\n"
		   "Supported: replaces, 100rel, timer, outbound\r\n"
		   "User-Agent: Desk 410 (3.17.2)\r\n");
	sip_add_body(w, SLICE("application/sdp"), SLICE(SDP));
}

static void
put_response(struct sip_writer *w, const struct leg *leg, enum call_step step)
{
	switch (step) {
	case CALL_TRYING:
		put_answer(w, leg, SLICE("SIP/2.0 100 Trying\r\n"), SLICE("INVITE"));
		break;
	case CALL_RINGING:
		put_answer(w, leg, SLICE("SIP/2.0 180 Ringing\r\n"), SLICE("INVITE"));
		put_contact(w, leg);
		SIP_PUT(w, "User-Agent: Desk 410 (3.17.2)\r\n");
		break;
	case CALL_TERMINATED:
		put_answer(w, leg, SLICE("SIP/2.0 487 Request Terminated\r\n"), SLICE("INVITE"));
		break;
	case CALL_CANCEL_OK:
		SIP_PUT(w, "SIP/2.0 200 OK\r\n");
		sip_put(w, slice_of(leg->text, leg->first));
		sip_put(w, slice_of(leg->text + leg->vias, leg->len - leg->vias));
		SIP_PUT(w, "CANCEL\r\n");
		break;
	default:
		put_answer(w, leg, SLICE("SIP/2.0 200 OK\r\n"), SLICE("BYE"));
		break;
	}
	SIP_PUT(w, "Content-Length: 0\r\n\r\n");
}

/* ACK has the INVITE's number, BYE the next. */
static void
put_in_dialog(struct sip_writer *w, const struct leg *leg, struct slice method, uint32_t cseq)
{
	sip_put(w, method);
	sip_put(w, slice_of(leg->text, leg->first));
	sip_put(w, method);
	sip_put(w, slice_of(leg->text + leg->first, leg->len - leg->first));
	SIP_PUT(w, "CSeq: ");
	sip_put_uint(w, cseq);
	SIP_PUT(w, " ");
	sip_put(w, method);
	SIP_PUT(w, "\r\nContent-Length: 0\r\n\r\n");
}

uint16_t
leg_write(const struct leg *leg, enum call_step step, const uint8_t mac[6], uint8_t to[FRAME_MAX])
{
	struct sip_writer w;

	write_headers(leg, mac, to);
	sip_writer_init(&w, (char *)to + FRAME_HEADERS, FRAME_MAX - FRAME_HEADERS);
	if (step == CALL_OK)
		put_ok(&w, leg);
	else if (step == CALL_ACK)
		put_in_dialog(&w, leg, SLICE("ACK"), leg->cseq);
	else if (step == CALL_BYE)
		put_in_dialog(&w, leg, SLICE("BYE"), leg->cseq + 1);
	else
		put_response(&w, leg, step);
	if (sip_written(&w).ptr == NULL)
		bench_die("calls: a message is longer than a frame");
	return leg_finish(to, FRAME_HEADERS + sip_written(&w).len);
}

uint16_t
leg_register(uint32_t user, unsigned int contacts, const uint8_t mac[6], uint8_t to[FRAME_MAX])
{
	struct flow_address agent = world_agent(user * contacts),
			    here = world_listener(WORLD_ACCESS);
	char aor[WORLD_AOR_MAX], text[FLOW_ADDRESS_TEXT_MAX];
	struct slice who = world_aor(user, aor), where = flow_address_text(&agent, text);
	char *p = (char *)to + FRAME_HEADERS, *end = (char *)to + FRAME_MAX;
	struct leg leg = { .remote_port = rte_cpu_to_be_16(agent.port),
			   .local_port = rte_cpu_to_be_16(here.port) };

	memcpy(&leg.remote_ip, agent.ip, 4);
	memcpy(&leg.local_ip, here.ip, 4);
	write_headers(&leg, mac, to);
	p += snprintf(p, (size_t)(end - p),
		      "REGISTER sip:" WORLD_DOMAIN " SIP/2.0\r\n"
		      "Via: SIP/2.0/UDP %.*s;rport;branch=z9hG4bKr%08x\r\nMax-Forwards: 70\r\n"
		      "From: <%.*s>;tag=r%08x\r\nTo: <%.*s>\r\nCall-ID: %08x-register\r\n"
		      "CSeq: 1 REGISTER\r\nExpires: 7200\r\n",
		      SLICE_FMT(where), user, SLICE_FMT(who), user, SLICE_FMT(who), user);
	for (unsigned int i = 0; i < contacts; i++) {
		agent = world_agent(user * contacts + i);
		where = flow_address_text(&agent, text);
		p += snprintf(p, (size_t)(end - p), "Contact: <sip:+4930%07u@%.*s;ob>\r\n", user,
			      SLICE_FMT(where));
	}
	p += snprintf(p, (size_t)(end - p), "Content-Length: 0\r\n\r\n");
	return leg_finish(to, (size_t)(p - (char *)to));
}

/* ---- reading ---- */

void
leg_note_way(struct leg *leg, const uint8_t *frame)
{
	struct headers h;

	memcpy(&h, frame, sizeof(h));
	leg->remote_ip = h.ip.dst_addr;
	leg->local_ip = h.ip.src_addr;
	leg->remote_port = h.udp.dst_port;
	leg->local_port = h.udp.src_port;
}

static void
put_lines(struct sip_writer *w, const struct sip_message *msg, enum sip_header_id id)
{
	for (unsigned int i = msg->first[id]; i != SIP_NO_HEADER; i = sip_header_next(msg, i))
		sip_put(w, slice_between(msg->base + msg->header[i].line_off,
					 msg->base + sip_header_line_end(msg, i)));
}

/* What a response to this request has of it. */
void
leg_note_request(struct leg *leg, const struct sip_message *msg, struct slice tag)
{
	struct slice to = sip_header_get(msg, SIP_HDR_TO), cseq = sip_header_get(msg, SIP_HDR_CSEQ);
	unsigned int top = msg->first[SIP_HDR_VIA];
	struct sip_writer w;

	sip_writer_init(&w, leg->text, sizeof(leg->text));
	leg->first = (uint16_t)(sip_header_line_end(msg, top) - msg->header[top].line_off);
	put_lines(&w, msg, SIP_HDR_VIA);
	leg->vias = (uint16_t)sip_written(&w).len;
	put_lines(&w, msg, SIP_HDR_RECORD_ROUTE);
	put_lines(&w, msg, SIP_HDR_FROM);
	SIP_PUT(&w, "To: ");
	sip_put(&w, to);
	sip_put(&w, tag);
	SIP_PUT(&w, "\r\n");
	put_lines(&w, msg, SIP_HDR_CALL_ID);
	SIP_PUT(&w, "CSeq: ");
	sip_put(&w, slice_of(cseq.ptr, strcspn(cseq.ptr, " ") + 1));
	if (sip_written(&w).ptr == NULL)
		bench_die("calls: a request has more than %d octets of Via and so on", LEG_TEXT);
	leg->len = (uint16_t)sip_written(&w).len;
}

/* RFC 3261 §12.1.2: the caller's route set is the Record-Route from the end. */
static void
put_routes(struct sip_writer *w, const struct sip_message *msg)
{
	struct sip_list_iter it;
	struct slice value[4];
	unsigned int n = 0;

	sip_list_iter_init(&it, msg, SIP_HDR_RECORD_ROUTE);
	while (n < RTE_DIM(value) && sip_list_next(&it, &value[n]))
		n++;
	while (n-- > 0) {
		SIP_PUT(w, "Route: ");
		sip_put(w, value[n]);
		SIP_PUT(w, "\r\n");
	}
}

void
leg_note_dialog(struct leg *leg, const struct sip_message *msg, const struct flow_address *caller,
		uint32_t serial)
{
	struct slice contact = sip_header_get(msg, SIP_HDR_CONTACT);
	char text[FLOW_ADDRESS_TEXT_MAX], digits[16];
	struct sip_writer w;

	sip_writer_init(&w, leg->text, sizeof(leg->text));
	SIP_PUT(&w, " ");
	sip_put(&w, slice_of(contact.ptr + 1, contact.len - 2));
	SIP_PUT(&w, " SIP/2.0\r\nVia: SIP/2.0/UDP ");
	sip_put(&w, flow_address_text(caller, text));
	snprintf(digits, sizeof(digits), "%08x", serial);
	SIP_PUT(&w, ";rport;branch=z9hG4bK");
	sip_put(&w, slice_of(digits, 8));
	leg->first = (uint16_t)sip_written(&w).len;
	SIP_PUT(&w, "\r\nMax-Forwards: 70\r\n");
	put_routes(&w, msg);
	put_lines(&w, msg, SIP_HDR_FROM);
	put_lines(&w, msg, SIP_HDR_TO);
	put_lines(&w, msg, SIP_HDR_CALL_ID);
	if (contact.len < 2 || sip_written(&w).ptr == NULL)
		bench_die("calls: a 200 has no dialog");
	leg->len = (uint16_t)sip_written(&w).len;
	leg->cseq = (uint32_t)strtoul(sip_header_get(msg, SIP_HDR_CSEQ).ptr, NULL, 10);
}
