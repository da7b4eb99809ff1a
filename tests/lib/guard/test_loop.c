/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop.h"
#include "lib/sip/support.h"
#include "sip/via.h"

#define CALL_ID "7b1e40c2@198.51.100.9"

static struct loop_part
make(const char *text, const struct loop_input *more, const char *call_id, uint32_t cseq)
{
	static const uint8_t octets[SIPHASH_KEY_SIZE] = { 0, 1, 2,  3,  4,  5,  6,  7,
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

/* Tag X: the further inputs that were used, and CSeq numbers of any length; computed apart, too. */
static const struct further_row {
	const char *label;
	const char *next;
	unsigned int count, copies; /* of `value`; else of a numbered one */
	const char *name[3], *value[3];
	uint32_t cseq;
	uint64_t h1;
} furthers[] = {
	/* clang-format off */
	{ "LD-08-accept-contact", NULL, 1, 0, { "accept-contact" }, { "*;audio" }, 1,
	  UINT64_C(0x0a5097735c2a29f2) },
	{ "LD-08-all-in-order", "sip:n.example;lr", 3, 0,
	  { "accept-contact", "accept-contact", "request-disposition" },
	  { "*;audio", "*;video;require", "no-fork" }, 1, UINT64_C(0xcf5f06a769da0a35) },
	{ "LD-08-empty", NULL, 1, 0, { "event" }, { "" }, 1, UINT64_C(0x28d3876d1568509d) },
	{ "LD-08-most", NULL, 0, 24, { "reject-contact" }, { "*;x" }, 1,
	  UINT64_C(0x3bab537d4c1892b0) },
	{ "LD-08-more", NULL, 0, 30, { "reject-contact" }, { "*;x" }, 1,
	  UINT64_C(0x3bab537d4c1892b0) },
	{ "LD-08-long", NULL, 0, 20, { "accept-contact" }, { NULL }, 1,
	  UINT64_C(0x87d804a7febaec5e) },
	{ "LD-17-0", NULL, 0, 0, { 0 }, { 0 }, 0, UINT64_C(0x9131cd0961f94074) },
	{ "LD-17-9", NULL, 0, 0, { 0 }, { 0 }, 9, UINT64_C(0x0de3f7716d8788e5) },
	{ "LD-17-10", NULL, 0, 0, { 0 }, { 0 }, 10, UINT64_C(0xee6e9ed69cb60b0e) },
	{ "LD-17-eight-digits", NULL, 0, 0, { 0 }, { 0 }, 12345678, UINT64_C(0x6cc0b58669119e6c) },
	{ "LD-17-99999999", NULL, 0, 0, { 0 }, { 0 }, 99999999, UINT64_C(0x8a2c23f01b64ac5f) },
	{ "LD-17-100000000", NULL, 0, 0, { 0 }, { 0 }, 100000000, UINT64_C(0x1c4389d50e6a7334) },
	{ "LD-17-ten-digits", NULL, 0, 0, { 0 }, { 0 }, 1234567890, UINT64_C(0x109ee1acfae655f5) },
	{ "LD-17-most", NULL, 0, 0, { 0 }, { 0 }, UINT32_MAX, UINT64_C(0x4d0159700bc5adce) },
	/* clang-format on */
};

static void
further_counts(void **state)
{
	const struct further_row *row = *state;
	struct loop_further further[30];
	struct loop_input in = { .next_route = slice_str(row->next), .further = further };
	char numbered[30][128];
	struct loop_part part;

	for (unsigned int i = 0; i < row->count; i++)
		further[i] =
			(struct loop_further){ slice_str(row->name[i]), slice_str(row->value[i]) };
	for (unsigned int i = 0; i < row->copies; i++) {
		memset(numbered[i], 'v', 100);
		numbered[i][100] = '\0';
		memcpy(numbered[i], "*;", 2);
		if (row->value[0] != NULL)
			snprintf(numbered[i], sizeof(numbered[i]), "%s%02u", row->value[0], i);
		further[i] =
			(struct loop_further){ slice_str(row->name[0]), slice_str(numbered[i]) };
	}
	in.further_count = row->count + row->copies;
	part = make("sip:a@p1.example.com", &in, CALL_ID, row->cseq);
	assert_int_equal(part.h1, row->h1);
	assert_int_equal(part.h2, 0x2bcb23b0);
}
GTEST_ROWS(Loop, furthers, label, further_counts);

/* ---- held against the text of the specification, octet by octet ---- */

static size_t
append(char *out, size_t n, char tag, struct slice value)
{
	out[n] = tag;
	out[n + 1] = (char)(value.len >> 8);
	out[n + 2] = (char)value.len;
	memcpy(out + n + 3, value.ptr, value.len);
	return n + 3 + value.len;
}

/* Canonical URIs of every length, with Call-IDs of many: both hashes as they are defined. */
GTEST(Loop, LD_08_any_length)
{
	const struct siphash_key key = { 5, 6 };
	static char items[8192], uri_text[1400], call_id[200];
	uint64_t seed = 3;

	for (size_t user = 1; user < 1200; user += user < 80 ? 1 : 37) {
		for (size_t params = 0; params < 40; params += 3) {
			size_t n = 0, id_len = 1 + random_below(&seed, 150);
			struct slice text, aor;
			struct loop_part part;
			struct sip_uri uri;
			struct loop_input in = { .uri = &uri, .cseq = 71 };

			memset(call_id, 'c', id_len);
			in.call_id = at_wall(slice_of(call_id, id_len));
			n = (size_t)snprintf(uri_text, sizeof(uri_text), "sip:%0*d@h%s%.*s",
					     (int)user, 7, params > 0 ? ";" : "", (int)params,
					     "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst");
			text = behind_wall(slice_of(uri_text, n));
			aor = slice_of(text.ptr, n - (params > 0 ? params + 1 : 0));
			assert_true(sip_uri_decode(text, &uri));
			part = loop_part_make(key, &in);
			n = append(items, 0, 'U', text);
			n = append(items, n, 'I', in.call_id);
			n = append(items, n, 'C', SLICE("71"));
			assert_int_equal(part.h1, siphash(key, items, n));
			n = append(items, 0, 'A', aor);
			assert_int_equal(part.h2, (uint32_t)siphash(key, items, n));
		}
	}
}

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
	{ "LD-14-port-zeros", "sip:a@p:05060", "sip:a@p:5060", true, true },
	{ "LD-14-password", "sip:a:x@p", "sip:a@p", true, true },
	{ "LD-14-capitals-in-user", "sip:Ab%63@P", "sip:Abc@p", true, true },
	{ "LD-14-name-behind-value", "sip:a@p;x=Y;Z", "sip:a@p;x=Y;z", true, true },
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
