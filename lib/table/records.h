/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_RECORDS_H
#define TABLE_RECORDS_H

#include "guard/siphash.h"
#include "sip/slice.h"
#include "table/records_layout.h"
#include "table/segment.h"

/**
 * A table in shared memory: key -> record, of any octets. The binding table and the credentials
 * table are made of it.
 *
 * One writer (control), any number of readers in other processes, who map it read-only and never
 * wait. Buckets are one cache line of seven 64-bit entries; an entry is 16 bits of hash, 16 bits of
 * the record's version and the record's place, and is changed by one store, so a reader finds the
 * old record or the new one whatever the writer does and wherever it dies. A record that was
 * replaced stays as it is for RECORDS_LIMBO_MS; only then is its memory used again, under a new
 * version. Readers copy a record out and look at its version before and after
 * (docs/decisions/0002-binding-table.md, 0014-ten-million-bindings.md).
 *
 * A record may have aliases, numbers of 48 bits: a second index leads from each to the hash of the
 * record's key, so that nothing there changes when the record moves.
 */

#define RECORDS_UNIT 32 /* octets; records are multiples of it */

/** A record's memory is not used again for this long: 64*T1 and a margin (LD-29). */
#define RECORDS_LIMBO_MS 40000

/** No record. */
#define RECORDS_NONE UINT32_MAX

/** Header of a record. Offsets are from its first octet. */
struct records_record {
	_Atomic uint64_t version; /* odd while the writer fills the record in */
	uint64_t hash;            /* of the key, keyed */
	uint32_t size;            /* octets in use, header included */
	uint16_t units;           /* memory it takes */
	uint16_t count;           /* of what the table counts: bindings */
	uint16_t key_off, key_len;
	uint16_t rows; /* of the table's own: instances */
	uint16_t reserved;
};

_Static_assert(sizeof(struct records_record) == 32, "records ABI: record header size");

/** One cache line of an index. */
struct records_bucket {
	_Atomic uint64_t entry[RECORDS_SLOTS]; /* tag 16 | version 16 | unit + 1, 32; 0: empty */
	_Atomic uint32_t next;                 /* overflow bucket + 1; 0: none */
	uint32_t reserved;
};

_Static_assert(sizeof(struct records_bucket) == 64, "records ABI: bucket size");

/** Behind the segment header: what never changes, what seldom does, and the writer's numbers. */
struct records_header {
	struct segment_header segment;
	uint8_t hash_key[SIPHASH_KEY_SIZE];
	uint64_t buckets_off, overflow_off, aliases_off, alias_overflow_off, slab_off;
	uint32_t bucket_count, overflow_count;
	uint32_t alias_count, alias_overflow_count; /* buckets; 0: no aliases */
	uint32_t unit_count;
	uint32_t reserved32;
	uint64_t reserved64[6];

	_Alignas(64) _Atomic uint32_t units_reserved; /* there is memory behind so many */
	_Atomic uint32_t complete;
	uint8_t store_identity[16];

	_Alignas(64) _Atomic uint64_t version; /* of the record written last */
	_Atomic uint64_t keys;                 /* how many there are */
	_Atomic uint64_t items;                /* and what their records count */
	_Atomic uint64_t units_used;
	_Atomic uint64_t store_sequence;
	_Atomic uint32_t next_unit; /* never used so far from here on */
	uint32_t reserved;
};

_Static_assert(sizeof(struct records_header) == 384, "records ABI: header size");

/** An index as readers see it. */
struct records_index {
	const struct records_bucket *bucket, *overflow;
	uint32_t count, overflow_count;
};

/** A reader's view of a table: the mapping, its offsets checked. */
struct records {
	struct segment segment;
	const struct records_header *header;
	const uint8_t *slab;
	struct records_index index, aliases;
	struct siphash_key key;
	uint32_t unit_count;
	uint32_t generation; /* of the segment, low half */
	uint64_t populated;  /* so many octets are in the page table */
};

/** Map the table of this type in `dir`. Refuses one whose offsets do not fit. */
enum segment_error records_attach(struct records *t, const char *dir,
				  const struct segment_type *type);

void records_detach(struct records *t);

/** Take in what t->segment maps. False when its offsets do not fit. */
bool records_view(struct records *t);

/** Have the kernel map what the writer has added since the last call, ahead of the look-ups. */
void records_populate(struct records *t);

/** The keyed hash of a key. */
static inline uint64_t
records_hash(const struct records *t, struct slice key)
{
	return siphash(t->key, key.ptr, key.len);
}

static inline uint64_t
records_alias_hash(const struct records *t, uint64_t alias)
{
	return siphash(t->key, &alias, sizeof(alias));
}

static inline const struct records_record *
records_at(const struct records *t, uint32_t unit)
{
	return (const struct records_record *)(const void *)(t->slab +
							     (uint64_t)unit * RECORDS_UNIT);
}

/** Ask for the bucket of a hash, ahead of records_find(). */
static inline void
records_prefetch(const struct records_index *x, uint64_t hash)
{
	__builtin_prefetch(&x->bucket[hash_bucket(hash, x->count)]);
}

/** Ask for the record that the bucket names, once the bucket has arrived. */
void records_prefetch_record(const struct records *t, uint64_t hash);

/** What is looked for: records whose hash is `hash` in the bits of `mask`, and ... */
struct records_wanted {
	uint64_t hash, mask;
	const struct slice *key; /* ... that have this key, unless NULL ... */
	bool (*accept)(const struct records_record *copy,
		       void *context); /* ... and pass, likewise */
	void *context;
};

/**
 * Copy out the record that is wanted into `room` octets. Never blocks; looks again a bounded number
 * of times when the record changed under it. Returns where it was; RECORDS_NONE: there is none.
 */
uint32_t records_find(const struct records *t, const struct records_wanted *wanted, uint64_t *words,
		      uint32_t room);

/** The same by an alias; `wanted` has only `accept` and `context`, which check it. */
uint32_t records_find_alias(const struct records *t, uint64_t alias, struct records_wanted *wanted,
			    uint64_t *words, uint32_t room);

/** Copy out what is at `unit`: false when it is no whole record, or larger than `room` octets. */
bool records_copy(const struct records *t, uint32_t unit, uint64_t *words, uint32_t room);

/** A part of a copied record. False when it does not lie in it. Of no octets: absent. */
bool records_slice(const struct records_record *copy, uint16_t off, uint16_t len,
		   struct slice *out);

/** Where a walk over the table is; all zero to begin. */
struct records_walk {
	uint32_t bucket;
	uint32_t chain; /* overflow bucket + 1, or 0 */
	uint32_t hops;  /* in this chain */
	unsigned int slot;
};

/** The next entry that is not empty. False at the end. */
bool records_walk_entry(const struct records *t, struct records_walk *walk, uint64_t *entry);

/**
 * Copy out the next record; where it was. Misses or repeats what changes meanwhile. RECORDS_NONE at
 * the end.
 */
uint32_t records_walk_next(const struct records *t, struct records_walk *walk, uint64_t *words,
			   uint32_t room);

#endif
