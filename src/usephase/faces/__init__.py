"""What objects that the package hands out can do besides: tables to and from frames, pictures, short texts."""
