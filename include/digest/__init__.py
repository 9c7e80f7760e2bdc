"""The morning digest: what is new to a search's recipients, said once."""
