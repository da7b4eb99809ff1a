# SPDX-License-Identifier: BSD-3-Clause
"""Kamailio as edge before our registrar with digest and GRUU."""

from engine import StandIn
from test_clients import (Complete, test_baresip, test_calls_between,  # noqa: F401
                          test_gruu_as_contact, test_linphone, test_one_instance_only,
                          test_wrong_password)
from topology import EdgeAndHome


class BeforeOurHome(Complete, EdgeAndHome):
    """Kamailio as edge, our registrar and home proxy."""

    edge_make = StandIn


WORLD = BeforeOurHome
