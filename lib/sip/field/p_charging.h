/* SPDX-License-Identifier: BSD-3-Clause */
/** Private header fields for charging. Any thread; slices borrow from the value. */
#ifndef SIP_FIELD_P_CHARGING_H
#define SIP_FIELD_P_CHARGING_H

#include "sip/slice.h"

/** A P-Charging-Vector value (RFC 7315 §5.6). Quoted values keep their quotes. */
struct sip_p_charging_vector {
	struct slice icid; /* always there; the others may be absent */
	struct slice icid_generated_at;
	struct slice orig_ioi;
	struct slice term_ioi;
	struct slice transit_ioi; /* a quoted list; see sip_transit_ioi_next() */
	struct slice related_icid;
	struct slice related_icid_generated_at;
	struct slice params; /* behind icid-value */
};

/**
 * Decode a P-Charging-Vector value. False when it is malformed, does not begin with icid-value, or
 * has one of its parameters twice.
 */
bool sip_p_charging_vector_decode(struct slice value, struct sip_p_charging_vector *vector);

/** A transit operator: "name.index", or "void", which stands for one that is not named. */
struct sip_transit_ioi {
	struct slice name; /* absent for "void" */
	uint32_t index;    /* saturates */
};

/**
 * The next element out of `*rest`, which begins as the transit_ioi of a vector without its quotes
 * (sip_unquote()). `*rest` moves on and becomes absent at the end. False at the end or when an
 * element is malformed (then *rest stays present).
 */
bool sip_transit_ioi_next(struct slice *rest, struct sip_transit_ioi *ioi);

enum sip_charging_function {
	SIP_CHARGING_OTHER, /* some other parameter */
	SIP_CHARGING_CCF,   /* charging collection function: offline */
	SIP_CHARGING_ECF,   /* event charging function: online */
	SIP_CHARGING_CCF_2, /* for when the first cannot be reached */
	SIP_CHARGING_ECF_2,
};

struct sip_charging_address {
	enum sip_charging_function function;
	struct slice function_text;
	struct slice
		value; /* token, host or quoted string with its quotes; absent: only of others */
};

/**
 * The next parameter out of an element of P-Charging-Function-Addresses (RFC 7315 §5.5). A function
 * may come twice: RFC 3455 §5.5 has no ccf-2 and repeats ccf. `*rest` moves on and becomes absent
 * at the end. False at the end or when the element is malformed (then *rest stays present).
 */
bool sip_charging_address_next(struct slice *rest, struct sip_charging_address *address);

#endif
