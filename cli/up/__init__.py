"""`tekana up`: brings the whole system up in the foreground, keeps it up, and takes it down."""
