"""What every command shares: its entry, messages for people, and how a command is typed."""
