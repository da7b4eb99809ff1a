/* SPDX-License-Identifier: BSD-3-Clause */
/** Caller preferences (RFC 3841) that are more than anybody has, and contacts that are as many. */
#include "preferences.h"
#include "process/clock.h"

static const char home[] = FORK_CONFIG("fork: by_q", "");
static const char redirect[] =
	FORK_CONFIG("caller_preferences: redirect, breadth_shortage: reject", "");
static const char stateless[] = FORK_CONFIG("fork: by_q", "state: never");

static const struct many_row {
	const char *name, *first;
	unsigned int values, params, length;
	const char *want;
} many[] = {
	{ "CP-50_20_values", A, 20, 1, 1, "1,2 486 Busy Here" },
	{ "CP-50_21_values", A, 21, 1, 1, "400 Too Many Caller Preferences" },
	{ "CP-50_21_to_reject", J, 21, 1, 1, "400 Too Many Caller Preferences" },
	{ "CP-50_1000_values", A, 1000, 1, 1, "400 Too Many Caller Preferences" },
	{ "CP-50_1000_parameters", A, 1, 1000, 1, "400 Too Many Caller Preferences" },
	{ "CP-50_parameters_of_all", J, 20, 4, 1, "400 Too Many Caller Preferences" },
	{ "CP-50_huge_value", A, 1, 1, 40000, "1,2 486 Busy Here" },
	{ "CP-50_many_huge_values", A, 20, 2, 1000, "1,2 486 Busy Here" },
};

/* Values of Accept-Contact or Reject-Contact that 1 has nothing of. */
static const char *
many_values(const struct many_row *r)
{
	static char text[131000];
	char *p = text + sprintf(text, "%s", r->first);

	for (unsigned int v = 0; v < r->values; v++) {
		p += sprintf(p, "%s*", v > 0 ? "," : "");
		for (unsigned int i = 0; i < r->params; i++)
			p += sprintf(p, ";+x%u=\"<%0*u>\"", i, (int)r->length, v);
	}
	sprintf(p, "\r\n");
	return text;
}

static void
check_many(void **state)
{
	const struct many_row *r = *state;
	const struct call c = { .user = "p", .lines = many_values(r) };

	open_with(home,
		  (const char *const[6]){ "sip:u1@203.0.113.51", "sip:u2@203.0.113.52||1000|+y" });
	fork_call(&c);
	if (r->want[0] == '4') {
		fork_check_count(1);
		check_first_line(rig.out.datagram[0].sip,
				 "SIP/2.0 400 Too Many Caller Preferences");
		assert_int_equal(rig.out.counter[STATS_preferences_refused], 1);
	} else {
		fork_sent(U1, "INVITE ");
	}
	fork_drain();
}
GTEST_ROWS(Preferences, many, name, check_many);

/* Names that are longer when they leave, and as much as a datagram holds. */
GTEST(Preferences, CP_04_CANCEL_of_many_lines)
{
	static char lines[65536];
	const unsigned int size[] = { 0, 60000 };

	for (unsigned int k = 0; k < RTE_DIM(size); k++) {
		char *p = lines;

		for (unsigned int i = 0; i < 80; i++)
			p += sprintf(p, "d:fork\r\n");
		p += sprintf(p, "a:*;+x=\"<%0*u>\"\r\n", (int)size[k], 1);
		open_with(home, (const char *const[6]){ C1 });
		CALL(.user = "p", .lines = lines);
		fork_keep(&fork_leg[0], U1, "INVITE ");
		fork_say(&fork_leg[0], RINGING);
		CALL(.user = "p", .method = "CANCEL");
		fork_sent(U1, "CANCEL ");
		fork_say(&fork_leg[0], TERMINATED);
		fork_drain();
	}
}

/* Refused requests are answered once, and an ACK never. */
GTEST(Preferences, CP_50_ACK_and_CANCEL)
{
	const struct many_row r = { .first = A, .values = 30, .params = 1, .length = 1 };

	open_with(stateless, (const char *const[6]){ C1, C2 });
	CALL(.user = "p", .method = "ACK", .lines = many_values(&r));
	fork_check_count(0);
	CALL(.user = "p", .method = "CANCEL", .lines = many_values(&r), .branch = "b");
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 400");
}

/* As many contacts as an AOR may have, all of one q. */
static void
bind_many(const char *format, struct slice features)
{
	static char contact[BINDING_MAX_CONTACTS][96];
	struct binding b[BINDING_MAX_CONTACTS] = { 0 };

	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS; i++) {
		snprintf(contact[i], sizeof(contact[i]), format, i);
		b[i].contact = slice_str(contact[i]);
		b[i].features = features;
		b[i].q = 1000;
		b[i].expires_ms = clock_wall_ms() + 3600 * 1000;
	}
	assert_int_equal(
		binding_writer_put(rig.bindings, SLICE(URI), b, BINDING_MAX_CONTACTS, NULL, 0),
		BINDING_OK);
}

/* No more than there is room for, and 440 is for those who fork. */
GTEST(Preferences, CP_08_many_contacts)
{
	unsigned int n = 0;

	fork_open(redirect);
	bind_many("sip:%060u@203.0.113.51", SLICE_ABSENT);
	CALL(.user = "p", .lines = D "redirect\r\nMax-Breadth: 1\r\n");
	fork_check_count(1);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 302 Moved Temporarily");
	for (const char *at = rig_header(rig.out.datagram[0].sip, "Contact");
	     (at = strstr(at, "<sip:")) != NULL; at++)
		n++;
	assert_in_range(n, 20, 64);
	fork_drain();
}

/* Contacts with as many features as a record holds, against as many wishes as are read. */
GTEST(Preferences, CP_50_full_records)
{
	const struct many_row r = { .first = A, .values = 20, .params = 3, .length = 40 };
	static char features[420];
	char *p = features;

	for (unsigned int i = 0; i < 20; i++)
		p += sprintf(p, "%s+x%u=\"<%08u>\"", i > 0 ? ";" : "", i, i);
	fork_open(home);
	bind_many("sip:u%u@203.0.113.51", slice_str(features));
	CALL(.user = "p", .lines = many_values(&r));
	assert_in_range(rig.out.count, 2, 61);
	fork_drain();
}

/* PR-04: a header field more does not lead a forged NOTIFY past the edge. */
GTEST(Preferences, PR_04_forged_NOTIFY)
{
	static const char lines[] = "Event: reg\r\nSubscription-State: terminated\r\n" D "fork\r\n";
	const char *path = "|<sip:192.0.2.40;lr>|1000|audio";
	char first[64], second[64];

	snprintf(first, sizeof(first), "%s%s", C1, path);
	snprintf(second, sizeof(second), "%s%s", C2, path);
	for (unsigned int n = 1; n <= 2; n++) {
		open_with(home, (const char *const[6]){ first, n > 1 ? second : NULL });
		CALL(.user = "p", .method = "NOTIFY", .lines = lines);
		fork_check_count(1);
		fork_sent(ALICE, "SIP/2.0 481");
		fork_drain();
	}
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
