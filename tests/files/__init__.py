"""Generators of PDFs for tests: no binary is checked in."""
