/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/method.h"

/* `p` has the length of `name`: its method, or 0. */
#define IF_IS(p, name) (memcmp(p, #name, sizeof(#name) - 1) == 0 ? SIP_##name : SIP_METHOD_OTHER)

enum sip_method
sip_method_find(struct slice name)
{
	const char *p = name.ptr;

	/* at most one of them is not 0 */
	switch (name.len) {
	case 3:
		return IF_IS(p, ACK) | IF_IS(p, BYE);
	case 4:
		return IF_IS(p, INFO);
	case 5:
		return IF_IS(p, PRACK) | IF_IS(p, REFER);
	case 6:
		return IF_IS(p, INVITE) | IF_IS(p, CANCEL) | IF_IS(p, NOTIFY) | IF_IS(p, UPDATE);
	case 7:
		return IF_IS(p, OPTIONS) | IF_IS(p, MESSAGE) | IF_IS(p, PUBLISH);
	case 8:
		return IF_IS(p, REGISTER);
	case 9:
		return IF_IS(p, SUBSCRIBE);
	default:
		return SIP_METHOD_OTHER;
	}
}

bool
sip_method_forms_dialog(enum sip_method method)
{
	return method == SIP_INVITE || method == SIP_SUBSCRIBE || method == SIP_REFER;
}
