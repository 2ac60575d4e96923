"""A browser's page, and what it asks for."""

import pytest


@pytest.fixture
def page(chromium):
    """A page, and in `page.outside` what it asks for."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(30_000)
    page.outside = []
    page.on("request", lambda request: page.outside.append(request.url))
    yield page
    page.close()
