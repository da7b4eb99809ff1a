/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/p_charging.h"
#include "sip/quoted.h"

static const struct vector_row {
	const char *label;
	const char *text;
	bool good;
	const char *icid, *generated_at, *orig_ioi, *term_ioi, *transit_ioi, *related_icid,
		*related_generated_at;
} vectors[] = {
	/* clang-format off */
	{ "RFC7315-5.6", "icid-value=1234bc9876e; icid-generated-at=192.0.6.8; orig-ioi=home1.net",
	  true, "1234bc9876e", "192.0.6.8", "home1.net", NULL, NULL, NULL, NULL },
	{ "RFC7315-5.6-all", "ICID-Value=\"a=b\";icid-generated-at=[::1];orig-ioi=void;term-ioi=\"t\""
	  ";transit-ioi=\"op.1,void\";related-icid=r;related-icid-generated-at=h.example;x=y", true,
	  "\"a=b\"", "[::1]", "void", "\"t\"", "\"op.1,void\"", "r", "h.example" },
	{ "folded", "\r\n icid-value\r\n = \r\n 1\r\n ;\r\n term-ioi = 2", true, "1", NULL, NULL,
	  "2", NULL, NULL, NULL },
	{ "RFC7315-5.6-alone", "icid-value=1", true, "1", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "RFC7315-5.6-no-icid", "orig-ioi=home1.net", false, NULL, NULL, NULL, NULL, NULL, NULL,
	  NULL },
	{ "RFC7315-5.6-icid-second", "orig-ioi=home1.net;icid-value=1", false, NULL, NULL, NULL,
	  NULL, NULL, NULL, NULL },
	{ "RFC7315-5.6-icid-alone", "icid-value", false, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "RFC7315-5.6-icid-empty", "icid-value=", false, NULL, NULL, NULL, NULL, NULL, NULL,
	  NULL },
	{ "RFC7315-5.6-icid-twice", "icid-value=1;icid-value=1", false, NULL, NULL, NULL, NULL,
	  NULL, NULL, NULL },
	{ "RFC7315-5.6-ioi-twice", "icid-value=1;orig-ioi=a;orig-ioi=b", false, NULL, NULL, NULL,
	  NULL, NULL, NULL, NULL },
	{ "RFC7315-5.6-host", "icid-value=1;icid-generated-at=\"h\"", false, NULL, NULL, NULL, NULL,
	  NULL, NULL, NULL },
	{ "RFC7315-5.6-transit", "icid-value=1;transit-ioi=op.1", false, NULL, NULL, NULL, NULL,
	  NULL, NULL, NULL },
	{ "RFC7315-5.6-two", "icid-value=1, icid-value=2", false, NULL, NULL, NULL, NULL, NULL,
	  NULL, NULL },
	{ "RFC7315-5.6-empty", "", false, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	/* clang-format on */
};

static void
vector_is_decoded(void **state)
{
	const struct vector_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_p_charging_vector vector;

	assert_int_equal(sip_p_charging_vector_decode(text, &vector), row->good);
	if (!row->good)
		return;
	assert_slice(vector.icid, row->icid);
	assert_slice(vector.icid_generated_at, row->generated_at);
	assert_slice(vector.orig_ioi, row->orig_ioi);
	assert_slice(vector.term_ioi, row->term_ioi);
	assert_slice(vector.transit_ioi, row->transit_ioi);
	assert_slice(vector.related_icid, row->related_icid);
	assert_slice(vector.related_icid_generated_at, row->related_generated_at);
}
GTEST_ROWS(PChargingVector, vectors, label, vector_is_decoded);

static const struct transit_row {
	const char *label;
	const char *text;
	unsigned int count;
	bool good;
	const char *name; /* of the last */
	uint32_t index;
} transits[] = {
	{ "RFC7315-5.6", "\"operatorA.1 , void, operatorB.02\"", 3, true, "operatorB", 2 },
	{ "RFC7315-5.6-void", "\"a.1,VOID\"", 2, true, NULL, 0 },
	{ "RFC7315-5.6-domain", "\"op-a.example.7\"", 1, true, "op-a.example", 7 },
	{ "RFC7315-5.6-saturates", "\"a.99999999999\"", 1, true, "a", UINT32_MAX },
	{ "RFC7315-5.6-no-index", "\"a.1,b\"", 1, false, "a", 1 },
	{ "RFC7315-5.6-empty-index", "\"a.\"", 0, false, NULL, 0 },
	{ "RFC7315-5.6-no-name", "\".1\"", 0, false, NULL, 0 },
	{ "RFC7315-5.6-empty", "\"\"", 0, false, NULL, 0 },
};

static void
transit_is_walked(void **state)
{
	const struct transit_row *row = *state;
	struct slice rest = sip_unquote(at_wall(slice_str(row->text)));
	struct sip_transit_ioi ioi, last = { SLICE_ABSENT, 0 };
	unsigned int count = 0;

	for (; sip_transit_ioi_next(&rest, &ioi); count++)
		last = ioi;
	assert_int_equal(count, row->count);
	assert_int_equal(rest.ptr == NULL, row->good);
	assert_slice(last.name, row->name);
	assert_int_equal(last.index, row->index);
}
GTEST_ROWS(PChargingVector, transits, label, transit_is_walked);

static const struct address_row {
	const char *label;
	const char *text;
	bool good;
	const char *functions; /* one letter each: c, e, C (ccf-2), E (ecf-2), x */
	const char *value;     /* of the last */
} addresses[] = {
	{ "RFC7315-5.5", "ccf=192.0.8.1; ecf=192.0.8.3", true, "ce", "192.0.8.3" },
	{ "RFC7315-5.5-second", "CCF=[5555::b99:c88:d77:e66]; ccf-2=\"aaa://h\";ecf=e;ecf-2=f",
	  true, "cCeE", "f" },
	{ "RFC3455-5.5-repeated", "ccf=a;ccf=b;ecf=c;ecf=d", true, "ccee", "d" },
	{ "RFC7315-5.5-other", "x;ccf=a;iotf=\"b\"", true, "xcx", "\"b\"" },
	{ "RFC7315-5.5-alone", "ccf", false, "", NULL },
	{ "RFC7315-5.5-empty-value", "ecf=a;ccf=", false, "e", "a" },
	{ "RFC7315-5.5-uri", "ccf=aaa://h", false, "", NULL },
	{ "RFC7315-5.5-empty", "", false, "", NULL },
	{ "RFC7315-5.5-last", "ccf=a;", false, "c", "a" },
};

static void
address_is_walked(void **state)
{
	const struct address_row *row = *state;
	struct slice rest = at_wall(slice_str(row->text)), last = SLICE_ABSENT;
	struct sip_charging_address address;
	char functions[8] = "";
	size_t n = 0;

	for (; sip_charging_address_next(&rest, &address); last = address.value) {
		assert_true(n < sizeof(functions) - 1);
		functions[n++] = "xceCE"[address.function];
	}
	assert_string_equal(functions, row->functions);
	assert_int_equal(rest.ptr == NULL, row->good);
	assert_slice(last, row->value);
}
GTEST_ROWS(PChargingAddresses, addresses, label, address_is_walked);
