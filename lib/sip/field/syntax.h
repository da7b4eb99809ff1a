/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Productions of RFC 3261 §25.1 that many header fields are made of. Pure functions; any thread;
 * slices are borrowed. Parameters are in known_param.h.
 */
#ifndef SIP_FIELD_SYNTAX_H
#define SIP_FIELD_SYNTAX_H

#include "sip/chars.h"
#include "sip/quoted.h"
#include "sip/slice.h"

#define SIP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Levels of parentheses in one comment; deeper ones are refused. */
#define SIP_COMMENT_DEPTH 16

/** ALPHA */
static inline bool
sip_is_letter(char c)
{
	c = slice_lower(c);
	return c >= 'a' && c <= 'z';
}

/** alphanum */
static inline bool
sip_is_alphanum(char c)
{
	return sip_is_letter(c) || sip_char_is(c, SIP_CHAR_DIGIT);
}

/** alphanum, or one of `others`. */
static inline bool
sip_is_alphanum_or(char c, const char *others)
{
	return sip_is_alphanum(c) || (c != '\0' && strchr(others, c) != NULL);
}

/** Every octet is alphanum or one of `others`, and there is at least one. */
bool sip_all_alphanum_or(struct slice s, const char *others);

/** *LHEX: hexadecimal digits, no capitals; empty passes. */
bool sip_lower_hex_is_valid(struct slice s);

/** 1*DIGIT that fills the slice, without sign; values above UINT64_MAX saturate to it. */
bool sip_decimal(struct slice s, uint64_t *out);

/** gen-value: a token, a host or a quoted string. */
bool sip_gen_value_is_valid(struct slice s);

/**
 * Descriptive text: no control characters but folds and HT. Octets above 127 pass as they are,
 * because user agents put Latin-1 where UTF-8 belongs.
 */
bool sip_text_is_valid(struct slice s);

/**
 * Position behind a comment that begins at `p` (where *p == '('), or NULL when it is malformed, not
 * closed before `end`, or nested deeper than SIP_COMMENT_DEPTH.
 */
const char *sip_skip_comment(const char *p, const char *end);

/**
 * 1*( ALPHA / DIGIT / "+" / "/" ) and the "=" that fill it up to a multiple of four (RFC 4648 §4);
 * with `lws_allowed` white space anywhere, which does not count.
 */
bool sip_base64_is_valid(struct slice s, bool lws_allowed);

/** Atoms with single dots between them; event-type (RFC 6665 §8.4) has the same characters. */
bool sip_dot_atom_is_valid(struct slice s);

/**
 * sip-clean-msg-id, without its quotes: dot-atom "@" (dot-atom / host), the cid of Referred-By (RFC
 * 3892 §3) and of body labels. Atoms are of token characters; the Content-ID it refers to may have
 * more (sip_content_id_decode()), and is out of reach then.
 */
bool sip_clean_msg_id_is_valid(struct slice s);

/** 1*uric: what a URI may hold, escapes complete. */
bool sip_uric_is_valid(struct slice s);

/**
 * An absolute URI. sip, sips and tel URIs are held against their grammar, others only have to have
 * a scheme and nothing that would end a URI.
 */
bool sip_absolute_uri_is_valid(struct slice s);

/** host [ ":" port ] as in a URI: sip_hostport_decode() without white space. */
bool sip_uri_hostport_decode(struct slice s, struct slice *host, uint16_t *port);

/** The text between '<' and '>' when they are its first and last octet, else all of it. */
struct slice sip_without_brackets(struct slice s);

/**
 * What stands before the first ';', trimmed. `*params` is what follows that, or absent.
 * For heads that hold no quotes: a '"' has no meaning here (a Call-ID may hold one).
 */
static inline struct slice
sip_head_cut(struct slice value, struct slice *params)
{
	*params = value;
	return sip_trim(slice_cut(params, ';'));
}

/**
 * Split "head;params", where the head ends at `p`: nothing but LWS before the ';'. `*params` is
 * absent when nothing follows.
 */
bool sip_params_behind(const char *p, const char *end, struct slice *params);

/** sip_head_cut() for a head that has to be a token. */
bool sip_token_cut(struct slice value, struct slice *head, struct slice *params);

/** sip_head_cut() for (token / quoted-string). False when the head is neither. */
bool sip_word_cut(struct slice value, struct slice *head, struct slice *params);

/**
 * LAQUOT absoluteURI RAQUOT and what comes behind it. `*uri` comes without <>. No display name; the
 * parameters are not looked at.
 */
bool sip_enclosed_uri_cut(struct slice value, struct slice *uri, struct slice *params);

/**
 * Split "type/subtype[;params]" (media-type, media-range), LWS around '/' allowed. The parameters
 * are not looked at.
 */
bool sip_media_cut(struct slice value, struct slice *type, struct slice *subtype,
		   struct slice *params);

/**
 * Index of `word` in a table, without regard to case; 0 when it is not there. Row 0 is not looked
 * at, so that an enum whose first value means "any other" can be the index.
 */
unsigned int sip_word_find(struct slice word, const char *const *table, size_t count);

#define SIP_WORD_FIND(word, table) sip_word_find((word), (table), SIP_COUNT(table))

#endif
