"""What came out: figures, draws, their provenance, and the file that keeps them."""
