/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/branch.h"
#include "lib/sip/support.h"

/* Where the responses go. */
static const struct flow_address home = { .ip = { 192, 0, 2, 7 }, .port = 5060, .family = 4 };

static const struct siphash_key key = { 0x1234, 0x5678 };

#define REST "From: <sip:a@a>;tag=f1\r\nTo: <sip:b>\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\r\n"

/* The received Via, and the same as a response brings it back. */
static const struct trip_row {
	const char *label;
	const char *received, *returned;
} trips[] = {
	{ "LD-27", "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKabc",
	  "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKabc" },
	{ "RFC3261-18.2.1", "SIP/2.0/UDP a.example;branch=z9hG4bKabc",
	  "SIP/2.0/UDP a.example;branch=z9hG4bKabc;received=192.0.2.9" },
	{ "RFC3581-4", "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKabc",
	  "SIP/2.0/UDP 10.1.1.1:4540;rport=9988;received=192.0.2.9;branch=z9hG4bKabc" },
	{ "respaced", "SIP / 2.0 / UDP a.example ; branch = z9hG4bKabc",
	  "SIP/2.0/UDP a.example;branch=z9hG4bKabc" },
	{ "ipv6", "SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bKabc;rport",
	  "SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bKabc;rport=1;received=2001:db8::1" },
	{ "RFC2543-no-branch", "SIP/2.0/UDP a.example", "SIP/2.0/UDP a.example;received=1.2.3.4" },
	{ "RFC2543-no-cookie", "SIP/2.0/UDP a.example;branch=1",
	  "SIP/2.0/UDP a.example;branch=1;received=1.2.3.4" },
	{ "RFC4475-3.2.1", "SIP/2.0/UDP a.example;branch=z9hG4bK",
	  "SIP/2.0/UDP a.example;branch=z9hG4bK" },
};

static void
parse(char *text, size_t size, const char *start, const char *via, struct sip_fields *fields)
{
	const struct sip_limits limits = { 0 };
	struct sip_message msg;

	snprintf(text, size, "%s\r\nVia: %s\r\n" REST, start, via);
	assert_int_equal(sip_message_check(&msg, sip_message_index(slice_str(text), &msg), &limits,
					   fields), SIP_FAULT_NONE);
}

static struct slice
written(char *out, const struct branch_id *id, const struct loop_part *loop,
	const struct branch_target *target)
{
	struct sip_writer w;

	sip_writer_init(&w, out, BRANCH_MAX_LEN);
	branch_write(&w, id, loop, target);
	assert_int_equal(sip_written(&w).len, target != NULL ? BRANCH_MAX_LEN
					      : loop != NULL ? BRANCH_LOOP_LEN
							     : BRANCH_LEN);
	return sip_written(&w);
}

/* Out with the request, back with the response; then every single change of what we signed. */
static void
round_trip(void **state)
{
	const struct trip_row *row = *state;
	const struct loop_part loop = { UINT64_C(0xdfb724d6a286a680), 0x2bcb23b0 };
	char request[600], response[600], out[BRANCH_MAX_LEN], bad[BRANCH_MAX_LEN];
	struct sip_fields sent, back;
	struct branch_target to = { 0x0b5afe01, true }, read_to;
	struct branch_id id, read;
	struct loop_part found;
	struct slice branch;

	parse(request, sizeof(request), "INVITE sip:b SIP/2.0", row->received, &sent);
	parse(response, sizeof(response), "SIP/2.0 200 OK", row->returned, &back);
	for (int with_loop = 0; with_loop < 5; with_loop++) {
		bool with_target = with_loop > 1;

		id = branch_make(key, &home, &sent.via, &sent, 3, 0xc7);
		to.others = with_loop != 3;
		to.same = with_loop == 4;
		branch = at_wall(written(out, &id, with_loop > 0 ? &loop : NULL,
					 with_target ? &to : NULL));
		assert_true(sip_branch_has_cookie(branch));
		assert_int_equal(loop_part_find(branch, &found), with_loop > 0);
		assert_int_equal(branch_target_read(branch, &read_to), with_target);
		if (with_target) {
			assert_int_equal(read_to.id, to.id);
			assert_int_equal(read_to.others, to.others);
			assert_int_equal(read_to.same, to.same);
		}
		if (with_loop)
			assert_memory_equal(&found, &loop, sizeof(uint64_t) + sizeof(uint32_t));
		assert_true(branch_read(branch, &read));
		assert_int_equal(read.worker, 3);
		assert_int_equal(read.listener, 0xc7);
		assert_memory_equal(read.mac, id.mac, sizeof(id.mac));
		assert_true(branch_check(key, &read, &home, &back.via, &back));

		/* Listener and MAC, digit by digit: 7 of cookie and 2 of worker are before them. */
		for (size_t at = 9; at < BRANCH_LEN; at++) {
			for (unsigned int digit = 0; digit < 16; digit++) {
				memcpy(bad, branch.ptr, branch.len);
				bad[at] = "0123456789abcdef"[digit];
				if (bad[at] == branch.ptr[at])
					continue;
				if (branch_read(slice_of(bad, branch.len), &read) &&
				    branch_check(key, &read, &home, &back.via, &back))
					fail_msg("accepted with %c at %zu", bad[at], at);
			}
		}
	}
}
GTEST_ROWS(Branch, trips, label, round_trip);

/* OB-13: whoever answers a REGISTER cannot make it one that asked for rport, nor the other way. */
GTEST(Branch, rport_of_a_register_is_signed)
{
	char long_branch[200], with[400], text[2][900];
	struct sip_fields f[2];
	struct branch_id id;

	memset(long_branch, 'x', sizeof(long_branch));
	for (int i = 0; i < 4; i++) {
		bool is_register = i % 2 == 0;

		for (int k = 0; k < 2; k++) {
			snprintf(with, sizeof(with), "SIP/2.0/UDP a:5070;%sbranch=z9hG4bK%.*s",
				 k == 0 ? "" : "received=192.0.2.7;rport=5060;",
				 i < 2 ? 5 : (int)sizeof(long_branch), long_branch);
			parse(text[k], sizeof(text[k]), "INVITE sip:b SIP/2.0", with, &f[k]);
			if (is_register)
				f[k].cseq_method = SLICE("REGISTER");
		}
		for (int k = 0; k < 2; k++) {
			id = branch_make(key, &home, &f[k].via, &f[k], 3, 1);
			assert_true(branch_check(key, &id, &home, &f[k].via, &f[k]));
			assert_int_equal(branch_check(key, &id, &home, &f[!k].via, &f[!k]),
					 !is_register);
		}
	}
}

/* Which worker wrote it is protected like the rest. */
GTEST(Branch, worker_is_signed)
{
	char request[600];
	struct sip_fields f;
	struct branch_id id;

	parse(request, sizeof(request), "INVITE sip:b SIP/2.0", trips[0].received, &f);
	id = branch_make(key, &home, &f.via, &f, 3, 1);
	id.worker = 4;
	assert_false(branch_check(key, &id, &home, &f.via, &f));
}

static const struct other_row {
	const char *label;
	const char *via;
} others[] = {
	{ "host", "SIP/2.0/UDP b.example:5062;branch=z9hG4bKabc" },
	{ "port", "SIP/2.0/UDP a.example:5063;branch=z9hG4bKabc" },
	{ "no-port", "SIP/2.0/UDP a.example;branch=z9hG4bKabc" },
	{ "branch", "SIP/2.0/UDP a.example:5062;branch=z9hG4bKabd" },
	{ "moved-border", "SIP/2.0/UDP a.examplez:5062;branch=9hG4bKabc" },
	{ "no-branch", "SIP/2.0/UDP a.example:5062" },
};

/* LD-07: another request gets another branch, and its response is not taken for ours. */
static void
other_via_is_refused(void **state)
{
	const struct other_row *row = *state;
	const struct siphash_key other_key = { key.k0, key.k1 ^ 1 };
	char one[600], two[600];
	struct sip_fields a, b;
	struct branch_id id;

	parse(one, sizeof(one), "INVITE sip:b SIP/2.0",
	      "SIP/2.0/UDP a.example:5062;branch=z9hG4bKabc", &a);
	parse(two, sizeof(two), "INVITE sip:b SIP/2.0", row->via, &b);
	id = branch_make(key, &home, &a.via, &a, 0, 0);
	assert_true(branch_check(key, &id, &home, &a.via, &a));
	assert_false(branch_check(key, &id, &home, &b.via, &b));
	assert_false(branch_check(other_key, &id, &home, &a.via, &a));
}
GTEST_ROWS(Branch, others, label, other_via_is_refused);

/* LD-10: CANCEL and ACK carry the branch of their INVITE. With a cookie the rest has no say. */
GTEST(Branch, LD10_same_for_cancel_and_ack)
{
	char one[600], two[600];
	struct sip_fields a, b;
	struct branch_id x, y;

	parse(one, sizeof(one), "INVITE sip:b SIP/2.0", trips[0].received, &a);
	b = a;
	b.from_tag = SLICE("other");
	b.call_id = SLICE("other");
	b.cseq++;
	x = branch_make(key, &home, &a.via, &a, 0, 0);
	y = branch_make(key, &home, &b.via, &b, 0, 0);
	assert_memory_equal(&x, &y, sizeof(x));
	parse(two, sizeof(two), "INVITE sip:b SIP/2.0", trips[5].received, &a);
	b = a;
	b.cseq_method = SLICE("CANCEL");
	x = branch_make(key, &home, &a.via, &a, 0, 0);
	y = branch_make(key, &home, &b.via, &b, 0, 0);
	assert_memory_equal(&x, &y, sizeof(x));
}

/* Without a cookie the branch says nothing, so these three do (RFC 3261 §17.2.3). */
GTEST(Branch, RFC2543_is_known_by_its_fields)
{
	char text[600];
	struct sip_fields a, b;
	struct branch_id id;

	parse(text, sizeof(text), "INVITE sip:b SIP/2.0", trips[5].received, &a);
	id = branch_make(key, &home, &a.via, &a, 0, 0);
	b = a;
	b.from_tag = SLICE("other");
	assert_false(branch_check(key, &id, &home, &b.via, &b));
	b = a;
	b.from_tag = SLICE_ABSENT;
	assert_false(branch_check(key, &id, &home, &b.via, &b));
	b = a;
	b.call_id = SLICE("other");
	assert_false(branch_check(key, &id, &home, &b.via, &b));
	b = a;
	b.cseq++;
	assert_false(branch_check(key, &id, &home, &b.via, &b));
	b = a;
	b.to_tag = SLICE("t1");
	assert_true(branch_check(key, &id, &home, &b.via, &b));
}

static const struct read_row {
	const char *label;
	const char *branch;
	bool ours;
} reads[] = {
	{ "ours", "z9hG4bK0102030405060708090a0b0c", true },
	{ "upper-case", "Z9HG4BK0102030405060708090A0B0C", true },
	{ "with-loop-part", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b0", true },
	{ "no-cookie", "z9hG4bX0102030405060708090a0b0c", false },
	{ "no-hex", "z9hG4bK0102030405060708090a0b0g", false },
	{ "no-hex-first", "z9hG4bKg102030405060708090a0b0c", false },
	{ "short", "z9hG4bK0102030405060708090a0b0", false },
	{ "long", "z9hG4bK0102030405060708090a0b0cd", false },
	{ "half-a-loop-part", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b", false },
	{ "not-a-loop-part", "z9hG4bK0102030405060708090a0b0c.Mdfb724d6a286a6802bcb23b0", false },
	{ "empty", "", false },
};

static void
branch_is_read(void **state)
{
	const struct read_row *row = *state;
	struct branch_id id;

	assert_int_equal(branch_read(at_wall(slice_str(row->branch)), &id), row->ours);
	if (row->ours) {
		assert_int_equal(id.worker, 1);
		assert_int_equal(id.listener, 2);
		assert_int_equal(id.mac[0], 3);
		assert_int_equal(id.mac[9], 12);
	}
}
GTEST_ROWS(Branch, reads, label, branch_is_read);

/* Whoever answers may change `received`, `rport` and the like: the response goes back, or nowhere. */
GTEST(Branch, response_goes_where_the_request_came_from)
{
	const struct siphash_key secret = { 1, 2 };
	struct flow_address elsewhere = home;
	struct sip_fields fields = { 0 };
	struct branch_id id;
	struct sip_via via;

	assert_true(sip_via_decode(SLICE("SIP/2.0/UDP h;branch=z9hG4bKx"), &via));
	id = branch_make(secret, &home, &via, &fields, BRANCH_NO_OWNER, 0);
	assert_true(branch_check(secret, &id, &home, &via, &fields));
	elsewhere.port++;
	assert_false(branch_check(secret, &id, &elsewhere, &via, &fields));
	elsewhere = home;
	elsewhere.ip[3]++;
	assert_false(branch_check(secret, &id, &elsewhere, &via, &fields));
}

/* Requests of control's own: From tag, Call-ID and CSeq stand for the Via that is not there. */
GTEST(Branch, of_our_own)
{
	const struct siphash_key secret = { 1, 2 }, wrong = { 1, 3 };
	const struct sip_fields fields = { .from_tag = SLICE("t"),
					   .call_id = SLICE("c"),
					   .cseq = 1 };
	struct sip_fields other;
	struct branch_id id = branch_make_own(secret, &fields, 3), owned;

	assert_int_equal(id.worker, BRANCH_CONTROL);
	assert_int_equal(id.listener, 3);
	assert_true(branch_check_own(secret, &id, &fields));
	assert_false(branch_check_own(wrong, &id, &fields));
	for (int i = 0; i < 3; i++) {
		other = fields;
		if (i == 0)
			other.from_tag = SLICE("u");
		else if (i == 1)
			other.call_id = SLICE("d");
		else
			other.cseq = 2;
		assert_false(branch_check_own(secret, &id, &other));
	}
	owned = id;
	owned.listener = 4;
	assert_false(branch_check_own(secret, &owned, &fields));
	owned = id;
	owned.worker = BRANCH_NO_OWNER;
	assert_false(branch_check_own(secret, &owned, &fields));
}
