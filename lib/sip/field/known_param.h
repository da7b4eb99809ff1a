/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Parameters behind a header field value: the list is walked once, and what a decoder knows is
 * kept. Pure functions; any thread; slices are borrowed.
 */
#ifndef SIP_FIELD_KNOWN_PARAM_H
#define SIP_FIELD_KNOWN_PARAM_H

#include "sip/field/syntax.h"
#include "sip/slice.h"

/** What the value of a known parameter looks like, and what of it is kept. */
enum sip_param_form {
	SIP_PARAM_FLAG,    /* no value; kept: the name as it is written */
	SIP_PARAM_TOKEN,   /* token */
	SIP_PARAM_NUMBER,  /* 1*DIGIT */
	SIP_PARAM_HOST,    /* host */
	SIP_PARAM_GENERIC, /* gen-value: a token, a host, or a quoted string with its quotes */
	SIP_PARAM_MEDIA,   /* m-value: a token, or a quoted string with its quotes */
	SIP_PARAM_QUOTED,  /* a quoted string, with its quotes; may be empty */
	/* with or without quotes on the wire, kept without them, never empty: */
	SIP_PARAM_TOKEN_OR_QUOTED, /* token */
	SIP_PARAM_BASE64,          /* base64 with its padding */
	SIP_PARAM_OPAQUE,          /* any quoted string, or characters of base64 without quotes */
};

/** A parameter that a header field gives a meaning to, and where its value goes. */
struct sip_known_param {
	struct slice name;
	enum sip_param_form form;
	struct slice *value;
};

/**
 * Walk `params`, a list behind its first ';' or absent, as *(SEMI generic-param)
 * (RFC 3261 §25.1), and keep the values of `known`; those that are not there become absent.
 *
 * False when the list is malformed, a known parameter has not its form (a flag with a value, too)
 * or is there twice. Others may be: they mean nothing here.
 */
bool sip_known_params_decode(struct slice params, const struct sip_known_param *known,
			     size_t count);

/** The same for the m-parameters of a media type: each of them has a value (RFC 3261 §25.1). */
bool sip_media_params_decode(struct slice params, const struct sip_known_param *known,
			     size_t count);

/** The same for a single parameter; the values of `known` are absent before the first. */
bool sip_known_param_keep(const struct sip_known_param *known, size_t count, struct slice name,
			  struct slice value);

/** *(SEMI generic-param), none of them known. */
static inline bool
sip_generic_params_are_valid(struct slice params)
{
	return sip_known_params_decode(params, NULL, 0);
}

/** generic-param: token [ EQUAL gen-value ]. */
static inline bool
sip_generic_param_is_valid(struct slice name, struct slice value)
{
	return sip_known_param_keep(NULL, 0, name, value);
}

/** The first of `params` has this name. `*behind` is what follows it. */
bool sip_first_param_is(struct slice params, struct slice name, struct slice *behind);

/**
 * Check one value against its form; `*kept` is what enum sip_param_form says. False, with *kept
 * undefined, when it is not of that form.
 */
bool sip_param_value_decode(struct slice value, enum sip_param_form form, struct slice *kept);

#endif
