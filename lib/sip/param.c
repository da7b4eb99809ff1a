/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/param.h"

#include "sip/chars.h"

/* The end of one parameter: the next ';' outside quotes. NULL when a quote does not end. */
static const char *
param_end(const char *p, const char *end)
{
	while (p < end && *p != ';') {
		if (*p == '"') {
			p = sip_skip_quoted(p, end);
			if (p == NULL)
				return NULL;
		} else {
			p++;
		}
	}
	return p;
}

bool
sip_param_next(struct slice *rest, struct slice *name, struct slice *value)
{
	const char *end, *stop;
	struct slice one;

	if (rest->ptr == NULL)
		return false;
	end = slice_end(*rest);
	stop = param_end(rest->ptr, end);
	if (stop == NULL)
		return false;
	one = slice_between(rest->ptr, stop);
	*value = one;
	*name = sip_trim(slice_cut(value, '='));
	if (value->ptr != NULL)
		*value = sip_trim(*value);
	if (name->len == 0)
		return false;
	*rest = stop < end ? slice_between(stop + 1, end) : SLICE_ABSENT;
	return true;
}

bool
sip_param_find(struct slice params, struct slice name, struct slice *value)
{
	struct slice rest = params, key, val;

	while (sip_param_next(&rest, &key, &val)) {
		if (slice_eq_nocase(key, name)) {
			if (value != NULL)
				*value = val;
			return true;
		}
	}
	return false;
}
