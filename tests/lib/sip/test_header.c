/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/header.h"
#include "sip/method.h"

static const struct name_row {
	const char *label;
	enum sip_header_id id;
	char compact;
} names[] = {
#define X(sym, name, compact) { name, SIP_HDR_##sym, compact },
	SIP_HEADER_NAMES(X)
#undef X
};

static void
found(const char *text, size_t len, enum sip_header_id id)
{
	assert_int_equal(sip_header_find(at_wall(slice_of(text, len))), id);
}

/* RFC 3261 §7.3.1: names have no case. §7.3.3: nor have compact forms. */
static void
name_is_found(void **state)
{
	const struct name_row *row = *state;
	size_t len = strlen(row->label);
	uint64_t random = 1;
	char text[64];

	assert_true(len < sizeof(text));
	found(row->label, len, row->id);
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < len; i++) {
			char c = row->label[i];
			int flip = round == 0 ? 1 : round == 1 ? 0 : (int)random_below(&random, 2);

			text[i] = slice_lower(c);
			if (flip && text[i] >= 'a' && text[i] <= 'z')
				text[i] = (char)(text[i] & ~0x20);
		}
		found(text, len, row->id);
	}
	assert_slice(sip_header_name(row->id), row->label);
	if (row->compact != 0) {
		char upper = (char)(row->compact & ~0x20);

		found(&row->compact, 1, row->id);
		found(&upper, 1, row->id);
	}
}
GTEST_ROWS(Header, names, label, name_is_found);

/* A name that lies about one character is another name, whatever its hash. */
static void
near_miss_is_other(void **state)
{
	const struct name_row *row = *state;
	size_t len = strlen(row->label);
	char text[64];

	memcpy(text, row->label, len);
	for (size_t i = 0; i < len; i++) {
		for (int c = 1; c < 256; c++) {
			enum sip_header_id id;

			text[i] = (char)c;
			if (slice_lower(text[i]) == slice_lower(row->label[i]))
				continue;
			id = sip_header_find(slice_of(text, len));
			if (id != SIP_HDR_OTHER &&
			    !slice_eq_nocase(slice_of(text, len), sip_header_name(id)))
				fail_msg("\"%.*s\" is taken for %s", (int)len, text,
					 sip_header_name(id).ptr);
		}
		text[i] = row->label[i];
	}
	if (len > 2)
		assert_int_equal(sip_header_find(slice_of(row->label, len - 1)), SIP_HDR_OTHER);
	text[len] = 's';
	assert_int_equal(sip_header_find(slice_of(text, len + 1)), SIP_HDR_OTHER);
}
GTEST_ROWS(Header, names, label, near_miss_is_other);

/* The hash reads length, first, middle and the last two characters: these share a known slot. */
static const struct {
	const char *label;
} colliding[] = {
	{ "Vxa" }, { "Cxll-ID" }, { "Rxute" }, { "Cxxtact" }, { "Max-Fxxwards" },
	{ "Xontent-Lengtx" }, { "Record-Rxute" }, { "Fxom" },
};

static void
collision_is_other(void **state)
{
	const char *name = *(const char *const *)*state;

	found(name, strlen(name), SIP_HDR_OTHER);
}
GTEST_ROWS(Header, colliding, label, collision_is_other);

GTEST(Header, compact_forms_are_these_only)
{
	/* RFC 3261, 3265, 3515, 3841, 3892, 4028, 4474 as IANA lists them. */
	static const char all[] = "abcdefijklmnorstuvxy";
	char c = 0;

	do {
		bool known = c != 0 && strchr(all, slice_lower(c)) != NULL;

		if ((sip_header_find(slice_of(&c, 1)) != SIP_HDR_OTHER) != known)
			fail_msg("compact form 0x%02x", (unsigned int)(unsigned char)c);
	} while (++c != 0);
}

GTEST(Header, empty_and_random_names_are_other)
{
	uint64_t random = 2;
	char text[300] = "";

	assert_int_equal(sip_header_find(slice_of(text, 0)), SIP_HDR_OTHER);
	assert_int_equal(sip_header_find(SLICE_ABSENT), SIP_HDR_OTHER);
	for (int round = 0; round < 20000; round++) {
		size_t len = 2 + random_below(&random, 250);
		enum sip_header_id id;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)random_below(&random, 256);
		id = sip_header_find(at_wall(slice_of(text, len)));
		if (id != SIP_HDR_OTHER &&
		    !slice_eq_nocase(slice_of(text, len), sip_header_name(id)))
			fail_msg("%.*s", (int)len, text);
	}
}

/* RFC 3261 §7.1: methods have case. */
static const struct method_row {
	const char *label;
	enum sip_method method;
	bool forms_dialog;
} methods[] = {
	{ "INVITE", SIP_INVITE, true },
	{ "ACK", SIP_ACK, false },
	{ "BYE", SIP_BYE, false },
	{ "CANCEL", SIP_CANCEL, false },
	{ "REGISTER", SIP_REGISTER, false },
	{ "OPTIONS", SIP_OPTIONS, false },
	{ "PRACK", SIP_PRACK, false },
	{ "SUBSCRIBE", SIP_SUBSCRIBE, true },
	{ "NOTIFY", SIP_NOTIFY, false },
	{ "PUBLISH", SIP_PUBLISH, false },
	{ "INFO", SIP_INFO, false },
	{ "REFER", SIP_REFER, true },
	{ "MESSAGE", SIP_MESSAGE, false },
	{ "UPDATE", SIP_UPDATE, false },
	{ "invite", SIP_METHOD_OTHER, false },
	{ "INVIT", SIP_METHOD_OTHER, false },
	{ "INVITES", SIP_METHOD_OTHER, false },
	{ "RE%47ISTER", SIP_METHOD_OTHER, false },
	{ "", SIP_METHOD_OTHER, false },
};

static void
method_is_found(void **state)
{
	const struct method_row *row = *state;

	assert_int_equal(sip_method_find(at_wall(slice_str(row->label))), row->method);
	assert_int_equal(sip_method_forms_dialog(row->method), row->forms_dialog);
}
GTEST_ROWS(Method, methods, label, method_is_found);
