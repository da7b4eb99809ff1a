# SPDX-License-Identifier: BSD-3-Clause
"""`viaduct drain` and `resume` on an edge that the home proxy asks how it is: nothing new comes, and
what is there goes on."""

import contextlib
import json
import subprocess
import time

from calls import aor, establish, in_dialog, outbound_register, refused, whole_call
from network import wait_until
from testing import disrupts, equal, status, true
from topology import TwoEdges

WORLD = TwoEdges
ENGINE_ONLY = True

PROBES_S = 2.0  # the home proxy asks four times meanwhile
TAKEN_UP_S = 0.5  # the dataplane looks for orders all the time, on a busy machine less often
LR305 = ["Supported: lr305"]


def viaduct(w, engine, *args, want=0):
    """Run the command on an engine; what it says."""
    e = w.engines[engine]
    done = subprocess.run([e.program("viaduct"), *args, "-c", e.config], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                          stdin=subprocess.DEVNULL)
    equal(done.returncode, want, f"{' '.join(args)}: {done.stdout}")
    return done.stdout


@contextlib.contextmanager
def drained(w, *args, engine="edge"):
    """The edge is drained inside, and open again behind."""
    viaduct(w, engine, "drain", *args)
    time.sleep(TAKEN_UP_S)
    try:
        yield
    finally:
        viaduct(w, engine, "resume")
        time.sleep(TAKEN_UP_S)
        wait_until(lambda: edge_up(w, engine), 5, f"{engine} up at the home proxy")


def edge_up(w, engine="edge"):
    """What the home proxy thinks of an edge."""
    return next(t["up"] for row in w.engines["home"].show("hops") for t in row["targets"]
                if t["address"] == f"{w.inside[engine]}:5060")


def elsewhere(w):
    """The other edge, as `--to` takes it and as a Contact has it."""
    return f"sip:{w.edge2[0]}"


def test_calls_arrive(w):
    """RC-40: while the edge drains, calls still reach phones behind it, and dialogs go on; also when
    the home proxy has asked several times."""
    phone, callee = w.agent("phone1"), w.agent("callee")
    status(outbound_register(phone, "stays", w.edge), 200)
    here, there, _ = establish(callee, phone, aor("stays"), w.home)
    with drained(w, "--to", elsewhere(w)):
        for _ in range(2):
            whole_call(callee, phone, aor("stays"), w.home, w.edge)
            in_dialog("INVITE", here, there, w.home)
            in_dialog("INVITE", there, here, w.edge)
            time.sleep(PROBES_S)
            true(edge_up(w), "the home proxy takes a draining edge for a dead one")
        in_dialog("BYE", there, here, w.edge)


def test_nothing_new(w):
    """RC-36, RC-40: REGISTERs and calls that begin get 503, or 305 where that is understood."""
    phone = w.agent("phone1")
    with drained(w, "--to", elsewhere(w)):
        answer = status(outbound_register(phone, "new", w.edge), 503)
        true(answer.get("retry-after") not in ("", "0"), f"Retry-After: {answer.get('retry-after')}")
        answer = status(outbound_register(phone, "new", w.edge, extra=LR305), 305)
        equal(answer.get("contact"), f"<{elsewhere(w)};lr>;q=1.0", "Contact of the 305")
        refused(phone, phone.request("INVITE", aor("new")), w.edge, 503)
        refused(phone, phone.request("INVITE", aor("new"), extra=LR305), w.edge, 305)
    status(outbound_register(phone, "new", w.edge), 200)


def test_nobody_named(w):
    """Without `--to` everybody gets 503; by `--retry-now` they may come back at once."""
    phone = w.agent("phone1")
    with drained(w, "--retry-now"):
        answer = status(outbound_register(phone, "nobody", w.edge, extra=LR305), 503)
        equal(answer.get("retry-after"), "0", "Retry-After")


def test_close(w):
    """`--close` ends everything: the home proxy sends no more here, until the edge is open again."""
    phone, callee = w.agent("phone1"), w.agent("callee")
    status(outbound_register(phone, "closed", w.edge), 200)
    here, there, _ = establish(callee, phone, aor("closed"), w.home)
    with drained(w, "--close"):
        there.agent.send(there.request("INFO"), w.edge)
        status(phone.expect(status=503, call=there.call_id), 503)
        wait_until(lambda: not edge_up(w), 5, "a closed edge down at the home proxy")
        callee.send(callee.request("OPTIONS", aor("closed")), w.home)
        true(callee.expect().status >= 400, "a request that somebody answered")
        phone.expect_nothing(0.3)
    in_dialog("INVITE", here, there, w.home)
    in_dialog("BYE", there, here, w.edge)
    whole_call(callee, phone, aor("closed"), w.home, w.edge)


def test_told(w):
    """Who asks is told of the orders, in text and as JSON."""
    to = elsewhere(w)
    with drained(w, "--to", to, "--to", "sip:edge3.example.com"):
        said = json.loads(viaduct(w, "edge", "status", "--json"))
        equal(said["state"], "draining", "state")
        equal(said["drain"]["targets"], [f"{to};lr", "sip:edge3.example.com;lr"], "targets")
        true(0 <= said["drain"]["since_s"] < 10, f"since {said['drain']['since_s']} s")
        true("flows_lost" in said["registrar"] and "bindings_failed" in said["registrar"],
             said["registrar"])
        said = viaduct(w, "edge", "status")
        for want in (": draining; ", "draining since 0 s; who is refused is sent to ",
                     f"{to};lr, sip:edge3.example.com;lr\n", " flows lost, "):
            true(want in said, f"no {want!r} in {said}")
        said = json.loads(viaduct(w, "edge", "drain", "--json"))
        equal((said["state"], said["targets"], said["since_s"]), ("draining", [], 0), "drain --json")
        equal(json.loads(viaduct(w, "edge", "resume", "--json"))["state"], "open", "resume --json")
    true("drain" not in json.loads(viaduct(w, "edge", "status", "--json")), "orders of an open edge")


def test_to(w):
    """RC-38: not to the edge itself; but to one that it stands by for."""
    true("leads to the engine that is to be drained" in
         viaduct(w, "edge2", "drain", "--to", f"sip:{w.edge2[0]}", want=1), "drained to itself")
    with drained(w, "--to", f"sip:{w.edge[0]}", engine="edge2"):
        equal(json.loads(viaduct(w, "edge2", "status", "--json"))["drain"]["targets"],
              [f"sip:{w.edge[0]};lr"], "targets")


@disrupts
def test_control_killed(w):
    """A control that starts again keeps the order."""
    phone = w.agent("phone1")
    engine = w.engines["edge"]
    with drained(w, "--to", elsewhere(w)):
        engine.wait_back("control", engine.kill("control"))
        wait_until(lambda: "draining" in subprocess.run(
            [engine.program("viaduct"), "status", "-c", engine.config], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout, 5, "status: draining")
        time.sleep(0.3)
        status(outbound_register(phone, "kept", w.edge, extra=LR305), 305)


@disrupts
def test_run_anew(w):
    """`viaduct run` starts open, whatever was ordered before; also in the moment after kill -9."""
    phone = w.agent("phone1")
    engine = w.engines["edge"]
    viaduct(w, "edge", "drain", "--to", elsewhere(w))
    time.sleep(0.2)
    status(outbound_register(phone, "anew", w.edge), 503)
    engine.crash(wait=False)
    engine.start()
    w.probe(engine)
    equal(json.loads(viaduct(w, "edge", "status", "--json"))["state"], "open", "state")
    status(outbound_register(phone, "anew", w.edge), 200)
