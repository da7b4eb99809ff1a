/* SPDX-License-Identifier: BSD-3-Clause */
/** Alarms about transactions, and what may be asked for (RFC 5393 §7, MB-26). */
#include "aor_text.h"
#include "lib/table/support.h"
#include "transaction_watch.h"

static struct segment stats;
static struct transaction_watch watch;
static char message[512];

static struct transactions_gauges *
gauges(unsigned int worker)
{
	return &((struct stats_segment *)stats.header)->worker[worker].transactions;
}

/* A dataplane with two workers of 1000 transactions, 2000 branches, 10000 octets each. */
static void
start_dataplane(void)
{
	assert_int_equal(
		segment_create(&stats, test_dir, &stats_segment_type, sizeof(struct stats_segment)),
		SEGMENT_OK);
	((struct stats_segment *)stats.header)->worker_count = 2;
	for (unsigned int i = 0; i < 2; i++) {
		gauges(i)->max = 1000;
		gauges(i)->branches_max = 2000;
		gauges(i)->text_size = 10000;
	}
	assert_int_equal(segment_publish(&stats), SEGMENT_OK);
}

static int
set_up(void **state)
{
	int failed = make_dir(state);

	watch = (struct transaction_watch){ .dir = test_dir };
	start_dataplane();
	return failed;
}

static int
tear_down(void **state)
{
	transaction_watch_close(&watch);
	segment_detach(&stats);
	return remove_dir(state);
}

#define CASE(name) GTEST_F(TransactionWatch, name, set_up, tear_down)

static bool
news(void)
{
	return transaction_watch_news(&watch, message, sizeof(message));
}

/* ---- alarms ---- */

CASE(MB_26_one_line_for_each_crossing)
{
	gauges(1)->live = 799;
	assert_false(news());
	gauges(1)->live = 800;
	assert_true(news());
	assert_non_null(strstr(message, "worker 1 has 800 of 1000 transactions (80 %)"));
	assert_non_null(strstr(message, "transactions.max"));
	assert_false(news());
	gauges(1)->live = 1000;
	assert_false(news());
	gauges(1)->live = 700; /* about the bound is not yet below */
	assert_false(news());
	gauges(1)->live = 699;
	assert_true(news());
	assert_non_null(strstr(message, "down to 699 of 1000"));
	assert_false(news());
	gauges(1)->live = 900;
	assert_true(news());
	assert_int_equal(watch.alarms, 2);
}

CASE(MB_26_each_limit)
{
	gauges(0)->branches = 1700;
	gauges(0)->text_used = 9000;
	gauges(1)->text_used = 9100;
	assert_true(news());
	assert_non_null(strstr(message, "worker 0 has 1700 of 2000 branches (85 %)"));
	assert_true(news());
	assert_non_null(strstr(message, "transactions.memory_mb"));
	assert_true(news());
	assert_non_null(strstr(message, "worker 1 has 9100"));
	assert_false(news());
}

/* A dataplane that starts again has none; nor has one with fewer workers those of the others. */
CASE(MB_26_another_dataplane)
{
	gauges(1)->live = 900;
	assert_true(news());
	segment_detach(&stats);
	start_dataplane();
	((struct stats_segment *)stats.header)->worker_count = 1;
	assert_true(news());
	assert_non_null(strstr(message, "down to 0"));
	assert_false(news());
}

CASE(none_are_kept)
{
	gauges(0)->max = gauges(0)->branches_max = gauges(0)->text_size = 0;
	gauges(1)->max = gauges(1)->branches_max = gauges(1)->text_size = 0;
	assert_false(news());
	assert_null(transaction_watch_report(&watch));
}

static long long
number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

CASE(MB_26_report)
{
	json_t *report;

	gauges(0)->live = 900;
	gauges(1)->live = 10;
	gauges(0)->branches = 30;
	gauges(0)->oldest_s = 7;
	gauges(1)->oldest_s = 12;
	assert_true(news());
	report = transaction_watch_report(&watch);
	assert_int_equal(number(report, "live"), 910);
	assert_int_equal(number(report, "limit"), 2000);
	assert_int_equal(number(report, "branches"), 30);
	assert_int_equal(number(report, "oldest_s"), 12);
	assert_int_equal(number(report, "alarms"), 1);
	assert_true(json_is_true(json_object_get(report, "high")));
	json_decref(report);
}

/* ---- lists ---- */

/* What is published for a request; NULL `wrong`: it is. */
static const struct order {
	const char *label, *request, *wrong;
	const char *aor, *call_id;
	uint64_t older_ms;
	uint32_t limit, state;
} orders[] = {
	/* clang-format off */
	{ "everything", "{}", NULL, "", "", 0, 100, TRANSACTIONS_ANY_STATE },
	{ "all", "{\"aor\": \"Alice@EXAMPLE.com:5060\", \"call_id\": \"a@b\", \"older\": 30, \"limit\": 1000, \"state\": \"accepted\"}",
	  NULL, "sip:Alice@example.com", "a@b", 30000, 1000, TRANSACTIONS_SERVER_accepted },
	{ "aor-none", "{\"aor\": \"a b\"}", "no address of record", NULL, NULL, 0, 0, 0 },
	{ "aor-tel", "{\"aor\": \"tel:+49301234\"}", "no address of record", NULL, NULL, 0, 0, 0 },
	{ "call-id-empty", "{\"call_id\": \"\"}", "no Call-ID", NULL, NULL, 0, 0, 0 },
	{ "state-unknown", "{\"state\": \"ringing\"}", "no such state", NULL, NULL, 0, 0, 0 },
	{ "limit-0", "{\"limit\": 0}", "from 1 to 1000", NULL, NULL, 0, 0, 0 },
	{ "limit-more", "{\"limit\": 1001}", "from 1 to 1000", NULL, NULL, 0, 0, 0 },
	{ "limit-text", "{\"limit\": \"5\"}", "from 1 to 1000", NULL, NULL, 0, 0, 0 },
	{ "older-negative", "{\"older\": -1}", "seconds", NULL, NULL, 0, 0, 0 },
	/* clang-format on */
};

static void
check_order(void **state)
{
	const struct order *o = gtest_row();
	json_t *request = json_loads(o->request, 0, NULL);
	json_t *answer = transaction_watch_list(&watch, request);
	struct transactions_query q;
	struct segment seen;
	uint64_t age;

	(void)state;
	assert_int_equal(json_is_true(json_object_get(answer, "ok")), o->wrong == NULL);
	if (o->wrong != NULL) {
		assert_non_null(
			strstr(json_string_value(json_object_get(answer, "error")), o->wrong));
		assert_int_equal(transactions_query_read(test_dir, &q, &seen, &age),
				 SEGMENT_ERR_ABSENT);
	} else {
		assert_int_equal(transactions_query_read(test_dir, &q, &seen, &age), SEGMENT_OK);
		assert_int_equal(q.id, number(answer, "id"));
		assert_true(slice_eq(slice_of(q.aor, q.aor_len), slice_str(o->aor)));
		assert_true(slice_eq(slice_of(q.call_id, q.call_id_len), slice_str(o->call_id)));
		assert_int_equal(q.older_ms, o->older_ms);
		assert_int_equal(q.limit, o->limit);
		assert_int_equal(q.state, o->state);
	}
	json_decref(request);
	json_decref(answer);
}
GTEST_ROWS_F(TransactionWatch, orders, label, check_order, set_up, tear_down);

/* Numbers of queries grow, also under a control that has just started. */
CASE(ids)
{
	json_t *request = json_object();
	long long last = 0;

	for (int i = 0; i < 100; i++) {
		json_t *answer = transaction_watch_list(&watch, request);

		assert_true(number(answer, "id") > last);
		last = number(answer, "id");
		json_decref(answer);
	}
	json_decref(request);
}

static void
check_refused(const char *why)
{
	json_t *request = json_object(), *answer = transaction_watch_list(&watch, request);

	assert_false(json_is_true(json_object_get(answer, "ok")));
	assert_non_null(strstr(json_string_value(json_object_get(answer, "error")), why));
	json_decref(request);
	json_decref(answer);
}

CASE(no_dataplane)
{
	atomic_store(&stats.header->heartbeat_ms, 1);
	check_refused("no sign of life for");
	assert_null(transaction_watch_report(&watch));
	unlink(in_dir("stats"));
	transaction_watch_close(&watch);
	check_refused("is not there");
}

/* ---- AORs as people write them ---- */

static const struct aor {
	const char *word, *want;
} aors[] = {
	{ "alice@example.com", "sip:alice@example.com" },
	{ "sip:alice@EXAMPLE.com", "sip:alice@example.com" },
	{ "sips:alice@example.com:5061", "sip:alice@example.com" },
	{ "sip:alice@example.com:5060;user=phone", "sip:alice@example.com" },
	{ "alice@example.com:5080", "sip:alice@example.com:5080" },
	{ "sip:%61lice@example.com", "sip:alice@example.com" },
	{ "mailto:alice@example.com", NULL },
	{ "alice@", NULL },
	{ "", NULL },
};

static void
check_aor(void **state)
{
	const struct aor *row = *state;
	char out[64];
	struct slice got = aor_text_read(row->word, out, sizeof(out));

	if (row->want == NULL)
		assert_null(got.ptr);
	else
		assert_true(slice_eq(got, slice_str(row->want)));
	assert_null(aor_text_read("somebody@example.com", out, 10).ptr);
}
GTEST_ROWS(AorText, aors, word, check_aor);
