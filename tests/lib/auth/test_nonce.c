/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/nonce.h"
#include "flow/base64url.h"
#include "lib/auth/support.h"

enum { NOW = 1800000000, LIFETIME = 300, RAW = 27 };

static struct nonce_key
known_key(void)
{
	struct nonce_key key;

	nonce_key_init(&key, test_key());
	return key;
}

/* ---- what is in it: computed by Python's hmac ---- */

static const struct vector_row {
	const char *label;
	const char *realm, *address;
	uint64_t unique;
	const char *text;
} vectors[] = {
	{ "unbound", "example.com", NULL, UINT64_C(0x0102030405060708),
	  "AQBrSdIAAQIDBAUGBwiz_bTXAEwtue71U7k5" },
	{ "IPv4", "example.com", "192.0.2.1", 1, "AQRrSdIAAAAAAAAAAAHNzTrMNyBCHQ0KkQSs" },
	{ "IPv6-realm-24", "abcdefghijklmnopqrstuvwx", "2001:db8::1", 2,
	  "AQZrSdIAAAAAAAAAAAL6bZKCTvoOvHB1FvD0" },
	{ "IPv6-realm-39", "a realm of more than twenty-four octets", "2001:db8::1", 3,
	  "AQZrSdIAAAAAAAAAAAPYDnWtLcXqsRVSo97_" },
};

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	struct flow_address source = test_address(r->address != NULL ? r->address : "::", 5060);
	struct nonce_key key = known_key();
	struct nonce_input in = { slice_str(r->realm), r->address != NULL ? &source : NULL, NOW,
				  r->unique };
	char text[NONCE_MAX];
	struct nonce_id id;

	assert_int_equal(nonce_make(&key, &in, text), NONCE_LEN);
	assert_slice(slice_of(text, NONCE_LEN), r->text);
	source.port = 1024; /* the address is what counts */
	in.unique = 0;
	assert_int_equal(nonce_check(&key, &in, at_wall(slice_str(r->text)), LIFETIME, &id),
			 NONCE_FRESH);
	assert_int_equal(id.created_s, NOW);
	assert_int_equal(id.bound, r->address != NULL);
	assert_true(id.name != 0);
}
GTEST_ROWS(Nonce, vectors, label, check_vector);

/* ---- time ---- */

static const struct time_row {
	const char *label;
	uint32_t made_s, now_s, lifetime_s;
	enum nonce_verdict want;
} times[] = {
	{ "at_once", NOW, NOW, LIFETIME, NONCE_FRESH },
	{ "last_second", NOW, NOW + LIFETIME, LIFETIME, NONCE_FRESH },
	{ "RFC7616-3.3-stale", NOW, NOW + LIFETIME + 1, LIFETIME, NONCE_STALE },
	{ "much_later", NOW, UINT32_MAX, LIFETIME, NONCE_STALE },
	{ "made_by_a_thread_ahead", NOW + 1, NOW, LIFETIME, NONCE_FRESH },
	{ "no_lifetime", NOW, NOW, 0, NONCE_FRESH },
	{ "no_lifetime_later", NOW, NOW + 1, 0, NONCE_STALE },
	{ "longest_lifetime", 0, UINT32_MAX, UINT32_MAX, NONCE_FRESH },
};

static void
check_time(void **state)
{
	const struct time_row *r = *state;
	struct nonce_key key = known_key();
	struct nonce_input in = { SLICE("r"), NULL, r->made_s, 0 };
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&key, &in, text);
	in.now_s = r->now_s;
	assert_int_equal(nonce_check(&key, &in, slice_of(text, NONCE_LEN), r->lifetime_s, &id),
			 r->want);
}
GTEST_ROWS(Nonce, times, label, check_time);

/* ---- keys ---- */

/* Of another process, or of this one before its restart: none of the two honours the other's. */
GTEST(Nonce, REPLAY_nonce_of_another_process)
{
	struct nonce_input in = { SLICE("r"), NULL, NOW, 9 };
	struct nonce_key one, other;
	char text[NONCE_MAX];
	struct nonce_id id;

	assert_true(nonce_key_generate(&one));
	assert_true(nonce_key_generate(&other));
	nonce_make(&one, &in, text);
	assert_int_equal(nonce_check(&one, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 NONCE_FRESH);
	assert_int_equal(nonce_check(&other, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 NONCE_FORGED);
}

/* ---- whom it is for ---- */

static const struct bound_row {
	const char *label;
	const char *made_for, *from; /* NULL: no address is known */
	const char *made_realm, *realm;
	enum nonce_verdict want;
} bound[] = {
	{ "same", "192.0.2.1", "192.0.2.1", "r", "r", NONCE_FRESH },
	{ "other", "192.0.2.1", "192.0.2.2", "r", "r", NONCE_FORGED },
	{ "other-family", "192.0.2.1", "::ffff:192.0.2.1", "r", "r", NONCE_FORGED },
	{ "none", "192.0.2.1", NULL, "r", "r", NONCE_FORGED },
	{ "unbound", NULL, "192.0.2.2", "r", "r", NONCE_FRESH },
	{ "IPv6-same", "2001:db8::1", "2001:db8::1", "r", "r", NONCE_FRESH },
	{ "IPv6-last-bit", "2001:db8::1", "2001:db8::", "r", "r", NONCE_FORGED },
	{ "realm", NULL, NULL, "a.example", "b.example", NONCE_FORGED },
	{ "realm-case", NULL, NULL, "a.example", "A.example", NONCE_FORGED },
	{ "realm-empty", NULL, NULL, "", "", NONCE_FRESH },
	{ "realm-longer", NULL, NULL, "a", "ab", NONCE_FORGED },
	{ "realm-is-no-address", "97.98.99.100", "97.98.99.100", "r", "rabcd", NONCE_FORGED },
	{ "realm-24-and-25", NULL, NULL, "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwxy",
	  NONCE_FORGED },
	{ "realm-long-last", NULL, NULL, "0123456789012345678901234567890123456789a",
	  "0123456789012345678901234567890123456789b", NONCE_FORGED },
	{ "realm-long-first", NULL, NULL, "0123456789012345678901234567890123456789a",
	  "1123456789012345678901234567890123456789a", NONCE_FORGED },
};

static void
check_bound(void **state)
{
	const struct bound_row *r = *state;
	struct flow_address made = test_address(r->made_for != NULL ? r->made_for : "::", 5060);
	struct flow_address from = test_address(r->from != NULL ? r->from : "::", 5061);
	struct nonce_input in = { slice_str(r->made_realm), r->made_for != NULL ? &made : NULL, NOW,
				  7 };
	struct nonce_key key = known_key();
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&key, &in, text);
	in.realm = at_wall(slice_str(r->realm));
	in.source = r->from != NULL ? &from : NULL;
	assert_int_equal(nonce_check(&key, &in, slice_of(text, NONCE_LEN), LIFETIME, &id), r->want);
}
GTEST_ROWS(Nonce, bound, label, check_bound);

/* ---- forgeries ---- */

GTEST(Nonce, every_bit_counts)
{
	struct flow_address source = test_address("192.0.2.1", 5060);
	struct nonce_input in = { SLICE("example.com"), &source, NOW, 1 };
	struct nonce_key key = known_key();
	uint8_t raw[RAW];
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&key, &in, text);
	assert_true(base64url_decode(slice_of(text, NONCE_LEN), raw, RAW));
	for (unsigned int bit = 0; bit < 8 * RAW; bit++) {
		raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
		base64url_encode(raw, RAW, text);
		assert_int_equal(nonce_check(&key, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
				 NONCE_FORGED);
		raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	base64url_encode(raw, RAW, text);
	assert_int_equal(nonce_check(&key, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 NONCE_FRESH);
}

static const struct text_row {
	const char *label;
	const char *text;
} texts[] = {
	{ "empty", "" },
	{ "short", "AQBrSdIAAQIDBAUGBwiz_bTXAEwtue71U7k" },
	{ "long", "AQBrSdIAAQIDBAUGBwiz_bTXAEwtue71U7k5A" },
	{ "plain-alphabet", "AQBrSdIAAQIDBAUGBwiz/bTXAEwtue71U7k5" },
	{ "quoted-pair", "\\AQBrSdIAAQIDBAUGBwiz_bTXAEwtue71U7k5" },
	{ "of_others", "dcd98b7102dd2f0e8b11d0f600bfb0c093" },
	{ "zero", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
};

static void
check_text(void **state)
{
	const struct text_row *r = *state;
	struct nonce_input in = { SLICE("example.com"), NULL, NOW, 0 };
	struct nonce_key key = known_key();
	struct nonce_id id;

	assert_int_equal(nonce_check(&key, &in, at_wall(slice_str(r->text)), LIFETIME, &id),
			 NONCE_FORGED);
	assert_int_equal(nonce_check(&key, &in, SLICE_ABSENT, LIFETIME, &id), NONCE_FORGED);
}
GTEST_ROWS(Nonce, texts, label, check_text);

GTEST(Nonce, each_has_a_name_of_its_own)
{
	struct nonce_input in = { SLICE("r"), NULL, NOW, 0 };
	struct nonce_key key = known_key();
	struct nonce_id id[64];
	char text[NONCE_MAX];

	for (unsigned int i = 0; i < 64; i++) {
		in.unique = i;
		nonce_make(&key, &in, text);
		assert_int_equal(
			nonce_check(&key, &in, slice_of(text, NONCE_LEN), LIFETIME, &id[i]),
			NONCE_FRESH);
		for (unsigned int k = 0; k < i; k++)
			assert_true(id[i].name != id[k].name);
	}
}
