/* SPDX-License-Identifier: BSD-3-Clause */
/** Callers who have a password: a home proxy that asks for it, and what they send. */
#ifndef TESTS_DATAPLANE_AUTH_H
#define TESTS_DATAPLANE_AUTH_H

#include "auth/digest.h"
#include "cases.h"
#include "process/clock.h"
#include "table/credentials_writer.h"

#define BOB "203.0.113.50:5060" /* where he is registered */
#define ASKED "SIP/2.0 407 Proxy Authentication Required"
#define TO_BOB ANY " sip:bob@203.0.113.50 SIP/2.0"

/** Configurations: what is in `auth` besides `requests`, and other keys behind it. */
#define AUTH_HOME_WITH(auth, more)                                                                 \
	RIG_NETWORKS                                                                               \
	"guard: {source: {rate: 0}, invite_aor: {rate: 0}, invite_source: {rate: 0}}\n"            \
	"names: [p1.example.com]\ndomains: [example.com, Example.NET]\n"                           \
	"proxy: {record_route: true}\nusers: {source: file}\n"                                     \
	"auth: {requests: true" auth "}\n" more
#define AUTH_HOME(auth) AUTH_HOME_WITH(auth, "")

static const char auth_home[] = AUTH_HOME("");

static struct credentials_writer *auth_users;

/** A user with H(A1) for MD5 and SHA-256. */
static inline void
auth_put_user(const char *name, const char *realm, const char *password, const char *aors)
{
	struct digest_context *d = digest_context_new();
	struct credentials c = { .username = slice_str(name),
				 .realm = slice_str(realm),
				 .aors = slice_str(aors),
				 .have = CREDENTIALS_MD5 | CREDENTIALS_SHA_256 };
	uint8_t md5[DIGEST_MAX];

	assert_true(digest_ha1(d, SIP_DIGEST_MD5, c.username, c.realm, slice_str(password), md5));
	memcpy(c.md5, md5, sizeof(c.md5));
	assert_true(digest_ha1(d, SIP_DIGEST_SHA_256, c.username, c.realm, slice_str(password),
			       c.sha256));
	digest_context_free(d);
	assert_int_equal(credentials_writer_put(auth_users, &c), CREDENTIALS_OK);
}

static inline void
auth_publish_users(void)
{
	enum segment_error error;

	credentials_writer_close(auth_users);
	auth_users =
		credentials_writer_open(rig.engine->config->shm_dir, 16, clock_steady_ms, &error);
	assert_non_null(auth_users);
	auth_put_user("alice", "example.com", "secret",
		      "sip:alice@example.com sip:100@example.com");
	auth_put_user("carol", "example.net", "hush", "sip:carol@example.net");
	auth_put_user("alice", "Our Realm", "secret", "sip:alice@example.com");
	assert_int_equal(credentials_writer_publish(auth_users), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

/** A fresh engine, in the moment of its start. */
static inline void
open_auth_at_once(const char *config)
{
	rig_open(NULL);
	rig_open(config);
	auth_publish_users();
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
	rig_walk();
}

/** The same, two seconds later. */
static inline void
open_auth(const char *config)
{
	open_auth_at_once(config);
	rig_wait(2000);
}

/** A request, and the credentials in it. NULL and 0: what most cases have. */
struct call {
	const char *req;
	const char *method;                  /* INVITE */
	const char *uri;                     /* sip:bob@example.com */
	const char *from;                    /* <sip:alice@example.com>, before its tag */
	const char *to_tag;                  /* ";tag=..." */
	const char *lines;                   /* header lines in front of the credentials */
	const char *behind;                  /* and behind them */
	const char *body;                    /* none */
	const char *source;                  /* STRANGER */
	const char *nonce;                   /* no credentials at all */
	const char *user, *password, *realm; /* alice, secret, example.com */
	const char *algorithm;               /* SHA-256 */
	const char *qop;                     /* auth; "": none, as in RFC 2069 */
	const char *digest_uri;              /* as `uri` */
	unsigned int nc;                     /* 1 */
};

static inline const char *
or_else(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

/* The value of the header line, the response being `response`. */
static inline int
write_credentials(const struct call *c, const char *response, char *out, size_t size)
{
	const char *qop = or_else(c->qop, "auth");
	char more[96] = "";

	if (qop[0] != '\0')
		snprintf(more, sizeof(more), ", qop=%s, nc=%08x, cnonce=\"0a4f113b\"", qop,
			 c->nc != 0 ? c->nc : 1);
	return snprintf(out, size,
			"Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
			"algorithm=%s%s, response=\"%s\"",
			or_else(c->user, "alice"), or_else(c->realm, "example.com"), c->nonce,
			or_else(c->digest_uri, or_else(c->uri, "sip:bob@example.com")),
			or_else(c->algorithm, "SHA-256"), more, response);
}

/** Proxy-Authorization with the right response for all that it says. */
static inline const char *
authorization(const struct call *c)
{
	static char line[2][2048];
	static unsigned int turn;
	char value[1024], response[DIGEST_TEXT_MAX], *out = line[turn++ % 2];
	struct digest_context *d = digest_context_new();
	struct digest_input in = { .method = slice_str(or_else(c->method, "INVITE")),
				   .body = slice_str(or_else(c->body, "")) };
	struct sip_credentials credentials;
	uint8_t ha1[DIGEST_MAX];
	int n = write_credentials(c, "", value, sizeof(value));

	assert_true(sip_credentials_decode(slice_of(value, (size_t)n), &credentials));
	in.credentials = &credentials;
	assert_true(digest_ha1(d, digest_base(credentials.algorithm),
			       slice_str(or_else(c->user, "alice")), credentials.realm,
			       slice_str(or_else(c->password, "secret")), ha1));
	assert_true(digest_response(d, ha1, &in, response));
	digest_context_free(d);
	write_credentials(c, response, value, sizeof(value));
	snprintf(out, sizeof(line[0]), "Proxy-Authorization: %s\r\n", value);
	return out;
}

/** The whole of it, with a branch and a Call-ID of its own. Valid until the next call. */
static inline struct slice
call_message(const struct call *c)
{
	static char text[70000];
	static unsigned int serial;
	const char *method = or_else(c->method, "INVITE"), *body = or_else(c->body, "");

	serial++;
	return slice_of(text,
			(size_t)snprintf(
				text, sizeof(text),
				"%s %s SIP/2.0\r\n"
				"Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK%u\r\n" MF
				"%s%s%sFrom: %s;tag=a77\r\nTo: <sip:bob@example.com>%s\r\n"
				"Call-ID: %u@203.0.113.7\r\nCSeq: 1 %s\r\nContent-Length: "
				"%zu\r\n\r\n%s",
				method, or_else(c->uri, "sip:bob@example.com"), serial,
				or_else(c->lines, ""), c->nonce != NULL ? authorization(c) : "",
				or_else(c->behind, ""), or_else(c->from, "<sip:alice@example.com>"),
				or_else(c->to_tag, ""), serial, method, strlen(body), body));
}

/** What came back or went on: its first line. */
static inline const char *
send_text(struct slice text, const char *source)
{
	rig_send(text, or_else(source, STRANGER), EDGE);
	return rig.out.count > 0 ? rig_first_line(rig.out.datagram[0].sip) : "";
}

static inline const char *
send_call(const struct call *c)
{
	return send_text(call_message(c), c->source);
}

#define check_answer(got, want)                                                                    \
	do {                                                                                       \
		const char *got_ = (got);                                                          \
		if (!rig_matches(slice_str(got_), slice_str(want)))                                \
			fail_msg("got \"%s\", want \"%s\"", got_, want);                           \
	} while (0)

/** The nonce of the 407 that came back last. Two live at a time. */
static inline const char *
nonce_of_answer(void)
{
	static char text[2][64];
	static unsigned int turn;
	char *out = text[turn++ % 2];
	const char *p =
		strstr(rig_header(rig.out.datagram[0].sip, "Proxy-Authenticate"), "nonce=\"");

	assert_non_null(p);
	snprintf(out, sizeof(text[0]), "%.*s", (int)strcspn(p + 7, "\""), p + 7);
	return out;
}

/** A fresh nonce for this caller. */
static inline const char *
ask_nonce(const struct call *c)
{
	struct call without = *c;

	without.nonce = NULL;
	check_answer(send_call(&without), ASKED);
	return nonce_of_answer();
}

static inline bool
answer_is_stale(void)
{
	return strstr(rig_header(rig.out.datagram[0].sip, "Proxy-Authenticate"), "stale=true") !=
	       NULL;
}

/** An ordinary call goes through: after anything hostile as before it. */
static inline void
check_good_call(void)
{
	struct call c = { 0 };

	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
	assert_int_equal(rig.out.counter[STATS_authenticated], 1);
}

#endif
