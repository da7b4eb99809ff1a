/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_META_H
#define DATAPLANE_META_H

#include <rte_mbuf.h>

#include "flow/address.h"
#include "flow/token.h"
#include "guard/branch.h"
#include "sip/check.h"
#include "sip/message.h"
#include "table/binding.h"

/** Where a request goes, as via_request and via_target decide. */
enum via_target_kind {
	VIA_TARGET_NEXT_HOP, /* by Route or Request-URI */
	VIA_TARGET_FLOW,     /* a flow token selected a flow */
	VIA_TARGET_LOOKUP,   /* an AOR of a domain of ours: the binding table decides */
	VIA_TARGET_BINDING,  /* it has decided */
};

/** What via_request learns about a request; bits of via_meta.flags. */
enum via_flag {
	VIA_FROM_PEER = 1 << 0,   /* the source is a proxy of ours */
	VIA_FIRST_HOP = 1 << 1,   /* one Via: straight from a user agent */
	VIA_OWN_ROUTE = 1 << 2,   /* a Route value of ours was removed */
	VIA_UA_FLOW = 1 << 3,     /* a token named the very flow it came on */
	VIA_ROUTE_LEFT = 1 << 4,  /* Route values are left behind the removed ones */
	VIA_STRICT_NEXT = 1 << 5, /* the next of them is a strict router (RFC 3261 §16.6 item 6) */
	VIA_STRICT_BEFORE = 1 << 6, /* the Request-URI was our Record-Route (RFC 3261 §16.4) */
	VIA_TOKEN_OB = 1 << 7,      /* the Route URI with the token had `ob` */
	VIA_ADD_PATH = 1 << 8,      /* REGISTER gets a Path with a token */
	VIA_PATH_OB = 1 << 9,       /* and that Path has `ob` */
	VIA_REQUIRE_PATH = 1 << 10, /* and Require: path */
	VIA_HAS_LOOP = 1 << 11,     /* the branch gets a loop part */
	VIA_PATH_OPENED = 1 << 12,  /* the first Path value was a token of ours: not a Route */
	VIA_STRIP_MADDR = 1 << 13,  /* the Request-URI's maddr is ours: removed */
	VIA_OWN_DIALOG =
		1 << 15, /* a Route value of ours proves that we are on the dialog's path */
	VIA_HAS_BINDING = 1 << 14,       /* `ref` and `binding` name the target */
	VIA_BY_RECORD_ROUTE = 1 << 16,   /* it came by a Record-Route of ours */
	VIA_AS_UNAVAILABLE = 1 << 17,    /* a 430 that goes on as 480 */
	VIA_COPY_GRID = 1 << 18,         /* the `grid` of the Request-URI goes into the next one */
	VIA_MUST_RECORD_ROUTE = 1 << 19, /* whatever proxy.record_route says */
	VIA_AUTHENTICATED = 1 << 20,     /* its credentials for our realm are right */
	VIA_OWN_FROM = 1 << 21,          /* and From is an AOR of who they are of */
	VIA_NONCE_STALE = 1 << 22,       /* they are not, but that is the nonce's fault */
	VIA_MARKED = 1 << 23,            /* a Route value of ours has the mark of this Call-ID */
	VIA_WRITTEN = 1 << 24,           /* it is as it is to be: via_egress lets it pass */
	VIA_HANDED = 1 << 25,            /* it came to another worker: via_handoff_rx */
	VIA_STATEFUL = 1 << 26,          /* it is a branch of a transaction: `client` */
	VIA_HAS_TARGETS = 1 << 27,       /* `targets`: it gets a transaction */
};

/** A message that waited for control comes again; what that found out. */
enum via_again {
	VIA_AGAIN_NOT,      /* it comes for the first time */
	VIA_AGAIN_RESOLVED, /* about a name */
	VIA_AGAIN_NOWHERE,
	VIA_AGAIN_UNRESOLVED, /* nothing, about a name or an AOR */
	VIA_AGAIN_LOADED,     /* the AOR is in the table, or nowhere */
};

/** What via_park asks control for. */
struct via_ask {
	struct slice host; /* absent: no name */
	uint16_t port;
	bool load;          /* for what the table lacks: the AOR, or */
	uint64_t name_hash; /* ... the epoch, if it is not 0 */
	uint64_t choice;
};

/**
 * Everything the nodes need to know about one message; in the private area of its mbuf.
 *
 * Written by the node named in the comment, read by those behind it. Slices in `fields` borrow
 * from the mbuf's data and are void once via_egress has moved it.
 */
struct via_meta {
	struct flow flow;             /* via_demux: how it arrived; local is our listener */
	uint64_t source;              /* who read it; of admission.h; 0: no limits of its own */
	uint16_t l2_len;              /* via_demux: octets of ethernet header */
	uint16_t l3_len;              /* via_demux: octets of IP header */
	uint8_t port;                 /* via_demux: index of our port */
	uint8_t listener;             /* via_demux: index of the listener it arrived on */
	uint8_t again;                /* via_demux, via_inject_rx: enum via_again */
	uint8_t drop;                 /* who drops: enum stats_counter */
	uint8_t target;               /* via_request: enum via_target_kind */
	uint8_t owner;                /* who hands over: worker that has the transaction */
	uint32_t flags;               /* enum via_flag */
	uint16_t status;              /* who refuses: status code */
	uint8_t reason;               /* who refuses: enum via_reason */
	uint8_t fault;                /* via_parse: enum sip_fault */
	uint16_t pop_routes;          /* via_request: Route values of ours at the top */
	uint16_t route_count;         /* via_request: Route values in all */
	uint8_t out_listener;         /* via_fork, via_response: leaves from here */
	uint8_t binding;              /* via_target: which binding of the record */
	uint8_t way_out;              /* what via_output counts it as: enum stats_counter */
	uint32_t breadth;             /* via_fork: Max-Breadth it leaves with */
	struct flow_address to;       /* via_target, via_response: where it is sent */
	struct flow_address again_to; /* via_inject_rx: where the name leads */
	uint64_t again_name;          /* via_inject_rx: which name that is */
	union {
		uint16_t realm;     /* via_auth, where it refuses: number of the domain */
		struct via_ask ask; /* via_target: for via_park */
		uint32_t targets;   /* via_target: text of the transactions' store; 0: none */
		struct {
			struct binding_ref ref; /* via_target: the record, while it lasts */
			struct branch_target branch_target; /* via_target: of `binding` */
		};
	};
	uint64_t source_aor; /* via_screen: of admission.h; by source and AOR */
	union {
		uint64_t copies;    /* via_screen: of admission.h; what copies have in common */
		uint64_t aor_hash;  /* via_target */
		uint64_t flow_hash; /* via_fork, via_response: of a flow that it goes out on */
	};
	struct loop_part loop; /* via_loop */
	union {
		struct branch_id branch;     /* via_request */
		struct branch_client client; /* where it leaves with VIA_STATEFUL */
	};
	struct sip_uri uri;       /* via_request: the Request-URI that is looked at */
	struct slice route_uri;   /* via_request: the Route URI that selects the next hop */
	struct sip_fields fields; /* via_parse */
	struct sip_message msg;   /* via_parse */
};

/**
 * Octets of private area that mbufs of our pools have. With it a whole buffer takes one page, which
 * is what AF_XDP allows at most.
 */
#define VIA_META_ROOM 1728

_Static_assert(sizeof(struct via_meta) <= VIA_META_ROOM, "via_meta outgrew the mbuf private area");
_Static_assert(VIA_META_ROOM % RTE_MBUF_PRIV_ALIGN == 0, "rte_pktmbuf_pool_create() wants that");

static inline struct via_meta *
via_meta(void *mbuf)
{
	return rte_mbuf_to_priv(mbuf);
}

/**
 * A request inside a dialog, and not just one that says so: anybody can write a To tag. The mark or
 * the token of our Record-Route has come back, or a proxy of ours says it. It proves nothing of who
 * sends it: all who see a message of the dialog can, and who begins one chooses its Call-ID. Behind
 * via_route_set_process().
 */
static inline bool
via_is_in_dialog(const struct via_meta *meta)
{
	return meta->fields.to_tag.ptr != NULL &&
	       (meta->flags & (VIA_BY_RECORD_ROUTE | VIA_FROM_PEER)) != 0;
}

#endif
