"""A sentence read as clauses, a motion checked against each of them, the right take chosen."""
