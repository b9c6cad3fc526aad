"""Passwords of customers and staff alike: which are good enough, and what is kept of them."""
