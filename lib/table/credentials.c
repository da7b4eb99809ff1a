/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/credentials.h"

enum segment_error
credentials_table_attach(struct credentials_table *t, const char *dir)
{
	(void)dir;
	memset(t, 0, sizeof(*t));
	return SEGMENT_ERR_ABSENT;
}

void
credentials_table_detach(struct credentials_table *t)
{
	segment_detach(&t->segment);
	memset(t, 0, sizeof(*t));
}

bool
credentials_find(const struct credentials_table *t, struct slice username, struct slice realm,
		 struct credentials_copy *copy, struct credentials *out)
{
	(void)t;
	(void)username;
	(void)realm;
	(void)copy;
	(void)out;
	return false;
}

bool
credentials_has_aor(const struct credentials *c, struct slice aor)
{
	struct slice rest = c->aors;

	while (rest.len > 0) {
		const char *space = memchr(rest.ptr, ' ', rest.len);
		size_t n = space != NULL ? (size_t)(space - rest.ptr) : rest.len;

		if (slice_eq(slice_of(rest.ptr, n), aor))
			return n > 0;
		rest = n < rest.len ? slice_of(rest.ptr + n + 1, rest.len - n - 1) : SLICE_ABSENT;
	}
	return false;
}

bool
credentials_walk_next(const struct credentials_table *t, struct credentials_walk *walk,
		      struct credentials_copy *copy, struct credentials *out)
{
	(void)t;
	(void)walk;
	(void)copy;
	(void)out;
	return false;
}
