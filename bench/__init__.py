"""`make bench`: how fast the service is, as ratios of what is measured side by side in one run."""
