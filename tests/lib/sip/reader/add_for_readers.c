/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "lib/sip/reader/steps.h"

static const struct reader_steps *const all[] = {
	&reader_steps_scalar,
#if defined(__x86_64__)
	&reader_steps_sse42,
	&reader_steps_avx2,
#elif defined(__aarch64__)
	&reader_steps_neon,
#endif
};

static void
not_here(void **state)
{
	const struct reader_steps *steps = *state;

	skip_msg("this processor has no %s", steps->name);
}

static bool
usable(const struct reader_steps *steps)
{
	const struct sip_isa *isa;

	for (unsigned int i = 0; (isa = sip_isa_get(i)) != NULL; i++)
		if (strcmp(isa->name, steps->name) == 0)
			return true;
	return false;
}

void
add_for_readers(const char *suite, const char *name, void (*fn)(void **state))
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char full[128];

		snprintf(full, sizeof(full), "%s/%s", all[i]->name, name);
		gtest_add_row(suite, full, usable(all[i]) ? fn : not_here, all[i]);
	}
}
