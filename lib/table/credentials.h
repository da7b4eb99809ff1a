/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_CREDENTIALS_H
#define TABLE_CREDENTIALS_H

#include "auth/digest.h"
#include "table/records.h"

/**
 * The credentials table: username and realm -> digests (RFC 8760 §2.3) and the AORs that the user
 * may act as. Written by control, read by workers: a table of records (records.h); the file can be
 * read by its owner alone.
 */

#define CREDENTIALS_MD5 0x1
#define CREDENTIALS_SHA_256 0x2
#define CREDENTIALS_SHA_512_256 0x4

/** Octets of one user's record at most. */
#define CREDENTIALS_RECORD_MAX 4096

/** What is known of one user; slices borrow. */
struct credentials {
	struct slice username, realm;
	struct slice aors; /* canonical AORs (sip_uri_aor()), with one space between them */
	uint8_t have;      /* CREDENTIALS_MD5 and so on: which of these there are */
	uint8_t md5[16], sha256[32], sha512_256[32]; /* H(A1), binary */
};

/** A reader's view of the table. */
struct credentials_table {
	union {
		struct records records;
		struct {
			struct segment segment;
			const struct records_header *header; /* NULL: not attached */
		};
	};
};

/** A private copy of one user's record. */
struct credentials_copy {
	uint64_t words[CREDENTIALS_RECORD_MAX / 8];
};

/** Map the table in `dir`. Refuses one whose offsets do not fit. */
enum segment_error credentials_table_attach(struct credentials_table *t, const char *dir);

void credentials_table_detach(struct credentials_table *t);

/** Octets that stand for where the users are from. */
#define CREDENTIALS_SOURCE_SIZE 16

/** Whether the table was made of this source. */
bool credentials_table_is_of(const struct credentials_table *t,
			     const uint8_t source[CREDENTIALS_SOURCE_SIZE]);

/** Detach a table that nobody shall find any more: its file goes. Only for who writes such tables.
 */
void credentials_table_discard(struct credentials_table *t);

/**
 * Look a user up. `out` borrows from `copy`. Never blocks. Both names are compared octet by octet.
 * False when there is none.
 */
bool credentials_find(const struct credentials_table *t, struct slice username, struct slice realm,
		      struct credentials_copy *copy, struct credentials *out);

/** The hash of a user's names, for the two below; 0 when there cannot be such a user. */
uint64_t credentials_hash(const struct credentials_table *t, struct slice username,
			  struct slice realm);

/** Ask for the bucket of a hash, and, once that has arrived, for the record, ahead of the look-up.
 */
void credentials_prefetch(const struct credentials_table *t, uint64_t hash);
void credentials_prefetch_record(const struct credentials_table *t, uint64_t hash);

/** Whether the user may act as this AOR, in canonical form. */
bool credentials_has_aor(const struct credentials *c, struct slice aor);

/** Copy out H(A1) of the user for a base algorithm. False when there is none. */
bool credentials_ha1(const struct credentials *c, enum sip_digest_algorithm base,
		     uint8_t ha1[DIGEST_MAX]);

/** Where a walk over the table is; all zero to begin. */
struct credentials_walk {
	struct records_walk at;
};

/** The next user. What is put or removed meanwhile may be missed or repeated. False at the end. */
bool credentials_walk_next(const struct credentials_table *t, struct credentials_walk *walk,
			   struct credentials_copy *copy, struct credentials *out);

#endif
