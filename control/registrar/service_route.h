/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_SERVICE_ROUTE_H
#define CONTROL_REGISTRAR_SERVICE_ROUTE_H

#include "config/config.h"
#include "sip/writer.h"

/**
 * Write the Service-Route line of a 200 to a REGISTER with this Path, topmost value first (RFC
 * 3608, draft-rosenberg-sip-route-construct-00 §5.1): the Path turned round, what is ours replaced
 * as configured, what is foreign as it is, and the configured URIs behind. Nothing when there is
 * nothing to say (RC-09).
 */
void service_route_write(struct sip_writer *w, const struct config *config, struct slice path);

#endif
