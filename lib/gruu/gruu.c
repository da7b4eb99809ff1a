/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu/gruu.h"

#include "sip/escape.h"
#include "sip/uri_char.h"

/* ---- reading ---- */

enum { GR, OPAQUE, GRID, PARAMS };

static const struct slice names[PARAMS] = { { "gr", 2 }, { "opaque", 6 }, { "grid", 4 } };

/* What a URI has of them. */
struct params {
	struct slice value[PARAMS];
	bool there[PARAMS];
	bool twice, too_long;
};

static inline bool
is_name(struct slice name, struct slice lower)
{
	const char *end = slice_end(name);

	return sip_uri_skip(name.ptr, end, lower, true) == end;
}

static void
take(struct params *p, unsigned int i, struct slice value)
{
	p->twice |= p->there[i];
	p->too_long |= value.len > GRUU_PARAM_MAX;
	p->there[i] = true;
	p->value[i] = value;
}

static void
find(struct slice rest, struct params *p)
{
	memset(p, 0, sizeof(*p));
	while (rest.ptr != NULL) {
		struct slice value = slice_cut(&rest, ';');
		struct slice name = slice_cut(&value, '=');

		for (unsigned int i = 0; i < PARAMS; i++)
			if (is_name(name, names[i]))
				take(p, i, value);
	}
}

static bool
is_urn(struct slice value)
{
	return sip_uri_skip(value.ptr, slice_end(value), SLICE("urn:"), true) != NULL;
}

/* `kind`, if there can be an instance-id of that value. */
static enum gruu_kind
with_instance(struct gruu *out, struct slice value, enum gruu_kind kind)
{
	out->instance_len = instance_from_gr(value, out->instance);
	return out->instance_len > 0 ? kind : GRUU_BAD;
}

static enum gruu_kind
kind_of(const struct temp_gruu_keys *keys, struct slice user, const struct params *p,
	struct gruu *out)
{
	bool is_gruu = p->there[GR] || (p->there[OPAQUE] && is_urn(p->value[OPAQUE]));

	if (p->too_long)
		return GRUU_TOO_LONG;
	if (is_gruu && p->twice)
		return GRUU_BAD;
	if (p->there[GR] && p->value[GR].len == 0)
		return temp_gruu_open(keys, user, &out->epoch) ? GRUU_TEMPORARY : GRUU_BAD;
	if (temp_gruu_looks_like(user))
		return GRUU_BAD;
	if (p->there[GR])
		return with_instance(out, p->value[GR], GRUU_PUBLIC);
	return is_gruu ? with_instance(out, p->value[OPAQUE], GRUU_DRAFT) : GRUU_NONE;
}

static inline void
set_kind(struct gruu *out, enum gruu_kind kind)
{
	out->kind = kind;
	out->epoch = 0;
	out->instance[0] = '\0';
	out->instance_len = 0;
	out->grid = SLICE_ABSENT;
	out->has_grid = false;
}

enum gruu_kind
gruu_of_uri(const struct temp_gruu_keys *keys, const struct sip_uri *uri, struct gruu *out)
{
	struct params p;

	set_kind(out, GRUU_NONE);
	if (uri->params.ptr == NULL && !temp_gruu_looks_like(uri->user))
		return GRUU_NONE;
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return GRUU_NONE;
	find(uri->params, &p);
	out->kind = kind_of(keys, uri->user, &p, out);
	if (out->kind == GRUU_NONE || gruu_status(out->kind) != 0)
		return out->kind;
	out->grid = p.value[GRID];
	out->has_grid = p.there[GRID];
	return out->kind;
}

/* ---- writing ---- */

/* An address as it is: what else a URI may have ends it, or the quotes around it. */
static void
put_address(struct sip_writer *w, struct slice text)
{
	bool good = text.len > 0;

	for (size_t i = 0; i < text.len; i++)
		good &= sip_char_is(text.ptr[i], SIP_CHAR_USER | SIP_CHAR_HOST | SIP_CHAR_PARAM) ||
			text.ptr[i] == '@';
	if (good)
		sip_put(w, text);
	else
		w->refused = true;
}

static void
put_scheme(struct sip_writer *w, bool sips)
{
	sip_put(w, sips ? SLICE("sips:") : SLICE("sip:"));
}

static void
put_instance(struct sip_writer *w, struct slice instance)
{
	w->refused |= instance.len == 0;
	sip_put_escaped(w, instance, SIP_ESCAPE_PARAM);
}

void
gruu_put_public(struct sip_writer *w, bool sips, struct slice aor, struct slice instance)
{
	put_scheme(w, sips);
	put_address(w, aor);
	SIP_PUT(w, ";gr=");
	put_instance(w, instance);
}

void
gruu_put_temp(struct sip_writer *w, bool sips, struct slice user, struct slice domain)
{
	put_scheme(w, sips);
	put_address(w, user);
	SIP_PUT(w, "@");
	put_address(w, domain);
	SIP_PUT(w, ";gr");
}

void
gruu_put_draft(struct sip_writer *w, bool sips, struct slice aor, struct slice instance)
{
	w->refused |= !instance_is_urn(instance);
	put_scheme(w, sips);
	put_address(w, aor);
	SIP_PUT(w, ";opaque=");
	put_instance(w, instance);
}
