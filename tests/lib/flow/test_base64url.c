/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/base64url.h"
#include "lib/sip/support.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const struct vector_row {
	const char *label;
	const char *octets, *text;
} vectors[] = {
	{ "RFC4648-10-empty", "", "" },
	{ "RFC4648-10-f", "f", "Zg" },
	{ "RFC4648-10-fo", "fo", "Zm8" },
	{ "RFC4648-10-foo", "foo", "Zm9v" },
	{ "RFC4648-10-foob", "foob", "Zm9vYg" },
	{ "RFC4648-10-fooba", "fooba", "Zm9vYmE" },
	{ "RFC4648-10-foobar", "foobar", "Zm9vYmFy" },
	{ "RFC4648-5-62-63", "\xfb\xff\xbf", "-_-_" },
	{ "RFC4648-5-octet-63", "\xff", "_w" },
};

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	size_t len = strlen(r->octets), text_len = strlen(r->text);
	uint8_t octets[8];
	char text[16];

	assert_int_equal(BASE64URL_LEN(len), text_len);
	memset(text, '?', sizeof(text));
	base64url_encode((const uint8_t *)r->octets, len, text);
	assert_memory_equal(text, r->text, text_len);
	assert_int_equal(text[text_len], '?');
	assert_true(base64url_decode(at_wall(slice_str(r->text)), octets, len));
	assert_memory_equal(octets, r->octets, len);
}
GTEST_ROWS(Base64url, vectors, label, check_vector);

static const struct refused_row {
	const char *label;
	const char *text;
	size_t len; /* octets wanted */
} refused[] = {
	{ "OB-19-padding", "Zg==", 1 },    { "padding-in-place", "Z=", 1 },
	{ "standard-plus", "+___", 3 },    { "standard-slash", "/___", 3 },
	{ "too-short", "Z", 1 },           { "too-long", "ZgA", 1 },
	{ "empty-for-one", "", 1 },        { "text-for-none", "A", 0 },
	{ "spare-bits-of-four", "Zh", 1 }, { "spare-bits-high", "Zo", 1 },
	{ "spare-bits-of-two", "Zm9", 2 }, { "space", "Zm9 ", 3 },
	{ "newline", "Zm9\n", 3 },         { "percent", "%5A%", 3 },
	{ "high-octet", "Zm9\xe4", 3 },    { "tilde", "Zm9~", 3 },
};

static void
check_refused(void **state)
{
	const struct refused_row *r = *state;
	uint8_t octets[8];

	assert_false(base64url_decode(at_wall(slice_str(r->text)), octets, r->len));
}
GTEST_ROWS(Base64url, refused, label, check_refused);

GTEST(Base64url, decodes_what_it_encodes)
{
	uint64_t seed = 1;

	for (size_t len = 0; len <= 80; len++)
		for (int i = 0; i < 20; i++) {
			uint8_t octets[80], again[80];
			char text[BASE64URL_LEN(80) + 1];
			size_t n = BASE64URL_LEN(len);

			for (size_t k = 0; k < len; k++)
				octets[k] = (uint8_t)next_random(&seed);
			memset(text, '?', sizeof(text));
			memset(again, 0xa5, sizeof(again));
			base64url_encode(octets, len, text);
			assert_int_equal(text[n], '?');
			assert_true(base64url_decode(at_wall(slice_of(text, n)), again, len));
			assert_memory_equal(octets, again, len);
			assert_true(len == sizeof(again) || again[len] == 0xa5);
		}
}

GTEST(Base64url, every_character_in_every_place)
{
	for (size_t at = 0; at < 4; at++)
		for (int c = 0; c < 256; c++) {
			char text[5] = "AAAA";
			uint8_t octets[3];
			bool digit = c != 0 && strchr(alphabet, c) != NULL;

			text[at] = (char)c;
			if (base64url_decode(at_wall(slice_of(text, 4)), octets, 3) != digit)
				fail_msg("octet %d in place %zu: want %s", c, at,
					 digit ? "a digit" : "a refusal");
		}
}

/* 30 and 54 octets: tokens. Every octet in every place; what is read is what was written. */
static void
check_places(bool standard, size_t len)
{
	const char *more = standard ? "+/" : "-_";
	size_t n = standard ? BASE64_LEN(len) : BASE64URL_LEN(len);
	uint8_t octets[54];
	char text[72];

	for (size_t at = 0; at < n; at++)
		for (int c = 0; c < 256; c++) {
			bool digit = c != 0 && c != '-' && c != '_' && strchr(alphabet, c) != NULL;
			bool got;

			digit |= c == more[0] || c == more[1];
			memset(text, 'A', n);
			text[at] = (char)c;
			got = standard ? base64_decode(at_wall(slice_of(text, n)), octets, len)
				       : base64url_decode(at_wall(slice_of(text, n)), octets, len);
			if (got != digit)
				fail_msg("octet %d in place %zu of %zu: want %s", c, at, n,
					 digit ? "a digit" : "a refusal");
			for (size_t i = 0; got && i < len; i++)
				if (i < at / 4 * 3 || i >= at / 4 * 3 + 3)
					assert_int_equal(octets[i], 0);
		}
}

GTEST(Base64url, every_character_in_every_place_of_a_token)
{
	check_places(false, 30);
	check_places(false, 54);
	check_places(true, 30);
	check_places(true, 54);
}

/* Three octets by themselves are their four characters of a longer text. */
GTEST(Base64url, long_texts_are_made_of_short_ones)
{
	uint64_t seed = 2;

	for (int i = 0; i < 5000; i++) {
		char text[BASE64URL_LEN(54)], standard[BASE64_LEN(54)], four[4];
		uint8_t octets[54];

		for (size_t k = 0; k < sizeof(octets); k++)
			octets[k] = (uint8_t)next_random(&seed);
		base64url_encode(octets, sizeof(octets), text);
		base64_encode(octets, sizeof(octets), standard);
		for (size_t k = 0; k < sizeof(octets) / 3; k++) {
			base64url_encode(octets + 3 * k, 3, four);
			assert_memory_equal(text + 4 * k, four, 4);
			base64_encode(octets + 3 * k, 3, four);
			assert_memory_equal(standard + 4 * k, four, 4);
		}
	}
}

/* ---- the standard alphabet, with padding ---- */

static const struct vector_row standard_vectors[] = {
	{ "RFC4648-10-empty", "", "" },
	{ "RFC4648-10-f", "f", "Zg==" },
	{ "RFC4648-10-fo", "fo", "Zm8=" },
	{ "RFC4648-10-foo", "foo", "Zm9v" },
	{ "RFC4648-10-foob", "foob", "Zm9vYg==" },
	{ "RFC4648-10-fooba", "fooba", "Zm9vYmE=" },
	{ "RFC4648-10-foobar", "foobar", "Zm9vYmFy" },
	{ "RFC4648-4-62-63", "\xfb\xff\xbf", "+/+/" },
	{ "RFC4648-4-octet-63", "\xff", "/w==" },
};

static void
check_standard_vector(void **state)
{
	const struct vector_row *r = *state;
	size_t len = strlen(r->octets), text_len = strlen(r->text);
	uint8_t octets[8];
	char text[16];

	assert_int_equal(BASE64_LEN(len), text_len);
	memset(text, '?', sizeof(text));
	base64_encode((const uint8_t *)r->octets, len, text);
	assert_memory_equal(text, r->text, text_len);
	assert_int_equal(text[text_len], '?');
	assert_true(base64_decode(at_wall(slice_str(r->text)), octets, len));
	assert_memory_equal(octets, r->octets, len);
}
GTEST_ROWS(Base64, standard_vectors, label, check_standard_vector);

static const struct refused_row standard_refused[] = {
	{ "no-padding", "Zg", 1 },          { "half-the-padding", "Zg=", 1 },
	{ "too-much-padding", "Zg===", 1 }, { "padding-of-none", "Zm9v====", 3 },
	{ "other-padding", "Zg=.", 1 },     { "padding-first", "Zg.=", 1 },
	{ "padding-in-place", "Z===", 1 },  { "url-minus", "-///", 3 },
	{ "url-underscore", "_///", 3 },    { "too-short", "Zm9", 3 },
	{ "too-long", "Zm9vZm9v", 3 },      { "spare-bits-of-four", "Zh==", 1 },
	{ "spare-bits-high", "Zo==", 1 },   { "spare-bits-of-two", "Zm9=", 2 },
	{ "padding-as-digit", "Zm9=", 3 },  { "high-octet", "Zm9\xe4", 3 },
	{ "text-for-none", "====", 0 },
};

static void
check_standard_refused(void **state)
{
	const struct refused_row *r = *state;
	uint8_t octets[8];

	assert_false(base64_decode(at_wall(slice_str(r->text)), octets, r->len));
}
GTEST_ROWS(Base64, standard_refused, label, check_standard_refused);

GTEST(Base64, every_character_in_every_place)
{
	for (size_t at = 0; at < 4; at++)
		for (int c = 0; c < 256; c++) {
			char text[5] = "AAAA";
			uint8_t octets[3];
			bool digit = c != 0 && c != '-' && c != '_' &&
				     (strchr(alphabet, c) != NULL || c == '+' || c == '/');

			text[at] = (char)c;
			if (base64_decode(at_wall(slice_of(text, 4)), octets, 3) != digit)
				fail_msg("octet %d in place %zu: want %s", c, at,
					 digit ? "a digit" : "a refusal");
		}
}

GTEST(Base64, decodes_what_it_encodes)
{
	uint64_t seed = 1;

	for (size_t len = 0; len <= 80; len++)
		for (int i = 0; i < 20; i++) {
			uint8_t octets[80], again[80];
			char text[BASE64_LEN(80) + 1];

			for (size_t k = 0; k < len; k++)
				octets[k] = (uint8_t)next_random(&seed);
			memset(text, '?', sizeof(text));
			base64_encode(octets, len, text);
			assert_int_equal(text[BASE64_LEN(len)], '?');
			assert_true(base64_decode(at_wall(slice_of(text, BASE64_LEN(len))), again,
						  len));
			assert_memory_equal(octets, again, len);
		}
}

/* OB-02: one text for each octet string, so that nobody makes a second token of a first. */
GTEST(Base64url, one_text_only)
{
	unsigned int good = 0;

	for (size_t a = 0; a < 64; a++)
		for (size_t b = 0; b < 64; b++) {
			char text[2] = { alphabet[a], alphabet[b] }, again[2];
			uint8_t octet;

			if (!base64url_decode(slice_of(text, 2), &octet, 1))
				continue;
			good++;
			base64url_encode(&octet, 1, again);
			assert_memory_equal(text, again, 2);
		}
	assert_int_equal(good, 256);
}
