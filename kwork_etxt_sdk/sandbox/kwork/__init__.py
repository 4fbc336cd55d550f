"""Kwork in the sandbox."""
