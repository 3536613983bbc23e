"""How fast the book is, measured beside a plain page of the same parts."""
