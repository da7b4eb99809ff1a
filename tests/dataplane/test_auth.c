/* SPDX-License-Identifier: BSD-3-Clause */
/** Who is asked for a password (RFC 3261 §22.1, §22.3), and how. */
#include "auth.h"

static const char exempt[] = AUTH_HOME(", exempt: [203.0.113.64/26, 198.51.100.0/24]");
static const char realm[] = AUTH_HOME(", realm: Our Realm");
static const char routing[] =
	RIG_NETWORKS "domains: [example.com]\nproxy: {check: routing}\nusers: {source: file}\n"
		     "auth: {requests: true}\n";
static const char three[] =
	AUTH_HOME(", algorithms: [SHA-512-256, SHA-256, MD5], qop: [auth, auth-int]");
static const char off[] = RIG_NETWORKS "domains: [example.com]\n";

static const struct who_row {
	const char *config;
	struct call call;
	const char *first;
} who[] = {
	/* clang-format off */
	{ auth_home, { .req = "22.3 INVITE" }, ASKED },
	{ auth_home, { .req = "22.3 MESSAGE", .method = "MESSAGE" }, ASKED },
	{ auth_home, { .req = "22.3 SUBSCRIBE", .method = "SUBSCRIBE" }, ASKED },
	{ auth_home, { .req = "22.3 BYE outside of any dialog", .method = "BYE" }, ASKED },
	{ auth_home, { .req = "22.3 a method that nobody knows", .method = "FOO" }, ASKED },
	{ auth_home, { .req = "22.3 REGISTER elsewhere", .method = "REGISTER",
	  .uri = "sip:other.example" }, ASKED },
	{ auth_home, { .req = "22.1 ACK", .method = "ACK" }, TO_BOB },
	{ auth_home, { .req = "22.1 CANCEL", .method = "CANCEL" }, TO_BOB },
	{ auth_home, { .req = "REGISTER is for control", .method = "REGISTER",
	  .uri = "sip:example.com" }, "SIP/2.0 503 Registrar Not Available" },
	{ auth_home, { .req = "REGISTER of ours by another way", .method = "REGISTER",
	  .uri = "sip:example.com", .lines = "Route: <sip:192.0.2.30;lr>\r\n", .source = ALICE },
	  "REGISTER sip:example.com SIP/2.0" },
	{ auth_home, { .req = "OPTIONS to ourselves", .method = "OPTIONS",
	  .uri = "sip:p1.example.com" }, "SIP/2.0 200 OK" },
	/* whose From it is */
	{ auth_home, { .req = "From of another domain", .from = "<sip:eve@other.example>" }, TO_BOB },
	{ auth_home, { .req = "From tel", .from = "<tel:+4930123>" }, TO_BOB },
	{ auth_home, { .req = "RFC 3323 anonymous", .from = "<sip:anonymous@anonymous.invalid>" },
	  TO_BOB },
	{ auth_home, { .req = "From sips", .from = "<sips:alice@example.com>" }, ASKED },
	{ auth_home, { .req = "From in capitals", .from = "\"A\" <SIP:alice@EXAMPLE.com:5070;x>" },
	  ASKED },
	{ auth_home, { .req = "From sips and its port", .from = "<sips:alice@example.com:5061>" },
	  ASKED },
	{ auth_home, { .req = "From with a dot", .from = "<sip:alice@example.com.>" }, ASKED },
	{ auth_home, { .req = "From without user", .from = "sip:example.com" }, ASKED },
	{ auth_home, { .req = "From of the second domain", .from = "<sip:carol@example.net>" },
	  ASKED },
	/* relaying is decided before: nobody is asked for a password to hear no */
	{ auth_home, { .req = "relaying denied", .uri = "sip:x@198.18.0.1" },
	  "SIP/2.0 403 Relaying Denied" },
	{ auth_home, { .req = "relaying of others", .uri = "sip:x@198.18.0.1",
	  .from = "<sip:eve@other.example>" }, "SIP/2.0 403 Relaying Denied" },
	/* LD-21: the last item of §16.3 */
	{ auth_home, { .req = "LD-21 420 first", .lines = "Proxy-Require: x\r\n" },
	  "SIP/2.0 420 Bad Extension" },
	{ auth_home, { .req = "LD-21 before 404", .uri = "sip:who@example.com" }, ASKED },
	/* whom we believe */
	{ exempt, { .req = "auth.exempt", .source = "203.0.113.70:5060" }, TO_BOB },
	{ exempt, { .req = "auth.exempt, another", .source = ALICE }, TO_BOB },
	{ exempt, { .req = "auth.exempt, one beside", .source = "203.0.113.63:5060" }, ASKED },
	{ exempt, { .req = "an edge of ours is no user", .source = PEER }, ASKED },
	{ off, { .req = "auth.requests off" }, TO_BOB },
	/* clang-format on */
};

static void
check_who(void **state)
{
	const struct who_row *r = *state;
	bool asked = strcmp(r->first, ASKED) == 0;

	if (r->config == off) {
		rig_open(NULL);
		rig_open(off);
		rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
		assert_null(rig.worker->auth);
		assert_null(rig.engine->nonce_counts.set);
	} else {
		open_auth(r->config);
	}
	check_answer(send_call(&r->call), r->first);
	assert_int_equal(rig.out.counter[STATS_challenged], asked);
	assert_int_equal(rig.out.counter[STATS_replied], strncmp(r->first, "SIP/2.0", 7) == 0);
}
GTEST_ROWS(Auth, who, call.req, check_who);

/* LD-21: 482 goes before 407. */
GTEST(Auth, LD_21_482_first)
{
	char via[512];
	struct call c = { .lines = via };

	open_auth(auth_home);
	c.lines = NULL;
	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
	snprintf(via, sizeof(via), "Via: %s\r\n", rig_header(rig.out.datagram[0].sip, "Via"));
	{
		/* as it left, and without its credentials: the Request-URI as before */
		static char text[4096];
		struct slice sip = rig.out.datagram[0].sip;
		const char *rest = memchr(sip.ptr, '\n', sip.len);

		snprintf(text, sizeof(text), "INVITE sip:bob@example.com SIP/2.0%.*s",
			 (int)(slice_end(sip) - rest + 1), rest - 1);
		check_answer(send_text(slice_str(text), PEER), "SIP/2.0 482 Loop Detected");
	}
}

/* In `routing` what From says is not looked at: but whoever is fooled by it could be. */
GTEST(Auth, unreadable_From)
{
	const struct call c = { .from = "<sip:alice@example.com:port>" };

	open_auth(routing);
	check_answer(send_call(&c), "SIP/2.0 400 Bad From");
	check_good_call();
}

/* ---- the 407 ---- */

/* User agents write more than these tests. */
#define HUNDRED                                                                                    \
	"12345678901234567890123456789012345678901234567890"                                       \
	"12345678901234567890123456789012345678901234567890\r\n"

static const struct answer_row {
	const char *label, *config;
	struct call call;
	const char *want;
} answers[] = {
	/* clang-format off */
	{ "RFC 8760 2.4 a line for each algorithm", auth_home, { 0 },
	  "Digest realm=\"example.com\", nonce=\"" ANY "\", algorithm=SHA-256, qop=\"auth\", "
	  "Digest realm=\"example.com\", nonce=\"" ANY "\", algorithm=MD5, qop=\"auth\"" },
	{ "realm is the domain of From", auth_home, { .from = "<sip:carol@EXAMPLE.net>" },
	  "Digest realm=\"example.net\", nonce=\"" ANY "\", algorithm=SHA-256, qop=\"auth\", "
	  "Digest realm=\"example.net\", nonce=\"" ANY "\", algorithm=MD5, qop=\"auth\"" },
	{ "auth.realm", realm, { .from = "<sip:carol@EXAMPLE.net>" },
	  "Digest realm=\"Our Realm\", nonce=\"" ANY "\", algorithm=SHA-256, qop=\"auth\", "
	  "Digest realm=\"Our Realm\", nonce=\"" ANY "\", algorithm=MD5, qop=\"auth\"" },
	{ "auth.algorithms, auth.qop", three, { .lines = "Subject: " HUNDRED },
	  "Digest realm=\"example.com\", nonce=\"" ANY "\", algorithm=SHA-512-256, qop=\"auth,auth-int\", "
	  "Digest realm=\"example.com\", nonce=\"" ANY "\", algorithm=SHA-256, qop=\"auth,auth-int\", "
	  "Digest realm=\"example.com\", nonce=\"" ANY "\", algorithm=MD5, qop=\"auth,auth-int\"" },
	/* clang-format on */
};

static void
check_challenge(void **state)
{
	const struct answer_row *r = *state;
	struct slice sip;
	const char *got;

	open_auth(r->config);
	check_answer(send_call(&r->call), ASKED);
	sip = check_one(&rig.out, EDGE, "203.0.113.7:40312");
	got = rig_header(sip, "Proxy-Authenticate");
	check_answer(got, r->want);
	assert_string_equal(rig_header(sip, "WWW-Authenticate"), "");
}
GTEST_ROWS(Auth, answers, label, check_challenge);

/* RFC 3261 §16.11: the answer to a copy says the same; to another request it does not. */
GTEST(Auth, nonces)
{
	const struct call c = { 0 };
	char first[64];
	struct slice text;

	open_auth(auth_home);
	text = call_message(&c);
	check_answer(send_text(text, STRANGER), ASKED);
	snprintf(first, sizeof(first), "%s", nonce_of_answer());
	check_answer(send_text(text, STRANGER), ASKED);
	assert_string_equal(nonce_of_answer(), first);
	assert_string_not_equal(ask_nonce(&c), first);
	rig_wait(1000);
	check_answer(send_text(text, STRANGER), ASKED);
	assert_string_not_equal(nonce_of_answer(), first);
}

/* The ACK for our 407 ends here, with credentials or without. */
GTEST(Auth, ACK_of_407)
{
	struct call c = { 0 };
	char text[2048], tag[64];
	struct slice sip;
	const char *p;

	open_auth(auth_home);
	sip = call_message(&c);
	snprintf(text, sizeof(text), "ACK%.*s", (int)(sip.len - 6), sip.ptr + 6);
	check_answer(send_text(sip, STRANGER), ASKED);
	p = strstr(rig_header(rig.out.datagram[0].sip, "To"), ";tag=");
	snprintf(tag, sizeof(tag), "%s", p);
	p = strstr(text, "To: <sip:bob@example.com>") + 25;
	memmove((char *)(uintptr_t)p + strlen(tag), p, strlen(p) + 1);
	memcpy((char *)(uintptr_t)p, tag, strlen(tag));
	memcpy(strstr(text, "CSeq: 1 INVITE") + 8, "ACK   ", 6);
	rig_send(slice_str(text), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_ack_absorbed], 1);
}

/* ---- how much for how little ---- */

#define SMALLEST                                                                                   \
	"A sip:b@example.com SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK\r\n"                        \
	"f:sip:a@example.com;tag=1\r\nt:sip:b@example.com\r\ni:1\r\nCSeq:1 A\r\n"
#define SMALL SMALLEST "Max-Forwards:70\r\nContact:<sip:a@203.0.113.7>\r\nSubject:0123456789\r\n"

static const struct small_row {
	const char *label, *config, *text;
	unsigned int lines, most; /* percent of the request */
} small[] = {
	{ "smallest, three algorithms", three, SMALLEST "\r\n", 1, 300 },
	{ "smallest, two algorithms", auth_home, SMALLEST "\r\n", 1, 300 },
	{ "small, three algorithms", three, SMALL "\r\n", 2, 300 },
	{ "small, two algorithms", auth_home, SMALL "\r\n", 2, 300 },
};

static void
check_small(void **state)
{
	const struct small_row *r = *state;
	const char *p;
	unsigned int lines = 0, percent;

	open_auth(r->config);
	check_answer(send_text(slice_str(r->text), STRANGER), ASKED);
	p = rig_header(rig.out.datagram[0].sip, "Proxy-Authenticate");
	for (; (p = strstr(p, "Digest ")) != NULL; p++)
		lines++;
	percent = (unsigned int)(100 * rig.out.datagram[0].sip.len / strlen(r->text));
	if (lines != r->lines || percent > r->most)
		fail_msg("%u lines, %u %% of %zu octets", lines, percent, strlen(r->text));
}
GTEST_ROWS(Auth, small, label, check_small);

/* ---- what is not there ---- */

/* No table of users: 503, and not 407 for ever. */
GTEST(Auth, no_users_yet)
{
	struct call c = { 0 };

	rig_open(NULL);
	rig_open(auth_home);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
	rig_walk();
	rig_wait(2000);
	check_answer(send_call(&c), "SIP/2.0 503 Users Not Known Yet");
	assert_in_range(atoi(rig_header(rig.out.datagram[0].sip, "Retry-After")), 1, 30);
	assert_int_equal(rig.out.counter[STATS_auth_no_users], 1);
	c.from = "<sip:eve@other.example>";
	check_answer(send_call(&c), TO_BOB);
	auth_publish_users();
	check_good_call();
}

/* Control has started anew, with another table. */
GTEST(Auth, table_anew)
{
	struct call c = { .password = "other" };

	open_auth(auth_home);
	check_good_call();
	auth_publish_users();
	auth_put_user("alice", "example.com", "other", "sip:alice@example.com");
	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
