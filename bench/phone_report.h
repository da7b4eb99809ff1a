/* SPDX-License-Identifier: BSD-3-Clause */
/** What viaduct-phones tells: a row of CSV every 100 ms, and a line of JSON for each wave. */
#ifndef BENCH_PHONE_REPORT_H
#define BENCH_PHONE_REPORT_H

#include <stdio.h>

#include "phone_worker.h"

enum { PHONE_SHARES = 4 };

/** The sums over all workers at one moment. */
struct phone_totals {
	uint64_t sent, retransmitted, not_sent, timed_out, pings, pongs, unexpected;
	uint64_t status[PHONE_STATUS_END];
	uint64_t retry_after[PHONE_RETRY_END];
	uint32_t registered, waiting;
};

struct phone_report {
	FILE *series; /* NULL: none is wanted */
	uint32_t phones;
	uint32_t wave;
	uint64_t begin_ms, wave_ms;        /* when the first and this wave began */
	uint64_t share_ms[PHONE_SHARES];   /* when so many were registered; 0: not yet */
	struct phone_totals at_wave, last; /* at the wave's begin, at the last row */
	struct phone_totals now;
};

/** Read the counters of `workers` workers. */
void phone_totals_read(const struct phone_shared *shared, uint32_t workers,
		       struct phone_totals *out);

/** A wave begins; report->now holds the totals. */
void phone_report_wave(struct phone_report *r, uint64_t now_ms);

/** Note how many are registered by report->now: the finer, the more exact the times of the shares.
 */
void phone_report_look(struct phone_report *r, uint64_t now_ms);

/** The head of the series. */
void phone_report_head(FILE *series);

/** One row of the series: what was counted since the last one, and how many phones are what. */
void phone_report_row(struct phone_report *r, uint64_t now_ms);

/** The summary of the wave as one line of JSON. */
void phone_report_summary(const struct phone_report *r, uint64_t now_ms, FILE *out);

#endif
