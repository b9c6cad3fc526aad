"""Stands in for the worker alone: its gateways, which `tekana up` asks too, are the real ones."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
