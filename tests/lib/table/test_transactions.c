/* SPDX-License-Identifier: BSD-3-Clause */
/** Queries and lists of transactions in shared memory (RFC 5393 §7, MB-26). */
#include "lib/table/support.h"
#include "table/stats.h"
#include "table/transactions.h"

#define CASE(name) GTEST_F(Transactions, name, make_dir, remove_dir)

static const struct transactions_query plain = { .id = 7,
						 .limit = 3,
						 .state = TRANSACTIONS_ANY_STATE };

/* ---- names ---- */

GTEST(Transactions, names)
{
	for (int i = 0; i < TRANSACTIONS_SERVER_COUNT; i++)
		assert_int_equal(transactions_server_find(transactions_server_name((unsigned)i)),
				 i);
	assert_string_equal(transactions_server_name(TRANSACTIONS_SERVER_COUNT), "?");
	assert_string_equal(transactions_client_name(TRANSACTIONS_CLIENT_given_up), "given_up");
	assert_string_equal(transactions_client_name(255), "?");
	assert_int_equal(transactions_server_find("ringing"), -1);
	assert_int_equal(TRANSACTIONS_WORKERS, STATS_WORKERS);
}

/* ---- the query ---- */

CASE(query_goes_over)
{
	struct transactions_query asked = plain, got;
	struct segment seen;
	uint64_t age = UINT64_MAX;
	struct stat st;

	assert_int_equal(transactions_query_read(test_dir, &got, &seen, &age), SEGMENT_ERR_ABSENT);
	asked.aor_len = 3;
	memcpy(asked.aor, "sip", 3);
	assert_int_equal(transactions_ask(test_dir, &asked), SEGMENT_OK);
	assert_int_equal(transactions_query_read(test_dir, &got, &seen, &age), SEGMENT_OK);
	assert_memory_equal(&got, &asked, sizeof(got));
	assert_true(age < TRANSACTIONS_QUERY_MS);
	assert_false(segment_replaced(&seen));
	assert_int_equal(transactions_ask(test_dir, &asked), SEGMENT_OK);
	assert_true(segment_replaced(&seen));
	assert_int_equal(stat(in_dir("query"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

#define QUERY(field)                                                                               \
	offsetof(struct transactions_query_segment, query.field),                                  \
		sizeof(((struct transactions_query *)0)->field)

static const struct header_row bad_queries[] = {
	SEGMENT_HEADER_ROWS,
	{ "id-0", QUERY(id), 0, SEGMENT_ERR_DAMAGED },
	{ "limit-0", QUERY(limit), 0, SEGMENT_ERR_DAMAGED },
	{ "limit-more", QUERY(limit), TRANSACTIONS_LIMIT_MAX + 1, SEGMENT_ERR_DAMAGED },
	{ "aor-longer", QUERY(aor_len), TRANSACTIONS_AOR_MAX + 1, SEGMENT_ERR_DAMAGED },
	{ "call-id-longer", QUERY(call_id_len), UINT32_MAX, SEGMENT_ERR_DAMAGED },
	{ "state", QUERY(state), TRANSACTIONS_SERVER_COUNT, SEGMENT_ERR_DAMAGED },
};

static void
check_query(void **state)
{
	const struct header_row *row = gtest_row();
	struct transactions_query got;
	struct segment seen;
	uint64_t age;

	(void)state;
	assert_int_equal(transactions_ask(test_dir, &plain), SEGMENT_OK);
	patch_header("query", row);
	assert_int_equal(transactions_query_read(test_dir, &got, &seen, &age), row->error);
}
GTEST_ROWS_F(TransactionsQuery, bad_queries, label, check_query, make_dir, remove_dir);

/* ---- the list ---- */

static struct transactions_entry
entry_of(uint32_t n, unsigned int branches)
{
	struct transactions_entry e = { .branch_count = branches };

	e.facts = (struct transactions_facts){ .age_ms = n * 1000,
					       .breadth_in = 60,
					       .breadth_out = n,
					       .branches = branches,
					       .final_status = 486,
					       .state = TRANSACTIONS_SERVER_completed };
	e.method = SLICE("INVITE");
	e.uri = SLICE("sip:two@example.com");
	e.call_id = SLICE("f@198.51.100.9");
	e.from = SLICE("alice");
	for (unsigned int i = 0; i < branches; i++)
		e.branch[i] = (struct transactions_branch){ .to = { .family = 4, .port = 5060 },
							    .share = n + i };
	return e;
}

static struct transactions_list writer, reader;

static int
end_lists(void **state)
{
	transactions_list_detach(&reader);
	transactions_list_detach(&writer);
	return remove_dir(state);
}

static void
open_lists(const struct transactions_query *query, uint32_t workers)
{
	assert_int_equal(transactions_list_create(&writer, test_dir, query, workers), SEGMENT_OK);
	assert_int_equal(transactions_list_attach(&reader, test_dir), SEGMENT_OK);
}

#define LIST_CASE(name) GTEST_F(TransactionsList, name, make_dir, end_lists)

LIST_CASE(each_worker_has_a_part)
{
	const struct transactions_part mine = { 2, 9, 12 };
	struct transactions_entry in = entry_of(5, 2), out;
	struct transactions_part part;
	struct stat st;

	open_lists(&plain, 2);
	assert_int_equal(reader.query, 7);
	assert_int_equal(reader.worker_count, 2);
	assert_int_equal(stat(in_dir("transactions"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	transactions_list_put(&writer, 1, 1, &in);
	assert_false(transactions_list_part(&reader, 1, &part));
	transactions_list_done(&writer, 1, &mine);
	assert_false(transactions_list_part(&reader, 0, &part));
	assert_false(transactions_list_part(&reader, 2, &part));
	assert_true(transactions_list_part(&reader, 1, &part));
	assert_memory_equal(&part, &mine, sizeof(part));
	assert_false(transactions_list_get(&reader, 1, 0, &out));
	assert_false(transactions_list_get(&reader, 0, 1, &out));
	assert_false(transactions_list_get(&reader, 1, 3, &out));
	assert_true(transactions_list_get(&reader, 1, 1, &out));
	assert_int_equal(out.facts.flags, TRANSACTIONS_THERE);
	out.facts.flags = 0;
	assert_memory_equal(&out.facts, &in.facts, sizeof(in.facts));
	assert_true(slice_eq(out.method, in.method) && slice_eq(out.uri, in.uri) &&
		    slice_eq(out.call_id, in.call_id) && slice_eq(out.from, in.from));
	assert_int_equal(out.branch_count, 2);
	assert_memory_equal(out.branch, in.branch, 2 * sizeof(in.branch[0]));
}

LIST_CASE(nothing_is_known)
{
	struct transactions_entry in = { .facts = { .flags = TRANSACTIONS_RELEASED } }, out;

	open_lists(&plain, 1);
	transactions_list_put(&writer, 0, 0, &in);
	assert_true(transactions_list_get(&reader, 0, 0, &out));
	assert_int_equal(out.uri.len + out.method.len + out.call_id.len + out.from.len, 0);
	assert_int_equal(out.branch_count, 0);
	assert_int_equal(out.facts.flags, TRANSACTIONS_THERE | TRANSACTIONS_RELEASED);
}

/* Texts of strangers are cut; what finds no room at all is left out, and the rest still read. */
LIST_CASE(too_much)
{
	static char longest[4096];
	struct transactions_entry in = entry_of(1, TRANSACTIONS_BRANCHES), out;
	unsigned int branches = 0, texts = 0;

	memset(longest, 'x', sizeof(longest));
	open_lists(&plain, 1);
	in.uri = in.call_id = in.from = in.method = slice_of(longest, sizeof(longest));
	in.facts.branches = 70;
	for (uint32_t i = 0; i < plain.limit; i++)
		transactions_list_put(&writer, 0, i, &in);
	for (uint32_t i = 0; i < plain.limit; i++) {
		assert_true(transactions_list_get(&reader, 0, i, &out));
		assert_true((out.facts.flags & TRANSACTIONS_CUT) != 0);
		assert_int_equal(out.facts.branches, 70);
		branches += out.branch_count;
		texts += out.uri.len > 0;
		assert_true(out.uri.len <= 512 && out.call_id.len <= 256 && out.from.len <= 128);
		for (size_t k = 0; k < out.uri.len; k++)
			assert_int_equal(out.uri.ptr[k], 'x');
	}
	assert_in_range(branches, TRANSACTIONS_BRANCHES, 2 * TRANSACTIONS_BRANCHES);
	assert_in_range(texts, 2, 3);
}

/* The largest query of the most workers: what is put in last comes out again. */
LIST_CASE(the_most)
{
	struct transactions_query q = plain;
	struct transactions_entry in = entry_of(3, 20), out;

	q.limit = TRANSACTIONS_LIMIT_MAX;
	open_lists(&q, 8);
	for (uint32_t i = 0; i < q.limit; i++)
		transactions_list_put(&writer, 7, i, &in);
	assert_true(transactions_list_get(&reader, 7, q.limit - 1, &out));
	assert_int_equal(out.branch_count, 20);
	assert_int_equal(out.facts.flags, TRANSACTIONS_THERE);
}

LIST_CASE(withdrawn)
{
	struct transactions_list second = { .query = 0 };
	struct transactions_entry in = entry_of(3, 1), out;

	open_lists(&plain, 1);
	assert_int_equal(transactions_list_create(&second, test_dir, &plain, 1), SEGMENT_OK);
	/* it is not the first one's name any more */
	segment_withdraw(&writer.segment);
	assert_int_equal(access(in_dir("transactions"), F_OK), 0);
	segment_withdraw(&second.segment);
	assert_int_equal(access(in_dir("transactions"), F_OK), -1);
	transactions_list_detach(&second);
	transactions_list_put(&writer, 0, 0, &in);
	assert_true(transactions_list_get(&reader, 0, 0, &out));
}

/* ---- lists that are not sound ---- */

#define LIST(field) FIELD(struct transactions_header, field)

static const struct header_row bad_lists[] = {
	SEGMENT_HEADER_ROWS,
	{ "parts-behind-the-end", LIST(parts_off), UINT64_C(1) << 40, SEGMENT_ERR_SHORT },
	{ "parts-askew", LIST(parts_off), 250, SEGMENT_ERR_SHORT },
	{ "part-larger", LIST(part_size), UINT64_C(1) << 62, SEGMENT_ERR_SHORT },
	{ "part-askew", LIST(part_size), 1000, SEGMENT_ERR_SHORT },
	{ "rows-larger-than-a-part", LIST(limit), 1000, SEGMENT_ERR_SHORT },
	{ "rows-more-than-ever", LIST(limit), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "workers-more-than-parts", LIST(worker_count), 2, SEGMENT_ERR_SHORT },
	{ "workers-more-than-ever", LIST(worker_count), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "text-behind-its-part", LIST(text_off), UINT64_C(1) << 40, SEGMENT_ERR_SHORT },
	{ "text-over-rows", LIST(text_off), 64, SEGMENT_ERR_SHORT },
	{ "text-larger", LIST(text_size), UINT64_MAX, SEGMENT_ERR_SHORT },
};

static void
check_list(void **state)
{
	const struct header_row *row = gtest_row();
	struct transactions_list list;

	(void)state;
	assert_int_equal(transactions_list_create(&writer, test_dir, &plain, 1), SEGMENT_OK);
	patch_header("transactions", row);
	assert_int_equal(transactions_list_attach(&list, test_dir), row->error);
	transactions_list_detach(&list);
}
GTEST_ROWS_F(TransactionsList, bad_lists, label, check_list, make_dir, end_lists);

/* Rows of anything: never an octet outside of the segment, which a sanitizer sees. */
LIST_CASE(random_rows)
{
	const struct transactions_part all = { UINT32_MAX, 1, 1 };
	struct transactions_entry e;
	struct transactions_part part;
	uint64_t seed = 1, read = 0;

	open_lists(&plain, 1);
	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t *p = (uint8_t *)writer.segment.header + 256 + 64;
		size_t n = 3 * 64;

		e = entry_of(round, 3);
		((uint64_t *)(void *)(p - 64))[2] = 0;
		for (uint32_t i = 0; i < 3; i++)
			transactions_list_put(&writer, 0, i, &e);
		for (unsigned int k = random_below(&seed, 8); k > 0; k--)
			p[random_below(&seed, (uint32_t)n)] = (uint8_t)random_below(&seed, 256);
		transactions_list_done(&writer, 0, &all);
		assert_true(transactions_list_part(&reader, 0, &part));
		assert_int_equal(part.rows, plain.limit);
		for (uint32_t i = 0; i < part.rows; i++) {
			if (!transactions_list_get(&reader, 0, i, &e))
				continue;
			read++;
			for (size_t k = 0; k < e.from.len; k++)
				seed += (uint8_t)e.from.ptr[k];
			assert_true(e.branch_count <= TRANSACTIONS_BRANCHES);
		}
	}
	assert_true(read > 1000);
}
