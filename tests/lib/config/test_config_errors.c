/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are refused: where, which key, and what is said. */
#include <errno.h>
#include <sys/stat.h>

#include "config/schema.h"
#include "lib/config/support.h"

#define PORT "instance: a\nports:\n  - name: wan\n    device: d\n    addresses: [192.0.2.10/24]\n"
#define TARGETS "next_hops:\n  - domain: b\n    targets:\n"
#define LISTEN "listen:\n  - port: wan\n    address: 192.0.2.10\n"

static const struct error_row {
	const char *label;
	const char *text;
	unsigned int line;
	const char *key;
	const char *says;    /* part of the text */
	unsigned int others; /* faults besides, which come of this one */
} single[] = {
	{ "unknown-key", LEAST "instanze: x\n", 9, "instanze",
	  "unknown key; want one of: instance, " },
	{ "unknown-key-below", LEAST "proxy:\n  max_via: 3\n  max_vias: 3\n", 11, "proxy.max_vias",
	  "want one of: check, record_route, fork, " },
	{ "RC-28-without-lr", LEAST "proxy:\n  recurse_305: [10.0.0.0/8]\n  must_visit: [sip:a]\n",
	  11, "proxy.must_visit[0]", "want a URI with lr" },
	{ "RC-28-headers",
	  LEAST "proxy:\n  recurse_305: [10.0.0.0/8]\n  must_visit: ['sip:a;lr?b=c']\n", 11,
	  "proxy.must_visit[0]", "want a URI with lr" },
	{ "RC-28-sips",
	  LEAST "proxy:\n  recurse_305: [10.0.0.0/8]\n  must_visit: ['sip:a;lr', 'SIPS:b;lr']\n",
	  11, "proxy.must_visit[1]", "there is no TLS yet" },
	{ "RC-28-for-nobody", LEAST "proxy:\n  must_visit: ['sip:a;lr']\n", 10, "proxy.must_visit",
	  "want 'recurse_305' as well" },
	{ "recurse-without-state",
	  LEAST "proxy:\n  recurse_305: [10.0.0.0/8]\ntransactions:\n  state: never\n", 10,
	  "proxy.recurse_305", "want 'transactions.state' auto or always" },
	{ "memory-3", LEAST "transactions:\n  memory_mb: 3\n", 10, "transactions.memory_mb",
	  "'3': want a number from 4 to 65536" },
	{ "t2-below-t1", LEAST "transactions:\n  t2_ms: 499\n", 10, "transactions.t2_ms",
	  "499: want at least t1_ms, which is 500" },
	{ "t1-above-t2", LEAST "transactions:\n  t1_ms: 5000\n", 10, "transactions.t1_ms",
	  "5000: want at most t2_ms, which is 4000" },
	{ "branches-below-max", LEAST "transactions:\n  max: 1000\n  branches: 999\n", 10,
	  "transactions.max", "1000: want at most branches, which is 999" },
	{ "breadth-above-limit", LEAST "proxy:\n  max_breadth: 61\n", 10, "proxy.max_breadth",
	  "61: want at most max_breadth_limit, which is 60" },
	{ "unknown-key-in-list", PORT "    speed: 10\n" LISTEN, 6, "ports[0].speed",
	  "unknown key; want one of: name, device" },
	{ "key-case", LEAST "Names: [a]\n", 9, "Names", "unknown key" },
	{ "key-no-scalar", LEAST "? [a]\n: b\n", 9, "", "want a key here" },
	{ "key-twice", LEAST "instance: b\n", 9, "instance", "this key is there twice" },
	{ "key-twice-below", LEAST "edge:\n  flows: 8\n  flows: 9\n", 11, "edge.flows", "twice" },
	{ "missing-key", "instance: a\n" LISTEN, 1, "ports",
	  "missing; want a list of 1 to 16 ports" },
	{ "missing-instance", "\n\nports: []\nlisten: []\n", 3, "instance",
	  "missing; want a name" },
	{ "missing-key-in-list", "instance: a\nports:\n  - name: p\nlisten: []\n", 3,
	  "ports[0].device", "missing; want a PCI address" },
	{ "missing-in-next-hop", LEAST "next_hops:\n  - domain: b\n", 10, "next_hops[0]",
	  "want 'address' or a list of 'targets', and not both" },
	{ "mapping-for-list", LEAST "names:\n  a: b\n", 10, "names", "want a list of host names" },
	{ "scalar-for-list", LEAST "names: a.example\n", 9, "names", "want a list of host names" },
	{ "scalar-for-mapping", LEAST "edge: true\n", 9, "edge", "want a mapping" },
	{ "nothing-for-mapping", LEAST "edge:\n", 9, "edge", "want a mapping" },
	{ "list-for-scalar", LEAST "user: [a]\n", 9, "user", "want the name of a user" },
	{ "mapping-for-number", LEAST "edge:\n  flows: {a: 1}\n", 10, "edge.flows",
	  "want a number from 8 to 16777216" },
	{ "empty-text", LEAST "user: ''\n", 9, "user", "want the name of a user" },
	{ "word-for-number", LEAST "edge:\n  flows: many\n", 10, "edge.flows",
	  "'many': want a number from 8" },
	{ "number-0", LEAST "dataplane:\n  workers: 0\n", 10, "dataplane.workers",
	  "'0': want a number from 1 to 64" },
	{ "number-65", LEAST "dataplane:\n  workers: 65\n", 10, "dataplane.workers",
	  "'65': want a number from 1 to 64" },
	{ "number-minus", LEAST "dataplane:\n  workers: -1\n", 10, "dataplane.workers", "'-1'" },
	{ "number-plus", LEAST "dataplane:\n  workers: +1\n", 10, "dataplane.workers", "'+1'" },
	{ "number-hex", LEAST "dataplane:\n  workers: 0x10\n", 10, "dataplane.workers", "'0x10'" },
	{ "number-with-unit", LEAST "dataplane:\n  memory_mb: 512M\n", 10, "dataplane.memory_mb",
	  "'512M': want a number" },
	{ "number-fraction", LEAST "dataplane:\n  workers: 1.5\n", 10, "dataplane.workers",
	  "'1.5'" },
	{ "number-wraps-32-bits", LEAST "dataplane:\n  workers: 4294967297\n", 10,
	  "dataplane.workers", "want a number" },
	{ "number-wraps-64-bits", LEAST "dataplane:\n  workers: 18446744073709551617\n", 10,
	  "dataplane.workers", "want a number" },
	{ "number-empty", LEAST "dataplane:\n  workers:\n", 10, "dataplane.workers",
	  "want a number" },
	{ "max-breadth-4294967295", LEAST "proxy:\n  max_breadth: 4294967295\n", 10,
	  "proxy.max_breadth", "want a number from 1" },
	{ "port-65536", LISTEN "    udp: 65536\n" PORT, 4, "listen[0].udp",
	  "'65536': want a number from 1 to 65535" },
	{ "mtu-575", PORT "    mtu: 575\n" LISTEN, 6, "ports[0].mtu",
	  "want a number from 576 to 9216" },
	{ "yes-for-true", LEAST "edge:\n  enabled: yes\n", 10, "edge.enabled",
	  "'yes': want true or false" },
	{ "True", LEAST "edge:\n  enabled: True\n", 10, "edge.enabled", "want true or false" },
	{ "no-such-choice", LEAST "edge:\n  record_route: sometimes\n", 10, "edge.record_route",
	  "'sometimes': want always, ob or off" },
	{ "choice-case", LEAST "dataplane:\n  hugepages: Auto\n", 10, "dataplane.hugepages",
	  "want auto, require or off" },
	{ "choice-number", LEAST "dataplane:\n  hugepages: 1\n", 10, "dataplane.hugepages",
	  "want auto, require or off" },

	{ "instance-slash",
	  "instance: ../x\n"
	  "ports: [{name: p, device: d, addresses: [192.0.2.1/24]}]\n"
	  "listen: [{port: p, address: 192.0.2.1}]\n",
	  1, "instance", "letters, digits and '-'" },
	{ "instance-long",
	  "instance: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	  "ports: [{name: p, device: d, addresses: [192.0.2.1/24]}]\n"
	  "listen: [{port: p, address: 192.0.2.1}]\n",
	  1, "instance", "at most 32 characters" },
	{ "no-ports", "instance: a\nports: []\nlisten: []\n", 2, "ports", "want a list of 1 to 16",
	  1 },
	{ "no-listeners", PORT "listen: []\n", 6, "listen", "want a list of 1 to 32" },
	{ "port-name-long",
	  "instance: a\nports:\n  - name: abcdefghijklmnop\n    tap: x\n    device: d\n"
	  "    addresses: [192.0.2.1/24]\nlisten: [{port: abcdefghijklmnop, address: 192.0.2.1}]\n",
	  3, "ports[0].name", "at most 15 characters" },
	{ "port-name-without-tap",
	  "instance: a\nports:\n  - name: abcdefghijkl\n    device: d\n"
	  "    addresses: [192.0.2.1/24]\nlisten: [{port: abcdefghijkl, address: 192.0.2.1}]\n",
	  3, "ports[0].name", "needs 'tap' beside it" },
	{ "port-name-slash",
	  "instance: a\nports:\n  - name: a/b\n    device: d\n"
	  "    addresses: [192.0.2.1/24]\nlisten: [{port: a/b, address: 192.0.2.1}]\n",
	  3, "ports[0].name", "want a name" },
	{ "tap-long", PORT "    tap: abcdefghijklmnop\n" LISTEN, 6, "ports[0].tap",
	  "want an interface name of at most 15" },
	{ "port-name-twice", PORT "  - name: wan\n    device: e\n" LISTEN, 6, "ports[1].name",
	  "another port has this name" },
	{ "address-without-length",
	  PORT "  - name: b\n    device: e\n    addresses: [192.0.2.1]\n" LISTEN, 8,
	  "ports[1].addresses[0]", "want an address with prefix length" },
	{ "address-length-33",
	  PORT "  - name: b\n    device: e\n    addresses: [192.0.2.1/33]\n" LISTEN, 8,
	  "ports[1].addresses[0]", "'192.0.2.1/33'" },
	{ "address-length-129",
	  PORT "  - name: b\n    device: e\n    addresses: ['::1/129']\n" LISTEN, 8,
	  "ports[1].addresses[0]", "'::1/129'" },
	{ "address-length-empty",
	  PORT "  - name: b\n    device: e\n    addresses: [192.0.2.1/]\n" LISTEN, 8,
	  "ports[1].addresses[0]", "want an address with prefix length" },
	{ "address-second",
	  PORT "  - name: b\n    device: e\n    addresses:\n      - 192.0.2.1/24\n"
	       "      - 192.0.2.256/24\n" LISTEN,
	  10, "ports[1].addresses[1]", "'192.0.2.256/24'" },
	{ "route-to", PORT "    routes:\n      - to: default\n        via: 192.0.2.1\n" LISTEN, 7,
	  "ports[0].routes[0].to", "'default': want a network" },
	{ "route-via", PORT "    routes:\n      - to: 10.0.0.0/8\n        via: gw\n" LISTEN, 8,
	  "ports[0].routes[0].via", "'gw': want an address" },
	{ "route-families", PORT "    routes:\n      - to: 10.0.0.0/8\n        via: '::1'\n" LISTEN,
	  8, "ports[0].routes[0].via", "of the same family" },
	{ "listen-port", PORT "listen:\n  - port: lan\n    address: 192.0.2.10\n", 7,
	  "listen[0].port", "'lan': want the name of a port in this file" },
	{ "listen-address", PORT "listen:\n  - port: wan\n    address: any\n", 8,
	  "listen[0].address", "'any': want an address" },
	{ "listen-address-elsewhere", PORT "listen:\n  - port: wan\n    address: 192.0.2.11\n", 8,
	  "listen[0].address", "want one of the addresses of port 'wan'" },
	{ "listen-twice", PORT LISTEN "  - port: wan\n    address: 192.0.2.10\n    udp: 5060\n", 9,
	  "listen[1]", "the same address and port as listen[0]" },
	{ "name", LEAST "names: [good.example, 'no good']\n", 9, "names[1]",
	  "'no good': want a host name" },
	{ "domain", LEAST "domains:\n  - example.com\n  - sip:example.com\n", 11, "domains[1]",
	  "'sip:example.com': want a host name" },
	{ "edge-name", LEAST "edge:\n  name: 'a b'\n", 10, "edge.name",
	  "want a host name or address" },
	{ "network-deny", LEAST "networks:\n  deny: [everybody]\n", 10, "networks.deny[0]",
	  "'everybody': want a network" },
	{ "network-peers", LEAST "networks:\n  peers: [10.0.0.0/8, 10.0.0.0/40]\n", 10,
	  "networks.peers[1]", "'10.0.0.0/40'" },
	{ "network-relay", LEAST "networks:\n  relay: ['2001:db8::/x']\n", 10, "networks.relay[0]",
	  "want a network" },
	{ "next-hop-domain", LEAST "next_hops:\n  - {domain: '*.b', address: 192.0.2.1}\n", 10,
	  "next_hops[0].domain", "'*.b': want a domain name or \"*\"" },
	{ "next-hop-address", LEAST "next_hops:\n  - domain: b\n    address: c.example\n", 11,
	  "next_hops[0].address", "'c.example': want an address; a name goes into 'targets'" },
	{ "next-hop-address-port", LEAST "next_hops:\n  - domain: b\n    address: 192.0.2.1:5070\n",
	  11, "next_hops[0].address", "want an address alone; 'port' is a key of its own" },
	{ "next-hop-target-port", LEAST TARGETS "      - host: 192.0.2.1:5060\n", 12,
	  "next_hops[0].targets[0].host",
	  "'192.0.2.1:5060': want an address or a host name alone; 'port' is a key of its own" },
	{ "next-hop-target-name-port", LEAST TARGETS "      - host: hp.example:5060\n", 12,
	  "next_hops[0].targets[0].host", "'port' is a key of its own" },
	{ "next-hop-target-IPv6-port", LEAST TARGETS "      - host: '[2001:db8::1]:5060'\n", 12,
	  "next_hops[0].targets[0].host", "'port' is a key of its own" },
	{ "next-hop-target-scalar", LEAST TARGETS "      - 192.0.2.3\n", 12,
	  "next_hops[0].targets[0]", "want a mapping such as {host: ...}" },
	{ "port-scalar", "instance: a\nports: [wan]\n" LISTEN, 2, "ports[0]",
	  "want a mapping such as {name: ..., device: ...}" },
	{ "next-hop-port-beside-targets",
	  LEAST "next_hops:\n  - domain: b\n    targets: [{host: 192.0.2.1}]\n    port: 5070\n", 12,
	  "next_hops[0].port", "want 'port' in each of the targets" },
	{ "next-hop-domain-twice",
	  LEAST
	  "next_hops:\n  - {domain: b, address: 192.0.2.1}\n  - {domain: B, address: 192.0.2.2}\n",
	  11, "next_hops[1].domain", "'B': next_hops[0] has this domain" },
	{ "next-hop-any-domain-twice",
	  LEAST "next_hops:\n  - {domain: '*', address: 192.0.2.1}\n"
		"  - {domain: '*', address: 192.0.2.2}\n",
	  11, "next_hops[1].domain", "'*': next_hops[0] has this domain" },
	{ "next-hop-own-domain",
	  LEAST "domains: [a.example, b.example]\nnext_hops:\n  - {domain: B.example, address: "
		"192.0.2.1}\n",
	  11, "next_hops[0].domain", "'B.example' is domains[1]" },
	{ "next-hop-target-twice",
	  LEAST TARGETS "      - host: 192.0.2.1\n      - {host: 192.0.2.1, port: 5060}\n", 13,
	  "next_hops[0].targets[1].host", "the same as targets[0]" },
	{ "next-hop-name-twice",
	  LEAST TARGETS
	  "      - host: c.example\n      - host: d.example\n      - host: C.example\n",
	  14, "next_hops[0].targets[2].host", "the same as targets[0]" },
	{ "next-hop-ourselves", LEAST TARGETS "      - host: 192.0.2.10\n", 12,
	  "next_hops[0].targets[0].host", "this is listen[0], the engine itself" },
	{ "next-hop-address-ourselves", LEAST "next_hops:\n  - {domain: b, address: 192.0.2.10}\n",
	  10, "next_hops[0].address", "this is listen[0], the engine itself" },
	{ "next-hop-other-family", LEAST TARGETS "      - host: '2001:db8::1'\n", 12,
	  "next_hops[0].targets[0].host", "no listener has an IPv6 address to send from" },
	{ "next-hop-target", LEAST "next_hops:\n  - domain: b\n    targets:\n      - host: 'a b'\n",
	  12, "next_hops[0].targets[0].host", "'a b': want an address or a host name" },
	{ "no-dns-server", LEAST "dns:\n  servers: []\n", 10, "dns.servers",
	  "an empty list is nobody: want an address, or leave it out" },
	{ "notify-no-token", LEAST "edge:\n  unsolicited_notify: [dialog, 'a b']\n", 10,
	  "edge.unsolicited_notify[1]", "'a b': want the name of an event package" },
	{ "notify-empty-template", LEAST "edge:\n  unsolicited_notify: [presence.]\n", 10,
	  "edge.unsolicited_notify[0]", "want the name of an event package" },
	{ "dns-server", LEAST "dns:\n  servers: [dns.example]\n", 10, "dns.servers[0]",
	  "'dns.example': want an address" },
	{ "dns-server-port-0", LEAST "dns:\n  servers: ['192.0.2.53:0']\n", 10, "dns.servers[0]",
	  "an address and a port such as 192.0.2.53:5353" },
	{ "dns-server-port-large", LEAST "dns:\n  servers: ['192.0.2.53:65536']\n", 10,
	  "dns.servers[0]", "want an address" },
	{ "dns-server-no-brackets", LEAST "dns:\n  servers: ['2001:db8::53:x']\n", 10,
	  "dns.servers[0]", "want an address" },
	{ "min-above-max-ttl", LEAST "dns:\n  min_ttl: 60\n  max_ttl: 59\n", 10, "dns.min_ttl",
	  "60: want at most max_ttl, which is 59" },
	{ "min-above-max-expires", LEAST "registrar:\n  min_expires: 3601\n  max_expires: 3600\n",
	  10, "registrar.min_expires", "3601: want at most max_expires, which is 3600" },
	{ "default-above-max-expires", LEAST "registrar:\n  default_expires: 7201\n", 10,
	  "registrar.default_expires", "7201: want at most max_expires, which is 7200" },
	{ "default-below-min-expires", LEAST "registrar:\n  default_expires: 59\n", 10,
	  "registrar.default_expires", "59: want at least min_expires, which is 60" },
	{ "max-below-default-expires", LEAST "registrar:\n  max_expires: 600\n", 10,
	  "registrar.max_expires", "600: want at least default_expires, which is 3600" },
	{ "min-above-default-expires", LEAST "registrar:\n  min_expires: 4000\n", 10,
	  "registrar.min_expires", "4000: want at most default_expires, which is 3600" },
	{ "max-below-min-ttl", LEAST "dns:\n  max_ttl: 2\n", 10, "dns.max_ttl",
	  "2: want at least min_ttl, which is 5" },
	{ "max-below-min-retry-after", LEAST "guard:\n  retry_after_max: 3\n  retry_after_min: 4\n",
	  11, "guard.retry_after_min", "4: want at most retry_after_max, which is 3" },
	{ "min-above-max-retry-after", LEAST "guard:\n  retry_after_min: 31\n", 10,
	  "guard.retry_after_min", "31: want at most retry_after_max, which is 30" },
	{ "user-without-domain", LEAST "registrar:\n  users: [alice]\n", 10, "registrar.users[0]",
	  "'alice': want user@domain" },
	{ "user-bad-domain", LEAST "registrar:\n  users:\n    - a@b\n    - 'alice@b c'\n", 12,
	  "registrar.users[1]", "want user@domain" },
	{ "user-without-user", LEAST "registrar:\n  users: ['@b.example']\n", 10,
	  "registrar.users[0]", "want user@domain" },

	{ "auth-registers-without-domains",
	  LEAST "users: {source: file}\nauth: {registers: true}\n", 10, "auth.registers",
	  "want 'domains' as well" },
	{ "auth-requests-without-domains", LEAST "users: {source: file}\nauth: {requests: true}\n",
	  10, "auth.requests", "want 'domains' as well" },
	{ "users-query-of-file", LEAST "users:\n  source: file\n  query: SELECT 1\n", 11,
	  "users.query", "only for 'users.source' sqlite and postgresql" },
	{ "users-database-of-file", LEAST "users:\n  source: file\n  database: /d\n", 11,
	  "users.database", "only for 'users.source' sqlite and postgresql" },
	{ "users-database-of-nothing", LEAST "users:\n  database: /d\n", 10, "users.database",
	  "only for 'users.source' sqlite and postgresql" },
	{ "users-file-of-sqlite", LEAST "users:\n  source: sqlite\n  database: /d\n  file: /f\n",
	  12, "users.file",
	  "only for 'users.source' file: want that, or no 'file'; a database goes into" },
	{ "users-file-of-postgresql",
	  LEAST "users:\n  source: postgresql\n  database: d\n  query: SELECT 1\n  file: /f\n", 13,
	  "users.file", "only for 'users.source' file: want that, or no 'file'" },

	{ "empty-file", "", 1, "", "want a mapping that begins with 'instance:'" },
	{ "comment-only", "# nothing\n\n", 1, "", "want a mapping" },
	{ "list-file", "- a\n- b\n", 1, "", "want a mapping" },
	{ "text-file", "edge1\n", 1, "", "want a mapping" },
	{ "not-YAML", "instance: a\nports: [\n", 3, "", "no YAML: " },
	{ "tab-indented", "instance: a\nports:\n\t- name: b\n", 3, "", "no YAML: " },
	{ "not-UTF-8", "instance: a\nuser: \xff\xfe\n", 2, "", "no YAML: " },
	{ "unknown-anchor", LEAST "user: *nobody\n", 9, "", "no YAML: " },
	{ "leading-zero", LEAST "registrar:\n  max_contacts: 010\n", 10, "registrar.max_contacts",
	  "'010': want a number" },
	{ "second-document", LEAST "---\ninstance: b\n", 9, "", "document" },
};

static void
check_single(void **state)
{
	const struct error_row *r = *state;

	load(slice_str(r->text));
	assert_null(config);
	if (errors.count == 1 + r->others && errors.row[0].line == r->line &&
	    strcmp(errors.row[0].key, r->key) == 0 && strstr(errors.row[0].text, r->says) != NULL)
		return;
	for (unsigned int i = 0; i < errors.count; i++)
		print_error("got line %u: '%s': %s\n", errors.row[i].line, errors.row[i].key,
			    errors.row[i].text);
	fail_msg("want line %u: '%s': ... %s ...", r->line, r->key, r->says);
}
GTEST_ROWS(ConfigErrors, single, label, check_single);

static void
assert_error(unsigned int i, unsigned int line, const char *key)
{
	assert_int_equal(errors.row[i].line, line);
	assert_string_equal(errors.row[i].key, key);
	assert_int_not_equal(errors.row[i].text[0], '\0');
}

GTEST(ConfigErrors, all_of_one_file)
{
	load(SLICE("instance: a\n"
		   "colour: blue\n"
		   "ports:\n"
		   "  - name: p\n"
		   "    mtu: 1\n"
		   "  - device: d\n"
		   "edge:\n"
		   "  enabled: 1\n"
		   "  record_route: never\n"));
	assert_null(config);
	assert_int_equal(errors.count, 7);
	assert_error(0, 2, "colour");
	assert_error(1, 5, "ports[0].mtu");
	assert_error(2, 4, "ports[0].device");
	assert_error(3, 6, "ports[1].name");
	assert_error(4, 8, "edge.enabled");
	assert_error(5, 9, "edge.record_route");
	assert_error(6, 1, "listen");
}

/* What needs the whole file to be seen is collected, too. */
GTEST(ConfigErrors, all_that_do_not_fit_together)
{
	load(SLICE(PORT "listen:\n"
			"  - {port: nowhere, address: 192.0.2.10}\n"
			"  - {port: wan, address: 192.0.2.99}\n"
			"names: ['?']\n"
			"networks:\n"
			"  deny: [x]\n"
			"  relay: [y]\n"
			"next_hops:\n"
			"  - {domain: '!', address: z}\n"));
	assert_null(config);
	assert_int_equal(errors.count, 7);
	assert_error(0, 7, "listen[0].port");
	assert_error(1, 8, "listen[1].address");
	assert_error(2, 9, "names[0]");
	assert_error(3, 11, "networks.deny[0]");
	assert_error(4, 12, "networks.relay[0]");
	assert_error(5, 14, "next_hops[0].domain");
	assert_error(6, 14, "next_hops[0].address");
}

static const struct most_row {
	const char *label;
	const char *before, *item; /* `item` may have its number in it */
	unsigned int most;
	const char *key;
} mosts[] = {
	{ "networks", LEAST "networks:\n  deny:\n", "    - 192.0.2.1\n", CONFIG_MAX_NETWORKS,
	  "networks.deny" },
	{ "names", LEAST "names:\n", "  - a.example\n", 64, "names" },
	{ "next-hops", LEAST "next_hops:\n", "  - {domain: b%u, address: 192.0.2.1}\n",
	  CONFIG_MAX_NEXT_HOPS, "next_hops" },
	{ "routes", LISTEN PORT "    routes:\n", "      - {to: 10.0.0.0/8, via: 192.0.2.1}\n",
	  CONFIG_MAX_PORT_ROUTES, "ports[0].routes" },
};

static void
check_most(void **state)
{
	const struct most_row *r = *state;

	for (unsigned int more = 0; more <= 1; more++) {
		size_t room = strlen(r->before) + (r->most + 1) * (strlen(r->item) + 8) + 1;
		char *text = malloc(room), *p = text;

		assert_non_null(text);
		p = stpcpy(p, r->before);
		for (unsigned int i = 0; i < r->most + more; i++)
			p += sprintf(p, r->item, i);
		load(slice_str(text));
		free(text);
		assert_int_equal(config != NULL, more == 0);
		config_free(config);
		config = NULL;
	}
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.row[0].key, r->key);
	assert_non_null(strstr(errors.row[0].text, "more than"));
}
GTEST_ROWS(ConfigErrors, mosts, label, check_most);

/* More faults than are kept are counted. */
GTEST(ConfigErrors, more_than_are_kept)
{
	char text[8000] = LEAST "names:\n", printed[40000];
	FILE *out = tmpfile();
	size_t n;

	assert_non_null(out);
	for (unsigned int i = 0; i < 60; i++)
		strcat(text, "  - 'x y'\n");
	strcat(text, "domains:\n");
	for (unsigned int i = 0; i < 60; i++)
		strcat(text, "  - 'x y'\n");
	load(slice_str(text));
	assert_null(config);
	assert_int_equal(errors.count, 120);
	config_errors_print(&errors, "a.yaml", out);
	rewind(out);
	n = fread(printed, 1, sizeof(printed) - 1, out);
	printed[n] = '\0';
	fclose(out);
	assert_int_equal(strncmp(printed, "a.yaml:10: names[0]: 'x y': want a host name\n", 45), 0);
	assert_non_null(strstr(printed, "\na.yaml: and 56 more errors\n"));
}

GTEST(ConfigErrors, long_texts_are_cut)
{
	static char text[200000];

	memcpy(text, LEAST, sizeof(LEAST) - 1);
	memset(text + sizeof(LEAST) - 1, 'k', 900);
	strcpy(text + sizeof(LEAST) - 1 + 900, ": 1\nuser: ");
	memset(text + strlen(text), 'u', 100000);
	load(slice_str(text));
	assert_null(config);
	assert_int_equal(errors.count, 2);
	for (unsigned int i = 0; i < errors.count; i++) {
		assert_true(memchr(errors.row[i].key, 0, sizeof(errors.row[i].key)) != NULL);
		assert_true(memchr(errors.row[i].text, 0, sizeof(errors.row[i].text)) != NULL);
	}
	assert_int_equal(errors.row[0].line, 9);
	assert_string_equal(errors.row[1].key, "user");
}

GTEST(ConfigErrors, no_file)
{
	errors.count = 99;
	assert_null(config_load("/nonexistent/viaduct.yaml", &errors));
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.row[0].line, 0);
	assert_non_null(strstr(errors.row[0].text, strerror(ENOENT)));
	assert_null(config_load("/tmp", &errors));
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.row[0].line, 0);
	config_free(NULL);
}

GTEST(ConfigErrors, size_of_the_file)
{
	enum { MOST = 16 << 20 };
	char *text = malloc(MOST + 1);

	assert_non_null(text);
	memset(text, '#', MOST + 1);
	memcpy(text, LEAST, sizeof(LEAST) - 1);
	for (size_t i = sizeof(LEAST) + 4000; i < MOST; i += 4000)
		text[i] = '\n';
	load(slice_of(text, MOST));
	assert_non_null(config);
	load(slice_of(text, MOST + 1));
	free(text);
	assert_null(config);
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.row[0].line, 0);
	assert_non_null(strstr(errors.row[0].text, "larger than 16 MiB"));
}

/* Wherever a good file is cut off: an error, or a file that is good as it is, and never a crash. */
GTEST(ConfigErrors, every_prefix)
{
	static const char text[] = LEAST "edge:\n  name: edge.example\n  flows: 4096\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		load(slice_of(text, len));
		assert_int_equal(config != NULL, errors.count == 0);
		for (unsigned int i = 0; i < errors.count; i++)
			assert_in_range(errors.row[i].line, 0, 13);
	}
	config_free(config);
	config = NULL;
}

GTEST(ConfigErrors, lines_of_keys)
{
	struct config_lines *lines;

	errors.count = 0;
	lines = config_document_check(LEAST "edge:\n  flows: 9\n",
				      sizeof(LEAST "edge:\n  flows: 9\n") - 1, &errors);
	assert_non_null(lines);
	assert_int_equal(config_lines_find(lines, "edge.flows"), 10);
	assert_int_equal(config_lines_find(lines, "edge.name"), 9);
	assert_int_equal(config_lines_find(lines, "ports[0].addresses[1]"), 5);
	assert_int_equal(config_lines_find(lines, "ports[0].routes[3].via"), 3);
	assert_int_equal(config_lines_find(lines, "ports[7].name"), 2);
	assert_int_equal(config_lines_find(lines, "nothing"), 0);
	assert_true(config_lines_has(lines, "edge.flows"));
	assert_false(config_lines_has(lines, "edge.name"));
	config_lines_free(lines);
}
