/* SPDX-License-Identifier: BSD-3-Clause */
/** auth-param lists (RFC 3261 §25.1), and tables of the parameters that a decoder keeps. */
#ifndef SIP_FIELD_AUTH_PARAM_H
#define SIP_FIELD_AUTH_PARAM_H

#include "sip/slice.h"

/** One auth-param. */
struct sip_auth_param {
	struct slice name;
	struct slice value; /* without quotes */
	bool quoted;
};

/** How a known parameter is written. */
enum sip_auth_form {
	SIP_AUTH_QUOTED, /* a quoted string */
	SIP_AUTH_EITHER, /* a quoted string or a token */
	SIP_AUTH_BARE,   /* never quoted */
};

/** A parameter that is kept: where the slice of its value is in the result. */
struct sip_auth_field {
	struct slice name;
	size_t offset;
	enum sip_auth_form form;
	bool mandatory;
};

/**
 * One auth-param out of a comma-separated list. `*rest` moves on and becomes absent at the end.
 * False at the end or when the list is malformed (then *rest stays present).
 */
bool sip_auth_param_next(struct slice *rest, struct sip_auth_param *param);

/**
 * Position behind the auth-param that begins at `p` and the white space on both sides of it, or
 * NULL when there is none. What comes next is not looked at.
 */
const char *sip_auth_param_take(const char *p, const char *end, struct sip_auth_param *param);

/**
 * Walk a whole list and put the values of the `count` known parameters into the slices of `out`,
 * which are absent at first. False when the list is malformed, a known parameter is there twice,
 * is in the wrong form, or is missing though mandatory.
 */
bool sip_auth_params_decode(struct slice params, const struct sip_auth_field *fields, size_t count,
			    void *out);

#endif
