"""Guards at the edge: names from files, text for tables and terminals, archives, JSON."""
