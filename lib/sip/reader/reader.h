/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_READER_READER_H
#define SIP_READER_READER_H

#include "sip/isa.h"

extern const struct sip_isa sip_isa_scalar, sip_isa_sse42, sip_isa_avx2, sip_isa_neon;

#endif
