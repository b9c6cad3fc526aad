"""What every process of Tekana is told (settings) and how it speaks (logs)."""
