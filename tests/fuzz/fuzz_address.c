/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/address.h"
#include "sip/list.h"
#include "sip/quoted.h"
#include "sip/uri.h"

static void
check_address(struct slice text)
{
	struct slice rest, name, value;
	struct sip_address address;

	if (!sip_address_decode(text, &address))
		return;
	must_lie_in(address.display, text);
	must_lie_in(address.uri, text);
	must_lie_in(address.params, text);
	MUST(address.uri.len > 0);
	/* White space in the URI, or a bracket in one without brackets, would be read otherwise. */
	if (address.bracketed)
		MUST(memchr(address.uri.ptr, '>', address.uri.len) == NULL);
	else
		MUST(memchr(address.uri.ptr, ';', address.uri.len) == NULL &&
		     address.display.len == 0);
	must_lie_in(sip_address_param(&address, SLICE("tag")), text);
	must_lie_in(sip_unquote(address.display), text);
	for (rest = address.params; sip_param_next(&rest, &name, &value);)
		MUST(name.len > 0);
	MUST(rest.ptr == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size), rest = text;
	size_t total = 0, elements = 0;
	uint16_t q = 0;

	if (sip_qvalue_decode(text, &q))
		MUST(q <= 1000);
	check_address(text);
	/* Elements and the commas between them are the whole value. */
	do {
		struct slice element = sip_list_cut(&rest);

		must_lie_in(element, text);
		check_address(element);
		total += element.len;
		elements++;
	} while (rest.ptr != NULL);
	MUST(total + elements - 1 == text.len);
	return 0;
}
