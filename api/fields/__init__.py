"""The fields of hand-written routes: read strictly, and every wrong one named at once.

What the generic layer leaves to PostgreSQL, which stops at the first mistake and is lenient in what
it takes for a number, is looked at here before: people fill in forms, and amounts are money.
"""
