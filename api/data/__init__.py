"""Relations and functions of a PostgreSQL schema over HTTP, in the dialect of PostgREST.

It knows nothing of what the relations are about, and a request flows one way:
parse (`params`, `headers`, `bodies`) → plan, against the `catalogue` (`plan`, `rows`) → SQL
(`statements`) → `running` → `answers`; `requests` puts that together. All is pure but `loading`,
`running` and `blueprint`, and `standalone`, which serves it alone.
"""
