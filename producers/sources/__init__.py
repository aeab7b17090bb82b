"""Files as rows: JSONL, CSV and XLSX, one row in memory at a time."""
