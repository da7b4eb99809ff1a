/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction.h"

#include <rte_mempool.h>

#include "rig_internal.h"
#include "transaction/transaction.h"

const char script_config_always[] = PROXY_WITH("state: always, failover_ms: 0");

enum { SENT_MAX = 1024, TEXT_MAX = 70000, TICK_MS = 8 };

/* A datagram that left. */
struct sent {
	uint32_t at;
	struct flow_address from, to;
	char who[FLOW_ADDRESS_TEXT_MAX + 1], what[64];
	struct slice sip;
	bool expected;
};

static const struct script *script;
static struct sent sent[SENT_MAX];
static unsigned int sent_count, checked;
static uint64_t counted[STATS_COUNT];
static uint32_t now;
static char request[TEXT_MAX], message[TEXT_MAX];
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

static const char *
address_of(const char *who)
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

static const char *
method(void)
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
			 strcmp(cseq, method()) != 0 ? "/" : "",
			 strcmp(cseq, method()) != 0 ? cseq : "");
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

static void
walk(void)
{
	rig_walk();
	for (unsigned int c = 0; c < STATS_COUNT; c++)
		counted[c] += rig.out.counter[c];
	for (unsigned int i = 0; i < rig.out.count; i++) {
		const struct rig_datagram *d = &rig.out.datagram[i];
		struct sent *s = &sent[sent_count];
		char *text;

		if (sent_count == SENT_MAX)
			fail_msg("more than %d datagrams", SENT_MAX);
		text = malloc(d->sip.len);
		assert_non_null(text);
		memcpy(text, d->sip.ptr, d->sip.len);
		*s = (struct sent){ .at = now, .from = d->from, .to = d->to };
		s->sip = slice_of(text, d->sip.len);
		name_of(&s->to, s->who);
		kind_of(s->sip, s->what);
		sent_count++;
	}
}

void
script_until(uint32_t ms)
{
	while (now < ms) {
		set_clock(RTE_MIN(now + TICK_MS - now % TICK_MS, ms));
		walk();
	}
}

static void
forget(void)
{
	while (sent_count > 0)
		free((void *)(uintptr_t)sent[--sent_count].sip.ptr);
	checked = 0;
	now = 0;
	memset(counted, 0, sizeof(counted));
}

static const struct sent *
find_last(const char *who, const char *what)
{
	for (unsigned int i = sent_count; i > 0; i--)
		if (strcmp(sent[i - 1].who, who) == 0 && strcmp(sent[i - 1].what, what) == 0)
			return &sent[i - 1];
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

/* ---- what comes in ---- */

static const char *
put(const char *format, ...)
{
	size_t n = strlen(message);
	va_list args;

	va_start(args, format);
	vsnprintf(message + n, sizeof(message) - n, format, args);
	va_end(args);
	return message;
}

static void
put_response(const char *who, const char *status)
{
	const struct sent *to = NULL;

	for (unsigned int i = 0; i < sent_count; i++)
		if (strcmp(sent[i].who, who) == 0 && sent[i].what[0] >= 'A' &&
		    strcmp(sent[i].what, "ACK") != 0 && strcmp(sent[i].what, "CANCEL") != 0)
			to = &sent[i];
	if (to == NULL)
		fail_msg("%s has got no request to answer with %s", who, status);
	message[0] = '\0';
	put("SIP/2.0 %s X\r\n", status);
	put("Via: %s\r\n", rig_header(to->sip, "Via"));
	put("From: %s\r\n", rig_header(to->sip, "From"));
	put("To: %s", rig_header(to->sip, "To"));
	put(strstr(rig_header(to->sip, "To"), ";tag=") == NULL ? ";tag=%s\r\n" : "\r\n", who);
	put("Call-ID: %s\r\n", rig_header(to->sip, "Call-ID"));
	put("CSeq: %s\r\n", rig_header(to->sip, "CSeq"));
	put("Content-Length: 4\r\n\r\nbody");
}

/* ACK or CANCEL for the request of the script (RFC 3261 §9.1, §17.1.1.3). */
static void
put_about(const char *name)
{
	struct slice sip = script_request();
	struct slice to = sip;
	const char *uri = strchr(request, ' ');

	for (unsigned int i = 0; i < sent_count; i++)
		if (strcmp(sent[i].who, "A") == 0 && sent[i].what[0] >= '2' &&
		    strchr(sent[i].what, '/') == NULL)
			to = sent[i].sip;
	message[0] = '\0';
	put("%s%.*s SIP/2.0\r\n", name, (int)strcspn(uri + 1, " ") + 1, uri);
	put("Via: %s\r\nMax-Forwards: 70\r\n", rig_header(sip, "Via"));
	put("From: %s\r\n", rig_header(sip, "From"));
	put("To: %s\r\n", rig_header(strcmp(name, "ACK") == 0 ? to : sip, "To"));
	put("Call-ID: %s\r\n", rig_header(sip, "Call-ID"));
	put("CSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
	    (unsigned int)strtoul(rig_header(sip, "CSeq"), NULL, 10), name);
}

static void
replace(const char *option)
{
	static char changed[TEXT_MAX];
	const char *by = strchr(option, '>'), *from = message, *at;
	char old[1024];

	assert_non_null(by);
	snprintf(old, sizeof(old), "%.*s", (int)(by++ - option), option);
	if (strstr(message, old) == NULL)
		fail_msg("there is no \"%s\" to replace in:\n%s", old, message);
	changed[0] = '\0';
	for (; (at = strstr(from, old)) != NULL; from = at + strlen(old)) {
		strncat(changed, from, (size_t)(at - from));
		strcat(changed, by);
	}
	strcat(changed, from);
	strcpy(message, changed);
}

static void
come_in(struct slice sip, const char *from, const char *at)
{
	rig_queue(NULL, sip, from, at);
	walk();
}

void
script_send(struct slice sip, const char *from)
{
	come_in(sip, from, EDGE);
}

void
script_in(const char *in)
{
	const char *from = script->from != NULL ? script->from : ALICE;
	const char *at = script->at != NULL ? script->at : EDGE;
	char text[2048], *rest = text, *what, *status;

	snprintf(text, sizeof(text), "%s", in);
	what = strsep(&rest, "|");
	status = strchr(what, ' ');
	if (status != NULL) {
		*status++ = '\0';
		put_response(what, status);
		from = address_of(what);
		at = EDGE;
	} else if (strcmp(what, "ACK") == 0 || strcmp(what, "CANCEL") == 0) {
		put_about(what);
	} else {
		strcpy(message, request);
	}
	for (char *option; (option = strsep(&rest, "|")) != NULL;)
		if (option[0] == '@')
			from = option + 1;
		else
			replace(option);
	come_in(slice_of(message, strlen(message)), from, at);
}

/* ---- what leaves ---- */

static void
fail_with_all(const char *why, const char *out)
{
	print_error("at %u ms %s; want \"%s\", got:\n", now, why, out);
	for (unsigned int i = checked; i < sent_count; i++)
		print_error("  %s %s @%u%s\n", sent[i].who, sent[i].what, sent[i].at,
			    sent[i].expected ? "" : "   <--");
	fail_msg("%s", script->req);
}

/* Against the last one before it that went there. */
static void
compare(const struct sent *s, bool differs)
{
	const struct sent *before = s;

	while (before-- > sent)
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

static struct sent *
find_expected(const char *who, const char *what, uint32_t at)
{
	for (unsigned int i = checked; i < sent_count; i++)
		if (!sent[i].expected && sent[i].at >= at && sent[i].at <= at + 2 * TICK_MS &&
		    strcmp(sent[i].who, who) == 0 && strcmp(sent[i].what, what) == 0)
			return &sent[i];
	return NULL;
}

static void
expect(const char *who, char *what, uint32_t at, const char *out)
{
	char why[128], *mark = strchr(what, '!');
	struct sent *s;

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
	for (unsigned int i = checked; i < sent_count; i++)
		if (!sent[i].expected)
			fail_with_all("there is more", out);
	checked = sent_count;
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

static void
write_request(void)
{
	const char *user = script->user != NULL ? script->user : "two";
	char to[128];

	snprintf(to, sizeof(to), "<sip:%s@example.com>", user);
	snprintf(request, sizeof(request),
		 "%s sip:%s@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s\r\n" MF "%s"
		 "From: <sip:alice@example.org>;tag=a77\r\n"
		 "To: %s\r\n"
		 "Call-ID: t@198.51.100.9\r\n"
		 "CSeq: 1 %s\r\n"
		 "Content-Length: 4\r\n"
		 "\r\nbody",
		 method(), user,
		 script->via != NULL ? script->via : "198.51.100.9:5060;branch=z9hG4bKa",
		 script->lines != NULL ? script->lines : "", script->to != NULL ? script->to : to,
		 method());
}

struct slice
script_request(void)
{
	return slice_of(request, strlen(request));
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
	write_request();
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
			walk();
		if (next->out != NULL)
			script_until(next->at);
		if (step->counted != NULL)
			script_counted(step->counted);
		script_out(step->out);
	}
	script_end();
}
