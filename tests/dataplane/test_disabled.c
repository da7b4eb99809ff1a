/* SPDX-License-Identifier: BSD-3-Clause */
/** AORs that an operator has shut off (RFC 5393 §7, MB-26). */
#include "cases.h"
#include "table/disabled.h"

static const char config[] = RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"
							"domains: [example.com]\n"
							"registrar: {gruu: rfc5627}\n"
							"transactions: {failover_ms: 0}\n";

static void
publish(const struct disabled *d)
{
	assert_int_equal(disabled_publish(rig.engine->config->shm_dir, d), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

static void
shut_off(const char *aor, uint16_t status)
{
	static struct disabled d;

	memset(&d, 0, sizeof(d));
	if (aor != NULL)
		assert_true(disabled_add(&d, slice_str(aor), status));
	publish(&d);
}

static int
open_rig(void **state)
{
	static const struct rig_binding rows[] = {
		{ .contact = "sip:g@203.0.113.60", .instance = "<urn:x:1>", .reg_id = 0 },
	};
	static const struct rig_instance known[] = { { "<urn:x:1>", 77 } };

	(void)state;
	rig_open(NULL);
	rig_open(config);
	rig_bind("sip:one@example.com", "sip:one@203.0.113.51", NULL);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.51", "sip:two@203.0.113.52", NULL);
	rig_bind_instances("sip:g@example.com", rows, 1, known, 1);
	return 0;
}

#define CASE(name) GTEST_F(Disabled, name, open_rig, NULL)

static const struct rig_out *
request(const char *method, const char *uri, unsigned int call, const char *to_tag)
{
	char text[800];
	int n = snprintf(text, sizeof(text),
			 "%s %s SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKd%u\r\n" MF
			 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:x@example.com>%s\r\n"
			 "Call-ID: d%u@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
			 method, uri, call, to_tag, call, method);

	return rig_send(slice_of(text, (size_t)n), ALICE, EDGE);
}

static void
check_answer(const char *first)
{
	assert_int_equal(rig.out.count, first != NULL);
	if (first != NULL)
		check_first_line(rig.out.datagram[0].sip, first);
}

static const struct refusal {
	const char *req, *method, *uri, *aor;
	uint16_t status;
	const char *first;
} refusals[] = {
	/* clang-format off */
	{ "MB-26", "INVITE", "sip:one@example.com", "sip:one@example.com", 480, "SIP/2.0 480 Temporarily Unavailable" },
	{ "MB-26 403", "INVITE", "sip:one@example.com", "sip:one@example.com", 403, "SIP/2.0 403 Forbidden" },
	{ "MB-26 several targets", "INVITE", "sip:two@example.com", "sip:two@example.com", 480, "SIP/2.0 480 Temporarily Unavailable" },
	{ "MB-26 usual port, other case", "OPTIONS", "sip:one@EXAMPLE.com:5060", "sip:one@example.com", 480, "SIP/2.0 480 Temporarily Unavailable" },
	{ "MB-26 not registered", "INVITE", "sip:none@example.com", "sip:none@example.com", 403, "SIP/2.0 403 Forbidden" },
	{ "MB-26 not registered, others", "INVITE", "sip:none@example.com", "sip:one@example.com", 403, "SIP/2.0 404 Not Found" },
	{ "MB-26 public GRUU", "INVITE", "sip:g@example.com;gr=urn:x:1", "sip:g@example.com", 403, "SIP/2.0 403 Forbidden" },
	{ "MB-26 ACK", "ACK", "sip:one@example.com", "sip:one@example.com", 403, "ACK sip:one@203.0.113.51 SIP/2.0" },
	{ "MB-26 others", "INVITE", "sip:one@example.com", "sip:two@example.com", 403, "INVITE sip:one@203.0.113.51 SIP/2.0" },
	/* clang-format on */
};

static void
check_refusal(void **state)
{
	const struct refusal *r = gtest_row();

	(void)state;
	shut_off(r->aor, r->status);
	request(r->method, r->uri, 1, "");
	check_answer(r->first);
	assert_int_equal(rig.out.counter[STATS_aor_disabled],
			 strncmp(r->first, "SIP/2.0 4", 9) == 0 && r->first[10] != '4');
}
GTEST_ROWS_F(Disabled, refusals, req, check_refusal, open_rig, NULL);

CASE(MB_26_temporary_GRUU)
{
	char uri[160];

	snprintf(uri, sizeof(uri), "sip:%s@example.com;gr", rig_temp_gruu(77));
	request("INVITE", uri, 1, "");
	check_answer("INVITE sip:g@203.0.113.60 SIP/2.0");
	shut_off("sip:g@example.com", 480);
	request("INVITE", uri, 2, "");
	check_answer("SIP/2.0 480 Temporarily Unavailable");
}

/* What has begun goes on: copies, CANCEL, branches that ring. */
CASE(MB_26_what_has_begun)
{
	request("INVITE", "sip:one@example.com", 1, "");
	check_answer("INVITE sip:one@203.0.113.51 SIP/2.0");
	request("INVITE", "sip:two@example.com", 2, "");
	assert_int_equal(rig.out.count, 3);
	shut_off("sip:one@example.com", 403);
	request("INVITE", "sip:one@example.com", 1, "");
	check_answer("INVITE sip:one@203.0.113.51 SIP/2.0");
	request("CANCEL", "sip:one@example.com", 1, "");
	check_answer("CANCEL sip:one@203.0.113.51 SIP/2.0");
	shut_off("sip:two@example.com", 403);
	request("CANCEL", "sip:two@example.com", 2, "");
	check_answer("SIP/2.0 200 OK");
	request("INVITE", "sip:two@example.com", 3, "");
	check_answer("SIP/2.0 403 Forbidden");
}

/* A To tag alone is no dialog. */
CASE(MB_26_no_dialog)
{
	shut_off("sip:one@example.com", 480);
	request("BYE", "sip:one@example.com", 1, ";tag=b1");
	check_answer("SIP/2.0 480 Temporarily Unavailable");
}

CASE(MB_26_let_in_again)
{
	shut_off("sip:one@example.com", 480);
	request("INVITE", "sip:one@example.com", 1, "");
	check_answer("SIP/2.0 480 Temporarily Unavailable");
	shut_off(NULL, 0);
	request("INVITE", "sip:one@example.com", 2, "");
	check_answer("INVITE sip:one@203.0.113.51 SIP/2.0");
}

/* As many as there may be, each found by its hash; and in a table that was built anew, too. */
CASE(MB_26_the_most)
{
	static struct disabled d;
	char aor[40];

	memset(&d, 0, sizeof(d));
	for (unsigned int i = 0; i < DISABLED_MAX; i++) {
		snprintf(aor, sizeof(aor), "sip:u%u@example.com", i);
		assert_true(disabled_add(&d, slice_str(aor), i % 2 ? 403 : 480));
	}
	publish(&d);
	assert_int_equal(atomic_load(&rig.engine->tables)->disabled.count, DISABLED_MAX);
	for (unsigned int i = 0; i < DISABLED_MAX; i += 5) {
		snprintf(aor, sizeof(aor), "sip:u%u@example.com", i);
		request("INVITE", aor, 100 + i, "");
		check_answer(i % 2 ? "SIP/2.0 403 Forbidden"
				   : "SIP/2.0 480 Temporarily Unavailable");
	}
	request("INVITE", "sip:one@example.com", 1, "");
	check_answer("INVITE sip:one@203.0.113.51 SIP/2.0");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
