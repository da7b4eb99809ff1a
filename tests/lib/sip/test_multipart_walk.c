/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/multipart.h"

#define MIXED "multipart/mixed;boundary=b"
#define TYPE(boundary) "Content-Type: multipart/alternative; boundary=" boundary "\r\n"

/* The parts that a walk gives: depth and the first octet of the content each. */
static const struct walk_row {
	const char *label;
	const char *body;
	struct sip_multipart_limits limits;
	const char *want;
	enum sip_multipart_fault fault;
} walks[] = {
	/* clang-format off */
	{ "flat", "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--", { 0, 0 }, "1x 1y ", SIP_MULTIPART_NONE },
	{ "nested", "--b\r\n\r\nx\r\n--b\r\n" TYPE("c") "\r\n--c\r\n\r\nz\r\n--c\r\n\r\nu\r\n--c--\r\n--b"
	  "\r\n\r\ny\r\n--b--", { 2, 5 }, "1x 1- 2z 2u 1y ", SIP_MULTIPART_NONE },
	{ "boundary-begins-as-the-outer", "--b\r\n" TYPE("bb") "\r\n--bb\r\n\r\nz\r\n--bb--\r\n--b--",
	  { 0, 0 }, "1- 2z ", SIP_MULTIPART_NONE },
	{ "too-deep", "--b\r\n" TYPE("c") "\r\n--c\r\n" TYPE("d") "\r\n--d\r\n\r\nz\r\n--d--\r\n--c--\r\n"
	  "--b--", { 2, 0 }, "1- 2- ", SIP_MULTIPART_TOO_DEEP },
	{ "EM-08-parts", "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b\r\n\r\nz\r\n--b--", { 0, 2 }, "1x 1y ",
	  SIP_MULTIPART_TOO_MANY_PARTS },
	{ "parts-on-all-levels", "--b\r\n" TYPE("c") "\r\n--c\r\n\r\nx\r\n--c--\r\n--b\r\n\r\ny\r\n--b--",
	  { 0, 2 }, "1- 2x ", SIP_MULTIPART_TOO_MANY_PARTS },
	{ "inner-unclosed", "--b\r\n" TYPE("c") "\r\n--c\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--", { 0, 0 },
	  "1- ", SIP_MULTIPART_UNCLOSED },
	{ "inner-empty", "--b\r\n" TYPE("c") "\r\n\r\n--b--", { 0, 0 }, "1 ",
	  SIP_MULTIPART_NO_DELIMITER },
	{ "inner-no-boundary", "--b\r\nContent-Type: multipart/x\r\n\r\nx\r\n--b--", { 0, 0 }, "1x ",
	  SIP_MULTIPART_NO_BOUNDARY },
	{ "inner-type-bad", "--b\r\nContent-Type: multipart\r\n\r\nx\r\n--b--", { 0, 0 }, "",
	  SIP_MULTIPART_CONTENT_TYPE },
	{ "RFC2045-6.4", "--b\r\n" TYPE("c") "Content-Transfer-Encoding: base64\r\n\r\nLS1j\r\n--b--",
	  { 0, 0 }, "", SIP_MULTIPART_ENCODED },
	{ "RFC2045-6.4-8bit", "--b\r\n" TYPE("c") "Content-Transfer-Encoding: 8bit\r\n\r\n--c\r\n\r\nx"
	  "\r\n--c--\r\n--b--", { 0, 0 }, "1- 2x ", SIP_MULTIPART_NONE },
	{ "encoded-leaf", "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	  "x\r\n--b--", { 0, 0 }, "1x ", SIP_MULTIPART_NONE },
	{ "other-boundary-missing", "x", { 0, 0 }, "", SIP_MULTIPART_NO_DELIMITER },
	/* clang-format on */
};

static void
body_is_walked(void **state)
{
	const struct walk_row *row = *state;
	struct slice body = at_wall(slice_str(row->body));
	struct sip_multipart_part part;
	struct sip_multipart_walk walk;
	char got[128] = "";

	sip_multipart_walk_init(&walk, body, SLICE(MIXED), &row->limits);
	while (sip_multipart_walk_next(&walk, &part)) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof(got) - n, "%u%.*s ", walk.depth,
			 part.content.len > 0 ? 1 : 0, part.content.ptr);
	}
	assert_string_equal(got, row->want);
	assert_string_equal(sip_multipart_fault_text(walk.fault),
			    sip_multipart_fault_text(row->fault));
	assert_false(sip_multipart_walk_next(&walk, &part));
}
GTEST_ROWS(MultipartWalk, walks, label, body_is_walked);

/* `levels` multipart bodies in one another, the innermost with one part of text. */
static struct slice
nested(char *out, size_t size, unsigned int levels)
{
	size_t n = 0;

	for (unsigned int i = 1; i < levels; i++)
		n += (size_t)snprintf(out + n, size - n, "--b%u\r\n%s%u\r\n\r\n", i,
				      "Content-Type: multipart/mixed;boundary=b", i + 1);
	n += (size_t)snprintf(out + n, size - n, "--b%u\r\n\r\nx", levels);
	for (unsigned int i = levels; i > 0; i--)
		n += (size_t)snprintf(out + n, size - n, "\r\n--b%u--", i);
	return slice_of(out, n);
}

/* EM-08: 8 levels are walked, more are a fault. */
GTEST(MultipartWalk, deepest)
{
	const struct sip_multipart_limits limits = { 99, 99 };
	struct sip_multipart_part part;
	struct sip_multipart_walk walk;
	char body[2048];

	for (unsigned int levels = 1; levels <= SIP_MULTIPART_DEPTH + 2; levels++) {
		bool fits = levels <= SIP_MULTIPART_DEPTH;
		unsigned int n = 0;

		sip_multipart_walk_init(&walk, nested(body, sizeof(body), levels),
					SLICE("multipart/mixed;boundary=b1"), &limits);
		while (sip_multipart_walk_next(&walk, &part))
			assert_int_equal(walk.depth, ++n);
		assert_int_equal(n, fits ? levels : SIP_MULTIPART_DEPTH);
		assert_int_equal(walk.fault, fits ? SIP_MULTIPART_NONE : SIP_MULTIPART_TOO_DEEP);
	}
}

static const char ids[] = "--b\r\nContent-ID: <one@a>\r\n\r\n1\r\n"
			  "--b\r\n" TYPE("c") "Content-ID: outer@a\r\n\r\n"
					      "--c\r\nContent-ID: <in%ner@a>\r\n\r\n2\r\n"
					      "--c\r\nContent-ID: <twice@a>\r\n\r\n3\r\n--c--\r\n"
					      "--b\r\nContent-ID: <bad\r\n\r\n4\r\n"
					      "--b\r\nContent-ID: <twice@a>\r\n\r\n5\r\n--b--";

static const struct find_row {
	const char *label;
	const char *id;
	const char *url;
	enum sip_multipart_fault result;
	char content;
} finds[] = {
	{ "EM-06", "one@a", "cid:one@a", SIP_MULTIPART_NONE, '1' },
	{ "EM-06-nested", "in%ner@a", "cid:in%25ner@a", SIP_MULTIPART_NONE, '2' },
	{ "EM-06-bare", "outer@a", "cid:outer@a", SIP_MULTIPART_NONE, '-' },
	{ "EM-07-not-found", "two@a", "cid:two@a", SIP_MULTIPART_NOT_FOUND, 0 },
	{ "EM-06-case", "One@a", "cid:One@a", SIP_MULTIPART_NOT_FOUND, 0 },
	{ "malformed", "bad", "cid:bad", SIP_MULTIPART_NOT_FOUND, 0 },
	{ "brackets", "<one@a>", "<cid:one@a>", SIP_MULTIPART_NOT_FOUND, 0 },
	{ "ambiguous", "twice@a", "cid:twice@a", SIP_MULTIPART_AMBIGUOUS, 0 },
};

static void
part_is_found(void **state)
{
	const struct find_row *row = *state;
	const struct sip_multipart_limits limits = { 0, 0 };
	struct slice body = at_wall(slice_str(ids)), type = SLICE(MIXED);
	struct sip_multipart_part part;

	assert_int_equal(sip_multipart_find(body, type, &limits, slice_str(row->id), &part),
			 row->result);
	if (row->result == SIP_MULTIPART_NONE)
		assert_int_equal(part.content.ptr[0], row->content);
	assert_int_equal(sip_multipart_find_url(body, type, &limits, slice_str(row->url), &part),
			 row->result);
	if (row->result == SIP_MULTIPART_NONE)
		assert_int_equal(part.content.ptr[0], row->content);
}
GTEST_ROWS(MultipartWalk, finds, label, part_is_found);

/* A fault behind the part that was looked for is not passed over. */
GTEST(MultipartWalk, find_looks_to_the_end)
{
	const struct sip_multipart_limits limits = { 0, 0 };
	struct slice body = SLICE("--b\r\nContent-ID: <a@b>\r\n\r\n1\r\n--b\r\n\r\n2");
	struct sip_multipart_part part;

	assert_int_equal(sip_multipart_find(body, SLICE(MIXED), &limits, SLICE("a@b"), &part),
			 SIP_MULTIPART_UNCLOSED);
}
