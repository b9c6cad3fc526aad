"""The subcommands of `tekana`."""
