"""The service's side of the record: reports, check-in, the desk, disputes, settlements.

What is true stands in the ledger; the tables here hold secrets, papers and what keeps a request from being done twice.
"""
