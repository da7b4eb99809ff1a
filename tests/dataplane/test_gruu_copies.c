/* SPDX-License-Identifier: BSD-3-Clause */
/** Several bindings of one instance: which comes next, and where the copies of a request go. */
#include "gruu.h"

#define AT_A "203.0.113.60:5060"
#define AT_B "203.0.113.61:5060"
#define AT_Y2 "203.0.113.62:5060"
#define TWO(id) "sip:two@example.com;gr=" id

enum { EPOCH_TWO = 60, EPOCH_TWO_Y };

static char request[2048], vias[1024], branch[1024];

static const struct rig_instance known[] = { { ID_X, EPOCH_TWO }, { ID_Y, EPOCH_TWO_Y } };
static const struct rig_instance others[] = { { ID_X, 0 }, { ID_Y, 0 } };

/* Rebooted without a word: A was before, B is now. Somebody else's phone is newer than both. */
static const struct rig_binding rebooted[] = {
	{ "sip:x@203.0.113.60", .instance = ID_X },
	{ "sip:x@203.0.113.61", .instance = ID_X, .updated_s = 2 },
	{ "sip:y@203.0.113.62", .instance = ID_Y, .updated_s = 4 },
};

static const struct rig_binding flows[] = {
	{ "sip:x@203.0.113.60", .instance = ID_X, .reg_id = 1 },
	{ "sip:x@203.0.113.61", .instance = ID_X, .reg_id = 2, .updated_s = 2 },
	{ "sip:y@203.0.113.62", .instance = ID_Y, .reg_id = 1, .updated_s = 4 },
};

static void
open_two(void)
{
	gruu_open(gruu_rfc);
	rig_bind_instances("sip:two@example.com", rebooted, 3, known, 2);
	rig_bind_instances("sip:flows@example.com", flows, 3, others, 2);
	rig_bind_instances("sip:single@example.com", rebooted, 1, others, 2);
}

static void
compose(const char *method, const char *uri, const char *id)
{
	snprintf(request, sizeof(request), "%s %s SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK%s\r\n" MF
		 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: g@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, uri, id,
		 method);
}

/* Send it again: it goes there. Keeps its Vias, and the branch by itself. */
static void
check_copy(const char *to)
{
	const char *at;

	rig_send(slice_str(request), ALICE, EDGE);
	check_one(&rig.out, EDGE, to);
	snprintf(vias, sizeof(vias), "%s", rig_header(rig.out.datagram[0].sip, "Via"));
	at = strstr(vias, "branch=");
	snprintf(branch, sizeof(branch), "%.*s", (int)strcspn(at, ","), at);
}

static const struct rig_out *
answer(const char *status, const char *from)
{
	static char text[2048];
	const char *method = strncmp(request, "INVITE", 6) == 0 ? "INVITE" : "MESSAGE";

	snprintf(text, sizeof(text), "SIP/2.0 %s\r\nVia: %s\r\nFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=x\r\nCall-ID: g@198.51.100.9\r\nCSeq: 1 %s\r\n"
		 "Content-Length: 0\r\n\r\n", status, vias, method);
	return rig_send(slice_str(text), from, EDGE);
}

static void
check_kept(const char *status, const char *from)
{
	assert_int_equal(answer(status, from)->count, 0);
	assert_int_equal(rig.out.counter[STATS_failed_over], 1);
}

static void
check_told(const char *status, const char *from, const char *told)
{
	check_first_line(check_one(answer(status, from), EDGE, ALICE), told);
}

static const char *const uris[] = { TWO(ID_X), "sip:two@example.com;opaque=" ID_X,
				    "sip:{60}@example.com;gr", "sip:flows@example.com;gr=" ID_X };

/* Scenario 7: 408 leads to the one before, and ends there. */
GTEST(Gruu, GR_46_408_takes_the_next)
{
	for (size_t i = 0; i < RTE_DIM(uris); i++) {
		char before[1024];

		open_two();
		compose("INVITE", gruu_expand(uris[i]), "1");
		check_copy(AT_B);
		snprintf(before, sizeof(before), "%s", branch);
		check_copy(AT_B);
		assert_string_equal(branch, before);
		check_kept("408 Request Timeout", AT_B);
		check_kept("408 Request Timeout", AT_B);
		check_copy(AT_A);
		assert_string_not_equal(branch, before);
		check_copy(AT_A);
		check_told("408 Request Timeout", AT_A, "SIP/2.0 408 Request Timeout");
		check_copy(AT_A);
	}
}

/* Scenario 7: what the phone answered counts. */
GTEST(Gruu, GR_46_486_ends_it)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_told("486 Busy Here", AT_B, "SIP/2.0 486 Busy Here");
	check_copy(AT_B);
	check_told("503 No", AT_B, "SIP/2.0 503 No");
	check_copy(AT_B);
}

GTEST(Gruu, GR_45_GR_46_430_takes_the_next)
{
	for (size_t i = 0; i < RTE_DIM(uris); i++) {
		open_two();
		compose("INVITE", gruu_expand(uris[i]), "1");
		check_copy(AT_B);
		check_kept("430 Flow Failed", AT_B);
		check_copy(AT_A);
		check_told("430 Flow Failed", AT_A, "SIP/2.0 480 Temporarily Unavailable");
		/* not that of another instance, although its phone is there */
		rig_send(slice_str(request), ALICE, EDGE);
		check_first_line(check_one(&rig.out, EDGE, ALICE), R480);
	}
}

GTEST(Gruu, GR_46_no_answer)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	rig_wait(3500);
	check_copy(AT_A);
	rig_wait(3500);
	check_copy(AT_A);
}

/* Who has heard a provisional response sends no more copies: he is to hear of the 408, too. */
GTEST(Gruu, GR_46_408_after_180)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_told("180 Ringing", AT_B, "SIP/2.0 180 Ringing");
	check_told("408 Request Timeout", AT_B, "SIP/2.0 408 Request Timeout");
	check_copy(AT_B);
}

GTEST(Gruu, GR_46_408_after_100)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_kept("100 Trying", AT_B);
	check_kept("408 Request Timeout", AT_B);
	check_copy(AT_A);
}

GTEST(Gruu, GR_46_408_of_another_method)
{
	open_two();
	compose("MESSAGE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_kept("408 Request Timeout", AT_B);
	check_copy(AT_A);
}

/* Another request asks the phone again. */
GTEST(Gruu, GR_46_408_is_of_one_request)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_kept("408 Request Timeout", AT_B);
	compose("INVITE", TWO(ID_X), "2");
	check_copy(AT_B);
}

/* CANCEL and ACK do not decide; they follow the next copy. */
GTEST(Gruu, GR_46_CANCEL_and_ACK_follow)
{
	open_two();
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_B);
	check_kept("408 Request Timeout", AT_B);
	compose("CANCEL", TWO(ID_X), "1");
	check_copy(AT_B);
	compose("ACK", TWO(ID_X), "1");
	check_copy(AT_B);
	compose("INVITE", TWO(ID_X), "1");
	check_copy(AT_A);
	compose("CANCEL", TWO(ID_X), "1");
	check_copy(AT_A);
}

/* One that is alone, and those of an AOR, which may be of different phones. */
GTEST(Gruu, GR_46_408_goes_on)
{
	open_two();
	compose("INVITE", "sip:single@example.com;gr=" ID_X, "1");
	check_copy(AT_A);
	check_told("408 Request Timeout", AT_A, "SIP/2.0 408 Request Timeout");
	compose("INVITE", "sip:two@example.com", "2");
	check_copy(AT_Y2);
	check_told("408 Request Timeout", AT_Y2, "SIP/2.0 408 Request Timeout");
	check_copy(AT_Y2);
}

/* Somebody may not make our AOR requests fail over by a letter of the branch. */
GTEST(Gruu, GR_46_forged_kind)
{
	open_two();
	compose("INVITE", "sip:two@example.com", "1");
	check_copy(AT_Y2);
	assert_int_equal(*(strstr(vias, ".L") + 26), 'T');
	*(strstr(vias, ".L") + 26) = 'U';
	check_told("408 Request Timeout", AT_Y2, "SIP/2.0 408 Request Timeout");
	check_copy(AT_Y2);
}

/* ---- copies, whatever has changed ---- */

static void
bind_as(const struct rig_binding *rows, unsigned int count, const struct rig_instance *instances,
	unsigned int instance_count)
{
	rig_bind_instances("sip:two@example.com", rows, count, instances, instance_count);
}

static void
new_epoch(void)
{
	static const struct rig_instance now[] = { { ID_X, EPOCH_OTHER } };

	bind_as(rebooted, 2, now, 1);
}

/* Nothing is left of the record that the first copy found. */
static void
forget_records(void)
{
	for (uint32_t i = 0; i <= rig.worker->memory.mask; i++)
		rig.worker->memory.row[i].ref.version += 2;
}

static void
new_epoch_for_long(void)
{
	new_epoch();
	forget_records();
}

static void
refreshed_for_long(void)
{
	static const struct rig_binding now[] = {
		{ "sip:x@203.0.113.60", .instance = ID_X, .updated_s = 20 },
		{ "sip:x@203.0.113.61", .instance = ID_X, .updated_s = 10 },
	};

	bind_as(now, 2, known, 1);
	forget_records();
}

static void
replaced(void)
{
	static const struct rig_binding now[] = { { "sip:x@203.0.113.66", .instance = ID_X } };

	bind_as(now, 1, known, 1);
}

static void
instance_forgotten(void)
{
	bind_as(NULL, 0, known + 1, 1);
}

static void
aor_forgotten(void)
{
	assert_int_equal(binding_writer_remove(rig.bindings, SLICE("sip:two@example.com")),
			 BINDING_OK);
}

static const struct {
	const char *label;
	void (*change)(void);
} changes[] = {
	{ "GR-43 new epoch", new_epoch },
	{ "GR-43 new epoch, a while ago", new_epoch_for_long },
	{ "GR-43 another refreshed, a while ago", refreshed_for_long },
	{ "GR-43 replaced", replaced },
	{ "GR-43 instance forgotten", instance_forgotten },
	{ "GR-43 AOR forgotten", aor_forgotten },
};

static void
check_change(void **state)
{
	static const char *const methods[] = { "INVITE", "CANCEL", "ACK", "INVITE" };
	const typeof(changes[0]) *r = *state;

	for (size_t u = 0; u < 3; u++) {
		const char *uri;
		char before[1024];

		open_two();
		uri = gruu_expand(uris[u]);
		compose("INVITE", uri, "1");
		check_copy(AT_B);
		snprintf(before, sizeof(before), "%s", branch);
		r->change();
		for (size_t i = 0; i < RTE_DIM(methods); i++) {
			compose(methods[i], uri, "1");
			check_copy(AT_B);
			assert_string_equal(branch, before);
			assert_int_equal(rig.out.counter[STATS_remembered], 1);
		}
	}
}
GTEST_ROWS(Gruu, changes, label, check_change);

/* A new request under a GRUU that is not valid any more is not helped by the copies of an old one. */
GTEST(Gruu, GR_40_another_request)
{
	open_two();
	compose("INVITE", gruu_expand("sip:{60}@example.com;gr"), "1");
	check_copy(AT_B);
	new_epoch();
	compose("INVITE", gruu_expand("sip:{60}@example.com;gr"), "2");
	rig_send(slice_str(request), ALICE, EDGE);
	check_first_line(check_one(&rig.out, EDGE, ALICE), R404);
}

/* A user agent that uses a branch again still reaches whom it calls. */
GTEST(Gruu, GR_43_branch_of_another_call)
{
	static const struct {
		const char *uri, *to;
	} calls[] = {
		{ TWO(ID_X), AT_B },
		{ TWO(ID_Y), AT_Y2 },
		{ "sip:{60}@example.com;gr", AT_B },
		{ "sip:{61}@example.com;gr", AT_Y2 },
		{ "sip:two@example.com", AT_Y2 },
		{ PUBLIC(ID_X), AT_X },
		{ "sip:{42}@example.com;gr", AT_X },
	};

	open_two();
	for (size_t i = 0; i < RTE_DIM(calls); i++) {
		compose("INVITE", gruu_expand(calls[i].uri), "1");
		check_copy(calls[i].to);
	}
	compose("INVITE", TWO(ID_NEVER), "1");
	rig_send(slice_str(request), ALICE, EDGE);
	check_first_line(check_one(&rig.out, EDGE, ALICE), R404);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
