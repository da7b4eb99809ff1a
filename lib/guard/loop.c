/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop.h"

#include "guard/siphash_inline.h"
#include "sip/writer.h"

enum { CANONICAL_MAX = 1024, ITEMS_MAX = 1024, ITEM_HEAD = 3, PUT_SPARE = 32 };
enum { CSEQ_MAX = 10 };
enum { OWN_ROUTES = sizeof(((struct loop_input *)0)->own_route) / sizeof(struct slice) };

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
	    uri->text.len >= CANONICAL_MAX || uri->password.ptr != NULL || uri->headers.ptr != NULL)
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

/* Where items go: behind one another into a buffer that has room, or, without one, into a hash. */
struct sink {
	char *p;
	struct siphash *hash;
};

/* The first `n` octets of `x`, up to 8. */
SIPHASH_INLINE void
put_few(struct sink *to, uint64_t x, unsigned int n)
{
	if (to->p == NULL) {
		siphash_update(to->hash, &x, n);
		return;
	}
	memcpy(to->p, &x, 8);
	to->p += n;
}

/* Into a buffer up to PUT_SPARE octets are written behind the text. */
SIPHASH_INLINE void
put_text(struct sink *to, struct slice text)
{
	const char *p = text.ptr, *end = slice_end(text);
	char *out = to->p, *behind;

	if (out == NULL) {
		siphash_update(to->hash, p, text.len);
		return;
	}
	to->p = behind = out + text.len;
	if (text.len >= 32) {
		for (end -= 32; p < end; p += 32, out += 32)
			memcpy(out, p, 32);
		memcpy(behind - 32, end, 32);
	} else if (text.len >= 16) {
		memcpy(out, p, 16);
		memcpy(behind - 16, end - 16, 16);
	} else if (text.len >= 8) {
		memcpy(out, p, 8);
		memcpy(behind - 8, end - 8, 8);
	} else {
		uint64_t x = sip_word_load_few(p, text.len);

		memcpy(out, &x, 8);
	}
}

SIPHASH_INLINE uint64_t
item_head(char tag, size_t len)
{
	return (uint8_t)tag | __builtin_bswap32((uint32_t)len) >> 8;
}

SIPHASH_INLINE void
put_item(struct sink *to, char tag, struct slice value)
{
	put_few(to, item_head(tag, value.len), ITEM_HEAD);
	put_text(to, value);
}

/*
 * The first item of a buffer: written in the words that the hash reads. A word that was written in
 * two pieces could not be read before both have left the processor's store queue.
 */
SIPHASH_INLINE void
put_first_item(struct sink *to, char tag, struct slice value)
{
	enum { FRONT = 8 - ITEM_HEAD };

	if (to->p == NULL || value.len < 8) {
		put_item(to, tag, value);
		return;
	}
	put_few(to, item_head(tag, value.len) | sip_word_load(value.ptr) << 8 * ITEM_HEAD, 8);
	put_text(to, slice_of(value.ptr + FRONT, value.len - FRONT));
}

SIPHASH_INLINE void
put_cseq(struct sink *to, uint32_t cseq)
{
	unsigned int n = sip_decimal_len(cseq);

	put_few(to, item_head('C', n), ITEM_HEAD);
	if (n > 8) {
		put_few(to, sip_word_decimal(cseq / SIP_WORD_DECIMALS) >> 8 * (16 - n), n - 8);
		n = 8;
	}
	put_few(to, sip_word_decimal(cseq % SIP_WORD_DECIMALS) >> 8 * (8 - n), n);
}

/* All items of H1, in the order of docs/wire.md, "Loop part". */
SIPHASH_INLINE void
put_items(struct sink *to, struct slice uri, const struct loop_input *in)
{
	put_first_item(to, 'U', uri);
	for (unsigned int i = 0; i < in->own_route_count && i < OWN_ROUTES; i++)
		put_item(to, 'O', in->own_route[i]);
	if (in->next_route.ptr != NULL)
		put_item(to, 'N', in->next_route);
	for (unsigned int i = 0; i < in->further_count && i < LOOP_FURTHER_MAX; i++) {
		const struct loop_further *x = &in->further[i];

		put_few(to, item_head('X', x->name.len + 1 + x->value.len), ITEM_HEAD);
		put_text(to, x->name);
		put_few(to, '=', 1);
		put_text(to, x->value);
	}
	put_item(to, 'I', in->call_id);
	put_cseq(to, in->cseq);
}

/* At most so many octets. */
static size_t
items_size(const struct loop_input *in)
{
	size_t n = 4 * ITEM_HEAD + CSEQ_MAX + in->call_id.len + in->next_route.len;

	for (unsigned int i = 0; i < in->own_route_count && i < OWN_ROUTES; i++)
		n += ITEM_HEAD + in->own_route[i].len;
	for (unsigned int i = 0; i < in->further_count && i < LOOP_FURTHER_MAX; i++)
		n += ITEM_HEAD + in->further[i].name.len + 1 + in->further[i].value.len;
	return n;
}

/* ---- the hashes ---- */

/* Of items of any length, piece by piece. */
static struct loop_part
hash_long(struct siphash_key key, const struct loop_input *in, struct slice uri, struct slice aor)
{
	struct siphash h, a;
	struct sink to = { .hash = &h }, aor_to = { .hash = &a };

	siphash_init(&h, key, 0);
	siphash_init(&a, key, 0);
	put_items(&to, uri, in);
	put_item(&aor_to, 'A', aor);
	return (struct loop_part){ siphash_final(&h), (uint32_t)siphash_final(&a) };
}

struct loop_part
loop_part_make(struct siphash_key key, const struct loop_input *in)
{
	char text[CANONICAL_MAX], items[ITEMS_MAX + PUT_SPARE], aor_item[ITEMS_MAX + PUT_SPARE];
	struct sink to = { .p = items }, aor_to = { .p = aor_item };
	struct slice aor, uri = canonical_uri(in->uri, text, &aor);
	size_t words, aor_words;
	uint64_t out[2];

	if (uri.len + items_size(in) > ITEMS_MAX)
		return hash_long(key, in, uri, aor);
	put_items(&to, uri, in);
	put_first_item(&aor_to, 'A', aor);
	words = siphash_pad(items, (size_t)(to.p - items));
	aor_words = siphash_pad(aor_item, (size_t)(aor_to.p - aor_item));
	siphash_pair(key, items, words, aor_item, aor_words, out);
	return (struct loop_part){ out[0], (uint32_t)out[1] };
}

/* ---- its text ---- */

void
loop_part_write(char *out, const struct loop_part *part)
{
	memcpy(out, ".L", 2);
	sip_hex_write16(out + 2, part->h1);
	/* the last of them once more */
	sip_hex_write16(out + 10, part->h1 << 32 | part->h2);
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
