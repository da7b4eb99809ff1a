/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu_contact.h"

#include "authentication.h"
#include "sip/address.h"
#include "sip/list.h"

bool
via_gruu_contact_looks_like(struct slice contact)
{
	const char *p = contact.ptr, *end = slice_end(contact);

	while (p != NULL && (p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		char first = ++p < end ? slice_lower(*p) : '\0';
		char second = end - p > 1 ? slice_lower(p[1]) : '\0';

		if (first == '%' || second == '%' || (first == 'g' && second == 'r') ||
		    (first == 'o' && second == 'p'))
			return true;
	}
	return false;
}

/* The URI of From, or of the first value of Contact, if it is sip or sips. */
static bool
take_uri(const struct via_meta *meta, enum sip_header_id header, struct sip_uri *uri)
{
	struct slice value = sip_header_get(&meta->msg, header);
	struct sip_address address;

	if (header == SIP_HDR_CONTACT && value.ptr != NULL)
		value = sip_list_cut(&value);
	return value.ptr != NULL && sip_address_decode(value, &address) &&
	       sip_uri_decode(address.uri, uri) &&
	       (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS);
}

/*
 * The AOR of From, if it is of a domain of ours; else absent: somebody else, or who does not want
 * to be known. False when From says nothing of that: a tel URI may be anybody's.
 */
static bool
take_from(const struct via_worker *w, const struct via_meta *meta, char text[VIA_AOR_MAX],
	  struct slice *from)
{
	struct sip_uri uri;

	*from = SLICE_ABSENT;
	if (!take_uri(meta, SIP_HDR_FROM, &uri))
		return false;
	return !via_is_own_domain(w->engine, uri.host) || via_aor_of(&uri, text, from);
}

/* The sender may act as this AOR: as he has proved, or, where nobody asked for that, as From says.
 */
static bool
is_senders(struct via_worker *w, const struct via_meta *meta, struct slice aor, struct slice from)
{
	bool proven = (meta->flags & VIA_AUTHENTICATED) != 0;

	if ((!proven || (meta->flags & VIA_OWN_FROM) != 0) && slice_eq(aor, from))
		return true;
	return proven && via_auth_sender_has(w, meta, aor);
}

/* w->record is the AOR of this GRUU, which is valid: it has, or has had, the instance. */
static bool
find_valid(struct via_worker *w, const struct gruu *gruu, struct slice aor)
{
	const struct binding_table *t = &w->tables->bindings;
	struct binding_instance instance;
	unsigned int row;

	if (t->header == NULL)
		return false;
	via_count(w, STATS_lookups);
	if (gruu->kind == GRUU_TEMPORARY)
		return binding_find_epoch(t, gruu->epoch, &w->record, &row);
	return binding_find(t, aor, binding_hash(t, aor), &w->record) &&
	       via_lookup_instance(w, gruu, &instance);
}

/* GR-58 would make a difference. */
static bool
is_record_route_open(const struct via_worker *w, const struct via_meta *meta)
{
	return !w->engine->config->file->proxy.record_route &&
	       meta->msg.first[SIP_HDR_RECORD_ROUTE] != SIP_NO_HEADER;
}

enum via_reason
via_gruu_contact_judge(struct via_worker *w, struct via_meta *meta)
{
	char text[VIA_AOR_MAX], from_text[VIA_AOR_MAX];
	struct slice aor = SLICE_ABSENT, from;
	struct sip_uri uri;
	struct gruu gruu;

	if (!take_uri(meta, SIP_HDR_CONTACT, &uri) || !via_is_own_domain(w->engine, uri.host) ||
	    via_gruu_of(w, &uri, &gruu) == GRUU_NONE || gruu_status(gruu.kind) != 0 ||
	    !take_from(w, meta, from_text, &from))
		return VIA_REASON_NONE;
	if (gruu.kind == GRUU_TEMPORARY) {
		if (from.ptr == NULL)
			return VIA_REASON_NONE;
	} else {
		if (!via_aor_of(&uri, text, &aor))
			return VIA_REASON_NONE;
		/* the usual case needs no look-up */
		if (!is_record_route_open(w, meta) && is_senders(w, meta, aor, from))
			return VIA_REASON_NONE;
	}
	if (!find_valid(w, &gruu, aor))
		return VIA_REASON_NONE;
	if (!is_senders(w, meta, binding_aor(&w->record), from))
		return VIA_REASON_GRUU_NOT_YOURS;
	if (is_record_route_open(w, meta))
		meta->flags |= VIA_MUST_RECORD_ROUTE;
	return VIA_REASON_NONE;
}
