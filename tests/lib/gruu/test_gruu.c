/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu_support.h"
#include "sip/field/contact.h"

#define GR ";gr=urn:uuid:" UUID
#define PLUS_USER "tgruu.mGWcowZthCEfFbpX+1UY8Q1LkvmZsN+YvFOQ"

static const struct uri_row {
	const char *label;
	const char *text;
	enum gruu_kind kind;
	const char *instance; /* NULL: none */
	const char *grid;     /* NULL: none */
	uint64_t epoch;
} uris[] = {
	/* clang-format off */
	{ "GR-25-public", "sip:bob@example.com" GR, GRUU_PUBLIC, "urn:uuid:" UUID, NULL, 0 },
	{ "GR-23-sips", "sips:bob@example.com" GR, GRUU_PUBLIC, "urn:uuid:" UUID, NULL, 0 },
	{ "GR-39-name-case", "sip:bob@example.com;GR=x", GRUU_PUBLIC, "x", NULL, 0 },
	{ "GR-39-name-escaped", "sip:bob@example.com;%67%52=x", GRUU_PUBLIC, "x", NULL, 0 },
	{ "GR-39-among-others", "sip:bob@example.com;transport=tcp" GR ";user=phone?Subject=x",
	  GRUU_PUBLIC, "urn:uuid:" UUID, NULL, 0 },
	{ "GR-39-value-case",
	  "sip:bob@example.com;gr=URN:UUID:3F1C2B6E-0D57-4C0A-9A54-5B8E1F0C7D21",
	  GRUU_PUBLIC, "urn:uuid:" UUID, NULL, 0 },
	{ "GR-39-value-escaped", "sip:bob@example.com;gr=urn:x:a%3fb", GRUU_PUBLIC, "urn:x:a?b",
	  NULL, 0 },
	{ "GR-39-no-user", "sip:example.com;gr=x", GRUU_PUBLIC, "x", NULL, 0 },
	{ "GR-39-no-urn", "sip:nobody@example.com;gr=x", GRUU_PUBLIC, "x", NULL, 0 },
	{ "GR-48-grid-of-public", "sip:bob@example.com;grid=99a" GR, GRUU_PUBLIC,
	  "urn:uuid:" UUID, "99a", 0 },

	{ "GR-25-temporary", "sip:" USER_1 "@example.com;gr", GRUU_TEMPORARY, NULL, NULL, 0x42 },
	{ "GR-25-temporary-sips", "SIPS:" USER_3 "@example.com;gr", GRUU_TEMPORARY, NULL, NULL,
	  0x43 },
	{ "5.1-10-other-alphabet", "sip:" PLUS_USER "@example.com;gr", GRUU_TEMPORARY, NULL, NULL,
	  0x42 },
	{ "5.1-10-escapes",
	  "sip:%74" "gruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN%2DYvFOQ@example.com;%47R",
	  GRUU_TEMPORARY, NULL, NULL, 0x42 },
	{ "GR-39-temporary-password", "sip:" USER_1 ":x@example.com;gr", GRUU_TEMPORARY, NULL, NULL,
	  0x42 },
	{ "GR-48-grid-of-temporary", "sip:" USER_1 "@example.com;gr;grid=1", GRUU_TEMPORARY, NULL,
	  "1", 0x42 },

	{ "GR-41-draft", "sip:bob@example.com;opaque=urn:uuid:" UUID, GRUU_DRAFT,
	  "urn:uuid:" UUID, NULL, 0 },
	{ "GR-41-draft-case", "sip:bob@example.com;OPAQUE=URN:Uuid:" UUID, GRUU_DRAFT,
	  "urn:uuid:" UUID, NULL, 0 },
	{ "GR-41-draft-escaped", "sip:bob@example.com;%6Fpaque=%75rn%3ax:1", GRUU_DRAFT, "urn:x:1",
	  NULL, 0 },
	{ "GR-48-grid", "sip:bob@example.com;opaque=urn:uuid:" UUID ";grid=99a", GRUU_DRAFT,
	  "urn:uuid:" UUID, "99a", 0 },
	{ "GR-48-grid-as-written", "sip:bob@example.com;opaque=urn:x:1;%67RID=%39%3b", GRUU_DRAFT,
	  "urn:x:1", "%39%3b", 0 },
	{ "GR-48-grid-without-value", "sip:bob@example.com;opaque=urn:x:1;grid", GRUU_DRAFT,
	  "urn:x:1", "", 0 },
	{ "GR-41-gr-counts", "sip:bob@example.com;opaque=urn:x:1;gr=urn:x:2", GRUU_PUBLIC,
	  "urn:x:2",
	  NULL, 0 },
	{ "GR-41-gr-counts-temporary", "sip:" USER_1 "@example.com;opaque=urn:x:1;gr",
	  GRUU_TEMPORARY,
	  NULL, NULL, 0x42 },

	{ "GR-57-gr-removed", "sip:bob@example.com", GRUU_NONE, NULL, NULL, 0 },
	{ "none-other-params", "sip:bob@example.com;user=phone;lr", GRUU_NONE, NULL, NULL, 0 },
	{ "none-like-names", "sip:bob@example.com;g=1;grx=1;xgr=1;grids=1;opaqu=urn:x:1;gr%20=1",
	  GRUU_NONE, NULL, NULL, 0 },
	{ "none-opaque-of-another-use", "sip:bob@example.com;opaque=hello", GRUU_NONE, NULL, NULL,
	  0 },
	{ "none-opaque-without-value", "sip:bob@example.com;opaque", GRUU_NONE, NULL, NULL, 0 },
	{ "none-opaque-twice", "sip:bob@example.com;opaque=a;opaque=b", GRUU_NONE, NULL, NULL, 0 },
	{ "none-opaque-like-urn", "sip:bob@example.com;opaque=urnx:1", GRUU_NONE, NULL, NULL, 0 },
	{ "none-grid-alone", "sip:bob@example.com;grid=1", GRUU_NONE, NULL, NULL, 0 },
	{ "none-in-user", "sip:bob;gr=x@example.com", GRUU_NONE, NULL, NULL, 0 },
	{ "none-in-headers", "sip:bob@example.com?gr=x", GRUU_NONE, NULL, NULL, 0 },
	{ "none-host-only", "sip:tgruu.example.com", GRUU_NONE, NULL, NULL, 0 },
	{ "none-user-case", "sip:Tgruu.x@example.com", GRUU_NONE, NULL, NULL, 0 },
	{ "none-tel", "tel:+15550100;gr=x", GRUU_NONE, NULL, NULL, 0 },
	{ "none-other-scheme", "mailto:tgruu.x@example.com;gr", GRUU_NONE, NULL, NULL, 0 },

	{ "GR-56-gr-removed", "sip:" USER_1 "@example.com", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-56-gr-removed-escaped", "sip:tgruu%2e@example.com", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-56-other-params", "sip:" USER_1 "@example.com;user=ip", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-56-gr-with-value", "sip:" USER_1 "@example.com;gr=x", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-56-opaque", "sip:" USER_1 "@example.com;opaque=urn:x:1", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-no-value", "sip:bob@example.com;gr", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-no-value-no-user", "sip:example.com;gr", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-forged", "sip:tgruu.nGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ@example.com;gr", GRUU_BAD,
	  NULL, NULL, 0 },
	{ "5.1-10-spare-bits", "sip:tgruu.mGWcowZthCEfFbpX-1UY8R1LkvmZsN-YvFOQ@example.com;gr",
	  GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-no-instance", "sip:bob@example.com;gr=urn:x:%0D%0A", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-41-no-instance", "sip:bob@example.com;opaque=urn:x:%22;grid=1", GRUU_BAD, NULL, NULL,
	  0 },
	{ "GR-40-gr-twice", "sip:bob@example.com;gr=x;gr=x", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-gr-twice-escaped", "sip:bob@example.com;gr=x;%67r=y", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-40-gr-twice-temporary", "sip:" USER_1 "@example.com;gr;gr", GRUU_BAD, NULL, NULL, 0 },
	{ "GR-41-opaque-twice", "sip:bob@example.com;opaque=urn:x:1;opaque=urn:x:2", GRUU_BAD, NULL,
	  NULL, 0 },
	{ "GR-48-grid-twice", "sip:bob@example.com;gr=x;grid=1;grid=2", GRUU_BAD, NULL, NULL, 0 },
	/* clang-format on */
};

static enum gruu_kind
read_uri(const char *text, struct gruu *out)
{
	struct temp_gruu_keys keys = vector_keys();
	struct sip_uri uri;

	assert_true(sip_uri_decode(at_wall(slice_str(text)), &uri));
	memset(out, 0xa5, sizeof(*out));
	return gruu_of_uri(&keys, &uri, out);
}

static void
check_uri(void **state)
{
	const struct uri_row *r = *state;
	struct gruu g;

	assert_int_equal(read_uri(r->text, &g), r->kind);
	assert_int_equal(g.kind, r->kind);
	assert_int_equal(gruu_status(g.kind), r->kind == GRUU_BAD ? 404 : 0);
	assert_string_equal(g.instance, r->instance != NULL ? r->instance : "");
	assert_int_equal(g.instance_len, strlen(g.instance));
	assert_int_equal(g.epoch, r->epoch);
	assert_int_equal(g.has_grid, r->grid != NULL);
	assert_true(slice_eq(g.grid, slice_str(r->grid)));
}
GTEST_ROWS(Gruu, uris, label, check_uri);

static const struct long_row {
	const char *label;
	const char *head; /* then letters */
	size_t len;       /* of the value */
	enum gruu_kind kind;
} longs[] = {
	{ "5.2-gr-513", "sip:bob@example.com;gr=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-gr-8192", "sip:bob@example.com;gr=urn:x:", 8192, GRUU_TOO_LONG },
	{ "5.2-gr-512", "sip:bob@example.com;gr=urn:x:", 512, GRUU_BAD },
	{ "5.2-gr-256", "sip:bob@example.com;gr=urn:x:", 256, GRUU_PUBLIC },
	{ "5.2-gr-257", "sip:bob@example.com;gr=urn:x:", 257, GRUU_BAD },
	{ "5.2-temporary-gr-513", "sip:" USER_1 "@example.com;gr=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-opaque-513", "sip:bob@example.com;opaque=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-opaque-512", "sip:bob@example.com;opaque=urn:x:", 512, GRUU_BAD },
	{ "5.2-opaque-256", "sip:bob@example.com;opaque=urn:x:", 256, GRUU_DRAFT },
	{ "5.2-opaque-no-urn", "sip:bob@example.com;opaque=nrn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-opaque-no-urn-512", "sip:bob@example.com;opaque=nrn:x:", 512, GRUU_NONE },
	{ "5.2-grid-513", "sip:bob@example.com;gr=x;grid=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-grid-512", "sip:bob@example.com;gr=x;grid=urn:x:", 512, GRUU_PUBLIC },
	{ "5.2-grid-alone", "sip:bob@example.com;grid=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-second", "sip:bob@example.com;gr=x;gr=urn:x:", 513, GRUU_TOO_LONG },
	{ "5.2-others-as-long-as-they-like", "sip:bob@example.com;gr=x;x=urn:x:", 8192,
	  GRUU_PUBLIC },
};

static void
check_long(void **state)
{
	static char text[10000];
	const struct long_row *r = *state;
	size_t n = strlen(r->head);
	struct gruu g;

	memcpy(text, r->head, n);
	memset(text + n, 'a', r->len - 6);
	text[n + r->len - 6] = '\0';
	assert_int_equal(read_uri(text, &g), r->kind);
	assert_int_equal(gruu_status(g.kind), r->kind == GRUU_TOO_LONG ? 414
					      : r->kind == GRUU_BAD    ? 404
								       : 0);
	if (gruu_status(g.kind) != 0) {
		assert_int_equal(g.instance_len, 0);
		assert_false(g.has_grid);
	}
}
GTEST_ROWS(Gruu, longs, label, check_long);

static const struct aor_row {
	const char *label;
	const char *text, *aor;
} aors[] = {
	{ "GR-57-public", "sip:bob@Example.com" GR, "sip:bob@example.com" },
	{ "GR-23-sips", "sips:bob@example.com:5061" GR, "sip:bob@example.com:5061" },
	{ "GR-37-draft", "sip:b%6Fb@example.com;opaque=urn:uuid:" UUID ";grid=1",
	  "sip:bob@example.com" },
};

static void
check_aor(void **state)
{
	const struct aor_row *r = *state;
	struct sip_uri uri;
	char aor[256];

	assert_true(sip_uri_decode(slice_str(r->text), &uri));
	assert_slice(slice_of(aor, gruu_aor(&uri, aor, sizeof(aor))), r->aor);
}
GTEST_ROWS(Gruu, aors, label, check_aor);

/* ---- writing ---- */

typedef void put_fn(struct sip_writer *w, bool sips, struct slice a, struct slice b);

static const struct put_row {
	const char *label;
	put_fn *put;
	bool sips;
	struct slice a, b;
	const char *want; /* NULL: refused */
} written[] = {
	{ "GR-08", gruu_put_public, false, SLICE("bob@example.com"), SLICE("urn:uuid:" UUID),
	  "sip:bob@example.com;gr=urn:uuid:" UUID },
	{ "GR-23-public", gruu_put_public, true, SLICE("bob@example.com:5061"), SLICE("x"),
	  "sips:bob@example.com:5061;gr=x" },
	{ "GR-08-escapes", gruu_put_public, false, SLICE("b;x?@[2001:db8::1]"),
	  SLICE("urn:x:a;b%3F"), "sip:b;x?@[2001:db8::1];gr=urn:x:a%3Bb%253F" },
	{ "GR-08-no-user", gruu_put_public, false, SLICE("example.com"), SLICE("urn:x:1"),
	  "sip:example.com;gr=urn:x:1" },
	{ "GR-18", gruu_put_temp, false, SLICE(USER_1), SLICE("example.com"),
	  "sip:" USER_1 "@example.com;gr" },
	{ "GR-23-temporary", gruu_put_temp, true, SLICE(USER_1), SLICE("[2001:db8::1]:5061"),
	  "sips:" USER_1 "@[2001:db8::1]:5061;gr" },
	{ "GR-22", gruu_put_draft, false, SLICE("bob@example.com"), SLICE("urn:uuid:" UUID),
	  "sip:bob@example.com;opaque=urn:uuid:" UUID },
	{ "GR-23-draft", gruu_put_draft, true, SLICE("bob@example.com"), SLICE("urn:x:@"),
	  "sips:bob@example.com;opaque=urn:x:%40" },
	{ "GR-20-escaped-quote", gruu_put_public, false, SLICE("b%22%5C@example.com"), SLICE("x"),
	  "sip:b%22%5C@example.com;gr=x" },
	{ "GR-20-quote-in-instance", gruu_put_public, false, SLICE("b@example.com"), SLICE("\"\\"),
	  "sip:b@example.com;gr=%22%5C" },
	{ "GR-20-quote", gruu_put_public, false, SLICE("b\"@example.com"), SLICE("x"), NULL },
	{ "GR-20-backslash", gruu_put_public, false, SLICE("b\\@example.com"), SLICE("x"), NULL },
	{ "GR-20-line", gruu_put_public, false, SLICE("b\r\n@example.com"), SLICE("x"), NULL },
	{ "GR-20-line-in-instance", gruu_put_public, false, SLICE("b@example.com"), SLICE("x\r\n"),
	  NULL },
	{ "GR-20-bracket", gruu_put_public, false, SLICE("b>@example.com"), SLICE("x"), NULL },
	{ "GR-20-quote-in-domain", gruu_put_temp, false, SLICE(USER_1), SLICE("example.com\""),
	  NULL },
	{ "GR-20-quote-in-user", gruu_put_temp, false, SLICE("\""), SLICE("example.com"), NULL },
	{ "nothing-aor", gruu_put_public, false, SLICE(""), SLICE("x"), NULL },
	{ "nothing-instance", gruu_put_public, false, SLICE("b@example.com"), SLICE(""), NULL },
	{ "nothing-user", gruu_put_temp, false, SLICE(""), SLICE("example.com"), NULL },
	{ "nothing-domain", gruu_put_temp, false, SLICE(USER_1), SLICE(""), NULL },
	{ "GR-22-no-urn", gruu_put_draft, false, SLICE("b@example.com"), SLICE("x"), NULL },
};

static void
check_put(void **state)
{
	const struct put_row *r = *state;
	char text[512];
	struct sip_writer w;

	sip_writer_init(&w, text, sizeof(text));
	r->put(&w, r->sips, r->a, r->b);
	assert_slice(sip_written(&w), r->want);
	if (r->want == NULL)
		return;
	for (size_t size = 0; size < strlen(r->want); size++) {
		sip_writer_init(&w, text, size);
		r->put(&w, r->sips, r->a, r->b);
		assert_true(w.overflow);
	}
}
GTEST_ROWS(Gruu, written, label, check_put);

/* What was written is read as what it was, also out of a Contact (GR-20, GR-25). */
static void
check_back(void **state)
{
	const struct put_row *r = *state;
	struct temp_gruu_keys keys = vector_keys();
	char text[1024], out[INSTANCE_MAX + 1];
	struct sip_contact contact;
	struct sip_uri uri;
	struct sip_writer w;
	struct gruu g;

	if (r->want == NULL)
		return;
	sip_writer_init(&w, text, sizeof(text));
	SIP_PUT(&w, "<sip:b@192.0.2.1>;pub-gruu=\"");
	r->put(&w, r->sips, r->a, r->b);
	SIP_PUT(&w, "\"");
	assert_true(sip_contact_decode(at_wall(sip_written(&w)), &contact));
	assert_slice(contact.pub_gruu, r->want);
	assert_true(sip_uri_decode(contact.pub_gruu, &uri));
	assert_int_equal(uri.scheme, r->sips ? SIP_SCHEME_SIPS : SIP_SCHEME_SIP);
	if (r->put == gruu_put_temp) {
		assert_int_equal(gruu_of_uri(&keys, &uri, &g), GRUU_TEMPORARY);
		assert_int_equal(g.epoch, 0x42);
	} else if (instance_canonical(r->b, out) > 0) {
		assert_int_equal(gruu_of_uri(&keys, &uri, &g),
				 r->put == gruu_put_draft ? GRUU_DRAFT : GRUU_PUBLIC);
		assert_true(slice_eq(slice_of(g.instance, g.instance_len), r->b));
	}
}
GTEST_ROWS(Gruu, written, label, check_back);
