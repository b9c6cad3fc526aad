"""The REST service: one request is one transaction."""
