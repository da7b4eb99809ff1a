/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_mempool.h>

#include "rig_internal.h"
#include "transaction/transaction.h"
#include "transaction_internal.h"

const char script_config_always[] = PROXY_WITH("state: always, failover_ms: 0");

enum { SENT_MAX = 4096, TICK_MS = 8 };

const struct script *script;
struct script_sent script_sent[SENT_MAX];
unsigned int script_sent_count;

static unsigned int checked; /* of those, up to here */
static uint64_t counted[STATS_COUNT];
static uint32_t now;
static unsigned int buffers, large_buffers;

/* ---- who is who ---- */

static const char *const names[][2] = {
	{ "A", ALICE },
	{ "U1", "203.0.113.51:5060" },
	{ "U2", "203.0.113.52:5060" },
	{ "U3", "203.0.113.53:5060" },
	{ "U4", "203.0.113.54:5060" },
	{ "P", "203.0.113.55:5060" },
};

const char *
script_address_of(const char *who)
{
	for (size_t i = 0; i < RTE_DIM(names); i++)
		if (strcmp(names[i][0], who) == 0)
			return names[i][1];
	return who;
}

static void
name_of(const struct flow_address *a, char out[FLOW_ADDRESS_TEXT_MAX + 1])
{
	struct flow_address known;

	memset(out, 0, FLOW_ADDRESS_TEXT_MAX + 1);
	for (size_t i = 0; i < RTE_DIM(names); i++) {
		known = rig_address(names[i][1]);
		if (flow_address_eq(a, &known)) {
			strcpy(out, names[i][0]);
			return;
		}
	}
	flow_address_text(a, out);
}

const char *
script_method(void)
{
	return script->method != NULL ? script->method : "INVITE";
}

/* The kind of a message: its method, or status; with the method, where that is another one. */
static void
kind_of(struct slice sip, char out[64])
{
	char line[64] = "", cseq[32] = "";

	sscanf(rig_first_line(sip), "%63s", line);
	sscanf(rig_header(sip, "CSeq"), "%*s %31s", cseq);
	if (strcmp(line, "SIP/2.0") == 0)
		snprintf(out, 64, "%.3s%s%s", rig_first_line(sip) + 8,
			 strcmp(cseq, script_method()) != 0 ? "/" : "",
			 strcmp(cseq, script_method()) != 0 ? cseq : "");
	else
		snprintf(out, 64, "%s", line);
}

/* ---- the clock, and what leaves ---- */

static void
set_clock(uint32_t ms)
{
	for (unsigned int i = 0; i < rig.engine->worker_count; i++) {
		struct via_worker *w = rig.engine->worker[i];

		w->now_ms += ms - now;
		w->mono_ms += ms - now;
	}
	now = ms;
}

void
script_walk(void)
{
	rig_walk();
	for (unsigned int c = 0; c < STATS_COUNT; c++)
		counted[c] += rig.out.counter[c];
	for (unsigned int i = 0; i < rig.out.count; i++) {
		const struct rig_datagram *d = &rig.out.datagram[i];
		struct script_sent *s = &script_sent[script_sent_count];
		char *text;

		if (script_sent_count == SENT_MAX)
			fail_msg("more than %d datagrams", SENT_MAX);
		text = malloc(d->sip.len);
		assert_non_null(text);
		memcpy(text, d->sip.ptr, d->sip.len);
		*s = (struct script_sent){ .at = now, .from = d->from, .to = d->to };
		s->sip = slice_of(text, d->sip.len);
		name_of(&s->to, s->who);
		kind_of(s->sip, s->what);
		script_sent_count++;
	}
}

uint32_t
script_now(void)
{
	return now;
}

void
script_until(uint32_t ms)
{
	while (now < ms) {
		set_clock(RTE_MIN(now + TICK_MS - now % TICK_MS, ms));
		script_walk();
	}
}

static void
forget(void)
{
	while (script_sent_count > 0)
		free((void *)(uintptr_t)script_sent[--script_sent_count].sip.ptr);
	checked = 0;
	now = 0;
	memset(counted, 0, sizeof(counted));
}

static const struct script_sent *
find_last(const char *who, const char *what)
{
	for (unsigned int i = script_sent_count; i > 0; i--)
		if (strcmp(script_sent[i - 1].who, who) == 0 &&
		    strcmp(script_sent[i - 1].what, what) == 0)
			return &script_sent[i - 1];
	fail_msg("no %s went to %s", what, who);
	return NULL;
}

struct slice
script_last(const char *who, const char *what)
{
	return find_last(who, what)->sip;
}

struct flow_address
script_last_from(const char *who, const char *what)
{
	return find_last(who, what)->from;
}

/* ---- what leaves ---- */

static void
fail_with_all(const char *why, const char *out)
{
	print_error("at %u ms %s; want \"%s\", got:\n", now, why, out);
	for (unsigned int i = checked; i < script_sent_count; i++)
		print_error("  %s %s @%u%s\n", script_sent[i].who, script_sent[i].what,
			    script_sent[i].at, script_sent[i].expected ? "" : "   <--");
	fail_msg("%s", script->req);
}

/* Against the last one before it that went there. */
static void
compare(const struct script_sent *s, bool differs)
{
	const struct script_sent *before = s;

	while (before-- > script_sent)
		if (strcmp(before->who, s->who) == 0 && strcmp(before->what, s->what) == 0) {
			if (slice_eq(before->sip, s->sip) == differs)
				fail_msg("%s: %s %s @%u is %s @%u:\n%.*s\n%.*s", script->req,
					 s->who, s->what, s->at,
					 differs ? "that of" : "not that of", before->at,
					 SLICE_FMT(before->sip), SLICE_FMT(s->sip));
			return;
		}
	if (differs)
		fail_msg("%s: there is no %s %s before", script->req, s->who, s->what);
}

static struct script_sent *
find_expected(const char *who, const char *what, uint32_t at)
{
	for (unsigned int i = checked; i < script_sent_count; i++)
		if (!script_sent[i].expected && script_sent[i].at >= at &&
		    script_sent[i].at <= at + 2 * TICK_MS && strcmp(script_sent[i].who, who) == 0 &&
		    strcmp(script_sent[i].what, what) == 0)
			return &script_sent[i];
	return NULL;
}

static void
expect(const char *who, char *what, uint32_t at, const char *out)
{
	char why[128], *mark = strchr(what, '!');
	struct script_sent *s;

	if (mark != NULL)
		*mark = '\0';
	s = find_expected(who, what, at);
	if (s == NULL) {
		snprintf(why, sizeof(why), "%s %s @%u is missing", who, what, at);
		fail_with_all(why, out);
		return;
	}
	s->expected = true;
	compare(s, mark != NULL);
}

static uint32_t step_at;

void
script_out(const char *out)
{
	char text[2048], *rest = text, *item;

	snprintf(text, sizeof(text), "%s", out);
	while (*out != '\0' && (item = strsep(&rest, ",")) != NULL) {
		char who[64], what[64];
		int read = 0;

		if (sscanf(item, " %63s %63s%n", who, what, &read) != 2)
			fail_msg("not to be understood: \"%s\"", item);
		item = strchr(item + read, '@');
		if (item == NULL)
			expect(who, what, step_at, out);
		for (; item != NULL; item = strchr(item + 1, '@'))
			expect(who, what, (uint32_t)strtoul(item + 1, NULL, 10), out);
	}
	for (unsigned int i = checked; i < script_sent_count; i++)
		if (!script_sent[i].expected)
			fail_with_all("there is more", out);
	checked = script_sent_count;
	memset(counted, 0, sizeof(counted));
	step_at = now;
}

void
script_counted(const char *want)
{
	static const char *const name[] = {
#define X(sym, text) #sym,
		STATS_WAYS_IN(X) STATS_WAYS_OUT(X) STATS_DROPS(X) STATS_DETAILS(X)
#undef X
	};
	struct slice rest = slice_str(want);

	while (rest.len > 0) {
		struct slice item = slice_cut(&rest, ',');
		char counter[64];
		unsigned long value;
		size_t i = 0;

		if (sscanf(item.ptr, " %63s %lu", counter, &value) != 2)
			fail_msg("not to be understood: \"%.*s\"", SLICE_FMT(item));
		while (i < RTE_DIM(name) && strcmp(name[i], counter) != 0)
			i++;
		if (i == RTE_DIM(name))
			fail_msg("there is no counter \"%s\"", counter);
		if (counted[i] != value)
			fail_msg("%s: at %u ms %s is %lu, want %lu", script->req, now, counter,
				 (unsigned long)counted[i], value);
	}
}

/* ---- beginning and end ---- */

static void
bind_users(void)
{
	rig_bind("sip:one@example.com", "sip:u@203.0.113.51", NULL);
	rig_bind("sip:two@example.com", "sip:u@203.0.113.51", "sip:u@203.0.113.52", NULL);
	rig_bind("sip:three@example.com", "sip:u@203.0.113.51", "sip:u@203.0.113.52",
		 "sip:u@203.0.113.53||500", NULL);
	rig_bind("sip:four@example.com", "sip:u@203.0.113.51", "sip:u@203.0.113.52",
		 "sip:u@203.0.113.53", "sip:u@203.0.113.54", NULL);
	rig_bind("sip:path@example.com",
		 "sip:p@10.0.0.5|<sip:T@203.0.113.55;lr>, <sip:203.0.113.56;lr>", NULL);
}

void
script_begin(const struct script *s)
{
	script = s;
	forget();
	rig_open(NULL);
	buffers = rte_mempool_avail_count(rig_pool);
	large_buffers = rte_mempool_avail_count(rig_large_pool);
	rig_open(s->config != NULL ? s->config : rig_config_proxy);
	bind_users();
	script_write_request();
	rig_walk();
	/* the clock of the machine stops here, at the beginning of a tick */
	rig.engine->ns_per_cycle = 0;
	for (unsigned int i = 0; i < rig.engine->worker_count; i++) {
		rig_wait(TICK_MS - rig.engine->worker[i]->mono_ms % TICK_MS);
		rig.engine->worker[i]->mono_ns = 0;
	}
	step_at = 0;
}

static unsigned int
living(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rig.engine->worker_count; i++) {
		const struct transactions *ts = rig.engine->worker[i]->transactions;

		n += ts != NULL ? ts->live + ts->client_live : 0;
	}
	return n;
}

void
script_end(void)
{
	const uint32_t latest = now + 400 * 1000;

	while (living() > 0 && now < latest) {
		set_clock(now + 8 * TICK_MS);
		rig_walk();
	}
	for (unsigned int i = 0; i < rig.engine->worker_count; i++) {
		const struct transactions *ts = rig.engine->worker[i]->transactions;

		if (ts == NULL)
			continue;
		assert_int_equal(ts->live, 0);
		assert_int_equal(ts->client_live, 0);
		assert_int_equal(text_store_used(&ts->text), 0);
		assert_int_equal(ts->server_wheel.set, 0);
		assert_int_equal(ts->client_wheel.set, 0);
		assert_int_equal(ts->outbox.count, 0);
	}
	assert_int_equal(rte_mempool_avail_count(rig_pool), buffers);
	assert_int_equal(rte_mempool_avail_count(rig_large_pool), large_buffers);
	forget();
}

void
script_check(void **state)
{
	const struct script *s = *state;

	script_begin(s);
	for (const struct step *step = s->step; step->out != NULL; step++) {
		const struct step *next = step + 1;

		step_at = step->at;
		if (step->in != NULL)
			script_in(step->in);
		else
			script_walk();
		if (next->out != NULL)
			script_until(next->at);
		if (step->counted != NULL)
			script_counted(step->counted);
		script_out(step->out);
	}
	script_end();
}
