/* SPDX-License-Identifier: BSD-3-Clause */
/* Which AORs exist: those with bindings, those who are listed, and those of the users. */
#include <stdio.h>

#include "registrar/policy.h"
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

bool
registrar_knows(const struct registrar *r, struct slice aor, bool is_new)
{
	const struct config_file_registrar *f = &r->config->file->registrar;

	if (f->any_user || policy_lists_user(f, aor))
		return true;
	/* the store has the AORs of all users; who has just authenticated may be ahead of it */
	return r->config->file->users.source != CONFIG_USERS_NONE &&
	       (!is_new || r->config->file->auth.registers);
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
	if (policy_lists_user(&r->config->file->registrar, j->request.aor) ||
	    !registrar_load(r, j) || j->is_new)
		return;
	j->forgotten = j->changed = true;
	registrar_save(r, j);
}

bool
registrar_flush_users(struct registrar *r)
{
	unsigned int n = r->user_count;

	if (n == 0)
		return true;
	if (r->store->ops->begin(r->store) != STORE_OK)
		return false; /* they stay, and are tried again */
	r->arena_used = 0;
	for (unsigned int i = 0; i < n; i++) {
		registrar_job_aor(&r->job[i], slice_of(r->user[i].aor, r->user[i].aor_len));
		if (r->user[i].exists)
			learn(r, &r->job[i]);
		else
			forget(r, &r->job[i]);
	}
	registrar_commit(r, n);
	r->user_count = 0;
	return true;
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

	for (unsigned int i = 0; i < f->users_count; i++)
		if (user_aor(f->users[i], text, &aor) && !registrar_user_changed(r, aor, true))
			return false;
	return registrar_flush_users(r);
}
