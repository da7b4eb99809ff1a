/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdlib.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "sip/via.h"
#include "world.h"

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
} __attribute__((packed, aligned(2)));

_Static_assert(sizeof(struct headers) == FRAME_HEADERS, "ethernet, IPv4 and UDP");

static const struct {
	enum sample_kind kind[3];
	unsigned int count;
} traffics[FRAMES_TRAFFICS] = {
	[FRAMES_MIX] = { { SAMPLE_INVITE, SAMPLE_DIALOG, SAMPLE_RESPONSE }, 3 },
	[FRAMES_LOOKUP] = { { SAMPLE_INVITE }, 1 },
	[FRAMES_TOKEN] = { { SAMPLE_DIALOG, SAMPLE_PATH }, 2 },
	[FRAMES_RESPONSE] = { { SAMPLE_RESPONSE }, 1 },
	[FRAMES_EDGE] = { { SAMPLE_EDGE }, 1 },
	[FRAMES_REGISTER] = { { SAMPLE_EDGE_REGISTER }, 1 },
	[FRAMES_REFRESH] = { { SAMPLE_REFRESH }, 1 },
	[FRAMES_STUN] = { { SAMPLE_STUN }, 1 },
};

const char *const frame_traffic_name[FRAMES_TRAFFICS] = {
	[FRAMES_MIX] = "mix",           [FRAMES_LOOKUP] = "lookup", [FRAMES_TOKEN] = "token",
	[FRAMES_RESPONSE] = "response", [FRAMES_EDGE] = "edge",     [FRAMES_REGISTER] = "register",
	[FRAMES_REFRESH] = "refresh",   [FRAMES_STUN] = "stun",
};

/* ---- making ---- */

static void
write_headers(struct frame *f, const struct flow *way, const uint8_t mac[6])
{
	struct headers *h = (struct headers *)f->bytes;

	memset(h, 0, sizeof(*h));
	memcpy(h->eth.dst_addr.addr_bytes, mac, 6);
	memcpy(h->eth.src_addr.addr_bytes, world_mac, 6);
	h->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.total_length = rte_cpu_to_be_16((uint16_t)(f->len - sizeof(h->eth)));
	h->ip.time_to_live = 61;
	h->ip.next_proto_id = IPPROTO_UDP;
	memcpy(&h->ip.src_addr, way->remote.ip, 4);
	memcpy(&h->ip.dst_addr, way->local.ip, 4);
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
	h->udp.src_port = rte_cpu_to_be_16(way->remote.port);
	h->udp.dst_port = rte_cpu_to_be_16(way->local.port);
	h->udp.dgram_len = rte_cpu_to_be_16((uint16_t)(f->sample.len + sizeof(h->udp)));
}

/* The second Via of a response: its line, and where it sends to. */
static void
look_below(struct frame *f)
{
	const struct sample *s = &f->sample;
	struct sip_list_iter it;
	struct sip_message msg;
	struct sip_via via;
	struct slice value;
	unsigned int line;

	sip_message_index(sample_text(s), &msg);
	sip_list_iter_init(&it, &msg, SIP_HDR_VIA);
	sip_list_next(&it, &value);
	if (!sip_list_next(&it, &value) || !sip_via_decode(value, &via))
		bench_die("frames: a response without second Via");
	line = sip_header_next(&msg, msg.first[SIP_HDR_VIA]);
	f->next_via = slice_between(s->text + msg.header[line].line_off,
				    s->text + sip_header_line_end(&msg, line));
	f->expect = via.received.ptr != NULL ? world_agent(s->agent) : world_proxy(s->proxy);
}

static bool
is_from_agent(enum sample_kind kind)
{
	return kind == SAMPLE_INVITE || kind == SAMPLE_REGISTER || kind == SAMPLE_EDGE_REGISTER ||
	       kind == SAMPLE_REFRESH || kind == SAMPLE_STUN;
}

static void
frame_init(struct frame *f, enum sample_kind kind, unsigned int number, const uint8_t mac[6])
{
	struct sample *s = &f->sample;
	struct flow way;

	sample_make(s, kind, number);
	way = is_from_agent(kind) ? world_agent_flow(s->agent) : world_proxy_flow(s->proxy);
	if (kind == SAMPLE_PATH || kind == SAMPLE_DIALOG || kind == SAMPLE_EDGE ||
	    kind == SAMPLE_STUN || kind == SAMPLE_REFRESH)
		f->expect = world_agent(s->agent);
	else if (kind == SAMPLE_EDGE_REGISTER)
		f->expect = world_proxy(0);
	else if (kind == SAMPLE_RESPONSE)
		look_below(f);
	f->len = (uint16_t)(FRAME_HEADERS + s->len);
	write_headers(f, &way, mac);
	memcpy(f->bytes + FRAME_HEADERS, s->text, s->len);
}

static void
swap(struct frame *a, struct frame *b)
{
	struct frame tmp = *a;

	*a = *b;
	*b = tmp;
}

void
frame_set_init(struct frame_set *set, enum frame_traffic traffic, unsigned int each,
	       uint32_t bindings, const uint8_t mac[6])
{
	const enum sample_kind *kinds = traffics[traffic].kind;
	unsigned int kind_count = traffics[traffic].count;
	uint64_t random = 2;

	*set = (struct frame_set){ .bindings = bindings };
	set->frame = calloc(kind_count * each, sizeof(*set->frame));
	if (set->frame == NULL)
		bench_die("no memory");
	for (unsigned int i = 0; i < kind_count * each; i++) {
		unsigned int k = (unsigned int)(random_next(&random) % (i + 1));

		frame_init(&set->frame[i], kinds[i % kind_count], i / kind_count, mac);
		set->octets += set->frame[i].sample.len;
		swap(&set->frame[i], &set->frame[k]);
	}
	set->count = kind_count * each;
	set->octets /= set->count;
	/* spans of responses moved with their frames */
	for (unsigned int i = 0; i < set->count; i++)
		if (set->frame[i].sample.kind == SAMPLE_RESPONSE)
			look_below(&set->frame[i]);
}

void
frame_set_fini(struct frame_set *set)
{
	free(set->frame);
	set->frame = NULL;
}

uint16_t
frame_write(const struct frame_set *set, uint32_t serial, uint8_t to[FRAME_MAX])
{
	const struct frame *f = &set->frame[serial % set->count];
	struct headers *h = (struct headers *)to;

	memcpy(to, f->bytes, f->len);
	sample_mark(&f->sample, (char *)to + FRAME_HEADERS, serial,
		    f->sample.kind == SAMPLE_REFRESH ? serial % set->bindings
						     : world_user(serial, set->bindings));
	h->udp.dgram_cksum = rte_ipv4_udptcp_cksum(&h->ip, &h->udp);
	return f->len;
}

/* ---- checking ---- */

/* What the header lines of a message say, as far as it is looked at here. */
struct reading {
	struct slice start;
	struct slice via; /* the whole first line of it, CRLF included */
	struct slice call_id;
	struct slice body;
	uint32_t hops;
	bool has_route, has_path, has_contact;
};

static bool
begins(struct slice line, struct slice with)
{
	return line.len >= with.len && memcmp(line.ptr, with.ptr, with.len) == 0;
}

static struct slice
behind(struct slice line, size_t n)
{
	return slice_of(line.ptr + n, line.len - n - 2);
}

static void
read_line(struct reading *r, struct slice line)
{
	switch (line.ptr[0]) {
	case 'V':
	case 'v':
		if (r->via.ptr == NULL)
			r->via = line;
		break;
	case 'C':
		if (begins(line, SLICE("Call-ID: ")))
			r->call_id = behind(line, 9);
		r->has_contact |= begins(line, SLICE("Contact: <sip:"));
		break;
	case 'i':
		if (line.ptr[1] == ':')
			r->call_id = behind(line, 3);
		break;
	case 'M':
		if (begins(line, SLICE("Max-Forwards: ")))
			sip_uint(behind(line, 14), &r->hops);
		break;
	case 'P':
		r->has_path |= begins(line, SLICE("Path: <sip:"));
		break;
	case 'R':
		r->has_route |= begins(line, SLICE("Route:"));
		break;
	default:
		break;
	}
}

static bool
read_message(struct reading *r, struct slice text)
{
	const char *p = text.ptr, *end = slice_end(text), *lf;

	*r = (struct reading){ .hops = UINT32_MAX };
	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		struct slice line = slice_between(p, lf + 1);

		p = lf + 1;
		if (r->start.ptr == NULL) {
			r->start = line;
		} else if (line.len == 2) {
			r->body = slice_between(p, end);
			return r->call_id.len >= SAMPLE_SERIAL_DIGITS && r->via.ptr != NULL;
		} else {
			read_line(r, line);
		}
	}
	return false;
}

static bool
read_serial(const char *text, uint32_t *serial)
{
	*serial = 0;
	for (unsigned int i = 0; i < SAMPLE_SERIAL_DIGITS; i++) {
		int digit = sip_hex_value(text[i]);

		if (digit < 0)
			return false;
		*serial = *serial << 4 | (uint32_t)digit;
	}
	return true;
}

/* Of the port that goes without saying, a peer says nothing. */
static bool
via_is_ours(struct slice via)
{
	return begins(via, SLICE("Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK")) ||
	       begins(via, SLICE("Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK")) ||
	       begins(via, SLICE("Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK")) ||
	       begins(via, SLICE("Via: SIP/2.0/UDP 198.51.100.10;branch=z9hG4bK"));
}

static uint32_t
hops_before(enum sample_kind kind)
{
	switch (kind) {
	case SAMPLE_INVITE:
	case SAMPLE_EDGE_REGISTER:
		return 70;
	case SAMPLE_PATH:
		return 68;
	default:
		return 69;
	}
}

static const char *
check_request(const struct frame *f, const struct reading *r, uint32_t user)
{
	char uri[WORLD_AOR_MAX + 8] = "INVITE ";
	size_t len = 7 + world_aor(user, uri + 7).len - sizeof(WORLD_DOMAIN) + 1;

	if (!via_is_ours(r->via))
		return "our Via is not on top";
	if (r->hops != hops_before(f->sample.kind) - 1)
		return "Max-Forwards is not one less";
	if (f->sample.kind == SAMPLE_EDGE_REGISTER)
		return r->has_path ? NULL : "there is no Path";
	if (f->sample.kind != SAMPLE_INVITE)
		return r->has_route ? "a Route of ours is left" : NULL;
	if (!begins(r->start, slice_of(uri, len)) ||
	    begins(r->start, slice_of(uri, len + sizeof(WORLD_DOMAIN) - 1)))
		return "the Request-URI is not the contact";
	return r->has_route == (user % 4 == 3) ? NULL : "the Path did not become the Route";
}

static bool
goes_to(const struct headers *h, const struct flow_address *a)
{
	return memcmp(&h->ip.dst_addr, a->ip, 4) == 0 &&
	       h->udp.dst_port == rte_cpu_to_be_16(a->port) &&
	       memcmp(h->eth.dst_addr.addr_bytes, world_mac, 6) == 0;
}

static struct flow_address
destination(const struct frame *f, uint32_t user)
{
	if (f->expect.family != 0)
		return f->expect;
	return user % 4 == 3 ? world_proxy(user >> 2) : world_agent(user);
}

static const char *
check_message(const struct frame_set *set, const struct headers *h, const struct reading *r,
	      uint32_t serial)
{
	const struct frame *f = &set->frame[serial % set->count];
	uint32_t user = world_user(serial, set->bindings);
	struct flow_address to = destination(f, user);
	struct slice body = sample_text(&f->sample);

	body.ptr += f->sample.body_off;
	body.len -= f->sample.body_off;
	if (!goes_to(h, &to))
		return "it goes to a wrong address";
	if (!slice_eq(r->body, body))
		return "the body has changed";
	if (f->sample.kind != SAMPLE_RESPONSE)
		return check_request(f, r, user);
	return slice_eq(r->via, f->next_via) ? NULL : "our Via is not gone from the response";
}

/* A success that maps the user agent to where it is: XOR-MAPPED-ADDRESS, first of all. */
static const char *
check_stun(const struct frame_set *set, const struct headers *h, const uint8_t *p, uint32_t serial)
{
	const struct flow_address *at = &set->frame[serial % set->count].expect;
	uint8_t want[12] = { 0, 0x20, 0, 8, 0, 1 };

	want[6] = (uint8_t)(at->port >> 8 ^ p[4]);
	want[7] = (uint8_t)(at->port ^ p[5]);
	for (unsigned int i = 0; i < 4; i++)
		want[8 + i] = at->ip[i] ^ p[4 + i];
	if (!goes_to(h, at))
		return "it goes to a wrong address";
	if (p[0] != 1 || p[1] != 1)
		return "it is no success";
	return memcmp(p + STUN_HEADER, want, sizeof(want)) == 0 ? NULL : "the address is wrong";
}

/* A 200 with the binding, at the user agent. */
static const char *
check_answer(const struct frame_set *set, const struct headers *h, const struct reading *r,
	     uint32_t *serial)
{
	const char *branch = memmem(r->via.ptr, r->via.len, "z9hG4bK", 7);

	if (branch == NULL || slice_end(r->via) - branch < 7 + SAMPLE_SERIAL_DIGITS ||
	    !read_serial(branch + 7, serial))
		return "it is no message of ours";
	if (!goes_to(h, &set->frame[*serial % set->count].expect))
		return "it goes to a wrong address";
	if (!begins(r->start, SLICE("SIP/2.0 200 ")))
		return "it is no 200";
	return r->has_contact ? NULL : "there is no Contact";
}

static const char *
check_sip(const struct frame_set *set, const struct headers *h, const uint8_t *p, size_t size,
	  uint32_t *serial)
{
	struct reading r;

	if (!read_message(&r, slice_of((const char *)p, size)))
		return "it is no message of ours";
	if (set->frame[0].sample.kind == SAMPLE_REFRESH)
		return check_answer(set, h, &r, serial);
	if (!read_serial(r.call_id.ptr, serial))
		return "it is no message of ours";
	return check_message(set, h, &r, *serial);
}

/* What went in, octet by octet if `thorough`. */
static const char *
check_echo(const struct frame_set *set, const uint8_t *bytes, size_t len, bool thorough,
	   uint32_t *serial)
{
	const uint8_t *payload = bytes + FRAME_HEADERS;
	uint8_t sent[FRAME_MAX];
	struct reading r;

	if (payload[0] > 1 &&
	    !read_message(&r, slice_of((const char *)payload, len - FRAME_HEADERS)))
		return "it is no message of ours";
	if (!read_serial(payload[0] > 1 ? r.call_id.ptr : (const char *)payload + STUN_SERIAL_AT,
			 serial))
		return "it is no message of ours";
	if (!thorough)
		return NULL;
	return frame_write(set, *serial, sent) == len && memcmp(sent, bytes, len) == 0
		       ? NULL
		       : "it has changed on its way";
}

const char *
frame_check(const struct frame_set *set, const uint8_t *bytes, size_t len, bool thorough,
	    uint32_t *serial)
{
	const uint8_t *payload = bytes + FRAME_HEADERS;
	struct headers h;
	size_t size;

	*serial = UINT32_MAX;
	if (len < sizeof(h))
		return "it is no UDP";
	/* copied: a message that grew by an odd number has its headers at an odd address */
	memcpy(&h, bytes, sizeof(h));
	if (h.eth.ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || h.ip.next_proto_id != IPPROTO_UDP)
		return "it is no UDP";
	size = rte_be_to_cpu_16(h.udp.dgram_len) - sizeof(h.udp);
	if (size > len - sizeof(h))
		return "it is cut off";
	if (thorough && rte_ipv4_udptcp_cksum_verify(&h.ip, bytes + sizeof(h) - sizeof(h.udp)) != 0)
		return "its UDP checksum is wrong";
	if (set->echo)
		return check_echo(set, bytes, len, thorough, serial);
	if (payload[0] > 1)
		return check_sip(set, &h, payload, size, serial);
	if (size < STUN_HEADER + 12 || !read_serial((const char *)payload + STUN_SERIAL_AT, serial))
		return "it is no answer of ours";
	return check_stun(set, &h, payload, *serial);
}
