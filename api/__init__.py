"""The HTTP face of Duixian: routes, schemas and the two home pages."""
