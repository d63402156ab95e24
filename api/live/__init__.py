"""What is happening now, told to those who listen: events, webhooks, metrics. Nothing personal leaves by these ways:
people, arrivals and claimants go by their ids."""
