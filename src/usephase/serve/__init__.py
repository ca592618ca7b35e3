"""The workbench in a browser: pages and a JSON API over one catalog and its runs, for one person on one machine."""
