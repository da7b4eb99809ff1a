/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/keys.h"

#include <openssl/crypto.h>

const struct segment_type keys_segment_type = {
	.kind = SEGMENT_KEYS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct keyring), sizeof(struct keyring_slot), 0),
	.name = "keys",
	.spare = true,
};

/* These keys are published already, as when control starts again. */
static bool
is_published(const char *dir, const struct keyring *ring)
{
	const struct keyring *now;
	struct segment s;
	bool same;

	if (keys_attach(&s, dir, &now) != SEGMENT_OK)
		return false;
	same = CRYPTO_memcmp(now, ring, sizeof(*ring)) == 0;
	segment_detach(&s);
	return same;
}

enum segment_error
keys_publish(const char *dir, const struct keyring *ring)
{
	struct segment s;
	enum segment_error error;

	if (is_published(dir, ring))
		return SEGMENT_OK;
	error = segment_create(&s, dir, &keys_segment_type, sizeof(struct keys_segment));
	if (error != SEGMENT_OK)
		return error;
	((struct keys_segment *)s.header)->ring = *ring;
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}

enum segment_error
keys_attach(struct segment *s, const char *dir, const struct keyring **ring)
{
	enum segment_error error = segment_attach(s, dir, &keys_segment_type, false);

	if (error != SEGMENT_OK)
		return error;
	if (s->size < sizeof(struct keys_segment)) {
		segment_detach(s);
		return SEGMENT_ERR_SHORT;
	}
	*ring = &((const struct keys_segment *)s->header)->ring;
	return SEGMENT_OK;
}
