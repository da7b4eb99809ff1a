/* SPDX-License-Identifier: BSD-3-Clause */
/** A REGISTER applied to the bindings of an AOR (RFC 3261 §10.3 steps 6 and 7). */
#include "control/fake_store.h"
#include "control/support.h"
#include "registrar/update.h"

#define C(n) "Contact: <sip:bob@10.0.0." n ">\r\n"
#define NOW UINT64_C(1000000)

static struct record record;
static struct register_refusal refusal;
static bool changed;
static char bytes[8][4096];
static struct register_request q[8];
static unsigned int used;
static struct epochs epochs;

static int
set_up(void **state)
{
	if (make_dir(state) != 0)
		return 1;
	load_config("{any_user: true, max_contacts: 3}");
	record.count = record.instance_count = 0;
	used = 0;
	fake_reset();
	epochs = (struct epochs){ 0 };
	return 0;
}

static int
tear_down(void **state)
{
	config_free(config);
	config = NULL;
	return remove_dir(state);
}

/* The record borrows from the request, so each has memory of its own. */
static bool
apply(const char *call_id, unsigned int cseq, const char *lines, uint64_t now)
{
	const struct message_head head = head_from("203.0.113.7", 0);
	struct slice text = register_text("sip:bob@example.com", call_id, cseq, lines);
	unsigned int i = used++ % 8;

	assert_true(text.len <= sizeof(bytes[0]));
	memcpy(bytes[i], text.ptr, text.len);
	assert_true(register_request_decode(config, slice_of(bytes[i], text.len), &q[i],
					    &refusal) &&
		    register_request_details(config, &head, &q[i], &refusal));
	return register_update(&q[i], &record,
			       &(struct register_rules){ .now_ms = now, .max_contacts = 3,
							 .max_instances = 3, .epochs = &epochs,
							 .store = &fake.store },
			       &changed, &refusal);
}

static void
expect(const char *contacts)
{
	char text[512] = "";
	size_t n = 0;

	for (unsigned int i = 0; i < record.count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s ",
				      SLICE_FMT(slice_of(record.binding[i].contact.ptr + 15,
							 record.binding[i].contact.len - 15)));
	assert_string_equal(text, contacts);
}

#define CASE(name) GTEST_F(Update, name, set_up, tear_down)

CASE(add_refresh_remove)
{
	assert_true(apply("a", 1, C("1") C("2"), NOW));
	assert_true(changed);
	expect("1 2 ");
	assert_int_equal(record.binding[0].expires_ms, NOW + 3600000);
	assert_true(apply("a", 2, C("1"), NOW + 5000));
	assert_true(changed);
	expect("1 2 ");
	assert_int_equal(record.binding[0].expires_ms, NOW + 3605000);
	assert_int_equal(record.binding[0].cseq, 2);
	assert_int_equal(record.binding[1].expires_ms, NOW + 3600000);
	assert_true(apply("a", 3, "Contact: <sip:bob@10.0.0.1>;expires=0\r\n", NOW));
	assert_true(changed);
	expect("2 ");
	(void)state;
}

CASE(query_changes_nothing)
{
	assert_true(apply("a", 1, C("1"), NOW));
	assert_true(apply("a", 2, "", NOW));
	assert_false(changed);
	expect("1 ");
	(void)state;
}

/* RFC 3261 §19.1.4: the same contact, written otherwise. */
CASE(contact_by_uri_rules)
{
	assert_true(apply("a", 1, C("1"), NOW));
	assert_true(apply("a", 2, "Contact: \"B\" <SIP:%62ob@10.0.0.1>\r\n", NOW));
	assert_int_equal(record.count, 1);
	assert_true(apply("a", 3, "Contact: <sip:bob@10.0.0.1:5060>\r\n", NOW));
	assert_int_equal(record.count, 2);
	(void)state;
}

CASE(older_cseq)
{
	assert_true(apply("a", 5, C("1"), NOW));
	assert_false(apply("a", 4, C("1"), NOW));
	assert_in_range(refusal.status, 400, 599);
	(void)state;
}

/* §10.3 step 7: another Call-ID makes its CSeq irrelevant. */
CASE(other_call_id)
{
	assert_true(apply("a", 5, C("1"), NOW));
	assert_true(apply("b", 1, C("1"), NOW + 1));
	assert_true(changed);
	assert_int_equal(record.count, 1);
	assert_int_equal(record.binding[0].cseq, 1);
	(void)state;
}

CASE(retransmission)
{
	assert_true(apply("a", 5, C("1"), NOW));
	assert_true(apply("a", 5, C("1"), NOW + 100));
	assert_false(changed);
	assert_int_equal(record.binding[0].expires_ms, NOW + 3600000);
	(void)state;
}

CASE(star)
{
	assert_true(apply("a", 1, C("1") C("2"), NOW));
	assert_true(apply("b", 1, "Contact: *\r\nExpires: 0\r\n", NOW));
	assert_true(changed);
	expect("");
	assert_true(apply("b", 2, "Contact: *\r\nExpires: 0\r\n", NOW));
	assert_false(changed);
	(void)state;
}

CASE(star_older)
{
	assert_true(apply("a", 5, C("1"), NOW));
	assert_false(apply("a", 4, "Contact: *\r\nExpires: 0\r\n", NOW));
	(void)state;
}

/* §10.3 step 6: removed "only if the CSeq is higher"; the one that added it was another request. */
CASE(star_same_cseq)
{
	assert_true(apply("a", 5, C("1"), NOW));
	assert_false(apply("a", 5, "Contact: *\r\nExpires: 0\r\n", NOW));
	assert_in_range(refusal.status, 400, 599);
	(void)state;
}

CASE(expired_are_gone)
{
	assert_true(apply("a", 1, C("1"), NOW));
	assert_true(apply("a", 2, C("2"), NOW + 3600000));
	expect("2 ");
	(void)state;
}

/* An expired binding's Call-ID and CSeq count no more. */
CASE(expired_order)
{
	assert_true(apply("a", 9, C("1"), NOW));
	assert_true(apply("a", 2, C("1"), NOW + 3600001));
	expect("1 ");
	(void)state;
}

CASE(limit)
{
	assert_true(apply("a", 1, C("1") C("2") C("3"), NOW));
	assert_false(apply("a", 2, C("4"), NOW));
	assert_int_equal(refusal.status, 403);
	(void)state;
}

CASE(refresh_at_the_limit)
{
	assert_true(apply("a", 1, C("1") C("2") C("3"), NOW));
	assert_true(apply("a", 2, C("3") C("1"), NOW));
	(void)state;
}

/* A user agent that moves sends its new contact and the end of the old one in one REGISTER. */
CASE(move_at_the_limit)
{
	assert_true(apply("a", 1, C("1") C("2") C("3"), NOW));
	assert_true(apply("a", 2, C("4") "Contact: <sip:bob@10.0.0.1>;expires=0\r\n", NOW));
	assert_int_equal(record.count, 3);
	(void)state;
}

CASE(move_at_the_limit_other_order)
{
	assert_true(apply("a", 1, C("1") C("2") C("3"), NOW));
	assert_true(apply("a", 2, "Contact: <sip:bob@10.0.0.1>;expires=0\r\n" C("4"), NOW));
	expect("2 3 4 ");
	(void)state;
}

CASE(remove_what_is_not_there)
{
	assert_true(apply("a", 1, "Contact: <sip:bob@10.0.0.1>;expires=0\r\n", NOW));
	assert_false(changed);
	(void)state;
}

CASE(what_is_stored_OB_47)
{
	const struct record_binding *b = &record.binding[0];

	assert_true(apply("a@h", 7, "Supported: path, outbound\r\nPath: <sip:p;lr;ob>\r\nContact: <sip:bob@10.0.0.1"
			  ";x=y>;q=0.5;reg-id=3;+sip.instance=\"<urn:x:1>\";foo=bar\r\n", NOW));
	assert_slice(b->contact, "sip:bob@10.0.0.1;x=y");
	assert_slice(b->path, "<sip:p;lr;ob>");
	assert_int_equal(b->registered_ms, NOW);
	assert_slice(b->instance, "urn:x:1");
	assert_slice(b->call_id, "a@h");
	assert_int_equal(b->cseq, 7);
	assert_int_equal(b->reg_id, 3);
	assert_int_equal(b->q, 500);
	assert_int_equal(b->updated_ms, NOW);
	assert_true(memmem(b->params.ptr, b->params.len, "foo=bar", 7) != NULL);
	(void)state;
}

#define ID(n) "+sip.instance=\"<urn:x:" n ">\""
#define OUTBOUND "Supported: path, outbound\r\nPath: <sip:p;lr;ob>\r\n"
#define FLOW(n, instance, id) "Contact: <sip:bob@10.0.0." n ">;reg-id=" id ";" ID(instance) "\r\n"
#define FLOW_00(n, instance, id) "Contact: <sip:bob@10.0.0." n ">;flow-id=" id ";" ID(instance) "\r\n"
#define PLAIN(n, instance) "Contact: <sip:bob@10.0.0." n ">;" ID(instance) "\r\n"
#define GONE(n) "Contact: <sip:bob@10.0.0." n ">;expires=0\r\n"

/* Which binding a contact is; what is left of both, by their Contact URIs. */
static const struct {
	const char *req, *first, *second, *left;
} keys[] = {
	{ "OB-45 flow moves", OUTBOUND FLOW("1", "1", "1"), OUTBOUND FLOW("2", "1", "1"), "2 " },
	{ "OB-45 another reg-id", OUTBOUND FLOW("1", "1", "1"), OUTBOUND FLOW("1", "1", "2"), "1 1 " },
	{ "OB-45 another instance", OUTBOUND FLOW("1", "1", "1"), OUTBOUND FLOW("1", "2", "1"), "1 1 " },
	{ "OB-44 same", FLOW_00("1", "1", "1"), FLOW_00("1", "1", "1"), "1 " },
	{ "OB-44 another Contact", FLOW_00("1", "1", "1"), FLOW_00("2", "1", "1"), "1 2 " },
	{ "OB-44 another flow-id", FLOW_00("1", "1", "1"), FLOW_00("1", "1", "2"), "1 1 " },
	{ "OB-44 another instance", FLOW_00("1", "1", "1"), FLOW_00("1", "2", "1"), "1 1 " },
	{ "OB-44 reg-id is another thing", FLOW_00("1", "1", "1"), OUTBOUND FLOW("1", "1", "1"),
	  "1 1 " },
	{ "OB-44 plain", FLOW_00("1", "1", "1"), C("1"), "1 1 " },
	{ "OB-44 removal without flow-id", FLOW_00("1", "1", "1"), GONE("1"), "1 " },
	{ "OB-46 plain beside a flow", OUTBOUND FLOW("1", "1", "1"), C("1"), "1 1 " },
	{ "OB-46 flow beside a plain one", C("1"), OUTBOUND FLOW("1", "1", "1"), "1 1 " },
	{ "OB-46 reg-id ignored", OUTBOUND FLOW("1", "1", "1"), FLOW("1", "1", "1"), "1 1 " },
	{ "OB-53 by Contact", PLAIN("1", "1"), PLAIN("2", "1"), "1 2 " },
	{ "OB-53 same Contact", PLAIN("1", "1"), PLAIN("1", "2"), "1 " },
	{ "OB-46 removal of a flow by its Contact", OUTBOUND FLOW("1", "1", "1"), GONE("1"), "" },
	{ "OB-46 removal of a flow of another instance", OUTBOUND FLOW("1", "1", "1"),
	  "Contact: <sip:bob@10.0.0.1>;expires=0;" ID("2") "\r\n", "1 " },
	{ "OB-45 removal of a flow", OUTBOUND FLOW("1", "1", "1"),
	  OUTBOUND "Expires: 0\r\n" FLOW("9", "1", "1"), "" },
	{ "OB-45 removal of another flow", OUTBOUND FLOW("1", "1", "1"),
	  OUTBOUND "Expires: 0\r\n" FLOW("1", "1", "2"), "1 " },
	{ "OB-55", C("1"), OUTBOUND FLOW("2", "1", "1") GONE("1"), "2 " },
	{ "10.3-7 twice in one request", "", C("1") C("1"), "1 " },
	{ "10.3-7 goes and comes", C("1"), GONE("1") C("1"), "1 " },
	{ "10.3-7 comes and goes", C("1"), C("1") GONE("1"), "1 " },
};

static void
check_key(void **state)
{
	const typeof(keys[0]) *r = gtest_row();

	assert_true(apply("a", 1, r->first, NOW));
	assert_true(apply("a", 2, r->second, NOW + 1));
	expect(r->left);
	(void)state;
}
GTEST_ROWS_F(Update, keys, req, check_key, set_up, tear_down);

/* A user agent that says no more than its Contact takes all its flows away with it. */
CASE(OB_46_removal_of_two_flows)
{
	assert_true(apply("a", 1, OUTBOUND FLOW("1", "1", "1"), NOW));
	assert_true(apply("b", 1, OUTBOUND FLOW("1", "1", "2"), NOW));
	assert_true(apply("c", 1, GONE("1"), NOW));
	expect("");
	(void)state;
}

CASE(OB_46_removal_prefers_the_plain_one)
{
	assert_true(apply("a", 1, OUTBOUND FLOW("1", "1", "1"), NOW));
	assert_true(apply("b", 1, C("1"), NOW));
	assert_true(apply("b", 2, "Contact: <sip:bob@10.0.0.1>;expires=0;" ID("2") "\r\n", NOW));
	expect("1 ");
	assert_int_equal(record.binding[0].reg_id, 1);
	(void)state;
}

CASE(OB_49_refresh_replaces_path_and_time)
{
	assert_true(apply("a", 1, OUTBOUND FLOW("1", "1", "1"), NOW));
	assert_true(apply("b", 1, "Supported: path, outbound\r\nPath: <sip:n;lr>, <sip:m;lr;ob>\r\n"
			  FLOW("2", "1", "1"), NOW + 7));
	assert_int_equal(record.count, 1);
	assert_slice(record.binding[0].path, "<sip:n;lr>, <sip:m;lr;ob>");
	assert_int_equal(record.binding[0].updated_ms, NOW + 7);
	assert_int_equal(record.binding[0].registered_ms, NOW);
	(void)state;
}

/* RFC 3261 §10.3: all or nothing; what stands in the record then is not kept. */
CASE(one_of_several_out_of_order)
{
	assert_true(apply("a", 5, C("2"), NOW));
	assert_false(apply("a", 4, C("1") C("2"), NOW));
	assert_int_equal(refusal.status, 500);
	(void)state;
}

CASE(more_instances_than_max)
{
	assert_true(apply("a", 1, PLAIN("1", "1") PLAIN("2", "2") PLAIN("3", "3"), NOW));
	assert_int_equal(record.instance_count, 3);
	assert_true(apply("a", 2, GONE("1") PLAIN("4", "4"), NOW + 1));
	assert_int_equal(record.instance_count, 3);
	assert_int_equal(record_find_instance(&record, SLICE("urn:x:1")), -1);
	(void)state;
}
