/* SPDX-License-Identifier: BSD-3-Clause */
/** Contacts of a 305 as Route values (RC-21, RC-24, RC-34; spec 5.1 items 4 to 6). */
#include "lib/sip/support.h"
#include "proxy/use_proxy.h"

static char text[200000], room[USE_PROXY_ROOM + 1];
static uint64_t seed;

/* What the Contact lines of a 305 become. */
static const char *
routes(const char *contacts)
{
	struct sip_message msg;
	struct sip_writer out;

	snprintf(text, sizeof(text),
		 "SIP/2.0 305 Use Proxy\r\nVia: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1\r\n%s"
		 "Content-Length: 0\r\n\r\n", contacts);
	assert_int_equal(sip_message_index(at_wall(slice_str(text)), &msg), SIP_FAULT_NONE);
	sip_writer_init(&out, room, USE_PROXY_ROOM);
	use_proxy_routes(&msg, &seed, &out);
	assert_false(out.overflow);
	*out.p = '\0';
	return room;
}

static const struct row {
	const char *label, *contacts, *want;
} rows[] = {
	{ "RC-30_none", "", "" },
	{ "RC-21_as_it_is", "Contact: <sip:hp2.example.com;lr>\r\n", "<sip:hp2.example.com;lr>" },
	{ "RC-21_highest_q_first",
	  "Contact: <sip:a;lr>;q=0.3, <sip:b;lr>;q=0.9\r\nm: \"C, c\" <sip:c;lr>;q=0.5\r\n",
	  "<sip:b;lr>, <sip:c;lr>, <sip:a;lr>" },
	{ "RC-21_no_q_is_1", "Contact: <sip:a;lr>;q=0.999, <sip:b;lr>\r\n",
	  "<sip:b;lr>, <sip:a;lr>" },
	{ "RC-21_q_0_is_last", "Contact: <sip:a;lr>;q=0, <sip:b;lr>;Q=0.001;x=1\r\n",
	  "<sip:b;lr>, <sip:a;lr>" },
	{ "RC-21_q_that_is_none", "Contact: <sip:a;lr>;q=2, <sip:b;lr>;q, <sip:c;lr>;q=\"1\", "
				  "<sip:e;lr>;q=0.1\r\n", "<sip:e;lr>" },
	{ "RC-23_lr_is_added", "Contact: <sip:a>;q=1, <sip:u@b:5070;transport=udp>;q=0.5\r\n",
	  "<sip:a;lr>, <sip:u@b:5070;transport=udp;lr>" },
	{ "RC-23_lr_with_a_value", "Contact: <sip:a;LR=on;x>\r\n", "<sip:a;LR=on;x>" },
	{ "RC-23_lr_behind_the_URI", "Contact: sip:a;lr;q=0.5\r\n", "<sip:a;lr>" },
	{ "5.1-5_headers", "Contact: <sip:a?Route=%3Csip:x%3E&y=z>\r\n", "<sip:a;lr>" },
	{ "5.1-5_headers_and_lr", "Contact: <sip:a;lr?x=y>\r\n", "<sip:a;lr>" },
	{ "5.1-5_method", "Contact: <sip:a;method=INVITE;lr;METHOD=x>\r\n", "" },
	{ "5.1-5_one_method", "Contact: <sip:a;method=INVITE;maddr=192.0.2.1>\r\n",
	  "<sip:a;maddr=192.0.2.1;lr>" },
	{ "5.1-5_user_stays", "Contact: <sip:T%6fKEN:pw@a;lr>\r\n", "<sip:T%6fKEN:pw@a;lr>" },
	{ "RC-34_other_schemes", "Contact: <sips:a;lr>, <tel:+1>, <http://a/b>, <sip:b;lr>;q=0.1\r\n",
	  "<sip:b;lr>" },
	{ "RC-30_star", "Contact: *\r\n", "" },
	{ "RC-30_empty", "Contact:\r\n", "" },
	{ "RC-30_unreadable", "Contact: <sip:a, <sip:b;lr>\r\nContact: sip:, <sip:@;lr>, <>, ,\r\n"
			      "Contact: \"x <sip:c;lr>\r\n", "" },
	{ "RC-30_good_behind_bad", "Contact: <sip:a b;lr>, <sip:c;lr>;q=0.2\r\n", "<sip:c;lr>" },
	{ "RC-30_twice_lr", "Contact: <sip:a;lr;lr>, <sip:b;transport=udp;transport=tcp;lr>\r\n",
	  "" },
	{ "IPv6", "Contact: <sip:[2001:db8::1]:5070;lr>\r\n", "<sip:[2001:db8::1]:5070;lr>" },
};

static void
check(void **state)
{
	const struct row *r = *state;

	assert_string_equal(routes(r->contacts), r->want);
}
GTEST_ROWS(UseProxy, rows, label, check);

/* Each order comes about, and as often as the others. */
GTEST(UseProxy, RC_24_equal_ones_at_random)
{
	unsigned int first[3] = { 0 }, last = 0;

	seed = 7;
	for (int i = 0; i < 3000; i++) {
		const char *got = routes("Contact: <sip:a;lr>, <sip:d;lr>;q=0.5, <sip:b;lr>, <sip:c;lr>\r\n");

		first[got[5] - 'a']++;
		last += strcmp(strrchr(got, ','), ", <sip:d;lr>") == 0;
	}
	for (int i = 0; i < 3; i++)
		assert_in_range(first[i], 900, 1100);
	assert_int_equal(last, 3000);
}

GTEST(UseProxy, RC_24_a_seed_repeats)
{
	static const char contacts[] = "Contact: <sip:a;lr>, <sip:b;lr>, <sip:c;lr>, <sip:d;lr>\r\n";
	char before[200];

	seed = 42;
	snprintf(before, sizeof(before), "%s", routes(contacts));
	seed = 42;
	assert_string_equal(routes(contacts), before);
}

/* Those behind the 64th are not looked at, whatever their q; and all of the longest fit. */
GTEST(UseProxy, RC_32_64_are_enough)
{
	static char contacts[200000];
	char user[USE_PROXY_URI_MAX];
	size_t n = 0;
	unsigned int commas = 0;

	memset(user, 'u', sizeof(user));
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(contacts + n, sizeof(contacts) - n, "%s<sip:%.*s@h%02u>;q=0.%d",
				      i == 0 ? "Contact: " : ",", USE_PROXY_URI_MAX - 8, user, i,
				      i < 64 ? 1 : 9);
	snprintf(contacts + n, sizeof(contacts) - n, "\r\n");
	for (const char *p = routes(contacts); (p = strchr(p, ',')) != NULL; p++)
		commas++;
	assert_int_equal(commas, 63);
	assert_null(strstr(room, "@h64"));
	snprintf(contacts, sizeof(contacts), "Contact: <sip:%.*s@h123>\r\n", USE_PROXY_URI_MAX - 8,
		 user);
	assert_string_equal(routes(contacts), "");
}
