/* SPDX-License-Identifier: BSD-3-Clause */
/* Digest: nonces made and checked, responses verified, counts taken; beside OpenSSL's EVP_Digest().
 */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "auth/authenticate.h"
#include "bench.h"

enum {
	NONCES = 1024,
	NOW = 1800000000,
	LIFETIME = 300,
	ROWS = 1000000,
	LOOPS = 16,
	PARTS_MAX = 512
};

static struct digest_context *digest;
static struct nonce_key key;

/* ---- nonces ---- */

struct nonces {
	struct nonce_input in;
	char text[NONCES][NONCE_MAX];
};

static struct nonces unbound = { .in = { { "example.com", 11 }, NULL, NOW, 0 } }, bound;

static void
nonce_make_pass(void *state)
{
	struct nonces *n = state;

	for (unsigned int i = 0; i < NONCES; i++) {
		n->in.unique = i;
		if (nonce_make(&key, &n->in, n->text[i]) != NONCE_LEN)
			bench_die("digest: a nonce has not %d characters", NONCE_LEN);
	}
}

static void
nonce_check_pass(void *state)
{
	const struct nonces *n = state;
	struct nonce_id id;

	for (unsigned int i = 0; i < NONCES; i++)
		if (nonce_check(&key, &n->in, slice_of(n->text[i], NONCE_LEN), LIFETIME, &id) !=
		    NONCE_FRESH)
			bench_die("digest: nonce %u is refused", i);
}

/* ---- responses ---- */

/* The credentials of one REGISTER, and what is hashed for them. */
struct answer {
	const char *algorithm, *qop;
	char text[1024];
	struct sip_credentials credentials;
	uint8_t ha1[DIGEST_MAX];
	const EVP_MD *md; /* the peer's */
};

static struct digest_input
input_of(const struct answer *a)
{
	return (struct digest_input){ &a->credentials, SLICE("REGISTER"),
				      SLICE("v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=-\r\n") };
}

static void
write_answer(struct answer *a, const char *response)
{
	snprintf(a->text, sizeof(a->text),
		 "Digest username=\"alice\", realm=\"example.com\", nonce=\"%.*s\", "
		 "uri=\"sip:registrar.example.com\", response=\"%s\", algorithm=%s, "
		 "cnonce=\"f2wE4q74E6zIJEtWaHKaf5wv\", qop=%s, nc=00000001",
		 NONCE_LEN, unbound.text[0], response, a->algorithm, a->qop);
	if (!sip_credentials_decode(slice_str(a->text), &a->credentials))
		bench_die("digest: credentials are malformed");
}

static void
answer_init(struct answer *a)
{
	char response[DIGEST_TEXT_MAX];
	struct digest_input in;

	write_answer(a, "");
	in = input_of(a);
	if (!digest_ha1(digest, a->credentials.algorithm, SLICE("alice"), unbound.in.realm,
			SLICE("secret"), a->ha1) ||
	    !digest_response(digest, a->ha1, &in, response))
		bench_die("digest: no %s", a->algorithm);
	write_answer(a, response);
}

static void
check_pass(void *state)
{
	const struct answer *a = state;
	const struct digest_input in = input_of(a);

	for (unsigned int i = 0; i < NONCES; i++)
		if (!digest_check(digest, a->ha1, &in))
			bench_die("digest: a %s response is refused", a->algorithm);
}

static void
decode_pass(void *state)
{
	const struct answer *a = state;
	struct sip_credentials c;

	for (unsigned int i = 0; i < NONCES; i++)
		if (!sip_credentials_decode(slice_str(a->text), &c))
			bench_die("digest: credentials are malformed");
}

/* ---- the same by one call for each hash ---- */

static size_t
hex_of(const struct answer *a, const uint8_t *octets, char *out)
{
	size_t n = digest_size(a->credentials.algorithm);

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[octets[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[octets[i] & 15];
	}
	return 2 * n;
}

static size_t
join(char *out, size_t at, struct slice s)
{
	memcpy(out + at, s.ptr, s.len);
	out[at + s.len] = ':';
	return at + s.len + 1;
}

static bool
peer_check(const struct answer *a)
{
	const struct sip_credentials *c = &a->credentials;
	char parts[PARTS_MAX], want[2 * DIGEST_MAX];
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t n;

	n = join(parts, 0, SLICE("REGISTER"));
	n = join(parts, n, c->uri) - 1;
	EVP_Digest(parts, n, hash, NULL, a->md, NULL);
	n = hex_of(a, a->ha1, parts);
	parts[n++] = ':';
	n = join(parts, n, c->nonce);
	n = join(parts, n, c->nc_text);
	n = join(parts, n, c->cnonce);
	n = join(parts, n, c->qop_text);
	n += hex_of(a, hash, parts + n);
	EVP_Digest(parts, n, hash, NULL, a->md, NULL);
	n = hex_of(a, hash, want);
	return c->response.len == n && CRYPTO_memcmp(want, c->response.ptr, n) == 0;
}

static void
peer_pass(void *state)
{
	const struct answer *a = state;

	for (unsigned int i = 0; i < NONCES; i++)
		if (!peer_check(a))
			bench_die("digest: the peer refuses a %s response", a->algorithm);
}

/* ---- counts ---- */

struct counting {
	struct nonce_counts counts;
	uint64_t next, nonces; /* so many in turns */
	uint32_t nc;
};

static void
counting_init(struct counting *c, uint64_t count)
{
	void *memory = aligned_alloc(64, nonce_counts_size(ROWS));

	if (memory == NULL)
		bench_die("digest: no memory for %d nonces", ROWS);
	nonce_counts_init(&c->counts, memory, ROWS, LIFETIME);
	c->nonces = count;
	c->nc = 1;
}

static struct nonce_id
id_of(uint64_t number)
{
	return (struct nonce_id){ random_next(&number), NOW, false };
}

static void
take_pass(void *state)
{
	struct counting *c = state;

	for (unsigned int i = 0; i < NONCES; i++) {
		struct nonce_id id = id_of(c->next++);

		if (nonce_count_take(&c->counts, &id, c->nc, NOW, i) != NC_FRESH)
			bench_die("digest: a count is refused");
		if (c->next == c->nonces) {
			c->next = 0;
			c->nc++;
		}
	}
}

/* Each nonce is new, and the table has been full for long: one of seven gives way. */
static void
enter_pass(void *state)
{
	struct counting *c = state;

	for (unsigned int i = 0; i < NONCES; i++) {
		struct nonce_id id = id_of(c->next++);

		id.created_s += (uint32_t)(c->next / 1000);
		if (nonce_count_take(&c->counts, &id, 1, id.created_s, i) != NC_FRESH)
			bench_die("digest: a newcomer is refused");
	}
}

/* ---- all of them ---- */

static struct loop loops[LOOPS];
static unsigned int count;

static void
add(const char *metric, void (*pass)(void *), void *state)
{
	if (count == LOOPS)
		bench_die("digest: more than %d loops", LOOPS);
	loops[count++] = (struct loop){ metric, pass, state, NONCES, { .count = 0 } };
}

static void
add_answers(void)
{
	static struct answer answers[] = {
		{ .algorithm = "MD5", .qop = "auth" },
		{ .algorithm = "SHA-256", .qop = "auth" },
		{ .algorithm = "SHA-512-256", .qop = "auth" },
		{ .algorithm = "SHA-256-sess", .qop = "auth" },
		{ .algorithm = "SHA-256", .qop = "auth-int" },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		answer_init(&answers[i]);
	answers[0].md = EVP_MD_fetch(NULL, "MD5", NULL);
	answers[1].md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	answers[2].md = EVP_MD_fetch(NULL, "SHA2-512/256", NULL);
	add("credentials.decode", decode_pass, &answers[0]);
	add("MD5.verify", check_pass, &answers[0]);
	add("MD5.EVP_Digest", peer_pass, &answers[0]);
	add("SHA-256.verify", check_pass, &answers[1]);
	add("SHA-256.EVP_Digest", peer_pass, &answers[1]);
	add("SHA-512-256.verify", check_pass, &answers[2]);
	add("SHA-512-256.EVP_Digest", peer_pass, &answers[2]);
	add("SHA-256-sess.verify", check_pass, &answers[3]);
	add("SHA-256.auth-int.verify", check_pass, &answers[4]);
}

static int
run(const struct bench_options *options)
{
	static const uint8_t secret[NONCE_KEY_SIZE] = { 1 };
	static struct flow_address source = { .ip = { 192, 0, 2, 1 }, .family = 4 };
	static struct counting few, many, crowd;

	digest = digest_context_new();
	nonce_key_init(&key, secret);
	bound.in = unbound.in;
	bound.in.source = &source;
	nonce_make_pass(&unbound);
	nonce_make_pass(&bound);
	add_answers();
	add("nonce.make", nonce_make_pass, &unbound);
	add("nonce.make.bound", nonce_make_pass, &bound);
	add("nonce.check.bound", nonce_check_pass, &bound);
	counting_init(&few, NONCES);
	counting_init(&many, ROWS / 20);
	counting_init(&crowd, UINT64_MAX);
	add("count.take.1024_nonces", take_pass, &few);
	add("count.take.50000_nonces", take_pass, &many);
	add("count.take.new_nonce", enter_pass, &crowd);
	loops_measure(loops, count, options->runs);
	for (unsigned int i = 0; i < count; i++)
		report("digest", loops[i].metric, "ns", &loops[i].ns);
	free(few.counts.set);
	free(many.counts.set);
	free(crowd.counts.set);
	digest_context_free(digest);
	return 0;
}

const struct bench digest_bench = { "digest", "Digest: nonces, responses and counts", false, run };
