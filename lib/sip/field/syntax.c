/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/syntax.h"

#include "sip/uri.h"

enum { DEL = 0x7f };

bool
sip_all_alphanum_or(struct slice s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sip_is_alphanum_or(s.ptr[i], others))
			return false;
	return s.len > 0;
}

bool
sip_lower_hex_is_valid(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sip_char_is(s.ptr[i], SIP_CHAR_HEX) || slice_lower(s.ptr[i]) != s.ptr[i])
			return false;
	return true;
}

bool
sip_decimal(struct slice s, uint64_t *out)
{
	uint64_t v = 0;

	if (!sip_all(s, SIP_CHAR_DIGIT))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v)) {
			v = UINT64_MAX;
			break;
		}
	*out = v;
	return true;
}

bool
sip_gen_value_is_valid(struct slice s)
{
	return sip_all(s, SIP_CHAR_TOKEN) || sip_quoted_is_valid(s) || sip_host_is_valid(s);
}

static bool
text_char_is_valid(char c)
{
	return sip_char_is(c, SIP_CHAR_LWS) || ((uint8_t)c > ' ' && c != DEL);
}

bool
sip_text_is_valid(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!text_char_is_valid(s.ptr[i]))
			return false;
	return true;
}

/* quoted-pair: anything but CR, LF and what is not ASCII. */
static bool
pair_is_valid(const char *p, const char *end)
{
	return end - p >= 2 && p[1] != '\r' && p[1] != '\n' && (uint8_t)p[1] <= DEL;
}

const char *
sip_skip_comment(const char *p, const char *end)
{
	unsigned int depth = 0;

	for (; p < end; p++) {
		if (*p == '\\') {
			if (!pair_is_valid(p, end))
				return NULL;
			p++;
		} else if (*p == '(') {
			if (++depth > SIP_COMMENT_DEPTH)
				return NULL;
		} else if (*p == ')') {
			if (--depth == 0)
				return p + 1;
		} else if (!text_char_is_valid(*p)) {
			return NULL;
		}
	}
	return NULL;
}

bool
sip_base64_is_valid(struct slice s, bool lws_allowed)
{
	size_t count = 0, padding = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (lws_allowed && sip_char_is(s.ptr[i], SIP_CHAR_LWS))
			continue;
		if (s.ptr[i] == '=')
			padding++;
		else if (padding > 0 || !sip_is_alphanum_or(s.ptr[i], "+/"))
			return false;
		count++;
	}
	return count > 0 && count % 4 == 0 && padding <= 2;
}

bool
sip_dot_atom_is_valid(struct slice s)
{
	struct slice rest = s;

	do {
		if (!sip_all(slice_cut(&rest, '.'), SIP_CHAR_TOKEN))
			return false;
	} while (rest.ptr != NULL);
	return true;
}

bool
sip_clean_msg_id_is_valid(struct slice s)
{
	struct slice right = s;
	struct slice left = slice_cut(&right, '@');

	return sip_dot_atom_is_valid(left) &&
	       (sip_dot_atom_is_valid(right) || sip_host_is_valid(right));
}

bool
sip_uric_is_valid(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '%' && (s.len - i < 3 || sip_hex_value(s.ptr[i + 1]) < 0 ||
					sip_hex_value(s.ptr[i + 2]) < 0))
			return false;
	return sip_all_alphanum_or(s, "%;/?:@&=+$,-_.!~*'()");
}

bool
sip_absolute_uri_is_valid(struct slice s)
{
	struct sip_uri uri;

	return s.len > 0 && sip_uri_decode(s, &uri);
}

bool
sip_uri_hostport_decode(struct slice s, struct slice *host, uint16_t *port)
{
	for (size_t i = 0; i < s.len; i++)
		if (sip_char_is(s.ptr[i], SIP_CHAR_LWS))
			return false;
	return s.len > 0 && sip_hostport_decode(s, host, port);
}

struct slice
sip_without_brackets(struct slice s)
{
	if (s.len >= 2 && s.ptr[0] == '<' && s.ptr[s.len - 1] == '>')
		return slice_of(s.ptr + 1, s.len - 2);
	return s;
}

bool
sip_params_behind(const char *p, const char *end, struct slice *params)
{
	p = sip_skip_lws(p, end);
	*params = p < end ? slice_between(p + 1, end) : SLICE_ABSENT;
	return p == end || *p == ';';
}

bool
sip_token_cut(struct slice value, struct slice *head, struct slice *params)
{
	*head = sip_head_cut(value, params);
	return sip_all(*head, SIP_CHAR_TOKEN);
}

bool
sip_word_cut(struct slice value, struct slice *head, struct slice *params)
{
	const char *behind;

	value = sip_trim(value);
	if (value.len == 0 || value.ptr[0] != '"')
		return sip_token_cut(value, head, params);
	behind = sip_quoted_skip(value.ptr, slice_end(value));
	if (behind == NULL)
		return false;
	*head = slice_between(value.ptr, behind);
	return sip_params_behind(behind, slice_end(value), params);
}

bool
sip_enclosed_uri_cut(struct slice value, struct slice *uri, struct slice *params)
{
	const char *close;

	value = sip_trim(value);
	if (value.len == 0 || *value.ptr != '<')
		return false;
	close = memchr(value.ptr, '>', value.len);
	if (close == NULL)
		return false;
	*uri = slice_between(value.ptr + 1, close);
	return sip_absolute_uri_is_valid(*uri) &&
	       sip_params_behind(close + 1, slice_end(value), params);
}

/* Take a token at `p`, empty when there is none, and the LWS behind it. */
static const char *
take_token(const char *p, const char *end, struct slice *token)
{
	const char *stop = sip_char_span(p, end, SIP_CHAR_TOKEN);

	*token = slice_between(p, stop);
	return sip_skip_lws(stop, end);
}

bool
sip_media_cut(struct slice value, struct slice *type, struct slice *subtype, struct slice *params)
{
	const char *p, *end;

	value = sip_trim(value);
	end = slice_end(value);
	p = take_token(value.ptr, end, type);
	if (type->len == 0 || p == end || *p != '/')
		return false;
	p = take_token(sip_skip_lws(p + 1, end), end, subtype);
	return subtype->len > 0 && sip_params_behind(p, end, params);
}

unsigned int
sip_word_find(struct slice word, const char *const *table, size_t count)
{
	for (unsigned int i = 1; i < count; i++)
		if (slice_eq_nocase(word, slice_str(table[i])))
			return i;
	return 0;
}
