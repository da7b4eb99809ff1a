/* SPDX-License-Identifier: BSD-3-Clause */
/** What comes of caller preferences behind the choice of contacts (RFC 3841), and what they cost.
 */
#include "gruu.h"
#include "preferences.h"

static const char home[] = FORK_CONFIG("fork: by_q", "");
static const char redirect[] = FORK_CONFIG("caller_preferences: redirect", "");
static const char off[] = FORK_CONFIG("caller_preferences: off", "");
static const char stateless[] = FORK_CONFIG("fork: by_q", "state: never");

#define VIDEO A "*;video;require;explicit\r\n"
#define P1 "sip:u1@203.0.113.51||1000|audio;video"
#define P2 "sip:u2@203.0.113.52||1000|audio"
#define P3 "sip:u3@203.0.113.53||1000|audio;video"

static void
open_three(const char *config)
{
	open_with(config, (const char *const[6]){ P1, P2, P3 });
}

/* ---- the header fields ---- */

static const char wishes[] = "a: *;video;x=\"y, z\" ;require\r\nAccept-Contact : *;audio\r\n"
			     "j:*;actor=\"msg-taker\"\r\nd: Proxy,  NO-cancel\r\n";

static void
check_wishes(struct slice sip)
{
	if (memmem(sip.ptr, sip.len, wishes, strlen(wishes)) == NULL)
		fail_msg("the header fields changed:\n%.*s", SLICE_FMT(sip));
}

GTEST(Preferences, CP_01_nothing_is_changed)
{
	open_three(home);
	CALL(.user = "p", .lines = wishes);
	fork_check_count(3);
	check_wishes(fork_sent(U1, "INVITE ")->sip);
	check_wishes(fork_sent(U3, "INVITE ")->sip);
	rig_open(NULL);
	open_three(stateless);
	CALL(.user = "p", .lines = wishes);
	fork_check_count(1);
	check_wishes(rig.out.datagram[0].sip);
}

/* A domain of somebody else: he may heed them. */
GTEST(Preferences, CP_06_CP_21_not_ours)
{
	open_three(home);
	CALL(.uri = "sip:p@other.example", .lines = wishes);
	fork_check_count(1);
	check_wishes(rig.out.datagram[0].sip);
	CALL(.uri = "sip:u2@203.0.113.52", .lines = VIDEO D "redirect\r\n", .branch = "b");
	fork_check_count(1);
	fork_sent(U2, "INVITE ");
	fork_drain();
}

/* §5: what we send after it says the same. */
GTEST(Preferences, CP_04_CANCEL_and_ACK)
{
	static const char want[] = "Accept-Contact: *;video;require;explicit\n"
				   "Reject-Contact: *;class=\"business\"\n"
				   "Request-Disposition: proxy\n";
	static const char lines[] = VIDEO J "*;class=\"business\"\r\n" D "proxy\r\n";

	open_three(home);
	CALL(.user = "p", .lines = lines);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U3, "INVITE ");
	fork_say(&fork_leg[1], RINGING);
	fork_say(&fork_leg[0], BUSY);
	check_headers(fork_sent(U1, "ACK ")->sip, want);
	CALL(.user = "p", .method = "CANCEL");
	check_headers(fork_sent(U3, "CANCEL ")->sip, want);
	fork_say(&fork_leg[1], TERMINATED);
	fork_drain();
}

/* A CANCEL and an ACK that do not repeat them find their way even to a single contact. */
GTEST(Preferences, CP_04_CANCEL_without_them)
{
	char branch[256];

	open_with(home, (const char *const[6]){ P1 });
	CALL(.user = "p", .lines = VIDEO);
	fork_check_count(2);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	snprintf(branch, sizeof(branch), "%s", rig_header(fork_kept(&fork_leg[0]), "Via"));
	*strchr(branch, ',') = '\0';
	fork_say(&fork_leg[0], RINGING);
	CALL(.user = "p", .method = "CANCEL");
	assert_string_equal(fork_header(U1, "CANCEL ", "Via"), branch);
	fork_say(&fork_leg[0], TERMINATED);
	fork_sent(ALICE, "SIP/2.0 487");
	fork_drain();
}

static const struct tag_row {
	const char *name, *config, *lines, *first, *want;
} tags[] = {
	{ "CP-03_pref", home, "Proxy-Require: Pref\r\n", "INVITE " C1, NULL },
	{ "CP-03_pref_and_another", home, "Proxy-Require: pref, x, pref\r\nProxy-Require: y\r\n",
	  "SIP/2.0 420 Bad Extension", "Unsupported: x, y\n" },
	{ "CP-03_another_first", home, "Proxy-Require: x, pref\r\n", "SIP/2.0 420 Bad Extension",
	  "Unsupported: x\n" },
	{ "CP-03_off", off, "Proxy-Require: pref\r\n", "SIP/2.0 420 Bad Extension",
	  "Unsupported: pref\n" },
};

static void
check_tag(void **state)
{
	const struct tag_row *r = *state;

	fork_open(r->config);
	CALL(.user = "one", .lines = r->lines);
	fork_check_count(1);
	if (strncmp(rig_first_line(rig.out.datagram[0].sip), r->first, strlen(r->first)) != 0)
		fail_msg("got %s", rig_first_line(rig.out.datagram[0].sip));
	check_headers(rig.out.datagram[0].sip, r->want);
}
GTEST_ROWS(Preferences, tags, name, check_tag);

/* ---- inside of a dialog ---- */

GTEST(Preferences, CP_53_in_a_dialog)
{
	open_with(home, (const char *const[6]){ P2 });
	CALL(.user = "p", .to = "<sip:p@example.com>;tag=x", .lines = VIDEO D "redirect\r\n");
	fork_check_count(1);
	fork_sent(U2, "INVITE ");
	fork_drain();
}

/* ---- Request-Disposition ---- */

static void
ring_three(const char *disposition)
{
	open_with(home, (const char *const[6]){ C1, C2, C3 });
	CALL(.user = "p", .lines = disposition);
	fork_check_count(4);
	for (unsigned int i = 0; i < 3; i++)
		fork_keep(&fork_leg[i], fork_address(i), "INVITE ");
	for (unsigned int i = 0; i < 3; i++)
		fork_say(&fork_leg[i], RINGING);
}

static const struct cancel_row {
	const char *name, *disposition, *status;
	unsigned int cancels;
} cancels[] = {
	{ "CP-09_cancel", D "cancel\r\n", ANSWERED, 2 },
	{ "CP-10_no_cancel", D "no-cancel\r\n", ANSWERED, 0 },
	{ "CP-11_no_cancel_6xx", D "no-cancel\r\n", DECLINED, 2 },
	{ "CP-20_cancel_and_no_cancel", D "no-cancel, cancel\r\n", ANSWERED, 2 },
};

static void
check_cancels(void **state)
{
	const struct cancel_row *r = *state;

	ring_three(r->disposition);
	fork_say(&fork_leg[1], r->status);
	assert_int_equal(fork_count(U1, "CANCEL ") + fork_count(U3, "CANCEL "), r->cancels);
	for (unsigned int i = 0; i < 3; i += 2)
		fork_say(&fork_leg[i], TERMINATED);
	fork_drain();
}
GTEST_ROWS(Preferences, cancels, name, check_cancels);

/* A second answer goes on, too; who asked it may be has to end the calls. */
GTEST(Preferences, CP_10_every_2xx)
{
	ring_three(D "no-cancel\r\n");
	for (unsigned int i = 0; i < 3; i++) {
		fork_say(&fork_leg[i], ANSWERED);
		fork_check_count(1);
		fork_sent(ALICE, "SIP/2.0 200");
	}
	fork_drain();
}

GTEST(Preferences, CP_16_no_recurse)
{
	open_three(home);
	CALL(.user = "p", .lines = D "no-recurse\r\n");
	assert_true((rig.worker->transactions->row[0].flags & TRANSACTION_NO_RECURSE) != 0);
	CALL(.user = "p", .lines = D "recurse\r\n", .branch = "b");
	assert_true((rig.worker->transactions->row[1].flags & TRANSACTION_NO_RECURSE) == 0);
}

GTEST(Preferences, CP_16_a_305)
{
	static const char follows[] = FORK_CONFIG("recurse_305: [203.0.113.51/32]", "");
	static const char contact[] = "Contact: <sip:203.0.113.52;lr>\r\n";

	for (unsigned int i = 0; i < 2; i++) {
		open_with(follows, (const char *const[6]){ C1 });
		CALL(.user = "p", .lines = i == 0 ? D "recurse\r\n" : D "no-recurse\r\n");
		fork_keep(&fork_leg[0], U1, "INVITE ");
		ANSWER(&fork_leg[0], .status = "305 Use Proxy", .lines = contact);
		assert_int_equal(fork_count(U2, "INVITE "), i == 0);
		assert_int_equal(fork_count(ALICE, "SIP/2.0 305"), i == 1);
		fork_drain();
	}
}

static void
redirected(const char *lines, const char *want)
{
	const struct call c = { .user = "p", .lines = lines };

	fork_call(&c);
	fork_check_count(1);
	check_first_line(rig.out.datagram[0].sip, "SIP/2.0 302 Moved Temporarily");
	check_headers(rig.out.datagram[0].sip, want);
	fork_call(&c); /* a copy, whatever has become of the bindings */
	fork_check_count(1);
	check_headers(rig.out.datagram[0].sip, want);
	fork_acknowledge(&c, "SIP/2.0 302");
	fork_check_count(0);
	fork_drain();
}

GTEST(Preferences, CP_08_CP_45_contacts)
{
	open_with(redirect, (const char *const[6]){ P1, P2 "", C3 "||500",
						    "sip:u4@203.0.113.54||200|video" });
	redirected(D "redirect, sequential, no-fork\r\n" A "*;video\r\n",
		   "Contact: <" C1 ">;q=1, <" C2 ">;q=0.750, <" C3 ">;q=0.500, <" C4 ">;q=0.250\n");
}

GTEST(Preferences, CP_45_dropped_ones_are_no_secret_told)
{
	open_with(redirect, (const char *const[6]){ P1, P2, P3 });
	redirected(D "redirect\r\n" VIDEO, "Contact: <" C3 ">;q=1, <" C1 ">;q=1\n");
}

/* ---- GRUUs, and flows of one instance ---- */

static void
bind_phones(void)
{
	static const struct rig_instance known[] = { { ID_X, EPOCH_X }, { ID_Y, EPOCH_Y } };
	static const struct rig_binding rows[] = {
		{ C1, .instance = ID_X, .reg_id = 1, .features = "audio;video" },
		{ C2, .instance = ID_X, .reg_id = 2, .features = "audio", .updated_s = 1 },
		{ C3, .instance = ID_Y, .features = "audio", .updated_s = 2 },
	};

	rig_bind_instances(URI, rows, 3, known, 2);
}

static const struct gruu_row {
	const char *name, *config, *uri, *lines, *want;
} gruus[] = {
	{ "GR-49_CP-34", home, URI ";gr=" ID_X, J "*;video\r\n", "2 486 Busy Here" },
	{ "GR-49_CP-38", home, URI ";gr=" ID_X, VIDEO, "1 486 Busy Here" },
	{ "GR-49_CP-43", home, URI ";gr=" ID_Y, VIDEO, NONE },
	{ "GR-49_of_the_gruu_alone", home, URI ";gr=" ID_Y, A "*;video\r\n", "3 486 Busy Here" },
	{ "GR-49_temporary", home, "TEMPORARY", J "*;video\r\n", "2 486 Busy Here" },
	{ "GR-49_GR-55_redirect", redirect, URI ";gr=" ID_X, D "redirect\r\n", "2 486 Busy Here" },
	{ "GR-49_stateless", stateless, URI ";gr=" ID_X, J "*;audio;video\r\n", "2 486 Busy Here" },
	{ "GR-49_stateless_none", stateless, URI ";gr=" ID_Y, VIDEO, NONE },
	{ "CP-34_one_flow_of_an_instance", home, URI, J "*;video\r\n", "3,2 486 Busy Here" },
	{ "CP-38_the_other_flow", home, URI, VIDEO, "1 486 Busy Here" },
	{ "CP-40_best_flow_of_an_instance", home, URI, A "*;video\r\n", "1 3 486 Busy Here" },
	{ "CP-28_its_instance", home, URI, A "*;+sip.instance=\"<" ID_Y ">\";require\r\n",
	  "3 486 Busy Here" },
};

static void
check_gruu(void **state)
{
	const struct gruu_row *r = *state;
	char temporary[128];
	struct call c = { .uri = r->uri, .lines = r->lines };

	fork_open(r->config);
	bind_phones();
	snprintf(temporary, sizeof(temporary), "sip:%s@example.com;gr", rig_temp_gruu(EPOCH_X));
	if (strcmp(r->uri, "TEMPORARY") == 0)
		c.uri = temporary;
	assert_string_equal(everybody_busy(&c), r->want);
	finish();
}
GTEST_ROWS(Preferences, gruus, name, check_gruu);

/* The flows of the best instance are one place: no-fork does not keep from the second one. */
GTEST(Preferences, CP_13_no_fork_next_flow)
{
	fork_open(home);
	bind_phones();
	CALL(.uri = URI ";gr=" ID_X, .lines = D "no-fork\r\n");
	fork_keep(&fork_leg[0], U2, "INVITE ");
	fork_say(&fork_leg[0], "430 Flow Failed");
	fork_keep(&fork_leg[1], U1, "INVITE ");
	fork_say(&fork_leg[1], BUSY);
	fork_sent(ALICE, "SIP/2.0 486");
	fork_drain();
}

GTEST(Preferences, CP_45_one_for_each_instance)
{
	fork_open(redirect);
	bind_phones();
	redirected(D "redirect\r\n", "Contact: <" C3 ">;q=1, <" C2 ">;q=1\n");
}

/* ---- copies ---- */

/* LD-29: as the contacts were for the first one; and the ACK finds it. */
GTEST(Preferences, LD_29_stateless_copies)
{
	const struct call c = { .user = "p", .lines = VIDEO };

	open_with(stateless, (const char *const[6]){ P1, P2 });
	fork_call(&c);
	fork_check_count(1);
	fork_sent(U1, "INVITE ");
	rig_bind(URI, "sip:u1@203.0.113.51||1000|audio;video=\"FALSE\"", P3, NULL);
	fork_call(&c);
	fork_check_count(1);
	fork_sent(U1, "INVITE ");
	CALL(.user = "p", .method = "CANCEL");
	fork_sent(U1, "CANCEL ");
	CALL(.user = "p", .lines = VIDEO, .branch = "b");
	fork_sent(U3, "INVITE ");
}

/* Where nothing comes back the next copy goes to another one, but none that is not wanted. */
GTEST(Preferences, LD_29_stateless_next)
{
	const struct call c = { .user = "p", .lines = VIDEO };

	open_three(stateless);
	fork_call(&c);
	fork_sent(U3, "INVITE ");
	for (unsigned int i = 0; i < 3; i++) {
		rig_wait(4000);
		fork_call(&c);
		fork_check_count(1);
		fork_sent(U1, "INVITE ");
	}
}

GTEST(Preferences, LD_29_copies)
{
	const struct call c = { .user = "p", .lines = VIDEO };

	open_with(home, (const char *const[6]){ P1 });
	fork_call(&c);
	fork_check_count(2);
	rig_bind(URI, P2, NULL);
	fork_call(&c);
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 100");
	fork_drain();
}

/* ---- loops ---- */

static const struct loop_row {
	const char *name, *config, *method, *lines, *back, *first;
} loops[] = {
	{ "LD-14_unchanged", home, "INVITE", VIDEO, VIDEO, "SIP/2.0 482" },
	{ "LD-14_its_compact_form", home, "INVITE", VIDEO, "a: *;video;require;explicit\r\n",
	  "SIP/2.0 482" },
	{ "LD-15_another_one", home, "INVITE", VIDEO, A "*;audio\r\n", "SIP/2.0 100" },
	{ "LD-15_one_more", home, "INVITE", VIDEO, VIDEO J "*;text\r\n", "SIP/2.0 100" },
	{ "LD-15_none", home, "INVITE", VIDEO, "", "INVITE " },
	{ "LD-15_first_none", home, "INVITE", "", VIDEO, "SIP/2.0 100" },
	{ "LD-15_disposition", home, "INVITE", D "fork\r\n", D "no-fork\r\n", "SIP/2.0 100" },
	{ "LD-15_reject_is_no_accept", home, "INVITE", A "*;video\r\n", J "*;text\r\n",
	  "SIP/2.0 100" },
	{ "LD-15_event", home, "SUBSCRIBE", "Event: presence\r\n", "Event: dialog\r\n",
	  "SUBSCRIBE " },
	{ "LD-14_event", home, "SUBSCRIBE", "Event: presence\r\n", "Event: presence;id=2\r\n",
	  "SIP/2.0 482" },
	{ "LD-14_event_of_others", home, "MESSAGE", "Event: presence\r\n", "Event: dialog\r\n",
	  "SIP/2.0 482" },
	{ "LD-14_off", off, "INVITE", VIDEO, A "*;audio\r\n", "SIP/2.0 482" },
};

/* The only contact is a proxy that sends the request back to the AOR. */
static void
check_loop(void **state)
{
	static char text[70000];
	const struct loop_row *r = *state;
	const struct sent *s = &fork_leg[0];
	const char *line, *lines;

	open_with(r->config, (const char *const[6]){ P1 });
	CALL(.user = "p", .method = r->method, .lines = r->lines);
	fork_keep(&fork_leg[0], U1, r->method);
	line = strchr(s->text, '\n') + 1;
	lines = strstr(line, "From: ");
	if (r->lines[0] != '\0')
		lines = strstr(line, r->lines);
	snprintf(text, sizeof(text), "%s " URI " SIP/2.0\r\n%.*s%s%s", r->method,
		 (int)(lines - line), line, r->back, lines + strlen(r->lines));
	fork_put(slice_str(text), U1);
	for (unsigned int i = 0; i < rig.out.count; i++)
		if (strncmp(rig_first_line(rig.out.datagram[i].sip), r->first, strlen(r->first)) ==
		    0)
			return;
	fork_list();
	fail_msg("no \"%s\"", r->first);
}
GTEST_ROWS(Preferences, loops, name, check_loop);

/* GR-48: of several flows, too. */
GTEST(Preferences, GR_48_grid_to_several_flows)
{
	static const char both[] = FORK_CONFIG("fork: by_q", "") "registrar: {gruu: both}\n";

	fork_open(both);
	bind_phones();
	CALL(.uri = URI ";opaque=" ID_X ";grid=99a");
	fork_sent(U2, "INVITE " C2 ";grid=99a SIP/2.0");
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
