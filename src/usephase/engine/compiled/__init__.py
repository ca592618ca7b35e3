"""The compiled kernel: products written as operations on rows of draws, executed without the interpreter."""
