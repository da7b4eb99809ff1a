/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_row.h"

#include <stdarg.h>
#include <stdio.h>

#include "sip/chars.h"
#include "sip/escape.h"
#include "sip/uri.h"

enum { SHOWN = 48 }; /* octets of a value in a sentence */

void
user_sentence_clean(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if ((uint8_t)*p < ' ' || (uint8_t)*p >= 0x7f)
			*p = '?';
}

__attribute__((format(printf, 2, 3))) static bool
refuse(char *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault, USER_FAULT_MAX, format, args);
	va_end(args);
	user_sentence_clean(fault);
	return false;
}

static int
shown(struct slice s)
{
	return s.len < SHOWN ? (int)s.len : SHOWN;
}

/* ---- names ---- */

static bool
check_name(struct slice name, const char *what, const char *refused, char *fault)
{
	if (name.len == 0)
		return refuse(fault, "no %s: want one", what);
	if (name.len > USER_NAME_MAX)
		return refuse(fault, "%s '%.*s...' has %zu octets: want at most %d", what, SHOWN,
			      name.ptr, name.len, USER_NAME_MAX);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if ((uint8_t)c < ' ' || c == 0x7f || strchr(refused, c) != NULL)
			return refuse(fault,
				      "%s '%.*s' has %s at %zu: want one without such characters",
				      what, shown(name), name.ptr,
				      c == '"' || c == '\\' ? "a quote or backslash"
							    : "a control character",
				      i);
	}
	return true;
}

static bool
keep_names(struct user *user, struct sip_writer *w, const struct user_row *row, char *fault)
{
	/* what config takes as a realm, too: it is written into quoted strings as it is */
	if (!check_name(row->username, "username", "", fault) ||
	    !check_name(row->realm, "realm", "\"\\", fault))
		return false;
	user->is.username = slice_of(w->p, row->username.len);
	sip_put(w, row->username);
	user->is.realm = slice_of(w->p, row->realm.len);
	sip_put(w, row->realm);
	return true;
}

bool
user_split(struct slice text, struct slice *username, struct slice *realm)
{
	const char *at = text.ptr != NULL ? memrchr(text.ptr, '@', text.len) : NULL;

	if (at == NULL || at == text.ptr || at + 1 == slice_end(text))
		return false;
	*username = slice_between(text.ptr, at);
	*realm = slice_between(at + 1, slice_end(text));
	return true;
}

/* ---- digests ---- */

static bool
take_hex(struct slice hex, const char *name, uint8_t *out, size_t octets, char *fault)
{
	if (hex.len != 2 * octets)
		return refuse(fault, "%s has %zu characters: want %zu hexadecimal digits", name,
			      hex.len, 2 * octets);
	for (size_t i = 0; i < hex.len; i++)
		if (sip_hex_value(hex.ptr[i]) < 0)
			return refuse(fault, "%s has a character at %zu that is none of 0-9, a-f",
				      name, i);
	for (size_t i = 0; i < octets; i++)
		out[i] = (uint8_t)(sip_hex_value(hex.ptr[2 * i]) << 4 |
				   sip_hex_value(hex.ptr[2 * i + 1]));
	return true;
}

void
user_put_hex(struct sip_writer *w, const uint8_t *octets, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		sip_put_char(w, hex[octets[i] >> 4]);
		sip_put_char(w, hex[octets[i] & 15]);
	}
}

/* What there may be of a user: how its source calls it, where a row has it, where it is kept. */
static bool
take_digests(struct credentials *is, const struct user_row *row, struct digest_context *c,
	     char *fault)
{
	const struct {
		enum sip_digest_algorithm algorithm;
		uint8_t bit;
		const char *name;
		struct slice hex;
		uint8_t *out;
	} kinds[] = {
		{ SIP_DIGEST_MD5, CREDENTIALS_MD5, row->is_line ? "md5=" : "ha1_md5", row->ha1_md5,
		  is->md5 },
		{ SIP_DIGEST_SHA_256, CREDENTIALS_SHA_256, row->is_line ? "sha-256=" : "ha1_sha256",
		  row->ha1_sha256, is->sha256 },
		{ SIP_DIGEST_SHA_512_256, CREDENTIALS_SHA_512_256,
		  row->is_line ? "sha-512-256=" : "ha1_sha512_256", row->ha1_sha512_256,
		  is->sha512_256 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum sip_digest_algorithm a = kinds[i].algorithm;

		if (row->password.len > 0 && kinds[i].hex.len > 0)
			return refuse(fault, "a password and %s: want one or the other",
				      kinds[i].name);
		if (kinds[i].hex.len > 0
			    ? take_hex(kinds[i].hex, kinds[i].name, kinds[i].out, digest_size(a),
				       fault)
			    : row->password.len > 0 && digest_ha1(c, a, row->username, row->realm,
								  row->password, kinds[i].out))
			is->have |= kinds[i].bit;
		else if (kinds[i].hex.len > 0)
			return false;
	}
	return is->have != 0 ||
	       refuse(fault, "neither a password nor a digest: want one of %s",
		      row->is_line ? "password=, md5=, sha-256=, sha-512-256="
				   : "password, ha1_md5, ha1_sha256, ha1_sha512_256");
}

/* ---- AORs ---- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
user_next_aor(struct slice *list)
{
	const char *p = list->ptr, *end = slice_end(*list), *begin;
	bool at = false;

	while (p < end && (is_space(*p) || *p == ','))
		p++;
	begin = p;
	for (; p < end && !is_space(*p) && !(at && *p == ','); p++)
		at |= *p == '@';
	*list = slice_between(p, end);
	return p > begin ? slice_between(begin, p) : SLICE_ABSENT;
}

static bool
bad_aor(char *fault, struct slice aor)
{
	return refuse(fault, "AOR '%.*s': want one such as sip:alice@example.com", shown(aor),
		      aor.ptr != NULL ? aor.ptr : "");
}

static bool
keep_aor(struct user *user, struct sip_writer *w, struct slice text, struct slice said, char *fault)
{
	size_t room = (size_t)(w->end - w->p), len;
	bool first = user->is.aors.len == 0;
	struct sip_uri uri;
	struct slice aor;

	if (!sip_uri_decode(text, &uri) || uri.user.len == 0 || uri.password.ptr != NULL ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS))
		return bad_aor(fault, said);
	len = room > 1 ? sip_uri_aor(&uri, w->p + !first, room - !first) : 0;
	if (len == 0)
		return refuse(fault, "names and AORs of more than %d octets: want fewer AORs",
			      USER_TEXT_MAX);
	aor = slice_of(w->p + !first, len);
	/* a name may be there twice: as sip and sips, or in other letters */
	if (credentials_has_aor(&user->is, aor))
		return true;
	if (!first)
		*w->p = ' ';
	w->p += len + !first;
	user->is.aors.len += len + !first;
	return true;
}

/* "user@host" becomes a URI with what has no place in a user part escaped. */
static bool
keep_own_aor(struct user *user, struct sip_writer *w, char *fault)
{
	char uri[3 * USER_NAME_MAX + USER_NAME_MAX + 8];
	struct slice name = user->is.username, host = user->is.realm;
	struct sip_writer u;

	(void)user_split(user->is.username, &name, &host);
	sip_writer_init(&u, uri, sizeof(uri));
	SIP_PUT(&u, "sip:");
	sip_put_escaped(&u, name, SIP_ESCAPE_USER);
	SIP_PUT(&u, "@");
	sip_put(&u, host);
	if (!u.overflow && !u.refused &&
	    keep_aor(user, w, slice_between(uri, u.p), slice_between(uri, u.p), fault))
		return true;
	return refuse(fault,
		      "no AORs, and sip:%.*s@%.*s is none: want aors such as "
		      "sip:alice@example.com",
		      shown(name), name.ptr, shown(host), host.ptr);
}

static bool
keep_aors(struct user *user, struct sip_writer *w, struct slice list, char *fault)
{
	struct slice aor;
	char uri[USER_TEXT_MAX];
	bool any = false;

	user->is.aors = slice_of(w->p, 0);
	while ((aor = user_next_aor(&list)).len > 0) {
		/* no scheme where the first ':' is that of a port */
		struct slice rest = aor, scheme = slice_cut(&rest, ':');
		bool bare = memchr(scheme.ptr, '@', scheme.len) != NULL;
		int n = bare ? snprintf(uri, sizeof(uri), "sip:%.*s", SLICE_FMT(aor)) : 0;

		any = true;
		if (n >= (int)sizeof(uri) || memchr(aor.ptr, '\0', aor.len) != NULL)
			return bad_aor(fault, aor);
		if (!keep_aor(user, w, bare ? slice_of(uri, (size_t)n) : aor, aor, fault))
			return false;
	}
	return any || keep_own_aor(user, w, fault);
}

bool
user_resolve(struct user *user, const struct user_row *row, struct digest_context *c,
	     char fault[USER_FAULT_MAX])
{
	char text[USER_FAULT_MAX];
	struct sip_writer w;

	memset(&user->is, 0, sizeof(user->is));
	sip_writer_init(&w, user->text, sizeof(user->text));
	if (!keep_names(user, &w, row, fault))
		return false;
	if (row->fault == NULL && take_digests(&user->is, row, c, text) &&
	    keep_aors(user, &w, row->aors, text))
		return true;
	user->is.have = 0;
	user->is.aors = SLICE_ABSENT;
	return refuse(fault, "%.*s@%.*s: %s", shown(row->username), row->username.ptr,
		      shown(row->realm), row->realm.ptr, row->fault != NULL ? row->fault : text);
}
