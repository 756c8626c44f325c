"""How Django's own pages, the support staff's, write moments: as exactly as ours do."""

DATETIME_FORMAT = "Y-m-d H:i e"
DATE_FORMAT = "Y-m-d"
