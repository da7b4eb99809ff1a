/* SPDX-License-Identifier: BSD-3-Clause */
/* Which AORs exist: those with bindings, those who are listed, and those of the users. */
#include <stdio.h>
#include <stdlib.h>

#include "registrar/registrar_internal.h"

/* "user@domain" of the configuration as an AOR. False when it is none. */
static bool
user_aor(const char *user, char text[REGISTER_AOR_MAX], struct slice *aor)
{
	char uri_text[300];
	struct sip_uri uri;

	snprintf(uri_text, sizeof(uri_text), "sip:%s", user);
	if (!sip_uri_decode(slice_str(uri_text), &uri))
		return false;
	*aor = slice_of(text, sip_uri_aor(&uri, text, REGISTER_AOR_MAX));
	return aor->len > 0;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool
registrar_is_listed(const struct registrar *r, struct slice aor)
{
	uint64_t hash = siphash(r->key, aor.ptr, aor.len);

	return r->listed_count > 0 &&
	       bsearch(&hash, r->listed, r->listed_count, sizeof(hash), by_value) != NULL;
}

bool
registrar_knows(const struct registrar *r, const struct job *j)
{
	if (r->config->file->registrar.any_user || registrar_is_listed(r, j->request.aor))
		return true;
	/* the store has the AORs of all users; who has just authenticated may be ahead of it */
	return r->config->file->users.source != CONFIG_USERS_NONE && (!j->is_new || j->proved);
}

/* Make an AOR known, in the transaction. It then gets 480 and not 404 without a binding. */
static void
learn(struct registrar *r, struct job *j)
{
	if (!registrar_load(r, j) || !j->is_new)
		return;
	j->changed = true;
	registrar_save(r, j);
}

/* GR-33: with the AOR go its bindings and all its GRUUs. */
static void
forget(struct registrar *r, struct job *j)
{
	if (registrar_is_listed(r, j->request.aor) || !registrar_load(r, j) || j->is_new)
		return;
	j->forgotten = j->changed = true;
	registrar_save(r, j);
}

/* The store may take it another time; nothing can be done about an AOR that is too long for it. */
static bool
is_put_off(const struct job *j)
{
	return j->refusal.status != 0 && j->refusal.status != 400;
}

/* Those that the store refused stay, in their order, and are tried again. */
static bool
keep_put_off(struct registrar *r, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (is_put_off(&r->job[i]))
			r->user[kept++] = r->user[i];
	r->user_count = kept;
	return kept == 0;
}

bool
registrar_flush_users(struct registrar *r)
{
	unsigned int n = r->user_count;

	if (n == 0)
		return true;
	if (r->store->ops->begin(r->store) != STORE_OK)
		return false;
	r->arena_used = 0;
	for (unsigned int i = 0; i < n; i++) {
		registrar_job_aor(&r->job[i], slice_of(r->user[i].aor, r->user[i].aor_len));
		if (r->user[i].exists)
			learn(r, &r->job[i]);
		else
			forget(r, &r->job[i]);
	}
	registrar_commit(r, r->job, n);
	return keep_put_off(r, n);
}

bool
registrar_user_changed(struct registrar *r, struct slice aor, bool exists)
{
	struct user_change *u;

	if (aor.len == 0 || aor.len > sizeof(u->aor))
		return true; /* nobody can register it either */
	if (r->user_count == REGISTRAR_USERS && !registrar_flush_users(r))
		return false;
	u = &r->user[r->user_count++];
	memcpy(u->aor, aor.ptr, aor.len);
	u->aor_len = aor.len;
	u->exists = exists;
	return true;
}

bool
registrar_know_listed(struct registrar *r)
{
	const struct config_file_registrar *f = &r->config->file->registrar;
	char text[REGISTER_AOR_MAX];
	struct slice aor;

	r->listed = calloc(f->users_count + 1, sizeof(*r->listed));
	if (r->listed == NULL)
		return false;
	for (unsigned int i = 0; i < f->users_count; i++) {
		if (!user_aor(f->users[i], text, &aor))
			continue;
		r->listed[r->listed_count++] = siphash(r->key, aor.ptr, aor.len);
		if (!registrar_user_changed(r, aor, true))
			return false;
	}
	qsort(r->listed, r->listed_count, sizeof(*r->listed), by_value);
	return registrar_flush_users(r);
}
