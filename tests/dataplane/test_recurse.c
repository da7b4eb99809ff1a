/* SPDX-License-Identifier: BSD-3-Clause */
/** A 305 that is followed, and one that is not: RC-20 to RC-23, RC-25, RC-26, RC-30 to RC-34. */
#include "recurse.h"

#define PATHS "sip:p@10.0.0.5|<sip:T@192.0.2.30;lr>,<sip:second.example;lr>"
#define URN "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
#define TO_HP2 "Contact: <sip:192.0.2.41;lr>\r\n"

/* ---- where the Contact goes ---- */

static const struct followed {
	const char *label;
	const char *uri, *lines; /* of the request */
	const char *contacts;    /* of the 305 of HP1 */
	const char *first;       /* of the request that HP2 gets, behind its method */
	const char *route;
} followed[] = {
	{ "RC-21_the_topmost", "sip:bob@x.test",
	  "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>, <sip:y.example;lr>\r\n", TO_HP2,
	  "sip:bob@x.test", "<sip:192.0.2.41;lr>, <sip:x.example;lr>, <sip:y.example;lr>" },
	{ "RC-21_behind_ours", "sip:bob@x.test",
	  "Route: <sip:192.0.2.10;lr>, <sip:192.0.2.30;lr>, <sip:x.example;lr>\r\n", TO_HP2,
	  "sip:bob@x.test", "<sip:192.0.2.41;lr>, <sip:x.example;lr>" },
	{ "RC-21_line_by_line", "sip:bob@x.test",
	  "Route: <sip:192.0.2.10;lr>\r\nRoute: <sip:192.0.2.30;lr>\r\n"
	  "Route: \"X\" <sip:x.example;lr>;a=b\r\n",
	  TO_HP2, "sip:bob@x.test", "<sip:192.0.2.41;lr>, \"X\" <sip:x.example;lr>;a=b" },
	{ "RC-21_the_only_one", "sip:bob@x.test", "Route: <sip:192.0.2.30;lr>\r\n", TO_HP2,
	  "sip:bob@x.test", "<sip:192.0.2.41;lr>" },
	{ "RC-22_none", "sip:bob@other.example;x=1", NULL, TO_HP2, "sip:bob@other.example;x=1",
	  "<sip:192.0.2.41;lr>" },
	{ "RC-22_only_ours", "sip:bob@other.example",
	  "Route: <sip:192.0.2.10;lr>\r\nRoute: <sip:p1.example.com;lr>\r\n", TO_HP2,
	  "sip:bob@other.example", "<sip:192.0.2.41;lr>" },
	{ "RC-21_stored_Path", "sip:path@example.com", NULL, TO_HP2, "sip:p@10.0.0.5",
	  "<sip:192.0.2.41;lr>, <sip:second.example;lr>" },
	{ "RC-21_stored_Path_of_one", "sip:short@example.com", NULL, TO_HP2, "sip:p@10.0.0.5",
	  "<sip:192.0.2.41;lr>" },
	{ "RC-22_contact_at_the_proxy", "sip:bare@example.com", NULL, TO_HP2, "sip:u@192.0.2.30",
	  "<sip:192.0.2.41;lr>" },
	{ "RC-21_Route_left_is_enough", "sip:path@example.com",
	  "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>\r\n", TO_HP2, "sip:path@example.com",
	  "<sip:192.0.2.41;lr>, <sip:x.example;lr>" },
	{ "RC-21_GRUU", "sip:gruu@example.com;gr=" URN, NULL, TO_HP2, "sip:p@10.0.0.5",
	  "<sip:192.0.2.41;lr>, <sip:second.example;lr>" },
	{ "RC-21_GRUU_and_Route_left", "sip:gruu@example.com;gr=" URN,
	  "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>\r\n", TO_HP2, "sip:p@10.0.0.5",
	  "<sip:192.0.2.41;lr>, <sip:x.example;lr>" },
	{ "RC-23_strict_router_before", "sip:192.0.2.10;lr",
	  "Route: <sip:192.0.2.30;lr>, <sip:bob@x.test>\r\n", TO_HP2, "sip:bob@x.test",
	  "<sip:192.0.2.41;lr>" },
	{ "RC-23_strict_router_before_and_more", "sip:192.0.2.10;lr",
	  "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>, <sip:bob@x.test>\r\n", TO_HP2,
	  "sip:bob@x.test", "<sip:192.0.2.41;lr>, <sip:x.example;lr>" },
	{ "RC-21_by_name", "sip:bob@other.example", NULL, "Contact: <sip:hp2.example.net;lr>\r\n",
	  "sip:bob@other.example", "<sip:hp2.example.net;lr>" },
	{ "RC-23_lr_user_headers", "sip:bob@other.example", NULL,
	  "Contact: <sip:tok@192.0.2.41;method=BYE?Route=x>;q=0.5, <sip:192.0.2.42;lr>;q=0.4\r\n",
	  "sip:bob@other.example", "<sip:tok@192.0.2.41;lr>" },
	{ "RC-30_unusable_is_passed_over", "sip:bob@other.example", NULL,
	  "Contact: <sips:192.0.2.42;lr>, <sip:nowhere.test;lr>, <sip:192.0.2.10;lr>,"
	  "<sip:224.0.0.1;lr>, <sip:192.0.2.41;lr>;q=0.1\r\n",
	  "sip:bob@other.example", "<sip:192.0.2.41;lr>" },
};

static void
check_followed(void **state)
{
	const struct followed *r = *state;
	static const struct rig_binding gruu = {
		.contact = "sip:p@10.0.0.5",
		.path = "<sip:T@192.0.2.30;lr>,<sip:second.example;lr>",
		.instance = URN,
	};
	static const struct rig_instance known = { URN, 1 };
	struct slice before, after;
	char line[256];

	open_fresh(recurse_home);
	rig_bind("sip:path@example.com", PATHS, NULL);
	rig_bind("sip:short@example.com", "sip:p@10.0.0.5|<sip:T@192.0.2.30;lr>", NULL);
	rig_bind("sip:bare@example.com", "sip:u@192.0.2.30", NULL);
	rig_bind_instances("sip:gruu@example.com", &gruu, 1, &known, 1);
	ask("INVITE", r->uri, r->lines);
	assert_int_equal(rig.out.count, 2);
	sent(ALICE, "SIP/2.0 100 Trying");
	before = sent(HP1, "INVITE");
	answer_from(before, HP1, "305 Use Proxy", r->contacts);
	assert_int_equal(rig.out.count, 2);
	assert_int_equal(rig.out.counter[STATS_recursed], 1);
	sent(HP1, "ACK");
	after = sent(HP2, "INVITE");
	snprintf(line, sizeof(line), "INVITE %s SIP/2.0", r->first);
	check_first_line(after, line);
	assert_string_equal(rig_header(after, "Route"), r->route);
	assert_true(slice_eq(case_tail(before), case_tail(after)));
	/* what comes back from there is as if it had come from the first one */
	answer_from(after, HP2, "200 OK", "Contact: <sip:bob@203.0.113.9>\r\n");
	check_first_line(check_one(&rig.out, EDGE, ALICE), "SIP/2.0 200 OK");
	check_no_leaks();
}
GTEST_ROWS(Recurse, followed, label, check_followed);

/* RC-29: a branch of its own, and all else as in the first one. */
GTEST(Recurse, RC_29_another_branch)
{
	static const char *const same[] = { "Max-Forwards", "Max-Breadth", "CSeq", "Record-Route",
					    "Call-ID" };
	struct slice before, after;
	char text[512];

	open_fresh(recurse_home);
	ask("INVITE", "sip:bob@other.example", "Max-Breadth: 7\r\n");
	before = sent(HP1, "INVITE");
	answer_from(before, HP1, "305 Use Proxy", TO_HP2);
	after = sent(HP2, "INVITE");
	for (size_t i = 0; i < RTE_DIM(same); i++) {
		snprintf(text, sizeof(text), "%s", rig_header(before, same[i]));
		assert_string_equal(rig_header(after, same[i]), text);
	}
	assert_string_equal(rig_header(after, "Max-Breadth"), "7");
	snprintf(text, sizeof(text), "%s", rig_header(before, "Via"));
	assert_string_not_equal(rig_header(after, "Via"), text);
	/* copies of the 305 are acknowledged, and followed no more */
	answer_from(before, HP1, "305 Use Proxy", TO_HP2);
	check_first_line(check_one(&rig.out, EDGE, HP1), "ACK sip:bob@other.example SIP/2.0");
	check_no_leaks();
}

/* The ACK and the CANCEL of the second branch are like it. */
GTEST(Recurse, RC_29_ACK_and_CANCEL)
{
	struct slice after;

	open_fresh(recurse_home);
	ask_and_move("INVITE", TO_HP2);
	after = sent(HP2, "INVITE");
	answer_from(after, HP2, "486 Busy Here", NULL);
	check_headers(sent(HP2, "ACK sip:bob@other.example"), "Route: <sip:192.0.2.41;lr>\n");
	sent(ALICE, "SIP/2.0 486 Busy Here");
	check_no_leaks();
}

/* ---- RC-25: any method ---- */

static const struct {
	const char *label, *method, *lines;
} methods[] = {
	{ "RC-25_MESSAGE", "MESSAGE", NULL },
	{ "RC-25_SUBSCRIBE", "SUBSCRIBE", "Event: presence\r\nContact: <sip:a@198.51.100.9>\r\n" },
	{ "RC-25_OPTIONS", "OPTIONS", NULL },
	{ "RC-25_unknown", "FROBNICATE", NULL },
	{ "RC-25_BYE", "BYE", NULL },
};

static void
check_method(void **state)
{
	const typeof(methods[0]) *r = *state;

	open_fresh(recurse_home);
	ask(r->method, "sip:bob@other.example", r->lines);
	answer_from(sent(HP1, r->method), HP1, "305 Use Proxy", TO_HP2);
	assert_int_equal(rig.out.count, 1);
	check_headers(sent(HP2, r->method), "Route: <sip:192.0.2.41;lr>\n");
	answer_from(sent(HP2, r->method), HP2, "200 OK", NULL);
	check_first_line(check_one(&rig.out, EDGE, ALICE), "SIP/2.0 200 OK");
	check_no_leaks();
}
GTEST_ROWS(Recurse, methods, label, check_method);

/* In a dialog: 5.1 item 10. */
GTEST(Recurse, RC_25_in_a_dialog)
{
	struct request_case c = { .uri = "sip:bob@203.0.113.50",
				  .method = "INVITE",
				  .to_tag = ";tag=b",
				  .lines = VIA MF "Route: <sip:192.0.2.30;lr>\r\n" };

	open_fresh(recurse_home);
	rig_send(case_message(&c), ALICE, EDGE);
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", TO_HP2);
	check_headers(sent(HP2, "INVITE sip:bob@203.0.113.50"), "Route: <sip:192.0.2.41;lr>\n");
}

/* An edge that hands a REGISTER to its home proxy; the Path is in both. */
GTEST(Recurse, RC_25_REGISTER)
{
	struct slice before, after;
	char path[256];

	open_fresh(recurse_edge);
	ask("REGISTER", "sip:other.example",
	    "Contact: <sip:a@198.51.100.9>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"\r\n"
	    "Supported: path, outbound\r\n");
	before = sent(HP1, "REGISTER");
	snprintf(path, sizeof(path), "%s", rig_header(before, "Path"));
	assert_true(strlen(path) > 0);
	answer_from(before, HP1, "305 Use Proxy", TO_HP2);
	after = sent(HP2, "REGISTER sip:other.example");
	assert_string_equal(rig_header(after, "Path"), path);
	assert_string_equal(rig_header(after, "Route"), "<sip:192.0.2.41;lr>");
	answer_from(after, HP2, "200 OK", "Require: outbound\r\n");
	check_headers(check_one(&rig.out, EDGE, ALICE), "Flow-Timer: " ANY "\n");
	check_no_leaks();
}

/* ---- what is not followed ---- */

static const struct refused {
	const char *label;
	const char *contacts;
	const char *uri, *lines; /* of the request; NULL: to HP1 without Route */
	const char *asked;       /* who gets it; NULL: HP1 */
	const char *from;        /* who answers; NULL: who was asked */
} refused[] = {
	{ "RC-30_no_Contact", NULL },
	{ "RC-30_no_sip", "Contact: <sips:192.0.2.41;lr>, <tel:+1>\r\n" },
	{ "RC-30_nowhere", "Contact: <sip:nowhere.test;lr>\r\n" },
	{ "RC-30_multicast",
	  "Contact: <sip:224.0.0.1;lr>, <sip:0.0.0.0>, <sip:255.255.255.255>\r\n" },
	{ "RC-30_broadcast", "Contact: <sip:10.0.0.255;lr>\r\n" },
	{ "RC-38_our_address", "Contact: <sip:192.0.2.10;lr>, <sip:u@192.0.2.10:5060>\r\n" },
	{ "RC-38_another_port", "Contact: <sip:192.0.2.10:5070>, <sip:192.0.2.10:9>\r\n" },
	{ "RC-38_another_port_of_ours", "Contact: <sip:10.0.0.1>, <sip:[2001:db8:0::10]>\r\n" },
	{ "RC-38_our_name", "Contact: <sip:P1.example.com;lr>, <sip:example.com>\r\n" },
	{ "RC-38_our_maddr", "Contact: <sip:hp2.example.net;lr;maddr=192.0.2.10>\r\n" },
	{ "RC-38_our_name_elsewhere", "Contact: <sip:p1.example.com;lr;maddr=192.0.2.41>\r\n" },
	{ "RC-38_our_domain_elsewhere", "Contact: <sip:example.com;lr;maddr=192.0.2.41>\r\n" },
	{ "RC-31_unlisted", TO_HP2, "sip:bob@unlisted.example", NULL, UNLISTED },
	{ "RC-31_who_was_not_asked", TO_HP2, NULL, NULL, NULL, HP3 },
	{ "RC-31_unlisted_for_a_listed_one", TO_HP2, NULL, NULL, NULL, UNLISTED },
	{ "RC-34_SIPS", TO_HP2, "sips:bob@x.test", "Route: <sip:192.0.2.30;lr>\r\n" },
	{ "RC-34_SIPS_to_SIPS", "Contact: <sips:192.0.2.41;lr>\r\n", "sips:bob@x.test",
	  "Route: <sip:192.0.2.30;lr>\r\n" },
	{ "RC-23_strict_router_behind", TO_HP2, "sip:bob@x.test", "Route: <sip:192.0.2.30>\r\n" },
};

static void
check_not_followed(void **state)
{
	const struct refused *r = *state;
	const char *asked = r->asked != NULL ? r->asked : HP1;
	struct slice got;

	open_fresh(recurse_home);
	ask("INVITE", r->uri != NULL ? r->uri : "sip:bob@other.example", r->lines);
	answer_from(sent(asked, "INVITE"), r->from != NULL ? r->from : asked, "305 Use Proxy",
		    r->contacts);
	got = sent(ALICE, "SIP/2.0 305 Use Proxy");
	if (r->contacts != NULL)
		assert_memory_equal(strstr(got.ptr, "Contact:"), r->contacts, strlen(r->contacts));
	assert_int_equal(rig.out.counter[STATS_recursed], 0);
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	assert_int_equal(rig.out.count - count_to(ALICE), count_to(asked));
	check_no_leaks();
}
GTEST_ROWS(Recurse, refused, label, check_not_followed);

/* RC-31: the default. */
GTEST(Recurse, RC_31_nobody_is_listed)
{
	open_fresh(rig_config_proxy);
	ask("INVITE", "sip:bob@other.example", NULL);
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", TO_HP2);
	check_first_line(check_one(&rig.out, EDGE, ALICE), "SIP/2.0 305 Use Proxy");
}

/* RC-31: state alone does not make a 305 one that is followed. */
GTEST(Recurse, RC_31_unlisted_with_state)
{
	open_fresh(RIG_NETWORKS RECURSE_NEXT_HOPS RIG_NO_LIMITS
		   "names: [p1.example.com]\ndomains: [example.com]\n"
		   "transactions: {state: always}\nproxy: {" RECURSE_PEERS "}\n");
	ask("INVITE", "sip:bob@unlisted.example", NULL);
	answer_from(sent(UNLISTED, "INVITE"), UNLISTED, "305 Use Proxy", TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(count_to(HP2), 0);
	check_no_leaks();
}

/* RC-33: a user agent behind our flow, though its address is listed; with state, and with several.
 */
GTEST(Recurse, RC_33_user_agents)
{
	char text[256];

	open_fresh(RECURSE_HOME "proxy: {recurse_305: [0.0.0.0/0]}\n");
	snprintf(text, sizeof(text), "sip:u@10.0.0.5|<sip:%s@192.0.2.10;lr;ob>",
		 rig_token(FLOW_TOKEN_PATH, EDGE, "203.0.113.51:5060"));
	rig_bind("sip:flow@example.com", text, NULL);
	rig_bind("sip:flows@example.com", text, "sip:u@192.0.2.60", NULL);
	ask("INVITE", "sip:flow@example.com", NULL);
	answer_from(sent("203.0.113.51:5060", "INVITE"), "203.0.113.51:5060", "305 Use Proxy",
		    TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(count_to(HP2), 0);
	ask("INVITE", "sip:flows@example.com", NULL);
	answer_from(sent("203.0.113.51:5060", "INVITE"), "203.0.113.51:5060", "305 Use Proxy",
		    TO_HP2);
	check_first_line(check_one(&rig.out, EDGE, "203.0.113.51:5060"),
			 "ACK sip:u@10.0.0.5 SIP/2.0");
}

/* RFC 3841: who asks does not want it. */
GTEST(Recurse, no_recurse)
{
	struct slice first;

	open_fresh(recurse_home);
	ask("INVITE", "sip:bob@other.example", NULL);
	first = sent(HP1, "INVITE");
	rig.worker->transactions->row[0].flags |= TRANSACTION_NO_RECURSE;
	answer_from(first, HP1, "305 Use Proxy", TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(count_to(HP2), 0);
}

/* RC-26: an ACK has no answer, and a 305 to a CANCEL is about nothing. */
GTEST(Recurse, RC_26_CANCEL)
{
	struct slice first, text;
	struct request_case c = { .method = "CANCEL",
				  .uri = "sip:bob@other.example",
				  .lines = VIA MF };

	open_fresh(recurse_home);
	c.method = "INVITE";
	text = case_message(&c);
	rig_send(text, ALICE, EDGE);
	first = sent(HP1, "INVITE");
	answer_from(first, HP1, "180 Ringing", NULL);
	snprintf((char *)(uintptr_t)text.ptr, text.len,
		 "CANCEL sip:bob@other.example SIP/2.0\r\n" VIA MF
		 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: %s\r\nCSeq: 1 CANCEL\r\n\r\n",
		 rig_header(first, "Call-ID"));
	rig_send(slice_str(text.ptr), ALICE, EDGE);
	answer_from(sent(HP1, "CANCEL"), HP1, "305 Use Proxy", TO_HP2);
	assert_int_equal(rig.out.count, 0);
	/* and that of the INVITE that was cancelled is followed no more */
	answer_from(first, HP1, "305 Use Proxy", TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(count_to(HP2), 0);
	check_no_leaks();
}

GTEST(Recurse, RC_26_ACK)
{
	struct slice ack;

	open_fresh(recurse_home);
	ask("ACK", "sip:bob@other.example", NULL);
	ack = sent(HP1, "ACK");
	answer_from(ack, HP1, "305 Use Proxy", TO_HP2);
	assert_int_equal(count_to(HP2), 0);
	assert_int_equal(rig.out.counter[STATS_recursed], 0);
}

/* Contacts that only `proxy.check: routing` lets through: none of them comes to harm. */
static const struct {
	const char *label, *contacts;
} malformed[] = {
	{ "RC-30_unclosed", "Contact: <sip:192.0.2.41;lr\r\n" },
	{ "RC-30_star", "Contact: *\r\n" },
	{ "RC-30_empty", "Contact: ,,,\r\n" },
	{ "RC-30_lr_twice", "Contact: <sip:192.0.2.41;lr;lr>\r\n" },
	{ "RC-30_space", "Contact: <sip:192.0.2.41; lr>, <sip: 192.0.2.41>\r\n" },
	{ "RC-30_quote", "Contact: \"<sip:192.0.2.41;lr>\r\n" },
	{ "RC-30_q", "Contact: <sip:192.0.2.41;lr>;q=9\r\n" },
	{ "RC-30_port", "Contact: <sip:192.0.2.41:70000;lr>, <sip:192.0.2.41:0;lr>\r\n" },
	{ "RC-30_octets", "Contact: <sip:\xff\x01@192.0.2.41;lr>\r\n" },
};

static void
check_malformed(void **state)
{
	const typeof(malformed[0]) *r = *state;

	open_fresh(RECURSE_HOME "proxy: {check: routing, " RECURSE_PEERS "}\n");
	ask_and_move("INVITE", r->contacts);
	assert_int_equal(count_to(HP2), 0);
	assert_int_equal(rig.out.counter[STATS_recursed], 0);
	check_no_leaks();
}
GTEST_ROWS(Recurse, malformed, label, check_malformed);

/* RC-36 (a): who gets a 305 from us while we drain. */
static const struct {
	const char *label, *from, *first;
} drained[] = {
	{ "RC-36_a_proxy_that_is_listed", HP3, "SIP/2.0 305 Use Proxy" },
	{ "RC-36_one_that_is_only_followed", HP1, "SIP/2.0 503 Service Unavailable" },
	{ "RC-36_another_proxy", UNLISTED, "SIP/2.0 503 Service Unavailable" },
	{ "RC-36_a_peer", PEER, "SIP/2.0 503 Service Unavailable" },
};

static void
check_drained(void **state)
{
	const typeof(drained[0]) *r = *state;
	static char lines[512];
	struct request_case c = { .uri = "sip:bob@example.com", .lines = lines };

	snprintf(lines, sizeof(lines),
		 "Via: SIP/2.0/UDP %s;branch=z9hG4bKx\r\n"
		 "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bKy\r\n" MF,
		 r->from);
	open_fresh(RECURSE_HOME "proxy: {" RECURSE_PEERS ", send_305: [192.0.2.42]}\n");
	rig_order(ORDERS_DRAINING, "<sip:192.0.2.41;lr>;q=1.0");
	rig_send(case_message(&c), r->from, EDGE);
	check_first_line(check_one(&rig.out, EDGE, r->from), r->first);
	rig_order(ORDERS_OPEN, "");
}
GTEST_ROWS(Recurse, drained, label, check_drained);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
