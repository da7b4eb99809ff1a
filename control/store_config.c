/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_config.h"

struct store_options
store_config(const struct config *config)
{
	return (struct store_options){
		.max_mb = config->file->store.max_mb,
		.journal_mb = config->file->store.journal_mb,
	};
}
