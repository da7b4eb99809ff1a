/* SPDX-License-Identifier: BSD-3-Clause */
/** What stands in the answer to a REGISTER, and what does not. */
#include "control/registrar_rig.h"

#define AT(n) "Contact: <sip:u@10.0.0." n ">"
#define ID ";" WITH_INSTANCE
#define OUTBOUND "Supported: path, outbound\r\n"
#define PATH "Path: <sip:p3.example.com;lr>, <sip:tok@ep1.example.com;lr;ob>\r\n"
#define ROUTE "Service-Route: <sip:ep1.example.com;lr>, <sip:p3.example.com;lr>, <sip:hp1;lr>\r\n"

static int
set_up(void **state)
{
	return rig_open(state, "{any_user: true, min_expires: 60, flow_timer: 31, "
			       "service_route: {append: [\"sip:hp1;lr\"]}}");
}

/* One request with CSeq 2; before it, unless NULL, another one. */
static const struct {
	const char *req, *before, *lines;
	uint8_t flags;
	unsigned int status;
	const char *has, *lacks;
} rows[] = {
	{ "OB-56 by an edge", NULL, OUTBOUND PATH AT("5") ";reg-id=1" ID "\r\n", 0, 200,
	  "\r\nRequire: outbound\r\n", "Flow-Timer" },
	{ "OB-56 OB-64 direct", NULL, OUTBOUND AT("5") ";reg-id=1" ID "\r\n", MESSAGE_FIRST_HOP,
	  200, "\r\nRequire: outbound\r\nFlow-Timer: 31\r\n", "Path:" },
	{ "OB-57 not supported", NULL, PATH "Supported: path\r\n" AT("5") ";reg-id=1" ID "\r\n", 0,
	  200, ";reg-id=1" ID ";expires=", "Require" },
	{ "OB-57 no instance", NULL, OUTBOUND AT("5") ";reg-id=1\r\n", MESSAGE_FIRST_HOP, 200,
	  AT("5") ";reg-id=1;expires=", "Require" },
	{ "OB-57 instance alone", NULL, OUTBOUND AT("5") ID "\r\n", MESSAGE_FIRST_HOP, 200, ID,
	  "Flow-Timer" },
	{ "OB-57 query", OUTBOUND PATH AT("5") ";reg-id=1" ID "\r\n", OUTBOUND, 0, 200,
	  ";reg-id=1" ID ";expires=", "Require" },
	{ "OB-57 flow-id", NULL, AT("5") ";flow-id=1" ID "\r\n", MESSAGE_FIRST_HOP, 200,
	  ";flow-id=1" ID ";expires=", "Require" },
	{ "OB-58 RC-10", NULL, OUTBOUND PATH AT("5") "\r\n", 0, 200, "\r\n" PATH, "Require" },
	{ "OB-58 not that of others", OUTBOUND PATH AT("5") "\r\n", AT("6") "\r\n", 0, 200,
	  AT("5") ";expires=", "Path:" },
	{ "OB-60 all of them", AT("5") ";q=0.5" ID ";a=\"b;c,\\\"d\";e\r\n",
	  AT("6") ";+f=\"<x>\"\r\n", 0, 200,
	  AT("5") ";q=0.5" ID
		  ";a=\"b;c,\\\"d\";e;expires=3600\r\n" AT("6") ";+f=\"<x>\";expires=3600\r\n",
	  "Path:" },
	{ "OB-60 display name is none of it", NULL,
	  "Contact: \"U\" <sip:u@10.0.0.5;x=y?Subject=z>;a\r\n", 0, 200,
	  "Contact: <sip:u@10.0.0.5;x=y?Subject=z>;a;expires=3600\r\n", "\"U\"" },
	{ "OB-60 without brackets", NULL, "m: sip:u@10.0.0.5;a=1;expires=90\r\n", 0, 200,
	  "Contact: <sip:u@10.0.0.5>;a=1;expires=90\r\n", "Path:" },
	{ "OB-60 ids", OUTBOUND PATH AT("5") ";reg-id=1" ID "\r\n",
	  OUTBOUND PATH AT("5") ";reg-id=2" ID "\r\n", 0, 200,
	  AT("5") ";reg-id=1" ID ";expires=3600\r\n" AT("5") ";reg-id=2" ID ";expires=3600\r\n",
	  "gruu" },
	{ "RC-01", NULL, OUTBOUND PATH AT("5") "\r\n", 0, 200, "\r\n" ROUTE, "Require" },
	{ "RC-08 query with Path", OUTBOUND PATH AT("5") "\r\n", OUTBOUND PATH, 0, 200,
	  "\r\n" ROUTE, "Require" },
	{ "RC-08 query without", OUTBOUND PATH AT("5") "\r\n", "", 0, 200,
	  "\r\nService-Route: <sip:hp1;lr>\r\n", "Path:" },
	{ "RC-06 400", NULL, OUTBOUND PATH "Contact: *\r\n", 0, 400, "SIP/2.0 400", "-Route" },
	{ "RC-06 423", NULL, OUTBOUND PATH AT("5") ";expires=1\r\n", 0, 423,
	  "\r\nMin-Expires: 60\r\n", "-Route" },
	{ "OB-50 439", NULL, OUTBOUND AT("5") ";reg-id=1" ID "\r\n", 0, 439,
	  "SIP/2.0 439 First Hop Lacks Outbound Support\r\n", "Contact:" },
	{ "10.3-8 Date", NULL, AT("5") "\r\n", 0, 200, " GMT\r\n", "Path:" },
};

static void
check_row(void **state)
{
	const typeof(rows[0]) *r = gtest_row();

	(void)state;
	if (r->before != NULL)
		register_one(1, "a", 1, r->before);
	send_text(register_text(user_aor(1), "b", 2, r->lines), "203.0.113.7", r->flags);
	assert_int_equal(run_one(), r->status);
	if (!answer_has(r->has) || answer_has(r->lacks))
		fail_msg("%s", answer);
}
GTEST_ROWS_F(RegistrarAnswer, rows, req, check_row, set_up, rig_close);

/* What is left of the time, in whole seconds and never 0. */
GTEST_F(RegistrarAnswer, time_left, set_up, rig_close)
{
	assert_int_equal(register_one(1, "a", 1, "Expires: 60\r\n" AT("5") "\r\n"), 200);
	clock_ahead_s = 20;
	assert_int_equal(register_one(1, "b", 1, ""), 200);
	assert_true(answer_has(";expires=40\r\n") || answer_has(";expires=39\r\n"));
	clock_ahead_s = 61; /* expired, and not looked for yet */
	assert_int_equal(register_one(1, "b", 2, ""), 200);
	assert_false(answer_has("Contact:"));
}

/* OB-48: the dataplane has the flow of a user agent that came straight here. */
GTEST_F(RegistrarAnswer, OB_48_flow, set_up, rig_close)
{
	static struct binding_copy copy;
	struct binding b;

	send_text(register_text(user_aor(1), "a", 1, OUTBOUND AT("5") ";reg-id=1" ID "\r\n"),
		  "203.0.113.7", MESSAGE_FIRST_HOP);
	assert_int_equal(run_one(), 200);
	assert_true(find_in_table(slice_str(user_aor(1)), &copy) && binding_get(&copy, 0, &b));
	assert_int_equal(b.flow.remote.port, 40312);
	assert_int_equal(b.flow.local.port, 5060);
	assert_int_equal(b.reg_id, 1);
}
