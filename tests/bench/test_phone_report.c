/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "gtest.h"
#include "phone_report.h"

static struct phone_shared shared;

/** Ten phones of two workers: five are registered after 1 s, nine after 2 s. */
static struct phone_report
tell(FILE *series)
{
	struct phone_report r = { .series = series, .phones = 10 };

	memset(&shared, 0, sizeof(shared));
	shared.counts[1].status[200] = 7; /* of an earlier wave */
	phone_totals_read(&shared, 2, &r.now);
	r.last = r.now;
	phone_report_wave(&r, 5000);
	shared.counts[0].sent = 6;
	shared.counts[1].sent = 5;
	shared.counts[1].retransmitted = 3;
	shared.counts[0].status[200] = 4;
	shared.counts[1].status[204] = 1;
	shared.counts[1].status[503] = 2;
	shared.counts[1].status[403] = 1;
	shared.counts[1].retry_after[17] = 2;
	shared.counts[0].registered = 4;
	shared.counts[1].registered = 1;
	shared.counts[1].waiting = 2;
	phone_totals_read(&shared, 2, &r.now);
	phone_report_look(&r, 6000);
	phone_report_row(&r, 6000);
	shared.counts[1].registered = 5;
	shared.counts[1].waiting = 0;
	shared.counts[1].status[200] += 4;
	phone_totals_read(&shared, 2, &r.now);
	phone_report_look(&r, 7000);
	phone_report_row(&r, 7000);
	return r;
}

GTEST(PhoneReport, series)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	phone_report_head(f);
	tell(f);
	fclose(f);
	assert_string_equal(
		text, "t_ms,sent,retransmitted,ok,rejected_503,other,registered_total,waiting\n"
		      "1000,11,3,5,2,1,5,2\n"
		      "2000,0,0,4,0,0,9,0\n");
	free(text);
}

GTEST(PhoneReport, summary)
{
	struct phone_report r = tell(NULL);
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	phone_report_summary(&r, 8500, f);
	fclose(f);
	assert_string_equal(
		text, "{\"wave\":1,\"phones\":10,\"registered\":9,\"lost\":1,\"elapsed\":3.500,"
		      "\"seconds\":{\"50\":1.000,\"90\":2.000,\"99\":null,\"100\":null},"
		      "\"sent\":11,\"retransmitted\":3,\"not_sent\":0,\"timed_out\":0,"
		      "\"pings\":0,\"pongs\":0,\"unexpected\":0,"
		      "\"status\":{\"200\":8,\"204\":1,\"403\":1,\"503\":2},\"retry_after\":{"
		      "\"17\":2}}\n");
	free(text);
}
