/* SPDX-License-Identifier: BSD-3-Clause */
/** The bits of index entries; shared by readers and the writer of tables of records. */
#ifndef TABLE_RECORDS_LAYOUT_H
#define TABLE_RECORDS_LAYOUT_H

#include <stdint.h>

/** Longer chains than this are neither made nor followed. */
#define RECORDS_CHAIN_MAX 32

#define RECORDS_SLOTS 7 /* of a bucket */

/** What an alias keeps of a key's hash: enough to find its bucket and its entry there. */
#define HASH_LOW UINT64_C(0xffffffffffff)

/** Which of `count` buckets: by the low 32 bits. */
static inline uint32_t
hash_bucket(uint64_t hash, uint32_t count)
{
	return (uint32_t)((uint64_t)(uint32_t)hash * count >> 32);
}

/** The bucket is chosen by the low 32 bits of the hash, so the tag takes the next ones. */
static inline uint16_t
hash_tag(uint64_t hash)
{
	return (uint16_t)(hash >> 32);
}

static inline uint64_t
entry_make(uint64_t hash, uint64_t version, uint32_t unit)
{
	return (uint64_t)hash_tag(hash) << 48 | (uint64_t)(uint16_t)(version >> 1) << 32 |
	       (uint64_t)(unit + 1);
}

static inline uint16_t
entry_tag(uint64_t entry)
{
	return (uint16_t)(entry >> 48);
}

/** Low bits of the record's version, without the bit that says "being written". */
static inline uint16_t
entry_version(uint64_t entry)
{
	return (uint16_t)(entry >> 32);
}

static inline uint32_t
entry_unit(uint64_t entry)
{
	return (uint32_t)entry - 1;
}

/** An alias: `hash` is its own, `key_hash` that of the key it leads to. Never 0. */
static inline uint64_t
alias_make(uint64_t hash, uint64_t key_hash)
{
	return (uint64_t)(hash_tag(hash) | 1) << 48 | (key_hash & HASH_LOW);
}

#endif
