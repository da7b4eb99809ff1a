/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/keyring.h"

#include <assert.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "sip/chars.h"
#include "sip/writer.h"

const char *
keyring_error_text(enum keyring_error error)
{
	static const char *const texts[] = {
		[KEYRING_OK] = "no error",
		[KEYRING_ERR_RANDOM] = "the system gives no random octets",
		[KEYRING_ERR_SYNTAX] = ("want 'branch HEX', 'loop HEX', "
					"'flow ID active|accepted HEX', 'flow ID retired', "
					"or 'gruu current|previous HEX'"),
		[KEYRING_ERR_DUPLICATE] = "this key is there already, or a second one is active",
		[KEYRING_ERR_NO_ACTIVE] =
			"one active flow key, a branch key and a loop key are needed",
		[KEYRING_ERR_FULL] = "all 16 key ids are in use: retire the oldest key first",
		[KEYRING_ERR_NO_SLOT] = "there is no key with this id",
		[KEYRING_ERR_IN_USE] = "this key is the active one: activate another one first",
		[KEYRING_ERR_RETIRED] = "this key is retired and forgotten: add a new one",
	};

	return texts[error];
}

static bool
random_octets(uint8_t *out, size_t len)
{
	return RAND_priv_bytes(out, (int)len) == 1;
}

enum keyring_error
keyring_generate(struct keyring *ring)
{
	memset(ring, 0, sizeof(*ring));
	if (!random_octets(ring->branch_key, sizeof(ring->branch_key)) ||
	    !random_octets(ring->loop_key, sizeof(ring->loop_key)) ||
	    !random_octets(ring->slot[0].key, sizeof(ring->slot[0].key)))
		return KEYRING_ERR_RANDOM;
	ring->slot[0].state = KEYRING_ACTIVE;
	return keyring_complete(ring, &(bool){ false });
}

enum keyring_error
keyring_complete(struct keyring *ring, bool *changed)
{
	*changed = ring->has_gruu[KEYRING_CURRENT] == 0;
	return *changed ? keyring_rotate_gruu(ring) : KEYRING_OK;
}

enum keyring_error
keyring_rotate_gruu(struct keyring *ring)
{
	uint8_t fresh[KEYRING_GRUU_KEY_SIZE];

	if (!random_octets(fresh, sizeof(fresh)))
		return KEYRING_ERR_RANDOM;
	if (ring->has_gruu[KEYRING_CURRENT] != 0) {
		memcpy(ring->gruu_key[KEYRING_PREVIOUS], ring->gruu_key[KEYRING_CURRENT],
		       sizeof(fresh));
		ring->has_gruu[KEYRING_PREVIOUS] = 1;
	}
	memcpy(ring->gruu_key[KEYRING_CURRENT], fresh, sizeof(fresh));
	ring->has_gruu[KEYRING_CURRENT] = 1;
	OPENSSL_cleanse(fresh, sizeof(fresh));
	return KEYRING_OK;
}

static bool
hex_octets(struct slice text, uint8_t *out, size_t len)
{
	if (text.len != 2 * len || !sip_all(text, SIP_CHAR_HEX))
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(sip_hex_value(text.ptr[2 * i]) << 4 |
				   sip_hex_value(text.ptr[2 * i + 1]));
	return true;
}

/* "ID active|accepted HEX" or "ID retired" */
static enum keyring_error
decode_flow_key(struct slice rest, struct keyring *ring)
{
	struct slice id_text = slice_cut(&rest, ' '), state = slice_cut(&rest, ' ');
	struct keyring_slot *slot;
	uint32_t id;

	if (!sip_uint(id_text, &id) || id >= KEYRING_SLOTS)
		return KEYRING_ERR_SYNTAX;
	slot = &ring->slot[id];
	if (slot->state != KEYRING_EMPTY)
		return KEYRING_ERR_DUPLICATE;
	if (slice_eq(state, SLICE("retired"))) {
		slot->state = KEYRING_RETIRED;
		return rest.ptr == NULL ? KEYRING_OK : KEYRING_ERR_SYNTAX;
	}
	if (!hex_octets(rest, slot->key, sizeof(slot->key)))
		return KEYRING_ERR_SYNTAX;
	if (slice_eq(state, SLICE("accepted"))) {
		slot->state = KEYRING_ACCEPTED;
		return KEYRING_OK;
	}
	if (!slice_eq(state, SLICE("active")))
		return KEYRING_ERR_SYNTAX;
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		if (ring->slot[i].state == KEYRING_ACTIVE)
			return KEYRING_ERR_DUPLICATE;
	slot->state = KEYRING_ACTIVE;
	return KEYRING_OK;
}

/* The branch or the loop key: one of each. */
static enum keyring_error
decode_sip_key(struct slice text, uint8_t key[SIPHASH_KEY_SIZE], bool *there)
{
	if (*there)
		return KEYRING_ERR_DUPLICATE;
	*there = hex_octets(text, key, SIPHASH_KEY_SIZE);
	return *there ? KEYRING_OK : KEYRING_ERR_SYNTAX;
}

/* "current|previous HEX" */
static enum keyring_error
decode_gruu_key(struct slice rest, struct keyring *ring)
{
	struct slice word = slice_cut(&rest, ' ');
	unsigned int age = slice_eq(word, SLICE("current")) ? KEYRING_CURRENT : KEYRING_PREVIOUS;

	if (age == KEYRING_PREVIOUS && !slice_eq(word, SLICE("previous")))
		return KEYRING_ERR_SYNTAX;
	if (ring->has_gruu[age] != 0)
		return KEYRING_ERR_DUPLICATE;
	if (!hex_octets(rest, ring->gruu_key[age], KEYRING_GRUU_KEY_SIZE))
		return KEYRING_ERR_SYNTAX;
	ring->has_gruu[age] = 1;
	return KEYRING_OK;
}

enum keyring_error
keyring_decode(struct slice text, struct keyring *ring, unsigned int *line)
{
	bool branch = false, loop = false, active = false;

	memset(ring, 0, sizeof(*ring));
	for (*line = 1; text.ptr != NULL; ++*line) {
		struct slice rest = sip_trim(slice_cut(&text, '\n'));
		enum keyring_error error = KEYRING_OK;
		struct slice kind;

		if (rest.len == 0 || rest.ptr[0] == '#')
			continue;
		kind = slice_cut(&rest, ' ');
		if (slice_eq(kind, SLICE("flow")))
			error = decode_flow_key(rest, ring);
		else if (slice_eq(kind, SLICE("branch")))
			error = decode_sip_key(rest, ring->branch_key, &branch);
		else if (slice_eq(kind, SLICE("loop")))
			error = decode_sip_key(rest, ring->loop_key, &loop);
		else if (slice_eq(kind, SLICE("gruu")))
			error = decode_gruu_key(rest, ring);
		else
			error = KEYRING_ERR_SYNTAX;
		if (error != KEYRING_OK)
			return error;
	}
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		active |= ring->slot[i].state == KEYRING_ACTIVE;
	return branch && loop && active ? KEYRING_OK : KEYRING_ERR_NO_ACTIVE;
}

static void
put_octets(struct sip_writer *w, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sip_put_hex(w, octets[i], 2);
	SIP_PUT(w, "\n");
}

static void
put_gruu_keys(struct sip_writer *w, const struct keyring *ring)
{
	for (unsigned int i = 0; i < KEYRING_AGES; i++) {
		if (ring->has_gruu[i] == 0)
			continue;
		sip_put(w, i == KEYRING_CURRENT ? SLICE("gruu current ") : SLICE("gruu previous "));
		put_octets(w, ring->gruu_key[i], KEYRING_GRUU_KEY_SIZE);
	}
}

size_t
keyring_encode(const struct keyring *ring, char out[KEYRING_TEXT_MAX])
{
	struct sip_writer w;

	sip_writer_init(&w, out, KEYRING_TEXT_MAX);
	SIP_PUT(&w,
		"# Viaduct key ring. Secret: flow tokens and branches are made with these keys.\n");
	SIP_PUT(&w, "branch ");
	put_octets(&w, ring->branch_key, sizeof(ring->branch_key));
	SIP_PUT(&w, "loop ");
	put_octets(&w, ring->loop_key, sizeof(ring->loop_key));
	/* before the flow keys, without which a ring is none: so a cut file is seen to be one */
	put_gruu_keys(&w, ring);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		const struct keyring_slot *slot = &ring->slot[i];

		if (slot->state == KEYRING_EMPTY)
			continue;
		SIP_PUT(&w, "flow ");
		sip_put_uint(&w, i);
		if (slot->state == KEYRING_RETIRED) {
			SIP_PUT(&w, " retired\n");
			continue;
		}
		sip_put(&w,
			slot->state == KEYRING_ACTIVE ? SLICE(" active ") : SLICE(" accepted "));
		put_octets(&w, slot->key, sizeof(slot->key));
	}
	return (size_t)(w.p - w.begin);
}

static unsigned int
active_slot(const struct keyring *ring)
{
	unsigned int id = 0;

	while (id < KEYRING_SLOTS && ring->slot[id].state != KEYRING_ACTIVE)
		id++;
	return id;
}

/* The next slot behind `from` that has this state; KEYRING_SLOTS if none has. */
static unsigned int
next_slot(const struct keyring *ring, unsigned int from, enum keyring_state state)
{
	for (unsigned int i = 1; i <= KEYRING_SLOTS; i++) {
		unsigned int id = (from + i) % KEYRING_SLOTS;

		if (ring->slot[id].state == (uint32_t)state)
			return id;
	}
	return KEYRING_SLOTS;
}

enum keyring_error
keyring_add(struct keyring *ring, unsigned int *id)
{
	unsigned int active = active_slot(ring), fresh = next_slot(ring, active, KEYRING_EMPTY);

	/* Tokens of a retired key become forged ones when its id is used again: only at last. */
	if (fresh == KEYRING_SLOTS)
		fresh = next_slot(ring, active, KEYRING_RETIRED);
	if (fresh == KEYRING_SLOTS)
		return KEYRING_ERR_FULL;
	if (!random_octets(ring->slot[fresh].key, KEYRING_FLOW_KEY_SIZE))
		return KEYRING_ERR_RANDOM;
	ring->slot[fresh].state = KEYRING_ACCEPTED;
	*id = fresh;
	return KEYRING_OK;
}

enum keyring_error
keyring_activate(struct keyring *ring, unsigned int id)
{
	unsigned int active = active_slot(ring);

	if (id >= KEYRING_SLOTS || ring->slot[id].state == KEYRING_EMPTY)
		return KEYRING_ERR_NO_SLOT;
	if (ring->slot[id].state == KEYRING_RETIRED)
		return KEYRING_ERR_RETIRED;
	if (active < KEYRING_SLOTS)
		ring->slot[active].state = KEYRING_ACCEPTED;
	ring->slot[id].state = KEYRING_ACTIVE;
	return KEYRING_OK;
}

enum keyring_error
keyring_rotate(struct keyring *ring, unsigned int *id)
{
	enum keyring_error error = keyring_add(ring, id);

	return error == KEYRING_OK ? keyring_activate(ring, *id) : error;
}

enum keyring_error
keyring_retire(struct keyring *ring, unsigned int id)
{
	if (id >= KEYRING_SLOTS || ring->slot[id].state == KEYRING_EMPTY)
		return KEYRING_ERR_NO_SLOT;
	if (ring->slot[id].state == KEYRING_ACTIVE)
		return KEYRING_ERR_IN_USE;
	OPENSSL_cleanse(ring->slot[id].key, KEYRING_FLOW_KEY_SIZE);
	ring->slot[id].state = KEYRING_RETIRED;
	return KEYRING_OK;
}

void
keyring_fingerprint(const uint8_t *key, size_t len, char out[KEYRING_FINGERPRINT_LEN + 1])
{
	static const char label[] = "viaduct key fingerprint";
	uint8_t mac[HMAC_SHA256_SIZE];
	struct hmac_sha256 h;
	struct sip_writer w;

	hmac_sha256_init(&h, key, len);
	hmac_sha256_short(&h, (const uint8_t *)label, sizeof(label) - 1, mac);
	sip_writer_init(&w, out, KEYRING_FINGERPRINT_LEN);
	for (int i = 0; i < KEYRING_FINGERPRINT_LEN / 2; i++)
		sip_put_hex(&w, mac[i], 2);
	out[KEYRING_FINGERPRINT_LEN] = '\0';
	OPENSSL_cleanse(&h, sizeof(h));
}

/* A key of as many octets, of two MACs: of the label, the identity, and 1 or 2. */
static void
bind_key(uint8_t key[KEYRING_GRUU_KEY_SIZE], const uint8_t *identity, size_t len)
{
	static const char label[] = "viaduct gruu";
	uint8_t text[HMAC_SHORT_MAX], mac[2][HMAC_SHA256_SIZE];
	struct hmac_sha256 h;
	size_t n = sizeof(label) - 1;

	memcpy(text, label, n);
	memcpy(text + n, identity, len);
	n += len;
	hmac_sha256_init(&h, key, KEYRING_GRUU_KEY_SIZE);
	for (uint8_t i = 0; i < 2; i++) {
		text[n] = (uint8_t)(i + 1);
		hmac_sha256_short(&h, text, n + 1, mac[i]);
	}
	memcpy(key, mac, KEYRING_GRUU_KEY_SIZE);
	OPENSSL_cleanse(mac, sizeof(mac));
	OPENSSL_cleanse(&h, sizeof(h));
}

void
keyring_bind_gruu(struct keyring *ring, const uint8_t *identity, size_t len)
{
	assert(len <= 32);
	for (unsigned int i = 0; i < KEYRING_AGES; i++)
		if (ring->has_gruu[i] != 0)
			bind_key(ring->gruu_key[i], identity, len);
}

/*
 * The cipher's key must not tell the MAC's, nor be a MAC that stands in a token: no state of a
 * token begins like this label.
 */
static void
derive_cipher_key(struct flow_keys *keys, unsigned int id)
{
	static const char label[] = "viaduct flow token AES-128";
	uint8_t derived[HMAC_SHA256_SIZE];

	hmac_sha256_short(&keys->mac[id], (const uint8_t *)label, sizeof(label) - 1, derived);
	memcpy(keys->cipher[id], derived, AES128_KEY_SIZE);
	OPENSSL_cleanse(derived, sizeof(derived));
}

void
flow_keys_init(struct flow_keys *keys, const struct keyring *ring)
{
	memset(keys, 0, sizeof(*keys));
	keys->branch = siphash_key_load(ring->branch_key);
	keys->loop = siphash_key_load(ring->loop_key);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		uint32_t state = ring->slot[i].state;

		if (state != KEYRING_ACTIVE && state != KEYRING_ACCEPTED)
			continue;
		hmac_sha256_init(&keys->mac[i], ring->slot[i].key, KEYRING_FLOW_KEY_SIZE);
		hmac_sha1_init(&keys->draft_mac[i], ring->slot[i].key, HMAC_SHA1_SIZE);
		derive_cipher_key(keys, i);
		keys->usable[i] = 1;
		if (state == KEYRING_ACTIVE)
			keys->active = (uint8_t)i;
	}
}
