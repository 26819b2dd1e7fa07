"""Where the tests' files lie."""

from pathlib import Path

TESTS = Path(__file__).parent.parent
PROJECT = TESTS.parent
CONFIGS = PROJECT / "configs"
RECORDED = TESTS / "recorded"
"""Integers of live models and figures of other tools; tests/peers writes them."""
VALID = TESTS / "language" / "valid"
INVALID = TESTS / "language" / "invalid"
