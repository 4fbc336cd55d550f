"""A secret put where secrets stand, which no output may show."""

PLANTED = "planted-6f1e0c5b"
