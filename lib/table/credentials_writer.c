/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/credentials_writer.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "table/credentials_layout.h"
#include "table/records_writer.h"

enum { OCTETS_EACH = 320 };

struct credentials_writer {
	struct records_writer *records;
	struct credentials_table view;
	uint64_t draft[CREDENTIALS_RECORD_MAX / 8];
};

const char *
credentials_error_text(enum credentials_error error)
{
	static const char *const texts[] = {
		[CREDENTIALS_OK] = "no error",
		[CREDENTIALS_ERR_FULL] = "no memory left for the credentials table",
		[CREDENTIALS_ERR_TOO_LARGE] = "longer names or more AORs than one user may have",
		[CREDENTIALS_ERR_ABSENT] = "no such user",
	};

	return texts[error];
}

static bool
is_sound(const struct records_record *r)
{
	struct credentials ignored;

	return credentials_read(r, &ignored);
}

static const struct records_type type = {
	.segment = &credentials_segment_type,
	.record_max = CREDENTIALS_RECORD_MAX,
	.is_sound = is_sound,
};

/* The table may have been replaced by a larger one. */
static void
look_again(struct credentials_writer *w)
{
	const struct records *now = records_writer_view(w->records);

	if (w->view.header != now->header)
		w->view.records = *now;
}

struct credentials_writer *
credentials_writer_open(const char *dir, uint32_t users, uint64_t (*clock_ms)(void),
			enum segment_error *error)
{
	const struct records_capacity c = { .keys = users, .octets_each = OCTETS_EACH };
	struct credentials_writer *w = calloc(1, sizeof(*w));

	*error = SEGMENT_ERR_SPACE;
	if (w == NULL)
		return NULL;
	w->records = records_writer_open(&type, dir, &c, clock_ms, error);
	if (w->records == NULL) {
		free(w);
		return NULL;
	}
	look_again(w);
	return w;
}

void
credentials_writer_set_source(struct credentials_writer *w,
			      const uint8_t source[CREDENTIALS_SOURCE_SIZE])
{
	records_writer_set_store(w->records, source, 0);
}

enum segment_error
credentials_writer_publish(struct credentials_writer *w)
{
	return records_writer_publish(w->records);
}

const struct credentials_table *
credentials_writer_table(const struct credentials_writer *w)
{
	return &w->view;
}

/* Lay the record out. False when it is too large. */
static bool
lay_out(struct credentials_writer *w, const struct credentials *c)
{
	struct records_record *r = (struct records_record *)(void *)w->draft;
	struct credentials_body *b = (struct credentials_body *)(r + 1);
	char names[CREDENTIALS_NAMES_MAX];
	struct slice key = credentials_key(c->username, c->realm, names);
	size_t at = sizeof(*r) + sizeof(*b);

	if (key.ptr == NULL || c->aors.len > sizeof(w->draft) ||
	    at + key.len + c->aors.len > sizeof(w->draft))
		return false;
	memset(w->draft, 0, sizeof(w->draft));
	r->key_off = (uint16_t)at;
	r->key_len = (uint16_t)key.len;
	b->have = c->have;
	b->aors_off = (uint16_t)(at + key.len);
	b->aors_len = (uint16_t)c->aors.len;
	memcpy(b->md5, c->md5, sizeof(b->md5));
	memcpy(b->sha256, c->sha256, sizeof(b->sha256));
	memcpy(b->sha512_256, c->sha512_256, sizeof(b->sha512_256));
	memcpy((char *)r + r->key_off, key.ptr, key.len);
	if (c->aors.len > 0)
		memcpy((char *)r + b->aors_off, c->aors.ptr, c->aors.len);
	r->size = (uint32_t)(at + key.len + c->aors.len);
	return true;
}

enum credentials_error
credentials_writer_put(struct credentials_writer *w, const struct credentials *c)
{
	enum records_error error;

	if (!lay_out(w, c))
		return CREDENTIALS_ERR_TOO_LARGE;
	error = records_writer_put(w->records, w->draft);
	OPENSSL_cleanse(w->draft, sizeof(w->draft));
	look_again(w);
	return error == RECORDS_OK ? CREDENTIALS_OK : CREDENTIALS_ERR_FULL;
}

enum credentials_error
credentials_writer_remove(struct credentials_writer *w, struct slice username, struct slice realm)
{
	char names[CREDENTIALS_NAMES_MAX];
	struct slice key = credentials_key(username, realm, names);

	if (key.ptr == NULL || records_writer_remove(w->records, key) != RECORDS_OK)
		return CREDENTIALS_ERR_ABSENT;
	return CREDENTIALS_OK;
}

bool
credentials_writer_step(struct credentials_writer *w, unsigned int records)
{
	bool more = records_writer_step(w->records, records);

	look_again(w);
	return more;
}

void
credentials_writer_beat(struct credentials_writer *w)
{
	records_writer_beat(w->records);
}

void
credentials_writer_close(struct credentials_writer *w)
{
	if (w == NULL)
		return;
	records_writer_close(w->records);
	free(w);
}
