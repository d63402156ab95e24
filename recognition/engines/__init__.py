"""One file per face engine; each is the only place that knows its third party's API."""
