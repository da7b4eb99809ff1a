# SPDX-License-Identifier: BSD-3-Clause
"""Kamailio as edge before our registrar."""

from calls import aor, outbound_register, register, whole_call
from engine import StandIn
from sip import inner_uri
from test_peers import test_sipp, test_softphones  # noqa: F401 (the same tests in this network)
from testing import equal, status, true
from topology import EdgeAndHome


class BeforeOurHome(EdgeAndHome):
    """Kamailio as edge, our registrar and home proxy."""

    edge_make = StandIn


WORLD = BeforeOurHome


def test_path(w):
    """Our registrar takes Kamailio's Path, confirms outbound, and gives the Path back."""
    agent = w.agent("phone2")
    answer = status(outbound_register(agent, "p2", w.edge), 200)
    true("ob" in inner_uri(answer.values("path")[0]).split(";"), f"Path: {answer.get('path')}")
    equal(answer.get("require"), "outbound", "Require")


def test_call(w):
    """Calls both ways over a flow of Kamailio's, with re-INVITE and BYE."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "p2", w.edge), 200)
    register(callee, "far", w.home)
    whole_call(callee, phone2, aor("p2"), w.home, w.edge)
    whole_call(phone2, callee, aor("far"), w.edge, w.home)
