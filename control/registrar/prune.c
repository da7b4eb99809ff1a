/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AORs that ceased to exist while nobody looked: users who were removed while control did not run,
 * names that are not in registrar.users any more (GR-33). A source that is being written, or was
 * emptied by mistake, lacks users in the same way: so they are counted first.
 */
#include <inttypes.h>
#include <stdio.h>

#include "process/clock.h"
#include "registrar/registrar_internal.h"

enum {
	FEW = 10, /* may go at once, however few there are */
	TENTH = 10,
	GRACE_MS = 600 * 1000, /* for users to come back, and between two counts of many */
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
	struct registrar *r = context;
	struct prune *p = &r->prune;

	(void)value;
	p->part_seen++;
	if (aor.len > STORE_NAME_MAX)
		return true; /* no key of ours; and there is none */
	/* one octet on: the next key in order */
	memcpy(p->text, aor.ptr, aor.len);
	p->text[aor.len] = '\0';
	p->from = slice_of(p->text, aor.len + 1);
	if (aor.len > REGISTER_AOR_MAX || exists(r, aor))
		return true;
	p->part_found++;
	if (p->counted)
		registrar_user_changed(r, aor, false);
	return !p->counted || p->part_found < REGISTRAR_USERS;
}

/* Who exists can be told: by the configuration alone, or once all users have been read. */
static bool
is_known(const struct registrar *r)
{
	if (r->config->file->users.source == CONFIG_USERS_NONE)
		return true;
	return r->users.loaded != NULL && r->users.loaded(r->users.context);
}

/* Whether it is time; *forced: somebody said that it is. */
static bool
is_due(struct registrar *r, bool *forced)
{
	uint64_t forces = r->users.forced != NULL ? r->users.forced(r->users.context) : 0;
	bool has_source = r->config->file->users.source != CONFIG_USERS_NONE;
	struct prune *p = &r->prune;

	*forced = forces > 0;
	if (p->not_before_ms == 0)
		p->not_before_ms = clock_steady_ms() + (has_source ? GRACE_MS : 0);
	if (forces != p->forced)
		p->not_before_ms = 1;
	p->forced = forces;
	return clock_steady_ms() >= p->not_before_ms;
}

/* All have been counted. False: they are too many to be meant. */
static bool
check_count(struct registrar *r, bool forced)
{
	struct prune *p = &r->prune;
	bool fine = forced || p->orphans <= FEW || p->orphans <= p->seen / TENTH;

	p->from = SLICE_ABSENT;
	p->counted = fine;
	if (!fine && !p->held)
		fprintf(stderr,
			"viaduct-control: registrar: %" PRIu64 " of %" PRIu64
			" AORs in the store have no user; they are kept, with what is registered: "
			"if it is meant: viaduct users reload --force\n",
			p->orphans, p->seen);
	p->held = !fine;
	if (!fine)
		p->not_before_ms = clock_steady_ms() + GRACE_MS;
	return fine;
}

/* One part of the store. *end: it was the last one. */
static bool
look_at_part(struct registrar *r, unsigned int aors, bool *end)
{
	struct prune *p = &r->prune;
	enum store_error error;

	if (r->store->ops->begin(r->store) != STORE_OK)
		return false;
	if (p->from.len == 0 && !p->counted)
		p->seen = p->orphans = 0;
	p->part_seen = p->part_found = 0;
	error = r->store->ops->walk(r->store, p->from, aors, look, r);
	r->store->ops->abort(r->store);
	*end = error == STORE_OK && p->part_seen < aors &&
	       (!p->counted || p->part_found < REGISTRAR_USERS);
	if (!p->counted) {
		p->seen += p->part_seen;
		p->orphans += p->part_found;
	}
	return error == STORE_OK;
}

bool
registrar_prune(struct registrar *r, unsigned int aors)
{
	struct prune *p = &r->prune;
	bool forced, end;

	if (p->done || r->config->file->registrar.any_user || !is_known(r) || !is_due(r, &forced))
		return false;
	/* what is to be forgotten waits for a transaction of its own, and needs all the room */
	if (!registrar_flush_users(r) || !look_at_part(r, aors, &end))
		return false;
	if (end && !p->counted)
		return check_count(r, forced);
	p->done = end;
	registrar_flush_users(r);
	return !p->done;
}
