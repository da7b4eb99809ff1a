# SPDX-License-Identifier: BSD-3-Clause
"""An edge between the families: user agents with IPv4 only, a home network with IPv6 only."""

from calls import (SDP, aor, establish, in_dialog, next_hop, outbound_register, phone, phones_call,
                   register, register_server, sipp_pair)
from engine import Port
from sip import inner_uri, parameter
from testing import engine_only, equal, status, true
from topology import DOMAIN, World, small

MTU = {4: 1500, 6: 1280}
BITS = {4: "/24", 6: "/64"}
ADDRESSES = {
    4: {"net": "203.0.113.0/24", "edge": "203.0.113.2", "home": "203.0.113.20",
        "phone1": "203.0.113.11", "callee": "203.0.113.12"},
    6: {"net": "2001:db8:acc::/64", "edge": "2001:db8:acc::2", "home": "2001:db8:acc::20",
        "phone1": "2001:db8:acc::11", "callee": "2001:db8:acc::12"},
}


class Families(World):
    """`phone1` on the access side of an edge, `home` and `callee` on its core side."""

    def __init__(self, net, build, make, access=4, name=None):
        super().__init__(net, build, make)
        self.access, self.core, self.name = access, 10 - access, name

    def cables(self):
        net, a, c = self.net, ADDRESSES[self.access], ADDRESSES[self.core]
        net.namespace("switch", "edge", "home", "phone1", "callee")
        for bridge in ("access", "core"):
            net.bridge("switch", bridge)
        for bridge, name, interface, family in (
                ("access", "edge", "acc0", self.access), ("core", "edge", "core0", self.core),
                ("access", "phone1", "eth0", self.access), ("core", "home", "core0", self.core),
                ("core", "callee", "eth0", self.core)):
            net.attach("switch", bridge, name, interface)
            net.ip(name, "link", "set", interface, "mtu", str(MTU[family]))
        self.addresses = {"phone1": a["phone1"], "callee": c["callee"]}
        net.address("phone1", "eth0", a["phone1"] + BITS[self.access])
        net.address("callee", "eth0", c["callee"] + BITS[self.core])
        self._media()
        self.edge, self.inside, self.home = (a["edge"], 5060), (c["edge"], 5060), (c["home"], 5060)
        self.home_address = c["home"]
        self.add("edge", [
            Port("acc", "acc0", [a["edge"] + BITS[self.access]], mtu=MTU[self.access]),
            Port("core", "core0", [c["edge"] + BITS[self.core]], mtu=MTU[self.core])],
            dataplane=small(), edge={"enabled": True, "record_route": "always",
                                     **({"name": self.name} if self.name else {})},
            networks={"peers": [c["net"]], "relay": [a["net"]]},
            next_hops=[{"domain": DOMAIN, "address": c["home"], "port": 5060}])
        self.add("home", [Port("core", "core0", [c["home"] + BITS[self.core]],
                               mtu=MTU[self.core])],
                 dataplane=small(), domains=[DOMAIN],
                 networks={"peers": [c["net"]], "relay": [c["net"]]},
                 next_hops=[{"domain": self.name, "address": c["edge"]}] if self.name else [])
        self.probes = {"edge": ("phone1", a["phone1"], self.edge),
                       "home": ("callee", c["callee"], self.home)}

    def _media(self):
        """A link for media with both families: the engine carries signalling only."""
        self.net.link("phone1", "media0", "callee", "media0")
        for number, name in enumerate(("phone1", "callee"), 1):
            self.net.address(name, "media0", f"192.168.99.{number}/24", f"fd00:99::{number}/64")


WORLD = Families


def both(w):
    """The two agents, registered: the phone by way of the edge, the callee at home."""
    near, far = w.agent("phone1"), w.agent("callee")
    answer = status(outbound_register(near, "near", w.edge), 200)
    register(far, "far", w.home)
    return near, far, answer


def sent_by(via):
    """The address in a Via value."""
    host = via.split()[1].split(";")[0]
    return host[1:host.index("]")] if host[0] == "[" else host.partition(":")[0]


@engine_only
def test_register(w):
    """OB-01, OB-24: Path has the home side's address in front of a token of the other family."""
    near, far, answer = both(w)
    equal(len(answer.all("via")), 1, "Via values at the phone")
    path = inner_uri(answer.values("path")[0])
    host = f"[{w.inside[0]}]" if ":" in w.inside[0] else w.inside[0]
    true(f"@{host}:5060" in path or f"@{host};" in path, f"host of {path}")
    equal(len(path.partition(":")[2].partition("@")[0]), 40 if w.access == 4 else 72,
          f"length of the token in {path}")
    far.close()
    near.close()


@engine_only
def test_via(w):
    """RC-13: each side sees our Via with an address of its own family; so does the response."""
    near, far, _ = both(w)
    near.send(near.request("OPTIONS", aor("far")), w.edge)
    got = far.expect(method="OPTIONS")
    vias = got.values("via")
    equal([sent_by(v) for v in vias], [w.home[0], w.inside[0], near.address], "sent-by, outgoing")
    equal(parameter(vias[2], "rport"), str(near.port), "rport of the phone")
    far.reply(got, 200)
    near.expect(status=200)
    far.send(far.request("OPTIONS", aor("near")), w.home)
    got = near.expect(method="OPTIONS")
    equal([sent_by(v) for v in got.values("via")], [w.edge[0], w.home[0], far.address],
          "sent-by, incoming")
    equal(got.source, w.edge, "source of the request")
    near.reply(got, 200)
    far.expect(status=200)


def call(w, caller, callee, user, proxy, hang_up, **options):
    """A call whose requests follow the Record-Route of their side; who hangs up: 0 or 1."""
    here, there, got = establish(caller, callee, aor(user), proxy, **options)
    ways = []
    for side in (here, there):
        near_side = ":" in side.agent.address if w.access == 6 else ":" not in side.agent.address
        hop = next_hop(side, w.edge if near_side and w.name else None)
        equal(hop, w.edge if near_side else w.home, "address of the first Route")
        ways.append(hop)
    body = options.get("body", SDP)
    in_dialog("INVITE", here, there, ways[0], body)
    in_dialog("INVITE", there, here, ways[1], body)
    in_dialog("BYE", *((here, there, ways[0]) if hang_up == 0 else (there, here, ways[1])))
    return here, there, got


@engine_only
def test_calls(w):
    """RC-13, RC-15: calls both ways; re-INVITE and BYE follow the Record-Route of their side."""
    near, far, _ = both(w)
    for hang_up in (0, 1):
        here, there, _ = call(w, near, far, "far", w.edge, hang_up)
        # a name stands for both sides; without one there is an address for each
        equal(len(here.routes), 2 if w.name else 3, f"Record-Route values: {here.routes}")
        equal([inner_uri(r) for r in there.routes], [inner_uri(r) for r in here.routes[::-1]],
              "Record-Route of both sides")
        call(w, far, near, "near", w.home, hang_up)


@engine_only
def test_large(w):
    """1,600 octets both ways over MTUs of 1280 and 1500: fragments in and fragments out."""
    near, far, _ = both(w)
    before = w.engines["edge"].counters()
    body = SDP + "a=x:" + "y" * 1100 + "\r\n"
    for caller, callee, user, proxy in ((near, far, "far", w.edge), (far, near, "near", w.home)):
        text = caller.request("INVITE", aor(user), body=body)
        true(1500 < len(text) < 1800, f"{len(text)} octets")
        call(w, caller, callee, user, proxy, 1, body=body)
    after = w.engines["edge"].counters()
    true(after["fragments_out"] > before["fragments_out"], "no fragments were made")
    equal(after["reassembly_failed"], before["reassembly_failed"], "reassembly_failed")


@engine_only
def test_edges_of_the_mtu(w):
    """Every length around both MTUs arrives whole, in both directions."""
    near, far, _ = both(w)
    for a, b, user, proxy in ((near, far, "far", w.edge), (far, near, "near", w.home)):
        base = len(a.request("MESSAGE", aor(user), body="x" * 1000)) - 1000
        for length in [*range(880, 1500, 31), 1232, 1233, 1472, 1473, 1600, 2500]:
            body = "".join(chr(65 + i % 26) for i in range(length - base))
            a.send(a.request("MESSAGE", aor(user), body=body), proxy)
            got = b.expect(method="MESSAGE")
            equal(got.body.decode(), body, f"body of a message of {length} octets")
            b.reply(got, 200)
            a.expect(status=200)


def test_sipp(w):
    """sipp of one family calls sipp of the other: every scenario."""
    register_server(w, "callee", "far")
    for client, server in (("uac", "uas"), ("uac_reinvite", "uas"),
                           ("uac_hung_up", "uas_hangs_up"), ("uac_cancel", "uas_cancel")):
        sipp_pair(w, client, server, "phone1", "callee", "far", w.edge, calls=5)


def test_softphones(w):
    """baresip registered by one family calls baresip registered by the other, both ways."""
    near = phone(w, "phone1", "anna", w.edge)
    far = phone(w, "callee", "bela", w.home)
    phones_call(near, far, near)
    phones_call(far, near, near)
