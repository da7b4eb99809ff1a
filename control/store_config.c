/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_config.h"

enum {
	AORS_IN_MB = 256, /* with ten contacts each */
	STORE_MB_LEAST = 256,
	AORS_IN_JOURNAL_MB = 8192, /* a third of all, with one contact: see decisions/0013 */
	JOURNAL_MB_LEAST = 16,
	JOURNAL_MB_MOST = 256,
};

struct store_options
store_config(const struct config *config)
{
	size_t aors = config->file->registrar.max_aors, journal_mb = aors / AORS_IN_JOURNAL_MB;

	if (journal_mb < JOURNAL_MB_LEAST)
		journal_mb = JOURNAL_MB_LEAST;
	if (journal_mb > JOURNAL_MB_MOST)
		journal_mb = JOURNAL_MB_MOST;
	return (struct store_options){
		.max_mb = aors / AORS_IN_MB + STORE_MB_LEAST,
		.journal_mb = journal_mb,
	};
}
