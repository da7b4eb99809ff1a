/* SPDX-License-Identifier: BSD-3-Clause */
/* trust[]: who is in which zone, what each loses, and what is said about a list that is wrong. */
#include "lib/config/support.h"

#define ZONE LEAST "trust:\n  - name: a\n"

static const struct error_row {
	const char *label;
	const char *text;
	unsigned int line;
	const char *key;
	const char *says; /* part of the text */
} refused[] = {
	{ "port", ZONE "    port: lan\n", 11, "trust[0].port",
	  "'lan': want the name of a port in this file" },
	{ "network", ZONE "    networks: [10.0.0.0/8, 10.0.0.0/33]\n", 11, "trust[0].networks[1]",
	  "'10.0.0.0/33': want a network such as 192.0.2.0/24" },
	{ "no-networks", ZONE "    networks: []\n", 11, "trust[0].networks",
	  "an empty list is nobody" },
	{ "trusted", ZONE "    trusted: yes\n", 11, "trust[0].trusted", "want true or false" },
	{ "name-missing", LEAST "trust:\n  - trusted: true\n", 10, "trust[0].name",
	  "missing; want a name" },
	{ "name-twice", ZONE "    port: wan\n  - name: a\n", 12, "trust[1].name",
	  "'a': another zone has this name" },
	{ "name-peers", LEAST "trust:\n  - name: peers\n", 10, "trust[0].name",
	  "'peers': want another name: this zone is always there" },
	{ "name-strangers", LEAST "trust:\n  - name: strangers\n", 10, "trust[0].name",
	  "always there" },
	{ "behind-everybody", ZONE "  - name: b\n", 11, "trust[1]",
	  "nobody is left for it: trust[0] has neither port nor networks, so put that one last" },
	{ "Via", ZONE "    strip_in: [Via]\n", 11, "trust[0].strip_in[0]",
	  "Via is never taken out: no message finds its way without it" },
	{ "compact", ZONE "    strip_out: [Subject, V]\n", 11, "trust[0].strip_out[1]",
	  "Via is never taken out" },
	{ "call-id", ZONE "    strip_in: [call-id]\n", 11, "trust[0].strip_in[0]",
	  "Call-ID is never taken out: no message belongs to a transaction or dialog" },
	{ "From", ZONE "    strip_in: [f]\n", 11, "trust[0].strip_in[0]", "From is never" },
	{ "To", ZONE "    strip_in: [To]\n", 11, "trust[0].strip_in[0]", "To is never" },
	{ "CSeq", ZONE "    strip_in: [CSeq]\n", 11, "trust[0].strip_in[0]", "CSeq is never" },
	{ "Contact", ZONE "    strip_in: [m]\n", 11, "trust[0].strip_in[0]", "Contact is never" },
	{ "Route", ZONE "    strip_out: [Route]\n", 11, "trust[0].strip_out[0]", "Route is never" },
	{ "Record-Route-out", ZONE "    strip_out: [Record-Route]\n", 11, "trust[0].strip_out[0]",
	  "Record-Route is never taken out: no request of a dialog finds its way without it" },
	{ "Path", ZONE "    strip_in: [Path]\n", 11, "trust[0].strip_in[0]",
	  "Path is never taken out: no answer of a registrar's finds its way without it" },
	{ "Max-Forwards", ZONE "    strip_in: [Max-Forwards]\n", 11, "trust[0].strip_in[0]",
	  "loops end by it" },
	{ "Content-Length", ZONE "    strip_in: [l]\n", 11, "trust[0].strip_in[0]",
	  "Content-Length is never taken out: nobody can read the body without it" },
	{ "Require", ZONE "    strip_in: [Require]\n", 11, "trust[0].strip_in[0]",
	  "its sender demands" },
	{ "colon", ZONE "    strip_in: ['P-Profile-Key:']\n", 11, "trust[0].strip_in[0]",
	  "'P-Profile-Key:': want the name of a header field" },
	{ "pattern", ZONE "    strip_in: ['P-*']\n", 11, "trust[0].strip_in[0]",
	  "'P-*': want the name of a header field" },
	{ "two-names", ZONE "    strip_in: ['A, B']\n", 11, "trust[0].strip_in[0]",
	  "want the name of a header field" },
};

static void
check_refused(void **state)
{
	const struct error_row *r = *state;

	load(slice_str(r->text));
	assert_null(config);
	if (errors.count == 1 && errors.row[0].line == r->line &&
	    strcmp(errors.row[0].key, r->key) == 0 && strstr(errors.row[0].text, r->says) != NULL)
		return;
	for (unsigned int i = 0; i < errors.count; i++)
		print_error("got line %u: '%s': %s\n", errors.row[i].line, errors.row[i].key,
			    errors.row[i].text);
	fail_msg("want line %u: '%s': ... %s ...", r->line, r->key, r->says);
}
GTEST_ROWS(ConfigTrust, refused, label, check_refused);

static const char zones[] = "instance: a\n"
			    "ports:\n"
			    "  - {name: wan, device: d, addresses: [192.0.2.10/24]}\n"
			    "  - {name: lan, device: e, addresses: [10.0.0.1/24]}\n"
			    "listen: [{port: wan, address: 192.0.2.10}]\n"
			    "networks: {peers: [192.0.2.20, '2001:db8:1::/48']}\n"
			    "trust:\n"
			    "  - {name: core, port: lan, networks: [10.0.0.0/24], trusted: true}\n"
			    "  - {name: access, port: lan}\n"
			    "  - {name: partner, networks: [203.0.113.0/25, '2001:db8:2::/48'],\n"
			    "     strip_in: [], strip_out: [s, X-Secret, x-other]}\n";

static const struct {
	const char *label, *address, *zone;
	int port;
} members[] = {
	{ "port-and-network", "10.0.0.7", "core", 1 },
	{ "network-on-another-port", "10.0.0.7", "strangers", 0 },
	{ "port-alone", "10.0.1.7", "access", 1 },
	{ "port-before-network", "203.0.113.9", "access", 1 },
	{ "network-alone", "203.0.113.9", "partner", 0 },
	{ "end-of-network", "203.0.113.127", "partner", 0 },
	{ "behind-network", "203.0.113.128", "strangers", 0 },
	{ "ipv6", "2001:db8:2::9", "partner", 0 },
	{ "peer", "192.0.2.20", "peers", 0 },
	{ "peer-ipv6", "2001:db8:1::1", "peers", 0 },
	{ "peer-by-a-port-of-a-zone", "192.0.2.20", "access", 1 },
	{ "everybody-else", "198.51.100.1", "strangers", 0 },
};

static void
check_member(void **state)
{
	const typeof(members[0]) *r = *state;
	struct flow_address a;

	assert_loads(slice_str(zones));
	assert_true(flow_ip_decode(slice_str(r->address), &a));
	assert_string_equal(config_zone_find(config, r->port, &a)->name, r->zone);
}
GTEST_ROWS(ConfigTrust, members, label, check_member);

static bool
loses(const struct config_header_set *set, const char *name)
{
	enum sip_header_id id = sip_header_find(slice_str(name));

	if (id != SIP_HDR_OTHER)
		return set->has[id] != 0;
	for (unsigned int i = 0; i < set->other_count; i++)
		if (slice_eq_nocase(set->other[i], slice_str(name)))
			return true;
	return false;
}

GTEST_F(ConfigTrust, written_lists_replace_the_usual, NULL, unload)
{
	const struct config_zone *partner;

	assert_loads(slice_str(zones));
	partner = &config->zone[2];
	assert_int_equal(config->zone_count, 5);
	assert_false(partner->trusted || partner->strip_record_route ||
		     partner->strip_network_provided);
	for (unsigned int id = 0; id <= SIP_HDR_OTHER; id++)
		assert_int_equal(partner->strip_in.has[id], 0);
	assert_true(loses(&partner->strip_out, "Subject"));
	assert_true(loses(&partner->strip_out, "x-secret"));
	assert_true(loses(&partner->strip_out, "X-OTHER"));
	assert_false(loses(&partner->strip_out, "P-Profile-Key"));
	assert_int_equal(config->looked_for[SIP_HDR_SUBJECT], 0xff);
	assert_int_equal(config->looked_for[SIP_HDR_ORGANIZATION], 0);
	assert_int_equal(config->looked_for_lengths & 0x180, 0x180);
}

GTEST_F(ConfigTrust, a_trusted_zone_loses_what_is_written, NULL, unload)
{
	assert_loads(SLICE(LEAST "trust:\n  - {name: a, trusted: true}\n"));
	assert_false(config->zone[0].strip_record_route || config->zone[0].strip_network_provided);
	assert_false(loses(&config->zone[0].strip_in, "P-Asserted-Identity"));
	assert_false(loses(&config->zone[0].strip_out, "P-Profile-Key"));
	assert_loads(
		SLICE(LEAST "trust:\n  - {name: a, trusted: true, strip_in: [Record-Route]}\n"));
	assert_true(config->zone[0].trusted && config->zone[0].strip_record_route);
	for (unsigned int id = 0; id <= SIP_HDR_OTHER; id++)
		assert_int_equal(
			config->zone[0].strip_in.has[id] | config->zone[0].strip_out.has[id], 0);
}

/* docs/decisions/0010-trust.md has the reasons. */
static const struct {
	const char *label;
	bool in, out;
} usual[] = {
	{ "P-Asserted-Identity", true, false },
	{ "P-Preferred-Identity", true, true },
	{ "Remote-Party-ID", true, true },
	{ "P-Asserted-Service", true, true },
	{ "P-Preferred-Service", false, true },
	{ "P-Charge-Info", true, true },
	{ "P-Profile-Key", true, true },
	{ "P-Served-User", true, true },
	{ "P-User-Database", true, true },
	{ "P-Visited-Network-ID", true, true },
	{ "P-Called-Party-ID", true, false },
	{ "P-Charging-Vector", true, true },
	{ "P-Charging-Function-Addresses", true, true },
	{ "P-Access-Network-Info", false, true },
	{ "P-Associated-URI", false, false },
	{ "P-Early-Media", false, false },
	{ "P-Answer-State", false, false },
	{ "P-Media-Authorization", false, false },
	{ "P-Refused-URI-List", false, false },
	{ "Identity", false, false },
	{ "Identity-Info", false, false },
	{ "Privacy", false, false },
	{ "Geolocation", false, false },
	{ "Resource-Priority", false, false },
	{ "History-Info", false, false },
	{ "Security-Client", false, false },
	{ "Authorization", false, false },
	{ "X-Anything", false, false },
};

static void
check_usual(void **state)
{
	const typeof(usual[0]) *r = *state;

	assert_loads(
		SLICE(LEAST "networks: {peers: [192.0.2.20]}\ntrust: [{name: a, port: wan}]\n"));
	assert_int_equal(config->zone_count, 3);
	for (unsigned int i = 0; i < 3; i++) {
		const struct config_zone *zone = &config->zone[i];
		bool trusted = i == 1;

		assert_int_equal(zone->trusted, trusted);
		assert_int_equal(zone->strip_record_route, !trusted);
		assert_int_equal(zone->strip_network_provided, !trusted);
		assert_int_equal(loses(&zone->strip_in, r->label), r->in && !trusted);
		assert_int_equal(loses(&zone->strip_out, r->label), r->out && !trusted);
	}
}
GTEST_ROWS(ConfigTrust, usual, label, check_usual);

/* Without peers there is no zone of them, which would be everybody's. */
GTEST_F(ConfigTrust, no_peers, NULL, unload)
{
	struct flow_address a;

	assert_loads(SLICE(LEAST));
	assert_int_equal(config->zone_count, 1);
	assert_true(flow_ip_decode(SLICE("192.0.2.20"), &a));
	assert_string_equal(config_zone_find(config, 0, &a)->name, "strangers");
}
