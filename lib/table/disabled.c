/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/disabled.h"

#include <string.h>

const struct segment_type disabled_segment_type = {
	.kind = SEGMENT_DISABLED,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct disabled), DISABLED_AOR_MAX, DISABLED_MAX),
	.name = "disabled",
	.spare = true,
};

static bool
is_sound(const struct disabled_row *row)
{
	return row->len > 0 && row->len <= DISABLED_AOR_MAX &&
	       (row->status == 403 || row->status == 480);
}

int
disabled_find(const struct disabled *d, struct slice aor)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (slice_eq(slice_of(d->row[i].aor, d->row[i].len), aor))
			return (int)i;
	return -1;
}

bool
disabled_add(struct disabled *d, struct slice aor, uint16_t status)
{
	struct disabled_row row = { .status = status, .len = (uint16_t)aor.len };
	int i = disabled_find(d, aor);

	if (aor.len > DISABLED_AOR_MAX || !is_sound(&row) || (i < 0 && d->count == DISABLED_MAX))
		return false;
	memcpy(row.aor, aor.ptr, aor.len);
	d->row[i >= 0 ? (uint32_t)i : d->count++] = row;
	return true;
}

bool
disabled_remove(struct disabled *d, struct slice aor)
{
	int i = disabled_find(d, aor);

	if (i < 0)
		return false;
	d->row[i] = d->row[--d->count];
	memset(&d->row[d->count], 0, sizeof(d->row[0]));
	return true;
}

enum segment_error
disabled_publish(const char *dir, const struct disabled *d)
{
	enum segment_error error;
	struct segment s;

	error = segment_create(&s, dir, &disabled_segment_type, sizeof(struct disabled_segment));
	if (error != SEGMENT_OK)
		return error;
	((struct disabled_segment *)s.header)->disabled = *d;
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}

enum segment_error
disabled_attach(struct segment *s, const char *dir)
{
	enum segment_error error = segment_attach(s, dir, &disabled_segment_type, false);

	if (error == SEGMENT_OK && s->size < sizeof(struct disabled_segment)) {
		segment_detach(s);
		error = SEGMENT_ERR_SHORT;
	}
	return error;
}

bool
disabled_get(const struct segment *s, uint32_t i, struct slice *aor, uint16_t *status)
{
	const struct disabled *d = &((const struct disabled_segment *)s->header)->disabled;

	if (i >= DISABLED_MAX || i >= d->count || !is_sound(&d->row[i]))
		return false;
	*aor = slice_of(d->row[i].aor, d->row[i].len);
	*status = d->row[i].status;
	return true;
}
