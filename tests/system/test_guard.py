# SPDX-License-Identifier: BSD-3-Clause
"""Floods from one address, while calls between others go on."""

import threading
import time

from calls import aor, in_dialog, establish, outbound_register, register, whole_call
from testing import engine_only, equal, status, true
from topology import EdgeAndHome

PER_SECOND = 3000
STUN = bytes.fromhex("000100002112a442") + bytes(range(12))


class Guarded(EdgeAndHome):
    """An edge with narrow limits, and somebody outside who has no respect for them."""

    guard = {
        "source": {"rate": 400, "burst": 400}, "stun": {"rate": 10, "burst": 10},
        "register_source": {"rate": 20, "burst": 20}, "register_aor": {"rate": 2, "burst": 10},
        "invite_source": {"rate": 50, "burst": 50}, "registers": {"rate": 200, "burst": 200},
    }

    def cables(self):
        super().cables()
        self.addresses["flooder"] = "203.0.113.66"
        self.net.namespace("flooder")
        self.net.attach("switch", "access", "flooder", "eth0")
        self.net.address("flooder", "eth0", "203.0.113.66/24")


WORLD = Guarded


class Flood:
    """Datagrams in the background, at a bounded rate, for as long as the block lasts."""

    def __init__(self, w, make):
        self.agent, self.to, self.make = w.agent("flooder"), w.edge, make
        self.sent, self.stop = 0, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        started = time.monotonic()
        while not self.stop.is_set() and self.sent < 10 * PER_SECOND:
            self.agent.send(self.make(self.agent, self.sent), self.to)
            self.sent += 1
            ahead = self.sent / PER_SECOND - (time.monotonic() - started)
            if ahead > 0.005:
                time.sleep(ahead)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.agent.drain()
        self.agent.close()


def during(w, make):
    """A flood, with calls both ways while it lasts; by how much the edge's counters grew."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "p2", w.edge), 200)
    register(callee, "far", w.home)
    before = w.engines["edge"].counters()
    with Flood(w, make) as flood:
        time.sleep(0.5)
        whole_call(callee, phone2, aor("p2"), w.home, w.edge)
        whole_call(phone2, callee, aor("far"), w.edge, w.home)
        time.sleep(0.5)
    after = w.engines["edge"].counters()
    true(flood.sent > 500, f"only {flood.sent} datagrams were sent")
    phone2.close()
    callee.close()
    return {name: value - before.get(name, 0) for name, value in after.items()}, flood.sent


@engine_only
def test_garbage(w):
    """What is no SIP: dropped unread beyond the limit; the list says who it is."""
    grew, sent = during(w, lambda agent, n: b"\x7fgarbage")
    true(grew["source_limit"] > sent / 3, f"{grew['source_limit']} of {sent} dropped")
    shown = w.engines["edge"].show("guard")
    rows = [r for r in (shown if isinstance(shown, list) else [shown]) if r["limit"] == "source"]
    equal([r["source"] for r in rows], [w.addresses["flooder"]], "limited sources")
    true(rows[0]["messages"] >= grew["source_limit"], f"listed with {rows[0]['messages']}")


@engine_only
def test_stun(w):
    """STUN with another's address behind it would be answered there: not often."""
    grew, sent = during(w, lambda agent, n: STUN)
    true(grew["stun_limit"] > 0, "stun_limit did not grow")
    true(grew["stun"] < sent / 5, f"{grew['stun']} of {sent} answered")


@engine_only
def test_registers(w):
    """REGISTERs get 503, and Retry-After with it; a little later one of them gets through."""
    def make(agent, n):
        user = aor(f"guess{n}")
        return agent.request("REGISTER", "sip:example.com", to=user, from_=f"<{user}>;tag=f{n}")

    grew, _ = during(w, make)
    true(grew["register_limit"] > 100, f"register_limit grew by {grew['register_limit']}")
    time.sleep(1)
    agent = w.agent("flooder")
    answer = agent.register(aor("guess"), w.edge)
    equal(answer.status, 200, "REGISTER a second after the flood")
    agent.close()


@engine_only
def test_retry_after(w):
    """One AOR too often: 503, with the same Retry-After for a copy."""
    agent = w.agent("flooder")
    for _ in range(30):
        text = agent.request("REGISTER", "sip:example.com", to=aor("often"))
        answer = agent.ask(text, w.edge)
        if answer.status == 503:
            break
    status(answer, 503, "Too Many Requests")
    true(1 <= int(answer.get("retry-after")) <= 30, f"Retry-After {answer.get('retry-after')}")
    again = agent.ask(text, w.edge)
    if again.status == 503:
        equal(again.get("retry-after"), answer.get("retry-after"), "Retry-After of the copy")
    equal(agent.register(aor("other"), w.edge).status, 200, "another user at the same address")
    agent.close()


@engine_only
def test_dialog_goes_on(w):
    """A caller who is turned away can still hang up."""
    phone1, callee = w.agent("phone1"), w.agent("callee")
    register(callee, "far", w.home)
    here, there, _ = establish(phone1, callee, aor("far"), w.edge)
    for n in range(100):
        phone1.send(phone1.request("INVITE", aor(f"nobody{n}")), w.edge)
    phone1.expect(status=503)
    phone1.drain()
    in_dialog("BYE", here, there, w.edge)
    phone1.close()
    callee.close()
