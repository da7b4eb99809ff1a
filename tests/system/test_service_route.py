# SPDX-License-Identifier: BSD-3-Clause
"""Service-Route (RFC 3608) that the registrar makes from Path: acceptance scenarios 1 and 2 of spec
RC, with an agent in the place of the proxies before the registrar."""

from calls import DOMAIN, aor
from sip import inner_uri, unique
from testing import equal, status
from topology import Local

ENGINE_ONLY = True
TOKEN = "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA"
EDGE_PATH = f"<sip:{TOKEN}@ep1.example.com;lr;ob>"
HERE = "<sip:hp1.example.com;lr>"


class Inverted(Local):
    """The Path turned round, the home proxy behind it; one host becomes two others."""

    def sections(self):
        base = super().sections()
        base["registrar"]["service_route"] = {
            "form": "path_inverted", "append": [HERE.strip("<>")],
            "replace": [{"host": "p6.example.com",
                         "with": ["sip:p4.example.com;lr", "sip:p5.example.com;lr"]},
                        {"host": "p7.example.com"}]}
        base["networks"]["peers"] = [self.addresses["c"]]
        return base | {"names": ["hp1.example.com"]}


WORLD = Inverted


def register(w, path, contact=None, expires="3600", extra=(), user="bob", **known):
    """The REGISTER of example 3.2: by way of two proxies, with these Path values; the answer."""
    agent = w.agent("c")
    via = (f"SIP/2.0/UDP {agent.here};rport;branch={unique()}\r\n"
           f"Via: SIP/2.0/UDP 192.0.2.10:5060;branch={unique()}\r\n"
           f"Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;branch={unique()}")
    if contact is None:
        contact = (f"<sip:{user}@10.0.0.5:5060>;reg-id=1;"
                   "+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21>\"")
    answer = agent.register(aor(user), w.home, contact=contact, expires=expires, via=via, extra=[
        *([f"Path: {', '.join(path)}", "Require: path"] if path else []),
        "Supported: path, outbound, lr305", *extra], **known)
    agent.close()
    return answer


def routes(answer):
    """The Service-Route of a 200."""
    return status(answer, 200).values("service-route")


def test_reversal(w):
    """Scenario 1 (RC-01, RC-02, RC-05, RC-07, RC-10): the Path turned round, the edge without its
    token, the home proxy behind; the Path itself as it was."""
    path = ["<sip:p3.example.com;lr>", EDGE_PATH]
    answer = register(w, path)
    equal(routes(answer), ["<sip:ep1.example.com;lr>", "<sip:p3.example.com;lr>", HERE],
          "Service-Route")
    equal(answer.values("path"), path, "Path")


def test_foreign_edge(w):
    """Scenario 2 (RC-03, RC-04): what is of another domain keeps its place and its form."""
    answer = register(w, ["<sip:p3.example.com;lr>", "<sip:gw.visited.example.net;lr;ob>"])
    equal(routes(answer), ["<sip:gw.visited.example.net;lr;ob>", "<sip:p3.example.com;lr>", HERE],
          "Service-Route")


def test_replaced(w):
    """Scenario 2 (RC-03): a host of our own becomes two others, or none; the foreign one stays."""
    answer = register(w, ["<sip:p6.example.com;lr>", "<sip:gw.visited.example.net;lr;ob>"])
    equal(routes(answer), ["<sip:gw.visited.example.net;lr;ob>", "<sip:p4.example.com;lr>",
                           "<sip:p5.example.com;lr>", HERE], "Service-Route")
    answer = register(w, ["<sip:p7.example.com;lr>", EDGE_PATH])
    equal(routes(answer), ["<sip:ep1.example.com;lr>", HERE], "Service-Route without p7")


def test_foreign_token(w):
    """Section 5, item 1: the token of a foreign edge is not touched."""
    path = "<sip:abcdef@gw.visited.example.net;lr;ob>"
    equal(routes(register(w, [path])), [path, HERE], "Service-Route")


def test_label_border(w):
    """Section 5, item 3: notexample.com is not a part of example.com."""
    path = "<sip:token@ep1.notexample.com;lr;ob>"
    equal(routes(register(w, [path])), [path, HERE], "Service-Route")


def test_without_path(w):
    """Section 4: without Path what is appended is all."""
    agent = w.agent("a")
    equal(routes(agent.register(aor("direct"), w.home)), [HERE], "Service-Route")


def test_fetch(w):
    """RC-08: a REGISTER that only asks gets the route of its Path."""
    register(w, [EDGE_PATH], user="fetch")
    answer = register(w, [EDGE_PATH], contact="", expires=None, user="fetch")
    equal(routes(answer), ["<sip:ep1.example.com;lr>", HERE], "Service-Route")


def test_only_in_200(w):
    """RC-06: no Service-Route where the REGISTER is refused, nor in answers to others."""
    refused = status(register(w, [EDGE_PATH], expires="1"), 423)
    equal(refused.all("service-route"), [], "Service-Route of a 423")
    agent = w.agent("a")
    answer = status(agent.ask(agent.request("OPTIONS", f"sip:{w.home_address}"), w.home), 200)
    equal(answer.all("service-route"), [], "Service-Route of an OPTIONS")


def test_register_along_the_route(w):
    """RC-11: a REGISTER whose Route is the home proxy is for the registrar."""
    agent = w.agent("a")
    answer = status(agent.register(aor("routed"), w.home, extra=[f"Route: {HERE}"]), 200)
    equal([inner_uri(c) for c in answer.values("contact")], [f"sip:routed@{agent.here}"],
          f"Contact of {DOMAIN}")
