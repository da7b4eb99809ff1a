/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_EXCHANGE_H
#define CONTROL_REGISTRAR_EXCHANGE_H

#include <jansson.h>

#include "registrar/registrar.h"

/** Bindings out of a running registrar and into it: the commands behind `viaduct bindings`. */

/**
 * {"command": "export-bindings", "from": NEXT, "limit": N}: AORs in the store's order. The answer has
 * "rows" (record_json.h), the number of AORs that cannot be read in "damaged", and, while there are
 * more, "next": what is "from" in the request for those. A new reference.
 */
json_t *registrar_export(struct registrar *r, const json_t *request);

/**
 * {"command": "import-bindings", "rows": [...]}: each AOR gets the bindings of its row in place of
 * those it has, in one transaction; what has expired is left out. All or nothing: the answer names
 * the row that is wrong. A new reference.
 */
json_t *registrar_import(struct registrar *r, const json_t *request);

#endif
