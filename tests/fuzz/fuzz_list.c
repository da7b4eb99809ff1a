/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/chars.h"
#include "sip/check.h"
#include "sip/list.h"

/*
 * A message is refused for a list in it exactly when one of the list's elements is malformed by
 * itself.
 */

enum { VALUE_MAX = 16384 };

static const struct list {
	const char *line;
	enum sip_header_id id;
	enum sip_fault bad;
} lists[] = {
	{ "Contact: ", SIP_HDR_CONTACT, SIP_FAULT_BAD_CONTACT },
	{ "Route: ", SIP_HDR_ROUTE, SIP_FAULT_BAD_ROUTE },
	{ "Record-Route: ", SIP_HDR_RECORD_ROUTE, SIP_FAULT_BAD_RECORD_ROUTE },
	{ "Path: ", SIP_HDR_PATH, SIP_FAULT_BAD_PATH },
	{ "Via: ", SIP_HDR_VIA, SIP_FAULT_BAD_VIA },
};

static bool
is_well_formed(enum sip_header_id id, struct slice element)
{
	struct sip_address address;
	struct sip_via via;
	struct sip_uri uri;

	if (id == SIP_HDR_VIA)
		return sip_via_decode(element, &via) && !via.other_version;
	/* among other contacts, too: that is the registrar's business (RFC 3261 §10.3) */
	if (id == SIP_HDR_CONTACT && slice_eq(element, SLICE("*")))
		return true;
	if (!sip_address_decode(element, &address) || !sip_uri_decode(address.uri, &uri) ||
	    (id != SIP_HDR_CONTACT && !address.bracketed))
		return false;
	/* RFC 3261 §19.1.1, table 1 */
	return id != SIP_HDR_ROUTE ||
	       ((uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS) &&
		uri.headers.ptr == NULL && !sip_param_find(uri.params, SLICE("method"), NULL));
}

static bool
all_are_well_formed(enum sip_header_id id, struct slice rest, unsigned int *count)
{
	*count = 0;
	do {
		++*count;
		if (!is_well_formed(id, sip_trim(sip_list_cut(&rest))))
			return false;
	} while (rest.ptr != NULL);
	return true;
}

/* The value can stand in a header line: its line ends are folds, and it has no other controls. */
static bool
is_one_value(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		char next = i + 1 < value.len ? value.ptr[i + 1] : '\0';

		if ((uint8_t)value.ptr[i] < ' ' && strchr("\t\r\n", value.ptr[i]) == NULL)
			return false;
		if (value.ptr[i] == '\0')
			return false;
		if ((value.ptr[i] == '\r' && next != '\n') ||
		    (value.ptr[i] == '\n' && next != ' ' && next != '\t'))
			return false;
	}
	return true;
}

static size_t
add(char *to, size_t len, struct slice text)
{
	if (text.len > 0)
		memcpy(to + len, text.ptr, text.len);
	return len + text.len;
}

static void
check_list(const struct list *list, struct slice value)
{
	const struct sip_limits limits = { .max_via = UINT16_MAX, .max_route = UINT16_MAX };
	static char bytes[VALUE_MAX + 512];
	unsigned int count;
	bool good = all_are_well_formed(list->id, value, &count);
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault;
	size_t len;

	len = add(bytes, 0,
		  SLICE("OPTIONS sip:h SIP/2.0\r\nCSeq: 1 OPTIONS\r\nCall-ID: c\r\n"
			"From: <sip:f>;tag=1\r\nTo: <sip:t>\r\n"));
	if (list->id != SIP_HDR_VIA)
		len = add(bytes, len, SLICE("Via: SIP/2.0/UDP h\r\n"));
	len = add(bytes, len, slice_str(list->line));
	len = add(bytes, len, value);
	len = add(bytes, len, SLICE("\r\n\r\n"));
	fault = sip_message_index(slice_of(bytes, len), &msg);
	MUST(fault == SIP_FAULT_NONE && msg.body_off == len);
	fault = sip_message_check(&msg, fault, &limits, &fields);
	MUST((fault == SIP_FAULT_NONE) == good);
	if (list->id == SIP_HDR_VIA && good)
		MUST(fields.via_count == count);
	/* nobody can be answered without the topmost one */
	if (!good)
		MUST(fault == list->bad ||
		     (list->id == SIP_HDR_VIA && fault == SIP_FAULT_BAD_TOP_VIA));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice value = slice_of((const char *)data, size);

	if (size > VALUE_MAX || !is_one_value(value))
		return 0;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_list(&lists[i], value);
	return 0;
}
