"""What a reader sees: summary, workbook, page and disclosure forms."""
