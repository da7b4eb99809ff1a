/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "flow/keyring.h"
#include "flow/token.h"
#include "table/binding_writer.h"

/**
 * The network that the benchmarks play: one port with two addresses of ours, user agents behind a
 * router, proxies of ours on the link. Also its shared tables, published as control would, in a
 * folder that is removed at exit.
 */

#define WORLD_DOMAIN "example.com"

/** A domain that is not ours: the first of the proxies is its home proxy, and we are its edge. */
#define WORLD_HOME_DOMAIN "example.net"

/** Listeners: the side of the user agents, and the side of the proxies. */
enum { WORLD_ACCESS, WORLD_CORE, WORLD_LISTENERS };

/** MAC address of everything that is not us. */
extern const uint8_t world_mac[6];

/** And of the engine's port, where the benchmark chooses it. */
extern const uint8_t world_engine_mac[6];

/** Room for the AOR of a user. */
#define WORLD_AOR_MAX 64

/** Digits in which users differ. */
#define WORLD_USER_DIGITS 7

struct flow_address world_listener(unsigned int i);

/** Where user agent `user` is, and proxy `i` of four. */
struct flow_address world_agent(uint32_t user);
struct flow_address world_proxy(unsigned int i);

/** The flow by which a user agent, or a proxy, reaches us. */
struct flow world_agent_flow(uint32_t user);
struct flow world_proxy_flow(unsigned int i);

/** "sip:+4930NNNNNNN@example.com": canonical. */
struct slice world_aor(uint32_t user, char out[WORLD_AOR_MAX]);

/** Which user a message with this serial number is for: each look-up finds another one. */
static inline uint32_t
world_user(uint32_t serial, uint32_t bindings)
{
	uint64_t mixed = (uint64_t)serial * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)((mixed >> 32) * bindings >> 32);
}

/** Keys of this process's world; made at the first call. */
const struct keyring *world_ring(void);

/** Those for tokens and branches, worked in. */
const struct flow_keys *world_keys(void);

/** Folder of the engine's configuration; made at the first call, removed at exit. */
const char *world_folder(void);

/** Folder of the shared tables, inside it. */
const char *world_tables(void);

/** A file in the folder; static storage, good until the next call. */
const char *world_path(const char *name);

/** Publish keys, routes and rings. */
void world_publish(void);

/** Publish a table with `count` AORs; at the first call only. */
const struct binding_table *world_bindings(uint32_t count);

/** Its writer. */
struct binding_writer *world_writer(void);

/** Another writer: of a new table, or of the published one, which the first has left. */
struct binding_writer *world_open(uint32_t count);
struct binding_writer *world_adopt(void);

/** Put a user into a table. Returns the octets of AOR, contact, Path, instance and flow. */
size_t world_put(struct binding_writer *w, uint32_t user, uint64_t now_ms);

/**
 * Give a user this many bindings of equal q, each of an instance of its own, at most 8. `plain`:
 * they are reached by their contacts alone.
 */
void world_put_contacts(struct binding_writer *w, uint32_t user, unsigned int contacts, bool plain,
			uint64_t now_ms);

/** Wall clock in whole seconds, as milliseconds. */
uint64_t world_now_ms(void);

/** Where the engine keeps what is to survive, from its next configuration on; NULL: in the folder.
 */
void world_state(const char *dir);

/**
 * Write the engine's configuration; returns its path. `dataplane_keys` are what is in `dataplane`,
 * perhaps with further sections behind it.
 */
const char *world_configuration(const char *device, const char *dataplane_keys);

/**
 * This process, and its session where the kernel shares the processor between sessions, ahead of
 * all else on this machine; the session until we end.
 */
void world_go_first(void);

/** A process to be killed when this one is told to stop; 0: none. */
void world_child(int pid);

#endif
