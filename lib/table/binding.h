/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_BINDING_H
#define TABLE_BINDING_H

#include "flow/address.h"
#include "table/records.h"

/**
 * The binding table: address of record -> contacts and instances, a table of records (records.h).
 * A look-up copies one record out; its parts are read from the copy. An instance's epoch, which
 * temporary GRUUs carry, is an alias of the record (docs/decisions/0014-ten-million-bindings.md).
 */

/** A record's memory is not used again for this long: 64*T1 and a margin (LD-29). */
#define BINDING_LIMBO_MS RECORDS_LIMBO_MS

/** Limits of one AOR. */
#define BINDING_MAX_CONTACTS 64
#define BINDING_RECORD_MAX 32768

#define BINDING_MAX_INSTANCES 64

/** The low bits of an epoch that count; an epoch is never 0. */
#define BINDING_EPOCH_MAX UINT64_C(0xffffffffffff)

/** One binding as stored, behind the record's header. Offsets from the record's first octet. */
struct binding_entry {
	uint64_t expires_ms;    /* CLOCK_REALTIME; this and the next field are changed in place */
	uint64_t updated_ms;    /* CLOCK_REALTIME of the last REGISTER */
	uint64_t registered_ms; /* CLOCK_REALTIME of the first one */
	uint16_t contact_off, contact_len; /* URI, without <> */
	uint16_t path_off, path_len;       /* Path values, comma-separated, topmost first */
	uint16_t q;                        /* thousandths */
	uint16_t instance;                 /* row of its instance + 1; 0: none */
	uint16_t flow_off;                 /* a struct flow; 0: none */
	uint16_t features_off;             /* length in 16 bits, then the text; 0: none */
	uint32_t reg_id;                   /* 0: none */
	uint32_t flags;                    /* BINDING_FLOW_ID */
};

_Static_assert(sizeof(struct binding_entry) == 48, "binding ABI: entry size");

/** One instance that the AOR has, or had, behind the entries. */
struct binding_row {
	uint64_t epoch;
	uint16_t off, len; /* +sip.instance, without quotes and <> */
	uint32_t flags;
};

_Static_assert(sizeof(struct binding_row) == 16, "binding ABI: instance row size");

extern const struct segment_type binding_segment_type;

/* ---- reading ---- */

/** A reader's view of the table. */
struct binding_table {
	union {
		struct records records;
		struct {
			struct segment segment;
			const struct records_header *header; /* NULL: not attached */
		};
	};
};

/** Which record, and which version of it: good for as long as it stays in limbo. */
struct binding_ref {
	uint32_t unit;
	uint32_t generation; /* of the segment, low half */
	uint64_t version;
};

/** A private copy of one record. */
struct binding_copy {
	struct binding_ref ref;
	union {
		struct records_record record; /* count: bindings; rows: instances */
		uint64_t words[BINDING_RECORD_MAX / 8];
	};
};

/** reg_id is the flow-id of the draft before RFC 5626. */
#define BINDING_FLOW_ID 0x1

/** One binding out of a copy; slices borrow from it. */
struct binding {
	struct slice contact;
	struct slice path;
	struct slice instance; /* absent, or that of one of the record's instances */
	struct slice
		features; /* feature parameters (RFC 3840 §9) with ';' between them; or absent */
	uint64_t expires_ms;
	uint64_t updated_ms;
	uint64_t registered_ms;
	uint32_t reg_id;
	uint32_t flags; /* BINDING_FLOW_ID */
	uint16_t q;
	struct flow flow; /* family 0: reached by Path or by the contact URI */
};

/** One instance of the AOR, with or without a binding; its slice borrows from the copy. */
struct binding_instance {
	struct slice id; /* +sip.instance, without quotes and <> */
	uint64_t epoch;  /* 48 bits, unique; 0: it has none yet */
	uint32_t flags;
};

/** Map the table in `dir`. Refuses one whose offsets do not fit. */
enum segment_error binding_table_attach(struct binding_table *t, const char *dir);

/** Have the kernel map what was added since: look-ups need not wait for that. Call now and then. */
void binding_table_populate(struct binding_table *t);

void binding_table_detach(struct binding_table *t);

/** The keyed hash of an AOR in canonical form (sip_uri_aor()). */
uint64_t binding_hash(const struct binding_table *t, struct slice aor);

/** Ask for the bucket, ahead of binding_find(). */
static inline void
binding_prefetch(const struct binding_table *t, uint64_t hash)
{
	records_prefetch(&t->records.index, hash);
}

/** Ask for what leads from an epoch to its record, ahead of binding_find_epoch(). */
static inline void
binding_prefetch_epoch(const struct binding_table *t, uint64_t epoch)
{
	records_prefetch(&t->records.aliases, records_alias_hash(&t->records, epoch));
}

/** Ask for the record that the bucket names, once the bucket has arrived. */
static inline void
binding_prefetch_record(const struct binding_table *t, uint64_t hash)
{
	records_prefetch_record(&t->records, hash);
}

/**
 * Copy out the record of an AOR. Never blocks; looks again a bounded number of times when the
 * record changed under it. False when there is none.
 */
bool binding_find(const struct binding_table *t, struct slice aor, uint64_t hash,
		  struct binding_copy *out);

/** Copy out the record whose AOR has this hash: the full 64 bits of it, from binding_hash(). */
bool binding_find_hash(const struct binding_table *t, uint64_t hash, struct binding_copy *out);

/**
 * Copy out the record that has an instance of this epoch; `*instance` is its row, for
 * binding_instance_get(). False when there is none.
 */
bool binding_find_epoch(const struct binding_table *t, uint64_t epoch, struct binding_copy *out,
			unsigned int *instance);

/** False: what is not found here may be in the store. */
bool binding_table_is_complete(const struct binding_table *t);

/** How many AORs there are, and how many bindings they have. */
uint64_t binding_table_aors(const struct binding_table *t);
uint64_t binding_table_bindings(const struct binding_table *t);

/** Which store the table shows, and up to which commit (binding_writer_set_store()). */
void binding_table_store(const struct binding_table *t, uint8_t identity[16], uint64_t *sequence);

/** Copy out the record that `ref` named; false when its memory has been used again since. */
bool binding_find_ref(const struct binding_table *t, struct binding_ref ref,
		      struct binding_copy *out);

/** Binding `i` of a copy. False when there is none, or the record is not sound. */
bool binding_get(const struct binding_copy *copy, unsigned int i, struct binding *out);

/** Some binding of a copy has features. */
bool binding_has_features(const struct binding_copy *copy);

/** Instance `i` of a copy. False when there is none, or the record is not sound. */
bool binding_instance_get(const struct binding_copy *copy, unsigned int i,
			  struct binding_instance *out);

/** The AOR of a copy. */
struct slice binding_aor(const struct binding_copy *copy);

/** Where a walk over the table is; all zero to begin, and for another generation. */
struct binding_walk {
	struct records_walk at;
};

/**
 * Walk the table: copy out the next record. Misses or repeats what changes meanwhile. False at the
 * end.
 */
bool binding_walk_next(const struct binding_table *t, struct binding_walk *walk,
		       struct binding_copy *out);

#endif
