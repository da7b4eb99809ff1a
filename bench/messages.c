/* SPDX-License-Identifier: BSD-3-Clause */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

#include "bench.h"
#include "forms.h"
#include "guard/branch.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "world.h"

static const char *const people[] = {
	"Anna Berg", "Bo Lind",   "Carla Mendes", "Dmitri Orlov", "Eve",        "Front Desk",
	"G. Haddad", "Hotline 2", "Ingrid Aasen", "Jun Tanaka",   "K. O'Neill", "Lager Nord",
};

/* A word in braces, and how long the text is that takes its place. */
struct word {
	const char *name;
	char text[256];
};

enum { SERIAL, USER, COUNT, WORDS = 27 };

static const char *const *routes;
static unsigned int route_count;

void
messages_use_routes(const char *const *values, unsigned int count)
{
	routes = values;
	route_count = count;
}

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
	size_t n = flow_token_make(world_keys(), FLOW_TOKEN_PLAIN, &flow, class, token);

	define(v, name, "%.*s", (int)n, token);
}

/* What leads an edge to the user agent. */
static void
define_route(struct vocabulary *v, const struct sample *s, unsigned int number)
{
	char token[FLOW_TOKEN_MAX], text[FLOW_ADDRESS_TEXT_MAX];
	struct flow flow = world_agent_flow(s->agent);
	struct slice host;
	size_t n;

	if (route_count > 0) {
		define(v, "route", "%s", routes[number % route_count]);
		return;
	}
	n = flow_token_make(world_keys(), FLOW_TOKEN_PLAIN, &flow, FLOW_TOKEN_PATH, token);
	host = flow_address_text(&flow.local, text);
	define(v, "route", "<sip:%.*s@%.*s;lr;ob>", (int)n, token, SLICE_FMT(host));
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
	define(v, "domain", "%s",
	       s->kind == SAMPLE_EDGE_REGISTER ? WORLD_HOME_DOMAIN : WORLD_DOMAIN);
}

static void
define_words(struct vocabulary *v, const struct sample *s, uint64_t *random)
{
	uint64_t r = random_next(random);

	define(v, "serial", "%08x", 0);
	define(v, "user", "%0*u", WORLD_USER_DIGITS, s->agent);
	define(v, "count", "%u", SAMPLE_COUNT);
	define_addresses(v, s, random);
	define_token(v, "token", s->agent, FLOW_TOKEN_RECORD_ROUTE);
	define_token(v, "path_token", s->agent, FLOW_TOKEN_PATH);
	define(v, "branch", "%0*d", BRANCH_LEN, 0);
	define(v, "branch_loop", "%0*d", BRANCH_LOOP_LEN, 0);
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

	if (w == &v->word[COUNT])
		s->count_at = s->len;
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
	branch_write(&w, &id, fields.via.branch.len == BRANCH_LOOP_LEN ? &loop : NULL, NULL);
}

/* What a user agent sends every 29 seconds: mostly a header and nothing else. */
static void
make_stun(struct sample *s, unsigned int number)
{
	static const char bare[] = "\0\1\0\0\x21\x12\xa4\x42"
				   "0000000029.s";
	static const char named[] = "\0\1\0\x10\x21\x12\xa4\x42"
				    "00000000call\x80\x22\0\x0c"
				    "Desk 410-3.1";

	if (number % 4 == 0)
		append(s, named, sizeof(named) - 1);
	else
		append(s, bare, sizeof(bare) - 1);
	s->serial_at[s->serial_count++] = STUN_SERIAL_AT;
}

static void
make_sip(struct sample *s, unsigned int number, uint64_t random)
{
	const struct form *form = form_of(s->kind, number);
	struct vocabulary v = { 0 };
	struct sample body = { 0 };

	define_words(&v, s, &random);
	if (s->kind == SAMPLE_EDGE)
		define_route(&v, s, number);
	if (form->body != NULL)
		expand(&body, &v, form->body);
	define(&v, "length", "%u", body.len);
	expand(s, &v, form->head);
	s->body_off = s->len;
	append(s, body.text, body.len);
	if (s->kind == SAMPLE_RESPONSE)
		write_branch(s);
}

void
sample_make(struct sample *s, enum sample_kind kind, unsigned int number)
{
	enum sample_kind seed = kind == SAMPLE_EDGE_REGISTER ? SAMPLE_EDGE : kind;
	uint64_t random = (uint64_t)seed << 32 | number;

	*s = (struct sample){ .kind = kind, .number = number };
	s->agent = (uint32_t)(random_next(&random) % 1000000);
	s->proxy = (unsigned int)random_next(&random) % 4;
	if (kind == SAMPLE_STUN)
		make_stun(s, number);
	else
		make_sip(s, number, random);
}

static void
mark_count(char *to, uint32_t count)
{
	for (unsigned int i = SAMPLE_COUNT_DIGITS; i-- > 0; count /= 10)
		to[i] = (char)('0' + count % 10);
}

void
sample_mark(const struct sample *s, char *text, uint32_t serial, uint32_t user)
{
	char digits[SAMPLE_SERIAL_DIGITS], number[WORLD_USER_DIGITS];

	if (s->count_at != 0)
		mark_count(text + s->count_at, SAMPLE_COUNT + serial % SAMPLE_COUNT);
	for (unsigned int i = SAMPLE_SERIAL_DIGITS; i-- > 0; serial >>= 4)
		digits[i] = "0123456789abcdef"[serial & 15];
	for (unsigned int i = WORLD_USER_DIGITS; i-- > 0; user /= 10)
		number[i] = (char)('0' + user % 10);
	for (unsigned int i = 0; i < s->serial_count; i++)
		memcpy(text + s->serial_at[i], digits, sizeof(digits));
	for (unsigned int i = 0; i < s->user_count; i++)
		memcpy(text + s->user_at[i], number, sizeof(number));
}
