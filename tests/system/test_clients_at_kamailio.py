# SPDX-License-Identifier: BSD-3-Clause
"""Our two edges before Kamailio as registrar with digest and GRUU: what the clients can do is there
without a registrar of ours."""

from engine import StandIn
from test_clients import (Complete, test_baresip, test_baresip_behind_nat,  # noqa: F401
                          test_gruu_as_contact, test_linphone, test_linphone_behind_nat,
                          test_one_instance_only, test_wrong_password)
from topology import TwoEdges


class BehindOurEdges(Complete, TwoEdges):
    """Our edges, Kamailio as registrar and home proxy."""

    home_make = StandIn


WORLD = BehindOurEdges
ENGINE_ONLY = True
