/* SPDX-License-Identifier: BSD-3-Clause */
/** Credentials on their way: what is taken out, dialogs, spirals, messages that wait. */
#include "auth.h"
#include "table/hops.h"

#define NETWORKS_EXEMPT ", exempt: [192.0.2.30/32]"
#define CAROL "192.0.2.30:5060" /* an application server, and the next hop of other.example */

static const char server[] = AUTH_HOME(NETWORKS_EXEMPT);
#define STRIPPING(network, way)                                                                    \
	AUTH_HOME_WITH("", "trust:\n  - {name: z, networks: [" network                             \
			   "/32], trusted: false, " way ": [Proxy-Authorization]}\n")
static const char strip_out[] = STRIPPING("203.0.113.50", "strip_out");
static const char strip_in[] = STRIPPING("203.0.113.8", "strip_in");
static const char off[] = RIG_NETWORKS "domains: [example.com]\n";
static const char auth_int[] = AUTH_HOME(", qop: [auth-int]");

#define OTHERS                                                                                     \
	"Digest username=\"alice\", realm=\"other.example\", nonce=\"n\", "                        \
	"uri=\"sip:bob@example.com\", response=\"00000000000000000000000000000000\""
#define OTHERS_LINE "Proxy-Authorization: " OTHERS "\r\n"

static const char *
credentials_left(void)
{
	return rig_header(rig.out.datagram[0].sip, "Proxy-Authorization");
}

/* ---- what is taken out ---- */

static const struct left_row {
	const char *config;
	struct call call;
	const char *want; /* of Proxy-Authorization; "=": as it was */
} left[] = {
	/* clang-format off */
	{ auth_home, { .req = "22.3 ours" }, "" },
	{ auth_home, { .req = "22.3 others' before", .lines = OTHERS_LINE }, OTHERS },
	{ auth_home, { .req = "22.3 others' behind", .behind = OTHERS_LINE }, OTHERS },
	{ auth_home, { .req = "22.3 others' on both sides, other headers between",
	  .lines = OTHERS_LINE "Subject: x\r\n", .behind = "Subject: y\r\n" OTHERS_LINE },
	  OTHERS ", " OTHERS },
	{ auth_home, { .req = "unreadable ones are others'",
	  .behind = "Proxy-Authorization: Basic x\r\n" }, "Basic x" },
	{ auth_home, { .req = "22.1 ACK", .method = "ACK" }, "" },
	{ auth_home, { .req = "CANCEL", .method = "CANCEL" }, "" },
	{ auth_home, { .req = "of another domain", .from = "<sip:eve@other.example>" }, "=" },
	{ server, { .req = "auth.exempt", .source = CAROL }, "=" },
	{ off, { .req = "auth.requests off" }, "=" },
	{ strip_out, { .req = "a zone that takes it out" }, "" },
	{ strip_in, { .req = "a zone it is taken out from", .method = "ACK",
	  .source = "203.0.113.8:5060", .behind = OTHERS_LINE }, "" },
	/* clang-format on */
};

static void
check_left(void **state)
{
	const struct left_row *r = *state;
	struct call c = r->call, ask = { 0 };
	char before[2048];
	struct slice in;

	if (r->config == off) {
		rig_open(NULL);
		rig_open(off);
		rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
		c.nonce = "x";
	} else {
		open_auth(r->config);
		c.nonce = ask_nonce(&ask);
	}
	in = call_message(&c);
	check_answer(send_text(in, c.source), TO_BOB);
	snprintf(before, sizeof(before), "%s", rig_header(in, "Proxy-Authorization"));
	assert_string_equal(credentials_left(), strcmp(r->want, "=") == 0 ? before : r->want);
	/* the rest is as it was */
	if (!slice_eq(case_tail(in), case_tail(rig.out.datagram[0].sip)))
		fail_msg("what follows From changed:\n%.*s", SLICE_FMT(rig.out.datagram[0].sip));
}
GTEST_ROWS(Credentials, left, call.req, check_left);

/* Two of ours, for two algorithms: both go. */
GTEST(Credentials, two_of_ours)
{
	char line[1024] = "";
	struct call c = { .behind = line }, md5 = { .algorithm = "MD5" };

	open_auth(auth_home);
	c.nonce = md5.nonce = ask_nonce(&c);
	snprintf(line, sizeof(line), "%s" OTHERS_LINE, authorization(&md5));
	check_answer(send_call(&c), TO_BOB);
	assert_string_equal(credentials_left(), OTHERS);
	assert_int_equal(rig.out.counter[STATS_authenticated], 1);
}

/* More lines than there is room for edits: refused, nobody else is the worse for it. */
GTEST(Credentials, many)
{
	char lines[16384] = "";
	struct call c = { .behind = lines };

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	for (int i = 0; i < 40; i++)
		strcat(lines, authorization(&c));
	check_answer(send_call(&c), TO_BOB);
	assert_string_equal(credentials_left(), "");
	for (int i = 0; i < 15; i++)
		strcat(lines, authorization(&c));
	c.nonce = ask_nonce(&(struct call){ 0 });
	check_answer(send_call(&c), "SIP/2.0 500 Request Cannot Be Forwarded");
	check_good_call();
}

/* ---- dialogs ---- */

/* The Record-Route that a call got. */
static const char *
take_route(char route[512], char call_id[64])
{
	snprintf(route, 512, "Route: %s\r\n", rig_header(rig.out.datagram[0].sip, "Record-Route"));
	snprintf(call_id, 64, "%s", rig_header(rig.out.datagram[0].sip, "Call-ID"));
	return route;
}

static const char *
route_of_call(char route[512], char call_id[64])
{
	struct call c = { 0 };

	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
	return take_route(route, call_id);
}

static struct slice
in_dialog(const struct call *c, const char *call_id)
{
	static char text[4096];
	struct slice sip = call_message(c);
	const char *at = memmem(sip.ptr, sip.len, "Call-ID: ", 9) + 9, *end = strstr(at, "\r\n");

	return slice_of(text,
			(size_t)snprintf(text, sizeof(text), "%.*s%s%.*s", (int)(at - sip.ptr),
					 sip.ptr, call_id, (int)(slice_end(sip) - end), end));
}

GTEST(Dialog, by_our_Record_Route)
{
	char route[512], call_id[64];
	struct call c = { .method = "BYE", .uri = "sip:bob@203.0.113.50", .to_tag = ";tag=b" };

	open_auth(auth_home);
	c.lines = route_of_call(route, call_id);
	check_answer(send_text(in_dialog(&c, call_id), NULL), TO_BOB);
	/* some send what they have, and whoever gets it could use it for something else */
	c.nonce = "x";
	c.behind = OTHERS_LINE;
	check_answer(send_text(in_dialog(&c, call_id), NULL), TO_BOB);
	assert_string_equal(credentials_left(), OTHERS);
	assert_int_equal(rig.out.counter[STATS_authenticated], 0);
}

/* A To tag is no dialog, nor is the Record-Route of another one, nor one without a To tag. */
GTEST(Dialog, only_claimed)
{
	char route[512], call_id[64];
	struct call c = { .method = "INVITE", .to_tag = ";tag=b" };

	open_auth(auth_home);
	check_answer(send_call(&c), ASKED);
	c.lines = route_of_call(route, call_id);
	check_answer(send_call(&c), ASKED);
	c.to_tag = NULL;
	check_answer(send_text(in_dialog(&c, call_id), NULL), ASKED);
}

/*
 * A stranger has called bob, or whom he likes, and knows the Record-Route of his own call: that
 * makes nobody else of him. What alice or bob themselves send in their dialogs looks the same.
 */
#define CONTACT "sip:bob@203.0.113.50"
#define GRUU "sip:bob@example.com;gr=urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
static const char edge_tokens[] = AUTH_HOME_WITH("", "edge: {enabled: true}\n");
static const char draft_tokens[] = AUTH_HOME_WITH("", "edge: {enabled: true, form: draft00}\n");
#define ATTACK(m)                                                                                  \
	{                                                                                          \
		auth_home, { .req = "his call, " m, .method = m, .uri = CONTACT }, ASKED           \
	}

static const struct stranger_row {
	const char *config;
	struct call call;
	const char *first;
} of_strangers[] = {
	/* clang-format off */
	ATTACK("MESSAGE"), ATTACK("INVITE"), ATTACK("UPDATE"), ATTACK("REFER"), ATTACK("INFO"),
	ATTACK("NOTIFY"), ATTACK("SUBSCRIBE"), ATTACK("OPTIONS"), ATTACK("PRACK"), ATTACK("FOO"),
	{ auth_home, { .req = "his call, to the AOR", .method = "MESSAGE" }, ASKED },
	{ auth_home, { .req = "his call, to a GRUU", .method = "MESSAGE", .uri = GRUU }, ASKED },
	{ auth_home, { .req = "his call, as the one called", .method = "MESSAGE", .uri = CONTACT,
	  .from = "<sip:bob@example.com>" }, ASKED },
	{ auth_home, { .req = "his call, BYE to the AOR", .method = "BYE" }, ASKED },
	{ auth_home, { .req = "his call, by an edge", .method = "MESSAGE", .uri = CONTACT,
	  .source = PEER }, ASKED },
	{ auth_home, { .req = "his call, BYE", .method = "BYE", .uri = CONTACT }, TO_BOB },
	{ auth_home, { .req = "his call, ACK", .method = "ACK", .uri = CONTACT }, TO_BOB },
	{ auth_home, { .req = "his call, as himself", .method = "MESSAGE", .uri = CONTACT,
	  .from = "<sip:m@evil.example>" }, TO_BOB },
	{ edge_tokens, { .req = "his token", .method = "MESSAGE", .uri = CONTACT }, ASKED },
	{ edge_tokens, { .req = "his token, to the AOR", .method = "MESSAGE" }, ASKED },
	{ edge_tokens, { .req = "his token, BYE", .method = "BYE", .uri = CONTACT }, TO_BOB },
	{ draft_tokens, { .req = "his token, draft", .method = "MESSAGE", .uri = CONTACT }, ASKED },
	{ draft_tokens, { .req = "his token, draft, BYE", .method = "BYE", .uri = CONTACT }, ASKED },
	/* clang-format on */
};

static void
check_stranger(void **state)
{
	const struct stranger_row *r = *state;
	struct call c = r->call;
	char route[512], call_id[64];

	open_auth(r->config);
	check_answer(send_call(&(struct call){ .from = "<sip:m@evil.example>" }), TO_BOB);
	c.lines = take_route(route, call_id);
	c.to_tag = ";tag=b";
	check_answer(send_text(in_dialog(&c, call_id), c.source), r->first);
}
GTEST_ROWS(Stranger, of_strangers, call.req, check_stranger);

/* An edge passes on whatever To tag somebody wrote. */
GTEST(Stranger, behind_an_edge)
{
	const struct call c = { .method = "MESSAGE", .to_tag = ";tag=b", .source = PEER };

	open_auth(auth_home);
	check_answer(send_call(&c), ASKED);
}

/* A token is of a flow: it does not prove another call, not even to a BYE. */
GTEST(Stranger, token_of_another_call)
{
	char route[512], call_id[64];
	struct call c = { .method = "BYE", .uri = CONTACT, .to_tag = ";tag=b" };

	open_auth(edge_tokens);
	check_answer(send_call(&(struct call){ .from = "<sip:m@evil.example>" }), TO_BOB);
	c.lines = take_route(route, call_id);
	assert_non_null(strchr(route, '@'));
	check_answer(send_call(&c), ASKED);
}

/* Who has a password goes on with his calls. */
GTEST(Dialog, with_credentials)
{
	char route[512], call_id[64];
	struct call c = { .uri = CONTACT, .to_tag = ";tag=b" };

	open_auth(auth_home);
	c.lines = route_of_call(route, call_id);
	check_answer(send_text(in_dialog(&c, call_id), NULL), ASKED);
	c.nonce = nonce_of_answer();
	check_answer(send_text(in_dialog(&c, call_id), NULL), TO_BOB);
	assert_int_equal(rig.out.counter[STATS_authenticated], 1);
	assert_string_equal(credentials_left(), "");
}

/* ---- spirals ---- */

/* By way of ourselves: asked once. */
GTEST(Spiral, through_ourselves)
{
	struct call c = { 0 };

	open_auth(auth_home);
	rig_bind("sip:bob@example.com", "sip:carol@example.com", NULL);
	rig_bind("sip:carol@example.com", "sip:bob@203.0.113.50", NULL);
	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
	assert_int_equal(rig.out.counter[STATS_rx], 2);
	assert_int_equal(rig.out.counter[STATS_authenticated], 1);
	assert_string_equal(credentials_left(), "");
	/* an address of ours as source is not enough */
	rig_send(call_message(&(struct call){ 0 }), EDGE, EDGE);
	assert_int_equal(rig.out.counter[STATS_bad_source], 1);
}

/* What left for `to`, as it comes back with another Request-URI. */
static const char *
send_back(const char *uri, const char *source)
{
	static char text[8192];
	struct slice sip = rig.out.datagram[0].sip;
	const char *rest = strstr(sip.ptr, " SIP/2.0\r\n");
	char via[128];

	snprintf(via, sizeof(via), "Via: SIP/2.0/UDP %s;branch=z9hG4bKserver\r\n", source);
	snprintf(text, sizeof(text), "INVITE %s SIP/2.0\r\n%s%.*s", uri, via,
		 (int)(slice_end(sip) - rest - 10), rest + 10);
	return send_text(slice_str(text), source);
}

/* By way of an application server: in auth.exempt, or the caller is asked again. */
GTEST(Spiral, through_a_server)
{
	struct call c = { .uri = "sip:service@other.example", .source = ALICE };

	open_auth(server);
	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), "INVITE sip:service@other.example SIP/2.0");
	check_answer(send_back("sip:bob@example.com", CAROL), TO_BOB);
	assert_int_equal(rig.out.counter[STATS_authenticated], 0);
	c.nc = 2;
	check_answer(send_call(&c), "INVITE sip:service@other.example SIP/2.0");
	check_answer(send_back("sip:bob@example.com", "203.0.113.9:5060"), ASKED);
}

/* ---- what waits for a name ---- */

static struct message_rings rings;

static int
close_rings(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	rig_open(NULL);
	return 0;
}

/* It was let through before it waited, however long that took. */
GTEST_F(Waiting, for_a_name, NULL, close_rings)
{
	static const char config[] = AUTH_HOME_WITH(", nonce_seconds: 5", "dns: {enabled: true}\n");
	static char bytes[MESSAGE_RING_MESSAGE_MAX];
	struct call c = { .uri = "sip:x@unknown.test", .source = ALICE };
	struct message_head head;

	open_auth(config);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, 65536),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
	c.nonce = ask_nonce(&c);
	send_call(&c);
	assert_int_equal(rig.out.counter[STATS_parked], 1);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	rig_wait(60000);
	head.length -= head.name_len;
	head.kind = MESSAGE_AGAIN;
	head.flags = MESSAGE_RESOLVED;
	head.to = rig_address("192.0.2.44:5060");
	assert_true(message_ring_put(&rings.inject[0], &head, bytes));
	rig_walk();
	check_address("sent to", &rig.out.datagram[0].to, "192.0.2.44:5060");
	assert_string_equal(credentials_left(), "");
}

/* ---- large ones ---- */

/* 64 KB under auth-int, in fragments: every octet counts. */
GTEST(Large, auth_int)
{
	static char body[63001], text[70000];
	struct call c = { .qop = "auth-int", .body = body };
	struct slice sip;
	int i;

	memset(body, 'x', sizeof(body) - 1);
	open_auth(auth_int);
	c.nonce = ask_nonce(&(struct call){ 0 });
	sip = call_message(&c);
	memcpy(text, sip.ptr, sip.len);
	sip.ptr = text;
	for (i = 0; i < 3; i++) {
		char *octet = text + sip.len - (size_t)(i == 0 ? 1 : i == 1 ? 31000 : 63000);

		*octet = 'y';
		check_answer(send_text(sip, NULL), ASKED);
		assert_int_equal(rig.out.counter[STATS_auth_failed], 1);
		*octet = 'x';
	}
	for (i = 0; i < 2; i++) {
		check_answer(send_text(sip, NULL), TO_BOB);
		assert_true(rig.out.datagram[0].fragments > 40);
		assert_int_equal(rig.out.counter[STATS_authenticated], 1);
	}
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
