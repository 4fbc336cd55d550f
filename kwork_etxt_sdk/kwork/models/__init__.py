"""What Kwork answers, as typed objects."""
