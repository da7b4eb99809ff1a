/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu/instance.h"

#include "sip/escape.h"
#include "sip/field/syntax.h"
#include "sip/uri_char.h"

static bool
begins_with(struct slice s, struct slice lower)
{
	return s.len >= lower.len && slice_eq_nocase(slice_of(s.ptr, lower.len), lower);
}

bool
instance_is_urn(struct slice canonical)
{
	return begins_with(canonical, SLICE("urn:"));
}

/* How many octets of it are without case. */
static size_t
caseless_len(struct slice s)
{
	const char *colon;

	if (begins_with(s, SLICE("urn:uuid:")))
		return s.len;
	if (!instance_is_urn(s))
		return 0;
	colon = memchr(s.ptr + 4, ':', s.len - 4);
	return colon != NULL ? (size_t)(colon - s.ptr) : s.len;
}

static bool
fits_in_gr(struct slice canonical)
{
	char gr[INSTANCE_GR_MAX + 1];

	/* at most three octets for each */
	return 3 * canonical.len <= INSTANCE_GR_MAX || instance_to_gr(canonical, gr) > 0;
}

/* Escapes in `s` are complete: it is uric. */
static void
fold(struct slice s, char *out)
{
	size_t caseless = caseless_len(s), escape_end = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%')
			escape_end = i + 3;
		if (i < escape_end)
			out[i] = (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
		else
			out[i] = i < caseless ? slice_lower(c) : c;
	}
	out[s.len] = '\0';
}

static size_t
canonical_of(struct slice instance, char out[INSTANCE_MAX + 1])
{
	out[0] = '\0';
	if (instance.len == 0 || instance.len > INSTANCE_MAX || !sip_uric_is_valid(instance))
		return 0;
	fold(instance, out);
	if (!fits_in_gr(slice_of(out, instance.len))) {
		out[0] = '\0';
		return 0;
	}
	return instance.len;
}

size_t
instance_canonical(struct slice instance, char out[INSTANCE_MAX + 1])
{
	return canonical_of(sip_without_brackets(instance), out);
}

size_t
instance_to_gr(struct slice canonical, char out[INSTANCE_GR_MAX + 1])
{
	struct sip_writer w;
	size_t len;

	sip_writer_init(&w, out, INSTANCE_GR_MAX);
	sip_put_escaped(&w, canonical, SIP_ESCAPE_PARAM);
	len = sip_written(&w).len;
	out[len] = '\0';
	return len;
}

size_t
instance_from_gr(struct slice value, char out[INSTANCE_MAX + 1])
{
	const char *p = value.ptr, *end = slice_end(value);
	char plain[INSTANCE_MAX];
	size_t n = 0;

	while (p < end && n < sizeof(plain))
		plain[n++] = (char)sip_uri_octet(&p, end);
	return canonical_of(p == end ? slice_of(plain, n) : SLICE_ABSENT, out);
}
