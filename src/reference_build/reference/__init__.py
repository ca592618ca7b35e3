"""Build the reference tables of the package, one module a family of tables."""
