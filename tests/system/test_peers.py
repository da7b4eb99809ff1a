# SPDX-License-Identifier: BSD-3-Clause
"""Kamailio as registrar behind our edge."""

from calls import (aor, outbound_register, phone, phones_call, register, register_server,
                   sipp_pair, whole_call)
from engine import StandIn
from sip import inner_uri
from testing import equal, status, true
from topology import EdgeAndHome


class BehindOurEdge(EdgeAndHome):
    """Our edge, Kamailio as registrar and home proxy."""

    home_make = StandIn


WORLD = BehindOurEdge


def test_path(w):
    """Kamailio takes our Path, confirms outbound, and gives the Path back."""
    agent = w.agent("phone2")
    answer = status(outbound_register(agent, "p2", w.edge), 200)
    true(inner_uri(answer.values("path")[0]).endswith(";ob"), f"Path: {answer.get('path')}")
    equal(answer.get("require"), "outbound", "Require")


def test_call(w):
    """Calls both ways over a flow, with re-INVITE and BYE."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "p2", w.edge), 200)
    register(callee, "far", w.home)
    whole_call(callee, phone2, aor("p2"), w.home, w.edge)
    whole_call(phone2, callee, aor("far"), w.edge, w.home)


def test_softphones(w):
    """baresip to baresip."""
    first, second = phone(w, "phone1", "anna", w.edge), phone(w, "phone2", "bela", w.edge)
    phones_call(first, second, first)
    phones_call(second, first, first)


def test_sipp(w):
    """sipp before the edge calls sipp behind the home proxy: every scenario."""
    register_server(w, "callee", "far")
    for client, server in (("uac", "uas"), ("uac_reinvite", "uas"),
                           ("uac_hung_up", "uas_hangs_up"), ("uac_cancel", "uas_cancel")):
        sipp_pair(w, client, server, "phone1", "callee", "far", w.edge, calls=5)
