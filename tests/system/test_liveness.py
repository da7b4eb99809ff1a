# SPDX-License-Identifier: BSD-3-Clause
"""Flows that die: the edge hears of it, refuses what is sent there, and hears when they live again.
"""

import socket
import struct
import time

from calls import aor, outbound_register
from clients import Baresip
from network import wait_until
from sip import Message, inner_uri, unique
from testing import engine_only, equal, fresh, status, true
from topology import EdgeAndHome

ENGINE_ONLY = True
TIMER = 1  # Flow-Timer in seconds: a flow is idle after this and ten more


class Watched(EdgeAndHome):
    """An edge that expects keepalives often."""

    def edge_sections(self, core):
        base = super().edge_sections(core)
        base["edge"]["flow_timer"] = TIMER
        return base


WORLD = Watched


def registered(w, name, user):
    """An agent that has registered through the edge, and the Path with its token."""
    agent = w.agent(name)
    answer = status(outbound_register(agent, user, w.edge), 200)
    equal(answer.get("flow-timer"), str(TIMER), "Flow-Timer")
    return agent, inner_uri(answer.values("path")[0])


def send(w, router, path, method="INVITE"):
    """A request of a home proxy's along a Path; its text."""
    text = router.request(method, "sip:p@10.0.0.5:5060", extra=[f"Route: <{path}>"])
    router.send(text, (w.edge_inside, 5060))
    return text


def wait_dead(w, router, path, seconds=3.0):
    """Until a request along a Path gets 430: those before it cause the error that tells."""
    def refused():
        text = send(w, router, path)
        answer = router.receive(0.3)
        if answer is None:
            return False
        equal(answer.status, 430, "status")
        router.ack(text, answer, (w.edge_inside, 5060))
        return True
    wait_until(refused, seconds, "430 for a dead flow", step=0)


def reaches(w, router, agent, path):
    """Whether a request along a Path arrives."""
    agent.drain()
    call = Message(send(w, router, path, "OPTIONS").encode()).get("call-id")
    try:
        agent.expect(1.0, method="OPTIONS", call=call)
    except AssertionError:
        return False
    return True


def flow(w, port):
    """What the edge shows of the flow from a port."""
    rows = w.engines["edge"].show("flows")
    rows = rows if isinstance(rows, list) else [rows]
    found = [r for r in rows if r["remote"].endswith(f":{port}")]
    true(found, f"no flow from port {port} in {rows}")
    return found[0]


def test_client_closes(w):
    """The client's host says that nobody listens any more: 430; and delivery when it is back."""
    phone, path = registered(w, "phone1", "p1")
    router = w.agent("router", 5080)
    true(reaches(w, router, phone, path), "a live flow does not deliver")
    equal(flow(w, 5060)["state"], "alive", "state")
    phone.close()
    wait_dead(w, router, path)
    shown = flow(w, 5060)
    equal((shown["state"], shown["why"]), ("failed", "port"), "state of the flow")
    phone = w.agent("phone1")
    phone.send("\r\n\r\n", w.edge)
    wait_until(lambda: reaches(w, router, phone, path), 2, "delivery after a keepalive")
    equal(flow(w, 5060)["state"], "alive", "state")


def test_client_behind_nat_closes(w):
    """The same through a NAT, which translates what the error quotes."""
    phone, path = registered(w, "phone2", "p2")
    router = w.agent("router", 5080)
    true(reaches(w, router, phone, path), "a live flow does not deliver")
    phone.close()
    wait_dead(w, router, path)


def test_softphone_killed(w):
    """A real client is killed: who calls it next is told at once that it cannot be reached."""
    phone = Baresip(w.net, "phone1", w.addresses["phone1"], "gone", f"{w.edge[0]}:{w.edge[1]}")
    phone.wait_registered()
    phone.process.popen.kill()
    phone.process.popen.wait(5)
    wait_until(lambda: not w.net.run("phone1", "ss", "-Hlun", "sport", "=", ":5060").strip(), 2,
               "the client's socket closed")
    caller = w.agent("callee")

    def refused():
        text = caller.request("INVITE", aor("gone"))
        caller.send(text, w.home)
        answer = caller.receive(0.3)
        if answer is None:
            return False
        status(answer, (430, 480))
        caller.ack(text, answer, w.home)
        return True
    wait_until(refused, 4, "a refusal for a killed client", step=0)


@fresh
def test_nat_cannot_reach_host(w):
    """The NAT itself says that the client's host is not there."""
    phone, path = registered(w, "phone2", "p2")
    router = w.agent("router", 5080)
    true(reaches(w, router, phone, path), "a live flow does not deliver")
    w.net.ip("phone2", "addr", "flush", "dev", "eth0")
    w.net.ip("nat", "neigh", "flush", "dev", "in0")
    # a NAT asks for the host for three seconds, then tells of the first datagram that waited
    text = router.request("INVITE", "sip:p@10.0.0.5:5060", extra=[f"Route: <{path}>"])
    status(router.ask(text, (w.edge_inside, 5060), 9), 430)
    rows = w.engines["edge"].show("flows")
    rows = rows if isinstance(rows, list) else [rows]
    equal([r["why"] for r in rows if r["state"] == "failed"], ["host"], "why it failed")


def unreachable(edge, client, length, checksum):
    """An ICMP port unreachable that quotes a datagram from the edge to a client."""
    udp = struct.pack("!4H", edge[1], client[1], length, checksum)
    quoted = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + length, 1, 0, 63, 17, 0,
                         socket.inet_aton(edge[0]), socket.inet_aton(client[0])) + udp
    icmp = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
    total = sum(struct.unpack(f"!{len(icmp) // 2}H", icmp))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    return icmp[:2] + struct.pack("!H", ~total & 0xffff) + icmp[4:]


def test_spoofed_errors(w):
    """Somebody who has not seen the datagrams says that a client is gone: nothing happens."""
    phone, path = registered(w, "phone1", "p1")
    router = w.agent("router", 5080)
    true(reaches(w, router, phone, path), "a live flow does not deliver")
    before = w.engines["edge"].counters()
    raw = w.net.socket("nat", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    client = (w.addresses["phone1"], 5060)
    for length in range(300, 500):
        raw.sendto(unreachable(w.edge, client, length, length * 77), (w.edge_outside, 0))
    wait_until(lambda: w.engines["edge"].counters()["icmp"] >= before["icmp"] + 200, 3,
               "the errors counted")
    after = w.engines["edge"].counters()
    equal(after["icmp_ignored"] - before["icmp_ignored"], 200, "ignored errors")
    equal(after["flows_failed"], before["flows_failed"], "flows found dead")
    true(reaches(w, router, phone, path), "a spoofed error has killed a flow")


def test_idle(w):
    """Longer silent than Flow-Timer and ten seconds: dead, until a keepalive comes."""
    phone, path = registered(w, "phone1", "idle")
    router = w.agent("router", 5080)
    time.sleep(TIMER + 5)
    true(reaches(w, router, phone, path), "dead before its time")
    wait_until(lambda: flow(w, 5060)["state"] == "failed", 10, "an idle flow is found")
    equal(flow(w, 5060)["why"], "idle", "why")
    wait_dead(w, router, path)
    phone.send("\r\n\r\n", w.edge)
    wait_until(lambda: reaches(w, router, phone, path), 2, "delivery after a keepalive")
