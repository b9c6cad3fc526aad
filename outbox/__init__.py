"""What the API and the worker say to each other through Valkey: jobs, and sealed passwords.

Neither imports the other. What is lost here is found again: the truth is the row in PostgreSQL.
"""
