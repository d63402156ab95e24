"""Attribution: who owns a customer, decided from recorded instants and the office's own rules.

Pure: no clock, no network, no database.
"""
