/* SPDX-License-Identifier: BSD-3-Clause */
/** What a record of the credentials table holds; shared by its readers and its writer. */
#ifndef TABLE_CREDENTIALS_LAYOUT_H
#define TABLE_CREDENTIALS_LAYOUT_H

#include "table/credentials.h"

/** Octets of username and realm together, and of the length between them. */
#define CREDENTIALS_NAMES_MAX 1024

/** Behind the record's header. */
struct credentials_body {
	uint32_t have;
	uint16_t aors_off, aors_len;
	uint8_t md5[16], sha256[32], sha512_256[32];
};

_Static_assert(sizeof(struct credentials_body) == 88, "credentials ABI: body size");

extern const struct segment_type credentials_segment_type;

/** The key of a user: the username's length, the username, the realm. Absent: it is too long. */
struct slice credentials_key(struct slice username, struct slice realm,
			     char out[CREDENTIALS_NAMES_MAX]);

/** Read a record, with every offset checked. False when it is not sound. */
bool credentials_read(const struct records_record *r, struct credentials *out);

#endif
