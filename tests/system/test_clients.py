# SPDX-License-Identifier: BSD-3-Clause
"""Real clients with everything that they can: digest, GRUU and a flow over each of two edges; the
registrar behind the edges.

    baresip, linphone -- edge, edge2 -- home
"""

import digest
from calls import aor, persist
from clients import Baresip, Linphone
from sip import Dialog, inner_uri, parameter, quoted_parameter, sent_by, unique
from testing import equal, status, true
from topology import TwoEdges

USERS = {name: f"secret-{name}" for name in ("anna", "lina", "both", "far", "none")}


class Complete:
    """What the home proxy wants of everybody, and gives."""

    users = USERS

    def home_sections(self, trusted):
        base = super().home_sections(trusted)
        base["registrar"] = base["registrar"] | {"gruu": "rfc5627"}
        return base | {"auth": {"registers": True, "requests": True, "algorithms": ["MD5"]}}


class BehindTwoEdges(Complete, TwoEdges):
    """The registrar behind two edges."""


WORLD = BehindTwoEdges
ENGINE_ONLY = True


def edges(w):
    """What a client in this network registers over."""
    return list(w.outside.values()) if hasattr(w, "outside") else [w.edge]


def baresip(w, name, user, **options):
    """A baresip that registers over every edge."""
    options.setdefault("password", USERS[user])
    return Baresip(w.net, name, w.addresses[name], user, [sent_by(*e) for e in edges(w)], **options)


def linphone(w, name, user, **options):
    """A linphone that registers over every edge."""
    options.setdefault("password", USERS[user])
    return Linphone(w.net, name, w.addresses[name], user, [sent_by(*e) for e in edges(w)],
                    **options)


def registered(w, user):
    """The Contacts of a user as the registrar lists them to a client that knows GRUUs."""
    agent = w.agent("callee", 5099)
    text = agent.request("REGISTER", "sip:example.com", to=aor(user), contact=None,
                         from_=f"<{aor(user)}>;tag={unique('f')}", extra=["Supported: gruu"])
    answer, _ = digest.ask(agent, text, w.home, digest.Credentials(user, USERS[user]))
    agent.close()
    return status(answer, 200).values("contact")


def check_flows(w, user):
    """One instance, a binding for each edge, one public GRUU; which it is."""
    contacts = registered(w, user)
    equal(sorted(parameter(c, "reg-id") for c in contacts),
          [str(i) for i in range(1, len(edges(w)) + 1)], "reg-ids")
    instances = {quoted_parameter(c, "+sip.instance").strip("<>") for c in contacts}
    equal(len(instances), 1, "instances")
    gruus = {quoted_parameter(c, "pub-gruu") for c in contacts}
    equal(len(gruus), 1, "public GRUUs")
    gruu = gruus.pop()
    equal(gruu, f"{aor(user)};gr={instances.pop()}", "public GRUU")
    for contact in contacts:
        true(quoted_parameter(contact, "temp-gruu").endswith(";gr"), f"temporary GRUU of {contact}")
    return gruu, quoted_parameter(contacts[0], "temp-gruu")


def call(w, caller, uri):
    """A call that is answered by itself; hung up at once. The 200."""
    answer, _, _ = persist(caller, uri, w.home, seconds=8)
    status(answer, 200)
    dialog = Dialog.caller(caller, answer)
    caller.send(dialog.request("ACK", max_forwards="70"), w.home)
    caller.send(dialog.request("BYE"), w.home)
    status(caller.expect(status=200, call=answer.get("call-id")), 200)
    return answer


# --- registering ---

def test_baresip(w):
    """baresip registers with digest, GRUU and a flow over each edge; calls to its AOR and to its
    GRUUs reach it."""
    phone = baresip(w, "phone1", "anna")
    phone.wait_registered(times=len(edges(w)))
    check_calls(w, "anna", lambda: phone.wait_event("CALL_ESTABLISHED"))


def test_linphone(w):
    """linphone registers with digest, GRUU and a flow over each edge; calls to its AOR and to its
    GRUUs reach it."""
    phone = linphone(w, "phone1", "lina")
    phone.wait_registered()
    said = phone.messages("REGISTER")
    true(all("gruu" in m.get("supported") for m in said), "Supported of linphone's REGISTERs")
    check_calls(w, "lina", phone.wait_call)


def check_calls(w, user, arrived):
    """Calls to the AOR, the public and a temporary GRUU of a phone."""
    gruu, temporary = check_flows(w, user)
    caller = w.agent("callee")
    for uri in (aor(user), gruu, temporary):
        call(w, caller, uri)
        arrived()


def test_baresip_behind_nat(w):
    """The same behind a NAT."""
    phone = baresip(w, "phone2", "anna")
    phone.wait_registered(times=len(edges(w)))
    check_calls(w, "anna", lambda: phone.wait_event("CALL_ESTABLISHED"))


def test_linphone_behind_nat(w):
    """The same behind a NAT."""
    phone = linphone(w, "phone2", "lina")
    phone.wait_registered()
    check_calls(w, "lina", phone.wait_call)


def test_wrong_password(w):
    """Wrong passwords by way of the edges: refused, and nothing is bound."""
    first = baresip(w, "phone1", "none", password="wrong")
    second = linphone(w, "phone2", "none", password="wrong")
    first.wait_refused("40[13]")
    second.wait_refused()
    equal(registered(w, "none"), [], "bindings")


# --- GRUUs ---

def test_one_instance_only(w):
    """Scenario 6 of GRUU: two phones of one user; a call to the GRUU of one reaches that one
    alone."""
    first, second = baresip(w, "phone1", "both"), linphone(w, "phone2", "both")
    first.wait_registered(times=len(edges(w)))
    second.wait_registered()
    gruus = {quoted_parameter(c, "+sip.instance").strip("<>"): quoted_parameter(c, "pub-gruu")
             for c in registered(w, "both")}
    equal(len(gruus), 2, "instances")
    caller = w.agent("callee")
    to_second = gruus.pop(second.instance)
    call(w, caller, to_second)
    second.wait_call()
    second.wait_call("Released")
    first.pump(0.3)
    equal([k for k, _ in first.events if k == "CALL_INCOMING"], [], "calls at the other phone")
    before = len(second.messages("INVITE"))
    call(w, caller, gruus.popitem()[1])
    first.wait_event("CALL_ESTABLISHED")
    equal(len(second.messages("INVITE")), before, "INVITEs at the other phone")


def called_with_gruu(w, callee, gruu):
    """What a phone's INVITE has as Contact leads back to it."""
    got = callee.expect(method="INVITE")
    equal(inner_uri(got.get("contact")), gruu, "Contact of the INVITE")
    callee.reply(got, 486, "Busy Here")


def register_callee(w):
    """Somebody at `callee` who can be called."""
    callee = w.agent("callee", 5070)
    text = callee.request("REGISTER", "sip:example.com", to=aor("far"), expires="60",
                          contact=f"<sip:far@{callee.here}>;q=1.0",
                          from_=f"<{aor('far')}>;tag={unique('f')}")
    status(digest.ask(callee, text, w.home, digest.Credentials("far", USERS["far"]))[0], 200)
    return callee


def test_gruu_as_contact(w):
    """GR-58: both clients put their GRUU into the Contact of their calls."""
    callee = register_callee(w)
    first, second = baresip(w, "phone1", "anna"), linphone(w, "phone2", "lina")
    first.wait_registered(times=len(edges(w)))
    second.wait_registered()
    first.command("dial", aor("far"))
    called_with_gruu(w, callee, check_flows(w, "anna")[0])
    second.command(f"call {aor('far')}")
    called_with_gruu(w, callee, check_flows(w, "lina")[0])


def test_calls_between(w):
    """The two call each other; each hangs up once."""
    first, second = baresip(w, "phone1", "anna"), linphone(w, "phone2", "lina")
    first.wait_registered(times=len(edges(w)))
    second.wait_registered()
    first.command("dial", aor("lina"))
    first.wait_event("CALL_ESTABLISHED")
    second.wait_call()
    second.command("terminate")
    first.wait_event("CALL_CLOSED")
    second.command(f"call {aor('anna')}")
    first.wait_event("CALL_ESTABLISHED")
    first.command("hangup")
    first.wait_event("CALL_CLOSED")
