/* SPDX-License-Identifier: BSD-3-Clause */
/** Transactions among what is forged, too much, or fails: bounded, and nothing is left behind. */
#include <rte_mbuf.h>

#include "rig_internal.h"
#include "transaction.h"
#include "transaction/transaction.h"

#define ALWAYS .config = script_config_always, .user = "one"
#define RUNG "A 100, U1 INVITE"

/* ---- branches that look like ours ---- */

enum { COOKIE = 7, DIGITS = 24 };

/* A 180 of `who`, with this branch in place of the one it got. */
static void
ring_with(const char *who, const char *own, const char *branch)
{
	char text[512];

	snprintf(text, sizeof(text), "%s 180|%s>%s", who, own, branch);
	script_in(text);
}

static void
own_branch(const char *who, char out[128])
{
	const char *p = strstr(rig_header(script_last(who, "INVITE"), "Via"), "branch=");

	assert_non_null(p);
	snprintf(out, 128, "%.*s", (int)strcspn(p + 7, ",;"), p + 7);
}

GTEST(TransactionLimits, PX_195_a_digit_of_the_branch)
{
	static const struct script s = { .req = "digits" };
	char own[128], branch[128];

	script_begin(&s);
	script_in("first");
	script_out("A 100, U1 INVITE, U2 INVITE");
	own_branch("U1", own);
	for (unsigned int i = 0; i < DIGITS; i++)
		for (unsigned int v = 0; v < 16; v++) {
			strcpy(branch, own);
			branch[COOKIE + i] = "0123456789abcdef"[v];
			if (strcmp(branch, own) == 0)
				continue;
			ring_with("U1", own, branch);
			assert_int_equal(rig.out.counter[STATS_stray_response] +
						 rig.out.counter[STATS_forged_branch],
					 1);
			script_out("");
		}
	script_in("U1 180");
	script_out("A 180");
	script_end();
}

GTEST(TransactionLimits, PX_195_the_number_of_another_branch)
{
	static const struct script s = { .req = "numbers" };
	static const char *const numbers[] = { "000002", "0000ff", "01ffff", "020000", "ffffff" };
	char own[128], other[128], branch[128];

	script_begin(&s);
	script_in("first");
	script_out("A 100, U1 INVITE, U2 INVITE");
	own_branch("U1", own);
	own_branch("U2", other);
	strcpy(branch, own);
	memcpy(branch + COOKIE + 2, other + COOKIE + 2, 6);
	ring_with("U1", own, branch);
	script_counted("stray_response 1");
	for (size_t i = 0; i < RTE_DIM(numbers); i++) {
		memcpy(branch + COOKIE + 2, numbers[i], 6);
		ring_with("U1", own, branch);
		assert_int_equal(rig.out.counter[STATS_stray_response], 1);
	}
	script_out("");
	script_end();
	/* and nothing of it lives when its transaction has ended, nor is it somebody else's */
	script_begin(&s);
	script_in("first");
	script_in("U1 486");
	script_in("U2 486");
	own_branch("U1", own);
	script_until(33000);
	script_in("first|z9hG4bKa>z9hG4bKb");
	own_branch("U1", branch);
	assert_int_equal(rig.worker->transactions->client_used, 2); /* the numbers again */
	ring_with("U1", branch, own);
	assert_int_equal(rig.out.counter[STATS_stray_response], 1);
	script_end();
}

static const char config_two[] =
	RIG_NETWORKS_OF("2") RIG_NO_LIMITS "names: [p1.example.com]\ndomains: [example.com]\n";

GTEST(TransactionLimits, PX_195_the_worker_of_another)
{
	static const struct script s = { .req = "workers", .config = config_two };
	char own[128], branch[128];

	script_begin(&s);
	script_in("first");
	own_branch("U1", own);
	for (unsigned int worker = 1; worker < 256; worker++) {
		strcpy(branch, own);
		snprintf(branch + COOKIE, 3, "%02x", worker);
		branch[COOKIE + 2] = own[COOKIE + 2];
		ring_with("U1", own, branch);
		assert_int_equal(rig.out.counter[STATS_stray_response] +
					 rig.out.counter[STATS_forged_branch] +
					 rig.out.counter[STATS_foreign_response],
				 1);
		assert_int_equal(rig.out.counter[STATS_handed_over], worker == 1);
		assert_int_equal(rig.out.count, 0);
	}
	script_end();
}

static const struct script bad[] = {
	{ ALWAYS, .req = "PX-75_without_another_Via",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 180|, SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa>", "",
		      "foreign_response 1" },
		    { 16, "U1 486|, SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa>", "",
		      "foreign_response 1" },
		    { 24, "U1 180", "A 180" } } },
	{ ALWAYS, .req = "PX-130_another_on_top",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200|Via: >Via: SIP/2.0/UDP 203.0.113.51;branch=z9hG4bKx, ", "",
		      "foreign_response 1" } } },
	{ ALWAYS, .req = "PX-103_the_Via_below_leads_nobody_elsewhere",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 180|198.51.100.9:5060;b>203.0.113.99:9;b", "A 180" } } },
	{ ALWAYS, .req = "PX-195_malformed",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200|CSeq: 1>CSeq: x", "", "malformed 1" },
		    { 16, "U1 200|To: >Tu: ", "", "malformed 1" },
		    { 24, "U1 99", "", "malformed 1" },
		    { 32, "U1 200|Length: 4>Length: 400", "", "malformed 1" },
		    { 40, "U1 200", "A 200" } } },
	{ ALWAYS, .req = "PX-195_a_response_to_nothing",
	  .step = { { 0, "first", RUNG },
		    { 8, "U1 200|branch=z9hG4bK>branch=z9hG4bK000000001111222233334444|.L>x.L", "",
		      "branches 0" } } },
};
GTEST_ROWS(TransactionLimits, bad, req, script_check);

/* ---- too many ---- */

#define FULL(what) PROXY_WITH("state: always, failover_ms: 0, " what)

static const char config_16[] = FULL("max: 16"),
		  config_16_branches[] = FULL("max: 16, branches: 16"),
		  config_4_mb[] = FULL("memory_mb: 4");

static void
call_number(unsigned int serial, const char *user)
{
	char text[256];

	snprintf(text, sizeof(text), "first|z9hG4bKa>z9hG4bKf%u|sip:one@>sip:%s@|t@198>t%u@198",
		 serial, user, serial);
	script_in(text);
}

static unsigned int
count_sent(const char *first_line)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rig.out.count; i++)
		n += strcmp(rig_first_line(rig.out.datagram[i].sip), first_line) == 0;
	return n;
}

static void
check_refused(void)
{
	const int wait = atoi(rig_header(script_last("A", "503"), "Retry-After"));

	assert_int_equal(rig.out.counter[STATS_transactions_full], 1);
	assert_int_equal(count_sent("SIP/2.0 503 Too Many Transactions"), 1);
	assert_in_range(wait, 1, 3600);
}

GTEST(TransactionLimits, PX_01_flood_of_INVITE)
{
	static const struct script s = { .req = "flood", .config = config_16, .user = "one" };

	script_begin(&s);
	for (unsigned int i = 0; i < 16; i++)
		call_number(i, "one");
	assert_int_equal(rig.worker->transactions->live, 16);
	for (unsigned int i = 16; i < 100; i++) {
		call_number(i, "one");
		check_refused();
		assert_int_equal(rig.out.count, 1);
		assert_int_equal(rig.out.counter[STATS_replied], 1);
	}
	/* the answer had no state; its ACK ends all the same */
	script_in("ACK|z9hG4bKa>z9hG4bKf99|t@198>t99@198");
	assert_int_equal(rig.out.counter[STATS_ack_absorbed], 1);
	assert_int_equal(rig.out.count, 0);
	/* who has one is not harmed */
	script_in("first|z9hG4bKa>z9hG4bKf3|t@198>t3@198");
	assert_int_equal(count_sent("SIP/2.0 100 Trying"), 1);
	script_in("U1 486"); /* the last one */
	assert_int_equal(count_sent("SIP/2.0 486 X"), 1);
	script_in("ACK|z9hG4bKa>z9hG4bKf15|t@198>t15@198");
	assert_int_equal(rig.out.counter[STATS_absorbed], 1);
	/* no answers, no ACK: all end by themselves */
	script_until(64100);
	assert_int_equal(rig.worker->transactions->live, 0);
	call_number(100, "one");
	assert_int_equal(count_sent("SIP/2.0 100 Trying"), 1);
	script_end();
}

GTEST(TransactionLimits, PX_110_no_branch_left)
{
	static const struct script s = { .req = "branches",
					 .config = config_16_branches,
					 .user = "one" };

	script_begin(&s);
	for (unsigned int i = 0; i < 14; i++)
		call_number(i, "one");
	/* two of four */
	call_number(14, "four");
	assert_int_equal(rig.out.counter[STATS_branches], 2);
	assert_int_equal(rig.out.counter[STATS_transactions_full], 2);
	assert_int_equal(count_sent("SIP/2.0 100 Trying"), 1);
	assert_int_equal(rig.out.count, 3);
	/* none of four */
	call_number(15, "four");
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	assert_int_equal(count_sent("SIP/2.0 503 Too Many Transactions"), 1);
	assert_true(rig_header(script_last("A", "503"), "Retry-After")[0] != '\0');
	script_in("ACK|z9hG4bKa>z9hG4bKf15|t@198>t15@198");
	assert_int_equal(rig.out.counter[STATS_absorbed], 1);
	script_end();
}

/* A request of about this size. */
static struct slice
large(unsigned int serial, unsigned int octets)
{
	static char text[70000];
	int n = snprintf(text, sizeof(text),
			 "INVITE sip:one@example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKl%u\r\n" MF
			 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:one@example.com>\r\n"
			 "Call-ID: l%u@198.51.100.9\r\nCSeq: 1 INVITE\r\n"
			 "Content-Length: %u\r\n\r\n",
			 serial, serial, octets);

	memset(text + n, 'x', octets);
	return slice_of(text, (size_t)n + octets);
}

GTEST(TransactionLimits, PX_76_no_room_for_texts)
{
	static const struct script s = { .req = "texts", .config = config_4_mb, .user = "one" };
	const struct transactions *ts;
	unsigned int begun = 0;

	script_begin(&s);
	ts = rig.worker->transactions;
	for (unsigned int i = 0; i < 120; i++) {
		script_send(large(i, 40000), ALICE);
		begun += (unsigned int)rig.out.counter[STATS_transactions];
		if (rig.out.counter[STATS_transactions] == 0)
			check_refused();
	}
	assert_in_range(begun, 32, 112);
	assert_int_equal(ts->live, begun);
	/* what cannot be kept goes on all the same, and what is sent again is of our own */
	script_in("U1 180|\r\n\r\nbody>\r\n\r\nbody");
	assert_int_equal(count_sent("SIP/2.0 180 X"), 1);
	script_until(62000);
	script_end();
}

/* The store is full: whatever is put there does not fit. */
static void
fill(struct transactions *ts, uint32_t ref[], unsigned int *count)
{
	for (size_t n = 60000; n >= 100; n /= 2)
		while ((ref[*count] = text_store_alloc(&ts->text, n, &(char *){ NULL })) != 0)
			++*count;
}

static void
empty(struct transactions *ts, const uint32_t ref[], unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		text_store_free(&ts->text, ref[i]);
}

static const struct unkept_row {
	const char *req, *method, *in, *out, *again;
} unkept[] = {
	{ "PX-79 180", "INVITE", "U1 180", "A 180", "A 100" },
	{ "PX-80 200", "INVITE", "U1 200", "A 200", "" },
	{ "PX-88 486", "INVITE", "U1 486", "U1 ACK, A 486 @0, A 500 @500 @1500", "A 500" },
	{ "PX-94 503", "INVITE", "U1 503", "U1 ACK, A 500 @0 @500 @1500", "A 500" },
	{ "PX-80 200 of MESSAGE", "MESSAGE", "U1 200", "A 200", "" },
};

/* A response that there is no room for is not lost. */
static void
check_unkept(void **state)
{
	const struct unkept_row *r = *state;
	const struct script s = {
		.user = "one", .req = r->req, .method = r->method, .config = config_4_mb
	};
	struct transactions *ts;
	static uint32_t ref[20000];
	unsigned int count = 0;

	script_begin(&s);
	ts = rig.worker->transactions;
	script_in("first");
	script_out(strcmp(r->method, "INVITE") == 0 ? RUNG : "U1 MESSAGE");
	fill(ts, ref, &count);
	script_in(r->in);
	script_until(2000);
	script_out(r->out);
	script_in("copy");
	script_out(r->again);
	empty(ts, ref, count);
	script_end();
}
GTEST_ROWS(TransactionLimits, unkept, req, check_unkept);

/* ---- no buffers ---- */

static struct rte_mbuf *taken[8192];
static unsigned int taken_count;

/* All buffers but this many. */
static void
take_buffers(unsigned int but)
{
	while (rte_mempool_avail_count(rig_pool) > but)
		taken[taken_count++] = rte_pktmbuf_alloc(rig_pool);
}

static int
give_back(void **state)
{
	(void)state;
	rte_pktmbuf_free_bulk(taken, taken_count);
	taken_count = 0;
	return 0;
}

GTEST_F(TransactionLimits, PX_110_no_buffer_for_the_first_copy, NULL, give_back)
{
	static const struct script s = { .req = "first copy", ALWAYS };

	script_begin(&s);
	take_buffers(1);
	script_in("first");
	script_counted("no_buffer 2, branches 1"); /* as if 100 and INVITE had got lost */
	script_out("");
	give_back(NULL);
	script_until(600);
	script_out("U1 INVITE @500");
	script_in("U1 486");
	script_out("A 486, U1 ACK");
	script_in("ACK");
	script_out("");
	script_end();
}

GTEST_F(TransactionLimits, PX_132_no_buffer_for_later_ones, NULL, give_back)
{
	static const struct script s = { .req = "later ones", ALWAYS };

	script_begin(&s);
	script_in("first");
	script_out(RUNG);
	take_buffers(0);
	script_until(1000);
	script_counted("no_buffer 1");
	script_out("");
	give_back(NULL);
	script_until(1600);
	script_out("U1 INVITE @1500");
	take_buffers(1);
	script_in("copy");
	script_counted("no_buffer 1, copies_absorbed 1");
	script_in("U1 486"); /* it goes on in its own buffer */
	script_counted("no_buffer 2");
	script_out("A 486");
	script_until(2200);
	script_out("A 486 @2100");
	give_back(NULL);
	script_in("U1 486");
	script_out("U1 ACK");
	script_until(3200);
	script_out("A 486 @3100");
	script_end();
}

GTEST_F(TransactionLimits, PX_212_no_buffer_for_CANCEL, NULL, give_back)
{
	static const struct script s = { .req = "CANCEL", ALWAYS };

	script_begin(&s);
	script_in("first");
	script_in("U1 180");
	script_out("A 100, U1 INVITE, A 180");
	take_buffers(1);
	script_in("CANCEL");
	script_counted("no_buffer 1, cancels 1");
	script_out("A 200/CANCEL");
	give_back(NULL);
	script_until(600);
	script_out("U1 CANCEL @500");
	script_in("U1 487");
	script_out("U1 ACK, A 487");
	script_end();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
