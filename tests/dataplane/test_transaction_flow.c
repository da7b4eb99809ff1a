/* SPDX-License-Identifier: BSD-3-Clause */
/** Branches whose way fails: flows that die, targets that cannot be reached (RFC 3261 §17.1.4). */
#include "liveness.h"
#include "transaction.h"

#define FLOW_1 "203.0.113.51:5060"
#define FLOW_2 "203.0.113.52:5060"

static const char config[] =
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\ndomains: [example.com]\n"
				   "edge: {enabled: true, name: ep1.example.com}\n"
				   "transactions: {state: always, failover_ms: 0}\n";

static const struct script s = { .req = "flows", .config = config, .user = "flow" };

/* A user behind one flow or two. */
static void
begin(bool two)
{
	char row[2][256];

	script_begin(&s);
	for (unsigned int i = 0; i < 2; i++)
		snprintf(row[i], sizeof(row[i]), "sip:u@10.0.0.%u|<sip:%s@ep1.example.com;lr;ob>",
			 i + 1, rig_token(FLOW_TOKEN_PATH, EDGE, i == 0 ? FLOW_1 : FLOW_2));
	rig_bind("sip:flow@example.com", row[0], two ? row[1] : NULL, NULL);
	script_in("first");
}

/* ICMP about the request that has just gone to `who`. */
static void
complain_to(const char *remote)
{
	const struct flow_address to = rig_address(remote);
	uint8_t out[ICMP_PACKET_MAX];
	struct icmp_packet f = { .quoted = 40 };

	for (unsigned int i = 0; i < rig.out.count; i++) {
		const struct rig_datagram *d = &rig.out.datagram[i];

		if (!flow_address_eq(&d->to, &to))
			continue;
		f.flow = (struct flow){ .local = d->from, .remote = d->to, .transport = FLOW_UDP };
		f.length = d->length;
		f.checksum = d->checksum;
		f.mark = d->mark;
		rig_queue_packet(out, icmp_build(out, &f), 0);
		rig_walk();
		assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
		return;
	}
	fail_msg("nothing went to %s", remote);
}

GTEST(TransactionFlow, PX_111_PX_110_OB_77_the_only_flow)
{
	begin(false);
	complain_to(FLOW_1);
	script_until(600);
	script_out("A 100, U1 INVITE, A 480 @500");
	assert_string_equal(rig_first_line(script_last("A", "480")),
			    "SIP/2.0 480 Temporarily Unavailable");
	script_in("ACK");
	script_until(40000);
	script_out("");
	script_end();
}

GTEST(TransactionFlow, PX_111_another_branch_goes_on)
{
	begin(true);
	complain_to(FLOW_1);
	script_until(1000);
	script_out("A 100, U1 INVITE, U2 INVITE @0 @500");
	script_in("U2 486");
	script_out("U2 ACK, A 486");
	script_end();
}

/* It was the last one: no copy to a flow that is known to be dead, and none begins there. */
GTEST(TransactionFlow, PX_111_both_flows)
{
	begin(true);
	complain_to(FLOW_1);
	script_until(600);
	script_out("A 100, U1 INVITE, U2 INVITE @0 @500");
	script_until(1496);
	script_until(1504);
	complain_to(FLOW_2);
	script_until(4000);
	script_out("U2 INVITE @1500, A 480 @3500");
	script_end();
}

/* ---- two flows of one user agent ---- */

static const char config_failover[] = PROXY_WITH("state: auto");

/* Nothing is heard of U1 for three seconds, and U2 is tried. */
static void
begin_silent(const struct script *script)
{
	static const struct rig_binding rows[] = {
		{ .contact = "sip:u@203.0.113.52", .instance = "<urn:x>", .reg_id = 2 },
		{ .contact = "sip:u@203.0.113.51",
		  .instance = "<urn:x>",
		  .reg_id = 1,
		  .updated_s = 5 },
	};
	static const struct rig_instance known = { .id = "<urn:x>", .epoch = 1 };

	script_begin(script);
	rig_bind_instances("sip:two@example.com", rows, 2, &known, 1);
	script_in("first");
	script_until(4000);
}

/* RFC 6026 §8.3 */
GTEST(TransactionFlow, PX_196_the_first_2xx_behind_its_end)
{
	static const struct script late = { .req = "late", .config = config_failover };

	begin_silent(&late);
	script_out("A 100 @0, U1 INVITE @0 @500 @1500, U2 INVITE @3500");
	script_in("U2 603");
	script_in("ACK");
	script_until(20000);
	script_out("U2 ACK @4000, A 603 @4000");
	script_in("U1 200");
	script_counted("stray_response 1, late_2xx 0");
	script_out("");
	script_end();
}

GTEST(TransactionFlow, PX_80_PX_155_a_late_2xx_of_another_method)
{
	static const struct script late = { .req = "late",
					    .config = config_failover,
					    .method = "MESSAGE" };

	begin_silent(&late);
	script_out("U1 MESSAGE @0 @500 @1500, U2 MESSAGE @3500, A 100 @3500");
	script_in("U1 200");
	script_out("A 200");
	script_in("U2 200");
	script_in("U1 200");
	script_counted("absorbed 2");
	script_out("");
	script_end();
}

/* ---- no route ---- */

static const char config_home[] = PROXY_WITH("state: always, failover_ms: 0");

GTEST(TransactionFlow, PX_110_a_target_without_route)
{
	static const struct script away = { .req = "away", .config = config_home };

	script_begin(&away);
	rig_bind("sip:two@example.com", "sip:u@[fd00::5]", "sip:u@203.0.113.51", NULL);
	script_in("first");
	script_out("A 100, U1 INVITE");
	script_in("U1 486");
	script_out("U1 ACK, A 486");
	script_end();
	script_begin(&away);
	rig_bind("sip:two@example.com", "sip:u@[fd00::5]", NULL);
	script_in("first");
	script_out("A 500");
	script_end();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
