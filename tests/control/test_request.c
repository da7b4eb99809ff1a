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
#define ID "+sip.instance=\"<urn:x:1>\""
#define LONG                                                                                       \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89012345678901234567890123456789"
#define COLONS                                                                                     \
	"????????????????????????????????????????????????????????????????????????????????????????"
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
	{ "8.2.2.3 a long one", BOB, "Require: " LONG "\r\n" C "\r\n", STRANGE, 420,
	  "Unsupported: " LONG "\r\n" },
	{ "8.2.2.3 known and not", BOB, "Require: gruu, x, outbound\r\n" C "\r\n", STRANGE, 420,
	  "Unsupported: x\r\n" },
	{ "RFC3840-6 pref", BOB, "Require: Pref\r\n" C "\r\n", STRANGE, 0, "" },
	{ "GR-01", BOB, "Require: gruu\r\n" C "\r\n", STRANGE, 0, "" },
	{ "5.1-6 public GRUU", BOB ";gr=urn:x:1", C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 temporary GRUU", "sip:tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ@example.com;gr",
	  C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 temporary, without gr", "sip:tgruu.x@example.com", C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 the draft's", BOB ";opaque=urn:x:1", C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 escaped", BOB ";%67r=x", C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 huge gr", BOB ";gr=urn:x:" LONG LONG LONG LONG LONG, C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 gr twice", BOB ";gr;gr=x", C "\r\n", STRANGE, 403, "" },
	{ "5.1-6 opaque that is no URN", BOB ";opaque=x", C "\r\n", STRANGE, 0, "" },
	{ "10.3-5 AOR too long", "sip:" LONG LONG LONG LONG LONG "@example.com", C "\r\n", STRANGE, 400, "" },
	{ "10.3-5 password", "sip:bob:x@example.com", C "\r\n", STRANGE, 0, "" },
	{ "OB-81 outbound", BOB, "Require: outbound\r\n" C "\r\n", STRANGE, 0, "" },
	{ "OB-81", BOB, "Require: path\r\n" C "\r\n", STRANGE, 0, "" },
	{ "10.3-6 star", BOB, "Contact: *\r\nExpires: 0\r\n", STRANGE, 0, "" },
	{ "10.3-6 star, no Expires", BOB, "Contact: *\r\n", STRANGE, 400, "" },
	{ "10.3-6 star, Expires 1", BOB, "Contact: *\r\nExpires: 1\r\n", STRANGE, 400, "" },
	{ "10.3-6 star and others", BOB, "Contact: *, <sip:b@10.0.0.5>\r\nExpires: 0\r\n", STRANGE,
	  400, "" },
	{ "10.3-6 others and star", BOB, C ";expires=0\r\nContact: *\r\nExpires: 0\r\n", STRANGE, 400,
	  "" },
	{ "10.3-6 star twice", BOB, "Contact: *, *\r\nExpires: 0\r\n", STRANGE, 400, "" },
	{ "OB-65", BOB, "Contact: *;reg-id=1\r\nExpires: 0\r\n", STRANGE, 400, "" },
	{ "OB-65 instance", BOB, "Contact: *;" ID "\r\nExpires: 0\r\n", STRANGE, 400, "" },
	{ "5.2 empty instance", BOB, C ";+sip.instance=\"<>\"\r\n", STRANGE, 400, "" },
	{ "5.2 no value", BOB, C ";+sip.instance\r\n", STRANGE, 400, "" },
	{ "5.2 token", BOB, C ";+sip.instance=urn:x:1\r\n", STRANGE, 400, "" },
	{ "5.2 quote", BOB, C ";+sip.instance=\"<urn:x:\\\"1>\"\r\n", STRANGE, 400, "" },
	{ "5.2 quote ends early", BOB, C ";+sip.instance=\"<urn:x:1>\";x=\"\r\n", STRANGE, 400, "" },
	{ "5.2 backslash", BOB, C ";+sip.instance=\"<urn:x:\\1>\"\r\n", STRANGE, 400, "" },
	{ "5.2 fold", BOB, C ";+sip.instance=\"<urn:x:\r\n 1>\"\r\n", STRANGE, 400, "" },
	{ "5.2 no ASCII", BOB, C ";+sip.instance=\"<urn:x:\303\251>\"\r\n", STRANGE, 400, "" },
	{ "5.2 space", BOB, C ";+sip.instance=\"<urn:x: 1>\"\r\n", STRANGE, 400, "" },
	{ "5.2 bad escape", BOB, C ";+sip.instance=\"<urn:x:%4>\"\r\n", STRANGE, 400, "" },
	{ "5.2 one bracket", BOB, C ";+sip.instance=\"<urn:x:1\"\r\n", STRANGE, 400, "" },
	{ "5.2 two of them", BOB, C ";" ID ";+sip.instance=\"<urn:x:2>\"\r\n", STRANGE, 400, "" },
	{ "5.2 256 octets", BOB, C ";+sip.instance=\"<" LONG LONG "0123456789abcdef>\"\r\n", STRANGE,
	  0, "" },
	{ "5.2 257 octets", BOB, C ";+sip.instance=\"<" LONG LONG "0123456789abcdefg>\"\r\n", STRANGE,
	  400, "" },
	{ "5.2 too long with its escapes", BOB, C ";+sip.instance=\"<" LONG COLONS COLONS ">\"\r\n",
	  STRANGE, 400, "" },
	{ "5.2 contact too large", BOB, "Contact: <sip:b@10.0.0.5;gr=" LONG LONG LONG LONG LONG ">\r\n",
	  STRANGE, 513, "" },
	{ "RFC3840-9 1024 octets of parameters", BOB, C ";x=" LONG LONG LONG LONG LONG LONG LONG LONG
	  "01234567890123456789012345678901234567890123456789012345678901\r\n", STRANGE, 0, "" },
	{ "5.2 parameters too large", BOB, C ";x=" LONG LONG LONG LONG LONG LONG LONG LONG
	  "012345678901234567890123456789012345678901234567890123456789012\r\n", STRANGE, 513, "" },
	{ "10.3-7 Contact of nothing", BOB, "Contact: <>\r\n", STRANGE, 400, "" },
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
	{ "OB-54 both with reg-id", BOB, C ";reg-id=1;" ID "\r\nContact: <sip:y@10.0.0.6>;reg-id=2;" ID
	  "\r\n", STRANGE, 400, "" },
	{ "OB-55 another flow ends", BOB, C ";reg-id=1;" ID "\r\nContact: <sip:y@10.0.0.6>;reg-id=2;"
	  "expires=0;" ID "\r\n", STRANGE, 0, "" },
	{ "OB-61 flow-id 0", BOB, C ";flow-id=0\r\n", STRANGE, 400, "" },
	{ "OB-61 flow-id -1", BOB, C ";flow-id=-1\r\n", STRANGE, 400, "" },
	{ "3327 4 no lr", BOB, "Supported: path\r\nPath: <sip:p.example>\r\n" C "\r\n", STRANGE, 400,
	  "" },
	{ "3327 no URI", BOB, "Supported: path\r\nPath: p\r\n" C "\r\n", STRANGE, 400, "" },
	{ "OB-59 Require", BOB, "Require: path\r\nPath: <sip:p.example;lr>\r\n" C "\r\n", STRANGE, 420,
	  "Unsupported: path\r\n" },
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
	{ "with Path", "Supported: path\r\nPath: <sip:p;lr>\r\n" C "\r\n", "192.0.2.20", MESSAGE_FIRST_HOP,
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

/* Which contacts are flows (OB-44, OB-45, OB-48 to OB-53, OB-56, OB-57). */
static const struct {
	const char *req, *lines;
	uint8_t flags;
	unsigned int status;
	uint32_t id, kind;
	bool outbound, flow;
} flows[] = {
	{ "OB-45 by an edge", "Supported: path, outbound\r\nPath: <sip:x@e;lr;ob>\r\n" C ";reg-id=7;" ID
	  "\r\n", 0, 0, 7, 0, true, false },
	{ "OB-48 direct", "Supported: outbound\r\n" C ";reg-id=7;" ID "\r\n", MESSAGE_FIRST_HOP, 0, 7, 0,
	  true, true },
	{ "OB-50 no Path", "Supported: outbound\r\n" C ";reg-id=7;" ID "\r\n", 0, 439, 0, 0, false,
	  false },
	{ "OB-50 no ob", "Supported: path, outbound\r\nPath: <sip:x@e;lr>\r\n" C ";reg-id=7;" ID "\r\n",
	  0, 439, 0, 0, false, false },
	{ "OB 5.1-1 ob next to the user agent", "Supported: path, outbound\r\nPath: <sip:i;lr>, "
	  "<sip:x@e;lr;ob>\r\n" C ";reg-id=7;" ID "\r\n", 0, 0, 7, 0, true, false },
	{ "OB 5.1-1 ob elsewhere", "Supported: path, outbound\r\nPath: <sip:i;lr;ob>, <sip:x@e;lr>\r\n" C
	  ";reg-id=7;" ID "\r\n", 0, 439, 0, 0, false, false },
	{ "OB 5.1-1 ob that is a value", "Supported: path, outbound\r\nPath: <sip:x@e;lr;x=ob>\r\n" C
	  ";reg-id=7;" ID "\r\n", 0, 439, 0, 0, false, false },
	{ "OB-51 not supported", C ";reg-id=7;" ID "\r\n", 0, 0, 0, 0, false, false },
	{ "OB-51 no reg-id", "Supported: outbound\r\n" C ";" ID "\r\n", 0, 0, 0, 0, false, false },
	{ "OB-50 ignored with ob", "Supported: path\r\nPath: <sip:x@e;lr;ob>\r\n" C ";reg-id=7;" ID
	  "\r\n", 0, 0, 0, 0, false, false },
	{ "OB-52 no instance", "Supported: outbound\r\n" C ";reg-id=7\r\n", 0, 0, 0, 0, false, false },
	{ "OB-53", C ";" ID "\r\n", 0, 0, 0, 0, false, false },
	{ "OB-44 flow-id", C ";flow-id=7;" ID "\r\n", 0, 0, 7, BINDING_FLOW_ID, false, false },
	{ "OB-44 flow-id direct", C ";flow-id=7;" ID "\r\n", MESSAGE_FIRST_HOP, 0, 7, BINDING_FLOW_ID,
	  false, true },
	{ "OB-44 flow-id without instance", C ";flow-id=7\r\n", 0, 0, 0, 0, false, false },
	{ "OB-45 both ids", "Supported: path, outbound\r\nPath: <sip:x@e;lr;ob>\r\n" C
	  ";flow-id=3;reg-id=7;" ID "\r\n", 0, 0, 7, 0, true, false },
};

static void
check_flow(void **state)
{
	const typeof(flows[0]) *r = gtest_row();
	bool taken = decode(BOB, r->lines, STRANGE, r->flags);

	(void)state;
	assert_int_equal(refusal.status, r->status);
	assert_int_equal(taken, r->status == 0);
	if (!taken)
		return;
	assert_int_equal(q.contact[0].id, r->id);
	assert_int_equal(q.contact[0].flags, r->kind);
	assert_int_equal(q.outbound, r->outbound);
	assert_int_equal(q.contact[0].flow.remote.family != 0, r->flow);
}
GTEST_ROWS_F(Request, flows, req, check_flow, set_up, tear_down);

/* What the configuration makes of it. */
static const struct {
	const char *req, *yaml, *lines;
	unsigned int status;
	const char *header;
} policies[] = {
	{ "OB-59 421", "path_unsupported: 421", "Path: <sip:p;lr>\r\n" C "\r\n", 421,
	  "Require: path\r\n" },
	{ "OB-59 taken", "path_unsupported: take", "Path: <sip:p;lr>\r\n" C "\r\n", 0, "" },
	{ "OB-63 plain", "outbound_only: true", C "\r\n", 403, "" },
	{ "OB-63 instance alone", "outbound_only: true", C ";" ID "\r\n", 403, "" },
	{ "OB-63 reg-id ignored", "outbound_only: true", C ";reg-id=1;" ID "\r\n", 403, "" },
	{ "OB-63 a flow", "outbound_only: true", "Supported: path, outbound\r\nPath: <sip:x@e;lr;ob>\r\n"
	  C ";reg-id=1;" ID "\r\n", 0, "" },
	{ "OB-63 removal", "outbound_only: true", C ";expires=0\r\n", 0, "" },
	{ "OB-63 star", "outbound_only: true", "Contact: *\r\nExpires: 0\r\n", 0, "" },
	{ "OB-63 query", "outbound_only: true", "", 0, "" },
};

static void
check_policy(void **state)
{
	const typeof(policies[0]) *r = gtest_row();
	char yaml[128];

	(void)state;
	snprintf(yaml, sizeof(yaml), "{any_user: true, %s}", r->yaml);
	load_config(yaml);
	assert_int_equal(decode(BOB, r->lines, STRANGE, 0), r->status == 0);
	assert_int_equal(refusal.status, r->status);
	assert_string_equal(refusal.header, r->header);
}
GTEST_ROWS_F(Request, policies, req, check_policy, set_up, tear_down);

/* More unknown options than the answer has room for: as many as fit, and refused all the same. */
GTEST_F(Request, options_without_end, set_up, tear_down)
{
	static char lines[60000];
	int n = snprintf(lines, sizeof(lines), "Require: %050000d\r\n" C "\r\n", 1);

	(void)state;
	assert_false(decode(BOB, lines, STRANGE, 0));
	assert_int_equal(refusal.status, 420);
	assert_string_equal(refusal.header, "");
	n = snprintf(lines, sizeof(lines), "Require: x");
	while (n < 30000)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n, ", option%d", n);
	snprintf(lines + n, sizeof(lines) - (size_t)n, "\r\n" C "\r\n");
	assert_false(decode(BOB, lines, STRANGE, 0));
	assert_int_equal(refusal.status, 420);
	n = (int)strlen(refusal.header);
	assert_in_range(n, REGISTER_HEADER_MAX - 40, REGISTER_HEADER_MAX - 1);
	assert_string_equal(refusal.header + n - 2, "\r\n");
}

/* A message that is too long to be one. */
GTEST_F(Request, ten_thousand_contacts, set_up, tear_down)
{
	static char lines[120000];
	int n = snprintf(lines, sizeof(lines), "Contact: sip:a@b");

	(void)state;
	for (int i = 1; i < 10000; i++)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n, ",sip:a@b");
	snprintf(lines + n, sizeof(lines) - (size_t)n, "\r\n");
	assert_false(decode(BOB, lines, STRANGE, 0));
}

/* RC 5.2: a Path that the user agent wrote itself would lead its calls wherever it likes. */
GTEST_F(Request, RC_5_2_path_of_a_user_agent, set_up, tear_down)
{
	static const char lines[] = "Supported: path\r\nPath: <sip:p;lr>\r\n" C "\r\n";

	(void)state;
	assert_false(decode(BOB, lines, STRANGE, MESSAGE_FIRST_HOP));
	assert_int_equal(refusal.status, 403);
	assert_true(decode(BOB, lines, STRANGE, 0));
	assert_true(decode(BOB, lines, "192.0.2.20", MESSAGE_FIRST_HOP));
	load_config("{any_user: true}\nedge: {path_from_ua: true}");
	assert_true(decode(BOB, lines, STRANGE, MESSAGE_FIRST_HOP));
}
