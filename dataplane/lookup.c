/* SPDX-License-Identifier: BSD-3-Clause */
#include "lookup.h"

#include "binding_choice.h"
#include "memory.h"

bool
via_aor_of(const struct sip_uri *uri, char text[VIA_AOR_MAX], struct slice *aor)
{
	size_t n = sip_uri_aor(uri, text, VIA_AOR_MAX);

	/* the port is no part of the record when it is the usual one */
	if (n > 0 && sip_uri_has_usual_port(uri))
		n -= 5;
	*aor = slice_of(text, n);
	return n > 0;
}

bool
via_is_for_aor(const struct via_worker *w, const struct via_meta *meta)
{
	struct gruu gruu;

	return meta->target == VIA_TARGET_LOOKUP && via_gruu_of(w, &meta->uri, &gruu) == GRUU_NONE;
}

bool
via_lookup_instance(const struct via_worker *w, const struct gruu *gruu,
		    struct binding_instance *out)
{
	const struct slice id = slice_of(gruu->instance, gruu->instance_len);

	for (unsigned int i = 0; binding_instance_get(&w->record, i, out); i++)
		if (gruu->kind == GRUU_TEMPORARY ? out->epoch == gruu->epoch && out->epoch != 0
						 : slice_eq(out->id, id))
			return true;
	return false;
}

uint64_t
via_lookup_key(const struct via_worker *w, const struct via_meta *meta, const struct gruu *gruu)
{
	uint64_t key = via_memory_key(&meta->branch);

	if (likely(gruu->kind == GRUU_NONE))
		return key;
	if (gruu->kind == GRUU_TEMPORARY)
		key ^= siphash(w->tables->keys.loop, &gruu->epoch, sizeof(gruu->epoch)) ^
		       siphash(w->tables->keys.loop, meta->uri.host.ptr, meta->uri.host.len);
	else
		key ^= siphash(w->tables->keys.loop, gruu->instance, gruu->instance_len);
	return key != 0 ? key : 1;
}

uint64_t
via_lookup_begin(struct via_worker *w, struct via_meta *meta, struct gruu *gruu)
{
	const struct binding_table *t = &w->tables->bindings;
	uint64_t hash = 0;
	char text[VIA_AOR_MAX];
	struct slice aor;

	via_gruu_of(w, &meta->uri, gruu);
	if (t->header == NULL || gruu_status(gruu->kind) != 0)
		return 0;
	if (unlikely(gruu->kind == GRUU_TEMPORARY)) {
		binding_prefetch_epoch(t, gruu->epoch);
	} else if (via_aor_of(&meta->uri, text, &aor)) {
		meta->aor_hash = hash = binding_hash(t, aor);
		binding_prefetch(t, hash);
	}
	via_memory_prefetch(&w->memory, via_lookup_key(w, meta, gruu));
	return hash;
}

bool
via_lookup_epoch(struct via_worker *w, const struct gruu *gruu, const struct sip_uri *uri)
{
	struct sip_uri aor;
	unsigned int instance;

	return binding_find_epoch(&w->tables->bindings, gruu->epoch, &w->record, &instance) &&
	       sip_uri_decode(binding_aor(&w->record), &aor) &&
	       slice_eq_nocase(aor.host, uri->host);
}

bool
via_lookup_find(struct via_worker *w, const struct via_meta *meta, const struct gruu *gruu)
{
	const struct binding_table *t = &w->tables->bindings;
	char text[VIA_AOR_MAX];
	struct slice aor;

	if (t->header == NULL)
		return false;
	via_count(w, STATS_lookups);
	if (unlikely(gruu->kind == GRUU_TEMPORARY))
		return via_lookup_epoch(w, gruu, &meta->uri);
	return via_aor_of(&meta->uri, text, &aor) &&
	       binding_find(t, aor, meta->aor_hash, &w->record);
}

bool
via_lookup_is(const struct via_worker *w, const struct via_meta *meta, const struct gruu *gruu)
{
	struct binding_instance instance;
	char text[VIA_AOR_MAX];
	struct slice aor;

	if (unlikely(gruu->kind == GRUU_TEMPORARY))
		return via_lookup_instance(w, gruu, &instance);
	return via_aor_of(&meta->uri, text, &aor) && slice_eq(aor, binding_aor(&w->record));
}

/* Of these bindings, those of one instance. */
static uint64_t
of_instance(const struct via_worker *w, struct slice id, uint64_t among)
{
	struct binding b;

	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if (!slice_eq(b.instance, id))
			among &= ~(UINT64_C(1) << i);
	return among;
}

enum via_reason
via_lookup_among(const struct via_worker *w, const struct gruu *gruu, uint64_t *among)
{
	bool draft = w->engine->config->file->registrar.gruu == CONFIG_GRUU_DRAFT04;
	struct binding_instance instance;

	*among = UINT64_MAX;
	if (likely(gruu->kind == GRUU_NONE && !draft))
		return VIA_REASON_NONE;
	*among = binding_live(w, draft);
	if (gruu->kind == GRUU_NONE)
		return VIA_REASON_NONE;
	if (!via_lookup_instance(w, gruu, &instance))
		return gruu->kind == GRUU_DRAFT ? VIA_REASON_TEMPORARILY_UNAVAILABLE
						: VIA_REASON_NOT_FOUND;
	*among = of_instance(w, instance.id, *among);
	if (*among != 0)
		return VIA_REASON_NONE;
	/* GR-29: with its last binding, at that very moment */
	return gruu->kind == GRUU_TEMPORARY ? VIA_REASON_NOT_FOUND
					    : VIA_REASON_TEMPORARILY_UNAVAILABLE;
}
