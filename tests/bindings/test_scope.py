"""self and navigator, by the HTML standard and the Minimum Common Web API."""

from __future__ import annotations

import re

from tests.bindings.page import Page


def test_self_is_the_global_object(page: Page) -> None:
    assert page.run("self === globalThis && self.self === self")


def test_the_user_agent_is_one_token_without_a_version(page: Page) -> None:
    agent = page.run("navigator.userAgent")
    assert re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", str(agent))


def test_navigator_cannot_be_made_or_changed(page: Page) -> None:
    assert page.run("navigator.userAgent = 'x'; navigator.userAgent") == "Marotte"
    assert page.run("Object.prototype.toString.call(navigator)") == "[object Navigator]"
    assert page.error("new navigator.constructor()") == "TypeError: Illegal constructor"


def test_a_script_may_put_its_own_in_the_place_of_a_global(page: Page) -> None:
    """The Minimum Common Web API lets a runtime leave out `readonly`, and this one does."""
    assert page.run("crypto = 1; navigator = 2; [crypto, navigator, delete globalThis.crypto]") == [
        *(1, 2, True)
    ]
