"""Marotte: a JavaScript-scriptable agent runtime, seen from the Python host."""
