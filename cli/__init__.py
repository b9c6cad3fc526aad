"""`tekana`: the command that runs, migrates and administers Tekana."""
