"""``crypto``: random values, from the Web Cryptography API."""

from marotte_js.crypto.binding import BINDING

__all__ = ["BINDING"]
