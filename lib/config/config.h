/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "auth/policy.h"
#include "flow/address.h"
#include "sip/header.h"
#include "sip/slice.h"

/**
 * The configuration file: one YAML file that every process of an engine reads.
 *
 * `struct config_file` is the file as written; libcyaml fills it in from the schema in schema.c.
 * `struct config` is what it means: names resolved to indices, text to addresses. Everything in it
 * borrows from the file and lives until config_free().
 */

#define CONFIG_MAX_PORTS 16
#define CONFIG_MAX_LISTENERS 32
#define CONFIG_MAX_NETWORKS 64
#define CONFIG_MAX_NEXT_HOPS 256
#define CONFIG_MAX_PORT_ADDRESSES 32
#define CONFIG_MAX_PORT_ROUTES 64
#define CONFIG_MAX_TARGETS 16
#define CONFIG_MAX_SERVERS 8
#define CONFIG_MAX_ZONES 32
#define CONFIG_MAX_ALGORITHMS 3
#define CONFIG_MAX_SERVICE_ROUTE 8
#define CONFIG_MAX_MUST_VISIT 4
#define CONFIG_MAX_REPLACEMENTS 64
#define CONFIG_MAX_ZONE_HEADERS 64

enum config_hugepages { CONFIG_HUGEPAGES_AUTO, CONFIG_HUGEPAGES_REQUIRE, CONFIG_HUGEPAGES_OFF };
enum config_checksum { CONFIG_CHECKSUM_AUTO, CONFIG_CHECKSUM_OFF };
enum config_check { CONFIG_CHECK_ALL, CONFIG_CHECK_ROUTING };
enum config_record_route {
	CONFIG_RECORD_ROUTE_ALWAYS,
	CONFIG_RECORD_ROUTE_OB,
	CONFIG_RECORD_ROUTE_OFF
};
enum config_form { CONFIG_FORM_RFC5626, CONFIG_FORM_DRAFT00 };
enum config_token { CONFIG_TOKEN_PLAIN, CONFIG_TOKEN_OPAQUE, CONFIG_TOKEN_ALGORITHM2 };
enum config_balance { CONFIG_BALANCE_CALL_ID, CONFIG_BALANCE_AOR, CONFIG_BALANCE_RANDOM };
enum config_probe { CONFIG_PROBE_OFF, CONFIG_PROBE_OPTIONS };
enum config_path_policy { CONFIG_PATH_420, CONFIG_PATH_421, CONFIG_PATH_TAKE };
enum config_third_party { CONFIG_THIRD_PARTY_ALLOW, CONFIG_THIRD_PARTY_REFUSE };
enum config_gruu { CONFIG_GRUU_RFC5627, CONFIG_GRUU_DRAFT04, CONFIG_GRUU_BOTH, CONFIG_GRUU_OFF };
enum config_service_route { CONFIG_SERVICE_ROUTE_PATH_INVERTED, CONFIG_SERVICE_ROUTE_STATIC };
enum config_user_source {
	CONFIG_USERS_NONE,
	CONFIG_USERS_FILE,
	CONFIG_USERS_SQLITE,
	CONFIG_USERS_POSTGRESQL
};
enum config_state { CONFIG_STATE_AUTO, CONFIG_STATE_ALWAYS, CONFIG_STATE_NEVER };
enum config_fork { CONFIG_FORK_BY_Q, CONFIG_FORK_PARALLEL, CONFIG_FORK_SEQUENTIAL };
enum config_loop_check {
	CONFIG_LOOP_CHECK_LOOKUPS,
	CONFIG_LOOP_CHECK_ALWAYS,
	CONFIG_LOOP_CHECK_FORKS,
	CONFIG_LOOP_CHECK_OFF
};
enum config_breadth { CONFIG_BREADTH_ON, CONFIG_BREADTH_OFF };
enum config_split { CONFIG_SPLIT_EQUAL, CONFIG_SPLIT_OUTBOUND1 };
enum config_shortage { CONFIG_SHORTAGE_SERIALISE, CONFIG_SHORTAGE_REJECT };
enum config_preferences {
	CONFIG_PREFERENCES_ON,
	CONFIG_PREFERENCES_REDIRECT,
	CONFIG_PREFERENCES_OFF
};
enum config_sync { CONFIG_SYNC_GROUP, CONFIG_SYNC_EACH };

struct config_file_route {
	char *to, *via;
};

struct config_file_port {
	char *name, *device, *tap;
	uint32_t mtu, queues;
	enum config_checksum rx_checksum;
	char **addresses;
	unsigned int addresses_count;
	struct config_file_route *routes;
	unsigned int routes_count;
};

struct config_file_listen {
	char *port, *address;
	uint32_t udp;
	bool standby;
};

struct config_file_target {
	char *host;
	uint32_t port, priority, weight;
};

struct config_file_next_hop {
	char *domain, *address;
	uint32_t port;
	struct config_file_target *targets;
	unsigned int targets_count;
	enum config_balance balance;
	enum config_probe probe;
	uint32_t probe_interval_ms, probe_failures;
};

struct config_file_dns {
	bool enabled;
	char **servers;
	unsigned int servers_count;
	uint32_t timeout_ms, entries, min_ttl, max_ttl, negative_ttl, parked;
};

/** A token bucket: `rate` a second, `burst` at once. Rate 0: no limit. */
struct config_file_limit {
	uint32_t rate, burst;
};

struct config_file_guard {
	struct config_file_limit source, stun;
	struct config_file_limit register_source, register_aor, invite_source, invite_aor;
	struct config_file_limit registers, requests;
	uint32_t sources, aors, retry_after_min, retry_after_max;
	char **exempt;
	unsigned int exempt_count;
};

struct config_file_zone {
	char *name, *port;
	char **networks;
	unsigned int networks_count;
	bool trusted;
	char **strip_in, **strip_out;
	unsigned int strip_in_count, strip_out_count;
};

struct config_file_dataplane {
	uint32_t workers;
	char *cores;
	bool busy_poll;
	enum config_hugepages hugepages;
	uint32_t memory_mb, buffers, max_message, fragments, remember;
	char **eal;
	unsigned int eal_count;
};

struct config_file_edge {
	bool enabled;
	char *name;
	enum config_form form;
	enum config_token token;
	bool path_for_legacy;
	bool path_from_ua;
	enum config_record_route record_route;
	bool drop_record_route;
	uint32_t flows, flow_timer;
	char **unsolicited_notify;
	unsigned int unsolicited_notify_count;
	bool restoration_body;
};

/** What a URI of this host in a Path becomes in the Service-Route: nothing or others (RC-03). */
struct config_file_replacement {
	char *host, **with;
	unsigned int with_count;
};

struct config_file_service_route {
	enum config_service_route form;
	char **append;
	unsigned int append_count;
	struct config_file_replacement *replace;
	unsigned int replace_count;
};

struct config_file_registrar {
	uint32_t min_expires, max_expires, default_expires, max_contacts, max_aors;
	uint32_t max_instances, flow_timer;
	bool any_user, outbound_only, hide_users;
	enum config_path_policy path_unsupported;
	enum config_third_party third_party;
	enum config_gruu gruu;
	struct config_file_service_route service_route;
	char **users, **deny_contacts;
	unsigned int users_count, deny_contacts_count;
};

struct config_file_auth {
	bool registers, requests, check_from, bind_address, qop_required;
	char *realm;
	char **algorithms, **qop, **exempt;
	unsigned int algorithms_count, qop_count, exempt_count;
	uint32_t nonce_seconds, nonces;
};

struct config_file_users {
	enum config_user_source source;
	char *file, *database, *query;
	uint32_t reload_seconds;
};

struct config_file_store {
	enum config_sync sync;
	uint32_t max_mb, journal_mb;
};

struct config_file_proxy {
	enum config_check check;
	bool record_route;
	enum config_fork fork;
	enum config_loop_check loop_check;
	enum config_breadth breadth;
	enum config_split breadth_split;
	enum config_shortage breadth_shortage;
	enum config_preferences caller_preferences;
	char **recurse_305;
	unsigned int recurse_305_count;
	char **send_305;
	unsigned int send_305_count;
	char **must_visit;
	unsigned int must_visit_count;
	uint32_t max_targets;
	uint32_t max_breadth, max_breadth_limit;
	uint32_t max_via, max_route;
	uint32_t max_headers, max_uri, max_body;
	uint32_t multipart_depth, multipart_parts;
	uint32_t aor_revisit_limit;
};

/** State of requests on their way: RFC 3261 §17, each worker's own. */
struct config_file_transactions {
	enum config_state state;
	uint32_t max, branches, memory_mb;
	uint32_t t1_ms, t2_ms, t4_ms, timer_c, failover_ms;
};

struct config_file_networks {
	char **deny, **peers, **relay;
	unsigned int deny_count, peers_count, relay_count;
};

/** The file as written. Optional keys that are not there hold their default after config_load(). */
struct config_file {
	char *instance, *state_dir, *run_dir, *shm_dir, *user;
	struct config_file_dataplane dataplane;
	struct config_file_port *ports;
	unsigned int ports_count;
	struct config_file_listen *listen;
	unsigned int listen_count;
	char **names, **domains;
	unsigned int names_count, domains_count;
	struct config_file_edge edge;
	struct config_file_registrar registrar;
	struct config_file_auth auth;
	struct config_file_users users;
	struct config_file_store store;
	struct config_file_proxy proxy;
	struct config_file_transactions transactions;
	struct config_file_networks networks;
	struct config_file_next_hop *next_hops;
	unsigned int next_hops_count;
	struct config_file_dns dns;
	struct config_file_guard guard;
	struct config_file_zone *trust;
	unsigned int trust_count;
};

/** A network: an address and how many of its leading bits count. */
struct config_network {
	struct flow_address prefix;
	uint8_t bits;
};

struct config_network_list {
	struct config_network row[CONFIG_MAX_NETWORKS];
	unsigned int count;
};

struct config_port_route {
	struct config_network to;
	struct flow_address via;
};

struct config_port {
	const struct config_file_port *file;
	struct config_network address[CONFIG_MAX_PORT_ADDRESSES];
	unsigned int address_count;
	struct config_port_route route[CONFIG_MAX_PORT_ROUTES];
	unsigned int route_count;
};

/** An address and port of ours where SIP is spoken. Its index is part of our branches. */
struct config_listener {
	struct flow_address address;
	uint8_t port;                     /* index of the dataplane port */
	bool standby;                     /* ours only while the kernel's twin has it */
	char text[FLOW_ADDRESS_TEXT_MAX]; /* as sent-by: address, brackets, port */
	uint8_t text_len;
};

/** One place that a domain's requests can be sent to. */
struct config_target {
	struct slice host;
	struct flow_address address; /* family 0: the host is a name */
	uint16_t port;               /* 0: the host is a name, and the DNS says */
	uint16_t priority, weight;
};

struct config_next_hop {
	struct slice domain; /* "*": any */
	const struct config_file_next_hop *file;
	struct config_target target[CONFIG_MAX_TARGETS];
	unsigned int target_count;
};

/** Header fields: those that Viaduct knows by id, others by their names. */
struct config_header_set {
	uint8_t has[SIP_HDR_COUNT + 1]; /* by id 0xff or 0; the last: `other` has names */
	unsigned int other_count;
	struct slice other[CONFIG_MAX_ZONE_HEADERS];
};

/**
 * Who is reached by a port or is in some networks, and what may pass to and from them. Record-Route
 * in a strip_in is not in the set: only what a user agent put there itself is taken out, and that
 * of a proxy before us is needed (RFC 3261 §16.4).
 */
struct config_zone {
	const char *name;
	int port;                            /* index; -1: any */
	struct config_network_list networks; /* none: everybody */
	bool trusted;                        /* in our trust domain (RFC 3325 §2.3) */
	bool strip_record_route;             /* in: of requests straight from a user agent */
	bool strip_network_provided; /* in: P-Access-Network-Info that only a proxy may write */
	struct config_header_set strip_in, strip_out;
};

/** What the file means. */
struct config {
	struct config_file *file;
	char *path;                          /* of the file */
	char *state_dir, *run_dir, *shm_dir; /* with the instance's name at their end */
	struct config_port port[CONFIG_MAX_PORTS];
	unsigned int port_count;
	struct config_listener listener[CONFIG_MAX_LISTENERS];
	unsigned int listener_count;
	struct config_network_list deny, peers, relay, exempt, auth_exempt, deny_contacts;
	struct config_network_list recurse_305, send_305;
	uint8_t auth_algorithm[CONFIG_MAX_ALGORITHMS]; /* enum sip_digest_algorithm, best first */
	unsigned int auth_algorithm_count;
	unsigned int auth_qop; /* set of enum sip_qop */
	struct config_next_hop next_hop[CONFIG_MAX_NEXT_HOPS];
	unsigned int next_hop_count;
	struct config_zone zone[CONFIG_MAX_ZONES + 2]; /* behind those of the file, the implied */
	unsigned int zone_count;
	uint8_t looked_for[SIP_HDR_COUNT + 1]; /* by id 0xff where some zone cares, else 0 */
	uint64_t looked_for_lengths; /* bit n: one without id whose name has n octets, modulo 64 */
	struct flow_address server[CONFIG_MAX_SERVERS]; /* of the DNS */
	unsigned int server_count;
};

#define CONFIG_MAX_ERRORS 64

/** One thing that is wrong: where, which key, and what to write instead. */
struct config_error {
	unsigned int line; /* from 1; 0: the file as a whole */
	char key[96];      /* "ports[0].mtu" */
	char text[256];
};

struct config_errors {
	unsigned int count; /* may exceed CONFIG_MAX_ERRORS: those beyond are not kept */
	struct config_error row[CONFIG_MAX_ERRORS];
};

/**
 * Read and check a file. All errors are collected, not only the first: those of form, and in a file
 * without any, those of meaning (names, addresses, what does not fit together). Returns NULL when
 * there is one. The caller frees the result with config_free(). Not thread-safe.
 */
struct config *config_load(const char *path, struct config_errors *errors);

/** Takes NULL. */
void config_free(struct config *config);

/** What is asked of user agents for this realm, which is borrowed. */
struct auth_policy config_auth_policy(const struct config *config, struct slice realm);

/** "file:line: key: text" for each error, to `out` (a FILE). */
void config_errors_print(const struct config_errors *errors, const char *path, void *out);

/** `address` is in one of the networks. */
bool config_network_has(const struct config_network_list *list, const struct flow_address *address);

/**
 * The zone of an address that is reached by the port with index `port`: the first that matches. The
 * last two are implied: `peers` (networks.peers), trusted, and `strangers`, everybody else.
 */
const struct config_zone *config_zone_find(const struct config *config, int port,
					   const struct flow_address *address);

/** One documented key, for messages and for the guide. */
struct config_key {
	const char *path;     /* "ports[].mtu" */
	uint32_t min, max;    /* numbers; both 0: no number */
	uint32_t number;      /* default of a number */
	const char *expected; /* what to write: continues "want ..." */
	const char *help;
};

/** The documented keys; the last has path NULL. Static storage. */
extern const struct config_key config_keys[];

/** The row of a path whose indices are written "[]", or NULL. */
const struct config_key *config_key_find(const char *path);

#endif
