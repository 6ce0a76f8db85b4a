"""What people read: tables made from data and nothing else. Never torch."""
