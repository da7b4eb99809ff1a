/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow tokens, made and opened; and the MAC in them by what there is to compute it. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/aes.h>

#include "bench.h"
#include "macs.h"
#include "world.h"

enum { FLOWS = 1024, BURST = 32, FORMS = 3, FAMILIES = 2, LOOPS_MAX = 64, NAME_MAX_LEN = 48 };

/* ---- tokens ---- */

struct tokens {
	enum flow_token_form form;
	struct flow flow[FLOWS];
	char text[FLOWS][FLOW_TOKEN_MAX];
	size_t len;
};

static void
make_pass(void *state)
{
	struct tokens *t = state;

	for (unsigned int i = 0; i < FLOWS; i++)
		if (flow_token_make(world_keys(), t->form, &t->flow[i], FLOW_TOKEN_PATH,
				    t->text[i]) != t->len)
			bench_die("token: one has not %zu characters", t->len);
}

static bool
is_expected(const struct tokens *t, unsigned int i, const struct flow *flow,
	    enum flow_token_class class)
{
	return flow->remote.port == t->flow[i].remote.port &&
	       class == (t->form == FLOW_TOKEN_ALGORITHM2 ? FLOW_TOKEN_ANY_CLASS : FLOW_TOKEN_PATH);
}

static void
verify_pass(void *state)
{
	const struct tokens *t = state;
	enum flow_token_class class;
	struct flow flow;

	for (unsigned int i = 0; i < FLOWS; i++)
		if (flow_token_open(world_keys(), slice_of(t->text[i], t->len), &flow, &class) !=
			    FLOW_TOKEN_OK ||
		    !is_expected(t, i, &flow, class))
			bench_die("token: number %u is refused", i);
}

static void
burst_pass(void *state)
{
	static struct flow_token_job jobs[BURST];
	const struct tokens *t = state;

	for (unsigned int i = 0; i < FLOWS; i += BURST) {
		for (unsigned int k = 0; k < BURST; k++)
			jobs[k].text = slice_of(t->text[i + k], t->len);
		flow_token_open_burst(world_keys(), jobs, BURST);
		for (unsigned int k = 0; k < BURST; k++)
			if (jobs[k].result != FLOW_TOKEN_OK ||
			    !is_expected(t, i + k, &jobs[k].flow, jobs[k].class))
				bench_die("token: number %u is refused in a burst", i + k);
	}
}

static void
init(struct tokens *t, enum flow_token_form form, uint8_t family)
{
	static const size_t lengths[FORMS][FAMILIES] = { { 40, 72 }, { 40, 72 }, { 32, 64 } };
	uint64_t random = family;

	t->form = form;
	t->len = lengths[form][family == 6];
	for (unsigned int i = 0; i < FLOWS; i++) {
		t->flow[i] = world_agent_flow((uint32_t)random_next(&random));
		if (family != 6)
			continue;
		t->flow[i].local.family = t->flow[i].remote.family = 6;
		for (int k = 4; k < 16; k++)
			t->flow[i].remote.ip[k] = (uint8_t)random_next(&random);
	}
	make_pass(t);
}

/* ---- MACs ---- */

struct macs {
	const struct macs_way *way;
	struct macs_item item[FLOWS];
};

static void
macs_make_pass(void *state)
{
	struct macs *m = state;

	for (unsigned int i = 0; i < FLOWS; i += m->way->batch)
		m->way->make(&m->item[i], m->way->batch);
}

static void
macs_verify_pass(void *state)
{
	struct macs *m = state;

	for (unsigned int i = 0; i < FLOWS; i += m->way->batch)
		if (!m->way->verify(&m->item[i], m->way->batch))
			bench_die("token: %s refuses a MAC", m->way->name);
}

/* The MACs of `reference` are held against those of every other way. */
static bool
macs_init(struct macs *m, const struct macs_way *way, const struct macs *reference)
{
	enum { LEN = 18 }; /* of an IPv4 flow; IPv6 takes one block as well */
	uint8_t key[KEYRING_FLOW_KEY_SIZE];
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	m->way = way;
	if (!way->open(key, sizeof(key), LEN))
		return false;
	for (unsigned int i = 0; i < FLOWS; i++) {
		for (unsigned int k = 0; k < LEN; k++)
			m->item[i].state[k] = (uint8_t)random_next(&random);
		hmac_pad(m->item[i].state, LEN);
	}
	macs_make_pass(m);
	for (unsigned int i = 0; i < FLOWS; i++)
		if (memcmp(m->item[i].mac, reference->item[i].mac, MACS_SIZE) != 0)
			bench_die("token: %s computes another MAC", way->name);
	return true;
}

/* ---- what hides an opaque token ---- */

struct hidden {
	uint8_t key[AES128_KEY_SIZE];
	uint8_t state[FLOWS][AES128_COUNTER_MAX];
	AES_KEY schedule;
	size_t len;
};

static void
context_pass(void *state)
{
	struct hidden *h = state;

	for (unsigned int i = 0; i < FLOWS; i++)
		aes128_counter(0, h->key, h->state[(i + 1) % FLOWS], h->state[i], h->len);
}

/* The same by OpenSSL's function for one block, which needs no context. */
static void
block_pass(void *state)
{
	struct hidden *h = state;

	for (unsigned int i = 0; i < FLOWS; i++)
		for (size_t at = 0; at < h->len; at += AES_BLOCK_SIZE) {
			uint8_t block[AES_BLOCK_SIZE];

			memcpy(block, h->state[(i + 1) % FLOWS], sizeof(block));
			AES_encrypt(block, block, &h->schedule);
			for (size_t k = 0; k < AES_BLOCK_SIZE; k++)
				h->state[i][at + k] ^= block[k];
		}
}

/* ---- all of them ---- */

static struct loop loops[LOOPS_MAX];
static char names[LOOPS_MAX][NAME_MAX_LEN];
static unsigned int count;

static void
add(void (*pass)(void *), void *state, const char *form, const char *what)
{
	if (count == LOOPS_MAX)
		bench_die("token: more than %u loops", LOOPS_MAX);
	snprintf(names[count], NAME_MAX_LEN, "%.30s.%s", form, what);
	loops[count].metric = names[count];
	loops[count].pass = pass;
	loops[count].state = state;
	loops[count++].items = FLOWS;
}

static void
add_tokens(void)
{
	static const char *const forms[FORMS][FAMILIES] = { { "plain", "plain.ipv6" },
							    { "opaque", "opaque.ipv6" },
							    { "algorithm2", "algorithm2.ipv6" } };
	static struct tokens tokens[FORMS][FAMILIES];

	for (unsigned int form = 0; form < FORMS; form++)
		for (unsigned int f = 0; f < FAMILIES; f++) {
			struct tokens *t = &tokens[form][f];

			init(t, (enum flow_token_form)form, f == 0 ? 4 : 6);
			add(make_pass, t, forms[form][f], "make");
			add(verify_pass, t, forms[form][f], "verify");
			add(burst_pass, t, forms[form][f], "verify.burst32");
		}
}

static void
add_macs(const struct macs_way *ways)
{
	static struct macs macs[LOOPS_MAX / 2];
	static unsigned int used;

	for (; ways->name != NULL; ways++) {
		struct macs *m = &macs[used++];
		char name[NAME_MAX_LEN - 16];

		snprintf(name, sizeof(name), "mac.%s", ways->name);
		if (!macs_init(m, ways, &macs[0])) {
			report_note("token", name, "skipped: it does not start here");
			continue;
		}
		add(macs_make_pass, m, name, "make");
		add(macs_verify_pass, m, name, "verify");
	}
}

static void
add_ciphers(void)
{
	static struct hidden ipv4 = { .len = 16 }, ipv6 = { .len = 40 };

	AES_set_encrypt_key(ipv4.key, 8 * AES128_KEY_SIZE, &ipv4.schedule);
	AES_set_encrypt_key(ipv6.key, 8 * AES128_KEY_SIZE, &ipv6.schedule);
	add(context_pass, &ipv4, "cipher", "EVP");
	add(block_pass, &ipv4, "cipher", "AES_encrypt");
	add(context_pass, &ipv6, "cipher.ipv6", "EVP");
	add(block_pass, &ipv6, "cipher.ipv6", "AES_encrypt");
}

static int
run(const struct bench_options *options)
{
	add_tokens();
	add_ciphers();
	add_macs(macs_here);
#ifdef BENCH_IPSEC_MB
	add_macs(macs_ipsec_mb);
#else
	report_note("token", "mac.ipsec-mb", "skipped: built without libipsec-mb");
#endif
#ifdef BENCH_CRYPTODEV
	add_macs(macs_cryptodev);
#else
	report_note("token", "mac.cryptodev",
		    "skipped: built without DPDK's crypto_ipsec_mb driver");
#endif
	loops_measure(loops, count, options->runs);
	for (unsigned int i = 0; i < count; i++)
		report("token", loops[i].metric, "ns", &loops[i].ns);
	return 0;
}

const struct bench token_bench = { "token", "flow tokens, made and verified", false, run };
