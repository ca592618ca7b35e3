"""The rules between tables: one function a rule, each a generator of problems."""
