/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"
static int
run(const struct bench_options *o)
{
	(void)o;
	return 0;
}
const struct bench attack_bench = { "attack", "x", true, run };
