/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "lib/sip/same_reading.h"

/* None, and so few of everything that it is easily too much. */
static const struct sip_limits limits[] = {
	{ 0 },
	{ .max_size = 400,
	  .max_body = 3,
	  .max_headers = 7,
	  .max_via = 2,
	  .max_route = 1,
	  .max_uri = 24 },
};

static void
must_be_same(const struct sip_isa *isa, const char *part)
{
	if (part == NULL)
		return;
	fprintf(stderr, "not so: %s reads the %s of the scalar reader\n", isa->name, part);
	abort();
}

/* What routing needs is part of all that is checked. */
static void
check_routing(struct reading *r)
{
	if (r->checked != SIP_FAULT_NONE)
		return;
	MUST(r->routed == SIP_FAULT_NONE);
	MUST(r->routing.via_count == (r->fields.via_count > 1 ? 2 : 1));
	r->routing.via_count = r->fields.via_count;
	MUST(fields_differ(&r->routing, r->bytes, &r->fields, r->bytes) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice bytes = slice_of((const char *)data, size);
	const struct sip_limits *some = &limits[size % 4 == 0];
	struct value_reading value, other_value;
	struct reading message, other;
	const struct sip_isa *isa;

	reading_take(sip_isa_get(0), bytes, some, &message);
	value_reading_take(sip_isa_get(0), bytes, &value);
	for (unsigned int i = 1; (isa = sip_isa_get(i)) != NULL; i++) {
		reading_take(isa, bytes, some, &other);
		must_be_same(isa, reading_differs(&message, &other));
		value_reading_take(isa, bytes, &other_value);
		must_be_same(isa, value_reading_differs(&value, &other_value));
	}
	check_routing(&message);
	return 0;
}
