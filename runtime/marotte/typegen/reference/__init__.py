"""Reference pages: what bindings offer to scripts, as Markdown for people."""

from marotte.typegen.reference.pages import INDEX_FILE, reference

__all__ = ["INDEX_FILE", "reference"]
