/* SPDX-License-Identifier: BSD-3-Clause */
/** Names: what the DNS says, for how long it is known, and who waits for it (RFC 3263). */
#include "control/hops_support.h"

#define CASE(name) GTEST_F(Names, name, make_dir, close_all)

/* "address:port address:port|..." of a set, groups parted by '|', sorted as they are. */
static const char *
targets_of(const struct hops_set *set)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; set != NULL && i < set->count; i++) {
		const struct hops_target *t = &table.targets[set->first + i];
		char one[FLOW_ADDRESS_TEXT_MAX];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s",
				      i == 0                    ? ""
				      : t->group != t[-1].group ? "|"
								: " ",
				      SLICE_FMT(flow_address_text(&t->address, one)));
	}
	return text;
}

/* ---- requests that wait ---- */

static void
send_from(const char *source, const char *name, uint16_t port, uint64_t copy)
{
	char text[512];
	struct message_head head = { .kind = MESSAGE_RESOLVE,
				     .name_port = port,
				     .copy = copy,
				     .choice = copy * 77,
				     .name_hash = 5,
				     .listener = 1,
				     .name_len = (uint16_t)strlen(name) };
	int n = snprintf(text, sizeof(text), "request %llu%s", (unsigned long long)copy, name);

	head.length = (uint32_t)n;
	if (source != NULL)
		assert_true(flow_ip_decode(slice_str(source), &head.flow.remote));
	head.flow.remote.port = 4711;
	hops_resolve(hops, 0, &head, slice_of(text, (size_t)n));
}

/* From nobody in particular. */
static void
send_waiting(const char *name, uint16_t port, uint64_t copy)
{
	send_from(NULL, name, port, copy);
}

static struct message_head back;

/* The next message from control that is no probe. */
static bool
given_back(void)
{
	while (message_ring_get(&dataplane.inject[0], &back, bytes))
		if (back.kind == MESSAGE_AGAIN)
			return true;
	return false;
}

static void
wait_back(unsigned int ms)
{
	for (uint64_t end = clock_us() + ms * 1000; clock_us() < end;) {
		if (given_back())
			return;
		step();
	}
	fail_msg("nothing came back in %u ms", ms);
}

/* The server needs a moment after its start. */
static void
wait_dns(void)
{
	for (int i = 0; i < 100 && strstr(targets_of(find("moving.test", 0)), "61") == NULL; i++)
		run_ms(20);
	assert_string_equal(targets_of(find("moving.test", 0)), "192.0.2.61:5060");
}

static const struct name_row {
	const char *label, *name;
	uint16_t port;
	uint8_t flags;
	const char *targets;
} names[] = {
	{ "address", "four.test", 0, MESSAGE_RESOLVED, "192.0.2.51:5060" },
	{ "upper case", "FOUR.Test", 0, MESSAGE_RESOLVED, "192.0.2.51:5060" },
	{ "port", "four.test", 5099, MESSAGE_RESOLVED, "192.0.2.51:5099" },
	{ "IPv6", "six.test", 0, MESSAGE_RESOLVED, "[2001:db8::51]:5060" },
	{ "CNAME", "alias.test", 0, MESSAGE_RESOLVED, "192.0.2.51:5060" },
	{ "SRV", "pair.test", 0, MESSAGE_RESOLVED, NULL },
	{ "SRV but a port", "pair.test", 5060, MESSAGE_NOWHERE, "" },
	{ "NAPTR", "naptr.test", 0, MESSAGE_RESOLVED, "192.0.2.51:5080" },
	{ "NAPTR without UDP", "tcp.test", 0, MESSAGE_RESOLVED, "192.0.2.51:5090" },
	{ "no such name", "nobody.test", 0, MESSAGE_NOWHERE, "" },
	{ "no such service", "gone.test", 0, MESSAGE_NOWHERE, "" },
	{ "SRV for nobody", "broken.test", 0, MESSAGE_NOWHERE, "" },
	{ "loopback", "loop.test", 0, MESSAGE_NOWHERE, "" },
	{ "file of hosts", "localhost", 5060, MESSAGE_NOWHERE, "" },
	{ "not a name", "..", 5060, 0xff, NULL },
	{ "label too long",
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.test", 5060, 0xff,
	  NULL },
};

static void
check_name(void **state)
{
	const struct name_row *r = gtest_row();
	const struct hops_set *set;

	(void)state;
	open_all("");
	wait_dns();
	send_waiting(r->name, r->port, 1);
	wait_back(3000);
	assert_int_equal(back.name_hash, 5);
	assert_int_equal(back.listener, 1);
	assert_int_equal(back.flow.remote.port, 4711);
	assert_int_equal(back.length, strlen("request 1"));
	assert_memory_equal(bytes, "request 1", back.length);
	if (r->flags == 0xff) {
		assert_int_not_equal(back.flags, MESSAGE_RESOLVED);
		return;
	}
	assert_int_equal(back.flags, r->flags);
	run_ms(30);
	set = find(r->name, r->port);
	assert_non_null(set);
	if (r->targets != NULL)
		assert_string_equal(targets_of(set), r->targets);
	assert_int_equal(set->kind, r->flags == MESSAGE_NOWHERE ? HOPS_NOWHERE : HOPS_RESOLVED);
	/* now it is known, and nobody waits */
	send_waiting(r->name, r->port, 2);
	assert_true(given_back());
	assert_int_equal(back.flags, r->flags);
}
GTEST_ROWS_F(Names, names, label, check_name, make_dir, close_all);

/* RFC 3263 §4.2: priorities are groups, weights are shares, the addresses of a host share its. */
CASE(services)
{
	const struct hops_set *set;
	const struct hops_target *t;

	(void)state;
	open_all("");
	wait_dns();
	send_waiting("pair.test", 0, 1);
	wait_back(3000);
	run_ms(30);
	set = find("pair.test", 0);
	assert_int_equal(set->count, 4);
	t = &table.targets[set->first];
	assert_int_equal(t[0].group, 0);
	assert_int_equal(t[1].group, 0);
	assert_int_equal(t[2].group, 1);
	assert_int_equal(t[3].group, 1);
	assert_int_equal(t[0].address.port + t[1].address.port, 5061 + 5062);
	assert_int_equal(t[0].address.port == 5061 ? t[0].weight : t[1].weight,
			 3 * (t[0].address.port == 5061 ? t[1].weight : t[0].weight));
	assert_int_equal(t[2].address.port, 5063);
	assert_int_not_equal(t[2].address.family, t[3].address.family);
	assert_int_equal(t[2].weight, t[3].weight);
}

CASE(truncated)
{
	(void)state;
	open_all("");
	wait_dns();
	send_waiting("many.test", 5060, 1);
	wait_back(3000);
	run_ms(30);
	assert_int_equal(find("many.test", 5060)->count, 50);
}

/* The configuration's own names: at once, with their weight, fresh, and kept. */
CASE(pinned)
{
	const struct hops_target *t;
	const struct hops_set *set;

	(void)state;
	open_all("  min_ttl: 1\n  negative_ttl: 1\n");
	wait_dns();
	set = find("named.example", 0);
	assert_int_equal(set->count, 2);
	t = &table.targets[set->first];
	assert_int_equal(t[0].weight + t[1].weight, 4 * 65536);
	write_text("hosts", "192.0.2.62 moving.test\n");
	kill(test_child, SIGHUP);
	run_ms(1500);
	assert_non_null(strstr(targets_of(find("named.example", 0)), "192.0.2.62:5060"));
	end_child();
	run_ms(2500);
	assert_non_null(strstr(targets_of(find("named.example", 0)), "192.0.2.62:5060"));
	/* a successor of ours keeps it, too */
	hops_close(hops);
	open_hops();
	assert_non_null(strstr(targets_of(find("named.example", 0)), "192.0.2.62:5060"));
	write_text("hosts", "192.0.2.63 moving.test\n");
	start_dns();
	run_ms(2500);
	assert_non_null(strstr(targets_of(find("named.example", 0)), "192.0.2.63:5060"));
}

/* A name that was asked for is asked for again before it expires. */
CASE(refreshed)
{
	(void)state;
	open_all("  min_ttl: 1\n");
	wait_dns();
	write_text("hosts", "192.0.2.61 moving.test\n192.0.2.71 other.test\n");
	kill(test_child, SIGHUP);
	run_ms(50);
	send_waiting("other.test", 5060, 1);
	wait_back(3000);
	write_text("hosts", "192.0.2.61 moving.test\n192.0.2.72 other.test\n");
	kill(test_child, SIGHUP);
	run_ms(1300);
	assert_string_equal(targets_of(find("other.test", 5060)), "192.0.2.72:5060");
}

CASE(server_dead)
{
	uint64_t began;

	(void)state;
	open_all("  timeout_ms: 300\n");
	wait_dns();
	end_child();
	began = clock_us();
	send_waiting("four.test", 0, 1);
	wait_back(1000);
	assert_int_equal(back.flags, 0);
	assert_in_range(clock_us() - began, 0, 900000);
}

/* A server that says nothing at all: the time-out is of the whole question. */
CASE(server_mute)
{
	uint64_t began;

	(void)state;
	open_all("  timeout_ms: 300\n");
	wait_dns();
	kill(test_child, SIGSTOP);
	began = clock_us();
	send_waiting("four.test", 0, 1);
	wait_back(1000);
	assert_int_equal(back.flags, 0);
	assert_in_range(clock_us() - began, 250000, 900000);
	/* known for a while not to be answered */
	send_waiting("four.test", 0, 2);
	assert_true(given_back());
	assert_int_equal(back.flags, 0);
	kill(test_child, SIGCONT);
}

/* dns.parked: those beyond are given back at once; copies of one request are one. */
CASE(parked)
{
	(void)state;
	open_all("  parked: 3\n");
	wait_dns();
	kill(test_child, SIGSTOP);
	for (uint64_t i = 0; i < 3; i++) {
		send_waiting("four.test", 0, i);
		send_waiting("four.test", 0, i);
	}
	assert_false(given_back());
	send_waiting("four.test", 0, 3);
	assert_true(given_back());
	assert_int_equal(back.flags, 0);
	kill(test_child, SIGCONT);
	for (uint64_t i = 0; i < 3; i++) {
		wait_back(2000);
		assert_int_equal(back.flags, MESSAGE_RESOLVED);
		assert_int_equal(back.copy, i);
	}
	assert_false(given_back());
	send_waiting("four.test", 5061, 7);
	wait_back(2000);
	assert_int_equal(back.to.port, 5061);
}

/* dns.entries: who was not asked for longest makes room. */
CASE(entries)
{
	unsigned int known = 0;
	char name[32];

	(void)state;
	open_all("  entries: 16\n");
	wait_dns();
	for (unsigned int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		send_waiting(name, 5060, i);
		wait_back(2000);
		send_waiting("four.test", 5060, 100);
		wait_back(2000);
	}
	run_ms(50);
	assert_non_null(find("four.test", 5060));
	for (unsigned int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		known += find(name, 5060) != NULL;
	}
	assert_in_range(known, 14, 15);
	assert_non_null(find("moving.test", 0));
}

CASE(many_at_once)
{
	unsigned int resolved = 0;
	char name[32];

	(void)state;
	open_all("");
	wait_dns();
	for (unsigned int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		send_waiting(name, 5060, i);
	}
	for (unsigned int i = 0; i < 400; i++) {
		wait_back(3000);
		resolved += back.flags == MESSAGE_NOWHERE;
	}
	assert_in_range(resolved, 200, 400);
}

/* ---- one who wants all of it ---- */

/* How many of `count` names that are not answered wait; the others are given back at once. */
static unsigned int
waiting_of(const char *source, const char *prefix, unsigned int count)
{
	unsigned int waiting = 0;
	char name[32];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%u.test", prefix, i);
		send_from(source, name, 5060, i);
		if (!given_back()) {
			waiting++;
			continue;
		}
		assert_int_equal(back.flags, 0);
		assert_int_equal(back.copy, i);
	}
	return waiting;
}

/* An eighth of all lookups for one source, an IPv6 one being a /64; half of them for a peer. */
CASE(lookups_of_one_source)
{
	(void)state;
	open_all("");
	wait_dns();
	kill(test_child, SIGSTOP);
	assert_int_equal(waiting_of("203.0.113.66", "a", 100), 32);
	assert_int_equal(waiting_of("203.0.113.66", "b", 10), 0);
	assert_int_equal(waiting_of("2001:db8:6::1", "c", 20), 20);
	assert_int_equal(waiting_of("2001:db8:6::ffff:2", "d", 20), 12);
	assert_int_equal(waiting_of("192.0.2.77", "e", 200), 128);
	/* there is room for others */
	send_from("203.0.113.67", "four.test", 5060, 1000);
	assert_false(given_back());
	/* a name that is asked for already costs nothing */
	send_from("203.0.113.66", "four.test", 5060, 1001);
	assert_false(given_back());
	kill(test_child, SIGCONT);
	for (unsigned int resolved = 0; resolved < 2; resolved += back.flags == MESSAGE_RESOLVED)
		wait_back(4000);
	/* and for him again, when he has been answered */
	run_ms(100);
	send_from("203.0.113.66", "both.test", 5060, 1);
	wait_back(3000);
	assert_int_equal(back.flags, MESSAGE_RESOLVED);
}

CASE(parked_of_one_source)
{
	(void)state;
	open_all("  parked: 16\n");
	wait_dns();
	kill(test_child, SIGSTOP);
	for (uint64_t i = 0; i < 3; i++)
		send_from("203.0.113.66", "four.test", 5060, i);
	assert_true(given_back());
	assert_int_equal(back.copy, 2);
	assert_int_equal(back.flags, 0);
	send_from("203.0.113.67", "four.test", 5060, 3);
	assert_false(given_back());
	kill(test_child, SIGCONT);
	for (unsigned int i = 0; i < 3; i++) {
		wait_back(2000);
		assert_int_equal(back.flags, MESSAGE_RESOLVED);
	}
	/* what went back has left its room */
	for (uint64_t i = 10; i < 12; i++)
		send_from("203.0.113.66", "six.test", 5060, i);
	for (unsigned int i = 0; i < 2; i++) {
		wait_back(2000);
		assert_int_equal(back.flags, MESSAGE_RESOLVED);
	}
}

/* A name that several want stays, whoever asks for however many others; then it is first in age. */
CASE(entries_of_several)
{
	char name[32];

	(void)state;
	open_all("  entries: 16\n");
	wait_dns();
	send_from("203.0.113.67", "four.test", 5060, 1);
	wait_back(2000);
	send_from("203.0.113.68", "four.test", 5060, 2);
	wait_back(2000);
	send_from("203.0.113.67", "both.test", 5060, 3);
	wait_back(2000);
	for (unsigned int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		send_from("203.0.113.66", name, 5060, i);
		wait_back(2000);
	}
	run_ms(50);
	assert_non_null(find("four.test", 5060));
	assert_null(find("both.test", 5060));
	assert_non_null(find("moving.test", 0));
	/* all of them are wanted by several: the oldest goes */
	for (unsigned int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "m%u.test", i);
		send_from("203.0.113.66", name, 5060, i);
		wait_back(2000);
		send_from("203.0.113.67", name, 5060, i);
		wait_back(2000);
	}
	run_ms(50);
	assert_null(find("four.test", 5060));
	assert_non_null(find("m59.test", 5060));
}
