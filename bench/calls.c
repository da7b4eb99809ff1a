/* SPDX-License-Identifier: BSD-3-Clause */
#include "calls.h"

#include <stdlib.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"
#include "sip/build.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "sip/message.h"
#include "world.h"

enum { EACH = 256, LEG_TEXT = 880 };

/*
 * What is to be written again. Of a request that came out: its Vias, and what else a response has
 * of it. Of a response to the caller: what follows the method of a request in its dialog.
 */
struct leg {
	uint32_t remote_ip, local_ip; /* network byte order, as the ports */
	uint16_t remote_port, local_port;
	uint32_t cseq;
	uint16_t first; /* octets of the topmost Via; of a dialog, up to the end of its branch */
	uint16_t vias;  /* of all */
	uint16_t len;
	char text[LEG_TEXT];
};

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
} __attribute__((packed, aligned(2)));

const char *const call_step_name[CALL_STEPS] = {
	[CALL_INVITE] = "invite",
	[CALL_TRYING] = "100",
	[CALL_RINGING] = "180",
	[CALL_OK] = "200",
	[CALL_CANCEL_OK] = "cancel_200",
	[CALL_TERMINATED] = "487",
	[CALL_ACK] = "ack",
	[CALL_BYE] = "bye",
	[CALL_BYE_OK] = "bye_200",
};

#define SDP                                                                                        \
	"v=0\r\no=- 3724394400 3724394401 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\n"   \
	"t=0 0\r\nm=audio 17004 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"                         \
	"a=rtpmap:101 telephone-event/8000\r\n"

/* ---- queues ---- */

static void
push(struct calls *c, enum call_step step, uint32_t item)
{
	struct call_queue *q = &c->queue[step];

	if (q->tail - q->head > q->mask)
		bench_die("calls: too many are in play");
	q->item[q->tail++ & q->mask] = item;
}

static uint32_t
pop(struct calls *c, enum call_step step)
{
	struct call_queue *q = &c->queue[step];

	return q->item[q->head++ & q->mask];
}

uint32_t
calls_due(const struct calls *c, enum call_step step)
{
	return step == CALL_INVITE ? UINT32_MAX : c->queue[step].tail - c->queue[step].head;
}

/* ---- opening ---- */

static void *
room(size_t count, size_t size)
{
	void *p = malloc(count * size);

	if (p == NULL)
		bench_die("calls: no memory");
	memset(p, 0, count * size);
	return p;
}

void
calls_open(struct calls *c, const struct calls_options *options, const uint8_t mac[6])
{
	uint32_t legs = options->capacity * options->branches, size = 16;

	while (size < legs)
		size *= 2;
	*c = (struct calls){ .options = *options, .mac = mac };
	frame_set_init(&c->set, FRAMES_LOOKUP, EACH, options->users, mac);
	c->leg = room(legs, sizeof(*c->leg));
	c->seen = room(options->capacity, sizeof(*c->seen));
	for (unsigned int i = CALL_TRYING; i < CALL_STEPS; i++) {
		c->queue[i].item = room(size, sizeof(uint32_t));
		c->queue[i].mask = size - 1;
	}
}

void
calls_close(struct calls *c)
{
	frame_set_fini(&c->set);
	free(c->leg);
	free(c->seen);
	for (unsigned int i = 0; i < CALL_STEPS; i++)
		free(c->queue[i].item);
}

void
calls_reset(struct calls *c)
{
	for (unsigned int i = 0; i < CALL_STEPS; i++)
		c->queue[i].head = c->queue[i].tail;
	memset(c->sent, 0, sizeof(c->sent));
	memset(c->received, 0, sizeof(c->received));
}

unsigned int
calls_expected(const struct calls *c, enum call_step step)
{
	switch (step) {
	case CALL_INVITE:
		return 1 + c->options.branches;
	case CALL_TRYING:
	case CALL_CANCEL_OK:
		return 0;
	case CALL_OK:
		return c->options.branches; /* it, and CANCEL for all others */
	default:
		return 1;
	}
}

/* ---- writing ---- */

static uint16_t
finish(uint8_t *to, size_t len)
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
write_headers(const struct calls *c, const struct leg *leg, uint8_t *to)
{
	struct headers *h = (struct headers *)to;

	memset(h, 0, sizeof(*h));
	memcpy(h->eth.dst_addr.addr_bytes, c->mac, 6);
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

static uint16_t
write_invite(struct calls *c, uint8_t *to)
{
	uint32_t serial = c->serial++;
	const struct frame *f = &c->set.frame[serial % c->set.count];

	memcpy(to, f->bytes, f->len);
	sample_mark(&f->sample, (char *)to + FRAME_HEADERS, serial,
		    c->options.first_user + world_user(serial, c->options.users));
	c->seen[serial % c->options.capacity] = 0;
	return finish(to, f->len);
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
calls_write(struct calls *c, enum call_step step, uint8_t to[FRAME_MAX])
{
	const struct leg *leg;
	struct sip_writer w;
	uint32_t item;

	c->sent[step]++;
	if (step == CALL_INVITE)
		return write_invite(c, to);
	item = pop(c, step);
	leg = &c->leg[item];
	write_headers(c, leg, to);
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
	return finish(to, FRAME_HEADERS + sip_written(&w).len);
}

/* ---- reading ---- */

static void
note_way(struct leg *leg, const uint8_t *frame)
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
static void
note_request(struct leg *leg, const struct sip_message *msg, struct slice tag)
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

static void
note_dialog(struct leg *leg, const struct sip_message *msg, const struct flow_address *caller,
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

static bool
read_serial(const struct sip_message *msg, uint32_t *serial)
{
	struct slice id = sip_header_get(msg, SIP_HDR_CALL_ID);

	*serial = 0;
	for (unsigned int i = 0; i < SAMPLE_SERIAL_DIGITS; i++) {
		int digit = i < id.len ? sip_hex_value(id.ptr[i]) : -1;

		if (digit < 0)
			return false;
		*serial = *serial << 4 | (uint32_t)digit;
	}
	return true;
}

/* The branch with the same topmost Via. */
static uint32_t
find_leg(const struct calls *c, uint32_t call, const struct sip_message *msg)
{
	struct slice via = sip_header_get(msg, SIP_HDR_VIA);

	for (uint32_t i = 0; i < c->seen[call]; i++) {
		uint32_t leg = call * c->options.branches + i;

		if (c->leg[leg].first == via.len + 7 &&
		    memcmp(c->leg[leg].text + 5, via.ptr, via.len) == 0)
			return leg;
	}
	bench_die("calls: a CANCEL for no branch");
}

static enum call_out
read_invite(struct calls *c, uint32_t call, const struct sip_message *msg, const uint8_t *frame)
{
	uint32_t leg = call * c->options.branches + c->seen[call];
	char tag[] = ";tag=callee-0";

	if (c->seen[call] == c->options.branches)
		return CALL_OUT_OTHER;
	tag[sizeof(tag) - 2] = (char)('0' + c->seen[call]++);
	note_way(&c->leg[leg], frame);
	note_request(&c->leg[leg], msg, slice_of(tag, sizeof(tag) - 1));
	push(c, CALL_TRYING, leg);
	push(c, CALL_RINGING, leg);
	if (c->seen[call] == c->options.branches)
		push(c, CALL_OK, leg);
	return CALL_OUT_INVITE;
}

static enum call_out
read_request(struct calls *c, uint32_t call, const struct sip_message *msg, const uint8_t *frame)
{
	uint32_t leg = (call + 1) * c->options.branches - 1; /* the one that has answered */
	bool failed = memcmp(msg->base + msg->uri.off, "sip:callee@", 11) != 0;

	switch (msg->method) {
	case SIP_INVITE:
		return read_invite(c, call, msg, frame);
	case SIP_CANCEL:
		leg = find_leg(c, call, msg);
		push(c, CALL_CANCEL_OK, leg);
		push(c, CALL_TERMINATED, leg);
		return CALL_OUT_CANCEL;
	case SIP_ACK:
		if (failed)
			return CALL_OUT_FAILURE_ACK;
		if (c->options.hangs_up)
			push(c, CALL_BYE, leg);
		return CALL_OUT_ACK;
	case SIP_BYE:
		note_way(&c->leg[leg], frame);
		note_request(&c->leg[leg], msg, SLICE(""));
		push(c, CALL_BYE_OK, leg);
		return CALL_OUT_BYE;
	default:
		return CALL_OUT_OTHER;
	}
}

static enum call_out
read_response(struct calls *c, uint32_t call, uint32_t serial, const struct sip_message *msg,
	      const uint8_t *frame)
{
	uint32_t leg = (call + 1) * c->options.branches - 1;
	struct slice cseq = sip_header_get(msg, SIP_HDR_CSEQ);
	struct flow_address caller = world_agent(c->set.frame[serial % c->set.count].sample.agent);

	if (msg->status == 100)
		return CALL_OUT_TRYING;
	if (msg->status == 180)
		return CALL_OUT_RINGING;
	if (msg->status != 200)
		return CALL_OUT_OTHER;
	if (cseq.len > 3 && memcmp(slice_end(cseq) - 3, "BYE", 3) == 0)
		return CALL_OUT_BYE_OK;
	if (c->options.dialogs) {
		note_way(&c->leg[leg], frame);
		note_dialog(&c->leg[leg], msg, &caller, serial);
		push(c, CALL_ACK, leg);
	}
	return CALL_OUT_OK;
}

enum call_out
calls_read(struct calls *c, const uint8_t *frame, size_t len)
{
	enum call_out kind = CALL_OUT_OTHER;
	struct sip_message msg;
	uint32_t serial;

	if (len > FRAME_HEADERS &&
	    sip_message_index(slice_of((const char *)frame + FRAME_HEADERS, len - FRAME_HEADERS),
			      &msg) == SIP_FAULT_NONE &&
	    read_serial(&msg, &serial)) {
		uint32_t call = serial % c->options.capacity;

		kind = msg.status == 0 ? read_request(c, call, &msg, frame)
				       : read_response(c, call, serial, &msg, frame);
	}
	c->received[kind]++;
	return kind;
}
