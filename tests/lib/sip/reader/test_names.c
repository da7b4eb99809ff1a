/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/chars.h"
#include "sip/isa.h"

/* The names of header fields, as each reader takes them for known ones or others. */

static const struct name_row {
	const char *full;
	enum sip_header_id id;
	char compact;
} names[] = {
#define X(sym, name, compact) { name, SIP_HDR_##sym, compact },
	SIP_HEADER_NAMES(X)
#undef X
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static enum sip_header_id
naive_id(struct slice name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (slice_eq_nocase(name, slice_str(names[i].full)) ||
		    (names[i].compact != 0 &&
		     slice_eq_nocase(name, slice_of(&names[i].compact, 1))))
			return names[i].id;
	return SIP_HDR_OTHER;
}

/* Header lines of this name: in one a vector reaches into what follows, the last is at the wall. */
static void
read_name(struct slice name)
{
	const struct sip_isa *isa;
	struct sip_message msg;
	struct slice text;
	char bytes[256];

	snprintf(bytes, sizeof(bytes),
		 "A b SIP/2.0\r\n%.*s: 1\r\nX-Other-Than-That: 2\r\n%.*s:\r\n\r\n", SLICE_FMT(name),
		 SLICE_FMT(name));
	text = at_wall(slice_str(bytes));
	for (unsigned int i = 0; (isa = sip_isa_get(i)) != NULL; i++) {
		enum sip_header_id want = naive_id(name);

		assert_int_equal(isa->message_index(text, &msg), SIP_FAULT_NONE);
		assert_int_equal(msg.header_count, 3);
		if (sip_header_id(&msg.header[0]) != want || sip_header_id(&msg.header[2]) != want)
			fail_msg("%s: %.*s is %d and %d, want %d", isa->name, SLICE_FMT(name),
				 sip_header_id(&msg.header[0]), sip_header_id(&msg.header[2]),
				 want);
		assert_int_equal(sip_header_find(name), want);
	}
}

/* All there is of a name, and more. */
static void
name_and_its_parts(void **state)
{
	const struct name_row *row = *state;
	char name[64];

	if (row->compact != 0)
		read_name(slice_of(&row->compact, 1));
	snprintf(name, sizeof(name), "%s-abcdefghijklmnopqrstuvwxyz", row->full);
	for (size_t len = 1; len < strlen(name); len++)
		read_name(slice_of(name, len));
}
GTEST_ROWS(Names, names, full, name_and_its_parts);

/* One octet other than it is, if the name is a token then. */
static void
name_with_other_octets(void **state)
{
	const struct name_row *row = *state;
	const size_t len = strlen(row->full);

	for (size_t at = 0; at < len; at++)
		for (unsigned int octet = 0; octet < 128; octet++) {
			char name[64];

			memcpy(name, row->full, len);
			name[at] = (char)octet;
			if (sip_char_is(name[at], SIP_CHAR_TOKEN))
				read_name(slice_of(name, len));
		}
}
GTEST_ROWS(NamesChanged, names, full, name_with_other_octets);
