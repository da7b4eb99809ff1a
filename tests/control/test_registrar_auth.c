/* SPDX-License-Identifier: BSD-3-Clause */
/** Who may register what: Digest before anything else (OB-62, RFC 3261 §10.3, RFC 7616). */
#include "auth/digest.h"
#include "control/registrar_rig.h"
#include "registrar/registrar_internal.h"

#define C "Contact: <sip:bob@10.0.0.5>\r\n"
#define BOB "sip:bob@example.com"
#define EXEMPT "192.0.2.77"
#define STRANGE "203.0.113.7"
#define YAML                                                                                       \
	"{any_user: false, min_expires: 60}\n"                                                     \
	"users: {source: file}\n"                                                                  \
	"auth: {registers: true, exempt: [" EXEMPT "], nonces: 1024, "

static struct digest_context *digest;
static struct credentials bob;
static uint8_t ha1[DIGEST_MAX];
static bool users_ready;

static bool
find_user(void *context, struct slice username, struct slice realm, struct credentials_copy *copy,
	  struct credentials *out)
{
	(void)context;
	(void)copy;
	if (!slice_eq(username, SLICE("bob")) || !slice_eq(realm, SLICE("example.com")))
		return false;
	*out = bob;
	return true;
}

static bool
is_ready(void *context)
{
	(void)context;
	return users_ready;
}

static void
set_users(void)
{
	registrar_set_users(registrar, &(struct registrar_users){ find_user, is_ready, NULL });
}

static int
set_up_with(void **state, const char *more)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml), YAML "%s}\n", more);
	if (rig_open(state, yaml) != 0)
		return 1;
	digest = digest_context_new();
	if (!digest_ha1(digest, SIP_DIGEST_SHA_256, SLICE("bob"), SLICE("example.com"),
			SLICE("secret"), ha1))
		return 1;
	bob = (struct credentials){ .username = SLICE("bob"),
				    .realm = SLICE("example.com"),
				    .aors = SLICE(BOB " sip:rob@example.com"),
				    .have = CREDENTIALS_SHA_256 };
	memcpy(bob.sha256, ha1, sizeof(bob.sha256));
	users_ready = true;
	set_users();
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(state, "nonce_seconds: 300");
}

static int
tear_down(void **state)
{
	digest_context_free(digest);
	return rig_close(state);
}
#define CASE(name) GTEST_F(RegistrarAuth, name, set_up, tear_down)

static unsigned int
ask(const char *aor, const char *call_id, unsigned int cseq, const char *lines, const char *from)
{
	send_text(register_text(aor, call_id, cseq, lines), from, 0);
	return run_one();
}

/* The nonce of the first challenge in the answer. */
static const char *
nonce(void)
{
	static char text[64];
	const char *at = strstr(answer, "nonce=\"");

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
	return text;
}

/* A challenge's nonce, got by asking for nothing. */
static const char *
fresh_nonce(void)
{
	assert_int_equal(ask(BOB, "nonce", 1, "", STRANGE), 401);
	return nonce();
}

/* Authorization for a nonce, and more lines. Valid until the next call. */
static const char *
with_cnonce(const char *of_nonce, unsigned int nc, const char *cnonce, const char *lines)
{
	static char text[4096];
	char value[1024], response[DIGEST_TEXT_MAX] = "0";
	struct sip_credentials c;

	for (int written = 0; written < 2; written++) {
		snprintf(value, sizeof(value),
			 "Digest username=\"bob\",realm=\"example.com\",nonce=\"%s\","
			 "uri=\"sip:example.com\",algorithm=SHA-256,qop=auth,nc=%08x,"
			 "cnonce=\"%s\",response=\"%064d\"",
			 of_nonce, nc, cnonce, 0);
		if (written == 1)
			memcpy(strstr(value, "response=\"") + 10, response, 64);
		assert_true(sip_credentials_decode(slice_str(value), &c));
		assert_true(digest_response(
			digest, ha1, &(struct digest_input){ &c, SLICE("REGISTER"), SLICE_ABSENT },
			response));
	}
	snprintf(text, sizeof(text), "Authorization: %s\r\n%s", value, lines);
	return text;
}

static const char *
with_credentials(const char *of_nonce, unsigned int nc, const char *lines)
{
	return with_cnonce(of_nonce, nc, "c1", lines);
}

/* Asked, challenged, asked again. */
static unsigned int
ask_as_bob(const char *aor, const char *call_id, unsigned int cseq, const char *lines)
{
	return ask(aor, call_id, cseq, with_credentials(fresh_nonce(), 1, lines), STRANGE);
}

CASE(OB_62_challenged)
{
	assert_int_equal(ask(BOB, "a", 1, C, STRANGE), 401);
	assert_true(answer_has("\r\nWWW-Authenticate: Digest realm=\"example.com\""));
	assert_true(answer_has("SHA-256"));
	assert_int_equal(ask_as_bob(BOB, "a", 2, C), 200);
	assert_true(answer_has("\r\nAuthentication-Info: "));
	assert_true(answer_has("rspauth=\"") && answer_has("Contact: <sip:bob@10.0.0.5>;expires="));
	assert_int_equal(registrar_auth_counters(registrar->auth)->challenged, 2);
}

/* A cnonce that cannot be written into an answer is no reason to write a line that is none. */
CASE(RFC_7616_3_5_info_that_is_refused)
{
	const char *lines = with_cnonce(fresh_nonce(), 1, "c\r\n 1", C);

	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_true(answer_has("Contact: <sip:bob@10.0.0.5>;expires="));
	assert_false(answer_has("Authentication-Info"));
}

/*
 * What else is wrong, or right, nobody is told who has not proved who he is: who exists, what he
 * has, and what may stand in a Contact (RFC 3261 §10.3 steps 3 to 7, LA-09).
 */
static const struct {
	const char *req, *aor, *lines;
	unsigned int status; /* of the same with credentials */
} order[] = {
	{ "10.3-3 nobody of this name", "sip:nobody@example.com", C, 403 },
	{ "10.3-3 query", BOB, "", 200 },
	{ "10.3-3 star", BOB, STAR, 200 },
	{ "10.3-3 somebody else's", "sip:ann@example.com", C, 403 },
	{ "10.3-3 star of somebody else", "sip:ann@example.com", STAR, 403 },
	{ "10.3-4 another of his", "sip:rob@example.com", C, 200 },
	{ "LA-09 contact is the AOR", BOB, "Contact: <sip:bob@example.com>\r\n", 403 },
	{ "10.3-6 bad star", BOB, "Contact: *\r\n", 400 },
	{ "10.3-7 423", BOB, "Contact: <sip:bob@10.0.0.5>;expires=1\r\n", 423 },
	{ "OB-50 439", BOB,
	  "Supported: outbound\r\nContact: <sip:bob@10.0.0.5>;reg-id=1;" WITH_INSTANCE "\r\n",
	  439 },
	{ "OB-59 420", BOB, "Path: <sip:p.example;lr>\r\n" C, 420 },
};

static void
check_order(void **state)
{
	const typeof(order[0]) *r = gtest_row();

	(void)state;
	assert_int_equal(ask(r->aor, "a", 1, r->lines, STRANGE), 401);
	assert_false(answer_has("Contact:"));
	assert_int_equal(ask_as_bob(r->aor, "a", 2, r->lines), r->status);
}
GTEST_ROWS_F(RegistrarAuth, order, req, check_order, set_up, tear_down);

/* What comes before: it could not be challenged, or nobody here is asked about it. */
static const struct {
	const char *req, *aor, *lines;
	unsigned int status;
} before[] = {
	{ "10.3-2 Require", BOB, "Require: x\r\n" C, 420 },
	{ "10.3-5 other domain", "sip:bob@example.org", C, 404 },
	{ "5.1-6 a GRUU", BOB ";gr=urn:x:1", C, 403 },
};

static void
check_before(void **state)
{
	const typeof(before[0]) *r = gtest_row();

	(void)state;
	assert_int_equal(ask(r->aor, "a", 1, r->lines, STRANGE), r->status);
}
GTEST_ROWS_F(RegistrarAuth, before, req, check_before, set_up, tear_down);

/* A character of the credentials, changed. */
static const struct {
	const char *req, *what;
	unsigned int offset;
	bool stale;
} tampered[] = {
	{ "nonce, version", "nonce=\"", 0, true },    { "nonce, time", "nonce=\"", 4, true },
	{ "nonce, unique", "nonce=\"", 12, true },    { "nonce, MAC", "nonce=\"", 24, true },
	{ "response", "response=\"", 5, false },      { "nc", "nc=", 7, false },
	{ "cnonce", "cnonce=\"", 0, false },          { "user name", "username=\"", 0, false },
	{ "other realm", "realm=\"", 0, false },      { "uri", "uri=\"sip:", 0, false },
	{ "algorithm", "algorithm=SHA-2", 0, false },
};

static void
check_tampered(void **state)
{
	const typeof(tampered[0]) *r = gtest_row();
	char lines[4096], *at;

	(void)state;
	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	at = strstr(lines, r->what) + strlen(r->what) + r->offset;
	*at = *at == '2' ? '3' : '2';
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 401);
	assert_int_equal(answer_has("stale=true"), r->stale);
	assert_int_equal(bindings_of(0), 0);
	assert_false(answer_has("Contact:"));
}
GTEST_ROWS_F(RegistrarAuth, tampered, req, check_tampered, set_up, tear_down);

CASE(nonce_too_old)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	clock_ahead_s = 302;
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 401);
	assert_true(answer_has("stale=true"));
	assert_int_equal(registrar_auth_counters(registrar->auth)->stale, 1);
}

/* Nobody has to ask his user for another password: with the new nonce the old one is good. */
static void
check_is_no_use(const char *lines)
{
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 401);
	assert_true(answer_has("stale=true"));
	assert_int_equal(ask(BOB, "a", 3, with_credentials(nonce(), 1, C), STRANGE), 200);
}

/* Another process, though it has the same keys: what is used up in one would be good in another. */
CASE(REPLAY_nonce_of_another_process)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	clock_ahead_s = 2;
	rig_restart(NULL);
	set_users();
	check_is_no_use(lines);
}

/* What was overheard before a restart, sent again behind it, at a time before it was made. */
static const struct {
	const char *req;
	int64_t back_s;
} restarts[] = {
	{ "REPLAY restart", 0 },
	{ "REPLAY restart, clock set back by 30 s", 30 },
	{ "REPLAY restart, clock set back by 60 s", 60 },
	{ "REPLAY restart, clock set back by hours", 7200 },
};

static void
check_restart(void **state)
{
	const typeof(restarts[0]) *r = gtest_row();
	char lines[4096];

	(void)state;
	clock_ahead_s = 2;
	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	wall_ahead_s = -r->back_s;
	rig_restart(NULL);
	set_users();
	clock_ahead_s += 2;
	check_is_no_use(lines);
}
GTEST_ROWS_F(RegistrarAuth, restarts, req, check_restart, set_up, tear_down);

/* A phone need not wait for the next second to be believed. */
CASE(nonce_of_the_second_of_the_start)
{
	for (unsigned int i = 0; i < 3; i++) {
		rig_restart(NULL);
		set_users();
		assert_int_equal(ask_as_bob(BOB, "a", 1 + i, C), 200);
	}
}

/*
 * More nonces than there is room for are in use when somebody sets the wall clock, back or ahead:
 * nobody is asked once more than he would be anyway, and nothing is taken twice.
 */
static const struct {
	const char *req;
	int64_t by_s;
} set_clocks[] = {
	{ "wall clock set back by a minute", -61 },
	{ "wall clock set back by hours", -7200 },
	{ "wall clock set back by years", -100000000 },
	{ "wall clock set ahead by hours", 7200 },
};

static void
check_set_clock(void **state)
{
	const typeof(set_clocks[0]) *r = gtest_row();
	char waiting[4096], used[4096], call_id[32];

	(void)state;
	clock_ahead_s = 2;
	for (unsigned int i = 0; i < 3000; i++) {
		snprintf(call_id, sizeof(call_id), "c%u", i);
		clock_ahead_s += i % 100 == 0;
		assert_int_equal(ask_as_bob(BOB, call_id, 1, ""), 200);
	}
	clock_ahead_s++;
	snprintf(waiting, sizeof(waiting), "%s", with_credentials(fresh_nonce(), 1, C));
	snprintf(used, sizeof(used), "%s", with_credentials(fresh_nonce(), 1, C));
	assert_int_equal(ask(BOB, "u", 1, used, STRANGE), 200);
	wall_ahead_s = r->by_s;
	assert_int_equal(ask(BOB, "b", 1, waiting, STRANGE), 200);
	assert_int_equal(ask_as_bob(BOB, "a", 1, C), 200);
	assert_int_equal(ask(BOB, "u", 2, used, STRANGE), 401);
	assert_true(answer_has("stale=true"));
	clock_ahead_s += 301;
	assert_int_equal(ask(BOB, "b", 2, waiting, STRANGE), 401);
	assert_true(answer_has("stale=true"));
}
GTEST_ROWS_F(RegistrarAuth, set_clocks, req, check_set_clock, set_up, tear_down);

static unsigned int
contacts_in_answer(void)
{
	unsigned int n = 0;

	for (const char *p = answer; (p = strstr(p, "\r\nContact:")) != NULL; p++)
		n++;
	return n;
}

/* A used count for another request, be it a copy with another Contact. */
CASE(OB_62_replay_with_another_contact)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	lines[strlen(lines) - 4] = '6';
	assert_int_equal(ask(BOB, "a", 3, lines, STRANGE), 401);
	assert_true(answer_has("stale=true"));
	assert_int_equal(ask(BOB, "a", 2, lines, "198.51.100.1"), 401);
}

/* RFC 3261 §17: a retransmission gets its answer. */
CASE(OB_62_retransmission)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_int_equal(contacts_in_answer(), 1);
	assert_int_equal(fake.commits, 1);
}

/* What somebody overheard brings back nothing that was taken away since. */
CASE(OB_62_replay_brings_nothing_back)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, C));
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_int_equal(ask_as_bob(BOB, "b", 1, STAR), 200);
	clock_ahead_s = 60;
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 500);
	assert_int_equal(ask_as_bob(BOB, "c", 1, ""), 200);
	assert_int_equal(contacts_in_answer(), 0);
}

/* And takes nothing away that was brought since. */
CASE(OB_62_replay_takes_nothing_away)
{
	char lines[4096];

	snprintf(lines, sizeof(lines), "%s", with_credentials(fresh_nonce(), 1, STAR));
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_int_equal(ask_as_bob(BOB, "b", 1, C), 200);
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 200);
	assert_int_equal(contacts_in_answer(), 1);
	clock_ahead_s = steady_ahead_s = 60;
	assert_int_equal(ask(BOB, "a", 2, lines, STRANGE), 500);
	assert_int_equal(ask_as_bob(BOB, "c", 1, ""), 200);
	assert_int_equal(contacts_in_answer(), 1);
}

CASE(users_not_known_yet)
{
	users_ready = false;
	assert_int_equal(ask(BOB, "a", 1, C, STRANGE), 503);
	assert_true(answer_has("\r\nRetry-After: "));
	users_ready = true;
	assert_int_equal(ask(BOB, "a", 1, C, STRANGE), 401);
}

/* From there nobody is asked; that makes nobody exist. */
CASE(exempt)
{
	assert_int_equal(ask(BOB, "a", 1, C, EXEMPT), 404);
	assert_true(registrar_user_changed(registrar, SLICE(BOB), true));
	assert_true(registrar_flush_users(registrar));
	assert_int_equal(ask(BOB, "a", 2, C, EXEMPT), 200);
	assert_false(answer_has("Authentication-Info"));
	assert_int_equal(ask("sip:nobody@example.com", "a", 1, C, EXEMPT), 404);
}

/* The realm is the domain alone: no user has one with a port. */
CASE(OB_62_AOR_with_a_port)
{
	assert_int_equal(ask(BOB ":5070", "a", 1, C, STRANGE), 401);
	assert_true(answer_has("\r\nWWW-Authenticate: Digest realm=\"example.com\""));
	bob.aors = SLICE(BOB ":5070");
	assert_int_equal(ask_as_bob(BOB ":5070", "a", 2, C), 200);
}

/* Who has proved who he is exists, also ahead of the list of users. */
CASE(user_ahead_of_the_list)
{
	assert_int_equal(ask_as_bob(BOB, "a", 1, C), 200);
	assert_int_equal(contacts_in_answer(), 1);
}

CASE(refused_with_the_store_away)
{
	fake.on_begin = STORE_ERR_IO;
	assert_int_equal(ask(BOB, "a", 1, C, STRANGE), 401);
	assert_int_equal(ask_as_bob(BOB, "a", 1, C), 500);
}
