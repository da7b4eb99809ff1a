/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop.h"

#include "guard/siphash_inline.h"
#include "sip/writer.h"

enum { CANONICAL_MAX = 1024, ITEM_HEAD = 3 };

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

/* A URI that is canonical, or cannot be (another scheme, too long): *aor ends at its parameters. */
static struct slice
as_written(const struct sip_uri *uri, struct slice *aor)
{
	*aor = uri->text;
	if (uri->params.ptr != NULL)
		aor->len = (size_t)(uri->params.ptr - 1 - uri->text.ptr);
	return uri->text;
}

/*
 * It is in that form already, as most are: nothing to be decoded, left out, or put in lower case.
 * One with capitals in a parameter's value is not found out to be; that costs time only.
 */
static bool
is_canonical(const struct sip_uri *uri)
{
	const char *p = slice_end(uri->host), *end = slice_end(uri->text);

	if (uri->scheme != SIP_SCHEME_SIP || memcmp(uri->text.ptr, "sip:", 4) != 0 ||
	    uri->text.len >= CANONICAL_MAX || uri->password.ptr != NULL ||
	    uri->headers.ptr != NULL)
		return false;
	/* a port without leading zeros */
	if (p < end && *p == ':' && (uri->port == 0 || p[1] == '0'))
		return false;
	if (!sip_text_has_upper_or(uri->text, '%'))
		return true;
	/* capitals in the user part, escapes behind it */
	return !sip_text_has_upper(slice_between(uri->host.ptr, end)) &&
	       (uri->user.len == 0 || memchr(uri->user.ptr, '%', uri->user.len) == NULL);
}

/*
 * The Request-URI in the form of spec 3.2 tag U, into `out`; *aor gets its front part without
 * parameters. Anything but sip and sips is hashed as written.
 */
static struct slice
canonical_uri(const struct sip_uri *uri, char out[CANONICAL_MAX], struct slice *aor)
{
	struct sip_writer w;
	size_t n;

	if (is_canonical(uri))
		return as_written(uri, aor);
	n = sip_uri_aor(uri, out, CANONICAL_MAX - 1);
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

/* ---- items: one tag octet, length in network order, value ---- */

SIPHASH_INLINE void
put_head(struct siphash *h, char tag, size_t len)
{
	uint32_t swapped = __builtin_bswap16((uint16_t)len);

	siphash_put_few(h, (uint8_t)tag | swapped << 8, ITEM_HEAD);
}

SIPHASH_INLINE void
put_item(struct siphash *h, char tag, struct slice value)
{
	put_head(h, tag, value.len);
	siphash_put_text(h, value);
}

SIPHASH_INLINE void
put_further(struct siphash *h, const struct loop_further *x)
{
	put_head(h, 'X', x->name.len + 1 + x->value.len);
	siphash_put_text(h, x->name);
	siphash_put_few(h, '=', 1);
	siphash_put_text(h, x->value);
}

/* CSeq number, decimal. */
SIPHASH_INLINE void
put_cseq(struct siphash *h, uint32_t cseq)
{
	struct sip_writer w;
	char text[12];
	unsigned int n;
	uint64_t digits;

	if (cseq < SIP_WORD_DECIMAL_END) {
		digits = sip_word_decimal(cseq, &n);
		put_head(h, 'C', n);
		siphash_put_few(h, digits, n);
		return;
	}
	sip_writer_init(&w, text, sizeof(text));
	sip_put_uint(&w, cseq);
	put_item(h, 'C', sip_written(&w));
}

/* What few requests have. */
static __attribute__((noinline)) struct siphash
put_routes_and_further(struct siphash h, const struct loop_input *in)
{
	for (unsigned int i = 0; i < in->own_route_count; i++)
		put_item(&h, 'O', in->own_route[i]);
	if (in->next_route.ptr != NULL)
		put_item(&h, 'N', in->next_route);
	for (unsigned int i = 0; i < in->further_count && i < LOOP_FURTHER_MAX; i++)
		put_further(&h, &in->further[i]);
	return h;
}
/* Both hashes at once: neither waits for the other. */
struct loop_part
loop_part_make(struct siphash_key key, const struct loop_input *in)
{
	char text[CANONICAL_MAX];
	struct slice aor, uri = canonical_uri(in->uri, text, &aor);
	struct siphash h = siphash_start(key, false), a = h;
	struct loop_part part;
	size_t at;

	put_head(&h, 'U', uri.len);
	put_head(&a, 'A', aor.len);
	for (at = 0; at + 8 <= aor.len; at += 8) {
		siphash_put_word(&h, sip_word_load(uri.ptr + at), 8 * ITEM_HEAD);
		siphash_put_word(&a, sip_word_load(aor.ptr + at), 8 * ITEM_HEAD);
	}
	siphash_put_rest(&a, aor);
	part.h2 = (uint32_t)siphash_end(&a);
	siphash_put_from(&h, uri, at);
	if (in->own_route_count > 0 || in->next_route.ptr != NULL || in->further_count > 0)
		h = put_routes_and_further(h, in);
	put_item(&h, 'I', in->call_id);
	put_cseq(&h, in->cseq);
	part.h1 = siphash_end(&h);
	return part;
}

/* ---- its text ---- */

void
loop_part_write(char *out, const struct loop_part *part)
{
	memcpy(out, ".L", 2);
	sip_hex_write16(out + 2, part->h1);
	sip_hex_write8(out + 18, part->h2);
}

bool
loop_part_find(struct slice branch, struct loop_part *part)
{
	const char *p;

	if (branch.len <= LOOP_PART_LEN)
		return false;
	p = slice_end(branch) - LOOP_PART_LEN;
	/* a dot is no digit: a branch has one of the two forms */
	if (p[0] != '.' && branch.len > LOOP_PART_LEN + BRANCH_TARGET_LEN)
		p -= BRANCH_TARGET_LEN;
	return p[0] == '.' && slice_lower(p[1]) == 'l' && sip_hex_read16(p + 2, &part->h1) &&
	       sip_hex_read8(p + 18, &part->h2);
}
