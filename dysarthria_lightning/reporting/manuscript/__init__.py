"""What a paper about a report's results needs: Methods, references and checklists."""
