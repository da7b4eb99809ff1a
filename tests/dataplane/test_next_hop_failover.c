/* SPDX-License-Identifier: BSD-3-Clause */
/** Next hops of one name, of which the first fails: the next one gets the request (RFC 3263 §4.3).
 */
#include "next_hop.h"

static const char config[] = RIG_NETWORKS RIG_NO_LIMITS "names: [proxy.example]\n"
							"transactions: {state: always}\n";

static char vias[1024];

/* The one request that left, to `where`. */
static void
expect_request(const char *method, const char *where)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < rig.out.count; i++) {
		const struct rig_datagram *d = &rig.out.datagram[i];

		if (strncmp(d->sip.ptr, method, strlen(method)) != 0)
			continue;
		check_address(method, &d->to, where);
		snprintf(vias, sizeof(vias), "%s", rig_header(d->sip, "Via"));
		found++;
	}
	assert_int_equal(found, 1);
}

static void
begin(const char *method)
{
	open_with(config, 1024);
	rig_send(request(method, "sip:u@first.example", "sip:u@first.example", 1, 1), ALICE, EDGE);
	expect_request(method, ONE);
}

static void
answer(const char *method, const char *status, const char *from)
{
	static char text[2048];

	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\r\nVia: %s\r\nFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:u@first.example>;tag=x\r\nCall-ID: c1\r\nCSeq: 1 %s\r\n"
		 "Content-Length: 0\r\n\r\n",
		 status, vias, method);
	rig_send(slice_str(text), from, EDGE);
}

/* Until something leaves, at most `seconds`. */
static void
wait_for_more(unsigned int seconds, const char *method, const char *where)
{
	const struct flow_address want = rig_address(where);

	for (unsigned int i = 0; i < 10 * seconds; i++) {
		rig_wait(100);
		rig_walk();
		for (unsigned int k = 0; k < rig.out.count; k++)
			if (flow_address_eq(&rig.out.datagram[k].to, &want)) {
				expect_request(method, where);
				return;
			}
	}
	fail_msg("nothing went to %s", where);
}

static const struct failed_row {
	const char *label, *method, *status; /* status NULL: it stays silent */
	const char *next;                    /* NULL: no other one is tried */
} failed[] = {
	{ "PX-64 RFC3263 503", "INVITE", "503 Service Unavailable", TWO },
	{ "PX-64 RFC3263 503 to OPTIONS", "OPTIONS", "503 Service Unavailable", TWO },
	{ "PX-64 RFC3263 500 is an answer", "INVITE", "500 Server Internal Error", NULL },
	{ "PX-64 RFC3263 408 of somebody behind it", "INVITE", "408 Request Timeout", NULL },
	{ "PX-64 RFC3263 404", "INVITE", "404 Not Found", NULL },
	{ "PX-64 RFC3263 silent", "INVITE", NULL, TWO },
	{ "PX-64 RFC3263 silent to OPTIONS", "OPTIONS", NULL, TWO },
};

static void
check_failed(void **state)
{
	const struct failed_row *r = *state;

	begin(r->method);
	if (r->status == NULL) {
		wait_for_more(33, r->method, r->next);
	} else {
		answer(r->method, r->status, ONE);
		if (r->next != NULL)
			expect_request(r->method, r->next);
	}
	if (r->next != NULL) {
		answer(r->method, "200 OK", r->next);
		assert_int_equal(rig.out.count, 1);
		check_first_line(rig.out.datagram[0].sip, "SIP/2.0 200 OK");
	} else {
		for (unsigned int i = 0; i < rig.out.count; i++)
			assert_true(strncmp(rig.out.datagram[i].sip.ptr, r->method,
					    strlen(r->method)) != 0);
	}
}
GTEST_ROWS_F(NextHopFailover, failed, label, check_failed, NULL, close_rings);

/* Both fail: 503 is for us alone (RFC 3261 §16.7 item 6). */
GTEST_F(NextHopFailover, PX_94_503_becomes_500, NULL, close_rings)
{
	begin("INVITE");
	answer("INVITE", "503 Service Unavailable", ONE);
	expect_request("INVITE", TWO);
	answer("INVITE", "503 Service Unavailable", TWO);
	assert_int_equal(rig.out.count, 2);
	for (unsigned int i = 0; i < 2; i++)
		if (strncmp(rig.out.datagram[i].sip.ptr, "SIP", 3) == 0)
			check_first_line(rig.out.datagram[i].sip,
					 "SIP/2.0 500 Server Internal Error");
}

/* As if this target had answered 408. */
GTEST_F(NextHopFailover, PX_66_none_answers, NULL, close_rings)
{
	begin("INVITE");
	wait_for_more(33, "INVITE", TWO);
	for (unsigned int i = 0; i < 330; i++) {
		rig_wait(100);
		rig_walk();
		if (rig.out.count == 1 && strncmp(rig.out.datagram[0].sip.ptr, "SIP", 3) == 0)
			break;
	}
	assert_int_equal(rig.out.count, 1);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 408 Request Timeout");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
