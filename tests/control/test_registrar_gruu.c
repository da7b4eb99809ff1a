/* SPDX-License-Identifier: BSD-3-Clause */
/** GRUUs as the registrar makes, lists and ends them (RFC 5627 §5, spec GR-01 to GR-38). */
#include "control/registrar_rig.h"
#include "gruu/temp_gruu.h"

#define GRUU "Supported: gruu\r\n"
#define AT(n) "Contact: <sip:bob@10.0.0." n ">"
#define C AT("5") ";" WITH_INSTANCE "\r\n"
#define FLOW(n) "Supported: outbound, gruu\r\n" AT("5") ";reg-id=" n ";" WITH_INSTANCE "\r\n"
#define GONE AT("5") ";expires=0\r\n"
#define PUBLIC(user, instance) ";pub-gruu=\"sip:" user "@example.com;gr=" instance "\""
#define ANY_USER "{any_user: true, max_contacts: 64, min_expires: 1"

static struct temp_gruu_keys keys;

static int
set_up(void **state)
{
	int failed = rig_open(state, ANY_USER "}");

	temp_gruu_keys_init(&keys, ring.gruu_key[KEYRING_CURRENT], NULL);
	return failed;
}
#define CASE(name) GTEST_F(RegistrarGruu, name, set_up, rig_close)

/* The user part of the first temporary GRUU in the answer. */
static struct slice
temp_user(void)
{
	const char *at = strstr(answer, ";temp-gruu=\"sip");

	if (at == NULL)
		return SLICE_ABSENT;
	at = strchr(at, ':') + 1;
	return slice_of(at, strcspn(at, "@"));
}

/* The epoch that it names, or 0. */
static uint64_t
temp_epoch(void)
{
	struct slice user = temp_user();
	uint64_t epoch = 0;

	return user.ptr != NULL && temp_gruu_open(&keys, user, &epoch) ? epoch : 0;
}

/* Registered, and all three agree on the epoch: the answer, the table and the key. */
static uint64_t
epoch_after(const char *call_id, unsigned int cseq, const char *lines)
{
	uint64_t epoch;

	if (register_one(1, call_id, cseq, lines) != 200)
		fail_msg("%s", answer);
	epoch = temp_epoch();
	assert_int_not_equal(epoch, 0);
	assert_int_equal(epoch_of(1, INSTANCE), epoch);
	return epoch;
}

static bool
in_domain(struct slice user)
{
	return strncmp(slice_end(user), "@example.com;gr\"", 16) == 0;
}

/* Spec scenario 1. */
CASE(GR_07_minted)
{
	assert_int_equal(register_one(1, "a", 1, GRUU C), 200);
	assert_true(answer_has("Contact: <sip:bob@10.0.0.5>;" WITH_INSTANCE PUBLIC(
		"u1", INSTANCE) ";temp-gruu=\"sip:tgruu."));
	assert_true(in_domain(temp_user()));
	assert_int_equal(temp_user().len, TEMP_GRUU_USER_LEN);
	assert_true(answer_has(";gr\";expires=3600\r\n"));
	assert_false(answer_has("Require"));
	assert_false(answer_has("Supported"));
}

CASE(GR_01_required)
{
	assert_int_equal(register_one(1, "a", 1, "Require: gruu\r\n" C), 200);
	assert_true(answer_has("pub-gruu="));
}

/* Spec scenario 2: they exist although they are not listed. */
CASE(GR_02_GR_24_not_supported)
{
	assert_int_equal(register_one(1, "a", 1, C), 200);
	assert_true(answer_has(WITH_INSTANCE ";expires=3600\r\n"));
	assert_false(answer_has("gruu"));
	assert_int_equal(register_one(1, "b", 1, GRUU), 200);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
	assert_int_equal(temp_epoch(), epoch_of(1, INSTANCE));
}

CASE(GR_03_no_instance)
{
	assert_int_equal(register_one(1, "a", 1, GRUU AT("5") "\r\n"), 200);
	assert_false(answer_has("gruu="));
}

CASE(GR_09_not_proposed)
{
	assert_int_equal(register_one(1, "a", 1,
				      GRUU AT("5") ";pub-gruu=\"sip:x@y;gr=1\";a=1;"
						   "temp-gruu=\"sip:z;gr\";" WITH_INSTANCE
						   ";gruu=\"sip:w\"\r\n"),
			 200);
	assert_true(answer_has(AT("5") ";a=1;" WITH_INSTANCE PUBLIC("u1", INSTANCE)));
	assert_false(answer_has("sip:x@y"));
	assert_false(answer_has("sip:z"));
	assert_false(answer_has("sip:w"));
}

/* Spec scenario 3: the older ones stay valid. */
CASE(GR_11_another_each_time)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);
	char first[TEMP_GRUU_USER_LEN];

	memcpy(first, temp_user().ptr, sizeof(first));
	assert_int_equal(epoch_after("a", 2, GRUU C), epoch);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
	assert_memory_not_equal(first, temp_user().ptr, sizeof(first));
}

/* RFC 3261 §8.2.7, and one temporary GRUU for it. */
CASE(GR_11_retransmission)
{
	char first[TEMP_GRUU_USER_LEN], tag[64];

	epoch_after("a", 1, GRUU C);
	memcpy(first, temp_user().ptr, sizeof(first));
	snprintf(tag, sizeof(tag), "%.40s", strstr(answer, "To: "));
	epoch_after("a", 1, GRUU C);
	assert_memory_equal(first, temp_user().ptr, sizeof(first));
	assert_true(answer_has(tag));
	assert_int_equal(fake.commits, 1);
}

/* Where Call-ID, tag and branch meet makes a difference: the To tag is of the same hash. */
CASE(GR_11_lengths)
{
	static const char *const parts[2][2] = { { "ab", "c" }, { "a", "bc" } };
	char text[1024], tag[2][17];

	for (int i = 0; i < 2; i++) {
		const char *p, *plain = register_text(user_aor(1), parts[i][0], 7, GRUU C).ptr;

		p = strstr(plain, ";tag=1\r\n");
		snprintf(text, sizeof(text), "%.*s;tag=%s%s", (int)(p - plain), plain, parts[i][1],
			 p + 6);
		send_text(slice_str(text), "203.0.113.7", 0);
		assert_int_equal(run_one(), 200);
		p = strstr(strstr(answer, "\r\nTo: "), ";tag=");
		snprintf(tag[i], sizeof(tag[i]), "%.16s", p + 5);
	}
	assert_string_not_equal(tag[0], tag[1]);
}

/* Spec scenario 4. */
CASE(GR_10_other_call_id)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	assert_int_not_equal(epoch_after("b", 1, GRUU C), epoch);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
}

/* From another address: the binding registered last is the one to compare with. */
CASE(GR_10_other_contact)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	assert_int_equal(epoch_after("a", 2, GRUU AT("6") ";" WITH_INSTANCE "\r\n"), epoch);
	assert_int_not_equal(epoch_after("b", 1, GRUU AT("7") ";" WITH_INSTANCE "\r\n"), epoch);
	assert_int_equal(bindings_of(1), 3);
}

/* The old contact goes and a new one comes in one request. */
CASE(GR_10_moves)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	epoch = epoch_after("a", 2, GRUU GONE AT("6") ";" WITH_INSTANCE "\r\n");
	assert_int_equal(epoch_after("a", 3, GRUU AT("6") ";expires=0\r\n" C), epoch);
	assert_int_not_equal(epoch_after("b", 1, GRUU GONE AT("6") ";" WITH_INSTANCE "\r\n"),
			     epoch);
	assert_int_equal(bindings_of(1), 1);
}

/* 5.1 item 12: flows have Call-IDs of their own; one that changes counts for all. */
static void
flow(const char *call_id, unsigned int cseq, const char *lines)
{
	send_text(register_text(user_aor(1), call_id, cseq, lines), "203.0.113.7",
		  MESSAGE_FIRST_HOP);
	assert_int_equal(run_one(), 200);
	assert_int_equal(temp_epoch(), epoch_of(1, INSTANCE));
}

CASE(GR_10_flows)
{
	uint64_t epoch;

	flow("a", 1, FLOW("1"));
	epoch = temp_epoch();
	flow("b", 1, FLOW("2"));
	flow("a", 2, FLOW("1"));
	flow("b", 2, FLOW("2"));
	assert_int_equal(temp_epoch(), epoch);
	assert_int_equal(bindings_of(1), 2);
	flow("c", 1, FLOW("2"));
	assert_int_not_equal(temp_epoch(), epoch);
}

CASE(GR_32_one_flow_gone)
{
	uint64_t epoch;

	flow("a", 1, FLOW("1"));
	epoch = temp_epoch();
	flow("b", 1, "Expires: 60\r\n" FLOW("2"));
	clock_ahead_s = 63;
	while (registrar_expire(registrar))
		;
	assert_int_equal(bindings_of(1), 1);
	assert_int_equal(epoch_of(1, INSTANCE), epoch);
}

CASE(GR_12_others)
{
	char first[TEMP_GRUU_USER_LEN];
	unsigned int same = 0;

	assert_int_equal(register_one(1, "a", 1, GRUU C), 200);
	memcpy(first, temp_user().ptr, sizeof(first));
	assert_int_equal(register_one(2, "a", 1, GRUU C), 200);
	assert_int_not_equal(temp_epoch(), 0);
	for (unsigned int i = sizeof(TEMP_GRUU_PREFIX) - 1; i < sizeof(first); i++)
		same += first[i] == temp_user().ptr[i];
	assert_in_range(same, 0, 9);
}

/* GR-26, and instance-ids of others (OB 5.2): only the AOR counts. */
CASE(GR_26_other_pairs)
{
	assert_int_equal(register_one(1, "a", 1, GRUU C), 200);
	assert_int_equal(register_one(2, "a", 1, GRUU C), 200);
	assert_true(answer_has(PUBLIC("u2", INSTANCE)));
	assert_false(answer_has("u1@"));
	assert_int_not_equal(epoch_of(1, INSTANCE), epoch_of(2, INSTANCE));
	assert_int_equal(register_one(2, "a", 2, STAR), 200);
	assert_int_equal(bindings_of(1), 1);
	assert_int_not_equal(epoch_of(1, INSTANCE), 0);
}

/* A refusal of whatever kind leaves GRUUs as they were. */
static const struct {
	const char *label, *call_id, *lines;
	unsigned int cseq, status;
} refused[] = {
	{ "GR-14 423", "b", "Expires: 0\r\n" AT("5") ";expires=1;" WITH_INSTANCE "\r\n", 1, 0 },
	{ "GR-14 contact is the AOR", "b", C "Contact: <sip:u1@example.com>;" WITH_INSTANCE "\r\n",
	  1, 403 },
	{ "GR-14 no SIP", "b", C "Contact: <mailto:u1@example.com>;" WITH_INSTANCE "\r\n", 1, 403 },
	{ "GR-14 CSeq", "a", C, 1, 500 },
	{ "GR-14 star and CSeq", "a", STAR, 2, 500 },
	{ "GR-14 Require", "b", "Require: x\r\n" C, 1, 420 },
	{ "GR-14 bad id", "b", AT("5") ";reg-id=0;" WITH_INSTANCE "\r\n", 1, 400 },
};

static void
check_refused(void **state)
{
	const typeof(refused[0]) *r = gtest_row();
	uint64_t epoch;

	(void)state;
	if (r->status == 0)
		rig_restart("{any_user: true, min_expires: 60}");
	epoch = epoch_after("a", 2, GRUU C);
	assert_int_equal(register_one(1, r->call_id, r->cseq, r->lines),
			 r->status != 0 ? r->status : 423);
	assert_int_equal(register_one(1, "c", 1, GRUU), 200);
	assert_int_equal(temp_epoch(), epoch);
	assert_int_equal(epoch_of(1, INSTANCE), epoch);
}
GTEST_ROWS_F(RegistrarGruu, refused, label, check_refused, set_up, rig_close);

/* Those whose last binding goes, in whatever way; who comes back has the same public one. */
static void
expect_ended(uint64_t epoch)
{
	assert_int_equal(bindings_of(1), 0);
	assert_int_equal(epoch_of(1, INSTANCE), 0); /* known, so that callers get 480 (GR-30) */
	assert_int_not_equal(epoch_after("a", 9, GRUU C), epoch);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
}

CASE(GR_15_star)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	assert_int_equal(register_one(1, "a", 2, GRUU STAR), 200);
	assert_false(answer_has("gruu"));
	expect_ended(epoch);
}

CASE(GR_29_GR_30_GR_31_removed)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	assert_int_equal(register_one(1, "a", 2, GONE), 200);
	expect_ended(epoch);
}

/* Spec scenario 5. */
CASE(GR_28_GR_29_expired)
{
	uint64_t epoch = epoch_after("a", 1, "Expires: 60\r\n" GRUU C);

	clock_ahead_s = 63;
	assert_false(registrar_expire(registrar));
	assert_int_equal(registrar_counters(registrar)->expired, 1);
	expect_ended(epoch);
}

/* Nobody has looked for what has expired yet. */
CASE(GR_29_expired_unnoticed)
{
	uint64_t epoch = epoch_after("a", 1, "Expires: 60\r\n" GRUU C);

	clock_ahead_s = 63;
	assert_int_not_equal(epoch_after("a", 2, GRUU C), epoch);
}

CASE(GR_34_restart)
{
	uint64_t epoch = epoch_after("a", 1, GRUU C);

	rig_restart(NULL);
	assert_int_equal(epoch_of(1, INSTANCE), epoch);
	assert_int_equal(epoch_after("a", 2, GRUU C), epoch);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
	assert_true(register_one(2, "a", 1, GRUU C) == 200 && temp_epoch() > epoch);
}

CASE(GR_34_without_keys_none_is_made)
{
	registrar_close(registrar);
	registrar = registrar_open(config, &fake.store, message, sizeof(message));
	messages.registrar = registrar;
	assert_int_equal(register_one(1, "a", 1, GRUU C), 200);
	assert_true(answer_has("pub-gruu") && !answer_has("temp-gruu"));
}

/* How it is spelled: as it came in +sip.instance, canonical in gr. */
static const struct {
	const char *req, *form, *lines, *has, *lacks;
} forms[] = {
	{ "GR-17 case", "rfc5627", GRUU AT("5") ";+sip.instance=\"<URN:UUID:A1>\"\r\n",
	  "+sip.instance=\"<URN:UUID:A1>\"" PUBLIC("u1", "urn:uuid:a1"), "Require" },
	{ "5.1-3 no brackets", "rfc5627", GRUU AT("5") ";+sip.instance=\"urn:x:A\";q=0.1\r\n",
	  AT("5") ";+sip.instance=\"<urn:x:A>\";q=0.1" PUBLIC("u1", "urn:x:A"), "Require" },
	{ "5.1-3 no plus", "rfc5627", GRUU AT("5") ";sip.instance=\"<urn:x:A>\"\r\n",
	  ";sip.instance=\"<urn:x:A>\";expires", "gruu=" },
	{ "GR-20 escapes", "rfc5627", GRUU AT("5") ";+sip.instance=\"<urn:x:a;b=c?d@e,f>\"\r\n",
	  PUBLIC("u1", "urn:x:a%3Bb%3Dc%3Fd%40e%2Cf"), "\\" },
	{ "GR-21", "rfc5627", GRUU C, "pub-gruu=", "Require" },
	{ "GR-22", "draft04", GRUU C, ";gruu=\"sip:u1@example.com;opaque=" INSTANCE "\"",
	  "pub-gruu" },
	{ "GR-22 Require", "draft04", GRUU C, "\r\nRequire: gruu\r\n", "temp-gruu" },
	{ "GR-22 not supported", "draft04", C, WITH_INSTANCE ";expires", "gruu" },
	{ "GR-22 nothing listed", "draft04", GRUU AT("5") "\r\n", AT("5") ";expires", "gruu" },
	{ "GR-22 no URN", "draft04", GRUU AT("5") ";+sip.instance=\"<00:11>\"\r\n",
	  "\"<00:11>\";expires", "gruu" },
	{ "4 both", "both", GRUU C, PUBLIC("u1", INSTANCE) ";temp-gruu=\"sip:tgruu.", "Require" },
	{ "4 both, gruu", "both", GRUU C, ";gr\";gruu=\"sip:u1@example.com;opaque=" INSTANCE "\"",
	  "Require" },
	{ "off", "off", GRUU C, WITH_INSTANCE ";expires", "gruu" },
	{ "GR-09 grid", "rfc5627", GRUU "Contact: <sip:bob@10.0.0.5;grid=x>;" WITH_INSTANCE "\r\n",
	  "<sip:bob@10.0.0.5;grid=x>;" WITH_INSTANCE PUBLIC("u1", INSTANCE), "Require" },
};

static void
check_form(void **state)
{
	const typeof(forms[0]) *r = gtest_row();
	char yaml[128];

	(void)state;
	snprintf(yaml, sizeof(yaml), "{any_user: true, gruu: %s}", r->form);
	rig_restart(yaml);
	assert_int_equal(register_one(1, "a", 1, r->lines), 200);
	if (!answer_has(r->has) || answer_has(r->lacks))
		fail_msg("%s", answer);
}
GTEST_ROWS_F(RegistrarGruu, forms, req, check_form, set_up, rig_close);

CASE(GR_23_sips)
{
	send_text(register_text("sips:u1@example.com", "a", 1, GRUU C), "203.0.113.7", 0);
	assert_int_equal(run_one(), 200);
	assert_true(answer_has("pub-gruu=\"sips:u1@example.com;gr=" INSTANCE "\""));
	assert_true(answer_has("temp-gruu=\"sips:tgruu."));
	/* the same AOR: who calls it sip sees the same binding */
	assert_int_equal(register_one(1, "b", 1, GRUU), 200);
	assert_true(answer_has(PUBLIC("u1", INSTANCE)));
}

/* As many as one AOR can have: all of them come back, with GRUUs of their own. */
CASE(all_with_GRUUs)
{
	static char lines[16384];
	int n = snprintf(lines, sizeof(lines), GRUU);
	unsigned int found = 0;

	for (unsigned int i = 0; i < 64; i++)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n,
			      "Contact: <sip:bob@10.0.0.5:%u>;+sip.instance=\"<urn:x:%u>\"\r\n",
			      5000 + i, i);
	assert_int_equal(register_one(1, "a", 1, lines), 200);
	for (char *p = answer; (p = strstr(p, "temp-gruu=")) != NULL; p++)
		found++;
	assert_int_equal(found, 64);
	for (unsigned int i = 0; i < 64; i++) {
		char instance[16];

		snprintf(instance, sizeof(instance), "urn:x:%u", i);
		assert_int_not_equal(epoch_of(1, instance), UINT64_MAX);
	}
	assert_int_equal(bindings_of(1), 64);
}

/* What is kept is told, be it without GRUUs. */
CASE(too_large_for_an_answer)
{
	static char lines[65536], aor[500], instance[224];
	int n = snprintf(lines, sizeof(lines), GRUU);

	rig_restart(ANY_USER ", gruu: both}");
	memset(instance, 'i', sizeof(instance) - 1);
	snprintf(aor, sizeof(aor), "sip:%0450d@example.com", 1);
	for (unsigned int i = 0; i < 50; i++)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n,
			      "Contact: <sip:bob@10.0.0.5:%u>;+sip.instance=\"<urn:x:%u%s>\"\r\n",
			      5000 + i, i, instance);
	send_text(register_text(aor, "a", 1, lines), "203.0.113.7", 0);
	assert_int_equal(run_one(), 200);
	assert_false(answer_has("gruu="));
	assert_true(answer_has("<sip:bob@10.0.0.5:5049>"));
}

/* The numbers of epochs are at their end: who needs one is refused, and others are not. */
static void
put_meta(const void *value, size_t len)
{
	assert_int_equal(fake.store.ops->begin(&fake.store), STORE_OK);
	assert_int_equal(
		fake.store.ops->meta_put(&fake.store, SLICE("epochs"), slice_of(value, len)),
		STORE_OK);
	assert_int_equal(fake.store.ops->commit(&fake.store), STORE_OK);
}

CASE(epochs_exhausted)
{
	uint64_t end = TEMP_GRUU_EPOCHS - 65537;

	put_meta(&end, sizeof(end));
	assert_int_equal(epoch_after("a", 1, GRUU C), end);
	rig_restart(NULL); /* the rest of the block is lost */
	assert_int_equal(register_one(2, "a", 1, GRUU C), 500);
	assert_int_equal(bindings_of(2), 0);
	assert_int_equal(register_one(1, "b", 1, GRUU C), 500);
	assert_int_equal(epoch_of(1, INSTANCE), end);
	assert_int_equal(epoch_after("a", 2, GRUU C), end);
	assert_int_equal(register_one(3, "a", 1, AT("5") "\r\n"), 200);
}

/* What cannot be read is not begun anew. */
CASE(epochs_damaged)
{
	put_meta("xyz", 3);
	assert_int_equal(register_one(1, "a", 1, GRUU C), 500);
	assert_int_equal(register_one(1, "b", 1, AT("5") "\r\n"), 200);
}
