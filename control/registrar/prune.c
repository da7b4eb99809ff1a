/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AORs that ceased to exist while nobody looked: users who were removed while control did not run,
 * names that are not in registrar.users any more (GR-33).
 */
#include "registrar/registrar_internal.h"

/* What a part of the store has of them. */
struct prune {
	struct registrar *r;
	unsigned int seen, found;
};

static bool
exists(const struct registrar *r, struct slice aor)
{
	return registrar_is_listed(r, aor) ||
	       (r->users.knows != NULL && r->users.knows(r->users.context, aor));
}

static bool
look(struct slice aor, struct slice value, void *context)
{
	struct prune *p = context;
	struct registrar *r = p->r;

	(void)value;
	p->seen++;
	if (aor.len > REGISTER_AOR_MAX)
		return true; /* not one of ours */
	/* one octet on: the next key in order */
	memcpy(r->prune_text, aor.ptr, aor.len);
	r->prune_text[aor.len] = '\0';
	r->prune_from = slice_of(r->prune_text, aor.len + 1);
	if (!exists(r, aor)) {
		registrar_user_changed(r, aor, false);
		p->found++;
	}
	return p->found < REGISTRAR_USERS;
}

/* Who exists can be told: by the configuration alone, or once all users have been read. */
static bool
is_known(const struct registrar *r)
{
	if (r->config->file->users.source == CONFIG_USERS_NONE)
		return true;
	return r->users.loaded != NULL && r->users.loaded(r->users.context);
}

bool
registrar_prune(struct registrar *r, unsigned int aors)
{
	struct prune p = { .r = r };
	enum store_error error;

	if (r->pruned || r->config->file->registrar.any_user || !is_known(r))
		return false;
	/* what is to be forgotten waits for a transaction of its own, and needs all the room */
	if (!registrar_flush_users(r) || r->store->ops->begin(r->store) != STORE_OK)
		return false;
	error = r->store->ops->walk(r->store, r->prune_from, aors, look, &p);
	r->store->ops->abort(r->store);
	r->pruned = error == STORE_OK && p.seen < aors && p.found < REGISTRAR_USERS;
	registrar_flush_users(r);
	return !r->pruned;
}
