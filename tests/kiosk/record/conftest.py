"""Sites on both databases, as the tests of the record have them."""

from __future__ import annotations

from tests.models.conftest import embedded_site, engine, server, site

__all__ = ["embedded_site", "engine", "server", "site"]
