# SPDX-License-Identifier: BSD-3-Clause
"""Two edges before one home proxy: a phone with a flow over each, and edges that die.

RFC 5626 section 7, spec PR-02 to PR-16: what the home proxy does when an edge is gone, and that
nobody ever sends a phone anything that it did not open a flow for.
"""

import time

from calls import aor, invite_through, outbound_register, persist, phone
from clients import Baresip
from engine import Port
from sip import Dialog, inner_uri, unique
from testing import disrupts, equal, fresh, status, true
from topology import TwoEdges

WORLD = TwoEdges
ENGINE_ONLY = True
EDGES = ("edge", "edge2")


def both(w, agent, user, edges=EDGES):
    """Register one instance over each of the edges; the Paths by edge."""
    paths = {}
    for reg_id, name in enumerate(edges, 1):
        answer = status(outbound_register(agent, user, w.outside[name], reg_id=reg_id), 200)
        paths[name] = inner_uri(answer.values("path")[0])
    return paths


def bindings(w, user):
    """What the registrar has of a user."""
    shown = w.engines["home"].show("bindings")
    rows = shown if isinstance(shown, list) else [shown]
    return next((r["bindings"] for r in rows if r.get("aor") == aor(user)), [])


def path_at(w, path, name):
    """The same token, but as a Path that leads to another edge."""
    token = path.partition(":")[2].rpartition("@")[0]
    return f"sip:{token}@{w.inside[name]}:5060;lr;ob"


def register_path(w, agent, user, path, reg_id):
    """A REGISTER as an edge would forward it, from a neighbour in the core network."""
    router = w.agent("router", 5085)
    contact = (f"<sip:{user}@{agent.here};ob>;reg-id={reg_id};"
               f"+sip.instance=\"<{instance(user)}>\"")
    status(router.register(aor(user), w.home, contact=contact,
                           extra=["Supported: path, outbound", "Require: path", f"Path: <{path}>"],
                           via=f"SIP/2.0/UDP {router.here};rport;branch={unique()}\r\n"
                               f"Via: SIP/2.0/UDP {agent.here};rport;branch={unique()}"), 200)
    router.close()


def instance(user):
    """The instance of a scripted phone."""
    return f"urn:uuid:00000000-0000-4000-8000-{int.from_bytes(user.encode()[:6], 'big'):012x}"


def lost(w, name):
    """An edge dies for good."""
    w.engines.pop(name).crash()


def at_edge(w, name, path, agent_port=5080):
    """An INVITE with a Route of our choice from the core network to an edge; the status."""
    router = w.agent("router", agent_port)
    text = router.request("INVITE", "sip:x@10.0.0.5:5060", extra=[f"Route: <{path}>"])
    answer = router.ask(text, (w.inside[name], 5060))
    router.ack(text, answer, (w.inside[name], 5060))
    router.close()
    return answer.status


# --- registered over both ---

def test_softphone_over_both(w):
    """baresip registers one instance over both edges: two bindings, two Paths."""
    phone(w, "phone1", "anna", w.edge, w.edge2)
    rows = bindings(w, "anna")
    equal(len(rows), 2, "bindings")
    equal(len({r["instance"] for r in rows}), 1, "instances")
    equal({r["path"].partition("@")[2].partition(":")[0] for r in rows}, set(w.inside.values()),
          "edges in the Paths")


def test_one_copy(w):
    """OB-67: one INVITE leaves for an instance with two flows, by the one updated last."""
    caller, agent = w.agent("callee"), w.agent("phone1")
    both(w, agent, "one")
    _, got = invite_through(caller, agent, aor("one"), w.home)
    equal(got.source, w.edge2, "source of the INVITE")
    agent.reply(got, 486, "Busy Here")
    status(caller.expect(status=486, call=got.get("call-id")), 486)
    agent.expect(method="ACK", call=got.get("call-id"))
    agent.expect_nothing(0.7)


# --- an edge dies for good ---

def softphone_survives(w, name):
    """A call in the moment after an edge died arrives at baresip over the other one."""
    softphone = Baresip(w.net, "phone1", w.addresses["phone1"], "anna",
                        [f"{a}:{p}" for a, p in w.outside.values()])
    softphone.wait_registered(times=2)
    caller = w.agent("callee")
    lost(w, name)
    started = time.monotonic()
    answer, _, _ = persist(caller, aor("anna"), w.home)
    status(answer, 200)
    dialog = Dialog.caller(caller, answer)
    caller.send(dialog.request("ACK", max_forwards="70"), w.home)
    softphone.wait_event("CALL_ESTABLISHED")
    caller.send(dialog.request("BYE"), w.home)
    status(caller.expect(status=200, call=answer.get("call-id")), 200)
    true(time.monotonic() - started < 32, "longer than one transaction")


@disrupts
@fresh
def test_softphone_survives_first_edge(w):
    """PR-11, PR-12: the edge of reg-id 1 dies; a call at once reaches baresip by the other."""
    softphone_survives(w, "edge")


@disrupts
@fresh
def test_softphone_survives_second_edge(w):
    """PR-11, PR-12: the edge of reg-id 2 dies; a call at once reaches baresip by the other."""
    softphone_survives(w, "edge2")


def scripted_survives(w, name):
    """Ten calls, from the moment of the crash on: none fails, and from the second second on none
    needs a repetition: the edge is known to be down."""
    caller, agent = w.agent("callee"), w.agent("phone1")
    both(w, agent, "bea")
    lost(w, name)
    crashed = time.monotonic()
    for _ in range(10):
        started = time.monotonic()
        answer, got, _ = persist(caller, aor("bea"), w.home, agent)
        status(answer, 200)
        true(got.source != w.outside[name], "the INVITE came from the dead edge")
        took = time.monotonic() - started
        true(started - crashed < 2.5 or took < 0.4, f"a call took {took:.1f} s "
             f"{started - crashed:.1f} s after the crash: the edge is not known to be down")
        time.sleep(0.4)
    equal(len(bindings(w, "bea")), 2, "PR-16: bindings")


@disrupts
@fresh
def test_calls_survive_first_edge(w):
    """PR-15, PR-16: calls go by the second edge from the moment the first one dies."""
    scripted_survives(w, "edge")


@disrupts
@fresh
def test_calls_survive_second_edge(w):
    """PR-15, PR-16: calls go by the first edge from the moment the second one dies."""
    scripted_survives(w, "edge2")


@disrupts
@fresh
def test_only_edge_dies(w):
    """PR-14: registered over the dead edge only: the caller gets 480, and no 430, 503 or 408."""
    caller, agent = w.agent("callee"), w.agent("phone1")
    both(w, agent, "cleo", ["edge"])
    lost(w, "edge")
    for _ in range(3):
        answer, _, _ = persist(caller, aor("cleo"), w.home, agent)
        status(answer, 480)
    equal(len(bindings(w, "cleo")), 1, "PR-16: bindings")
    agent.expect_nothing(0.5)


# --- tokens ---

def test_dead_token_moves_on(w):
    """OB-69, OB-77: 430 from one edge; the home proxy takes the other flow, and the caller gets a
    200."""
    caller, agent = w.agent("callee"), w.agent("phone1")
    user = "dora"
    contact = f"<sip:{user}@{agent.here};ob>;reg-id=1;+sip.instance=\"<{instance(user)}>\""
    answer = status(agent.register(aor(user), w.edge, contact=contact,
                                   extra=["Supported: path, outbound"]), 200)
    good = inner_uri(answer.values("path")[0])
    register_path(w, agent, user, path_at(w, good, "edge2"), 2)
    equal(len(bindings(w, user)), 2, "bindings")
    answer, got, _ = persist(caller, aor(user), w.home, agent)
    status(answer, 200)
    equal(got.source, w.edge, "source of the INVITE")


def test_only_token_is_dead(w):
    """OB-77: all flows answered 430: the caller gets 480."""
    caller, agent = w.agent("callee"), w.agent("phone1")
    good = both(w, agent, "elsa", ["edge"])["edge"]
    register_path(w, agent, "emil", path_at(w, good, "edge2"), 1)
    answer, _, _ = persist(caller, aor("emil"), w.home, agent)
    status(answer, 480)
    agent.expect_nothing(0.5)


def test_token_of_the_other_edge(w):
    """PR-05: authentic, but not of this edge: 430. OB-19: with a bit of the MAC changed, 403."""
    agent = w.agent("phone1")
    paths = both(w, agent, "fina")
    agent.drain()
    for name, other in (EDGES, EDGES[::-1]):
        equal(at_edge(w, other, path_at(w, paths[name], other)), 430, f"{name}'s token at {other}")
        at = paths[name].index(":") + 1
        flipped = "B" if paths[name][at] == "A" else "A"
        forged = paths[name][:at] + flipped + paths[name][at + 1:]
        for where in EDGES:
            equal(at_edge(w, where, path_at(w, forged, where)), 403, f"forged token at {where}")
    agent.expect_nothing(0.5)


# --- crash, restart, takeover ---

@disrupts
@fresh
def test_silence_after_a_crash(w):
    """PR-02, PR-23: edge and home proxy are killed and started again; nobody sends the phones
    anything in the 10 s after."""
    agent, behind = w.agent("phone1"), w.agent("phone2")
    both(w, agent, "gina")
    both(w, behind, "gerd")
    for name in ("edge", "home"):
        w.engines[name].crash()
        w.engines[name].start()
    agent.expect_nothing(10)
    behind.expect_nothing(0.01)


@disrupts
@fresh
def test_restart_delivers_at_once(w):
    """PR-07: the edge is killed and started again; the first INVITE reaches the phone behind its
    NAT with the token from before."""
    caller, behind = w.agent("callee"), w.agent("phone2")
    both(w, behind, "hans", ["edge"])
    w.engines["edge"].crash()
    w.engines["edge"].start()
    answer, got, _ = persist(caller, aor("hans"), w.home, behind, seconds=4)
    status(answer, 200)
    equal(got.source, w.edge, "source of the INVITE")


def delivers_for_the_dead(w, caller, agent, user):
    """A call arrives by way of the dead edge's address, where somebody else is now."""
    for port in w.dead.ports:
        for address in port.plain():
            w.net.announce("edge2", port.tap, address)
    answer, got, _ = persist(caller, aor(user), w.home, agent, seconds=4)
    status(answer, 200)
    equal(got.source, w.edge, "source of the INVITE")


@disrupts
@fresh
def test_takeover(w):
    """PR-06: the addresses of the dead edge are put on the second one, which stood by for them: it
    delivers over the flow of the first, through the NAT, from the first one's address."""
    caller, behind = w.agent("callee"), w.agent("phone2")
    both(w, behind, "ines", ["edge"])
    w.dead = w.engines["edge"]
    lost(w, "edge")
    for port in w.dead.ports:
        w.net.address("edge2", port.tap, *port.addresses)
    time.sleep(0.3)  # netlink
    delivers_for_the_dead(w, caller, behind, "ines")


@disrupts
@fresh
def test_takeover_by_another_configuration(w):
    """PR-06: the same when the second edge is started anew with the addresses of both."""
    caller, behind = w.agent("callee"), w.agent("phone2")
    both(w, behind, "ilse", ["edge"])
    w.dead, heir = w.engines["edge"], w.engines["edge2"]
    lost(w, "edge")
    heir.stop()
    heir.ports = [Port(mine.name, mine.interface, mine.addresses + theirs.addresses, mine.routes)
                  for mine, theirs in zip(heir.ports, w.dead.ports)]
    heir.start()
    delivers_for_the_dead(w, caller, behind, "ilse")
