"""One authority's service as a plain object: its tables, capacity, court, market, ledger, clock and dice."""
