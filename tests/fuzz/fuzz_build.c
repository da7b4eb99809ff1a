/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "../lib/sip/readback.h"

enum { ABSENT = 0xfe, SEPARATOR = 0xff };

/*
 * Number (4), port (2), rport (1), then the values of enum value with 0xff between them; 0xfe alone
 * is an absent one. What the writers take reads back.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[65536];
	struct values in = { 0 };
	struct slice rest;
	struct sip_writer w;
	const char *bad;

	if (size < 7 || size > 4096)
		return 0;
	rest = slice_of((const char *)data + 7, size - 7);
	memcpy(&in.number, data, sizeof(in.number));
	memcpy(&in.port, data + 4, sizeof(in.port));
	in.rport = data[6] & 1;
	for (int i = 0; i < VALUE_COUNT; i++) {
		in.v[i] = slice_cut(&rest, (char)SEPARATOR);
		if (in.v[i].len == 1 && (uint8_t)in.v[i].ptr[0] == ABSENT)
			in.v[i] = SLICE_ABSENT;
	}
	sip_writer_init(&w, out, sizeof(out));
	build_request(&w, &in);
	if (sip_written(&w).ptr == NULL) {
		MUST(w.refused || w.overflow);
		return 0;
	}
	bad = misread_request(sip_written(&w), &in);
	if (bad != NULL)
		fprintf(stderr, "misread: %s\n%.*s\n", bad, SLICE_FMT(sip_written(&w)));
	MUST(bad == NULL);
	return 0;
}
