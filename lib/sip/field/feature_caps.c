/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/feature_caps.h"

#include "sip/field/feature.h"
#include "sip/field/syntax.h"
#include "sip/param.h"

/* The names of RFC 6809 §6.3.2 all begin with '+'; those of RFC 3840 §9 need not. */
static bool
cap_is_valid(struct slice name, struct slice value)
{
	struct sip_feature feature;

	return name.ptr[0] == '+' && sip_feature_decode(name, value, &feature) &&
	       feature.kind != SIP_FEATURE_MALFORMED;
}

bool
sip_feature_caps_decode(struct slice value, struct slice *caps)
{
	struct slice rest, name, val;

	if (!slice_eq(sip_head_cut(value, caps), SLICE("*")))
		return false;
	rest = *caps;
	while (sip_param_next(&rest, &name, &val))
		if (!cap_is_valid(name, val))
			return false;
	return rest.ptr == NULL;
}
