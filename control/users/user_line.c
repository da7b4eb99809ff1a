/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_line.h"

#include <stddef.h>

#include "sip/chars.h"

/* The words of a line behind the username. */
static const struct word {
	const char *name;
	size_t member; /* of struct user_row */
	bool escaped;
} words[] = {
	{ "realm", offsetof(struct user_row, realm), true },
	{ "md5", offsetof(struct user_row, ha1_md5), true },
	{ "sha-256", offsetof(struct user_row, ha1_sha256), true },
	{ "sha-512-256", offsetof(struct user_row, ha1_sha512_256), true },
	{ "password", offsetof(struct user_row, password), true },
	{ "aors", offsetof(struct user_row, aors), false },
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

#define WANT_WORDS "want realm=, md5=, sha-256=, sha-512-256=, password= or aors="

static struct slice
next_word(struct slice *line)
{
	const char *p = line->ptr, *end = slice_end(*line), *begin;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	begin = p;
	while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
		p++;
	*line = slice_between(p, end);
	if (begin == p || *begin == '#')
		return SLICE_ABSENT;
	return slice_between(begin, p);
}

/* Take %XX out of a word, into what is left of the scratch. */
static bool
unescape(struct slice *word, char **out)
{
	const char *p = word->ptr, *end = slice_end(*word);
	char *begin = *out;

	if (memchr(p, '%', word->len) == NULL)
		return true;
	while (p < end) {
		if (*p != '%') {
			*(*out)++ = *p++;
			continue;
		}
		if (end - p < 3 || sip_hex_value(p[1]) < 0 || sip_hex_value(p[2]) < 0)
			return false;
		*(*out)++ = (char)(sip_hex_value(p[1]) << 4 | sip_hex_value(p[2]));
		p += 3;
	}
	*word = slice_between(begin, *out);
	return true;
}

static const struct word *
find_word(struct slice name)
{
	for (size_t i = 0; i < WORDS; i++)
		if (slice_eq_nocase(name, slice_str(words[i].name)))
			return &words[i];
	return NULL;
}

static const char *
take_word(struct user_row *row, struct slice text, char **scratch)
{
	struct slice value = text, name = slice_cut(&value, '=');
	const struct word *word = value.ptr != NULL ? find_word(name) : NULL;
	struct slice *member;

	if (value.ptr == NULL)
		return "a second word without '=': " WANT_WORDS
		       ", and %20 for a space in a username";
	if (word == NULL)
		return "an unknown word: " WANT_WORDS;
	member = (struct slice *)((char *)row + word->member);
	if (member->ptr != NULL)
		return "a word that is there twice: want each once, and several AORs with commas";
	if (value.len == 0)
		return "nothing behind '=': want a value, or leave the word out";
	if (word->escaped && !unescape(&value, scratch))
		return "a '%' without two hexadecimal digits: want %25 for a '%'";
	*member = value;
	return NULL;
}

bool
user_line_decode(struct slice line, struct user_row *row, char scratch[USER_LINE_MAX])
{
	struct slice word = next_word(&line);
	const char *fault;

	*row = (struct user_row){ .number = row->number, .is_line = true };
	if (word.ptr == NULL)
		return false;
	if (line.len + word.len > USER_LINE_MAX) {
		row->fault = "a line that is too long: want at most 8192 octets";
		return true;
	}
	if (!unescape(&word, &scratch)) {
		row->fault = "a '%' without two hexadecimal digits: want %25 for a '%'";
		return true;
	}
	row->username = word;
	while ((word = next_word(&line)).ptr != NULL) {
		fault = take_word(row, word, &scratch);
		if (row->fault == NULL)
			row->fault = fault;
	}
	if (row->fault == NULL && row->realm.ptr == NULL)
		row->fault = "no realm: want realm= behind the username";
	return true;
}

static void
put_escaped(struct sip_writer *w, struct slice text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];

		if (c > ' ' && c != '%' && c != '#' && c != 0x7f) {
			sip_put_char(w, (char)c);
			continue;
		}
		sip_put_char(w, '%');
		sip_put_char(w, hex[c >> 4]);
		sip_put_char(w, hex[c & 15]);
	}
}

static void
put_digest(struct sip_writer *w, struct slice name, const uint8_t *octets, size_t len)
{
	sip_put(w, name);
	user_put_hex(w, octets, len);
}

void
user_line_encode(struct sip_writer *w, const struct credentials *user)
{
	put_escaped(w, user->username);
	SIP_PUT(w, " realm=");
	put_escaped(w, user->realm);
	if ((user->have & CREDENTIALS_MD5) != 0)
		put_digest(w, SLICE(" md5="), user->md5, sizeof(user->md5));
	if ((user->have & CREDENTIALS_SHA_256) != 0)
		put_digest(w, SLICE(" sha-256="), user->sha256, sizeof(user->sha256));
	if ((user->have & CREDENTIALS_SHA_512_256) != 0)
		put_digest(w, SLICE(" sha-512-256="), user->sha512_256, sizeof(user->sha512_256));
	SIP_PUT(w, " aors=");
	for (size_t i = 0; i < user->aors.len; i++)
		sip_put_char(w, user->aors.ptr[i] == ' ' ? ',' : user->aors.ptr[i]);
	SIP_PUT(w, "\n");
}
