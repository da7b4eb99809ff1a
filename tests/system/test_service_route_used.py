# SPDX-License-Identifier: BSD-3-Clause
"""Service-Route as user agents use it: acceptance scenario 4 of spec RC."""

from calls import aor, outbound_register, register
from sip import inner_uri
from testing import equal, status, true
from topology import EdgeAndHome

ENGINE_ONLY = True


class Routed(EdgeAndHome):
    """The edge is known by an address of the home proxy's own; it writes no token in the route."""

    def home_sections(self, trusted):
        base = super().home_sections(trusted)
        base["registrar"] = base["registrar"] | {"service_route": {
            "form": "path_inverted", "append": [f"sip:{self.home_address};lr"]}}
        return base


WORLD = Routed


def learn(w, name, user):
    """Register over the edge; the agent, and the Service-Route it is given."""
    agent = w.agent(name)
    answer = status(outbound_register(agent, user, w.edge), 200)
    return agent, answer.values("service-route"), answer.values("path")


def test_learned(w):
    """RC-01, RC-12: the edge first, as the user agent reaches it; the home proxy last."""
    _, route, path = learn(w, "phone2", "learn")
    equal(inner_uri(route[-1]), f"sip:{w.home_address};lr", "last value")
    true(len(route) == len(path) + 1, f"Service-Route {route} of Path {path}")


def test_used(w):
    """Scenario 4 (RC-15, RC-18): a request along the Service-Route passes the edge and the home
    proxy, each takes its own value away, and none is left."""
    phone, route, _ = learn(w, "phone2", "used")
    callee = w.agent("callee")
    register(callee, "far", w.home)
    phone.send(phone.request("OPTIONS", aor("far"), extra=[f"Route: {', '.join(route)}"]), w.edge)
    got = callee.expect(method="OPTIONS")
    equal(got.all("route"), [], "Route at the callee")
    equal(got.source[0], w.home_address, "source of the request")
    vias = got.values("via")
    equal(len(vias), 3, "Via values")
    true(w.home_address in vias[0] and w.edge_inside in vias[1], f"Via values {vias}")
    callee.reply(got, 200)
    status(phone.expect(status=200), 200)


def test_refresh_along_the_route(w):
    """RC-11: a REGISTER along its own Service-Route refreshes the binding."""
    phone, route, _ = learn(w, "phone2", "again")
    answer = status(outbound_register(phone, "again", w.edge,
                                      extra=[f"Route: {', '.join(route)}"]), 200)
    equal(len(answer.values("contact")), 1, "bindings")
    equal(answer.values("service-route"), route, "Service-Route")
