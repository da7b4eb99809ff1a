/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/method.h"

static const struct slice names[SIP_METHOD_COUNT] = {
#define X(name) [SIP_##name] = { #name, sizeof(#name) - 1 },
	SIP_METHODS(X)
#undef X
};

enum sip_method
sip_method_find(struct slice name)
{
	for (unsigned int m = SIP_METHOD_OTHER + 1; m < SIP_METHOD_COUNT; m++)
		if (slice_eq(name, names[m]))
			return (enum sip_method)m;
	return SIP_METHOD_OTHER;
}

bool
sip_method_forms_dialog(enum sip_method method)
{
	return method == SIP_INVITE || method == SIP_SUBSCRIBE || method == SIP_REFER;
}
