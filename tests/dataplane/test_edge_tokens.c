/* SPDX-License-Identifier: BSD-3-Clause */
/** Every kind of token that must not lead anywhere, through the graph. */
#include "cases.h"

#define UA STRANGER
#define UA6 "[2001:db8:9::7]:40000"
#define EDGE6 "[2001:db8::10]:5060"
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define FAR_VIA PEER_VIA "Via: SIP/2.0/UDP 198.51.100.66;branch=z9hG4bKx\r\n"
#define DEAD "SIP/2.0 430 Flow Failed"
#define BAD "SIP/2.0 403 Bad Flow Token"
#define NOT_HERE "SIP/2.0 403 Flow Token Not Valid Here"
#define INVITED "INVITE " BOB_URI " SIP/2.0"

/* The ways in which a token is written. */
static const struct shape {
	const char *name;
	enum flow_token_form form;
	const char *local, *remote;
	size_t length;
} shapes[] = {
	/* clang-format off */
	{ "plain", FLOW_TOKEN_PLAIN, EDGE, UA, 40 },
	{ "plain IPv6", FLOW_TOKEN_PLAIN, EDGE6, UA6, 72 },
	{ "opaque", FLOW_TOKEN_OPAQUE, EDGE, UA, 40 },
	{ "opaque IPv6", FLOW_TOKEN_OPAQUE, EDGE6, UA6, 72 },
	{ "Algorithm 2", FLOW_TOKEN_ALGORITHM2, EDGE, UA, 32 },
	{ "Algorithm 2, IPv6", FLOW_TOKEN_ALGORITHM2, EDGE6, UA6, 64 },
	/* clang-format on */
};

/** A token as whoever has the keys could write it. */
struct wrong_token {
	const char *req;
	enum flow_transport transport;
	uint32_t generation;
	const char *local, *remote; /* NULL: those of a living flow */
	enum flow_token_class class;
	const char *from; /* NULL: the home proxy */
	const char *to_tag;
	const char *first;
};

static const char *
make_token(const struct keyring *ring, enum flow_token_form form, const struct flow *flow,
	   enum flow_token_class class)
{
	static char text[FLOW_TOKEN_MAX + 1];
	struct flow_keys keys;

	flow_keys_init(&keys, ring);
	text[flow_token_make(&keys, form, flow, class, text)] = '\0';
	return text;
}

static struct flow
flow_between(const char *local, const char *remote)
{
	return (struct flow){ .local = rig_address(local),
			      .remote = rig_address(remote),
			      .transport = FLOW_UDP };
}

/* Send an INVITE by this user part; the first line of the one datagram that answers it. */
static const char *
ask_with(const char *user, const char *from, const char *to_tag)
{
	struct request_case c = { .uri = BOB_URI, .to_tag = to_tag };
	char lines[1024];

	snprintf(lines, sizeof(lines),
		 "%sMax-Forwards: 70\r\nRoute: <sip:%s@ep1.example.com;lr>\r\n", FAR_VIA, user);
	c.lines = lines;
	rig_send(case_message(&c), from, EDGE);
	if (rig.out.count != 1)
		fail_msg("%s: %u datagrams left, want 1", user, rig.out.count);
	return rig_first_line(rig.out.datagram[0].sip);
}

/* The same as an ACK, which has no answer (OB-29). */
static void
acknowledge_with(const char *user, const char *from, const char *to_tag)
{
	struct request_case c = { .uri = BOB_URI, .method = "ACK", .to_tag = to_tag };
	char lines[1024];

	snprintf(lines, sizeof(lines),
		 "%sMax-Forwards: 70\r\nRoute: <sip:%s@ep1.example.com;lr>\r\n", FAR_VIA, user);
	c.lines = lines;
	rig_send(case_message(&c), from, EDGE);
	assert_int_equal(rig.out.count, 0);
}

/* "ep1" is UDP only: no connection that a token names is one of its own. */
static const struct wrong_token wrong[] = {
	{ "OB-03 TCP", FLOW_TCP, 5, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL, DEAD },
	{ "OB-03 TCP without generation", FLOW_TCP, 0, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "OB-23 TLS", FLOW_TLS, 7, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL, DEAD },
	{ "OB-23 SCTP", FLOW_SCTP, 7, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL, DEAD },
	{ "OB-23 WS", FLOW_WS, 7, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL, DEAD },
	{ "OB-23 WSS", FLOW_WSS, UINT32_MAX, NULL, NULL, FLOW_TOKEN_PATH, NULL, NULL, DEAD },
	{ "OB-23 in a dialog", FLOW_TCP, 5, NULL, NULL, FLOW_TOKEN_RECORD_ROUTE, STRANGER, ";tag=d",
	  DEAD },
	{ "OB-03 class before flow", FLOW_TCP, 5, NULL, NULL, FLOW_TOKEN_RECORD_ROUTE, NULL, NULL,
	  NOT_HERE },
	{ "PR-05 another edge", FLOW_UDP, 0, "192.0.2.11:5060", NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "PR-05 another edge, in a dialog", FLOW_UDP, 0, "192.0.2.11:5060", NULL,
	  FLOW_TOKEN_RECORD_ROUTE, STRANGER, ";tag=d", DEAD },
	{ "PR-05 another port", FLOW_UDP, 0, "192.0.2.10:5061", NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "PR-05 another edge, IPv6", FLOW_UDP, 0, "[2001:db8::11]:5060", UA6, FLOW_TOKEN_PATH,
	  NULL, NULL, DEAD },
	{ "PR-01 foreign address", FLOW_UDP, 0, "203.0.113.1:5060", NULL, FLOW_TOKEN_PATH, NULL,
	  NULL, DEAD },
	{ "PR-01 loopback", FLOW_UDP, 0, "127.0.0.1:5060", NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "PR-01 no address", FLOW_UDP, 0, "0.0.0.0:5060", NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "PR-01 multicast", FLOW_UDP, 0, "224.0.1.75:5060", NULL, FLOW_TOKEN_PATH, NULL, NULL,
	  DEAD },
	{ "PR-01 IPv4 in IPv6", FLOW_UDP, 0, "[::ffff:192.0.2.10]:5060", UA6, FLOW_TOKEN_PATH, NULL,
	  NULL, DEAD },
};

static void
check_wrong(void **state)
{
	const struct wrong_token *t = *state;
	const char *from = t->from != NULL ? t->from : PEER, *token;
	struct flow flow;

	rig_open(rig_config_edge);
	flow = flow_between(t->local != NULL ? t->local : EDGE, t->remote != NULL ? t->remote : UA);
	flow.transport = (uint8_t)t->transport;
	flow.generation = t->generation;
	for (int form = FLOW_TOKEN_PLAIN; form <= FLOW_TOKEN_ALGORITHM2; form++) {
		token = make_token(&rig.ring, (enum flow_token_form)form, &flow, t->class);
		assert_string_equal(ask_with(token, from, t->to_tag), t->first);
		check_address("answered to", &rig.out.datagram[0].to,
			      strcmp(from, PEER) == 0 ? PEER : "203.0.113.7:5060");
		acknowledge_with(token, from, t->to_tag);
	}
}
GTEST_ROWS(EdgeTokens, wrong, req, check_wrong);

/* The token of a connection is not that of the datagrams that come from the same address. */
GTEST(EdgeTokens, OB_03_connection_and_datagrams)
{
	for (int form = FLOW_TOKEN_PLAIN; form <= FLOW_TOKEN_OPAQUE; form++) {
		enum flow_token_form f = (enum flow_token_form)form;
		struct flow flow;

		rig_open(rig_config_edge);
		flow = flow_between(EDGE, UA);
		assert_string_equal(
			ask_with(make_token(&rig.ring, f, &flow, FLOW_TOKEN_PATH), PEER, NULL),
			INVITED);
		flow.transport = FLOW_TCP;
		assert_string_equal(
			ask_with(make_token(&rig.ring, f, &flow, FLOW_TOKEN_RECORD_ROUTE), UA,
				 ";tag=d"),
			DEAD);
	}
}

/* A key id of its own, which is a flip of its bits, is an unknown key. Algorithm 2 has none. */
static bool
is_refused(const struct shape *s, size_t at, const char *got)
{
	if (strcmp(got, BAD) == 0)
		return true;
	return s->form != FLOW_TOKEN_ALGORITHM2 && (at == 16 || at == 17) && strcmp(got, DEAD) == 0;
}

/* OB-19, acceptance 7: a flip anywhere else is a forgery. */
static void
check_bits(void **state)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const struct shape *s = *state;
	char set[65], whole[FLOW_TOKEN_MAX + 1], token[FLOW_TOKEN_MAX + 1];
	struct flow flow;

	rig_open(rig_config_edge);
	snprintf(set, sizeof(set), "%s%s", letters, s->form == FLOW_TOKEN_ALGORITHM2 ? "+/" : "-_");
	flow = flow_between(s->local, s->remote);
	snprintf(whole, sizeof(whole), "%s",
		 make_token(&rig.ring, s->form, &flow, FLOW_TOKEN_PATH));
	assert_int_equal(strlen(whole), s->length);
	assert_string_equal(ask_with(whole, PEER, NULL), INVITED);
	for (size_t bit = 0; bit < s->length * 6; bit++) {
		size_t at = bit / 6;
		const char *got;

		memcpy(token, whole, sizeof(token));
		if (whole[at] == '=')
			continue;
		token[at] = set[(size_t)(strchr(set, whole[at]) - set) ^ 1u << bit % 6];
		got = ask_with(token, PEER, NULL);
		if (!is_refused(s, at, got))
			fail_msg("bit %zu: %s", bit, got);
	}
}

/* OB-19, 5.1 item 14: characters more or less, or such as no token has. */
static void
check_lengths(void **state)
{
	static const char odd[] = "=.!~*'()+$,;?/&",
			  more[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const struct shape *s = *state;
	char token[2 * FLOW_TOKEN_MAX + 1], whole[FLOW_TOKEN_MAX + 1];
	struct flow flow;

	rig_open(rig_config_edge);
	flow = flow_between(s->local, s->remote);
	snprintf(whole, sizeof(whole), "%s",
		 make_token(&rig.ring, s->form, &flow, FLOW_TOKEN_PATH));
	for (size_t n = 1; n < s->length; n++) {
		snprintf(token, sizeof(token), "%.*s", (int)n, whole);
		assert_string_equal(ask_with(token, PEER, NULL), BAD);
	}
	for (size_t n = 1; n < sizeof(more); n++) {
		snprintf(token, sizeof(token), "%s%.*s", whole, (int)n, more);
		assert_string_equal(ask_with(token, PEER, NULL), BAD);
	}
	for (size_t i = 0; i < strlen(odd); i++) {
		snprintf(token, sizeof(token), "%s", whole);
		if (token[i * 2] == odd[i])
			continue;
		token[i * 2] = odd[i];
		assert_string_equal(ask_with(token, PEER, NULL), BAD);
	}
}

/* The keys of a ring that is not ours, under an id that we have and under one that we lack. */
static void
check_foreign_keys(void **state)
{
	const struct shape *s = *state;
	struct keyring other;
	struct flow flow;
	unsigned int id;

	rig_open(rig_config_edge);
	flow = flow_between(s->local, s->remote);
	assert_int_equal(keyring_generate(&other), KEYRING_OK);
	assert_string_equal(
		ask_with(make_token(&other, s->form, &flow, FLOW_TOKEN_PATH), PEER, NULL), BAD);
	assert_int_equal(keyring_rotate(&other, &id), KEYRING_OK);
	assert_string_equal(
		ask_with(make_token(&other, s->form, &flow, FLOW_TOKEN_PATH), PEER, NULL),
		s->form == FLOW_TOKEN_ALGORITHM2 ? BAD : DEAD);
}

/* OB-20, 5.1 item 2: a key that was ours. Algorithm 2 cannot say under which one it was made. */
static void
check_retired_key(void **state)
{
	const struct shape *s = *state;
	char token[FLOW_TOKEN_MAX + 1];
	struct flow flow;
	unsigned int id;

	rig_open(NULL);
	rig_open(rig_config_edge);
	flow = flow_between(s->local, s->remote);
	snprintf(token, sizeof(token), "%s",
		 make_token(&rig.ring, s->form, &flow, FLOW_TOKEN_PATH));
	assert_int_equal(keyring_rotate(&rig.ring, &id), KEYRING_OK);
	rig_publish_keys();
	assert_string_equal(ask_with(token, PEER, NULL), INVITED);
	assert_int_equal(keyring_retire(&rig.ring, 0), KEYRING_OK);
	rig_publish_keys();
	assert_string_equal(ask_with(token, PEER, NULL),
			    s->form == FLOW_TOKEN_ALGORITHM2 ? BAD : DEAD);
	rig_open(NULL);
}

GTEST_ROWS(EdgeTokenBits, shapes, name, check_bits);
GTEST_ROWS(EdgeTokenLengths, shapes, name, check_lengths);
GTEST_ROWS(EdgeTokenForeignKeys, shapes, name, check_foreign_keys);
GTEST_ROWS(EdgeTokenRetiredKey, shapes, name, check_retired_key);

/* PR-01, acceptance 2: with no token at all nobody but a neighbour of ours gets to a user agent. */
static const struct request_case tokenless[] = {
	{ .req = "PR-01 no token",
	  .method = "MESSAGE",
	  .from = "203.0.113.66:5060",
	  .uri = BOB_URI,
	  .lines = "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK1\r\n" MF
		   "Route: <sip:ep1.example.com;lr>\r\n",
	  .first = "SIP/2.0 403 Relaying Denied" },
	{ .req = "PR-01 no token, NOTIFY",
	  .method = "NOTIFY",
	  .from = "203.0.113.66:5060",
	  .uri = BOB_URI,
	  .lines = "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK1\r\n" MF
		   "Route: <sip:ep1.example.com;lr>\r\nEvent: reg\r\n",
	  .first = "SIP/2.0 403 Relaying Denied" },
	{ .req = "PR-01 its address, no token",
	  .method = "OPTIONS",
	  .from = "203.0.113.66:5060",
	  .uri = "sip:bob@203.0.113.7:40312",
	  .lines = "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK1\r\n" MF,
	  .first = "SIP/2.0 403 Relaying Denied" },
	{ .req = "PR-01 another user agent of ours",
	  .from = UA,
	  .uri = "sip:c@203.0.113.8:40313",
	  .lines = UA_VIA MF,
	  .first = "SIP/2.0 403 Relaying Denied" },
};

static void
check_tokenless(void **state)
{
	rig_open(rig_config_edge);
	run_case(*state);
}
GTEST_ROWS(EdgeTokens, tokenless, req, check_tokenless);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
