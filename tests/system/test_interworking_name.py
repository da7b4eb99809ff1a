# SPDX-License-Identifier: BSD-3-Clause
"""Families on both sides of an edge that has a name: one Record-Route, with a token, for both."""

from test_interworking import WORLD, test_calls, test_large, test_sipp, test_via

OPTIONS = {"name": "edge.example.com"}
