"""The hand-written routes: what the contract names beside relations and functions."""
