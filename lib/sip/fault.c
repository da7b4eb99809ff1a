/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/fault.h"

static const struct sip_fault_info faults[SIP_FAULT_COUNT] = {
#define X(sym, verdict, status, phrase, text)                                                      \
	[SIP_FAULT_##sym] = { #sym, SIP_##verdict, status, { phrase, sizeof(phrase) - 1 }, text },
	SIP_FAULTS(X)
#undef X
};

const struct sip_fault_info *
sip_fault_info(enum sip_fault fault)
{
	return &faults[fault];
}

const char *
sip_verdict_name(enum sip_verdict verdict)
{
	static const char *const names[] = { "accept", "reject", "drop" };

	return names[verdict];
}
