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

/* Whose a Contact may be. */
struct sender {
	struct slice aor; /* of From, where it is of a domain of ours; else absent */
	bool nameless;    /* RFC 3323 §4.1.1.3 */
	char text[VIA_AOR_MAX];
};

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

/* The Contact, if it is a GRUU of a domain of ours by its looks. */
static bool
take_gruu(const struct via_worker *w, const struct via_meta *meta, struct sip_uri *uri,
	  struct gruu *gruu)
{
	return take_uri(meta, SIP_HDR_CONTACT, uri) && via_is_own_domain(w->engine, uri->host) &&
	       via_gruu_of(w, uri, gruu) != GRUU_NONE && gruu_status(gruu->kind) == 0;
}

int
via_gruu_contact_domain(const struct via_worker *w, const struct via_meta *meta)
{
	struct sip_uri uri;
	struct gruu gruu;

	return via_gruu_contact_counts(w, meta) && take_gruu(w, meta, &uri, &gruu)
		       ? via_own_domain(w->engine, uri.host)
		       : -1;
}

static void
take_sender(const struct via_worker *w, const struct via_meta *meta, struct sender *sender)
{
	struct sip_uri uri;

	sender->aor = SLICE_ABSENT;
	sender->nameless = false;
	if (!take_uri(meta, SIP_HDR_FROM, &uri))
		return;
	sender->nameless = slice_eq_nocase(uri.host, SLICE("anonymous.invalid"));
	if (via_is_own_domain(w->engine, uri.host) && !via_aor_of(&uri, sender->text, &sender->aor))
		sender->aor = SLICE_ABSENT;
}

/*
 * The sender may act as this AOR: as he has proved, or, where nobody asked for that, as From says.
 * What comes back from ourselves has been looked at, and has lost its credentials since.
 */
static bool
is_senders(struct via_worker *w, const struct via_meta *meta, struct slice aor,
	   const struct sender *sender)
{
	if ((meta->flags & VIA_AUTHENTICATED) != 0)
		return ((meta->flags & VIA_OWN_FROM) != 0 && slice_eq(aor, sender->aor)) ||
		       via_auth_sender_has(w, meta, aor);
	return slice_eq(aor, sender->aor) || via_listener_here(w, &meta->flow.remote) >= 0;
}

/* w->record is the AOR of this GRUU, which is valid: it has, or has had, the instance. */
static bool
find_valid(struct via_worker *w, const struct sip_uri *uri, const struct gruu *gruu,
	   struct slice aor)
{
	const struct binding_table *t = &w->tables->bindings;
	struct binding_instance instance;

	if (t->header == NULL)
		return false;
	via_count(w, STATS_lookups);
	if (gruu->kind == GRUU_TEMPORARY)
		return via_lookup_epoch(w, gruu, uri);
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
	struct slice aor = SLICE_ABSENT;
	char text[VIA_AOR_MAX];
	struct sender sender;
	struct sip_uri uri;
	struct gruu gruu;

	if (!take_gruu(w, meta, &uri, &gruu))
		return VIA_REASON_NONE;
	take_sender(w, meta, &sender);
	if (gruu.kind == GRUU_TEMPORARY) {
		if (sender.nameless && (meta->flags & VIA_AUTHENTICATED) == 0)
			return VIA_REASON_NONE;
	} else {
		if (!via_aor_of(&uri, text, &aor))
			return VIA_REASON_NONE;
		/* the usual case needs no look-up */
		if (!is_record_route_open(w, meta) && is_senders(w, meta, aor, &sender))
			return VIA_REASON_NONE;
	}
	if (!find_valid(w, &uri, &gruu, aor))
		return VIA_REASON_NONE;
	if (!is_senders(w, meta, binding_aor(&w->record), &sender))
		return VIA_REASON_GRUU_NOT_YOURS;
	if (is_record_route_open(w, meta))
		meta->flags |= VIA_MUST_RECORD_ROUTE;
	return VIA_REASON_NONE;
}
