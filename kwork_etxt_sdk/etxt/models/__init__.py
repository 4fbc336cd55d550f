"""What eTXT answers, as typed objects; one module per section of the manual."""
