/* SPDX-License-Identifier: BSD-3-Clause */
/* What authentication is done with: made at the start, cleansed at the end. */
#include "authentication_internal.h"

#include <sys/random.h>

#include <openssl/crypto.h>
#include <rte_malloc.h>

#include "admitted.h"

/* For each domain the realm that is configured, or the domain as it is in an AOR: in lower case. */
static struct slice *
make_realms(const struct config_file *f)
{
	size_t size = f->domains_count * sizeof(struct slice);
	struct slice *realm;
	char *p;

	for (unsigned int i = 0; i < f->domains_count; i++)
		size += strlen(f->domains[i]);
	realm = rte_malloc("via_realms", size, 0);
	if (realm == NULL)
		return NULL;
	p = (char *)(realm + f->domains_count);
	for (unsigned int i = 0; i < f->domains_count; i++) {
		const char *begin = p, *name = f->domains[i];

		for (; *name != '\0'; name++)
			*p++ = slice_lower(*name);
		realm[i] =
			f->auth.realm != NULL ? slice_str(f->auth.realm) : slice_between(begin, p);
	}
	return realm;
}

int
via_auth_share(struct via_engine *e)
{
	const struct config_file_auth *f = &e->config->file->auth;
	void *memory;

	if (!f->requests)
		return 0;
	e->realm = make_realms(e->config->file);
	if (e->realm == NULL)
		return -1;
	memory = rte_malloc("via_nonces", nonce_counts_size(f->nonces), RTE_CACHE_LINE_SIZE);
	if (memory == NULL || !nonce_key_generate(&e->nonce_key) ||
	    getrandom(&e->request_key, sizeof(e->request_key), 0) !=
		    (ssize_t)sizeof(e->request_key)) {
		rte_free(memory);
		return -1;
	}
	nonce_counts_init(&e->nonce_counts, memory, f->nonces, f->nonce_seconds);
	return 0;
}

void
via_auth_unshare(struct via_engine *e)
{
	OPENSSL_cleanse(&e->nonce_key, sizeof(e->nonce_key));
	rte_free(e->nonce_counts.set);
	rte_free(e->realm);
}

int
via_auth_open(struct via_worker *w)
{
	const struct config_file *f = w->engine->config->file;

	if (!f->auth.requests)
		return 0;
	w->auth = rte_zmalloc("via_auth", sizeof(*w->auth), RTE_CACHE_LINE_SIZE);
	if (w->auth == NULL)
		return -1;
	w->auth->digest = digest_context_new();
	return w->auth->digest != NULL &&
			       via_admitted_open(&w->auth->passed, f->dataplane.remember) == 0
		       ? 0
		       : -1;
}

void
via_auth_close(struct via_worker *w)
{
	if (w->auth == NULL)
		return;
	digest_context_free(w->auth->digest);
	via_admitted_close(&w->auth->passed);
	OPENSSL_cleanse(w->auth, sizeof(*w->auth));
	rte_free(w->auth);
	w->auth = NULL;
}
