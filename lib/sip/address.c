/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/address.h"

#include "sip/chars.h"
#include "sip/uri.h"

/* *(token LWS), octets above 127 tolerated: names in UTF-8 without quotes are common. */
static bool
display_is_valid(struct slice display)
{
	const char *end = slice_end(display);

	if (display.len > 0 && display.ptr[0] == '"')
		return sip_skip_quoted(display.ptr, end) == end;
	for (const char *p = display.ptr; p < end; p++)
		if (!sip_char_is(*p, SIP_CHAR_TOKEN | SIP_CHAR_LWS) && (uint8_t)*p < 0x80)
			return false;
	return true;
}

/* Header parameters: names are tokens, values tokens, hosts or quoted strings. */
static bool
params_are_valid(struct slice params)
{
	struct slice rest = params, name, value;

	while (sip_param_next(&rest, &name, &value)) {
		if (!sip_all(name, SIP_CHAR_TOKEN))
			return false;
		if (value.ptr == NULL)
			continue;
		if (value.len == 0)
			return false;
		if (value.ptr[0] == '"') {
			if (sip_skip_quoted(value.ptr, slice_end(value)) != slice_end(value))
				return false;
			continue;
		}
		for (size_t i = 0; i < value.len; i++)
			if ((uint8_t)value.ptr[i] <= ' ' || strchr("\"<>,?", value.ptr[i]) != NULL)
				return false;
	}
	return rest.ptr == NULL;
}

static bool
take_params(const char *p, const char *end, struct sip_address *address)
{
	p = sip_skip_lws(p, end);
	if (p == end)
		return true;
	if (*p != ';')
		return false;
	address->params = slice_between(p + 1, end);
	return params_are_valid(address->params);
}

/* Without <>: the URI may hold neither ';' nor '?' nor ',' of its own. */
static bool
addr_spec_decode(struct slice text, struct sip_address *address)
{
	const char *end = slice_end(text);
	const char *p = text.ptr;

	while (p < end && *p != ';' && !sip_char_is(*p, SIP_CHAR_LWS)) {
		if (*p == '?' || *p == ',' || *p == '"' || *p == '>')
			return false;
		p++;
	}
	address->uri = slice_between(text.ptr, p);
	return address->uri.len > 0 && memchr(address->uri.ptr, ':', address->uri.len) != NULL &&
	       take_params(p, end, address);
}

bool
sip_address_decode(struct slice text, struct sip_address *address)
{
	const char *end, *open, *close;

	memset(address, 0, sizeof(*address));
	text = sip_trim(text);
	if (text.len == 0)
		return false;
	end = slice_end(text);
	open = text.ptr;
	if (*open == '"') {
		open = sip_skip_quoted(open, end);
		if (open == NULL)
			return false;
	}
	open = memchr(open, '<', (size_t)(end - open));
	if (open == NULL)
		return text.ptr[0] != '"' && addr_spec_decode(text, address);
	/* A '<' behind the parameters of an addr-spec is no bracket; quotes hide one, too. */
	address->display = sip_trim(slice_between(text.ptr, open));
	if (!display_is_valid(address->display)) {
		address->display = SLICE_ABSENT;
		return text.ptr[0] != '"' && addr_spec_decode(text, address);
	}
	close = memchr(open, '>', (size_t)(end - open));
	if (close == NULL || close == open + 1)
		return false;
	address->bracketed = true;
	address->uri = slice_between(open + 1, close);
	if (sip_trim(address->uri).len != address->uri.len)
		return false;
	return take_params(close + 1, end, address);
}

struct slice
sip_address_param(const struct sip_address *address, struct slice name)
{
	struct slice value = SLICE_ABSENT;

	sip_param_find(address->params, name, &value);
	return value;
}

bool
sip_qvalue_decode(struct slice text, uint16_t *thousandths)
{
	uint32_t whole, value = 0, scale = 1000;
	struct slice fraction = text;
	struct slice head = slice_cut(&fraction, '.');

	if (!sip_uint(head, &whole) || head.len != 1 || whole > 1 || fraction.len > 3)
		return false;
	for (size_t i = 0; i < fraction.len; i++) {
		if (!sip_char_is(fraction.ptr[i], SIP_CHAR_DIGIT))
			return false;
		scale /= 10;
		value += (uint32_t)(fraction.ptr[i] - '0') * scale;
	}
	if (whole * 1000 + value > 1000)
		return false;
	*thousandths = (uint16_t)(whole * 1000 + value);
	return true;
}

struct slice
sip_unquote(struct slice text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return slice_of(text.ptr + 1, text.len - 2);
	return text;
}
