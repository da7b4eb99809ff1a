/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_KEYRING_H
#define FLOW_KEYRING_H

#include "flow/aes.h"
#include "flow/hmac.h"
#include "guard/siphash.h"
#include "sip/slice.h"

/** Key ids are four bits of a flow token. */
#define KEYRING_SLOTS 16

#define KEYRING_FLOW_KEY_SIZE 32

/** Longest text of a ring. */
#define KEYRING_TEXT_MAX 4096

enum keyring_state {
	KEYRING_EMPTY,
	KEYRING_ACTIVE,   /* new tokens are made with it; at most one */
	KEYRING_ACCEPTED, /* tokens made with it are still honoured */
	KEYRING_RETIRED,  /* tokens made with it get 430 */
};

/** One flow-token key. Part of a shared segment: fixed layout. */
struct keyring_slot {
	uint8_t key[KEYRING_FLOW_KEY_SIZE];
	uint32_t state; /* enum keyring_state */
	uint32_t reserved;
};

/** Of temporary GRUUs: a cipher's key and a MAC's (lib/gruu/temp_gruu.h). */
#define KEYRING_GRUU_KEY_SIZE 48

/** Keys that are replaced one by one: the present one and the one before, which is still honoured.
 */
enum keyring_age { KEYRING_CURRENT, KEYRING_PREVIOUS, KEYRING_AGES };

/**
 * The secrets of an engine: flow-token keys, the SipHash keys for branches and loop hashes and for
 * the tags of our own responses, and the keys of temporary GRUUs. All engines of one logical proxy
 * share one ring.
 */
struct keyring {
	uint8_t branch_key[SIPHASH_KEY_SIZE];
	uint8_t loop_key[SIPHASH_KEY_SIZE];
	struct keyring_slot slot[KEYRING_SLOTS];
	uint8_t gruu_key[KEYRING_AGES][KEYRING_GRUU_KEY_SIZE];
	uint8_t has_gruu[KEYRING_AGES];
	uint8_t reserved[6];
};

_Static_assert(sizeof(struct keyring) == 32 + 16 * 40 + 2 * 48 + 8, "shared layout");

enum keyring_error {
	KEYRING_OK,
	KEYRING_ERR_RANDOM,    /* the system gives no random octets */
	KEYRING_ERR_SYNTAX,    /* a line is none of the four kinds */
	KEYRING_ERR_DUPLICATE, /* a key twice, or two active ones */
	KEYRING_ERR_NO_ACTIVE, /* no active flow key, or no branch or loop key */
	KEYRING_ERR_FULL,      /* all key ids are in use: retire the oldest first */
	KEYRING_ERR_NO_SLOT,   /* no such key id */
	KEYRING_ERR_IN_USE,    /* the active key cannot be retired: activate another one first */
	KEYRING_ERR_RETIRED,   /* a retired key cannot be activated: it is forgotten */
};

/** A sentence for each error. */
const char *keyring_error_text(enum keyring_error error);

/** A fresh ring: random keys, flow key 0 active. */
enum keyring_error keyring_generate(struct keyring *ring);

/**
 * Read the text form, one key a line:
 * "branch HEX32", "loop HEX32", "flow ID active|accepted HEX64", "flow ID retired",
 * "gruu current|previous HEX96".
 * Empty lines and lines that begin with '#' are skipped. On an error `*line` is its number, from 1.
 */
enum keyring_error keyring_decode(struct slice text, struct keyring *ring, unsigned int *line);

/**
 * Make the GRUU key that a ring of an older version lacks. *changed tells whether it did.
 */
enum keyring_error keyring_complete(struct keyring *ring, bool *changed);

/** A new key for temporary GRUUs; those made with the present one stay valid until the next. */
enum keyring_error keyring_rotate_gruu(struct keyring *ring);

/** Write the text form; returns its length, at most KEYRING_TEXT_MAX. */
size_t keyring_encode(const struct keyring *ring, char out[KEYRING_TEXT_MAX]);

/**
 * Make a new key in a free slot, accepted but not active yet: every engine that shares the ring can
 * learn it before the first token is made with it. Sets *id.
 */
enum keyring_error keyring_add(struct keyring *ring, unsigned int *id);

/** Make the key `id` the active one; the one before stays accepted. */
enum keyring_error keyring_activate(struct keyring *ring, unsigned int id);

/** keyring_add() and keyring_activate() at once: for an engine that shares its ring with no other.
 */
enum keyring_error keyring_rotate(struct keyring *ring, unsigned int *id);

/** Forget the key `id`; its tokens get 430 from now on. */
enum keyring_error keyring_retire(struct keyring *ring, unsigned int id);

/**
 * Make of the GRUU keys of a ring, present and previous, those that are used with one store: GRUUs
 * carry indices of that store, and must open with no other, be it what became of an older copy of
 * it. `identity`: octets that no other store has, at most 32. Any thread.
 */
void keyring_bind_gruu(struct keyring *ring, const uint8_t *identity, size_t len);

/** Length of the text of a fingerprint. */
#define KEYRING_FINGERPRINT_LEN 8

/** Eight hex digits by which people compare a key on two machines; they tell nothing of it. */
void keyring_fingerprint(const uint8_t *key, size_t len, char out[KEYRING_FINGERPRINT_LEN + 1]);

/** The ring as workers use it: keys worked in. Any number of threads may read one. */
struct flow_keys {
	struct hmac_sha256 mac[KEYRING_SLOTS];
	struct hmac_sha1 draft_mac[KEYRING_SLOTS];      /* of the first 20 octets of the key */
	uint8_t cipher[KEYRING_SLOTS][AES128_KEY_SIZE]; /* derived from the key */
	uint8_t usable[KEYRING_SLOTS];                  /* tokens under this id are honoured */
	uint8_t active;
	struct siphash_key branch;
	struct siphash_key loop;
};

/**
 * Work in the keys of a ring that keyring_decode(), keyring_generate() or a shared table gave. Only
 * accepted and active ones become usable; what was in `keys` before is gone. Nobody may read it
 * meanwhile. It holds secrets: cleanse it when it is done with.
 */
void flow_keys_init(struct flow_keys *keys, const struct keyring *ring);

#endif
