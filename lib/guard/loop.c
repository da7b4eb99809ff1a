/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop.h"

#include "sip/chars.h"
#include "sip/writer.h"

enum { CANONICAL_MAX = 1024, ITEMS_MAX = 1024 };

/* One item: tag, length in network order, value. */
static void
item(struct sip_writer *w, char tag, struct slice value)
{
	sip_put_char(w, tag);
	sip_put_char(w, (char)(value.len >> 8));
	sip_put_char(w, (char)value.len);
	sip_put(w, value);
}

/* Parameters in received order, names in lower case, values as they are. */
static void
put_params(struct sip_writer *w, struct slice params)
{
	while (params.ptr != NULL) {
		struct slice value = slice_cut(&params, ';');
		struct slice name = slice_cut(&value, '=');

		sip_put_char(w, ';');
		for (size_t i = 0; i < name.len; i++)
			sip_put_char(w, slice_lower(name.ptr[i]));
		if (value.ptr != NULL) {
			sip_put_char(w, '=');
			sip_put(w, value);
		}
	}
}

/* A URI that has no canonical form here (another scheme, too long): *aor ends at its parameters. */
static struct slice
as_written(const struct sip_uri *uri, struct slice *aor)
{
	*aor = uri->text;
	if (uri->params.ptr != NULL)
		aor->len = (size_t)(uri->params.ptr - 1 - uri->text.ptr);
	return uri->text;
}

/*
 * The Request-URI in the form of spec 3.2 tag U, into `out`; *aor gets its front part without
 * parameters. Anything but sip and sips is hashed as written.
 */
static struct slice
canonical_uri(const struct sip_uri *uri, char out[CANONICAL_MAX], struct slice *aor)
{
	struct sip_writer w;
	size_t n = sip_uri_aor(uri, out, CANONICAL_MAX - 1);

	if (n == 0)
		return as_written(uri, aor);
	if (uri->scheme == SIP_SCHEME_SIPS) {
		memmove(out + 4, out + 3, n - 3);
		out[3] = 's';
		n++;
	}
	*aor = slice_of(out, n);
	sip_writer_init(&w, out, CANONICAL_MAX);
	w.p += n;
	put_params(&w, uri->params);
	return w.overflow ? uri->text : slice_between(out, w.p);
}

/* Items that do not fit the buffer of loop_part_make(): the same octets, piece by piece. */
static void
hash_item(struct siphash *h, char tag, struct slice value)
{
	uint8_t head[3] = { (uint8_t)tag, (uint8_t)(value.len >> 8), (uint8_t)value.len };

	siphash_update(h, head, sizeof(head));
	siphash_update(h, value.ptr, value.len);
}

static uint64_t
hash_pieces(struct siphash_key key, const struct loop_input *in, struct slice uri,
	    struct slice number)
{
	struct siphash h;

	siphash_init(&h, key, 0);
	hash_item(&h, 'U', uri);
	for (unsigned int i = 0; i < in->own_route_count; i++)
		hash_item(&h, 'O', in->own_route[i]);
	if (in->next_route.ptr != NULL)
		hash_item(&h, 'N', in->next_route);
	hash_item(&h, 'I', in->call_id);
	hash_item(&h, 'C', number);
	return siphash_final(&h);
}

struct loop_part
loop_part_make(struct siphash_key key, const struct loop_input *in)
{
	char text[CANONICAL_MAX], digits[12], buffer[ITEMS_MAX];
	struct sip_writer number, w;
	struct slice aor, uri = canonical_uri(in->uri, text, &aor);
	struct loop_part part;

	sip_writer_init(&number, digits, sizeof(digits));
	sip_put_uint(&number, in->cseq);
	sip_writer_init(&w, buffer, sizeof(buffer));
	item(&w, 'U', uri);
	for (unsigned int i = 0; i < in->own_route_count; i++)
		item(&w, 'O', in->own_route[i]);
	if (in->next_route.ptr != NULL)
		item(&w, 'N', in->next_route);
	item(&w, 'I', in->call_id);
	item(&w, 'C', sip_written(&number));
	/* in one piece where it fits: short pieces cost SipHash as much as long ones */
	part.h1 = w.overflow ? hash_pieces(key, in, uri, sip_written(&number))
			     : siphash(key, buffer, (size_t)(w.p - buffer));
	sip_writer_init(&w, buffer, sizeof(buffer));
	item(&w, 'A', aor);
	if (w.overflow) {
		struct siphash h;

		siphash_init(&h, key, 0);
		hash_item(&h, 'A', aor);
		part.h2 = (uint32_t)siphash_final(&h);
	} else {
		part.h2 = (uint32_t)siphash(key, buffer, (size_t)(w.p - buffer));
	}
	return part;
}

static bool
hex_number(const char *p, unsigned int digits, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < digits; i++) {
		int d = sip_hex_value(p[i]);

		if (d < 0)
			return false;
		v = v << 4 | (unsigned int)d;
	}
	*out = v;
	return true;
}

bool
loop_part_find(struct slice branch, struct loop_part *part)
{
	const char *p;
	uint64_t h2;

	if (branch.len <= LOOP_PART_LEN)
		return false;
	p = slice_end(branch) - LOOP_PART_LEN;
	/* a dot is no digit: a branch has one of the two forms */
	if (p[0] != '.' && branch.len > LOOP_PART_LEN + BRANCH_TARGET_LEN)
		p -= BRANCH_TARGET_LEN;
	if (p[0] != '.' || slice_lower(p[1]) != 'l' || !hex_number(p + 2, 16, &part->h1) ||
	    !hex_number(p + 18, 8, &h2))
		return false;
	part->h2 = (uint32_t)h2;
	return true;
}
