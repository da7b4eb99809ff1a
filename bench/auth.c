/* SPDX-License-Identifier: BSD-3-Clause */
/* Callers with a password, in the graph: what it costs to ask, and to believe. */
#include "auth.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_ip.h>
#include <rte_udp.h>

#include "auth/digest.h"
#include "authentication.h"
#include "bench.h"
#include "process/clock.h"
#include "table/credentials_writer.h"
#include "world.h"

enum { LIFETIME = 86400, PLACE_DIGITS = 7, ETHERNET = 14 };

#define PASSWORD SLICE("correct horse battery staple")
#define REALM SLICE(WORLD_DOMAIN)

const char auth_configuration[] = "users: {source: file}\n"
				  "auth: {requests: true, nonce_seconds: 86400}\n";

static struct digest_context *digest;
static struct credentials_writer *writer;
static const struct nonce_key *key; /* of the engine */
static struct via_auth *on;         /* as the engine has it, to be put back */
static uint32_t users;
static uint32_t used[AUTH_CALLERS]; /* nc of each caller */
static uint32_t nonces, first_s;
static double challenges, challenge_octets; /* of the 407s that were looked at */

/* ---- users ---- */

/* The caller is one of all users: "+4940NNNNNNN". */
static struct slice
user_name(uint32_t user, char out[32])
{
	return slice_of(out, (size_t)snprintf(out, 32, "+4940%0*u", PLACE_DIGITS, user));
}

static uint32_t
user_of(uint32_t caller)
{
	return world_user(caller * 7919, users);
}

static void
put_user(struct credentials_writer *w, uint32_t user)
{
	char name[32], aor[64];
	uint8_t md5[DIGEST_MAX];
	struct credentials c = { .username = user_name(user, name),
				 .realm = REALM,
				 .have = CREDENTIALS_MD5 | CREDENTIALS_SHA_256 };

	c.aors = slice_of(aor, (size_t)snprintf(aor, sizeof(aor), "sip:%.*s@" WORLD_DOMAIN,
						SLICE_FMT(c.username)));
	digest_ha1(digest, SIP_DIGEST_MD5, c.username, c.realm, PASSWORD, md5);
	memcpy(c.md5, md5, sizeof(c.md5));
	digest_ha1(digest, SIP_DIGEST_SHA_256, c.username, c.realm, PASSWORD, c.sha256);
	if (credentials_writer_put(w, &c) != CREDENTIALS_OK)
		bench_die("auth: user %u: the table is full", user);
}

static uint64_t
monotonic_ms(void)
{
	return wall_ns() / 1000000;
}

void
auth_publish(uint32_t count)
{
	enum segment_error error;

	digest = digest_context_new();
	writer = credentials_writer_open(world_tables(), count, monotonic_ms, &error);
	if (digest == NULL || writer == NULL)
		bench_die("auth: no memory for %u users", count);
	users = count;
	for (uint32_t user = 0; user < count; user++)
		put_user(writer, user);
	if (credentials_writer_publish(writer) != SEGMENT_OK)
		bench_die("auth: the users cannot be published");
}

void
auth_end(struct via_worker *w)
{
	if (on != NULL)
		w->auth = on;
	via_auth_close(w);
	credentials_writer_close(writer);
	digest_context_free(digest);
}

/* ---- rounds ---- */

/* Each trial begins with a table in which nothing has given way, so that none is told "stale". */
void
auth_prepare(const struct auth_trial *t, struct via_worker *w)
{
	static const struct auth_trial *last;
	struct via_engine *e = w->engine;

	if (on == NULL)
		on = w->auth;
	if (t != last) {
		key = &e->nonce_key;
		first_s = (uint32_t)(clock_steady_ms() / 1000);
		nonce_counts_init(&e->nonce_counts, e->nonce_counts.set,
				  e->config->file->auth.nonces, LIFETIME);
	}
	last = t;
	w->auth = t->asked ? on : NULL;
}

/* ---- messages ---- */

static uint32_t
nonce_of(const struct auth_trial *t, uint32_t caller, char out[NONCE_MAX])
{
	struct nonce_input in = { .realm = REALM, .now_s = first_s, .unique = caller };

	if (!t->fresh) {
		nonce_make(key, &in, out);
		return ++used[caller];
	}
	in.now_s = first_s + 1 + nonces / 64;
	in.unique = (uint64_t)1 << 32 | nonces++;
	nonce_make(key, &in, out);
	return 1;
}

static int
write_value(const struct auth_trial *t, struct slice name, struct slice uri, const char *nonce,
	    uint32_t nc, const char *response, char out[AUTH_ROOM])
{
	return snprintf(out, AUTH_ROOM,
			"Digest username=\"%.*s\", realm=\"" WORLD_DOMAIN "\", nonce=\"%.*s\", "
			"uri=\"%.*s\", response=\"%s\", algorithm=%s, cnonce=\"%08x4f1c0a\", "
			"qop=auth, nc=%08x",
			SLICE_FMT(name), NONCE_LEN, nonce, SLICE_FMT(uri), response,
			t->md5 ? "MD5" : "SHA-256", nc * 2654435761u, nc);
}

/* The header line; returns its length. */
static uint16_t
write_line(const struct auth_trial *t, uint32_t caller, struct slice name, struct slice uri,
	   char line[AUTH_ROOM + 32])
{
	char nonce[NONCE_MAX], value[AUTH_ROOM], response[DIGEST_TEXT_MAX];
	uint32_t nc = nonce_of(t, caller, nonce);
	struct digest_input in = { .method = SLICE("INVITE") };
	struct sip_credentials credentials;
	uint8_t ha1[DIGEST_MAX];
	int n = write_value(t, name, uri, nonce, nc, "", value);

	in.credentials = &credentials;
	if (!sip_credentials_decode(slice_of(value, (size_t)n), &credentials) ||
	    !digest_ha1(digest, credentials.algorithm, name, REALM, PASSWORD, ha1) ||
	    !digest_response(digest, ha1, &in, response))
		bench_die("auth: no response for %s", value);
	write_value(t, name, uri, nonce, nc, response, value);
	return (uint16_t)snprintf(line, AUTH_ROOM + 32, "Proxy-Authorization: %s\r\n", value);
}

/* Write the caller's name over that in From. */
static void
write_from(char *text, size_t len, struct slice name)
{
	char *from = memmem(text, len, "\r\nFrom:", 7), *at;

	if (from == NULL)
		from = memmem(text, len, "\r\nf:", 4);
	at = from != NULL ? memmem(from, len - (size_t)(from - text), "+4940", 5) : NULL;
	if (at == NULL)
		bench_die("auth: an INVITE from nobody");
	memcpy(at, name.ptr, name.len);
}

static void
set_length(uint8_t *frame, uint16_t len)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(void *)(frame + ETHERNET);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(void *)(ip + 1);

	ip->total_length = rte_cpu_to_be_16((uint16_t)(len - ETHERNET));
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->dgram_len = rte_cpu_to_be_16((uint16_t)(len - ETHERNET - sizeof(*ip)));
	udp->dgram_cksum = 0;
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
}

uint16_t
auth_frame(const struct auth_trial *t, uint32_t serial, uint8_t *frame, uint16_t len)
{
	char *text = (char *)frame + FRAME_HEADERS, *behind, name[32], line[AUTH_ROOM + 32];
	uint32_t caller = serial % AUTH_CALLERS;
	size_t size = (size_t)(len - FRAME_HEADERS);
	struct slice user, uri;
	uint16_t n;

	if (!t->asked && !t->answers)
		return len;
	user = user_name(user_of(caller), name);
	write_from(text, size, user);
	if (t->answers) {
		behind = (char *)memchr(text, '\n', size) + 1;
		uri = slice_between(text + 7, behind - sizeof(" SIP/2.0\r\n") + 1);
		n = write_line(t, caller, user, uri, line);
		memmove(behind + n, behind, size - (size_t)(behind - text));
		memcpy(behind, line, n);
		len = (uint16_t)(len + n);
	}
	set_length(frame, len);
	return len;
}

/* ---- challenges ---- */

const char *
auth_check_challenge(const uint8_t *frame, uint16_t len)
{
	static const char line[] = "SIP/2.0 407 ";

	challenges++;
	challenge_octets += len - FRAME_HEADERS;
	return len > FRAME_HEADERS + sizeof(line) &&
			       memcmp(frame + FRAME_HEADERS, line, sizeof(line) - 1) == 0
		       ? NULL
		       : "it is no 407";
}

double
auth_challenge_octets(void)
{
	return challenge_octets / challenges;
}
