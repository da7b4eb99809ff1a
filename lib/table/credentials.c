/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/credentials.h"

#include <unistd.h>

#include "table/credentials_layout.h"

const struct segment_type credentials_segment_type = {
	.kind = SEGMENT_CREDENTIALS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct records_header), sizeof(struct credentials_body),
				 sizeof(struct records_record) + 256 * RECORDS_UNIT),
	.name = "credentials",
	.sparse = true,
};

enum segment_error
credentials_table_attach(struct credentials_table *t, const char *dir)
{
	return records_attach(&t->records, dir, &credentials_segment_type);
}

void
credentials_table_detach(struct credentials_table *t)
{
	records_detach(&t->records);
}

bool
credentials_table_is_of(const struct credentials_table *t,
			const uint8_t source[CREDENTIALS_SOURCE_SIZE])
{
	_Static_assert(sizeof(t->header->store_identity) == CREDENTIALS_SOURCE_SIZE, "its place");
	return memcmp(t->header->store_identity, source, CREDENTIALS_SOURCE_SIZE) == 0;
}

void
credentials_table_discard(struct credentials_table *t)
{
	unlink(t->segment.path);
	credentials_table_detach(t);
}

struct slice
credentials_key(struct slice username, struct slice realm, char out[CREDENTIALS_NAMES_MAX])
{
	uint16_t len = (uint16_t)username.len;

	if (username.len > CREDENTIALS_NAMES_MAX || realm.len > CREDENTIALS_NAMES_MAX ||
	    sizeof(len) + username.len + realm.len > CREDENTIALS_NAMES_MAX)
		return SLICE_ABSENT;
	memcpy(out, &len, sizeof(len));
	if (username.len > 0)
		memcpy(out + sizeof(len), username.ptr, username.len);
	if (realm.len > 0)
		memcpy(out + sizeof(len) + username.len, realm.ptr, realm.len);
	return slice_of(out, sizeof(len) + username.len + realm.len);
}

bool
credentials_read(const struct records_record *r, struct credentials *out)
{
	const struct credentials_body *b = (const struct credentials_body *)(r + 1);
	struct slice key;
	uint16_t len;

	if (r->size < sizeof(*r) + sizeof(*b) || !records_slice(r, r->key_off, r->key_len, &key) ||
	    key.len < sizeof(len) || !records_slice(r, b->aors_off, b->aors_len, &out->aors))
		return false;
	memcpy(&len, key.ptr, sizeof(len));
	if (len > key.len - sizeof(len))
		return false;
	out->username = slice_of(key.ptr + sizeof(len), len);
	out->realm = slice_of(key.ptr + sizeof(len) + len, key.len - sizeof(len) - len);
	out->have = (uint8_t)b->have;
	memcpy(out->md5, b->md5, sizeof(out->md5));
	memcpy(out->sha256, b->sha256, sizeof(out->sha256));
	memcpy(out->sha512_256, b->sha512_256, sizeof(out->sha512_256));
	return true;
}

static const struct records_record *
record_of(const struct credentials_copy *copy)
{
	return (const struct records_record *)(const void *)copy->words;
}

bool
credentials_find(const struct credentials_table *t, struct slice username, struct slice realm,
		 struct credentials_copy *copy, struct credentials *out)
{
	char text[CREDENTIALS_NAMES_MAX];
	struct slice key = credentials_key(username, realm, text);
	struct records_wanted wanted = { .mask = UINT64_MAX, .key = &key };

	if (key.ptr == NULL)
		return false;
	wanted.hash = records_hash(&t->records, key);
	return records_find(&t->records, &wanted, copy->words, sizeof(copy->words)) !=
		       RECORDS_NONE &&
	       credentials_read(record_of(copy), out);
}

uint64_t
credentials_hash(const struct credentials_table *t, struct slice username, struct slice realm)
{
	char text[CREDENTIALS_NAMES_MAX];
	struct slice key = credentials_key(username, realm, text);

	return key.ptr != NULL ? records_hash(&t->records, key) : 0;
}

void
credentials_prefetch(const struct credentials_table *t, uint64_t hash)
{
	records_prefetch(&t->records.index, hash);
}

void
credentials_prefetch_record(const struct credentials_table *t, uint64_t hash)
{
	records_prefetch_record(&t->records, hash);
}

bool
credentials_has_aor(const struct credentials *c, struct slice aor)
{
	struct slice rest = c->aors;

	while (rest.len > 0) {
		const char *space = memchr(rest.ptr, ' ', rest.len);
		size_t n = space != NULL ? (size_t)(space - rest.ptr) : rest.len;

		if (n > 0 && slice_eq(slice_of(rest.ptr, n), aor))
			return true;
		rest = n < rest.len ? slice_of(rest.ptr + n + 1, rest.len - n - 1) : SLICE_ABSENT;
	}
	return false;
}

bool
credentials_ha1(const struct credentials *c, enum sip_digest_algorithm base,
		uint8_t ha1[DIGEST_MAX])
{
	if (base == SIP_DIGEST_MD5 && (c->have & CREDENTIALS_MD5) != 0)
		memcpy(ha1, c->md5, sizeof(c->md5));
	else if (base == SIP_DIGEST_SHA_256 && (c->have & CREDENTIALS_SHA_256) != 0)
		memcpy(ha1, c->sha256, sizeof(c->sha256));
	else if (base == SIP_DIGEST_SHA_512_256 && (c->have & CREDENTIALS_SHA_512_256) != 0)
		memcpy(ha1, c->sha512_256, sizeof(c->sha512_256));
	else
		return false;
	return true;
}

bool
credentials_walk_next(const struct credentials_table *t, struct credentials_walk *walk,
		      struct credentials_copy *copy, struct credentials *out)
{
	while (records_walk_next(&t->records, &walk->at, copy->words, sizeof(copy->words)) !=
	       RECORDS_NONE)
		if (credentials_read(record_of(copy), out))
			return true;
	return false;
}
