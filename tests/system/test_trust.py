# SPDX-License-Identifier: BSD-3-Clause
"""The border of trust: what a phone cannot claim, and what it is not shown (RFC 3325)."""

from calls import aor, invite_through, outbound_register, register
from sip import Message, inner_uri
from testing import equal, status, true
from topology import EdgeAndHome

IDENTITY = "P-Asserted-Identity: <sip:boss@example.com>"
SPELLINGS = [
    [IDENTITY],
    ["p-asserted-identity:<sip:boss@example.com>"],
    ["P-ASSERTED-IDENTITY \t : \"Bo, ss\" <sip:boss@example.com>, tel:+491"],
    ["P-Asserted-Identity:\r\n <sip:boss@example.com>"],
    [IDENTITY, "Subject: between", "P-Asserted-Identity: tel:+491"],
    ["P-Profile-Key: <sip:boss-!.*!@example.com>", "p-PROFILE-key : <sip:boss@example.com>",
     "P-profile-KEY:\r\n\t<sip:boss@example.com>"],
    ["Remote-Party-ID: <sip:boss@example.com>;party=calling"],
    ["P-Asserted-Service: urn:urn-7:boss"],
    ["P-Served-User: <sip:boss@example.com>;sescase=orig"],
    ["P-Charging-Vector: icid-value=boss"],
    ["P-Access-Network-Info: IEEE-802.11;i-wlan-node-id=boss;network-provided"],
    ["Record-Route: <sip:boss.example;lr>"],
]


class Zones(EdgeAndHome):
    """A zone of its own for what is behind the NAT: it is never shown an identity."""

    def edge_sections(self, core):
        zone = {"name": "nat", "networks": [self.addresses["nat"]],
                "strip_out": ["P-Asserted-Identity", "User-Agent"]}
        return {**super().edge_sections(core), "trust": [zone]}


WORLD = Zones
ENGINE_ONLY = True


def end(caller, callee, text, got):
    """Refuse an INVITE, so that nothing of it is left."""
    callee.reply(got, 486, "Busy Here")
    caller.expect(status=486)
    caller.send(caller.request("ACK", Message(text.encode()).uri), got.source)


def test_forged_never_arrives(w):
    """Whatever a phone claims, in every spelling: a trusted neighbour of the edge gets none of it."""
    phone1, router = w.agent("phone1"), w.agent("router", 5080)
    before = w.engines["edge"].counters()["stripped"]
    for extra in SPELLINGS:
        router.drain()
        phone1.send(phone1.request("OPTIONS", f"sip:x@{router.here}", extra=extra), w.edge)
        got = router.expect(method="OPTIONS")
        true("boss" not in str(got), f"{extra} arrived:\n{got}")
        phone1.send(phone1.request("MESSAGE", f"sip:x@{router.here}", extra=extra), w.edge)
        true("boss" not in str(router.expect(method="MESSAGE")), f"{extra} arrived")
    true(w.engines["edge"].counters()["stripped"] - before >= 2 * len(SPELLINGS), "not counted")
    router.close()


def test_forged_never_reaches_the_home(w):
    """A call by way of edge and home: the home would have passed on what the edge let through."""
    phone1, callee, router = w.agent("phone1"), w.agent("callee"), w.agent("router", 5080)
    register(callee, "far", w.home)
    text, got = invite_through(phone1, callee, aor("far"), w.edge, extra=[IDENTITY])
    equal(got.all("p-asserted-identity"), [], "P-Asserted-Identity of the phone's at the callee")
    end(phone1, callee, text, got)
    text, got = invite_through(router, callee, aor("far"), w.home, extra=[IDENTITY])
    equal(got.all("p-asserted-identity"), ["<sip:boss@example.com>"], "that of a trusted neighbour")
    end(router, callee, text, got)
    router.close()


def test_forged_in_a_register(w):
    """The registrar is not shown it either, and registers all the same."""
    phone1 = w.agent("phone1")
    status(outbound_register(phone1, "p1", w.edge,
                             extra=["P-Profile-Key: <sip:boss@example.com>", IDENTITY]), 200)


def deliver(w, phone, user, extra):
    """A request of a trusted neighbour's, over the flow of a phone; as the phone gets it."""
    agent, router = w.agent(phone), w.agent("router", 5080)
    path = inner_uri(status(outbound_register(agent, user, w.edge), 200).values("path")[0])
    agent.drain()
    router.send(router.request("MESSAGE", "sip:p@10.0.0.5:5060",
                               extra=[f"Route: <{path}>", *extra]), (w.edge_inside, 5060))
    got = agent.expect(method="MESSAGE")
    agent.reply(got, 200)
    router.expect(status=200)
    router.close()
    agent.close()
    return got


def test_identity_shown_to_a_phone(w):
    """Without Privacy, and with Privacy: none, a phone is told who calls (RFC 3325 section 7)."""
    for extra in ([], ["Privacy: none"]):
        got = deliver(w, "phone1", "p1", [IDENTITY, *extra])
        equal(got.all("p-asserted-identity"), ["<sip:boss@example.com>"], "identity")
        equal(got.all("privacy"), [e.split(": ")[1] for e in extra], "Privacy")


def test_identity_hidden_from_a_phone(w):
    """With Privacy: id it is not; the wish has been fulfilled and goes as well (RFC 3323 5)."""
    got = deliver(w, "phone1", "p1", [IDENTITY, "P-Asserted-Identity: tel:+491", "Privacy: id"])
    equal(got.all("p-asserted-identity"), [], "identity")
    equal(got.all("privacy"), [], "Privacy")
    got = deliver(w, "phone1", "p1", [IDENTITY, "Privacy: header;id"])
    equal(got.all("p-asserted-identity"), [], "identity")
    equal(got.all("privacy"), ["header"], "Privacy")


def test_internal_hidden_from_a_phone(w):
    """What proxies tell each other stays among them."""
    got = deliver(w, "phone1", "p1", ["P-Profile-Key: <sip:boss@example.com>",
                                      "P-Charging-Vector: icid-value=boss",
                                      "P-Access-Network-Info: DOCSIS;boss=1",
                                      "P-Called-Party-ID: <sip:p1@example.com>"])
    true("boss" not in str(got), got)
    equal(got.all("p-called-party-id"), ["<sip:p1@example.com>"], "P-Called-Party-ID")


def test_list_of_a_zone(w):
    """The zone behind the NAT: its list replaces the usual one."""
    got = deliver(w, "phone2", "p2", [IDENTITY, "User-Agent: secret", "P-Profile-Key: <sip:k@a.b>"])
    equal(got.all("p-asserted-identity"), [], "identity")
    equal(got.all("user-agent"), [], "User-Agent")
    equal(got.all("p-profile-key"), ["<sip:k@a.b>"], "P-Profile-Key")


def test_identity_among_peers(w):
    """From one trusted neighbour to another by way of the edge: untouched, Privacy as well."""
    router, other = w.agent("router", 5080), w.agent("router", 5090)
    lines = [IDENTITY, "Privacy: id", "P-Profile-Key: <sip:k@a.b>", "Record-Route: <sip:a.b;lr>"]
    router.send(router.request("MESSAGE", f"sip:x@{other.here}", extra=lines), (w.edge_inside, 5060))
    got = other.expect(method="MESSAGE")
    for line in lines:
        name, _, value = line.partition(": ")
        true(value in got.all(name), f"{name}: {got.all(name)}")
    other.reply(got, 200)
    router.expect(status=200)
    router.close()
    other.close()


def test_responses(w):
    """Responses lose the same by their direction."""
    phone1, router = w.agent("phone1"), w.agent("router", 5080)
    lines = [IDENTITY, "Privacy: id", "P-Profile-Key: <sip:k@a.b>", "P-Early-Media: supported"]
    phone1.send(phone1.request("MESSAGE", f"sip:x@{router.here}"), w.edge)
    router.reply(router.expect(method="MESSAGE"), 200, extra=lines)
    got = phone1.expect(status=200)
    for name in ("p-asserted-identity", "privacy", "p-profile-key"):
        equal(got.all(name), [], name)
    equal(got.all("p-early-media"), ["supported"], "P-Early-Media")
    phone1.drain()
    path = inner_uri(status(outbound_register(phone1, "p1", w.edge), 200).values("path")[0])
    router.send(router.request("MESSAGE", "sip:p@10.0.0.5", extra=[f"Route: <{path}>"]),
                (w.edge_inside, 5060))
    phone1.reply(phone1.expect(method="MESSAGE"), 200, extra=lines)
    got = router.expect(status=200)
    for name in ("p-asserted-identity", "p-profile-key"):
        equal(got.all(name), [], name)
    equal(got.all("privacy"), ["id"], "Privacy: nothing was fulfilled")
    router.close()
