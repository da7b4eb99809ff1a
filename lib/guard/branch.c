/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/branch.h"

#include "sip/chars.h"

static void
absorb_slice(struct siphash *h, struct slice s)
{
	uint32_t len = (uint32_t)s.len;

	siphash_update(h, &len, sizeof(len));
	siphash_update(h, s.ptr, s.len);
}

/*
 * Whether a REGISTER asked for rport is signed: with it the response goes to the flow of the
 * request, without it to whatever port the Via names. Not so for other methods, of which a CANCEL
 * or an ACK must get the same branch even when its sender writes rport only in one of both.
 */
static uint8_t
is_for_flow(const struct sip_via *via, const struct sip_fields *fields)
{
	return via->has_rport && slice_eq(fields->cseq_method, SLICE("REGISTER"));
}

/*
 * The usual case, a short Via with the cookie, in one piece: pieces of a few octets cost SipHash as
 * much as long ones. False when it is another case.
 */
static bool
mac_make_short(struct siphash_key key, const struct flow_address *back, const struct sip_via *via,
	       const struct sip_fields *fields, uint8_t worker, uint8_t listener, uint8_t mac[10])
{
	uint32_t host_len = (uint32_t)via->host.len, branch_len = (uint32_t)via->branch.len;
	uint8_t buffer[256], *p = buffer;
	uint64_t out[2];
	struct siphash h;

	if (via->host.len > 64 || via->branch.len > 128 || !sip_branch_has_cookie(via->branch))
		return false;
	memcpy(p, back->ip, 16);
	memcpy(p + 16, &back->port, 2);
	p[18] = worker;
	p[19] = listener;
	p[20] = is_for_flow(via, fields);
	memcpy(p + 21, &via->port, 2);
	memcpy(p + 23, &host_len, 4);
	memcpy(p + 27, via->host.ptr, via->host.len);
	p += 27 + via->host.len;
	memcpy(p, &branch_len, 4);
	memcpy(p + 4, via->branch.ptr, via->branch.len);
	p += 4 + via->branch.len;
	siphash_init(&h, key, 1);
	siphash_update(&h, buffer, (size_t)(p - buffer));
	siphash_final_wide(&h, out);
	memcpy(mac, out, 10);
	return true;
}

/* Values of `received` and `rport` were added by us on the way out: sent-by and branch count. */
static void
mac_make(struct siphash_key key, const struct flow_address *back, const struct sip_via *via,
	 const struct sip_fields *fields, uint8_t worker, uint8_t listener, uint8_t mac[10])
{
	uint64_t out[2];
	uint8_t head[21];
	struct siphash h;

	if (mac_make_short(key, back, via, fields, worker, listener, mac))
		return;
	siphash_init(&h, key, 1);
	memcpy(head, back->ip, 16);
	memcpy(head + 16, &back->port, 2);
	head[18] = worker;
	head[19] = listener;
	head[20] = is_for_flow(via, fields);
	siphash_update(&h, head, sizeof(head));
	siphash_update(&h, &via->port, sizeof(via->port));
	absorb_slice(&h, via->host);
	absorb_slice(&h, via->branch);
	if (!sip_branch_has_cookie(via->branch)) {
		absorb_slice(&h, fields->from_tag);
		absorb_slice(&h, fields->call_id);
		siphash_update(&h, &fields->cseq, sizeof(fields->cseq));
	}
	siphash_final_wide(&h, out);
	memcpy(mac, out, 10);
}

struct branch_id
branch_make(struct siphash_key key, const struct flow_address *back, const struct sip_via *via,
	    const struct sip_fields *fields, uint8_t owner, uint8_t listener)
{
	struct branch_id id = { owner, listener, { 0 } };

	mac_make(key, back, via, fields, owner, listener, id.mac);
	return id;
}

void
branch_write(struct sip_writer *w, const struct branch_id *id, const struct loop_part *loop,
	     const struct branch_target *target)
{
	SIP_PUT(w, SIP_BRANCH_COOKIE);
	sip_put_hex(w, id->worker, 2);
	sip_put_hex(w, id->listener, 2);
	for (size_t i = 0; i < sizeof(id->mac); i++)
		sip_put_hex(w, id->mac[i], 2);
	if (loop == NULL)
		return;
	SIP_PUT(w, ".L");
	sip_put_hex(w, loop->h1, 16);
	sip_put_hex(w, loop->h2, 8);
	if (target == NULL)
		return;
	sip_put_char(w, !target->others ? 'S' : target->same ? 'U' : 'T');
	sip_put_hex(w, target->id, 8);
	sip_put_hex(w, target->seal, 4);
}

static uint16_t
seal_make(struct siphash_key key, const struct branch_id *id, const struct loop_part *loop,
	  const struct branch_target *target)
{
	uint8_t input[10 + 8 + 4 + 4 + 1];

	memcpy(input, id->mac, 10);
	memcpy(input + 10, &loop->h1, 8);
	memcpy(input + 18, &loop->h2, 4);
	memcpy(input + 22, &target->id, 4);
	input[26] = (uint8_t)(target->others | target->same << 1);
	return (uint16_t)siphash(key, input, sizeof(input));
}

void
branch_target_seal(struct siphash_key key, const struct branch_id *id, const struct loop_part *loop,
		   struct branch_target *target)
{
	target->seal = seal_make(key, id, loop, target);
}

bool
branch_target_check(struct siphash_key key, const struct branch_id *id,
		    const struct loop_part *loop, const struct branch_target *target)
{
	return target->seal == seal_make(key, id, loop, target);
}

bool
branch_target_read(struct slice branch, struct branch_target *target)
{
	const char *p = slice_end(branch) - BRANCH_TARGET_LEN;
	uint64_t value = 0;
	char kind;

	if (branch.len != BRANCH_MAX_LEN)
		return false;
	kind = slice_lower(p[0]);
	if (kind < 's' || kind > 'u')
		return false;
	target->others = kind != 's';
	target->same = kind == 'u';
	for (int i = 1; i < BRANCH_TARGET_LEN; i++) {
		int digit = sip_hex_value(p[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	target->id = (uint32_t)(value >> 16);
	target->seal = (uint16_t)value;
	return true;
}

bool
branch_read(struct slice branch, struct branch_id *id)
{
	uint8_t octet[12];
	struct loop_part loop;

	struct branch_target target;

	if (branch.len != BRANCH_LEN && branch.len != BRANCH_LOOP_LEN &&
	    branch.len != BRANCH_MAX_LEN)
		return false;
	if (branch.len > BRANCH_LEN && !loop_part_find(branch, &loop))
		return false;
	if (branch.len == BRANCH_MAX_LEN && !branch_target_read(branch, &target))
		return false;
	if (!sip_branch_has_cookie(branch))
		return false;
	for (size_t i = 0; i < sizeof(octet); i++) {
		int high = sip_hex_value(branch.ptr[7 + 2 * i]);
		int low = sip_hex_value(branch.ptr[8 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		octet[i] = (uint8_t)(high << 4 | low);
	}
	id->worker = octet[0];
	id->listener = octet[1];
	memcpy(id->mac, octet + 2, sizeof(id->mac));
	return true;
}

bool
branch_check(struct siphash_key key, const struct branch_id *id, const struct flow_address *back,
	     const struct sip_via *below, const struct sip_fields *fields)
{
	unsigned int differ = 0;
	uint8_t mac[10];

	mac_make(key, back, below, fields, id->worker, id->listener, mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		differ |= (unsigned int)(mac[i] ^ id->mac[i]);
	return differ == 0;
}

static const struct flow_address nowhere;
static const struct sip_via no_via;

struct branch_id
branch_make_own(struct siphash_key key, const struct sip_fields *fields, uint8_t listener)
{
	return branch_make(key, &nowhere, &no_via, fields, BRANCH_CONTROL, listener);
}

bool
branch_check_own(struct siphash_key key, const struct branch_id *id,
		 const struct sip_fields *fields)
{
	return id->worker == BRANCH_CONTROL && branch_check(key, id, &nowhere, &no_via, fields);
}
