/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>

#include "lib/sip/reader/steps.h"
#include "lib/sip/support.h"

/* Hosts at the beginning of a text, and the octets that each takes; -1 when there is none. */
static const struct host_row {
	const char *label;
	const char *text;
	int taken;
} hosts[] = {
	/* clang-format off */
	{ "name", "example.com", 11 },
	{ "name-and-port", "example.com:5060", 11 },
	{ "name-and-params", "a-1.example;x", 11 },
	{ "underscore", "a_b.example", 11 },
	{ "ipv4", "192.0.2.1>", 9 },
	{ "empty", "", -1 },
	{ "port-only", ":5060", -1 },
	{ "high", "\xe9.example", -1 },
	{ "RFC4291-2.2-1", "[ABCD:EF01:2345:6789:ABCD:EF01:2345:6789]", 41 },
	{ "RFC4291-2.2-2", "[2001:DB8::8:800:200C:417A]:5060", 27 },
	{ "RFC4291-2.2-2-any", "[::]", 4 },
	{ "RFC4291-2.2-2-first", "[::1]", 5 },
	{ "RFC4291-2.2-2-last", "[1::]", 5 },
	{ "RFC4291-2.2-3", "[::13.1.68.3]", 13 },
	{ "RFC4291-2.2-3-mapped", "[::FFFF:129.144.52.38];x", 22 },
	{ "RFC4291-2.2-3-full", "[1:2:3:4:5:6:192.0.2.1]", 23 },
	{ "RFC5118-4.10", "[2001:db8:::192.0.2.1]", 22 },
	{ "RFC5118-4.10-groups", "[2001:db8:::1]", 14 },
	{ "RFC5118-4.10-first", "[:::1]", 6 },
	{ "RFC5118-4.10-four", "[2001:db8::::1]", -1 },
	{ "RFC5118-4.1-bare", "2001:db8::10", 4 },
	{ "no-group", "[]", -1 },
	{ "colon", "[:]", -1 },
	{ "colon-first", "[:1:2:3:4:5:6:7]", -1 },
	{ "colon-last", "[1:2:3:4:5:6:7:]", -1 },
	{ "two-gaps", "[1::2::3]", -1 },
	{ "7-groups", "[1:2:3:4:5:6:7]", -1 },
	{ "9-groups", "[1:2:3:4:5:6:7:8:9]", -1 },
	{ "7-groups-and-gap", "[1:2:3::4:5:6:7]", 16 },
	{ "8-groups-and-gap", "[1:2:3:4::5:6:7:8]", -1 },
	{ "5-digits", "[12345::1]", -1 },
	{ "no-hexdigit", "[g::1]", -1 },
	{ "ipv4-alone", "[192.0.2.1]", -1 },
	{ "ipv4-first", "[192.0.2.1::]", -1 },
	{ "ipv4-and-7-groups", "[1:2:3:4:5:6:7:192.0.2.1]", -1 },
	{ "ipv4-and-5-groups-and-gap", "[1:2::3:4:5:192.0.2.1]", 22 },
	{ "ipv4-and-6-groups-and-gap", "[1:2:3::4:5:6:192.0.2.1]", -1 },
	{ "ipv4-of-3", "[::192.0.2]", -1 },
	{ "ipv4-of-5", "[::192.0.2.1.1]", -1 },
	{ "ipv4-256", "[::192.0.2.256]", -1 },
	{ "ipv4-leading-zero", "[::192.0.2.01]", -1 },
	{ "RFC6874-zone", "[fe80::1%25eth0]", -1 },
	{ "zone", "[fe80::1%eth0]", -1 },
	{ "blank", "[ ::1]", -1 },
	{ "open", "[::1", -1 },
	{ "open-empty", "[", -1 },
	/* clang-format on */
};

/* With octets behind it that may be read, and without. */
static void
try_host(const struct reader_steps *steps, const char *label, struct slice text, int taken)
{
	for (size_t behind = 0; behind <= 70; behind += 70) {
		char *p = wall() - behind - text.len;
		const char *end = p + text.len, *got;
		struct slice host = SLICE_ABSENT;

		memset(p, ']', text.len + behind);
		memcpy(p, text.ptr, text.len);
		got = steps->take_host(p, end, wall(), &host);
		if ((got == NULL ? -1 : got - p) != taken)
			fail_msg("%s: %.*s: takes %td, want %d", label, SLICE_FMT(text),
				 got == NULL ? -1 : got - p, taken);
		if (got != NULL)
			assert_true(host.ptr == p && slice_end(host) == got);
	}
}

static void
host_is_taken(void **state)
{
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		try_host(*state, hosts[i].label, slice_str(hosts[i].text), hosts[i].taken);
}

static void
append(char *text, const char *piece)
{
	size_t len = strlen(text);

	snprintf(text + len, 128 - len, "%s", piece);
}

/* An address of which some groups are zero, as inet_ntop() writes it, or of pieces without order.
 */
static void
random_ipv6(uint64_t *random, char text[128])
{
	static const char *const pieces[] = {
		":",         ":",   ":",    "::",   ":::",   "0",       "1",
		"ab",        "12C", "ffff", "2001", "12345", "1.2.3.4", "255.255.255.255",
		"256.1.1.1", ".",   "%1"
	};
	uint16_t groups[8] = { 0 };

	*text = '\0';
	if (random_below(random, 2) == 0) {
		for (unsigned int n = random_below(random, 18); n > 0; n--)
			append(text,
			       pieces[random_below(random, sizeof(pieces) / sizeof(pieces[0]))]);
		return;
	}
	for (unsigned int i = 0; i < 8; i++)
		if (random_below(random, 2) == 0)
			groups[i] = (uint16_t)next_random(random);
	assert_non_null(inet_ntop(AF_INET6, groups, text, 128));
	/* its last group is one too many, or takes the place of a gap */
	if (random_below(random, 4) == 0) {
		strrchr(text, ':')[1] = '\0';
		append(text, "192.0.2.1");
	}
}

/* Up to two octets other than they were. */
static void
spoil(uint64_t *random, char *text)
{
	static const char octets[] = "0123456789abcdefABCDEF::::....gG%/@ ";

	for (unsigned int n = random_below(random, 3); n > 0 && *text != '\0'; n--)
		text[random_below(random, (unsigned int)strlen(text))] =
			octets[random_below(random, sizeof(octets) - 1)];
}

/* The three colons that RFC 5118 §4.10 wants to be taken are two for inet_pton(). */
static bool
pton_takes_ipv6(const char *text)
{
	const char *three = strstr(text, ":::");
	unsigned char address[16];
	char two[128];

	if (three == NULL)
		return inet_pton(AF_INET6, text, address) == 1;
	snprintf(two, sizeof(two), "%.*s%s", (int)(three - text), text, three + 1);
	return inet_pton(AF_INET6, two, address) == 1;
}

static void
ipv6_is_that_of_pton(void **state)
{
	unsigned int good = 0, bad = 0;
	uint64_t random = 1;

	for (unsigned int round = 0; round < 100000; round++) {
		char text[128], host[140];
		bool valid;
		int len;

		random_ipv6(&random, text);
		spoil(&random, text);
		valid = pton_takes_ipv6(text);
		len = snprintf(host, sizeof(host), "[%s]", text);
		try_host(*state, "random", slice_of(host, (size_t)len), valid ? len : -1);
		good += valid;
		bad += !valid;
	}
	/* both have to be seen often enough */
	assert_true(good > 20000 && bad > 20000);
}

static void
ipv4_is_that_of_pton(void **state)
{
	const struct reader_steps *steps = *state;
	unsigned int good = 0;
	uint64_t random = 1;

	for (unsigned int round = 0; round < 100000; round++) {
		unsigned char address[4];
		struct slice text;
		char dots[64];
		bool valid;

		snprintf(dots, sizeof(dots), "%u.%u.%u.%u", random_below(&random, 300),
			 random_below(&random, 20), random_below(&random, 300),
			 random_below(&random, 1100) / 4);
		spoil(&random, dots);
		valid = inet_pton(AF_INET, dots, address) == 1;
		text = at_wall(slice_str(dots));
		if (steps->ipv4_is_valid(text.ptr, slice_end(text)) != valid)
			fail_msg("%s is %svalid", dots, valid ? "" : "not ");
		good += valid;
	}
	assert_true(good > 20000);
}

/* Each port, and each number that is none, with a zero in front every third time. */
static void
port_is_taken(void **state)
{
	const struct reader_steps *steps = *state;

	for (unsigned int number = 0; number < 70000; number++) {
		bool good = number > 0 && number <= UINT16_MAX;
		uint16_t port = 0;
		struct slice text;
		const char *p;
		char digits[16];

		snprintf(digits, sizeof(digits), number % 3 == 0 ? "0%u;" : "%u;", number);
		text = at_wall(slice_str(digits));
		p = steps->take_port(text.ptr, slice_end(text), slice_end(text), &port);
		if ((p != NULL) != good || (good && (port != number || p != slice_end(text) - 1)))
			fail_msg("%s: %u", digits, port);
	}
}

void
gtest_register(void)
{
	add_for_readers("Host", "is_taken", host_is_taken);
	add_for_readers("Host", "ipv6_is_that_of_pton", ipv6_is_that_of_pton);
	add_for_readers("Host", "ipv4_is_that_of_pton", ipv4_is_that_of_pton);
	add_for_readers("Port", "is_taken", port_is_taken);
}
