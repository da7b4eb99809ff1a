/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/features.h"

#include "sip/field/feature.h"
#include "sip/param.h"

static bool
is_wanted(struct slice name, struct slice value)
{
	struct sip_feature feature;

	return sip_feature_decode(name, value, &feature) && feature.kind != SIP_FEATURE_MALFORMED &&
	       !(feature.sip_tree && slice_eq_nocase(feature.tag, SLICE("instance")));
}

/* False, with nothing written, when there is no room. */
static bool
put(struct sip_writer *w, struct slice name, struct slice value)
{
	char *before = w->p;

	if (before > w->begin)
		SIP_PUT(w, ";");
	sip_put(w, name);
	if (value.ptr != NULL) {
		SIP_PUT(w, "=");
		sip_put(w, value);
	}
	if (w->overflow)
		w->p = before;
	return !w->overflow;
}

struct slice
features_take(struct slice params, struct sip_writer *pool)
{
	size_t room = (size_t)(pool->end - pool->p);
	struct slice name, value;
	struct sip_writer w;

	sip_writer_init(&w, pool->p, room < FEATURES_MAX ? room : FEATURES_MAX);
	while (sip_param_next(&params, &name, &value))
		if (is_wanted(name, value) && !put(&w, name, value))
			break;
	pool->p = w.p;
	return w.p > w.begin ? slice_between(w.begin, w.p) : SLICE_ABSENT;
}
