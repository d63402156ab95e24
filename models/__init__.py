"""Models: what is kept (people, consents, templates) and the site folder it is kept in."""
