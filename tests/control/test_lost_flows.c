/* SPDX-License-Identifier: BSD-3-Clause */
/** Bindings of dead flows go, of whatever AOR, and no others (OB-75). */
#include "control/support.h"
#include "flow/token.h"
#include "messages.h"
#include "process/clock.h"
#include "registrar/lost_flows.h"
#include "registrar/registrar_internal.h"
#include "store/binding_store.h"
#include "table/failed_flows.h"
#include "table/keys.h"

#define UA "203.0.113.7"
#define OUTBOUND                                                                                   \
	"Supported: outbound\r\nContact: "                                                         \
	"<sip:u@10.0.0.5>;reg-id=1;+sip.instance=\"<urn:x:%u>\"\r\n"

static struct binding_store *store;
static struct registrar *registrar;
static struct messages messages;
static struct message_rings rings, dataplane;
static struct binding_table table;
static struct segment failed_segment;
static struct failed_flows failed;
static struct keyring ring;
static char message[256], bytes[MESSAGE_RING_MESSAGE_MAX + 1];

static int
set_up(void **state)
{
	if (make_dir(state) != 0 || mkdir(in_dir("t"), 0700) != 0)
		return 1;
	load_config("{any_user: true, max_aors: 3000}");
	store = lmdb_store_open(in_dir("store"), 64, message, sizeof(message));
	if (store == NULL || keyring_generate(&ring) != KEYRING_OK ||
	    keys_publish(config->shm_dir, &ring) != SEGMENT_OK)
		return 1;
	registrar = registrar_open(config, store, message, sizeof(message));
	messages = (struct messages){ .rings = &rings, .registrar = registrar };
	return registrar == NULL ||
	       message_rings_create(&rings, config->shm_dir, 1, 16384) != SEGMENT_OK ||
	       message_rings_attach(&dataplane, config->shm_dir, MESSAGE_DATAPLANE) != SEGMENT_OK ||
	       binding_table_attach(&table, config->shm_dir) != SEGMENT_OK;
}

static int
tear_down(void **state)
{
	segment_detach(&failed_segment);
	binding_table_detach(&table);
	message_rings_detach(&dataplane);
	message_rings_detach(&rings);
	registrar_close(registrar);
	store->ops->close(store);
	config_free(config);
	config = NULL;
	return remove_dir(state);
}
#define CASE(name) GTEST_F(LostFlows, name, set_up, tear_down)

static struct flow
flow_from(uint16_t port)
{
	struct flow flow = head_from(UA, 0).flow;

	flow.remote.port = port;
	return flow;
}

enum { MANY = REGISTRAR_BATCH + 76 };

/* A REGISTER over the rings that is answered with 200. */
static void
register_user(unsigned int user, unsigned int cseq, const struct flow *flow, const char *lines)
{
	struct message_head head =
		head_from(UA, strstr(lines, "Path:") == NULL ? MESSAGE_FIRST_HOP : 0);
	char aor[64];
	struct slice text;

	snprintf(aor, sizeof(aor), "sip:u%u@example.com", user);
	text = register_text(aor, "a", cseq, lines);
	head.length = (uint32_t)text.len;
	if (flow != NULL)
		head.flow = *flow;
	assert_true(message_ring_put(&dataplane.punt[0], &head, text.ptr));
	messages_run(&messages);
	assert_true(message_ring_get(&dataplane.inject[0], &head, bytes));
	bytes[head.length] = '\0';
	if (strncmp(bytes, "SIP/2.0 200", 11) != 0)
		fail_msg("%s", bytes);
}

static void
register_directly(unsigned int user, unsigned int cseq, const struct flow *flow)
{
	char lines[256];

	snprintf(lines, sizeof(lines), OUTBOUND, user);
	register_user(user, cseq, flow, lines);
}

/* How many bindings a user has for the dataplane; the store has to agree. */
static unsigned int
bindings_of(unsigned int user)
{
	static struct binding_copy copy;
	struct record record = { 0 };
	struct binding b;
	struct slice value;
	unsigned int n = 0;
	char aor[64];

	snprintf(aor, sizeof(aor), "sip:u%u@example.com", user);
	if (binding_find(&table, slice_str(aor), binding_hash(&table, slice_str(aor)), &copy))
		while (binding_get(&copy, n, &b))
			n++;
	assert_int_equal(store->ops->begin(store), STORE_OK);
	if (store->ops->get(store, slice_str(aor), &value) == STORE_OK)
		assert_true(record_decode(value, &record));
	assert_int_equal(record.count, n);
	store->ops->abort(store);
	return n;
}

static void
sweep(void)
{
	for (int i = 0; i < 20; i++)
		registrar_sweep_flows(registrar);
}

CASE(OB_75_own_flow)
{
	struct flow flow = flow_from(1000), other = flow_from(1001);
	struct message_head head = { .kind = MESSAGE_FLOW_FAILED };

	(void)state;
	register_directly(1, 1, &flow);
	register_directly(2, 1, &flow);
	register_directly(3, 1, &other);
	usleep(2000); /* a binding of the same millisecond may be younger than the failure */
	head.flow = flow;
	assert_true(message_ring_put(&dataplane.punt[0], &head, NULL));
	assert_int_equal(messages_run(&messages), 1);
	assert_int_equal(registrar_counters(registrar)->flows_lost, 1);
	sweep();
	assert_int_equal(bindings_of(1), 0);
	assert_int_equal(bindings_of(2), 0);
	assert_int_equal(bindings_of(3), 1);
	/* the user is known still, and can come back */
	register_directly(1, 2, &flow);
	sweep();
	assert_int_equal(bindings_of(1), 1);
}

/* A notice between requests costs no request its answer. */
CASE(OB_75_between_requests)
{
	struct message_head head = { .kind = MESSAGE_FLOW_FAILED };
	struct flow flow = flow_from(1000);

	(void)state;
	head.flow = flow;
	for (int i = 0; i < 3; i++)
		assert_true(message_ring_put(&dataplane.punt[0], &head, NULL));
	register_directly(1, 1, &flow);
	assert_int_equal(bindings_of(1), 1);
}

/* PR-20: the other binding of the user stays. */
CASE(OB_75_other_binding_stays)
{
	struct flow flow = flow_from(1000);

	(void)state;
	register_directly(1, 1, &flow);
	register_user(1, 2, NULL, "Contact: <sip:u@192.0.2.99>\r\n");
	assert_int_equal(bindings_of(1), 2);
	registrar_flow_failed(registrar, &flow, clock_wall_ms() + 1000);
	sweep();
	assert_int_equal(bindings_of(1), 1);
}

/* @T: a token of the flow, @O: of another one, @F: of the flow, but forged. */
static const struct {
	const char *req, *path;
	bool gone;
} paths[] = {
	{ "OB-75 token", "<sip:@T@192.0.2.10;lr;ob>", true },
	{ "OB-75 token by a name", "<sip:@T@ep1.example.com;lr;ob>", true },
	{ "OB-75 token in the value next to the user agent",
	  "<sip:192.0.2.30;lr>, <sip:192.0.2.31;lr>, <sip:@T@192.0.2.10;lr;ob>", true },
	{ "OB-75 token in the first value", "<sip:@T@192.0.2.10;lr>, <sip:192.0.2.30;lr;ob>",
	  true },
	{ "token in between", "<sip:192.0.2.30;lr>, <sip:@T@192.0.2.10;lr>, <sip:192.0.2.31;lr;ob>",
	  false },
	{ "token of another flow", "<sip:@O@192.0.2.10;lr;ob>", false },
	{ "forged token", "<sip:@F@192.0.2.10;lr;ob>", false },
	{ "no token", "<sip:192.0.2.10;lr;ob>", false },
};

static void
put_path(char *out, size_t size, const char *path, const struct flow *flow)
{
	const char *at = strstr(path, "@T@"), *end;
	struct flow other = flow_from(1001);
	char token[FLOW_TOKEN_MAX];
	struct flow_keys keys;
	size_t n;

	flow_keys_init(&keys, &ring);
	n = flow_token_make(&keys, FLOW_TOKEN_PLAIN, flow, FLOW_TOKEN_PATH, token);
	if (at == NULL && (at = strstr(path, "@O@")) != NULL)
		n = flow_token_make(&keys, FLOW_TOKEN_PLAIN, &other, FLOW_TOKEN_PATH, token);
	if (at == NULL && (at = strstr(path, "@F@")) != NULL)
		token[3] = token[3] == 'A' ? 'B' : 'A';
	end = at != NULL ? at + 2 : path;
	snprintf(out, size, "Supported: path\r\nContact: <sip:u@10.0.0.5>\r\nPath: %.*s%.*s%s\r\n",
		 at != NULL ? (int)(at - path) : 0, path, at != NULL ? (int)n : 0, token, end);
}

static void
check_path(void **state)
{
	const __typeof__(paths[0]) *p = gtest_row();
	struct flow flow = flow_from(1000);
	char lines[1024];

	(void)state;
	put_path(lines, sizeof(lines), p->path, &flow);
	register_user(1, 1, NULL, lines);
	assert_int_equal(bindings_of(1), 1);
	registrar_flow_failed(registrar, &flow, clock_wall_ms() + 1000);
	sweep();
	assert_int_equal(bindings_of(1), p->gone ? 0 : 1);
}
GTEST_ROWS_F(LostFlows, paths, req, check_path, set_up, tear_down);

/* OB-76: refreshed since. */
CASE(OB_75_refreshed)
{
	struct flow flow = flow_from(1000);
	uint64_t before = clock_wall_ms();

	(void)state;
	register_directly(1, 1, &flow);
	registrar_flow_failed(registrar, &flow, before);
	sweep();
	assert_int_equal(bindings_of(1), 1);
}

/* The table says whether it is still dead, while there is a dataplane to say so. */
CASE(OB_75_revived)
{
	static const uint8_t key[SIPHASH_KEY_SIZE] = "sixteen octets.";
	struct flow flow = flow_from(1000);

	(void)state;
	assert_int_equal(failed_flows_create(&failed_segment, config->shm_dir, 8, key), SEGMENT_OK);
	failed_flows_init(&failed, &failed_segment);
	register_directly(1, 1, &flow);
	registrar_flow_failed(registrar, &flow, clock_wall_ms() + 1000);
	sweep();
	assert_int_equal(bindings_of(1), 1);
	failed_flows_add(&failed, &flow, FAILED_FLOW_IDLE, 1);
	registrar_flow_failed(registrar, &flow, clock_wall_ms() + 1000);
	sweep();
	assert_int_equal(bindings_of(1), 0);
}

/* More than one transaction takes, and a flow that is lost while the search goes on. */
CASE(OB_75_many)
{
	struct flow flow = flow_from(1000), later = flow_from(1001);
	uint64_t batches;

	(void)state;
	for (unsigned int i = 0; i < MANY; i++)
		register_directly(i, 1, &flow);
	register_directly(MANY, 1, &later);
	batches = registrar_counters(registrar)->batches;
	registrar_flow_failed(registrar, &flow, clock_wall_ms() + 1000);
	registrar_sweep_flows(registrar);
	registrar_flow_failed(registrar, &later, clock_wall_ms() + 1000);
	sweep();
	for (unsigned int i = 0; i <= MANY; i++)
		assert_int_equal(bindings_of(i), 0);
	/* two for the many, one for the other */
	assert_in_range(registrar_counters(registrar)->batches, batches + 3, batches + 20);
}

/* What a worker tells of a binding; `older`: as it was registered before. */
static void
tell_failed(unsigned int user, uint32_t reg_id, const char *contact, int64_t older)
{
	static struct binding_copy copy;
	struct message_head head = { .kind = MESSAGE_BINDING_FAILED, .reg_id = reg_id };
	char text[256];
	struct binding b;
	struct slice aor;

	snprintf(text, sizeof(text), "sip:u%u@example.com", user);
	aor = slice_str(text);
	assert_true(binding_find(&table, aor, binding_hash(&table, aor), &copy));
	assert_true(binding_get(&copy, 0, &b));
	head.updated_ms = (uint64_t)((int64_t)b.updated_ms - older);
	head.aor_len = (uint32_t)aor.len;
	snprintf(text + aor.len, sizeof(text) - aor.len, "%s", contact);
	head.length = (uint32_t)strlen(text);
	assert_true(message_ring_put(&dataplane.punt[0], &head, text));
	assert_int_equal(messages_run(&messages), 1);
	sweep();
}

#define PLAIN "Contact: <sip:u@192.0.2.99>\r\n"

CASE(OB_76_removed)
{
	(void)state;
	register_user(1, 1, NULL, PLAIN);
	register_user(2, 1, NULL, PLAIN);
	tell_failed(1, 0, "sip:u@192.0.2.99", 0);
	assert_int_equal(bindings_of(1), 0);
	assert_int_equal(bindings_of(2), 1);
	assert_int_equal(registrar_counters(registrar)->bindings_failed, 1);
}

CASE(OB_76_not_another)
{
	(void)state;
	register_user(1, 1, NULL, PLAIN);
	tell_failed(1, 0, "sip:u@192.0.2.99", 1); /* registered anew since */
	tell_failed(1, 0, "sip:u@192.0.2.9", 0);
	tell_failed(1, 1, "sip:u@192.0.2.99", 0);
	tell_failed(1, 0, "", 0);
	assert_int_equal(bindings_of(1), 1);
	assert_int_equal(registrar_counters(registrar)->bindings_failed, 0);
}

/* A flood of notices is bounded; what is left out is refused by the dataplane all the same. */
CASE(bounded)
{
	struct lost_flows *l = lost_flows_open(config->shm_dir);
	struct flow flow = flow_from(0);
	unsigned int taken = 0;

	(void)state;
	assert_non_null(l);
	assert_true(lost_flows_done(l));
	for (unsigned int i = 0; i < 20000; i++) {
		flow.remote.port = (uint16_t)i;
		taken += lost_flows_add(l, &flow, 1);
	}
	assert_int_equal(taken, 8192);
	flow.remote.port = 5;
	assert_true(lost_flows_add(l, &flow, 2)); /* one that is there */
	assert_false(lost_flows_done(l));
	for (int i = 0; i < 100 && !lost_flows_done(l); i++)
		assert_int_equal(lost_flows_search(l, &table, 10, NULL, NULL), 0);
	assert_true(lost_flows_done(l));
	lost_flows_close(l);
}
