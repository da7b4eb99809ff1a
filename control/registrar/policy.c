/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/policy.h"

#include "gruu/temp_gruu.h"

/* As a domain is written in the configuration: a dot at its end makes no other one of it. */
static struct slice
without_dot(struct slice host)
{
	if (host.len > 1 && host.ptr[host.len - 1] == '.')
		host.len--;
	return host;
}

static bool
canonical(const struct sip_uri *uri, char text[REGISTER_AOR_MAX], struct slice *aor)
{
	struct sip_uri usual = *uri;

	if (sip_uri_has_usual_port(uri))
		usual.port = 0;
	usual.host = without_dot(uri->host);
	*aor = slice_of(text, sip_uri_aor(&usual, text, REGISTER_AOR_MAX));
	return aor->len > 0;
}

bool
policy_check_from(const struct config *config, const struct register_request *q,
		  struct register_refusal *refusal)
{
	char text[REGISTER_AOR_MAX];
	struct sip_address from;
	struct sip_uri uri;
	struct slice aor;

	if (config->file->registrar.third_party == CONFIG_THIRD_PARTY_ALLOW)
		return true;
	if (sip_address_decode(sip_header_get(&q->msg, SIP_HDR_FROM), &from) &&
	    sip_uri_decode(from.uri, &uri) && canonical(&uri, text, &aor) && slice_eq(aor, q->aor))
		return true;
	return register_refuse(refusal, 403, "Third-Party Registration Refused");
}

bool
policy_is_our_name(const struct config_file *f, struct slice host)
{
	if (f->edge.name != NULL && slice_eq_nocase(host, slice_str(f->edge.name)))
		return true;
	for (unsigned int i = 0; i < f->names_count; i++)
		if (slice_eq_nocase(host, slice_str(f->names[i])))
			return true;
	return false;
}

/* A listener or a name of ours: what is sent there comes back to us. */
static bool
is_us(const struct config *config, const struct sip_uri *uri)
{
	uint16_t usual = uri->scheme == SIP_SCHEME_SIPS ? 5061 : 5060;
	uint16_t port = uri->port != 0 ? uri->port : usual;
	struct flow_address address;

	if (!flow_ip_decode(uri->host, &address))
		return policy_is_our_name(config->file, without_dot(uri->host));
	for (unsigned int i = 0; i < config->listener_count; i++)
		if (flow_ip_eq(&config->listener[i].address, &address) &&
		    config->listener[i].address.port == port)
			return true;
	return false;
}

/*
 * A gateway or a proxy that trusts us: it would take a call for one that we have let pass, and
 * whoever may register could call there.
 */
static bool
is_behind_us(const struct config *config, const struct sip_uri *uri)
{
	uint16_t port = uri->port != 0 ? uri->port : 5060;
	struct flow_address address;

	if (!flow_ip_decode(uri->host, &address))
		return false;
	for (unsigned int i = 0; i < config->next_hop_count; i++)
		for (unsigned int k = 0; k < config->next_hop[i].target_count; k++) {
			const struct config_target *t = &config->next_hop[i].target[k];

			if (t->port == port && flow_ip_eq(&t->address, &address))
				return true;
		}
	return config_network_has(&config->deny_contacts, &address);
}

static bool
is_sip(const struct sip_uri *uri)
{
	return uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS;
}

static bool
check_contact(const struct config *config, const struct register_request *q,
	      const struct register_contact *c, struct register_refusal *refusal)
{
	char text[REGISTER_AOR_MAX];
	struct slice aor;

	if (!is_sip(&c->uri))
		return c->instance.len == 0 ||
		       register_refuse(refusal, 403, "Contact With Instance Is Not a SIP URI");
	if (is_us(config, &c->uri))
		return register_refuse(refusal, 403, "Contact Leads Back Here");
	if (is_behind_us(config, &c->uri))
		return register_refuse(refusal, 403, "Contact Not Allowed");
	/* its public GRUUs have the same user and host; temporary ones are of nobody else's making
	 */
	if (canonical(&c->uri, text, &aor) && slice_eq(aor, q->aor))
		return register_refuse(refusal, 403, "Contact Is the Address of Record");
	if (c->uri.user.len > 0 && temp_gruu_looks_like(c->uri.user))
		for (unsigned int i = 0; i < config->file->domains_count; i++)
			if (slice_eq_nocase(slice_str(config->file->domains[i]),
					    without_dot(c->uri.host)))
				return register_refuse(refusal, 403, "Contact Is a GRUU");
	return true;
}

bool
policy_check_contacts(const struct config *config, const struct register_request *q,
		      struct register_refusal *refusal)
{
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (q->contact[i].expires > 0 && !check_contact(config, q, &q->contact[i], refusal))
			return false;
	return true;
}
