/* SPDX-License-Identifier: BSD-3-Clause */
/* The registrar, who may authenticate, and how. */
#include <string.h>

#include "config/resolver.h"
#include "sip/field/auth.h"
#include "sip/host.h"
#include "sip/param.h"
#include "sip/uri.h"

/* RC-05: every value is a loose route. */
void
config_check_route(struct resolver *r, const char *path, const char *text)
{
	struct sip_uri uri;

	if (!sip_uri_decode(slice_str(text), &uri) ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS) ||
	    uri.headers.ptr != NULL || !sip_param_find(uri.params, SLICE("lr"), NULL))
		FAULT(r, "%s", path, "'%.64s': want a URI with lr, such as sip:home.example.com;lr",
		      text);
}

static void
resolve_service_route(struct resolver *r)
{
	const struct config_file_service_route *f = &r->config->file->registrar.service_route;
	char path[96];

	for (unsigned int i = 0; i < f->append_count; i++) {
		snprintf(path, sizeof(path), "registrar.service_route.append[%u]", i);
		config_check_route(r, path, f->append[i]);
	}
	for (unsigned int i = 0; i < f->replace_count; i++) {
		const struct config_file_replacement *p = &f->replace[i];

		if (!sip_host_is_valid(slice_str(p->host)))
			FAULT(r, "registrar.service_route.replace[%u].host", i,
			      "'%.64s': want a host name or address", p->host);
		for (unsigned int k = 0; k < p->with_count; k++) {
			snprintf(path, sizeof(path), "registrar.service_route.replace[%u].with[%u]",
				 i, k);
			config_check_route(r, path, p->with[k]);
		}
	}
	if (f->form == CONFIG_SERVICE_ROUTE_STATIC && f->append_count == 0)
		FAULT(r, "%s", "registrar.service_route.form",
		      "static: want 'append' as well, with what the Service-Route is to say");
}

void
config_resolve_registrar(struct resolver *r)
{
	const struct config_file_registrar *f = &r->config->file->registrar;

	if (f->min_expires > f->max_expires) {
		config_resolve_order(r, "registrar", "min_expires", f->min_expires, "max_expires",
				     f->max_expires);
	} else {
		config_resolve_order(r, "registrar", "min_expires", f->min_expires,
				     "default_expires", f->default_expires);
		config_resolve_order(r, "registrar", "default_expires", f->default_expires,
				     "max_expires", f->max_expires);
	}
	for (unsigned int i = 0; i < f->users_count; i++) {
		struct slice host = slice_str(f->users[i]);
		struct slice user = slice_cut(&host, '@');

		if (user.len == 0 || host.ptr == NULL || !sip_host_is_valid(host))
			FAULT(r, "registrar.users[%u]", i, "'%.64s': want user@domain",
			      f->users[i]);
	}
	config_resolve_networks(r, f->deny_contacts, f->deny_contacts_count,
				"registrar.deny_contacts", &r->config->deny_contacts);
	resolve_service_route(r);
}

static void
resolve_algorithms(struct resolver *r)
{
	static const uint8_t usual[] = { SIP_DIGEST_SHA_256, SIP_DIGEST_MD5 };
	const struct config_file_auth *f = &r->config->file->auth;
	struct config *c = r->config;

	c->auth_algorithm_count = 0;
	for (unsigned int i = 0; i < f->algorithms_count; i++) {
		enum sip_digest_algorithm a =
			sip_digest_algorithm_find(slice_str(f->algorithms[i]));

		if (a != SIP_DIGEST_MD5 && a != SIP_DIGEST_SHA_256 && a != SIP_DIGEST_SHA_512_256)
			FAULT(r, "auth.algorithms[%u]", i,
			      "'%.32s': want SHA-512-256, SHA-256 or MD5", f->algorithms[i]);
		else if (memchr(c->auth_algorithm, (int)a, c->auth_algorithm_count) != NULL)
			FAULT(r, "auth.algorithms[%u]", i, "'%.32s' is there already",
			      f->algorithms[i]);
		else
			c->auth_algorithm[c->auth_algorithm_count++] = (uint8_t)a;
	}
	if (f->algorithms_count > 0)
		return;
	memcpy(c->auth_algorithm, usual, sizeof(usual));
	c->auth_algorithm_count = sizeof(usual);
}

static void
resolve_qop(struct resolver *r)
{
	const struct config_file_auth *f = &r->config->file->auth;

	for (unsigned int i = 0; i < f->qop_count; i++) {
		if (strcmp(f->qop[i], "auth") == 0)
			r->config->auth_qop |= SIP_QOP_AUTH;
		else if (strcmp(f->qop[i], "auth-int") == 0)
			r->config->auth_qop |= SIP_QOP_AUTH_INT;
		else
			FAULT(r, "auth.qop[%u]", i, "'%.32s': want auth or auth-int", f->qop[i]);
	}
	if (f->qop_count == 0)
		r->config->auth_qop = SIP_QOP_AUTH;
}

/* What is there for another kind of source: whoever wrote it thinks that it counts. */
static void
check_ignored_users(struct resolver *r, bool sql)
{
	const struct config_file_users *f = &r->config->file->users;

	if (f->database != NULL && !sql)
		FAULT(r, "%s", "users.database",
		      "only for 'users.source' sqlite and postgresql: want one of these, or no "
		      "'database'");
	if (f->query != NULL && !sql)
		FAULT(r, "%s", "users.query",
		      "only for 'users.source' sqlite and postgresql: want one of these, or no "
		      "'query'");
	if (f->file != NULL && f->source != CONFIG_USERS_FILE)
		FAULT(r, "%s", "users.file",
		      "only for 'users.source' file: want that, or no 'file'%s",
		      f->source == CONFIG_USERS_SQLITE ? "; a database goes into 'users.database'"
						       : "");
}

static void
resolve_users(struct resolver *r)
{
	const struct config_file *f = r->config->file;
	bool sql = f->users.source == CONFIG_USERS_SQLITE ||
		   f->users.source == CONFIG_USERS_POSTGRESQL;

	check_ignored_users(r, sql);
	if (sql && f->users.database == NULL)
		FAULT(r, "%s", "users.source", "want 'users.database' as well: %s",
		      f->users.source == CONFIG_USERS_SQLITE ? "the file with the users"
							     : "such as host=db dbname=sip");
	if (f->users.source == CONFIG_USERS_POSTGRESQL && f->users.query == NULL)
		FAULT(r, "%s", "users.source",
		      "want 'users.query' as well, such as SELECT username, realm, ha1_sha256 FROM "
		      "subscribers");
	if ((f->auth.registers || f->auth.requests) && f->users.source == CONFIG_USERS_NONE)
		FAULT(r, "%s", f->auth.registers ? "auth.registers" : "auth.requests",
		      "want 'users.source' as well: without users nobody can authenticate");
}

struct auth_policy
config_auth_policy(const struct config *config, struct slice realm)
{
	const struct config_file_auth *f = &config->file->auth;
	struct auth_policy policy = {
		.realm = realm,
		.algorithm_count = config->auth_algorithm_count,
		.qop = config->auth_qop,
		.nonce_lifetime_s = f->nonce_seconds,
		.bind_address = f->bind_address,
		.allow_no_qop = !f->qop_required,
	};

	_Static_assert(CONFIG_MAX_ALGORITHMS <= AUTH_ALGORITHMS_MAX, "room for all of them");
	memcpy(policy.algorithms, config->auth_algorithm, sizeof(config->auth_algorithm));
	return policy;
}

/* A domain may be as long, and some header lines have to have room for it. */
enum { REALM_MAX = 255 };

void
config_resolve_auth(struct resolver *r)
{
	const struct config_file_auth *f = &r->config->file->auth;

	config_resolve_networks(r, f->exempt, f->exempt_count, "auth.exempt",
				&r->config->auth_exempt);
	if (f->realm != NULL && strpbrk(f->realm, "\"\\\r\n") != NULL)
		FAULT(r, "%s", "auth.realm", "want a name without quotes and '\\'");
	if (f->realm != NULL && strlen(f->realm) > REALM_MAX)
		FAULT(r, "%s", "auth.realm", "%zu octets: want at most %d", strlen(f->realm),
		      REALM_MAX);
	if (f->requests && r->config->file->domains_count == 0)
		FAULT(r, "%s", "auth.requests",
		      "want 'domains' as well: only who claims to be of one is asked");
	if (f->registers && r->config->file->domains_count == 0)
		FAULT(r, "%s", "auth.registers",
		      "want 'domains' as well: only registrations for one of them are taken");
	resolve_algorithms(r);
	resolve_qop(r);
	resolve_users(r);
}
