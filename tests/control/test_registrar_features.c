/* SPDX-License-Identifier: BSD-3-Clause */
/** Feature parameters (RFC 3840): from a REGISTER, or out of the store, to where calls find them.
 */
#include <jansson.h>

#include "control/registrar_rig.h"
#include "registrar/exchange.h"
#include "registrar/features.h"
#include "sip/writer.h"

#define AT(n) "Contact: <sip:u@10.0.0." n ">"
#define VOICEMAIL                                                                                  \
	"audio;video;actor=\"msg-taker\";automata;mobility=\"fixed\""                              \
	";methods=\"INVITE,BYE,OPTIONS,ACK,CANCEL\""

/* ---- which parameters they are ---- */

static const struct take_row {
	const char *label;
	const char *params, *features; /* NULL: absent */
} takes[] = {
	{ "RFC3840-6-voicemail", VOICEMAIL, VOICEMAIL },
	{ "RFC3840-5-example",
	  "mobility=\"fixed\";events=\"!presence,message-summary\";language=\"en,de\""
	  ";description=\"<PC>\";+sip.newparam;+rangeparam=\"#-4:+5.125\"",
	  "mobility=\"fixed\";events=\"!presence,message-summary\";language=\"en,de\""
	  ";description=\"<PC>\";+sip.newparam;+rangeparam=\"#-4:+5.125\"" },
	{ "RFC3840-9-base-tags",
	  "audio;automata;class=\"a\";duplex=\"a\";data;control;mobility=\"a\";description=\"<a>\""
	  ";events=\"a\";priority=\"#=1\";methods=\"A\";schemes=\"a\";application;video"
	  ";language=\"a\";type=\"a\";isfocus;actor=\"a\";text;extensions=\"a\"",
	  "audio;automata;class=\"a\";duplex=\"a\";data;control;mobility=\"a\";description=\"<a>\""
	  ";events=\"a\";priority=\"#=1\";methods=\"A\";schemes=\"a\";application;video"
	  ";language=\"a\";type=\"a\";isfocus;actor=\"a\";text;extensions=\"a\"" },
	{ "RFC3841-7.2.3-other-params",
	  "q=0.5;audio;reg-id=1;+sip.instance=\"<urn:x:1>\";flow-id=1;video;expires=9"
	  ";pub-gruu=\"a\";temp-gruu=\"b\";gruu=\"c\";other-param=66372;+g.a",
	  "audio;video;+g.a" },
	{ "RFC3840-9-as-written", " Audio ;\r\n\tclass = \"Business, \" ; CLASS=\"Business\" ",
	  "Audio;CLASS=\"Business\"" },
	{ "RFC3840-9-semicolon-in-string", "description=\"<a;q=1,\\\"b\\\">\";x",
	  "description=\"<a;q=1,\\\"b\\\">\"" },
	{ "RFC5626-4.1-instance-alone", "+sip.instance=\"<urn:x:1>\"", NULL },
	{ "RFC5626-4.1-instance-case", "+SIP.Instance=\"<urn:x:1>\"", NULL },
	{ "not-of-the-sip-tree", "+instance=\"<urn:x:1>\"", "+instance=\"<urn:x:1>\"" },
	{ "no-value-of-a-feature", "audio=TRUE;class=\"a,,b\";+1", NULL },
	{ "malformed-end", "audio;;video", "audio" },
	{ "none", "x=y", NULL },
	{ "absent", NULL, NULL },
};

static void
features_are_taken(void **state)
{
	const struct take_row *row = *state;
	char text[FEATURES_MAX];
	struct sip_writer w;

	sip_writer_init(&w, text, sizeof(text));
	assert_slice(features_take(slice_str(row->params), &w), row->features);
	assert_false(w.overflow);
	assert_int_equal(w.p - w.begin, row->features != NULL ? strlen(row->features) : 0);
}
GTEST_ROWS(RegistrarFeatures, takes, label, features_are_taken);

/* Whole parameters, up to the first that there is no room for. */
GTEST(RegistrarFeatures, no_room)
{
	char text[FEATURES_MAX * 2], params[FEATURES_MAX * 2];
	struct sip_writer w;
	struct slice got;

	for (size_t room = 0; room <= 12; room++) {
		sip_writer_init(&w, text, room);
		got = features_take(SLICE("audio;+sip.x;text"), &w);
		assert_slice(got, room < 5 ? NULL : room < 12 ? "audio" : "audio;+sip.x");
		assert_false(w.overflow);
	}
	for (size_t len = FEATURES_MAX - 1; len <= FEATURES_MAX + 1; len++) {
		sip_writer_init(&w, text, sizeof(text));
		memset(params, 'x', sizeof(params));
		memcpy(params, "text;+", 6);
		got = features_take(slice_of(params, len), &w);
		assert_int_equal(got.len, len <= FEATURES_MAX ? len : 4);
	}
}

/* ---- into the table ---- */

static int
set_up(void **state)
{
	return rig_open(state, "{any_user: true, max_contacts: 64}");
}

#define CASE(name) GTEST_F(RegistrarFeatures, name, set_up, rig_close)

/* Binding `i` of user 1. */
static struct slice
features_of(unsigned int i)
{
	static struct binding_copy copy;
	struct binding b;

	assert_true(find_in_table(slice_str(user_aor(1)), &copy) && binding_get(&copy, i, &b));
	return b.features;
}

CASE(RFC3840_6_registered)
{
	assert_int_equal(register_one(1, "a", 1,
				      AT("5") ";" WITH_INSTANCE ";" VOICEMAIL ";q=0.5\r\n" AT(
					      "6") ";x=y\r\n" AT("7") ";audio;b\r\n"),
			 200);
	assert_slice(features_of(0), VOICEMAIL);
	assert_slice(features_of(1), NULL);
	assert_slice(features_of(2), "audio");
	/* "each Contact header field value MUST include all of the feature parameters" */
	assert_true(answer_has(WITH_INSTANCE ";" VOICEMAIL ";q=0.5;expires="));
	assert_true(answer_has(AT("7") ";audio;b;expires="));
}

/* "it MUST include its feature parameters in that refresh if it wishes for them to remain" */
CASE(RFC3840_6_refreshed)
{
	assert_int_equal(register_one(1, "a", 1, AT("5") ";audio;video\r\n"), 200);
	assert_int_equal(register_one(1, "a", 2, AT("5") ";audio;video\r\n"), 200);
	assert_slice(features_of(0), "audio;video");
	assert_int_equal(register_one(1, "a", 3, AT("5") ";audio\r\n"), 200);
	assert_slice(features_of(0), "audio");
	assert_int_equal(register_one(1, "a", 4, AT("5") "\r\n"), 200);
	assert_slice(features_of(0), NULL);
}

/* The store has always had all parameters: what it kept for an older version has features, too. */
CASE(stored_by_an_older_version)
{
	struct {
		uint64_t expires_ms, updated_ms;
		uint32_t cseq, reg_id;
		uint16_t q, contact_len, params_len, path_len, instance_len, call_id_len;
		uint32_t reserved;
		struct flow flow;
	} old = { .expires_ms = UINT64_C(4102444800000),
		  .q = 1000,
		  .contact_len = 13,
		  .params_len = 18,
		  .call_id_len = 3 };
	const uint16_t head[2] = { 1, 1 };
	char value[256];
	struct sip_writer w;

	sip_writer_init(&w, value, sizeof(value));
	sip_put(&w, slice_of((const char *)head, sizeof(head)));
	sip_put(&w, slice_of((const char *)&old, sizeof(old)));
	SIP_PUT(&w, "sip:u@1.2.3.4audio;x=y;+g.video"
		    "c@h");
	assert_int_equal(fake_begin(&fake.store), STORE_OK);
	assert_int_equal(fake_write(slice_str(user_aor(1)), sip_written(&w)), STORE_OK);
	assert_int_equal(fake_commit(&fake.store), STORE_OK);
	rig_restart(NULL);
	assert_slice(features_of(0), "audio;+g.video");
	assert_int_equal(register_one(1, "a", 1, ""), 200);
	assert_true(answer_has("Contact: <sip:u@1.2.3.4>;audio;x=y;+g.video;expires="));
}

/* Out of one store and into another. */
CASE(exported_and_imported)
{
	json_t *request = json_object(), *said, *rows;

	assert_int_equal(register_one(1, "a", 1, AT("5") ";q=0.1;" VOICEMAIL "\r\n"), 200);
	said = registrar_export(registrar, request);
	rows = json_incref(json_object_get(said, "rows"));
	json_decref(said);
	json_decref(request);
	assert_int_equal(register_one(1, "a", 2, STAR), 200);
	assert_int_equal(bindings_of(1), 0);
	request = json_pack("{s:o}", "rows", rows);
	said = registrar_import(registrar, request);
	assert_null(json_object_get(said, "error"));
	assert_slice(features_of(0), VOICEMAIL);
	json_decref(said);
	json_decref(request);
}

/*
 * As many as the store has room for: the table takes what the store takes, and with the last of
 * them it is features that make room.
 */
CASE(more_than_a_record_holds)
{
	static char lines[80000];
	unsigned int taken = 0;

	for (unsigned int n = 1; n <= 64; n++) {
		char *at = lines + snprintf(lines, sizeof(lines),
					    "Contact: <sip:u%u@10.0.0.5>;+f%u=\"", n, n);

		memset(at, 'x', 950);
		memcpy(at + 950, "\"\r\n", 4);
		if (register_one(1, "a", n, lines) == 200)
			taken++;
		assert_int_equal(bindings_of(1), taken);
		if (n == 25)
			assert_int_equal(features_of(24).len, 957);
	}
	assert_in_range(taken, 25, 63);
	assert_true(answer_has("SIP/2.0 513 Bindings Too Large"));
}
