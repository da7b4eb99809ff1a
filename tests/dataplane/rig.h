/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * A whole engine on a bench: the real nodes in a real graph, frames put in by a source node of the
 * rig, datagrams caught by sink nodes in place of the ports. Two ports, "wan" (0) and "lan" (1).
 */
#ifndef TESTS_DATAPLANE_RIG_H
#define TESTS_DATAPLANE_RIG_H

#include "engine.h"
#include "gtest.h"
#include "lib/sip/support.h"
#include "table/binding_writer.h"

#define RIG_OUT_MAX 64

/** One datagram that left; fragments are put together again. */
struct rig_datagram {
	struct flow_address from, to;
	uint8_t port;           /* by which it left */
	unsigned int fragments; /* 1: it was whole */
	uint16_t length, checksum; /* of its UDP header */
	uint32_t mark;          /* identification, or flow label */
	struct slice sip;       /* until the next rig_send() */
};

/** What a message led to. */
struct rig_out {
	unsigned int count;
	struct rig_datagram datagram[RIG_OUT_MAX];
	uint64_t counter[STATS_COUNT]; /* by how much each has grown, of all workers together */
};

/** How a frame is built; all zero: as it should be. */
struct rig_frame {
	bool bad_checksum;
	bool no_checksum;    /* UDP checksum 0 */
	bool other_mac;      /* to somebody else */
	uint16_t headroom;   /* of the mbuf; 0: the usual */
	uint16_t piece;      /* octets in each mbuf of a chain; 0: one mbuf */
	uint16_t padding;    /* octets behind the IP datagram */
	int udp_length_more; /* added to the UDP length */
	/* a fragment: `from` and `octets` of the IP payload; octets 0: not a fragment */
	uint16_t fragment_from, fragment_octets, fragment_id;
};

/** Everything of the engine on the bench. All of its workers run, one after the other. */
struct rig {
	struct via_engine *engine;
	struct via_worker *worker; /* the first */
	unsigned int receiver;     /* to which of them frames come from now on; the first */
	struct binding_writer *bindings;
	struct keyring ring;
	struct rig_out out;
	char dir[64];
};

extern struct rig rig;

/** EAL with arguments for a test machine, then the tests. For main(). */
int rig_main(int argc, char **argv);

/** Open an engine with this configuration, unless it is open already. NULL: close it. */
void rig_open(const char *config);

/** Ports, listeners and next hops of all configurations of the rig. */
#define RIG_NETWORKS RIG_NETWORKS_OF("1")
#define RIG_NETWORKS_OF(workers)                                                                   \
	"ports:\n"                                                                                 \
	"  - name: wan\n"                                                                          \
	"    device: net_null0\n"                                                                  \
	"    addresses: [192.0.2.10/24, '2001:db8::10/64']\n"                                      \
	"  - name: lan\n"                                                                          \
	"    device: net_null1\n"                                                                  \
	"    addresses: [10.0.0.1/24]\n"                                                           \
	"listen:\n"                                                                                \
	"  - {port: wan, address: 192.0.2.10}\n"                                                   \
	"  - {port: wan, address: '2001:db8::10'}\n"                                               \
	"  - {port: lan, address: 10.0.0.1}\n"                                                     \
	"  - {port: wan, address: 192.0.2.10, udp: 5070}\n"                                        \
	"dataplane: {workers: " workers ", fragments: 64, remember: 1024}\n"                       \
	"networks:\n"                                                                              \
	"  deny: [203.0.113.128/25]\n"                                                             \
	"  peers: [192.0.2.20/32]\n"                                                               \
	"  relay: [198.51.100.0/24, '2001:db8:1::/64']\n"                                          \
	"next_hops:\n"                                                                             \
	"  - {domain: other.example, address: 192.0.2.30}\n"                                       \
	"  - {domain: six.example, address: '2001:db8::30', port: 5080}\n"                         \
	"  - {domain: lan.example, address: 10.0.0.9}\n"

/** Most cases are about one user, and some send more than any user would. */
#define RIG_NO_LIMITS                                                                              \
	"guard: {source: {rate: 0}, stun: {rate: 0}, register_aor: {rate: 0}, invite_aor: {rate: 0}}\n"

/** Configurations that most cases use. */
extern const char rig_config_edge[], rig_config_home[], rig_config_routing[], rig_config_dns[];
extern const char rig_config_two_workers[], rig_config_proxy[];

/** "192.0.2.1:5060" or "[2001:db8::1]:5060". */
struct flow_address rig_address(const char *text);

/** Put one message in, walk until nothing is left to do, and check the sum of the counters. */
const struct rig_out *rig_send(struct slice sip, const char *from, const char *to);
const struct rig_out *rig_send_frame(const struct rig_frame *frame, struct slice sip,
				     const char *from, const char *to);

/** Collect frames for one burst; rig_walk() sends them. */
void rig_queue(const struct rig_frame *frame, struct slice sip, const char *from, const char *to);
const struct rig_out *rig_walk(void);

/** What one worker has counted in the last walk. */
uint64_t rig_counted(unsigned int worker, enum stats_counter counter);

/** The same for an IP packet of any kind, which comes in by `port`. */
void rig_queue_packet(const uint8_t *packet, size_t n, uint8_t port);

/** Bindings of an AOR: contacts, each perhaps with Path, q (thousandths) and features, with '|'
 * before each; NULL ends. */
void rig_bind(const char *aor, ...) __attribute__((sentinel));

/** A binding with an instance; times in seconds from when most are: `expires_s` from in an hour. */
struct rig_binding {
	const char *contact, *path, *instance;
	uint32_t reg_id;
	int64_t updated_s, registered_s, expires_s;
	uint16_t q; /* thousandths; 0: 1000 */
	const char *features;
};

/** An instance that an AOR is known to have. */
struct rig_instance {
	const char *id;
	uint64_t epoch;
};

/** The bindings of an AOR, and its instances, with and without bindings. */
void rig_bind_instances(const char *aor, const struct rig_binding *rows, unsigned int count,
			const struct rig_instance *known, unsigned int known_count);

/** The user part of a temporary GRUU of this epoch, made with the present key. */
const char *rig_temp_gruu(uint64_t epoch);

/** A token of the flow between these, made with the active key; of any class: Algorithm 2. */
const char *rig_token(enum flow_token_class class, const char *local, const char *remote);

/** Publish the ring as it is now in rig.ring. */
void rig_publish_keys(void);

/** Publish what an operator has ordered. */
void rig_order(enum orders_state state, const char *contact);

/** Let time go by for the engine; it does not stop. */
void rig_wait(uint64_t ms);

/** Fail unless the text matches `want`, in which ANY stands for a run of token characters. */
#define ANY "\001"
bool rig_matches(struct slice text, struct slice want);

/** All values of a header, in order, with ", " between them. */
const char *rig_header(struct slice sip, const char *name);

/** First line. */
const char *rig_first_line(struct slice sip);

#endif
