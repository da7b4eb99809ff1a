/* SPDX-License-Identifier: BSD-3-Clause */
/* The header index alone, and with all fields that routing needs. */
#include "bench.h"
#include "messages.h"
#include "sip/check.h"

enum { EACH = 64, KINDS = 4, MIXED = KINDS * EACH };

static const enum sample_kind mixed_kinds[KINDS] = {
	SAMPLE_INVITE,
	SAMPLE_RESPONSE,
	SAMPLE_DIALOG,
	SAMPLE_REGISTER,
};

/* Messages that one loop goes through, in an order that a branch predictor does not know. */
struct corpus {
	struct slice text[MIXED];
	unsigned int count;
	double octets; /* of one, on average */
};

static void
index_pass(void *state)
{
	const struct corpus *c = state;
	struct sip_message msg;

	for (unsigned int i = 0; i < c->count; i++)
		if (sip_message_index(c->text[i], &msg) != SIP_FAULT_NONE)
			bench_die("parse: message %u is refused", i);
}

static void
fields_pass(void *state)
{
	const struct sip_limits limits = { 0 };
	const struct corpus *c = state;
	struct sip_fields fields;
	struct sip_message msg;

	for (unsigned int i = 0; i < c->count; i++) {
		enum sip_fault fault = sip_message_index(c->text[i], &msg);

		if (sip_message_check(&msg, fault, &limits, &fields) != SIP_FAULT_NONE)
			bench_die("parse: message %u is refused", i);
	}
}

static void
add(struct corpus *c, struct slice text)
{
	c->text[c->count++] = text;
	c->octets += ((double)text.len - c->octets) / c->count;
}

static void
shuffle(struct corpus *c)
{
	uint64_t random = 1;

	for (unsigned int i = c->count; i > 1; i--) {
		unsigned int k = (unsigned int)(random_next(&random) % i);
		struct slice swap = c->text[i - 1];

		c->text[i - 1] = c->text[k];
		c->text[k] = swap;
	}
}

static void
report_speed(const char *metric, const struct corpus *c, const struct samples *ns)
{
	struct samples density = { .count = ns->count };
	char name[48];

	for (unsigned int i = 0; i < ns->count; i++)
		density.value[i] = c->octets / (ns->value[i] * tsc_hz() / 1e9);
	snprintf(name, sizeof(name), "%s.octets_per_cycle", metric);
	report("parse", name, "octets/cycle", &density);
	snprintf(name, sizeof(name), "%s.octets_per_second", metric);
	report_rate("parse", name, "octets/s", c->octets * 1e9, ns);
}

static int
run(const struct bench_options *options)
{
	static struct sample sample[KINDS][EACH];
	static struct corpus mix, one[KINDS];
	struct loop loops[2 + 2 * KINDS] = {
		{ "index", index_pass, &mix, MIXED, { .count = 0 } },
		{ "proxy_fields", fields_pass, &mix, MIXED, { .count = 0 } },
	};
	struct samples octets = { .count = 0 };
	char names[2 * KINDS][32];

	for (unsigned int k = 0; k < KINDS; k++) {
		for (unsigned int i = 0; i < EACH; i++) {
			sample_make(&sample[k][i], mixed_kinds[k], i);
			add(&one[k], sample_text(&sample[k][i]));
			add(&mix, sample_text(&sample[k][i]));
		}
		for (unsigned int f = 0; f < 2; f++) {
			snprintf(names[2 * k + f], sizeof(names[0]), "%s.%s", loops[f].metric,
				 sample_kind_name(mixed_kinds[k]));
			loops[2 + 2 * k + f] = (struct loop){ names[2 * k + f],
							      f == 0 ? index_pass : fields_pass,
							      &one[k],
							      EACH,
							      { .count = 0 } };
		}
	}
	shuffle(&mix);
	loops_measure(loops, 2 + 2 * KINDS, options->runs);
	for (unsigned int i = 0; i < 2 + 2 * KINDS; i++)
		report("parse", loops[i].metric, "ns", &loops[i].ns);
	samples_add(&octets, mix.octets);
	report("parse", "message_size", "octets", &octets);
	octets.value[0] = one[0].octets;
	report("parse", "message_size.invite", "octets", &octets);
	report_speed("index", &mix, &loops[0].ns);
	report_speed("proxy_fields", &mix, &loops[1].ns);
	return 0;
}

const struct bench parse_bench = {
	"parse",
	"header index, and the fields that routing needs",
	false,
	run,
};
