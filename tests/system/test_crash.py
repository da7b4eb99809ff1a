# SPDX-License-Identifier: BSD-3-Clause
"""Processes that die, and engines that are stopped: what must go on, and what must be gone."""

import time

from calls import aor, DOMAIN, outbound_register, register, register_server, target
from clients import Sipp
from network import NetworkError, alive, wait_until
from sip import inner_uri
from testing import disrupts, equal, fresh, status, true
from topology import EdgeAndHome

WORLD = EdgeAndHome
ENGINE_ONLY = True


def start_load(w, calls, rate):
    """sipp before the edge calling sipp behind the home proxy."""
    register_server(w, "callee", "far")
    server = Sipp(w.net, "callee", "uas", w.addresses["callee"], calls=calls, rate=rate,
                  label="load-uas", seconds=60)
    client = Sipp(w.net, "phone1", "uac", w.addresses["phone1"], port=5070, calls=calls,
                  rate=rate, remote=target(*w.edge), users=["far"], keys=[("domain", DOMAIN)],
                  label="load-uac", seconds=60)
    return client, server


class Registrations:
    """Registers one user after the other and notes which of them were acknowledged."""

    def __init__(self, w):
        self.w, self.agent = w, w.agent("callee", 5098)
        self.asked, self.acknowledged = 0, set()

    def step(self, seconds):
        """Send about 200 a second for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            user = f"crash{self.asked}"
            self.asked += 1
            self.agent.send(self.agent.request("REGISTER", f"sip:{DOMAIN}", to=aor(user),
                                               contact=f"<sip:{user}@{self.agent.here}>",
                                               expires="600"), self.w.home)
            self.listen(0.005)

    def listen(self, seconds):
        """Note what is acknowledged."""
        while (m := self.agent.receive(seconds)) is not None:
            if m.status == 200 and m.get("contact"):
                self.acknowledged.add(inner_uri(m.get("to")))

    def missing(self):
        """Acknowledged users that the registrar does not know."""
        self.listen(0.5)
        lost = []
        for user in sorted(self.acknowledged):
            answer = self.agent.register(user, self.w.home, contact="", expires=None)
            if answer.status != 200 or not answer.get("contact"):
                lost.append(user)
        return lost


@disrupts
def test_kill_control_under_load(w):
    """kill -9 of both control processes during 200 calls a second: every call completes, control is
    back within 2 s, and every acknowledged registration is still there."""
    client, server = start_load(w, 1200, 200)
    registrations = Registrations(w)
    registrations.step(1.0)
    for name in ("home", "edge"):
        engine = w.engines[name]
        dataplane = engine.pids()["dataplane"]
        gone = engine.kill("control")
        registrations.step(0.3)
        took = engine.wait_back("control", gone)
        true(took < 2, f"{name}: control back after {took:.1f} s")
        equal(engine.pids()["dataplane"], dataplane, f"{name}: pid of the dataplane")
        registrations.step(1.0)
    equal(client.wait()["succeeded"], 1200, "calls")
    server.wait(20)
    true(len(registrations.acknowledged) > 100, f"only {len(registrations.acknowledged)} of "
         f"{registrations.asked} registrations acknowledged")
    equal(registrations.missing(), [], "acknowledged registrations lost")


@disrupts
def test_kill_dataplane_of_edge(w):
    """kill -9 of the edge's dataplane: back within 2 s, and a token from before still routes."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "tok", w.edge), 200)
    _delivered_again(w, "edge", callee, phone2, "tok")


@disrupts
def test_kill_dataplane_of_home(w):
    """kill -9 of the home proxy's dataplane: back within 2 s, and bindings are still there."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "tok", w.edge), 200)
    _delivered_again(w, "home", callee, phone2, "tok")


def _delivered_again(w, name, caller, callee, user):
    gone = w.engines[name].kill("dataplane")
    started = time.monotonic()
    w.engines[name].wait_back("dataplane", gone)
    while True:
        caller.send(caller.request("OPTIONS", aor(user)), w.home)
        try:
            callee.reply(callee.expect(0.1, method="OPTIONS"), 200)
            caller.expect(0.5, status=200)
            break
        except AssertionError:
            if time.monotonic() - started > 5:
                raise
    took = time.monotonic() - started
    true(took < 2, f"{name}: requests pass again after {took:.1f} s")
    w.engines[name].wait_ready()


@disrupts
def test_kill_again_and_again(w):
    """Both processes of both engines die three times in a row; calls pass afterwards."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "tok", w.edge), 200)
    for _ in range(3):
        for name in ("edge", "home"):
            for part in ("control", "dataplane"):
                w.engines[name].wait_back(part, w.engines[name].kill(part), 5)
    for name in ("edge", "home"):
        w.engines[name].wait_ready()

    def passes():
        caller = w.agent("callee", 5090)
        try:
            caller.send(caller.request("OPTIONS", aor("tok")), w.home)
            callee_got = phone2.expect(0.3, method="OPTIONS")
            phone2.reply(callee_got, 200)
            return caller.expect(0.5, status=200)
        except AssertionError:
            return None
        finally:
            caller.close()
    wait_until(passes, 5, "an OPTIONS passes after all were killed")
    callee.drain()


@disrupts
def test_restart_keeps_registrations(w):
    """The home proxy is stopped and started: bindings and Paths are as before."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "tok", w.edge), 200)
    before = w.agent("callee", 5097).register(aor("tok"), w.home, contact="", expires=None)
    equal(w.engines["home"].stop(), 0, "exit status")
    w.engines["home"].start()
    w.probe(w.engines["home"])
    after = w.agent("callee", 5096).register(aor("tok"), w.home, contact="", expires=None)
    equal(inner_uri(after.get("contact")), inner_uri(before.get("contact")), "Contact")
    callee.send(callee.request("OPTIONS", aor("tok")), w.home)
    phone2.reply(phone2.expect(method="OPTIONS"), 200)
    callee.expect(status=200)


@disrupts
def test_restart_of_edge_keeps_tokens(w):
    """The edge is stopped and started: a token from before still routes (keys are on disk)."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    status(outbound_register(phone2, "tok", w.edge), 200)
    equal(w.engines["edge"].stop(), 0, "exit status")
    w.engines["edge"].start()
    w.probe(w.engines["edge"])
    callee.send(callee.request("OPTIONS", aor("tok")), w.home)
    phone2.reply(phone2.expect(method="OPTIONS"), 200)
    callee.expect(status=200)


@disrupts
@fresh
def test_stops_cleanly(w):
    """SIGTERM: exit status 0 within 5 s, no process and no TAP left."""
    for name in ("edge", "home"):
        engine = w.engines[name]
        pids = [engine.process.pid, *engine.pids().values()]
        started = time.monotonic()
        equal(engine.stop(), 0, f"{name}: exit status")
        true(time.monotonic() - started < 5, f"{name}: took {time.monotonic() - started:.1f} s")
        equal([p for p in pids if alive(p)], [], f"{name}: processes left")
        shown = w.net.ip(name, "-o", "link")
        true("via-" not in shown, f"{name}: a TAP is left: {shown}")
        # Started again so that the engine is there for the runner's own check.
        engine.start()


@disrupts
def test_start_twice(w):
    """A second engine under the same instance is refused, and the first one goes on."""
    engine = w.engines["home"]
    second = w.net.spawn("home", [engine.program("viaduct"), "run", engine.config],
                         label="second-viaduct")
    try:
        true(second.wait(10) != 0, "a second engine with the same instance ended with status 0")
    except NetworkError as why:
        raise AssertionError(f"a second engine with the same instance runs beside the first: {why}")
    register(w.agent("callee"), "after", w.home)
