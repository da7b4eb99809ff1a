/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/nonce.h"
#include "flow/base64url.h"
#include "lib/auth/support.h"

enum { NOW = 1800000000, LIFETIME = 300, RAW = 27 };

static struct nonce_keys
keys_of(unsigned int id, const uint8_t *previous)
{
	struct nonce_keys keys;

	nonce_keys_init(&keys, id, test_key(0), previous);
	return keys;
}

/* ---- what is in it: computed by Python's hmac, so that engines of other versions agree ---- */

static const struct vector_row {
	const char *label;
	const char *realm, *address;
	unsigned int key;
	uint64_t unique;
	const char *text;
} vectors[] = {
	{ "unbound", "example.com", NULL, 3, UINT64_C(0x0102030405060708),
	  "EwBrSdIAAQIDBAUGBwiK3B0zmCFvMW7HfRQx" },
	{ "IPv4", "example.com", "192.0.2.1", 3, 1, "EwRrSdIAAAAAAAAAAAHYbbUf8W81GpwVF_4c" },
	{ "IPv6-realm-24", "abcdefghijklmnopqrstuvwx", "2001:db8::1", 15, 2,
	  "HwZrSdIAAAAAAAAAAAL7Ae0_ROLRrBY-Ruc5" },
	{ "IPv6-realm-39", "a realm of more than twenty-four octets", "2001:db8::1", 0, 3,
	  "EAZrSdIAAAAAAAAAAAOFsiXfuE23O-wIKh62" },
};

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	struct flow_address source = test_address(r->address != NULL ? r->address : "::", 5060);
	struct nonce_keys keys = keys_of(r->key, NULL);
	struct nonce_input in = { slice_str(r->realm), r->address != NULL ? &source : NULL, NOW,
				  r->unique };
	char text[NONCE_MAX];
	struct nonce_id id;

	assert_int_equal(nonce_make(&keys, &in, text), NONCE_LEN);
	assert_slice(slice_of(text, NONCE_LEN), r->text);
	source.port = 1024; /* the address is what counts */
	in.unique = 0;
	assert_int_equal(nonce_check(&keys, &in, at_wall(slice_str(r->text)), LIFETIME, &id),
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
	{ "clock_ahead", NOW + 60, NOW, LIFETIME, NONCE_FRESH },
	{ "future", NOW + 61, NOW, LIFETIME, NONCE_FORGED },
	{ "far_future", UINT32_MAX, NOW, LIFETIME, NONCE_FORGED },
	{ "no_lifetime", NOW, NOW, 0, NONCE_FRESH },
	{ "no_lifetime_later", NOW, NOW + 1, 0, NONCE_STALE },
	{ "longest_lifetime", 0, UINT32_MAX, UINT32_MAX, NONCE_FRESH },
};

static void
check_time(void **state)
{
	const struct time_row *r = *state;
	struct nonce_keys keys = keys_of(0, NULL);
	struct nonce_input in = { SLICE("r"), NULL, r->made_s, 0 };
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&keys, &in, text);
	in.now_s = r->now_s;
	assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), r->lifetime_s, &id),
			 r->want);
}
GTEST_ROWS(Nonce, times, label, check_time);

/* ---- keys ---- */

/* What a key `made` made, in the eyes of one who has `now` and perhaps the one before. */
static const struct key_row {
	const char *label;
	unsigned int made, now;
	bool previous;
	enum nonce_verdict want;
} key_rows[] = {
	{ "current", 5, 5, false, NONCE_FRESH },
	{ "rotated", 5, 6, true, NONCE_FRESH },
	{ "rotated-around", 15, 0, true, NONCE_FRESH },
	{ "rotated-and-forgotten", 5, 6, false, NONCE_FORGED },
	{ "rotated-twice", 5, 7, true, NONCE_FORGED },
	{ "not-yet-known", 6, 5, true, NONCE_FORGED },
};

static void
check_key(void **state)
{
	const struct key_row *r = *state;
	struct nonce_input in = { SLICE("r"), NULL, NOW, 9 };
	struct nonce_keys makers = keys_of(r->made, NULL), keys;
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_keys_init(&keys, r->now, r->made == r->now ? test_key(0) : test_key(1),
			r->previous ? test_key(0) : NULL);
	nonce_make(&makers, &in, text);
	assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 r->want);
	/* the id alone proves nothing */
	nonce_keys_init(&keys, r->made, test_key(1), test_key(1));
	assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 NONCE_FORGED);
}
GTEST_ROWS(Nonce, key_rows, label, check_key);

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
	struct nonce_keys keys = keys_of(0, NULL);
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&keys, &in, text);
	in.realm = at_wall(slice_str(r->realm));
	in.source = r->from != NULL ? &from : NULL;
	assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 r->want);
}
GTEST_ROWS(Nonce, bound, label, check_bound);

/* ---- forgeries ---- */

GTEST(Nonce, every_bit_counts)
{
	struct flow_address source = test_address("192.0.2.1", 5060);
	struct nonce_input in = { SLICE("example.com"), &source, NOW, 1 };
	struct nonce_keys keys = keys_of(3, test_key(0));
	uint8_t raw[RAW];
	char text[NONCE_MAX];
	struct nonce_id id;

	nonce_make(&keys, &in, text);
	assert_true(base64url_decode(slice_of(text, NONCE_LEN), raw, RAW));
	for (unsigned int bit = 0; bit < 8 * RAW; bit++) {
		raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
		base64url_encode(raw, RAW, text);
		assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
				 NONCE_FORGED);
		raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	base64url_encode(raw, RAW, text);
	assert_int_equal(nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id),
			 NONCE_FRESH);
}

static const struct text_row {
	const char *label;
	const char *text;
} texts[] = {
	{ "empty", "" },
	{ "short", "EwBrSdIAAQIDBAUGBwiK3B0zmCFvMW7HfRQ" },
	{ "long", "EwBrSdIAAQIDBAUGBwiK3B0zmCFvMW7HfRQxA" },
	{ "plain-alphabet", "HwZrSdIAAAAAAAAAAAL7Ae0/ROLRrBY+Ruc5" },
	{ "quoted-pair", "\\EwBrSdIAAQIDBAUGBwiK3B0zmCFvMW7HfRQx" },
	{ "of_others", "dcd98b7102dd2f0e8b11d0f600bfb0c093" },
	{ "zero", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
};

static void
check_text(void **state)
{
	const struct text_row *r = *state;
	struct nonce_input in = { SLICE("example.com"), NULL, NOW, 0 };
	struct nonce_keys keys = keys_of(3, NULL);
	struct nonce_id id;

	assert_int_equal(nonce_check(&keys, &in, at_wall(slice_str(r->text)), LIFETIME, &id),
			 NONCE_FORGED);
	assert_int_equal(nonce_check(&keys, &in, SLICE_ABSENT, LIFETIME, &id), NONCE_FORGED);
}
GTEST_ROWS(Nonce, texts, label, check_text);

GTEST(Nonce, each_has_a_name_of_its_own)
{
	struct nonce_input in = { SLICE("r"), NULL, NOW, 0 };
	struct nonce_keys keys = keys_of(0, NULL);
	struct nonce_id id[64];
	char text[NONCE_MAX];

	for (unsigned int i = 0; i < 64; i++) {
		in.unique = i;
		nonce_make(&keys, &in, text);
		assert_int_equal(
			nonce_check(&keys, &in, slice_of(text, NONCE_LEN), LIFETIME, &id[i]),
			NONCE_FRESH);
		for (unsigned int k = 0; k < i; k++)
			assert_true(id[i].name != id[k].name);
	}
}
