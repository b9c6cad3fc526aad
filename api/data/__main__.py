"""Serve any database alone: `python -m api.data --database-url … --schemas … --anon-role …`."""

from api.data.standalone import main

main()
