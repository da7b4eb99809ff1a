/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The reader, compiled once for each instruction set: lib/meson.build gives one of SIP_ISA_SSE42,
 * SIP_ISA_AVX2 and SIP_ISA_NEON, or none for the scalar one.
 *
 * All of it is in one unit, so that a step over a token is a few instructions and no call.
 */
#include "sip/reader/reader.h"

#include "sip/chars.h"
#include "sip/reader/check.h"
#include "sip/reader/index.h"

static bool
decode_via(struct slice value, struct sip_via *via)
{
	struct slice text = sip_trim(value);

	if (text.len == 0) {
		memset(via, 0, sizeof(*via));
		return false;
	}
	return take_via(text.ptr, bounds_of(text), via) == slice_end(text);
}

static bool
decode_uri(struct slice text, struct sip_uri *uri)
{
	if (text.len == 0) {
		memset(uri, 0, sizeof(*uri));
		return false;
	}
	return read_uri(text.ptr, bounds_of(text), uri);
}

static bool
decode_address(struct slice text, struct sip_address *address)
{
	text = sip_trim(text);
	if (text.len == 0) {
		memset(address, 0, sizeof(*address));
		return false;
	}
	return take_address(text.ptr, bounds_of(text), address) == slice_end(text);
}

#if defined(SIP_ISA_AVX2)
#define READER sip_isa_avx2
#define READER_NAME "avx2"
#elif defined(SIP_ISA_SSE42)
#define READER sip_isa_sse42
#define READER_NAME "sse42"
#elif defined(SIP_ISA_NEON)
#define READER sip_isa_neon
#define READER_NAME "neon"
#else
#define READER sip_isa_scalar
#define READER_NAME "scalar"
#endif

const struct sip_isa READER = {
	READER_NAME, index_message, check_message, decode_via, decode_uri, decode_address,
};
