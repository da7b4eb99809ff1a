/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/branch.h"

#include "guard/siphash_inline.h"

enum { COOKIE_LEN = sizeof(SIP_BRANCH_COOKIE) - 1 };

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

SIPHASH_INLINE void
put_slice(struct siphash *h, struct slice s)
{
	siphash_put_few(h, (uint32_t)s.len, 4);
	siphash_put_text(h, s);
}

/* By which a request without the cookie is known. */
static __attribute__((noinline)) struct siphash
put_fields(struct siphash h, const struct sip_fields *fields)
{
	put_slice(&h, fields->from_tag);
	put_slice(&h, fields->call_id);
	siphash_put_few(&h, fields->cseq, sizeof(fields->cseq));
	return h;
}

/* Values of `received` and `rport` were added by us on the way out: sent-by and branch count. */
static void
mac_make(struct siphash_key key, const struct flow_address *back, const struct sip_via *via,
	 const struct sip_fields *fields, uint8_t worker, uint8_t listener, uint8_t mac[10])
{
	struct siphash h = siphash_start(key, true);
	uint64_t out[2];

	siphash_put_text(&h, slice_of((const char *)back->ip, sizeof(back->ip)));
	siphash_put_few(&h, back->port | (uint32_t)worker << 16 | (uint32_t)listener << 24, 4);
	siphash_put_few(&h, is_for_flow(via, fields) | (uint32_t)via->port << 8, 3);
	put_slice(&h, via->host);
	put_slice(&h, via->branch);
	if (!sip_branch_has_cookie(via->branch))
		h = put_fields(h, fields);
	siphash_end_wide(&h, out);
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

/* Room for `len` characters, or NULL; they are written all or none. */
static char *
take_room(struct sip_writer *w, size_t len)
{
	char *p = w->p;

	if ((size_t)(w->end - p) < len) {
		w->overflow = true;
		return NULL;
	}
	w->p += len;
	return p;
}

/* Worker to tag, or to MAC: 24 digits, the first and the last sixteen of them. */
static inline void
write_transaction(char *p, uint64_t front, uint64_t back)
{
	memcpy(p, SIP_BRANCH_COOKIE, COOKIE_LEN);
	sip_hex_write16(p + COOKIE_LEN, front);
	sip_hex_write16(p + COOKIE_LEN + 8, back);
}

static void
write_target(char *p, const struct branch_target *target)
{
	char digits[16];

	*p = !target->others ? 'S' : target->same ? 'U' : 'T';
	sip_hex_write16(digits, (uint64_t)target->id << 32 | (uint32_t)target->seal << 16);
	memcpy(p + 1, digits, BRANCH_TARGET_LEN - 1);
}

void
branch_write(struct sip_writer *w, const struct branch_id *id, const struct loop_part *loop,
	     const struct branch_target *target)
{
	size_t len = loop == NULL ? BRANCH_LEN : target == NULL ? BRANCH_LOOP_LEN : BRANCH_MAX_LEN;
	char *p = take_room(w, len);
	uint64_t front, back;

	if (p == NULL)
		return;
	_Static_assert(sizeof(*id) == 12, "worker, listener and MAC as they are written");
	memcpy(&front, id, 8);
	memcpy(&back, (const uint8_t *)id + 4, 8);
	write_transaction(p, __builtin_bswap64(front), __builtin_bswap64(back));
	if (loop != NULL)
		loop_part_write(p + BRANCH_LEN, loop);
	if (len == BRANCH_MAX_LEN)
		write_target(p + BRANCH_LOOP_LEN, target);
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
	uint32_t seal;
	char kind;

	if (branch.len != BRANCH_MAX_LEN)
		return false;
	kind = slice_lower(p[0]);
	/* the seal is read with the four digits before it */
	if (kind < 's' || kind > 'u' || !sip_hex_read8(p + 1, &target->id) ||
	    !sip_hex_read8(p + 5, &seal))
		return false;
	target->others = kind != 's';
	target->same = kind == 'u';
	target->seal = (uint16_t)seal;
	return true;
}

bool
branch_read(struct slice branch, struct branch_id *id)
{
	struct branch_target target;
	struct loop_part loop;
	uint32_t part[3];

	if (branch.len != BRANCH_LEN && branch.len != BRANCH_LOOP_LEN &&
	    branch.len != BRANCH_MAX_LEN)
		return false;
	if (branch.len > BRANCH_LEN && !loop_part_find(branch, &loop))
		return false;
	if (branch.len == BRANCH_MAX_LEN && !branch_target_read(branch, &target))
		return false;
	if (!sip_branch_has_cookie(branch))
		return false;
	for (int i = 0; i < 3; i++) {
		if (!sip_hex_read8(branch.ptr + COOKIE_LEN + 8 * i, &part[i]))
			return false;
		part[i] = __builtin_bswap32(part[i]);
	}
	memcpy(id, part, sizeof(*id));
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

/* ---- of a transaction ---- */

void
branch_client_write(struct sip_writer *w, const struct branch_client *id,
		    const struct loop_part *loop)
{
	char *p = take_room(w, loop != NULL ? BRANCH_LOOP_LEN : BRANCH_LEN);
	uint64_t front;

	if (p == NULL)
		return;
	front = (uint32_t)id->worker << 24 | (id->client & 0xffffff);
	write_transaction(p, front << 32 | id->tag >> 32, id->tag);
	if (loop != NULL)
		loop_part_write(p + BRANCH_LEN, loop);
}

bool
branch_client_read(struct slice branch, struct branch_client *id)
{
	struct loop_part loop;
	uint32_t front;

	if (branch.len != BRANCH_LEN && branch.len != BRANCH_LOOP_LEN)
		return false;
	if (!sip_branch_has_cookie(branch) || !sip_hex_read8(branch.ptr + COOKIE_LEN, &front) ||
	    !sip_hex_read16(branch.ptr + COOKIE_LEN + 8, &id->tag))
		return false;
	id->worker = (uint8_t)(front >> 24);
	id->client = front & 0xffffff;
	return id->worker < BRANCH_WORKERS &&
	       (branch.len == BRANCH_LEN || loop_part_find(branch, &loop));
}

uint64_t
branch_client_tag(struct siphash_key key, uint64_t counter)
{
	struct siphash h = siphash_start(key, false);

	/* nine octets: the last is in no text, so that nothing else has this input */
	siphash_put_word(&h, counter, 0);
	siphash_put_few(&h, 0xff, 1);
	return siphash_end(&h);
}
