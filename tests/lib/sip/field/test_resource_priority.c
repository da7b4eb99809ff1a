/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/resource_priority.h"

static const struct row {
	const char *label;
	const char *text;
	const char *ns, *priority; /* NULL when malformed */
} rows[] = {
	{ "RFC4412-3.1", "dsn.flash", "dsn", "flash" },
	{ "RFC4412-10", "q735.0", "q735", "0" },
	{ "chars", " a-!%*_+`'~.Flash-Override-Override\r\n ", "a-!%*_+`'~",
	  "Flash-Override-Override" },
	{ "empty", "", NULL, NULL },
	{ "no-dot", "dsn", NULL, NULL },
	{ "two-dots", "dsn.flash.x", NULL, NULL },
	{ "no-priority", "dsn.", NULL, NULL },
	{ "no-namespace", ".flash", NULL, NULL },
	{ "space", "dsn .flash", NULL, NULL },
	{ "parameters", "dsn.flash;x", NULL, NULL },
	{ "list", "dsn.flash, wps.3", NULL, NULL },
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct sip_resource_priority rp;

	assert_int_equal(sip_resource_priority_decode(at_wall(slice_str(row->text)), &rp),
			 row->ns != NULL);
	if (row->ns != NULL) {
		assert_slice(rp.ns, row->ns);
		assert_slice(rp.priority, row->priority);
	}
}
GTEST_ROWS(ResourcePriority, rows, label, is_decoded);
TRUNCATIONS(ResourcePriority, rows, struct sip_resource_priority, sip_resource_priority_decode);
