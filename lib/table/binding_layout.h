/* SPDX-License-Identifier: BSD-3-Clause */
/** The bits of an index entry; shared by the reader and the writer of the binding table. */
#ifndef TABLE_BINDING_LAYOUT_H
#define TABLE_BINDING_LAYOUT_H

#include <stdint.h>

/** The bucket is chosen by the low bits of the hash, so the tag takes the high ones. */
static inline uint16_t
hash_tag(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
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

#endif
