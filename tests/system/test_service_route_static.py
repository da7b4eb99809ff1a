# SPDX-License-Identifier: BSD-3-Clause
"""Service-Route as a fixed list: acceptance scenario 3 of spec RC."""

from calls import aor
from test_service_route import EDGE_PATH, register, routes
from testing import equal
from topology import Local

ENGINE_ONLY = True
ONLY = "<sip:out.example.com;lr>"


class Static(Local):
    """One URI for everybody."""

    def sections(self):
        base = super().sections()
        base["registrar"]["service_route"] = {"form": "static", "append": [ONLY.strip("<>")]}
        base["networks"]["peers"] = [self.addresses["c"]]
        return base


WORLD = Static


def test_whatever_the_path(w):
    """Scenario 3: that URI alone, whatever the Path is; the Path comes back all the same."""
    answer = register(w, ["<sip:p3.example.com;lr>", EDGE_PATH])
    equal(routes(answer), [ONLY], "Service-Route")
    equal(len(answer.values("path")), 2, "Path values")


def test_without_path(w):
    """Scenario 3: without Path, too."""
    equal(routes(w.agent("a").register(aor("direct"), w.home)), [ONLY], "Service-Route")
