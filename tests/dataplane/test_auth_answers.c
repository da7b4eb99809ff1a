/* SPDX-License-Identifier: BSD-3-Clause */
/** What becomes of credentials: right, wrong, old, forged, used before (RFC 7616, RFC 8760 §2.6).
 */
#include "auth.h"

static const char auth_int[] = AUTH_HOME(", qop: [auth, auth-int]");
static const char need_qop[] = AUTH_HOME(", qop_required: true");
static const char bound[] = AUTH_HOME(", bind_address: true");
static const char any_from[] = AUTH_HOME(", check_from: false");
static const char realm[] = AUTH_HOME(", realm: Our Realm");
static const char short_lived[] = AUTH_HOME(", nonce_seconds: 5");
static const char few_nonces[] = AUTH_HOME(", nonces: 1024");

enum outcome { GOOD, AGAIN, WRONG, STALE, NOT_FROM };

/* What it looks like, and what is counted. */
static void
check_outcome(const char *first, enum outcome want)
{
	static const struct {
		const char *first;
		bool stale;
		enum stats_counter counter;
	} rows[] = {
		[GOOD] = { TO_BOB, false, STATS_authenticated },
		[AGAIN] = { ASKED, false, STATS_challenged },
		[WRONG] = { ASKED, false, STATS_auth_failed },
		[STALE] = { ASKED, true, STATS_auth_stale },
		[NOT_FROM] = { "SIP/2.0 403 From Is Not Yours", false, STATS_auth_from },
	};

	check_answer(first, rows[want].first);
	assert_int_equal(rig.out.counter[rows[want].counter], 1);
	assert_int_equal(rig.out.counter[STATS_authenticated], want == GOOD || want == NOT_FROM);
	if (strcmp(rows[want].first, ASKED) == 0)
		assert_int_equal(answer_is_stale(), rows[want].stale);
	else
		assert_string_equal(rig_header(rig.out.datagram[0].sip, "Proxy-Authenticate"), "");
}

static const struct answer_row {
	const char *config;
	struct call call;
	enum outcome want;
} answers[] = {
	/* clang-format off */
	{ auth_home, { .req = "SHA-256" }, GOOD },
	{ auth_home, { .req = "MD5", .algorithm = "MD5" }, GOOD },
	{ auth_home, { .req = "with a body", .body = "v=0\r\n" }, GOOD },
	{ auth_home, { .req = "another method", .method = "MESSAGE", .body = "hello" }, GOOD },
	{ auth_home, { .req = "RFC 8760 2.6-8 no qop", .qop = "" }, GOOD },
	{ need_qop, { .req = "auth.qop_required", .qop = "" }, AGAIN },
	{ auth_int, { .req = "auth-int", .qop = "auth-int", .body = "v=0\r\n" }, GOOD },
	{ auth_int, { .req = "RFC 8760 2.6-7 auth-int, no body", .qop = "auth-int" }, GOOD },
	{ auth_home, { .req = "auth-int that was not offered", .qop = "auth-int" }, AGAIN },
	{ auth_home, { .req = "algorithm not offered", .algorithm = "SHA-512-256" }, AGAIN },
	{ auth_home, { .req = "session variant not offered", .algorithm = "MD5-sess" }, AGAIN },
	{ auth_home, { .req = "wrong password", .password = "Secret" }, WRONG },
	{ auth_home, { .req = "unknown user", .user = "mallory" }, WRONG },
	{ auth_home, { .req = "user of another realm", .user = "carol", .password = "hush" },
	  WRONG },
	{ auth_home, { .req = "another realm", .realm = "other.example" }, AGAIN },
	{ auth_home, { .req = "realm by case", .realm = "EXAMPLE.com" }, AGAIN },
	{ realm, { .req = "auth.realm", .realm = "Our Realm" }, GOOD },
	{ realm, { .req = "auth.realm, domain instead" }, AGAIN },
	/* uri */
	{ auth_home, { .req = "RFC 8760 2.6-6 equivalent uri", .digest_uri = "sip:%62ob@EXAMPLE.com" },
	  GOOD },
	{ auth_home, { .req = "RFC 8760 2.6-6 another uri", .digest_uri = "sip:carol@example.com" },
	  WRONG },
	{ auth_home, { .req = "RFC 8760 2.6-6 another of ours behind a proxy of ours",
	  .digest_uri = "sip:carol@example.com", .source = PEER }, GOOD },
	{ auth_home, { .req = "RFC 8760 2.6-6 another of others behind a proxy of ours",
	  .digest_uri = "sip:carol@other.example", .source = PEER }, WRONG },
	/* From */
	{ auth_home, { .req = "From: the other AOR", .from = "\"A\" <sip:100@example.com>" }, GOOD },
	{ auth_home, { .req = "From: canonical", .from = "<sips:%61lice@EXAMPLE.com:5060;x=y>" },
	  GOOD },
	{ auth_home, { .req = "From: with a dot", .from = "<sip:alice@example.com.>" }, GOOD },
	{ auth_home, { .req = "From: somebody else", .from = "<sip:carol@example.com>" },
	  NOT_FROM },
	{ auth_home, { .req = "From: by case", .from = "<sip:Alice@example.com>" }, NOT_FROM },
	{ auth_home, { .req = "From: another port", .from = "<sip:alice@example.com:5070>" },
	  NOT_FROM },
	{ auth_home, { .req = "From: no user", .from = "<sip:example.com>" }, NOT_FROM },
	{ auth_home, { .req = "auth.check_from, the port of sips", .from = "<sips:alice@example.com:5061>" },
	  GOOD },
	{ any_from, { .req = "auth.check_from off", .from = "<sip:carol@example.com>" }, GOOD },
	/* clang-format on */
};

static void
check_credentials(void **state)
{
	const struct answer_row *r = *state;
	struct call c = r->call;

	open_auth(r->config);
	c.nonce = ask_nonce(&c);
	check_outcome(send_call(&c), r->want);
	if (r->config != realm)
		check_good_call();
}
GTEST_ROWS(Auth, answers, call.req, check_credentials);

/* ---- lines by hand ---- */

static const struct line_row {
	const char *label, *line;
} lines[] = {
	{ "Basic", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	{ "malformed", "Digest username=\"alice\", realm=\"example.com\", nonce=\"" },
	{ "RFC 8760 2.7 before a challenge", "Digest username=\"alice\", realm=\"example.com\", "
					     "nonce=\"\", uri=\"sip:bob@example.com\""
					     ", response=\"\"" },
	{ "nothing", "" },
	{ "without response", "Digest username=\"alice\", realm=\"example.com\", nonce=\"x\", "
			      "uri=\"sip:bob@example.com\"" },
};

static void
check_line(void **state)
{
	const struct line_row *r = *state;
	char text[256];
	struct call c = { .lines = text };

	snprintf(text, sizeof(text), "Proxy-Authorization: %s\r\n", r->line);
	open_auth(auth_home);
	check_outcome(send_call(&c), AGAIN);
	check_good_call();
}
GTEST_ROWS(Auth, lines, label, check_line);

/* A 401's answer is for a registrar. */
GTEST(Auth, Authorization_is_not_for_us)
{
	char text[1024];
	struct call c = { 0 }, plain = { .lines = text };

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	snprintf(text, sizeof(text), "%s", authorization(&c) + strlen("Proxy-"));
	check_outcome(send_call(&plain), AGAIN);
}

/* ---- nonces ---- */

GTEST(Auth, forged_nonce)
{
	char nonce[64];
	struct call c = { .nonce = nonce };

	open_auth(auth_home);
	snprintf(nonce, sizeof(nonce), "%s", ask_nonce(&c));
	for (size_t i = 0; nonce[i] != '\0'; i++) {
		char was = nonce[i];

		nonce[i] = was == 'A' ? 'B' : 'A';
		check_outcome(send_call(&c), STALE);
		nonce[i] = was;
	}
	strcpy(nonce, "short");
	check_outcome(send_call(&c), STALE);
	check_good_call();
}

GTEST(Auth, nonce_of_another_realm)
{
	struct call c = { .from = "<sip:carol@example.net>" };

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	c.from = NULL;
	check_outcome(send_call(&c), STALE);
}

/* The password is looked at first where it can be: a wrong one under an old nonce is just old. */
GTEST(Auth, old_nonce)
{
	struct call c = { 0 }, wrong = { .password = "x" };

	open_auth(short_lived);
	c.nonce = ask_nonce(&c);
	wrong.nonce = ask_nonce(&c);
	rig_wait(5000);
	check_outcome(send_call(&c), GOOD);
	rig_wait(1000);
	c.nc = 2;
	check_outcome(send_call(&c), STALE);
	rig_wait(40000);
	c.nc = 3;
	check_outcome(send_call(&c), STALE);
	check_outcome(send_call(&wrong), STALE);
	c.nonce = nonce_of_answer();
	check_outcome(send_call(&c), GOOD);
}

GTEST(Auth, bind_address)
{
	struct call c = { 0 };

	open_auth(bound);
	c.nonce = ask_nonce(&c);
	c.source = "203.0.113.8:40312";
	check_outcome(send_call(&c), STALE);
	c.source = "203.0.113.7:5060";
	check_outcome(send_call(&c), GOOD);
}

/* Another engine, or this one started anew: it may have the key ring, and has not the counts. */
GTEST(Replay, nonce_of_another_process)
{
	static char text[4096];
	struct call c = { 0 };
	struct keyring ring;
	struct slice sip;

	open_auth(auth_home);
	ring = rig.ring;
	c.nonce = ask_nonce(&c);
	sip = call_message(&c);
	memcpy(text, sip.ptr, sip.len);
	sip.ptr = text;
	check_outcome(send_text(sip, NULL), GOOD);
	open_auth(auth_home);
	rig.ring = ring;
	rig_publish_keys();
	check_outcome(send_text(sip, NULL), STALE);
	c.nc = 2;
	check_outcome(send_call(&c), STALE);
	c.nonce = nonce_of_answer();
	check_outcome(send_call(&c), GOOD);
}

/* A caller need not wait for the next second to be believed. */
GTEST(Auth, nonce_of_the_second_of_the_start)
{
	open_auth_at_once(auth_home);
	check_good_call();
}

/* Somebody sets the wall clock while calls come in. */
static const struct set_row {
	const char *label;
	int64_t by_ms;
} set_clocks[] = {
	{ "wall clock set back by a minute", -61000 },
	{ "wall clock set back by hours", -7200000 },
	{ "wall clock set back by years", -INT64_C(100000000000) },
	{ "wall clock set ahead by half an hour", 1800000 },
};

static void
check_set_clock(void **state)
{
	enum { CALLS = 3000 };
	const struct set_row *r = *state;
	struct call c = { 0 }, before = { 0 };

	open_auth(few_nonces);
	for (unsigned int i = 0; i < CALLS; i++) {
		if (i % 100 == 0)
			rig_wait(1000);
		if (i == CALLS / 2) {
			before.nonce = ask_nonce(&before);
			rig.worker->now_ms += (uint64_t)r->by_ms;
			check_outcome(send_call(&before), GOOD);
			check_outcome(send_call(&before), STALE);
		}
		c.nonce = ask_nonce(&c);
		c.nc = 1;
		check_outcome(send_call(&c), GOOD);
		check_outcome(send_call(&c), STALE);
	}
	c.nc = 2;
	rig_wait(301000);
	check_outcome(send_call(&c), STALE);
}
GTEST_ROWS(Auth, set_clocks, label, check_set_clock);

/* ---- what was used before ---- */

static const struct replay_row {
	const char *label, *what, *with, *source;
} replays[] = {
	{ "branch", "z9hG4bK", "z9hG4bL", NULL },
	{ "Call-ID", "@203.0.113.7", "@203.0.113.8", NULL },
	{ "CSeq", "CSeq: 1", "CSeq: 2", NULL },
	{ "body", "v=0", "v=1", NULL },
	{ "To", "To: <sip:bob@", "To: <sip:eve@", NULL },
	{ "Request-URI of the same resource", "INVITE sip:bob", "INVITE SIP:bob", NULL },
	{ "Contact", "Subject: a", "Subject: b", NULL },
	{ "source", "", "", "203.0.113.9:40312" },
	{ "port", "", "", "203.0.113.7:40313" },
};

static void
check_replay(void **state)
{
	const struct replay_row *r = *state;
	struct call c = { .body = "v=0", .lines = "Subject: a\r\n" };
	struct slice text;
	char *at;

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	text = call_message(&c);
	check_outcome(send_text(text, NULL), GOOD);
	at = memmem(text.ptr, text.len, r->what, strlen(r->what));
	assert_non_null(at);
	memcpy(at, r->with, strlen(r->with));
	check_outcome(send_text(text, r->source), STALE);
	/* and the new nonce that he got is of no use to him either */
	memcpy(at, r->what, strlen(r->what));
	check_outcome(send_text(text, NULL), GOOD);
}
GTEST_ROWS(Replay, replays, label, check_replay);

GTEST(Replay, another_body_under_auth_int)
{
	struct call c = { .body = "v=0", .qop = "auth-int" };
	struct slice text;

	open_auth(auth_int);
	c.nonce = ask_nonce(&c);
	text = call_message(&c);
	memcpy(memmem(text.ptr, text.len, "v=0", 3), "v=1", 3);
	check_outcome(send_text(text, NULL), WRONG);
	memcpy(memmem(text.ptr, text.len, "v=1", 3), "v=0", 3);
	check_outcome(send_text(text, NULL), GOOD);
}

/* One nonce, many requests, out of order; none of them twice. */
GTEST(Replay, counts)
{
	struct call c = { 0 };

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	for (c.nc = 1; c.nc <= 40; c.nc++)
		if (c.nc % 4 != 0)
			check_outcome(send_call(&c), GOOD);
	for (c.nc = 12; c.nc <= 40; c.nc += 4)
		check_outcome(send_call(&c), GOOD);
	for (c.nc = 1; c.nc <= 40; c.nc++)
		check_outcome(send_call(&c), STALE);
}

/* Without qop there is no count: one request for each nonce. */
GTEST(Replay, without_qop)
{
	struct call c = { .qop = "" };

	open_auth(auth_home);
	c.nonce = ask_nonce(&c);
	check_outcome(send_call(&c), GOOD);
	check_outcome(send_call(&c), STALE);
}

/* ---- copies ---- */

static const struct copy_row {
	const char *label;
	unsigned int later; /* counts used in between */
	uint64_t ms;        /* and time gone by */
	enum outcome want;
} copies[] = {
	{ "at once", 0, 0, GOOD },
	{ "after others", 5, 500, GOOD },
	{ "after many others", 100, 500, GOOD },
	{ "when the nonce is too old", 0, 6000, GOOD },
	{ "when it is, after others", 50, 6000, GOOD },
	{ "after 64*T1", 50, 32000, GOOD },
	{ "long after", 0, 60000, STALE },
};

/* RFC 3261 §16.11: what went on goes on again, with the same branch. */
static void
check_copy(void **state)
{
	static char text[4096];
	const struct copy_row *r = *state;
	struct call c = { 0 };
	struct slice sip;
	char via[256];

	open_auth(short_lived);
	c.nonce = ask_nonce(&c);
	sip = call_message(&c);
	memcpy(text, sip.ptr, sip.len);
	sip.ptr = text;
	check_outcome(send_text(sip, NULL), GOOD);
	snprintf(via, sizeof(via), "%s", rig_header(rig.out.datagram[0].sip, "Via"));
	for (c.nc = 2; c.nc < 2 + r->later; c.nc++)
		check_outcome(send_call(&c), GOOD);
	rig_wait(r->ms);
	for (int i = 0; i < 3; i++) {
		check_outcome(send_text(sip, NULL), r->want);
		if (r->want == GOOD)
			assert_string_equal(rig_header(rig.out.datagram[0].sip, "Via"), via);
	}
	/* another request has nothing of that */
	c.nc = 1;
	check_outcome(send_call(&c), STALE);
}
GTEST_ROWS(Replay, copies, label, check_copy);

/* A burst of all kinds: each gets what it would get alone. */
GTEST(Replay, burst)
{
	enum { CALLS = 60 };
	static const struct call kinds[] = {
		{ 0 },
		{ .password = "wrong" },
		{ .from = "<sip:eve@other.example>" },
		{ .user = "mallory" },
		{ .method = "CANCEL" },
		{ .from = "<sip:carol@example.com>" },
		{ .from = "<sip:carol@example.net>",
		  .user = "carol",
		  .password = "hush",
		  .realm = "example.net" },
	};
	static const char *const want[RTE_DIM(kinds)] = {
		TO_BOB, ASKED, TO_BOB, ASKED, TO_BOB, "SIP/2.0 403 From Is Not Yours", TO_BOB
	};
	const char *nonce[2];
	struct slice first;

	open_auth(auth_home);
	nonce[0] = ask_nonce(&kinds[0]);
	nonce[1] = ask_nonce(&kinds[6]);
	for (unsigned int i = 0; i < CALLS; i++) {
		struct call c = kinds[i % RTE_DIM(kinds)];

		c.nonce = nonce[i % RTE_DIM(kinds) == 6];
		c.nc = 1 + i;
		rig_queue(NULL, call_message(&c), STRANGER, EDGE);
	}
	/* and one of them at once again */
	first = call_message(&(struct call){ .nonce = nonce[0], .nc = CALLS + 1 });
	rig_queue(NULL, first, STRANGER, EDGE);
	rig_queue(NULL, first, STRANGER, EDGE);
	rig_walk();
	assert_int_equal(rig.out.count, CALLS + 2);
	assert_int_equal(rig.out.counter[STATS_authenticated], 9 + 8 + 8 + 2);
	assert_int_equal(rig.out.counter[STATS_auth_failed], 9 + 9);
	assert_int_equal(rig.out.counter[STATS_auth_from], 8);
	for (unsigned int kind = 0; kind < RTE_DIM(kinds); kind++) {
		unsigned int seen = 0;

		for (unsigned int i = 0; i < rig.out.count; i++)
			seen += rig_matches(slice_str(rig_first_line(rig.out.datagram[i].sip)),
					    slice_str(want[kind]));
		assert_true(seen >= CALLS / RTE_DIM(kinds));
	}
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
