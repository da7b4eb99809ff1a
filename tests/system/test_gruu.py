# SPDX-License-Identifier: BSD-3-Clause
"""GRUUs (RFC 5627) at one registrar and home proxy: the acceptance scenarios of spec GR with bare
agents. c plays an edge. Real clients: test_clients.py; the draft's form: test_gruu_draft.py."""

import re
import time

from calls import SDP, aor
from gruu import X, Y, Phone, at_domain, delivered, fetch, gruus, own, refused
from sip import Message, inner_uri, quoted_parameter, unique
from testing import disrupts, engine_only, equal, status, true
from topology import Local

TEMPORARY = r"sip:tgruu\.[A-Za-z0-9_-]{36}@example\.com;gr"


class WithGruu(Local):
    """Short registrations are allowed, to see them end. Record-Route only where GRUUs want it."""

    def sections(self):
        base = super().sections()
        base["registrar"].update(gruu="rfc5627", min_expires=3)
        base["networks"]["peers"] = [self.addresses["c"]]
        return base | {"proxy": {"record_route": False}}


WORLD = WithGruu


def phone(w, name, user, instance=X, port=5060):
    """A phone in one of the namespaces."""
    return Phone(w.agent(name, port), user, instance, w.home)


def over_edge(w, edge, who, **options):
    """A phone registers by way of an edge, which writes a Path."""
    path = f"sip:{unique('tok')}@{edge.here};lr;ob"
    answer = status(Phone.ask(Through(edge, who), supported="gruu, path, outbound",
                              parameters=";reg-id=1", extra=[f"Path: <{path}>", "Require: path"],
                              via=f"SIP/2.0/UDP {edge.here};rport;branch={unique()}\r\n"
                              f"Via: SIP/2.0/UDP {who.agent.here};rport;branch={unique()}",
                              **options), 200)
    return path, gruus(answer, who.instance)


class Through(Phone):
    """A phone whose REGISTERs are sent by somebody else."""

    def __init__(self, sender, who):
        self.who = who
        super().__init__(sender, who.user, who.instance, who.proxy)

    @property
    def contact(self):
        return self.who.contact


# --- 1, 2: minting ---

def test_mint(w):
    """Scenario 1 (GR-07, GR-08, GR-17 to GR-21): a public and a temporary GRUU for an instance."""
    who = phone(w, "b", "mint")
    answer = status(who.ask(), 200)
    public, temporary = gruus(answer, X)
    equal(public, f"sip:mint@example.com;gr={X}", "pub-gruu")
    if w.engines["home"].kind == "viaduct":
        true(re.fullmatch(TEMPORARY, temporary), f"temp-gruu {temporary!r}")
        for field in ("require", "supported"):
            true("gruu" not in answer.get(field), f"{field}: {answer.get(field)}")


def test_require(w):
    """GR-01: Require: gruu is understood."""
    who = phone(w, "b", "require")
    public, temporary = gruus(status(who.ask(supported=None, extra=["Require: gruu"]), 200), X)
    if w.engines["home"].kind == "viaduct":
        true(public and temporary, f"GRUUs {public!r}, {temporary!r}")


def test_not_supported(w):
    """Scenario 2 (GR-02, GR-24): whoever does not say gruu sees none; they exist all the same."""
    who = phone(w, "b", "quiet")
    equal(gruus(status(who.ask(supported=None), 200), X), ("", ""), "GRUUs for an old client")
    equal(gruus(fetch(who.agent, "quiet", w.home, supported=None), X), ("", ""), "GRUUs of a fetch")
    public, temporary = gruus(fetch(who.agent, "quiet", w.home), X)
    true(public and temporary, f"a fetch with gruu shows {public!r}, {temporary!r}")


def test_without_instance(w):
    """GR-03: a Contact without instance has no GRUU."""
    agent = w.agent("b")
    answer = status(agent.register(aor("plain"), w.home, extra=["Supported: gruu"]), 200)
    true("gruu" not in answer.get("contact"), f"Contact: {answer.get('contact')}")


def test_no_proposals(w):
    """GR-09: what a client writes into pub-gruu, temp-gruu or gruu is ignored."""
    who = phone(w, "b", "propose")
    answer = status(who.ask(parameters=';pub-gruu="sip:evil@example.com;gr=1"'
                            ';temp-gruu="sip:evil2@example.com;gr"'), 200)
    true("evil" not in str(answer), f"proposed GRUUs in\n{answer}")
    equal(gruus(answer, X)[0], f"sip:propose@example.com;gr={X}", "pub-gruu")


@engine_only
def test_spelling(w):
    """Ambiguity 2: the instance comes back as it was written; the GRUU has its canonical form."""
    who = phone(w, "b", "spelling", X.upper().replace("URN:UUID", "urn:UUID"))
    answer = status(who.ask(), 200)
    equal(quoted_parameter(own(answer, X), "+sip.instance"), f"<{who.instance}>", "+sip.instance")
    equal(gruus(answer, X)[0], f"sip:spelling@example.com;gr={X}", "pub-gruu")
    delivered(w.agent("a"), at_domain("spelling", f";gr={X.upper()}"), w.home, who.agent,
              who.contact)


@engine_only
def test_bad_instances(w):
    """Spec GR 5.2: an instance of more than 256 octets, or with characters that no URN has: 400,
    and no binding."""
    agent = w.agent("b")
    for value in ("urn:x:" + "a" * 300, "urn:x:a\\\"b", "urn:x:a b", "urn:x:\u00e9", "urn:x:a<b"):
        status(agent.register(aor("badinst"), w.home, extra=["Supported: gruu"],
                              contact=f"<sip:badinst@{agent.here}>;+sip.instance=\"<{value}>\""),
               400)
    equal(fetch(agent, "badinst", w.home).values("contact"), [], "bindings")


# --- 3: stability ---

@engine_only
def test_refresh(w):
    """Scenario 3 (GR-11, GR-31, GR-32): a refresh keeps the public GRUU and adds a temporary one;
    all of them lead to the phone."""
    a, who = w.agent("a"), phone(w, "b", "stable")
    first = who.register()
    second = who.register()
    equal(second[0], first[0], "pub-gruu")
    true(second[1] != first[1], "temp-gruu is the same as before")
    for uri in (first[0], first[1], second[1]):
        got = delivered(a, uri, w.home, who.agent, who.contact)
        true(";gr" not in got.uri, f"GR-44: Request-URI {got.uri}")


@engine_only
@disrupts
def test_restart(w):
    """Scenario 3 (GR-34): all processes are stopped and started; both GRUUs lead to the phone, and
    the public one is the same."""
    a, who = w.agent("a"), phone(w, "b", "restart")
    public, temporary = who.register()
    equal(w.engines["home"].stop(), 0, "exit status")
    w.engines["home"].start()
    w.probe(w.engines["home"])
    for uri in (public, temporary):
        delivered(a, uri, w.home, who.agent, who.contact)
    equal(who.register()[0], public, "pub-gruu")
    delivered(a, temporary, w.home, who.agent, who.contact)


@engine_only
@disrupts
def test_crash_of_control(w):
    """GR-34: control is killed; GRUUs lead to the phone meanwhile and afterwards."""
    a, who = w.agent("a"), phone(w, "b", "ctlcrash")
    known = who.register()
    engine = w.engines["home"]
    gone = engine.kill("control")
    for uri in known:
        delivered(a, uri, w.home, who.agent, who.contact)
    engine.wait_back("control", gone)
    w.probe(engine)
    for uri in (*known, *who.register()):
        delivered(a, uri, w.home, who.agent, who.contact)


# --- 4, 5: invalidation and expiry ---

@engine_only
def test_new_call_id(w):
    """Scenario 4 (GR-10): a new Call-ID makes all older temporary GRUUs invalid."""
    a, who = w.agent("a"), phone(w, "b", "epoch")
    old = [who.register()[1] for _ in range(3)]
    who.reboot()
    public, new = who.register()
    for uri in old:
        refused(a, uri, w.home, 404)
    for uri in (public, new):
        delivered(a, uri, w.home, who.agent, who.contact)


@engine_only
def test_expiry(w):
    """Scenario 5 (GR-28 to GR-31): the binding ends: 480 for the public GRUU, 404 for the temporary
    ones; after the next registration the public one works again, the old temporary ones do not."""
    a, who = w.agent("a"), phone(w, "b", "expiry")
    public, temporary = who.register(expires=3)
    delivered(a, public, w.home, who.agent, who.contact)
    time.sleep(4)
    refused(a, public, w.home, 480)
    refused(a, temporary, w.home, 404)
    equal(who.register()[0], public, "pub-gruu")
    delivered(a, public, w.home, who.agent, who.contact)
    refused(a, temporary, w.home, 404)


@engine_only
def test_removal(w):
    """GR-15, GR-28: Expires 0, and Contact: *: as if the binding had ended."""
    a, who = w.agent("a"), phone(w, "b", "removal")
    for remove in (who.remove, lambda: status(who.ask(contact="*", expires=0), 200)):
        public, temporary = who.register()
        delivered(a, temporary, w.home, who.agent, who.contact)
        remove()
        refused(a, public, w.home, 480)
        refused(a, temporary, w.home, 404)


@engine_only
def test_refused_register(w):
    """GR-14: a REGISTER that fails changes nothing for the GRUUs."""
    a, who = w.agent("a"), phone(w, "b", "failing")
    known = who.register()
    status(who.ask(expires=1, call_id=unique("c")), 423)
    status(who.ask(extra=["Require: hologram"], call_id=unique("c")), 420)
    for uri in known:
        delivered(a, uri, w.home, who.agent, who.contact)


# --- 6, 7: which binding ---

def test_one_instance_only(w):
    """Scenario 6 (GR-43): a request to the GRUU of one instance reaches that one alone."""
    a, x, y = w.agent("a"), phone(w, "b", "pair"), phone(w, "c", "pair", Y)
    of_x, of_y = x.register(), y.register()
    for _ in range(3):
        for known, one, other in ((of_x, x, y), (of_y, y, x)):
            for uri in known:
                delivered(a, uri, w.home, one.agent, one.contact)
                other.agent.expect_nothing(0.1)


@engine_only
def test_reboot(w):
    """Scenario 7 (GR-46): registered at two addresses, without removal in between: GRUUs lead to
    the one refreshed last; its 486 is the answer."""
    a, first = w.agent("a"), phone(w, "b", "reboot")
    first.register()
    second = phone(w, "b", "reboot", port=5070)
    public, _ = second.register()
    delivered(a, public, w.home, second.agent, second.contact)
    text = a.request("INVITE", public)
    a.send(text, w.home)
    second.agent.reply(second.agent.expect(method="INVITE"), 486, "Busy Here")
    a.ack(text, a.expect(status=486), w.home)
    first.agent.expect_nothing(0.5)


@engine_only
def test_after_408(w):
    """Scenario 7 (GR-46): the one refreshed last answers 408; the request comes again and goes to
    the other one."""
    a, first = w.agent("a"), phone(w, "b", "late")
    first.register()
    second = phone(w, "b", "late", port=5070)
    public, _ = second.register()
    text = a.request("INVITE", public)
    call = Message(text.encode()).get("call-id")
    a.send(text, w.home)
    second.agent.reply(second.agent.expect(method="INVITE"), 408, "Request Timeout")
    for _ in range(3):
        a.send(text, w.home)
        got = first.agent.receive(0.5)
        if got is not None and got.method == "INVITE":
            first.agent.reply(got, 486, "Busy Here")
            status(a.expect(status=486, call=call), 486)
            return
    raise AssertionError("after 408 the other binding is not tried")


# --- 8, 9: what is none ---

@engine_only
def test_unknown(w):
    """Scenario 8 (GR-40, GR-56): what is no GRUU of ours gets 404."""
    a, who = w.agent("a"), phone(w, "b", "known")
    _, temporary = who.register()
    user = temporary.partition(":")[2].partition("@")[0]
    for uri in (at_domain("known", ";gr=urn:uuid:00000000-0000-4000-8000-000000000000"),
                at_domain("nobody", ";gr=x"), at_domain(user, ""), at_domain("known")):
        refused(a, uri, w.home, 404)
    for at in range(6, len(user), 5):
        other = "B" if user[at] == "A" else "A"
        refused(a, at_domain(user[:at] + other + user[at + 1:]), w.home, 404)
    delivered(a, temporary, w.home, who.agent, who.contact)


@engine_only
def test_other_alphabet(w):
    """Ambiguity 10: - and _ may have become + and /, and characters may be escaped."""
    a, who = w.agent("a"), phone(w, "b", "alphabet")
    user = who.register()[1].partition(":")[2].partition("@")[0]
    escaped = user[:8] + f"%{ord(user[8]):02x}" + user[9:]
    for spelled in (user.replace("-", "+").replace("_", "/"), escaped):
        delivered(a, at_domain(spelled), w.home, who.agent, who.contact)


@engine_only
def test_public_without_gr(w):
    """GR-57: a public GRUU whose gr was taken away is the AOR."""
    a, who = w.agent("a"), phone(w, "b", "nogr")
    who.register()
    delivered(a, aor("nogr"), w.home, who.agent, who.contact)


@engine_only
def test_forbidden_contacts(w):
    """Scenario 9 (GR-04 to GR-06): 403 for a Contact that is the AOR, a GRUU of it, or no SIP URI;
    no binding."""
    who = phone(w, "b", "forbidden")
    public, temporary = who.register()
    who.remove()
    for uri in (aor("forbidden"), public, temporary, "mailto:forbidden@example.com"):
        status(who.ask(contact=f"<{uri}>;+sip.instance=\"<{X}>\""), 403)
    equal(fetch(who.agent, "forbidden", w.home).values("contact"), [], "bindings")


@engine_only
def test_gruu_as_aor(w):
    """Ambiguity 6: a GRUU is no AOR: 403 for a REGISTER whose To is one."""
    who = phone(w, "b", "asaor")
    public, _ = who.register()
    status(who.ask(to_=f"<{public}>"), 403)


# --- 10, 11: Path and Record-Route ---

@engine_only
def test_path(w):
    """Scenario 10 (GR-51): a request to a GRUU leaves with the Path as Route; with Route values of
    its own the Path is not used (GR-50)."""
    a, edge, who = w.agent("a"), w.agent("c"), phone(w, "b", "path")
    path, known = over_edge(w, edge, who)
    for uri in known:
        got = delivered(a, uri, w.home, edge, who.contact)
        equal([inner_uri(r) for r in got.values("route")], [path], "Route")
    here, record_route = f"sip:{w.home_address};lr", f"sip:dialog@{edge.here};lr"
    text = a.request("BYE", known[0], extra=[f"Route: <{here}>, <{record_route}>"],
                     to_=f"<{known[0]}>;tag=there")
    a.send(text, w.home)
    got = edge.expect(method="BYE")
    equal([inner_uri(r) for r in got.values("route")], [record_route], "Route within a dialog")


@engine_only
def test_record_route(w):
    """Scenario 11 (GR-60): where the binding has an instance, a GRUU and a Path, the home proxy
    stays on the path of the dialog, and else it need not."""
    a, edge, who = w.agent("a"), w.agent("c"), phone(w, "b", "recroute")
    _, (public, _) = over_edge(w, edge, who)
    for uri in (aor("recroute"), public):
        text = a.request("INVITE", uri, body=SDP, extra=["Content-Type: application/sdp"])
        a.send(text, w.home)
        got = edge.expect(method="INVITE", call=Message(text.encode()).get("call-id"))
        true(any(w.home_address in r for r in got.values("record-route")),
             f"no Record-Route of the home proxy in\n{got}")
        edge.reply(got, 486, "Busy Here")
        a.ack(text, a.expect(status=486), w.home)


@engine_only
def test_two_flows(w):
    """GR-45, ambiguity 12: two flows of one instance with Call-IDs of their own: temporary GRUUs
    stay valid, and a request takes one flow."""
    a, edge, who = w.agent("a"), w.agent("c"), phone(w, "b", "flows")
    paths = []
    for reg_id in (1, 2):
        path = f"sip:{unique('tok')}@{edge.here};lr;ob"
        paths.append(path)
        answer = status(Through(edge, who).ask(
            supported="gruu, path, outbound", parameters=f";reg-id={reg_id}",
            extra=[f"Path: <{path}>", "Require: path"],
            via=f"SIP/2.0/UDP {edge.here};rport;branch={unique()}\r\n"
                f"Via: SIP/2.0/UDP {who.agent.here};rport;branch={unique()}"), 200)
        found = [c for c in answer.values("contact") if quoted_parameter(c, "temp-gruu")]
        equal(len(found), reg_id, "Contacts with a GRUU")
        temporary = quoted_parameter(found[0], "temp-gruu")
        got = delivered(a, temporary, w.home, edge, who.contact)
        true(inner_uri(got.values("route")[0]) in paths, "Route")
        edge.expect_nothing(0.2)


@engine_only
def test_draft_form_is_understood(w):
    """Scenario 12: a GRUU in the draft's form leads to the phone here as well."""
    a, who = w.agent("a"), phone(w, "b", "opaque")
    who.register()
    delivered(a, at_domain("opaque", f";opaque={X}"), w.home, who.agent, who.contact)
