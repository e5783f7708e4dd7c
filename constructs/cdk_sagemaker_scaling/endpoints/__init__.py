"""Endpoints, a class a kind, and what they are made of."""
