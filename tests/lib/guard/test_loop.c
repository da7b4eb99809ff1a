/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop.h"
#include "lib/sip/support.h"
#include "sip/via.h"

#define CALL_ID "7b1e40c2@198.51.100.9"

static struct loop_part
make(const char *text, const struct loop_input *more, const char *call_id, uint32_t cseq)
{
	static const uint8_t octets[SIPHASH_KEY_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7,
							  8, 9, 10, 11, 12, 13, 14, 15 };
	struct loop_input in = more != NULL ? *more : (struct loop_input){ 0 };
	struct sip_uri uri;

	assert_true(sip_uri_decode(at_wall(slice_str(text)), &uri));
	in.uri = &uri;
	in.call_id = slice_str(call_id);
	in.cseq = cseq;
	return loop_part_make(siphash_key_load(octets), &in);
}

/* The rows of the requirements, then rows with the further items, computed apart from this code. */
static const struct vector_row {
	const char *label;
	const char *uri;
	const char *own[2], *next;
	uint32_t cseq;
	uint64_t h1;
	uint32_t h2;
} vectors[] = {
	/* clang-format off */
	{ "RFC5393-3.2-a-p1", "sip:a@p1.example.com", { 0 }, NULL, 1,
	  UINT64_C(0xdfb724d6a286a680), 0x2bcb23b0 },
	{ "RFC5393-3.2-b-p1", "sip:b@p1.example.com", { 0 }, NULL, 1,
	  UINT64_C(0xc340ba513e0e82d5), 0xd8dc9604 },
	{ "RFC5393-3.2-a-p2", "sip:a@p2.example.com", { 0 }, NULL, 1,
	  UINT64_C(0x9157f49aa1a680a2), 0x2034d251 },
	{ "RFC5393-3.2-b-p2", "sip:b@p2.example.com", { 0 }, NULL, 1,
	  UINT64_C(0xe0c0c8a7026e307c), 0x3933ab1e },
	{ "RFC5393-3.2-whack", "sip:a@p1.example.com;unknown-param=whack", { 0 }, NULL, 1,
	  UINT64_C(0xd464b8cc45ead8a0), 0x2bcb23b0 },
	{ "RFC5393-3.2-thud", "sip:a@p1.example.com;unknown-param=thud", { 0 }, NULL, 1,
	  UINT64_C(0x6d89b6573e7796c0), 0x2bcb23b0 },
	{ "LD-17-cseq", "sip:a@p1.example.com", { 0 }, NULL, 2,
	  UINT64_C(0xa92f305e3e8cbebf), 0x2bcb23b0 },
	{ "LD-08-next-route", "sip:a@p1.example.com", { 0 }, "sip:n.example;lr", 1,
	  UINT64_C(0x5cebb286a7428547), 0x2bcb23b0 },
	{ "LD-08-own-routes", "sip:a@p1.example.com", { "sip:o1;lr", "sip:o2;lr" }, NULL, 1,
	  UINT64_C(0x25837cb8c82bedc8), 0x2bcb23b0 },
	{ "LD-08-all-routes", "sip:a@p1.example.com", { "sip:o1;lr", "sip:o2;lr" },
	  "sip:n.example;lr", 1, UINT64_C(0x5720be9b492044c9), 0x2bcb23b0 },
	{ "RFC5393-3.2-canonical", "SIPS:%61%3bz@P1.Example.COM:5061;Unknown-Param=Whack;LR?x=y",
	  { 0 }, NULL, 1, UINT64_C(0x2116a4c3bb444d40), 0x19914e70 },
	{ "LD-28-tel", "tel:+1;phone-context=x", { 0 }, NULL, 1,
	  UINT64_C(0x855bef182849220d), 0x707399db },
	/* clang-format on */
};

static void
vector_holds(void **state)
{
	const struct vector_row *row = *state;
	struct loop_input in = { .next_route = slice_str(row->next) };
	struct loop_part part;

	while (in.own_route_count < 2 && row->own[in.own_route_count] != NULL) {
		in.own_route[in.own_route_count] = slice_str(row->own[in.own_route_count]);
		in.own_route_count++;
	}
	part = make(row->uri, &in, CALL_ID, row->cseq);
	assert_int_equal(part.h1, row->h1);
	assert_int_equal(part.h2, row->h2);
}
GTEST_ROWS(Loop, vectors, label, vector_holds);

/* `pad` stands for a run of the letter p that makes the URI longer than the hash's own room. */
static const struct pair_row {
	const char *label;
	const char *a, *b;
	bool same_h1, same_h2;
} pairs[] = {
	{ "LD-14-case", "sip:a@P.example", "SIP:a@p.EXAMPLE", true, true },
	{ "LD-14-escape", "sip:%61@p", "sip:a@p", true, true },
	{ "LD-14-escape-case", "sip:a%3b@p", "sip:a%3B@p", true, true },
	{ "LD-14-param-name-case", "sip:a@p;X=y", "sip:a@p;x=y", true, true },
	{ "LD-14-headers", "sip:a@p?x=1", "sip:a@p?x=2", true, true },
	{ "LD-15-param-value", "sip:a@p;x=y", "sip:a@p;x=Y", false, true },
	{ "LD-15-param-order", "sip:a@p;x;y", "sip:a@p;y;x", false, true },
	{ "LD-15-param-empty", "sip:a@p", "sip:a@p;x", false, true },
	{ "LD-15-user-case", "sip:a@p", "sip:A@p", false, false },
	{ "LD-15-port", "sip:a@p", "sip:a@p:5060", false, false },
	{ "LD-15-scheme", "sip:a@p", "sips:a@p", false, false },
	{ "LD-15-reserved-escape", "sip:a%3bb@p", "sip:a;b@p", false, false },
	{ "LD-15-long-param", "sip:a@p;x=<pad>1", "sip:a@p;x=<pad>2", false, true },
	{ "LD-15-param-behind-long", "sip:a@p;x=<pad>;y=1", "sip:a@p;x=<pad>;y=2", false, true },
	{ "LD-15-long-user", "sip:a<pad>1@p", "sip:a<pad>2@p", false, false },
	{ "LD-15-long-user-port", "sip:a<pad>@p:1", "sip:a<pad>@p:2", false, false },
	{ "LD-28-long-user-param", "sip:a<pad>@p;x=1", "sip:a<pad>@p;x=2", false, true },
	{ "LD-15-tel", "tel:+1", "tel:+2", false, false },
	{ "LD-28-tel-param", "tel:+1;x=1", "tel:+1;x=2", false, true },
	{ "LD-15-urn", "urn:service:sos", "urn:service:police", false, false },
};

static void
expand(const char *text, char *out)
{
	const char *pad = strstr(text, "<pad>");

	if (pad == NULL) {
		strcpy(out, text);
		return;
	}
	memcpy(out, text, (size_t)(pad - text));
	out += pad - text;
	memset(out, 'p', 1100);
	strcpy(out + 1100, pad + 5);
}

static void
pair_compares(void **state)
{
	const struct pair_row *row = *state;
	struct loop_part a, b;
	char text[1400];

	expand(row->a, text);
	a = make(text, NULL, CALL_ID, 1);
	expand(row->b, text);
	b = make(text, NULL, CALL_ID, 1);
	assert_int_equal(a.h1 == b.h1, row->same_h1);
	assert_int_equal(a.h2 == b.h2, row->same_h2);
}
GTEST_ROWS(Loop, pairs, label, pair_compares);

GTEST(Loop, LD17_call_id_counts)
{
	assert_true(make("sip:a@p", NULL, "x", 1).h1 != make("sip:a@p", NULL, "y", 1).h1);
	assert_true(make("sip:a@p", NULL, "x", 1).h2 == make("sip:a@p", NULL, "y", 1).h2);
}

/* Around the size where the canonical form stops to fit: no read or write beyond, any length. */
GTEST(Loop, long_uris)
{
	char text[1200] = "sip:a@p;x=";
	size_t n = strlen(text);

	memset(text + n, 'p', sizeof(text) - n);
	for (size_t len = 900; len < sizeof(text) - 1; len++) {
		text[len] = '\0';
		make(text, NULL, CALL_ID, 1);
		memcpy(text, "sip:aaa@p:", 10);
		text[10] = '1';
		text[11] = ';';
		make(text, NULL, CALL_ID, 1);
		memcpy(text, "sip:a@p;x=pp", 12);
		text[len] = 'p';
	}
}

static const struct find_row {
	const char *label;
	const char *branch;
	bool found;
} branches[] = {
	{ "LD-13-own", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b0", true },
	{ "case", "Z9HG4BK0102030405060708090A0B0C.lDFB724D6A286A6802BCB23B0", true },
	{ "LD-13-any-front", "x.Ldfb724d6a286a6802bcb23b0", true },
	{ "LD-13-no-loop-part", "z9hG4bK0102030405060708090a0b0c", false },
	{ "alone", ".Ldfb724d6a286a6802bcb23b0", false },
	{ "no-hex", "x.Ldfb724d6a286a6802bcb23bg", false },
	{ "no-hex-first", "x.Lgfb724d6a286a6802bcb23b0", false },
	{ "short", "x.Ldfb724d6a286a6802bcb23b", false },
	{ "long", "x.Ldfb724d6a286a6802bcb23b00", false },
	{ "other-letter", "x.Mdfb724d6a286a6802bcb23b0", false },
	{ "other-mark", "x-Ldfb724d6a286a6802bcb23b0", false },
	{ "empty", "", false },
};

static void
part_is_found(void **state)
{
	const struct find_row *row = *state;
	struct loop_part part;

	assert_int_equal(loop_part_find(at_wall(slice_str(row->branch)), &part), row->found);
	if (row->found) {
		assert_int_equal(part.h1, UINT64_C(0xdfb724d6a286a680));
		assert_int_equal(part.h2, 0x2bcb23b0);
	}
}
GTEST_ROWS(Loop, branches, label, part_is_found);
