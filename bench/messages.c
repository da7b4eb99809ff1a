/* SPDX-License-Identifier: BSD-3-Clause */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

#include "bench.h"
#include "guard/branch.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "world.h"

/*
 * A line end stands for CRLF; {words} are filled in for each message. {serial} and {user} are
 * marked, to be written anew in each copy; a Call-ID begins with {serial}.
 */

static const char sdp_telephone[] = "v=0\n"
				    "o=- {n} {n} IN IP4 {ip}\n"
				    "s=-\n"
				    "c=IN IP4 {ip}\n"
				    "t=0 0\n"
				    "m=audio {rtp} RTP/AVP 9 8 0 101\n"
				    "a=rtpmap:9 G722/8000\n"
				    "a=rtpmap:8 PCMA/8000\n"
				    "a=rtpmap:101 telephone-event/8000\n"
				    "a=fmtp:101 0-15\n";

static const char sdp_gateway[] = "v=0\n"
				  "o=trunk {n} 1 IN IP4 {ip}\n"
				  "s=call\n"
				  "c=IN IP4 {ip}\n"
				  "t=0 0\n"
				  "m=audio {rtp} RTP/AVP 8 18 96\n"
				  "a=rtpmap:8 PCMA/8000\n"
				  "a=rtpmap:18 G729/8000\n"
				  "a=rtpmap:96 telephone-event/8000\n"
				  "a=fmtp:96 0-15\n"
				  "a=sendrecv\n";

static const char sdp_softphone[] = "v=0\n"
				    "o=- {n} 2 IN IP4 {ip}\n"
				    "s=session\n"
				    "c=IN IP4 {ip}\n"
				    "t=0 0\n"
				    "m=audio {rtp} RTP/AVP 96 8 97\n"
				    "a=rtpmap:96 opus/48000/2\n"
				    "a=fmtp:96 useinbandfec=1\n"
				    "a=rtpmap:97 telephone-event/48000\n"
				    "a=rtcp-mux\n";

/* One hand in which a kind is written. */
struct form {
	const char *head;
	const char *body; /* NULL: none */
};

static const struct form invites[] = {
	{ "INVITE sip:+4930{user}@example.com SIP/2.0\n"
	  "Via: SIP/2.0/UDP {private};branch=z9hG4bK-{serial}-{tag};rport\n"
	  "Max-Forwards: 70\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "Supported: replaces, 100rel, timer, outbound\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
	{ "INVITE sip:+4930{user}@example.com;user=phone SIP/2.0\n"
	  "Via: SIP/2.0/UDP {agent};rport;branch=z9hG4bK{tag}{serial}\n"
	  "From: {name} <sip:+4940{caller}@example.com;user=phone>;tag={serial}\n"
	  "To: <sip:+4930{user}@example.com;user=phone>\n"
	  "Contact: <sip:+4940{caller}@{agent};transport=udp>\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Max-Forwards: 70\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "Accept: application/sdp\n"
	  "P-Preferred-Identity: <sip:+4940{caller}@example.com>\n"
	  "Supported: timer,path\n"
	  "Min-SE: 90\n"
	  "User-Agent: Trunk/8.1\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
	{ "INVITE sip:+4930{user}@example.com SIP/2.0\n"
	  "v: SIP/2.0/UDP {private};rport;branch=z9hG4bK.{serial}\n"
	  "f: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "t: sip:+4930{user}@example.com\n"
	  "CSeq: {cseq} INVITE\n"
	  "i: {serial}{tag}\n"
	  "Max-Forwards: 70\n"
	  "k: replaces, outbound, gruu, path\n"
	  "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE\n"
	  "c: application/sdp\n"
	  "l: {length}\n"
	  "m: <sip:+4940{caller}@{agent};gr=urn:uuid:{id}>\n"
	  "Accept-Language: de, en;q=0.7\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "Priority: normal\n\n",
	  sdp_softphone },
};

static const struct form paths[] = {
	{ "INVITE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}.{serial}\n"
	  "Via: SIP/2.0/UDP {private};received=198.51.100.77;branch=z9hG4bK{serial};rport=5070\n"
	  "Max-Forwards: 68\n"
	  "Route: <sip:{path_token}@{access};lr;ob>\n"
	  "Record-Route: <sip:{proxy};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}-{id}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\n"
	  "Supported: 100rel, timer\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
};

static const struct form dialogs[] = {
	{ "BYE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}{serial}\n"
	  "Via: SIP/2.0/UDP {private};rport=5062;received=198.51.100.91;branch=z9hG4bK-{serial}\n"
	  "Max-Forwards: 69\n"
	  "Route: <sip:{token}@{access};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} BYE\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Reason: Q.850;cause=16;text=\"Normal call clearing\"\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "INVITE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}.{tag}\n"
	  "Max-Forwards: 69\n"
	  "Route: <sip:{core};lr>, <sip:{token}@{access};lr;ob>\n"
	  "From: {name} <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{proxy};transport=udp>\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "Supported: timer\n"
	  "Session-Expires: 1800;refresher=uac\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
	{ "ACK sip:+4930{user}@{agent} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}{tag}\n"
	  "Route: <sip:{core};lr>\n"
	  "Route: <sip:{token}@{access};lr>\n"
	  "Max-Forwards: 69\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "From: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "Call-ID: {serial}{id}\n"
	  "CSeq: {cseq} ACK\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "Content-Length: 0\n\n",
	  NULL },
};

static const struct form responses[] = {
	{ "SIP/2.0 200 OK\n"
	  "Via: SIP/2.0/UDP {access};branch={branch}\n"
	  "Via: SIP/2.0/UDP {private};received={agent_ip};branch=z9hG4bK-{tag};rport={agent_port}\n"
	  "Record-Route: <sip:{access};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4930{user}@{proxy}>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "Supported: replaces, timer\n"
	  "Server: Desk 710 (5.0.9)\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
	{ "SIP/2.0 180 Ringing\n"
	  "Via: SIP/2.0/UDP {core};branch={branch_loop}\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}.{n}\n"
	  "Via: SIP/2.0/UDP {private};rport=5060;received=198.51.100.92;branch=z9hG4bK{tag}\n"
	  "Record-Route: <sip:{token}@{access};lr;ob>\n"
	  "Record-Route: <sip:{proxy};lr>\n"
	  "From: {name} <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4930{user}@{agent};ob>\n"
	  "Require: 100rel\n"
	  "RSeq: {cseq}\n"
	  "Server: Softphone/5.2\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "SIP/2.0 183 Session Progress\n"
	  "v: SIP/2.0/UDP {access};branch={branch_loop}\n"
	  "v: SIP/2.0/UDP {agent};rport={agent_port};received={agent_ip};branch=z9hG4bK{tag}\n"
	  "Record-Route: <sip:{access};lr>\n"
	  "f: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "t: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "i: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "m: <sip:+4930{user}@{proxy};transport=udp>\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "P-Early-Media: supported\n"
	  "Server: Trunk/8.1\n"
	  "c: application/sdp\n"
	  "l: {length}\n\n",
	  sdp_gateway },
};

static const struct form registers[] = {
	{ "REGISTER sip:example.com SIP/2.0\n"
	  "Via: SIP/2.0/UDP {private};branch=z9hG4bK-{serial}-{tag};rport\n"
	  "Max-Forwards: 70\n"
	  "From: \"{name}\" <sip:+4930{user}@example.com>;tag={tag}\n"
	  "To: \"{name}\" <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} REGISTER\n"
	  "Contact: <sip:+4930{user}@{private};ob>;reg-id=1;+sip.instance=\"<urn:uuid:{id}>\"\n"
	  "Expires: 3600\n"
	  "Supported: path, outbound, gruu\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "REGISTER sip:example.com SIP/2.0\n"
	  "v: SIP/2.0/UDP {agent};rport;branch=z9hG4bK{serial}\n"
	  "f: sip:+4930{user}@example.com;tag={tag}\n"
	  "t: sip:+4930{user}@example.com\n"
	  "i: {serial}{id}\n"
	  "CSeq: {cseq} REGISTER\n"
	  "Max-Forwards: 70\n"
	  "m: <sip:+4930{user}@{agent}>;expires=600;q=0.8, <sip:+4930{user}@{private}>;q=0.2\n"
	  "Authorization: Digest username=\"{user}\", realm=\"example.com\", nonce=\"{id}\",\n"
	  " uri=\"sip:example.com\", response=\"{id}{id}\", algorithm=MD5, cnonce=\"{tag}\",\n"
	  " qop=auth, nc=00000001\n"
	  "k: path\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "l: 0\n\n",
	  NULL },
};

#define FORMS(name, list)                                                                          \
	{                                                                                          \
		name, list, sizeof(list) / sizeof(list[0])                                         \
	}

static const struct {
	const char *name;
	const struct form *form;
	unsigned int count;
} kinds[SAMPLE_KINDS] = {
	[SAMPLE_INVITE] = FORMS("invite", invites),
	[SAMPLE_PATH] = FORMS("path", paths),
	[SAMPLE_DIALOG] = FORMS("dialog", dialogs),
	[SAMPLE_RESPONSE] = FORMS("response", responses),
	[SAMPLE_REGISTER] = FORMS("register", registers),
};

static const char *const people[] = {
	"Anna Berg", "Bo Lind",   "Carla Mendes", "Dmitri Orlov", "Eve",        "Front Desk",
	"G. Haddad", "Hotline 2", "Ingrid Aasen", "Jun Tanaka",   "K. O'Neill", "Lager Nord",
};

/* A word in braces, and how long the text is that takes its place. */
struct word {
	const char *name;
	char text[80];
};

enum { SERIAL, USER, WORDS = 22 };

struct vocabulary {
	struct word word[WORDS];
	unsigned int count;
};

static void
define(struct vocabulary *v, const char *name, const char *format, ...)
{
	struct word *w = &v->word[v->count++];
	va_list args;

	w->name = name;
	va_start(args, format);
	vsnprintf(w->text, sizeof(w->text), format, args);
	va_end(args);
}

static void
define_address(struct vocabulary *v, const char *name, struct flow_address a)
{
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice s = flow_address_text(&a, text);

	define(v, name, "%.*s", SLICE_FMT(s));
}

static void
define_token(struct vocabulary *v, const char *name, uint32_t agent, enum flow_token_class class)
{
	struct flow flow = world_agent_flow(agent);
	char token[FLOW_TOKEN_MAX];
	size_t n = flow_token_make(world_keys(), &flow, class, token);

	define(v, name, "%.*s", (int)n, token);
}

static void
define_addresses(struct vocabulary *v, const struct sample *s, uint64_t *random)
{
	uint64_t r = random_next(random);
	struct flow_address agent = world_agent(s->agent), ip = agent;

	ip.port = 0;
	define_address(v, "agent", agent);
	define_address(v, "agent_ip", ip);
	define(v, "agent_port", "%u", agent.port);
	define(v, "ip", "10.%u.%u.%u", (unsigned int)(r & 127), (unsigned int)(r >> 8 & 255),
	       (unsigned int)(1 + (r >> 16 & 127)));
	define(v, "private", "%s:%u", v->word[v->count - 1].text,
	       r >> 24 & 3 ? 5060 : 10000 + (unsigned int)(r >> 32) % 50000);
	define_address(v, "proxy", world_proxy(s->proxy));
	define_address(v, "access", world_listener(WORLD_ACCESS));
	define_address(v, "core", world_listener(WORLD_CORE));
}

static void
define_words(struct vocabulary *v, const struct sample *s, uint64_t *random)
{
	uint64_t r = random_next(random);

	define(v, "serial", "%08x", 0);
	define(v, "user", "%0*u", WORLD_USER_DIGITS, s->agent);
	define_addresses(v, s, random);
	define_token(v, "token", s->agent, FLOW_TOKEN_RECORD_ROUTE);
	define_token(v, "path_token", s->agent, FLOW_TOKEN_PATH);
	define(v, "branch", "%0*d", BRANCH_LEN, 0);
	define(v, "branch_loop", "%0*d", BRANCH_MAX_LEN, 0);
	define(v, "name", "%s", people[r % (sizeof(people) / sizeof(people[0]))]);
	define(v, "caller", "%07u", (unsigned int)(r >> 8) % 10000000);
	define(v, "tag", "%010llx", (unsigned long long)(random_next(random) >> 24));
	define(v, "id", "%016llx", (unsigned long long)random_next(random));
	define(v, "cseq", "%u", (unsigned int)(r >> 40) % (r & 1 ? 40 : 30000) + 1);
	define(v, "n", "%u", (unsigned int)(random_next(random) >> 34));
	define(v, "rtp", "%u", 16384 + 2 * ((unsigned int)(r >> 20) & 8191));
}

static const struct word *
find_word(const struct vocabulary *v, const char *name, size_t len)
{
	for (unsigned int i = 0; i < v->count; i++)
		if (strlen(v->word[i].name) == len && memcmp(v->word[i].name, name, len) == 0)
			return &v->word[i];
	bench_die("messages: no word {%.*s}", (int)len, name);
}

static void
mark(struct sample *s, const struct vocabulary *v, const struct word *w)
{
	uint16_t *at = w == &v->word[SERIAL] ? s->serial_at : s->user_at;
	uint16_t *count = w == &v->word[SERIAL] ? &s->serial_count : &s->user_count;

	if (w > &v->word[USER])
		return;
	if (*count == SAMPLE_MARKS)
		bench_die("messages: too many marks");
	at[(*count)++] = s->len;
}

static void
append(struct sample *s, const char *text, size_t len)
{
	if (s->len + len > SAMPLE_MAX)
		bench_die("messages: longer than %d octets", SAMPLE_MAX);
	memcpy(s->text + s->len, text, len);
	s->len = (uint16_t)(s->len + len);
}

static void
expand(struct sample *s, const struct vocabulary *v, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n') {
			append(s, "\r\n", 2);
		} else if (*p != '{') {
			append(s, p, 1);
		} else {
			const char *end = strchr(p, '}');
			const struct word *w = find_word(v, p + 1, (size_t)(end - p - 1));

			mark(s, v, w);
			append(s, w->text, strlen(w->text));
			p = end;
		}
	}
}

struct flow_address
messages_home(const struct sip_via *below)
{
	struct flow_address home;
	uint32_t port = below->port != 0 ? below->port : 5060;

	if (!flow_ip_decode(below->received.ptr != NULL ? below->received : below->host, &home))
		bench_die("messages: a Via without address");
	if (below->received.ptr != NULL && below->rport.ptr != NULL)
		sip_uint(below->rport, &port);
	home.port = (uint16_t)port;
	return home;
}

/* The branch that we would have written for the request that this answers. */
static void
write_branch(struct sample *s)
{
	struct loop_part loop = { UINT64_C(0x5be0cd19137e2179), 0x1f83d9ab };
	const struct sip_limits limits = { 0 };
	struct sip_fields fields;
	struct sip_list_iter it;
	struct sip_message msg;
	struct sip_writer w;
	struct sip_via below;
	struct flow_address home;
	struct branch_id id;
	struct slice value;
	uint8_t listener;

	if (sip_message_check(&msg, sip_message_index(sample_text(s), &msg), &limits, &fields) !=
	    SIP_FAULT_NONE)
		bench_die("messages: a response is malformed");
	sip_list_iter_init(&it, &msg, SIP_HDR_VIA);
	if (!sip_list_next(&it, &value) || !sip_list_next(&it, &value) ||
	    !sip_via_decode(value, &below))
		bench_die("messages: a response without second Via");
	listener = below.received.ptr != NULL ? WORLD_ACCESS : WORLD_CORE;
	home = messages_home(&below);
	id = branch_make(world_keys()->branch, &home, &below, &fields, BRANCH_NO_OWNER, listener);
	sip_writer_init(&w, s->text + (fields.via.branch.ptr - s->text), fields.via.branch.len);
	branch_write(&w, &id, fields.via.branch.len == BRANCH_MAX_LEN ? &loop : NULL);
}

const char *
sample_kind_name(enum sample_kind kind)
{
	return kinds[kind].name;
}

void
sample_make(struct sample *s, enum sample_kind kind, unsigned int number)
{
	const struct form *form = &kinds[kind].form[number % kinds[kind].count];
	uint64_t random = (uint64_t)kind << 32 | number;
	struct vocabulary v = { 0 };
	struct sample body = { 0 };

	*s = (struct sample){ .kind = kind };
	s->agent = (uint32_t)(random_next(&random) % 1000000);
	s->proxy = (unsigned int)random_next(&random) % 4;
	define_words(&v, s, &random);
	if (form->body != NULL)
		expand(&body, &v, form->body);
	define(&v, "length", "%u", body.len);
	expand(s, &v, form->head);
	s->body_off = s->len;
	append(s, body.text, body.len);
	if (kind == SAMPLE_RESPONSE)
		write_branch(s);
}

void
sample_mark(const struct sample *s, char *text, uint32_t serial, uint32_t user)
{
	char digits[SAMPLE_SERIAL_DIGITS], number[WORLD_USER_DIGITS];

	for (unsigned int i = SAMPLE_SERIAL_DIGITS; i-- > 0; serial >>= 4)
		digits[i] = "0123456789abcdef"[serial & 15];
	for (unsigned int i = WORLD_USER_DIGITS; i-- > 0; user /= 10)
		number[i] = (char)('0' + user % 10);
	for (unsigned int i = 0; i < s->serial_count; i++)
		memcpy(text + s->serial_at[i], digits, sizeof(digits));
	for (unsigned int i = 0; i < s->user_count; i++)
		memcpy(text + s->user_at[i], number, sizeof(number));
}
