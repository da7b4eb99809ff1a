/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/isa.h"

#include "sip/reader/reader.h"

/* Can this processor run it? */
static bool
usable(const struct sip_isa *isa)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (isa == &sip_isa_sse42)
		return __builtin_cpu_supports("sse4.2");
	if (isa == &sip_isa_avx2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		       __builtin_cpu_supports("bmi2");
#endif
	return isa != NULL;
}

static const struct sip_isa *const all[] = {
	&sip_isa_scalar,
#if defined(__x86_64__)
	&sip_isa_sse42,
	&sip_isa_avx2,
#elif defined(__aarch64__)
	&sip_isa_neon,
#endif
};

/* Set once, before main() or while the library is loaded; never changed after that. */
static const struct sip_isa *best = &sip_isa_scalar;

const struct sip_isa *
sip_isa_get(unsigned int i)
{
	for (unsigned int k = 0; k < sizeof(all) / sizeof(all[0]); k++)
		if (usable(all[k]) && i-- == 0)
			return all[k];
	return NULL;
}

static __attribute__((constructor)) void
choose(void)
{
	for (unsigned int i = 0; sip_isa_get(i) != NULL; i++)
		best = sip_isa_get(i);
}

const struct sip_isa *
sip_isa_best(void)
{
	return best;
}

enum sip_fault
sip_message_index(struct slice bytes, struct sip_message *msg)
{
	return best->message_index(bytes, msg);
}

enum sip_fault
sip_message_check(struct sip_message *msg, enum sip_fault fault, const struct sip_limits *limits,
		  struct sip_fields *fields)
{
	fault = best->message_check(msg, fault, limits, fields);
	if (fault == SIP_FAULT_NONE && limits->multipart_depth != 0)
		return sip_message_check_body(msg, limits);
	return fault;
}

bool
sip_via_decode(struct slice value, struct sip_via *via)
{
	return best->via_decode(value, via);
}

bool
sip_uri_decode(struct slice text, struct sip_uri *uri)
{
	return best->uri_decode(text, uri);
}

bool
sip_address_decode(struct slice text, struct sip_address *address)
{
	return best->address_decode(text, address);
}
