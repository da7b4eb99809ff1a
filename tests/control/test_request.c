/* SPDX-License-Identifier: BSD-3-Clause */
/** What the registrar takes out of a REGISTER, and what it refuses (RFC 3261 §10.3, RFC 3327). */
#include "control/support.h"

#define REGISTRAR "{min_expires: 60, max_expires: 7200, default_expires: 3600, any_user: true}"
#define BOB "sip:bob@example.com"
#define C "Contact: <sip:bob@10.0.0.5>"

static struct register_request q;
static struct register_refusal refusal;

static bool
decode(const char *to, const char *lines, const char *from, uint8_t flags)
{
	const struct message_head head = head_from(from, flags);

	memset(&q, 0x5a, sizeof(q));
	return register_request_decode(config, register_text(to, "c@h", 1, lines), &q, &refusal) &&
	       register_request_details(config, &head, &q,
				       &refusal);
}

static int
set_up(void **state)
{
	if (make_dir(state) != 0)
		return 1;
	load_config(REGISTRAR);
	return 0;
}

static int
tear_down(void **state)
{
	config_free(config);
	config = NULL;
	return remove_dir(state);
}

#define PATH_OF(n) "<sip:p" n ".example;lr>"
#define STRANGE "203.0.113.7"
#define PEER "192.0.2.20"

/* A REGISTER from `from` that is refused with `status`, or taken when it is 0. */
static const struct {
	const char *req, *to, *lines, *from;
	unsigned int status;
	const char *header;
} rows[] = {
	{ "10.3 query", BOB, "", STRANGE, 0, "" },
	{ "16.3-1 what a dataplane that checks for routing only lets through", BOB,
	  C "\r\nRecord-Route: x\r\n", STRANGE, 400, "" },
	{ "10.3-5 other domain", "sip:bob@other.example", C "\r\n", STRANGE, 404, "" },
	{ "10.3-5 no user", "sip:example.com", C "\r\n", STRANGE, 400, "" },
	{ "10.3-5 tel", "tel:+1234", C "\r\n", STRANGE, 400, "" },
	{ "10.3-5 case of the domain", "sip:bob@EXAMPLE.com", C "\r\n", STRANGE, 0, "" },
	{ "10.3-2 Require", BOB, "Require: foo\r\n" C "\r\n", STRANGE, 420, "Unsupported: foo\r\n" },
	{ "8.2.2.3 all of them", BOB, "Require: foo, path, bar\r\nRequire: baz\r\n" C "\r\n", STRANGE,
	  420, "Unsupported: foo, bar, baz\r\n" },
	{ "OB-81", BOB, "Require: path\r\n" C "\r\n", STRANGE, 0, "" },
	{ "10.3-6 star", BOB, "Contact: *\r\nExpires: 0\r\n", STRANGE, 0, "" },
	{ "10.3-6 star, no Expires", BOB, "Contact: *\r\n", STRANGE, 400, "" },
	{ "10.3-6 star, Expires 1", BOB, "Contact: *\r\nExpires: 1\r\n", STRANGE, 400, "" },
	{ "10.3-6 star and others", BOB, "Contact: *, <sip:b@10.0.0.5>\r\nExpires: 0\r\n", STRANGE,
	  400, "" },
	{ "10.3-6 others and star", BOB, C ";expires=0\r\nContact: *\r\nExpires: 0\r\n", STRANGE, 400,
	  "" },
	{ "10.3-6 star twice", BOB, "Contact: *, *\r\nExpires: 0\r\n", STRANGE, 400, "" },
	{ "10.3-7 too brief", BOB, C ";expires=59\r\n", STRANGE, 423, "Min-Expires: 60\r\n" },
	{ "10.3-7 too brief by header", BOB, C "\r\nExpires: 1\r\n", STRANGE, 423,
	  "Min-Expires: 60\r\n" },
	{ "10.3-7 one of two", BOB, C "\r\n" "Contact: <sip:x@10.0.0.6>;expires=3\r\n", STRANGE, 423,
	  "Min-Expires: 60\r\n" },
	{ "q", BOB, C ";q=1.1\r\n", STRANGE, 400, "" },
	{ "OB-61 0", BOB, C ";reg-id=0\r\n", STRANGE, 400, "" },
	{ "OB-61 2^31", BOB, C ";reg-id=2147483648\r\n", STRANGE, 400, "" },
	{ "OB-61 x", BOB, C ";reg-id=x\r\n", STRANGE, 400, "" },
	{ "OB-61 no value", BOB, C ";reg-id\r\n", STRANGE, 400, "" },
	{ "OB-61 largest", BOB, C ";reg-id=2147483647\r\n", STRANGE, 0, "" },
	{ "OB-54", BOB, C ";reg-id=1;+sip.instance=\"<urn:x:1>\"\r\nContact: <sip:y@10.0.0.6>\r\n",
	  STRANGE, 400, "" },
	{ "OB-55", BOB, C ";reg-id=1;+sip.instance=\"<urn:x:1>\"\r\n"
	  "Contact: <sip:y@10.0.0.6>;expires=0\r\n", STRANGE, 0, "" },
	{ "OB-59", BOB, "Path: <sip:p.example;lr>\r\n" C "\r\n", STRANGE, 420, "Unsupported: path\r\n" },
	{ "OB-59 peer", BOB, "Path: <sip:p.example;lr>\r\n" C "\r\n", PEER, 0, "" },
	{ "OB-59 supported", BOB, "Supported: outbound, path\r\nPath: <sip:p.example;lr>\r\n" C "\r\n",
	  STRANGE, 0, "" },
	{ "3327 8 values", BOB, "Supported: path\r\nPath: " PATH_OF("1") "," PATH_OF("2") ","
	  PATH_OF("3") "," PATH_OF("4") "," PATH_OF("5") "," PATH_OF("6") "," PATH_OF("7") ","
	  PATH_OF("8") "\r\n" C "\r\n", STRANGE, 0, "" },
	{ "3327 9 values", BOB, "Supported: path\r\nPath: " PATH_OF("1") "," PATH_OF("2") ","
	  PATH_OF("3") "," PATH_OF("4") "," PATH_OF("5") "," PATH_OF("6") "," PATH_OF("7") ","
	  PATH_OF("8") "," PATH_OF("9") "\r\n" C "\r\n", STRANGE, 400, "" },
};

static void
check_row(void **state)
{
	const typeof(rows[0]) *r = gtest_row();
	bool taken = decode(r->to, r->lines, r->from, 0);

	(void)state;
	if (taken != (r->status == 0) || refusal.status != r->status)
		fail_msg("got %u %s", refusal.status, refusal.phrase != NULL ? refusal.phrase : "");
	assert_string_equal(refusal.header, r->header);
}
GTEST_ROWS_F(Request, rows, req, check_row, set_up, tear_down);

/* RFC 3261 §10.2.1.1, §10.3 step 7: how long. */
static const struct {
	const char *req, *lines;
	uint32_t seconds;
} times[] = {
	{ "default", C "\r\n", 3600 },
	{ "parameter", C ";expires=600\r\n", 600 },
	{ "header", C "\r\nExpires: 700\r\n", 700 },
	{ "parameter before header", C ";expires=600\r\nExpires: 700\r\n", 600 },
	{ "0", C ";expires=0\r\nExpires: 700\r\n", 0 },
	{ "0 by header", C "\r\nExpires: 0\r\n", 0 },
	{ "least", C ";expires=60\r\n", 60 },
	{ "most", C ";expires=7200\r\n", 7200 },
	{ "more", C ";expires=7201\r\n", 7200 },
	{ "2^32", C ";expires=4294967296\r\n", 7200 },
	{ "2^64", C ";expires=18446744073709551617\r\n", 7200 },
	{ "malformed", C ";expires=abc\r\n", 3600 },
	{ "negative", C ";expires=-1\r\n", 3600 },
	{ "quoted", C ";expires=\"600\"\r\n", 3600 },
	{ "malformed header", C "\r\nExpires: Thu, 01 Dec 1994 16:00:00 GMT\r\n", 3600 },
	{ "leading zeros", C ";expires=00600\r\n", 600 },
};

static void
check_time(void **state)
{
	const typeof(times[0]) *r = gtest_row();

	(void)state;
	assert_true(decode(BOB, r->lines, STRANGE, 0));
	assert_int_equal(q.contact_count, 1);
	assert_int_equal(q.contact[0].expires, r->seconds);
}
GTEST_ROWS_F(Request, times, req, check_time, set_up, tear_down);

/* §10.3 step 7: "if and only if" it is also less than one hour. */
GTEST_F(Request, an_hour_is_never_too_brief, set_up, tear_down)
{
	(void)state;
	load_config("{min_expires: 5400, max_expires: 7200, default_expires: 7200, any_user: true}");
	assert_true(decode(BOB, C ";expires=3600\r\n", STRANGE, 0));
	assert_false(decode(BOB, C ";expires=3599\r\n", STRANGE, 0));
	assert_int_equal(refusal.status, 423);
}

GTEST_F(Request, aor_is_canonical, set_up, tear_down)
{
	(void)state;
	assert_true(decode("sip:%62ob@example.com:5060;x=y", C "\r\n", STRANGE, 0));
	assert_slice(q.aor, "sip:bob@example.com");
}

GTEST_F(Request, too_many_contacts, set_up, tear_down)
{
	static char lines[8192];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "Contact: <sip:b@10.0.0.5:%d>\r\n",
				      i + 1);
	assert_true(decode(BOB, lines, STRANGE, 0));
	snprintf(lines + n, sizeof(lines) - n, "Contact: <sip:b@10.0.0.5:99>\r\n");
	assert_false(decode(BOB, lines, STRANGE, 0));
	assert_int_equal(refusal.status, 403);
}

GTEST_F(Request, path_too_large, set_up, tear_down)
{
	static char lines[9000];
	int n = snprintf(lines, sizeof(lines), "Supported: path\r\nPath: <sip:p.example;lr;x=");

	(void)state;
	memset(lines + n, 'x', 5000);
	snprintf(lines + n + 5000, sizeof(lines) - (size_t)n - 5000, ">\r\n" C "\r\n");
	assert_false(decode(BOB, lines, STRANGE, 0));
	assert_int_equal(refusal.status, 513);
}

GTEST_F(Request, path_in_order, set_up, tear_down)
{
	(void)state;
	assert_true(decode(BOB, "Supported: path\r\nPath: <sip:a;lr>,<sip:b;lr>\r\nPath: <sip:c;lr;ob>"
			   "\r\n" C "\r\n", STRANGE, 0));
	assert_slice(q.path, "<sip:a;lr>, <sip:b;lr>, <sip:c;lr;ob>");
}

/* A flow is kept for a user agent behind a NAT, and only then. */
static const struct {
	const char *label, *lines, *from;
	uint8_t flags;
	bool flow;
} nat[] = {
	{ "behind a NAT", C "\r\n", STRANGE, MESSAGE_FIRST_HOP, true },
	{ "not first hop", C "\r\n", STRANGE, 0, false },
	{ "no NAT", C "\r\n", "10.0.0.5", MESSAGE_FIRST_HOP, false },
	{ "with Path", "Supported: path\r\nPath: <sip:p;lr>\r\n" C "\r\n", STRANGE, MESSAGE_FIRST_HOP,
	  false },
	{ "contact elsewhere", "Contact: <sip:b@198.51.100.1>\r\n", STRANGE, MESSAGE_FIRST_HOP, false },
	{ "contact by name", "Contact: <sip:b@h.example>\r\n", STRANGE, MESSAGE_FIRST_HOP, false },
	{ "query", "", STRANGE, MESSAGE_FIRST_HOP, false },
};

static void
check_nat(void **state)
{
	const typeof(nat[0]) *r = gtest_row();

	(void)state;
	assert_true(decode(BOB, r->lines, r->from, r->flags));
	assert_int_equal(q.contact_count > 0 && q.contact[0].flow.local.family != 0, r->flow);
	if (r->flow)
		assert_int_equal(q.contact[0].flow.remote.port, 40312);
}
GTEST_ROWS_F(Request, nat, label, check_nat, set_up, tear_down);
