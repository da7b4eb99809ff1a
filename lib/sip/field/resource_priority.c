/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/resource_priority.h"

#include "sip/chars.h"

bool
sip_resource_priority_decode(struct slice value, struct sip_resource_priority *out)
{
	out->priority = sip_trim(value);
	out->ns = slice_cut(&out->priority, '.');
	return sip_all(out->ns, SIP_CHAR_TOKEN) && sip_all(out->priority, SIP_CHAR_TOKEN) &&
	       memchr(out->priority.ptr, '.', out->priority.len) == NULL;
}
