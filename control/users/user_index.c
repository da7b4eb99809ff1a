/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_index.h"

#include <stdlib.h>

#include <openssl/rand.h>

enum {
	SHARD_BITS = 10,
	SHARDS = 1 << SHARD_BITS,
	SLOTS_LEAST = 16,
};

/* Open addressing, one slot after the other; hash 0 is an empty slot. */
struct shard {
	uint64_t *hash;
	uint32_t *number;
	uint32_t slots, used;
};

struct user_index {
	struct siphash_key key;
	uint64_t count;
	struct shard shard[SHARDS];
};

struct user_index *
user_index_open(void)
{
	struct user_index *x = calloc(1, sizeof(*x));
	uint8_t key[SIPHASH_KEY_SIZE];

	if (x == NULL || RAND_priv_bytes(key, sizeof(key)) != 1) {
		free(x);
		return NULL;
	}
	x->key = siphash_key_load(key);
	return x;
}

void
user_index_close(struct user_index *x)
{
	for (int i = 0; x != NULL && i < SHARDS; i++) {
		free(x->shard[i].hash);
		free(x->shard[i].number);
	}
	free(x);
}

uint64_t
user_index_count(const struct user_index *x)
{
	return x->count;
}

uint64_t
user_index_hash(const struct user_index *x, struct slice first, struct slice second)
{
	const uint64_t length = first.len;
	struct siphash h;
	uint64_t hash;

	siphash_init(&h, x->key, 0);
	siphash_update(&h, &length, sizeof(length));
	siphash_update(&h, first.ptr, first.len);
	if (second.len > 0)
		siphash_update(&h, second.ptr, second.len);
	hash = siphash_final(&h);
	return hash != 0 ? hash : 1;
}

static struct shard *
shard_of(struct user_index *x, uint64_t hash)
{
	return &x->shard[hash >> (64 - SHARD_BITS)];
}

/* Where a hash is, or would be. */
static uint32_t
slot_of(const struct shard *s, uint64_t hash)
{
	uint32_t mask = s->slots - 1, i = (uint32_t)hash & mask;

	while (s->hash[i] != 0 && s->hash[i] != hash)
		i = (i + 1) & mask;
	return i;
}

uint32_t *
user_index_find(struct user_index *x, uint64_t hash)
{
	const struct shard *s = shard_of(x, hash);
	uint32_t i = s->slots > 0 ? slot_of(s, hash) : 0;

	return s->slots > 0 && s->hash[i] == hash ? &s->number[i] : NULL;
}

static bool
grow(struct shard *s)
{
	uint32_t slots = s->slots > 0 ? s->slots * 2 : SLOTS_LEAST;
	struct shard larger = {
		.hash = calloc(slots, sizeof(*s->hash)),
		.number = calloc(slots, sizeof(*s->number)),
		.slots = slots,
		.used = s->used,
	};

	if (larger.hash == NULL || larger.number == NULL) {
		free(larger.hash);
		free(larger.number);
		return false;
	}
	for (uint32_t i = 0; i < s->slots; i++) {
		uint32_t to = s->hash[i] != 0 ? slot_of(&larger, s->hash[i]) : 0;

		if (s->hash[i] != 0) {
			larger.hash[to] = s->hash[i];
			larger.number[to] = s->number[i];
		}
	}
	free(s->hash);
	free(s->number);
	*s = larger;
	return true;
}

uint32_t *
user_index_put(struct user_index *x, uint64_t hash, bool *fresh)
{
	struct shard *s = shard_of(x, hash);
	uint32_t *there = user_index_find(x, hash), i;

	*fresh = there == NULL;
	if (there != NULL)
		return there;
	if (s->used >= s->slots / 4 * 3 && !grow(s))
		return NULL;
	i = slot_of(s, hash);
	s->hash[i] = hash;
	s->number[i] = 0;
	s->used++;
	x->count++;
	return &s->number[i];
}

void
user_index_remove(struct user_index *x, uint64_t hash)
{
	struct shard *s = shard_of(x, hash);
	uint32_t mask, hole, i;

	if (user_index_find(x, hash) == NULL)
		return;
	mask = s->slots - 1;
	hole = slot_of(s, hash);
	/* those behind it move up unless they would stand before their own place */
	for (i = (hole + 1) & mask; s->hash[i] != 0; i = (i + 1) & mask) {
		uint32_t home = (uint32_t)s->hash[i] & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		s->hash[hole] = s->hash[i];
		s->number[hole] = s->number[i];
		hole = i;
	}
	s->hash[hole] = 0;
	s->used--;
	x->count--;
}
