"""The model as a program: products written as operations on rows of draws, and sums of them."""
