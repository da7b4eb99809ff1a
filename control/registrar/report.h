/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_REPORT_H
#define CONTROL_REGISTRAR_REPORT_H

#include <jansson.h>

#include "registrar/registrar.h"

/**
 * How the registrar is, for people who ask: {"registrar": ..., "authentication": ..., "table": ...,
 * "store": ...}. A new object.
 */
json_t *registrar_report(const struct registrar *r);

/**
 * A sentence for the log, once for each time that something the operator should know of comes up:
 * the table is full, the clock jumped. False: nothing new.
 */
bool registrar_news(struct registrar *r, char *text, size_t size);

#endif
