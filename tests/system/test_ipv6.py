# SPDX-License-Identifier: BSD-3-Clause
"""The network of edge and home proxy once more, with IPv6 and nothing else."""

from calls import (aor, establish, in_dialog, outbound_register, refused, register,
                   register_server, sipp_pair, whole_call)
from sip import inner_uri, parameter
from test_fragments import BIG
from testing import engine_only, equal, status, true
from topology import EdgeAndHome

WORLD = EdgeAndHome
OPTIONS = {"v6": True}


@engine_only
def test_ping(w):
    """Neighbour discovery and echo on both ports of the edge, and from a routed network."""
    for name, address in (("phone1", w.edge_outside), ("router", w.edge_inside),
                          ("callee", w.home_address), ("phone2", w.edge_outside)):
        shown = w.net.run(name, "ping", "-6", "-c", "2", "-i", "0.2", "-W", "2", address,
                          check=False)
        true(" 0% packet loss" in shown and "DUP" not in shown, shown)


@engine_only
def test_register(w):
    """The token of an IPv6 flow has 72 characters."""
    agent = w.agent("phone2")
    answer = status(outbound_register(agent, "p2", w.edge), 200)
    path = inner_uri(answer.values("path")[0])
    equal(len(path.partition(":")[2].split("@")[0]), 72, f"length of the token in {path}")


def test_call(w):
    """Calls both ways over a flow, with re-INVITE and BYE."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "p2", w.edge), 200)
    register(callee, "far", w.home)
    got = whole_call(callee, phone2, aor("p2"), w.home, w.edge)
    equal(got.source, w.edge, "source of the INVITE")
    whole_call(phone2, callee, aor("far"), w.edge, w.home)


@engine_only
def test_via(w):
    """received and rport of an IPv6 source."""
    phone1, callee = w.agent("phone1"), w.agent("callee")
    register(callee, "far", w.home)
    phone1.send(phone1.request("OPTIONS", aor("far")), w.edge)
    got = callee.expect(method="OPTIONS")
    via = got.values("via")[2]
    equal(parameter(via, "received").strip("[]"), phone1.address, f"received in {via}")
    equal(parameter(via, "rport"), str(phone1.port), f"rport in {via}")
    true(f"[{w.home_address}]" in got.values("via")[0], f"own Via {got.values('via')[0]}")
    callee.reply(got, 200)
    phone1.expect(status=200)


def test_large(w):
    """Fragments (no router splits them in IPv6: the engine itself does)."""
    phone1, callee = w.agent("phone1"), w.agent("callee")
    register(callee, "far", w.home)
    here, there, got = establish(phone1, callee, aor("far"), w.edge, body=BIG)
    equal(got.body, BIG.encode(), "body")
    in_dialog("INVITE", there, here, w.home, BIG)
    in_dialog("BYE", here, there, w.edge)


@engine_only
def test_errors(w):
    """483, 420 and 480 over IPv6."""
    a = w.agent("phone1")
    refused(a, a.request("INVITE", aor("far"), max_forwards="0"), w.edge, 483)
    refused(a, a.request("INVITE", aor("far"), extra=["Proxy-Require: x"]), w.edge, 420)
    refused(a, a.request("INVITE", aor("nobody")), w.edge, (404, 480))


def test_sipp(w):
    """sipp to sipp."""
    register_server(w, "callee", "far")
    for client, server in (("uac", "uas"), ("uac_hung_up", "uas_hangs_up")):
        sipp_pair(w, client, server, "phone1", "callee", "far", w.edge, calls=5)
