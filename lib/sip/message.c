/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/message.h"

unsigned int
sip_header_next(const struct sip_message *msg, unsigned int i)
{
	enum sip_header_id id = sip_header_id(&msg->header[i]);

	if (!sip_header_is_repeated(msg, id))
		return SIP_NO_HEADER;
	for (i++; i < msg->header_count; i++)
		if (sip_header_id(&msg->header[i]) == id)
			return i;
	return SIP_NO_HEADER;
}
