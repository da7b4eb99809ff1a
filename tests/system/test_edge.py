# SPDX-License-Identifier: BSD-3-Clause
"""An edge proxy before a home proxy: Path, flow tokens, clients behind NAT."""

import re
import struct

from calls import (aor, establish, in_dialog, invite_through, next_hop, outbound_register, phone,
                   phones_call, refused, register, register_server, sipp_pair, target, whole_call)
from clients import Baresip, Sipp
from sip import Message, inner_uri, parameter, unique
from testing import engine_only, equal, status, true
from topology import EdgeAndHome

WORLD = EdgeAndHome


def token_of(uri):
    """The user part of a URI."""
    return uri.partition(":")[2].rpartition("@")[0]


def registered(w, name, user):
    """An agent that has registered through the edge as RFC 5626 wants; and its Path."""
    agent = w.agent(name)
    answer = status(outbound_register(agent, user, w.edge), 200)
    return agent, inner_uri(answer.values("path")[0]), answer


@engine_only
def test_register(w):
    """The 200 has the Path with a token and `ob`, Require: outbound and Flow-Timer."""
    _, path, answer = registered(w, "phone2", "p2")
    equal(len(answer.values("path")), 1, "Path values")
    true(re.fullmatch(r"[A-Za-z0-9_-]{40}", token_of(path)), f"token in {path}")
    true(";lr" in path and ";ob" in path, path)
    equal(answer.get("require"), "outbound", "Require")
    true(0 < int(answer.get("flow-timer") or 0) < 30, f"Flow-Timer: {answer.get('flow-timer')}")
    equal(len(answer.all("via")), 1, "Via values")
    true("reg-id=1" in answer.get("contact"), answer.get("contact"))


@engine_only
def test_keep(w):
    """`keep` in the Via of a REGISTER gets the value of Flow-Timer (RFC 6223)."""
    agent = w.agent("phone1")
    contact = (f"<sip:k@{agent.here};ob>;reg-id=1;"
               "+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-00000000000f>\"")
    answer = status(agent.register(aor("k"), w.edge, contact=contact,
                                   via=f"SIP/2.0/UDP {agent.here};rport;keep;branch={unique()}",
                                   extra=["Supported: path, outbound"]), 200)
    value = parameter(answer.get("via"), "keep")
    true(value and value.isdigit(), f"no value of keep in {answer.get('via')}")
    equal(value, answer.get("flow-timer"), "keep and Flow-Timer")


def test_call_behind_nat(w):
    """A call to a client behind NAT arrives over its flow; re-INVITE and BYE both ways."""
    phone2, path, _ = registered(w, "phone2", "p2")
    callee = w.agent("callee")
    got = whole_call(callee, phone2, aor("p2"), w.home, w.edge)
    equal(got.source, w.edge, "source of the INVITE")
    equal(got.uri, f"sip:p2@{phone2.here};ob", "Request-URI")
    equal(got.all("route"), [], "Route")
    true(all(token_of(path) not in r for r in got.values("record-route")),
         "the Path's token stands in Record-Route")


def test_call_from_behind_nat(w):
    """A call from a client behind NAT to a registered user in a routed network."""
    phone2, _, _ = registered(w, "phone2", "p2")
    callee = w.agent("callee")
    register(callee, "far", w.home)
    whole_call(phone2, callee, aor("far"), w.edge, w.home)


def test_call_between_phones(w):
    """One client of the edge calls the other one, by way of the home proxy."""
    phone1, _, _ = registered(w, "phone1", "p1")
    phone2, _, _ = registered(w, "phone2", "p2")
    whole_call(phone1, phone2, aor("p2"), w.edge, w.edge)
    whole_call(phone2, phone1, aor("p1"), w.edge, w.edge)


@engine_only
def test_record_route_can_be_reached(w):
    """Each side's first Route is an address of the edge or home proxy on its own side."""
    phone2, _, _ = registered(w, "phone2", "p2")
    callee = w.agent("callee")
    here, there, _ = establish(callee, phone2, aor("p2"), w.home)
    equal(next_hop(there, w.edge), w.edge, "first Route of the phone")
    equal(next_hop(here, w.home), w.home, "first Route of the callee")
    in_dialog("BYE", there, here, w.edge)


@engine_only
def test_legacy_client(w):
    """A client that knows neither Path nor Outbound is reached behind its NAT too
    (edge.path_for_legacy)."""
    phone2, callee = w.agent("phone2"), w.agent("callee")
    register(phone2, "old", w.edge)
    whole_call(callee, phone2, aor("old"), w.home, w.edge)


@engine_only
def test_path_not_supported(w):
    """reg-id without Supported: path: 421 with Require: path."""
    agent = w.agent("phone1")
    contact = (f"<sip:np@{agent.here};ob>;reg-id=1;"
               "+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-00000000000e>\"")
    answer = status(agent.register(aor("np"), w.edge, contact=contact,
                                   extra=["Supported: outbound"]), 421)
    equal(answer.get("require"), "path", "Require")


@engine_only
def test_cancel_behind_nat(w):
    """CANCEL follows the INVITE over the flow with the same branch."""
    phone2, _, _ = registered(w, "phone2", "p2")
    callee = w.agent("callee")
    text, got = invite_through(callee, phone2, aor("p2"), w.home)
    phone2.reply(got, 180, "Ringing")
    callee.expect(status=180)
    m = Message(text.encode())
    callee.send(callee.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"),
                               to_=m.get("to"), call_id=m.get("call-id"), cseq="1 CANCEL",
                               contact=None), w.home)
    there = phone2.expect(method="CANCEL")
    equal(parameter(there.values("via")[0], "branch"), parameter(got.values("via")[0], "branch"),
          "branch")
    phone2.reply(there, 200)
    callee.expect(status=200)
    phone2.reply(got, 487, "Request Terminated")
    callee.ack(text, callee.expect(status=487), w.home)
    phone2.expect(method="ACK")


# --- tokens ---

def send_with_route(w, route, **known):
    """An INVITE from a trusted neighbour of the edge with a Route of our choice; the answer."""
    router = w.agent("router", 5080)
    text = router.request("INVITE", "sip:p2@10.0.0.5:5060", extra=[f"Route: <{route}>"], **known)
    answer = router.ask(text, (w.edge_inside, 5060))
    router.ack(text, answer, (w.edge_inside, 5060))
    router.close()
    return answer


@engine_only
def test_token_delivers(w):
    """The token alone, given by a trusted neighbour, brings a request to the client."""
    phone2, path, _ = registered(w, "phone2", "p2")
    router = w.agent("router", 5080)
    router.send(router.request("OPTIONS", "sip:p2@10.0.0.5:5060", extra=[f"Route: <{path}>"]),
                (w.edge_inside, 5060))
    got = phone2.expect(method="OPTIONS")
    phone2.reply(got, 200)
    router.expect(status=200)


@engine_only
def test_forged_token(w):
    """Any change of the token: 403 (430 where it names another key); nothing reaches the client."""
    phone2, path, _ = registered(w, "phone2", "p2")
    token = token_of(path)
    phone2.drain()
    for i in (0, 3, 9, 15, 18, 20, 24, 30, 39):
        twisted = token[:i] + ("B" if token[i] != "B" else "C") + token[i + 1:]
        want = (403, 430) if i in (15, 16, 17) else 403
        status(send_with_route(w, path.replace(token, twisted)), want)
    for other in (token[:-1], token + "A", "nobody", token[:-4] + "%41%41", token + "="):
        status(send_with_route(w, path.replace(token, other)), 403)
    phone2.expect_nothing(0.3)


@engine_only
def test_forged_token_in_ack(w):
    """No answer to an ACK with a forged token."""
    phone2, path, _ = registered(w, "phone2", "p2")
    router = w.agent("router", 5080)
    router.send(router.request("ACK", "sip:p2@10.0.0.5:5060",
                               extra=[f"Route: <{path.replace(token_of(path)[:4], 'AAAA')}>"]),
                (w.edge_inside, 5060))
    router.expect_nothing(0.5)
    phone2.expect_nothing(0.2)


@engine_only
def test_path_token_of_another_client(w):
    """A client that learned another one's Path token cannot use it: 403."""
    phone2, path, _ = registered(w, "phone2", "p2")
    phone1 = w.agent("phone1")
    refused(phone1, phone1.request("INVITE", "sip:p2@10.0.0.5:5060", extra=[f"Route: <{path}>"]),
            w.edge, 403)
    phone2.expect_nothing(0.3)


@engine_only
def test_record_route_token_needs_dialog(w):
    """The token of a Record-Route works in the dialog only: 403 without a To tag."""
    phone2, _, _ = registered(w, "phone2", "p2")
    callee = w.agent("callee")
    here, there, _ = establish(callee, phone2, aor("p2"), w.home)
    route = next(inner_uri(r) for r in here.routes if token_of(inner_uri(r)))
    status(send_with_route(w, route), 403)
    phone2.expect_nothing(0.3)
    in_dialog("BYE", here, there, w.home)


@engine_only
def test_stun_through_nat(w):
    """STUN on the edge's SIP port tells the address outside of the NAT."""
    agent = w.agent("phone2")
    agent.send(bytes.fromhex("000100002112a442") + b"abcdefghijkl", w.edge)
    agent.socket.settimeout(2)
    address = struct.unpack("!4s", agent.socket.recv(100)[28:32])[0]
    equal(bytes(x ^ y for x, y in zip(address, bytes.fromhex("2112a442"))),
          bytes(int(x) for x in w.addresses["nat"].split(".")), "mapped address")


# --- real clients ---

def test_softphones(w):
    """baresip in front of the NAT and behind it, calling each other."""
    first = phone(w, "phone1", "anna", w.edge)
    second = phone(w, "phone2", "bela", w.edge)
    phones_call(first, second, first)
    phones_call(second, first, first)


def test_softphone_calls_sipp(w):
    """baresip behind NAT calls out, holds and resumes (re-INVITE), hangs up."""
    register_server(w, "callee", "far")
    server = Sipp(w.net, "callee", "uas", w.addresses["callee"])
    second = phone(w, "phone2", "bela", w.edge)
    second.command("dial", aor("far"))
    second.wait_event("CALL_ESTABLISHED")
    for command in ("hold", "resume", "hangup"):
        second.pump(0.3)
        second.command(command)
    server.wait()


def test_sipp_calls_softphone(w):
    """sipp calls baresip behind NAT, re-INVITEs it and hangs up."""
    second = Baresip(w.net, "phone2", w.addresses["phone2"], "bela", target(*w.edge))
    second.wait_registered()
    for scenario in ("uac", "uac_reinvite"):
        Sipp(w.net, "callee", scenario, w.addresses["callee"], remote=target(*w.home),
             users=["bela"], keys=[("domain", "example.com")], label=f"callee-{scenario}-nat").wait()
        second.wait_event("CALL_CLOSED")


def test_sipp_all_ways(w):
    """sipp as client before the edge and as server in the routed network: every scenario."""
    register_server(w, "callee", "far")
    for client, server in (("uac", "uas"), ("uac_reinvite", "uas"),
                           ("uac_hung_up", "uas_hangs_up"), ("uac_cancel", "uas_cancel")):
        sipp_pair(w, client, server, "phone1", "callee", "far", w.edge, calls=5)


def test_load(w):
    """600 calls at 200 a second through both engines, none lost and none retransmitted."""
    register_server(w, "callee", "far")
    client, _ = sipp_pair(w, "uac", "uas", "phone1", "callee", "far", w.edge, calls=600, rate=200)
    equal(client["succeeded"], 600, "calls")
