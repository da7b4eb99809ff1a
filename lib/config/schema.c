/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/schema.h"

enum { OPT = CYAML_FLAG_OPTIONAL, PTR = CYAML_FLAG_POINTER, OPT_PTR = OPT | PTR, MAX_TEXT = 255 };

#define STRING(s, member, flags) CYAML_FIELD_STRING_PTR(#member, (flags), s, member, 1, MAX_TEXT)
#define UINT(s, member, flags) CYAML_FIELD_UINT(#member, (flags), s, member)
#define BOOLEAN(s, member) CYAML_FIELD_BOOL(#member, OPT, s, member)
#define ENUM(s, member, strings)                                                                   \
	CYAML_FIELD_ENUM(#member, OPT | CYAML_FLAG_STRICT, s, member, strings,                     \
			 CYAML_ARRAY_LEN(strings))
#define STRINGS(s, member, max) CYAML_FIELD_SEQUENCE(#member, OPT_PTR, s, member, &text, 0, max)
#define MAPPING(s, member) CYAML_FIELD_MAPPING(#member, OPT, struct config_file, member, s##_fields)
#define MAPPINGS(s, member, flags, max)                                                            \
	CYAML_FIELD_SEQUENCE(#member, flags, s, member, &member##_entry, 0, max)

static const cyaml_schema_value_t text = { CYAML_VALUE_STRING(PTR, char, 1, MAX_TEXT) };

static const cyaml_strval_t hugepages[] = {
	{ "auto", CONFIG_HUGEPAGES_AUTO },
	{ "require", CONFIG_HUGEPAGES_REQUIRE },
	{ "off", CONFIG_HUGEPAGES_OFF },
};

static const cyaml_strval_t checksum[] = {
	{ "auto", CONFIG_CHECKSUM_AUTO },
	{ "off", CONFIG_CHECKSUM_OFF },
};

static const cyaml_strval_t record_route[] = {
	{ "always", CONFIG_RECORD_ROUTE_ALWAYS },
	{ "ob", CONFIG_RECORD_ROUTE_OB },
	{ "off", CONFIG_RECORD_ROUTE_OFF },
};

static const cyaml_strval_t check[] = {
	{ "all", CONFIG_CHECK_ALL },
	{ "routing", CONFIG_CHECK_ROUTING },
};

static const cyaml_strval_t state[] = {
	{ "auto", CONFIG_STATE_AUTO },
	{ "always", CONFIG_STATE_ALWAYS },
	{ "never", CONFIG_STATE_NEVER },
};

static const cyaml_strval_t fork_order[] = {
	{ "by_q", CONFIG_FORK_BY_Q },
	{ "parallel", CONFIG_FORK_PARALLEL },
	{ "sequential", CONFIG_FORK_SEQUENTIAL },
};

static const cyaml_strval_t loop_check[] = {
	{ "lookups", CONFIG_LOOP_CHECK_LOOKUPS },
	{ "always", CONFIG_LOOP_CHECK_ALWAYS },
	{ "forks", CONFIG_LOOP_CHECK_FORKS },
	{ "off", CONFIG_LOOP_CHECK_OFF },
};

static const cyaml_strval_t breadth[] = {
	{ "on", CONFIG_BREADTH_ON },
	{ "off", CONFIG_BREADTH_OFF },
};

static const cyaml_strval_t breadth_split[] = {
	{ "equal", CONFIG_SPLIT_EQUAL },
	{ "outbound1", CONFIG_SPLIT_OUTBOUND1 },
};

static const cyaml_strval_t breadth_shortage[] = {
	{ "serialise", CONFIG_SHORTAGE_SERIALISE },
	{ "reject", CONFIG_SHORTAGE_REJECT },
};

static const cyaml_strval_t caller_preferences[] = {
	{ "on", CONFIG_PREFERENCES_ON },
	{ "redirect", CONFIG_PREFERENCES_REDIRECT },
	{ "off", CONFIG_PREFERENCES_OFF },
};

static const cyaml_strval_t form[] = {
	{ "rfc5626", CONFIG_FORM_RFC5626 },
	{ "draft00", CONFIG_FORM_DRAFT00 },
};

static const cyaml_strval_t token[] = {
	{ "plain", CONFIG_TOKEN_PLAIN },
	{ "opaque", CONFIG_TOKEN_OPAQUE },
	{ "algorithm2", CONFIG_TOKEN_ALGORITHM2 },
};

static const cyaml_strval_t balance[] = {
	{ "call_id", CONFIG_BALANCE_CALL_ID },
	{ "aor", CONFIG_BALANCE_AOR },
	{ "random", CONFIG_BALANCE_RANDOM },
};

static const cyaml_strval_t probe[] = {
	{ "off", CONFIG_PROBE_OFF },
	{ "options", CONFIG_PROBE_OPTIONS },
};

static const cyaml_strval_t path_unsupported[] = {
	{ "420", CONFIG_PATH_420 },
	{ "421", CONFIG_PATH_421 },
	{ "take", CONFIG_PATH_TAKE },
};

static const cyaml_strval_t third_party[] = {
	{ "allow", CONFIG_THIRD_PARTY_ALLOW },
	{ "refuse", CONFIG_THIRD_PARTY_REFUSE },
};

static const cyaml_strval_t gruu[] = {
	{ "rfc5627", CONFIG_GRUU_RFC5627 },
	{ "draft04", CONFIG_GRUU_DRAFT04 },
	{ "both", CONFIG_GRUU_BOTH },
	{ "off", CONFIG_GRUU_OFF },
};

static const cyaml_strval_t service_route_form[] = {
	{ "path_inverted", CONFIG_SERVICE_ROUTE_PATH_INVERTED },
	{ "static", CONFIG_SERVICE_ROUTE_STATIC },
};

static const cyaml_strval_t user_source[] = {
	{ "none", CONFIG_USERS_NONE },
	{ "file", CONFIG_USERS_FILE },
	{ "sqlite", CONFIG_USERS_SQLITE },
	{ "postgresql", CONFIG_USERS_POSTGRESQL },
};

static const cyaml_strval_t sync[] = {
	{ "group", CONFIG_SYNC_GROUP },
	{ "each", CONFIG_SYNC_EACH },
};

typedef struct config_file_dataplane dataplane_t;
static const cyaml_schema_field_t dataplane_fields[] = {
	UINT(dataplane_t, workers, OPT),
	STRING(dataplane_t, cores, OPT_PTR),
	BOOLEAN(dataplane_t, busy_poll),
	ENUM(dataplane_t, hugepages, hugepages),
	UINT(dataplane_t, memory_mb, OPT),
	UINT(dataplane_t, buffers, OPT),
	UINT(dataplane_t, max_message, OPT),
	UINT(dataplane_t, fragments, OPT),
	UINT(dataplane_t, remember, OPT),
	STRINGS(dataplane_t, eal, 64),
	CYAML_FIELD_END,
};

typedef struct config_file_route route_t;
static const cyaml_schema_field_t route_fields[] = {
	STRING(route_t, to, PTR),
	STRING(route_t, via, PTR),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t routes_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, route_t, route_fields),
};

typedef struct config_file_port port_t;
static const cyaml_schema_field_t port_fields[] = {
	STRING(port_t, name, PTR),
	STRING(port_t, device, PTR),
	STRING(port_t, tap, OPT_PTR),
	UINT(port_t, mtu, OPT),
	UINT(port_t, queues, OPT),
	ENUM(port_t, rx_checksum, checksum),
	STRINGS(port_t, addresses, CONFIG_MAX_PORT_ADDRESSES),
	MAPPINGS(port_t, routes, OPT_PTR, CONFIG_MAX_PORT_ROUTES),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t ports_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, port_t, port_fields),
};

typedef struct config_file_listen listen_t;
static const cyaml_schema_field_t listen_fields[] = {
	STRING(listen_t, port, PTR),
	STRING(listen_t, address, PTR),
	UINT(listen_t, udp, OPT),
	BOOLEAN(listen_t, standby),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t listen_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, listen_t, listen_fields),
};

typedef struct config_file_edge edge_t;
static const cyaml_schema_field_t edge_fields[] = {
	BOOLEAN(edge_t, enabled),
	STRING(edge_t, name, OPT_PTR),
	ENUM(edge_t, form, form),
	ENUM(edge_t, token, token),
	BOOLEAN(edge_t, path_for_legacy),
	BOOLEAN(edge_t, path_from_ua),
	ENUM(edge_t, record_route, record_route),
	BOOLEAN(edge_t, drop_record_route),
	UINT(edge_t, flows, OPT),
	UINT(edge_t, flow_timer, OPT),
	STRINGS(edge_t, unsolicited_notify, 64),
	BOOLEAN(edge_t, restoration_body),
	CYAML_FIELD_END,
};

typedef struct config_file_replacement replacement_t;
static const cyaml_schema_field_t replacement_fields[] = {
	STRING(replacement_t, host, PTR),
	STRINGS(replacement_t, with, CONFIG_MAX_SERVICE_ROUTE),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t replace_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, replacement_t, replacement_fields),
};

typedef struct config_file_service_route service_route_t;
static const cyaml_schema_field_t service_route_fields[] = {
	ENUM(service_route_t, form, service_route_form),
	STRINGS(service_route_t, append, CONFIG_MAX_SERVICE_ROUTE),
	MAPPINGS(service_route_t, replace, OPT_PTR, CONFIG_MAX_REPLACEMENTS),
	CYAML_FIELD_END,
};

typedef struct config_file_registrar registrar_t;
static const cyaml_schema_field_t registrar_fields[] = {
	UINT(registrar_t, min_expires, OPT),
	UINT(registrar_t, max_expires, OPT),
	UINT(registrar_t, default_expires, OPT),
	UINT(registrar_t, max_contacts, OPT),
	UINT(registrar_t, max_aors, OPT),
	UINT(registrar_t, max_instances, OPT),
	UINT(registrar_t, flow_timer, OPT),
	BOOLEAN(registrar_t, outbound_only),
	BOOLEAN(registrar_t, hide_users),
	ENUM(registrar_t, path_unsupported, path_unsupported),
	ENUM(registrar_t, third_party, third_party),
	ENUM(registrar_t, gruu, gruu),
	STRINGS(registrar_t, deny_contacts, CONFIG_MAX_NETWORKS),
	CYAML_FIELD_MAPPING("service_route", OPT, registrar_t, service_route, service_route_fields),
	BOOLEAN(registrar_t, any_user),
	STRINGS(registrar_t, users, 100000),
	CYAML_FIELD_END,
};

typedef struct config_file_auth auth_t;
static const cyaml_schema_field_t auth_fields[] = {
	BOOLEAN(auth_t, registers),
	BOOLEAN(auth_t, requests),
	BOOLEAN(auth_t, check_from),
	BOOLEAN(auth_t, bind_address),
	BOOLEAN(auth_t, qop_required),
	STRING(auth_t, realm, OPT_PTR),
	STRINGS(auth_t, algorithms, CONFIG_MAX_ALGORITHMS),
	STRINGS(auth_t, qop, 2),
	STRINGS(auth_t, exempt, CONFIG_MAX_NETWORKS),
	UINT(auth_t, nonce_seconds, OPT),
	UINT(auth_t, nonces, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_users users_t;
static const cyaml_schema_field_t users_fields[] = {
	ENUM(users_t, source, user_source),
	STRING(users_t, file, OPT_PTR),
	STRING(users_t, database, OPT_PTR),
	CYAML_FIELD_STRING_PTR("query", OPT_PTR, users_t, query, 1, 4095),
	UINT(users_t, reload_seconds, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_store store_t;
static const cyaml_schema_field_t store_fields[] = {
	ENUM(store_t, sync, sync),
	UINT(store_t, max_mb, OPT),
	UINT(store_t, journal_mb, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_proxy proxy_t;
static const cyaml_schema_field_t proxy_fields[] = {
	ENUM(proxy_t, check, check),
	BOOLEAN(proxy_t, record_route),
	ENUM(proxy_t, fork, fork_order),
	ENUM(proxy_t, loop_check, loop_check),
	ENUM(proxy_t, breadth, breadth),
	ENUM(proxy_t, breadth_split, breadth_split),
	ENUM(proxy_t, breadth_shortage, breadth_shortage),
	ENUM(proxy_t, caller_preferences, caller_preferences),
	STRINGS(proxy_t, recurse_305, CONFIG_MAX_NETWORKS),
	STRINGS(proxy_t, send_305, CONFIG_MAX_NETWORKS),
	STRINGS(proxy_t, must_visit, CONFIG_MAX_MUST_VISIT),
	UINT(proxy_t, max_targets, OPT),
	UINT(proxy_t, max_breadth, OPT),
	UINT(proxy_t, max_breadth_limit, OPT),
	UINT(proxy_t, max_via, OPT),
	UINT(proxy_t, max_route, OPT),
	UINT(proxy_t, max_headers, OPT),
	UINT(proxy_t, max_uri, OPT),
	UINT(proxy_t, max_body, OPT),
	UINT(proxy_t, multipart_depth, OPT),
	UINT(proxy_t, multipart_parts, OPT),
	UINT(proxy_t, aor_revisit_limit, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_transactions transactions_t;
static const cyaml_schema_field_t transactions_fields[] = {
	ENUM(transactions_t, state, state),
	UINT(transactions_t, max, OPT),
	UINT(transactions_t, branches, OPT),
	UINT(transactions_t, memory_mb, OPT),
	UINT(transactions_t, t1_ms, OPT),
	UINT(transactions_t, t2_ms, OPT),
	UINT(transactions_t, t4_ms, OPT),
	UINT(transactions_t, timer_c, OPT),
	UINT(transactions_t, failover_ms, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_networks networks_t;
static const cyaml_schema_field_t networks_fields[] = {
	STRINGS(networks_t, deny, CONFIG_MAX_NETWORKS),
	STRINGS(networks_t, peers, CONFIG_MAX_NETWORKS),
	STRINGS(networks_t, relay, CONFIG_MAX_NETWORKS),
	CYAML_FIELD_END,
};

typedef struct config_file_target target_t;
static const cyaml_schema_field_t target_fields[] = {
	STRING(target_t, host, PTR),
	UINT(target_t, port, OPT),
	UINT(target_t, priority, OPT),
	UINT(target_t, weight, OPT),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t targets_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, target_t, target_fields),
};

typedef struct config_file_next_hop next_hop_t;
static const cyaml_schema_field_t next_hop_fields[] = {
	STRING(next_hop_t, domain, PTR),
	STRING(next_hop_t, address, OPT_PTR),
	UINT(next_hop_t, port, OPT),
	MAPPINGS(next_hop_t, targets, OPT_PTR, CONFIG_MAX_TARGETS),
	ENUM(next_hop_t, balance, balance),
	ENUM(next_hop_t, probe, probe),
	UINT(next_hop_t, probe_interval_ms, OPT),
	UINT(next_hop_t, probe_failures, OPT),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t next_hops_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, next_hop_t, next_hop_fields),
};

typedef struct config_file_dns dns_t;
static const cyaml_schema_field_t dns_fields[] = {
	BOOLEAN(dns_t, enabled),
	STRINGS(dns_t, servers, CONFIG_MAX_SERVERS),
	UINT(dns_t, timeout_ms, OPT),
	UINT(dns_t, entries, OPT),
	UINT(dns_t, min_ttl, OPT),
	UINT(dns_t, max_ttl, OPT),
	UINT(dns_t, negative_ttl, OPT),
	UINT(dns_t, parked, OPT),
	CYAML_FIELD_END,
};

typedef struct config_file_limit limit_t;
static const cyaml_schema_field_t limit_fields[] = {
	UINT(limit_t, rate, OPT),
	UINT(limit_t, burst, OPT),
	CYAML_FIELD_END,
};

#define LIMIT(member) CYAML_FIELD_MAPPING(#member, OPT, guard_t, member, limit_fields)
typedef struct config_file_guard guard_t;
static const cyaml_schema_field_t guard_fields[] = {
	LIMIT(source),
	LIMIT(stun),
	LIMIT(register_source),
	LIMIT(register_aor),
	LIMIT(invite_source),
	LIMIT(invite_aor),
	LIMIT(registers),
	LIMIT(requests),
	UINT(guard_t, sources, OPT),
	UINT(guard_t, aors, OPT),
	UINT(guard_t, retry_after_min, OPT),
	UINT(guard_t, retry_after_max, OPT),
	STRINGS(guard_t, exempt, CONFIG_MAX_NETWORKS),
	CYAML_FIELD_END,
};

typedef struct config_file_zone zone_t;
static const cyaml_schema_field_t zone_fields[] = {
	STRING(zone_t, name, PTR),
	STRING(zone_t, port, OPT_PTR),
	STRINGS(zone_t, networks, CONFIG_MAX_NETWORKS),
	BOOLEAN(zone_t, trusted),
	STRINGS(zone_t, strip_in, CONFIG_MAX_ZONE_HEADERS),
	STRINGS(zone_t, strip_out, CONFIG_MAX_ZONE_HEADERS),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t trust_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, zone_t, zone_fields),
};

typedef struct config_file file_t;
static const cyaml_schema_field_t file_fields[] = {
	STRING(file_t, instance, PTR),
	STRING(file_t, state_dir, OPT_PTR),
	STRING(file_t, run_dir, OPT_PTR),
	STRING(file_t, shm_dir, OPT_PTR),
	STRING(file_t, user, OPT_PTR),
	MAPPING(dataplane, dataplane),
	MAPPINGS(file_t, ports, PTR, CONFIG_MAX_PORTS),
	MAPPINGS(file_t, listen, PTR, CONFIG_MAX_LISTENERS),
	STRINGS(file_t, names, 64),
	STRINGS(file_t, domains, 1024),
	MAPPING(edge, edge),
	MAPPING(registrar, registrar),
	MAPPING(auth, auth),
	MAPPING(users, users),
	MAPPING(store, store),
	MAPPING(proxy, proxy),
	MAPPING(transactions, transactions),
	MAPPING(networks, networks),
	MAPPINGS(file_t, next_hops, OPT_PTR, CONFIG_MAX_NEXT_HOPS),
	MAPPING(dns, dns),
	MAPPING(guard, guard),
	MAPPINGS(file_t, trust, OPT_PTR, CONFIG_MAX_ZONES),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(PTR, file_t, file_fields),
};
