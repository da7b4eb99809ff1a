/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/address.h"

#include "sip/chars.h"
#include "sip/param.h"

struct slice
sip_address_param(const struct sip_address *address, struct slice name)
{
	struct slice value = SLICE_ABSENT;

	sip_param_find(address->params, name, &value);
	return value;
}

bool
sip_qvalue_decode(struct slice text, uint16_t *thousandths)
{
	uint32_t whole, value = 0, scale = 1000;
	struct slice fraction = text;
	struct slice head = slice_cut(&fraction, '.');

	if (!sip_uint(head, &whole) || head.len != 1 || whole > 1 || fraction.len > 3)
		return false;
	for (size_t i = 0; i < fraction.len; i++) {
		if (!sip_char_is(fraction.ptr[i], SIP_CHAR_DIGIT))
			return false;
		scale /= 10;
		value += (uint32_t)(fraction.ptr[i] - '0') * scale;
	}
	if (whole * 1000 + value > 1000)
		return false;
	*thousandths = (uint16_t)(whole * 1000 + value);
	return true;
}
