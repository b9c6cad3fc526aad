"""Relations and functions of a PostgreSQL schema over HTTP, in the dialect of PostgREST.

It knows nothing of what the relations are about, and a request flows one way:
parse (`params`, `headers`, `bodies`) → plan (`plan`, against the `catalogue`) → SQL (`render`) →
`running` → `answers`. All but `loading`, `running` and `blueprint` is pure.
"""
