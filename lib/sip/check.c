/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/check.h"

enum sip_fault
sip_message_check_forwarding(const struct sip_message *msg, const struct sip_fields *fields)
{
	if (!sip_is_request(msg))
		return SIP_FAULT_NONE;
	if (fields->max_forwards == 0)
		return SIP_FAULT_TOO_MANY_HOPS;
	if (msg->first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER && msg->method != SIP_ACK &&
	    msg->method != SIP_CANCEL)
		return SIP_FAULT_PROXY_REQUIRE;
	return SIP_FAULT_NONE;
}

enum sip_verdict
sip_fault_verdict(const struct sip_message *msg, enum sip_fault fault)
{
	enum sip_verdict verdict = sip_fault_info(fault)->verdict;

	if (verdict == SIP_REJECT && (!sip_is_request(msg) || msg->method == SIP_ACK))
		return SIP_DROP;
	return verdict;
}
