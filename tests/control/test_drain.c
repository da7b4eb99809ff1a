/* SPDX-License-Identifier: BSD-3-Clause */
/** What an operator may order when an engine is to be drained. */
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "drain.h"
#include "gtest.h"

static char folder[64];
static struct config *config;

static int
set_up(void **state)
{
	static struct config_errors errors;
	char path[96];
	FILE *f;

	(void)state;
	snprintf(folder, sizeof(folder), "/dev/shm/viaduct-drain-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/config.yaml", folder);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f,
		"instance: drain\nshm_dir: %s\nnames: [proxy.example]\n"
		"ports:\n  - {name: wan, device: net_null0, addresses: [192.0.2.10/24, "
		"'2001:db8::10/64']}\n"
		"listen:\n  - {port: wan, address: 192.0.2.10}\n"
		"  - {port: wan, address: '2001:db8::10', udp: 5070}\n"
		"  - {port: wan, address: 192.0.2.11, standby: true}\n"
		"edge: {enabled: true, name: ep1.example.com}\n",
		folder);
	fclose(f);
	config = config_load(path, &errors);
	assert_non_null(config);
	mkdir(config->shm_dir, 0700);
	return 0;
}

static int
remove_one(const char *path, const struct stat *s, int kind, struct FTW *walk)
{
	(void)s;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	config_free(config);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* RC-38: URIs with `lr` and q in their order, and none of them this engine. NULL: refused. */
static const struct target {
	const char *req, *to, *contact;
} targets[] = {
	/* clang-format off */
	{ "RC-38", "sip:ep2.example.com;lr", "<sip:ep2.example.com;lr>;q=1.0" },
	{ "RC-38 lr is added", "sip:ep2.example.com", "<sip:ep2.example.com;lr>;q=1.0" },
	{ "RC-38 sips", "sips:ep2.example.com:5061", "<sips:ep2.example.com:5061;lr>;q=1.0" },
	{ "RC-38 other port of ours", "sip:192.0.2.10:5070", "<sip:192.0.2.10:5070;lr>;q=1.0" },
	{ "RC-38 the one we stand by for", "sip:192.0.2.11", "<sip:192.0.2.11;lr>;q=1.0" },
	{ "RC-38 our name", "sip:ep1.example.com", NULL },
	{ "RC-38 our name in capitals", "sip:EP1.Example.COM;lr", NULL },
	{ "RC-38 our second name", "sip:proxy.example", NULL },
	{ "RC-38 our address", "sip:192.0.2.10", NULL },
	{ "RC-38 our address and port", "sip:u@192.0.2.10:5060", NULL },
	{ "RC-38 our IPv6 address, other text", "sip:[2001:db8:0::0:10]:5070", NULL },
	{ "RC-38 not a SIP URI", "tel:+4930123", NULL },
	{ "RC-38 headers", "sip:ep2.example.com?Route=x", NULL },
	{ "RC-38 method", "sip:ep2.example.com;method=BYE", NULL },
	{ "RC-38 line end", "sip:ep2.example.com>\r\nVia: x", NULL },
	{ "RC-38 nothing", "", NULL },
	/* clang-format on */
};

static json_t *
drain_to(const char *const *to, size_t n, struct orders *now)
{
	json_t *list = json_array(), *request = json_pack("{s:o}", "to", list), *answer;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(to[i]));
	answer = drain_order(config, now, "drain", request);
	json_decref(request);
	return answer;
}

static void
check_target(void **state)
{
	const struct target *t = *state;
	struct orders now = { 0 };
	json_t *answer = drain_to(&t->to, 1, &now);

	assert_int_equal(json_is_true(json_object_get(answer, "ok")), t->contact != NULL);
	assert_int_equal(now.state, t->contact != NULL ? ORDERS_DRAINING : ORDERS_OPEN);
	now.contact[now.contact_len] = '\0';
	assert_string_equal(now.contact, t->contact != NULL ? t->contact : "");
	json_decref(answer);
}
GTEST_ROWS_F(Drain, targets, req, check_target, set_up, tear_down);

GTEST_F(Drain, RC_38_in_order, set_up, tear_down)
{
	static const char *const to[] = { "sip:ep2.example.com", "sip:ep3.example.com",
					  "sip:ep4.example.com" };
	struct orders now = { 0 };
	json_t *answer = drain_to(to, 3, &now);

	now.contact[now.contact_len] = '\0';
	assert_string_equal(now.contact,
			    "<sip:ep2.example.com;lr>;q=1.0, <sip:ep3.example.com;lr>;q=0.9, "
			    "<sip:ep4.example.com;lr>;q=0.8");
	json_decref(answer);
}

GTEST_F(Drain, RC_38_too_many, set_up, tear_down)
{
	static const char *const to[] = { "sip:a.example", "sip:b.example", "sip:c.example",
					  "sip:d.example", "sip:e.example", "sip:f.example",
					  "sip:g.example", "sip:h.example", "sip:i.example" };
	struct orders now = { 0 };
	json_t *answer = drain_to(to, 9, &now);

	assert_false(json_is_true(json_object_get(answer, "ok")));
	assert_int_equal(now.state, ORDERS_OPEN);
	json_decref(answer);
}
