"""Introductions: what waits for an answer, and all that can be done with one."""
