/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>

#include "phone_report.h"

static const unsigned int share[PHONE_SHARES] = { 50, 90, 99, 100 };

void
phone_totals_read(const struct phone_shared *shared, uint32_t workers, struct phone_totals *out)
{
	*out = (struct phone_totals){ 0 };
	for (uint32_t i = 0; i < workers; i++) {
		const struct phone_counts *c = &shared->counts[i];

		out->sent += c->sent;
		out->retransmitted += c->retransmitted;
		out->not_sent += c->not_sent;
		out->timed_out += c->timed_out;
		out->pings += c->pings;
		out->pongs += c->pongs;
		out->unexpected += c->unexpected;
		out->registered += c->registered;
		out->waiting += c->waiting;
		for (unsigned int s = 100; s < PHONE_STATUS_END; s++)
			out->status[s] += c->status[s];
		for (unsigned int s = 0; s < PHONE_RETRY_END; s++)
			out->retry_after[s] += c->retry_after[s];
	}
}

void
phone_report_wave(struct phone_report *r, uint64_t now_ms)
{
	if (r->wave++ == 0)
		r->begin_ms = now_ms;
	r->wave_ms = now_ms;
	r->at_wave = r->now;
	memset(r->share_ms, 0, sizeof(r->share_ms));
}

void
phone_report_look(struct phone_report *r, uint64_t now_ms)
{
	for (unsigned int i = 0; i < PHONE_SHARES; i++)
		if (r->share_ms[i] == 0 &&
		    (uint64_t)r->now.registered * 100 >= (uint64_t)r->phones * share[i])
			r->share_ms[i] = now_ms;
}

/** Final responses of a wave or a row, by kind. */
struct kinds {
	uint64_t ok, rejected, other;
};

static struct kinds
kinds_since(const struct phone_totals *before, const struct phone_totals *now)
{
	struct kinds k = { 0 };

	for (unsigned int s = 200; s < PHONE_STATUS_END; s++) {
		uint64_t n = now->status[s] - before->status[s];

		if (s < 300)
			k.ok += n;
		else if (s == 503)
			k.rejected += n;
		else
			k.other += n;
	}
	return k;
}

void
phone_report_head(FILE *series)
{
	fputs("t_ms,sent,retransmitted,ok,rejected_503,other,registered_total,waiting\n", series);
}

void
phone_report_row(struct phone_report *r, uint64_t now_ms)
{
	struct kinds k = kinds_since(&r->last, &r->now);

	if (r->series != NULL)
		fprintf(r->series,
			"%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%u,%u\n",
			now_ms - r->begin_ms, r->now.sent - r->last.sent,
			r->now.retransmitted - r->last.retransmitted, k.ok, k.rejected, k.other,
			r->now.registered, r->now.waiting);
	r->last = r->now;
}

static void
put_shares(const struct phone_report *r, FILE *out)
{
	for (unsigned int i = 0; i < PHONE_SHARES; i++) {
		fprintf(out, "%s\"%u\":", i > 0 ? "," : "", share[i]);
		if (r->share_ms[i] == 0)
			fputs("null", out);
		else
			fprintf(out, "%.3f", (double)(r->share_ms[i] - r->wave_ms) / 1000);
	}
}

/** What is more than it was at the wave's begin, as members of an object. */
static void
put_more(const uint64_t *before, const uint64_t *now, unsigned int count, FILE *out)
{
	const char *comma = "";

	for (unsigned int i = 0; i < count; i++) {
		if (now[i] == before[i])
			continue;
		fprintf(out, "%s\"%u\":%" PRIu64, comma, i, now[i] - before[i]);
		comma = ",";
	}
}

void
phone_report_summary(const struct phone_report *r, uint64_t now_ms, FILE *out)
{
	const struct phone_totals *b = &r->at_wave, *n = &r->now;

	fprintf(out,
		"{\"wave\":%u,\"phones\":%u,\"registered\":%u,\"lost\":%u,\"elapsed\":%.3f,"
		"\"seconds\":{",
		r->wave, r->phones, n->registered, r->phones - n->registered,
		(double)(now_ms - r->wave_ms) / 1000);
	put_shares(r, out);
	fprintf(out,
		"},\"sent\":%" PRIu64 ",\"retransmitted\":%" PRIu64 ",\"not_sent\":%" PRIu64
		",\"timed_out\":%" PRIu64 ",\"pings\":%" PRIu64 ",\"pongs\":%" PRIu64
		",\"unexpected\":%" PRIu64 ",\"status\":{",
		n->sent - b->sent, n->retransmitted - b->retransmitted, n->not_sent - b->not_sent,
		n->timed_out - b->timed_out, n->pings - b->pings, n->pongs - b->pongs,
		n->unexpected - b->unexpected);
	put_more(b->status, n->status, PHONE_STATUS_END, out);
	fputs("},\"retry_after\":{", out);
	put_more(b->retry_after, n->retry_after, PHONE_RETRY_END, out);
	fputs("}}\n", out);
	fflush(out);
}
