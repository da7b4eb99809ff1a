/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/multipart.h"

#define MIXED "multipart/mixed;boundary=b"

/*
 * What an iterator gives, as text: each part as whole|headers|content and "&" behind, then the name
 * of the fault unless there is none.
 */
static const struct body_row {
	const char *label;
	const char *type;
	const char *body;
	const char *want;
	enum sip_multipart_fault fault;
} bodies[] = {
	/* clang-format off */
	{ "RFC2046-5.1.1", MIXED, "--b\r\nA: 1\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
	  "A: 1\r\n\r\nx|A: 1\r\n|x&\r\ny||y&", SIP_MULTIPART_NONE },
	{ "RFC2046-preamble", MIXED, "pre\r\namble --b\r\n--b\r\n\r\nx\r\n--b--", "\r\nx||x&", 0 },
	{ "RFC2046-empty-preamble", MIXED, "\r\n--b\r\n\r\nx\r\n--b--", "\r\nx||x&", 0 },
	{ "RFC2046-epilogue", MIXED, "--b\r\n\r\nx\r\n--b--\r\nepi\r\n--b\r\n\r\nz\r\n--b--\r\n",
	  "\r\nx||x&", 0 },
	{ "RFC2046-padding", MIXED, "--b \t \r\n\r\nx\r\n--b\t\r\n\r\ny\r\n--b--  \t", "\r\nx||x&"
	  "\r\ny||y&", 0 },
	{ "RFC2046-5.1.1-line-end-is-content", MIXED, "--b\r\n\r\nx\r\n\r\n--b--", "\r\nx\r\n||x\r\n&",
	  0 },
	{ "RFC2046-5.1.1-quoted", "multipart/mixed;boundary=\"g:'()+_,-./=? 0\"",
	  "--g:'()+_,-./=? 0\r\n\r\nx\r\n--g:'()+_,-./=? 0--", "\r\nx||x&", 0 },
	{ "boundary-escaped", "multipart/mixed;boundary=\"a\\b\\c\"", "--abc\r\n\r\nx\r\n--abc--",
	  "\r\nx||x&", 0 },
	{ "boundary-case", "multipart/mixed;boundary=B", "--b\r\n\r\nx\r\n--B\r\n\r\ny\r\n--B--",
	  "\r\ny||y&", 0 },
	{ "prefix-of-another", MIXED, "--b\r\n\r\n--bb\r\n\r\nx\r\n--bb--\r\n--b--",
	  "\r\n--bb\r\n\r\nx\r\n--bb--||--bb\r\n\r\nx\r\n--bb--&", 0 },
	{ "prefix-of-text", MIXED, "--b\r\n\r\n--b--x\r\n--b x\r\n--b -\r\n--b-\r\n--b--", "\r\n--b--x"
	  "\r\n--b x\r\n--b -\r\n--b-||--b--x\r\n--b x\r\n--b -\r\n--b-&", 0 },
	{ "not-at-line-start", MIXED, "--b\r\n\r\nx--b\r\n --b--\r\n--b--",
	  "\r\nx--b\r\n --b--||x--b\r\n --b--&", 0 },
	{ "bare-line-ends", MIXED, "--b\r\n\r\nx\n--b\r--b\n\r--b--\n--b\n\r\n--b--",
	  "\r\nx\n--b\r--b\n\r--b--\n--b\n||x\n--b\r--b\n\r--b--\n--b\n&", 0 },
	{ "bare-lf-before", MIXED, "--b\r\n\r\nx\n--b\r\ny\r\n--b--", "\r\nx\n--b\r\ny||x\n--b\r\ny&",
	  0 },
	{ "one-dash", MIXED, "--b\r\n\r\n--b-x\r\n--b--", "\r\n--b-x||--b-x&", 0 },
	{ "bare-line-end-behind", MIXED, "--b\r\n\r\nx\r\n--b\n\r\n--b\r\r\n--b--",
	  "\r\nx\r\n--b\n\r\n--b\r||x\r\n--b\n\r\n--b\r&", 0 },
	{ "empty-part", MIXED, "--b\r\n\r\n--b\r\n\r\n\r\n--b--", "||&\r\n||&", 0 },
	{ "empty-part-shared-line-end", MIXED, "--b\r\n--b\r\n--b--", "||&||&", 0 },
	{ "headers-alone", MIXED, "--b\r\nA: 1\r\nB: 2\r\n\r\n--b--", "A: 1\r\nB: 2\r\n|A: 1\r\nB: 2\r\n|&",
	  0 },
	{ "headers-shared-line-end", MIXED, "--b\r\nA: 1\r\n--b--", "A: 1|A: 1|&", 0 },
	{ "headers-folded", MIXED, "--b\r\nA:\r\n 1\r\n\t2 \r\nB :3\r\n\r\nx\r\n--b--",
	  "A:\r\n 1\r\n\t2 \r\nB :3\r\n\r\nx|A:\r\n 1\r\n\t2 \r\nB :3\r\n|x&", 0 },
	{ "type-bad", "multipart", "--b--", "", SIP_MULTIPART_CONTENT_TYPE },
	{ "type-other", "text/plain;boundary=b", "--b--", "", SIP_MULTIPART_NOT_MULTIPART },
	{ "type-case", "MULTIPART/x;BOUNDARY=b", "--b\r\n\r\nx\r\n--b--", "\r\nx||x&", 0 },
	{ "boundary-missing", "multipart/mixed", "--b--", "", SIP_MULTIPART_NO_BOUNDARY },
	{ "boundary-empty", "multipart/mixed;boundary=\"\"", "----", "", SIP_MULTIPART_BAD_BOUNDARY },
	{ "boundary-space-last", "multipart/mixed;boundary=\"b \"", "--b --", "",
	  SIP_MULTIPART_BAD_BOUNDARY },
	{ "boundary-char", "multipart/mixed;boundary=\"b;\"", "--b;--", "",
	  SIP_MULTIPART_BAD_BOUNDARY },
	{ "boundary-folded", "multipart/mixed;boundary=\"b\r\n c\"", "--b\r\n c--", "",
	  SIP_MULTIPART_BAD_BOUNDARY },
	{ "body-empty", MIXED, "", "", SIP_MULTIPART_NO_DELIMITER },
	{ "body-other", MIXED, "--c\r\n\r\n--c--", "", SIP_MULTIPART_NO_DELIMITER },
	{ "no-part", MIXED, "--b--\r\n", "", SIP_MULTIPART_NO_PART },
	{ "no-part-preamble", MIXED, "x\r\n--b--", "", SIP_MULTIPART_NO_PART },
	{ "unclosed", MIXED, "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n", "\r\nx||x&", SIP_MULTIPART_UNCLOSED },
	{ "unclosed-at-once", MIXED, "--b", "", SIP_MULTIPART_UNCLOSED },
	{ "unclosed-delimiter-last", MIXED, "--b\r\n\r\nx\r\n--b", "\r\nx||x&", SIP_MULTIPART_UNCLOSED },
	{ "unclosed-one-dash", MIXED, "--b\r\n\r\nx\r\n--b-", "", SIP_MULTIPART_UNCLOSED },
	{ "unclosed-cr", MIXED, "--b\r\n\r\nx\r\n--b--\r", "", SIP_MULTIPART_UNCLOSED },
	{ "header-no-colon", MIXED, "--b\r\nhello\r\n\r\nx\r\n--b--", "", SIP_MULTIPART_PART_HEADER },
	{ "header-no-name", MIXED, "--b\r\n: x\r\n\r\nx\r\n--b--", "", SIP_MULTIPART_PART_HEADER },
	{ "header-space-in-name", MIXED, "--b\r\nA b: x\r\n\r\n--b--", "", SIP_MULTIPART_PART_HEADER },
	{ "header-continues-nothing", MIXED, "--b\r\n A: x\r\n\r\n--b--", "",
	  SIP_MULTIPART_PART_HEADER },
	{ "header-bare-lf", MIXED, "--b\r\nA: x\nB: y\r\n\r\n--b--", "", SIP_MULTIPART_PART_HEADER },
	{ "header-bare-cr", MIXED, "--b\r\nA: x\rB: y\r\n\r\n--b--", "", SIP_MULTIPART_PART_HEADER },
	{ "second-part-bad", MIXED, "--b\r\n\r\nx\r\n--b\r\nbad\r\n\r\n\r\n--b--", "\r\nx||x&",
	  SIP_MULTIPART_PART_HEADER },
	{ "duplicate", MIXED, "--b\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n\r\n\r\n--b--", "",
	  SIP_MULTIPART_DUPLICATE_HEADER },
	{ "duplicate-id", MIXED, "--b\r\nContent-ID: <a@b>\r\nContent-ID: <a@b>\r\n\r\n\r\n--b--", "",
	  SIP_MULTIPART_DUPLICATE_HEADER },
	/* clang-format on */
};

static void
put(char *out, size_t size, struct slice s, const char *behind)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%.*s%s", SLICE_FMT(s), behind);
}

static void
body_is_taken_apart(void **state)
{
	const struct body_row *row = *state;
	struct slice body = at_wall(slice_str(row->body));
	struct sip_multipart_part part;
	struct sip_multipart it;
	char got[512] = "";

	sip_multipart_init(&it, body, slice_str(row->type));
	while (sip_multipart_next(&it, &part)) {
		put(got, sizeof(got), part.whole, "|");
		put(got, sizeof(got), part.headers, "|");
		put(got, sizeof(got), part.content, "&");
		assert_non_null(part.content.ptr);
	}
	assert_string_equal(got, row->want);
	assert_string_equal(sip_multipart_fault_text(it.fault),
			    sip_multipart_fault_text(row->fault));
	assert_false(sip_multipart_next(&it, &part));
}
GTEST_ROWS(Multipart, bodies, label, body_is_taken_apart);

/* No beginning of a body is taken for the whole: the closing delimiter is its last line. */
GTEST(Multipart, truncations)
{
	static const char body[] = "--b\r\nA: 1\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--";
	struct sip_multipart_part part;
	struct sip_multipart it;

	for (size_t len = 0; len < sizeof(body) - 1; len++) {
		sip_multipart_init(&it, at_wall(slice_of(body, len)), SLICE(MIXED));
		while (sip_multipart_next(&it, &part))
			;
		assert_int_not_equal(it.fault, SIP_MULTIPART_NONE);
	}
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (size_t len = 0; len <= strlen(bodies[i].body); len++) {
			sip_multipart_init(&it, at_wall(slice_of(bodies[i].body, len)),
					   slice_str(bodies[i].type));
			while (sip_multipart_next(&it, &part))
				;
		}
}

/* RFC 4475 §3.1.1.11: the content has every octet there is in it. */
GTEST(Multipart, binary_content)
{
	char body[400] = "--b\r\nContent-Type: application/octet-stream\r\n"
			 "Content-Transfer-Encoding: binary\r\n\r\n";
	size_t head = strlen(body);
	struct sip_multipart_part part;
	struct sip_multipart it;

	for (unsigned int i = 0; i < 256; i++)
		body[head + i] = (char)i;
	memcpy(body + head + 256, "\r\n--b--\r\n", 9);
	assert_int_equal(
		sip_multipart_init(&it, at_wall(slice_of(body, head + 256 + 9)), SLICE(MIXED)),
		SIP_MULTIPART_NONE);
	assert_true(sip_multipart_next(&it, &part));
	assert_int_equal(part.content.len, 256);
	assert_memory_equal(part.content.ptr, body + head, 256);
	assert_int_equal(part.whole.len, head - 5 + 256);
	assert_memory_equal(part.whole.ptr, body + 5, part.whole.len);
	assert_slice(part.field[SIP_MIME_CONTENT_TYPE], "application/octet-stream");
	assert_slice(part.field[SIP_MIME_CONTENT_TRANSFER_ENCODING], "binary");
	assert_false(sip_multipart_next(&it, &part));
	assert_int_equal(it.fault, SIP_MULTIPART_NONE);
}

GTEST(Multipart, boundary_length)
{
	char type[128], body[256];
	struct sip_multipart it;

	for (int len = 69; len <= 72; len++) {
		snprintf(type, sizeof(type), "multipart/mixed;boundary=%0*d", len, 7);
		snprintf(body, sizeof(body), "--%0*d\r\n\r\nx\r\n--%0*d--", len, 7, len, 7);
		assert_int_equal(sip_multipart_init(&it, at_wall(slice_str(body)), slice_str(type)),
				 len <= 70 ? SIP_MULTIPART_NONE : SIP_MULTIPART_BAD_BOUNDARY);
	}
}

GTEST(Multipart, headers)
{
	struct slice body =
		SLICE("--b\r\ncontent-TYPE :\r\n text/plain ;x=y\r\nX-A: 1\r\nX-A: 2\r\n"
		      "c: a/b\r\nContent-ID: <a@b>\r\nContent-Disposition: icon\r\n\r\n"
		      "Content-Transfer-Encoding: binary\r\n--b--");
	struct slice name, value, rest;
	struct sip_multipart_part part;
	struct sip_multipart it;
	unsigned int n = 0;

	sip_multipart_init(&it, body, SLICE(MIXED));
	assert_true(sip_multipart_next(&it, &part));
	assert_slice(part.field[SIP_MIME_CONTENT_TYPE], "text/plain ;x=y");
	assert_slice(part.field[SIP_MIME_CONTENT_ID], "<a@b>");
	assert_slice(part.field[SIP_MIME_CONTENT_DISPOSITION], "icon");
	assert_slice(part.field[SIP_MIME_CONTENT_TRANSFER_ENCODING], NULL);
	assert_slice(sip_multipart_header(&part, SLICE("x-a")), "1");
	assert_slice(sip_multipart_header(&part, SLICE("Content-Type")), "text/plain ;x=y");
	assert_slice(sip_multipart_header(&part, SLICE("X-B")), NULL);
	for (rest = part.headers; sip_mime_header_next(&rest, &name, &value); n++)
		assert_true(name.len > 0 && value.ptr != NULL);
	assert_int_equal(n, 6);
	assert_null(rest.ptr);
	rest = SLICE("bad\r\n");
	assert_false(sip_mime_header_next(&rest, &name, &value));
	assert_non_null(rest.ptr);
}
