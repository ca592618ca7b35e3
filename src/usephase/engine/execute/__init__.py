"""Two executors of the same operations, compiled and plain numpy: the same bits from both."""
