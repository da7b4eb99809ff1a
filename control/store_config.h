/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_CONFIG_H
#define CONTROL_STORE_CONFIG_H

#include "config/config.h"
#include "store/binding_store.h"

/** How the store of an engine is opened. */
struct store_options store_config(const struct config *config);

#endif
