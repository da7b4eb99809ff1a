/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_RECORD_JSON_H
#define CONTROL_REGISTRAR_RECORD_JSON_H

#include <jansson.h>

#include "registrar/request.h"
#include "store/record.h"

/**
 * What an AOR has, as a JSON object for people and other programs: {"aor": ..., "bindings": [...],
 * "instances": [...]}. Times are milliseconds since 1970. The epochs of temporary GRUUs are not
 * told: they mean something in one store only. Text that is no UTF-8 stands as {"hex": ...}.
 */
json_t *record_to_json(struct slice aor, const struct record *record);

/** A record read back, with the memory that its slices need beside the JSON object. */
struct record_import {
	struct slice aor;
	struct record record;
	size_t used;
	char aor_text[REGISTER_AOR_MAX];
	char pool[RECORD_MAX];
};

/**
 * Read it back; slices borrow from `object` and from `out`. False, with a sentence in `message` of
 * what is wrong and where, when it is not such an object.
 */
bool record_from_json(const json_t *object, struct record_import *out, char *message, size_t size);

#endif
