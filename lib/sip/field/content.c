/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/content.h"

#include "sip/field/known_param.h"

bool
sip_content_type_decode(struct slice value, struct sip_content_type *out)
{
	const struct sip_known_param known[] = {
		{ SLICE("boundary"), SIP_PARAM_MEDIA, &out->boundary },
	};

	return sip_media_cut(value, &out->type, &out->subtype, &out->params) &&
	       sip_media_params_decode(out->params, known, SIP_COUNT(known));
}

static const char *const dispositions[SIP_DISPOSITION_COUNT] = {
	[SIP_DISPOSITION_RENDER] = "render",
	[SIP_DISPOSITION_SESSION] = "session",
	[SIP_DISPOSITION_ICON] = "icon",
	[SIP_DISPOSITION_ALERT] = "alert",
	[SIP_DISPOSITION_EARLY_SESSION] = "early-session",
	[SIP_DISPOSITION_AIB] = "aib",
	[SIP_DISPOSITION_SIGNAL] = "signal",
	[SIP_DISPOSITION_RECIPIENT_LIST] = "recipient-list",
	[SIP_DISPOSITION_INFO_PACKAGE] = "info-package",
	[SIP_DISPOSITION_BY_REFERENCE] = "by-reference",
	[SIP_DISPOSITION_RECORDING_SESSION] = "recording-session",
	[SIP_DISPOSITION_ATTACHMENT] = "attachment",
	[SIP_DISPOSITION_INLINE] = "inline",
};

bool
sip_content_disposition_decode(struct slice value, struct sip_content_disposition *out)
{
	static const char *const handlings[] = {
		[SIP_HANDLING_REQUIRED] = "required",
		[SIP_HANDLING_OPTIONAL] = "optional",
	};
	const struct sip_known_param known[] = {
		{ SLICE("handling"), SIP_PARAM_TOKEN, &out->handling_text },
	};

	if (!sip_token_cut(value, &out->type_text, &out->params) ||
	    !sip_known_params_decode(out->params, known, SIP_COUNT(known)))
		return false;
	out->type = SIP_WORD_FIND(out->type_text, dispositions);
	out->handling = SIP_HANDLING_REQUIRED;
	if (out->handling_text.ptr != NULL)
		out->handling = SIP_WORD_FIND(out->handling_text, handlings);
	return true;
}

bool
sip_language_tag_is_valid(struct slice tag)
{
	struct slice rest = tag;
	bool primary = true;

	do {
		struct slice part = slice_cut(&rest, '-');

		if (part.len < 1 || part.len > 8)
			return false;
		for (size_t i = 0; i < part.len; i++)
			if (!(primary ? sip_is_letter(part.ptr[i]) : sip_is_alphanum(part.ptr[i])))
				return false;
		primary = false;
	} while (rest.ptr != NULL);
	return true;
}

bool
sip_content_language_decode(struct slice value, struct slice *tag)
{
	*tag = sip_trim(value);
	return sip_language_tag_is_valid(*tag);
}

/* dot-atom-text of RFC 5322 §3.2.3, wider than sip_dot_atom_is_valid(). */
static bool
dot_atom_is_valid(struct slice s)
{
	struct slice rest = s;

	do {
		struct slice atom = slice_cut(&rest, '.');

		if (atom.len == 0)
			return false;
		for (size_t i = 0; i < atom.len; i++)
			if ((uint8_t)atom.ptr[i] <= ' ' || (uint8_t)atom.ptr[i] >= 0x7f ||
			    strchr("()<>[]:;@\\,\"", atom.ptr[i]) != NULL)
				return false;
	} while (rest.ptr != NULL);
	return true;
}

/* no-fold-literal of RFC 5322 §3.6.4: '[' *dtext ']'. */
static bool
literal_is_valid(struct slice s)
{
	if (s.len < 2 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	for (size_t i = 1; i < s.len - 1; i++)
		if ((uint8_t)s.ptr[i] <= ' ' || (uint8_t)s.ptr[i] >= 0x7f ||
		    strchr("[]\\", s.ptr[i]) != NULL)
			return false;
	return true;
}

bool
sip_content_id_decode(struct slice value, struct slice *id)
{
	struct slice left, right;

	*id = right = sip_without_brackets(sip_trim(value));
	left = slice_cut(&right, '@');
	return dot_atom_is_valid(left) && (dot_atom_is_valid(right) || literal_is_valid(right));
}

bool
sip_content_id_eq_url(struct slice id, struct slice url)
{
	struct slice rest = url;
	const char *p, *end;
	size_t n = 0;

	if (!slice_eq_nocase(slice_cut(&rest, ':'), SLICE("cid")) || rest.ptr == NULL)
		return false;
	for (p = rest.ptr, end = slice_end(rest); p < end; p++, n++) {
		char c = *p;

		if (c == '%') {
			if (end - p < 3 || sip_hex_value(p[1]) < 0 || sip_hex_value(p[2]) < 0)
				return false;
			c = (char)(sip_hex_value(p[1]) << 4 | sip_hex_value(p[2]));
			p += 2;
		}
		if (n >= id.len || id.ptr[n] != c)
			return false;
	}
	return n > 0 && n == id.len;
}

bool
sip_mime_version_decode(struct slice value, struct sip_mime_version *out)
{
	struct slice minor = sip_trim(value);
	struct slice major = slice_cut(&minor, '.');

	return sip_uint(major, &out->major) && sip_uint(minor, &out->minor);
}

static const char *const encodings[SIP_ENCODING_COUNT] = {
	[SIP_ENCODING_7BIT] = "7bit",     [SIP_ENCODING_8BIT] = "8bit",
	[SIP_ENCODING_BINARY] = "binary", [SIP_ENCODING_QUOTED_PRINTABLE] = "quoted-printable",
	[SIP_ENCODING_BASE64] = "base64",
};

bool
sip_transfer_encoding_decode(struct slice value, enum sip_transfer_encoding *encoding,
			     struct slice *text)
{
	*text = sip_trim(value);
	*encoding = SIP_WORD_FIND(*text, encodings);
	return sip_all(*text, SIP_CHAR_TOKEN);
}
